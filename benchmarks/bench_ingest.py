"""Read a CSV with the 31 columns of an ACLED export (all rows invented) into checked events: ten columns of it, and all but the notes."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from ratio import Workload, agree

import protestspread as ps

TEN = [
    "event_id_cnty",
    "event_date",
    "time_precision",
    "event_type",
    "sub_event_type",
    "country",
    "latitude",
    "longitude",
    "geo_precision",
    "fatalities",
]
PLACES = 8_000  # many events share a place


def make(size, seed, days=3653):
    rng = np.random.default_rng(seed)
    folder = Path(tempfile.mkdtemp(prefix="protestspread-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    days = pd.date_range("2015-01-01", periods=days)[rng.integers(0, days, size)]
    place = rng.integers(0, PLACES, size)
    lon, lat = rng.uniform(46, 87, PLACES).round(4), rng.uniform(40, 55, PLACES).round(4)
    notes = [
        f'Invented: about {i} people met at the "old" mill, spoke of bread, rent and wages, and left.'
        for i in range(997)
    ]
    fixed = {"disorder_type": "Demonstrations", "actor1": "Protesters (Ruritania)", "assoc_actor_1": "Labour Group (Ruritania)",
             "inter1": "Protesters", "actor2": "", "assoc_actor_2": "", "inter2": "", "interaction": "Protesters only",
             "civilian_targeting": "", "iso": 999, "region": "Nowhere", "country": "Ruritania", "admin3": "", "source_scale": "National",
             "source": "Invented Gazette", "tags": "crowd size=no report", "timestamp": 1_700_000_000, "event_type": "Protests"}  # fmt: skip
    table = pd.DataFrame(
        {
            "event_id_cnty": [f"RUR{i}" for i in range(size)],
            "event_date": days.strftime("%d %B %Y"),
            "year": days.year,
            "time_precision": rng.choice([1, 1, 1, 2, 3], size),
            "sub_event_type": rng.choice(["Peaceful protest", "Protest with intervention"], size),
            "admin1": np.char.add("Region ", (place % 17).astype(str)),
            "admin2": np.char.add("District ", (place % 211).astype(str)),
            "location": np.char.add("Town ", place.astype(str)),
            "latitude": lat[place],
            "longitude": lon[place],
            "geo_precision": rng.choice([1, 1, 2, 3], size),
            "notes": np.array(notes, dtype=object)[rng.integers(0, 997, size)],
            "fatalities": rng.choice([0, 0, 0, 1], size),
            **fixed,
        }
    )
    table.to_csv(folder / "events.csv", index=False)
    return folder / "events.csv", size


def ours(data):
    return ps.read_events(data[0], only=TEN)


def ours_as_called(data):
    """Read the file without any option: 30 of its 31 columns, without the notes."""
    return ps.read_events(data[0])


def by_pyarrow(data):
    return pa.csv.read_csv(data[0], convert_options=pa.csv.ConvertOptions(include_columns=TEN))


def by_pandas(data):
    return pd.read_csv(data[0])


def same(data, events, theirs):
    table = theirs if isinstance(theirs, pd.DataFrame) else theirs.to_pandas()
    agree(len(events) == data[1] and events.index.tolist() == table["event_id_cnty"].tolist(), "ids")
    agree(
        (events["date"].to_numpy() == pd.to_datetime(table["event_date"], format="%d %B %Y").to_numpy()).all(), "dates"
    )
    agree((events.geometry.x.to_numpy() == table["longitude"].to_numpy()).all(), "longitudes")
    agree((events.geometry.y.to_numpy() == table["latitude"].to_numpy()).all(), "latitudes")
    agree((events["fatalities"].to_numpy() == table["fatalities"].to_numpy()).all(), "fatalities")


PEERS = {"pyarrow: csv.read_csv, the same ten columns": by_pyarrow, "pandas: read_csv, all columns": by_pandas}
ALL = {"pandas: read_csv, all columns": by_pandas}
WORKLOADS = [
    Workload("read_events, ACLED-like CSV", 1_000_000, 100_000, make, ours, PEERS, same, "event", lambda data: data[1]),
    Workload(
        "read_events, ACLED-like CSV, 30 of 31 columns", 1_000_000, 100_000, make, ours_as_called, ALL, same, "event", lambda data: data[1]
    ),
]  # fmt: skip
CODE = r"""
import re, sys
from pathlib import Path
import protestspread as ps

events = ps.read_events(sys.argv[1])
peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
print(len(events), int(peak[1]) / 1024)
"""


def megabytes_of_reading(rows):
    """Return the peak resident memory (MB) of reading a file as a user calls it, in a fresh process, imports included."""
    path, _ = make(rows, 1)
    printed = subprocess.run([sys.executable, "-c", CODE, str(path)], check=True, capture_output=True, text=True).stdout
    read, peak = printed.split()
    agree(int(read) == rows, "rows")
    return float(peak)
