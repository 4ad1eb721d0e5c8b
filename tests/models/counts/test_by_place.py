"""Sums, residuals and shares of a fit of counts by place, and the maps of them."""

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.inference.likelihood.residuals import sums_by_place


@pytest.fixture(scope="module")
def regions(case):
    return case.regions


@pytest.fixture(scope="module")
def fit(regions):
    graph = ps.border_graph(regions)
    panel = ps.simulate(ps.EndemicEpidemicModel(0.8, 0.3, 0.2, 0.4), graph, seeds=[], days=40, rng=2).astype(float)
    panel.iloc[5:8, 2] = np.nan
    return ps.fit_endemic_epidemic(panel, graph, endemic=ps.Terms())


def test_sums_by_hand():
    observed = pd.DataFrame({"A": [3.0, 1.0], "B": [np.nan, 2.0], "C": [np.nan, np.nan]})
    expected = pd.DataFrame({"A": [1.0, 2.0], "B": [np.nan, 2.0], "C": [np.nan, np.nan]})
    table = sums_by_place(observed, expected, 0.5)
    assert table.loc["A"].tolist() == pytest.approx([4, 3, 1 / np.sqrt(1 * 1.5 + 2 * 2)])
    assert table.loc["B"].tolist() == [2, 2, 0]
    assert table.loc["C"].isna().all()
    joined = sums_by_place(pd.DataFrame({"A": [0.0, 1.0]}), pd.DataFrame({"A": [0.5, 0.2]}), None)
    assert joined.loc["A", "residual"] == pytest.approx(0.3 / np.sqrt(0.25 + 0.16))


def test_a_place_that_is_certain_has_no_residual():
    sure = sums_by_place(pd.DataFrame({"A": [0.0]}), pd.DataFrame({"A": [0.0]}), 0.0)
    assert sure["residual"].isna().all()


def test_shares_and_sums_agree_with_the_parts(fit):
    table, parts = fit.by_place(), fit.parts()
    assert list(table.columns[:3]) == ["observed", "expected", "residual"]
    for name, panel in parts.items():
        assert (table[f"share of {name}"] * table["expected"]).to_numpy() == pytest.approx(panel.sum().to_numpy())
    assert table["observed"].sum() == pytest.approx(np.nansum(fit.observed()))
    assert table["residual"].between(-4, 4).all()


def test_every_fit_has_residuals_by_place(case):
    cities = case.cities[case.cities["in_frame"]]
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[cities.index]
    table = ps.fit_event_history(first, {"near": ps.nearest_graph(cities, k=4)}, cities=cities).by_place()
    assert list(table.columns) == ["observed", "expected", "residual"]
    assert table["observed"].sum() == pytest.approx(table["expected"].sum(), rel=1e-6)


def test_residuals_and_shares_are_mapped_in_one_call(fit, regions):
    table = fit.by_place()
    ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    ps.plot_choropleth(table["residual"], regions, ax=ax, title="Residuals")
    key = ax.get_legend()
    assert key.get_title().get_text() == "residual"
    assert any("−" in text.get_text() for text in key.get_texts())
    assert any(" to " in text.get_text() for text in key.get_texts())
    ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    ps.plot_choropleth(table["share of neighbors"], regions, ax=ax)
    assert ax.get_legend().get_title().get_text() == "share of neighbors"
    assert "share of neighbors" in ps.choropleth_map(table["share of neighbors"], regions).get_root().render()
