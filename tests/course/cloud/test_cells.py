"""Cells that were interrupted or failed, in a real kernel and in a real account."""

import re
import threading

import pytest
from jupyter_client.manager import start_new_kernel

START = """
import boto3
from course.cloud import connect
cloud = connect("local")
sagemaker = boto3.client("sagemaker")
image = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
def job(name, *command):
    sagemaker.create_training_job(
        TrainingJobName=name, RoleArn=cloud.role,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File",
                                "ContainerEntrypoint": list(command)},
        OutputDataConfig={"S3OutputPath": f"s3://{cloud.bucket}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1,
                        "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 100})
def state(name):
    return sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
"""
WAIT = """
job("{name}", "sleep", "90")
print("waiting", flush=True)
import time
time.sleep(80)
made = 1
"""


class Notebook:
    """A kernel that runs one cell after the other."""

    def __init__(self, manager, client):
        self._manager, self._client = manager, client

    def interrupt(self):
        """Interrupt the cell that runs, as the button of a notebook does."""
        self._manager.interrupt_kernel()

    def run(self, code, interrupt_at=None):
        """Return what a cell printed, errors included."""
        self._client.execute(code)
        said = ""
        while True:
            content = self._client.get_iopub_msg(timeout=60)["content"]
            said += content.get("text", "") + " ".join(content.get("traceback", []))
            if interrupt_at and interrupt_at in content.get("text", ""):
                self.interrupt()
            if content.get("execution_state") == "idle":
                return re.sub(r"\x1b\[[\d;]*m", "", said)


@pytest.fixture(scope="module")
def notebook():
    manager, client = start_new_kernel()
    made = Notebook(manager, client)
    said = made.run(START)
    assert "Its console, for your browser: http://127.0.0.1:" in said
    yield made
    client.stop_channels()
    manager.shutdown_kernel()


def test_an_interruption_stops_the_job_and_a_later_cell_says_what_to_run(notebook):
    said = notebook.run(WAIT.format(name="n2e-seen"), interrupt_at="waiting")
    assert "The training job n2e-seen is being stopped." in said
    number = re.search(r"cell \[(\d+)\]", notebook.run("made"))
    assert number, "a cell that fails later names the one that was interrupted"
    assert notebook.run("print(state('n2e-seen'))").strip() in ("Stopping", "Stopped")
    assert "First run again" in notebook.run("made")
    assert "First run again" not in notebook.run("1 + 1")


def test_an_interruption_under_capture_is_not_hidden(notebook):
    code = "%%capture\n" + WAIT.format(name="n2e-hidden")
    threading.Timer(3, notebook.interrupt).start()  # it cannot be seen to wait
    said = notebook.run(code)
    assert "The training job n2e-hidden is being stopped." in said
    assert "First run again" in notebook.run("made")


def test_an_error_under_capture_is_shown(notebook):
    said = notebook.run("%%capture\nraise ValueError('no such folder')")
    assert "This cell failed: ValueError: no such folder" in said
    assert notebook.run("%%capture\nprint(1)").strip() == ""
