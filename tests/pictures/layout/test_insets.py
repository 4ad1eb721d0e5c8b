"""Parts that lie far away stand in boxes: what is moved, where to, and what stays."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.layout.insets import inset_layout
from protestspread.pictures.maps.basemap import extent_of, inset_pixel, insets_of, plane_of, points_on

MAIN = [(lon, 35, lon + 4, 42) for lon in range(-100, -80, 4)]
FAR, ISLES = (-150, 60, -142, 64), [(-158, 20, -157, 21), (-156, 19, -155, 20)]


def regions_of(*boxes, names=None):
    """Return regions; a list of boxes is one region of several parts."""
    shapes = [
        shapely.box(*one) if isinstance(one, tuple) else shapely.MultiPolygon([shapely.box(*b) for b in one])
        for one in boxes
    ]
    names = [f"R{i}" for i in range(len(shapes))] if names is None else names
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, index=names, crs=4326).rename_axis("region_id")


def drawn(regions, insets="auto", crs=None):
    plane = plane_of(regions, crs, insets)
    return plane, insets_of(plane)


@pytest.fixture(scope="module")
def states():
    return ps.load_case("george_floyd_2020").regions


def test_alaska_and_hawaii_stand_beside_the_main_part_and_cover_nothing(states):
    plane, insets = drawn(states)
    assert [inset.name for inset in insets] == ["Alaska", "Hawaii"]
    assert [inset.rows for inset in insets] == [(states.index.get_loc("US-AK"),), (states.index.get_loc("US-HI"),)]
    boxes = [shapely.box(*inset.box) for inset in insets]
    main = plane.drop(["US-AK", "US-HI"])
    side = np.ptp(main.total_bounds.reshape(2, 2), axis=0).max()
    assert not any(main.intersects(shapely.buffer(box, 0.015 * side)).any() for box in boxes)
    assert not boxes[0].intersects(boxes[1])
    for box, name, high in zip(boxes, ("US-AK", "US-HI"), (112, 80), strict=True):
        assert box.contains(plane.geometry[name])
        assert np.ptp(box.bounds[1::2]) == pytest.approx(high / 800 * side)
    left, bottom, right, top = extent_of(plane)
    assert (right - left) * (top - bottom) < 1.1 * np.prod(np.ptp(main.total_bounds.reshape(2, 2), axis=0))


def test_points_move_with_their_region_and_areas_keep_their_proportions(states):
    plane, insets = drawn(states)
    cities = gpd.GeoSeries.from_xy([-149.9, -157.86, -87.63, -176.6], [61.2, 21.3, 41.88, 51.9], crs=4326)
    for (x, y), name in zip(points_on(plane, cities), ["US-AK", "US-HI", "US-IL", "US-AK"], strict=True):
        assert shapely.distance(plane.geometry[name], shapely.Point(x, y)) < 20_000
    for inset in insets:
        name = states.index[inset.rows[0]]
        true = states.geometry[[name]].to_crs(inset.crs).area.iloc[0]
        assert plane.geometry[name].area == pytest.approx(true * inset.scale**2, rel=1e-3)
        assert inset.holds(shapely.get_coordinates(states.geometry[name])).all()
        assert not inset.holds([(-95.0, 40.0)]).any()


def test_names_and_scale_bars_are_drawn_in_the_boxes(states):
    values = states["population"].astype(float)
    ax = Figure((10, 6.6)).add_axes((0, 0, 1, 0.94))
    ps.plot_choropleth(values, states, ax=ax, labels=True, scheme=[1e6, 5e6])
    assert len([patch for patch in ax.patches if patch.get_gid() == "inset"]) == 2
    bars = [line for line in ax.lines if line.get_gid() == "inset scale bar"]
    words = [text.get_text() for text in ax.texts if text.get_gid() != "halo"]
    assert words.count("Alaska") == words.count("Hawaii") == 1  # in the box, not on the region as well
    insets = insets_of(plane_of(states, None, "auto", pixel=inset_pixel(ax)))
    for inset, bar, label in zip(insets, bars, ("1\u202f000 km", "200 km"), strict=True):
        assert label in words
        length = np.ptp(bar.get_xdata()) / inset.scale
        assert length == pytest.approx(float(label[:-3].replace("\u202f", "")) * 1000, rel=0.01)


def test_islands_near_the_coast_chains_and_large_parts_stay():
    for regions in (
        regions_of(*MAIN),
        regions_of(*MAIN, (-79, 33, -78, 34)),
        regions_of(*[(100 + 3 * i, -2, 102 + 3 * i, 1) for i in range(12)]),  # islands in a row
        regions_of((100, 1, 104, 7), (110, 1, 115, 7)),  # like Malaysia: both are the main part
        regions_of((0, 40, 1, 41)),
    ):
        plane, insets = drawn(regions)
        assert insets == ()
        assert plane.geometry.to_numpy().tolist() == plane_of(regions, None).geometry.to_numpy().tolist()


def test_a_region_may_have_parts_on_both_sides_and_an_inset_parts_of_several_regions():
    regions = regions_of(*MAIN[:4], [MAIN[4], FAR], ISLES[0], ISLES[1])
    plane, insets = drawn(regions)
    assert [(inset.name, inset.rows) for inset in insets] == [("R4", (4,)), ("R5, R6", (5, 6))]
    assert len(plane.geometry["R4"].geoms) == 2
    assert shapely.box(*insets[0].box).contains(
        max(plane.geometry["R4"].geoms, key=lambda part: part.bounds[0] < insets[0].box[2])
    )
    assert all(shapely.box(*insets[1].box).contains(plane.geometry[name]) for name in ("R5", "R6"))


def test_a_part_across_the_antimeridian_is_in_one_piece():
    regions = regions_of(*MAIN, [(176, 50, 180, 54), (-180, 50, -172, 54)])
    plane, (inset,) = drawn(regions)
    assert inset.bounds == (176, 50, -172, 54)
    assert plane.geometry["R5"].geom_type == "MultiPolygon"
    assert len(plane.geometry["R5"].geoms) == 1
    assert inset.holds([(179, 52), (-179, 52), (-170, 52)]).tolist() == [True, True, False]


@pytest.mark.parametrize("count", [1, 4, 9, 16])
def test_any_number_of_boxes_stands_in_a_row_without_overlap(count):
    far = [(-170 + 6 * i, -30 - 3 * (i % 2), -169 + 6 * i, -29 - 3 * (i % 2)) for i in range(count)]
    plane, insets = drawn(regions_of(*MAIN, *far), insets={f"far {i}": box for i, box in enumerate(far)})
    assert len(insets) == count
    boxes = [shapely.box(*inset.box) for inset in insets]
    assert not any(one.intersects(other) for one, other in combinations(boxes, 2))
    assert not any(plane.geometry[:5].intersects(box).any() for box in boxes)
    assert all(box.contains(shape) for box, shape in zip(boxes, plane.geometry[5:], strict=True))


def test_named_boxes_take_what_lies_in_them_and_none_takes_nothing(states):
    _, insets = drawn(states, {"Far north": (-180, 50, -129, 72), "Nowhere": (0, 0, 1, 1)})
    assert [inset.name for inset in insets] == ["Far north"]
    assert drawn(states, None)[1] == ()
    wide = drawn(regions_of(*MAIN, (175, -20, 179, -15)), {"Fiji": (170, -25, -170, -10)})[1]
    assert [inset.name for inset in wide] == ["Fiji"]
    assert drawn(regions_of(*MAIN), {"All": (-180, -90, 180, 90)})[1] == ()  # no main part would be left


def test_the_order_of_regions_does_not_matter(states):
    plane, insets = drawn(states)
    again, others = drawn(states[::-1])
    assert [inset.box for inset in insets] == [pytest.approx(inset.box) for inset in others]
    assert again.geometry["US-AK"].bounds == pytest.approx(plane.geometry["US-AK"].bounds)


def test_shapes_that_are_no_regions_make_no_inset():
    regions = regions_of(*MAIN, FAR)
    _, insets = inset_layout(regions, None, "auto", [*["x"] * 5, None])
    assert insets == ()


@pytest.mark.parametrize(
    ("insets", "fault"),
    [
        ("none", "insets must be 'auto', None or boxes by name"),
        ({"A": (1, 2, 3)}, r"insets\['A'\] must be west, south, east and north in degrees"),
        ({"A": (0, 50, 10, 40)}, r"insets\['A'\]"),
        ({"A": (0, np.nan, 10, 40)}, r"insets\['A'\]"),
        ({1: (0, 30, 10, 40)}, r"insets\[1\]"),
    ],
)
def test_insets_that_are_none(insets, fault):
    regions = regions_of(*MAIN)
    with pytest.raises(ps.DataError, match=fault):
        ps.plot_choropleth(regions["name"].str.len().rename("n"), regions, insets=insets)


def test_films_and_maps_of_onsets_have_the_same_insets(states):
    days = pd.DatetimeIndex(["2020-06-01", "2020-06-02"], name="date")
    panel = pd.DataFrame(1.0, index=days, columns=states.index)
    film = ps.animate_spread(panel, states, size=(480, 420))
    assert [inset.name for inset in film._scene.chart.insets] == ["Alaska", "Hawaii"]
    cities = gpd.GeoDataFrame(
        {"region_id": ["US-AK", "US-IL"]},
        index=pd.Index(["Anchorage", "Chicago"], name="city"),
        geometry=gpd.points_from_xy([-149.9, -87.63], [61.2, 41.88]),
        crs=4326,
    )
    first = pd.Series(pd.to_datetime(["2020-06-01", "2020-06-02"]), index=cities.index, name="onset")
    ax = ps.plot_onsets(first, cities, states, ax=Figure((9, 6)).add_axes((0, 0, 1, 1)))
    (dot,) = [line for line in ax.lines if line.get_gid() == "onset 0"]
    (box,) = [patch.get_extents() for patch in ax.patches if patch.get_gid() == "inset"][:1]
    assert box.contains(*ax.transData.transform(dot.get_xydata()[0]))
