"""Random calculations: the same from a seed, and none that leaves its domain."""

import numpy as np

from course.expressions import OPERATIONS, evaluate, random_expression


def test_a_seed_gives_one_expression_and_another_seed_another():
    one, again, other = (random_expression(np.random.default_rng(s)) for s in (3, 3, 4))
    assert one == again != other


def test_steps_take_only_values_that_are_there():
    steps = random_expression(np.random.default_rng(0), steps=200, starts=2)
    assert len(steps) == 200 and {op for op, _, _ in steps} == {*range(len(OPERATIONS))}
    assert all(0 <= min(i, j) <= max(i, j) < 2 + k for k, (_, i, j) in enumerate(steps))


def test_an_expression_is_the_sum_of_its_starts_and_steps():
    a, b = 0.5, -2.0
    product = a * b
    expected = a + b + product + np.tanh(product)
    assert np.isclose(evaluate([(2, 0, 1), (4, 2, 0)], [a, b], np), expected)


def test_every_expression_is_finite_for_usual_numbers():
    rng = np.random.default_rng(0)
    results = [
        evaluate(random_expression(rng), rng.normal(size=3), np) for _ in range(500)
    ]
    assert np.isfinite(results).all()
