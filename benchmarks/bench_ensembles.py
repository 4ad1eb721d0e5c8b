"""Memory and scaling of simulated spreads, in fresh processes: an ensemble, one draw of a large graph, and two threads against one."""

import json
import subprocess
import sys

START = """
import hashlib, json, os, re, sys, time
from pathlib import Path
import numpy as np
import pandas as pd
import protestspread as ps

def resident(what):
    return int(re.search(rf"Vm{what}:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

def ring(places, ties):
    # ties to places at random distances along a ring, ready as a graph
    rng = np.random.default_rng(1)
    source = np.repeat(np.arange(places, dtype=np.int32), ties)
    target = (source + np.tile(rng.choice(places // 2 - 1, ties, replace=False) + 1, places)).astype(np.int32) % places
    return ps.DiffusionGraph.from_edges(pd.DataFrame({"source": source, "target": target}), range(places))

ps.simulate_many(MODEL, ring(1000, 5), seeds=[0], days=100, draws=300, rng=1)  # the kernel is compiled
graph = ring(PLACES, TIES)
"""
MEMORY = """
Path("/proc/self/clear_refs").write_text("5")  # the peak starts again: that of making the graph does not count
start, before = time.process_time(), resident("RSS")
many = ps.simulate_many(MODEL, graph, seeds=list(range(10)), days=100, draws=DRAWS, rng=1)
seconds, after = time.process_time() - start, resident("HWM")
print(json.dumps([before, after, seconds, many.table.nbytes / 2**20, float(many.onsets().notna().to_numpy().mean())]))
"""
SCALING = """
import numba
numba.set_num_threads(THREADS)
start = time.perf_counter()
many = ps.simulate_many(MODEL, graph, seeds=[0], days=100, draws=DRAWS, rng=1)
seconds = time.perf_counter() - start
bits = hashlib.sha256(b"".join(np.ascontiguousarray(many.table[name].to_numpy()).tobytes() for name in many.table.column_names))
print(json.dumps([seconds, bits.hexdigest()]))
"""
SIR = "ps.SIR(0.05, 0.2, clock='continuous')"


def fresh(code, **values):
    """Run code in a fresh process with some names set to values, and return what it prints."""
    text = START + code
    for name, value in values.items():
        text = text.replace(name, str(value))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", text], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def ensembles(scale=1):
    """Return sentences on memory and scaling; ``scale`` divides the sizes."""
    many, n, large = 1_000 // scale, 10_000 // scale, 1_000_000 // scale
    before, after, seconds, held, joined = fresh(MEMORY, MODEL=SIR, PLACES=n, TIES=10, DRAWS=many)
    verdict = "met" if after - before <= 200 else "not met"
    lines = [
        f"Ensemble: {many:,} draws of {n:,} places and 100 days (SIR in continuous time, {joined:.0%} of the places join) add "
        f"{after - before:,.0f} MB at the peak and hold {held:,.0f} MB, in {seconds:.1f} s of CPU (goal: at most 200 MB): {verdict}."
    ]
    before, after, seconds, _, joined = fresh(MEMORY, MODEL=SIR, PLACES=large, TIES=10, DRAWS=1)
    verdict = "met" if after - before <= 1_000 and seconds <= 5 else "not met"
    lines += [
        f"One draw of {large:,} places and {10 * large:,} ties ({joined:.0%} of the places join) adds {after - before:,.0f} MB at the "
        f"peak to the graph and takes {seconds:.1f} s of CPU (goals: 1,000 MB, 5 s): {verdict}."
    ]
    runs = [
        [fresh(SCALING, MODEL=SIR, PLACES=n, TIES=10, DRAWS=many, THREADS=threads) for threads in (1, 2)]
        for _ in range(3)
    ]
    (one, bits), (two, same) = (min(pair[i] for pair in runs) for i in (0, 1))
    verdict = "met" if one / two >= 1.8 and bits == same else "not met"
    lines += [
        f"Two threads take {two:.2f} s where one takes {one:.2f} s ({one / two:.2f} × faster; the best of three processes each), "
        f"with {'equal' if bits == same else 'different'} bits (goal: at least 1.8 ×): {verdict}."
    ]
    return "\n\n".join(lines)


if __name__ == "__main__":
    print(ensembles())
