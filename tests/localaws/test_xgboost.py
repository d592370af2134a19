"""XGBoost without a script: trained, described, served and asked in batches."""

import time

import boosted
import numpy as np
import pytest
import xgboost
from boosted import NUMBERS, ROUNDS, csv, libsvm, table
from training_jobs import channel, members

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
