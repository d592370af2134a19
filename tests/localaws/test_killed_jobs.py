"""A server is killed while a job runs: it has failed, and what had ended is whole.

More kills of each kind:
`KILLS=10 python -m pytest -n 0 tests/localaws/test_killed_jobs.py`.
"""

import io
import os
import random
import tarfile
import time
from functools import partial
from pathlib import Path

import pytest
import transform_jobs
from deployed import IMAGE
from processing_jobs import ROLE, given, request, taken
from waiting import until

from localaws.jobs.run import LEFT

KILLS = int(os.environ.get("KILLS", "1"))
WAIT = "echo running; sleep 300"
# Kinds of jobs, and of which of AWS's they are.
KINDS = {"processing": "processing", "spark": "processing"}
KINDS |= {"training": "training", "transform": "transform"}
PATIENCE = {"spark": 180}  # seconds to wait for a job; a session of Spark takes long
SPARK = """
import sys, time
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
rows = spark.range(3).coalesce(1)
rows.write.csv("file:///opt/ml/processing/out/rows")
if sys.argv[1:] == ["slow"]:
    print("running", flush=True)
    time.sleep(300)
"""


def train(sagemaker, name, slow):
    script = "mkdir -p /opt/ml/model; echo weights > /opt/ml/model/w"
    algorithm = {"TrainingImage": "any", "TrainingInputMode": "File"}
    algorithm["ContainerEntrypoint"] = ["sh", "-c", f"{script}; {WAIT * slow}"]
    machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification=algorithm,
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://kills/out"},
        ResourceConfig=machine,
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )


def process(sagemaker, name, slow):
    place = "/opt/ml/processing/out"
    script = f"echo rows > {place}/rows; {WAIT * slow}"
    application = {"ImageUri": "any", "ContainerEntrypoint": ["sh", "-c", script]}
    outputs = [taken("out", f"s3://kills/out/{name}", place)]
    whole = {"ProcessingOutputConfig": {"Outputs": outputs}}
    sagemaker.create_processing_job(
        **request(name, AppSpecification=application, **whole)
    )


def submit(sagemaker, name, slow):
    root = "/opt/ml/processing"
    application = {"ImageUri": "sagemaker-spark-processing:3.5-cpu-py39-v1.2"}
    application["ContainerEntrypoint"] = ["smspark-submit", f"{root}/code/app.py"]
    if slow:
        application["ContainerArguments"] = ["slow"]
    sagemaker.create_processing_job(
        **request(
            name,
            AppSpecification=application,
            ProcessingInputs=[given("code", "s3://kills/code/", f"{root}/code")],
            ProcessingOutputConfig={
                "Outputs": [taken("out", f"s3://kills/out/{name}", f"{root}/out")]
            },
        )
    )


def transform(sagemaker, name, slow):
    source = "s3://kills/slow/" if slow else "s3://kills/quick/"
    place = {"S3Uri": source, "S3OutputPath": f"s3://kills/out/{name}"}
    sagemaker.create_transform_job(**transform_jobs.request(name, **place))


CREATE = {"processing": process, "spark": submit}
CREATE |= {"training": train, "transform": transform}


@pytest.fixture
def server(restartable):
    """A server with data, and a model that waits at the word "slow"."""
    buffer, code = io.BytesIO(), transform_jobs.ECHO.encode()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("code/inference.py")
        info.size = len(code)
        tar.addfile(info, io.BytesIO(code))
    s3 = restartable.client("s3")
    s3.create_bucket(Bucket="kills")
    s3.put_object(Bucket="kills", Key="model.tar.gz", Body=buffer.getvalue())
    s3.put_object(Bucket="kills", Key="code/app.py", Body=SPARK.encode())
    for word in ("quick", "slow"):
        s3.put_object(Bucket="kills", Key=f"{word}/data", Body=f"{word}\n".encode())
    container = {"Image": IMAGE, "ModelDataUrl": "s3://kills/model.tar.gz"}
    restartable.client("sagemaker").create_model(
        ModelName="echo", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    return restartable


def described(server, kind, name):
    """Return the record of a job; what belongs to the answer alone left out."""
    sagemaker = server.client("sagemaker")
    named = {f"{KINDS[kind].title()}JobName": name}
    found = getattr(sagemaker, f"describe_{KINDS[kind]}_job")(**named)
    return {key: found[key] for key in found if key != "ResponseMetadata"}


def ended(server, kind, name):
    def look():
        found = described(server, kind, name)
        return found[f"{KINDS[kind].title()}JobStatus"] != "InProgress" and found

    return until(look, PATIENCE.get(kind, 60))


def objects(server, name):
    s3 = server.client("s3")
    found = s3.list_objects_v2(Bucket="kills", Prefix=f"out/{name}/")
    return {
        row["Key"]: s3.get_object(Bucket="kills", Key=row["Key"])["Body"].read()
        for row in found.get("Contents", ())
    }


def says_that_it_runs(server, kind, name):
    group = f"/aws/sagemaker/{KINDS[kind].title()}Jobs"
    logs = server.client("logs")
    found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)
    names = [row["logStreamName"] for row in found["logStreams"]]
    events = names and logs.filter_log_events(logGroupName=group, logStreamNames=names)
    said = [event["message"] for event in events["events"]] if events else []
    return {"running", "slowly"} & set(said)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kill_fails_what_ran_and_leaves_what_had_ended(server, kind):
    draw, whole, jobs = random.Random(0), {}, Path(server.folder, "jobs")
    status = f"{KINDS[kind].title()}JobStatus"
    for number in range(KILLS):
        done, left = f"done-{number}", f"left-{number}"
        CREATE[kind](server.client("sagemaker"), done, slow=False)
        whole[done] = ended(server, kind, done), objects(server, done)
        assert whole[done][0][status] == "Completed"
        assert whole[done][1]
        CREATE[kind](server.client("sagemaker"), left, slow=True)
        if number % 2:
            time.sleep(draw.uniform(0, 0.5))  # the moment is any
        else:
            running = partial(says_that_it_runs, server, kind, left)
            until(running, PATIENCE.get(kind, 60))
            below = server.process.children(recursive=True)
            assert ("java" in {one.name() for one in below}) == (kind == "spark")
        server.kill()  # and no process is left
        assert not any(path.is_file() for path in jobs.rglob("*"))
        found = described(server, kind, left)
        assert found[status] == "Failed"
        assert found["FailureReason"] == LEFT and not objects(server, left)
        for name, (record, stored) in whole.items():
            assert described(server, kind, name) == record
            assert objects(server, name) == stored
    listed = getattr(server.client("sagemaker"), f"list_{KINDS[kind]}_jobs")
    assert not listed(StatusEquals="InProgress")[f"{KINDS[kind].title()}JobSummaries"]
