"""What an instance type and an image's name promise, and what this machine has."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Any

LOOPBACK = "lo0" if sys.platform == "darwin" else "lo"

_GPU = re.compile(r"ml\.(p\d|g\d)")
_FRAMEWORKS = {
    "pytorch": ("torch", "PyTorch"),
    "tensorflow": ("tensorflow", "TensorFlow"),
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


def notes(image: str) -> list[str]:
    """Return lines for the log: where this environment differs from the image."""
    repository, _, tag = image.rpartition("/")[2].partition(":")
    differences = []
    for word, (package, title) in _FRAMEWORKS.items():
        asked = re.match(r"\d+(\.\d+)*", tag)
        have = _version(package)
        if word in repository and asked and not f"{have}.".startswith(f"{asked[0]}."):
            text = have or "not installed"
            differences.append(f"{title} {asked[0]} (here: {text})")
    python = re.search(r"py(\d)(\d+)", tag)
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python and f"{python[1]}.{python[2]}" != here:
        differences.append(f"Python {python[1]}.{python[2]} (here: {here})")
    if not differences:
        return []
    return [f"localaws: the image {repository}:{tag} has {', '.join(differences)}."]


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name).partition("+")[0]
        except metadata.PackageNotFoundError:
            continue
    return ""
