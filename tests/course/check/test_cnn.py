"""The exercises of lesson 08 refuse what is wrong and take what is right."""

import numpy as np
import pytest
from exercises import cases, said

from course import convolution
from course.check import cnn


def windows(x, size, stride):
    return convolution.windows(x, size, stride)


def by_slices(x, size):
    whole = x[..., : x.shape[-1] // size * size]
    return sum(whole[..., k::size] for k in range(size)) / size


def from_above(layers):
    reach = 1
    for size, stride in reversed(layers):
        reach = (reach - 1) * stride + size
    return np.int64(reach)


def without_strides(layers):
    return 1 + sum(size - 1 for size, _ in layers)


def own_stride_first(layers):
    reach, step = 1, 1
    for size, stride in layers:
        step *= stride
        reach += (size - 1) * step
    return reach


WRONG = {
    "shape": {
        "a kernel for every position": (19, 2375),
        "no padding": (18, 150),
        "no stride": (38, 150),
        "half": (20, 150),
        "no biases": (19, 125),
        "biases only": (19, 25),
        "text": ("many", 150),
    },
    "mean_pool": {
        "overlapping": (lambda x, size: windows(x, size, 1).mean(axis=3),),
        "the largest": (convolution.max_pool,),
        "the sum": (lambda x, size: windows(x, size, size).sum(axis=3),),
        "over the channels": (lambda x, size: windows(x, size, size).mean(axis=1),),
        "over everything": (lambda x, size: x.mean(),),
        "the median": (lambda x, size: np.median(windows(x, size, size), axis=3),),
        "size 3 built in": (lambda x, size: by_slices(x, 3),),
        "nothing": (lambda x, size: None,),
    },
    "receptive_field": {
        "sum of sizes": (lambda layers: sum(size for size, _ in layers),),
        "product": (lambda layers: np.prod([size for size, _ in layers]),),
        "no strides": (without_strides,),
        "own stride first": (own_stride_first,),
        "last layer": (lambda layers: layers[-1][0] if layers else 1,),
        "nothing": (lambda layers: None,),
    },
    "reversed_signals": {
        "worse": (0.98, "worse"),
        "better": (0.98, "better"),
        "test not reversed": (0.41, "worse"),
        "the MLP": (0.63, "same"),
        "the small CNN": (0.91, "same"),
        "percent": (98.0, "same"),
        "a sentence": (0.98, "it depends"),
    },
}
RIGHT = {
    "shape": [(19, 150), (np.int64(19), 150.0)],
    "mean_pool": [(by_slices,)],
    "receptive_field": [(from_above,)],
    "reversed_signals": [(0.985, "same"), (np.float64(0.97), " Same ")],
}


@pytest.mark.parametrize(("name", "answer"), cases(WRONG))
def test_a_wrong_answer_is_refused(capsys, name, answer):
    assert said(capsys, getattr(cnn, name), *answer).startswith("✗")


@pytest.mark.parametrize(("name", "answer"), cases(RIGHT))
def test_a_right_answer_is_taken(capsys, name, answer):
    assert said(capsys, getattr(cnn, name), *answer).startswith("✓")


def test_each_exercise_meets_five_wrong_answers():
    assert set(WRONG) == set(RIGHT)
    assert min(map(len, WRONG.values())) >= 5


def test_the_common_misconceptions_get_their_own_words(capsys):
    assert "same kernel everywhere" in said(capsys, cnn.shape, 19, 2375)
    assert "neighbours are still" in said(capsys, cnn.reversed_signals, 0.98, "worse")
    summed = said(capsys, cnn.receptive_field, lambda layers: sum(s for s, _ in layers))
    assert "the sum of the sizes" in summed
    assert "every stride were 1" in said(capsys, cnn.receptive_field, without_strides)
