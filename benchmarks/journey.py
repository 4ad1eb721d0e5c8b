"""Ten million rows on two workers: a folder of Parquet files, a panel, a test: `python benchmarks/journey.py [--rows N] [--workers N]`.

The rows are invented and seeded: half of them on the days and places of one wave that moves from west to east. Prints the
seconds of each step and the peak memory of each process. The numbers of docs/cluster.md come from it.
"""

import argparse
import re
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import joblib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import protestspread as ps

FILE_ROWS, DAYS = 500_000, 365


def peak_megabytes():
    """Return the peak resident memory of this process."""
    return int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def write_rows(folder, rows):
    for number, first in enumerate(range(0, rows, FILE_ROWS)):
        rng, n = np.random.default_rng([1, number]), min(FILE_ROWS, rows - first)
        lon, lat = rng.uniform(47, 87, n), rng.uniform(41, 55, n)
        late = np.where(rng.random(n) < 0.5, (lon - 47) * 6 + rng.normal(0, 10, n), rng.uniform(0, DAYS, n))
        day = np.clip(late, 0, DAYS - 1).astype(int)
        table = {
            "event_id": pa.array([f"e{first + i}" for i in range(n)]),
            "date": (np.datetime64("2021-01-01") + day).astype("datetime64[us]"),
            "longitude": lon,
            "latitude": lat,
            "event_type": pa.array(["protest"] * n),
            "note": pa.array(["an invented note of some length about bread, rent and wages"] * n),
        }
        pq.write_table(pa.table(table), folder / f"part-{number:03}.parquet")


def timed(what, run):
    start = time.perf_counter()
    result = run()
    print(f"{what}: {time.perf_counter() - start:.1f} s", flush=True)
    return result


def apart(run, *arguments):
    """Run a function in a process of its own, whose memory does not count."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(run, *arguments).result()


def journey(folder, workers):
    from dask.distributed import Client, LocalCluster

    regions = ps.load_case("kazakhstan_2022").regions
    graph = ps.border_graph(regions)
    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client, joblib.parallel_config(backend="dask"):
        panel = timed("count_event_files", lambda: ps.count_event_files(folder, regions, n_jobs=-1))
        test = timed("moran_over_time", lambda: ps.moran_over_time(panel, graph, permutations=9_999, rng=1))
        peaks = [f"{peak:,.0f} MB" for peak in client.run(peak_megabytes).values()]
    print(
        f"rows {panel.attrs['rows']:,}; panel {panel.shape}, {int(panel.to_numpy().sum()):,} events; {panel.attrs['lost']}"
    )
    print(test)
    print(f"peak memory: this process {peak_megabytes():,.0f} MB; workers {', '.join(peaks)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ps.DataWarning)  # rows outside the regions are counted in attrs["lost"]
    with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
        timed("writing the rows", lambda: apart(write_rows, Path(folder), options.rows))
        journey(folder, options.workers)


if __name__ == "__main__":
    main()
