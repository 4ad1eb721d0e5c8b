import math
import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, settings

import protestspread as ps

settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), max_examples=25)
settings.register_profile("quick", settings.get_profile("default"), max_examples=4)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def case():
    return ps.load_case("kazakhstan_2022")


@pytest.fixture(scope="session")
def panel(case):
    """Counts by city without minor events, 1 to 11 January; the last three days are unobserved."""
    events = case.events[~case.events["minor"]]
    return ps.count_events(events, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)


@pytest.fixture(scope="session")
def possible_spreads(case):
    """40 spreads along roads from Zhanaozen, 2 to 10 January."""
    roads = ps.link_graph(case.cities, case.links)
    return ps.simulate_many(
        ps.SI(transmission_per_day=0.5), roads, seeds=["Zhanaozen"], days=9, first_day="2022-01-02", draws=40, rng=1
    )


@pytest.fixture(scope="session")
def reference():
    """The folder of external data; tests that read it are skipped if it is absent."""
    folder = Path(os.environ.get("PROTESTSPREAD_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not there (set PROTESTSPREAD_REFERENCE)")
    return folder


@pytest.fixture(scope="session")
def quantile_by_hand():
    """Return a function for quantiles with linear interpolation, written by hand."""

    def quantile(numbers, level):
        ordered = sorted(map(float, numbers))
        place = level * (len(ordered) - 1)
        below = min(int(place), len(ordered) - 2)
        return ordered[below] + (place - below) * (ordered[below + 1] - ordered[below])

    return quantile


@pytest.fixture(scope="session")
def split_pairs():
    """Return a function for the probability that j pairs are split when some of their members are marked at random.

    C(pairs, j) · 2^j · C(pairs - j, (marked - j) / 2) of all C(2 pairs, marked) draws: an exact null distribution for counts
    of pairs with one early and one late member.
    """

    def chances(pairs, marked):
        whole = {j: (marked - j) // 2 for j in range(marked % 2, min(pairs, marked) + 1, 2)}
        ways = {j: math.comb(pairs, j) * 2**j * math.comb(pairs - j, both) for j, both in whole.items()}
        assert sum(ways.values()) == math.comb(2 * pairs, marked)
        return {j: count / math.comb(2 * pairs, marked) for j, count in ways.items() if count}

    return chances


@pytest.fixture(scope="session")
def middle_95(split_pairs):
    """Return a function for the 2.5% and 97.5% quantiles of the number of split pairs, from its exact distribution."""

    def ends(pairs, marked):
        chances, found = split_pairs(pairs, marked), []
        for level in (0.025, 0.975):
            below = 0.0
            for j, chance in sorted(chances.items()):
                below += chance
                if below >= level:
                    found.append(j)
                    break
        return tuple(found)

    return ends


@pytest.fixture
def events():
    """Three events: one on a border between the squares A and B, one in B, one far off."""
    return gpd.GeoDataFrame(
        {"date": pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-05"])},
        index=pd.Index(["e1", "e2", "e3"], name="event_id"),
        geometry=gpd.points_from_xy([1.0, 1.5, 40.0], [0.5, 0.5, 0.5]),
        crs=4326,
    )


@pytest.fixture
def regions():
    """Two squares of one degree that share an edge at 1° E."""
    return gpd.GeoDataFrame(
        {"name": ["Region A", "Region B"], "population": [1000, 2000]},
        index=pd.Index(["A", "B"], name="region_id"),
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
        crs=4326,
    )


@pytest.fixture
def cities():
    return gpd.GeoDataFrame(
        {"region_id": ["A", "B"], "population": [600.0, 900.0], "aliases": ["Alpha;Альфа", None]},
        index=pd.Index(["Aville", "Btown"], name="city"),
        geometry=gpd.points_from_xy([0.5, 1.5], [0.5, 0.5]),
        crs=4326,
    )
