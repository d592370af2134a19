"""Where a model is trained: on the GPU where there is one, and back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def moved(
    model: nn.Module,
    optimizer: torch.optim.Optimizer | None,
    loss: object,
    device: torch.device | str | None = None,
) -> Iterator[None]:
    """What a training works with is on `device` for a while, then where it was.

    Without `device` a model on the CPU goes to the CUDA GPU where there is one, and
    another stays where it is. Raises ValueError for a GPU that is not there.
    """
    start = home(model)
    found = gpu() if start.type == "cpu" else None
    device = torch.device(device or found or start)
    if device.type == "cuda" and gpu() is None:
        raise ValueError(
            f"device is {str(device)!r}, but PyTorch sees no CUDA GPU here, expected "
            "'cpu': leave device out to take what there is."
        )
    if device == start:
        yield
        return
    try:
        _move(model, optimizer, loss, device)
        yield
    finally:
        _move(model, optimizer, loss, start)


def gpu() -> torch.device | None:
    """The CUDA GPU that PyTorch works on, or None where it sees none."""
    return torch.device("cuda") if torch.cuda.is_available() else None


def home(model: nn.Module) -> torch.device:
    """Where the weights of a model lie; ValueError for more than one place."""
    found = {parameter.device for parameter in model.parameters()}
    if len(found) > 1:
        raise ValueError(
            f"the model's weights lie on {sorted(map(str, found))}, expected one "
            "device: move them with model.to(...)."
        )
    return found.pop() if found else torch.device("cpu")


def _move(model, optimizer, loss, device) -> None:
    model.to(device)
    if isinstance(loss, nn.Module):  # it may hold weights, such as those of classes
        loss.to(device)
    if optimizer is not None:  # puts what it remembers where its parameters are
        optimizer.load_state_dict(optimizer.state_dict())
