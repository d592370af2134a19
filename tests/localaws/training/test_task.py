"""Every form in which ModelTrainer submits code and hyperparameters."""

import json
import tarfile

import pytest
import yaml

from localaws.training import task

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"
VALUES = {
    "text": "two words",
    "count": 3,
    "rate": 0.1,
    "flag": True,
    "off": False,
    "none": None,
    "layers": [8, 4.5, "x"],
    "nested": {"a": {"b": [1]}},
}
SCRIPT = """
import json, os, pathlib
root = pathlib.Path("/", "opt" if os.environ["PIECES"] == "1" else "/opt/ml")
ml = root / "ml" if os.environ["PIECES"] == "1" else root
print("values", json.dumps(json.loads(os.environ["SM_HPS"]), sort_keys=True))
print("files", sorted(path.name for path in pathlib.Path().iterdir()))
(ml / "model" / "weights").write_text("42")
"""


@pytest.fixture
def source(tmp_path):
    """A source folder with files that are to be ignored."""
    folder = tmp_path / "src"
    (folder / ".git").mkdir(parents=True)
    files = {
        "train.py": SCRIPT,
        "go.sh": 'echo "shell has $# arguments: $1 $2"; exit ${STATUS:-0}\n',
        ".git/config": "secret",
        "notes.txt": "",
        "big.dat": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def train(connection, source, finished, log_of, mode):
    """Return a function that trains and returns the job's description and log."""
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode

    def run(hyperparameters=None, variables=None, **code):
        code = {"source_dir": str(source), "entry_script": "train.py", **code}
        made = ModelTrainer(
            training_image=IMAGE,
            source_code=SourceCode(**code),
            compute=Compute(instance_type="ml.m5.large", instance_count=1),
            hyperparameters=hyperparameters or {},
            environment={"PIECES": "0", "LOCALAWS_PATHS": mode, **(variables or {})},
            role=connection.role_arn,
            base_job_name="source",
        )
        made.train(wait=False, logs=False)
        job = finished(made._latest_training_job.training_job_name)
        return job, log_of(job["TrainingJobName"])

    return run


@pytest.mark.parametrize("form", ["dict", "json", "yaml"])
def test_hyperparameters_of_every_type_arrive_with_their_types(train, tmp_path, form):
    written = {"json": json.dumps, "yaml": yaml.safe_dump}
    given = VALUES
    if form in written:
        path = tmp_path / f"values.{form}"
        path.write_text(written[form](VALUES))
        given = str(path)
    job, lines = train(given)
    assert job["TrainingJobStatus"] == "Completed", lines[-5:]
    assert f"values {json.dumps(VALUES, sort_keys=True)}" in lines


def test_ignored_files_stay_behind(train):
    _, lines = train(ignore_patterns=["*.dat", ".git", "notes.*"])
    assert "files ['go.sh', 'train.py']" in lines


@pytest.mark.parametrize("place", ["local", "s3"])
def test_the_source_may_be_an_archive(
    train, source, connection, s3, tmp_path, mode, place
):
    path = tmp_path / "source.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(source / "train.py", "train.py")
    where = str(path)
    if place == "s3":
        where = f"s3://{connection.bucket}/archives/{mode}/source.tar.gz"
        key = f"archives/{mode}/source.tar.gz"
        s3.upload_file(str(path), connection.bucket, key)
    job, lines = train(source_dir=where)
    assert job["TrainingJobStatus"] == "Completed", lines[-5:]
    assert "files ['source.tar.gz', 'train.py']" in lines


def test_the_source_may_be_a_prefix_in_s3(train, source, connection, s3):
    s3.upload_file(str(source / "train.py"), connection.bucket, "prefixed/train.py")
    _, lines = train(source_dir=f"s3://{connection.bucket}/prefixed/")
    assert "files ['train.py']" in lines


def test_a_shell_script_gets_hyperparameters_as_arguments(train):
    _, lines = train({"rate": 0.5}, entry_script="go.sh")
    assert "shell has 2 arguments: --rate 0.5" in lines


def test_a_shell_scripts_status_is_the_jobs(train):
    job, _ = train(variables={"STATUS": "3"}, entry_script="go.sh")
    assert job["FailureReason"].endswith("exit code: 3"), job["FailureReason"]


def test_a_command_gets_its_arguments_quoted(train):
    code = {"command": "python -c", "args": ["import sys; print('ran', sys.argv[1:])"]}
    code["args"] += ["two words", "$HOME"]
    _, lines = train(entry_script=None, **code)
    assert "ran ['two words', '$HOME']" in lines


@pytest.mark.parametrize("mode", ["namespace"], indirect=True)
def test_code_that_builds_opt_ml_from_pieces_works_in_a_namespace(train, mode):
    job, lines = train(variables={"PIECES": "1"})
    assert job["TrainingJobStatus"] == "Completed", lines[-5:]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("sagemaker-xgboost:1.7-1", "1.7-1"),
        ("sagemaker-xgboost:0.90-2-cpu-py3", "0.90-2-cpu-py3"),
        ("xgboost:1", "0.72"),
        ("xgboost:latest", "0.72"),
        ("sagemaker-xgboost@sha256:0f", ""),
    ],
)
def test_the_image_of_xgboost_is_an_algorithm_until_a_script_is_named(name, version):
    image = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/{name}"
    record = {
        "TrainingJobName": "boosted",
        "TrainingJobArn": "arn",
        "RoleArn": "role",
        "AlgorithmSpecification": {"TrainingImage": image},
        "ResourceConfig": {"InstanceType": "ml.m5.large"},
    }
    assert task.read(record, []).argv[2:] == [str(task.ALGORITHM), "/opt/ml", version]
    named = {**record, "HyperParameters": {"sagemaker_program": "x.py"}}
    assert task.read(named, []).argv[1] == str(task.TOOLKIT)
    defined = task.completed(record)["AlgorithmSpecification"]["MetricDefinitions"]
    assert "train:rmse" in [row["Name"] for row in defined]
    own = {"TrainingImage": image, "MetricDefinitions": defined[:1]}
    named["AlgorithmSpecification"] = own
    assert task.completed(named) == named
