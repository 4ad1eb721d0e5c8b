"""Stills for the columns of a journal: as wide as asked for, filled by the map, with letters that can be read."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps

from .test_choropleth import land, make_regions


def choropleth(case, panel, **options):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    return ps.plot_choropleth(by_region.loc["2022-01-05"], case.regions, labels=True, context=case.context, **options)


def onsets(case, panel, **options):
    return ps.plot_onsets(ps.onsets(panel), case.cities, case.regions, isochrones=True, **options)


def graph(case, panel, **options):
    return ps.plot_graph(ps.link_graph(case.cities, case.links), case.regions, **options)


def flows(case, panel, **options):
    return ps.plot_flows(case.flows, case.regions, context=case.context, **options)


def small_multiples(case, panel, **options):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    return ps.plot_small_multiples(by_region, case.regions, **options)[0]


def heatmap(case, panel, **options):
    return ps.plot_heatmap(panel, **options)


@pytest.fixture(autouse=True)
def agg():
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "Agg"}):
        yield
        plt.close("all")


@pytest.mark.parametrize("width_mm", [89, 183])
@pytest.mark.parametrize("draw", [choropleth, onsets, graph, flows, small_multiples, heatmap], ids=lambda f: f.__name__)
def test_pictures_are_as_wide_as_asked_for_and_nothing_is_cut_or_too_small(draw, width_mm, case, panel):
    ax = draw(case, panel, width_mm=width_mm, title="A title that is longer than one column, so that it breaks")
    figure = ax.figure
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    assert figure.get_figheight() * 25.4 < 247  # the height of a page
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(mpl.text.Text) if text.get_text().strip() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 6
    edges = figure.bbox.padded(1)
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= edges.x0, text
        assert box.x1 <= edges.x1, text
        assert box.y0 >= edges.y0, text
        assert box.y1 <= edges.y1, text


@pytest.mark.parametrize("width_mm", [60, 89, 120, 183])
def test_the_map_fills_the_width_and_a_narrow_legend_stands_below(width_mm, case, panel):
    ax = choropleth(case, panel, width_mm=width_mm)
    shapes = shapely.get_coordinates(land(ax, case.regions))
    assert np.ptp(shapes[:, 0]) > 0.9 * ax.figure.bbox.width
    key = ax.get_legend().get_window_extent()
    assert not any(key.x0 < x < key.x1 and key.y0 < y < key.y1 for x, y in shapes)
    assert (key.y1 < shapes[:, 1].min()) == (width_mm < 125)
    assert ax.figure.dpi == 300  # the layout is measured as it will be printed


def test_a_tall_country_fits_on_a_page():
    ax = ps.plot_choropleth(pd.Series({"R0": 1}), make_regions((0, 0, 2, 30)), width_mm=89, title="Tall")
    assert ax.figure.get_figheight() * 25.4 < 247


@pytest.mark.parametrize("width_mm", [0, 39, "89", True, np.nan, 2000])
def test_widths_that_are_none(width_mm, case, panel):
    with pytest.raises(ps.DataError, match="width_mm must be a number"):
        heatmap(case, panel, width_mm=width_mm)


def test_a_given_figure_has_a_width_of_its_own(case, panel):
    figure = mpl.figure.Figure((8, 5))
    for call in (
        lambda: choropleth(case, panel, width_mm=89, ax=figure.add_axes((0, 0, 1, 1))),
        lambda: small_multiples(case, panel, width_mm=89, figure=figure),
    ):
        with pytest.raises(ps.DataError, match="width_mm must be None where a figure is given"):
            call()
