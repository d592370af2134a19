import threading

import joblib
import pytest
import torch
from torch import nn

from course import chance, training

X = torch.linspace(-1, 1, 64 * 300).reshape(300, 64)
Y = (X.sum(dim=1) > 0).long()


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)


def trained(seed: int) -> bytes:
    with chance.seeded(seed):
        model = nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 2))
    training.fit(model, X, Y, epochs=4, batch_size=20, seed=seed)
    return b"".join(value.numpy().tobytes() for value in model.state_dict().values())


def test_trainings_at_once_come_out_as_one_after_the_other():
    seeds = [*range(8), 0]
    alone = chance.in_parallel(trained, seeds, threads=1)
    for _ in range(3):
        assert chance.in_parallel(trained, seeds, threads=4) == alone
    assert alone[0] == alone[-1] and len(set(alone)) == 8


def test_as_many_at_once_as_there_are_cores_and_pytorch_is_left_as_it_was(monkeypatch):
    before, meet = torch.get_num_threads(), threading.Barrier(2)
    own = chance.in_parallel(lambda _: (meet.wait(20), torch.get_num_threads()), "ab")
    assert sorted(own) == [(0, 1), (1, 1)]
    assert torch.get_num_threads() == before
    monkeypatch.setattr(joblib, "cpu_count", lambda: 1)
    here = threading.get_ident()
    assert set(chance.in_parallel(lambda _: threading.get_ident(), range(3))) == {here}


def test_an_error_in_a_job_is_raised_and_no_further_job_starts():
    begun = []

    def job(value):
        begun.append(value)
        raise ValueError(f"no {value}")

    with pytest.raises(ValueError, match="no 0"):
        chance.in_parallel(job, range(50), threads=2)
    assert len(begun) < 50


@pytest.mark.parametrize("block", [chance.seeded, chance.starting])
def test_the_random_numbers_of_the_caller_go_on(block):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with block(5):
        inside = torch.rand(3)
    torch.testing.assert_close(torch.rand(3), expected)
    torch.manual_seed(5)
    torch.testing.assert_close(inside, torch.rand(3))


def test_first_weights_wait_for_whoever_draws_them():
    inside, drawn = threading.Event(), []

    def other():
        inside.wait(20)
        with chance.seeded(2):
            drawn.append(torch.rand(2))

    thread = threading.Thread(target=other)
    thread.start()
    with chance.seeded(1):
        first = torch.rand(2)
        inside.set()
        thread.join(0.2)
        assert not drawn
        rest = torch.rand(2)
    thread.join(20)
    torch.manual_seed(1)
    torch.testing.assert_close(torch.cat([first, rest]), torch.rand(4))
    torch.manual_seed(2)
    torch.testing.assert_close(drawn[0], torch.rand(2))
