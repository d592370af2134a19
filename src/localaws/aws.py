"""boto3 clients of the server itself, for what the server does as a customer would."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from localaws.operations import Context

_CONFIG = Config(
    s3={"addressing_style": "path"},
    retries={"total_max_attempts": 2},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=32,
)
_lock = threading.Lock()
_clients: dict[tuple[str, str, str, str], Any] = {}


def client(context: Context, service: str, region: str, owner: str = "") -> Any:
    """Return the client of `service` at the server's own address, made once.

    It signs with the server's own key, which no policy limits. `owner` sets a client
    apart from those of others.
    """
    key = (context.url, service, region, owner)
    with _lock:  # boto3's sessions are not safe to share while a client is made
        if key not in _clients:
            session = boto3.Session(
                aws_access_key_id=context.own_key,
                aws_secret_access_key="localaws",
                region_name=region,
            )
            _clients[key] = session.client(
                service, endpoint_url=context.url, config=_CONFIG
            )
        return _clients[key]
