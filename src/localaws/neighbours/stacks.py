"""CloudFormation: templates with resources that nothing here would create."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.neighbours import rules
from localaws.neighbours.guards import guard
from localaws.records.s3 import address

_TYPE = re.compile(r"AWS::\w+::\w+")
# moto would make them in backends of its own, where nothing runs and nothing answers.
_OURS = ("AWS::SageMaker::", "AWS::ApiGateway::", "AWS::ApiGatewayV2::")
_WAIT = "AWS::CloudFormation::WaitCondition"
_NESTED, _RULE = "AWS::CloudFormation::Stack", "AWS::Events::Rule"
# They stand for no resource.
_NOTHING = ("AWS::CDK::Metadata", *(f"{_WAIT}{end}" for end in ("", "Handle")))


@guard(
    "cloudformation",
    *("CreateStack", "UpdateStack", "CreateChangeSet"),
    *("CreateStackSet", "UpdateStackSet"),
)
def refuse_templates(call: Call) -> None:
    """Refuse a template with a resource that would only be said to be there.

    moto answers CREATE_COMPLETE for types that it does not know, and makes SageMaker's
    in a backend of its own, where no job runs and no endpoint answers.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html
    """
    _check(call, call.input.get("TemplateBody") or _fetched(call, call.input))


def _check(call: Call, text: str, *above: str) -> None:
    """Raise ServiceError where a template, or one nested in it, cannot be followed."""
    if not text or text in above:
        return
    try:
        template = _moto().parse_template(text)
    except yaml.YAMLError:
        return  # moto says what is wrong with it
    for resource in _resources(template):
        kind, properties = resource["Type"], resource.get("Properties")
        if words := _missing(kind):
            raise ServiceError("ValidationError", words)
        if kind == _RULE and isinstance(properties, dict):
            _check_rule(properties, call.region)
        if kind == _NESTED:
            _check(call, _fetched(call, properties), text, *above)


def _check_rule(properties: dict[str, Any], region: str) -> None:
    """Raise ServiceError for a rule that PutRule or PutTargets would refuse."""
    pattern = properties.get("EventPattern") or {}
    given = properties.get("Targets") or ()
    # The ARN of a resource of the same template is not known yet.
    known = [one for one in given if isinstance(one.get("Arn"), str)]
    text = json.dumps(pattern) if pattern else None
    rules.check(region, properties.get("ScheduleExpression"), text, known)


def _resources(node: Any) -> Iterator[dict[str, Any]]:
    """Yield whatever in a template names a type of AWS, in loops and macros too."""
    if isinstance(node, dict):
        kind = node.get("Type")
        if isinstance(kind, str) and _TYPE.fullmatch(kind):
            yield node
    for part in node.values() if isinstance(node, dict) else node:
        if isinstance(part, dict | list):
            yield from _resources(part)


def _missing(kind: str) -> str:
    """Return why there is no resource of a type here, or nothing."""
    sagemaker = kind.startswith("AWS::SageMaker::")
    if not kind.startswith(_OURS) and (kind in _NOTHING or kind in _moto().types()):
        return ""
    instead = "boto3 or the SageMaker SDK" if sagemaker else "its own service"
    return (
        f"localaws does not emulate {kind} in CloudFormation: the stack would be "
        f"complete without it. Create it with {instead}."
    )


def _fetched(call: Call, members: Any) -> str:
    """Return the template that a TemplateURL names; "" where moto will not find it."""
    url = members.get("TemplateURL") if isinstance(members, dict) else None
    if not isinstance(url, str):
        return ""
    try:
        bucket, key = address(url)
        s3 = call.context.clients.get("s3", call.region)
        return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), "utf-8")
    except Exception:
        return ""


class _Moto:
    """moto's CloudFormation, which takes seconds to import: at the first template."""

    def __init__(self) -> None:
        from moto.cloudformation import exceptions, models, parsing
        from moto.iam.models import Role

        self.parse_template = models.Stack.parse_template
        self.types = parsing.get_model_map
        self._error = exceptions.ValidationError
        self._class_of = parsing.resource_class_from_type
        # What no template of a request shows, such as one whose address is computed.
        patched: Any = parsing
        patched.resource_class_from_type = self.class_of
        # A template has no dates: the Version of a policy is a text, quoted or not.
        as_text: Any = yaml.Loader.construct_yaml_str
        yaml.Loader.add_constructor("tag:yaml.org,2002:timestamp", as_text)
        self._put_policy, role = Role.put_policy, cast(Any, Role)
        role.put_policy = lambda *given: self.put_policy(*given)

    def class_of(self, kind: str) -> Any:
        """Return moto's class of a type, as it creates each resource of a stack."""
        if words := _missing(kind):
            raise self._error(message=words)
        return self._class_of(kind)

    def put_policy(self, role: Any, name: str, document: Any) -> None:
        """Give a role a policy as text: moto kept the object of the template."""
        text = document if isinstance(document, str) else json.dumps(document)
        self._put_policy(role, name, text)


@functools.cache
def _moto() -> _Moto:
    return _Moto()
