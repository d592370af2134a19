"""A plain image: no entry point, and the hyperparameters name the script."""

import io
import json
import tarfile

import pytest

SCRIPT = """
import json, os, sys
import beside
if beside.FAIL in sys.argv:
    raise ValueError("the script failed")
print("arguments", sys.argv[1:])
names = "HPS CHANNELS HP_LAYERS CURRENT_HOST USER_ENTRY_POINT NUM_GPUS OUTPUT_DATA_DIR"
print("variables", [os.environ["SM_" + name] for name in names.split()])
assert os.path.samefile("/opt/ml/code/train.py", "train.py")
"""
FILES = {"train.py": SCRIPT, "beside.py": "FAIL = '--fail'"}
PLAIN = {"ContainerEntrypoint": None}


@pytest.fixture
def archive(connection, s3):
    """Store a source archive and return its address."""

    def store(files):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, text in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        key = "plain/source/sourcedir.tar.gz"
        s3.put_object(Bucket=connection.bucket, Key=key, Body=buffer.getvalue())
        return f"s3://{connection.bucket}/{key}"

    return store


@pytest.fixture
def plain(submit, finished):
    """Return a function that runs a job with these hyperparameters."""

    def run(**values):
        given = {name: str(value) for name, value in values.items()}
        return finished(
            submit("pass", AlgorithmSpecification=PLAIN, HyperParameters=given)
        )

    return run


def test_the_script_gets_arguments_and_variables(plain, archive, log_of):
    job = plain(
        sagemaker_program="train.py",
        sagemaker_submit_directory=json.dumps(archive(FILES)),
        sagemaker_region="us-east-1",
        sagemaker_container_log_level=20,
        rate=0.1,
        layers="[8, 4]",
        name='"two words"',
        b=3,
    )
    assert job["TrainingJobStatus"] == "Completed", job
    arguments = ["-b", "3", "--layers", "[8, 4]", "--name", "two words", "--rate"]
    lines = log_of(job["TrainingJobName"])
    assert f"arguments {[*arguments, '0.1']}" in lines
    values = {"rate": 0.1, "layers": [8, 4], "name": "two words", "b": 3}
    (line,) = [line for line in lines if line.startswith("variables")]
    found = eval(line.removeprefix("variables "))
    assert json.loads(found[0]) == values and json.loads(found[1]) == ["code"]
    assert found[2:] == ["[8, 4]", "algo-1", "train.py", "0", "/opt/ml/output/data"]


def test_a_script_that_fails_gives_its_exception(plain, archive):
    place = archive(FILES)
    job = plain(sagemaker_program="train.py", sagemaker_submit_directory=place, fail=1)
    expected = "AlgorithmError: ValueError: the script failed, exit code: 1"
    assert job["FailureReason"] == expected


def test_the_code_may_come_in_a_channel(plain, log_of, s3):
    code = "/opt/ml/input/data/code"
    job = plain(sagemaker_program="train.py", sagemaker_submit_directory=code)
    assert job["TrainingJobStatus"] == "Completed", job


def test_a_shell_script_runs_too(plain, archive, log_of):
    place = archive({"go.sh": 'echo "shell $1 $2"'})
    job = plain(sagemaker_program="go.sh", sagemaker_submit_directory=place, rate=1)
    assert "shell --rate 1" in log_of(job["TrainingJobName"])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "localaws runs no images: name an entry point"),
        ({"sagemaker_submit_directory": "s3://absent-3/x"}, "NoSuchBucket"),
        ({"sagemaker_submit_directory": "/etc"}, '"/etc" was not brought'),
        ({"sagemaker_submit_directory": "/opt/ml/no"}, '"/opt/ml/no" was not brought'),
    ],
)
def test_code_that_cannot_be_had_is_named(plain, values, words):
    program = {"sagemaker_program": "train.py"} if values else {}
    assert words in plain(**program, **values)["FailureReason"]
