"""What the tests of processing jobs share: requests."""

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"


def given(name, uri, path, **members):
    """Return an input of what is below an address."""
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix"}
    whole = {**source, "S3InputMode": "File", **members}
    return {"InputName": name, "S3Input": whole}


def taken(name, uri, path, mode="EndOfJob"):
    """Return an output, by default one that is stored at the end."""
    target = {"S3Uri": uri, "LocalPath": path, "S3UploadMode": mode}
    return {"OutputName": name, "S3Output": target}


def request(name="job", **changes):
    """Return a request that is whole, with changes."""
    cluster = {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
        **changes.pop("ClusterConfig", {}),
    }
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["true"]},
        "RoleArn": ROLE,
        **changes,
    }
