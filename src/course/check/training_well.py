"""The exercises of lesson 07: enough runs, a fair measurement, a batch by heart."""

import numpy as np

from course.check import (
    Wrong,
    as_comparison,
    as_number,
    call,
    exercise,
    expect,
)

# Gain and spread; the first tells mistakes apart, with the second one run is enough,
# and with the last 16 runs reach the gain exactly, which is not less.
GAINS = [(0.02, 0.047), (0.1, 0.03), (0.5, 0.6), (0.01, 0.043), (0.03, 0.1), (2.0, 7.2)]
GAINS += [(0.5, 1.0)]


@exercise(
    "Solve 2 spread / √n < gain for n.",
    "n must exceed (2 spread / gain)²: twice the spread takes four times the runs.",
    "The smallest whole number above a number v is int(v) + 1.",
)
def runs_needed(answer):
    """A function (gain, spread) -> the smallest n with 2 spread / √n < gain."""
    rng = np.random.default_rng()
    for gain, spread in [*GAINS, *np.exp(rng.uniform(-3.5, 0, (40, 2)))]:
        got = as_number(call(answer, gain=gain, spread=spread), "the number of runs")
        needed = np.floor((2 * spread / gain) ** 2) + 1
        if got != needed:
            raise Wrong(_told(got, needed, gain, spread))
    return "Half the gain takes four times the runs: small effects are expensive."


def _told(got: float, needed: float, gain: float, spread: float) -> str:
    """What is wrong with a number of runs that is not the one needed."""
    given = f"{got:g} runs for gain = {gain:g}, spread = {spread:g}"
    if got == np.floor(2 * spread / gain) + 1:
        return f"{given}: n stands under a root, so square before you round."
    if got == np.floor((spread / gain) ** 2) + 1:
        return f"{given}: that is for one standard error to each side; it takes 2."
    if not got.is_integer() or got < 1:
        return f"{given} cannot be made: it is a whole number, at least 1."
    if got > needed:
        return f"{given} are enough, but {needed:g} are, too."
    half = 2 * spread / np.sqrt(got)
    return (
        f"{given} are too few: the interval reaches {half:.4g} to each side, which is "
        "not less than the gain."
    )


@exercise(
    "Who throws dice when the network answers? Which mode is it in?",
    "network.eval() before, and afterwards the mode from before: network.training "
    "knows it.",
    "mode = network.training, network.eval(), the answers, network.train(mode).",
)
def accuracy(answer):
    """A function (network, x, y) -> its accuracy; the network stays as it was."""
    for number, (classes, samples, training) in enumerate(SETTINGS):
        network, x, y = _network(number, classes, samples)
        network.train(training)
        _judge_accuracy(answer, network, x, y)
    return "In evaluation an answer depends on no dice and on no other sample."


# classes, samples, and whether the network is in training mode when it is handed over
SETTINGS = [(3, 50, True), (10, 8, False), (10, 1, True), (2, 7, True), (4, 90, False)]


def _judge_accuracy(answer, network, x, y):
    training, before, modes = network.training, _state(network), _modes(network)
    asked = call(answer, network=network, x=x, y=y, itself=["network"])
    got, mode, now = as_number(asked, "the accuracy"), network.training, _modes(network)
    after = _state(network)
    network.eval()
    right = (network(x).argmax(dim=1) == y).double().mean().item()
    expect(
        len(y) == 1 or not np.isclose(got, right * len(y)),
        f"{got:g} is how many are right; the accuracy is their share.",
    )
    expect(
        len(y) == 1 or not np.isclose(got, 1 - right) or np.isclose(right, 0.5),
        f"{got:.3g} is the share that is wrong.",
    )
    expect(
        all(np.array_equal(a, b) for a, b in zip(before, after, strict=True)),
        "measuring has changed the network: in training mode batch normalisation moves "
        "its running means. Switch it off before the network answers.",
    )
    expect(
        np.isclose(got, right, atol=1e-6),
        f"it gives {got:.3g} for a network whose accuracy is {right:.3g}"
        + (": is dropout still throwing dice?" if training else "."),
    )
    found = "training" if training else "evaluation"
    expect(
        mode == training,
        f"the network was in {found} mode, and now it is not: put it back.",
    )
    expect(
        now == modes,
        "the network is in its mode again, but its layers are not as they were: "
        "network.train(mode) reaches each of them, network.training = mode does not.",
    )


def _network(number, classes, samples):
    """A network with dropout and batch norm, signals, and mostly its own answers."""
    import torch
    from torch import nn

    torch_state = torch.get_rng_state()
    torch.manual_seed(number)
    block = [nn.Linear(6, 40), nn.BatchNorm1d(40), nn.ReLU(), nn.Dropout(0.5)]
    network = nn.Sequential(*block, nn.Linear(40, classes))
    x = torch.randn(samples, 6)
    network(torch.randn(200, 6) * 2 + 1)  # running means of their own
    y = network.eval()(x).argmax(dim=1)
    y[: samples // 3] = (y[: samples // 3] + 1) % classes
    torch.set_rng_state(torch_state)
    return network, x, y


def _modes(network) -> list:
    """Each layer with its settings and its mode, and what is open to training."""
    layers = [(str(layer), layer.training) for layer in network.modules()]
    return [*layers, *(weights.requires_grad for weights in network.parameters())]


def _state(network):
    return [value.clone().numpy() for value in network.state_dict().values()]


@exercise(
    "Look at which signal meets which digit, and at when the gradient is emptied.",
    "rows mixes the signals; the digits stay in their order.",
    "zero_grad() between backward() and step() leaves the step nothing to do.",
)
def learn_by_heart(answer):
    """A function (network, x, y) -> the network, which knows this batch by heart."""
    for classes, samples in [(10, 20), (3, 7), (10, 1)]:
        network, x, y = _batch(classes, samples)
        start = _loss(network, x, y)
        got = call(answer, network=network, x=x, y=y)
        expect(
            hasattr(got, "parameters"),
            f"return the network; it returned a {type(got).__name__}.",
        )
        expect(
            _shapes(got) == _shapes(network),
            "return the network that was given, trained; this one has other weights.",
        )
        loss = _loss(got, x, y)
        given = f" on a batch of {samples}"
        expect(
            loss != start,
            f"nothing has moved{given}: what does the step find in the gradients?",
        )
        expect(
            np.isfinite(loss),
            f"the loss is {loss}{given}: the steps are too long.",
        )
        expect(
            loss < 0.05,
            f"the loss is still {loss:.3g}{given}, where {start:.3g} was at the start. "
            "Does each signal meet its own digit?",
        )
    return "If it cannot learn one batch, look for the mistake before the remedy."


def _batch(classes, samples):
    import torch
    from torch import nn

    torch_state = torch.get_rng_state()
    torch.manual_seed(classes + samples)
    network = nn.Sequential(nn.Linear(40, 100), nn.ReLU(), nn.Linear(100, classes))
    x, y = torch.randn(samples, 40), torch.arange(samples) ** 2 % classes
    torch.set_rng_state(torch_state)
    return network, x, y


def _shapes(network) -> list:
    return [tuple(weights.shape) for weights in network.parameters()]


def _loss(network, x, y) -> float:
    import torch

    with torch.no_grad():
        try:
            scores = network.eval()(x)
            return torch.nn.functional.cross_entropy(scores, y).item()
        except Exception as error:
            raise Wrong(f"what it returned cannot answer: {error}.") from None


@exercise(
    "Train twice with stop=4000, epochs=10: with REMEDIES['dropout'], and without.",
    "gain(with, without) returns the differences, their mean, and the half width.",
    "Give the mean with its sign: below zero means that dropout loses.",
)
def more_signals(dropout_gain, conclusion):
    """Dropout's mean gain with 4,000 signals, and "better", "worse" or "same"."""
    gain = as_number(dropout_gain, "the gain")
    expect(
        abs(gain) < 0.3,
        f"a gain of {gain:g} is too large: give a share, 0.01 for one point, and the "
        "difference, not an accuracy.",
    )
    expect(
        gain < 0.01,
        f"{gain:+.3f} is about what dropout brings with 1,000 signals: did you train "
        "both networks with stop=4000 and epochs=10? Is the sign right?",
    )
    word = as_comparison(conclusion)
    expect(
        word != "better",
        "with 1,000 signals it was; look at the sign of your mean gain here.",
    )
    expect(
        gain <= -0.01,
        f"{gain:+.3f} is less than these networks differ by: with stop=4000 and "
        "epochs=10 for both, over all runs, the difference is clearer.",
    )
    expect(
        gain > -0.1,
        f"{gain:+.3f} is more than dropout costs: did both train for 10 epochs?",
    )
    expect(word == "worse", f"a gain of {gain:+.3f} is more than one point.")
    return (
        "At 400 steps. Before you say that 4,000 signals are enough, repeat it with "
        "epochs=40."
    )
