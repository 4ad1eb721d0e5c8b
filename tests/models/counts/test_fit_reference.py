"""fit_endemic_epidemic against outside numbers of R's surveillance (hhh4) and hhh4addon: next_methods 2, methods R1 and q."""

import numpy as np
import pytest

import protestspread as ps

ONLY = ps.Terms()


def fit_named(name, twelve):
    weekend, curfew = {"endemic": twelve.weekend, "offset": twelve.share}, {"own": twelve.curfew}
    options = {
        "A1 Poisson": {"endemic": ONLY, "family": "poisson"},
        "A1": {"endemic": ONLY},
        "A2": weekend,
        "A4": weekend | curfew | {"weights": "power_law"},
        "A4b": weekend | curfew,
        "A6": weekend | curfew | {"neighbors": None},
        "A7": weekend | curfew | {"memory": ps.Geometric(5)},
        "A9": weekend | curfew | {"memory": ps.Geometric(5, p=0.7)},
    }[name]
    return ps.fit_endemic_epidemic(twelve.panel, twelve.graph, **options)


REFERENCE = {
    "A1 Poisson": (-3406.191034225, {"own": (-0.890186731, 0.045406610), "neighbors": (-2.198134445, 0.190119455), "endemic": (-0.052539424, 0.054781107)}),
    "A1": (-3219.808240360, {"own": (-0.891810638, 0.066767482), "neighbors": (-2.215714679, 0.258224347), "endemic": (-0.048044767, 0.069184849), "psi": (0.871645417, 0.083546859)}),
    "A2": (-3163.682903500, {"own": (-0.965744852, 0.066615487), "neighbors": (-1.503066804, 0.096635062), "endemic": (2.174707222, 0.076367157), "endemic: weekend": (0.384909197, 0.099434913), "psi": (1.034405356, 0.090298199)}),
    "A4": (-3140.518482655, {"own": (-1.005739869, 0.071719736), "own: curfew": (-0.532382399, 0.350378446), "neighbors": (-1.116680457, 0.087863231), "endemic": (1.845603781, 0.119213589), "endemic: weekend": (0.544022298, 0.125659378), "log decay": (0.055545735, 0.227606914), "psi": (1.105777681, 0.093648830)}),
    "A4b": (-3160.491990938, {"own": (-0.942651817, None), "own: curfew": (-0.841567693, None), "neighbors": (-1.523595757, None), "endemic": (2.198688481, None), "endemic: weekend": (0.379302776, None), "psi": (1.045148570, None)}),
    "A6": (-3234.341911228, {"own": (-0.775486127, None), "own: curfew": (-1.684325345, None), "endemic": (2.630864023, None), "endemic: weekend": (0.278027923, None), "psi": (0.840630024, None)}),
    "A7": (-3054.321122581, {"own": (-0.659241175, None), "own: curfew": (-0.406628055, None), "neighbors": (-1.689822148, None), "endemic": (1.855101206, None), "endemic: weekend": (0.558121479, None), "psi": (1.130509766, None)}),
    "A9": (-3056.262564262, {"own": (-0.708789656, None), "own: curfew": (-0.475706998, None), "neighbors": (-1.653219116, None), "endemic": (1.933882669, None), "endemic: weekend": (0.514890327, None), "psi": (1.121935802, None)}),
}  # fmt: skip


def agrees(fit, log_likelihood, expected):
    """Compare estimates and standard errors, with those of -log ψ and log d at their own scale."""
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)
    params, errors = dict(fit.params), dict(fit.standard_errors)
    for name, old, sign in (("psi", "overdispersion", -1), ("log decay", "decay", 1)):
        if old in params:
            errors[name] = errors[old] / params[old]
            params[name] = sign * np.log(params[old])
    for name, (estimate, error) in expected.items():
        assert params[name] == pytest.approx(estimate, rel=1e-4, abs=1e-4), name
        assert error is None or errors[name] == pytest.approx(error, rel=1e-3), name


@pytest.mark.parametrize("name", REFERENCE)
def test_twelve_places(name, twelve):
    fit = fit_named(name, twelve)
    agrees(fit, *REFERENCE[name])
    assert np.allclose(fit.model.expected_counts(twelve.panel, fit.graph), fit.expected().dropna(), rtol=1e-10)
    assert fit.proportions().sum() == pytest.approx(1, abs=1e-12)


def test_the_orders_of_the_power_law(twelve):
    from protestspread.models.counts.past import orders_of

    apart = ~np.eye(12, dtype=bool)
    assert (orders_of(twelve.graph)[apart] == twelve.order.to_numpy()[apart]).all()


def test_dominant_eigenvalues(twelve):
    assert fit_named("A1 Poisson", twelve).dominant_eigenvalue() == pytest.approx(0.521589139, abs=1e-6)
    assert fit_named("A1", twelve).dominant_eigenvalue() == pytest.approx(0.518988409, abs=1e-6)
    assert fit_named("A2", twelve).dominant_eigenvalue() == pytest.approx(0.603146441, abs=1e-6)
    power_law, dates = fit_named("A4", twelve), twelve.panel.index
    assert power_law.dominant_eigenvalue(dates[59]) == pytest.approx(0.693138604, abs=1e-6)
    assert power_law.dominant_eigenvalue(dates[109]) == pytest.approx(0.640989722, abs=1e-6)
    with pytest.raises(ps.DataError, match=r"^own must not vary by date.*\nFix: .*date="):
        power_law.dominant_eigenvalue()


def test_geometric_lags(twelve):
    fit = fit_named("A7", twelve)
    assert fit.params["p"] == pytest.approx(0.603691, abs=1e-3)
    lags = [0.6096507, 0.2416103, 0.0957524, 0.0379476, 0.0150390]
    assert fit.model.memory.weights() == pytest.approx(lags, abs=1e-3)
    assert fit.expected().notna().all(axis=1).to_numpy().tolist() == [False] * 5 + [True] * 145


def test_the_neighbors_are_tested_against_none(twelve):
    tested = fit_named("A4b", twelve).neighbors_test
    assert tested.statistic == pytest.approx(147.700, abs=1e-3)
    assert tested.second.log_likelihood == pytest.approx(-3234.341911228, abs=1e-6)
    assert tested.reference == "half χ² with 0, half with 1 degree of freedom"


def test_an_effect_that_the_data_do_not_tell(twelve):
    """In R: -12.6 with a standard error of 2,585."""
    fit = ps.fit_endemic_epidemic(
        twelve.panel, twelve.graph, endemic=twelve.weekend, offset=twelve.share, neighbors=twelve.curfew
    )
    assert fit.converged
    assert fit.params["neighbors: curfew"] == -np.inf
    assert np.isnan(fit.standard_errors["neighbors: curfew"])
    low, high = fit.intervals(names=["neighbors: curfew"]).iloc[0]
    assert low == -np.inf
    assert -1 < high < 2
    assert fit.boundary == ("neighbors: curfew = -∞",)
    assert "The data do not identify the size of 'neighbors: curfew'" in fit.statement
    assert fit.without("neighbors: curfew").log_likelihood == pytest.approx(-3163.682903500, abs=1e-6)


def scores_of(fit, counts, rows):
    """Return the means of log score, ranked probability score, Dawid-Sebastiani score and squared error."""
    from scipy import stats

    mean, y, psi = (
        fit.expected().iloc[rows].to_numpy().ravel(),
        counts.iloc[rows].to_numpy().ravel(),
        fit.overdispersion,
    )
    law, variance = stats.nbinom(1 / psi, 1 / (1 + psi * mean)), mean * (1 + psi * mean)
    at_most = np.array([law.cdf(count) - (y <= count) for count in range(400)])
    dawid = (y - mean) ** 2 / variance + np.log(variance)
    return -law.logpmf(y).mean(), (at_most**2).sum(axis=0).mean(), dawid.mean(), ((y - mean) ** 2).mean()


def test_one_day_ahead(twelve):
    means = [2.407612866, 2.664170322, 1.504086137, 1.552920078, 0.609242589, 3.897150273, 2.632064399, 0.907635348,
             4.195661333, 2.814537167, 1.675049564, 2.637018017]  # fmt: skip
    fit = fit_named("A2", twelve)
    assert fit.expected().iloc[130].to_numpy() == pytest.approx(means, rel=1e-5)
    wanted = {
        (130, 131): (2.598276931, 1.804762312, 4.989646822, 9.204523305),
        (145, 146): (2.036698286, 1.289682760, 2.953389746, 5.168996848),
        (119, 149): (1.927585822, 1.128387100, 2.397294799, 5.109067954),
    }
    for (first, last), scores in wanted.items():
        found = scores_of(fit, twelve.panel, slice(first, last))
        assert found == pytest.approx(scores, rel=1e-4), (first, last)
    found = scores_of(fit_named("A4", twelve), twelve.panel, slice(130, 131))
    assert found == pytest.approx((2.509312559, 1.811181989, 4.029492100, 9.427250786), rel=1e-4)


@pytest.mark.long
def test_the_mean_of_simulations(twelve):
    """By recursion from the observed day 120: sums over places, then mean and variance of the first place."""
    totals = np.array([32.925466067, 28.658486101, 26.084872319, 24.532606324, 27.727610528])
    first = np.array([1.599184645, 1.751243135, 1.617619045, 1.465083546, 1.472300902])
    variance = np.array([2.508177950, 3.784725577, 3.816343194, 3.448236914, 3.323247987])
    drawn = fit_named("A2", twelve).simulate(4000, given=twelve.panel.iloc[:120], days=5, rng=3)
    assert drawn.dates[0] == twelve.panel.index[120]
    assert (np.abs(drawn.totals().mean(axis=1) - totals) < 4 * drawn.totals().std(axis=1) / np.sqrt(4000)).all()
    assert (np.abs(drawn.mean()["c01"] - first) < 4 * np.sqrt(variance / 4000)).all()
    assert drawn.values[:, :, 0].var(axis=0) == pytest.approx(variance, rel=0.15)


def test_german_states(germany):
    poisson = ps.fit_endemic_epidemic(germany.panel, germany.graph, family="poisson")
    assert poisson.log_likelihood == pytest.approx(-5452.48478, abs=1e-4)
    assert poisson.params.to_dict() == pytest.approx({"endemic": -1.241408271, "own": -0.423790533, "neighbors": -1.553428927}, rel=1e-4)  # fmt: skip
    fit = ps.fit_endemic_epidemic(germany.panel, germany.graph)
    assert fit.log_likelihood == pytest.approx(-5039.65624, abs=1e-4)
    assert fit.params.to_dict() == pytest.approx({"endemic": -1.312879214, "own": -0.452387772, "neighbors": -1.399602406, "overdispersion": 0.431863061}, rel=1e-4)  # fmt: skip
    assert fit.standard_errors.to_dict() == pytest.approx({"endemic": 0.07213, "own": 0.03436, "neighbors": 0.07447, "overdispersion": 0.02915}, rel=1e-3)  # fmt: skip
    assert fit.dominant_eigenvalue() == pytest.approx(0.882802486, abs=1e-6)
    assert fit.aic == pytest.approx(10087.3125, abs=1e-3)
    assert poisson.aic == pytest.approx(10910.9696, abs=1e-3)
    tested = fit.compare(poisson)
    assert tested.statistic == pytest.approx(2 * (5452.48478 - 5039.65624), abs=1e-3)
    assert tested.reference.startswith("half")


def test_weights_of_the_wrong_orientation(germany):
    """Receiver-normalized weights: what a transposed matrix gives. Ties by source cannot give this."""
    wrong = germany.graph.normalize("target").edges
    fit = ps.fit_endemic_epidemic(germany.panel, germany.graph)
    assert fit.log_likelihood - (-5074.30509) == pytest.approx(34.64885, abs=1e-4)
    turned = ps.DiffusionGraph.from_edges(wrong, germany.panel.columns)
    again = ps.fit_endemic_epidemic(germany.panel, turned)  # the fit divides by source, whatever it is given
    assert not np.isclose(again.log_likelihood, -5074.30509, atol=1)


def test_a_trend_in_the_neighbors_and_the_endemic_part(germany):
    trend = ps.Terms(trend=True)
    fit = ps.fit_endemic_epidemic(germany.panel, germany.graph, endemic=trend, neighbors=trend)
    agrees(fit, -5034.916117, {"own": (-0.463139, None), "neighbors": (-1.874091, None), "neighbors: trend": (0.428168, None), "endemic": (-1.215560, None), "endemic: trend": (-0.098639, None)})  # fmt: skip
    assert fit.overdispersion == pytest.approx(0.430075, abs=1e-5)
    tested = fit.compare(fit.without("neighbors"))
    assert tested.second.log_likelihood == pytest.approx(
        -5181.30862753, abs=1e-5
    )  # hhh4 with a trend in the endemic part
    alone = fit.without("neighbors", "endemic: trend")
    assert alone.log_likelihood == pytest.approx(-5188.259318, abs=1e-5)
    assert tested.reference.startswith("conservative mixture of χ²")


def test_a_power_law_of_german_states(germany):
    fit = ps.fit_endemic_epidemic(germany.panel, germany.graph, weights="power_law")
    agrees(fit, -5015.085932443, {"own": (-0.509752812, 0.037074455), "neighbors": (-1.159912300, 0.067918337), "endemic": (-1.687381227, 0.116113226), "log decay": (0.949845832, 0.096347312), "psi": (0.884648971, None)})  # fmt: skip
    assert fit.expected().iloc[150].sum() == pytest.approx(42.268835365, rel=1e-5)
    found = scores_of(fit, germany.panel, slice(150, 151))[:3]
    assert found == pytest.approx((1.965611563, 1.145629845, 2.692936742), rel=1e-4)
    assert fit.decay_gain > 2


def test_a_season_of_german_states(germany):
    fit = ps.fit_endemic_epidemic(germany.panel, germany.graph, endemic=ps.Terms(seasonal=1), own=ps.Terms(trend=True))
    agrees(fit, -5028.271393749, {"own": (-0.590334851, None), "own: trend": (0.121961957, 0.071940739), "neighbors": (-1.437596726, None), "endemic": (-1.279244328, None), "endemic: sine 1": (0.087669181, None), "endemic: cosine 1": (0.376657044, None), "psi": (0.850443567, None)})  # fmt: skip
