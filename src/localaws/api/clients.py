"""boto3 clients of the server itself, for what the server does as a customer would."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    s3={"addressing_style": "path"},
    retries={"total_max_attempts": 2},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=32,
)


class Clients:
    """Clients at the server's own address, each made once and shared by threads.

    They sign with the server's own key, which no policy limits.
    """

    def __init__(self, url: str, own_key: str) -> None:
        self._url = url
        self._own_key = own_key
        # Guards the making of clients: boto3's sessions are not safe to share then.
        self._making = threading.Lock()
        self._made: dict[tuple[str, str, str], Any] = {}

    def get(self, service: str, region: str, owner: str = "") -> Any:
        """Return the client of `service`; `owner` sets it apart from those of others.

        What an owner registers on its client's events concerns nobody else.
        """
        key = service, region, owner
        with self._making:
            if key not in self._made:
                session = boto3.Session(
                    aws_access_key_id=self._own_key,
                    aws_secret_access_key="localaws",
                    region_name=region,
                )
                self._made[key] = session.client(
                    service, endpoint_url=self._url, config=_CONFIG
                )
            return self._made[key]
