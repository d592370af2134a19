"""Networks written as lists of layers, built and trained in Keras or PyTorch alike."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from course.optimizers import Adam, cosine

Layers = Sequence[tuple]  # ("conv", 25, 5, 2, 1): kind, then its numbers


@dataclass(frozen=True)
class Model:
    """A trained network: `predict` maps x (samples, channels, ...) to class indices.

    `kernels` are the first layer's weights, (out, in, ...) for a convolution, and
    `size` counts all weights and biases.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    kernels: np.ndarray
    size: int

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """The share of the samples x whose class y is predicted."""
        return float(np.mean(self.predict(x) == y))


def torch_network(layers: Layers):
    """Return a PyTorch `Sequential`; its lazy layers take their sizes from first use.

    Kinds: conv and conv2 (channels, size, stride, padding), norm and norm2, pool and
    pool2 (size), relu, flat, dense (units), and mean, over all positions.
    """
    import torch

    makers = {
        "conv": torch.nn.LazyConv1d,
        "conv2": torch.nn.LazyConv2d,
        "norm": torch.nn.LazyBatchNorm1d,
        "norm2": torch.nn.LazyBatchNorm2d,
        "pool": torch.nn.MaxPool1d,
        "pool2": torch.nn.MaxPool2d,
        "relu": torch.nn.ReLU,
        "flat": torch.nn.Flatten,
        "dense": torch.nn.LazyLinear,
        "mean": lambda: torch.nn.Sequential(
            torch.nn.AdaptiveAvgPool1d(1), torch.nn.Flatten()
        ),
    }
    return torch.nn.Sequential(*[_made(makers, *layer) for layer in layers])


def keras_network(layers: Layers):
    """Return the same network in Keras, where the channels come last."""
    import keras

    def padded(pad, convolution):
        return lambda out, size, stride, padding: keras.Sequential(
            [pad(padding), convolution(out, size, stride)]
        )

    def norm():
        return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)  # PyTorch's

    made = keras.layers
    makers = {
        "conv": padded(made.ZeroPadding1D, made.Conv1D),
        "conv2": padded(made.ZeroPadding2D, made.Conv2D),
        "norm": norm,
        "norm2": norm,
        "pool": made.MaxPooling1D,
        "pool2": made.MaxPooling2D,
        "relu": made.ReLU,
        "flat": made.Flatten,
        "dense": made.Dense,
        "mean": made.GlobalAveragePooling1D,
    }
    return keras.Sequential([_made(makers, *layer) for layer in layers])


def _made(makers: dict, kind: str, *numbers: int):
    if kind not in makers:
        raise ValueError(
            f'no layer "{kind}", expected one of {", ".join(makers)}: change the list.'
        )
    return makers[kind](*numbers)


def train(
    layers: Layers,
    x: np.ndarray,
    y: np.ndarray,
    *,
    steps: int,
    learning_rate: float,
    seed: int,
    framework: str = "torch",
    batch_size: int = 100,
) -> Model:
    """Train with Adam on a learning rate that falls to zero along a half cosine.

    x is (samples, channels, ...) float32 in both frameworks, y (samples,) class
    indices. `steps` are rounded down to whole epochs, at least one. `framework` is
    "torch", "keras", or "numpy" for signals and convolutions of stride 2, padding 1.
    """
    ways = {"torch": _train_torch, "keras": _train_keras, "numpy": _train_numpy}
    if framework not in ways:
        raise ValueError(f'framework is "{framework}", expected {", ".join(ways)}.')
    epochs = max(1, steps * batch_size // len(x))
    return ways[framework](layers, x, y, epochs, learning_rate, seed, batch_size)


def train_seeds(
    layers: Layers,
    x: np.ndarray,
    y: np.ndarray,
    *,
    seeds: Iterable[int],
    framework: str = "torch",
    **settings,
) -> list[Model]:
    """Train one network a seed with `train`'s settings; PyTorch trains several at once.

    Each is the network that `train` gives for its seed.
    """
    from course.chance import in_parallel

    def one(seed: int) -> Model:
        return train(layers, x, y, seed=seed, framework=framework, **settings)

    return in_parallel(one, seeds, threads=None if framework == "torch" else 1)


def _train_torch(layers, x, y, epochs, learning_rate, seed, batch_size) -> Model:
    import torch

    from course.chance import seeded
    from course.training import fit

    x, y = torch.tensor(x), torch.tensor(y)
    with seeded(seed):
        network = torch_network(layers)
        network(x[:2])  # the lazy layers take their sizes from it
    adam = torch.optim.Adam(network.parameters(), learning_rate, fused=True)
    steps = epochs * -(-len(x) // batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda step: cosine(min(step / steps, 1))
    )
    adam.register_step_post_hook(lambda *_: schedule.step())
    fit(network, x, y, epochs=epochs, optimizer=adam, batch_size=batch_size, seed=seed)
    network.eval()

    def predict(x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return network(torch.tensor(x)).argmax(dim=1).numpy()

    size = sum(p.numel() for p in network.parameters())
    return Model(predict, next(network.parameters()).detach().numpy(), size)


def _train_keras(layers, x, y, epochs, learning_rate, seed, batch_size) -> Model:
    import keras

    keras.utils.set_random_seed(seed)
    network = keras_network(layers)
    steps = epochs * -(-len(x) // batch_size)
    adam = keras.optimizers.Adam(
        keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(adam, loss)
    last = np.moveaxis(x, 1, -1)
    network.fit(last, y, epochs=epochs, batch_size=batch_size, verbose=0)

    def predict(x: np.ndarray) -> np.ndarray:
        scores = network.predict(np.moveaxis(x, 1, -1), batch_size=1000, verbose=0)
        return scores.argmax(axis=1)

    kernels = network.trainable_weights[0].numpy()
    size = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
    return Model(predict, np.moveaxis(kernels, (-1, -2), (0, 1)), size)


def _train_numpy(layers, x, y, epochs, learning_rate, seed, batch_size) -> Model:
    from course.convolution import backward, forward

    rng = np.random.default_rng(seed)
    weights = _start(layers, x.shape[1:], rng)
    rules = [Adam(learning_rate) for _ in weights]
    for epoch in range(epochs):
        for i in np.split(
            rng.permutation(len(x)), range(batch_size, len(x), batch_size)
        ):
            values, scores = forward(weights, x[i])
            slopes = backward(weights, values, scores, y[i])
            for k, rule in enumerate(rules):
                rule.learning_rate = learning_rate * float(cosine(epoch / epochs))
                weights[k] = rule.step(weights[k], slopes[k])
    size = sum(w.size for w in weights)
    return Model(lambda x: forward(weights, x)[1].argmax(axis=1), weights[0], size)


def _start(layers, shape, rng) -> list[np.ndarray]:
    """Random weights w, b, w, b, ..., for x (samples, *shape), as He et al. (2015)."""
    (channels, length), weights = shape, []
    for kind, *numbers in layers:
        if kind == "conv" and numbers[2:] == [2, 1]:
            out, size = numbers[:2]
            weights.append(rng.normal(size=(out, channels, size)))
            weights[-1] *= np.sqrt(2 / (channels * size))
            weights.append(np.zeros(out))
            channels, length = out, (length + 2 - size) // 2 + 1
        elif kind == "dense" and layers[-1] == (kind, *numbers):
            inputs = channels * length
            weights.append(rng.normal(size=(inputs, *numbers)) / np.sqrt(inputs))
            weights.append(np.zeros(numbers))
        elif kind not in ("relu", "flat"):
            raise ValueError(
                f'NumPy trains convolutions of stride 2 and padding 1, not "{kind}" '
                f"with {numbers}: take another framework."
            )
    return [w.astype("float32") for w in weights]
