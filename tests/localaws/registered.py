"""What the tests of the registry share: calls to operations, without a server."""

import pytest

from localaws import app  # noqa: F401 -- registers the operations
from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import OPERATIONS, Call

REGION = "eu-west-1"
IMAGE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.6-cpu-py312"
URL = "s3://models/model.tar.gz"
SPECIFICATION = {
    "Containers": [{"Image": IMAGE, "ModelDataUrl": URL, "Environment": {"A": "1"}}],
    "SupportedContentTypes": ["application/json"],
    "SupportedResponseMIMETypes": ["application/json"],
}
INSTANCES = {
    "SupportedTransformInstanceTypes": ["ml.m5.large"],
    "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
}


class Registry:
    """Asks a context's operations as a server would, once a request is validated."""

    def __init__(self, context):
        self.context = context

    def __call__(self, operation, **members):
        members = {k: v for k, v in members.items() if v is not None}
        model = validation.service_model("sagemaker").operation_model(operation)
        validation.check(model, members)
        call = Call(operation, members, REGION, self.context, None)
        return OPERATIONS["sagemaker", operation](call)

    def refuses(self, words, operation, code="ValidationException", **members):
        """Assert that an operation is refused in these words."""
        with pytest.raises(ServiceError, match=words) as caught:
            self(operation, **members)
        assert caught.value.code == code

    def data(self, url=URL):
        """Put an object where model data is expected."""
        s3 = self.context.clients.get("s3", REGION)
        bucket, _, key = url.removeprefix("s3://").partition("/")
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    def group(self, name="digits", **members):
        return self("CreateModelPackageGroup", ModelPackageGroupName=name, **members)

    def version(self, group="digits", **members):
        """Register the next version and return its ARN."""
        members.setdefault("InferenceSpecification", SPECIFICATION)
        made = self("CreateModelPackage", ModelPackageGroupName=group, **members)
        return made["ModelPackageArn"]

    def package(self, name):
        return self("DescribeModelPackage", ModelPackageName=name)
