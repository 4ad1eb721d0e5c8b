"""Regression of times in intervals: against another optimizer, least squares, and the profile."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from protestspread.stats.fronts.interval_regression import fit_line, slope_interval


def drawn(n, seed, *, slope=0.5, sd=2.0):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(50, 3, n), rng.uniform(0, 20, n)])
    return design, design @ [4.0, 0.2, slope] + rng.normal(0, sd, n), rng


@pytest.mark.parametrize("seed", range(3))
def test_fits_are_maxima_of_the_likelihood(seed):
    design, y, rng = drawn(40, seed)
    below, above = rng.uniform(0, 2, (2, 40)) * (rng.random(40) < 0.7)  # the others are exact
    low, high = y - below, y + above
    line = fit_line(low, high, design)

    def loss(p):
        mean, sd = design @ (np.array(p[:3]) * [1, 0.1, 1]), np.exp(p[3])
        exact = low == high
        return -np.where(
            exact,
            norm.logpdf(low, mean, sd),
            np.log(np.maximum(norm.cdf(high, mean, sd) - norm.cdf(low, mean, sd), 1e-300)),
        ).sum()

    start = [*(line.coefficients * [1, 10, 1]), np.log(line.scale)]
    other = minimize(loss, np.array(start) * 1.1, method="Nelder-Mead",
                     options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20_000, "maxfev": 20_000})  # fmt: skip
    assert line.log_likelihood == pytest.approx(-loss(start), abs=1e-8)
    assert line.log_likelihood >= -other.fun - 1e-8
    assert np.exp(other.x[3]) == pytest.approx(line.scale, rel=1e-3)
    low_end, high_end = slope_interval(low, high, design, line, 3.84)
    for slope in (low_end, high_end):
        fixed = fit_line(low - slope * design[:, 2], high - slope * design[:, 2], design[:, :2])
        assert 2 * (line.log_likelihood - fixed.log_likelihood) == pytest.approx(3.84, abs=1e-4)
    error = np.sqrt(line.covariance[2, 2])
    assert high_end - low_end == pytest.approx(2 * 1.96 * error, rel=0.2)


def test_exact_times_are_least_squares():
    design, y, _ = drawn(30, 5)
    line = fit_line(y, y, design)
    assert line.coefficients == pytest.approx(np.linalg.lstsq(design, y, rcond=None)[0], rel=1e-6)
    assert line.scores * line.scale == pytest.approx(y - design @ line.coefficients, abs=1e-6)


def test_a_line_through_all_intervals_ends_at_a_small_scale():
    x = np.arange(20.0)
    days = np.floor(x / 3)
    line = fit_line(days - 0.5, days + 0.5, np.column_stack([np.ones(20), x]))
    assert line.converged
    assert line.scale == pytest.approx(1 / 20)
    low, high = slope_interval(days - 0.5, days + 0.5, np.column_stack([np.ones(20), x]), line, 3.84)
    assert low < 1 / 3 < high


def test_whole_days_do_not_bias_the_line():
    rng = np.random.default_rng(2)
    x = rng.uniform(0, 20, 4000)
    days = np.floor(10 + x / 4 + rng.normal(0, 0.4, 4000))
    line = fit_line(days, days + 1, np.column_stack([np.ones(4000), x]))
    assert line.coefficients == pytest.approx([10, 0.25], abs=0.05)
    assert line.scale == pytest.approx(0.4, abs=0.02)
