import copy
import math

import pytest
import torch
from torch import nn

from course import data, devices, training

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def on_the_cpu(monkeypatch):
    """Bits are compared here, which a GPU does not keep: see test_devices.py."""
    monkeypatch.setattr(devices, "gpu", lambda: None)


@pytest.fixture(scope="module")
def digits():
    got = data.load("digits")
    x = torch.tensor(got.x_train[:400].reshape(400, 64))
    return x, torch.tensor(got.y_train[:400])


def network(*extra) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), *extra, nn.Linear(16, 10))


def bits(model) -> list[bytes]:
    return [value.numpy().tobytes() for value in model.state_dict().values()]


def halves(digits):
    x, y = digits
    return (x[:200], y[:200]), (x[200:], y[200:])


def test_the_losses_are_those_of_a_hand_written_loop(digits):
    (x, y), model = digits, network()
    by_hand = copy.deepcopy(model)
    history = training.fit(model, x, y, epochs=3, batch_size=64, seed=7)
    torch.manual_seed(7)
    optimizer, losses = torch.optim.Adam(by_hand.parameters(), lr=1e-3), []
    for _ in range(3):
        total = 0.0
        for batch in torch.randperm(400).split(64):
            loss = nn.functional.cross_entropy(by_hand(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / 400)
    assert history.loss == pytest.approx(losses, rel=1e-6)
    assert bits(model) == bits(by_hand)


def test_two_runs_give_the_same_bits_and_another_seed_does_not(digits):
    models = [network(nn.BatchNorm1d(16), nn.Dropout(0.3)) for _ in range(3)]
    for model, seed, noise in zip(models, [4, 4, 5], [1, 2, 3], strict=True):
        torch.manual_seed(noise)  # what the reader drew before must not matter
        model.history = training.fit(
            model, *digits, epochs=3, seed=seed, validation=digits
        )
    assert bits(models[0]) == bits(models[1]) != bits(models[2])
    assert models[0].history == models[1].history != models[2].history


def test_the_random_numbers_of_the_caller_go_on_unchanged(digits):
    model = network()
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    training.fit(model, *digits, epochs=1)
    assert torch.equal(torch.rand(3), expected)


def test_it_learns_and_counts_what_evaluate_counts(digits):
    train, held_out = halves(digits)
    model = network()
    history = training.fit(
        model, *train, epochs=40, learning_rate=0.01, validation=held_out
    )
    loss, accuracy = training.evaluate(model, *held_out, batch_size=64)
    scores = model(held_out[0])
    assert history.accuracy[-1] > 0.97
    assert accuracy == history.validation_accuracy[-1]
    assert accuracy == (scores.argmax(1) == held_out[1]).sum().item() / 200 > 0.8
    assert loss == pytest.approx(
        nn.functional.cross_entropy(scores, held_out[1]).item()
    )


def test_early_stopping_restores_the_best_weights(digits):
    train, held_out = halves(digits)
    settings = {"learning_rate": 0.05, "validation": held_out, "seed": 3}
    model = network()
    history = training.fit(model, *train, epochs=200, patience=4, **settings)
    epochs = len(history.loss)
    assert epochs == history.best + 1 + 4 < 200
    assert history.validation_loss[history.best] == min(history.validation_loss)
    until_best = network()
    training.fit(until_best, *train, epochs=history.best + 1, **settings)
    assert bits(model) == bits(until_best)


def test_the_best_weights_are_restored_when_the_epochs_run_out(digits):
    train, held_out = halves(digits)
    model = network()
    settings = {"learning_rate": 0.05, "validation": held_out, "epochs": 60}
    history = training.fit(model, *train, patience=60, **settings)
    assert history.best < 59 and len(history.loss) == 60
    loss, _ = training.evaluate(model, *held_out)
    assert loss == pytest.approx(history.validation_loss[history.best])


@pytest.mark.parametrize("place", [0, 17, 250])
def test_a_loss_that_is_not_a_number_is_named_with_its_step(digits, place):
    x, y = digits[0].clone(), digits[1]
    x[place] = math.nan
    torch.manual_seed(2)
    step = torch.randperm(400).tolist().index(place) // 32 + 1
    with pytest.raises(FloatingPointError, match=rf"nan in step {step} \(.*epoch 1\)"):
        training.fit(network(), x, y, epochs=2, seed=2)


def test_the_step_goes_on_counting_through_the_epochs(digits):
    calls = iter(range(1000))

    def loss(scores, y):
        factor = math.inf if next(calls) == 9 else 1.0
        return nn.functional.cross_entropy(scores, y) * factor

    with pytest.raises(FloatingPointError, match=r"inf in step 10 \(step 2 of epoch 3"):
        training.fit(network(), *digits, epochs=4, batch_size=100, loss=loss)


def test_the_mode_of_the_model_survives_evaluate(digits):
    model = network(nn.Dropout(0.5)).eval()
    assert training.evaluate(model, *digits) == training.evaluate(model, *digits)
    assert not model.training
    training.evaluate(model.train(), *digits)
    assert model.training


def test_regression_has_a_loss_and_no_accuracy(digits):
    x, y = digits[0], digits[0].sum(dim=1, keepdim=True)
    settings = {"loss": nn.functional.mse_loss, "learning_rate": 0.05, "epochs": 30}
    history = training.fit(nn.Linear(64, 1), x, y, validation=(x, y), **settings)
    assert history.validation_loss[-1] < 0.1 * history.validation_loss[0]
    assert all(map(math.isnan, history.accuracy + history.validation_accuracy))
    with pytest.raises(ValueError, match=r"y has shape \(400,\).*y\[\.\.\., None\]"):
        training.fit(nn.Linear(64, 1), x, y[:, 0], **settings)


def test_an_optimizer_and_a_float64_model_are_taken(digits):
    model = network().double()
    sgd = torch.optim.SGD(model.parameters(), lr=0.5)
    x, y = digits[0].double(), digits[1]
    history = training.fit(model, x, y, epochs=20, optimizer=sgd)
    assert history.loss[-1] < 0.2 * history.loss[0] and history.best == 19


WRONG_DATA = {
    "fewer labels": (lambda x, y: (x, y[:7]), ValueError, r"\(400, 64\) and y \(7,\)"),
    "nothing": (lambda x, y: (x[:0], y[:0]), ValueError, "at least one"),
    "arrays": (lambda x, y: (x.numpy(), y), TypeError, "'ndarray', expected a tensor"),
    "doubles": (lambda x, y: (x.double(), y), TypeError, r"'torch.float64'.*float32"),
    "bytes": (lambda x, y: (x.byte(), y), TypeError, "'torch.uint8'"),
    "images": (lambda x, y: (x.view(-1, 8, 8), y), ValueError, r"\(8, 8\) of"),
    "whole numbers": (lambda x, y: (x.long(), y), ValueError, "cannot take x"),
    "small integers": (lambda x, y: (x, y.int()), TypeError, r"'torch.int32'.*y.long"),
    "a column": (lambda x, y: (x, y[:, None]), ValueError, r"expected \(400,\)"),
    "an 11th class": (lambda x, y: (x, y + 1), ValueError, "from 1 to 10.*0 to 9"),
    "a class -1": (lambda x, y: (x, y - 1), ValueError, "from -1 to 8"),
}


@pytest.mark.parametrize("case", WRONG_DATA)
def test_data_that_do_not_fit_are_refused_before_training(digits, case):
    change, error, words = WRONG_DATA[case]
    model = network()
    before = bits(model)
    with pytest.raises(error, match=words):
        training.fit(model, *change(*digits), epochs=1)
    with pytest.raises(error, match=words):
        training.evaluate(model, *change(*digits))
    with pytest.raises(error, match="validation"):
        training.fit(model, *digits, epochs=1, validation=change(*digits))
    assert bits(model) == before


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 2.5}, r"epochs is 2\.5"),
        ({"batch_size": -1}, "batch_size is -1"),
        ({"patience": 3}, "validation="),
        ({"patience": 0}, "patience is 0"),
    ],
)
def test_a_setting_out_of_range_is_named(digits, settings, words):
    with pytest.raises(ValueError, match=words):
        training.fit(network(), *digits, **{"epochs": 1} | settings)
