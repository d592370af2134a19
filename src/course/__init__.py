"""Neuron to Endpoint: the helper package that the lessons import."""

import atexit
import gc
import importlib
import importlib.util
import os
from pathlib import Path

__version__ = "0.1.0"
__all__ = [
    "attention",
    "audio",
    "autograd",
    "chance",
    "check",
    "cloud",
    "convolution",
    "data",
    "desk",
    "explain",
    "metrics",
    "networks",
    "nn",
    "optimizers",
    "plots",
    "pretrained",
    "recurrent",
    "setup",
    "training",
]

_QUIET = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",  # TensorFlow logs to stderr while it is imported
    "TF_ENABLE_ONEDNN_OPTS": "0",  # one more such line; off, sums are in a fixed order
    "OPENBLAS_NUM_THREADS": "1",  # NumPy's: on small matrices threads mostly wait
}


def setup() -> None:
    """Prepare a lesson: the shared figure style, small figures, quiet frameworks.

    Call it before NumPy, Keras or TensorFlow is imported. Environment variables that
    are already set are left alone.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    _collect_seldom()
    load_triton()
    import matplotlib.pyplot as plt

    from course import plots

    plt.style.use(Path(__file__).with_name("course.mplstyle"))
    plots.show_small()


def _collect_seldom() -> None:
    """Let Python look less often for garbage, and at the process's end not at all.

    The frameworks make a million objects that stay: the search through them takes a
    third of the time of their import, and as long once more at the end.
    """
    gc.set_threshold(10_000, 20, 10)
    atexit.register(gc.freeze)


def load_triton() -> None:
    """Import Triton, which PyTorch's GPU build brings, while TensorFlow is not loaded.

    PyTorch's optimizers import it, and after TensorFlow 2.21 that ends the process:
    https://github.com/tensorflow/tensorflow/issues/124205
    """
    if importlib.util.find_spec("triton") is not None:
        importlib.import_module("triton")


def __getattr__(name: str):
    """Import a public submodule when it is first asked for."""
    if name in __all__:
        return importlib.import_module(f"course.{name}")
    raise AttributeError(f"module 'course' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
