"""Which permissions an operation of a service needs, and on which resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from moto.kms.models import kms_backends

from localaws.api.validation import service_model
from localaws.iam import vault
from localaws.iam.policy import Keys
from localaws.records.store import KINDS

Params = Mapping[str, Any]

# S3 operations whose permission has another name. The others are named alike.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_S3 = {
    **dict.fromkeys(("ListObjects", "ListObjectsV2", "HeadBucket"), "ListBucket"),
    **dict.fromkeys(("HeadObject", "SelectObjectContent"), "GetObject"),
    **dict.fromkeys(
        ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject"
    ),
    **dict.fromkeys(("CopyObject", "UploadPartCopy", "PostObject"), "PutObject"),
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}

# The member of a request that names its resource, and how that becomes an ARN.
_RESOURCES = {
    "iam": {
        # who a policy is attached to, before the policy
        "RoleName": "arn:aws:iam::{account}:role{path}{}",
        "GroupName": "arn:aws:iam::{account}:group{path}{}",
        "UserName": "arn:aws:iam::{account}:user{path}{}",
        "PolicyArn": "{}",
        "PolicyName": "arn:aws:iam::{account}:policy{path}{}",
    },
    "sts": {"RoleArn": "{}"},
    "monitoring": {"AlarmName": "arn:aws:cloudwatch:{region}:{account}:alarm:{}"},
    "ecr": {"repositoryName": "arn:aws:ecr:{region}:{account}:repository/{}"},
    "logs": {"logGroupName": "arn:aws:logs:{region}:{account}:log-group:{}"},
    "sns": {"TopicArn": "{}", "Name": "arn:aws:sns:{region}:{account}:{}"},
}
# Where a service signs by another name than its permissions have.
_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
_OF_SEVERAL = ("DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions")

# The members of API Gateway's requests that hand on a role.
_ROLES_OF_APIS = (
    *("credentials", "authorizerCredentials"),
    *("CredentialsArn", "AuthorizerCredentialsArn"),
)


@dataclass(frozen=True)
class Need:
    """A permission that a request must have."""

    action: str
    resource: str
    keys: Keys = field(default_factory=dict)


def needs(
    service: str, operation: str, params: Params, region: str, account: str
) -> list[Need]:
    """Return the permissions that an operation needs.

    An operation of a service that is not listed here needs its permission on "*".
    https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
    """
    if service == "s3":
        keys = vault.of_s3(account, operation, params) if keys_exist(account) else []
        return _of_s3(operation, params) + _of_keys(account, keys)
    if service == "kms" and (uses := vault.of_kms(operation, params, region)):
        return _of_keys(account, uses)
    if service == "sagemaker":
        return _of_sagemaker(operation, params, region, account)
    if service == "lambda":
        return _of_lambda(operation, params, region, account)
    if service == "apigateway":
        return _of_an_api(operation, params, region)
    if service in ("events", "scheduler"):
        return _of_events(service, operation, params, f"{region}:{account}")
    if service == "monitoring" and operation in _OF_SEVERAL:
        action, start = f"cloudwatch:{operation}", f"arn:aws:cloudwatch:{region}"
        alarms = params.get("AlarmNames") or ()
        return [Need(action, f"{start}:{account}:alarm:{name}") for name in alarms]
    names = _RESOURCES.get(service, {})
    place = {"account": account, "region": region, "path": params.get("Path") or "/"}
    found = next((name for name in names if params.get(name)), None)
    resource = names[found].format(params[found], **place) if found else "*"
    attached = params.get("PolicyArn") if service == "iam" else None
    about = {"iam:policyarn": [attached]} if attached else {}
    if operation == "PutMetricData" and "Namespace" in params:
        about = {"cloudwatch:namespace": [params["Namespace"]]}
    return [Need(f"{_PREFIXES.get(service, service)}:{operation}", resource, about)]


def keys_exist(account: str) -> bool:
    """Return whether KMS has any key, that an object could need."""
    return any(backend.keys for backend in list(kms_backends[account].values()))


def _of_keys(account: str, uses: list[vault.Use]) -> list[Need]:
    return [
        Need(use.action, vault.arn_of(account, use))
        for use in uses
        if vault.OF_AWS not in use.name
    ]


def _of_lambda(operation: str, params: Params, region: str, account: str) -> list[Need]:
    """Return the permissions of Lambda; to invoke is one, however it is done.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    """
    place = f"arn:aws:lambda:{region}:{account}"
    resource, name = "*", params.get("FunctionName")
    if name:
        parts = name.split(":function:")[-1].removeprefix(f"{account}:").split(":")
        version = parts[1:] or [params.get("Qualifier")]
        resource = ":".join(filter(None, [place, "function", parts[0], *version]))
    elif layer := params.get("LayerName"):
        resource = layer if layer.startswith("arn:") else f"{place}:layer:{layer}"
    invoked = operation.startswith("Invoke")
    found = [Need(f"lambda:{'InvokeFunction' if invoked else operation}", resource)]
    found += [Need("lambda:GetLayerVersion", arn) for arn in params.get("Layers") or ()]
    code = params.get("Code") or params.get("Content") or params
    if code.get("S3Bucket"):
        place = f"arn:aws:s3:::{code['S3Bucket']}/{code.get('S3Key', '')}"
        found.append(Need("s3:GetObject", place))
    passed = {"iam:passedtoservice": ["lambda.amazonaws.com"]}
    role = params.get("Role")
    return [*found, *([Need("iam:PassRole", role, passed)] if role else [])]


def _of_an_api(operation: str, params: Params, region: str) -> list[Need]:
    """Return the permissions of API Gateway: a method of HTTP on a path of its own.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    """
    models = [service_model(name) for name in ("apigateway", "apigatewayv2")]
    known = [one for one in models if operation in one.operation_names]
    found = [one.operation_model(operation) for one in known]
    shapes = [set(one.input_shape.members if one.input_shape else ()) for one in found]
    fits = [one for one, names in zip(found, shapes, strict=True) if names >= {*params}]
    model = (fits or found)[0]
    path = model.http["requestUri"].partition("?")[0].removeprefix("/v2")
    for name, member in model.input_shape.members.items() if model.input_shape else ():
        place = member.serialization.get("name", name)
        path = path.replace(f"{{{place}}}", str(params.get(name, "*")))
    passed = {"iam:passedtoservice": ["apigateway.amazonaws.com"]}
    roles = [params[name] for name in _ROLES_OF_APIS if params.get(name)]
    own = Need(
        f"apigateway:{model.http['method']}", f"arn:aws:apigateway:{region}::{path}"
    )
    return [own, *(Need("iam:PassRole", role, passed) for role in roles)]


def _of_events(service: str, operation: str, params: Params, place: str) -> list[Need]:
    """Return the permissions of EventBridge and of its Scheduler, iam:PassRole too.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    """
    action = f"{service}:{operation}"
    targets = [params, params.get("Target") or {}, *(params.get("Targets") or ())]
    roles = dict.fromkeys(one["RoleArn"] for one in targets if one.get("RoleArn"))
    passed = {"iam:passedtoservice": [f"{service}.amazonaws.com"]}
    found = _named_events(operation, params)
    return [
        *(Need(action, f"arn:aws:{service}:{place}:{one}") for one in found),
        *([] if found else [Need(action, "*")]),
        *(Need("iam:PassRole", role, passed) for role in roles),
    ]


def _named_events(operation: str, params: Params) -> list[str]:
    """Return the buses, rules, schedules or groups that a request names."""
    if entries := params.get("Entries"):
        buses = [one.get("EventBusName") or "default" for one in entries]
        names = dict.fromkeys(bus.rpartition("/")[2] for bus in buses)
        return [f"event-bus/{name}" for name in names]
    name = params.get("Rule") or params.get("Name")
    bus = (params.get("EventBusName") or "default").rpartition("/")[2]
    kinds = {
        "EventBus": f"event-bus/{name}",
        "ScheduleGroup": f"schedule-group/{name}",
        "Schedule": f"schedule/{params.get('GroupName') or 'default'}/{name}",
        "": f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}",
    }
    found = next(about for kind, about in kinds.items() if kind in operation)
    return [found] if name else []


def _of_s3(operation: str, params: Params) -> list[Need]:
    bucket, key = params.get("Bucket"), params.get("Key")
    action = f"s3:{_S3.get(operation, operation)}"
    if not bucket:
        return [Need(action, "*")]
    if params.get("VersionId") and operation in ("GetObject", "DeleteObject"):
        action += "Version"
    arn = f"arn:aws:s3:::{bucket}"
    if operation == "DeleteObjects":
        objects = params.get("Delete", {}).get("Objects", ())
        return [Need(action, f"{arn}/{row['Key']}") for row in objects]
    given = {"s3:prefix": params.get("Prefix"), "s3:delimiter": params.get("Delimiter")}
    keys = {name: [value] for name, value in given.items() if value is not None}
    found = [Need(action, f"{arn}/{key}" if key else arn, keys)]
    if source := params.get("CopySource"):
        if isinstance(source, Mapping):
            source = f"{source['Bucket']}/{source['Key']}"
        path = unquote(source.partition("?")[0]).lstrip("/")
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{path}"))
    return found


def _of_sagemaker(
    operation: str, params: Params, region: str, account: str
) -> list[Need]:
    """Return the permissions of SageMaker, iam:PassRole among them.

    https://docs.aws.amazon.com/sagemaker/latest/dg/api-permissions-reference.html
    """
    place = f"{region}:{account}"
    passed = {"iam:passedtoservice": ["sagemaker.amazonaws.com"]}
    one, several = params.get("TrainingJobDefinition"), "TrainingJobDefinitions"
    given = [params, *([one] if one else ()), *(params.get(several) or ())]
    names = "RoleArn", "ExecutionRoleArn"
    roles = {each[name]: None for each in given for name in names if each.get(name)}
    return [
        *(
            Need(f"sagemaker:{operation}", one, _of_a_package(operation, params))
            for one in _arns(operation, params, place)
        ),
        *(Need("iam:PassRole", role, passed) for role in roles),
    ]


def _of_a_package(operation: str, params: Params) -> Keys:
    """Return what conditions of a policy may ask about a model package.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-staging-construct-set-up.html
    """
    if operation not in ("CreateModelPackage", "UpdateModelPackage"):
        return {}
    stage = params.get("ModelLifeCycle", {})
    own = params.get("CustomerMetadataProperties", {})
    given = {
        "modelapprovalstatus": params.get("ModelApprovalStatus"),
        "modellifecycle:stage": stage.get("Stage"),
        "modellifecycle:stagestatus": stage.get("StageStatus"),
        **{f"customermetadataproperties/{key.lower()}": own[key] for key in own},
    }
    return {f"sagemaker:{name}": [value] for name, value in given.items() if value}


def _arns(operation: str, params: Params, place: str) -> list[str]:
    """Return the resources of SageMaker that a request names, or "*"."""
    if listed := params.get("ModelPackageArnList"):
        return list(listed)
    if operation in ("AddAssociation", "DeleteAssociation"):
        return [params["SourceArn"], params["DestinationArn"]]
    if operation == "CreateModelPackage" and params.get("ModelPackageGroupName"):
        # The version has no number yet. The policies of AWS's guide allow "GROUP/*":
        # https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
        group = params["ModelPackageGroupName"].rpartition("/")[2]
        return [f"arn:aws:sagemaker:{place}:model-package/{group}/*"]
    for kind in sorted(KINDS.values(), key=lambda kind: -len(kind.name)):
        given = params.get(kind.key) or params.get(kind.arn)
        if kind.name in operation and given:
            named = f"arn:aws:sagemaker:{place}:{kind.arn_type}/{given}"
            return [given if given.startswith("arn:") else named]
    execution = params.get("PipelineExecutionArn")  # of one, not named after it
    return [params.get("ResourceArn") or execution or "*"]
