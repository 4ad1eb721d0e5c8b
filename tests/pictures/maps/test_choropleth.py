"""What is on a map, read back from the figure: fills, hatches, and where everything lies in pixels."""

import io
from itertools import combinations

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.ensembles.figures import reached_within
from protestspread.pictures.maps.basemap import context_in_view, fit_view, plane_of, polygon_paths
from protestspread.pictures.style import theme as style
from protestspread.pictures.style.ramps import ramp

NAN = np.nan


def make_regions(*boxes, names=None):
    index = pd.Index([f"R{i}" for i in range(len(boxes))], name="region_id")
    names = names or [f"Region {i}" for i in range(len(boxes))]
    return gpd.GeoDataFrame({"name": names}, index=index, geometry=[shapely.box(*box) for box in boxes], crs=4326)


def new_axes(width=8.0, height=5.0):
    return Figure((width, height), dpi=100).add_axes((0.02, 0.02, 0.96, 0.88))


def collections(ax, gid):
    return [artist for artist in ax.collections if artist.get_gid() == gid]


def drawn_classes(ax):
    """The color of each filled path, and how many are hatched, markers included."""
    fills = [to_hex(color) for artist in collections(ax, "classes") for color in artist.get_facecolor()]
    return fills, sum(len(artist.get_paths()) for artist in collections(ax, "missing"))


def legend_labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def texts(ax):
    """Every written text but the halos beneath, with its box in pixels."""
    found = [text for text in ax.texts if text.get_gid() != "halo"]
    return [(text.get_text(), text.get_window_extent()) for text in found if text.get_text()]


def apart(one, other):
    return one.x1 <= other.x0 + 0.5 or other.x1 <= one.x0 + 0.5 or one.y1 <= other.y0 + 0.5 or other.y1 <= one.y0 + 0.5


def land(ax, regions):
    """The regions in pixels, by their own way there."""
    plane = regions.to_crs(ps.equal_area_crs(regions)).geometry
    return shapely.transform(plane.to_numpy(), ax.transData.transform)


def assert_laid_out_well(ax, regions):
    ax.figure.draw_without_rendering()
    figure, legend = ax.figure.bbox, ax.get_legend().get_window_extent()
    shapes = land(ax, regions)
    for what, box in [
        ("legend", legend),
        *texts(ax),
        *((artist.get_gid(), artist.get_window_extent()) for artist in ax.lines),
    ]:
        assert box.x0 >= -1, what
        assert box.y0 >= -1, what
        assert box.x1 <= figure.x1 + 1, what
        assert box.y1 <= figure.y1 + 1, what
    assert not shapely.intersects(shapes, shapely.box(*legend.extents)).any()
    inside = ax.get_window_extent()
    assert shapely.contains(shapely.box(*inside.extents), shapes).all()
    for (name, one), (other_name, other) in combinations([("legend", legend), *texts(ax)], 2):
        assert apart(one, other), (name, other_name)


def test_colors_hatches_and_legend_by_hand():
    regions = make_regions((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1), (3, 0, 4, 1), (4, 0, 5, 1))
    values = pd.Series({"R0": 0.0, "R1": 1.0, "R2": 16.0, "R3": NAN}, name="Events")
    ax = new_axes()
    assert ps.plot_choropleth(values, regions, ax=ax) is ax
    fills, hatched = drawn_classes(ax)
    colors = ramp(5)
    assert fills == [style.ZERO_FILL, colors[0], colors[4]]
    assert hatched == 2  # the one without a value, and the one that is not in the values
    assert legend_labels(ax) == ["none", "1", "2", "3–5", "6–10", "≥ 11", "not observed"]
    assert ax.get_legend().get_title().get_text() == "Events"
    assert_laid_out_well(ax, regions)


def test_lower_bounds_keep_their_color_and_are_hatched_over_it():
    regions = make_regions(*[(x, 0, x + 1, 1) for x in range(4)])
    values = pd.Series([0.0, 1.0, 16.0, NAN], index=regions.index)
    bound = pd.Series([True, True, True, True], index=regions.index)
    ax = ps.plot_choropleth(values, regions, ax=new_axes(), lower_bound=bound)
    plain = ps.plot_choropleth(values, regions, ax=new_axes())
    assert drawn_classes(ax) == drawn_classes(plain)
    lines = {to_hex(one.get_color()[0], keep_alpha=True) for one in collections(ax, "at least")}
    assert lines == {"#6d737cff", f"{style.INK}80", f"{style.PAPER}9e"}  # on zero, on a light and on a dark class
    assert all(one.get_clip_path() is not None for one in collections(ax, "at least"))
    assert [label for label in legend_labels(ax) if "at least" in label] == ["at least: some days not observed"]
    assert not collections(plain, "at least")
    some = ps.plot_choropleth(values, regions, ax=new_axes(), lower_bound=bound.iloc[[1]])
    assert len(collections(some, "at least")) == 1  # what is not named is no lower bound


def test_a_hatch_is_seven_pixels_apart_at_any_resolution():
    regions = make_regions((0, 0, 1, 1))
    for dpi in (100, 200):
        figure = Figure((8, 5), dpi=dpi)
        ax = figure.add_axes((0.02, 0.02, 0.96, 0.88))
        ps.plot_choropleth(
            pd.Series([1.0], regions.index), regions, ax=ax, lower_bound=pd.Series([True], regions.index), legend=False
        )
        (lines,) = collections(ax, "at least")
        starts = np.array([ax.transData.transform(path.vertices[0])[0] for path in lines.get_paths()])
        assert np.diff(starts) / np.sqrt(2) * 100 / dpi == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ([True], "lower_bound must be a Series"),
        (pd.Series([1.0], ["R0"]), "lower_bound must be True or False of each region; got float64"),
        (pd.Series([True], ["X"]), "lower_bound has places that are not in the regions: X"),
    ],
)
def test_lower_bounds_that_do_not_fit_are_named(bound, words):
    regions = make_regions((0, 0, 1, 1))
    with pytest.raises(ps.DataError, match=words):
        ps.plot_choropleth(pd.Series([1.0], regions.index), regions, ax=new_axes(), lower_bound=bound)


def test_the_order_of_the_values_does_not_matter_and_nothing_is_changed():
    regions = make_regions((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1))
    values = pd.Series({"R2": 7, "R0": 1, "R1": 0})
    kept, shape = values.copy(), regions.copy()
    ax = ps.plot_choropleth(values, regions, ax=new_axes())
    assert drawn_classes(ax)[0][1] == style.ZERO_FILL
    pd.testing.assert_series_equal(values, kept)
    pd.testing.assert_frame_equal(regions, shape)


@pytest.mark.parametrize(
    ("numbers", "labels", "hatched"),
    [
        ([0, 0], ["none"], 0),
        ([NAN, NAN], ["none", "not observed"], 2),
        ([7, 7], ["none", "≥ 1"], 0),
        ([0.5, 0.5], ["none", "> 0"], 0),
    ],
)
def test_maps_of_one_value(numbers, labels, hatched):
    regions = make_regions((0, 0, 1, 1), (1, 0, 2, 1))
    ax = ps.plot_choropleth(pd.Series(numbers, index=regions.index), regions, ax=new_axes(), legend_title="x")
    assert legend_labels(ax) == labels
    assert drawn_classes(ax)[1] == hatched
    assert_laid_out_well(ax, regions)


def test_given_classes_are_shown_whole_and_words_can_be_chosen():
    regions = make_regions((0, 0, 1, 1), (1, 0, 2, 1))
    values = pd.Series([0, NAN], index=regions.index)
    ax = ps.plot_choropleth(
        values, regions, ax=new_axes(), classes=ps.classify([1, 9]), zero_label="жоқ", missing_label="_белгісіз"
    )
    assert legend_labels(ax)[0] == "жоқ"
    assert legend_labels(ax)[-1].endswith("_белгісіз")
    assert len(legend_labels(ax)) == 2 + 4
    assert ps.plot_choropleth(values, regions, ax=new_axes(), legend=False).get_legend() is None


@settings(max_examples=12)
@given(
    st.floats(-120, 120),
    st.floats(-60, 60),
    st.floats(0.05, 12),
    st.floats(0.05, 12),
    st.sampled_from([(8, 5), (4, 6), (5, 4)]),
)
def test_nothing_covers_a_map_of_any_form(lon, lat, wide, high, size):
    regions = make_regions(
        *[(lon + i * wide, lat + i % 2 * high / 3, lon + (i + 1) * wide, lat + high) for i in range(3)]
    )
    values = pd.Series([0, 3, NAN], index=regions.index, name="Events that day")
    ax = ps.plot_choropleth(values, regions, ax=new_axes(*size), title="A map " * 9, note="A note. " * 30, labels=True)
    assert_laid_out_well(ax, regions)


def test_a_legend_takes_columns_where_the_axes_are_low_and_never_the_map(case, panel):
    values = ps.aggregate_panel(panel, case.cities["region_id"]).loc["2022-01-05"]
    low = ps.plot_choropleth(values, case.regions, ax=new_axes(4, 2.4))
    assert low.get_legend()._ncols > 1
    assert_laid_out_well(low, case.regions)
    with pytest.raises(ps.DataError, match=r"ax is too small for the map with the legend[\s\S]*legend=False"):
        ps.plot_choropleth(values, case.regions, ax=new_axes(1.2, 0.9))
    tiny = ps.plot_choropleth(values, case.regions, ax=new_axes(1.6, 1.2), legend=False)
    assert tiny.get_legend() is None


def test_the_case_is_laid_out_well_in_both_alphabets(case, panel):
    values = ps.aggregate_panel(panel, case.cities["region_id"]).loc["2022-01-05"]
    for labels, title in ((True, "5 January"), ("name_kk", "5 қаңтар"), ("name_ru", "5 января")):
        ax = ps.plot_choropleth(values, case.regions, ax=new_axes(), context=case.context, labels=labels, title=title,
                                note="Ескертпе.", attribution=case.attribution, cities=case.cities)  # fmt: skip
        assert_laid_out_well(ax, case.regions)
        written = {text.replace("\n", " ") for text, _ in texts(ax)}
        names = set(case.regions["name" if labels is True else labels])
        assert len(written & names) >= 12
        ax.figure.savefig(io.BytesIO())  # a glyph that no font has would be a warning, which is an error here
    assert {"RUSSIA", "CHINA"} & written


def test_regions_too_small_to_be_seen_are_enlarged(case, panel):
    values = ps.aggregate_panel(panel, case.cities["region_id"]).loc["2022-01-05"]
    ax = ps.plot_choropleth(values, case.regions, ax=new_axes())
    (frames,) = collections(ax, "small regions")
    sides = [np.ptp(ax.transData.transform(path.vertices), axis=0) for path in frames.get_paths()]
    side = 0.02 * ax.get_window_extent().width
    assert sides == [pytest.approx([side, side], abs=0.1)] * 3  # Almaty, Nur-Sultan, Shymkent
    regions, markers = collections(ax, "classes")
    assert len(regions.get_paths()) == 17
    classes = ps.classify(values)
    colors = [style.ZERO_FILL, *ramp(classes.k)]
    cities = ["KZ-ALA", "KZ-AST", "KZ-SHY"]
    assert [to_hex(color) for color in markers.get_facecolor()] == [colors[i] for i in classes.index(values[cities])]
    assert "small region, enlarged" in legend_labels(ax)


def test_a_grid_of_equal_cells_has_no_small_regions():
    cells = [(x, y, x + 1, y + 1) for x in range(40) for y in range(40)]
    regions = make_regions(*cells)
    ax = ps.plot_choropleth(pd.Series(1, index=regions.index), regions, ax=new_axes())
    assert "small region, enlarged" not in legend_labels(ax)


def test_text_from_data_is_text_and_stays_text_in_svg():
    names = ["$x_1$ <b>bold</b>", "Қызылорда облысы"]
    regions = make_regions((0, 0, 2, 1), (2, 0, 4, 1), names=names)
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        ax = ps.plot_choropleth(
            pd.Series([1, 2], index=regions.index, name="$e$"),
            regions,
            ax=new_axes(),
            labels=True,
            title="$t$",
            note="$n$",
        )
        ax.figure.savefig(file, format="svg")
    svg = file.getvalue()
    for text in ("$x_1$ &lt;b&gt;bold&lt;/b&gt;", names[1], "$e$", "$t$", "$n$", "km"):
        assert text in svg
    assert "<b>" not in svg


def test_places_on_both_sides_of_the_antimeridian_are_drawn_whole():
    regions = make_regions((177, -18.5, 180, -16.5), (-180, -18.5, -178, -16.5))
    ax = ps.plot_choropleth(pd.Series([1, 5], index=regions.index), regions, ax=new_axes(), labels=True)
    assert np.ptp(ax.get_xlim()) < 1_200_000  # metres; the boxes are 530 km wide
    both = land(ax, regions)
    assert 0 < shapely.distance(*both) + 1 < 2  # they touch
    assert_laid_out_well(ax, regions)


@pytest.mark.parametrize("crs", [None, 3857, 4326])
def test_the_scale_bar_is_true_in_the_middle_of_the_map(case, crs):
    ax = ps.plot_choropleth(pd.Series(1, index=case.regions.index), case.regions, ax=new_axes(), crs=crs)
    (bar,) = [line for line in ax.lines if line.get_gid() == "scale bar"]
    x = bar.get_xdata()
    middle = np.mean(ax.get_xlim()), np.mean([ax.get_ylim()[0] + 0.05 * np.ptp(ax.get_ylim()), ax.get_ylim()[1]])
    plane = ps.equal_area_crs(case.regions) if crs is None else crs
    back = pyproj.Transformer.from_crs(plane, 4326, always_xy=True).transform
    west, east = back(middle[0] - np.ptp(x) / 2, middle[1]), back(middle[0] + np.ptp(x) / 2, middle[1])
    (words,) = [text for text, _ in texts(ax) if text.endswith(" km")]
    assert float(ps.great_circle_km(*west, *east)) == pytest.approx(float(words.removesuffix(" km")), rel=0.03)
    (note,) = [text for text, _ in texts(ax) if "projection" in text or "WGS" in text]
    assert ("areas not to scale" in note) == (crs is not None)


def test_what_lies_on_the_other_side_of_the_globe_does_not_streak_across(case):
    world = gpd.GeoDataFrame({"kind": ["country", "water"], "name": ["All", "Sea"]},
                             geometry=[shapely.box(-180, -89, 180, 0), shapely.box(-180, 56, 180, 89)], crs=4326)  # fmt: skip
    plane = plane_of(case.regions, None)
    view, _ = fit_view(plane.crs, plane.geometry.to_numpy(), (0, 0, 800, 500), [], discs=np.empty((0, 3)))
    seen = context_in_view(world, view)
    assert seen["name"].tolist() == ["Sea"]
    assert not seen.geometry.intersects(plane.union_all()).any()


def test_holes_stay_holes():
    (path,) = polygon_paths(
        np.array([shapely.Polygon(shapely.box(0, 0, 4, 4).exterior, [shapely.box(1, 1, 3, 3).exterior])])
    )
    assert path.codes.tolist() == [1, 2, 2, 2, 79] * 2
    signed = [shapely.LinearRing(path.vertices[i : i + 5]).is_ccw for i in (0, 5)]
    assert signed == [True, False]
    assert [len(p.vertices) for p in polygon_paths(np.array([shapely.Polygon(), shapely.box(0, 0, 1, 1)]))] == [0, 5]


def test_values_that_do_not_fit_are_all_named(case, panel):
    regions = make_regions((0, 0, 1, 1), (1, 0, 2, 1))
    with pytest.raises(ps.DataError, match=r"not in the regions: Almaty, .*[\s\S]*aggregate_panel"):
        ps.plot_choropleth(panel[["Almaty", "Aktau"]].sum(), case.regions)
    with pytest.raises(ps.DataError, match=r"not unique: R0[\s\S]*infinite in R0[\s\S]*not in the regions: X"):
        ps.plot_choropleth(pd.Series([1, np.inf, 2], index=["R0", "R0", "X"]), regions)
    with pytest.raises(ps.DataError, match=r"values must be numeric; got (object|str)"):
        ps.plot_choropleth(pd.Series(["a", "b"], index=regions.index), regions)
    with pytest.raises(ps.DataError, match="values must be a Series with one number per region; got DataFrame"):
        ps.plot_choropleth(regions.drop(columns="geometry"), regions)
    with pytest.raises(ps.DataError, match="labels must be True, False or a column of regions; got 'name_kk'"):
        ps.plot_choropleth(pd.Series([1, 2], index=regions.index), regions, labels="name_kk")
    with pytest.raises(ps.SchemaError, match="regions: the index is named 'id'"):
        ps.plot_choropleth(pd.Series([1, 2], index=regions.index), regions.rename_axis("id"))
    with pytest.raises(ps.DataError, match="note must leave room for the map"):
        ps.plot_choropleth(pd.Series([1, 2], index=regions.index), regions, ax=new_axes(2, 1), note="word " * 500)


def test_without_axes_a_figure_is_made_to_measure():
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "Agg"}):
        wide = ps.plot_choropleth(pd.Series({"R0": 1}), make_regions((0, 40, 20, 45)), title="Wide")
        tall = ps.plot_choropleth(
            pd.Series({"R0": 1}), make_regions((0, 0, 2, 20)), title="A long title for a narrow picture"
        )
        assert wide.figure.get_figwidth() > 1.5 * wide.figure.get_figheight()
        assert tall.figure.get_figheight() > 1.5 * tall.figure.get_figwidth()
        for ax in (wide, tall):
            title = ax.title if ax.title.get_text() else ax._left_title
            assert title.get_window_extent().y1 <= ax.figure.bbox.y1 + 1
            assert title.get_window_extent().x1 <= ax.figure.bbox.x1
            plt.close(ax.figure)


def test_hundreds_of_regions():
    regions = make_regions(*[(x, y, x + 1, y + 1) for x in range(25) for y in range(20)])
    values = pd.Series(np.arange(500), index=regions.index)
    ax = ps.plot_choropleth(values, regions, ax=new_axes())
    fills, hatched = drawn_classes(ax)
    assert (len(fills), hatched) == (500, 0)
    assert len(set(fills)) == 6


def test_probabilities_have_fifths_a_class_for_zero_and_a_word_for_none(possible_spreads, case):
    reached = reached_within(possible_spreads, case.cities["region_id"]).loc["2022-01-06"]
    ax = ps.plot_choropleth(reached.drop("KZ-MAN"), case.regions, ax=new_axes(), scheme="probability", legend_title="p")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[:2] == ["0\u202f%", "≤ 20\u202f%"]
    assert "no value" in labels
    with ps.language("ru"):
        ax = ps.plot_choropleth(
            reached.drop("KZ-MAN"), case.regions, ax=new_axes(), scheme="probability", zero_label="в 0 из 40"
        )
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "в 0 из 40"
    assert "нет значения" in labels
