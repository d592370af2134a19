"""What an instance type and an image's name promise, and what this machine has."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"

_GPU = re.compile(r"ml\.(p\d|g\d)")
_FRAMEWORKS = {
    "pytorch": ("torch", "PyTorch"),
    "tensorflow": ("tensorflow", "TensorFlow"),
    "scikit-learn": ("scikit-learn", "scikit-learn"),
    "sagemaker-xgboost": ("xgboost", "XGBoost"),
}
# What a word of a repository's name says, the most telling first: whose toolkit serves.
# https://github.com/aws/deep-learning-containers/blob/master/available_images.md
_FAMILIES = ("huggingface", "scikit-learn", "xgboost", "tensorflow", "pytorch")
# Repositories of AWS whose containers are not emulated, and of built-in algorithms.
# https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
_UNSERVED = (
    r"(sagemaker-)?(tritonserver|mxnet.*|chainer.*)|djl-.*|vllm.*|sglang.*|"
    r"autogluon-.*|(huggingface-.*-)?(tgi|tei)(-.*)?|huggingface-(vllm|sglang)-.*|"
    r"blazingtext|factorization-machines|forecasting-deepar|image-classification(-neo)?|"
    r"ipinsights|kmeans|knn|lda|linear-learner|ntm|object-detection|object2vec|pca|"
    r"randomcutforest|semantic-segmentation|seq2seq"
)
_DATA = {"numpy": "numpy", "scipy": "scipy", "pandas": "pandas", "joblib": "joblib"}
_LEARN = {**_DATA, "sklearn": "scikit-learn"}
_BOOST = "xgboost" if sys.platform == "darwin" else "xgboost-cpu"  # 6 MB, no CUDA
_IMAGES = {**_LEARN, "PIL": "pillow", "requests": "requests"}
_PROMISED = {  # what scripts import, by the name of the package that has it
    "scikit-learn": _LEARN,
    "xgboost": {**_LEARN, "xgboost": _BOOST},
    "pytorch": {**_IMAGES, "torch": "torch", "torchvision": "torchvision"},
    "tensorflow": {**_IMAGES, "tensorflow": "tensorflow"},
    "huggingface": {
        **_IMAGES,
        "transformers": "transformers",
        "tokenizers": "tokenizers",
        "datasets": "datasets",
        "accelerate": "accelerate",
        "safetensors": "safetensors",
        "huggingface_hub": "huggingface-hub",
        "sentencepiece": "sentencepiece",
    },
}


def has_gpu(instance_type: str) -> bool:
    """Return whether an instance type has NVIDIA GPUs.

    https://aws.amazon.com/sagemaker/ai/pricing/ (accelerated computing)
    """
    return _GPU.match(instance_type) is not None


def resource_config(
    instance_type: str, hosts: Sequence[str], current: str = "algo-1"
) -> dict[str, Any]:
    """Return the contents of `resourceconfig.json`.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
    """
    group = {
        "instance_group_name": "homogeneousCluster",
        "instance_type": instance_type,
        "hosts": list(hosts),
    }
    return {
        "current_host": current,
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": list(hosts),
        "instance_groups": [group],
        "network_interface_name": LOOPBACK,
    }


def family(image: str) -> str | None:
    """Return whose toolkit an image of AWS holds, from the name of its repository.

    "" for an image that has nothing here that could serve it, None for one that is not
    AWS's: one of "pytorch", "tensorflow", "scikit-learn", "xgboost", "huggingface".
    """
    repository = _repository(image)
    if re.fullmatch(_UNSERVED, repository):
        return ""
    return next((name for name in _FAMILIES if name in repository), None)


def promised(image: str) -> str:
    """Return the libraries that an image holds: "sklearn=scikit-learn ...".

    Each is the name that a script imports, and the package that has it. The processes
    of a job or container install what is missing when their code imports it, and not
    before (`site/sitecustomize.py`): nobody waits for what no script needs, and what
    this environment has is never replaced.
    """
    named = next((name for name in _FAMILIES if name in _repository(image)), "")
    names = dict(_PROMISED.get(named, {}))
    if named == "huggingface":
        backend = "tensorflow" if "tensorflow" in image else "torch"
        names[backend] = backend
    return " ".join(f"{name}={package}" for name, package in names.items())


def notes(image: str) -> list[str]:
    """Return lines for the log: where this environment differs from the image."""
    repository, _, tag = image.rpartition("/")[2].partition(":")
    differences = []
    for package, title, asked in _asked(repository, tag):
        have = _version(package)
        if not f"{have}.".startswith(f"{asked}."):
            differences.append(f"{title} {asked} (here: {have or 'not installed'})")
    python = re.search(r"py(\d)(\d+)", tag)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python and f"{python[1]}.{python[2]}" != here:
        differences.append(f"Python {python[1]}.{python[2]} (here: {here})")
    if not differences:
        return []
    return [f"localaws: the image {repository}:{tag} has {', '.join(differences)}."]


def _asked(repository: str, tag: str) -> Iterator[tuple[str, str, str]]:
    """Yield package, title and version of what an image's tag names a version of."""
    version = re.match(r"\d+(\.\d+)*", tag)
    for word, (package, title) in _FRAMEWORKS.items():
        if version and word in repository:
            yield package, title, version[0]
    if found := re.search(r"transformers(\d+(\.\d+)*)", tag):
        yield "transformers", "transformers", found[1]


def _repository(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return ""
