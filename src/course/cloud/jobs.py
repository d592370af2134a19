"""A training job in one call, for lessons whose subject is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PATIENCE = {"Delay": 1, "MaxAttempts": 3600}  # seconds, and how often it is looked


def run(
    name: str,
    command: Sequence[str],
    channels: Mapping[str, str],
    *,
    image: str,
    role: str,
    output: str,
    instance_type: str,
    numbers: Sequence[str] = (),
    isolated: bool = False,
) -> dict[str, float]:
    """Run a command in a training job; return what its log says of some numbers.

    ``channels`` are addresses in S3 by name, as ``output`` is one. A line such as
    ``epochs=7`` gives the number ``epochs``. Raises ``ClientError`` where the job is
    refused, RuntimeError with its reason where it fails.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """
    import boto3

    sagemaker = boto3.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=role,
        AlgorithmSpecification={
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": list(command),
            "MetricDefinitions": [
                {"Name": each, "Regex": f"{each}=([0-9.]+)"} for each in numbers
            ],
        },
        InputDataConfig=[_channel(*each) for each in channels.items()],
        OutputDataConfig={"S3OutputPath": output},
        ResourceConfig={
            "InstanceType": instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        EnableNetworkIsolation=isolated,
    )
    return _ended(sagemaker, name)


def _channel(name: str, address: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": address}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _ended(sagemaker: Any, name: str) -> dict[str, float]:
    """Wait for the end of a job; return its metrics."""
    from botocore.exceptions import WaiterError

    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    try:
        waiter.wait(TrainingJobName=name, WaiterConfig=PATIENCE)
    except WaiterError as error:
        reason = error.last_response.get("FailureReason", error)
        raise RuntimeError(f'the job "{name}" failed: {reason}') from error
    job = sagemaker.describe_training_job(TrainingJobName=name)
    return {row["MetricName"]: row["Value"] for row in job["FinalMetricDataList"]}
