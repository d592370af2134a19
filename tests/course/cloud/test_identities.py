"""Users, roles and machines that the course made are seen and removed; others stay."""

import boto3

from course.cloud.identities import remove, user
from course.cloud.permissions import allow, document

IMAGE = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro"}
ONE = {"MinCount": 1, "MaxCount": 1}
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


def make(name):
    """Make a user with a key and a role, each with two policies."""
    iam = boto3.client("iam")
    iam.create_user(UserName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST))
    own = {"PolicyName": "p", "PolicyDocument": document(allow("*", "*"))}
    iam.put_user_policy(UserName=name, **own)
    iam.put_role_policy(RoleName=name, **own)
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    iam.attach_role_policy(RoleName=name, PolicyArn=READ_ONLY)
    return iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]


def rent(name, region):
    ec2 = boto3.client("ec2", region_name=region)
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    machines = ec2.run_instances(**IMAGE, **ONE, TagSpecifications=tags)["Instances"]
    return ec2, machines[0]["InstanceId"]


def test_a_key_is_left_over_until_its_user_is_removed(cloud):
    key = make("n2e-somebody")
    make("theirs")
    assert cloud.leftovers() == [f"access key {key} of n2e-somebody"]
    assert cloud.clean_up() == ["user n2e-somebody", "role n2e-somebody"]
    assert cloud.leftovers() == [] == cloud.clean_up()
    iam = boto3.client("iam")
    assert [row["UserName"] for row in iam.list_users()["Users"]] == ["theirs"]
    assert "theirs" in [row["RoleName"] for row in iam.list_roles()["Roles"]]


def test_another_session_finds_what_it_did_not_make_when_it_looks_everywhere(cloud):
    key = make("n2e-forgotten")
    _, mine = rent("n2e-forgotten", "eu-north-1")
    cloud._meter.besides.clear()  # as of a session that has made none
    assert cloud.leftovers() == [] == cloud.clean_up()
    cloud.look_everywhere()
    left = [f"instance {mine} in eu-north-1", f"access key {key} of n2e-forgotten"]
    assert cloud.leftovers() == left
    cloud.clean_up()
    assert cloud.leftovers() == []


def test_a_machine_is_left_over_in_its_region_also_when_it_is_stopped(cloud):
    there, mine = rent("n2e-mine", "eu-north-1")
    _, theirs = rent("theirs", "eu-north-1")
    there.stop_instances(InstanceIds=[mine])
    assert cloud.leftovers() == [f"instance {mine} in eu-north-1"]
    assert cloud.clean_up() == [f"instance {mine} in eu-north-1"]
    assert cloud.leftovers() == []
    [row] = there.describe_instances(InstanceIds=[theirs])["Reservations"]
    assert row["Instances"][0]["State"]["Name"] == "running"
    there.terminate_instances(InstanceIds=[theirs])


def test_a_machine_costs_while_it_runs(cloud):
    ec2, name = rent("n2e-paid", "us-east-1")
    ec2.stop_instances(InstanceIds=[name])
    [charge] = [c for c in cloud.cost().charges if c.name == name]
    assert (charge.kind, charge.instance_type) == ("instance", "t3.micro")
    assert 0 < charge.seconds == cloud.cost().charges[-1].seconds
    ec2.start_instances(InstanceIds=[name])
    cloud.clean_up()
    found = [c for c in cloud.cost().charges if c.name == name]
    assert len(found) == 2 and found[0] == charge


def test_a_user_is_made_with_a_key_and_a_policy(cloud):
    iam = boto3.client("iam")
    arn, key = user(iam, "n2e-made", READ_ONLY)
    sts = boto3.Session(*key, region_name=cloud.region).client("sts")
    assert sts.get_caller_identity()["Arn"] == arn
    attached = iam.list_attached_user_policies(UserName="n2e-made")
    assert [row["PolicyArn"] for row in attached["AttachedPolicies"]] == [READ_ONLY]
    assert remove(iam) == ["user n2e-made"]
