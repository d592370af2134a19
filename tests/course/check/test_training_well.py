"""The exercises of lesson 07: answers that are wrong, right, and not attempted."""

import copy
import math
from importlib import import_module

import numpy as np


class Later:
    """A module that is imported when something of it is asked for.

    PyTorch takes seconds, and most tests that read the tables need none of it.
    """

    def __init__(self, name):
        self._name = name

    def __getattr__(self, part):
        return getattr(import_module(self._name), part)


torch, nn = Later("torch"), Later("torch.nn")


def loss_of(network, x, y):
    return nn.functional.cross_entropy(network(x), y)


def in_eval(network, x, y):
    """The right share; the network stays in evaluation mode."""
    return (network.eval()(x).argmax(dim=1) == y).double().mean().item()


def as_found(network, x, y, measure=in_eval):
    mode = network.training
    share = measure(network, x, y)
    network.train(mode)
    return share


def by_copy(network, x, y):
    return in_eval(copy.deepcopy(network), x, y)


def by_the_course(network, x, y):
    from course.training import evaluate

    return evaluate(network, x, y)[1]


def one_by_one(network, x, y):
    guesses = [network(row[None]).argmax().item() for row in x]
    return np.mean(np.array(guesses) == y.numpy())


def dropout_only(network, x, y):
    """Only dropout is switched; batch norm goes on learning."""
    for layer in network:
        if type(layer).__name__ == "Dropout":
            layer.eval()
    return (network(x).argmax(dim=1) == y).double().mean().item()


def train_after_all(network, x, y):
    share = in_eval(network, x, y)
    network.train()
    return share


def the_flag_alone(network, x, y):
    """The network says that it trains again, its layers do not."""
    mode = network.training
    share = in_eval(network, x, y)
    network.training = mode
    return share


def steps(network, x, y, count=100, rate=0.01, *, before=True, after=False, move=True):
    adam = torch.optim.Adam(network.parameters(), lr=rate)
    for _ in range(count):
        loss = loss_of(network, x, y)
        if before:
            adam.zero_grad()
        loss.backward()
        if after:
            adam.zero_grad()
        if move:
            adam.step()
    return network


def mixed(network, x, y, both=False, emptied=True):
    adam = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(100):
        rows = torch.randperm(len(x))
        loss = loss_of(network, x[rows], y[rows] if both else y)
        if emptied:
            adam.zero_grad()
        loss.backward()
        if not emptied:
            adam.zero_grad()
        adam.step()
    return network


def up(network, x, y):
    ascent = torch.optim.SGD(network.parameters(), lr=0.1, maximize=True)
    for _ in range(20):
        ascent.zero_grad()
        loss_of(network, x, y).backward()
        ascent.step()
    return network


def without_an_optimizer(network, x, y):
    for _ in range(150):
        slopes = torch.autograd.grad(loss_of(network, x, y), network.parameters())
        with torch.no_grad():
            for weights, slope in zip(network.parameters(), slopes, strict=True):
                weights -= 0.5 * slope
    return network


def by_fit(network, x, y):
    from course.training import fit

    fit(network, x, y, epochs=100, learning_rate=0.01)
    return network


def trained_on_guesses(network, x, y):
    return steps(network, x, network(x).argmax(dim=1))


def looked_up(network, x, y):
    """No training: a network of one weight that has the digits written down."""
    table = nn.Linear(1, 1)
    table.forward = lambda x: 100.0 * nn.functional.one_hot(y, 10)
    return table


def another_network(network, x, y):
    return nn.Linear(40, 10)


WRONG = {
    "runs_needed": {
        "not squared": lambda gain, spread: int(2 * spread / gain) + 1,
        "one standard error": lambda gain, spread: int((spread / gain) ** 2) + 1,
        "not whole": lambda gain, spread: (2 * spread / gain) ** 2,
        "rounded down": lambda gain, spread: int((2 * spread / gain) ** 2),
        "not less": lambda gain, spread: math.ceil((2 * spread / gain) ** 2),
        "rounded": lambda gain, spread: round((2 * spread / gain) ** 2),
        "one too many": lambda gain, spread: int((2 * spread / gain) ** 2) + 2,
        "turned round": lambda gain, spread: int((2 * gain / spread) ** 2) + 1,
        "not halved": lambda gain, spread: int(2 * (spread / gain) ** 2) + 1,
        "only for the example": lambda gain, spread: 23,
        "at least two": lambda gain, spread: max(2, int((2 * spread / gain) ** 2) + 1),
        "t of five runs": lambda gain, spread: int((2.8 * spread / gain) ** 2) + 1,
        "nothing": lambda gain, spread: None,
        "a number": 23,
    },
    "accuracy": {
        "as it is": lambda n, x, y: (n(x).argmax(1) == y).float().mean().item(),
        "not put back": in_eval,
        "train after all": train_after_all,
        "only dropout off": dropout_only,
        "the flag alone": the_flag_alone,
        "frozen": lambda n, x, y: as_found(n.requires_grad_(False), x, y),
        "no dice": lambda n, x, y: setattr(n[3], "p", 0.0) or as_found(n, x, y),
        "one by one": one_by_one,
        "how many": lambda n, x, y: by_copy(n, x, y) * len(y),
        "percent": lambda n, x, y: 100 * by_copy(n, x, y),
        "the wrong ones": lambda n, x, y: 1 - by_copy(n, x, y),
        "the first ten": lambda n, x, y: by_copy(n, x[:10], y[:10]),
        "the loss": lambda n, x, y: as_found(n, x, y, lambda *a: loss_of(*a).item()),
        "each sample": lambda n, x, y: (n.eval()(x).argmax(1) == y).float().numpy(),
        "the mean of many": lambda n, x, y: np.mean(
            [(n.train()(x).argmax(1) == y).float().mean().item() for _ in range(50)]
        ),
        "always right": lambda n, x, y: 1.0,
        "nothing": lambda n, x, y: None,
    },
    "learn_by_heart": {
        "as it is": lambda n, x, y: mixed(n, x, y, emptied=False),
        "only the gradient": mixed,
        "only the digits": lambda n, x, y: mixed(n, x, y, both=True, emptied=False),
        "emptied before the step": lambda n, x, y: steps(n, x, y, after=True),
        "no step": lambda n, x, y: steps(n, x, y, move=False),
        "three steps": lambda n, x, y: steps(n, x, y, 3),
        "steps too short": lambda n, x, y: steps(n, x, y, rate=1e-5),
        "uphill": up,
        "one sample": lambda n, x, y: steps(n, x[:1], y[:1]),
        "half of the batch": lambda n, x, y: steps(n, x[::2], y[::2]),
        "its own guesses": trained_on_guesses,
        "untouched": lambda n, x, y: n,
        "another network": another_network,
        "looked up": looked_up,
        "a loss": lambda n, x, y: loss_of(steps(n, x, y), x, y).item(),
        "nothing": lambda n, x, y: None,
    },
    "more_signals": {
        "the misconception": (0.035, "better"),
        "the sign": (0.038, "worse"),
        "same": (-0.038, "same"),
        "better": (-0.038, "better"),
        "in points": (-3.8, "worse"),
        "an accuracy": (0.55, "worse"),
        "nothing seen": (0.002, "same"),
        "epochs of one only": (-0.2, "worse"),
        "every run": ([-0.03, -0.05], "worse"),
        "no word": (-0.038, None),
        "another word": (-0.038, "bad"),
    },
}
RIGHT = {
    "runs_needed": [
        lambda gain, spread: math.floor((spread / (gain / 2)) ** 2 + 1),
        lambda gain, spread: next(
            n for n in range(1, 10**4) if 2 * spread / n**0.5 < gain
        ),
        lambda gain, spread: np.floor(4 * spread**2 / gain**2) + 1,
    ],
    "accuracy": [
        as_found,
        by_copy,
        by_the_course,
        lambda n, x, y: torch.tensor(by_copy(n, x, y)),
    ],
    "learn_by_heart": [
        lambda n, x, y: mixed(n, x, y, both=True),
        without_an_optimizer,
        by_fit,
        lambda n, x, y: steps(n, x, y, before=False),  # the sum of gradients does, too
    ],
    "more_signals": [
        (-0.038, "worse"),
        (np.float64(-0.02), " Worse "),
        (-0.06, "worse"),
    ],
}
SAYS = {
    "runs_needed": {
        "not squared": "square before you round",
        "one standard error": "it takes 2",
        "one too many": "are enough, but 23 are, too",
        "rounded down": "too few",
        "not less": "16 runs for gain = 0.5, spread = 1 are too few",
        "not whole": "a whole number",
    },
    "accuracy": {
        "as it is": "moves its running means",
        "not put back": "was in training mode",
        "train after all": "was in evaluation mode",
        "the flag alone": "reaches each of them",
        "only dropout off": "moves its running means",
        "how many": "accuracy is their share",
    },
    "learn_by_heart": {
        "as it is": "nothing has moved",
        "only the gradient": "its own digit",
        "a loss": "return the network",
        "looked up": "other weights",
    },
    "more_signals": {
        "the misconception": "with 1,000 signals",
        "same": "more than one point",
        "in points": "0.01 for one point",
    },
}
STUBS = {
    "runs_needed": lambda gain, spread: ...,
    "accuracy": lambda network, x, y: ...,
    "learn_by_heart": lambda network, x, y: ...,
    "more_signals": (..., ...),
}


def network_of(seed, training):
    torch.manual_seed(seed)
    block = [nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5)]
    network = nn.Sequential(*block, nn.Linear(16, 3)).train()
    network(3 * torch.randn(50, 4))
    return network.train(training)


def measured(answer):
    """What it gives for two networks, and whether it leaves each as it was."""
    found = []
    for seed, training in [(0, True), (1, False)]:
        network = network_of(seed, training)
        x, y = torch.randn(40, 4), torch.arange(40) % 3
        before = copy.deepcopy(network.state_dict())
        share = answer(network, x, y)
        after = network.state_dict()
        same = all(torch.equal(before[name], after[name]) for name in before)
        dice = [layer.p for layer in network if isinstance(layer, nn.Dropout)]
        modes = [layer.training for layer in network.modules()]
        open_ = [weights.requires_grad for weights in network.parameters()]
        found.append([share, same, dice, modes, open_])
    return found


def learned(answer):
    """Whether what it returns knows two batches by heart, and is the network."""
    found = []
    for samples in (4, 15):
        torch.manual_seed(samples)
        network = nn.Sequential(nn.Linear(40, 60), nn.ReLU(), nn.Linear(60, 10))
        x, y = torch.randn(samples, 40), torch.arange(samples) % 7
        shapes = [weights.shape for weights in network.parameters()]
        got = answer(network, x, y)
        same = [weights.shape for weights in got.parameters()] == shapes
        found.append([loss_of(got, x, y).item() < 0.05, same])
    return found


NEEDS = {"torch": torch, "nn": nn, "np": np}
PROBES = {
    "runs_needed": lambda answer: [
        # with (0.25, 0.5) a whole number of runs, 16, reaches the gain exactly
        answer(gain, spread)
        for gain in (0.02, 0.25)
        for spread in (0.047, 0.01, 0.5)
    ],
    "accuracy": measured,
    "learn_by_heart": learned,
}
