"""InvokeEndpoint."""

from __future__ import annotations

import time

from werkzeug.wrappers import Response

from localaws.api.registry import Call, operation
from localaws.endpoints.invocation import opened
from localaws.endpoints.request import accepted, headers_of, read_body


@operation("InvokeEndpoint", "sagemaker-runtime")
def invoke(call: Call) -> Response:
    """Send a request through a variant's containers; return what the last one says.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
    """
    started = time.perf_counter()
    name = accepted(call)
    body = read_body(call.request)
    with opened(call, name, body) as invocation:
        reply = invocation.run(body, headers_of(call.request), started)
        return Response(
            reply.body,
            headers=invocation.headers(reply),
            content_type=reply.content_type or None,
        )
