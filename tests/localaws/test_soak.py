"""Jobs, endpoints and objects come and go, and nothing of them stays.

A longer run, of so many jobs of each kind, endpoints and Spark jobs:
`SOAK=100,50,10 python -m pytest -n 0 -s tests/localaws/test_soak.py`.
"""

import gc
import os

import pytest
from defined import definition
from defined import processing as steps
from deployed import IMAGE, SAY
from processing_jobs import given, request, taken
from restarts import Restartable
from transform_jobs import request as asked_of_model
from tuning_jobs import packed
from tuning_jobs import request as asked_to_tune
from waiting import until

JOBS, ENDPOINTS, SPARK_JOBS = map(int, os.environ.get("SOAK", "5,4,1").split(","))
GROWTH = 50  # megabytes
MEGABYTE = 1024 * 1024
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
SPARK = """
import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(1000).write.parquet(sys.argv[1])
assert spark.read.parquet(sys.argv[1]).count() == 1000
"""
SCRIPT = "mkdir -p /opt/ml/model; echo weights > /opt/ml/model/w; seq 100"


@pytest.fixture
def server(elsewhere, tmp_path):
    """A server that keeps its state and has a folder of its own for temporary files."""
    (tmp_path / "tmp").mkdir()
    started = Restartable({**elsewhere, "TMPDIR": str(tmp_path / "tmp")}).start()
    s3 = started.client("s3")
    s3.create_bucket(Bucket="soak")
    served = packed("code/inference.py", SAY.replace("{word!r}", "'yes'"))
    s3.put_object(Bucket="soak", Key="model.tar.gz", Body=served)
    tuned = packed("train.py", "print('score=1')")
    s3.put_object(Bucket="soak", Key="tuned.tar.gz", Body=tuned)
    make_model(started, "transformer")
    yield started
    started.localaws("stop")


def run_job(server, number):
    sagemaker = server.client("sagemaker")
    name = f"job-{number}"
    algorithm = {"TrainingImage": "any", "TrainingInputMode": "File"}
    machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={
            **algorithm,
            "ContainerEntrypoint": ["sh", "-c", SCRIPT],
        },
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://soak/jobs"},
        ResourceConfig={**machine, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )

    def ended():
        found = sagemaker.describe_training_job(TrainingJobName=name)
        return found["TrainingJobStatus"] != "InProgress" and found

    assert until(ended, 60)["TrainingJobStatus"] == "Completed"
    s3 = server.client("s3")
    for key in (f"jobs/{name}/output/model.tar.gz", "other"):
        s3.put_object(Bucket="soak", Key=key, Body=bytes(MEGABYTE))
        s3.delete_object(Bucket="soak", Key=key)


def run_processing_job(server, number):
    s3 = server.client("s3")
    name, root = f"processing-{number}", "/opt/ml/processing"
    s3.put_object(Bucket="soak", Key="in/data", Body=bytes(MEGABYTE))
    application = {"ImageUri": "any", "ContainerEntrypoint": ["cp", "-r"]}
    application["ContainerArguments"] = [f"{root}/in/data", f"{root}/out/"]
    outputs = [taken("out", f"s3://soak/{name}", f"{root}/out")]
    asked = request(
        name,
        AppSpecification=application,
        ProcessingInputs=[given("in", "s3://soak/in", f"{root}/in")],
        ProcessingOutputConfig={"Outputs": outputs},
    )
    process(server, asked, 60)
    s3.delete_object(Bucket="soak", Key=f"{name}/data")


def process(server, asked, seconds):
    """Run a processing job to its end."""
    sagemaker, name = server.client("sagemaker"), asked["ProcessingJobName"]
    sagemaker.create_processing_job(**asked)

    def ended():
        found = sagemaker.describe_processing_job(ProcessingJobName=name)
        return found["ProcessingJobStatus"] != "InProgress" and found

    assert until(ended, seconds)["ProcessingJobStatus"] == "Completed"


def run_spark_job(server, number):
    s3, name = server.client("s3"), f"spark-{number}"
    code = "/opt/ml/processing/code"
    s3.put_object(Bucket="soak", Key="code/app.py", Body=SPARK.encode())
    application = {"ImageUri": "sagemaker-spark-processing:3.5-cpu-py39-v1.2"}
    application["ContainerEntrypoint"] = ["smspark-submit", f"{code}/app.py"]
    application["ContainerArguments"] = [f"s3://soak/{name}"]
    inputs = [given("code", "s3://soak/code", code)]
    asked = request(name, AppSpecification=application, ProcessingInputs=inputs)
    process(server, asked, 180)
    keys = s3.list_objects_v2(Bucket="soak", Prefix=f"{name}/")["Contents"]
    for row in keys:
        s3.delete_object(Bucket="soak", Key=row["Key"])


def make_model(server, name):
    container = {"Image": IMAGE, "ModelDataUrl": "s3://soak/model.tar.gz"}
    server.client("sagemaker").create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container
    )


def run_transform_job(server, number):
    sagemaker, s3 = server.client("sagemaker"), server.client("s3")
    name = f"transform-{number}"
    s3.put_object(Bucket="soak", Key="asked/data", Body=bytes(MEGABYTE))
    place = {"S3Uri": "s3://soak/asked/", "S3OutputPath": f"s3://soak/{name}"}
    sagemaker.create_transform_job(**asked_of_model(name, "transformer", **place))

    def ended():
        found = sagemaker.describe_transform_job(TransformJobName=name)
        return found["TransformJobStatus"] != "InProgress" and found

    assert until(ended, 60)["TransformJobStatus"] == "Completed"
    answer = s3.get_object(Bucket="soak", Key=f"{name}/data.out")["Body"].read()
    assert answer == b"yes"
    s3.delete_object(Bucket="soak", Key=f"{name}/data.out")


def run_tuning_job(server, number):
    sagemaker, name = server.client("sagemaker"), f"tuning-{number % 10**6}"
    code = {"sagemaker_submit_directory": "s3://soak/tuned.tar.gz"}
    asked = asked_to_tune(
        name,
        "soak",
        config={"Strategy": "Bayesian", "TrainingJobEarlyStoppingType": "Auto"},
        limits={"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
        training={"static": code},
    )
    sagemaker.create_hyper_parameter_tuning_job(**asked)

    def ended():
        found = sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return found["HyperParameterTuningJobStatus"] != "InProgress" and found

    found = until(ended, 60)
    assert found["TrainingJobStatusCounters"]["Completed"] == 2, found


def run_endpoint(server, number):
    sagemaker, name = server.client("sagemaker"), f"endpoint-{number}"
    make_model(server, name)
    variant = {"VariantName": "v", "ModelName": name, "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def in_service():
        found = sagemaker.describe_endpoint(EndpointName=name)
        return found["EndpointStatus"] == "InService"

    until(in_service, 60)
    runtime = server.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=name, Body=b"x")["Body"].read()
    assert answer == b"yes"
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName=name)


def run_pipeline(server, number):
    sagemaker, name = server.client("sagemaker"), f"pipeline{number}"
    after = {"CacheConfig": {"Enabled": True, "ExpireAfter": "T1H"}}
    text = definition(steps("a"), steps("b", after=["a"], **after), steps("c"))
    asked = {"PipelineName": name.replace("-", "x")}
    sagemaker.create_pipeline(**asked, PipelineDefinition=text, RoleArn=ROLE)
    arn = sagemaker.start_pipeline_execution(**asked)["PipelineExecutionArn"]

    def ended():
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return found["PipelineExecutionStatus"] != "Executing" and found

    assert until(ended, 60)["PipelineExecutionStatus"] == "Succeeded"
    sagemaker.delete_pipeline(**asked)


KINDS = (
    *(run_job, run_processing_job, run_transform_job),
    *(run_tuning_job, run_pipeline),
)


def belongings(server, tmp_path):
    """Return the processes, ports and temporary files of a server."""
    with server.process.oneshot():
        ports = [
            row.laddr.port
            for row in server.process.net_connections("tcp")
            if row.status == "LISTEN"
        ]
    places = (
        tmp_path / "tmp",
        *(tmp_path / "state" / n for n in ("jobs", "endpoints")),
    )
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    folders = [path for path in (tmp_path / "tmp").iterdir() if path.is_dir()]
    return server.process.children(recursive=True), ports, files, folders


def descriptors(server):
    """Return how many a server has, once clients are gone that nobody needs."""
    gc.collect()  # boto3's refer to themselves, and keep their connections until then
    return server.process.num_fds()


def test_what_comes_and_goes_leaves_no_process_port_file_or_memory(server, tmp_path):
    for number in range(2):  # what is loaded and cached once
        for run in (*KINDS, run_endpoint):
            run(server, -1 - number)
    if SPARK_JOBS:
        run_spark_job(server, -1)
    before = belongings(server, tmp_path)
    memory, open_then = server.process.memory_info().rss, descriptors(server)
    for number in range(max(JOBS, ENDPOINTS, SPARK_JOBS)):
        for run in KINDS if number < JOBS else ():
            run(server, number)
        if number < ENDPOINTS:
            run_endpoint(server, number)
        if number < SPARK_JOBS:
            run_spark_job(server, number)
    growth = (server.process.memory_info().rss - memory) / MEGABYTE
    counts = f"{JOBS} jobs of each kind, {ENDPOINTS} endpoints, {SPARK_JOBS} of Spark"
    print(f"{counts}: {growth:+.1f} MB")
    assert belongings(server, tmp_path) == before
    assert not before[0] and len(before[1]) == 1
    assert growth < GROWTH
    until(lambda: descriptors(server) < open_then + 10)
