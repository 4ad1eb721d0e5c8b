"""Maps of a number per place: areas of dots, circles in kilometers, names, and text that stays text."""

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.figures import MapCircle, PlaceMap
from protestspread.pictures.figures.draw import draw_figure


def places():
    table = pd.DataFrame({"lon": [70.0, 71.0, 72.0], "lat": [48.0, 48.5, 48.0], "value": [1.0, 4.0, 16.0]})
    return table.assign(filled=[False, True, False]).set_axis(["Alfa", "$b^2$", "Charlie"])


def drawn(figure, **options):
    ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    return draw_figure(figure, ax=ax, **options)


def artist(ax, gid):
    return next(child for child in ax.get_children() if child.get_gid() == gid)


def texts(ax):
    return [text.get_text() for text in ax.texts] + [text.get_text() for text in ax.get_legend().get_texts()]


def test_areas_of_dots_are_in_proportion_and_filled_ones_differ():
    ax = drawn(PlaceMap(places(), "pairs", "marked"))
    small, large = (artist(ax, f"place {row}") for row in (1, 2))
    assert (large.get_markersize() / small.get_markersize()) ** 2 == pytest.approx(4)
    assert small.get_markerfacecolor() != large.get_markerfacecolor()


def test_a_circle_has_its_radius_in_kilometers():
    figure = PlaceMap(places(), "pairs", "marked", [MapCircle(71, 48.5, 60, "3–5 Jan", solid=True)], "p ≤ 0.05")
    ax = drawn(figure)
    x, y = artist(ax, "circle 0").get_data()
    area = shapely.Polygon(np.column_stack([x, y])).area / 1e6
    assert area == pytest.approx(np.pi * 60**2, rel=0.01)  # the projection is equal-area
    assert {"3–5 Jan", "p ≤ 0.05"} <= {*texts(ax)}


def test_a_circle_round_one_place_can_be_seen():
    ax = drawn(PlaceMap(places(), "pairs", "marked", [MapCircle(71, 48.5, 0, "", solid=False)], dashed="p > 0.05"))
    x, y = ax.transData.transform(np.column_stack(artist(ax, "circle 0").get_data())).T
    assert np.ptp(x) > 20
    assert np.ptp(y) > 20


def test_names_are_text_and_those_of_filled_dots_come_first():
    ax = drawn(PlaceMap(places(), "$x$", "a < b"))
    names = [text for text in ax.texts if text.get_text() in {"Alfa", "$b^2$", "Charlie"}]
    assert names[0].get_text() == "$b^2$"
    assert not any(text.get_parse_math() for text in [*names, ax.get_legend().get_title()])


def test_regions_lie_below():
    case = ps.load_case("kazakhstan_2022")
    with_land, bare = (drawn(PlaceMap(places(), "pairs", "marked", regions=land)) for land in (case.regions, None))
    assert len(with_land.collections) > len(bare.collections)


@pytest.mark.parametrize("value", [[np.nan, 0.0, 2.0], [0.0, 0.0, 0.0], [np.nan] * 3])
def test_unknown_values_and_zeros_are_small_dots(value):
    ax = drawn(PlaceMap(places().assign(value=value), "pairs", "marked"))
    assert artist(ax, "place 1").get_markersize() < 4


@pytest.mark.parametrize("lon", [[179.5, -179.5, 180.0], [180.0] * 3])
def test_places_on_both_sides_of_the_antimeridian_and_one_place(lon):
    ax = drawn(PlaceMap(places().assign(lon=lon), "pairs", "marked", [MapCircle(180, 48, 50, "", solid=True)]))
    assert np.ptp(artist(ax, "circle 0").get_xdata()) < 3e5


def test_without_places_there_is_an_error():
    with pytest.raises(ps.DataError, match="there is no place"):
        drawn(PlaceMap(places()[:0], "pairs", "marked"))
