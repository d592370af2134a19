"""AWS's first notebook on XGBoost, step by step, on data of the same shape.

https://github.com/aws/amazon-sagemaker-examples, xgboost_abalone
"""

import io
import math

import boto3
import numpy as np
import pytest
import transform_jobs
from roles import SAGEMAKER, document
from sagemaker.core import image_uris
from waiting import until

FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
PREFIX = "sagemaker/DEMO-xgboost-regression"
NUMBERS = {"max_depth": "5", "eta": "0.2", "gamma": "4", "min_child_weight": "6"}
NUMBERS |= {"subsample": "0.7", "verbosity": "0", "num_round": "50"}
MACHINE = {"InstanceCount": 1, "InstanceType": "ml.m5.2xlarge", "VolumeSizeInGB": 5}


def shells(count, seed):
    """Return sex, lengths and weights of shells, and their rings."""
    draw = np.random.default_rng(seed)
    age = draw.gamma(6, 1.7, count).clip(1, 29)
    length = (0.8 * (1 - np.exp(-age / 5)) + 0.03 * draw.normal(size=count)).clip(0.1)
    weight = 4 * length**3
    parts = [length, 0.8 * length, 0.27 * length, weight, 0.43 * weight, 0.22 * weight]
    measured = [part * draw.normal(1, 0.04, count) for part in parts]
    sex = draw.integers(1, 4, count)
    dried = 0.2 * weight + 0.012 * age
    return np.column_stack([sex, *measured, dried]).round(4), age.round().astype(int)


def lines(x, y):
    """Return the table as the data set is published: LibSVM, indices from 1."""
    return [
        f"{label} " + " ".join(f"{n}:{value:g}" for n, value in enumerate(row, 1))
        for row, label in zip(x, y, strict=True)
    ]


@pytest.fixture(scope="module")
def role(connection):
    """A role with the one policy that notebooks attach."""
    iam, name = boto3.client("iam"), "AmazonSageMaker-ExecutionRole"
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(SAGEMAKER))
    iam.attach_role_policy(RoleName=name, PolicyArn=FULL_ACCESS)
    return made["Role"]["Arn"]


@pytest.fixture(scope="module")
def data(connection):
    """Upload what is trained on and validated with; return shells to ask about."""
    bucket = boto3.resource("s3").Bucket(connection.bucket)
    for seed, (name, count) in enumerate({"train": 700, "validation": 150}.items()):
        text = "\n".join(lines(*shells(count, seed))) + "\n"
        bucket.Object(f"{PREFIX}/{name}").upload_fileobj(io.BytesIO(text.encode()))
    return shells(150, 2)


def given(place, name):
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{place}/{PREFIX}/{name}"}
    source["S3DataDistributionType"] = "FullyReplicated"
    kinds = {"ContentType": "libsvm", "CompressionType": "None"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **kinds}


@pytest.fixture(scope="module", params=["s3://{1}", "https://s3-{0}.amazonaws.com/{1}"])
def model(connection, role, data, request):
    """Train, look at the metrics, and import the model into hosting."""
    sagemaker = boto3.client("sagemaker")
    name = f"DEMO-xgboost-regression-{len(request.param)}"
    place = request.param.format(connection.region, connection.bucket)
    image = image_uris.retrieve("xgboost", connection.region, version="1.7-1")
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        RoleArn=role,
        OutputDataConfig={"S3OutputPath": f"{place}/{PREFIX}/single-xgboost"},
        ResourceConfig=MACHINE,
        HyperParameters={**NUMBERS, "objective": "reg:linear"},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
        InputDataConfig=[given(place, "train"), given(place, "validation")],
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1})
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    final = {row["MetricName"]: row["Value"] for row in job["FinalMetricDataList"]}
    assert final["train:rmse"] < final["validation:rmse"] < np.std(data[1])
    url = job["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": image, "ModelDataUrl": url}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
    )
    return name


@pytest.fixture(scope="module")
def endpoint(model):
    sagemaker = boto3.client("sagemaker")
    variant = {"InstanceType": "ml.m5.xlarge", "InitialVariantWeight": 1}
    variant |= {"InitialInstanceCount": 1, "VariantName": "AllTraffic"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=model, ProductionVariants=[{**variant, "ModelName": model}]
    )
    sagemaker.create_endpoint(EndpointName=model, EndpointConfigName=model)
    waiter = sagemaker.get_waiter("endpoint_in_service")
    waiter.wait(EndpointName=model, WaiterConfig={"Delay": 1})
    yield model
    sagemaker.delete_endpoint(EndpointName=model)


def asked(endpoint, rows, kind):
    """Return the predictions for these lines, as the notebook reads them."""
    client = boto3.client("runtime.sagemaker")
    answer = client.invoke_endpoint(
        EndpointName=endpoint, ContentType=kind, Body="\n".join(rows)
    )
    return [float(one) for one in answer["Body"].read().decode().split(",")]


def test_the_endpoint_tells_rings_in_both_forms(endpoint, data):
    x, rings = data
    sparse = lines(x, rings)
    [single] = asked(endpoint, sparse[:1], "text/x-libsvm")
    batches = [sparse[start : start + 100] for start in (0, 100)]
    found = [one for rows in batches for one in asked(endpoint, rows, "text/x-libsvm")]
    assert len(found) == len(rings) and found[0] == pytest.approx(single)
    error = np.abs(rings - np.array([math.ceil(one) for one in found])) / rings
    assert np.median(error) < 0.2
    # LibSVM counts from 1 here, so its column 0 is one that is never given.
    dense = [",".join(["", *map(str, row)]) for row in x]
    assert asked(endpoint, dense, "text/csv") == pytest.approx(found, abs=1e-5)


def test_a_batch_is_what_the_endpoint_answers(
    connection, sagemaker, s3, keys, model, endpoint, data
):
    sparse = lines(*data)
    key = f"{PREFIX}/test-{model}"
    s3.put_object(Bucket=connection.bucket, Key=key, Body="\n".join(sparse).encode())
    place = f"s3://{connection.bucket}"
    sagemaker.create_transform_job(
        **transform_jobs.request(
            model,
            model,
            S3Uri=f"{place}/{key}",
            S3OutputPath=f"{place}/scores-{model}",
            ContentType="text/libsvm",
            SplitType="Line",
            AssembleWith="Line",
            Accept="text/csv",
        )
    )

    def ended():
        found = sagemaker.describe_transform_job(TransformJobName=model)
        return found["TransformJobStatus"] != "InProgress" and found

    job = until(ended, 60)
    assert job["TransformJobStatus"] == "Completed", job["FailureReason"]
    [body] = keys(f"scores-{model}/").values()
    found = [float(line) for line in body.decode().split()]
    expected = asked(endpoint, sparse, "text/x-libsvm")
    assert found == pytest.approx(expected, abs=1e-5)
