"""Operations need what the service authorization reference says."""

import botocore.session
import pytest

from localaws import app  # noqa: F401 -- registers the kinds of resources
from localaws.iam import permissions
from localaws.iam.permissions import Need, needs

ACCOUNT = "123456789012"
PLACE = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
VERSION = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package/g/1"
GROUP = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:model-package-group/g"
OBJECT = {"Bucket": "b", "Key": "a/k"}
SET_ALARM = (
    "cloudwatch:SetAlarmState",
    f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:a",
)


def needed(service, operation, **params):
    """Return actions and resources that an operation needs."""
    found = needs(service, operation, params, "eu-west-1", ACCOUNT)
    return [(need.action, need.resource) for need in found]


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
        ("GetObject", OBJECT, [("s3:GetObject", "arn:aws:s3:::b/a/k")]),
        ("HeadObject", OBJECT, [("s3:GetObject", "arn:aws:s3:::b/a/k")]),
        (
            "GetObject",
            {**OBJECT, "VersionId": "v"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/a/k")],
        ),
        ("UploadPart", OBJECT, [("s3:PutObject", "arn:aws:s3:::b/a/k")]),
        ("ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y"}]}},
            [
                ("s3:DeleteObject", "arn:aws:s3:::b/x"),
                ("s3:DeleteObject", "arn:aws:s3:::b/y"),
            ],
        ),
        (
            "CopyObject",
            {**OBJECT, "CopySource": "/from/a%20b?versionId=1"},
            [
                ("s3:PutObject", "arn:aws:s3:::b/a/k"),
                ("s3:GetObject", "arn:aws:s3:::from/a b"),
            ],
        ),
        (
            "CopyObject",
            {**OBJECT, "CopySource": {"Bucket": "from", "Key": "k"}},
            [
                ("s3:PutObject", "arn:aws:s3:::b/a/k"),
                ("s3:GetObject", "arn:aws:s3:::from/k"),
            ],
        ),
    ],
)
def test_s3_operations_need_what_the_user_guide_lists(operation, params, expected):
    assert needed("s3", operation, **params) == expected


def test_a_list_is_asked_for_its_prefix():
    params = {"Bucket": "b", "Prefix": "", "Delimiter": "/"}
    [need] = needs("s3", "ListObjectsV2", params, "eu-west-1", ACCOUNT)
    assert need.keys == {"s3:prefix": [""], "s3:delimiter": ["/"]}


def test_a_metric_is_asked_for_its_namespace():
    [need] = needs(
        "monitoring", "PutMetricData", {"Namespace": "n"}, "eu-west-1", ACCOUNT
    )
    assert (need.action, need.resource) == ("cloudwatch:PutMetricData", "*")
    assert need.keys == {"cloudwatch:namespace": ["n"]}


def test_the_policy_that_is_attached_is_a_condition_s_key():
    params = {"RoleName": "r", "PolicyArn": "arn:p"}
    (need,) = needs("iam", "AttachRolePolicy", params, "eu-west-1", ACCOUNT)
    assert need.resource == f"arn:aws:iam::{ACCOUNT}:role/r"
    assert need.keys == {"iam:policyarn": ["arn:p"]}


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        ("iam", "ListUsers", {}, ("iam:ListUsers", "*")),
        (
            "iam",
            "CreateRole",
            {"RoleName": "r", "Path": "/p/"},
            ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/p/r"),
        ),
        (
            "iam",
            "AttachUserPolicy",
            {"UserName": "u", "PolicyArn": "arn:p"},
            ("iam:AttachUserPolicy", f"arn:aws:iam::{ACCOUNT}:user/u"),
        ),
        (
            "iam",
            "AddUserToGroup",
            {"GroupName": "g", "UserName": "u"},
            ("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/g"),
        ),
        ("iam", "GetPolicy", {"PolicyArn": "arn:p"}, ("iam:GetPolicy", "arn:p")),
        ("sts", "AssumeRole", {"RoleArn": "arn:r"}, ("sts:AssumeRole", "arn:r")),
        ("monitoring", "PutMetricData", {}, ("cloudwatch:PutMetricData", "*")),
        (
            *("monitoring", "SetAlarmState", {"AlarmName": "a"}),
            (
                "cloudwatch:SetAlarmState",
                f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:a",
            ),
        ),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g"},
            ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/g"),
        ),
        (
            *("ecr", "PutImage", {"repositoryName": "a/b"}),
            ("ecr:PutImage", f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/a/b"),
        ),
        ("ecr", "GetAuthorizationToken", {}, ("ecr:GetAuthorizationToken", "*")),
        ("sqs", "SendMessage", {"QueueUrl": "x"}, ("sqs:SendMessage", "*")),
    ],
)
def test_other_services_are_asked_for_the_resource_that_is_named(
    service, operation, params, expected
):
    assert needed(service, operation, **params) == [expected]


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("ListModels", {}, "*"),
        ("DescribeModel", {"ModelName": "m"}, "model/m"),
        ("CreateEndpoint", {"EndpointName": "e"}, "endpoint/e"),
        (
            "DeleteEndpointConfig",
            {"EndpointConfigName": "c"},
            "endpoint-config/c",
        ),
        (
            "CreateEndpointConfig",  # of the two names, its own
            {"EndpointConfigName": "c", "EndpointName": "e"},
            "endpoint-config/c",
        ),
        ("InvokeEndpoint", {"EndpointName": "e"}, "endpoint/e"),
        ("StartPipelineExecution", {"PipelineName": "p"}, "pipeline/p"),
        ("DescribePipeline", {"PipelineName": f"{PLACE}:pipeline/p"}, "pipeline/p"),
        (
            "StopPipelineExecution",
            {"PipelineExecutionArn": f"{PLACE}:pipeline/p/execution/e"},
            "pipeline/p/execution/e",
        ),
        ("DescribeModelPackage", {"ModelPackageName": "p"}, "model-package/p"),
        ("DescribeModelPackage", {"ModelPackageName": VERSION}, "model-package/g/1"),
        ("UpdateModelPackage", {"ModelPackageArn": VERSION}, "model-package/g/1"),
        ("CreateModelPackage", {"ModelPackageName": "p"}, "model-package/p"),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, "model-package/g/*"),
        ("CreateModelPackage", {"ModelPackageGroupName": GROUP}, "model-package/g/*"),
        (
            "BatchDescribeModelPackage",
            {"ModelPackageArnList": [VERSION]},
            "model-package/g/1",
        ),
        (
            "PutModelPackageGroupPolicy",
            {"ModelPackageGroupName": "g"},
            "model-package-group/g",
        ),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": GROUP}, GROUP),
        ("ListModelPackages", {"ModelPackageGroupName": "g"}, "*"),
    ],
)
def test_a_sagemaker_operation_is_about_the_resource_of_its_kind(
    operation, params, resource
):
    place = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:{resource}"
    expected = resource if resource in ("*", GROUP) else place
    assert needed("sagemaker", operation, **params) == [
        (f"sagemaker:{operation}", expected)
    ]


def test_an_approval_is_asked_for_its_status_and_stage():
    """https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html"""
    stage = {"Stage": "Production", "StageStatus": "Ready"}
    params = {"ModelPackageArn": VERSION, "ModelApprovalStatus": "Approved"}
    params["ModelLifeCycle"] = stage
    params["CustomerMetadataProperties"] = {"Team": "a"}
    [need] = needs("sagemaker", "UpdateModelPackage", params, "eu-west-1", ACCOUNT)
    assert need.keys == {
        "sagemaker:modelapprovalstatus": ["Approved"],
        "sagemaker:modellifecycle:stage": ["Production"],
        "sagemaker:modellifecycle:stagestatus": ["Ready"],
        "sagemaker:customermetadataproperties/team": ["a"],
    }
    [need] = needs("sagemaker", "ListModelPackages", params, "eu-west-1", ACCOUNT)
    assert need.keys == {}


def test_handing_on_a_role_needs_pass_role_to_sagemaker():
    for member in ("RoleArn", "ExecutionRoleArn"):
        params = {"TrainingJobName": "j", "ModelName": "m", member: "arn:r"}
        operation = "CreateTrainingJob" if member == "RoleArn" else "CreateModel"
        passed = {"iam:passedtoservice": ["sagemaker.amazonaws.com"]}
        found = needs("sagemaker", operation, params, "eu-west-1", ACCOUNT)
        assert found[1:] == [Need("iam:PassRole", "arn:r", passed)]


def test_every_operation_that_is_renamed_is_one_of_s3():
    model = botocore.session.get_session().get_service_model("s3")
    assert set(permissions._S3) - {"PostObject"} <= set(model.operation_names)


@pytest.mark.parametrize(
    ("definitions", "roles"),
    [
        ({"TrainingJobDefinition": {"RoleArn": "arn:r"}}, ["arn:r"]),
        (
            {
                "TrainingJobDefinitions": [
                    {"RoleArn": "arn:r"},
                    {"RoleArn": "arn:s"},
                    {"RoleArn": "arn:r"},
                ]
            },
            ["arn:r", "arn:s"],
        ),
    ],
)
def test_a_tuning_job_passes_the_roles_of_its_definitions(definitions, roles):
    asked = {"HyperParameterTuningJobName": "t", **definitions}
    found = needed("sagemaker", "CreateHyperParameterTuningJob", **asked)
    arn = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:hyper-parameter-tuning-job/t"
    expected = [("iam:PassRole", role) for role in roles]
    assert found == [("sagemaker:CreateHyperParameterTuningJob", arn), *expected]


FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION)]),
        ("InvokeAsync", {"FunctionName": "f"}, [("lambda:InvokeFunction", FUNCTION)]),
        ("Invoke", {"FunctionName": FUNCTION}, [("lambda:InvokeFunction", FUNCTION)]),
        (
            "Invoke",
            {"FunctionName": f"{ACCOUNT}:f", "Qualifier": "1"},
            [("lambda:InvokeFunction", f"{FUNCTION}:1")],
        ),
        (
            "Invoke",
            {"FunctionName": f"{FUNCTION}:live"},
            [("lambda:InvokeFunction", f"{FUNCTION}:live")],
        ),
        (
            "CreateFunction",
            {"FunctionName": "f", "Role": ROLE},
            [("lambda:CreateFunction", FUNCTION), ("iam:PassRole", ROLE)],
        ),
        ("ListFunctions", {}, [("lambda:ListFunctions", "*")]),
        (
            "UpdateFunctionConfiguration",
            {"FunctionName": "f", "Layers": ["arn:l:1", "arn:m:2"]},
            [
                ("lambda:UpdateFunctionConfiguration", FUNCTION),
                ("lambda:GetLayerVersion", "arn:l:1"),
                ("lambda:GetLayerVersion", "arn:m:2"),
            ],
        ),
        (
            "UpdateFunctionCode",
            {"FunctionName": "f", "S3Bucket": "b", "S3Key": "k.zip"},
            [
                ("lambda:UpdateFunctionCode", FUNCTION),
                ("s3:GetObject", "arn:aws:s3:::b/k.zip"),
            ],
        ),
        (
            "CreateFunction",
            {"FunctionName": "f", "Code": {"S3Bucket": "b", "S3Key": "k.zip"}},
            [
                ("lambda:CreateFunction", FUNCTION),
                ("s3:GetObject", "arn:aws:s3:::b/k.zip"),
            ],
        ),
        (
            "PublishLayerVersion",
            {"LayerName": "l"},
            [
                (
                    "lambda:PublishLayerVersion",
                    f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:l",
                )
            ],
        ),
    ],
)
def test_operations_of_lambda_need_what_they_are_about(operation, params, expected):
    assert needed("lambda", operation, **params) == expected


@pytest.mark.parametrize(
    ("operation", "params", "action", "path"),
    [
        ("CreateRestApi", {"name": "a"}, "POST", "/restapis"),
        ("GetRestApi", {"restApiId": "x"}, "GET", "/restapis/x"),
        (
            *("PutIntegration", {"restApiId": "x", "resourceId": "r"}, "PUT"),
            "/restapis/x/resources/r/methods/*/integration",
        ),
        ("GetApis", {}, "GET", "/apis"),
        ("CreateStage", {"ApiId": "x", "StageName": "s"}, "POST", "/apis/x/stages"),
        (
            *("CreateStage", {"restApiId": "x", "stageName": "s"}, "POST"),
            "/restapis/x/stages",
        ),
        ("DeleteRoute", {"ApiId": "x", "RouteId": "r"}, "DELETE", "/apis/x/routes/r"),
        ("UpdateUsagePlan", {"usagePlanId": "p"}, "PATCH", "/usageplans/p"),
    ],
)
def test_operations_of_api_gateway_are_methods_on_paths(
    operation, params, action, path
):
    found = needed("apigateway", operation, **params)
    assert found == [(f"apigateway:{action}", f"arn:aws:apigateway:eu-west-1::{path}")]


def test_an_integration_hands_on_its_role():
    given = {"restApiId": "x", "resourceId": "r", "httpMethod": "GET"}
    found = needed("apigateway", "PutIntegration", **given, credentials=ROLE)
    assert found[1:] == [("iam:PassRole", ROLE)]


@pytest.mark.parametrize(
    ("service", "operation", "params", "resource"),
    [
        ("events", "PutRule", {"Name": "r"}, "rule/r"),
        ("events", "PutTargets", {"Rule": "r", "EventBusName": "b"}, "rule/b/r"),
        ("events", "CreateEventBus", {"Name": "b"}, "event-bus/b"),
        ("events", "PutEvents", {"Entries": [{}, {}]}, "event-bus/default"),
        ("events", "PutEvents", {"Entries": [{"EventBusName": "b"}]}, "event-bus/b"),
        ("events", "ListRules", {}, ""),
        ("scheduler", "GetSchedule", {"Name": "s"}, "schedule/default/s"),
        (
            "scheduler",
            "CreateSchedule",
            {"Name": "s", "GroupName": "g"},
            "schedule/g/s",
        ),
        ("scheduler", "DeleteScheduleGroup", {"Name": "g"}, "schedule-group/g"),
        ("scheduler", "ListSchedules", {}, ""),
    ],
)
def test_operations_of_events_need_what_they_are_about(
    service, operation, params, resource
):
    place = f"arn:aws:{service}:eu-west-1:{ACCOUNT}"
    expected = f"{place}:{resource}" if resource else "*"
    found = needed(service, operation, **params)
    assert found == [(f"{service}:{operation}", expected)]


def test_who_gives_a_role_to_a_target_must_be_allowed_to_pass_it():
    role = {"RoleArn": "arn:aws:iam::1:role/r"}
    for operation, params in (
        ("PutTargets", {"Rule": "r", "Targets": [role, {}, role]}),
        ("CreateSchedule", {"Name": "s", "Target": role}),
    ):
        service = "events" if operation == "PutTargets" else "scheduler"
        *_, last = needs(service, operation, params, "eu-west-1", ACCOUNT)
        assert (last.action, last.resource) == ("iam:PassRole", role["RoleArn"])
        assert last.keys == {"iam:passedtoservice": [f"{service}.amazonaws.com"]}
