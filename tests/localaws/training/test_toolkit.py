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

    def run(members=None, **values):
        given = {name: str(value) for name, value in values.items()}
        members = {"AlgorithmSpecification": PLAIN, **(members or {})}
        return finished(submit("pass", HyperParameters=given, **members))

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
    assert found[2:] == ["[8,4]", "algo-1", "train.py", "0", "/opt/ml/output/data"]


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


TELL = """
import json, os
print("ENV", json.dumps({k: v for k, v in os.environ.items() if k[:3] == "SM_"}))
print("MADE", os.path.isdir(os.environ["SM_OUTPUT_INTERMEDIATE_DIR"]))
"""
# https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
DOCUMENTED = [
    "MODEL_DIR",
    "CHANNELS",
    "CHANNEL_CODE",
    "HPS",
    "HP_LAYERS",
    "CURRENT_HOST",
    "HOSTS",
    "NUM_GPUS",
    "NUM_CPUS",
    "NUM_NEURONS",
    "LOG_LEVEL",
    "NETWORK_INTERFACE_NAME",
    "USER_ARGS",
    "INPUT_DIR",
    "INPUT_CONFIG_DIR",
    "RESOURCE_CONFIG",
    "INPUT_DATA_CONFIG",
    "OUTPUT_DATA_DIR",
    "OUTPUT_DIR",
    "OUTPUT_INTERMEDIATE_DIR",
    "TRAINING_ENV",
    "MODULE_DIR",
    "MODULE_NAME",
    "FRAMEWORK_MODULE",
    "FRAMEWORK_PARAMS",
    "USER_ENTRY_POINT",
    "CURRENT_INSTANCE_TYPE",
    "CURRENT_INSTANCE_GROUP",
    "CURRENT_INSTANCE_GROUP_HOSTS",
    "INSTANCE_GROUPS",
    "INSTANCE_GROUPS_DICT",
    "DISTRIBUTION_INSTANCE_GROUPS",
    "IS_HETERO",
]


def test_each_documented_variable_is_there_as_the_toolkit_writes_it(
    plain, archive, log_of
):
    job = plain(
        sagemaker_program="train.py",
        sagemaker_submit_directory=archive({"train.py": TELL}),
        sagemaker_job_name="given",
        sagemaker_instance_type="ml.m5.large",
        **{"batch-size": 32, "flag": "true", "nothing": "null", "layers": "[1, 2]"},
        deep='{"b": [1], "a": null}',
        name='"x y"',
    )
    lines = log_of(job["TrainingJobName"])
    (line,) = [line for line in lines if line.startswith("ENV ")]
    found = json.loads(line.removeprefix("ENV "))
    assert [name for name in DOCUMENTED if f"SM_{name}" not in found] == []
    assert "MADE True" in lines
    expected = {
        "HP_BATCH-SIZE": "32",
        "HP_FLAG": "true",
        "HP_NOTHING": "",
        "HP_LAYERS": "[1,2]",
        "HP_DEEP": '{"a":null,"b":[1]}',
        "HP_NAME": "x y",
        "MODULE_NAME": "train",
        "FRAMEWORK_MODULE": "sagemaker_pytorch_container.training:main",
        "FRAMEWORK_PARAMS": '{"sagemaker_instance_type":"ml.m5.large"}',
        "CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "CURRENT_INSTANCE_GROUP_HOSTS": '["algo-1"]',
        "INSTANCE_GROUPS": '["homogeneousCluster"]',
        "IS_HETERO": "false",
        "OUTPUT_INTERMEDIATE_DIR": "/opt/ml/output/intermediate",
    }
    assert {name: found[f"SM_{name}"] for name in expected} == expected
    arguments = ["--batch-size", "32", "--deep", "a=None,b=[1]", "--flag", "True"]
    arguments += ["--layers", "[1, 2]", "--name", "x y", "--nothing", ""]
    assert json.loads(found["SM_USER_ARGS"]) == arguments
    training = json.loads(found["SM_TRAINING_ENV"])
    assert training["channel_input_dirs"] == {"code": "/opt/ml/input/data/code"}
    assert training["job_name"] == "given" and training["is_master"] is True
    assert training["hyperparameters"]["batch-size"] == 32


@pytest.mark.parametrize("name", ["go.sh", "go", "deep/go.sh"])
def test_a_program_that_is_no_python_runs_by_its_own_first_line(
    plain, archive, log_of, name
):
    script = "#!/usr/bin/env python\nimport sys\nprint('ran', sys.argv[1:])"
    files = {name: script, "requirements.txt": "no-such-package-of-localaws"}
    place = archive(files)
    values = {"sagemaker_submit_directory": place, "text": '"two $HOME words"'}
    job = plain(sagemaker_program=name, **values)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = log_of(job["TrainingJobName"])
    assert "ran ['--text', 'two $HOME words']" in lines
    assert any("requirements.txt is not read" in line for line in lines)


PACKAGE = {
    "setup.py": "from setuptools import setup, find_packages\nsetup(name='mine', "
    "version='1', package_dir={'': 'src'}, packages=find_packages('src'))",
    "train.py": "from mine.beside import SAID\nprint(SAID, __name__)",
    "src/mine/__init__.py": "",
    "src/mine/beside.py": "SAID = 'installed'",
}


def test_a_folder_with_a_setup_py_is_installed_and_its_program_is_a_module(
    plain, archive, log_of
):
    place = archive(PACKAGE)
    job = plain(sagemaker_program="train.py", sagemaker_submit_directory=place)
    assert job["TrainingJobStatus"] == "Completed", job
    assert "installed __main__" in log_of(job["TrainingJobName"])


def test_a_package_that_cannot_be_built_says_why(plain, archive):
    place = archive({"setup.py": "raise OSError('no licence')", "train.py": "1"})
    job = plain(sagemaker_program="train.py", sagemaker_submit_directory=place)
    assert "error: metadata-generation-failed" in job["FailureReason"], job
    assert "exit code: 1" in job["FailureReason"]


def test_a_requirement_that_cannot_be_had_is_named(plain, archive):
    files = {"train.py": "1", "requirements.txt": "--no-index\nno-such-localaws>=2"}
    place = archive(files)
    job = plain(sagemaker_program="train.py", sagemaker_submit_directory=place)
    assert "no-such-localaws>=2" in job["FailureReason"]
    assert "pip" not in job["FailureReason"] and "exit code: 1" in job["FailureReason"]


def test_an_entry_point_may_lie_in_a_folder(plain, archive, log_of):
    code = "import os, helper, lib.a\nprint('in', os.getcwd(), helper.y, lib.a.x)"
    files = {"src/train.py": code, "src/helper.py": "y = 2", "lib/a.py": "x = 1"}
    values = {"sagemaker_submit_directory": archive(files)}
    job = plain(sagemaker_program="src/train.py", **values)
    assert "in /opt/ml/code 2 1" in log_of(job["TrainingJobName"]), job


def test_an_entry_point_that_is_absent_is_named(plain, archive):
    place = archive({"train.py": "1"})
    for name, words in [("absent.py", "can't open file"), ("absent.sh", "not found")]:
        job = plain(sagemaker_program=name, sagemaker_submit_directory=place)
        assert words in job["FailureReason"] and name in job["FailureReason"]


SUM = """
import os, torch, torch.distributed as dist
dist.init_process_group("gloo")
mine = torch.tensor([float(dist.get_rank() + 1)])
dist.all_reduce(mine)
print("sum", mine.item(), "of", dist.get_world_size(), os.environ["SM_CURRENT_HOST"])
dist.barrier()  # who leaves first would take the meeting place of the others along
dist.destroy_process_group()
"""


@pytest.mark.parametrize(("hosts", "total"), [(1, 1.0), (2, 3.0)])
def test_torch_distributed_starts_one_group_on_all_hosts(
    plain, archive, log_of, hosts, total
):
    job = plain(
        {"ResourceConfig": {"InstanceCount": hosts}},
        sagemaker_program="train.py",
        sagemaker_submit_directory=archive({"train.py": SUM}),
        sagemaker_torch_distributed_enabled="true",
        sagemaker_instance_type="ml.m5.large",
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    said = [x for x in log_of(job["TrainingJobName"]) if x.startswith("sum ")]
    expected = [f"sum {total} of {hosts} algo-{n}" for n in range(1, hosts + 1)]
    assert sorted(said) == expected


def test_torch_distributed_wants_a_script(plain, archive):
    job = plain(
        sagemaker_program="go.sh",
        sagemaker_submit_directory=archive({"go.sh": "echo"}),
        sagemaker_torch_distributed_enabled="true",
    )
    assert "must be a Python script" in job["FailureReason"]
