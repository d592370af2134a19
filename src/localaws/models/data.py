"""Model data in S3: whether it is there, asked as those who will fetch it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from localaws.api.errors import invalid
from localaws.api.registry import Call
from localaws.iam.roles import role_client
from localaws.models.containers import model_source


def check_data(call: Call, definition: dict[str, Any], role: str | None) -> None:
    """Raise `ValidationException` where the model data of a container is not in S3.

    A role is asked for its permissions; without one there is no limit.
    """
    try:
        source = model_source(definition)
    except ValueError as error:
        raise invalid(str(error)) from None
    if source and not _exists(call, role, *source):
        raise invalid(f"Could not find model data at s3://{source[0]}/{source[1]}.")


def _exists(call: Call, role: str | None, bucket: str, key: str, kind: str) -> bool:
    s3 = role_client(call.context, role, "s3", call.region)
    try:
        if kind == "prefix":
            found = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
            return found["KeyCount"] > 0
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDenied":
            raise invalid(
                f"Could not access model data at s3://{bucket}/{key}. Please ensure "
                f'that the role "{role}" exists and that its trust relationship policy '
                'allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has '
                '"s3:GetObject" permissions and that the object is located in '
                f"{call.region}."
            ) from None
        return False
    return True
