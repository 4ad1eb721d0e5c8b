"""Peak memory of counting ten million rows of Parquet in a fresh process, including imports."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 1 << 20
CODE = r"""
import re, sys, time, warnings
from pathlib import Path
import protestspread as ps

warnings.simplefilter("ignore")
begin = time.perf_counter()
panel = ps.count_event_files(sys.argv[1], ps.load_case("kazakhstan_2022").regions)
seconds = time.perf_counter() - begin
rows = panel.attrs["rows"]
assert rows == panel.to_numpy().sum() + sum(panel.attrs["lost"].values())
# ru_maxrss would include the peak of the parent process
peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
print(rows, seconds, int(peak[1]) / 1024)
"""


def own_table(rng, rows):
    days = np.datetime64("2015-01-01") + rng.integers(0, 3650, rows)
    return pa.table(
        {
            "event_id": pa.array([f"own-{i}" for i in rng.integers(0, 1 << 40, rows)]),
            "date": days.astype("datetime64[us]"),
            "longitude": rng.uniform(46, 88, rows),  # all points differ
            "latitude": rng.uniform(40, 56, rows),
            "note": pa.array(["a note of some length about bread, rent and wages"] * rows),
        }
    )


def acled_like(rng, rows):
    """Make invented rows with the main columns of an ACLED export, all as text."""
    days = np.datetime64("2015-01-01") + rng.integers(0, 3650, rows)
    town = rng.integers(0, 8000, rows)
    lon, lat = 46 + town * 7 % 4200 / 100, 40 + town * 11 % 1600 / 100
    return pa.table(
        {
            "event_id_cnty": pa.array([f"RUR{i}" for i in rng.integers(0, 1 << 40, rows)]),
            "event_date": pa.array(days.astype(str)),
            "event_type": pa.array(["Protests"] * rows),
            "country": pa.array(["Ruritania"] * rows),
            "latitude": pa.array(lat.astype(str)),
            "longitude": pa.array(lon.astype(str)),
            "fatalities": pa.array(["0"] * rows),
            "notes": pa.array(["Invented: some people met at the old mill and spoke of wages."] * rows),
        }
    )


KINDS = {
    "table with the columns of this library": (own_table, GROUP),
    "ACLED-like, all text": (acled_like, GROUP),
    "the first table in one row group": (own_table, None),
}


def megabytes(rows):
    """Return rows counted, seconds and peak resident memory (MB) for each kind of file."""
    measured = {}
    for kind, (make, group) in KINDS.items():
        with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
            path = Path(folder) / "events.parquet"
            write(path, make, rows, group)
            command = [sys.executable, "-c", CODE, str(path)]
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            measured[kind] = (int(printed[0]), float(printed[1]), float(printed[2]))
    return measured


def write(path, make, rows, group):
    """Write rows in groups of `group` rows, or in one group; the rows are the same in both cases."""
    rng = np.random.default_rng(1)
    pieces = (make(rng, min(GROUP, rows - begun)) for begun in range(0, rows, GROUP))
    if group is None:
        pq.write_table(pa.concat_tables(pieces), path, row_group_size=rows)
        return
    first = next(pieces)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for piece in pieces:
            writer.write_table(piece)
