"""Whether the Bayesian strategy finds more than Random does, on functions fixed before.

All of it: `SEEDS=30 python -m pytest -n 0 tests/localaws/tuning/test_proof.py`.
"""

import pytest
from objectives import FUNCTIONS


def test_the_functions_are_those_of_the_books():
    branin, hartmann = (FUNCTIONS[name][0] for name in ("branin", "hartmann"))
    for x, y in [(-3.14159, 12.275), (3.14159, 2.275), (9.42478, 2.475)]:
        assert branin({"x": x, "y": y}, 0) == pytest.approx(0.397887, abs=1e-5)
    where = (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)
    given = {f"x{number}": value for number, value in enumerate(where)}
    assert hartmann(given, 0) == pytest.approx(-3.32237, abs=1e-5)


def test_the_network_learns_with_some_values_and_not_with_others():
    network = FUNCTIONS["network"][0]
    assert network({"rate": "0.1", "width": "64"}, 0) < 0.15
    assert network({"rate": "0.00001", "width": "64"}, 0) > 0.6
    assert network({"rate": "0.1", "width": "1"}, 0) > 0.4
