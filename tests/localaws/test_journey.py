"""From a training job to an endpoint: the archive of the one serves in the other."""

import json
from pathlib import Path

import numpy as np
import pytest
from deployed import deploy, encode, invoke, make_model
from sklearn.datasets import load_digits
from training_jobs import members

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_keras"
REGISTRY = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def data(connection, tmp_path):
    """Store the digits as two channels; return these and the test images, labels."""
    from sagemaker.train.configs import InputData

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    parts = {"train": (x[:1400], y[:1400]), "test": (x[1400:], y[1400:])}
    for name, (images, labels) in parts.items():
        (tmp_path / name).mkdir()
        np.savez(tmp_path / name / f"{name}.npz", x=images, y=labels)
    channels = [
        InputData(channel_name=name, data_source=str(tmp_path / name)) for name in parts
    ]
    return channels, *parts["test"]


def test_a_keras_job_trains_and_its_endpoint_answers(
    connection, sagemaker, runtime, s3, log_of, data
):
    from sagemaker.train import ModelTrainer
    from sagemaker.train.configs import Compute, SourceCode

    channels, images, labels = data
    trainer = ModelTrainer(
        training_image=f"{REGISTRY}/tensorflow-training:2.19.0-cpu-py312",
        source_code=SourceCode(source_dir=str(JOB), entry_script="train.py"),
        compute=Compute(instance_type="ml.m5.large", instance_count=1),
        hyperparameters={"epochs": 10},
        role=connection.role_arn,
        base_job_name="keras",
    )
    trainer.train(input_data_config=channels, logs=False)
    job = trainer._latest_training_job
    lines = " ".join(log_of(job.training_job_name))
    stated = float(lines.split("test_accuracy=")[-1][:6])
    url = job.model_artifacts.s3_model_artifacts
    assert "code/inference.py" in members(s3, url)
    image = f"{REGISTRY}/tensorflow-inference:2.19.0-cpu"
    make_model(connection, sagemaker, "keras", url, image=image)
    deploy(sagemaker, "keras", ["keras"])
    try:
        for kind in ("application/json", "text/csv", "application/x-npy"):
            body = encode(images, kind)
            answer = json.loads(invoke(runtime, "keras", body, ContentType=kind))
            accuracy = np.mean(np.array(answer["labels"]) == labels)
            assert accuracy == pytest.approx(stated, abs=1e-4) and accuracy > 0.8
            assert np.shape(answer["probabilities"]) == (len(labels), 10)
    finally:
        sagemaker.delete_endpoint(EndpointName="keras")
