"""The bands of a Knox ladder figure: the middle 95% of the draws, relative to the observed count."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture
def ax():
    return Figure().add_subplot()


def drawn(ax):
    """Return the bands of a figure, (low, high), by their y position."""
    lines = [line for line in ax.get_lines() if line.get_linewidth() == 5 and len(line.get_xdata())]
    return {round(float(line.get_ydata()[0]), 2): tuple(map(float, line.get_xdata())) for line in lines}


@pytest.mark.parametrize(("pairs", "early"), [(25, 16), (26, 23)])
def test_a_band_of_known_ends(ax, middle_95, pairs, early):
    """Pairs of events 11 km apart and far from all others, on two days: X is the number of pairs that are not split."""
    lon = np.repeat(np.arange(pairs) * 3.0, 2) - 40
    lat = np.tile([0.0, 0.1], pairs)
    days = np.where(np.arange(2 * pairs) < early, "2022-01-03", "2022-01-23")
    events = gpd.GeoDataFrame({"date": pd.to_datetime(days)}, geometry=gpd.points_from_xy(lon, lat), crs=4326)
    events = events.rename_axis("event_id")
    ladder = ps.knox_ladder(events, within_km=25, within_days=1, permutations=99_999, rng=1)
    first = ladder.steps[-1]  # shuffled dates
    assert first.statistic == first.between_places.statistic == pairs - early % 2
    few, many = middle_95(pairs, early)
    ladder.plot(ax=ax)
    ends = [(pairs - many) / first.statistic, (pairs - few) / first.statistic]
    assert drawn(ax)[len(ladder.steps) - 1] == pytest.approx(ends, abs=1e-12)


def test_every_band_of_a_case(ax, case, quantile_by_hand):
    ladder = ps.knox_ladder(case.events, case.cities, within_km=200, within_days=1, permutations=99, rng=3)
    ladder.plot(ax=ax)
    bands = drawn(ax)
    for row, step in enumerate(ladder.steps):
        count = step.between_places
        ends = [quantile_by_hand(count.null_distribution, level) for level in (0.025, 0.975)]
        if step.scheme == "exchange_places":  # of the excess: as pairs
            ends = [count.moments.expected + end * np.sqrt(count.moments.expected) for end in ends]
        assert bands[row] == pytest.approx([end / count.statistic for end in ends], rel=1e-9)
    assert len(bands) == 3
    assert "95% of draws" in ax.get_legend().get_texts()[0].get_text()
