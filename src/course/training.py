"""Fit and evaluate PyTorch models on tensors in memory, in few lines and fast."""

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import nn

from course import chance, devices

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Pair = tuple[torch.Tensor, torch.Tensor]
Means = tuple[float, float]  # the loss, and the accuracy or nan


@dataclass
class History:
    """What `fit` measured in each epoch; lists of equal length, one value an epoch.

    The validation lists are empty when no validation data were given; the accuracies
    are nan where y holds no classes.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    @property
    def best(self) -> int:
        """The epoch, from 0, with the lowest validation loss (else training loss)."""
        watched = self.validation_loss or self.loss
        return min(range(len(watched)), key=watched.__getitem__)


def fit(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    epochs: int,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    optimizer: torch.optim.Optimizer | None = None,
    loss: Loss = nn.functional.cross_entropy,
    validation: Pair | None = None,
    patience: int | None = None,
    seed: int = 0,
    device: torch.device | str | None = None,
) -> History:
    """Train `model` on x (samples, ...) and y (samples, ...); return the history.

    Adam (Kingma and Ba 2015) with `learning_rate` is used unless an `optimizer` is
    given. `loss` maps what the model returns and y to the mean over a batch.
    `history.loss` and `.accuracy` are means over the epoch's samples, measured while
    training. With `patience`, training stops after so many epochs without a lower
    validation loss, and the model gets the weights of the best epoch back.

    A model on the CPU is trained on a CUDA GPU where there is one, another where it
    lies; `device` chooses. The data are copied there from wherever they are, and the
    model returns to where it was.

    The order of the samples, and chance inside the model such as dropout, follow from
    `seed`: on the CPU of one machine two runs from the same weights give the same
    bits. A GPU may sum in another order each time: two runs part there by
    rounding, and a convolutional network's losses then differ visibly.

    Raises ValueError for data that do not fit together or a setting out of range,
    TypeError for a wrong dtype, and FloatingPointError, with the step, when the loss
    is no finite number.
    """
    _check_settings(epochs, batch_size, patience, validation)
    with devices.moved(model, optimizer, loss, device):
        x, y = _checked(model, x, y, loss)
        if validation is not None:
            validation = _checked(model, *validation, loss, "validation ")
        optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=learning_rate)
        order = torch.Generator().manual_seed(seed)
        train = _train(model, x, y, epochs, batch_size, optimizer, loss, order)
        with chance.starting(seed):
            return _watched(train, model, validation, loss, patience)


def evaluate(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    loss: Loss = nn.functional.cross_entropy,
    batch_size: int = 1024,
) -> Means:
    """The mean loss and the accuracy (nan where y holds no classes) of a model.

    The data are copied to where the model lies. Dropout and the like are off, and the
    model is put back into the mode that it was in. Raises the errors of `fit` for data
    that do not fit together.
    """
    x, y = _checked(model, x, y, loss)
    return _measure(model, x, y, loss, batch_size)


def _measure(model, x, y, loss, batch_size=1024) -> Means:
    was_training = model.training
    model.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for xs, ys in zip(x.split(batch_size), y.split(batch_size), strict=True):
            outputs = model(xs)
            total += loss(outputs, ys).item() * len(xs)
            right += int(_right(outputs, ys)) if _holds_classes(outputs, ys) else 0
    model.train(was_training)
    known = _holds_classes(outputs, ys)
    return total / len(x), right / len(x) if known else math.nan


def _train(model, x, y, epochs, batch_size, optimizer, loss, order) -> Iterator[Means]:
    """Train an epoch at each step; the mean loss and the accuracy while training."""
    for epoch in range(epochs):
        places = torch.randperm(len(x), generator=order).to(x.device)
        measured = _epoch(model, x, y, places.split(batch_size), optimizer, loss)
        yield _means(measured, len(x), epoch)


def _watched(train, model, validation, loss, patience) -> History:
    """The history of the epochs, which stop, and restore weights, as `fit` says."""
    history, best = History(), None
    for epoch, (mean, accuracy) in enumerate(train):
        history.loss.append(mean)
        history.accuracy.append(accuracy)
        if validation is None:
            continue
        x, y = validation
        mean, accuracy = _measure(model, x, y, loss)
        history.validation_loss.append(mean)
        history.validation_accuracy.append(accuracy)
        if patience is not None and history.best == epoch:
            best = copy.deepcopy(model.state_dict())
        if patience is not None and epoch - history.best >= patience:
            break
    if best is not None:
        model.load_state_dict(best)
    return history


def _epoch(model, x, y, batches, optimizer, loss):
    """One pass over the batches: each one's loss, size, and number of right answers.

    The numbers stay tensors until the end, so that no step waits for one.
    """
    model.train()
    losses, answers, asked = [], [], []
    for batch in batches:
        targets = y[batch]
        outputs = model(x[batch])
        value = loss(outputs, targets)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.detach())
        answers.append(outputs.detach())
        asked.append(targets)
    right = []
    if _holds_classes(outputs, targets):
        right = [_right(torch.cat(answers), torch.cat(asked))]
    return torch.stack(losses), [len(batch) for batch in batches], right


def _means(measured, samples: int, epoch: int) -> Means:
    """Mean loss and accuracy of an epoch; FloatingPointError for a loss not finite."""
    losses, sizes, right = measured
    values = losses.tolist()
    for number, value in enumerate(values, start=1):
        if not math.isfinite(value):
            raise FloatingPointError(
                f"the loss is {value} in step {epoch * len(values) + number} (step "
                f"{number} of epoch {epoch + 1}), expected a finite number: lower the "
                "learning rate, and look for nan or infinity in x and y."
            )
    mean = sum(v * size for v, size in zip(values, sizes, strict=True)) / samples
    accuracy = int(torch.stack(right).sum()) / samples if right else math.nan
    return mean, accuracy


def _holds_classes(outputs, targets) -> bool:
    """True for scores (samples, classes) and one class index a sample."""
    return outputs.ndim == 2 and targets.ndim == 1 and targets.dtype == torch.int64


def _right(outputs, targets):
    return (outputs.argmax(dim=1) == targets).sum()


def _check_settings(epochs, batch_size, patience, validation) -> None:
    for name, value in [("epochs", epochs), ("batch_size", batch_size)]:
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} is {value!r}, expected a whole number above 0.")
    if patience is None:
        return
    if not isinstance(patience, int) or patience < 1:
        raise ValueError(f"patience is {patience!r}, expected a whole number above 0.")
    if validation is None:
        raise ValueError(
            "patience watches the validation loss: give validation=(x, y) as well."
        )


def _checked(model, x, y, loss, what="") -> Pair:
    """x and y on the model's device; complains about what PyTorch would from inside."""
    for name, value in [("x", x), ("y", y)]:
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"{what}{name} is of type {type(value).__name__!r}, expected a tensor: "
                "torch.tensor(...) makes one."
            )
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
        raise ValueError(
            f"{what}x has shape {tuple(x.shape)} and y {tuple(y.shape)}, expected the "
            "same number of samples, at least one, in both."
        )
    home = devices.home(model)
    x, y = x.to(home), y.to(home)
    wanted = next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
    if x.dtype != wanted and wanted is not None and x.dtype != torch.int64:
        raise TypeError(
            f"{what}x has dtype {str(x.dtype)!r}, expected {str(wanted)!r} as the "
            f"model's weights have: convert it with x.to({wanted})."
        )
    _check_targets(_trial(model, x, what), y, loss, what)
    return x, y


def _trial(model, x, what):
    """What the model makes of the first sample; ValueError if it cannot take it."""
    was_training = model.training
    model.eval()  # a batch of one, and no running mean is to change
    try:
        with torch.no_grad():
            return model(x[:1])
    except (RuntimeError, IndexError, ValueError) as error:
        raise ValueError(
            f"the model cannot take {what}x, whose samples are {tuple(x.shape[1:])} of "
            f"{x.dtype}: {str(error).splitlines()[0]}."
        ) from error
    finally:
        model.train(was_training)


def _check_targets(outputs, y, loss, what) -> None:
    """Targets that fit what the model returns for one sample."""
    if outputs.shape[1:] == (*y.shape[1:], 1) and y.is_floating_point():
        raise ValueError(
            f"{what}y has shape {tuple(y.shape)}, expected one axis more, as the "
            "model returns: use y[..., None]. The loss would compare all with all."
        )
    if loss is not nn.functional.cross_entropy or y.is_floating_point():
        return
    if y.dtype != torch.int64:
        raise TypeError(
            f"{what}y has dtype {str(y.dtype)!r}, expected class indices of dtype "
            "'torch.int64': convert it with y.long()."
        )
    expected = (len(y), *outputs.shape[2:])
    if tuple(y.shape) != expected:
        raise ValueError(
            f"{what}y has shape {tuple(y.shape)}, expected {expected}, one class index "
            f"for each row of {outputs.shape[1]} scores."
        )
    if not 0 <= int(y.min()) <= int(y.max()) < outputs.shape[1]:
        raise ValueError(
            f"{what}y holds classes from {int(y.min())} to {int(y.max())}, expected 0 "
            f"to {outputs.shape[1] - 1}, as the model gives {outputs.shape[1]} scores."
        )
