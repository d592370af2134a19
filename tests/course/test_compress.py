"""Quantisation, pruning, distillation and ONNX against PyTorch and ONNX Runtime."""

import copy
import logging
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn.utils import prune

from course import compress


@pytest.fixture
def w():
    return np.random.default_rng(0).normal(size=(7, 5)).astype("float32")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    layers = torch.nn.Linear(12, 30), torch.nn.ReLU(), torch.nn.Linear(30, 4)
    return torch.nn.Sequential(*layers)


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "network.onnx"
    return path, compress.to_onnx(network, torch.zeros(2, 12), path)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_quantise_is_what_pytorch_does(w, bits):
    q, scale = compress.quantise(w, bits)
    most = 2 ** (bits - 1) - 1
    theirs = torch.fake_quantize_per_tensor_affine(
        torch.tensor(w), float(scale), 0, -most, most
    )
    assert np.allclose(q * scale, theirs.numpy(), rtol=0, atol=1e-6)
    assert q.dtype == np.int8 and np.abs(q).max() == most


def test_no_weight_is_off_by_more_than_half_a_step(w):
    q, scale = compress.quantise(w, 4)
    off = np.abs(q * scale - w).max()
    assert 0.25 * scale < off <= 0.5 * scale + 1e-6


def test_zeros_stay_zeros():
    q, scale = compress.quantise(np.zeros((2, 3)))
    assert not q.any() and np.isfinite(scale)


@pytest.mark.parametrize("bits", [1, 9])
def test_bits_that_no_int8_holds_are_refused(w, bits):
    with pytest.raises(ValueError, match=f"bits is {bits}, expected 2 to 8"):
        compress.quantise(w, bits)


def test_weights_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="nan or inf"):
        compress.quantise(np.array([1.0, np.nan]))


@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 1.0])
def test_prune_takes_what_pytorch_takes(w, share):
    layer = torch.nn.Linear(5, 7)
    layer.weight.data = torch.tensor(w)
    prune.l1_unstructured(layer, "weight", share)
    before = w.copy()
    assert np.array_equal(compress.prune(w, share), layer.weight.detach().numpy())
    assert np.array_equal(w, before)


def test_equal_weights_do_not_all_go_at_once():
    assert np.count_nonzero(compress.prune(np.ones((4, 5)), 0.6)) == 8


def test_a_share_out_of_range_is_refused(w):
    with pytest.raises(ValueError, match=r"share is 80, expected 0 to 1"):
        compress.prune(w, 80)


@pytest.mark.parametrize("temperature", [1, 4.0])
def test_the_soft_loss_has_the_gradient_of_pytorch_s_divergence(temperature):
    torch.manual_seed(0)
    student = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    teacher = torch.randn(6, 3, dtype=torch.float64)
    ours = compress.soft_loss(student, teacher, temperature)
    theirs = torch.nn.functional.kl_div(
        (student / temperature).log_softmax(1),
        (teacher / temperature).softmax(1),
        reduction="batchmean",
    )
    slopes = [torch.autograd.grad(loss, student)[0] for loss in (ours, theirs)]
    assert torch.allclose(slopes[0], slopes[1] * temperature**2, rtol=0, atol=1e-12)


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(ValueError, match="temperature is 0, expected above 0"):
        compress.soft_loss(torch.zeros(1, 2), torch.zeros(1, 2), 0)


@pytest.mark.parametrize("samples", [1, 5])
def test_onnx_runtime_answers_as_pytorch_does(network, exported, samples):
    x = np.random.default_rng(1).normal(size=(samples, 12)).astype("float32")
    scores = compress.session(exported[0]).run(None, {"x": x})[0]
    ours = network(torch.tensor(x)).detach().numpy()
    assert scores.shape == (samples, 4) and np.allclose(scores, ours, atol=1e-5)


def test_the_weights_lie_in_the_one_file(exported):
    path, size = exported
    assert size == path.stat().st_size > 4 * (12 * 30 + 30 * 4)
    assert [each.name for each in path.parent.glob("network*")] == ["network.onnx"]


def test_int8_weights_in_onnx_are_ours(network, exported, tmp_path):
    import onnx
    from onnx import numpy_helper

    target = tmp_path / "int8.onnx"
    compress.quantise_onnx(exported[0], target)
    found = [numpy_helper.to_array(t) for t in onnx.load(target).graph.initializer]
    [theirs] = [t for t in found if t.dtype == np.int8 and t.shape == (12, 30)]
    ours, _ = compress.quantise(network[0].weight.detach().numpy().T)
    assert np.abs(theirs.astype(int) - ours).max() <= 1  # their range is as wide


def test_an_example_of_one_sample_is_refused(network, tmp_path):
    with pytest.raises(ValueError, match="1 samples, expected at least two"):
        compress.to_onnx(network, torch.zeros(1, 12), tmp_path / "x.onnx")


@pytest.mark.gpu
def test_half_precision_on_a_gpu_learns_what_single_precision_learns():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU here")
    from sklearn.datasets import load_digits

    x, y = (torch.tensor(v).cuda() for v in load_digits(return_X_y=True))
    found = []
    for half in (False, True):
        torch.manual_seed(0)
        layers = torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
        model = torch.nn.Sequential(*layers).cuda()
        adam, scaler = (
            torch.optim.Adam(model.parameters(), 0.01),
            torch.amp.GradScaler(),
        )
        for _ in range(100):
            with torch.autocast("cuda", torch.float16, enabled=half):
                loss = torch.nn.functional.cross_entropy(model(x.float() / 16), y)
            adam.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(adam)
            scaler.update()
        found.append((model(x.float() / 16).argmax(1) == y).float().mean().item())
    assert min(found) > 0.97 and abs(found[0] - found[1]) < 0.02


def dense(seed, *sizes):
    torch.manual_seed(seed)
    layers = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])


@pytest.fixture
def halves():
    """Points and on which side of a line they lie."""
    x = torch.randn(350, 5, generator=torch.Generator().manual_seed(0))
    return x, (x[:, 0] > x[:, 1]).long()


def test_a_changed_network_has_other_matrices_and_the_same_biases(network):
    before = copy.deepcopy(network.state_dict())
    other = compress.changed(network, lambda w: 2 * w)
    for name, value in other.state_dict().items():
        factor = 2 if name.endswith("weight") else 1
        assert torch.equal(value, factor * before[name])
        assert torch.equal(network.state_dict()[name], before[name])


def test_train_steps_as_pytorch_with_its_own_schedule_does(halves):
    x, y = halves
    got = compress.train(dense(1, 5, 8, 2), x, y, epochs=2, seed=3, rate=0.01)
    other = dense(1, 5, 8, 2)
    adam = torch.optim.Adam(other.parameters(), 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=8)
    order = torch.Generator().manual_seed(3)
    for _ in range(2):
        for rows in torch.randperm(350, generator=order).split(100):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(other(x[rows]), y[rows]).backward()
            adam.step()
            schedule.step()
    pairs = list(zip(got.parameters(), other.parameters(), strict=True))
    assert all(torch.allclose(a, b, rtol=0, atol=1e-5) for a, b in pairs)


def test_train_takes_another_loss_and_lazy_layers(halves):
    x, y = halves
    lazy = torch.nn.Sequential(torch.nn.LazyLinear(1))
    sides = 2.0 * y[:, None] - 1
    mean = torch.nn.functional.mse_loss
    compress.train(lazy, x, sides, epochs=20, seed=0, rate=0.05, loss=mean)
    assert ((lazy(x) > 0) == (sides > 0)).double().mean() > 0.95


def test_students_learn_each_for_itself(halves):
    x, y = halves
    settings = {"sizes": (5, 8, 2), "steps": 150, "seed": 0}
    loss = torch.nn.functional.cross_entropy
    answers = compress.students(x, y, loss, count=3, **settings)(x)
    right = (answers.argmax(2) == y).double().mean(1)
    assert answers.shape == (3, 350, 2) and right.min() > 0.95
    assert not torch.allclose(answers[0], answers[1], atol=0.1)


def test_a_student_s_gradient_does_not_shrink_with_their_number(halves):
    """Adam hides the size of a gradient, but not from the loss that it is given."""
    x, y = halves
    told = []

    def loss(scores, target):
        told.append(torch.nn.functional.cross_entropy(scores, target))
        told[-1].register_hook(lambda slope: told.append(slope))
        return told[-1]

    compress.students(x, y, loss, sizes=(5, 2), count=4, steps=1, seed=0)
    assert told[-1] == 4


def test_the_products_take_most_of_a_dense_layer_s_time():
    x = torch.ones(500, 500)
    shares = compress.operations(lambda: torch.nn.functional.relu(x @ x))
    assert next(iter(shares)) == "aten::mm" and abs(sum(shares.values()) - 1) < 1e-9
    assert [*shares.values()] == sorted(shares.values(), reverse=True)


def test_microseconds_are_the_quickest_of_those_taken_in_turns(monkeypatch):
    clock, order = [0.0], []
    monkeypatch.setattr(compress.time, "perf_counter", lambda: clock[0])

    def call(name, *spent):
        left = list(spent)

        def run():
            order.append(name)
            clock[0] += left.pop(0)

        return run

    found = compress.microseconds(call("a", 3e-6, 2e-6), call("b", 5e-6, 9e-6), times=2)
    assert np.allclose(found, [2, 5]) and order == ["a", "b", "a", "b"]


def test_the_exporters_silence_ends_with_them(exported, network, tmp_path):
    def state():
        return logging.root.manager.disable, warnings.filters[:], sys.stdout

    before = state()
    compress.to_onnx(network, torch.zeros(2, 12), tmp_path / "again.onnx")
    assert state() == before
    with pytest.raises(Exception, match="nowhere"):
        compress.quantise_onnx(tmp_path / "nowhere.onnx", tmp_path / "int8.onnx")
    assert state() == before
