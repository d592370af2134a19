"""What the tests of tuning jobs share: a request, with what a test changes of it."""

import io
import tarfile

import waiting

from localaws.jobs.run import DONE

IMAGE = "plain:1"
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"


def continuous(name="x", low="0", high="1", scale="Linear"):
    row = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}
    return {"ContinuousParameterRanges": [row]}


def categories(**values):
    rows = [{"Name": name, "Values": list(given)} for name, given in values.items()]
    return {"CategoricalParameterRanges": rows}


def definition(bucket="bucket", **changes):
    """Return a definition whose training job prints its objective."""
    static = {"sagemaker_program": "train.py"}
    static["sagemaker_submit_directory"] = f"s3://{bucket}/tuning/code.tar.gz"
    given = {
        "StaticHyperParameters": {**static, **changes.pop("static", {})},
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "score", "Regex": "score=([-+.e0-9]+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/tuning/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 100},
        **changes,
    }
    return {key: value for key, value in given.items() if value is not None}


def request(name="tune", bucket="bucket", **changes):
    """Return a request: `config`, `limits`, `training` change what is inside of it."""
    limits = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}
    limits |= changes.pop("limits", {})
    config = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": {k: v for k, v in limits.items() if v is not None},
        "ParameterRanges": continuous(),
        "RandomSeed": 1,
        **changes.pop("config", {}),
    }
    training = definition(bucket, **changes.pop("training", {}))
    whole = {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            key: value for key, value in config.items() if value is not None
        },
        "TrainingJobDefinition": training,
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def packed(name, text):
    """Return an archive of one file, as the SDK uploads code."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(text.encode())
        tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


SCRIPT = """
import json, os, time
given = json.loads(os.environ["SM_HPS"])
print(sorted(given), sorted(os.listdir("/opt/ml/input/data")))
print("score=" + str(1 - (given["x"] - 0.7) ** 2), flush=True)
time.sleep(given.get("sleep", 0))
"""


def submit(s3, bucket, code=SCRIPT, key="tuning/code.tar.gz"):
    """Upload a script as the SDK does, and return its address."""
    s3.put_object(Bucket=bucket, Key=key, Body=packed("train.py", code))
    return f"s3://{bucket}/{key}"


def described(sagemaker, name):
    return sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )


def ended(sagemaker, name):
    """Wait for the end of a tuning job; return its description."""
    return waiting.ended(
        lambda: described(sagemaker, name),
        lambda job: job["HyperParameterTuningJobStatus"] in DONE,
    )


def rows(sagemaker, name, **asked):
    """Return what is listed of a tuning job's training jobs."""
    found = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, **asked
    )
    return found["TrainingJobSummaries"]
