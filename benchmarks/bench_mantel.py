"""Mantel test with 99 draws over all pairs of events: 1 / (km + 1) against 1 / (days + 1)."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

from protestspread.geodesy import EARTH_RADIUS_KM, unit_vectors
from protestspread.stats.interaction.mantel import mantel_test

DRAWS = 99


def make(size, seed):
    import geopandas as gpd

    rng = np.random.default_rng(seed)
    lon, lat, days = rng.uniform(8, 8.5, size), rng.uniform(50, 50.5, size), rng.integers(0, 365, size)
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(days, unit="D")},
        index=pd.RangeIndex(size, name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip
    return {"events": events, "km": EARTH_RADIUS_KM * unit_vectors(lon, lat), "days": days[:, None]}


def ours(data):
    return mantel_test(data["events"], unit="reports", offset_km=1, offset_days=1, permutations=DRAWS, rng=1)


def ours_float32(data):
    return mantel_test(
        data["events"], unit="reports", offset_km=1, offset_days=1, permutations=DRAWS, precision="float32", rng=1
    )


def theirs(data, draws=DRAWS):
    from pointpats import mantel

    return mantel(data["km"], data["days"].copy(), permutations=draws, scon=1.0, spow=-1.0, tcon=1.0, tpow=-1.0)["stat"]


def theirs_few(data):
    return theirs(data, draws=9)


def check(_data, result, stat):
    """Compare with a tolerance: the peer uses chords, which over 60 km are shorter than arcs by less than 1 part in 100,000."""
    agree(abs(result.statistic - stat) < 1e-6, "correlations")


def pair_draws(data):
    size = len(data["events"])
    return size * (size - 1) / 2 * DRAWS


PEERS = {"pointpats: mantel": theirs}
FEW = {"pointpats: mantel, 9 draws": theirs_few}  # 99 draws take minutes
WORKLOADS = [
    Workload("Mantel test, 99 draws, 1,000 events", 1_000, 500, make, ours, PEERS, check, "pair and draw", pair_draws),
    Workload(
        "Mantel test, 99 draws, 10,000 events",
        10_000,
        2_000,
        make,
        ours,
        FEW,
        check,
        "pair and draw",
        pair_draws,
    ),
    Workload(
        "Mantel test, 99 draws, float32",
        10_000,
        2_000,
        make,
        ours_float32,
        FEW,
        check,
        "pair and draw",
        pair_draws,
    ),
]
