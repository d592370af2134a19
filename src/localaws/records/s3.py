"""Places in S3, as requests and records write them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

_HOST = re.compile(r"(?P<bucket>.+?)\.(s3[.-].*amazonaws\.com|localhost)(:\d+)?")
_ADDRESSES = (
    r"s3://([^/]+)/?(.*)",
    r"https://s3[.-][^/]*/([^/]+)/?(.*)",
    r"https://([^/]+)\.s3[.-][^/]*/(.*)",
)


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key (or prefix) of an S3 URI, or of its https address.

    Raises ValueError when it is neither.
    """
    try:
        return address(uri)
    except ValueError:
        text = f'"{uri}" is not an S3 URI such as "s3://bucket/prefix"'
        raise ValueError(text) from None


def address(url: str) -> tuple[str, str]:
    """Return bucket and key of an S3 address, `s3://` or https; ValueError for others.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    for pattern in _ADDRESSES:
        if match := re.fullmatch(pattern, url, re.DOTALL):
            return match[1], match[2]
    raise ValueError(f'"{url}" is not an S3 address (s3://bucket/key).')


def encryption(key: str | None) -> dict[str, str]:
    """Return the members of PutObject for an object that a KMS key shall encrypt.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html
    """
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


def place(environ: dict[str, Any]) -> tuple[str, str]:
    """Return bucket and key that a request names, in its host or in its path.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    path = unquote(environ["RAW_URI"].partition("?")[0])
    if match := _HOST.fullmatch(environ.get("HTTP_HOST", "")):
        return match["bucket"], path[1:]
    bucket, _, key = path[1:].partition("/")
    return bucket, key
