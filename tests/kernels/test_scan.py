"""The compiled search of cylinders against the plain one, and the plain one against the definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.kernels.scan import cylinders, cylinders_plain
from protestspread.kernels.scan.cylinders_plain import CylinderLimits, EventDays, log_ratio
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.scan.circles import PlaceCircles

SEEDS = st.integers(0, 10**6)


def arrangement(rng, places, *, dates, draws=3):
    """Circles on a grid, so that many distances are equal; events, and draws of their dates or places."""
    x, y = rng.integers(0, 6, (2, places)) * 1.0
    around = PlaceCircles.of(PointSet(x, y, on_sphere=False), float(rng.uniform(0, 8)))
    place = np.sort(np.concatenate([np.arange(places), rng.integers(0, places, 2 * places)]))
    days = rng.integers(0, 9, len(place)).astype(np.int32)
    starts = np.searchsorted(place, np.arange(places + 1))
    before = np.concatenate([[0], np.cumsum(np.bincount(days, minlength=9))])
    series = np.arange(places, dtype=np.int32)[:, None]
    columns = days[:, None]
    if dates:
        columns = np.column_stack([days, *(rng.permutation(days) for _ in range(draws))])
    else:
        series = np.column_stack([series, *(rng.permutation(series) for _ in range(draws))])
    limits = CylinderLimits(int(rng.integers(1, 6)), 1 if dates else 2)
    return around, EventDays(starts, columns, before), series, limits, place


def by_definition(around, events, column, series, limits, place):
    """The largest ratio over all circles and windows, counted one by one."""
    days, best, total = events.days[:, column], 0.0, len(place)
    where = np.argsort(series)[place]  # position of each event's series
    for center in range(len(series)):
        inside = slice(around.circles.starts[center], around.circles.starts[center + 1])
        for km in np.unique(around.km[inside]):
            circle = around.circles.members[inside][around.km[inside] <= km]
            at = np.isin(where, circle)
            for start in range(9):
                for end in range(start, min(start + limits.days, 9)):
                    window = (days >= start) & (days <= end)
                    c, mu = int((at & window).sum()), at.sum() * window.sum() / total
                    if c >= 2 and c > mu and len(np.unique(where[at & window])) >= limits.places:
                        rest = (total - c) * math.log((total - c) / (total - mu)) if c < total else 0.0
                        best = max(best, c * math.log(c / mu) + rest)
    return best


@settings(max_examples=10)
@given(SEEDS, st.booleans())
def test_the_maximum_is_that_of_the_definition(seed, dates):
    around, events, series, limits, place = arrangement(np.random.default_rng(seed), 6, dates=dates)
    out = np.zeros(4)
    cylinders_plain.maxima(around.circles, events, series, limits, out)
    columns = [(k, series[:, 0]) if dates else (0, series[:, k]) for k in range(4)]
    expected = [by_definition(around, events, column, order, limits, place) for column, order in columns]
    assert out == pytest.approx(np.array(expected), rel=1e-12)


@settings(max_examples=20)
@given(SEEDS, st.booleans(), st.sampled_from([2, 9, 45]))
def test_the_compiled_search_finds_the_same(seed, dates, places):
    """With 45 places, most circles have so many that they are bounded by blocks."""
    around, events, series, limits, _ = arrangement(np.random.default_rng(seed), places, dates=dates)
    plain, compiled = np.zeros(4), np.zeros(4)
    cylinders_plain.maxima(around.circles, events, series, limits, plain)
    cylinders.maxima(around.circles, events, series, limits, compiled)
    assert compiled == pytest.approx(plain, rel=1e-12)
    tables = [
        np.column_stack(kernel.cylinders(around.circles, events, limits)) for kernel in (cylinders_plain, cylinders)
    ]
    one, other = (table[np.lexsort(table.T[:5])] for table in tables)
    assert one.shape == other.shape
    assert one == pytest.approx(other)
    if len(one):
        assert log_ratio(one[:, 4], one[:, 5], len(events.days)).max() == pytest.approx(plain[0], rel=1e-12)


def test_a_cluster_of_all_events_has_a_ratio():
    assert log_ratio(4, 2.0, 4) == pytest.approx(4 * math.log(2))


@given(st.integers(3, 30), st.floats(0.01, 0.9), st.integers(1, 30))
def test_most_expected_is_where_the_ratio_is_reached(count, share, more):
    total = count + more
    expected = share * count
    best = float(log_ratio(count, expected, total))
    assert cylinders._most_expected(count, best, total) == pytest.approx(expected, rel=1e-9)
