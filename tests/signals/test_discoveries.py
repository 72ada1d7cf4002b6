"""False discoveries: Benjamini and Hochberg's own example, unknowns left out, and the rate held among nulls."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.discoveries import adjusted, discoveries

PAPER = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0])


def test_the_example_of_the_paper() -> None:
    assert discoveries(PAPER, 0.05).tolist() == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_q_values_say_what_the_step_up_procedure_says(chances: list[float], rate: float) -> None:
    p = np.array(chances)
    ordered = np.sort(p)
    passing = [k for k in range(len(p)) if ordered[k] * len(p) / (k + 1) <= rate]
    limit = ordered[passing[-1]] if passing else -1.0
    assert discoveries(p, rate).tolist() == (p <= limit).tolist()


def test_unknown_is_no_test() -> None:
    with_unknown = adjusted(np.array([0.001, np.nan, 0.2]))
    assert np.isnan(with_unknown[1])
    np.testing.assert_allclose(with_unknown[[0, 2]], adjusted(np.array([0.001, 0.2])))
