"""Language models of names: what trains them, a GRU that writes, and counts as rivals.

A writer reads the number of a language first, then the letters as `course.recurrent`
numbers them, and scores at each step what comes next; PAD is the end of a name.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from course.optimizers import cosine
from course.readers import batches
from course.recurrent import PAD, bits_a_letter


class LanguageModel(torch.nn.Module):
    """What scores the next letter: `forward` takes numbers (names, time) and a state.

    It returns the scores (names, time, letters) after each of the numbers, and the
    state to go on from. `letters` counts the numbers of letters, PAD and UNKNOWN too;
    the languages are numbered after them.
    """

    def __init__(self, letters: int):
        super().__init__()
        self.letters = letters

    def asked(self, rows: np.ndarray, languages: np.ndarray) -> torch.Tensor:
        """What is read before each letter of rows (names, time): first the language."""
        first = np.asarray(languages)[:, None] + self.letters
        return torch.tensor(np.hstack([first, rows[:, :-1]]))

    def scores(self, rows: np.ndarray, languages: np.ndarray) -> np.ndarray:
        """The scores (names, time, letters) of what is in rows, given all before."""
        with torch.no_grad():
            return self(self.asked(rows, languages))[0].numpy()

    def bits(self, rows: np.ndarray, languages: np.ndarray) -> float:
        """Bits a letter of rows (names, time), the end included: its surprise."""
        return bits_a_letter(self.scores(rows, languages), rows)


class Writer(LanguageModel):
    """A GRU from the embedding of what it read to the scores of what comes next."""

    def __init__(self, letters: int, languages: int, units: int, embedding: int):
        super().__init__(letters)
        self.embed = torch.nn.Embedding(letters + languages, embedding)
        self.cell = torch.nn.GRU(embedding, units, batch_first=True)
        self.score = torch.nn.Linear(units, letters)

    def forward(self, numbers, state=None):
        """The scores (names, time, letters) after each of numbers (names, time)."""
        states, state = self.cell(self.embed(numbers), state)
        return self.score(states), state


def learn(
    rows: np.ndarray,
    languages: np.ndarray,
    *,
    seed: int,
    units: int = 128,
    embedding: int = 64,
    epochs: int = 4,
    batch_size: int = 64,
    learning_rate: float = 0.02,
) -> Writer:
    """Train a writer on rows of numbers (names, time), of a language (names,) each.

    Adam's learning rate falls to 0 along a half cosine, and the gradient is clipped
    to a norm of 1.
    """
    torch.manual_seed(seed)
    sizes = int(rows.max()) + 1, int(np.max(languages)) + 1
    writer = Writer(*sizes, units, embedding)
    plan = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
    train(writer, rows, languages, learning_rate=learning_rate, **plan)
    return writer


def train(
    model: LanguageModel,
    rows: np.ndarray,
    languages: np.ndarray,
    *,
    seed: int,
    epochs: int,
    batch_size: int = 64,
    learning_rate: float = 0.01,
    warm: float = 0.0,
) -> None:
    """Train a language model on rows of numbers, as `learn` does; the seed orders them.

    The rate rises in a line during the share `warm` of all steps before it falls.
    """
    rng, lengths = np.random.default_rng(seed), (rows != PAD).sum(axis=1)
    adam = torch.optim.Adam(model.parameters(), lr=learning_rate)
    steps = epochs * -(-len(rows) // batch_size)
    rising = round(warm * steps)

    def share(step: int) -> float:
        if step < rising:
            return (step + 1) / rising
        return cosine((step - rising) / max(steps - rising, 1))

    schedule = torch.optim.lr_scheduler.LambdaLR(adam, share)
    for _ in range(epochs):
        for (places,) in batches(lengths, batch_size, [rng]):
            adam.zero_grad()
            _surprise(model, rows[places], languages[places]).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            schedule.step()


def _surprise(
    model: LanguageModel, rows: np.ndarray, languages: np.ndarray
) -> torch.Tensor:
    """The mean cross-entropy of the letters and the end of each name."""
    lengths = (rows != PAD).sum(axis=1)
    rows = rows[:, : lengths.max() + 1]  # no step beyond the longest name's end
    counted = torch.tensor(np.arange(rows.shape[1]) <= lengths[:, None])
    scores, _ = model(model.asked(rows, languages))
    truth = torch.tensor(rows)[counted]
    return torch.nn.functional.cross_entropy(scores[counted], truth)


def write(
    writer: LanguageModel,
    language: int,
    count: int,
    seed: int,
    numbers: Mapping[str, int],
    longest: int = 31,
    temperature: float = 1.0,
) -> list[str]:
    """So many names: each letter is drawn from the probabilities and read in turn.

    The scores are divided by `temperature` before: below 1 likely letters become
    likelier. Raises ValueError unless it is above 0. `numbers` is the alphabet. An
    unknown letter is "?", and what has none is left out.
    """
    if not temperature > 0:
        raise ValueError(f"the temperature is {temperature}, expected one above 0.")
    chance = torch.Generator().manual_seed(seed)
    x, state = torch.full((count, 1), writer.letters + language), None
    drawn: list[np.ndarray] = []
    ended = np.zeros(count, bool)
    with torch.no_grad():
        for _ in range(longest):
            scores, state = writer(x, state)
            p = (scores[:, -1] / temperature).softmax(dim=-1)
            x = torch.multinomial(p, 1, generator=chance)
            drawn.append(x[:, 0].numpy())
            ended |= drawn[-1] == PAD
            if ended.all():
                break
    signs = np.array(["", "?", *numbers])
    before_end = np.cumprod(np.array(drawn) != PAD, axis=0)  # (time, names)
    texts = signs[np.array(drawn) * before_end].T
    return [text for text in map("".join, texts) if text]


def counted_bits(
    rows: np.ndarray,
    languages: np.ndarray,
    test: tuple[np.ndarray, np.ndarray],
    back: int,
    letters: int,
) -> float:
    """Bits a letter of the test, by how often it followed the `back` letters before.

    The shorter count is mixed in with the weight of ten names, down to all `letters`
    being equally likely. rows and `test` are as a writer has them.
    """
    counts: dict[tuple, Counter] = defaultdict(Counter)
    for language, before, letter in _steps(rows, languages, back):
        for first in range(len(before) + 1):
            counts[language, before[first:]][letter] += 1

    def p(language, before, letter) -> float:
        shorter = p(language, before[1:], letter) if before else 1 / letters
        found = counts[language, before]
        return (found[letter] + 10 * shorter) / (found.total() + 10)

    return -float(np.mean([np.log2(p(*step)) for step in _steps(*test, back)]))


def _steps(
    rows: np.ndarray, languages: Sequence[int] | np.ndarray, back: int
) -> Iterator[tuple[int, tuple, int]]:
    """Of each letter and end: the language, what stands before, and the letter."""
    for row, language in zip(rows.tolist(), languages, strict=True):
        end = [*row, PAD].index(PAD)
        before = (-1, *row)  # -1 is the beginning
        for at in range(min(end + 1, len(row))):
            yield int(language), before[max(0, at + 1 - back) : at + 1], row[at]
