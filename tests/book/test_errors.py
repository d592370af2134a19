"""The page of the commonest errors: each is provoked, and says what the page quotes."""

import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import traceback
from pathlib import Path

import boto3
import pytest

from course import data
from course.data import classics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "errors.md").read_text()
SECTIONS = dict(re.findall(r"^### ([^\n]+)\n(.+?)(?=^##|\Z)", PAGE, re.M | re.S))
QUOTED = {
    name: re.findall(r"^```text\n(.+?)\n```", text, re.MULTILINE | re.DOTALL)
    for name, text in SECTIONS.items()
}
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
LIMIT = (
    "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances, "
    "with current utilization of 0 Instances and a request delta of 1 Instances."
)


def said(function, *arguments, **named) -> str:
    """The last words of the error that a call ends with, as a notebook shows them."""
    try:
        function(*arguments, **named)
    except Exception as error:
        return "".join(traceback.format_exception_only(error))
    raise AssertionError("there was no error")


def program(*command, **variables) -> str:
    """All that a program printed that had to fail."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode, done.stdout
    return done.stdout + done.stderr


def expect(name, *found):
    """Each quotation of a section is found in the words, and there are as many."""
    patterns = [re.escape(text).replace(r"\.\.\.", ".*?") for text in QUOTED[name]]
    assert len(patterns) == len(found), name
    for pattern, words in zip(patterns, found, strict=True):
        assert re.search(pattern, words, re.DOTALL), f"{pattern}\nis not in\n{words}"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A real server, with this process pointed at it."""
    from localaws import client

    monkeypatch.delenv("LOCALAWS_URL", raising=False)
    monkeypatch.setenv("LOCALAWS_FOLDER", str(tmp_path / "state"))
    connected = client.connect()
    yield connected
    connected.stop()


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """An empty cache, and a function that says where MNIST is to be had."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))

    def at(address):
        entry = classics.CLASSICS["mnist"]
        mirrors = {"mirrors": (address,)}
        changed = type(entry)(**{**vars(entry), **mirrors})
        monkeypatch.setitem(classics.CLASSICS, "mnist", changed)
        data.load.cache_clear()

    yield at
    data.load.cache_clear()


def test_the_page_has_twenty_errors_with_words_and_a_cure():
    assert len(SECTIONS) == 20
    assert all(QUOTED.values())
    tests = Path(__file__).read_text()
    assert [name for name in SECTIONS if f'"{name}"' not in tests] == []
    cures = [text.rpartition("```")[2].split() for text in SECTIONS.values()]
    assert min(map(len, cures)) > 15


def test_shapes():
    import numpy as np
    import torch

    expect(
        "Shapes do not fit",
        said(lambda: np.ones((3, 4)) @ np.ones((3, 4))),
        said(lambda: torch.ones(3, 4) @ torch.ones(3, 4)),
    )


def test_kinds_of_numbers():
    import torch

    x = torch.ones(3, 4, dtype=torch.float64)
    expect("Numbers of two kinds", said(torch.nn.Linear(4, 2), x))


def test_a_name_that_is_gone():
    fresh = {}
    expect("A name is gone after a restart", said(exec, "print(network)", fresh))


def test_an_answer_that_is_none(capsys):
    from course.check import start_here

    start_here.accuracy(lambda predicted, actual: None)
    expect("An answer that is None", capsys.readouterr().out)


def test_no_gpu():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    words = said(torch.ones, 1, device="cuda")
    cpu, gpu = QUOTED["There is no GPU"]
    other = gpu if torch.version.cuda is None else cpu  # of the build that is not here
    both = (words, other) if torch.version.cuda is None else (other, words)
    expect("There is no GPU", *both)


def test_the_course_is_not_installed(tmp_path):
    words = program("-S", "-c", "import course", PYTHONPATH=str(tmp_path))
    expect("The course is not installed here", words)


def test_another_python(tmp_path):
    """The Makefile's own check, run by a Python that believes it is 3.10."""
    makefile = (ROOT / "Makefile").read_text()
    [check] = re.findall(r"^\t@\$\(PYTHON\) -c '(.+)'$", makefile, re.MULTILINE)
    check = check.replace("$(MAKECMDGOALS)", "lab")
    older = "import sys; sys.version_info = (3, 10, 1, 'final', 0);"
    expect("Python is too old, or too new", program("-c", older + check))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk():
    full = os.open("/dev/full", os.O_WRONLY)
    expect("The disk is full", said(os.write, full, b"a"))
    os.close(full)


def test_a_kernel_that_died(tmp_path):
    source = {"cells": [cell("import os; os._exit(1)")], "metadata": KERNEL}
    (tmp_path / "a.ipynb").write_text(json.dumps({**source, **FORMAT}))
    paths = tmp_path / "a.ipynb", tmp_path / "b.ipynb", "{}"
    words = program("-m", "course.tools.runner", *paths)
    lab = next(Path(sys.prefix, "share/jupyter/lab/static").glob("*.js"), None)
    assert lab, "JupyterLab is not installed"
    phrase = "The kernel for %1 appears to have died. It will restart automatically."
    scripts = (path.read_text() for path in lab.parent.glob("*.js"))
    assert any(phrase in script for script in scripts)
    expect("The kernel died", phrase, words)


FORMAT = {"nbformat": 4, "nbformat_minor": 5}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


def cell(source):
    """A code cell that has not been run."""
    empty = {"metadata": {}, "outputs": [], "execution_count": None}
    return {"id": "a", "cell_type": "code", "source": source, **empty}


def test_a_download_without_a_network(offline):
    offline("http://127.0.0.1:9/")
    expect("A download without a network", said(data.load, "mnist"))


def test_a_download_that_was_changed(offline, address):
    """The site's own server answers, with the page for what is not there."""
    offline(f"{address}_static/custom.css?")
    name = "A download that is not what was published"
    expect(name, said(data.load, "mnist"))


def test_no_server():
    with socket.create_server(("127.0.0.1", 0)) as was:
        port = was.getsockname()[1]
    client = boto3.client(
        "sts",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    expect("localaws does not run", said(client.get_caller_identity))


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        start = ["-m", "localaws", "start", "--port", port, "--folder", tmp_path]
        expect("The port is in use", program(*start))


def test_a_folder_that_is_held(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        words = program("-m", "localaws", "start", "--folder", tmp_path)
    expect("The server's folder belongs to another", words)


def test_a_job_that_failed_and_an_endpoint_that_is_not_there(server):
    from sagemaker.core.resources import TrainingJob

    role = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
    command = [sys.executable, "-c", "open('train.npz')"]
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="job",
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": command,
        },
        OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 100},
    )
    job = TrainingJob.get("job")
    expect("The training job failed", said(job.wait, poll=1, logs=False))
    asked = {"EndpointName": "e", "Body": b"1"}
    expect(
        "The endpoint is not there",
        said(boto3.client("sagemaker-runtime").invoke_endpoint, **asked),
        said(sagemaker.describe_endpoint, EndpointName="e"),
    )


def test_a_channel_that_is_not_there(monkeypatch):
    monkeypatch.delenv("SM_CHANNEL_TRAIN", raising=False)
    words = said(lambda: os.environ["SM_CHANNEL_TRAIN"])
    expect("A channel that is not there", words)


def test_no_credentials(tmp_path):
    code = "from course.cloud import connect; connect('aws')"
    kept = {k: "" for k in os.environ if k.startswith(("AWS_", "LOCALAWS"))}
    none = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    words = program("-c", code, **{**kept, **none})
    expect("No credentials for the real AWS", words)


def test_a_limit():
    """AWS's own words, as boto3 shows them: localaws has no limits."""
    from botocore.stub import Stubber

    client = boto3.client("sagemaker", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("create_endpoint", "ResourceLimitExceeded", LIMIT)
        asked = {"EndpointName": "e", "EndpointConfigName": "c"}
        expect("AWS refuses a machine: a limit", said(client.create_endpoint, **asked))


def test_an_interrupted_cell(capsys, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    from course.cloud.cells import Cells
    from course.cloud.meter import Meter

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    shell = InteractiveShell()
    cells = Cells(shell, Meter(allowed=False))
    shell.events.register("post_run_cell", cells.after)
    shell.run_cell("raise KeyboardInterrupt\nmade = 1", store_history=True)
    shell.run_cell("print(made)", store_history=True)
    expect("A cell was interrupted, and a later one fails", capsys.readouterr().out)
