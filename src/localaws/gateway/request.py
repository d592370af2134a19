"""What REST APIs refuse: what AWS does not take, and what would only be pretended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import re2

from localaws.gateway import targets, templates
from localaws.gateway.documents import Document, bad
from localaws.gateway.faults import TYPES
from localaws.neighbours.guards import refused

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
SLOWEST = (50, 29_000)  # milliseconds that an integration may take
LONGEST = 400_000  # characters of a model
_ELSEWHERE = "Integrate with a function (AWS_PROXY), or MOCK."
_NAMES = re.compile(r"method\.request\.(header|querystring|path)\.[\w.$-]+")


def nothing_of(record: Document, why: dict[str, str], of: str) -> None:
    """Refuse the members of a record that would change nothing here, by their names."""
    for name, words in why.items():
        if record.get(name) not in (None, False, "", [], {}):
            raise refused(f"localaws does not emulate {name} of {of}: {words}.")


def check_api(api: Document) -> None:
    """Refuse what of an API would not be so.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html
    """
    why = {
        "policy": "it serves everyone who reaches its port; use an authorizer",
        "cloneFrom": "make the API anew",
        "endpointAccessMode": "there are no custom domains",
    }
    nothing_of(api, why, "an API")
    if api.get("minimumCompressionSize") is not None:
        raise refused(
            "localaws does not compress answers: leave minimumCompressionSize."
        )
    if "PRIVATE" in api["endpointConfiguration"].get("types", ()):
        raise refused(
            "localaws has no VPCs: the type of an endpoint cannot be PRIVATE."
        )
    if len(api["endpointConfiguration"].get("types", ())) > 1:
        raise bad("Only one endpoint type can be specified.")
    if not api["name"].strip():
        raise bad("API name cannot be empty")


def check_authorizer(api: Document, record: Document) -> None:
    """Refuse an authorizer that nobody would ask, or that AWS would not take.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
    """
    if record["type"] not in ("TOKEN", "REQUEST"):
        raise refused(
            f"localaws asks no user pools: an authorizer is a function, of the type "
            f'TOKEN or REQUEST, not "{record["type"]}".'
        )
    if targets.function_of(record.get("authorizerUri") or "") is None:
        raise bad(f"Invalid Authorizer URI: {record.get('authorizerUri')}")
    if not 0 <= (record.get("authorizerResultTtlInSeconds") or 0) <= 3600:
        raise bad("Authorizer result TTL has to be between 0 and 3600 seconds")
    record.setdefault("authorizerResultTtlInSeconds", 300)
    record.setdefault("authType", "custom")
    source = record.get("identitySource") or ""
    if record["type"] == "TOKEN":
        if not source.startswith("method.request.header."):
            raise bad("Identity source of a TOKEN authorizer has to be a header")
        check_pattern(record.get("identityValidationExpression") or "")
    elif not source and record["authorizerResultTtlInSeconds"]:
        raise bad("An identity source is required when caching is enabled")
    for each in filter(None, source.split(",")):
        if not re.fullmatch(
            rf"{_NAMES.pattern}|(context|stageVariables)\.\w+", each.strip()
        ):
            raise bad(f"Invalid identity source: {each}")


def check_pattern(text: str) -> None:
    """Refuse a regular expression that would not be matched in linear time."""
    try:
        re2.compile(text)
    except re2.error as error:
        raise refused(
            f'localaws matches "{text[:100]}" with RE2, which does not know it: {error}'
        ) from None


def check_model(api: Document, record: Document) -> None:
    """Refuse a model that is no JSON schema."""
    from jsonschema import (  # type: ignore[import-untyped]
        Draft4Validator,
        SchemaError,
    )

    text = record.get("schema") or "{}"
    if not re.fullmatch(r"[A-Za-z0-9]+", record["name"]):
        raise bad(f"Model name must be alphanumeric: {record['name']}")
    if len(text) > LONGEST:
        raise bad(f"A model may have {LONGEST} characters.")
    try:
        schema = json.loads(text)
        if not isinstance(schema, dict):
            raise ValueError("it is no object")
        Draft4Validator.check_schema(schema)
    except (ValueError, RecursionError, SchemaError) as error:
        said = getattr(error, "message", str(error))[:300]
        raise bad(
            "Invalid model specified: Validation Result: warnings : [], errors : "
            f"[{said}]"
        ) from None


def check_status(record: Document) -> None:
    """Refuse a status that would end no request."""
    if record.get("statusCode", "200") < "200":
        raise bad(
            f"Invalid status code: {record['statusCode']}: an answer has 200 to 599"
        )


def check_answer(record: Document) -> None:
    """Refuse a gateway response with what would not be said."""
    check_status(record)
    if record["responseType"] not in TYPES:
        raise bad(f"Invalid response type: {record['responseType']}")
    _check_texts(record.get("responseTemplates") or {}, "a gateway response")
    _check_headers(record.get("responseParameters") or {}, "gatewayresponse.header.")


def check_method(api: Document, record: Document) -> None:
    """Refuse a method that would not ask whom it says, or names what is not there.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html
    """
    if record["httpMethod"] not in METHODS:
        raise bad(
            f"Invalid HttpMethod specified. Valid options are {','.join(METHODS)}"
        )
    _check_authorization(api, record)
    validator = record.get("requestValidatorId")
    if validator and validator not in api["_validators"]:
        raise bad("Invalid Request Validator identifier specified")
    for name in (record.get("requestModels") or {}).values():
        if name not in api["_models"]:
            raise bad(f"Invalid model identifier specified: {name}")
    for name in record.get("requestParameters") or {}:
        if not _NAMES.fullmatch(name):
            raise bad(f"Invalid mapping expression parameter specified: {name}")
    nothing_of(record, {"authorizationScopes": "they are of user pools"}, "a method")


def _check_authorization(api: Document, record: Document) -> None:
    kind = record["authorizationType"]
    if kind not in ("NONE", "CUSTOM", "AWS_IAM", "COGNITO_USER_POOLS"):
        raise bad(f"Invalid authorization type specified: {kind}")
    if kind not in ("NONE", "CUSTOM"):
        raise refused(
            f"localaws does not emulate methods with {kind}: nobody would be asked. "
            "Use NONE, an API key, or an authorizer of your own (CUSTOM)."
        )
    if kind == "CUSTOM" and record.get("authorizerId") not in api["_authorizers"]:
        raise bad(
            "Invalid authorizer ID specified. Setting the authorization type to "
            "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
        )


def check_integration(record: Document) -> None:
    """Refuse an integration that would reach nothing, or that AWS would not take.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
    """
    kind = record["type"]
    if kind not in ("AWS_PROXY", "MOCK"):
        raise refused(
            f"localaws does not call what an integration of the type {kind} names: the "
            f"method would answer nothing of it. {_ELSEWHERE}"
        )
    why = {
        "connectionId": "there are no VPCs",
        "integrationTarget": "there are no VPCs",
        "cacheKeyParameters": "no answer is cached",
    }
    nothing_of(record, why, "an integration")
    if record.get("connectionType", "INTERNET") != "INTERNET":
        raise refused("localaws has no VPCs: connectionType has to be INTERNET.")
    if record.get("responseTransferMode", "BUFFERED") != "BUFFERED":
        raise refused(
            "localaws does not stream: responseTransferMode has to be BUFFERED."
        )
    least, most = SLOWEST
    if not least <= record.get("timeoutInMillis", most) <= most:
        raise bad(f"Timeout should be between {least} ms and {most} ms")
    _check_kind(record)


def _check_kind(record: Document) -> None:
    parameters = record.get("requestParameters") or {}
    behaviour = record.get("passthroughBehavior", "WHEN_NO_MATCH")
    if behaviour not in ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"):
        raise bad(f"Invalid passthrough behavior: {behaviour}")
    if record["type"] == "MOCK":
        _check_texts(record.get("requestTemplates") or {}, "a MOCK integration")
        return
    if not record.get("httpMethod"):
        raise bad("Enumeration value for HttpMethod must be non-empty")
    if targets.function_of(record.get("uri") or "") is None:
        raise bad(
            "Invalid ARN specified in the request: an AWS_PROXY integration needs "
            "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations"
        )
    if record.get("contentHandling") == "CONVERT_TO_BINARY":
        raise refused(
            "localaws gives functions bodies as they come: no contentHandling."
        )
    if parameters:
        raise refused(
            "localaws gives a function the request as it came: an AWS_PROXY "
            "integration has no requestParameters here."
        )
    targets.check_credentials(record.get("credentials"))


def check_response(record: Document) -> None:
    """Refuse an integration response with what would not be followed."""
    _check_texts(record.get("responseTemplates") or {}, "an integration response")
    _check_headers(record.get("responseParameters") or {}, "method.response.header.")
    check_pattern(record.get("selectionPattern") or "")
    if record.get("contentHandling"):
        raise refused("localaws does not convert answers: leave contentHandling out.")


def _check_texts(given: dict[str, str], of: str) -> None:
    for text in given.values():
        if part := templates.unknown(text or ""):
            raise refused(
                f'localaws does not follow "{part}" in a template of {of}: it puts '
                "$context..., $stageVariables..., $input.params('name') and "
                "$input.body into the text, and nothing else of the Velocity language."
            )


def _check_headers(given: dict[str, Any], beginning: str) -> None:
    for name, text in given.items():
        if not name.startswith(beginning):
            raise bad(f"Invalid mapping expression parameter specified: {name}")
        if not templates.understood(str(text)):
            raise bad(f"Invalid mapping expression specified: {text}")


def check_stage(record: Document) -> None:
    """Refuse a stage with what would not be done.

    https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
    """
    why = {
        "cacheClusterEnabled": "no answer is cached",
        "canarySettings": "all requests go to one deployment",
        "clientCertificateId": "no backend is called that would look at it",
        "documentationVersion": "there is no documentation of parts",
    }
    nothing_of(record, why, "a stage")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", record["stageName"]):
        raise bad("Stage name only allows a-zA-Z0-9_-")
    for name, text in (record.get("variables") or {}).items():
        if not re.fullmatch(r"\w+", name):
            raise bad(f"Stage variable name {name} is not valid: use a-zA-Z0-9_")
        if not re.fullmatch(r"[A-Za-z0-9._~:/?#&=,-]*", text):
            raise bad(f"The value of the stage variable {name} is not valid")
    for name, settings in (record.get("methodSettings") or {}).items():
        _check_settings(name, settings)
    check_access_log(record.get("accessLogSettings") or {}, "destinationArn", "format")


def _check_settings(name: str, settings: Document) -> None:
    why = {
        "dataTraceEnabled": "there are no execution logs; use an access log",
        "cachingEnabled": "no answer is cached",
        "metricsEnabled": "metrics are of the API and of the stage",
    }
    nothing_of(settings, why, f'the method setting "{name}"')
    if settings.get("loggingLevel", "OFF") != "OFF":
        raise refused(
            "localaws writes no execution logs: use an access log of the stage."
        )


def check_access_log(settings: Document, arn: str, form: str) -> None:
    """Refuse an access log that would not be written."""
    place = settings.get(arn)
    if place and place.split(":")[2:3] != ["logs"]:
        raise refused(
            f'localaws writes access logs to CloudWatch Logs, not to "{place}".'
        )
    text = settings.get(form) or ""
    if (
        text
        and "$context.requestId" not in text
        and "$context.extendedRequestId" not in text
    ):
        raise bad("Access log format must contain $context.requestId")


def settings_of(stage: Document, path: str, method: str) -> Iterable[Document]:
    """Yield the settings that hold for a method, those of most methods first."""
    known = stage.get("methodSettings") or {}
    for name in ("*/*", f"{path.strip('/')}/{method}"):
        if name in known:
            yield known[name]
