"""What an animation shows, read back from its pixels and from its files."""

import base64
import io
import itertools
import re
import subprocess
import sys
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

import protestspread as ps
from protestspread.layers import Circles
from protestspread.pictures.animation import encoders
from protestspread.pictures.animation.circles import CityCircles, circle
from protestspread.pictures.animation.encoders import Palette, as_rgb
from protestspread.pictures.animation.fades import CrossFade
from protestspread.pictures.animation.film_painters import Stage
from protestspread.pictures.animation.scenes import Header, HeaderText, WordPrinter
from protestspread.pictures.animation.tree_arrows import SETTLED
from protestspread.pictures.style import theme as style
from protestspread.pictures.style.ramps import ramp
from protestspread.pictures.style.text import code_text, say

NAN = np.nan
SIZE = (480, 360)


def make_regions(*boxes):
    index = pd.Index([f"R{i}" for i in range(len(boxes))], name="region_id")
    return gpd.GeoDataFrame({"name": index}, index=index, geometry=[shapely.box(*box) for box in boxes], crs=4326)


def make_panel(values, columns=None, **when):
    values = np.array(values, dtype=float)
    index = pd.date_range("2022-01-01", periods=len(values), name="date", **when)
    return pd.DataFrame(values, index=index, columns=columns or [f"R{i}" for i in range(values.shape[1])])


def painter(animation, kind):
    return next(painter for painter in animation._scene.painters if painter.layer.kind == kind)


def tree_of(*rows):
    table = pd.DataFrame(rows, columns=["source", "target", "date", "probability"])
    return table.assign(date=pd.to_datetime(table["date"]))


@pytest.fixture(scope="module")
def four():
    return make_regions((0, 0, 1, 1), (1, 0, 2, 1), (2, 0, 3, 1), (3, 0, 4, 1))


@pytest.fixture(scope="module")
def small(four):
    """Four squares over four days and one unobserved day; R3 is not in the panel; the third and the fourth day are alike."""
    panel = make_panel([[0, 1, 4], [16, NAN, 2], [1, 1, 1], [1, 1, 1], [NAN, NAN, NAN]])
    return ps.animate_spread(panel, four, size=SIZE, fps=8, title="Small")


@pytest.fixture(scope="module")
def kazakhstan(case, panel):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    made = ps.animate_spread(by_region, case.regions, cities=case.cities, city_panel=panel, interventions=case.interventions,
                             context=case.context, title="Қазақстан", attribution=case.attribution)  # fmt: skip
    return made, by_region, list(made.frames())


def colors_of(animation, picture, regions):
    """The commonest color in each region, by its place on the plane, not by what the engine numbered."""
    view = animation._scene.chart.view
    plane = regions.to_crs(view.crs).geometry
    found = []
    for shape in view.shapes(plane.to_numpy()):
        x, y = shapely.get_coordinates(shapely.centroid(shape))[0]
        row, column = round(animation.size[1] - y), round(x)
        patch = picture[row - 6 : row + 7, column - 6 : column + 7].reshape(-1, 3)
        values, counts = np.unique(patch, axis=0, return_counts=True)
        found.append(tuple(values[counts.argmax()].tolist()) if counts.max() > 100 else "mixed")
    return found


def test_a_color_in_a_frame_is_the_class_of_the_value_in_the_panel(small, four):
    shades = [as_rgb(color) for color in [style.ZERO_FILL, *ramp(5)]]
    first, second, third, _ = small.frames()
    assert colors_of(small, first, four) == [shades[0], shades[1], shades[3], "mixed"]
    assert colors_of(small, second, four) == [shades[5], "mixed", shades[2], "mixed"]
    assert colors_of(small, third, four) == [shades[1], shades[1], shades[1], "mixed"]
    assert {step.classes.upper for step in small.steps} == {(1.0, 2.0, 5.0, 10.0)}


def test_what_is_missing_is_hatched_and_the_legend_says_so(four):
    small = ps.animate_spread(make_panel([[0, 1, 4], [NAN] * 3, [1, 1, 1]]), four, size=SIZE)
    assert "not observed" in [text.get_text() for text in small._scene.chart.ax.get_legend().get_texts()]
    _, last, _ = small.frames()
    assert colors_of(small, last, four) == ["mixed"] * 4
    view = small._scene.chart.view
    for shape in view.shapes(four.to_crs(view.crs).geometry.to_numpy()):
        left, bottom, right, top = (round(edge) for edge in shapely.bounds(shape))
        inner = (
            last[small.size[1] - top + 8 : small.size[1] - bottom - 8, left + 8 : right - 8].reshape(-1, 3).astype(int)
        )
        white = (inner == 255).all(axis=1).mean()
        assert 0.2 < white < 0.9  # lines on white
        assert (np.ptp(inner, axis=1) < 16).all()  # gray: no class has such a color


def test_sums_keep_their_color_through_a_gap_and_are_hatched(four):
    panel = make_panel([[0, 1, 16, NAN], [0, NAN, NAN, NAN], [NAN, NAN, NAN, NAN]])
    film = ps.animate_spread(panel, four, size=SIZE, show="so_far")
    assert [step.lower_bound.tolist() for step in film.steps] == [
        [False, False, False, False],
        [False, True, True, False],
        [True, True, True, False],
    ]
    assert "at least: some days not observed" in [t.get_text() for t in film._scene.chart.ax.get_legend().get_texts()]
    fills = [as_rgb(color) for color in [style.ZERO_FILL, *ramp(film.steps[0].classes.k)]]
    dark = film.steps[0].classes.index([16])[0]
    view, numbers = film._scene.chart.view, painter(film, "regions").pixels.regions
    assert view is not None
    for picture, hatched in zip(film.frames(), ([], [2, 3], [1, 2, 3]), strict=True):
        for number, fill in ((1, fills[0]), (2, fills[1]), (3, fills[dark])):
            inside = picture[numbers == number].astype(int)
            own = (inside == fill).all(axis=1).mean()
            if number in hatched:
                assert 0.5 < own < 0.85  # lines of 1.6 pixels, 7 pixels apart, over the color
                lines = inside[(inside != fill).any(axis=1)].sum(axis=1)
                assert np.median(lines) > sum(fill) if number == 3 else np.median(lines) < sum(fill)
            else:
                assert own > 0.9
    header = film._scene._header
    assert [film._scene._at_least[row] for row in range(3)] == [False, True, True]
    assert header._total(film.steps[2].total, at_least=True) == "at least 17 events so far"


def test_a_film_without_any_observed_day_has_every_frame(four):
    film = ps.animate_spread(make_panel([[NAN] * 4] * 3), four, size=SIZE)
    assert len(film) == 3
    assert film._scene._header._total(film.steps[-1].total, at_least=False) == "not observed"


def test_the_heading_says_where_measures_are_in_force(kazakhstan):
    animation, _, _ = kazakhstan
    header = animation._scene._header
    said = {step.date.day: header._in_force(step) for step in animation.steps}
    assert said[1] == ""
    assert said[2] == "internet shutdown (1 of 17 regions, 4\u202f% of people)"
    assert "internet shutdown · " in said[5]  # in the whole country
    notes = " ".join(text.get_text() for ax in animation._scene.board.figure.axes for text in ax.texts).replace(
        "\n", " "
    )
    others = painter(animation, "responses").layer.others
    assert others
    assert all(code_text(kind) in notes for kind in others)


def test_frames_are_arrays_of_one_even_size_and_only_the_map_header_and_curve_change(small):
    pictures = list(small.frames())
    assert len(pictures) == len(small) == len(small.steps) == 4
    assert {picture.shape for picture in pictures} == {(SIZE[1], SIZE[0], 3)}
    assert {picture.dtype for picture in pictures} == {np.dtype(np.uint8)}
    odd = ps.animate_spread(make_panel([[1]]), make_regions((0, 0, 1, 1)), size=(481, 361))
    assert odd.size == (482, 362)
    legend = small._scene.chart.ax.get_legend().get_window_extent()
    rows = slice(SIZE[1] - round(legend.y1), SIZE[1] - round(legend.y0))
    spots = [picture[rows, round(legend.x0) : round(legend.x1)] for picture in pictures]
    assert all((spot == spots[0]).all() for spot in spots)


def test_the_case_spreads_from_mangystau_over_the_country(kazakhstan, case):
    animation, by_region, pictures = kazakhstan
    regions = painter(animation, "regions").pixels.regions  # from 1, in the order of the table
    colors = np.array([as_rgb(color) for color in [style.ZERO_FILL, *ramp(animation.steps[0].classes.k)]])

    def shown(picture):
        """The class whose color most pixels of a region have, -1 where none does or white is hatched."""
        classes = {}
        for number, name in enumerate(case.regions.index, start=1):
            pixels = picture[regions == number]
            hits = (pixels[:, None] == colors).all(axis=-1).sum(axis=0)
            hatched = (np.abs(pixels.astype(int) - as_rgb(style.MISSING_HATCH)).max(axis=1) < 20).mean() > 0.06
            classes[name] = int(hits.argmax()) if hits.max() > 0.25 * len(pixels) and not hatched else -1
        return pd.Series(classes)

    observed = by_region.dropna(how="all").index
    for day, picture in zip(observed, pictures, strict=True):
        expected = animation.steps[0].classes.index(by_region.loc[day])
        assert shown(picture).tolist() == expected.tolist(), day
    second = shown(pictures[1])
    assert second.index[second > 0].tolist() == ["KZ-MAN"]
    assert (shown(pictures[4]) > 0).sum() >= 15
    assert observed[-1] == pd.Timestamp("2022-01-08")  # nothing was observed later


def test_cities_too_small_for_the_map_have_squares_of_their_own(kazakhstan, case):
    animation, _, _ = kazakhstan
    numbers = 1 + case.regions.index.get_indexer(["KZ-ALA", "KZ-AST", "KZ-SHY"])
    pixels = [(painter(animation, "regions").pixels.regions == number).sum() for number in numbers]
    assert min(pixels) >= 11 * 11 - 25
    room = animation._scene.chart.layer.enlarged_markers
    circles = painter(animation, "circles")
    reaches = circles.reaches(circles.stage.reach, circles.stage.scale)
    for left, bottom, right, top in room:
        for (x, y), reach in zip(animation._scene.chart.view.pixels(circles.points), reaches, strict=True):
            assert right <= x - reach + 1 or left >= x + reach - 1 or top <= y - reach + 1 or bottom >= y + reach - 1


def test_names_of_cities_lie_on_nothing(kazakhstan):
    scene = kazakhstan[0]._scene
    boxes = [
        (s.left, s.top, s.left + s.ink.shape[1], s.top + s.ink.shape[0])
        for _, s in painter(kazakhstan[0], "circles")._named
    ]
    assert len(boxes) >= 8
    slack = 6  # a sprite holds its halo too
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert (
                one[2] <= other[0] + slack
                or other[2] <= one[0] + slack
                or one[3] <= other[1] + slack
                or other[3] <= one[1] + slack
            )
        assert 0 <= one[0] < one[2] <= scene.size[0]


def circles_of(cities, panel):
    layer = Circles.of(cities, panel)
    plane = make_regions((0, 0, 1, 1)).to_crs(3857)
    return CityCircles(layer, [layer], Stage(plane, cities, ps.frames(panel), [], 20.0, 1.0))


def test_circles_have_areas_proportional_to_the_total_so_far():
    cities = gpd.GeoDataFrame({"name": ["A", "B", "C"]}, index=pd.Index(list("abc"), name="city"),
                              geometry=gpd.points_from_xy([0.2, 0.5, 0.8], [0.5] * 3), crs=4326)  # fmt: skip
    circles = circles_of(cities, make_panel([[1, 4, 0], [0, NAN, 0], [0, 12, 0]], list("abc")))
    assert circles.names == ["B", "A"]  # the larger below; what never had an event has no circle
    assert circles.joined(0).tolist() == [True, True]

    def blue(ink):
        return float(((ink[..., 2] > 150) & (ink[..., 0] < 60)).sum())

    pixels = np.array([[200.0, 100.0], [100.0, 100.0]])
    (four, one), (four_quiet, one_quiet), (sixteen, _) = (
        [blue(sprite.ink) for sprite in circles.sprites(number, pixels, 40.0, 1.0)] for number in range(3)
    )
    assert four_quiet / one_quiet == pytest.approx(4, rel=0.1)
    assert four > four_quiet  # the first day's ring
    assert one > one_quiet
    assert sixteen > np.pi * 40**2  # a disc of the largest radius, and the ring of the third day
    assert blue(circle(0, 0, 40, ring=False, scale=1).ink) == pytest.approx(np.pi * 40**2, rel=0.03)


def city_grid(side):
    """A square of cities on one degree, each with one event on the first day, but the first with a hundred."""
    x, y = (axis.ravel() for axis in np.meshgrid(*[(np.arange(side) + 0.5) / side] * 2))
    index = pd.Index([f"c{i}" for i in range(side**2)], name="city")
    cities = gpd.GeoDataFrame({"name": index}, index=index, geometry=gpd.points_from_xy(x, y), crs=4326)
    return cities, make_panel([[100] + [1] * (side**2 - 1)], list(index))


@pytest.mark.parametrize(("side", "factor"), [(2, 1.0), (10, 1.0), (25, 1.0), (40, 0.625), (80, 0.5)])
def test_marks_shrink_where_many_cities_share_the_map(side, factor):
    circles = circles_of(*city_grid(side))
    assert circles.crowding(400.0 * 400.0, 1.0) == pytest.approx(factor)
    assert circles.crowding(1600.0 * 1600.0, 4.0) == pytest.approx(factor)  # the same map in larger pixels
    radii = circles.radii(0, 20.0, factor)
    assert radii[0] == 20  # the largest circle keeps its size
    assert radii[1] == pytest.approx(max(20 / 10, 1.5 * factor))


def test_a_film_of_many_cities_is_drawn_with_small_rings():
    square = make_regions((0, 0, 1, 1))
    cities, by_city = city_grid(40)
    film = ps.animate_spread(make_panel([[1699]]), square, cities=cities, city_panel=by_city, size=SIZE)
    few, few_panel = city_grid(3)
    sparse = ps.animate_spread(make_panel([[108]]), square, cities=few, city_panel=few_panel, size=SIZE)
    assert painter(film, "circles").mark < painter(sparse, "circles").mark == sparse._scene._scale


def test_the_same_input_gives_the_same_bytes(four):
    panel = make_panel([[0, 1, 4, 1], [16, NAN, 2, 1]])
    one, other = (encoders.film_bytes(ps.animate_spread(panel, four, size=SIZE)._film(""), ".gif") for _ in range(2))
    assert one == other


def test_a_gif_holds_every_frame_pixel_for_pixel(small, tmp_path):
    assert small.save(tmp_path / "small.gif") == tmp_path / "small.gif"
    with Image.open(tmp_path / "small.gif") as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"]) == (4, SIZE, 0)
        durations = []
        for number, picture in enumerate(small.frames()):
            gif.seek(number)
            durations.append(gif.info["duration"])
            assert (np.asarray(gif.convert("RGB")) == picture).all()
    assert set(durations[:-1]) == {120, 130}  # GIFs count hundredths of a second: 8 a second on average
    assert sum(durations[:-1]) == pytest.approx(3 * 125, abs=10)
    assert durations[-1] == 2500
    assert [path.name for path in tmp_path.iterdir()] == ["small.gif"]


needs_ffmpeg = pytest.mark.skipif(
    encoders.ffmpeg_path() is None, reason="needs ffmpeg on the system, or imageio-ffmpeg"
)


def read_mp4(path):
    """Every frame of a video, as ffmpeg reads them."""
    command = [encoders.ffmpeg_path(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)


@needs_ffmpeg
def test_an_mp4_holds_every_frame_in_true_colors(small, tmp_path):
    video = read_mp4(small.save(tmp_path / "small.mp4"))
    assert len(video) == 3 + 2.5 * 8
    *_, last = small.frames()
    for shown, picture in zip(video, [*small.frames(), *[last] * 19], strict=True):
        assert np.abs(shown.astype(int) - picture).mean() < 3
    data = (tmp_path / "small.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before all of it has come
    assert b"avc1" in data


def test_planes_for_video_are_those_of_bt_709():
    rgb = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], dtype=np.uint8)
    planes = encoders._yuv_planes(rgb)(np.array([[0, 0, 2, 2], [0, 1, 2, 2]], dtype=np.uint8))
    luma, blue, red = (np.frombuffer(plane, dtype=np.uint8).tolist() for plane in planes)
    assert luma == [235, 235, 63, 63, 235, 16, 63, 63]
    assert (blue, red) == ([128, 102], [128, 240])  # a quarter as many


def test_a_webp_holds_every_frame_pixel_for_pixel(small, tmp_path):
    with Image.open(small.save(tmp_path / "small.webp")) as webp:
        assert (webp.n_frames, webp.size, webp.info["loop"]) == (4, SIZE, 0)
        durations = []
        for number, picture in enumerate(small.frames()):
            webp.seek(number)
            webp.load()
            durations.append(webp.info["duration"])
            assert (np.asarray(webp.convert("RGB")) == picture).all()
    assert durations == [125, 125, 125, 2500]


@pytest.mark.parametrize("ending", [".gif", ".webp", pytest.param(".mp4", marks=needs_ffmpeg)])
def test_equal_frames_are_kept(small, tmp_path, ending):
    one = next(small._pictures())
    film = encoders.Film(lambda: iter([one] * 7), small._scene.palette.rgb, SIZE, 12, 7)
    path = tmp_path / f"still{ending}"
    encoders.save_film(film, path)
    if ending == ".mp4":
        assert len(read_mp4(path)) == 6 + 2.5 * 12
    else:
        with Image.open(path) as image:
            assert image.n_frames == 7


def test_single_pngs(small, tmp_path):
    small.save(tmp_path / "frames")
    small.save(str(tmp_path / "day-%02d.png"))
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"frame-{i:04d}.png" for i in range(1, 5)]
    for number, picture in enumerate(small.frames(), start=1):
        for path in (tmp_path / "frames" / f"frame-{number:04d}.png", tmp_path / f"day-{number:02d}.png"):
            with Image.open(path) as png:
                assert (np.asarray(png.convert("RGB")) == picture).all()


def test_files_that_cannot_be_written(small, tmp_path, monkeypatch):
    for name, fault in (
        ("x.avi", "unknown ending '.avi'"),
        ("x.png", "a single .png holds one frame"),
        ("x%d%d.png", "a single .png"),
        ("no/x.gif", "there is no folder"),
    ):
        with pytest.raises(ps.FileError, match=re.escape(fault)):
            small.save(tmp_path / name)
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho no such codec >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(encoders.shutil, "which", lambda _: str(broken))
    (tmp_path / "x.mp4").write_bytes(b"older")
    with pytest.raises(ps.FileError, match="no such codec"):
        small.save(tmp_path / "x.mp4")
    assert (tmp_path / "x.mp4").read_bytes() == b"older"  # what stood there is kept until the new file is whole
    monkeypatch.setattr(encoders.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ps.FileError, match=r"needs ffmpeg[\s\S]*save a \.gif or \.webp"):
        small.save(tmp_path / "y.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ffmpeg", "x.mp4"]


HOSTILE = '<img src=x onerror="alert(1)">'


@needs_ffmpeg
def test_a_notebook_shows_a_video(four):
    page = ps.animate_spread(make_panel([[1, 2, 3, 4]]), four, size=SIZE, title=HOSTILE)._repr_html_()
    data = base64.b64decode(re.search(r"<video src=\"data:video/mp4;base64,([^\"]+)\" controls", page).group(1))
    assert data[4:8] == b"ftyp"
    assert "<img" not in page
    assert "&lt;img src=x onerror=&quot;" in page


def test_without_ffmpeg_a_notebook_plays_a_gif_and_text_is_text(four, monkeypatch):
    made = ps.animate_spread(make_panel([[1, 2, 3, 4]]), four, size=SIZE, title=HOSTILE)
    monkeypatch.setattr("protestspread.pictures.animation.animate.ffmpeg_path", lambda: None)
    page = made._repr_html_()
    assert page.count("<img ") == 1
    assert "&lt;img src=x onerror=&quot;" in page
    data = base64.b64decode(re.search(r"data:image/gif;base64,([^\"]+)", page).group(1))
    with Image.open(io.BytesIO(data)) as gif:
        assert gif.size == SIZE
    monkeypatch.setattr("protestspread.pictures.animation.animate._MOST_INLINE", 1000)
    page = made._repr_html_()
    assert "data:image/png" in page
    assert "too large for a notebook" in page
    assert repr(made).startswith("<SpreadAnimation: <img")


def test_an_ffmpeg_that_fails_leaves_the_gif(four, tmp_path, monkeypatch):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(encoders.shutil, "which", lambda _: str(broken))
    assert "data:image/gif" in ps.animate_spread(make_panel([[1, 2, 3, 4]]), four, size=SIZE)._repr_html_()


def test_the_packaged_ffmpeg_is_found_where_the_system_has_none(monkeypatch):
    packaged = SimpleNamespace(get_ffmpeg_exe=lambda: "/packaged/ffmpeg")
    monkeypatch.setattr(encoders.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", packaged)
    assert encoders.ffmpeg_path() == "/packaged/ffmpeg"
    monkeypatch.setattr(encoders.shutil, "which", lambda _: "/usr/bin/ffmpeg")
    assert encoders.ffmpeg_path() == "/usr/bin/ffmpeg"
    monkeypatch.setattr(encoders.shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    assert encoders.ffmpeg_path() is None


def test_html_is_the_spread_map_of_the_same_data_and_classes(four, tmp_path):
    panel = make_panel([[0, 1, 4, 2], [16, NAN, 2, 1], [1, 1, 1, 1]])
    options = {"classes": ps.classify([3, 9], scheme=[5]), "show": "window", "window_days": 2}
    made = ps.animate_spread(panel, four, size=SIZE, unit="strikes", title=HOSTILE, at_least=0.5, **options)
    page = made._page()._payload
    assert made.save(tmp_path / "small.html") == tmp_path / "small.html"
    text = (tmp_path / "small.html").read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert not re.findall(r"(?:src|href)=\"(?!data:)|https?://(?!www\.w3\.org)", text)  # nothing is loaded
    window, day, *_ = page["views"]
    assert [view["key"] for view in page["views"]] == ["window", "day", "so_far", "first"]
    assert (window["upper"], window["labels"], window["from"]) == ([5], ["1–5", "≥ 6"], [0, 0, 1])
    assert (window["name"], page["words"]["events"], page["least"]) == ("in 2 days", "Strikes", 0.5)
    assert day["upper"] == list(ps.frames(panel)[0].classes.upper)
    with pytest.raises(ps.FileError, match="there is no folder"):
        made.save(tmp_path / "no" / "small.html")


def test_regions_across_the_antimeridian_are_whole(tmp_path):
    regions = make_regions((177, -18.5, 180, -16.5), (-180, -18.5, -178, -16.5))
    made = ps.animate_spread(make_panel([[1, 3]]), regions, size=SIZE)
    numbers = painter(made, "regions").pixels.regions
    columns = [np.flatnonzero((numbers == i).any(axis=0)) for i in (1, 2)]
    assert columns[0].min() < columns[0].max() <= columns[1].min() + 1 < columns[1].max()
    assert columns[1].max() - columns[0].min() > 0.5 * SIZE[0]


def test_hundreds_of_regions_keep_their_numbers():
    cells = [(x, y, x + 1, y + 1) for x in range(24) for y in range(16)]
    regions = make_regions(*cells)
    values = np.random.default_rng(3).integers(0, 30, (2, len(cells)))
    made = ps.animate_spread(make_panel(values), regions, size=(600, 480))
    numbers = painter(made, "regions").pixels.regions
    assert set(np.unique(numbers)) == set(range(len(cells) + 1))
    shades = np.array([as_rgb(color) for color in [style.ZERO_FILL, *ramp(made.steps[0].classes.k)]])
    for step, picture in zip(made.steps, made.frames(), strict=True):
        for number in (1, 100, 384):
            middle = np.median(np.argwhere(numbers == number), axis=0).astype(int)
            assert (picture[tuple(middle)] == shades[step.class_index[number - 1]]).all()


@pytest.mark.parametrize("values", [[[0, 0, 0, 0]] * 2, [[NAN] * 4] * 2, [[7] * 4] * 2, [[2.5, 0, 1.25, 9]]])
def test_panels_with_few_different_values(four, values):
    made = ps.animate_spread(make_panel(values), four, size=SIZE, show="so_far")
    assert len(list(made.frames())) == len(values)


def test_a_tree_without_a_probable_arrow_draws_none(four):
    tree = tree_of(("R0", "R1", "2022-01-01", 0.1), (None, "R2", "2022-01-01", 0.1))
    made = ps.animate_spread(make_panel([[1, 2, 3, 4]]), four, size=SIZE, tree=tree)
    assert not painter(made, "arrows").layer.legend()
    assert count_pixels(made, style.ARROW) == count_pixels(made, SETTLED) == [0]
    assert len(made.steps[0].arrows) == 1  # from outside
    categories = tree.astype({"source": "category", "target": "category"})
    shown = ps.frames(make_panel([[1, 2, 3, 4]]), tree=categories, at_least=0)[0].arrows
    assert shown["target"].tolist() == ["R1", "R2"]


def test_ten_thousand_regions_are_drawn_and_those_not_in_the_panel_are_missing():
    cells = [(x / 10, y / 10, x / 10 + 0.1, y / 10 + 0.1) for x in range(100) for y in range(100)]
    regions = make_regions(*cells)
    values = np.random.default_rng(5).poisson(1, (2, 9_990))
    made = ps.animate_spread(make_panel(values), regions, size=SIZE, cross_fade=True)
    assert len(list(made.frames())) == 12
    assert (made.steps[0].class_index[-10:] == -1).all()
    assert set(painter(made, "regions").pixels.regions.ravel()) >= set(range(1, 9_000, 97))


def test_longer_rows_and_windows(four):
    weekly = ps.animate_spread(make_panel([[1, 0, 2, 0]] * 3, freq="W-MON"), four, size=SIZE)
    assert weekly._scene.chart.ax.get_legend().get_title().get_text() == "Events that week"
    window = ps.animate_spread(
        make_panel([[1, 0, 2, 0]] * 3), four, size=SIZE, show="window", window_days=2, unit="reports"
    )
    assert window._scene.chart.ax.get_legend().get_title().get_text() == "Reports in 2 days"
    assert [step.total for step in window.steps] == [3, 6, 6]


def test_totals_say_when_they_are_lower_bounds():
    steps = ps.frames(make_panel([[1.0, 0], [5, NAN], [NAN, NAN]]))
    header = Header(steps, HeaderText(None, (), "", "events", "that day", "not observed"), width=400, scale=1)
    assert header._total(1, at_least=False) == "1 event that day"
    assert header._total(1234, at_least=True) == "at least 1\u202f234 events that day"
    assert header._total(NAN, at_least=False) == "not observed"
    plain, bound = header.draw(steps[0], at_least=False), header.draw(steps[0], at_least=True)
    assert plain.shape == (34, 400, 3)
    assert (bound != plain).any()
    assert (plain[:, -20:] == 255).all()


def test_words_are_printed_as_matplotlib_prints_the_whole():
    printer = WordPrinter(8, 1.0)
    picture = np.full((printer.height, 300, 3), 255, dtype=np.uint8)
    printer.print("59 events that day", picture, 5, 0)
    ink = np.flatnonzero((picture < 128).any(axis=(0, 2)))
    assert ink.max() - ink.min() == pytest.approx(printer._extent("59 events that day"), abs=5)
    assert printer.width("59 events that day") == pytest.approx(printer._extent("59 events that day"), abs=5)


def test_a_palette_keeps_exact_colors():
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    exact = [style.PAPER, style.ZERO_FILL, style.LAND, style.CITY, *ramp(9)]
    palette = Palette(exact, [noise])
    assert len(palette.rgb) == 255
    assert [tuple(palette.rgb[palette.number(color)].tolist()) for color in exact] == [as_rgb(color) for color in exact]
    assert np.abs(palette.rgb[palette.numbers(noise)].astype(int) - noise).mean() < 16


@pytest.fixture(scope="module")
def with_arrows(four):
    """Thirteen quiet days; an arrow between regions on the second and a less probable one on the third."""
    tree = tree_of(
        (None, "R0", "2022-01-01", 0.7),
        ("R0", "R3", "2022-01-02", 0.9),
        ("R1", "R2", "2022-01-03", 0.3),
        ("R3", "R1", "2022-01-03", 0.15),
        ("R2", "R1", "2022-02-01", 1.0),
    )
    panel = make_panel(np.zeros((13, 4)))
    return ps.animate_spread(panel, four, size=SIZE, tree=tree), ps.animate_spread(panel, four, size=SIZE)


def count_pixels(animation, color):
    """Return the number of pixels of a color within the regions, frame by frame."""
    inside = painter(animation, "regions").pixels.regions > 0
    return [int((picture[inside] == as_rgb(color)).all(axis=-1).sum()) for picture in animation.frames()]


def test_arrows_appear_on_their_date_and_turn_gray(with_arrows):
    animation, _ = with_arrows
    fresh, settled = count_pixels(animation, style.ARROW), count_pixels(animation, SETTLED)
    assert fresh[0] == settled[0] == 0
    assert fresh[1] > 60  # the new arrow
    assert settled[1] < 0.2 * fresh[1]
    assert fresh[2] > 10  # the second, while the first is gray
    assert settled[2] > 60
    assert max(fresh[3:]) < 3
    assert min(settled[3:]) > 80
    assert fresh[1] > 1.5 * fresh[2]  # longer, and wider: 0.9 against 0.3


def test_arrows_are_called_inferred_and_what_came_from_outside_is_counted(with_arrows):
    animation, plain = with_arrows
    labels = [text.get_text() for text in animation._scene.chart.ax.get_legend().get_texts()]
    assert labels[-1] == "inferred spread,\nnot observed;\nwidth: probability,\nat least 0.2"
    assert all("inferred" not in text.get_text() for text in plain._scene.chart.ax.get_legend().get_texts())
    assert animation.steps[-1].arrows["probability"].tolist() == [0.7, 0.9, 0.3]
    assert [say(words) for words in painter(animation, "arrows").layer.words()] == [
        "0.7 from outside or from an unknown place"
    ]
    notes = [
        "".join(text.get_text() for ax in film._scene.board.figure.axes for text in ax.texts) for film in with_arrows
    ]
    assert ["0.7 from outside" in note for note in notes] == [True, False]


def test_an_arrow_leads_from_its_source_to_its_target_and_changes_nothing_else(with_arrows):
    animation, _ = with_arrows
    first, second, *_ = animation.frames()
    header, strip = animation._scene.sharp
    differs = (first != second).any(axis=2)
    differs[header] = differs[strip] = False
    rows, columns = np.nonzero(differs)
    arrows = painter(animation, "arrows")
    (x0, y0), (x1, _) = arrows._pixels[0], arrows._pixels[3]
    assert columns.min() == pytest.approx(x0, abs=3)
    assert columns.max() == pytest.approx(x1 - 2, abs=3)  # the tip stops short of the middle
    assert (SIZE[1] - rows).min() == pytest.approx(y0, abs=6)
    assert (SIZE[1] - rows).max() == pytest.approx(y0 + 0.09 * (x1 - x0), abs=6)  # a bow to the left of the way


def test_trees_lead_between_cities_too(kazakhstan, case, panel):
    by_region = kazakhstan[1]
    tree = ps.TransmissionTree(
        tree_of((None, "Zhanaozen", "2022-01-01", 1.0), ("Zhanaozen", "Aktau", "2022-01-02", 0.9))
    )
    made = ps.animate_spread(by_region, case.regions, cities=case.cities, city_panel=panel, tree=tree, size=SIZE)
    arrows = painter(made, "arrows")
    ends = case.cities.index.get_indexer(["Zhanaozen", "Aktau"])
    assert [int(arrows._source[0]), int(arrows._target[0])] == ends.tolist()
    assert count_pixels(made, SETTLED)[2] > 3
    with pytest.raises(
        ps.DataError,
        match=r"not on the map: Aktau, Zhanaozen[\s\S]*pass cities=|not on the map: Zhanaozen[\s\S]*pass cities=",
    ):
        ps.animate_spread(by_region, case.regions, tree=tree, size=SIZE)


def test_only_what_changes_changes(small):
    """No flicker: a pixel outside the header, the curve and the regions that change class is the same in all frames."""
    header, strip = small._scene.sharp
    pictures, numbers = list(small.frames()), painter(small, "regions").pixels.regions
    for (one, before), (other, after) in itertools.pairwise(zip(pictures, small.steps, strict=True)):
        same = np.flatnonzero(before.class_index == after.class_index) + 1
        still = np.isin(numbers, [0, *same])
        still[header] = still[strip] = False
        assert still.sum() > 10_000
        assert (one[still] == other[still]).all()


def test_a_cross_fade_goes_from_date_to_date_in_steps(four, tmp_path):
    panel = make_panel([[0, 1, 4, 1], [16, NAN, 2, 1], [16, 3, 2, 1]])
    plain = list(ps.animate_spread(panel, four, size=SIZE).frames())
    made = ps.animate_spread(panel, four, size=SIZE, cross_fade=True)
    assert (len(made), made.fps, len(made.steps)) == (18, 24, 3)
    pictures = list(made.frames())
    assert len(pictures) == 18
    numbers = painter(made, "regions").pixels.regions
    spot = tuple(np.median(np.argwhere(numbers == 1), axis=0).astype(int))
    zero, top = np.array(as_rgb(style.ZERO_FILL)), np.array(as_rgb(ramp(made.steps[0].classes.k)[-1]))
    shares = [0, 0, 0, 0.25, 0.5, 0.75, *[1] * 12]
    for picture, share in zip(pictures, shares, strict=True):
        assert np.abs(picture[spot] - (zero * (1 - share) + top * share)).max() <= 1
    for date in range(3):  # a date alone is the picture without cross-fade, but for the note
        rows = slice(0, made._scene.board.strip[0])
        assert np.abs(pictures[6 * date][rows].astype(int) - plain[date][rows]).mean() < 0.5
    header, strip = made._scene.sharp
    for rows in (header, strip):  # words and the curve switch at once
        assert (pictures[3][rows] == pictures[0][rows]).all()
        assert (pictures[4][rows] == pictures[6][rows]).all()
    made.save(tmp_path / "fade.gif")
    with Image.open(tmp_path / "fade.gif") as gif:
        assert gif.n_frames == 18
        waits = []
        for number in range(18):
            gif.seek(number)
            waits.append(gif.info["duration"])
    assert sum(waits[:-1]) == pytest.approx(3 * 250, abs=50)
    assert waits[-1] == 2500


@pytest.mark.parametrize(("fps", "frames", "steps"), [(25, 2, 1), (4, 6, 3), (1, 24, 5), (0.5, 48, 5)])
def test_how_many_frames_a_cross_fade_makes(fps, frames, steps):
    fade = CrossFade(fps)
    assert (fade.frames, len(fade.shares)) == (frames, steps)
    assert fade.frames * fps <= 50
    assert all(0 < share < 1 for share in fade.shares)


def test_progress_is_quiet_in_pipelines(small, tmp_path, capfd):
    small.save(tmp_path / "small.gif")
    assert capfd.readouterr() == ("", "")


def test_invalid_arguments_are_refused(case, panel, four):
    good = make_panel([[1, 2, 3, 4]])
    with pytest.raises(ps.DataError, match=r"not in the regions: Zhanaozen[\s\S]*aggregate_panel"):
        ps.animate_spread(panel, case.regions)
    with pytest.raises(ps.DataError, match="panel must have at least one date"):
        ps.animate_spread(good.iloc[:0], four)
    with pytest.raises(ps.SchemaError, match="panel: expected a DataFrame; got Series"):
        ps.animate_spread(good.loc["2022-01-01"], four)
    with pytest.raises(ps.SchemaError, match="regions: expected a GeoDataFrame"):
        ps.animate_spread(good, four.drop(columns="geometry"))
    with pytest.raises(
        ps.DataError,
        match=r"cities must be passed together with city_panel[\s\S]*fps must be a number above 0[^;]*; got 0[\s\S]*size must be [^;]*; got '\(100, 100\)'",
    ):
        ps.animate_spread(good, four, city_panel=good, fps=0, size=(100, 100))
    with pytest.raises(
        ps.DataError,
        match=r"city_panel has columns that are not in cities: R0, R1, R2, R3[\s\S]*city_panel must have the dates of panel",
    ):
        ps.animate_spread(good, four, cities=case.cities, city_panel=pd.concat([good, good.shift(freq="D")]))
    with pytest.raises(
        ps.DataError, match=r"fps must be [^;]*; got '4'[\s\S]*size must be two integers[^;]*; got '\(800,\)'"
    ):
        ps.animate_spread(good, four, fps="4", size=(800,))
    with pytest.raises(ps.DataError, match="fps must be a number above 0 and at most 25 with cross_fade; got 30"):
        ps.animate_spread(good, four, fps=30, cross_fade=True)
    with pytest.raises(ps.DataError, match="at_least must be a number from 0 to 1; got 2"):
        ps.animate_spread(good, four, at_least=2)
    with pytest.raises(ps.SchemaError, match="tree: expected a TransmissionTree or a DataFrame; got int"):
        ps.animate_spread(good, four, tree=5)
    with pytest.raises(ps.DataError, match=r"leave \d+ of 300 pixels for the map"):
        ps.animate_spread(good, four, size=(400, 300), note="word " * 500)


def test_nothing_given_is_changed(case, panel):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    given = (by_region, case.regions, case.cities, panel, case.interventions, case.context)
    before = [table.copy() for table in given]
    ps.animate_spread(
        by_region,
        case.regions,
        cities=case.cities,
        city_panel=panel,
        interventions=case.interventions,
        context=case.context,
        size=SIZE,
    )
    for table, copy in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(copy))


# frames as files


@pytest.fixture
def two_films(case, panel):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    return [ps.animate_spread(by_region.iloc[:length], case.regions, size=(400, 300)) for length in (4, 2)]


def test_frames_of_an_older_film_do_not_mix_with_new_ones(two_films, tmp_path):
    folder = tmp_path / "film"
    two_films[0].save(folder)
    others = ["frame-1.png", "frame-0003.jpg", "my-frame-0004.png", "notes.txt", "0004.png"]
    for name in others:
        (folder / name).write_text("mine")
    (folder / "frame-0009.png").mkdir()
    two_films[1].save(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*others, "frame-0009.png", "frame-0001.png", "frame-0002.png"]
    )


def test_a_pattern_of_the_caller_removes_nothing(two_films, tmp_path):
    for film in two_films:
        film.save(tmp_path / "day-%03d.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"day-{number:03}.png" for number in range(1, 5)]


def test_a_film_that_fails_leaves_the_old_frames(two_films, tmp_path, monkeypatch):
    two_films[1].save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    draw, drawn = two_films[0]._scene.draw, []

    def full(number, step):
        drawn.append(number)
        if len(drawn) > 1:
            raise OSError(28, "No space left on device")
        return draw(number, step)

    monkeypatch.setattr(two_films[0]._scene, "draw", full)
    with pytest.raises(ps.FileError, match="no space left on device\nFix: free space on the disk"):
        two_films[0].save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("path", ["", "a\0b", None, 3, "x/" + "a" * 300])
def test_frames_need_a_folder(two_films, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ps.FileError):
        two_films[1].save(path)
    assert not list(tmp_path.glob("*.png"))
