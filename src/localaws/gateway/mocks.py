"""MOCK integrations: answers that the author of an API has written down.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

from __future__ import annotations

import json

import re2
from werkzeug.wrappers import Response

from localaws.gateway import templates
from localaws.gateway.documents import Document
from localaws.gateway.faults import Fault, internal
from localaws.gateway.inbound import Inbound
from localaws.gateway.templates import Variables


def answer(method: Document, inbound: Inbound, variables: Variables) -> Response:
    """Return the answer of a method with such an integration; raises Fault."""
    integration = method["methodIntegration"]
    status = _status(integration, inbound, variables)
    found = _chosen(integration["integrationResponses"], str(status))
    if found is None:
        raise internal()
    written = found.get("responseTemplates") or {}
    kind = _kind(written, inbound)
    text = templates.rendered(written[kind] or "", variables) if kind else ""
    code = int(found["statusCode"])
    response = Response(text, code, content_type=kind or "application/json")
    for name, mapped in (found.get("responseParameters") or {}).items():
        value = templates.value(mapped, variables)
        if value is not None:
            header = name.removeprefix("method.response.header.")
            response.headers[header] = value.replace("\r", " ").replace("\n", " ")
    return response


def _status(integration: Document, inbound: Inbound, variables: Variables) -> int:
    """Return the status that the request's template names."""
    written = integration.get("requestTemplates") or {}
    behaviour = integration.get("passthroughBehavior", "WHEN_NO_MATCH")
    if inbound.kind in written:
        text = templates.rendered(written[inbound.kind] or "", variables)
    elif behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and written):
        raise Fault("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
    else:
        text = variables.body
    try:
        return int(json.loads(text)["statusCode"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise internal() from None


def _chosen(responses: dict[str, Document], status: str) -> Document | None:
    """Return the response whose pattern fits a status, or the one without a pattern."""
    default = None
    for each in responses.values():
        pattern = each.get("selectionPattern")
        if not pattern:
            default = default or each
        elif re2.fullmatch(pattern, status):
            return each
    return default


def _kind(written: dict[str, str], inbound: Inbound) -> str:
    """Return the content type of the answer: one that the client accepts."""
    accepted = (inbound.header("accept") or "").split(",")
    for each in accepted:
        if (kind := each.partition(";")[0].strip()) in written:
            return kind
    return next(iter(written), "")
