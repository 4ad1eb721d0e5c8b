"""Estimates with intervals: numbers, open ends and boundaries, read back from the axes."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.figures import EstimateRows, Estimates
from protestspread.pictures.figures.draw import draw_figure

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def fits(case):
    cities = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(cities.index)]
    first = ps.onsets(ps.count_events(events, cities, end="2022-01-08", observed=case.coverage))
    graphs = {"$oil$ & gas": ps.similarity_graph(cities, "oil_gas"),
              "distance": ps.distance_graph(cities, within_km=500, decay_km=150)}  # fmt: skip
    size = np.log(cities["population"]).rename("size")
    return {
        "oada": ps.fit_oada(first, graphs, attributes=size - size.mean()),
        "tada": ps.fit_tada(first, graphs, observed_until="2022-01-08", baseline="weibull"),
        "null": ps.fit_oada(first, graphs["distance"]).without_transmission(),
        "one": ps.fit_oada(first, graphs["distance"]),
    }


def drawn(result, size=(7.0, 4.0), **options):
    ax = Figure(size).add_axes((0.02, 0.03, 0.96, 0.86))
    assert result.plot(ax=ax, **options) is ax
    ax.figure.canvas.draw()
    return ax


def of(panel, gid):
    return [line for line in panel.lines if line.get_gid() == gid]


def figure_of(table, **options):
    rows = EstimateRows(pd.DataFrame(table, index=["a", "b"], columns=["estimate", "low", "high"]), "x", **options)
    ax = Figure((7, 3)).add_axes((0.02, 0.03, 0.96, 0.86))
    (panel,) = draw_figure(Estimates([rows], "note"), ax=ax).child_axes
    return panel


@pytest.mark.parametrize(("name", "scales"), [("oada", 2), ("tada", 3)])
@pytest.mark.parametrize("level", [0.95, 0.5])
def test_every_parameter_has_its_estimate_and_interval(fits, name, scales, level):
    ax = drawn(fits[name], title="$T$", level=level)
    table = fits[name].summary(level=level)
    labels = [label.get_text() for panel in ax.child_axes for label in panel.get_yticklabels()]
    assert labels == list(table.index)
    assert len(ax.child_axes) == scales
    lines = [(line, panel) for panel in ax.child_axes for line in of(panel, "interval")]
    for (line, panel), (_, row) in zip(lines, table.iterrows(), strict=True):
        low, high = panel.get_xlim()
        assert line.get_xdata() == pytest.approx(np.clip([row["low"], row["high"]], low, high))
        inside = [end for end in (row["low"], row["high"]) if np.isfinite(end) and end != 0]
        assert all(low <= end <= high for end in inside)
    assert f"{100 * level:g}% interval" in ax.child_axes[0].get_title(loc="left")
    note = ax.texts[0].get_text().replace("\n", " ")
    assert fits[name].sentence in note
    assert "converged from" in note


def test_an_estimate_at_a_boundary_is_an_arrow_and_said_in_words(fits):
    fit = fits["one"]
    assert len(fit.boundary) == 1
    ax = drawn(fit)
    (panel,) = ax.child_axes
    assert [line.get_marker() for line in of(panel, "estimate")] == ["<"]
    assert of(panel, "estimate")[0].get_markerfacecolor() != of(panel, "estimate")[0].get_color()
    note = ax.texts[0].get_text().replace("\n", " ")
    assert "at the boundary: " in note
    assert "Arrows: the interval reaches 0" in note
    assert panel.texts[0].get_text().startswith("0 (0 to ")


def test_open_ends_are_arrows_and_what_is_missing_is_said():
    panel = figure_of([[np.inf, 2.0, np.inf], [1.0, 0.5, 3.0]], log=True)
    assert [line.get_marker() for line in of(panel, "estimate")] == [">", "o"]
    assert len(of(panel, "endless")) == 1
    assert [text.get_text() for text in panel.texts] == ["∞ (2 to ∞)", "1 (0.5 to 3)"]
    panel = figure_of([[np.nan] * 3, [-1.0, np.nan, np.nan]])
    assert {text.get_text() for text in panel.texts} == {"not identified", "−1 (no interval)"}
    assert not of(panel, "interval")


def test_a_dot_is_filled_where_the_interval_excludes_the_reference():
    panel = figure_of([[0.5, -1.0, 1.0], [2.0, 0.5, 3.0]])
    hollow, filled = of(panel, "estimate")
    assert hollow.get_markerfacecolor() != filled.get_markerfacecolor() == filled.get_color()


def test_likelihood_ratios_show_the_estimates_or_the_simulated_statistics(fits):
    ratio = fits["oada"].likelihood_ratio()
    note = drawn(ratio).texts[0].get_text().replace("\n", " ")
    assert note.startswith(ratio.sentence)
    ratio = fits["one"].likelihood_ratio(bootstrap=9, rng=1)
    ax = drawn(ratio)
    assert sum(bar.get_height() for bar in ax.patches) == 9
    assert "data simulated without transmission" in ax.get_legend().get_texts()[-1].get_text()


def test_a_fit_without_parameters_has_nothing_to_draw(fits):
    with pytest.raises(ps.DataError, match="result has no estimates to draw"):
        fits["null"].plot()
    with pytest.raises(ps.DataError, match="level must be"):
        fits["one"].plot(level=2)


def written(panel):
    """Return the texts of a panel; labels of ticks beyond its ends are not drawn."""
    low, high = panel.get_xlim()
    ticks = [label for label in panel.get_xticklabels() if low <= label.get_position()[0] <= high]
    return [*panel.texts, *panel.get_yticklabels(), *ticks, panel._left_title]


@pytest.mark.parametrize("name", ["oada", "tada"])
@pytest.mark.parametrize("size", [(7.0, 4.0), (10.0, 6.0)])
def test_nothing_overlaps_or_is_cut_off(fits, name, size):
    ax = drawn(fits[name], size, title="T")
    texts = [*(text for panel in ax.child_axes for text in written(panel)), *ax.texts]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    for number, box in enumerate(boxes):
        assert box.x0 >= ax.figure.bbox.x0 - 1
        assert box.x1 <= ax.figure.bbox.x1 + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
