"""Compiling all kernels: what is counted, and that real work needs no other types of arguments."""

import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numba.core.dispatcher import Dispatcher

import protestspread as ps
from protestspread.kernels import dispatch


def compiled():
    """Return the types for which each kernel is compiled."""
    modules = [module for name, module in sys.modules.items() if name.startswith("protestspread.kernels.")]
    kernels = {(module.__name__, name): value for module in modules for name, value in vars(module).items()}
    return {name: list(value.signatures) for name, value in kernels.items() if isinstance(value, Dispatcher)}


def some_events(n=700):
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 30, n), unit="D")
    points = gpd.points_from_xy(rng.uniform(9, 11, n), rng.uniform(49, 51, n))
    city = [f"c{k}" for k in range(n)]
    return gpd.GeoDataFrame(
        {"date": days, "city": city}, index=pd.RangeIndex(n, name="event_id"), geometry=points, crs=4326
    )


def work():
    """Run every public function that has a kernel."""
    events, few = some_events(), {"permutations": 9, "rng": 1}
    box = gpd.GeoDataFrame(index=pd.Index(["A"], name="region_id"), geometry=[shapely.box(8, 48, 12, 52)], crs=4326)
    for scheme in ("dates", "exchange_places"):
        ps.knox_test(events, within_km=20, within_days=3, scheme=scheme, **few)
    ps.jacquez_test(events, k=2, **few)
    for precision in ("float64", "float32"):
        ps.mantel_test(events, offset_km=1, offset_days=1, precision=precision, **few)
    for scheme in ("dates", "exchange_places"):
        ps.space_time_k_test(events, within_km=(5, 20), within_days=(1, 3), scheme=scheme, **few)
    limits = {"within_km": (5, 20), "within_days": (1, 3), "start": "2020-01-01", "end": "2020-01-31"}
    ps.space_time_k_test(events, box, **limits, **few)
    ps.locate_events(events, box)
    cities = gpd.GeoDataFrame(
        index=pd.Index(list("abcdefgh"), name="city"), geometry=events.geometry[:8].values, crs=4326
    )
    rng, days = np.random.default_rng(2), pd.date_range("2020-01-01", periods=6, name="date")
    graph = ps.nearest_graph(cities, k=3)
    for values in (rng.normal(size=(6, 8)) + 9, rng.poisson(1, (6, 8)).astype(float)):
        for gap in (1.0, np.nan):
            values[0, 0] = gap
            panel = pd.DataFrame(values, index=days, columns=cities.index)
            ps.moran_over_time(panel, graph, **few)
            ps.local_moran_over_time(panel, graph, permutations=399, rng=1)
    many = gpd.GeoDataFrame(
        {"population": range(1, 41)},
        index=pd.Index([f"m{k}" for k in range(40)], name="city"),
        geometry=events.geometry[:40].values,
        crs=4326,
    )
    counts = pd.DataFrame(1 + rng.poisson(1, (6, 40)), index=days, columns=many.index)
    ps.spread_signatures(counts, ps.nearest_graph(many, k=3), many, **few)


@pytest.mark.long
def test_work_after_warmup_compiles_nothing(monkeypatch):
    ps.warmup()
    before = compiled()
    assert all(kernel.ready for kernel in vars(dispatch).values() if isinstance(kernel, dispatch.Kernel))
    monkeypatch.setattr(dispatch, "FORCED", True)
    work()
    assert compiled() == before


def test_a_second_time_nothing_is_left_to_compile():
    ps.warmup()
    assert ps.warmup() == 0


@pytest.mark.long
@pytest.mark.slow
def test_a_new_process_finds_what_was_compiled(tmp_path):
    code = "import protestspread as ps; print(ps.warmup())"
    for expected in (20, 0):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        )
        assert (done.stdout.split(), done.stderr) == ([str(expected)], "")
