"""Memory of a graph of ten million ties: the increase of resident memory in a fresh process."""

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
cities.index.is_unique  # pandas caches this property of the index
before = resident()
graph = ps.nearest_graph(cities, k={TIES_A_PLACE})
print(len(graph.ties["nearest"]), resident() - before)
"""


def bytes_per_tie(ties, folder):
    """Return the number of ties and the bytes per tie: weights, distances, indices and coordinates of places."""
    command = [sys.executable, "-c", CODE, str(ties)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout.split()
    return int(printed[0]), int(printed[1]) / int(printed[0])
