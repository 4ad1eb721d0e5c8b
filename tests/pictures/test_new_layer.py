"""A new layer touches one file, this one: its data and its painters. It then appears in stills, animations and web maps."""

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.layers import FILMS, PAGES, STILLS, Key, Layer, Symbol
from protestspread.pictures.animation.film_painters import StillFilm

MAGENTA = "#d000d0"
CROSS = Symbol("cross", MAGENTA, size=9, edge_width=2)


@dataclass(frozen=True, eq=False)
class Crosses(Layer):
    """A cross on each place, from its day on."""

    kind: ClassVar[str] = "crosses"
    places: gpd.GeoSeries
    days: pd.DatetimeIndex

    def legend(self):
        return [Key(CROSS, "checkpoint <b>&")]

    def words(self):
        return ["Crosses are checkpoints."]

    def now(self):
        return [f"{len(self.places)} checkpoints"] if len(self.places) else []

    def over(self, dates, ends):  # noqa: ARG002
        shown = [self.days < end for end in ends]
        return [replace(self, places=self.places[there], days=self.days[there]) for there in shown]


@STILLS.register("crosses")
def draw_crosses(chart, layer):
    places = layer.places.to_crs(chart.view.crs)
    chart.ax.scatter(places.x, places.y, marker="x", s=81, color=MAGENTA, linewidths=2, zorder=6)


FILMS.register("crosses")(StillFilm)


@PAGES.register("crosses")
def crosses_of(layer, rows, ground):
    return ground.marks(rows, lambda row: [(row.legend()[0], row.places)] if len(row.places) else [])


@pytest.fixture
def regions():
    squares = [shapely.box(left, 0, left + 1, 1) for left in range(3)]
    return gpd.GeoDataFrame(index=pd.Index(list("ABC"), name="region_id"), geometry=squares, crs=4326)


@pytest.fixture
def counts():
    dates = pd.date_range("2022-01-01", periods=3, name="date")
    return pd.DataFrame([[1, 0, 0], [2, 1, 0], [0, 3, 1]], dates, list("ABC"), dtype=float)


@pytest.fixture
def crosses(regions):
    days = pd.DatetimeIndex(["2022-01-02", "2022-01-03"])
    return Crosses(gpd.GeoSeries.from_xy([0.5, 2.5], [0.5, 0.5], crs=4326), days)


def magenta(picture):
    """Return the rows and columns of the pixels in the color of the crosses."""
    return np.argwhere((np.abs(picture[..., :3].astype(int) - (0xD0, 0, 0xD0)) < 90).all(axis=-1))


def test_a_still_shows_the_layer_its_legend_and_its_words(regions, counts, crosses):
    figure = Figure((6, 4), dpi=100)
    canvas = FigureCanvasAgg(figure)
    ax = ps.plot_choropleth(counts.iloc[1], regions, ax=figure.add_axes((0, 0, 1, 0.9)), layers=[crosses])
    canvas.draw()
    with_layer = np.asarray(canvas.buffer_rgba())
    assert len(magenta(with_layer)) > 60
    columns = magenta(with_layer)[:, 1]
    assert columns.max() - columns.min() > 200  # in the first and the third region
    assert "checkpoint <b>&" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("Crosses are checkpoints." in text.get_text().replace("\n", " ") for text in ax.texts)
    bare = ps.plot_choropleth(counts.iloc[1], regions, ax=Figure((6, 4)).add_axes((0, 0, 1, 0.9)))
    assert len(bare.get_legend().get_texts()) == len(ax.get_legend().get_texts()) - 1


def test_an_animation_shows_the_layer_from_its_day_on(regions, counts, crosses):
    film = ps.animate_spread(counts, regions, layers=[crosses], size=(480, 400))
    plain = ps.animate_spread(counts, regions, size=(480, 400))
    board = film._scene.board.figure
    key = film._scene.chart.ax.get_legend().get_window_extent()
    first, second, third = (
        [spot for spot in magenta(picture) if not (key.x0 <= spot[1] <= key.x1 and key.y0 <= 400 - spot[0] <= key.y1)]
        for picture in film.frames()
    )
    assert not first
    assert len(second) > 20
    assert len(third) == pytest.approx(2 * len(second), abs=8)
    assert "checkpoint <b>&" in [text.get_text() for text in film._scene.chart.ax.get_legend().get_texts()]
    assert any("Crosses are checkpoints." in text.get_text() for ax in board.axes for text in ax.texts)
    header = film._scene.sharp[0]
    heads = [picture[header] for picture in film.frames()]
    assert [len(step.layers[-1].now()) for step in film.steps] == [0, 1, 1]
    assert (heads[1] < 128).sum() > (list(plain.frames())[1][header] < 128).sum()  # the words of the date


def test_a_web_map_holds_the_layer(regions, counts, crosses):
    made = ps.spread_map(counts, regions, layers=[crosses], engine="canvas")
    one, two = made._payload["marks"]
    assert (one["rows"], two["rows"]) == ([1, 1], [2, 2])
    assert (len(one["points"]), len(two["points"])) == (1, 2)
    assert (one["label"], one["shape"], one["color"]) == ("checkpoint <b>&", "cross", MAGENTA)
    width = made._payload["grid"]["width"]
    assert one["points"][0][0] == pytest.approx(width / 6, abs=2)
    assert "checkpoint <b>" not in made.to_html()  # text is text
    assert "marks" not in ps.spread_map(counts, regions, engine="canvas")._payload
    assert len(ps.choropleth_map(counts.iloc[1], regions, layers=[crosses])._payload["marks"][0]["points"]) == 2


@pytest.mark.parametrize("engine", ["canvas", "folium"])
def test_a_web_map_draws_the_layer(regions, counts, crosses, engine, tmp_path):
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium is installed")
    from PIL import Image

    shots = []
    for name, layers in (("with", [crosses]), ("without", [])):
        page, shot = tmp_path / f"{name}.html", tmp_path / f"{name}.png"
        ps.spread_map(counts, regions, layers=layers, engine=engine).save(page)
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--hide-scrollbars", "--window-size=1024,768", "--virtual-time-budget=4000",
            f"--user-data-dir={tmp_path / name}", f"--screenshot={shot}",
        ]  # fmt: skip
        subprocess.run([chromium, *options, page.as_uri()], check=True, capture_output=True, timeout=120)
        with Image.open(shot) as picture:
            shots.append(magenta(np.asarray(picture.convert("RGB"))))
    drawn, bare = shots
    assert not len(bare)
    on_map = drawn[drawn[:, 1] < 740]
    assert len(on_map) > 40  # the page opens at the last day, with two crosses
    assert np.ptp(on_map[:, 1]) > 250
    assert len(drawn) > len(on_map)  # and one in the legend


def test_lines_and_areas_keep_their_parts(regions, counts):
    ring = shapely.Point(1.5, 0.5).buffer(0.3).difference(shapely.Point(1.5, 0.5).buffer(0.1))
    both = shapely.MultiLineString([[(0, 0), (1, 1)], [(1, 0), (2, 1), (3, 0)]])

    class Shapes(Crosses):
        kind = "shapes"

    @PAGES.register("shapes")
    def shapes_of(layer, rows, ground):
        return ground.marks(rows, lambda row: [(Key(Symbol("area", "city"), "zone"), row.places)])

    layer = Shapes(gpd.GeoSeries([ring, both], crs=4326), pd.DatetimeIndex(["2022-01-01"] * 2))
    (mark,) = ps.choropleth_map(counts.iloc[0], regions, layers=[layer])._payload["marks"]
    (area,), lines = mark["areas"], mark["lines"]
    assert len(area) == 2  # the outline and the hole
    assert [len(line) for (line,) in lines] == [4, 6]
    assert mark["color"] == "city"  # the page has a color of its own for dark screens
    assert "points" not in mark


def test_a_layer_without_a_painter_is_refused(regions, counts):
    class Unknown(Layer):
        kind = "unknown"

    for draw in (
        lambda: ps.plot_choropleth(counts.iloc[0], regions, layers=[Unknown()], ax=Figure().add_axes((0, 0, 1, 1))),
        lambda: ps.animate_spread(counts, regions, layers=[Unknown()]),
        lambda: ps.spread_map(counts, regions, layers=[Unknown()]),
    ):
        with pytest.raises(ps.DataError, match=r"layers must be of a kind that (stills|animations|web maps) can draw"):
            draw()


@pytest.mark.parametrize("layers", ["crosses", [3], None, {"a": 1}])
def test_what_is_no_list_of_layers_is_refused(regions, counts, layers):
    for draw in (ps.plot_choropleth, ps.choropleth_map):
        with pytest.raises(ps.DataError, match="layers must be a list of layers"):
            draw(counts.iloc[0], regions, layers=layers)
    for draw in (ps.animate_spread, ps.spread_map):
        with pytest.raises(ps.DataError, match="layers must be a list of layers"):
            draw(counts, regions, layers=layers)
