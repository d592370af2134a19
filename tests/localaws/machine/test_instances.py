"""What an instance type promises, and where this machine differs from an image."""

import json
import sys
from importlib import metadata

import pytest

from localaws.machine import instances

HERE = f"py{sys.version_info.major}{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ml.p4d.24xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.g4dn.xlarge", True),
        ("ml.m5.large", False),
        ("ml.c6gn.large", False),
        ("ml.trn1.2xlarge", False),
        ("", False),
    ],
)
def test_the_types_of_accelerated_computing_have_gpus(kind, expected):
    assert instances.has_gpu(kind) is expected


def test_the_resource_configuration_is_the_documented_one():
    found = instances.resource_config("ml.m5.large", ("algo-1", "algo-2"), "algo-2")
    documented = {"current_host", "hosts", "network_interface_name"}
    assert documented <= found.keys()
    assert (found["current_host"], found["hosts"]) == ("algo-2", ["algo-1", "algo-2"])
    [group] = found["instance_groups"]
    assert group["hosts"] == found["hosts"]
    assert found["current_group_name"] == group["instance_group_name"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (f"2.13.0-cpu-{HERE}", []),
        (f"2.13-cpu-{HERE}", []),
        (f"2.1-cpu-{HERE}", ["PyTorch 2.1 (here: 2.13.0)"]),
        ("2.13.0-cpu-py27", ["Python 2.7 (here: "]),
        ("1.2.3-cpu-py27", ["PyTorch 1.2.3 (here", ", Python 2.7 (here"]),
        ("latest", []),
    ],
)
def test_notes_say_where_the_versions_differ(monkeypatch, tag, words):
    monkeypatch.setattr(instances.metadata, "version", lambda name: "2.13.0+cpu")
    found = instances.notes(f"1.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:{tag}")
    assert len(found) == bool(words)
    for word in words:
        assert word in found[0]


def test_an_image_of_nobody_has_no_notes():
    for image in ("", "any", "my.registry:5000/mine/own-image", "own-image:1.0"):
        assert instances.notes(image) == []


def test_a_framework_that_is_absent_is_not_installed(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(instances.metadata, "version", absent)
    [note] = instances.notes("tensorflow-inference:2.19-cpu")
    assert note.endswith("has TensorFlow 2.19 (here: not installed).")


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("pytorch-inference", "pytorch"),
        ("pytorch-training", "pytorch"),
        ("pytorch-inference-graviton", "pytorch"),
        ("tensorflow-inference", "tensorflow"),
        ("tensorflow-training", "tensorflow"),
        ("sagemaker-scikit-learn", "scikit-learn"),
        ("huggingface-pytorch-inference", "huggingface"),
        ("huggingface-tensorflow-inference", "huggingface"),
        ("huggingface-pytorch-training", "huggingface"),
        ("sagemaker-xgboost", "xgboost"),
        ("xgboost", "xgboost"),
        ("sagemaker-tritonserver", ""),
        ("djl-inference", ""),
        ("huggingface-pytorch-tgi-inference", ""),
        ("tei-cpu", ""),
        ("mxnet-inference", ""),
        ("linear-learner", ""),
        ("image-classification-neo", ""),
        ("my-own", None),
        ("kmeans-of-mine", None),
        ("strategic", None),
    ],
)
def test_the_repository_says_whose_container_an_image_is(repository, expected):
    registry = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
    for end in ("", ":1.2-cpu-py3", "@sha256:0f"):
        assert instances.family(f"{registry}/{repository}{end}") == expected


@pytest.mark.parametrize(
    ("image", "some", "never"),
    [
        ("sagemaker-scikit-learn:1.2-1", "sklearn=scikit-learn", "torch="),
        ("huggingface-pytorch-inference:2.1", "torch=torch", "tensorflow="),
        ("huggingface-tensorflow-inference:2.1", "tensorflow=tensorflow", "torch="),
        ("pytorch-training:2.6", "torch=torch", "transformers="),
        ("own:1", "", "="),
        ("sagemaker-xgboost:1.7", "xgboost=xgboost-cpu", "torch="),
        ("kmeans:1", "", "="),
    ],
)
def test_an_image_promises_its_libraries(image, some, never):
    found = instances.promised(image)
    assert some in found and never not in f" {found}".replace(some, "")


def test_the_version_of_scikit_learn_is_noted(monkeypatch):
    monkeypatch.setattr(instances.metadata, "version", lambda name: "1.9.1")
    [note] = instances.notes("sagemaker-scikit-learn:1.2-1-cpu-py3")
    assert "scikit-learn 1.2 (here: 1.9.1)" in note


@pytest.mark.parametrize(
    ("tag", "asked"), [("1.7-1", "1.7"), ("0.90-2-cpu-py3", "0.90")]
)
def test_the_version_of_xgboost_is_noted(monkeypatch, tag, asked):
    monkeypatch.setattr(instances.metadata, "version", lambda name: "3.2.0")
    [note] = instances.notes(f"sagemaker-xgboost:{tag}")
    assert f"XGBoost {asked} (here: 3.2.0)" in note


def test_the_version_of_transformers_is_noted(monkeypatch):
    monkeypatch.setattr(instances.metadata, "version", lambda name: "4.40.0")
    name = "huggingface-pytorch-inference:2.1.0-transformers4.37.0-cpu-py310"
    [note] = instances.notes(name)
    assert "transformers 4.37.0 (here: 4.40.0)" in note
