import math
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from protestspread.ensembles.ensemble import Ensemble
from protestspread.errors import DataError, FitError
from protestspread.inference.likelihood.fits import Fit
from protestspread.inference.likelihood.maximize import Problem, maximize
from protestspread.inference.likelihood.profiles import profile_interval

DATES = pd.date_range("2022-01-01", periods=3, name="date")
COUNTS = pd.DataFrame({"A": [3.0, 0.0, np.nan], "B": [4.0, 1.0, 0.0]}, index=DATES)


@dataclass(frozen=True, repr=False, eq=False)
class ARate(Fit):
    """Counts of one rate in each place-day, whose parameters are those of the likelihood it is given."""

    data: pd.DataFrame = field(default_factory=COUNTS.copy)
    mean: float = 1.5
    psi: float | None = 0.0
    at_least_0: tuple[str, ...] = ()
    undefined_at_0: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: dict[str, object] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def sentence(self):
        return "a rate"

    @property
    def model(self):
        return self.mean

    @property
    def settings(self):
        return self.fixed

    @property
    def inputs(self):
        return self.digests

    @property
    def boundary_parameters(self):
        return self.at_least_0

    @property
    def conditional_parameters(self):
        return self.undefined_at_0

    @property
    def overdispersion(self):
        return self.psi

    def observed(self):
        return self.data

    def expected(self):
        return self.data * 0 + self.mean

    def simulate(self, draws, *, given=None, rng=None):  # noqa: ARG002 - independent of the past
        values = np.random.default_rng(rng).poisson(self.mean, (draws, *self.data.shape))
        return Ensemble(values, self.data.index, self.data.columns)

    def without(self, *names):
        kept = [name for name in self.parameter_names if name not in names]
        return replace(self, optimum=peak(kept, self.log_likelihood - len(names)))


def peak(names, height):
    """The maximum of a likelihood of some parameters, of a given height."""
    size = len(names)
    return maximize(
        Problem(
            tuple(names),
            lambda at: (height - at @ at, -2 * at),
            np.ones((1, size)),
            np.full(size, -9.0),
            np.full(size, 9.0),
        )
    )


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


# comparison


def fits(names, fewer, gain, **options):
    """Two fits of the same data, whose log-likelihoods differ by `gain`."""
    return ARate(peak(names, -20 + gain), 30, **options), ARate(peak(fewer, -20.0), 30, **options)


def test_a_parameter_inside_its_range_is_tested_against_chi_square():
    large, small = fits(["a", "b", "c"], ["a"], 3.0)
    found = large.compare(small)
    assert found.statistic == pytest.approx(6.0)
    assert found.p_value == pytest.approx(math.exp(-3.0))  # χ² with 2 degrees of freedom
    assert "χ² with 2 degrees of freedom" in found.sentence
    assert small.compare(large).p_value == found.p_value  # whichever is first


def test_a_parameter_at_the_end_of_its_range_counts_half():
    large, small = fits(["a", "s"], ["a"], 1.5, at_least_0=("s",))
    found = large.compare(small)
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(3.0 / 2)) / 2)
    assert found.reference == "half χ² with 0, half with 1 degree of freedom"
    assert fits(["a", "s"], ["a"], 0.0, at_least_0=("s",))[0].compare(small).p_value == 1.0


def test_several_parameters_at_the_end_of_their_range_are_a_binomial_mixture():
    large, small = fits(["a", "s", "u", "x"], ["a"], 2.0, at_least_0=("s", "u"))
    tails = [
        math.erfc(math.sqrt(2.0)),
        math.exp(-2.0),
        stats.chi2.sf(4.0, 3),
    ]  # one regular, and 0, 1 or 2 of the others
    assert large.compare(small).p_value == pytest.approx(np.array([0.25, 0.5, 0.25]) @ tails)
    assert "approximate" in large.compare(small).reference


def test_a_coefficient_that_goes_with_its_part_has_no_degree_of_freedom_of_its_own():
    options = {"at_least_0": ("s", "u"), "undefined_at_0": {"x": ("s", "u")}}
    large, small = fits(["a", "s", "u", "x"], ["a"], 2.0, **options)
    expected = 0.5 * stats.chi2.sf(4.0, 2) + 0.25 * stats.chi2.sf(4.0, 3)  # none of both strengths: no tail at all
    assert large.compare(small).p_value == pytest.approx(expected)
    large, small = fits(["a", "s", "u", "x"], ["a", "s", "u"], 2.0, **options)  # the part stays, its coefficient goes
    assert large.compare(small).p_value == pytest.approx(math.erfc(math.sqrt(2.0)))


@pytest.mark.parametrize(
    "changes",
    [
        {"fixed": {"memory": 2}},
        {"digests": {"road": "other ties"}},
        {"optimum": peak(["b"], -20.0)},
        {"optimum": peak(["a", "s"], -20.0)},
    ],
    ids=["other settings", "another network of the same name", "other parameters", "the same parameters"],
)
def test_models_that_are_not_nested_have_no_p_value(changes):
    large, small = fits(["a", "s"], ["a"], 2.0, fixed={"memory": 1}, digests={"road": "ties"})
    assert large.compare(small).p_value < 0.05
    found = large.compare(replace(small, **changes))
    assert np.isnan(found.p_value)
    assert "neither model contains the other" in found.sentence
    assert "AICc" in found.sentence


def test_other_data_are_refused():
    fit = ARate(peak(["a"], -20.0), 30)
    moved, named = COUNTS + 1, COUNTS.rename(columns={"B": "C"})
    later = COUNTS.set_axis(COUNTS.index + pd.Timedelta(days=1))
    for data in (moved, named, later, COUNTS.iloc[:2], COUNTS.fillna(0)):
        with pytest.raises(DataError, match=r"^other must be fitted to the same data"):
            fit.compare(replace(fit, data=data))
    for other in (None, "fit", COUNTS):
        with pytest.raises(DataError, match=r"^other must be a ARate; got"):
            fit.compare(other)


def test_fits_that_are_alike_have_the_same_aicc():
    fit = ARate(peak(["a"], -20.0), 30)
    assert "lower" not in fit.compare(fit).sentence
    large, small = fits(["a", "s"], ["a"], 2.0)
    assert "for the first fit" in large.compare(small).sentence
    assert "for the second fit" in small.compare(large).sentence


def test_the_table_of_a_comparison_has_aicc_weights():
    large, small = fits(["a", "s"], ["a"], 2.0)
    table = large.compare(small).to_frame()
    assert table["parameters"].tolist() == [2, 1]
    assert table["weight"].sum() == pytest.approx(1.0)
    assert table["weight"]["first"] / table["weight"]["second"] == pytest.approx(
        math.exp((small.aicc - large.aicc) / 2)
    )
    assert len(large.compare(small).figure().scales) == 2


def test_without_a_part():
    fit = ARate(peak(["a", "s"], -20.0), 30)
    assert fit.without("s").parameter_names == ("a",)
    assert fit.compare(fit.without("s")).statistic == pytest.approx(2.0)
    assert fit.robust_standard_errors is None
    assert list(fit.summary()) == ["estimate", "standard_error", "low", "high"]


# residuals


def deviance_by_hand(y, mean, psi):
    """Signed root of twice the loss against a perfect fit, term by term."""
    if psi is None:
        loss = -math.log(mean if y else 1 - mean)
    elif psi == 0:
        loss = (y * math.log(y / mean) if y else 0.0) - (y - mean)
    else:
        best = stats.nbinom.logpmf(y, 1 / psi, 1 / (1 + psi * y)) if y else 0.0
        loss = best - stats.nbinom.logpmf(y, 1 / psi, 1 / (1 + psi * mean))
    return math.copysign(math.sqrt(2 * loss), y - mean)


@given(
    st.sampled_from([None, 0.0, 0.4, 3.0]), st.floats(0.02, 0.98), st.lists(st.integers(0, 9), min_size=1, max_size=8)
)
def test_deviance_residuals_by_hand(psi, mean, counts):
    counts = [min(count, 1) for count in counts] if psi is None else counts
    mean = mean if psi is None else 8 * mean
    data = pd.DataFrame({"A": [*map(float, counts), np.nan]})
    found = ARate(peak(["a"], -20.0), 30, data=data, mean=mean, psi=psi).residuals()["A"]
    assert np.isnan(found.iloc[-1])
    expected = [deviance_by_hand(count, mean, psi) for count in counts]
    assert found.iloc[:-1].to_numpy() == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("psi", "mean"), [(None, 0.3), (None, 0.02), (0.0, 1.7), (0.0, 30.0), (0.8, 2.5), (5.0, 0.2)])
def test_quantile_residuals_are_standard_normal(psi, mean):
    rng = np.random.default_rng(4)
    if psi is None:
        draws = (rng.random(4000) < mean).astype(float)
    else:
        draws = rng.poisson(mean * (rng.gamma(1 / psi, psi, 4000) if psi else np.ones(4000))).astype(float)
    data = pd.DataFrame(draws.reshape(-1, 4))
    fit = ARate(peak(["a"], -20.0), 30, data=data, mean=mean, psi=psi)
    found = fit.residuals("quantile", rng=1)
    assert stats.kstest(found.to_numpy().ravel(), "norm").pvalue > 0.001
    wrong = replace(fit, mean=mean * 1.5).residuals("quantile", rng=1).to_numpy().ravel()
    assert psi is None or stats.kstest(wrong, "norm").pvalue < 1e-4
    pd.testing.assert_frame_equal(found, fit.residuals("quantile", rng=1))
    assert not found.equals(fit.residuals("quantile", rng=2))


def test_residuals_of_an_unknown_kind():
    with pytest.raises(DataError, match=r"^kind must be 'deviance' or 'quantile'; got 'pearson'"):
        ARate(peak(["a"], -20.0), 30).residuals("pearson")
