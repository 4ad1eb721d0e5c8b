import numpy as np
import pytest

from protestspread.errors import DataError, DataWarning
from protestspread.inference.draws import Ahead
from protestspread.inference.positions import Positions
from protestspread.inference.samples import Sample
from protestspread.inference.schemes import Circular, Cities, Dates, Toroidal, WithinStrata, scheme_of

DAY_0 = int(np.datetime64("2022-01-01", "D").astype(int))


@pytest.fixture
def sample():
    """Three places with two events each, in two strata (one holds one place)."""
    x, day = np.array([0.0, 0.0, 1.0, 1.0, 9.0, 9.0]), np.array([0, 1, 2, 3, 4, 9])
    return Sample.sorted(Positions(x, x * 0, on_sphere=False), DAY_0 + day, np.array([0, 0, 0, 0, 1, 1]), "half")


def test_dates_move_over_all_events(sample):
    drawn = Dates().draws(sample, 1)(0, 300)
    assert (np.sort(drawn, axis=0) == np.sort(sample.days)[:, None]).all()
    assert all(len(set(row)) == 6 for row in drawn)


def test_what_is_drawn_ahead_is_what_would_have_been_drawn(sample):
    drawn = Dates().draws(sample, 1)
    ahead = Ahead.of(drawn, 5)
    for first, last in ((0, 5), (0, 5), (5, 9), (0, 3), (2, 7)):
        assert np.array_equal(ahead(first, last), drawn(first, last))
    assert Ahead.of(drawn, 0) is drawn


def test_dates_within_strata_stay_there(sample):
    drawn = WithinStrata("half").draws(sample, 1)(0, 100)
    for code in (0, 1):
        mine = sample.strata == code
        assert (np.sort(drawn[mine], axis=0) == np.sort(sample.days[mine])[:, None]).all()


def test_places_are_exchanged_whole(sample):
    drawn = Cities().draws(sample, 1)(0, 200)
    assert drawn.shape == (3, 200)
    assert (np.sort(drawn, axis=0) == np.arange(3)[:, None]).all()
    within = Cities("half").draws(sample, 1)(0, 50)
    assert (within == within[:, :1]).all() or len(np.unique(within, axis=1).T) == 2
    assert "within half" in Cities("half").words(sample)


def test_places_torn_by_strata_are_refused(sample):
    torn = Sample(sample.positions, sample.days, sample.days % 2, "parity")
    with pytest.raises(DataError, match=r"3 places.*parity"):
        Cities("parity").draws(torn, 1)


def test_a_circular_shift_turns_each_place_by_its_own_amount_and_warns(sample):
    with pytest.warns(DataWarning, match="not contagion"):
        draws = Circular(start="2022-01-01", end="2022-01-12").draws(sample, 1)
    drawn, site = draws(0, 500), sample.positions.sites[1]
    for place in range(3):
        gaps = np.diff(drawn[site == place], axis=0) % 12
        assert (gaps == np.diff(sample.days[site == place])[:, None] % 12).all()
        assert set(drawn[site == place][0]) == set(range(12))
    assert len(np.unique(drawn[0] - drawn[-1])) > 5


@pytest.mark.parametrize(
    ("start", "end"), [("2022-01-02", "2022-01-12"), ("2022-01-01", "2022-01-09"), ("soon", "2022-01-12")]
)
def test_a_window_that_does_not_hold_the_events_is_refused(sample, start, end):
    with pytest.raises(DataError, match="window"):
        Circular(start=start, end=end).draws(sample, 1)


def test_a_toroidal_shift_moves_a_day_as_one_and_warns_of_places():
    rng = np.random.default_rng(1)
    x, y, day = rng.uniform(0, 50, 40), rng.uniform(0, 30, 40), rng.integers(0, 5, 40)
    sample = Sample.sorted(Positions(x, y, on_sphere=False), day)
    moved = Toroidal().draws(sample, 1)(7)
    width, height = np.ptp(x), np.ptp(y)
    for one in range(5):
        mine = sample.days == one
        across = (moved.x[mine] - sample.positions.x[mine]) % width
        up = (moved.y[mine] - sample.positions.y[mine]) % height
        assert np.allclose(np.exp(2j * np.pi * across / width), np.exp(2j * np.pi * across[0] / width))
        assert np.allclose(np.exp(2j * np.pi * up / height), np.exp(2j * np.pi * up[0] / height))
    repeated = Sample.sorted(Positions(np.repeat(x[:5], 8), np.repeat(y[:5], 8), on_sphere=False), day)
    with pytest.warns(DataWarning, match="35 of 40 events repeat a place"):
        Toroidal().draws(repeated, 1)


def test_a_toroidal_shift_on_the_sphere_stays_in_the_rectangle():
    rng = np.random.default_rng(2)
    points = Positions(rng.uniform(50, 87, 200), rng.uniform(41, 55, 200))
    moved = Toroidal().draws(Sample.sorted(points, rng.integers(0, 9, 200)), 1)(3)
    assert points.x.min() <= moved.x.min() <= moved.x.max() <= points.x.max()
    assert points.y.min() - 1e-9 <= moved.y.min() <= moved.y.max() <= points.y.max() + 1e-9


@pytest.mark.parametrize(
    ("scheme", "strata", "fault"),
    [
        ("dats", None, "no such scheme"),
        ("circular", None, "need a window"),
        ("within_strata", None, "without strata"),
        ("dates", "region_id", "does not use them"),
        ("toroidal", "region_id", "does not use them"),
        (Dates(), "region_id", "an object"),
    ],
)
def test_schemes_that_are_not_clear_are_refused(scheme, strata, fault):
    with pytest.raises(DataError, match=fault):
        scheme_of(scheme, strata)


def test_schemes_by_name():
    assert [type(scheme_of(name, strata)) for name, strata in (("dates", None), ("within_strata", "month"), ("cities", None), ("toroidal", None))] == [
        Dates, WithinStrata, Cities, Toroidal,
    ]  # fmt: skip
    circular = Circular(start="2022-01-01", end="2022-01-02")
    assert scheme_of(circular) is circular
