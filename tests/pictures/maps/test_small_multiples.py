"""The content of each small map, read back from the figure."""

import io
import re
import warnings
from itertools import combinations

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.style.ramps import class_colors
from protestspread.pictures.style.theme import DEFAULT_CMAP

NAN = np.nan


def grid_regions(count):
    side = int(np.ceil(np.sqrt(count)))
    rows, columns = np.divmod(np.arange(count), side)
    index = pd.Index([f"R{i}" for i in range(count)], name="region_id")
    step = min(1.0, 20 / side)
    left, low = 50 + columns * step, 30 + rows * step
    return gpd.GeoDataFrame(index=index, geometry=shapely.box(left, low, left + step, low + step), crs=4326)


def make_panel(values, freq="D"):
    values = np.array(values, dtype=float)
    index = pd.date_range("2022-01-01", periods=len(values), freq=freq, name="date")
    return pd.DataFrame(values, index=index, columns=[f"R{i}" for i in range(values.shape[1])])


def new_figure(width=10.0, height=6.4, dpi=100):
    return Figure((width, height), dpi=dpi)


def headings(axes):
    return [ax.get_title(loc="left") for ax in axes]


def drawn(ax):
    """How many regions have each fill, hatched ones as "missing"; markers left out."""
    fills = [artist for artist in ax.collections if artist.get_gid() == "classes" and artist.get_zorder() == 2]
    hatched = [artist for artist in ax.collections if artist.get_gid() == "missing" and artist.get_zorder() == 2]
    colors = [to_hex(color) for artist in fills for color in artist.get_facecolor()]
    return sorted([*colors, *["missing"] * sum(len(artist.get_paths()) for artist in hatched)])


def sheet_of(figure, axes):
    (sheet,) = [ax for ax in figure.axes if all(ax is not one for one in axes)]
    return sheet


@pytest.fixture(scope="module")
def region_panel(case, panel):
    return ps.aggregate_panel(panel, case.cities["region_id"])


def test_what_is_drawn_is_the_panel(case, region_panel):
    figure = new_figure()
    axes = ps.plot_small_multiples(region_panel, case.regions, figure=figure)
    assert axes.shape == (6,)
    dates = region_panel.index[[0, 2, 4, 6, 8, 10]]
    classes = ps.frames(region_panel)[0].classes
    colors = class_colors(classes, DEFAULT_CMAP)
    for ax, date in zip(axes, dates, strict=True):
        row = region_panel.loc[date]
        index = classes.index(row.to_numpy())
        assert drawn(ax) == sorted("missing" if i < 0 else colors[i] for i in index)
        total = "not observed" if row.isna().all() else f"{int(row.sum())} events"
        assert ax.get_title(loc="left") == f"{date.day} Jan 2022 · {total}"
    legend = [text.get_text() for text in sheet_of(figure, axes).get_legend().get_texts()]
    assert legend == ["none", *classes.labels, "not observed", "small region, enlarged"]
    assert len([ax for ax in figure.axes if ax.get_legend()]) == 1


def test_all_maps_show_the_same_extent_and_only_the_sheet_has_a_scale_bar(case, region_panel):
    figure = new_figure()
    axes = ps.plot_small_multiples(region_panel, case.regions, figure=figure, context=case.context)
    for ax in axes:
        assert np.allclose([ax.get_xlim(), ax.get_ylim()], [axes[0].get_xlim(), axes[0].get_ylim()], rtol=1e-9)
    bars = [line for ax in figure.axes for line in ax.lines if line.get_gid() == "scale bar"]
    assert len(bars) == 1
    sheet, extent = sheet_of(figure, axes), axes[0].get_window_extent()
    metres = np.ptp(axes[0].get_xlim()) / extent.width
    pixels = np.ptp(sheet.transData.transform(np.column_stack(bars[0].get_data()))[:, 0])
    assert pixels * metres == pytest.approx(1_000_000, rel=0.03)
    assert "1\u202f000 km" in [text.get_text() for text in sheet.texts]


def test_chosen_dates_and_dates_that_are_not_rows():
    panel, regions = make_panel([[1, 2], [0, 0], [1, 0], [NAN, NAN]]), grid_regions(2)
    axes = ps.plot_small_multiples(
        panel, regions, figure=new_figure(), dates=["2022-01-03", pd.Timestamp("2022-01-01")]
    )
    assert headings(axes) == ["3 Jan 2022 · 1 event", "1 Jan 2022 · 3 events"]
    assert headings(ps.plot_small_multiples(panel, regions, figure=new_figure(), n=2)) == [
        "1 Jan 2022 · 3 events",
        "4 Jan 2022 · not observed",
    ]
    assert len(ps.plot_small_multiples(panel, regions, figure=new_figure(), n=50)) == 4
    with pytest.raises(ps.DataError, match=r"dates that are not rows of the panel: 2021-05-05"):
        ps.plot_small_multiples(panel, regions, figure=new_figure(), dates=["2022-01-01", "2021-05-05"])
    with pytest.raises(ps.DataError, match=r"dates must be a date such as '2022-01-31'; got 'soon'"):
        ps.plot_small_multiples(panel, regions, figure=new_figure(), dates=["2022-01-01", "soon"])
    for wrong, fault in (
        ({"n": 0}, "n must be a whole number from 1 to 100,000; got 0"),
        ({"dates": []}, "dates must have at least one date"),
    ):
        with pytest.raises(ps.DataError, match=fault):
            ps.plot_small_multiples(panel, regions, figure=new_figure(), **wrong)


def test_a_total_with_a_gap_is_a_lower_bound():
    panel = make_panel([[1, 2, NAN], [NAN, 1, NAN], [0, 0, NAN]])  # R2 is never observed
    axes = ps.plot_small_multiples(panel, grid_regions(3), figure=new_figure())
    assert headings(axes) == ["1 Jan 2022 · 3 events", "2 Jan 2022 · at least 1 event", "3 Jan 2022 · 0 events"]
    axes = ps.plot_small_multiples(panel, grid_regions(3), figure=new_figure(), show="so_far", unit="reports")
    assert headings(axes)[2] == "3 Jan 2022 · at least 4 reports"


def test_classes_are_those_of_the_whole_panel_whichever_dates_are_drawn():
    panel = make_panel([[1, 1], [40, 2], [2, 0]])
    one = new_figure()
    axes = ps.plot_small_multiples(panel, grid_regions(2), figure=one, dates=["2022-01-01", "2022-01-03"])
    labels = [text.get_text() for text in sheet_of(one, axes).get_legend().get_texts()]
    assert labels == ["none", *ps.classify([1, 1, 40, 2, 2, 0]).labels]
    given = ps.classify([1], scheme=[3])
    other = new_figure()
    axes = ps.plot_small_multiples(panel, grid_regions(2), figure=other, classes=given, legend_title="per day")
    key = sheet_of(other, axes).get_legend()
    assert [text.get_text() for text in key.get_texts()] == ["none", *given.labels]
    assert key.get_title().get_text() == "per day"


@pytest.mark.parametrize("size", [(10, 6.4), (5, 3.6), (6, 9), (12, 4)])
@pytest.mark.parametrize("options", [{}, {"show": "so_far", "n": 4}, {"n": 1}])
def test_nothing_overlaps_or_leaves_the_figure(case, region_panel, size, options):
    figure = new_figure(*size)
    axes = ps.plot_small_multiples(region_panel, case.regions, figure=figure, context=case.context,
                                   title="Протест в Казахстане, қаңтар 2022", note="A note. " * 9,
                                   attribution=case.attribution, **options)  # fmt: skip
    figure.draw_without_rendering()
    sheet = sheet_of(figure, axes)
    texts = [text for text in sheet.texts if text.get_gid() != "halo"]
    boxes = [(text.get_text(), text.get_window_extent()) for text in [*texts, *[ax._left_title for ax in axes]]]
    boxes += [("map", ax.get_window_extent()) for ax in axes] + [("legend", sheet.get_legend().get_window_extent())]
    for (one, a), (other, b) in combinations(boxes, 2):
        assert a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1 or b.y1 <= a.y0 + 1, (one, other)
    for text, box in boxes:
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= figure.bbox.width + 0.5, text
        assert box.y1 <= figure.bbox.height + 0.5, text


def test_part_of_a_figure_can_be_filled(case, region_panel):
    left, right = new_figure(16, 6.4).subfigures(1, 2)
    axes = ps.plot_small_multiples(region_panel, case.regions, figure=right, n=4)
    for ax in axes:
        box = ax.get_window_extent()
        assert box.x0 >= right.bbox.x0
        assert box.x1 <= right.bbox.x1
    assert not left.axes


def test_a_new_figure_suits_the_country():
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "Agg"}):
        axes = ps.plot_small_multiples(make_panel(np.eye(3)), grid_regions(3))
        assert len(axes) == 3
        plt.close(axes[0].figure)


def test_text_stays_text_and_cyrillic_draws(case, region_panel):
    figure = new_figure()
    with warnings.catch_warnings(), mpl.rc_context({"svg.fonttype": "none"}):
        warnings.simplefilter("error")
        ps.plot_small_multiples(region_panel, case.regions, figure=figure, title="Қазақстан, $x$ январь", n=2)
        page = io.BytesIO()
        figure.savefig(page, format="svg")
        figure.savefig(io.BytesIO(), format="png")
    words = re.findall(r">([^<>]+)</text>", page.getvalue().decode())
    assert "Қазақстан, $x$ январь" in words
    assert "11 Jan 2022 · not observed" in words


@pytest.mark.parametrize(
    ("values", "legend"),
    [
        ([[0, 0], [0, 0]], ["none"]),
        ([[NAN, NAN], [NAN, NAN]], ["none", "not observed"]),
        ([[3, 3], [3, 3]], ["none", "≥ 1"]),
        ([[2, 1]], ["none", "1", "≥ 2"]),
        ([[-1.5, 2.5], [0, 1]], None),
    ],
)
def test_poor_panels_are_drawn(values, legend):
    figure = new_figure()
    axes = ps.plot_small_multiples(make_panel(values), grid_regions(2), figure=figure)
    assert len(axes) == len(values)
    if legend is not None:
        assert [text.get_text() for text in sheet_of(figure, axes).get_legend().get_texts()] == legend


def test_regions_without_data_are_hatched_and_places_without_region_named():
    panel = make_panel([[1, 2], [3, 4]])
    figure = new_figure()
    axes = ps.plot_small_multiples(panel, grid_regions(4), figure=figure)
    assert all(drawn(ax).count("missing") == 2 for ax in axes)
    assert "not observed" in [text.get_text() for text in sheet_of(figure, axes).get_legend().get_texts()]
    with pytest.raises(
        ps.DataError, match=r"n must be a whole number from 1 to 100,000; got 0[\s\S]*not in the regions: R1"
    ):
        ps.plot_small_multiples(panel, grid_regions(1), figure=new_figure(), n=0)
    with pytest.raises(ps.DataError, match="panel must have at least one date and one place; got 0 dates"):
        ps.plot_small_multiples(panel.iloc[:0], grid_regions(2), figure=new_figure())
    with pytest.raises(ps.SchemaError, match="panel"):
        ps.plot_small_multiples(panel["R0"], grid_regions(2), figure=new_figure())
    with pytest.raises(ps.DataError, match="fewer dates, or use a larger figure"):
        ps.plot_small_multiples(make_panel(np.ones((300, 2))), grid_regions(2), figure=new_figure(), n=300)
    with pytest.raises(ps.DataError, match="figure is too small"):
        ps.plot_small_multiples(panel, grid_regions(2), figure=new_figure(1, 1))


def test_ten_thousand_regions_are_drawn():
    regions = grid_regions(10_000)
    panel = make_panel(np.random.default_rng(1).poisson(1, (3, 10_000)))
    axes = ps.plot_small_multiples(panel, regions, figure=new_figure(), n=2)
    assert [len(drawn(ax)) for ax in axes] == [10_000, 10_000]
