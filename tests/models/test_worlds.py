"""Worlds without transmission: what each of them draws."""

import pickle
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError
from protestspread.models.worlds import check_worlds


def ranks(waited):
    return np.argsort(np.argsort(waited)) + 1.0


@pytest.fixture
def spread():
    """200 places, of which the last half is ten times as fast, and each third is ten times as large."""
    rate = np.repeat([1.0, 10.0], 100)
    population = np.where(np.arange(200) % 3 == 0, 1e6, 1e5)
    return ps.NullSpread(pd.RangeIndex(200), rate, ranks, population, np.arange(200) // 50)


def draws(world, spread, count=200):
    rng = np.random.default_rng(1)
    return np.array([world.onset_days(spread, rng) for _ in range(count)])


def test_attributes_alone_follow_the_rates(spread):
    days = draws(ps.AttributesWorld(), spread)
    assert (np.sort(days, axis=1) == np.arange(1, 201)).all()
    slow = days[:, :100].mean(axis=1) > days[:, 100:].mean(axis=1)
    assert slow.all()
    # of a slow and a fast place the slow one is first once in eleven times
    assert (days[:, 0] < days[:, 199]).mean() == pytest.approx(1 / 11, abs=0.07)


def test_small_places_are_reported_late(spread):
    """The delay is Poisson: its mean and its variance are 1.2 · (population / geometric mean)^-0.8."""
    plain = ps.NullSpread(spread.places, spread.rate, lambda waited: 0.0 * waited, spread.population)
    days = draws(ps.ReportingDelayWorld(), plain)
    expected = 1.2 * (spread.population / np.exp(np.log(spread.population).mean())) ** -0.8
    for size in np.unique(spread.population):
        chosen = spread.population == size
        assert days[:, chosen].mean() == pytest.approx(expected[chosen][0], rel=0.03)
        assert days[:, chosen].var() == pytest.approx(expected[chosen][0], rel=0.06)
    assert (draws(ps.ReportingDelayWorld(days=0), plain, 2) == 0).all()
    assert draws(ps.ReportingDelayWorld(days=2, exponent=0), plain).mean() == pytest.approx(2, rel=0.02)


def test_places_of_a_region_share_a_factor(spread):
    even = ps.NullSpread(spread.places, np.ones(200), ranks, None, spread.regions)
    by_region = {
        sd: draws(ps.RegionalShockWorld(sd), even).reshape(-1, 4, 50).mean(axis=2).std(axis=1).mean() for sd in (0, 1.2)
    }
    assert by_region[1.2] > 3 * by_region[0]


def test_what_the_data_lack(spread):
    bare = ps.NullSpread(spread.places, spread.rate, ranks)
    assert ps.AttributesWorld().lacks(bare) == ""
    assert ps.ReportingDelayWorld().lacks(bare) == "populations are not known"
    assert ps.RegionalShockWorld().lacks(bare) == "regions are not known (strata)"
    assert ps.ReportingDelayWorld().lacks(spread) == ps.RegionalShockWorld().lacks(spread) == ""


def test_worlds_are_small_values():
    for world in (ps.AttributesWorld(), ps.ReportingDelayWorld(2, 1), ps.RegionalShockWorld(0.5)):
        assert pickle.loads(pickle.dumps(world)) == world  # noqa: S301 - our own bytes
        assert len({world, pickle.loads(pickle.dumps(world))}) == 1  # noqa: S301


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ps.ReportingDelayWorld(days=-1), "^days must be a number from 0"),
        (lambda: ps.ReportingDelayWorld(exponent="x"), "^exponent must be a number"),
        (lambda: ps.RegionalShockWorld(sd=np.nan), "^sd must be a number from 0 to 10"),
        (lambda: check_worlds("attributes"), "^rivals must be a list of worlds; got 'attributes'"),
        (lambda: check_worlds([ps.AttributesWorld]), "^rivals must be a list of worlds"),
        (
            lambda: check_worlds([ps.RegionalShockWorld(1), ps.RegionalShockWorld(2)]),
            "^rivals must differ in their words",
        ),
    ],
)
def test_options_that_do_not_fit(call, match):
    with pytest.raises(DataError, match=match):
        call()


@dataclass(frozen=True)
class Last(ps.World):
    """A world of one's own: some place is last."""

    place: str
    words = "one place last"

    def onset_days(self, spread, rng):
        return spread.days(rng) + 1e6 * (spread.places == self.place)


@dataclass(frozen=True)
class Short(ps.World):
    words = "too few days"

    def onset_days(self, spread, rng):
        return spread.days(rng)[1:]


def test_a_world_of_ones_own_is_a_rival():
    places = [f"p{number}" for number in range(12)]
    onsets = pd.Series(np.arange(12.0), index=places).replace(11.0, np.nan)
    ring = pd.DataFrame({"source": places, "target": np.roll(places, -1)})
    graphs = {"ring": ps.DiffusionGraph.from_edges(ring, pd.Index(places))}
    found = ps.compare_networks(onsets, graphs, rivals=[Last("p5")], placebos=0, rival_draws=19, rng=1)
    assert found.networks["rival"].tolist() == ["one place last"]
    assert len(found.rival_statistics) == 19
    assert found.networks["rival_p"].tolist() == [1 / 20]
    with pytest.raises(
        DataError, match=r"^rivals must draw one day for each of 12 places, none of them NaN; Short did not"
    ):
        ps.compare_networks(onsets, graphs, rivals=[Short()], placebos=0, rng=1)


class TestKeptDays:
    """Worlds that give the onset days of the data to other places."""

    @pytest.fixture
    def kept(self, spread):
        days = np.where(np.arange(200) < 120, np.arange(200) % 9 + 1.0, np.inf)
        return ps.NullSpread(spread.places, spread.rate, spread.clock, spread.population, spread.regions, days)

    def test_days_are_exchanged_in_the_country_or_in_regions(self, kept):
        rng = np.random.default_rng(1)
        anywhere = ps.CommonDaysWorld().onset_days(kept, rng)
        assert np.sort(anywhere).tolist() == np.sort(kept.onsets).tolist()
        assert np.isfinite(anywhere[150:]).any()
        within = ps.RegionalDaysWorld().onset_days(kept, rng)
        for region in range(4):
            inside = kept.regions == region
            assert np.sort(within[inside]).tolist() == np.sort(kept.onsets[inside]).tolist()

    def test_places_with_high_rates_come_first(self, kept):
        days = draws(ps.CommonDaysWorld(), kept)
        assert (np.isfinite(days[:, 100:]).mean(), np.isfinite(days[:, :100]).mean()) == pytest.approx(
            (0.97, 0.23), abs=0.05
        )
        joined = np.where(np.isfinite(days), days, np.nan)
        assert np.nanmean(joined[:, :100]) > np.nanmean(joined[:, 100:]) + 1

    def test_all_on_one_day_reported_late(self, kept):
        world = ps.ReportingDelayWorld(None, 0.8, simultaneous=True)
        days = draws(world, kept)
        joined = np.isfinite(days)
        assert (joined.sum(axis=1) == 120).all()
        assert days[joined].min() == 1.0
        seen = np.isfinite(kept.onsets)
        slower = (kept.population / np.exp(np.log(kept.population).mean())) ** -0.8
        scale = (kept.onsets[seen] - 1).mean() / slower[seen].mean()  # as late on average as the data
        large = np.broadcast_to(kept.population == 1e6, days.shape) & joined
        assert days[large].mean() - 1 == pytest.approx(scale * slower[kept.population == 1e6][0], rel=0.05)

    def test_what_they_lack(self, spread):
        bare = ps.NullSpread(spread.places, spread.rate, ranks)
        assert ps.RegionalDaysWorld().lacks(bare) == "regions are not known (strata)"
        assert ps.CommonDaysWorld().lacks(bare) == ""
