"""What counting ten million rows of Parquet takes, in a fresh process: its peak of memory, imports and all."""

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
# not ru_maxrss: it starts with the peak of the process that started this one
peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
print(rows, seconds, int(peak[1]) / 1024)
"""


def own_table(rng, rows):
    days = np.datetime64("2015-01-01") + rng.integers(0, 3650, rows)
    return pa.table(
        {
            "event_id": pa.array([f"own-{i}" for i in rng.integers(0, 1 << 40, rows)]),
            "date": days.astype("datetime64[us]"),
            "longitude": rng.uniform(46, 88, rows),  # no point comes again
            "latitude": rng.uniform(40, 56, rows),
            "note": pa.array(["a note of some length about bread, rent and wages"] * rows),
        }
    )


def acled_like(rng, rows):
    """Make rows with the columns that matter of an ACLED export, all text; every row is invented."""
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
    "own table": (own_table, GROUP),
    "ACLED-like, all text": (acled_like, GROUP),
    "own table, one row group": (own_table, None),
}


def megabytes(rows):
    """Return, for each kind of file, the rows counted, the seconds and the peak of resident memory in MB."""
    told = {}
    for kind, (make, group) in KINDS.items():
        with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
            path = Path(folder) / "events.parquet"
            write(path, make, rows, group)
            command = [sys.executable, "-c", CODE, str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            told[kind] = (int(said[0]), float(said[1]), float(said[2]))
    return told


def write(path, make, rows, group):
    """Write rows in groups of `group`, or all in one; they are made piece by piece in either case."""
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
