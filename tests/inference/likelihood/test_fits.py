import math

import numpy as np
import pytest
from scipy import stats

from protestspread.errors import DataError, FitError
from protestspread.inference.likelihood.fits import Fit
from protestspread.inference.likelihood.maximize import Problem, maximize
from protestspread.inference.likelihood.profiles import profile_interval


class ARate(Fit):
    @property
    def sentence(self):
        return "a rate"


def poisson(count, exposure, *, upper=np.inf):
    """A Poisson count: its rate, at least 0."""

    def objective(at):
        mean = at[0] * exposure
        value = (count * math.log(mean) if count else 0.0) - mean if mean > 0 or not count else -np.inf
        return value, np.array([(count / at[0] if count else 0.0) - exposure])

    starts = np.array([[0.5], [5.0]])
    return Problem(("rate",), objective, starts, np.array([0.0]), np.array([upper]))


def normal(mean, covariance):
    precision = np.linalg.inv(covariance)

    def objective(at):
        return -0.5 * (at - mean) @ precision @ (at - mean), -precision @ (at - mean)

    size = len(mean)
    names = tuple("abc"[:size])
    return Problem(names, objective, np.zeros((3, size)), np.full(size, -np.inf), np.full(size, np.inf))


def test_a_count():
    fit = ARate(maximize(poisson(7, 2.0)), events=7)
    assert fit.params["rate"] == pytest.approx(3.5, rel=1e-7)
    assert fit.standard_errors["rate"] == pytest.approx(math.sqrt(7) / 2, rel=1e-5)
    assert fit.aic == pytest.approx(2 - 2 * (7 * math.log(7) - 7))
    assert fit.aicc == pytest.approx(fit.aic + 4 / 5)
    low, high = fit.intervals().loc["rate"]
    for end in (low, high):
        assert 7 * math.log(7) - 7 - (7 * math.log(2 * end) - 2 * end) == pytest.approx(
            stats.chi2.ppf(0.95, 1) / 2, rel=1e-6
        )
    assert low < 3.5 < high
    assert "converged from 2 of 2 starts" in repr(fit)
    assert fit.diagnostics()["starts_at_the_optimum"] == 2


def test_nothing_counted_gives_a_one_sided_interval():
    fit = ARate(maximize(poisson(0, 2.0)), events=1)
    assert fit.params["rate"] == 0
    assert np.isnan(fit.standard_errors["rate"])
    assert fit.boundary == ("rate = 0",)
    low, high = fit.intervals(level=0.9).loc["rate"]
    assert low == 0
    assert 2 * high == pytest.approx(stats.chi2.ppf(0.9, 1) / 2)
    assert math.isinf(fit.aicc)


def test_the_profile_of_a_normal_is_its_marginal():
    covariance = np.array([[4.0, 1.8, 0.0], [1.8, 1.0, 0.3], [0.0, 0.3, 9.0]])
    fit = ARate(maximize(normal(np.array([1.0, -2.0, 30.0]), covariance)), events=10)
    half = stats.norm.ppf(0.975) * np.sqrt(np.diag(covariance))
    assert fit.params.to_numpy() == pytest.approx([1, -2, 30])
    assert fit.standard_errors.to_numpy() == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-6)
    intervals = fit.intervals(names=["c", "a"])
    assert intervals.index.tolist() == ["c", "a"]
    assert intervals.to_numpy().ravel() == pytest.approx(
        [30 - half[2], 30 + half[2], 1 - half[0], 1 + half[0]], rel=1e-5
    )
    assert fit.summary().shape == (3, 4)


def test_a_likelihood_that_rises_to_infinity():
    def objective(at):
        return -math.exp(-at[0]), np.array([math.exp(-at[0])])

    def params_of(at):
        return np.where(at >= 25, np.inf, np.exp(at))

    problem = Problem(
        ("s",), objective, np.array([[1.0]]), np.array([-5.0]), np.array([25.0]), params_of, np.array([True])
    )
    found = maximize(problem)
    assert ARate(found, 5).boundary == ("s = ∞",)
    low, high = profile_interval(found, 0)
    assert high == math.inf
    assert 1 / low == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, rel=1e-6)


def test_a_search_that_does_not_end_at_a_maximum_is_reported():
    def objective(at):
        return at[0], np.array([1.0])  # rises for ever

    problem = Problem(("a",), objective, np.array([[0.0]]), np.array([-np.inf]), np.array([np.inf]))
    fit = ARate(maximize(problem), 5)
    assert not fit.converged
    assert "NOT CONVERGED" in repr(fit)
    assert "NOT CONVERGED" in fit._repr_html_()
    with pytest.raises(FitError, match="unconverged"):
        fit.intervals()
    assert fit.intervals(unconverged="allow").loc["a", "high"] == math.inf
    assert fit.summary()["low"].isna().all()


def test_names_and_levels_that_do_not_exist():
    fit = ARate(maximize(poisson(7, 2.0)), 7)
    with pytest.raises(DataError, match="names has no parameter 'speed'; the fit has rate"):
        fit.intervals(names=["speed"])
    for level in (0, 1, 95):
        with pytest.raises(DataError, match=r"level must be a number above 0 and at most 1; got"):
            fit.intervals(level=level)


def test_nearly_collinear_estimates_have_a_large_condition_number():
    found = maximize(normal(np.zeros(2), np.array([[1.0, 0.999999999], [0.999999999, 1.0]])))
    assert found.condition > 1e8
    assert "ill-conditioned" in repr(ARate(found, 9))


def test_a_model_without_parameters():
    problem = Problem((), lambda _: (-3.0, np.zeros(0)), np.zeros((1, 0)), np.zeros(0), np.zeros(0))
    fit = ARate(maximize(problem), 4)
    assert (fit.log_likelihood, fit.aicc, len(fit.summary())) == (-3.0, 6.0, 0)
    assert fit.converged


def test_a_profile_with_two_modes():
    """Where a = 0, b may be anything, and that costs too little for b to have ends."""

    def objective(at):
        a, b = at
        height = 1.0 * a * math.exp(-((b - 1) ** 2) / 2)
        slope = [math.exp(-((b - 1) ** 2) / 2) - 2 * max(a - 1, 0), -(b - 1) * height]
        return height - max(a - 1, 0) ** 2 - 20 * max(-a, 0) ** 2, np.array(slope)

    starts = np.array([[1.0, 0.5], [0.0, 0.0]])
    problem = Problem(("a", "b"), objective, starts, np.array([0.0, -50.0]), np.array([np.inf, 50.0]))
    found = maximize(problem)
    assert found.coordinates == pytest.approx([1.5, 1.0], abs=1e-6)
    assert profile_interval(found, 1) == (-50.0, 50.0)
    low, high = profile_interval(found, 1, level=0.5)  # the maximum lies 1.25 above a = 0: half of χ²(0.5) is 0.23
    assert -50 < low < 1 < high < 50
    assert low + high == pytest.approx(2.0, abs=1e-5)
