"""Sends a part of an answer while the handler still computes.

https://pytorch.org/serve/inference_api.html#predictions-api (response streaming)
"""

from __future__ import annotations

from typing import Any

from localaws.serving.formats import to_bytes


def send_intermediate_predict_response(
    ret: list, req_to_id_map: dict, message: str, code: int, context: Any = None
) -> None:
    """Send `ret[0]`; the client gets it at once where it asked for a stream."""
    context.send(to_bytes(ret[0]))
