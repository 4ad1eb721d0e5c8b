"""Which regions get a square, how large it is, and where it stands."""

import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.layout.labels import FreeSpace
from protestspread.pictures.layout.small_regions import MOST_MARKERS, marker_box, marker_side, too_small

from ..maps.test_choropleth import collections, legend_labels, make_regions, new_axes

ZONE = (0.0, 0.0, 800.0, 500.0)


def squares(count, side):
    return np.array([shapely.box(30 * i, 0, 30 * i + side, side) for i in range(count)])


@pytest.mark.parametrize(("wide", "side"), [(350, 11), (800, 16), (1100, 22), (3000, 22)])
def test_squares_are_smaller_on_narrow_maps(wide, side):
    assert marker_side((0, 0, wide, 200), 1.0) == pytest.approx(side)
    assert marker_side((0, 0, 3 * wide, 600), 3.0) == pytest.approx(3 * side)  # a print of 300 dots per inch


def test_a_region_is_too_small_by_its_area_alone_whatever_the_others_are():
    for shapes in (squares(5, 10), np.append(squares(3, 10), squares(50, 100))):
        rows, small = too_small(shapes, 22.0)
        assert small == len(rows) == (shapely.area(shapes) < 260).sum() > 0
    assert len(too_small(squares(5, 17), 22.0)[0]) == 0
    assert len(too_small(np.array([shapely.Polygon()]), 22.0)[0]) == 0


def test_of_too_many_only_the_clearly_smallest_get_a_square():
    assert too_small(squares(40, 10), 22.0)[0].tolist() == []
    rows, small = too_small(np.append(squares(40, 10), squares(3, 4)), 22.0)
    assert (rows.tolist(), small) == ([40, 41, 42], 43)
    rows, small = too_small(np.append(squares(20, 4), squares(3, 10)), 22.0)
    assert (len(rows), small) == (0, 23)
    assert all(len(too_small(squares(n, 4), 22.0)[0]) <= MOST_MARKERS for n in range(30))


def test_the_legend_says_how_many_of_the_small_regions_have_a_square():
    cells = [(x, y, x + 1, y + 1) for x in range(40) for y in range(40)]
    specks = [(42 + i, 0, 42.3 + i, 0.3) for i in range(3)]
    regions = make_regions(*cells, *specks)
    ax = ps.plot_choropleth(pd.Series(1, index=regions.index), regions, ax=new_axes())
    (label,) = [label for label in legend_labels(ax) if label.startswith("small region")]
    assert label.startswith("small region, enlarged (3/")
    assert len(collections(ax, "small regions")[0].get_paths()) == 3
    few = make_regions((0, 0, 9, 9), *[(9 + i * 0.1, 0, 9.1 + i * 0.1, 0.1) for i in range(4)])  # most are small
    ax = ps.plot_choropleth(pd.Series(1, index=few.index), few, ax=new_axes())
    assert "small region, enlarged" in legend_labels(ax)
    assert len(collections(ax, "small regions")[0].get_paths()) == 4


def test_a_square_stands_beside_its_region_and_rather_not_on_another():
    land = np.array([shapely.box(0, 0, 400, 500), shapely.box(400, 240, 402, 242)])
    left, low, right, top = marker_box(np.array([401.0, 241.0]), land, FreeSpace(ZONE), 16.0, 1.0)
    assert left >= 400
    assert (right - left, top - low) == (16, 16)
    assert np.hypot((left + right) / 2 - 401, (low + top) / 2 - 241) < 60
    inland = np.array([shapely.box(0, 0, 800, 500), shapely.box(400, 240, 402, 242)])
    left, low, right, top = marker_box(np.array([401.0, 241.0]), inland, FreeSpace(ZONE), 16.0, 1.0)
    assert not shapely.box(left, low, right, top).intersects(inland[1])
    full = FreeSpace(ZONE, [ZONE])
    assert marker_box(np.array([401.0, 241.0]), land, full, 16.0, 1.0) == (393, 233, 409, 249)


def test_names_of_small_regions_stand_beside_their_squares():
    regions = make_regions((0, 0, 9, 9), (9, 4, 9.1, 4.1), names=["Large", "Speck"])
    figure = Figure((8, 5))
    ax = ps.plot_choropleth(pd.Series(1, index=regions.index), regions, ax=figure.add_axes((0, 0, 1, 1)), labels=True)
    (name,) = [text for text in ax.texts if text.get_text() == "Speck" and text.get_gid() != "halo"]
    (frames,) = collections(ax, "small regions")
    square = frames.get_paths()[0].get_extents(ax.transData)
    assert not name.get_window_extent().overlaps(square)
    assert abs(name.get_window_extent().y0 - square.y0) < 40
