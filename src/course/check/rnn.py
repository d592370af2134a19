"""The exercises of lesson 09: what a recurrent network holds, keeps and ignores."""

import numpy as np

from course.check import (
    as_comparison,
    as_number,
    as_numbers,
    as_share,
    call,
    exercise,
    expect,
    expect_array,
)


@exercise(
    "The weights are the same at every step: the length of a name does not matter.",
    "Three gates, each with a matrix for the input and one for the state.",
    "3 × (32 × 64 + 64 × 64), and four rows of 64 biases.",
)
def count(number):
    """How many weights and biases a GRU with 32 inputs and 64 units has."""
    got = as_number(number)
    right = 3 * (32 * 64 + 64 * 64) + 4 * 64
    expect(
        got not in (32 * right, 32 * (right - 4 * 64)),
        f"{got:g} counts the weights once for each letter, but every step uses the "
        "same ones.",
    )
    expect(got != right - 4 * 64, f"{got:g} leaves out the biases.")
    expect(
        got not in (32 * 64 + 64 * 64 + 64, 32 * 64 + 64 * 64),
        f"{got:g} is what one gate has; the GRU has three.",
    )
    expect(
        got != right + 2 * 64,
        f"{got:g} is PyTorch's count, with two biases at every gate; ours has four "
        "rows of biases.",
    )
    expect(
        got != right - 64,
        f"{got:g} has one bias a gate; the proposal has a second one inside r.",
    )
    expect(got == right, f"{got:g} is not it: go through gru_step line by line.")
    return "18,688, however long the names are."


@exercise(
    "Which states belong to no letter?",
    "Set the states at the padding to zero before you add up.",
    "Divide by the number of real letters of each name, not by the length.",
)
def masked_mean(answer):
    """A function (states, numbers) -> the mean state over the real letters."""
    rng = np.random.default_rng(9)
    states = rng.normal(size=(3, 5, 4))
    numbers = np.array([[5, 2, 0, 0, 0], [3, 3, 9, 1, 2], [7, 0, 0, 0, 0]])
    mask = (numbers != 0)[..., None]
    expected = (states * mask).sum(axis=1) / mask.sum(axis=1)
    got = as_numbers(call(answer, states=states, numbers=numbers))
    expect(
        got.shape == expected.shape,
        f"it has shape {got.shape}, expected {expected.shape}: (batch, units).",
    )
    expect(
        not np.allclose(got, states.mean(axis=1)),
        "this is the mean over all steps: the padding is in it.",
    )
    expect(
        not np.allclose(got, (states * mask).mean(axis=1)),
        "the padding adds nothing now, but it is still counted when you divide.",
    )
    expect(
        not np.allclose(got, (states * mask).sum(axis=1)),
        "this is the sum over the real letters: divide by how many there are.",
    )
    expect_array(got, expected, "a mean")
    return "However much padding follows, the mean stays the same."


@exercise(
    "After 40 steps a share f to the power of 40 is left.",
    "f must be the 40th root of ½; which bias gives a sigmoid of that?",
    "The inverse of the sigmoid is log(f / (1 - f)).",
)
def forget_bias(number):
    """The forget gate's bias that lets half of a gradient survive 40 steps."""
    got = as_number(number)
    gate = 0.5 ** (1 / 40)
    expect(
        abs(got - gate) > 0.005,
        f"{got:.3f} is what the gate must be; the bias is what the sigmoid turns "
        "into it.",
    )
    expect(
        abs(got) > 0.005,
        "a bias of 0 opens the gate by half, and half is what is left after a single "
        "step.",
    )
    kept = 1 / (1 + np.exp(-np.clip(got, -50, 50)))
    expect(
        abs(got - np.log(gate / (1 - gate))) < 0.1,
        f"with b = {got:g} a share of {kept**40:.2g} is left after 40 steps, "
        "expected 0.5.",
    )
    return "About 4: a gate that looks wide open at 0.9 loses nearly all in 40 steps."


@exercise(
    "name[::-1] is a name backwards; log_p takes a list of names.",
    "The bag of letters cannot tell a name from its reverse: its accuracy stays.",
    "Compare accuracy(log_p(turned)) with bag_accuracy.",
)
def backwards(accuracy, conclusion):
    """Accuracy on reversed names; then "better", "worse" or "same" as the bag."""
    share = as_share(accuracy)
    expect(
        abs(share - 0.558) > 0.002,
        f"{share:.3f} is what the bag of letters reaches: give that of the reader.",
    )
    expect(
        share < 0.6,
        f"{share:.2f} is what the reader reaches on names written forwards: were the "
        "names turned around?",
    )
    expect(
        share >= 0.08,
        f"{share:.2f} is about guessing, less than the reader reaches: were names and "
        "languages still in the same order?",
    )
    word = as_comparison(conclusion)
    expect(
        word != "same",
        "the letters are the same, but the reader's state depends on their order: "
        "compare the two accuracies.",
    )
    expect(word == "worse", "the bag still has more right: compare the two accuracies.")
    return "A reader that was trained forwards is worse backwards than one that counts."
