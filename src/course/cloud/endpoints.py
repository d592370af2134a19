"""An endpoint in one call, for lessons whose subject is another."""

from __future__ import annotations

from typing import Any

VARIANT = "all"
PATIENCE = {"Delay": 1, "MaxAttempts": 1800}  # seconds, and how often it is looked


def start(name: str, image: str, archive: str, role: str, instance_type: str) -> None:
    """Make model, configuration and endpoint of one name; return when it serves.

    ``archive`` is the address of ``model.tar.gz`` in S3. The steps are those of lesson
    19. Raises botocore's ``WaiterError`` where the endpoint fails.
    https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html
    """
    import boto3

    sagemaker = boto3.client("sagemaker")
    container = {"Image": image, "ModelDataUrl": archive}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
    )
    variant: dict[str, Any] = {"VariantName": VARIANT, "ModelName": name}
    variant |= {"InstanceType": instance_type, "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant]
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=name, WaiterConfig=PATIENCE)
