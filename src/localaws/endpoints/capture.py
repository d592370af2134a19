"""Data capture: requests and answers of an endpoint, as lines of JSON in S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import json
import random
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.registry import Context
from localaws.endpoints.telemetry import Telemetry
from localaws.endpoints.variant import Variant
from localaws.iam.roles import role_client
from localaws.records.s3 import address, encryption

INTERVAL = 3.0  # seconds between two batches
BATCH = 8 * 1024 * 1024  # bytes of one file, about


@dataclass(frozen=True)
class Place:
    """Where the lines of a variant go, in whose name, and who hears of a failure."""

    region: str
    endpoint: str
    stream: str
    role: str | None
    folder: str
    key: str | None  # of KMS, which the objects name


class Capture:
    """Collects in memory; one thread writes what has come since the last batch.

    It writes in the name of the model's execution role. Where S3 refuses that, the
    data are lost, and the endpoint's log says why.
    """

    def __init__(self, context: Context, telemetry: Telemetry) -> None:
        self.context = context
        self.telemetry = telemetry
        self._events: deque[tuple[Place, float, str]] = deque()  # for the next batch
        self._writing = threading.Lock()  # one batch at a time
        self._closing = threading.Event()  # ends the thread
        # Writes what waits every `INTERVAL` seconds.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def note(
        self,
        region: str,
        endpoint: str,
        variant: Variant,
        config: dict[str, Any],
        sides: dict[str, tuple[str, bytes]],
        headers: dict[str, str],
    ) -> None:
        """Note an exchange, where the sampling percentage says so.

        `sides` are the content type and the body of "INPUT" and "OUTPUT".
        """
        if not config.get("EnableCapture", True):
            return
        if random.random() * 100 >= config["InitialSamplingPercentage"]:
            return
        now = time.time()
        root = f"{config['DestinationS3Uri'].rstrip('/')}/{endpoint}/{variant.name}"
        folder = root + datetime.fromtimestamp(now, UTC).strftime("/%Y/%m/%d/%H")
        key = config.get("KmsKeyId")
        place = Place(region, endpoint, variant.stream, variant.role, folder, key)
        line = json.dumps(event(config, sides, headers, now))
        self._events.append((place, now, line))

    def flush(self) -> None:
        """Write what is waiting."""
        with self._writing:
            batches: dict[Place, list[tuple[float, str]]] = {}
            while self._events:
                place, moment, line = self._events.popleft()
                batches.setdefault(place, []).append((moment, line))
            for place, rows in batches.items():
                self._write(place, rows)

    def close(self) -> None:
        """Write the rest and end the thread."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            self.flush()
        self.flush()

    def _write(self, place: Place, rows: list[tuple[float, str]]) -> None:
        while rows:
            size, count = 0, 0
            while count < len(rows) and size < BATCH:
                size += len(rows[count][1])
                count += 1
            part, rows = rows[:count], rows[count:]
            moment = datetime.fromtimestamp(part[0][0], UTC)
            clock = moment.strftime("%M-%S-") + f"{moment.microsecond // 1000:03d}"
            bucket, key = address(f"{place.folder}/{clock}-{uuid.uuid4()}.jsonl")
            body = "".join(f"{line}\n" for _, line in part).encode()
            try:
                s3 = role_client(self.context, place.role, "s3", place.region)
                encrypted = encryption(place.key)
                s3.put_object(Bucket=bucket, Key=key, Body=body, **encrypted)
            except (BotoCoreError, ClientError) as error:  # the endpoint goes on
                text = f"localaws: captured data are lost: {bucket}/{key}: {error}"
                log = place.region, place.endpoint, place.stream
                self.telemetry.line(*log, text)


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
    about: dict[str, Any] = {"eventId": str(uuid.uuid4()), "inferenceTime": moment}
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
