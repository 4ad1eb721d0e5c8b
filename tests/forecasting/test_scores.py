"""Scores against numbers of R's scoringRules, and against their definitions."""

import inspect
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.integrate import quad

import protestspread as ps

DRAWS, VECTOR = [0, 1, 1, 3, 4, 8, 2, 0], np.array([(0, 1, 2, 1, 4), (0, 0, 1, 2, 0), (3, 5, 2, 2, 7)]).T
POISSON, COUNTS = stats.poisson([2.5, 0.7]), [3, 0]
NEGATIVE = stats.nbinom(2, 2 / 4.5)
CHANCES, EVENTS = [0.1, 0.1, 0.3, 0.3, 0.3, 0.7, 0.7, 0.9, 0.9, 0.9], [0, 0, 0, 1, 0, 1, 0, 1, 1, 1]
CZADO = [
    0.044469800,
    0.169469800,
    0.084983675,
    0.087648887,
    0.088309707,
    0.088309707,
    0.062659312,
    0.183250197,
    0.190898913,
    0,
]
SCORES = (ps.crps, ps.log_score, ps.dawid_sebastiani_score)


def test_draws_as_in_scoring_rules():
    assert ps.crps(DRAWS, 2, fair=False) == pytest.approx(0.578125, abs=1e-12)
    assert ps.crps(DRAWS, 2) == pytest.approx(0.392857143, abs=1e-9)
    assert ps.dawid_sebastiani_score(DRAWS, 2) == pytest.approx(1.852634725, abs=1e-9)
    assert ps.crps([1, 2, 2, 5, 7], 3, fair=False) == pytest.approx(0.8, abs=1e-12)


def test_vectors_as_in_scoring_rules():
    assert ps.energy_score(VECTOR, [1, 0, 3], fair=False) == pytest.approx(0.938604469, abs=1e-9)
    assert ps.energy_score(VECTOR, [1, 0, 3]) == pytest.approx(0.574849647, abs=1e-9)
    assert ps.variogram_score(VECTOR, [1, 0, 3]) == pytest.approx(0.117066185, abs=1e-9)


@pytest.mark.parametrize(
    ("score", "poisson", "negative"),
    [
        (ps.crps, [0.457608520, 0.278900925], 0.690742057),
        (ps.log_score, [1.542887274, 0.7], 1.998926066),
        (ps.dawid_sebastiani_score, [1.016290732, 0.343325056], 1.771665393),
    ],
)
def test_distributions_of_counts_as_in_scoring_rules(score, poisson, negative):
    assert score(POISSON, COUNTS) == pytest.approx(poisson, abs=1e-9)
    assert score(NEGATIVE, 3) == pytest.approx(negative, abs=1e-9)


def test_densities():
    assert ps.crps(stats.norm(), 0.5) == pytest.approx(0.33140353125, abs=1e-11)
    assert ps.crps(stats.expon(), 2.0) == pytest.approx(2 - 2 * (1 - np.exp(-2)) + 0.5, abs=1e-9)
    assert ps.log_score(stats.norm(), 0.5) == pytest.approx(-stats.norm.logpdf(0.5))


@pytest.mark.parametrize("forecast", [stats.gamma(1.7), stats.t(4, 1.0), stats.uniform(-1, 3)])
@pytest.mark.parametrize("y", [-2.0, 0.3, 5.0])
def test_crps_of_a_density_is_the_integral(forecast, y):
    grid = np.linspace(-500, 500, 4_000_001)
    steps = forecast.cdf(grid) - (grid >= y)
    assert ps.crps(forecast, y) == pytest.approx(float((steps**2).sum()) * (grid[1] - grid[0]), abs=3e-4)
    low, high = (quad(lambda x: (forecast.cdf(x) - (x >= y)) ** 2, *ends)[0] for ends in ((y - 5, y), (y, y + 5)))
    assert ps.crps(forecast, y) >= low + high - 1e-6


@pytest.mark.parametrize("y", [-3, 0, 2, 40, 10**6])
def test_crps_of_counts_is_the_sum(y):
    counts = np.arange(-10, 200)
    total = float(((NEGATIVE.cdf(counts) - (counts >= y)) ** 2).sum()) + max(y - 200, 0)
    assert ps.crps(NEGATIVE, y) == pytest.approx(total, abs=1e-9)


def test_crps_of_a_single_draw_is_the_absolute_error():
    assert ps.crps([4], 7, fair=False) == 3
    assert ps.energy_score([[4.0]], [7.0], fair=False) == 3


def test_a_fair_score_does_not_depend_on_the_number_of_draws():
    """The mean over all ensembles of 2, 3 and 4 draws of a three-point distribution, exactly."""
    values, chance = np.array([0.0, 1.0, 5.0]), np.array([0.5, 0.3, 0.2])

    def mean(size, score):
        members = list(product(range(3), repeat=size))
        return sum(np.prod(chance[list(one)]) * score(values[list(one)]) for one in members)

    fair = [mean(size, lambda x: ps.crps(x, 1)) for size in (2, 3, 4)]
    biased = [mean(size, lambda x: ps.crps(x, 1, fair=False)) for size in (2, 3, 4)]
    assert fair == pytest.approx([fair[0]] * 3)
    assert biased[0] > biased[1] > biased[2] > fair[0]
    energy = [mean(size, lambda x: ps.energy_score(np.outer(x, [1, 2]), [1, 1])) for size in (2, 3)]
    assert energy[0] == pytest.approx(energy[1])


@given(arrays(np.int64, (7, 2, 3), elements=st.integers(0, 9)), arrays(np.int64, (2, 3), elements=st.integers(0, 9)))
@settings(max_examples=25)
def test_crps_of_draws_is_the_mean_of_differences(drawn, y):
    apart = np.abs(drawn[:, None] - drawn[None]).sum(axis=(0, 1))
    for fair, pairs in ((True, 42), (False, 49)):
        assert np.allclose(ps.crps(drawn, y, fair=fair), np.abs(drawn - y).mean(axis=0) - apart / (2 * pairs))


@given(arrays(np.int64, (7, 2), elements=st.integers(0, 9)), arrays(np.int64, 2, elements=st.integers(0, 9)))
@settings(max_examples=25)
def test_the_energy_score_of_one_place_is_the_crps(drawn, y):
    assert ps.energy_score(drawn[:, :1], y[:1]) == pytest.approx(ps.crps(drawn[:, 0], int(y[0])))


def test_intervals():
    assert ps.interval_score(1, 12, 9, level=0.9) == pytest.approx(11)
    assert ps.interval_score(3, 7, 9, level=0.5) == pytest.approx(12)
    assert ps.interval_score(3, 7, 1, level=0.5) == pytest.approx(12)
    quantiles = {0.95: 12, 0.05: 1, 0.5: 5, 0.25: 3, 0.75: 7}
    assert ps.weighted_interval_score(quantiles, 9) == pytest.approx(2.22)
    by_hand = (abs(9 - 5) / 2 + 0.05 * 11 + 0.25 * 12) / 2.5
    assert ps.weighted_interval_score(quantiles, 9) == pytest.approx(by_hand)


def test_many_quantiles_approach_the_crps():
    levels = (np.arange(999) + 1) / 1000
    quantiles = dict(zip(levels.tolist(), stats.norm.ppf(levels).tolist(), strict=True))
    assert ps.weighted_interval_score(quantiles, 0.5) == pytest.approx(0.33140353, abs=2e-3)


def test_brier_score_and_its_parts():
    found = ps.brier_score(CHANCES, EVENTS)
    assert found.tolist() == pytest.approx([0.13, 0.013333333, 0.133333333, 0.25, 10], abs=1e-9)
    assert ps.area_under_curve(CHANCES, EVENTS) == pytest.approx(0.9)
    assert np.mean(ps.log_score(stats.bernoulli(CHANCES), EVENTS)) == pytest.approx(0.400477302, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.sampled_from([None, 1, 4, 10]))
@settings(max_examples=50)
def test_parts_of_the_brier_score_add_up(pairs, bins):
    chance, happened = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs], dtype=float)
    found = ps.brier_score(chance, happened, bins=bins)
    assert found["score"] == pytest.approx(((chance - happened) ** 2).mean())
    assert found["score"] == pytest.approx(found["reliability"] - found["resolution"] + found["uncertainty"])


def test_resolution_is_murphys_where_probabilities_are_equal_within_groups():
    chance, happened = np.array(CHANCES), np.array(EVENTS)
    rows = [chance == value for value in set(CHANCES)]
    resolution = sum(row.sum() * (happened[row].mean() - happened.mean()) ** 2 for row in rows) / 10
    assert ps.brier_score(CHANCES, EVENTS)["resolution"] == pytest.approx(resolution)


def test_area_under_curve_counts_pairs():
    events = [
        (a > b) + (a == b) / 2
        for a, x in zip(CHANCES, EVENTS, strict=True)
        if x
        for b, y in zip(CHANCES, EVENTS, strict=True)
        if not y
    ]
    assert ps.area_under_curve(CHANCES, EVENTS) == pytest.approx(np.mean(events))
    assert np.isnan(ps.area_under_curve([0.5, 0.5], [1, 1]))


def test_pit_of_czado_gneiting_and_held():
    found = ps.pit(stats.poisson([0.5, 1.2, 2, 4, 5]), [0, 1, 3, 2, 7])
    assert found.tolist() == pytest.approx(CZADO, abs=1e-9)
    assert found.sum() == pytest.approx(1)
    assert found.index[-1] == 1


def test_pit_of_draws_is_flat_whatever_their_number():
    """Every value of three exchangeable numbers may be the observed one."""
    for values in ((0, 1, 5), (2, 2, 5), (1, 1, 1)):
        shares = [ps.pit(np.delete(values, row), values[row], bins=6) for row in range(3)]
        assert np.mean(shares, axis=0) == pytest.approx([1 / 6] * 6)


def test_pit_of_a_density_counts_observations():
    assert ps.pit(stats.norm(), stats.norm.ppf([0.05, 0.55, 0.58, 0.999]), bins=2).tolist() == [0.25, 0.75]
    assert ps.pit(stats.uniform(), [0.0, 1.0], bins=2).sum() == pytest.approx(1)


def test_log_score_of_draws_is_that_of_matched_moments():
    drawn = np.random.default_rng(1).negative_binomial(2, 2 / 4.5, (400_000, 2))
    assert ps.log_score(drawn, [3, 0]) == pytest.approx(ps.log_score(NEGATIVE, np.array([3, 0])), abs=0.01)
    assert ps.log_score(np.zeros((9, 1)), [0])[0] == pytest.approx(0.05)
    assert np.isfinite(ps.log_score(np.zeros((9, 1)), [4])).all()


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("forecast", [stats.poisson(2.0), np.arange(12).reshape(4, 3) % 5])
def test_nan_stays_nan_and_the_kind_of_table_stays(score, forecast):
    y = pd.Series([1.0, np.nan, 2.0], index=["A", "B", "C"])
    found = score(forecast, y)
    assert found.index.equals(y.index)
    assert found.isna().tolist() == [False, True, False]
    assert found.iloc[0] == pytest.approx(score(forecast, y.to_numpy())[0])
    table = y.to_frame("day").T
    wide = forecast if not isinstance(forecast, np.ndarray) else forecast[:, None]
    assert score(wide, table).columns.equals(table.columns)


def test_what_was_not_observed_is_left_out_and_counted():
    known = ps.brier_score(CHANCES, EVENTS)
    assert ps.brier_score([*CHANCES, 1.0], [*EVENTS, np.nan]).equals(known)
    assert ps.brier_score([0.2], [np.nan]).isna().tolist() == [True] * 4 + [False]
    assert ps.pit(stats.poisson(2.0), [1, np.nan]).equals(ps.pit(stats.poisson(2.0), [1]))
    assert ps.pit(stats.poisson(2.0), [np.nan]).isna().all()
    assert np.isnan(ps.energy_score(VECTOR, [1, np.nan, 3]))
    assert np.isnan(ps.variogram_score(VECTOR, [1, np.nan, 3]))
    assert np.isnan(ps.interval_score(1, 2, np.nan, level=0.5))
    assert np.isnan(ps.weighted_interval_score({0.5: 2}, np.nan))


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda: ps.crps(DRAWS, [1, 2]), "forecast"),
        (lambda: ps.crps([3], 2), "forecast must have at least 2 draws"),
        (lambda: ps.crps("many", 2), "forecast"),
        (lambda: ps.crps([1, np.nan], 2), "forecast must not have NaN"),
        (lambda: ps.crps(DRAWS, "two"), "observed"),
        (lambda: ps.crps(DRAWS, np.inf), "observed must be finite"),
        (lambda: ps.crps(DRAWS, None), "observed"),
        (lambda: ps.crps(DRAWS, 2, fair="yes"), "fair"),
        (lambda: ps.crps(stats.poisson([1, 2, 3]), [1, 2]), "forecast must have parameters"),
        (lambda: ps.crps(stats.poisson(-1), 2), "forecast must have valid parameters"),
        (lambda: ps.log_score([0.5, 1.5], 1), "forecast must hold counts"),
        (lambda: ps.interval_score(7, 3, 5, level=0.5), "low"),
        (lambda: ps.interval_score(3, 7, 5, level=1), "level"),
        (lambda: ps.interval_score([3, 4], 7, 5, level=0.5), "low"),
        (lambda: ps.interval_score(np.zeros((0, 0)), [7, 8], [5, 6], level=0.5), "low"),
        (lambda: ps.weighted_interval_score({0.1: 3}, 5), "quantiles must have levels in pairs"),
        (lambda: ps.weighted_interval_score({0.1: 3, 0.9: 2}, 5), "quantiles must not decrease"),
        (lambda: ps.weighted_interval_score({1.5: 3}, 5), "quantiles levels"),
        (lambda: ps.weighted_interval_score([3], 5), "quantiles"),
        (lambda: ps.brier_score([0.5, 1.5], [0, 1]), "probability must be from 0 to 1"),
        (lambda: ps.brier_score([0.5], [2]), "observed must be 1, 0 or NaN"),
        (lambda: ps.brier_score([0.5], [0, 1]), "probability must have the shape"),
        (lambda: ps.brier_score([0.5], [0], bins=0), "bins"),
        (lambda: ps.energy_score(DRAWS, 2), "observed must have one dimension"),
        (lambda: ps.energy_score(stats.poisson(2), [2]), "forecast must be draws"),
        (lambda: ps.variogram_score(VECTOR, [1, 0, 3], p=0), "p must be"),
        (lambda: ps.pit(DRAWS, 2, bins=0), "bins"),
    ],
)
def test_errors_begin_with_the_argument(call, names):
    with pytest.raises(ps.DataError, match=f"^{names}"):
        call()


def test_the_parameters_have_the_same_order_everywhere():
    for score in (*SCORES, ps.energy_score, ps.variogram_score, ps.pit):
        assert list(inspect.signature(score).parameters)[:2] == ["forecast", "observed"]
