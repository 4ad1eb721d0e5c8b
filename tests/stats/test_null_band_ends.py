"""The middle 95% of a null whose distribution is known: how many pairs are split when their members are marked at random.

Of each count of pairs and marks, the chance up to some number lies just below or just above 2.5% or 97.5%: a band that
ended at 1.9% or 3%, 97.2% or 97.8% would end at another number.
"""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DRAWS = 99_999
PAIRS = [(25, 16), (26, 23)]


def graph_of(ties, places):
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), pd.Index(places))


def test_the_band_of_a_signature():
    """Two pairs of blocks of five places, tied one to one: three of the first are active before, three of the second are new.

    The adjacent onsets of a pair of blocks are hypergeometric: 1, 2 or 3 with chances 0.3, 0.6 and 0.1.
    """
    names = [f"p{k:02d}" for k in range(20)]
    days = np.zeros((2, 20), dtype=int)
    days[0, [0, 1, 2, 10, 11, 12]] = days[1, [3, 4, 13, 14]] = 1  # the sources: active first, or only second
    days[1, [5, 6, 7, 15, 16, 17]] = days[0, [8, 9, 18, 19]] = 1  # the targets: new, or active first
    panel = pd.DataFrame(days, index=pd.date_range("2022-01-01", periods=2, name="date"), columns=names)
    sources = [*range(5), *range(10, 15)]
    graph = graph_of([(names[k], names[k + 5]) for k in sources], names)
    places = gpd.GeoDataFrame(
        {"population": np.arange(20, 0, -1)}, index=pd.Index(names, name="city"), geometry=gpd.points_from_xy(range(20), [0] * 20), crs=4326
    )  # fmt: skip
    found = ps.spread_signatures(panel, graph, places, permutations=DRAWS, rng=1)
    chance = np.convolve([0, 0.3, 0.6, 0.1], [0, 0.3, 0.6, 0.1]).cumsum()
    low, high = (int(np.searchsorted(chance, level)) for level in (0.025, 0.975))
    for row in (found.totals.loc["adjacent_onset"], found.table.xs("adjacent_onset", level="signature").iloc[0]):
        assert (row["null_low"], row["null_high"]) == (low, high) == (2, 5)
    assert found.totals.loc["adjacent_onset", "expected"] == pytest.approx(3.6, abs=0.01)


@pytest.fixture(params=PAIRS)
def matched(request, split_pairs):
    """Places in pairs, some marked with a 1: Moran's I is 1 - split / (n · p · (1 - p))."""
    pairs, marked = request.param
    ties = [(2 * pair, 2 * pair + 1) for pair in range(pairs)]
    graph = graph_of(ties + [(b, a) for a, b in ties], range(2 * pairs))
    panel = pd.DataFrame([[1.0] * marked + [0.0] * (2 * pairs - marked)], columns=range(2 * pairs))
    panel.index = pd.DatetimeIndex(["2022-01-01"], name="date")
    share = marked / (2 * pairs)
    scale = 2 * pairs * share * (1 - share)
    null = [(1 - j / scale, chance) for j, chance in split_pairs(pairs, marked).items()]
    return panel, graph, scale, null


def test_the_band_of_moran(matched, middle_95):
    panel, graph, scale, _ = matched
    row = ps.moran_over_time(panel, graph, permutations=DRAWS, rng=1).to_frame().iloc[0]
    marked = int(panel.sum(axis=1).iloc[0])
    few, many = middle_95(panel.shape[1] // 2, marked)
    assert row["null_low"] == pytest.approx(1 - many / scale, abs=1e-12)
    assert row["null_high"] == pytest.approx(1 - few / scale, abs=1e-12)


def test_the_band_of_join_counts(matched, middle_95):
    """Pairs of two marked: those marked and not split, halved."""
    panel, graph, _, _ = matched
    row = ps.join_counts_over_time(panel, graph, permutations=DRAWS, rng=1).to_frame().iloc[0]
    marked = int(panel.sum(axis=1).iloc[0])
    few, many = middle_95(panel.shape[1] // 2, marked)
    assert (row["null_low"], row["null_high"]) == ((marked - many) / 2, (marked - few) / 2)


def test_the_band_of_moran_from_moments(matched):
    """Mean and variance from the known distribution; 1.959964 is the 97.5% quantile of a normal distribution."""
    panel, graph, _, null = matched
    row = ps.moran_over_time(panel + 1, graph, p_from="moments", adjust="holm").to_frame().iloc[0]  # not sparse
    mean = sum(value * chance for value, chance in null)
    deviation = math.sqrt(sum((value - mean) ** 2 * chance for value, chance in null))
    assert mean == pytest.approx(-1 / (panel.shape[1] - 1))
    assert row["null_low"] == pytest.approx(mean - 1.959963985 * deviation, rel=1e-6)
    assert row["null_high"] == pytest.approx(mean + 1.959963985 * deviation, rel=1e-6)
