import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import DataError

PLACES = pd.Index(list("ABCDE"))
ONSETS = pd.Series([1.0, 2.0, 3.0, 3.0, np.nan], index=PLACES)
WEIGHTS = [[0, 2, 0, 1, 0], [0, 0, 3, 0, 0], [0, 0, 0, 0, 5], [0, 1, 0, 0, 0], [4, 0, 0, 0, 0]]


def graph(weights, places=PLACES):
    """A graph of a table of weights from row to column."""
    weights = np.asarray(weights, dtype=float)
    source, target = np.nonzero(weights)
    ties = {"source": places[source], "target": places[target], "weight": weights[source, target]}
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties), places)


def random_case(seed, *, places=14, days=6):
    rng = np.random.default_rng(seed)
    names = pd.Index([f"p{number}" for number in range(places)])
    onsets = pd.Series(rng.integers(1, days + 1, places).astype(float), index=names)
    onsets[rng.random(places) < 0.25] = np.nan
    onsets.iloc[:2] = [1.0, 2.0]
    graphs = {}
    for number in range(2):
        weights = np.where(rng.random((places, places)) < 0.4, rng.exponential(size=(places, places)), 0)
        np.fill_diagonal(weights, 0)
        graphs[f"n{number}"] = graph(weights, names)
    return onsets, graphs, pd.DataFrame(rng.normal(size=(places, 2)), index=names, columns=["x", "y"])


def log_likelihood(scale, s, shape=1.0, *, end, daily):
    """Sum over days and places, without the shortcuts of the library."""
    joined = ONSETS.fillna(np.inf).to_numpy()
    influence = np.array(WEIGHTS, dtype=float).T

    def hazard(place, since, until):
        exposure = influence[place] @ (joined <= since)
        return (1 + s * exposure) * ((until / scale) ** shape - (since / scale) ** shape)

    total = 0.0
    for place, onset in enumerate(joined):
        for day in range(1, int(min(onset, end)) + 1):
            step = hazard(place, day - 1, day)
            if not daily or day < onset:
                total -= step
            elif daily:
                total += math.log(1 - math.exp(-step))
        if not daily and np.isfinite(onset):
            rate = 1 + s * influence[place] @ (joined < onset)
            total += math.log(rate * shape * onset ** (shape - 1) / scale**shape)
    return total


@pytest.mark.parametrize("daily", [False, True])
@pytest.mark.parametrize("baseline", ["constant", "weibull"])
def test_the_likelihood_by_hand(daily, baseline):
    fit = ps.fit_tada(
        ONSETS, graph(WEIGHTS), observed_until=5, baseline=baseline, time="daily" if daily else "continuous"
    )
    problem = fit.optimum.problem
    for coordinates in ([1.2, 0.3, 0.9], [2.0, -0.4, 0.0], [0.4, 0.1, 3.0]):
        at = np.array(coordinates if baseline == "weibull" else [coordinates[0], coordinates[2]])
        params = problem.params_of(at)
        shape = params[1] if baseline == "weibull" else 1.0
        expected = log_likelihood(params[0], params[-1], shape, end=5, daily=daily)
        assert problem.objective(at)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("effect", ["additive", "multiplicative", "unconstrained"])
@pytest.mark.parametrize(("baseline", "time"), [("constant", "continuous"), ("weibull", "daily"), ("weibull", None)])
def test_gradients_are_those_of_finite_differences(effect, baseline, time):
    onsets, graphs, attributes = random_case(3)
    fit = ps.fit_tada(
        onsets, graphs, observed_until=8, attributes=attributes, effect=effect, baseline=baseline, time=time
    )
    problem, rng = fit.optimum.problem, np.random.default_rng(1)
    for _ in range(4):
        at = fit.optimum.coordinates + rng.normal(0, 0.4, len(problem.names))
        at = np.maximum(at, problem.lower + 0.01)
        steps = np.eye(len(at)) * 1e-5
        slopes = [(problem.objective(at + step)[0] - problem.objective(at - step)[0]) / 2e-5 for step in steps]
        assert problem.objective(at)[1] == pytest.approx(slopes, rel=1e-6, abs=1e-5)


def test_without_transmission_the_scale_is_time_at_risk_per_onset():
    """Constant rate: time at risk over onsets, in closed form, with its standard error."""
    alone = ps.fit_tada(ONSETS, graph(WEIGHTS), observed_until=5).without_transmission()
    waited = 1 + 2 + 3 + 3 + 5
    assert alone.params["scale"] == pytest.approx(waited / 4, rel=1e-9)
    assert alone.standard_errors["scale"] == pytest.approx(waited / 4 / 2, rel=1e-5)
    daily = ps.fit_tada(ONSETS, graph(WEIGHTS), observed_until=5, time="daily").without_transmission()
    stayed = 0 + 1 + 2 + 2 + 5  # days on which a place could have joined and did not
    assert math.exp(-1 / daily.params["scale"]) == pytest.approx(stayed / (stayed + 4), rel=1e-7)


def test_dates_are_numbers_of_days_from_the_first():
    numbers = ps.fit_tada(ONSETS, graph(WEIGHTS), observed_until=5, time="daily")
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(ONSETS, unit="D")
    fit = ps.fit_tada(dates, graph(WEIGHTS), observed_until="2022-01-06")
    assert fit.clock.daily
    assert fit.params.to_numpy() == pytest.approx(numbers.params.to_numpy())
    earlier = ps.fit_tada(dates, graph(WEIGHTS), observed_until="2022-01-06", observed_from="2021-12-22")
    assert earlier.params["scale"] > fit.params["scale"]
    hours = dates + pd.Timedelta(hours=7)
    continuous = ps.fit_tada(hours, graph(WEIGHTS), observed_until="2022-01-06", time="continuous")
    assert continuous.clock.times[0] == pytest.approx(1 + 7 / 24)


@pytest.mark.long
@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(0.1, 10))
def test_units_of_weight_and_time(seed, times, stretch):
    """s is per unit of weight; the scale is in the unit of time."""
    onsets, graphs, _ = random_case(seed)
    one = ps.fit_tada(onsets, graphs["n0"], observed_until=7)
    scaled = graph(graphs["n0"].matrix.toarray() * times, onsets.index)
    other = ps.fit_tada(onsets * stretch, scaled, observed_until=7 * stretch)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - one.events * math.log(stretch), abs=1e-6)
    assert other.params["scale"] == pytest.approx(one.params["scale"] * stretch, rel=1e-3)
    assert other.params.iloc[1] * times == pytest.approx(one.params.iloc[1], rel=1e-2, abs=1e-4)


def test_broadcast_is_common_growth_and_not_a_network():
    everybody = graph(np.ones((5, 5)) - np.eye(5))
    fit = ps.fit_tada(ONSETS, {"media": everybody, "road": graph(WEIGHTS)}, observed_until=5)
    assert list(fit.params.index) == ["scale", "common growth: media", "s road"]
    assert "common growth, not a network" in fit.sentence


def test_simulated_parameters_are_recovered():
    """A ring of 300 places, s = 3 and scale 40, in daily steps: inside the 99.9% interval."""
    n, rng = 300, np.random.default_rng(5)
    places = pd.Index([f"p{number}" for number in range(n)])
    ring = graph(np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1), places)
    joined = np.full(n, np.inf)
    for day in range(1, 31):
        rate = (1 + 3 * (ring.matrix.T @ (joined < day))) / 40
        joined[(rng.random(n) < 1 - np.exp(-rate)) & np.isinf(joined)] = day
    onsets = pd.Series(joined, index=places).replace(np.inf, np.nan)
    fit = ps.fit_tada(onsets, ring, observed_until=30, time="daily")
    intervals = fit.intervals(level=0.999)
    assert intervals.loc["scale", "low"] < 40 < intervals.loc["scale", "high"]
    assert intervals.loc["s tie", "low"] < 3 < intervals.loc["s tie", "high"]
    test = fit.likelihood_ratio(bootstrap=19, rng=1)
    assert test.p_value == 1 / 20


@pytest.mark.parametrize("options", [{}, {"baseline": "weibull"}, {"time": "daily"}, {"seeds": ["A"]}])
def test_the_bootstrap_simulates_data_without_transmission(options):
    fit = ps.fit_tada(ONSETS, graph(WEIGHTS), observed_until=5, **options)
    test = fit.likelihood_ratio(bootstrap=9, rng=3)
    assert (test.null_distribution >= 0).all()
    assert test.p_value >= 1 / 10


# errors


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"observed_until": 2.5},
            "^observed_until must be at or after the last onset; got 2.5, before the onsets of C, D",
        ),
        ({"observed_until": None}, "onsets are numbers"),
        ({"observed_until": "2022-01-08"}, "onsets are numbers"),
        (
            {"observed_until": 5, "observed_from": 1},
            "^observed_from must be before the first onset; got 1, not before the onsets of A",
        ),
        ({"observed_until": 5, "baseline": "gamma"}, "^baseline must be 'constant' or 'weibull'; got 'gamma'"),
        ({"observed_until": 5, "time": "weekly"}, "^time must be 'continuous', 'daily' or None; got 'weekly'"),
    ],
)
def test_times_that_do_not_fit(options, match):
    with pytest.raises(DataError, match=match):
        ps.fit_tada(ONSETS, graph(WEIGHTS), **options)


def test_dates_that_do_not_fit():
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(ONSETS, unit="D")
    for until in (5, None, "soon"):
        with pytest.raises(DataError, match="onsets are dates"):
            ps.fit_tada(dates, graph(WEIGHTS), observed_until=until)
    with pytest.raises(
        DataError, match=r"^onsets must be whole days where time is 'daily'; got fractions of days for A, B, C, D"
    ):
        ps.fit_tada(ONSETS + 0.5, graph(WEIGHTS), observed_until=5, time="daily")


def test_onsets_on_one_day_expose_only_places_that_never_joined():
    fit = ps.fit_tada(pd.Series([1.0, 1.0, 1.0, np.nan, np.nan], index=PLACES), graph(WEIGHTS), observed_until=5)
    assert fit.params["s tie"] == 0
    with pytest.raises(DataError, match="no place at risk had a tie from a place that had joined"):
        ps.fit_tada(pd.Series(1.0, index=PLACES), graph(WEIGHTS), observed_until=5)
    with pytest.raises(DataError, match="none of 5 places joined"):
        ps.fit_tada(pd.Series(np.nan, index=PLACES), graph(WEIGHTS), observed_until=5)


def test_two_places():
    two = pd.Index(["A", "B"])
    fit = ps.fit_tada(pd.Series([1.0, 2.0], index=two), graph([[0, 1], [1, 0]], two), observed_until=3)
    assert fit.aicc == math.inf
    assert np.isfinite(fit.log_likelihood)
