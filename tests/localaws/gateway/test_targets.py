"""Functions are called as their own policy, or a role, allows it, and no longer."""

import json
import threading
import time
from types import SimpleNamespace

import pytest

from localaws.api.errors import ServiceError
from localaws.functions.instance import Outcome
from localaws.gateway import targets
from localaws.gateway.targets import Rejected, Slow, Targets, TooLarge

ACCOUNT = "123456789012"
ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
SOURCE = f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:abc/prod/GET/a"
_PATH = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions"


class Functions:
    """Stands for functions that take a while."""

    def __init__(self, timeout=3):
        self.plan = SimpleNamespace(timeout=timeout)
        self.names, self.events, self.go_on = [], [], threading.Event()
        self.go_on.set()

    def find(self, name, qualifier, region):
        self.names.append((name, region))
        if name.endswith("none"):
            raise ServiceError("ResourceNotFoundException", "none", 404)
        return SimpleNamespace(plan=self.plan, arn=name)

    def call(self, called, event):
        self.events.append(event)
        self.go_on.wait(20)
        return Outcome(b"null", False, "1", "")


@pytest.fixture
def allowed(monkeypatch):
    """Let every function be called; the list has what was asked."""
    asked = []
    monkeypatch.setattr(
        targets, "may_invoke", lambda *given: asked.append(given) or True
    )
    return asked


@pytest.mark.parametrize(
    ("uri", "arn"),
    [
        (f"{_PATH}/{ARN}/invocations", ARN),
        (ARN, ARN),
        (f"{ARN}:live", f"{ARN}:live"),
        (f"{ARN}:${{stageVariables.a}}", f"{ARN}:${{stageVariables.a}}"),
        ("https://a.example", None),
        (f"{_PATH}/x/invocations", None),
        ("", None),
    ],
)
def test_a_uri_names_a_function(uri, arn):
    assert targets.function_of(uri) == arn


def test_variables_of_the_stage_choose_the_function(context, allowed):
    functions = Functions()
    uri = ARN.removesuffix("f") + "${stageVariables.name}:${stageVariables.alias}"
    variables = {"name": "g", "alias": "live"}
    Targets(context, functions).call(uri, variables, {"a": "é"}, SOURCE)
    assert functions.names == [(f"{ARN[:-1]}g:live", "eu-west-1")]
    assert json.loads(functions.events[0].body) == {"a": "é"}
    assert allowed[0][1:3] == (f"{ARN[:-1]}g:live", SOURCE)


def test_what_may_not_be_called_is_not(context, monkeypatch):
    monkeypatch.setattr(targets, "may_invoke", lambda *given: False)
    functions = Functions()
    one = Targets(context, functions)
    with pytest.raises(Rejected, match="permissions"):
        one.call(ARN, {}, {}, SOURCE)
    with pytest.raises(Rejected, match="none"):
        one.call(f"{ARN}none", {}, {}, SOURCE)
    assert functions.events == []


def test_a_role_calls_where_it_may_and_is_trusted(context):
    iam = context.clients.get("iam", "us-east-1")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    roles = {}
    for service in ("apigateway", "lambda"):
        principal = {"Service": f"{service}.amazonaws.com"}
        document = {"Statement": [{**trust, "Principal": principal}]}
        document["Version"] = "2012-10-17"
        made = iam.create_role(
            RoleName=service, AssumeRolePolicyDocument=json.dumps(document)
        )
        roles[service] = made["Role"]["Arn"]
    functions = Functions()
    one = Targets(context, functions)
    for role, words in (
        ("apigateway", "not authorized"),
        ("lambda", "cannot assume"),
        (None, "permissions"),
    ):
        with pytest.raises(Rejected, match=words):
            one.call(ARN, {}, {}, SOURCE, role and roles[role])
    action = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ARN}
    document = json.dumps({"Version": "2012-10-17", "Statement": [action]})
    given = {"RoleName": "apigateway", "PolicyName": "p", "PolicyDocument": document}
    iam.put_role_policy(**given)
    one.call(ARN, {}, {}, SOURCE, roles["apigateway"])
    assert len(functions.events) == 1


def test_nobody_waits_longer_than_the_integration_says(context, allowed):
    functions = Functions(timeout=900)
    one = Targets(context, functions)
    assert one.call(ARN, {}, {}, SOURCE).body == b"null"
    functions.go_on.clear()
    begun = time.monotonic()
    with pytest.raises(Slow):
        one.call(ARN, {}, {}, SOURCE, None, 0.05)
    assert time.monotonic() - begun < 10
    functions.go_on.set()
    one.close()


def test_an_event_that_is_too_large_is_not_sent(context, allowed):
    functions = Functions()
    with pytest.raises(TooLarge):
        Targets(context, functions).call(ARN, {}, {"a": "x" * targets.MOST}, SOURCE)
    assert functions.events == []


def test_what_a_function_cannot_do_now_is_rejected(context, allowed):
    functions = Functions()

    def throttled(called, event):
        raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)

    functions.call = throttled
    for functions.plan.timeout in (3, 900):
        with pytest.raises(Rejected, match="Rate"):
            Targets(context, functions).call(ARN, {}, {}, SOURCE)
