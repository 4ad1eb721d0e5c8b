from dataclasses import replace

import numpy as np
import pytest

from protestspread.errors import DataError, DataWarning
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.pair_counts import Prefetched
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import (
    CircularShift,
    ExchangePlaces,
    ShuffleDates,
    WithinStrata,
    scheme_of,
)

DAY_0 = int(np.datetime64("2022-01-01", "D").astype(int))


@pytest.fixture
def sample():
    """Three places with two events each, in two strata (one holds one place)."""
    x, day = np.array([0.0, 0.0, 1.0, 1.0, 9.0, 9.0]), np.array([0, 1, 2, 3, 4, 9])
    return DatedPoints.sorted(PointSet(x, x * 0, on_sphere=False), DAY_0 + day, np.array([0, 0, 0, 0, 1, 1]), "half")


def test_dates_move_over_all_events(sample):
    drawn = ShuffleDates().sampler(sample, 1)(0, 300)
    assert (np.sort(drawn, axis=0) == np.sort(sample.days)[:, None]).all()
    assert all(len(set(row)) == 6 for row in drawn)


def test_prefetched_draws_are_the_same_draws(sample):
    drawn = ShuffleDates().sampler(sample, 1)
    ahead = Prefetched.of(drawn, 5)
    for first, last in ((0, 5), (0, 5), (5, 9), (0, 3), (2, 7)):
        assert np.array_equal(ahead(first, last), drawn(first, last))
    assert Prefetched.of(drawn, 0) is drawn


def test_dates_are_shuffled_within_strata(sample):
    drawn = WithinStrata("half").sampler(sample, 1)(0, 100)
    for code in (0, 1):
        mine = sample.strata == code
        assert (np.sort(drawn[mine], axis=0) == np.sort(sample.days[mine])[:, None]).all()


def test_places_are_exchanged_whole(sample):
    drawn = ExchangePlaces().sampler(sample, 1)(0, 200)
    assert drawn.shape == (3, 200)
    assert (np.sort(drawn, axis=0) == np.arange(3)[:, None]).all()
    within = ExchangePlaces("half").sampler(sample, 1)(0, 50)
    assert (within == within[:, :1]).all() or len(np.unique(within, axis=1).T) == 2
    assert "within half" in ExchangePlaces("half").description(sample)


def test_strata_that_differ_within_a_place_are_refused(sample):
    mixed = replace(sample, strata=sample.days % 2, strata_name="parity")
    with pytest.raises(DataError, match=r"^strata must be the same .*3 places.*parity"):
        ExchangePlaces("parity").sampler(mixed, 1)


def test_a_circular_shift_rotates_each_place_independently_and_warns(sample):
    with pytest.warns(DataWarning, match="not contagion"):
        draws = CircularShift(start="2022-01-01", end="2022-01-12").sampler(sample, 1)
    drawn, site = draws(0, 500), sample.positions.sites[1]
    for place in range(3):
        gaps = np.diff(drawn[site == place], axis=0) % 12
        assert (gaps == np.diff(sample.days[site == place])[:, None] % 12).all()
        assert set(drawn[site == place][0]) == set(range(12))
    assert len(np.unique(drawn[0] - drawn[-1])) > 5


@pytest.mark.parametrize(
    ("start", "end"), [("2022-01-02", "2022-01-12"), ("2022-01-01", "2022-01-09"), ("soon", "2022-01-12")]
)
def test_a_window_that_does_not_enclose_the_events_is_refused(sample, start, end):
    with pytest.raises(DataError, match=r"^(start and end must enclose all events|start must be a date)"):
        CircularShift(start=start, end=end).sampler(sample, 1)


@pytest.mark.parametrize(
    ("scheme", "strata", "fault"),
    [
        ("dats", None, "^scheme must be .*; got 'dats'"),
        ("circular", None, "^scheme must be an object .*need a window"),
        ("within_strata", None, "^strata must be given"),
        ("dates", "region_id", "^strata must be None .*does not use them"),
        ("toroidal", None, "^scheme must be .*; got 'toroidal'"),
        (ShuffleDates(), "region_id", "^strata must be None if scheme is an object"),
    ],
)
def test_invalid_schemes_are_refused(scheme, strata, fault):
    with pytest.raises(DataError, match=fault):
        scheme_of(scheme, strata)


def test_schemes_by_name():
    assert [type(scheme_of(name, strata)) for name, strata in (("dates", None), ("within_strata", "month"), ("exchange_places", None)  )] == [
        ShuffleDates, WithinStrata, ExchangePlaces,
    ]  # fmt: skip
    circular = CircularShift(start="2022-01-01", end="2022-01-02")
    assert scheme_of(circular) is circular
