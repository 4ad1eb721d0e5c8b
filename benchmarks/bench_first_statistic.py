"""First statistic in a fresh process: import, make 188 events, run one Knox test with 999 draws, without warm compiled code."""

import subprocess
import sys

from ratio import Workload, agree

EVENTS = """
import geopandas as gpd, numpy as np, pandas as pd
rng = np.random.default_rng({seed})
events = gpd.GeoDataFrame(
    {{"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 365, {size}), unit="D")}},
    index=pd.RangeIndex({size}, name="event_id"), geometry=gpd.points_from_xy(rng.uniform(8, 12, {size}), rng.uniform(48, 52, {size})), crs=4326,
)
"""
OURS = """
from protestspread.stats.interaction.knox.knox import knox_test
print(knox_test(events, scheme="dates", unit="reports", within_km=50, within_days=7, rng=1).statistic)
"""
POINTPATS = """
from pointpats import knox
from protestspread.geodesy import chord, unit_vectors
days = (events["date"] - events["date"].min()).dt.days.to_numpy()[:, None].copy()
print(knox(unit_vectors(events.geometry.x, events.geometry.y), days, chord(50), 7, permutations=999)["stat"])
"""


def make(size, seed):
    return EVENTS.format(size=size, seed=seed)


def run(code):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def ours(data):
    return run(data + OURS)


def bare(data):
    return run(data)


def pointpats(data):
    return run(data + POINTPATS)


def check(_data, mine, theirs):
    agree(theirs in ("", mine), "Knox statistics")


WORKLOADS = [
    Workload("first Knox test of a fresh process, 188 events, 999 draws", 188, 188, make, ours,
             {"geopandas: importing it and making the events": bare, "pointpats: knox": pointpats}, check, "process", lambda _data: 1),
]  # fmt: skip
