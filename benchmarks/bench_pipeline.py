"""Read, locate and count a million ACLED-like rows of five years in 3,000 regions, as a user does: CPU seconds and peak memory."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from bench_ingest import make
from bench_locate import make_regions

CODE = r"""
import re, sys, time, warnings
from pathlib import Path
import protestspread as ps

warnings.simplefilter("ignore")
regions = ps.read_regions(sys.argv[2], region_id="region_id")
begin = time.process_time()
events = ps.read_events(sys.argv[1])
read = time.process_time()
located = ps.locate_events(events, regions)
placed = time.process_time()
panel = ps.count_events(located, regions, start="2015-01-01", end="2019-12-31")
end = time.process_time()
assert len(events) == int(sys.argv[3]), len(events)
assert panel.shape == (1826, 3000) and panel.to_numpy().sum() + sum(panel.attrs["lost"].values()) == len(events)
# ru_maxrss would include the peak of the parent process
peak = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
print(read - begin, placed - read, end - placed, int(peak[1]) / 1024)
"""


def pipeline(rows, rounds=3):
    """Return the CPU seconds of reading, locating and counting, and the peak memory (MB): the best of some rounds."""
    with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
        path, _ = make(rows, 1, days=1826)
        regions = make_regions(np.random.default_rng(1))
        regions = regions.set_geometry(regions.geometry.affine_transform([0.41, 0, 0, 0.3, 46, 40]))
        regions.reset_index().to_parquet(Path(folder) / "regions.parquet")
        command = [sys.executable, "-c", CODE, str(path), str(Path(folder) / "regions.parquet"), str(rows)]
        measured = []
        for _ in range(rounds):
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            measured.append(tuple(map(float, printed)))
    return min(measured, key=lambda row: sum(row[:3]))


if __name__ == "__main__":
    print(pipeline(1_000_000))
