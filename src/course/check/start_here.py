"""The exercises of lesson 00: count what is right, pass when unsure, compare errors."""

import numpy as np

from course.check import as_number, as_numbers, call, exercise, expect, expect_array


@exercise(
    "Which entries of the two lists are equal? NumPy compares arrays with ==.",
    "The mean of an array of True and False is the share of True.",
)
def accuracy(answer):
    """A function (predicted, actual) -> the share of equal entries, from 0 to 1."""
    cases = [([1, 2, 3, 4], [1, 2, 3, 9]), ([5, 5], [5, 5]), ([0, 1, 2], [1, 2, 0])]
    for predicted, actual in map(np.array, cases):
        share = np.mean(predicted == actual)
        result = call(answer, predicted=predicted, actual=actual)
        value = as_numbers(result)
        expect(
            value.shape == (),
            f"return one number for the whole list; yours has shape {value.shape}.",
        )
        expect(
            value == share or value != 1 - share,
            "this is the share of wrong answers; accuracy counts the right ones.",
        )
        expect(
            value == share or value != np.sum(predicted == actual),
            "this is how many are right; divide by how many there are.",
        )
        expect_array(value, share, predicted=predicted, actual=actual)
    return "One number, and the first that anyone will ask you for."


@exercise(
    "argmax(axis=1) gives each row's most probable digit, max(axis=1) how probable.",
    "np.where(condition, a, b) takes from a where the condition holds, else from b.",
    "A probability that equals the threshold is not below it.",
)
def answer_or_pass(answer):
    """A function (probabilities, threshold) -> a digit for each image, or -1."""
    probabilities = np.array([[0.1, 0.7, 0.2], [0.4, 0.35, 0.25], [0.0, 0.5, 0.5]])
    for threshold, digits in [(0.6, [1, -1, -1]), (0.5, [1, -1, 1]), (0.0, [1, 0, 1])]:
        result = call(answer, probabilities=probabilities, threshold=threshold)
        values = as_numbers(result)
        expect(
            values.shape == (3,),
            f"return one number an image, shape (3,); yours has shape {values.shape}.",
        )
        expect(
            not np.allclose(values, np.array(digits) >= 0),
            "return the digit itself, not whether it is sure.",
        )
        expect(
            threshold != 0.5 or values[2] != -1,
            "0.5 is not below the threshold 0.5: an equal probability counts as sure.",
        )
        expect_array(values, digits, probabilities=probabilities, threshold=threshold)
    return "Lesson 11 chooses the threshold by what a mistake costs."


@exercise(
    "by_template != y_test is True where the templates err. And for the network?",
    "Count the images where both err, with &, and divide by the network's mistakes.",
)
def shared_mistakes(share):
    """Which share of the network's mistakes the templates make too, from 0 to 1."""
    value = as_number(share, "the share")
    expect(value <= 1, f"{value:g} is above 1: divide the count by all its mistakes.")
    expect(value >= 0, f"a share is not negative, but yours is {value:g}.")
    expect(
        not 0.05 < value < 0.15,
        "a tenth is what chance would give. Count it: is it so?",
    )
    expect(
        not 0.15 <= value < 0.45,
        "this looks like the share of the templates' mistakes. Divide by the number "
        "of the network's mistakes instead.",
    )
    expect(value >= 0.45, f"{value:.2f} is too low: count where both are wrong.")
    return (
        "Far more than a tenth: both stumble over the same images. Some digits are "
        "hard for everyone, and two models that err alike cannot correct each other."
    )
