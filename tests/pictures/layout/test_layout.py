"""Every still picture of the shipped case, at a newspaper's size and a small one: nothing overlaps, nothing is cut off."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import protestspread as ps
from protestspread.pictures.layout.labels import draw_name


@pytest.fixture(scope="module")
def tree(case, panel):
    """Every place that joined earlier is a possible parent, the nearer the likelier."""
    first, places = ps.onsets(panel).dropna(), case.cities.geometry
    rows = []
    for place, day in first.items():
        parents = first.index[first < day]
        km = [float(ps.great_circle_km(places[p].x, places[p].y, places[place].x, places[place].y)) for p in parents]
        weights = np.append(np.exp(-np.array(km) / 300), 0.05)
        shares = (weights / weights.sum()).tolist()
        rows += [(source, place, day, share) for source, share in zip([*parents, None], shares, strict=True)]
    return ps.TransmissionTree(pd.DataFrame(rows, columns=["source", "target", "date", "probability"]))


def draw(picture, case, panel, tree, ax):
    beneath = {"ax": ax, "context": case.context, "title": "Қазақстан, January 2022", "attribution": "Data: shipped"}
    first, cities, regions = ps.onsets(panel), case.cities, case.regions
    if picture == "choropleth":
        counts = ps.aggregate_panel(panel, cities["region_id"]).sum().rename("events")
        return ps.plot_choropleth(counts, regions, labels=True, cities=cities, **beneath)
    if picture == "graph":
        return ps.plot_graph(ps.link_graph(cities, case.links), regions, **beneath)
    if picture == "onsets":
        return ps.plot_onsets(first, cities, regions, isochrones=True, **beneath)
    if picture == "tree":
        return ps.plot_tree(tree, cities, regions, **beneath)
    return ps.plot_flows(case.flows, regions if picture == "flows" else None, **beneath)


def texts(ax):
    """Every text that can be seen, halos apart, with its box in pixels."""
    found = [text for text in ax.findobj(Text) if text.get_gid() != "halo" and text.get_visible()]
    return [(text.get_text(), text.get_window_extent()) for text in found if text.get_text().strip()]


def assert_apart_and_inside(ax, boxes):
    figure = ax.figure.bbox
    for what, box in boxes:
        assert box.x0 >= -1, what
        assert box.y0 >= -1, what
        assert box.x1 <= figure.x1 + 1, what
        assert box.y1 <= figure.y1 + 1, what
    for (what, one), (other_what, other) in combinations(boxes, 2):
        across, up = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 0.5 or up <= 0.5, (what, other_what)


SIZES = [((10, 6.4), 150), ((6, 4), 110)]


@pytest.mark.parametrize(("size", "dpi"), SIZES)
@pytest.mark.parametrize("picture", ["choropleth", "graph", "onsets", "tree", "flows", "flows without regions"])
def test_on_maps_nothing_overlaps_and_the_legend_covers_no_region(case, panel, tree, picture, size, dpi):
    ax = draw(picture, case, panel, tree, Figure(size, dpi=dpi).add_axes((0.02, 0.02, 0.96, 0.88)))
    ax.figure.draw_without_rendering()
    key = ax.get_legend()
    within_key = {text.get_text() for text in [key.get_title(), *key.get_texts()]}
    written = texts(ax)
    outside = [(text, box) for text, box in written if text not in within_key]
    assert len(outside) > 8
    assert_apart_and_inside(ax, [*outside, ("legend", key.get_window_extent())])
    assert_apart_and_inside(ax, [(text, box) for text, box in written if text in within_key])
    legend = shapely.box(*key.get_window_extent().extents)
    if picture != "flows without regions":
        paths = [path for artist in ax.collections if artist.get_gid() == "classes" for path in artist.get_paths()]
        land = [shapely.Polygon(part) for path in paths for part in path.to_polygons(ax.transData) if len(part) > 3]
        assert len(land) >= len(case.regions)
        assert not shapely.intersects(land, legend).any()
    for artist in ax.lines:  # dots, arrows
        points = ax.transData.transform(artist.get_xydata())
        assert not shapely.contains_xy(legend, *points.T).any() or artist.get_gid() == "scale bar"


@pytest.mark.parametrize(("size", "dpi"), SIZES)
def test_on_a_heatmap_nothing_overlaps_and_nothing_is_cut_off(panel, size, dpi):
    ax = Figure(size, dpi=dpi).add_axes((0.05, 0.12, 0.93, 0.78))  # too wide for names and legend
    ps.plot_heatmap(panel, ax=ax, title="Events by city and day", note="Қазақстан")
    ax.figure.draw_without_rendering()
    ticks = [label.get_text() for label in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    assert {"1 Jan 2022", "Aktau"} <= set(ticks)
    assert_apart_and_inside(ax, texts(ax))
    assert ax.get_legend().get_window_extent().x1 <= ax.figure.bbox.x1 + 1
    with pytest.raises(ps.DataError, match="ax is too narrow for the heatmap"):
        ps.plot_heatmap(panel, ax=Figure((1.5, 4)).add_axes((0, 0, 1, 1)))


def test_letters_stand_in_the_middle_of_their_halo():
    """Halos are outlines; letters drawn as such are fitted to pixels and drift away, the farther the longer the name."""
    figure = Figure((6, 1), dpi=150, facecolor="red")
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    draw_name(ax, "Восточно-Казахстанская область, Алматинская область", (150, 40, 750, 110), 7)
    canvas.draw()
    rgb = np.asarray(canvas.buffer_rgba())[..., :3].astype(int)
    letters = rgb.sum(axis=2) < 200
    red = (rgb[..., 0] > 220) & (rgb[..., 1] < 60)
    near = np.zeros_like(letters)
    for across in (-2, 2):
        near |= np.roll(letters, across, axis=1)
    assert letters.sum() > 300
    assert not (near & red).any()
