"""Figures of fronts and of drifting centers: words, marks, and no overlaps."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import protestspread as ps

START = pd.Timestamp("2022-01-01")


def make_front(count=60, *, speed=200.0, censored=False, whole=True, seed=1, **options):
    rng = np.random.default_rng(seed)
    index = pd.Index([f"c{i}" for i in range(count)], name="city")
    points = gpd.points_from_xy(rng.uniform(50, 80, count), rng.uniform(40, 55, count))
    cities = gpd.GeoDataFrame(index=index, geometry=points, crs=4326)
    km = ps.great_circle_km(60, 47, cities.geometry.x, cities.geometry.y)
    days = 10 + km / speed + rng.normal(0, 2, count)
    days = np.floor(days) if whole else days.round(3)
    onsets = pd.Series(START + pd.to_timedelta(days, unit="D"), index=index)
    until = START + pd.Timedelta(days=int(np.quantile(days, 0.6))) if censored else None
    onsets = onsets.where(onsets <= until) if censored else onsets
    return ps.front_speed(onsets, cities, origin=(60, 47), observed_until=until, rng=1, **options)


def assert_apart_and_inside(boxes, figure):
    for what, box in boxes:
        assert box.x0 >= -1 <= box.y0, what
        assert box.x1 <= figure.bbox.x1 + 1, what
        assert box.y1 <= figure.bbox.y1 + 1, what
    for (what, one), (other_what, other) in combinations(boxes, 2):
        across, up = min(one.x1, other.x1) - max(one.x0, other.x0), min(one.y1, other.y1) - max(one.y0, other.y0)
        assert across <= 0.5 or up <= 0.5, (what, other_what)


def texts(ax):
    """Return every visible text except halos, with its box in pixels."""
    found = [text for text in ax.findobj(Text) if text.get_gid() != "halo" and text.get_visible()]
    return [(text.get_text(), text.get_window_extent()) for text in found if text.get_text().strip()]


def axes(size=(7, 4.4)):
    return Figure(size, layout="constrained").add_subplot()


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_front_is_a_solid_line_and_no_front_a_dashed_one():
    front = make_front()
    ax = front.plot(ax=axes())
    line = next(line for line in ax.lines if line.get_label() == "front")
    assert line.get_linestyle() == "-"
    x, y = line.get_data()
    assert np.diff(y) / np.diff(x) == pytest.approx(front.slowness)
    assert (
        ax.get_xlabel()
        .replace("\n", " ")
        .startswith("km from (60, 47) Onsets are consistent with a front from (60, 47) at ")
    )
    none = make_front(speed=1e9)
    assert none.verdict == "no front"
    dashed = next(
        line for line in none.plot(ax=axes()).lines if line.get_label().startswith("fitted line, not a front")
    )
    assert dashed.get_linestyle() == "--"


def test_dots_are_the_onsets():
    result = make_front()
    ax = result.plot(ax=axes())
    dots = next(line for line in ax.lines if line.get_label() == "joined")
    assert dots.get_xdata() == pytest.approx(result.by_place["km"].to_numpy())
    days = (result.by_place["onset"] - result.first_day).dt.days
    assert dots.get_ydata() == pytest.approx(days.to_numpy())


def test_places_that_had_not_joined_stand_at_the_end_of_observation():
    result = make_front(censored=True)
    ax = result.plot(ax=axes())
    waiting = next(line for line in ax.lines if line.get_label().startswith("not joined"))
    assert len(waiting.get_xdata()) == result.places - result.joined > 0
    end = (result.observed_until - result.first_day).days + 0.5
    assert set(waiting.get_ydata()) == {end}
    curve = next(line for line in ax.lines if line.get_label() == "chance of ever joining")
    low, high = ax.get_ylim()
    chance = result.reach.chance_at(curve.get_xdata())
    assert (curve.get_ydata() - low) / (high - low) == pytest.approx(chance)
    right = ax.child_axes[0]
    assert [text.get_text() for text in right.get_yticklabels()] == ["0%", "50%", "100%"]
    assert right.get_yticks() == pytest.approx([low, (low + high) / 2, high])


def test_without_a_line_the_reason_is_written():
    cities = ps.load_case("kazakhstan_2022").cities
    same = pd.Series(START, index=cities.index)
    ax = ps.front_speed(same, cities, origin="Almaty").plot(ax=axes())
    assert ax.texts[0].get_text() == "a front could not be tested: no other place joined after the first day"
    nobody = ps.front_speed(same.where(same > START), cities, origin="profile", observed_until=START)
    with pytest.raises(ps.DataError, match="result has no front to draw: no place had an onset"):
        nobody.plot(ax=axes())


def test_an_interval_without_an_end_has_no_band():
    ax = make_front(permutations=9, whole=False).plot(ax=axes())
    assert not [label for label in labels(ax) if "interval" in label]


@pytest.mark.parametrize("size", [(10, 6.4), (6, 4)])
@pytest.mark.parametrize("censored", [False, True])
def test_nothing_overlaps(size, censored):
    ax = make_front(censored=censored).plot(ax=axes(size), title="Онсет $x$ <b>")
    ax.figure.draw_without_rendering()
    assert_apart_and_inside(texts(ax), ax.figure)


@pytest.fixture(scope="module")
def centers(case, panel):
    return ps.centers_over_time(panel, case.cities, draws=199, rng=1)


def gids(ax, start):
    return [artist.get_gid() for artist in ax.findobj(lambda artist: str(artist.get_gid()).startswith(start))]


def test_the_path_has_a_dot_a_day_and_a_step_between(case, centers):
    ax = ps.plot_center_drift(centers, case.regions, ax=Figure((9, 6)).add_subplot())
    known = centers.table["lon"].notna().sum()
    assert len(gids(ax, "center ")) == known
    assert 0 < len(gids(ax, "step ")) < known
    assert len(gids(ax, "ellipse ")) == 5
    assert not gids(ps.plot_center_drift(centers, ellipses=False, ax=Figure((9, 6)).add_subplot()), "ellipse")


def test_a_step_is_solid_where_the_interval_of_the_drift_excludes_0(case, centers):
    ax = ps.plot_center_drift(centers, case.regions, ax=Figure((9, 6)).add_subplot())
    told = (centers.table["km_low"] > 0)[centers.table["lon"].notna()].to_numpy()
    assert 0 < told.sum() < len(told) - 1
    for step in (text for text in ax.texts if str(text.get_gid()).startswith("step")):
        row = int(step.get_gid().split()[1])
        assert (step.arrow_patch.get_linestyle() == "-") == told[row]


@pytest.mark.parametrize(("size", "dpi"), [((10, 6.4), 150), ((6, 4), 110)])
@pytest.mark.parametrize("on_land", [True, False])
def test_on_the_map_of_the_drift_nothing_overlaps(case, centers, size, dpi, on_land):
    beneath = {"regions": case.regions, "context": case.context} if on_land else {}
    ax = ps.plot_center_drift(
        centers, ax=Figure(size, dpi=dpi).add_axes((0.02, 0.02, 0.96, 0.88)), title="Drift", **beneath
    )
    ax.figure.draw_without_rendering()
    key = ax.get_legend()
    within = {text.get_text() for text in [key.get_title(), *key.get_texts()]}
    written = [(text, box) for text, box in texts(ax) if text not in within]
    assert_apart_and_inside([*written, ("legend", key.get_window_extent())], ax.figure)


def test_drift_of_one_place_or_day_is_drawn(case, centers):
    one = centers.table[centers.table["lon"].notna()].iloc[:1]
    ax = ps.plot_center_drift(one, ax=Figure((6, 4)).add_subplot())
    assert labels(ax) == ["2 Jan 2022", "ellipse of one standard deviation"]


def test_what_is_no_table_of_centers_is_named(centers):
    with pytest.raises(ps.DataError, match="column 'km_low' is missing"):
        ps.plot_center_drift(centers.table.drop(columns="km_low"))
    for name, most in (("lon", 180), ("lat", 90)):
        with pytest.raises(ps.DataError, match=f"column '{name}' must hold degrees from -{most} to {most}"):
            ps.plot_center_drift(centers.table.assign(**{name: 1e6}))
    with pytest.raises(ps.DataError, match="no day has a center"):
        ps.plot_center_drift(centers.table.iloc[:0])
