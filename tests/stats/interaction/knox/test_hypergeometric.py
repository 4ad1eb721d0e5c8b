"""Hypergeometric tails, against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from protestspread.stats.interaction.knox.hypergeometric import hypergeometric_tails


@given(total=st.integers(1, 60), seed=st.integers(0, 1000))
def test_tails_are_those_of_scipy(total, seed):
    rng = np.random.default_rng(seed)
    drawn, marked = rng.integers(0, total + 1, (2, 7))
    at_least = np.array([rng.integers(0, size + 1) for size in drawn])
    own, averaged = hypergeometric_tails(total, drawn, marked, at_least)
    assert own == pytest.approx(hypergeom.sf(at_least - 1, total, marked, drawn), abs=1e-12)
    every = hypergeom.sf(at_least[:, None] - 1, total, marked, drawn[:, None])
    assert averaged == pytest.approx(every.mean(axis=1), abs=1e-12)


def test_small_tails_of_large_urns():
    own, _ = hypergeometric_tails(20_000, np.array([300]), np.array([250]), np.array([30]))
    assert own[0] == pytest.approx(hypergeom.sf(29, 20_000, 250, 300), rel=1e-9)
    assert own[0] < 1e-15
