"""Figures of statistics over time, read off the artists."""

from itertools import pairwise

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.pictures.charts.result_figures import plot_over_time


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
