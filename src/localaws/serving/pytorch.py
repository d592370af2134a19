"""What the PyTorch serving container does with a model folder.

The functions of `inference.py` and their defaults:
https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localaws.serving import formats
from localaws.serving.handlers import Handlers


class PyTorch(Handlers):
    """The defaults: TorchScript is loaded, and asked with a tensor."""

    def model_fn(self, model_dir: str) -> Any:
        import torch

        path = model_file(Path(model_dir))
        try:
            return torch.jit.load(path, map_location=device()).eval()
        except RuntimeError as error:
            raise RuntimeError(
                f"Failed to load {path.name}. Please ensure model is saved using "
                "torchscript, or write a model_fn in code/inference.py."
            ) from error

    def input_fn(self, body: Any, content_type: str) -> Any:
        import torch

        array = formats.decode(body, content_type)
        text = content_type in formats.TEXT
        tensor = torch.FloatTensor(array) if text else torch.from_numpy(array)
        return tensor.to(device())

    def predict_fn(self, data: Any, model: Any) -> Any:
        import torch

        with torch.no_grad():
            return model.to(device()).eval()(data.to(device()))

    def output_fn(self, prediction: Any, accept: str) -> Any:
        import torch

        if isinstance(prediction, torch.Tensor):
            prediction = prediction.detach().cpu().numpy().tolist()
        return formats.encode(prediction, accept)


def model_file(folder: Path) -> Path:
    """Return `model.pt`, or the only `.pt` or `.pth` file of the folder."""
    if (folder / "model.pt").exists():
        return folder / "model.pt"
    files = [path for path in folder.iterdir() if path.suffix in (".pt", ".pth")]
    if len(files) != 1:
        names = sorted(path.name for path in files)
        raise ValueError(
            f"Exactly one .pth or .pt file is required for PyTorch models: {names}"
        )
    return files[0]


def device() -> Any:
    """Return the device that the container would use."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
