"""Data capture: requests and answers of an endpoint, as lines of JSON in S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import json
import logging
import random
import threading
import time
import uuid
from collections import deque
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.containers import address
from localaws.operations import Context

INTERVAL = 3.0  # seconds between two batches
BATCH = 8 * 1024 * 1024  # bytes of one file, about

logger = logging.getLogger("localaws")


class Capture:
    """Collects in memory; one thread writes what has come since the last batch."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._events: deque[tuple[tuple[str, str], float, str]] = deque()
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def note(
        self,
        region: str,
        place: str,
        config: dict[str, Any],
        sides: dict[str, tuple[str, bytes]],
        headers: dict[str, str],
    ) -> None:
        """Note an exchange, where the sampling percentage says so.

        `place` is `endpoint/variant`; `sides` are the content type and the body of
        "INPUT" and "OUTPUT".
        """
        if not config.get("EnableCapture", True):
            return
        if random.random() * 100 >= config["InitialSamplingPercentage"]:
            return
        now = time.time()
        prefix = f"{config['DestinationS3Uri'].rstrip('/')}/{place}"
        line = json.dumps(event(config, sides, headers, now))
        self._events.append(((region, prefix), now, line))

    def flush(self) -> None:
        """Write what is waiting; where S3 refuses it, the server's log says so."""
        with self._writing:
            batches: dict[tuple[str, str], list[tuple[float, str]]] = {}
            while self._events:
                (region, prefix), moment, line = self._events.popleft()
                hour = datetime.fromtimestamp(moment, UTC).strftime("%Y/%m/%d/%H")
                rows = batches.setdefault((region, f"{prefix}/{hour}"), [])
                rows.append((moment, line))
            for (region, prefix), rows in batches.items():
                self._write(region, prefix, rows)

    def close(self) -> None:
        """Write the rest and end the thread."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            self.flush()
        self.flush()

    def _write(self, region: str, prefix: str, rows: list[tuple[float, str]]) -> None:
        while rows:
            size, count = 0, 0
            while count < len(rows) and size < BATCH:
                size += len(rows[count][1])
                count += 1
            part, rows = rows[:count], rows[count:]
            moment = datetime.fromtimestamp(part[0][0], UTC)
            clock = moment.strftime("%M-%S-") + f"{moment.microsecond // 1000:03d}"
            bucket, key = address(f"{prefix}/{clock}-{uuid.uuid4()}.jsonl")
            body = "".join(f"{line}\n" for _, line in part).encode()
            try:
                s3 = self.context.client("s3", region)
                s3.put_object(Bucket=bucket, Key=key, Body=body)
            except (BotoCoreError, ClientError):  # the endpoint goes on without
                logger.exception("could not write captured data to %s", prefix)


def event(
    config: dict[str, Any],
    sides: dict[str, tuple[str, bytes]],
    headers: dict[str, str],
    now: float,
) -> dict[str, Any]:
    """Return one line of a capture file: `captureData`, `eventMetadata`, version."""
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    names = {"INPUT": "endpointInput", "OUTPUT": "endpointOutput"}
    wanted = {"INPUT": "Input", "OUTPUT": "Output"}
    data = {
        names[side]: observed(config.get("CaptureContentTypeHeader", {}), side, *seen)
        for side, seen in sides.items()
        if modes & {wanted[side], "InputAndOutput"}
    }
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"eventId": str(uuid.uuid4()), "inferenceTime": moment}
    sent = {name.lower(): value for name, value in headers.items()}
    if attributes := sent.get("x-amzn-sagemaker-custom-attributes"):
        about["customAttributes"] = [attributes]
    if inference := sent.get("x-amzn-sagemaker-inference-id"):
        about["inferenceId"] = inference
    return {"captureData": data, "eventMetadata": about, "eventVersion": "0"}


def observed(
    kinds: dict[str, list[str]], side: str, content_type: str, body: bytes
) -> dict[str, str]:
    """Return one side of an exchange: as text for the types that `kinds` lists.

    Everything else, and what is not UTF-8, is in base64.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CaptureContentTypeHeader.html
    """
    plain = (content_type or "").partition(";")[0].strip().lower()
    encoding = "BASE64"
    for name, words in [("CsvContentTypes", "CSV"), ("JsonContentTypes", "JSON")]:
        if plain in (kind.lower() for kind in kinds.get(name, [])):
            encoding = words
    try:
        text = body.decode() if encoding != "BASE64" else ""
    except UnicodeDecodeError:
        encoding = "BASE64"
    if encoding == "BASE64":
        text = base64.b64encode(body).decode()
    return {
        "observedContentType": content_type,
        "mode": side,
        "data": text,
        "encoding": encoding,
    }
