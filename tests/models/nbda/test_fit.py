"""What OADA and TADA fits do as fits: panels observed and expected, simulation, fits without some parts, comparison."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import DataError, SchemaError

DAY, DRAWS = pd.Timestamp("2022-01-01"), 800


def spread(seed, *, places=14, days=6, networks=2, dated=True):
    rng = np.random.default_rng(seed)
    names = pd.Index([f"p{number}" for number in range(places)], name="city")
    numbers = rng.integers(1, days + 1, places).astype(float)
    numbers[rng.random(places) < 0.25] = np.nan
    numbers[:2] = [1.0, 2.0]
    graphs = {}
    for number in range(networks):
        source, target = np.nonzero((rng.random((places, places)) < 0.4) & ~np.eye(places, dtype=bool))
        weight = rng.exponential(size=len(source))
        ties = pd.DataFrame({"source": names[source], "target": names[target], "weight": weight})
        graphs[f"n{number}"] = ps.DiffusionGraph.from_edges(ties, names)
    onsets = pd.Series(numbers, index=names)
    onsets = DAY + pd.to_timedelta(onsets - 1, unit="D") if dated else onsets
    return onsets, graphs, pd.DataFrame(rng.normal(size=(places, 2)), index=names, columns=["x", "y"])


def fitted(kind, seed=3, **options):
    onsets, graphs, attributes = spread(seed)
    options = {"attributes": attributes[["x"]], **options}
    if kind == "order":
        return onsets, ps.fit_oada(onsets, graphs, **options)
    return onsets, ps.fit_tada(onsets, graphs, observed_until="2022-01-08", **options)


@given(
    st.integers(0, 10**6),
    st.sampled_from(["additive", "multiplicative", "unconstrained"]),
    st.sampled_from(["constant", "weibull"]),
    st.sampled_from([None, "first day"]),
)
@settings(max_examples=6)
def test_the_likelihood_of_daily_times_is_that_of_the_expected_panel(seed, effect, baseline, seeds):
    onsets, graphs, attributes = spread(seed % 50)
    options = {"observed_until": "2022-01-08", "attributes": attributes, "effect": effect, "baseline": baseline}
    fit = ps.fit_tada(onsets, graphs, seeds=seeds, **options)
    y, p = fit.observed(), fit.expected()
    value = np.log(p.where(y == 1, 1 - p)).sum().sum()
    assert value == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert (fit.residuals() ** 2).sum().sum() == pytest.approx(-2 * fit.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("seeds", [None, ["p0", "p5"]])
def test_what_is_observed(seeds):
    onsets, graphs, _ = spread(3)
    if seeds:
        onsets["p0"], onsets["p5"] = DAY - pd.Timedelta(days=1), pd.NaT
    for fit in (
        ps.fit_oada(onsets, graphs, seeds=seeds),
        ps.fit_tada(onsets, graphs, seeds=seeds, observed_until="2022-01-08", observed_from="2022-01-01"),
    ):
        panel, expected = fit.observed(), fit.expected()
        assert panel.isna().equals(expected.isna())
        assert panel.index.name == "date"
        assert panel.columns.equals(onsets.index)
        for place, day in onsets.items():
            own = panel[place].dropna()
            if seeds and place in seeds:
                assert own.empty
            else:
                assert own.sum() == pd.notna(day)
                assert own.index[-1] == (day if pd.notna(day) else panel.dropna(how="all").index[-1])


@given(st.integers(0, 10**6), st.integers(3, 12))
@settings(max_examples=6)
def test_chances_of_an_order_sum_to_the_onsets_of_each_day(seed, days):
    onsets, graphs, _ = spread(seed, days=days, dated=seed % 2 == 0)
    fit = ps.fit_oada(onsets, graphs)
    observed, expected = fit.observed(), fit.expected()
    joined = observed.sum(axis=1)
    assert expected.sum(axis=1).to_numpy() == pytest.approx(joined.to_numpy(), abs=1e-8)
    quiet = joined == 0
    assert observed[quiet].isna().all(axis=None)  # a day without onset says nothing of the order
    if (joined <= 1).all():
        assert np.log(expected.where(observed == 1)).sum().sum() == pytest.approx(fit.log_likelihood)


@pytest.mark.parametrize(("kind", "seeds"), [("order", None), ("times", None), ("times", "first day")])
def test_simulated_frequencies_are_the_expected_ones(kind, seeds):
    onsets, fit = fitted(kind, seeds=seeds)
    expected = fit.expected()
    for last in ("2022-01-02", "2022-01-04"):
        before = onsets[onsets <= last]
        panels = fit.simulate(DRAWS, given=before, rng=5)
        row = panels.dates.get_loc(pd.Timestamp(last)) + 1
        assert (panels.values[:, row - 1] == onsets.le(last).to_numpy()).all()
        share = pd.Series((panels.values[:, row] - panels.values[:, row - 1]).mean(axis=0), index=onsets.index)
        chance = expected.iloc[row].fillna(0.0)
        error = 4.5 * np.sqrt(chance * (1 - chance) / DRAWS) + 1e-9
        assert ((share - chance).abs() <= error + (0.08 if kind == "order" else 0.0)).all()


def test_a_simulated_order_has_the_onsets_of_each_day_and_the_chances_of_the_likelihood():
    onsets, graphs, _ = spread(3)
    fit = ps.fit_oada(onsets, {"n0": graphs["n0"]})
    panels = fit.simulate(DRAWS, rng=2)
    assert (panels.values.sum(axis=2) == fit.observed().sum(axis=1).cumsum().to_numpy()).all()
    last = onsets.max()
    before = onsets[onsets < last]
    found = fit.simulate(DRAWS, given=before, rng=2).values[:, -1]
    share = (found == onsets.notna().to_numpy()).all(axis=1).mean()
    cut = ps.fit_oada(onsets, {"n0": graphs["n0"]}).optimum.problem.objective
    at = fit.optimum.coordinates
    without = ps.fit_oada(onsets.where(onsets < last), {"n0": graphs["n0"]})
    # the likelihood of the days before is the same but for the unit of the coordinate
    s = np.sinh(at) / fit.rates.units
    earlier = without.optimum.problem.objective(np.arcsinh(s * without.rates.units))[0]
    chance = float(np.exp(cut(at)[0] - earlier))
    assert share == pytest.approx(chance, abs=4.5 * np.sqrt(chance * (1 - chance) / DRAWS))


@pytest.mark.parametrize("kind", ["order", "times"])
def test_panels_stay_on_and_keep_seeds_and_draws(kind):
    onsets, fit = fitted(kind, seeds="first day")
    panels = fit.simulate(20, rng=1)
    assert (np.diff(panels.values, axis=1) >= 0).all()
    assert (panels.values[:, :, onsets.eq(onsets.min()).to_numpy()] == 1).all()
    assert (panels.values[:5] == fit.simulate(5, rng=1).values).all()
    assert panels.dates.equals(fit.observed().index)
    earlier = pd.Series({"p1": pd.Timestamp("2021-12-30")})
    assert (fit.simulate(3, given=earlier, rng=1).values[:, 0, 1] == 1).all()


@pytest.mark.parametrize("kind", ["order", "times"])
@pytest.mark.parametrize("effect", ["additive", "multiplicative", "unconstrained"])
def test_comparison_with_no_transmission_is_the_likelihood_ratio(kind, effect):
    _, fit = fitted(kind, effect=effect)
    one = fit.without("n1")
    assert one.networks == ("n0",)
    for full, names in ((one, ["n0"]), (fit, ["n0", "n1"])):
        found, test = full.compare(full.without(*names)), full.likelihood_ratio()
        assert (found.statistic, found.p_value) == (test.statistic, test.p_value)
    assert fit.without("n0", "n1").log_likelihood == fit.without_transmission().log_likelihood
    assert fit.boundary_parameters == ("s n0", "s n1")


@pytest.mark.parametrize("kind", ["order", "times"])
def test_parts_leave_one_by_one(kind):
    effect = "unconstrained" if kind == "times" else "multiplicative"
    _, fit = fitted(kind, effect=effect, attributes=spread(3)[2])
    own = ["spontaneous: y", "transmission: y"] if kind == "times" else ["y"]
    less = fit.without("x", "n1")
    assert list(less.params.index)[-len(own) - 1 :] == ["s n0", *own]
    words = "2 degrees" if kind == "times" else "1 degree"
    assert fit.compare(fit.without("x")).reference == f"χ² with {words} of freedom"
    assert list(less.without("y").params.index)[-1] == "s n0"
    with pytest.raises(DataError, match=r"names has no network or attribute 'road'; the fit has n0, n1, x, y"):
        fit.without("road", "n0")
    with pytest.raises(DataError, match=r"^names must be names of networks and attributes"):
        fit.without(["n0"])


@pytest.mark.parametrize("kind", ["order", "times"])
def test_nested_models_are_told_apart(kind):
    onsets, additive = fitted(kind)
    _, both = fitted(kind, effect="unconstrained")
    assert both.compare(additive).reference == "χ² with 1 degree of freedom"
    turned = {"n0": spread(3)[1]["n0"].reverse()}
    other = ps.fit_oada(onsets, turned) if kind == "order" else ps.fit_tada(onsets, turned, observed_until="2022-01-08")
    assert np.isnan(additive.compare(other).p_value)  # another network of the same name
    if kind == "times":
        _, weibull = fitted(kind, baseline="weibull")
        assert weibull.compare(additive).reference == "χ² with 1 degree of freedom"
        with pytest.raises(DataError, match=r"^other must be fitted to the same data"):
            additive.compare(ps.fit_tada(onsets, turned, observed_until="2022-01-09"))


def test_onsets_that_are_numbers_or_times_of_day():
    onsets, graphs, _ = spread(3, dated=False)
    for fit in (ps.fit_oada(onsets, graphs), ps.fit_tada(onsets, graphs, observed_until=9)):
        assert fit.observed().sum().sum() == fit.events
        assert 0 <= fit.compare(fit.without("n1")).p_value <= 1
        with pytest.raises(DataError, match="onsets must be dates to simulate") as caught:
            fit.simulate(3)
        assert "Fix: " in str(caught.value)
    hours, graphs, _ = spread(3)
    hours.iloc[:5] += pd.Timedelta(hours=7)
    timed = ps.fit_tada(hours, graphs, observed_until="2022-01-08", time="continuous")
    assert timed.observed().sum().sum() == timed.events
    assert set(hours.dropna()) <= set(timed.observed().index)
    with pytest.raises(DataError, match="onsets must be dates to simulate"):
        timed.simulate(3)
    assert (ps.fit_oada(hours, graphs).simulate(3, rng=1).values[:, -1].sum(axis=1) == hours.notna().sum()).all()


def test_given_onsets_that_cannot_be():
    _, fit = fitted("times")
    for given_onsets, words in (
        ([1], "given must be a Series of onsets by place, or None"),
        (pd.Series({"X": DAY}), "given must hold places of the fit; got X"),
        (
            pd.Series({"p1": pd.Timestamp("2022-02-01")}),
            "given must hold onsets up to 2022-01-08; later are those of p1",
        ),
    ):
        with pytest.raises(DataError) as caught:
            fit.simulate(3, given=given_onsets)
        assert str(caught.value).startswith(words)
    with pytest.raises(SchemaError, match="given"):
        fit.simulate(3, given=pd.Series({"p1": 3.0}))
    with pytest.raises(DataError, match=r"^draws must be a whole number"):
        fit.simulate(0)
    before = pd.Series({"p1": DAY, "p2": pd.NaT})
    copy = before.copy()
    fit.simulate(2, given=before, rng=1)
    pd.testing.assert_series_equal(before, copy)


def test_strengths_without_bound_still_simulate():
    names = pd.Index([f"p{number}" for number in range(6)])
    chain = pd.DataFrame({"source": names[:-1], "target": names[1:]})
    onsets = pd.Series(pd.date_range(DAY, periods=6), index=names)
    graph = ps.DiffusionGraph.from_edges(chain, names)
    for fit in (ps.fit_oada(onsets, graph), ps.fit_tada(onsets, graph, observed_until="2022-01-06")):
        assert np.isfinite(fit.expected().to_numpy()[fit.observed().notna()]).all()
        assert len(fit.simulate(5, rng=1)) == 5
    assert (ps.fit_oada(onsets, graph).simulate(20, given=onsets[:1], rng=1).values == 1).sum() == 20 * 21


def test_the_model_simulates_on_the_graph_of_the_fit():
    _, fit = fitted("times", effect="multiplicative", baseline="weibull")
    assert fit.graph.kinds == fit.networks
    many = ps.simulate_many(fit.model, fit.graph, seeds=["p1"], days=9, draws=DRAWS, first_day="2021-12-31", rng=1)
    again = fit.simulate(DRAWS, given=pd.Series({"p1": pd.Timestamp("2021-12-31")}), rng=2)
    difference = (many.mean().iloc[1:] - again.mean()).abs().max().max()
    assert difference < 4.5 * np.sqrt(2 * 0.25 / DRAWS)
    with pytest.raises(DataError, match="scale must be a number of days to simulate"):
        _, order = fitted("order")
        ps.simulate(order.model, order.graph, seeds=["p1"], days=3)
