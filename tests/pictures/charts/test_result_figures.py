"""Figures of statistics over time, read off the artists."""

from itertools import pairwise

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.pictures.charts.result_figures import plot_estimates, plot_over_time


@pytest.fixture(scope="module")
def graph(case):
    return ps.nearest_graph(case.cities, k=4)


@pytest.fixture(scope="module")
def by_day(panel, graph):
    return ps.moran_over_time(panel, graph, permutations=199, rng=1).to_frame()


def new_axes():
    return matplotlib.figure.Figure((7, 4)).add_axes((0.15, 0.2, 0.8, 0.6))


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines}


def test_the_line_the_band_and_the_gaps(by_day):
    ax = new_axes()
    assert plot_over_time(by_day, ax=ax, title="$\\alpha$ & <b>") is ax
    drawn = lines(ax)
    assert np.array_equal(drawn["observed"][:, 1], by_day["statistic"], equal_nan=True)
    clear = by_day["adjusted_p_value"].to_numpy() <= 0.05
    assert drawn["observed, adjusted p ≤ 0.05"][:, 0].tolist() == np.flatnonzero(clear).tolist()
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(by_day["null_high"].max())
    assert band[:, 1].min() == pytest.approx(by_day["null_low"].min())
    missing = [patch for patch in ax.patches if patch.get_gid() == "missing"]
    assert len(missing) == by_day["statistic"].isna().sum() > 0
    assert ax.get_ylabel() == "Moran's I"
    assert "199 permutations of the places" in ax.get_xlabel().replace("\n", " ")
    assert ax.get_title(loc="left") == "$\\alpha$ & <b>"
    ax.figure.canvas.draw()


def test_no_filled_dots_where_nothing_is_clear(by_day):
    ax = plot_over_time(by_day.assign(adjusted_p_value=1.0), ax=new_axes())
    assert "observed, adjusted p ≤ 0.05" not in lines(ax)


def test_a_strip_by_place(panel, graph):
    found = ps.getis_ord_over_time(panel, graph, permutations=1999, rng=1)
    local, ax = found.table, plot_over_time(found, ax=new_axes())
    least = local["adjusted_p_value"].groupby(level="city").min()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == 40
    assert least[names].tolist() == sorted(least[names])
    dots = next(line for line in ax.lines if line.get_gid() == "clear").get_xydata().astype(int)
    dates = panel.index
    found = {(dates[x], names[y]) for x, y in dots}
    assert found == {row for row, p in local["adjusted_p_value"].items() if p <= 0.05}
    shown = ax.images[0].get_array()
    assert np.isclose(shown[0, 1], local.loc[(dates[1], names[0]), "z_score"])
    assert shown.mask[:, -1].all()  # unobserved
    assert "40 of 71 places" in ax.get_xlabel().replace("\n", " ")
    ax.figure.canvas.draw()


def test_one_day_and_many_days(panel, graph):
    for days in (
        panel.iloc[[2]],
        pd.concat([panel.dropna()] * 60).set_axis(
            pd.date_range("2022-01-01", periods=60 * len(panel.dropna()), name="date")
        ),
    ):
        table = ps.moran_over_time(days, graph, permutations=199, rng=1)
        ax = plot_over_time(table, ax=new_axes())
        ax.figure.canvas.draw()
        boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_what_cannot_be_drawn(panel, by_day):
    with pytest.raises(ps.DataError, match="'statistic' is missing"):
        plot_over_time(panel)
    with pytest.raises(ps.DataError, match="'null_low' is missing"):
        plot_over_time(by_day.drop(columns="null_low"))
    with pytest.raises(ps.DataError, match="no place observed"):
        plot_over_time(by_day.iloc[-2:])
    with pytest.raises(ps.DataError, match="what moran_over_time returns, or its table; got 3"):
        plot_over_time(3)


@pytest.mark.parametrize("run", [ps.moran_over_time, ps.getis_ord_over_time])
def test_a_result_and_its_table_are_drawn_alike(panel, graph, run):
    found = run(panel, graph, permutations=1999, adjust="holm", rng=1)
    drawn = [
        found.plot(ax=new_axes()),
        plot_over_time(found, ax=new_axes()),
        plot_over_time(found.to_frame(), ax=new_axes()),
    ]
    for ax in drawn:
        assert ax.get_xlabel() == drawn[0].get_xlabel() != ""
        for line, other in zip(ax.lines, drawn[0].lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), other.get_xydata())


@pytest.fixture(scope="module")
def fits(case):
    cities = case.cities[case.cities["in_frame"]]
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[cities.index]
    graph = ps.nearest_graph(cities, k=4)
    counts = ps.simulate(ps.EndemicEpidemicModel(1.0, 0.3, 0.2), graph, seeds=[], days=30, rng=1)
    return {
        "history": ps.fit_event_history(first, {"near": graph}, cities=cities, observed_until="2022-01-08"),
        "counts": ps.fit_endemic_epidemic(counts, graph, endemic=ps.Terms()),
        "order": ps.fit_oada(first, {"near": graph}),
    }


@pytest.mark.parametrize("name", ["history", "counts", "order"])
def test_estimates_of_any_fit_are_drawn(fits, name):
    fit, ax = fits[name], new_axes()
    assert plot_estimates(fit, ax=ax, title="$x$", level=0.9) is ax
    labels = [label.get_text() for panel in ax.child_axes for label in panel.get_yticklabels()]
    shown = fit.estimates_figure(level=0.9)
    assert labels == [str(row) for rows in shown.scales for row in rows.table.index]
    assert any("90%" in panel.get_title(loc="left") for panel in ax.child_axes)
    for panel, rows in zip(ax.child_axes, shown.scales, strict=True):
        dots = [line.get_xdata()[0] for line in panel.lines if line.get_gid() == "estimate"]
        assert dots == pytest.approx(rows.table["estimate"].to_numpy())


def test_effects_of_an_event_history_are_hazard_ratios_on_a_logarithmic_axis(fits):
    ax = plot_estimates(fits["history"], ax=new_axes())
    (panel,) = ax.child_axes
    assert panel.get_xscale() == "log"
    estimate = fits["history"].summary()["estimate"]
    assert [line.get_xdata()[0] for line in panel.lines if line.get_gid() == "estimate"] == pytest.approx(
        np.exp(estimate[["near", "log population"]])
    )


@pytest.mark.parametrize("width", [3.5, 3.9, 9.0])
def test_names_numbers_and_headings_stay_within_narrow_axes(fits, width):
    ax = plot_estimates(fits["counts"], ax=matplotlib.figure.Figure((width, 4)).add_axes((0.02, 0.02, 0.96, 0.9)))
    ax.figure.canvas.draw()
    for panel in ax.child_axes:
        assert panel.get_window_extent().width > 0.3 * ax.get_window_extent().width
        for text in (*panel.get_yticklabels(), *panel.texts, panel._left_title):
            box = text.get_window_extent()
            assert box.x0 >= -1
            assert box.x1 <= ax.figure.bbox.x1 + 1
    texts = [text.get_text() for panel in ax.child_axes for text in (*panel.get_yticklabels(), *panel.texts)]
    assert sum("(" in text for text in texts) == len(fits["counts"].params)


@pytest.mark.parametrize("fit", [None, 3, pd.DataFrame()])
def test_what_is_not_a_fit_is_refused(fit):
    with pytest.raises(ps.DataError, match=r"^fit must be"):
        plot_estimates(fit)
