"""Training through the unmodified SageMaker Python SDK v3."""

import logging
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"
TRAIN = """
import argparse, json, os
parser = argparse.ArgumentParser()
for name in ("rate", "layers", "flag", "name"):
    parser.add_argument(f"--{name}", type=str)
given = parser.parse_args()
print("types", json.loads(os.environ["SM_HPS"]))
print("name", given.name)
print("train", os.listdir(os.environ["SM_CHANNEL_TRAIN"]))
print("gpus", os.environ["SM_NUM_GPUS"], "host", os.environ["SM_CURRENT_HOST"])
if given.name == "fail":
    raise ValueError("the name is fail")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "weights"), "w") as file:
    file.write("42")
print("accuracy=0.5;")
"""
VALUES = {"rate": 0.1, "layers": [8, 4], "flag": True, "name": "two words"}


@pytest.fixture
def trainer(connection, tmp_path):
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode

    (tmp_path / "src").mkdir()
    (tmp_path / "src/train.py").write_text(TRAIN)
    (tmp_path / "src/requirements.txt").write_text("numpy>=1\n")

    def make(mode="auto", requirements=None, **values):
        code = SourceCode(
            source_dir=str(tmp_path / "src"),
            entry_script="train.py",
            requirements=requirements,
        )
        return ModelTrainer(
            training_image=IMAGE,
            source_code=code,
            compute=Compute(instance_type="ml.m5.large", instance_count=1),
            hyperparameters={**VALUES, **values},
            environment={"LOCALAWS_PATHS": mode},
            role=connection.role_arn,
            base_job_name="sdk",
        )

    return make


@pytest.fixture
def data(connection, s3):
    from sagemaker.train.configs import InputData

    s3.put_object(Bucket=connection.bucket, Key="sdk-data/a.csv", Body=b"1")
    uri = f"s3://{connection.bucket}/sdk-data/"
    return [InputData(channel_name="train", data_source=uri)]


def test_model_trainer_trains_with_its_logs(
    connection, trainer, data, log_of, caplog, mode
):
    from sagemaker.train.configs import MetricDefinition

    made = trainer(mode, requirements="requirements.txt").with_metric_definitions(
        [MetricDefinition(name="accuracy", regex="accuracy=([0-9.]+);")]
    )
    with caplog.at_level(logging.INFO):
        made.train(input_data_config=data, wait=True, logs=True)
    job = made._latest_training_job
    lines = log_of(job.training_job_name)
    assert job.training_job_status == "Completed"
    assert f"types {VALUES}" in lines and "name two words" in lines
    assert "train ['a.csv']" in lines and "gpus 0 host algo-1" in lines
    assert job.final_metric_data_list[0].value == 0.5
    assert job.model_artifacts.s3_model_artifacts.endswith("/output/model.tar.gz")
    (path,) = [line for line in lines if line.startswith("PATH=")]
    assert path.startswith("PATH=/opt/env/bin:/opt/python/bin:/usr/local/bin")
    machine = (sys.prefix, str(connection.folder), str(SOURCE))
    assert [line for line in lines if any(place in line for place in machine)] == []


def test_model_trainer_raises_the_scripts_own_error(trainer, data):
    from sagemaker.core.utils.exceptions import FailedStatusError

    with pytest.raises(FailedStatusError, match="ValueError: the name is fail"):
        trainer(name="fail").train(input_data_config=data, logs=False)


def test_an_apostrophe_that_the_sdk_cannot_pass_is_reported(trainer, data):
    from sagemaker.core.utils.exceptions import FailedStatusError

    with pytest.raises(FailedStatusError, match='"name" contains an apostrophe'):
        trainer(name="it's").train(input_data_config=data, logs=False)


def test_requirements_that_cannot_be_had_fail_in_pips_words(
    trainer, data, log_of, tmp_path, monkeypatch
):
    wanted = "no-such-package-of-localaws @ file:///nowhere/none.whl\n"
    (tmp_path / "src/requirements.txt").write_text(wanted)
    made = trainer(requirements="requirements.txt")
    with pytest.raises(Exception, match="exit code: 1"):
        made.train(input_data_config=data, logs=False)
    lines = log_of(made._latest_training_job.training_job_name)
    assert any(line.startswith("ERROR:") for line in lines)
