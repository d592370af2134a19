"""On a machine without a GPU, `meta` tensors and a pretended GPU stand for it."""

import pytest
import torch
from torch import nn

from course import data, devices, training

torch.set_num_threads(1)


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


@pytest.fixture
def moves(monkeypatch):
    """Pretend that there is a GPU: what is moved is noted, and stays on the CPU."""
    noted = []

    def pretended(self, place):
        noted.append((type(self).__name__, str(place)))
        return self

    monkeypatch.setattr(devices, "gpu", lambda: torch.device("cuda"))
    monkeypatch.setattr(nn.Module, "to", pretended)
    return noted


def test_a_model_on_the_cpu_is_trained_on_the_gpu_and_returns(digits, moves):
    model, weighted = network(), nn.CrossEntropyLoss(weight=torch.ones(10))
    training.fit(model, *digits, epochs=1, loss=weighted)
    both = ["Sequential", "CrossEntropyLoss"]
    assert moves == [(kind, to) for to in ("cuda", "cpu") for kind in both]


def test_the_model_returns_also_when_the_training_fails(digits, moves):
    with pytest.raises(TypeError, match="ndarray"):
        training.fit(network(), digits[0].numpy(), digits[1], epochs=1)
    assert moves == [("Sequential", "cuda"), ("Sequential", "cpu")]


def test_the_reader_may_choose_the_cpu(digits, moves):
    training.fit(network(), *digits, epochs=1, device="cpu")
    assert moves == []


@pytest.fixture
def swaps():
    """Weights that are moved to `meta` stay the same objects, as those on a GPU do."""
    torch.__future__.set_swap_module_params_on_conversion(True)
    yield
    torch.__future__.set_swap_module_params_on_conversion(False)


def test_all_that_the_training_works_with_is_on_the_device(digits, swaps):
    model, places = nn.Linear(64, 1), []
    adam = torch.optim.Adam(model.parameters())
    x, y = digits[0], digits[0][:, :1]
    training.fit(model, x, y, epochs=1, optimizer=adam, loss=nn.functional.mse_loss)

    def loss(outputs, y):
        state = adam.state[model.weight]
        used = (model.weight, outputs, y, state["exp_avg"], state["step"])
        places.append([tensor.device.type for tensor in used])
        return nn.functional.mse_loss(outputs, y)

    with pytest.raises(NotImplementedError, match="meta"):  # it gives no numbers back
        training.fit(model, x, y, epochs=1, optimizer=adam, loss=loss, device="meta")
    assert places and all(place == ["meta"] * 4 + ["cpu"] for place in places)


def test_an_optimizer_keeps_its_memory_and_its_schedule_when_moved(digits, moves):
    histories = []
    for device in (None, "cpu"):
        model = network()
        sgd = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = torch.optim.lr_scheduler.StepLR(sgd, 5, gamma=0.5)
        sgd.register_step_post_hook(lambda *_, schedule=schedule: schedule.step())
        fit = [training.fit(model, *digits, epochs=1, optimizer=sgd, device=device)]
        fit += [training.fit(model, *digits, epochs=1, optimizer=sgd, device=device)]
        histories.append([*fit, sgd.param_groups[0]["lr"], bits(model)])
    assert len(moves) == 4 and histories[0] == histories[1]
    assert histories[0][2] == pytest.approx(0.1 * 0.5 ** (26 // 5))


def test_data_that_lie_elsewhere_go_to_the_model(digits):
    x, y = digits[0], digits[0][:, :1]
    loss = nn.functional.mse_loss
    with pytest.raises(RuntimeError, match="cannot be called on meta"):
        training.evaluate(nn.Linear(64, 1, device="meta"), x, y, loss=loss)
    with pytest.raises(NotImplementedError, match="no data"):
        training.evaluate(nn.Linear(64, 1), x.to("meta"), y, loss=loss)


def test_a_place_that_is_not_there_is_named(digits):
    split = nn.Sequential(nn.Linear(64, 16), nn.Linear(16, 10).to("meta"))
    for run in (training.evaluate, training.fit):
        settings = {"epochs": 1} if run is training.fit else {}
        with pytest.raises(ValueError, match=r"lie on \['cpu', 'meta'\]"):
            run(split, *digits, **settings)
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match=r"device is 'cuda:1'.* sees no CUDA GPU"):
            training.fit(network(), *digits, epochs=1, device="cuda:1")


@pytest.fixture
def gpu():
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no CUDA device here")
    return torch.device("cuda", 0)


@pytest.mark.gpu
def test_on_a_gpu_a_model_learns_what_it_learns_on_the_cpu(digits, gpu):
    histories = []
    for device in (None, "cpu"):
        model = network()
        adam = torch.optim.Adam(model.parameters(), lr=0.01)
        for epochs in (10, 20):  # the second goes on with what Adam remembers
            fit = training.fit(
                model, *digits, epochs=epochs, optimizer=adam, device=device
            )
        histories.append(fit.loss)
        assert next(model.parameters()).device.type == "cpu"
        assert adam.state[model[0].weight]["exp_avg"].device.type == "cpu"
    assert histories[0] == pytest.approx(histories[1], rel=0.05)


@pytest.mark.gpu
def test_a_model_stays_on_its_gpu_and_the_data_come_to_it(digits, gpu):
    model = network().to(gpu)
    x, y = digits
    history = training.fit(model, x.to(gpu), y, epochs=40, learning_rate=0.01)
    assert history.accuracy[-1] > 0.97
    assert next(model.parameters()).device == gpu
    assert training.evaluate(model, x, y.to(gpu))[1] > 0.97


@pytest.mark.gpu
def test_the_random_numbers_of_the_gpu_go_on_unchanged(digits, gpu):
    model = network(nn.Dropout(0.5))
    torch.manual_seed(1)
    expected = torch.rand(3, device=gpu)
    torch.manual_seed(1)
    training.fit(model, *digits, epochs=1)
    assert torch.equal(torch.rand(3, device=gpu), expected)
