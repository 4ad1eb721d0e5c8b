"""fit_endemic_epidemic: derivatives, a second likelihood, gaps, islands, boundaries, several graphs, the contract, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

import protestspread as ps
from protestspread.models.counts.design import Design
from protestspread.models.counts.likelihood import Counts
from protestspread.models.counts.past import orders_of
from protestspread.models.counts.rates import CountRates, Past

ONLY = ps.Terms()
PLACES = list("ABCDEF")
RING = ps.DiffusionGraph.from_edges(
    pd.DataFrame(
        {"source": [*PLACES, "A", "C"], "target": [*PLACES[1:], "A", "D", "F"], "weight": [1.0, 2, 1, 1, 3, 1, 1, 2]}
    ),
    pd.Index(PLACES),
)
CHORDS = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": list("ACEB"), "target": list("EAFC")}), pd.Index(PLACES))


def simulated(model, graph=RING, days=150, rng=1):
    return ps.simulate(model, graph, seeds=[], days=days, first_day="2022-01-01", rng=rng)


@pytest.fixture(scope="module")
def panel():
    return simulated(ps.EndemicEpidemicModel(0.6, 0.3, 0.3, 0.4))


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(
    ("power_law", "geometric", "overdispersed"),
    [(False, False, False), (False, False, True), (True, False, True), (False, True, True), (True, True, True)],
)
def test_derivatives_are_those_of_finite_differences(power_law, geometric, overdispersed, gaps):
    rng, days, lags = np.random.default_rng(4), 30, 4
    counts = rng.poisson(2, (days, 6)).astype(float)
    shape, rows = (days - lags, 6), slice(lags, None)
    by = {"day": rng.normal(size=(days, 1)), "place": rng.normal(size=(1, 6)), "both": rng.normal(size=(days, 6))}
    designs = [Design.of({name: by[name] for name in names}, rows, shape) for names in (["day", "both", "place"], ["both"], ["place", "day"])]  # fmt: skip
    along = orders_of(RING) if power_law else RING.normalize("source").matrix
    past = Past(counts, np.ones(lags) / lags, (None, along), power_law, geometric)
    inside = rng.random(shape) < (0.7 if gaps else 2)
    offset = np.exp(rng.normal(size=(1, 6)))
    rates = CountRates(Counts.of(counts[rows], inside), tuple(designs), offset, past, overdispersed)
    point = 0.3 * rng.normal(size=rates.size)
    steps = 1e-5 * np.eye(rates.size)
    slopes = [(rates.objective(point + step)[0] - rates.objective(point - step)[0]) / 2e-5 for step in steps]
    bends = [(rates.objective(point - step)[1] - rates.objective(point + step)[1]) / 2e-5 for step in steps]
    gradient, information = rates.objective(point)[1], rates.curvature(point)
    assert np.abs(gradient - slopes).max() < 1e-6 * np.abs(gradient).max()
    assert np.abs(information - bends).max() < 1e-6 * np.abs(information).max()
    assert rates.scores_by_place(point).sum(axis=0) == pytest.approx(gradient, abs=1e-9)


def plain_log_likelihood(panel, graph, params, *, lags=(1.0,), decay=None, endemic_terms=None):
    """The likelihood from its definition, cell by cell, with loops; NaN cells and what they reach are left out."""
    counts, weights = panel.to_numpy(dtype=float), graph.matrix.toarray()
    size = len(weights)
    if decay is not None:
        steps, reached, orders = weights > 0, np.eye(size, dtype=bool), np.zeros((size, size))
        for order in range(1, size):
            new = (reached.astype(int) @ steps > 0) & ~reached
            orders[new & (orders == 0)] = order
            reached = reached | new
        weights = np.array([[o**-decay if o else 0.0 for o in row] for row in orders])
    total = 0.0
    psi = params.get("overdispersion", 0.0)
    for day in range(len(lags), len(counts)):
        past = sum(weight * counts[day - lag] for lag, weight in enumerate(lags, 1) if weight)
        for place in range(size):
            mean = np.exp(
                params["endemic"]
                + sum(params[f"endemic: {name}"] * x[day] for name, x in (endemic_terms or {}).items())
            )
            if "own" in params:
                mean += np.exp(params["own"]) * past[place]
            if "neighbors" in params:
                mean += np.exp(params["neighbors"]) * sum(
                    weights[other, place] / weights[other].sum() * past[other]
                    for other in range(size)
                    if weights[other, place] > 0
                )
            if np.isnan(mean) or np.isnan(counts[day, place]):
                continue
            law = stats.nbinom(1 / psi, 1 / (1 + psi * mean)) if psi else stats.poisson(mean)
            total += law.logpmf(counts[day, place])
    return total


@pytest.mark.parametrize(
    "options",
    [
        {"family": "poisson"},
        {},
        {"weights": "power_law"},
        {"memory": ps.Geometric(3)},
        {"memory": ps.Lag(2), "own": None},
        {"neighbors": None},
        {"memory": ps.Geometric(3, p=0.4), "weights": "power_law"},
        {"endemic": ps.Terms(weekday="weekend")},
    ],
    ids=str,
)
@pytest.mark.parametrize("gaps", [False, True])
def test_a_second_likelihood_agrees(options, gaps):
    given = simulated(ps.EndemicEpidemicModel(0.4, 0.3, 0.6, 0.3, ps.Geometric(3, p=0.6), 1.0), days=90).astype(float)
    if gaps:
        given = given.mask(np.random.default_rng(2).random(given.shape) < 0.02)
    fit = ps.fit_endemic_epidemic(given, RING, **{"endemic": ONLY} | options)
    memory, weekend = fit.model.memory, np.asarray(given.index.day_of_week >= 5, dtype=float)
    lags = memory.weights() if isinstance(memory, ps.Geometric) else np.eye(memory.days)[-1]
    terms = {"weekend": weekend} if options.get("endemic") else {}
    assert np.isfinite(fit.params).all()
    found = plain_log_likelihood(given, RING, fit.params, lags=lags, decay=fit.params.get("decay"), endemic_terms=terms)
    assert fit.log_likelihood == pytest.approx(found, abs=1e-8 * abs(found))


def test_a_gap_leaves_with_its_place_and_its_targets(panel):
    """B is not observed on row 5: on row 6 B itself and C, its only target, leave; without an own part B stays."""
    given = panel.astype(float)
    given.iloc[5, 1] = np.nan
    left_out = {
        "own": {(5, "B"), (6, "B"), (6, "C")},
        "neighbors alone": {(5, "B"), (6, "C")},
        "own alone": {(5, "B"), (6, "B")},
    }
    for name, options in {"own": {}, "neighbors alone": {"own": None}, "own alone": {"neighbors": None}}.items():
        fit = ps.fit_endemic_epidemic(given, RING, endemic=ONLY, **options)
        hidden = fit.observed().iloc[1:].isna()
        rows, columns = np.nonzero(hidden.to_numpy())
        assert {(row + 1, PLACES[column]) for row, column in zip(rows, columns, strict=True)} == left_out[name]
        assert fit.expected().isna().equals(fit.observed().isna())
    smaller = ps.fit_endemic_epidemic(given, RING, endemic=ONLY).without("neighbors")
    assert smaller.observed().iloc[1:].isna().sum().sum() == 3  # the same place-days, so that the two can be compared


def test_an_island_is_fitted_and_named(panel):
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": list("AB"), "target": list("BA")}), pd.Index(PLACES))
    fit = ps.fit_endemic_epidemic(panel, graph, endemic=ONLY)
    assert (fit.parts()["neighbors"].iloc[1:][list("CDEF")] == 0).all(axis=None)
    assert "No ties reach C, D, E, F" in fit.statement


def test_parameters_are_recovered_along_several_graphs():
    truth = ps.EndemicEpidemicModel(0.5, 0.2, {"ring": 0.4, "chords": 0.15}, 0.3)
    both = RING.rename_kinds({"tie": "ring"}).union(CHORDS.rename_kinds({"tie": "chords"}))
    panel = simulated(truth, both, days=1500)
    fit = ps.fit_endemic_epidemic(panel, {"ring": RING, "chords": CHORDS}, endemic=ONLY)
    expected = {"endemic": 0.5, "own": 0.2, "neighbors ring": 0.4, "neighbors chords": 0.15}
    for name, rate in expected.items():
        assert abs(fit.params[name] - np.log(rate)) < 4 * fit.standard_errors[name], name
    assert np.allclose(fit.model.expected_counts(panel, fit.graph), fit.expected().iloc[1:])
    one = fit.without("neighbors chords")
    assert one.parameter_names == ("endemic", "own", "neighbors ring", "overdispersion")
    assert fit.compare(one).reference.startswith("half")
    assert fit.without("neighbors").parameter_names == ("endemic", "own", "overdispersion")
    assert fit.dominant_eigenvalue() == pytest.approx(fit.model.dominant_eigenvalue(fit.graph))
    assert fit.simulate(2, days=3, rng=1).values.shape == (2, 3, 6)


def test_a_part_that_vanishes_is_at_its_boundary():
    worlds = [simulated(ps.EndemicEpidemicModel(0.8, 0.3), rng=seed) for seed in range(5, 9)]
    found = [ps.fit_endemic_epidemic(panel, RING, endemic=ONLY) for panel in worlds]
    gone = [fit for fit in found if np.isneginf(fit.params["neighbors"])]
    assert gone
    for fit in gone:
        assert fit.converged
        assert "neighbors = 0" in fit.boundary
        assert fit.neighbors_test.p_value == 1
        assert fit.log_likelihood == pytest.approx(fit.without("neighbors").log_likelihood, abs=1e-5)
        assert fit.proportions()["neighbors"] < 1e-9
        assert fit.model.neighbors == 0
        assert "drive neighbors to 0" in fit.statement
        assert fit.intervals(names=["neighbors"]).loc["neighbors", "low"] == -np.inf
        assert fit.intervals(names=["neighbors"]).loc["neighbors", "high"] < 0
        fit.figure()
    still = ps.fit_endemic_epidemic(worlds[0] * 0 + 2, RING, endemic=ONLY, own=None, neighbors=None)
    assert still.overdispersion == 0  # counts that do not vary
    assert still.boundary == ("overdispersion = 0",)


def test_what_exists_only_with_a_part_that_vanishes_is_not_identified():
    panel = simulated(ps.EndemicEpidemicModel(0.8, 0.3), rng=7)
    fit = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, weights="power_law")
    assert fit.params["neighbors"] == -np.inf
    assert np.isnan(fit.params["decay"])
    assert fit.not_identified == ("decay",)
    assert "'decay'" in fit.statement
    assert fit.summary().loc["decay"].isna().all()
    assert np.isfinite(fit.standard_errors[["endemic", "own"]]).all()


def test_weekdays_are_the_default_of_daily_panels(panel):
    daily = ps.fit_endemic_epidemic(panel, RING)
    assert [name for name in daily.parameter_names if name.startswith("endemic: ")] == [
        f"endemic: {day}day" for day in ("Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
    ]
    weekly = panel.set_axis(pd.date_range("2020-01-06", periods=len(panel), freq="7D", name="date"))
    assert ps.fit_endemic_epidemic(weekly, RING).parameter_names[:2] == ("endemic", "own")
    assert ps.fit_endemic_epidemic(panel.iloc[:20], RING).parameter_names[:2] == ("endemic", "own")


def test_days_without_events_on_one_weekday():
    panel = simulated(ps.EndemicEpidemicModel(0.8))
    panel[panel.index.day_of_week == 1] = 0
    fit = ps.fit_endemic_epidemic(panel, RING, own=None, neighbors=None)
    assert fit.params["endemic: Tuesday"] == -np.inf
    assert fit.converged
    assert np.isfinite(fit.standard_errors.drop("endemic: Tuesday")).all()


def test_an_offset_by_place_and_by_date(panel):
    size = pd.Series([1.0, 2, 3, 4, 5, 6], PLACES)
    by_place = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, offset=size)
    table = pd.DataFrame(np.tile(size, (len(panel), 1)), panel.index, PLACES)
    by_both = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, offset=table)
    assert by_both.log_likelihood == pytest.approx(by_place.log_likelihood, abs=1e-8)
    scaled = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, offset=size * 1e6)
    assert scaled.params["endemic"] == pytest.approx(by_place.params["endemic"] - np.log(1e6), abs=1e-5)
    assert np.isnan(by_place.compare(scaled.without("own")).p_value)  # another offset: neither contains the other


def test_robust_standard_errors_need_ten_places(panel, twelve):
    assert ps.fit_endemic_epidemic(panel, RING).robust_standard_errors is None
    fit = ps.fit_endemic_epidemic(twelve.panel, twelve.graph, endemic=ONLY)
    rates, point = fit.specification.rates, fit.optimum.coordinates
    scores, bread = rates.scores_by_place(point), fit.optimum.covariance
    expected = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * 12 / 11) * [1, 1, 1, fit.overdispersion]
    assert fit.robust_standard_errors.to_numpy() == pytest.approx(expected, rel=1e-5)
    assert {"robust_standard_error", "robust_low", "robust_high"} < set(fit.to_frame().columns)


def test_simulations_start_from_given_rows(panel):
    fit = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, memory=ps.Geometric(3))
    first = fit.simulate(2, rng=4)
    assert first.dates.equals(panel.index[3:])
    assert (first.values == fit.simulate(2, rng=4).values).all()
    later = fit.simulate(2, given=panel.iloc[:100], days=10, rng=4)
    assert later.dates.equals(panel.index[100:110])
    for bad, message in {
        "others": (panel[PLACES[::-1]], "given must have the places"),
        "short": (panel.iloc[:2], "given must have at least 3 consecutive dates"),
        "holes": (panel.iloc[[0, 2, 4, 6]], "given must have at least 3 consecutive dates"),
        "gaps": (panel.iloc[:9].astype(float).mask(panel.iloc[:9] >= 0), "given must end with 3 observed rows"),
        "huge": (panel.iloc[:9] * 1e300, "given must end with 3 observed rows"),
        "words": (panel.iloc[:9].astype(object).replace(0, "none"), "panel: "),
        "text": ("yesterday", "given must be rows"),
    }.values():
        with pytest.raises(ps.ProtestSpreadError, match=f"^{message}"):
            fit.simulate(2, given=bad)
    with pytest.raises(ps.DataError, match=r"^days must end within the fitted panel"):
        fit.simulate(2, given=panel.iloc[:100], days=51)


def test_both_ends_of_an_interval_lie_where_the_profile_has_fallen(panel):
    """The profile of a likelihood written here, maximized by scipy over the other parameters."""
    from scipy import optimize

    fit = ps.fit_endemic_epidemic(panel, RING, endemic=ps.Terms())
    y = panel.to_numpy(dtype=float)
    near = y @ RING.subgraph(panel.columns).normalize("source").matrix.toarray()

    def loss(at):
        mean = np.exp(at[0]) + np.exp(at[1]) * y[:-1] + np.exp(at[2]) * near[:-1]
        size = np.exp(-at[3])
        return -stats.nbinom.logpmf(y[1:], size, size / (size + mean)).sum()

    best = fit.params.to_numpy() + 0.0
    best[3] = np.log(best[3])
    assert -loss(best) == pytest.approx(fit.log_likelihood, abs=1e-6)
    for row, (name, ends) in enumerate(fit.intervals().iterrows()):
        for end in ends:
            value = np.log(end) if name == "overdispersion" else end
            found = optimize.minimize(
                lambda rest, row=row, value=value: loss(np.insert(rest, row, value)), np.delete(best, row)
            )
            assert fit.log_likelihood + found.fun == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, rel=1e-3), (name, end)


def test_the_contract_of_fits(panel):
    fit = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY)
    assert fit.residuals().shape == panel.shape
    z = fit.residuals("quantile", rng=1).to_numpy()[1:].ravel()
    assert stats.kstest(z, "norm").pvalue > 0.01
    total = sum(fit.parts().values())
    pd.testing.assert_frame_equal(total, fit.expected())
    by_place = fit.proportions_by_place()
    assert by_place.sum(axis=1).to_numpy() == pytest.approx(np.ones(6), abs=1e-12)
    assert fit.diagnostics()["pearson_dispersion"] == pytest.approx(1, abs=0.25)
    assert (
        "Given the past of each place and the endemic terms, the likelihood ratio against a model without neighbors is"
        in fit.sentence
    )
    assert "not evidence of spread" in fit.statement
    assert "caused" not in fit.statement
    assert fit.compare(fit.without("neighbors")).statistic == fit.neighbors_test.statistic
    with pytest.raises(
        ps.DataError, match=r"^names must be parts or terms of the fit; got 'rail'.*\nFix: .*own, neighbors"
    ):
        fit.without("rail")
    poisson = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, family="poisson")
    assert "times as much as Poisson counts" in poisson.statement or poisson.diagnostics()["pearson_dispersion"] < 1.5


def test_a_decay_that_is_hardly_told_is_said():
    panel = simulated(ps.EndemicEpidemicModel(0.5, 0.2, 0.2, decay=1.0), days=60, rng=3)
    fit = ps.fit_endemic_epidemic(panel, RING, endemic=ONLY, weights="power_law")
    assert fit.diagnostics()["decay_gain"] < 2 or np.isnan(fit.decay_gain)
    assert "The decay is weakly identified" in fit.statement or "'decay'" in fit.statement


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.assign(A=np.nan), "panel has places that were never observed: A"),
        (lambda p: p * 0, "panel has no events"),
        (
            lambda p: (p * 0).assign(A=[*[0] * 80, 1, *[0] * (len(p) - 81)]),
            "panel has 1 event in the likelihood for 4 parameters",
        ),
        (lambda p: p.assign(A=-1), "panel must hold counts of events; 150 are negative, in A"),
        (lambda p: p + 0.5, "panel must hold counts of events; 900 are not whole, in A, B, C, D, E, F"),
        (lambda p: p + 2 * 10**6, "panel must hold counts of events; 900 are above 1,000,000"),
        (lambda p: p.iloc[:2], "panel must have places and at least 3 rows"),
        (lambda p: p.rename(columns={"A": "Z"}), "the model does not fit the panel"),
    ],
)
def test_panels_that_cannot_be_fitted(panel, change, message):
    with pytest.raises(ps.DataError, match=f"^{message}") as raised:
        ps.fit_endemic_epidemic(change(panel), RING, endemic=ONLY)
    assert "Fix: " in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "binomial", "weights": "all"}, "family and weights are not valid"),
        ({"memory": ps.Since()}, r"memory must be Lag\(...\) or Geometric\(...\); got Since"),
        ({"memory": ps.Geometric(200)}, "panel must have places and at least 202 rows"),
        ({"graphs": None}, "graphs must be given"),
        ({"graphs": {}}, "graphs must be given"),
        ({"graphs": "roads"}, "graphs must be a DiffusionGraph"),
        ({"graphs": {"a": RING, "b": CHORDS}, "weights": "power_law"}, "weights must be 'given' for several graphs"),
        ({"neighbors": {"rail": ONLY}}, "neighbors must have names of several graphs; got 'rail'"),
        ({"own": "curfew"}, r"own must be Terms\(...\), or None; got 'curfew'"),
        ({"offset": 3}, "offset must be a Series by place"),
        ({"offset": pd.Series(0.0, PLACES)}, "offset must be finite and above 0"),
        ({"offset": pd.Series(1.0, PLACES[1:])}, "offset has no value for A"),
        ({"graphs": ps.DiffusionGraph(pd.Index(PLACES), {})}, "neighbors: the graph must have ties"),
        ({"own": ps.Terms(by={"x": pd.Series(1.0, PLACES)})}, "own: term 'x' must vary"),
    ],
    ids=str,
)
def test_arguments_that_are_not_valid(panel, options, message):
    arguments = {"graphs": RING, "endemic": ONLY} | options
    with pytest.raises(ps.DataError, match=f"^{message}"):
        ps.fit_endemic_epidemic(panel, **arguments)


def test_collinear_terms_are_named(panel):
    x = pd.Series(np.arange(6.0), PLACES)
    terms = ps.Terms(by={"x": x, "y": 2 * x + 1})
    with pytest.raises(ps.DataError, match=r"^endemic has collinear terms: .*x, y"):
        ps.fit_endemic_epidemic(panel, RING, endemic=terms)


def test_the_table_of_the_caller_is_not_changed(panel):
    before = panel.copy()
    ps.fit_endemic_epidemic(panel, RING).simulate(1, rng=1)
    pd.testing.assert_frame_equal(panel, before)
    assert sparse.issparse(RING.matrix)
