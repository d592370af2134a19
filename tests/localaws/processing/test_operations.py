"""Processing jobs through boto3 and the unmodified SageMaker Python SDK v3."""

import subprocess
import sys

import pytest
from botocore.exceptions import ClientError
from processing_jobs import request
from waiting import until

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
SCRIPT = """
import argparse, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--word")
word = parser.parse_args().word
text = pathlib.Path("/opt/ml/processing/data/a.csv").read_text()
pathlib.Path("/opt/ml/processing/out/b.csv").write_text(text + word)
try:
    from helper import HELP
    print("help", HELP)
except ImportError:
    print("no helper")
"""


@pytest.fixture
def run(connection, tmp_path, s3, mode):
    """Return a function that runs a script in a processor of the SDK."""
    from sagemaker.core.shapes import (
        ProcessingInput,
        ProcessingOutput,
        ProcessingS3Input,
        ProcessingS3Output,
    )

    source = tmp_path / "source"
    source.mkdir()
    (source / "work.py").write_text(SCRIPT)
    (tmp_path / "a.csv").write_text("1,2;")
    source_input = ProcessingS3Input(
        s3_uri=str(tmp_path / "a.csv"),
        local_path="/opt/ml/processing/data",
        s3_data_type="S3Prefix",
        s3_input_mode="File",
    )
    target = ProcessingS3Output(
        s3_uri=f"s3://{connection.bucket}/sdk-{mode}",
        local_path="/opt/ml/processing/out",
        s3_upload_mode="EndOfJob",
    )

    def start(processor, **members):
        made = processor(
            image_uri=IMAGE,
            role=connection.role_arn,
            instance_type="ml.m5.large",
            instance_count=1,
            env={"LOCALAWS_PATHS": mode},
            base_job_name="sdk",
        )
        made.run(
            inputs=[ProcessingInput(input_name="data", s3_input=source_input)],
            outputs=[ProcessingOutput(output_name="out", s3_output=target)],
            arguments=["--word", "three"],
            wait=False,
            logs=False,
            **members,
        )
        return made.latest_job.processing_job_name

    start.source = source
    return start


def stored(s3, connection, mode):
    found = s3.get_object(Bucket=connection.bucket, Key=f"sdk-{mode}/b.csv")
    return found["Body"].read()


def test_a_script_processor_processes(run, ended, log_of, connection, s3, mode):
    from sagemaker.core import processing

    name = run(processing.ScriptProcessor, code=str(run.source / "work.py"))
    processing._wait_for_processing_job(processing.Session(), name, poll=0.1)
    assert ended(name)["ProcessingJobStatus"] == "Completed"
    assert stored(s3, connection, mode) == b"1,2;three"
    assert log_of(name)[-1] == "no helper"


def test_a_framework_processor_brings_its_source_and_requirements(
    run, ended, log_of, connection, s3, mode
):
    from sagemaker.core.processing import FrameworkProcessor

    (run.source / "helper.py").write_text('HELP = "/opt/ml/model"')
    (run.source / "requirements.txt").write_text("numpy>=1\n")
    name = run(FrameworkProcessor, code="work.py", source_dir=str(run.source))
    job = ended(name)
    assert job["ProcessingJobStatus"] == "Completed", [job, log_of(name)]
    assert stored(s3, connection, mode) == b"1,2;three"
    assert log_of(name)[-1] == "help /opt/ml/model"


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_jobs_are_listed_tagged_printed_and_deleted(
    process, ended, sagemaker, connection, mode
):
    name = process("print('said')", Tags=[{"Key": "k", "Value": "v"}])
    with pytest.raises(ClientError, match="must be unique"):
        sagemaker.create_processing_job(**request(name))
    job = ended(name)
    found = sagemaker.list_processing_jobs(NameContains=name)
    [row] = found["ProcessingJobSummaries"]
    assert row["ProcessingJobName"] == name and "ProcessingEndTime" in row
    tags = sagemaker.list_tags(ResourceArn=job["ProcessingJobArn"])["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}] and "Tags" not in job
    command = [sys.executable, "-m", "localaws", "logs", "--url", connection.url]
    assert subprocess.check_output([*command, name], text=True).endswith("said\n")
    absent = subprocess.run([*command, "absent"], capture_output=True, text=True)
    assert (absent.returncode, absent.stdout) == (1, "")
    assert 'no log of a job "absent"' in absent.stderr
    sagemaker.delete_processing_job(ProcessingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_processing_job(ProcessingJobName=name)


def test_a_restart_fails_what_ran_and_says_so(restartable):
    client = restartable.client("sagemaker")
    entry = {"ImageUri": "any", "ContainerEntrypoint": ["sleep", "4323"]}
    client.create_processing_job(**request("ran", AppSpecification=entry))
    entry = {"ImageUri": "any", "ContainerEntrypoint": ["true"]}
    client.create_processing_job(**request("done", AppSpecification=entry))

    def job(name):
        return restartable.client("sagemaker").describe_processing_job(
            ProcessingJobName=name
        )

    until(lambda: job("done")["ProcessingJobStatus"] == "Completed")
    restartable.kill()
    assert job("done")["ProcessingJobStatus"] == "Completed"
    assert job("ran")["ProcessingJobStatus"] == "Failed"
    assert "the localaws server ended" in job("ran")["FailureReason"]
    assert "ProcessingEndTime" in job("ran")
