"""XGBoost without a script: trained, described, served and asked in batches."""

import functools
import json
import time

import boosted
import boto3
import numpy as np
import pytest
import transform_jobs
import xgboost
from boosted import NUMBERS, ROUNDS, csv, libsvm, table
from botocore.exceptions import ClientError
from deployed import deploy, invoke, make_model, upload
from training_jobs import channel, members
from waiting import until

VALUES = {**NUMBERS, "num_round": str(ROUNDS), "eval_metric": "rmse,mae"}


@pytest.fixture(scope="module")
def data():
    return {"train": table(), "validation": table(20, seed=1)}


def oracle(data, **more):
    """Return the booster that XGBoost trains on the same numbers, and its log."""
    matrices = {n: xgboost.DMatrix(x, label=y) for n, (x, y) in data.items()}
    said = {}
    values = {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.5}
    booster = xgboost.train(
        {**values, "eval_metric": ["rmse", "mae"], **more},
        matrices["train"],
        ROUNDS,
        evals=[(matrix, name) for name, matrix in matrices.items()],
        evals_result=said,
        verbose_eval=False,
    )
    return booster, said


def loaded(s3, job):
    files = members(s3, job["ModelArtifacts"]["S3ModelArtifacts"])
    assert sorted(files) == ["xgboost-model"]
    booster = xgboost.Booster()
    booster.load_model(bytearray(files["xgboost-model"]))
    return booster


@pytest.mark.parametrize(("kind", "write"), [("text/csv", csv), (None, libsvm)])
def test_the_algorithm_trains_what_xgboost_trains(
    connection, sagemaker, s3, finished, log_of, data, kind, write
):
    files = {name: write(*part) for name, part in data.items()}
    name = boosted.start(connection, sagemaker, s3, files, VALUES, ContentType=kind)
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    booster, said = oracle(data)
    x = xgboost.DMatrix(data["validation"][0])
    found = loaded(s3, job).predict(x, validate_features=False)
    assert np.abs(found - booster.predict(x)).max() < 1e-6
    lines = [line for line in log_of(name) if line.startswith("[0]")]
    assert len(lines) == 1 and "[0]#011train-rmse:" in lines[0]
    assert "#011validation-mae:" in lines[0]
    final = {row["MetricName"]: row["Value"] for row in job["FinalMetricDataList"]}
    expected = {
        f"{part}:{metric}": rows[-1]
        for part, metrics in said.items()
        for metric, rows in metrics.items()
    }
    assert final == pytest.approx(expected, abs=1e-4)
    defined = job["AlgorithmSpecification"]["MetricDefinitions"]
    assert "validation:auc" in [row["Name"] for row in defined]


def test_two_instances_train_one_model_on_their_shares(
    connection, sagemaker, s3, finished, log_of, data
):
    x, y = data["train"]
    name = f"shards-{time.time_ns()}"
    for number, part in enumerate((slice(0, 20), slice(20, 50))):
        key = f"{name}/{number}"
        body = csv(x[part], y[part]).encode()
        s3.put_object(Bucket=connection.bucket, Key=key, Body=body)
    shards = channel("train", f"s3://{connection.bucket}/{name}/")
    shards["DataSource"]["S3DataSource"]["S3DataDistributionType"] = "ShardedByS3Key"
    job = finished(
        boosted.start(
            *(connection, sagemaker, s3, {}, {**NUMBERS, "num_round": "4"}),
            ResourceConfig={"InstanceCount": 2},
            InputDataConfig=[{**shards, "ContentType": "text/csv"}],
        )
    )
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    expected, _ = oracle({"train": data["train"]})
    matrix = xgboost.DMatrix(x)
    found = loaded(s3, job).predict(matrix, validate_features=False)
    assert np.abs(found - expected.predict(matrix)).max() < 1e-5
    lines = log_of(job["TrainingJobName"])
    assert sum("[3]#011train-rmse" in line for line in lines) == 1
    assert sum("Train matrix has" in line for line in lines) == 2


@pytest.fixture(scope="module")
def made(connection, data):
    """Train by boto3 and make a model of the same image, without a script."""
    sagemaker, s3 = boto3.client("sagemaker"), boto3.client("s3")
    files = {name: csv(*part) for name, part in data.items()}
    job = boosted.start(connection, sagemaker, s3, files, VALUES)
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName=job, WaiterConfig={"Delay": 1}
    )
    url = sagemaker.describe_training_job(TrainingJobName=job)["ModelArtifacts"]
    place = url["S3ModelArtifacts"]
    make_model(connection, sagemaker, "xgboost", place, image=boosted.IMAGE)
    return "xgboost"


def test_the_model_is_served_without_a_script(sagemaker, runtime, made, data):
    described = deploy(sagemaker, "boosted", [made])
    assert described["EndpointStatus"] == "InService", described["FailureReason"]
    x, _ = data["validation"]
    expected = oracle(data)[0].predict(xgboost.DMatrix(x))
    ask = functools.partial(invoke, runtime, "boosted")
    found = ask(csv(x), ContentType="text/csv")
    assert np.abs(np.array(found.split(b","), float) - expected).max() < 1e-6
    found = ask(libsvm(x), ContentType="text/libsvm", Accept="application/json")
    scores = [row["score"] for row in json.loads(found)["predictions"]]
    assert np.abs(scores - expected).max() < 1e-6
    with pytest.raises(ClientError, match=r"\(415\) from primary .*accepted Content"):
        ask("{}", ContentType="application/json")
    sagemaker.delete_endpoint(EndpointName="boosted")


def test_the_model_transforms_objects_without_a_script(
    connection, sagemaker, s3, keys, made, data
):
    x, y = data["validation"]
    s3.put_object(Bucket=connection.bucket, Key="rows/a.csv", Body=csv(x, y))
    place = f"s3://{connection.bucket}"
    sagemaker.create_transform_job(
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input"},
        **transform_jobs.request(
            "boosted",
            made,
            S3Uri=f"{place}/rows/",
            S3OutputPath=f"{place}/scores",
            ContentType="text/csv",
            SplitType="Line",
            AssembleWith="Line",
            Accept="text/csv",
        ),
    )
    waiter = sagemaker.get_waiter("transform_job_completed_or_stopped")
    waiter.wait(TransformJobName="boosted", WaiterConfig={"Delay": 1})
    rows = keys("scores/")["a.csv.out"].decode().splitlines()
    found = [float(row.rpartition(",")[2]) for row in rows]
    expected = oracle(data)[0].predict(xgboost.DMatrix(x))
    assert np.abs(found - expected).max() < 1e-6
    assert [float(row.partition(",")[0]) for row in rows] == y.tolist()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_sdk_trains_builds_and_deploys_without_a_script(connection, s3, data):
    from sagemaker.core import image_uris
    from sagemaker.core.resources import Endpoint
    from sagemaker.serve import ModelBuilder
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, InputData

    channels = []
    for name, part in data.items():
        uri = f"s3://{connection.bucket}/sdk/{name}/"
        s3.put_object(Bucket=connection.bucket, Key=f"sdk/{name}/a", Body=csv(*part))
        given = {"data_source": uri, "content_type": "text/csv"}
        channels.append(InputData(channel_name=name, **given))
    machine = {"instance_type": "ml.m5.large", "instance_count": 1}
    image = image_uris.retrieve("xgboost", connection.region, version="1.7-1")
    trainer = ModelTrainer(
        training_image=image,
        role=connection.role_arn,
        compute=Compute(**machine),
        hyperparameters={"num_round": ROUNDS, "max_depth": 3, "eta": 0.5},
    )
    trainer.train(input_data_config=channels, logs=False)
    builder = ModelBuilder(
        model=trainer,
        image_uri=image,
        role_arn=connection.role_arn,
        instance_type="ml.m5.large",
    )
    builder.build(model_name="by-sdk")
    builder.deploy(endpoint_name="by-sdk", wait=False)
    endpoint = Endpoint.get("by-sdk")
    endpoint.wait_for_status("InService")
    x, _ = data["validation"]
    answer = endpoint.invoke(body=csv(x), content_type="text/csv").body.read()
    endpoint.delete()
    expected = oracle(data)[0].predict(xgboost.DMatrix(x))
    assert np.abs(np.array(answer.split(b","), float) - expected).max() < 1e-6


SCRIPT = """
import argparse, os, xgboost
from sagemaker_xgboost_container import distributed
from sagemaker_xgboost_container.data_utils import get_content_type, get_dmatrix

def train(is_master, rounds):
    kind = get_content_type("text/csv; label_size=1")
    data = get_dmatrix(os.environ["SM_CHANNEL_TRAIN"], kind)
    values = {"max_depth": 3, "eta": 0.5}
    booster = xgboost.train(values, data, rounds, evals=[(data, "train")])
    booster.save_model(os.environ["SM_MODEL_DIR"] + "/xgboost-model")

parser = argparse.ArgumentParser()
parser.add_argument("--num_round", type=int)
rounds = parser.parse_args().num_round
distributed.wait_hostname_resolution(["algo-1"])
given = {"rounds": rounds}
distributed.rabit_run(train, given, True, ["algo-1"], "algo-1", update_rabit_args=True)
"""


def test_a_script_of_the_image_is_run_by_hyperparameters(
    connection, sagemaker, s3, finished, data
):
    code = f"s3://{connection.bucket}/script/code.tar.gz"
    upload(connection, "script/code.tar.gz", {"train.py": SCRIPT})
    values = {
        "num_round": str(ROUNDS),
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": code,
    }
    files = {"train": csv(*data["train"])}
    job = finished(boosted.start(connection, sagemaker, s3, files, values))
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    booster, said = oracle({"train": data["train"]})
    x = xgboost.DMatrix(data["validation"][0])
    found = loaded(s3, job).predict(x, validate_features=False)
    assert np.abs(found - booster.predict(x)).max() < 1e-6
    [metric] = job["FinalMetricDataList"]
    assert metric["MetricName"] == "train:rmse"
    assert metric["Value"] == pytest.approx(said["train"]["rmse"][-1], abs=1e-4)


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({**VALUES, "eta": "3"}, "text/csv", "eta: 3.0 is not in [0, 1]"),
        (VALUES, None, "is not 'LIBSVM' format"),
    ],
)
def test_a_job_that_cannot_train_says_why(
    connection, sagemaker, s3, finished, data, values, kind, words, mode
):
    files = {"train": csv(*data["train"])}
    variables = {"LOCALAWS_PATHS": mode}
    given = {"ContentType": kind, "Environment": variables}
    job = finished(boosted.start(connection, sagemaker, s3, files, values, **given))
    reason = job["FailureReason"]
    assert job["TrainingJobStatus"] == "Failed" and words in reason
    begin = "AlgorithmError: framework error: \nsagemaker_algorithm_toolkit.exceptions."
    assert reason.startswith(f"{begin}UserError: ")
    assert reason.endswith(", exit code: 1") and job["FinalMetricDataList"] == []


def test_a_stopped_job_keeps_its_last_model_where_it_is_asked_to(
    connection, sagemaker, s3, finished, log_of, data, mode
):
    values = {**VALUES, "num_round": "1000000", "save_model_on_termination": "true"}
    files = {"train": csv(*data["train"])}
    place = {"S3Uri": f"s3://{connection.bucket}/kept-{mode}"}
    given = {"Environment": {"LOCALAWS_PATHS": mode}, "CheckpointConfig": place}
    name = boosted.start(connection, sagemaker, s3, files, values, **given)
    until(lambda: any(line.startswith("[4]") for line in log_of(name)))
    sagemaker.stop_training_job(TrainingJobName=name)
    job = finished(name)
    assert job["TrainingJobStatus"] == "Stopped"
    assert loaded(s3, job).num_boosted_rounds() > 3
    listed = s3.list_objects_v2(Bucket=connection.bucket, Prefix=f"kept-{mode}/")
    names = [row["Key"].partition("/")[2] for row in listed["Contents"]]
    assert all(name.startswith("xgboost-checkpoint.") for name in names) and names
