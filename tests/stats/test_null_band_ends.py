"""The middle 95% of a null whose distribution is known: how many pairs are split when their members are marked at random.

Of each count of pairs and marks, the chance up to some number lies just below or just above 2.5% or 97.5%: a band that
ended at 1.9% or 3%, 97.2% or 97.8% would end at another number.
"""

import math

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DRAWS = 99_999
PAIRS = [(25, 16), (26, 23)]


def graph_of(ties, places):
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), pd.Index(places))


@pytest.mark.parametrize(("pairs", "early"), PAIRS)
def test_the_band_of_a_signature(middle_95, pairs, early):
    """Two events a place, some on the first day: a place with one on each day is contained, where nothing is new around it."""
    days = np.zeros((2, pairs + 2), dtype=int)
    days[0, : early // 2] = 2
    days[0, early // 2] = early % 2
    days[1, :pairs] = 2 - days[0, :pairs]
    panel = pd.DataFrame(days, index=pd.date_range("2022-01-01", periods=2, name="date"))
    without_events = graph_of([(pairs, pairs + 1)], panel.columns)
    found = ps.spread_signatures(panel, without_events, permutations=DRAWS, rng=1)
    low, high = middle_95(pairs, early)
    for row in (found.totals.loc["containment"], found.table.xs("containment", level="signature").iloc[0]):
        assert (row["null_low"], row["null_high"]) == (low, high)
    # places of one day alone: those of the first are extinct, those of the second flashpoints
    extinct, new = found.totals.loc["extinction"], found.totals.loc["flashpoint"]
    assert (extinct["null_low"], extinct["null_high"]) == ((early - high) / 2, (early - low) / 2)
    late = 2 * pairs - early
    assert (new["null_low"], new["null_high"]) == ((late - high) / 2, (late - low) / 2)


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
