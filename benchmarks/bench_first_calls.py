"""First and second call of tests in fresh processes: `python benchmarks/bench_first_calls.py [--cache empty|warm] [--rounds N]`.

CPU seconds of a call, without the import of the library's dependencies (numpy, pandas, geopandas, scipy, shapely), but with
the start of numba where a call starts it. Bytecode is written by a process before, as an installation does. "numpy" is the same call with compiled code switched off: the goal of a first
call with an empty cache is at most 1.1 times that, and of a second call 1.1 times the first.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

CALLS = {
    "knox_test, 5,000 events": "ps.knox_test(events(5000), scheme='dates', unit='reports', within_km=50, within_days=7, rng=1)",
    "jacquez_test, 300 events": "ps.jacquez_test(events(300), unit='reports', k=3, rng=1)",
    "space_time_k_test, 300 events, 3 × 4 limits": "ps.space_time_k_test(events(300), scheme='dates', unit='reports', within_km=(25, 50, 100), within_days=(1, 3, 7, 14), rng=1)",
    "moran_over_time, 1,000 places × 100 days": "ps.moran_over_time(*panel(1000, 100), rng=1)",
    "local_moran_over_time, 1,000 places × 100 days": "ps.local_moran_over_time(*panel(1000, 100), rng=1)",
    "moran_over_time, a gap a day": "ps.moran_over_time(*panel(1000, 100, gaps=True), rng=1)",
    "local_moran_over_time, a gap a day": "ps.local_moran_over_time(*panel(1000, 100, gaps=True), rng=1)",
}
SETUP = """
import functools, json, sys, time, warnings
import geopandas as gpd, networkx, numpy as np, pandas as pd, scipy.sparse, scipy.spatial, shapely
import protestspread as ps
from protestspread.kernels import dispatch
warnings.simplefilter("ignore")

def points(n):
    rng = np.random.default_rng(1)
    return gpd.points_from_xy(rng.uniform(8, 12, n), rng.uniform(48, 52, n))

@functools.cache
def events(n):
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.random.default_rng(2).integers(0, 365, n), unit="D")
    return gpd.GeoDataFrame({"date": days}, index=pd.RangeIndex(n, name="event_id"), geometry=points(n), crs=4326)

@functools.cache
def panel(places, days, gaps=False):
    rng = np.random.default_rng(3)
    cities = gpd.GeoDataFrame(index=pd.Index([f"p{i}" for i in range(places)], name="city"), geometry=points(places), crs=4326)
    counts = rng.poisson(1.0, (days, places)).astype(float)
    if gaps:
        counts[np.arange(days), rng.permutation(places)[:days]] = np.nan
    dates = pd.date_range("2020-01-01", periods=days, name="date")
    return pd.DataFrame(counts, dates, cities.index), ps.nearest_graph(cities, k=6)

def seconds():
    start = time.process_time()
    eval(CALL)
    return time.process_time() - start

dispatch.FORCED = FORCED
DATA
print(json.dumps([seconds() for _ in range(6)]))
"""


def measure(call: str, cache: str, bytecode: str, *, forced: bool | None) -> list[float]:
    """Return the CPU seconds of six identical calls in a fresh process; their data are made before."""
    data = (
        call[call.index("(") + 1 :]
        .split(", scheme", maxsplit=1)[0]
        .split(", unit", maxsplit=1)[0]
        .split(", k=", maxsplit=1)[0]
        .split(", rng", maxsplit=1)[0]
        .lstrip("*")
    )
    code = f"CALL, FORCED = {call!r}, {forced!r}\n" + SETUP.replace("DATA", data)
    environment = os.environ | {
        "NUMBA_CACHE_DIR": cache,
        "PYTHONPYCACHEPREFIX": bytecode,
        "PYTHONDONTWRITEBYTECODE": "",
    }
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout)


def rows(cache: str, rounds: int) -> dict[str, list[float]]:
    """Return the median CPU seconds of first calls, of later calls and of numpy alone, for each call."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as bytecode:
        if cache == "warm":
            fill = "import protestspread as ps; ps.warmup()"
            subprocess.run([sys.executable, "-c", fill], check=True, env=os.environ | {"NUMBA_CACHE_DIR": folder})
        for name, call in CALLS.items():
            measure(call, folder, bytecode, forced=False)
            seconds = []
            for _ in range(rounds):
                with tempfile.TemporaryDirectory() as empty:
                    chosen = measure(call, folder if cache == "warm" else empty, bytecode, forced=None)
                    alone = measure(call, empty, bytecode, forced=False)
                    seconds.append((chosen[0], statistics.median(chosen[1:]), alone[0]))
            found[name] = [statistics.median(column) for column in zip(*seconds, strict=True)]
    return found


def first_calls(rounds: int) -> str:
    """Return a table of first calls with an empty and a warm cache of compiled code."""
    cold, warm = rows("empty", rounds), rows("warm", rounds)
    head = (
        f"First calls in fresh processes, median CPU seconds of {rounds} (goal with an empty cache: at most 1.1 times numpy alone):\n\n"
        "| call | empty cache: first | later | numpy alone | warm cache: first | later | verdict |\n|---|---|---|---|---|---|---|"
    )
    lines = [
        f"| {name} | {first:.2f} | {later:.2f} | {numpy:.2f} | {warm[name][0]:.2f} | {warm[name][1]:.2f} | "
        f"{'met' if first <= 1.1 * numpy else 'not met'} |"
        for name, (first, later, numpy) in cold.items()
    ]
    return "\n".join([head, *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", choices=["empty", "warm"], default="empty")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(
        f"numba's cache: {options.cache}; median CPU seconds of {options.rounds} processes; load average {os.getloadavg()[0]:.1f}"
    )
    for name, (first, later, numpy) in rows(options.cache, options.rounds).items():
        print(f"{name}: first {first:.2f}, later {later:.2f}, numpy {numpy:.2f}", flush=True)


if __name__ == "__main__":
    main()
