"""The fan of an ensemble, read off the artists."""

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

from protestspread.ensembles.figures import QUANTILES, fan_of
from protestspread.errors import DataError
from protestspread.figures import Fan
from protestspread.pictures.figures.draw import draw_figure

DATES = pd.date_range("2022-01-03", periods=6, name="date")


@pytest.fixture
def ax():
    return matplotlib.figure.Figure((7, 3.4)).add_axes((0.1, 0.1, 0.85, 0.7))


def a_fan(rows, **observed):
    dates = DATES[: len(rows)]
    found = {name: pd.Series(values, dates) for name, values in observed.items()}
    return Fan(pd.DataFrame(rows, dates, list(QUANTILES)), "places that joined", 1_000, **found)


def keys(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def line(ax, label):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found


def test_bands_median_and_observed_course_are_those_of_the_panels(ax, possible_spreads, panel):
    fan = fan_of(possible_spreads, panel)
    assert draw_figure(fan, ax=ax, title="a $title$") is ax
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == "a $title$"
    assert keys(ax) == ["observed", "not observed", "median of 40 simulated spreads", "middle 50%", "middle 90%"]
    median = line(ax, "median of 40 simulated spreads")
    assert median.get_ydata() == pytest.approx(fan.quantiles[0.5].dropna().to_numpy())
    assert median.get_xdata().tolist() == list(range(1, 10))  # 2 to 10 January, of 1 to 11
    joined = (panel > 0).cummax().sum(axis=1)[:8]
    assert line(ax, "observed").get_ydata()[:8] == pytest.approx(joined.to_numpy())
    inner, outer = ax.collections
    for band, low, high in ((inner, 0.25, 0.75), (outer, 0.05, 0.95)):
        points = pd.DataFrame(band.get_paths()[0].vertices).groupby(0)[1].agg(["min", "max"])
        assert points["min"].to_numpy() == pytest.approx(fan.quantiles[low].dropna().to_numpy())
        assert points["max"].to_numpy() == pytest.approx(fan.quantiles[high].dropna().to_numpy())
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] >= max(joined.max(), fan.quantiles[0.95].max())
    hatched = [patch for patch in ax.patches if patch.get_gid() == "missing"]
    assert [(patch.get_x(), patch.get_width()) for patch in hatched] == [(7.5, 3)]


def test_lower_bounds_have_hollow_dots_and_are_explained(ax):
    rows = [[0, 1, 2, 3, 4]] * 4
    draw_figure(a_fan(rows, observed=[1, 2, np.nan, 3], lower_bound=[False, False, False, True]), ax=ax)
    assert keys(ax)[:2] == ["observed", "at least: some days not observed"]
    np.testing.assert_array_equal(line(ax, "observed").get_ydata(), [1, 2, np.nan, np.nan])
    np.testing.assert_array_equal(line(ax, keys(ax)[1]).get_ydata(), [np.nan] * 3 + [3])


def test_a_single_date_and_no_observed_course(ax):
    draw_figure(a_fan([[0, 1, 2, 3, 4]]), ax=ax)
    assert keys(ax)[0] == "median of 1\u202f000 simulated spreads"
    assert np.ptp(ax.collections[0].get_paths()[0].vertices, axis=0) == pytest.approx([0.8, 2])
    assert not ax.patches


@pytest.mark.parametrize("observed", [[np.nan] * 3, [0, 0, 0]])
def test_nothing_seen_or_nothing_reached_is_drawn_all_the_same(ax, observed):
    draw_figure(a_fan([[0] * 5] * 3, observed=observed), ax=ax)
    ax.figure.canvas.draw()
    assert ax.get_ylim()[1] > 0


def test_new_axes_and_a_wrong_title():
    assert draw_figure(a_fan([[0, 1, 2, 3, 4]] * 3)).get_ylabel() == "places that joined"
    with pytest.raises(DataError, match="title"):
        draw_figure(a_fan([[0, 1, 2, 3, 4]]), title=3)
