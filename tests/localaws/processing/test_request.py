"""What a CreateProcessingJob is refused for, and what its log says of the rest."""

import pytest
from processing_jobs import IMAGE, given, request, taken

from localaws.api.errors import ServiceError
from localaws.processing.request import check, notes

BELOW = "/opt/ml/processing"
ONE = given("x", "s3://b/x", f"{BELOW}/x")
SPARK = "173754725891.dkr.ecr.us-east-1.amazonaws.com/sagemaker-spark-processing:3.5"


def entry(*words, image=IMAGE):
    return {"AppSpecification": {"ImageUri": image, "ContainerEntrypoint": [*words]}}


def stored(*outputs):
    return {"ProcessingOutputConfig": {"Outputs": list(outputs)}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AppSpecification": {"ImageUri": IMAGE}}, "give ContainerEntrypoint"),
        (entry("python3", image=SPARK), 'program of a Spark image is "smspark-submit"'),
        (entry(image=SPARK), 'program of a Spark image is "smspark-submit"'),
        (
            {"ProcessingInputs": [ONE], **stored(taken("x", "s3://b/y", f"{BELOW}/y"))},
            r"names must be globally unique: \[x\]",
        ),
        (
            {"ProcessingInputs": [ONE, given("y", "s3://b/y", f"{BELOW}/x/")]},
            f'inputs have the LocalPath "{BELOW}/x"',
        ),
        (
            {"ProcessingInputs": [{"InputName": "x"}]},
            'Input "x" has no S3Input: localaws reads data from S3 only',
        ),
        (
            {"ProcessingInputs": [given("x", "s3://b/x", "/opt/ml/input")]},
            'LocalPath is "/opt/ml/input"; give a folder below "/opt/ml/processing/"',
        ),
        (
            {"ProcessingInputs": [given("x", "s3://b/x", f"{BELOW}/../../x")]},
            "give a folder below",
        ),
        (
            {"ProcessingInputs": [given("x", "https://example.com/x", "")]},
            'Input "x": "https://.*" is not an S3 URI',
        ),
        (
            stored(taken("y", "s3://b/y", "/tmp/out")),
            'Output "y": its LocalPath is "/tmp/out"; give a folder below "/opt/ml/"',
        ),
        (
            stored(taken("y", "s3://b/y", "/opt/ml/config/x")),
            "has the job's configuration",
        ),
        (stored({"OutputName": "y"}), 'Output "y" has no S3Output'),
        ({"ClusterConfig": {"InstanceCount": 9}}, "ml.m5.large for processing job"),
        ({"Environment": {"LOCALAWS_PATHS": "docker"}}, "unknown path mode"),
        (
            {"ProcessingInputs": [given("x", "s3://b/x", "", S3InputMode="Pipe")]},
            "emulate S3InputMode of ProcessingInputs.S3Input: .* Use File",
        ),
        (
            {"ProcessingInputs": [given("x", "s3://b", "", S3CompressionType="Gzip")]},
            "belongs to the mode Pipe",
        ),
        ({"ExperimentConfig": {"RunName": "r"}}, "there are no experiments"),
        (
            {"ClusterConfig": {"InstancePreferences": [{"InstanceType": "a"}]}},
            "machines are not chosen",
        ),
        (
            {
                "NetworkConfig": {"EnableNetworkIsolation": True},
                "Environment": {"LOCALAWS_PATHS": "substitution"},
            },
            "cuts a job off the network only in a namespace",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(changes, words):
    with pytest.raises(ServiceError, match=words):
        check(request(**changes))


@pytest.mark.parametrize("member", ["InstanceType", "InstanceCount"])
def test_a_cluster_needs_both_of_its_members(member):
    asked = request()
    del asked["ProcessingResources"]["ClusterConfig"][member]
    with pytest.raises(ServiceError, match=f"must have an {member}"):
        check(asked)


def test_folders_below_each_other_and_outside_processing_are_taken():
    inputs = [ONE, given("code", "s3://b/c/x.py", f"{BELOW}/x/code")]
    outputs = stored(
        taken("model", "s3://b/m", "/opt/ml/model"),
        taken("y", "s3://b/y/", f"{BELOW}/y/", "Continuous"),
    )
    check(request(ProcessingInputs=inputs, **outputs))


def test_the_log_says_what_changes_nothing_but_not_what_every_job_has():
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    asked = request(
        NetworkConfig={"VpcConfig": network, "EnableNetworkIsolation": False}
    )
    said = notes(asked)
    assert [line.partition(": there")[0] for line in said] == [
        f"localaws: NetworkConfig.VpcConfig.{name}"
        for name in ("SecurityGroupIds", "Subnets")
    ]
    assert notes(request()) == []
