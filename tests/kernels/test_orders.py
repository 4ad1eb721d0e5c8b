"""The kernel against its version in numpy, and both against fractions (`tests/inference/test_partial_likelihood.py`)."""

import math
from fractions import Fraction

import numpy as np
import pytest

from protestspread.inference.likelihood.partial_likelihood import curved_log_likelihood, partial_log_likelihood
from protestspread.kernels import dispatch


@pytest.mark.parametrize(("events", "days", "spread"), [(6, 2, 1.0), (300, 12, 3.0), (300, 150, 9.0), (900, 2, 0.0)])
def test_the_kernel_equals_numpy(events, days, spread, monkeypatch):
    rng = np.random.default_rng(events + days)
    day = np.unique(np.sort(rng.integers(0, days, events)), return_inverse=True)[1]
    rates = np.exp(rng.normal(0, spread, events))
    others = np.exp(rng.normal(0, spread, day.max() + 1))
    columns = rng.normal(0, 1, (3, events))
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        found.append(curved_log_likelihood(rates, others, day, columns))
    for mine, its in zip(*found, strict=True):
        assert mine == pytest.approx(its, rel=1e-9, abs=1e-11)


def test_rates_that_differ_by_1e16(monkeypatch):
    """By inclusion and exclusion, in fractions: 20 places of ratio 1e-8 and 20 of 1e8."""
    small, large, total = Fraction(1, 10**8), Fraction(10**8), Fraction(0)
    for i in range(21):
        for j in range(21):
            total += (-1) ** (i + j) * math.comb(20, i) * math.comb(20, j) / (1 + i * small + j * large)
    shift = total.denominator.bit_length() - total.numerator.bit_length()
    expected = math.log(total * 2**shift) - shift * math.log(2)
    rates = np.repeat([1e-8, 1e8], 20)
    monkeypatch.setattr(dispatch, "FORCED", True)
    value = partial_log_likelihood(rates, np.ones(1), np.zeros(40, dtype=np.int64))[0][0]
    assert value == pytest.approx(expected, rel=1e-12)
