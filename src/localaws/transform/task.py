"""What a transform job does: its record, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localaws.api import members
from localaws.records.s3 import address
from localaws.transform.filters import Filters
from localaws.transform.members import CREATE_TRANSFORM_JOB
from localaws.transform.paths import parse
from localaws.transform.records import MB

GROUP = "/aws/sagemaker/TransformJobs"
PAYLOAD, RETRIES, TIMEOUT = 6, 3, 600  # MB, requests, seconds: AWS's defaults
_STRATEGIES = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}
_TOLD = {  # to a container, where the request says it
    "MaxPayloadInMB": "SAGEMAKER_MAX_PAYLOAD_IN_MB",
    "BatchStrategy": "SAGEMAKER_BATCH_STRATEGY",
    "MaxConcurrentTransforms": "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS",
}


@dataclass(frozen=True)
class Task:
    """A transform job as its instances do it."""

    name: str
    group: str  # of its logs, and the namespace of its metrics
    definitions: Sequence[dict[str, Any]]  # of the model's containers
    role: str | None
    instance_type: str
    count: int
    source: Mapping[str, str]  # as `channels.objects` reads it
    packed: bool  # with gzip
    split: str
    single: bool  # one record in each request
    most: int  # bytes of a request
    at_once: int  # requests
    timeout: float
    retries: int
    headers: Mapping[str, str]  # of each request
    filters: Filters
    bucket: str  # of the outputs
    prefix: str  # "" or "some/where/"
    key: str | None  # of KMS, for the outputs
    notes: Sequence[str]  # lines at the beginning of the log

    @property
    def settings(self) -> str:
        """Return how requests are made, as the log begins."""
        strategy = _STRATEGIES["SingleRecord" if self.single else "MultiRecord"]
        return (
            f"MaxConcurrentTransforms={self.at_once}, "
            f"MaxPayloadInMB={self.most // MB}, BatchStrategy={strategy}"
        )


def read(record: Mapping[str, Any]) -> Task:
    """Return what the record of a transform job asks for."""
    given, wanted = record["TransformInput"], record["TransformOutput"]
    machine, client = record["TransformResources"], record.get("ModelClientConfig", {})
    source = given["DataSource"]["S3DataSource"]
    bucket, prefix = address(wanted["S3OutputPath"])
    return Task(
        name=record["TransformJobName"],
        group=GROUP,
        definitions=[_told(one, record) for one in record["_containers"]],
        role=record["_role"],
        instance_type=machine["InstanceType"],
        count=machine["InstanceCount"],
        source={**source, "S3Uri": "s3://{}/{}".format(*address(source["S3Uri"]))},
        packed=given["CompressionType"] == "Gzip",
        split=given["SplitType"],
        single=record.get("BatchStrategy") == "SingleRecord",
        most=record.get("MaxPayloadInMB", PAYLOAD) * MB,
        at_once=record.get("MaxConcurrentTransforms") or 1,
        timeout=client.get("InvocationsTimeoutInSeconds", TIMEOUT),
        retries=client.get("InvocationsMaxRetries", RETRIES),
        headers=_headers(given, wanted),
        filters=filters(record),
        bucket=bucket,
        prefix=f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else "",
        key=wanted.get("KmsKeyId") or None,
        notes=[
            f"localaws: {path}: {words}."
            for path, words in members.harmless(record, CREATE_TRANSFORM_JOB)
        ],
    )


def filters(record: Mapping[str, Any]) -> Filters:
    """Return the DataProcessing of a request or record; raise BadPath."""
    asked = record.get("DataProcessing", {})
    return Filters(
        before=parse(asked.get("InputFilter", "$")),
        after=parse(asked.get("OutputFilter", "$")),
        joins=asked.get("JoinSource") == "Input",
        content_type=record["TransformInput"].get("ContentType", ""),
        accept=record["TransformOutput"].get("Accept", ""),
        lines=record["TransformOutput"].get("AssembleWith") == "Line",
    )


def _headers(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        "Content-Type": given.get("ContentType", ""),
        "Accept": wanted.get("Accept", ""),
    }
    return {name: value for name, value in headers.items() if value}


def _told(definition: dict[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container that knows that it is in a transform job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
    """
    told = {
        name: str(_STRATEGIES.get(record[member], record[member]))
        for member, name in _TOLD.items()
        if member in record
    }
    own, asked = definition.get("Environment", {}), record.get("Environment", {})
    variables = {**own, **asked, "SAGEMAKER_BATCH": "true", **told}
    return {**definition, "Environment": variables}
