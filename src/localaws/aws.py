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
_clients: dict[tuple[str, str, str], Any] = {}


def client(context: Context, service: str, region: str) -> Any:
    """Return the client of `service` at the server's own address, made once."""
    key = (context.url, service, region)
    with _lock:  # boto3's sessions are not safe to share while a client is made
        if key not in _clients:
            keys = context.credentials
            session = boto3.Session(
                aws_access_key_id=keys.get("AWS_ACCESS_KEY_ID", "localaws"),
                aws_secret_access_key=keys.get("AWS_SECRET_ACCESS_KEY", "localaws"),
                aws_session_token=keys.get("AWS_SESSION_TOKEN"),
                region_name=region,
            )
            _clients[key] = session.client(
                service, endpoint_url=context.url, config=_CONFIG
            )
        return _clients[key]
