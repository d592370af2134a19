"""Deploy each version of the registry that is approved: a function of Lambda.

EventBridge calls it, for some changes more than once: what is there is left alone.
"""

import os
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], context: Any) -> str:
    """Make model and configuration of a version, and give them to the endpoint."""
    sagemaker, package = boto3.client("sagemaker"), event["detail"]
    endpoint, version = os.environ["ENDPOINT"], package["ModelPackageVersion"]
    name = f"{endpoint}-v{version}"
    container = {"ModelPackageName": package["ModelPackageArn"]}
    variant = {
        "VariantName": f"v{version}",
        "ModelName": name,
        "InstanceType": os.environ["INSTANCE_TYPE"],
        "InitialInstanceCount": 1,
    }
    role = os.environ["ROLE"]
    for create, members in [
        ("model", {"ExecutionRoleArn": role, "Containers": [container]}),
        ("endpoint_config", {"ProductionVariants": [variant]}),
    ]:
        title = "ModelName" if create == "model" else "EndpointConfigName"
        once(getattr(sagemaker, f"create_{create}"), **{title: name}, **members)
    wish = {"EndpointName": endpoint, "EndpointConfigName": name}
    if once(sagemaker.create_endpoint, **wish):
        return f"{endpoint} begins with v{version}"
    current = sagemaker.describe_endpoint(EndpointName=endpoint)
    if current["EndpointConfigName"] != name:
        sagemaker.update_endpoint(**wish)
    return f"{endpoint} changes to v{version}"


def once(create: Any, **members: Any) -> bool:
    """Create what is not there yet; return whether it was not."""
    try:
        create(**members)
    except ClientError as error:
        if "already exist" not in str(error):
            raise
        return False
    return True
