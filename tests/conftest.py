import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, settings

import protestspread as ps

settings.register_profile("default", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")

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
def reference():
    """The folder of outside data; where it is absent, the tests that read it skip and say so."""
    folder = Path(os.environ.get("PROTESTSPREAD_REFERENCE", ROOT.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is not there (set PROTESTSPREAD_REFERENCE)")
    return folder


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
