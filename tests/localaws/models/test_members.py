"""Every member of CreateModel has been judged."""

import pytest
from botocore.exceptions import ClientError
from deployed import IMAGE
from members import leaves, stale, unjudged

from localaws.models.members import CREATE_MODEL

OPERATION = "sagemaker", "CreateModel"


def test_botocores_model_has_no_member_that_nobody_judged():
    assert unjudged(*OPERATION, CREATE_MODEL) == []
    assert stale(CREATE_MODEL, OPERATION) == []
    assert "Containers[].Environment{}" in leaves(*OPERATION)


def test_a_member_that_aws_adds_is_noticed():
    known = {k: v for k, v in CREATE_MODEL.items() if "Hostname" not in k}
    found = unjudged(*OPERATION, known)
    assert "PrimaryContainer.ContainerHostname" in found and len(found) == 2
    assert stale({**known, "Gone": ""}, OPERATION) == ["Gone"]


@pytest.mark.parametrize(
    ("members", "container", "words"),
    [
        (
            {"EnableNetworkIsolation": True},
            {},
            "emulate EnableNetworkIsolation: a model",
        ),
        (
            {},
            {"MultiModelConfig": {"ModelCacheSetting": "Enabled"}},
            "MultiModelConfig of PrimaryContainer: it belongs",
        ),
        ({}, {"InferenceSpecificationName": "one"}, "needs a ModelPackageName"),
    ],
)
def test_what_would_change_the_answers_is_refused(
    connection, sagemaker, members, container, words
):
    with pytest.raises(ClientError, match=words):
        sagemaker.create_model(
            ModelName="refused",
            ExecutionRoleArn=connection.role_arn,
            PrimaryContainer={"Image": IMAGE, **container},
            **members,
        )


def test_what_is_off_and_what_is_harmless_is_accepted(connection, sagemaker):
    container = {
        "Image": IMAGE,
        "Mode": "SingleModel",
        "ImageConfig": {"RepositoryAccessMode": "Platform"},
    }
    sagemaker.create_model(
        ModelName="plain",
        ExecutionRoleArn=connection.role_arn,
        PrimaryContainer=container,
        EnableNetworkIsolation=False,
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )
    found = sagemaker.describe_model(ModelName="plain")["PrimaryContainer"]
    assert found["ImageConfig"] == container["ImageConfig"]
