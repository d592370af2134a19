"""Input channels: what S3 holds becomes files under /opt/ml/input/data."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from localaws.records.s3 import split_uri

THREADS = 8
Objects = dict[tuple[str, str], str]  # the path below the channel, by bucket and key

_NOTHING = (
    'Data download failed: No S3 objects found under S3 URL "{uri}" given in channel '
    "{name}. Please ensure that the bucket exists in this region and that objects "
    "exist under that S3 prefix."
)


class ChannelError(Exception):
    """A channel whose data cannot be brought; the text is for `FailureReason`."""


def configuration(channels: list[dict], mode: str) -> dict[str, dict]:
    """Return the contents of `inputdataconfig.json`.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    return {channel["ChannelName"]: _described(channel, mode) for channel in channels}


def _described(channel: dict, mode: str) -> dict[str, str]:
    source = channel["DataSource"].get("S3DataSource", {})
    described = {
        "TrainingInputMode": channel.get("InputMode", mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    if "ContentType" in channel:
        described["ContentType"] = channel["ContentType"]
    return described


def fetch(
    s3: Any,
    channel: Mapping[str, Any],
    folder: Path,
    *,
    host: int = 0,
    hosts: int = 1,
    required: bool = True,
) -> int:
    """Download a channel into `folder` and return how many files that made.

    An S3 prefix is a prefix of the key's text, not a folder. `ShardedByS3Key` gives
    the host number `host` (from 0) its share. Raises ChannelError, also where S3 holds
    nothing unless not `required`.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    source = channel["DataSource"]["S3DataSource"]
    name, uri = channel["ChannelName"], source["S3Uri"]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = objects(s3, source, name)
        if required and not found:
            raise ChannelError(_NOTHING.format(uri=uri, name=name))
        if source.get("S3DataDistributionType") == "ShardedByS3Key":
            shares = _shuffled(sorted(found), channel.get("ShuffleConfig"))
            found = {key: found[key] for key in shares[host::hosts]}
        _download(s3, found, folder)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        text = error.response["Error"].get("Message", "")
        raise ChannelError(
            f"Data download failed: channel {name}, {uri}: {code}: {text}"
        ) from error
    except (ValueError, OSError) as error:
        text = f"Data download failed: channel {name}: {error}"
        raise ChannelError(text) from error
    return len(found)


def _shuffled(keys: list, config: dict[str, int] | None) -> list:
    """Return keys in the order that a seed gives: it decides only who has which share.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ShuffleConfig.html
    """
    if config is not None:
        random.Random(config["Seed"]).shuffle(keys)
    return keys


def objects(s3: Any, source: Mapping[str, Any], name: str) -> Objects:
    """Return the objects of a channel and where each lands below the channel.

    Raises what boto3 does, and ValueError for a manifest or a key that is none.
    """
    bucket, prefix = split_uri(source["S3Uri"])
    if source.get("S3DataType") == "ManifestFile":
        return _listed(s3, bucket, prefix)
    keys = [key for key in keys_below(s3, bucket, prefix) if _wanted(key, name)]
    return {(bucket, key): _relative(key, prefix) for key in keys}


def _listed(s3: Any, bucket: str, key: str) -> Objects:
    """Return the objects that a manifest names: a prefix, then what follows it.

    `[{"prefix": "s3://bucket/some/"}, "a.csv", "deep/b.csv"]`
    """
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        head, *names = json.loads(body)
        prefix = head["prefix"]
        pairs = [(*split_uri(prefix + name), name) for name in names]
    except (ValueError, TypeError, KeyError):
        raise ValueError(
            f'the manifest "s3://{bucket}/{key}" is not a JSON list of '
            '{"prefix": "s3://bucket/some/prefix/"} and the names below it'
        ) from None
    return {(bucket, key): _inside(name, key) for bucket, key, name in pairs}


def keys_below(s3: Any, bucket: str, prefix: str) -> list[str]:
    """Return the keys that begin with a prefix, in their order."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [row["Key"] for page in pages for row in page.get("Contents", ())]


def _wanted(key: str, channel: str) -> bool:
    """Leave out folder markers, and the SDK's stale bytecode of its drivers."""
    if channel == "sm_drivers" and "/__pycache__/" in key:
        return False
    return not key.endswith("/")


def _relative(key: str, prefix: str) -> str:
    """Return the path of a key in its channel.

    Below "a/b" or "a/b/", the key "a/b/c/d" is "c/d"; the keys "a/b" and "a/bcd" keep
    their last part.
    """
    base = prefix if prefix.endswith("/") else prefix + "/"
    if prefix and not key.startswith(base):
        base = prefix[: prefix.rfind("/") + 1]
    return _inside(key[len(base) :] if prefix else key, key)


def _inside(relative: str, key: str) -> str:
    """Return a path that is safe to join to a folder; ValueError where it is not."""
    parts = PurePosixPath(relative).parts
    if not parts or ".." in parts or relative.startswith("/") or "\0" in relative:
        raise ValueError(f'the key "{key}" is not a path inside the channel')
    return relative


def _download(s3: Any, found: Objects, folder: Path) -> None:
    for relative in found.values():
        (folder / relative).parent.mkdir(parents=True, exist_ok=True)

    def one(place: tuple[str, str]) -> None:
        bucket, key = place
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
        with (folder / found[place]).open("wb") as file:
            shutil.copyfileobj(body, file, 1024 * 1024)

    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(one, found):
            pass
