"""What the record of a processing job asks its hosts to do."""

import pytest
from processing_jobs import given, request, taken

from localaws.jobs.task import Cluster
from localaws.processing.task import read

BELOW = "/opt/ml/processing"
RECORD = {
    **request(
        ProcessingInputs=[
            given("code", "s3://b/c/x.py", f"{BELOW}/input/code"),
            given("data", "s3://b/d/", f"{BELOW}/data/"),
        ],
        ProcessingOutputConfig={
            "Outputs": [
                taken("end", "s3://b/end", f"{BELOW}/end"),
                taken("now", "s3://b/now", "/opt/ml/now", "Continuous"),
            ]
        },
        Environment={"PROCESSING_JOB_NAME": "forged", "WORD": "x"},
    ),
    "ProcessingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:processing-job/job",
}


def test_a_task_has_what_the_record_says():
    task = read(RECORD, ["a note"])
    assert (task.name, task.instance_type, task.count) == ("job", "ml.m5.large", 1)
    assert (task.argv, task.notes, task.isolated) == (["true"], ["a note"], False)
    assert task.variables["WORD"] == "x"
    assert task.variables["PROCESSING_JOB_NAME"] == "job"  # AWS's own, not the user's
    assert {f"{BELOW}/end", "/opt/ml/now"} <= {*task.folders}
    assert [kept.path for kept in task.kept] == ["/opt/ml/now"]
    assert not task.kept[0].restored


def test_each_host_is_told_of_the_job_and_of_all_hosts():
    cluster = Cluster.of(2)
    files = read(RECORD, []).files("algo-2", cluster)
    told = files["/opt/ml/config/processingjobconfig.json"]
    assert told["ProcessingInputs"] == RECORD["ProcessingInputs"]
    assert told["ProcessingJobArn"].endswith("/job") and told["NetworkConfig"] is None
    config = files["/opt/ml/config/resourceconfig.json"]
    assert (config["current_host"], config["hosts"]) == ("algo-2", [*cluster.hosts])


@pytest.mark.parametrize(
    ("name", "words", "is_code"),
    [
        ("code", ["true"], True),
        ("data", ["true"], False),
        ("data", ["python3", f"{BELOW}/input/code/x.py"], True),
        ("data", ["python3", "/opt/ml/other/x.py", f"{BELOW}/input/code"], False),
    ],
)
def test_what_is_started_is_code_by_whatever_name(name, words, is_code):
    job = {
        **RECORD,
        "ProcessingInputs": [given(name, "s3://b/c/x.py", f"{BELOW}/input/code")],
        "AppSpecification": {
            "ImageUri": "x",
            "ContainerEntrypoint": words,
            "ContainerArguments": [f"{BELOW}/input/code/data.csv"],
        },
    }
    [found] = read(job, []).inputs
    assert found.is_code == is_code
