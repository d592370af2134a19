"""A stack is complete only with all of its resources, so some templates are refused."""

import json
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError
from waiting import until

MODEL = {
    "Type": "AWS::SageMaker::Model",
    "Properties": {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/r"},
}
QUEUE = {"Type": "AWS::SQS::Queue"}
YAML = """
Conditions:
  Always: !Equals [a, a]
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Endpoint:
    Type: "AWS::SageMaker::Endpoint"
    Condition: Always
    Properties:
      EndpointConfigName: !Ref Queue
"""
LOOP = {
    "Transform": "AWS::LanguageExtensions",
    "Resources": {"Fn::ForEach::Models": ["N", ["a"], {"Model${N}": MODEL}]},
}


@pytest.fixture
def stacks(connection):
    return boto3.client("cloudformation")


def template(**resources):
    return json.dumps({"Resources": resources})


def stored(connection, name, text):
    key = {"Bucket": connection.bucket, "Key": name}
    boto3.client("s3").put_object(**key, Body=text.encode())
    return f"https://s3.amazonaws.com/{connection.bucket}/{name}"


def refused(call, kind="AWS::SageMaker::Model", **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert f"does not emulate {kind} in CloudFormation" in error["Message"]


def names(stacks):
    return [row["StackName"] for row in stacks.list_stacks()["StackSummaries"]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (template(Queue=QUEUE, Model=MODEL), "AWS::SageMaker::Model"),
        (YAML, "AWS::SageMaker::Endpoint"),
        (json.dumps(LOOP), "AWS::SageMaker::Model"),
        (template(P={"Type": "AWS::SageMaker::Pipeline"}), "AWS::SageMaker::Pipeline"),
        (template(A={"Type": "AWS::ApiGateway::RestApi"}), "AWS::ApiGateway::RestApi"),
        (template(A={"Type": "AWS::CloudWatch::Alarm"}), "AWS::CloudWatch::Alarm"),
        (template(S={"Type": "AWS::Scheduler::Schedule"}), "AWS::Scheduler::Schedule"),
    ],
)
def test_a_template_with_what_nobody_would_create_is_refused(stacks, text, kind):
    refused(stacks.create_stack, kind, StackName="s", TemplateBody=text)
    change = {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE"}
    refused(stacks.create_change_set, kind, **change, TemplateBody=text)
    refused(stacks.create_stack_set, kind, StackSetName="s", TemplateBody=text)
    assert (
        names(stacks) == []
        and boto3.client("sqs").list_queues().get("QueueUrls") is None
    )


def test_a_template_by_its_address_and_a_nested_one_are_read(stacks, connection):
    url = stored(connection, "inner.json", template(Model=MODEL))
    refused(stacks.create_stack, StackName="s", TemplateURL=url)
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    text = template(Queue=QUEUE, Inner=inner)
    refused(stacks.create_stack, StackName="s", TemplateBody=text)
    outer = stored(connection, "outer.json", text)
    refused(stacks.create_stack, StackName="s", TemplateURL=outer)
    assert "s" not in names(stacks)


def test_a_nested_template_whose_address_is_computed_is_refused_when_created(
    stacks, connection
):
    url = stored(connection, "inner.json", template(Model=MODEL))
    inner = {"Type": "AWS::CloudFormation::Stack"}
    computed = {"TemplateURL": {"Ref": "Url"}}
    text = json.dumps(
        {
            "Parameters": {"Url": {"Type": "String", "Default": url}},
            "Resources": {"I": {**inner, "Properties": computed}},
        }
    )
    refused(stacks.create_stack, StackName="computed", TemplateBody=text)


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({"ScheduleExpression": "rate(1 days)"}, "ScheduleExpression is not valid"),
        (
            {
                "EventPattern": {"source": ["aws.sagemaker"]},
                "Targets": [{"Id": "1", "Arn": "arn:aws:states:r:1:stateMachine:m"}],
            },
            "delivers no events",
        ),
    ],
)
def test_a_rule_in_a_template_is_refused_like_any_other(stacks, properties, words):
    rule = {"Type": "AWS::Events::Rule", "Properties": properties}
    with pytest.raises(ClientError, match=words):
        stacks.create_stack(StackName="s", TemplateBody=template(Rule=rule))
    assert "s" not in names(stacks)


def test_a_rule_in_a_template_hears_of_models(stacks, connection, sagemaker):
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelName": ["of-a-stack"]}}
    targets = [{"Id": "1", "Arn": arn}]
    rule = {"EventPattern": pattern, "State": "ENABLED", "Targets": targets}
    queue = {**QUEUE, "Properties": {"QueueName": "of-a-stack"}}
    text = template(Queue=queue, R={"Type": "AWS::Events::Rule", "Properties": rule})
    stacks.create_stack(StackName="rule", TemplateBody=text)
    sagemaker.create_model(
        ModelName="of-a-stack",
        PrimaryContainer={"Image": "pytorch-inference:2.6-cpu-py312"},
        ExecutionRoleArn=connection.role_arn,
    )
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="of-a-stack")["QueueUrl"]
    assert until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    stacks.delete_stack(StackName="rule")


def test_a_template_that_nests_itself_is_read_once(stacks, connection):
    url = f"https://s3.amazonaws.com/{connection.bucket}/self.json"
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    stored(connection, "self.json", template(Inner=inner, Model=MODEL))
    refused(stacks.create_stack, StackName="s", TemplateURL=url)


def test_a_stack_is_not_updated_with_what_nobody_would_create(stacks):
    stacks.create_stack(StackName="u", TemplateBody=template(Queue=QUEUE))
    text = template(Queue=QUEUE, Model=MODEL)
    refused(stacks.update_stack, StackName="u", TemplateBody=text)
    found = stacks.describe_stacks(StackName="u")["Stacks"][0]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    stacks.delete_stack(StackName="u")


def test_what_moto_creates_is_created(stacks):
    kept = {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}}
    text = template(Queue={**QUEUE, "Properties": {"QueueName": "made"}}, Meta=kept)
    stacks.create_stack(StackName="made", TemplateBody=text)
    assert boto3.client("sqs").get_queue_url(QueueName="made")["QueueUrl"]
    stacks.delete_stack(StackName="made")


def test_a_template_that_is_wrong_is_refused_by_moto(stacks):
    for text in ("{", "Resources: [", "plain"):
        with pytest.raises(ClientError):
            stacks.create_stack(StackName="wrong", TemplateBody=text)


def test_the_server_starts_without_what_takes_seconds_to_import():
    code = "import sys, localaws.app; print('moto.cloudformation' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code]).split() == [b"False"]


ROLE = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: of-a-stack
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {Service: scheduler.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: publish
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{Effect: Allow, Action: "sns:Publish", Resource: "*"}]
  More:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: more
      Roles: [!Ref Role]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "sqs:SendMessage", Resource: "*"}]
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Action: "kms:Encrypt", Resource: "*"}]
"""


def test_a_role_of_a_stack_may_do_what_its_own_policy_says(stacks):
    stacks.create_stack(StackName="with-role", TemplateBody=ROLE)
    stacks.get_waiter("stack_create_complete").wait(StackName="with-role")
    iam = boto3.client("iam")
    arn = iam.get_role(RoleName="of-a-stack")["Role"]["Arn"]
    actions = ["sns:Publish", "sqs:SendMessage", "kms:Encrypt", "sns:Subscribe"]
    found = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions)
    decisions = [row["EvalDecision"] for row in found["EvaluationResults"]]
    assert decisions == ["allowed", "allowed", "allowed", "implicitDeny"]
    told = iam.get_role_policy(RoleName="of-a-stack", PolicyName="publish")
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert told["PolicyDocument"] == document
    [more] = iam.list_attached_role_policies(RoleName="of-a-stack")["AttachedPolicies"]
    iam.detach_role_policy(RoleName="of-a-stack", PolicyArn=more["PolicyArn"])
    stacks.delete_stack(StackName="with-role")
