"""What the tests of transform jobs share: requests, and a model that echoes."""

ECHO = """
import json, os

def model_fn(model_dir):
    return os.environ.get("WORD", "")

def input_fn(body, content_type):
    return body.decode() if isinstance(body, bytes) else body

def predict_fn(data, word):
    if "bad" in data:
        raise ValueError("no " + data.strip())
    if "wrong" in data:
        error = ValueError("it is wrong")
        error.status_code, error.message, error.phrase = 400, "it is wrong", "Bad"
        raise error
    if "slow" in data:
        import time
        print("slowly", flush=True)
        time.sleep(300)
    if "variables" in data:
        names = sorted(n for n in os.environ if n.startswith("SAGEMAKER_"))
        return json.dumps({n: os.environ[n] for n in names})
    return "".join(f"<{line}{word}>\\n" for line in data.splitlines())

def output_fn(prediction, accept):
    return prediction, accept
"""


def request(name="job", model="echo", **changes):
    """Return a request that is whole, with changes; members of its parts by name."""
    source = {
        "S3DataType": changes.pop("S3DataType", "S3Prefix"),
        "S3Uri": changes.pop("S3Uri", "s3://bucket/in/"),
    }
    given = ("ContentType", "CompressionType", "SplitType")
    wanted = ("S3OutputPath", "Accept", "AssembleWith", "KmsKeyId")
    machine = ("InstanceType", "InstanceCount", "VolumeKmsKeyId", "TransformAmiVersion")
    parts = {
        "TransformInput": (given, {"DataSource": {"S3DataSource": source}}),
        "TransformOutput": (wanted, {"S3OutputPath": "s3://bucket/out"}),
        "TransformResources": (
            machine,
            {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        ),
    }
    whole = {
        part: {**own, **{key: changes.pop(key) for key in names if key in changes}}
        for part, (names, own) in parts.items()
    }
    return {"TransformJobName": name, "ModelName": model, **whole, **changes}
