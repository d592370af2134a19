"""The optimizers against PyTorch, Keras and the definitions of lesson 04."""

import ast
import inspect
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf
import torch

from course import optimizers

LESSON = Path(__file__).parents[2] / "notebooks" / "04_gradient_descent.ipynb"
START = np.random.default_rng(4).normal(size=(5, 3))
TARGET = np.random.default_rng(5).normal(size=(5, 3))
SCALE = np.geomspace(0.01, 1, 15).reshape(5, 3)  # a ravine in 15 dimensions

# Name -> PyTorch's optimizer, Keras's optimizer, our settings. Every setting is exact
# in single precision, in which Keras keeps some of them.
RATE, MU, BETA = 1 / 64, 29 / 32, 1023 / 1024
RULES = {
    "SGD": (
        lambda p: torch.optim.SGD(p, RATE),
        lambda: keras.optimizers.SGD(RATE),
        {},
    ),
    "Momentum": (
        lambda p: torch.optim.SGD(p, RATE, momentum=MU),
        lambda: keras.optimizers.SGD(RATE, MU),
        {"momentum": MU},
    ),
    "Nesterov": (
        lambda p: torch.optim.SGD(p, RATE, momentum=MU, nesterov=True),
        lambda: keras.optimizers.SGD(RATE, MU, nesterov=True),
        {"momentum": MU},
    ),
    "RMSProp": (
        lambda p: torch.optim.RMSprop(p, RATE, alpha=MU, eps=1e-16),
        lambda: keras.optimizers.RMSprop(RATE, MU, epsilon=1e-32),
        {"rho": MU, "epsilon": 1e-16},
    ),
    "Adam": (
        lambda p: torch.optim.Adam(p, RATE, betas=(MU, BETA), eps=1e-16),
        lambda: keras.optimizers.Adam(RATE, MU, BETA, epsilon=1e-16),
        {"beta1": MU, "beta2": BETA, "epsilon": 1e-16},
    ),
}


def gradient(theta):
    return SCALE * np.tanh(theta - TARGET)


def descend(rule, steps=100):
    theta = START
    for _ in range(steps):
        theta = rule.step(theta, gradient(theta))
    return theta


def descend_torch(make, steps=100):
    theta = torch.tensor(START, requires_grad=True)
    rule = make([theta])
    for _ in range(steps):
        theta.grad = torch.tensor(gradient(theta.detach().numpy()))
        rule.step()
    return theta.detach().numpy()


def descend_keras(rule, steps=100):
    theta = keras.Variable(START, dtype="float64")
    for _ in range(steps):
        rule.apply([tf.constant(gradient(theta.numpy()))], [theta])
    return theta.numpy()


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_equal_pytorch(name):
    make, _, settings = RULES[name]
    ours = descend(getattr(optimizers, name)(RATE, **settings))
    np.testing.assert_allclose(ours, descend_torch(make), atol=1e-12)
    assert np.abs(ours - START).max() > 0.1


@pytest.mark.parametrize("name", RULES)
def test_a_hundred_steps_equal_keras(name):
    _, make, settings = RULES[name]
    ours = descend(getattr(optimizers, name)(RATE, **settings))
    np.testing.assert_allclose(ours, descend_keras(make()), atol=1e-9)


def test_adam_has_the_defaults_of_pytorch():
    theirs = descend_torch(lambda p: torch.optim.Adam(p, 0.01))
    np.testing.assert_allclose(descend(optimizers.Adam(0.01)), theirs, atol=1e-12)


def test_keras_divides_by_the_root_of_square_plus_epsilon_in_rmsprop():
    rule, theta, square = keras.optimizers.RMSprop(RATE, MU, epsilon=1e-2), START, 0
    for _ in range(20):
        square = MU * square + (1 - MU) * gradient(theta) ** 2
        theta = theta - RATE * gradient(theta) / np.sqrt(square + 1e-2)
    np.testing.assert_allclose(descend_keras(rule, 20), theta, atol=1e-9)


def test_keras_weakens_epsilon_of_adam_by_the_correction():
    ours, theta = optimizers.Adam(RATE, MU, BETA), START
    for step in range(1, 21):
        ours.epsilon = 1e-2 / np.sqrt(1 - BETA**step)
        theta = ours.step(theta, gradient(theta))
    theirs = descend_keras(keras.optimizers.Adam(RATE, MU, BETA, epsilon=1e-2), 20)
    np.testing.assert_allclose(theirs, theta, atol=1e-9)


def test_keras_rounds_beta_to_single_precision_where_it_corrects():
    class Rounded(optimizers.Adam):
        def step(self, theta, gradient):
            super().step(theta, gradient)
            corrections = [
                1 - float(np.float32(beta)) ** self.steps
                for beta in (self.beta1, self.beta2)
            ]
            mean, square = self.mean / corrections[0], self.square / corrections[1]
            return theta - self.learning_rate * mean / (np.sqrt(square) + 1e-16)

    theirs = descend_keras(keras.optimizers.Adam(RATE, epsilon=1e-16))
    np.testing.assert_allclose(descend(Rounded(RATE)), theirs, atol=1e-9)
    exact = descend(optimizers.Adam(RATE, epsilon=1e-16))
    assert np.abs(exact - theirs).max() > 1e-7


def test_a_lower_learning_rate_acts_at_once_on_momentum_as_in_pytorch():
    theta = torch.tensor(START, requires_grad=True)
    theirs, ours, here = torch.optim.SGD([theta], 0.1, 0.9), None, START
    ours = optimizers.Momentum(0.1)
    for step in range(20):
        if step == 10:
            ours.learning_rate = theirs.param_groups[0]["lr"] = 0.01
        theta.grad = torch.tensor(gradient(theta.detach().numpy()))
        theirs.step()
        here = ours.step(here, gradient(here))
    np.testing.assert_allclose(here, theta.detach(), atol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_a_step_leaves_its_inputs_alone(name):
    rule = getattr(optimizers, name)(0.1)
    theta, slope = START.copy(), gradient(START)
    for _ in range(3):
        rule.step(theta, slope)
    assert np.array_equal(theta, START) and np.array_equal(slope, gradient(START))


@pytest.mark.parametrize("size", [1, 7, 20, 50])
def test_batches_hold_every_number_once(size):
    parts = list(optimizers.batches(20, size, np.random.default_rng(0)))
    assert sorted(np.concatenate(parts)) == list(range(20))
    assert all(len(part) == min(size, 20) for part in parts[:-1])


def test_batches_come_in_another_order_each_epoch():
    rng = np.random.default_rng(0)
    first, second = (np.concatenate([*optimizers.batches(99, 9, rng)]) for _ in "12")
    assert not np.array_equal(first, second)


def test_cosine_equals_pytorch_and_keras():
    rule = torch.optim.SGD([torch.zeros(1)], 1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(rule, 10)
    keras_one = keras.optimizers.schedules.CosineDecay(1.0, 10)
    for step in range(11):
        assert optimizers.cosine(step / 10) == pytest.approx(rule.param_groups[0]["lr"])
        assert optimizers.cosine(step / 10) == pytest.approx(
            float(keras_one(step)), abs=1e-6
        )
        rule.step()
        theirs.step()


def taught():
    """The classes that the lesson's cells define."""
    cells = nbformat.read(LESSON, as_version=4).cells
    trees = (ast.parse(cell.source) for cell in cells if cell.cell_type == "code")
    nodes = [node for tree in trees for node in tree.body]
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


def test_the_lesson_teaches_every_rule_but_its_exercise():
    kept = {name for name, _ in inspect.getmembers(optimizers, inspect.isclass)}
    assert set(taught()) == set(RULES) - {"Nesterov"} <= kept


@pytest.mark.parametrize("name", [name for name in RULES if name != "Nesterov"])
def test_the_lesson_and_the_module_agree(name):
    defined = {"np": np}
    exec(ast.unparse(taught()[name]), defined)
    theirs, ours = defined[name](0.02), getattr(optimizers, name)(0.02)
    np.testing.assert_allclose(descend(theirs), descend(ours), rtol=1e-12)
