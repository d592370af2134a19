"""Requests that AWS refuses, and those that localaws does not emulate, in words."""

import boto3
import pytest
from botocore.exceptions import ClientError

SOURCE = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket-of-nobody/x"}


def channel(name="train", source=None, **members):
    source = {"S3DataSource": {**SOURCE, **(source or {})}}
    return {"ChannelName": name, "DataSource": source, **members}


def algorithm(**members):
    return {"AlgorithmSpecification": members}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (algorithm(AlgorithmName="x"), "Exactly one of"),
        (algorithm(TrainingImage=None), "Exactly one of"),
        (algorithm(TrainingImage=None, AlgorithmName="x"), 'no algorithm "x"'),
        (
            algorithm(MetricDefinitions=[{"Name": "m", "Regex": "("}]),
            r'expression "\(" of metric "m"',
        ),
        (
            algorithm(MetricDefinitions=[{"Name": "m", "Regex": "(?<=x)(.)"}]),
            'metric "m" is wrong: .*RE2, which matches it, has no look-behind',
        ),
        (
            {
                "Environment": {"LOCALAWS_INTERRUPT_ON": r"(a)\1"},
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {
                    "MaxRuntimeInSeconds": 9,
                    "MaxWaitTimeInSeconds": 9,
                },
            },
            "LOCALAWS_INTERRUPT_ON is .*has no references to groups",
        ),
        (algorithm(TrainingInputMode="Pipe"), 'Channel "code": localaws has no Pipe'),
        ({"InputDataConfig": [channel("code")]}, '"code" is used more than once'),
        (
            {"InputDataConfig": [channel(source={"S3Uri": "https://b/x"})]},
            r"is not an S3 URI",
        ),
        (
            {
                "InputDataConfig": [
                    channel(source={"S3DataType": "AugmentedManifestFile"})
                ]
            },
            'Channel "train": localaws does not read AugmentedManifestFile',
        ),
        ({"InputDataConfig": [channel(InputMode="Pipe")]}, "use File or FastFile"),
        (
            {"InputDataConfig": [channel(CompressionType="Gzip")]},
            "CompressionType Gzip is used only in Pipe mode",
        ),
        (
            {
                "InputDataConfig": [
                    {
                        "ChannelName": "disk",
                        "DataSource": {
                            "FileSystemDataSource": {
                                "FileSystemId": "fs-01234567890",
                                "FileSystemAccessMode": "ro",
                                "FileSystemType": "EFS",
                                "DirectoryPath": "/x",
                            }
                        },
                    }
                ]
            },
            'Channel "disk": localaws reads data from S3 only',
        ),
        ({"OutputDataConfig": {"S3OutputPath": "s3:/x"}}, "(?i)s3OutputPath"),
        ({"Environment": {"LOCALAWS_PATHS": "magic"}}, "magic"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(submit, changes, words):
    with pytest.raises(ClientError, match=words) as caught:
        submit("pass", **changes)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ValidationException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_name_that_is_taken_is_in_use(submit, finished, sagemaker):
    name = submit("pass")
    described = finished(name)
    again = {
        member: described[member]
        for member in (
            "TrainingJobName",
            "AlgorithmSpecification",
            "RoleArn",
            "OutputDataConfig",
            "ResourceConfig",
            "StoppingCondition",
        )
    }
    with pytest.raises(ClientError, match="must be unique") as caught:
        sagemaker.create_training_job(**again)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


@pytest.mark.parametrize("verb", ["describe", "stop", "delete"])
def test_a_job_that_is_absent_is_not_found(sagemaker, verb):
    operation = f"{verb}_training_job"
    with pytest.raises(ClientError, match="Requested resource not found") as caught:
        getattr(sagemaker, operation)(TrainingJobName="absent")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("ListFeatureGroups", "list_feature_groups"),
        ("ListMonitoringSchedules", "list_monitoring_schedules"),
        ("ListMlflowTrackingServers", "list_mlflow_tracking_servers"),
    ],
)
def test_what_is_not_emulated_yet_is_a_400_that_names_it(connection, operation, name):
    words = f'localaws does not emulate SageMaker\'s operation "{operation}" yet: run'
    with pytest.raises(ClientError, match=words) as caught:
        getattr(boto3.client("sagemaker"), name)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
