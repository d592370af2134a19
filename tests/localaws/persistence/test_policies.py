"""AWS's managed policies come when somebody asks, and are kept where attached."""

from pathlib import Path

import pytest
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.moto_api._internal import moto_api_backend
from roles import EVERYTHING, SAGEMAKER, document

from localaws.persistence import journal
from localaws.persistence.backends import Users

ACCOUNT, REGION = "123456789012", "us-east-1"
OF_AWS = "arn:aws:iam::aws:policy/"
READING = f"{OF_AWS}AmazonS3ReadOnlyAccess"
LAMBDA = f"{OF_AWS}service-role/AWSLambdaBasicExecutionRole"


def attached(iam, name):
    rows = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return sorted(row["PolicyArn"] for row in rows)


def make(iam, name, *arns):
    """Make a role with these managed policies."""
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(SAGEMAKER))
    for arn in arns:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def test_what_is_attached_is_kept_and_the_rest_of_aws_is_not(restartable):
    iam = restartable.client("iam")
    make(iam, "without")
    [path] = Path(restartable.folder).rglob("iam.json")
    before = path.stat().st_size
    assert before < 10_000
    make(iam, "one", LAMBDA, READING)
    make(iam, "two", READING)
    assert path.stat().st_size < before + 10_000
    restartable.kill()
    iam = restartable.client("iam")
    assert attached(iam, "one") == [READING, LAMBDA]
    found = iam.get_policy(PolicyArn=READING)["Policy"]
    assert found["AttachmentCount"] == 2
    assert len(iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]) == 1000
    iam.detach_role_policy(RoleName="one", PolicyArn=READING)
    assert iam.get_policy(PolicyArn=READING)["Policy"]["AttachmentCount"] == 1


def taken():
    """Return the policies of AWS's that this process has made, by ARN."""
    policies = iam_backends[ACCOUNT]["aws"].managed_policies
    return {a for a in policies if isinstance(policies[a], AWSManagedPolicy)}


@pytest.mark.parametrize(
    "ask",
    [
        lambda iam: iam.get_policy(PolicyArn=READING),
        lambda iam: iam.list_policies(Scope="AWS"),
        lambda iam: iam.get_account_authorization_details(Filter=["AWSManagedPolicy"]),
        lambda iam: make(iam, "r", READING),
    ],
)
def test_policies_of_aws_come_when_they_are_asked_for(context, tmp_path, ask):
    iam = context.clients.get("iam", REGION)
    Users(tmp_path, ACCOUNT).keep({})
    iam.create_user(UserName="u")
    text = document(EVERYTHING)
    own = iam.create_policy(PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=own) and not taken()
    ask(iam)
    assert len(taken()) > 1000
    found = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [row["Arn"] for row in found["Policies"]] == [own]


def test_a_policy_that_aws_has_no_more_stays_with_who_has_it(context, tmp_path):
    iam = context.clients.get("iam", REGION)
    make(iam, "r", READING)
    Users(tmp_path, ACCOUNT).keep({})
    path = tmp_path / "iam.json"
    path.write_text(path.read_text().replace("AmazonS3ReadOnlyAccess", "OfYesterday"))
    moto_api_backend.reset()
    Users(tmp_path, ACCOUNT).load()
    assert attached(iam, "r") == [f"{OF_AWS}OfYesterday"]
    assert iam.get_policy(PolicyArn=f"{OF_AWS}OfYesterday")["Policy"]
    make(iam, "other", READING)
    iam.detach_role_policy(RoleName="r", PolicyArn=f"{OF_AWS}OfYesterday")
    assert attached(iam, "r") == [] and attached(iam, "other") == [READING]


def test_an_attachment_that_was_not_written_is_none(context, tmp_path, monkeypatch):
    iam = context.clients.get("iam", REGION)
    users = Users(tmp_path, ACCOUNT)
    make(iam, "r", READING)
    users.keep({})
    iam.attach_role_policy(RoleName="r", PolicyArn=LAMBDA)

    def full(*_):
        raise OSError("No space")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write_text", full)
        with pytest.raises(OSError, match="No space"):
            users.keep({})
    assert attached(iam, "r") == [READING]
    counts = [
        iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"]
        for arn in (READING, LAMBDA)
    ]
    assert counts == [1, 0]
