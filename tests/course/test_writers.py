"""Writers learn what follows what; counts are as surprised as one reckons by hand."""

import numpy as np
import pytest
import torch

from course import recurrent, writers

NUMBERS = recurrent.alphabet("abc")
TEXTS = 60 * ["abab", "ccc"]
LANGUAGES = np.array(60 * [0, 1])
ROWS = recurrent.encode(TEXTS, NUMBERS, 6)


def learn(**settings):
    given = {"seed": 1, "units": 16, "embedding": 4, "epochs": 20, "batch_size": 20}
    return writers.learn(ROWS, LANGUAGES, **given | settings)


@pytest.fixture(scope="module")
def writer():
    return learn()


def test_a_writer_knows_the_names_of_each_language_and_where_they_end(writer):
    assert writer.bits(ROWS, LANGUAGES) < 0.05
    assert writer.bits(ROWS, 1 - LANGUAGES) > 2
    for language, name in enumerate(TEXTS[:2]):
        made = writers.write(writer, language, 100, 3, NUMBERS)
        assert made.count(name) > 80
        cut = writers.write(writer, language, 100, 3, NUMBERS, longest=2)
        assert cut.count(name[:2]) > 90


def test_bits_are_those_of_the_letters_one_after_the_other():
    writer = learn(epochs=1)
    number, state, found = torch.tensor([[5 + 1]]), None, []  # 5 letters, language 1
    for letter in [4, 4, 4, 0]:
        scores, state = writer(number, state)
        found.append(float(scores[0, -1].log_softmax(dim=-1)[letter].detach()))
        number = torch.tensor([[letter]])
    expected = -np.mean(found) / np.log(2)
    for width in (4, 6, 9):
        rows = recurrent.encode(["ccc"], NUMBERS, width)
        assert writer.bits(rows, np.array([1])) == pytest.approx(expected, abs=1e-5)


def test_what_is_drawn_follows_from_the_probabilities_and_the_seed():
    writer = learn(epochs=0)
    with torch.no_grad():
        writer.score.weight[:] = 0
        writer.score.bias[:] = torch.log(torch.tensor([0.5, 0.1, 0.2, 0.2, 1e-9]))
    made = writers.write(writer, 0, 4000, 7, NUMBERS)
    assert made == writers.write(writer, 0, 4000, 7, NUMBERS)
    assert made != writers.write(writer, 0, 4000, 8, NUMBERS)
    assert len(made) / 4000 == pytest.approx(0.5, abs=0.03)  # the others are empty
    letters = "".join(made)
    assert len(letters) / 4000 == pytest.approx(1, abs=0.08)  # a half, a quarter, ...
    shares = [letters.count(letter) / len(letters) for letter in "?abc"]
    np.testing.assert_allclose(shares, [0.2, 0.4, 0.4, 0], atol=0.04)


def test_what_a_writer_becomes_follows_from_the_seed():
    one, again, other = (learn(epochs=1, seed=seed) for seed in (1, 1, 2))
    bits = [each.bits(ROWS, LANGUAGES) for each in (one, again, other)]
    assert bits[0] == bits[1] != bits[2]


def test_counts_are_mixed_with_the_shorter_ones():
    rows, test = np.array([[2, 3, 0]]), (np.array([[2, 0, 0]]), [0])

    def bits(back):
        return writers.counted_bits(rows, [0], test, back, letters=4)

    alone = (1 + 10 / 4) / 13  # each of a, b and the end occurs once in three
    assert bits(0) == pytest.approx(-np.log2(alone))
    first, end = (1 + 10 * alone) / 11, 10 * alone / 11  # a begins; b follows a
    assert bits(1) == pytest.approx(-np.mean(np.log2([first, end])))
    longer = 10 * end / 11  # of "^a", which b followed
    assert bits(2) == pytest.approx(-np.mean(np.log2([first, longer])))
    assert bits(5) == pytest.approx(bits(2))


def test_counts_of_each_language_are_apart_and_a_cut_name_has_no_end():
    rows, test = np.array([[2, 3], [3, 2]]), np.array([[2, 3]])
    own, foreign, unseen = (
        writers.counted_bits(rows, [0, 1], (test, [language]), 1, letters=4)
        for language in (0, 1, 2)
    )
    alone = (1 + 10 / 4) / 12
    assert own == pytest.approx(-np.log2((1 + 10 * alone) / 11))
    assert own < foreign
    assert unseen == pytest.approx(2)  # four letters, equally likely


class Remembered(writers.LanguageModel):
    """Scores by all that was read so far, which is its state, as a GPT's is."""

    def __init__(self, letters):
        super().__init__(letters)
        self.table = torch.nn.Embedding(letters + 2, letters)

    def forward(self, numbers, state=None):
        numbers = numbers if state is None else torch.cat([state, numbers], dim=1)
        return self.table(numbers).cumsum(dim=1), numbers


def test_another_model_is_trained_and_writes_in_the_same_way():
    torch.manual_seed(1)
    model = Remembered(5)
    before = model.bits(ROWS, LANGUAGES)
    plan = {"epochs": 60, "batch_size": 20, "learning_rate": 0.1}
    writers.train(model, ROWS, LANGUAGES, seed=1, warm=0.2, **plan)
    assert model.bits(ROWS, LANGUAGES) < before / 4
    made = writers.write(model, 1, 100, 3, NUMBERS)
    assert made.count("ccc") > 60


def test_the_rate_rises_and_falls(monkeypatch):
    rates = []
    monkeypatch.setattr(
        torch.optim.Adam,
        "step",
        lambda self, *_: rates.append(self.param_groups[0]["lr"]),
    )
    model, plan = Remembered(5), {"epochs": 2, "batch_size": 24, "learning_rate": 0.1}
    writers.train(model, ROWS, LANGUAGES, seed=1, warm=0.4, **plan)
    expected = [0.025, 0.05, 0.075, 0.1]
    expected += [0.05 * (1 + np.cos(np.pi * step / 6)) for step in range(6)]
    assert rates == pytest.approx(expected)


def test_a_low_temperature_draws_what_is_likeliest_and_a_high_one_anything():
    writer = learn(epochs=0)
    with torch.no_grad():
        writer.score.weight[:] = 0
        writer.score.bias[:] = torch.log(torch.tensor([0.3, 1e-9, 0.4, 0.2, 0.1]))
    for temperature, power in [(1.0, 1), (0.5, 2), (2.0, 0.5)]:
        made = writers.write(writer, 0, 3000, 7, NUMBERS, temperature=temperature)
        letters = "".join(made)
        shares = [letters.count(letter) / len(letters) for letter in "abc"]
        expected = np.array([0.4, 0.2, 0.1]) ** power
        np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.03)
    with pytest.raises(ValueError, match="the temperature is 0, expected one above 0"):
        writers.write(writer, 0, 1, 7, NUMBERS, temperature=0)


def test_a_writer_is_not_asked_once_all_names_have_ended(writer):
    asked = []

    def ask(numbers, state):
        asked.append(numbers)
        return writer(numbers, state)

    ask.letters = writer.letters
    made = writers.write(ask, 0, 50, 3, NUMBERS)
    assert made == writers.write(writer, 0, 50, 3, NUMBERS)
    assert len(asked) == max(map(len, made)) + 1 < 31
