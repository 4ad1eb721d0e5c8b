"""What a graph of ten million ties holds, in a fresh process: resident memory with it, less before it."""

import subprocess
import sys

TIES_A_PLACE = 10
CODE = f"""
import gc, sys
from pathlib import Path
from bench_graph import make_country
import protestspread as ps

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

ps.nearest_graph(make_country(100, 1), k={TIES_A_PLACE})
cities = make_country(int(sys.argv[1]) // {TIES_A_PLACE}, 1)
cities.index.is_unique  # pandas keeps what it finds out about an index with the table
before = resident()
graph = ps.nearest_graph(cities, k={TIES_A_PLACE})
print(len(graph.ties["nearest"]), resident() - before)
"""


def bytes_per_tie(ties, folder):
    """Return how many ties the graph has, and how many bytes each holds: weight, kilometres, indices, points of places."""
    command = [sys.executable, "-c", CODE, str(ties)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout.split()
    return int(told[0]), int(told[1]) / int(told[0])
