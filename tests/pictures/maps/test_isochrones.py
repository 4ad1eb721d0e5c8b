"""Isochrones against scipy's interpolation, the land, and places that are too few."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.interpolate import LinearNDInterpolator

import protestspread as ps
from protestspread.pictures.maps.isochrones import isochrones


def test_a_spread_at_one_speed_has_straight_lines_across_it():
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    points = np.column_stack([x.ravel(), y.ravel()])
    lines = isochrones(points, points[:, 0], np.array([0.5, 3.5]))
    assert [line.bounds for line in lines] == [(0.5, 0, 0.5, 3), (3.5, 0, 3.5, 3)]
    assert [line.geom_type for line in lines] == ["LineString"] * 2  # whole, not in pieces
    (cut,) = isochrones(points, points[:, 0], np.array([0.5]), shapely.box(0, 1, 9, 2.5))
    assert cut.bounds == (0.5, 1, 0.5, 2.5)


@given(st.integers(0, 2**32 - 1), st.integers(6, 40))
def test_the_interpolated_day_on_a_line_is_its_level(seed, number):
    rng = np.random.default_rng(seed)
    points, days = rng.normal(size=(number, 2)), np.append([0, 1, 2], rng.integers(0, 6, number - 3)).astype(float)
    day_at = LinearNDInterpolator(points, days)
    levels = np.arange(5) + 0.5
    for level, line in zip(levels, isochrones(points, days, levels), strict=True):
        if not line.is_empty:
            middles = shapely.get_coordinates(
                shapely.line_interpolate_point(shapely.get_parts(line), 0.37, normalized=True)
            )
            found = day_at(middles)
            assert found[~np.isnan(found)] == pytest.approx(level)  # NaN: rounded out of the hull


def test_triangles_over_empty_land_carry_no_line():
    grid = np.array([(x, y) for x in range(4) for y in range(4)], dtype=float)
    far = np.array([(60.0, 0.0), (60.0, 3.0)])
    days = np.append(grid[:, 0], [9.0, 9.0])
    near, beyond = isochrones(np.vstack([grid, far]), days, np.array([1.5, 6.5]))
    assert near.length == pytest.approx(3)
    assert beyond.is_empty


def test_of_two_places_in_one_spot_the_earlier_counts():
    points = np.array([(0, 0), (0, 0), (2, 0), (4, 0), (0, 2), (2, 2), (4, 2.0)])
    days = np.array([3, 1, 2, 3, 1, 2, 3.0])
    (line,) = isochrones(points, days, np.array([1.5]))
    assert line.bounds == (1, 0, 1, 2)


@pytest.mark.parametrize(
    ("points", "days", "says"),
    [
        (np.empty((0, 2)), [], "got 0 places with 0 different first days"),
        (np.eye(5)[:, :2], [1, 2, 3, 4, 5], "got 3 places"),  # three of the five are in one spot
        (np.random.default_rng(1).normal(size=(9, 2)), [1, 2] * 4 + [2], "got 9 places with 2 different first days"),
        (np.column_stack([np.arange(8.0), np.arange(8.0)]), np.arange(8), "got places on one line"),
    ],
)
def test_too_little_for_a_line(points, days, says):
    with pytest.raises(ps.DataError, match=says):
        isochrones(points, np.array(days, dtype=float), np.array([1.5]))


def test_the_map_says_that_its_lines_are_interpolated_and_keeps_them_on_land(case, panel):
    first = ps.onsets(panel)
    ax = Figure((9, 5.5), dpi=100).add_axes((0.02, 0.02, 0.96, 0.88))
    ps.plot_onsets(first, case.cities, case.regions, ax=ax, isochrones=True)
    lines = {c.get_gid(): c for c in ax.collections if str(c.get_gid()).startswith("isochrone")}
    assert len(lines) == first.nunique() - 1
    assert "joined by the end of the day (interpolated)" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("not an observed front" in text.get_text() for text in ax.texts)
    land = case.regions.to_crs(ps.equal_area_crs(case.regions)).union_all().buffer(2000)
    for collection in lines.values():
        assert land.contains(shapely.MultiLineString(collection.get_segments()))
    few = first.where(first <= first.min())
    with pytest.raises(ps.DataError, match=r"1 different first days[\s\S]*isochrones=False"):
        ps.plot_onsets(few, case.cities, ax=ax, isochrones=True)
    with pytest.raises(ps.DataError, match="got 0 places"):
        ps.plot_onsets(pd.Series(pd.NaT, index=first.index, dtype="datetime64[ns]"), case.cities, isochrones=True)
