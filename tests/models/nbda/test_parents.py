"""Who may have preceded whom, by fits of order and times: by hand, and against the shares of onsets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps


def spread(seed, places=12):
    """Return onsets with seeds and places that never joined, two networks, and an attribute."""
    rng = np.random.default_rng(seed)
    names = pd.Index([f"p{number}" for number in range(places)], name="city")
    numbers = rng.integers(1, 6, places).astype(float)
    numbers[:3], numbers[-2:] = [0.0, 1.0, 5.0], np.nan
    graphs = {}
    for name in ("road", "rail"):
        source, target = np.nonzero((rng.random((places, places)) < 0.5) & ~np.eye(places, dtype=bool))
        ties = pd.DataFrame(
            {"source": names[source], "target": names[target], "weight": rng.exponential(size=len(source))}
        )
        graphs[name] = ps.DiffusionGraph.from_edges(ties, names)
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(pd.Series(numbers, names), unit="D")
    return dates, graphs, pd.Series(rng.normal(size=places), names, name="x")


def fits(seed, effect, seeds):
    dates, graphs, x = spread(seed)
    options = {"attributes": x, "effect": effect, "seeds": seeds}
    yield ps.fit_oada(dates, graphs, ties="efron", **options)
    yield ps.fit_tada(dates, graphs, observed_until="2022-01-08", **options)


@given(
    st.integers(0, 99), st.sampled_from(["additive", "multiplicative", "unconstrained"]), st.sampled_from([None, "first day"])
)  # fmt: skip
@settings(max_examples=3)
def test_probabilities_sum_to_1_and_external_is_what_is_not_transmitted(seed, effect, seeds):
    for fit in fits(seed, effect, seeds):
        table = fit.parents()
        sums = table.groupby("target")["probability"].sum()
        assert len(sums) == fit.events
        assert np.allclose(sums, 1, rtol=0, atol=1e-12)
        outside = table[table["source"].isna()]
        assert len(outside) == fit.events
        assert 1 - outside["probability"].mean() == pytest.approx(fit.share_transmitted.sum(), abs=1e-12)
        by_network = table.groupby("network")["probability"].sum() / fit.events
        for network, share in fit.share_transmitted.items():
            assert by_network.get(network, 0.0) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("seeds", [None, "first day"])
def test_each_parent_has_its_share_of_the_rate(seeds):
    dates, graphs, _ = spread(4)
    for fit in fits(4, "unconstrained", seeds):
        model, table = fit.model, fit.parents()
        early = dates.min() if seeds else None
        for target, of_target in table.groupby("target"):
            expected = {}
            for name, graph in graphs.items():
                for source in graph.nodes:
                    weight = graph.matrix[graph.nodes.get_loc(source), graph.nodes.get_loc(target)]
                    if dates[source] < dates[target] and weight > 0:
                        expected[source, name] = model.strengths[name] * weight * model.susceptible[target]
            total = sum(expected.values()) + model.spontaneous[target]
            found = of_target.dropna(subset="source").set_index(["source", "network"])
            assert set(found.index) == {key for key, value in expected.items() if value > 0}
            for (source, name), probability in found["probability"].items():
                assert probability == pytest.approx(expected[source, name] / total, rel=1e-9)
            known = found["source_date"].dropna()
            assert (known == dates[known.index.get_level_values(0)].to_numpy()).all()
            assert (found["source_date"].isna() == (dates[found.index.get_level_values(0)] == early).to_numpy()).all()
            assert (of_target["date"] == dates[target]).all()


def test_growth_common_to_all_is_no_parent():
    dates, graphs, _ = spread(2)
    everybody = ps.DiffusionGraph.from_edges(
        pd.DataFrame([(a, b) for a in dates.index for b in dates.index if a != b], columns=["source", "target"]), dates.index
    )  # fmt: skip
    fit = ps.fit_tada(dates, {**graphs, "all": everybody}, observed_until="2022-01-08")
    assert fit.rates.common == ("all",)
    table = fit.parents()
    assert set(table["network"].dropna()) <= {"road", "rail"}
    named = fit.share_transmitted[["road", "rail"]].sum()
    assert 1 - table.loc[table["source"].isna(), "probability"].mean() == pytest.approx(named, abs=1e-12)
    assert np.allclose(table.groupby("target")["probability"].sum(), 1, rtol=0, atol=1e-12)


def test_numbers_are_dates_too_and_no_network_is_all_outside():
    pairs = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 1), (1, 4)]
    ties = pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["source", "target"])
    onsets = pd.Series({1: 1.0, 2: 3.0, 6: 4.0, 4: 7.0, 3: 9.0, 5: 15.0})
    fit = ps.fit_tada(onsets, ps.DiffusionGraph.from_edges(ties), observed_until=16)
    table = fit.parents()
    s = fit.params["s tie"]
    last = table[table["target"] == 5].set_index("source")
    assert last.loc[4, "probability"] == pytest.approx(s / (1 + 2 * s))
    assert last.loc[6, "source_date"] == 4.0
    alone = fit.without("tie").parents()
    assert alone["source"].isna().all()
    assert (alone["probability"] == 1).all()


def test_counts_and_the_next_place_have_no_parents(panel, case):
    cities = case.cities[case.cities["in_frame"]]
    counts = panel[cities.index].iloc[:8]
    fits = (
        ps.fit_endemic_epidemic(counts, ps.nearest_graph(cities, k=3), endemic=ps.Terms()),
        ps.decompose_diffusion(
            ps.onsets(counts), cities, observed_until="2022-01-08", simulations=0, population_draws=0
        ),
    )
    for fit in fits:
        with pytest.raises(ps.DataError, match=f"ties between single onsets.*{type(fit).__name__} has none"):
            fit.parents()
