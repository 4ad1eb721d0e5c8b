"""A permutation test, a placebo test and a simulation on processes and on a cluster of which a worker is killed: the same bits.

Each backend runs in a process of its own, because it leaves threads behind.
"""

import json
import subprocess
import sys

import pytest

CODE = """
import json, os, signal, sys, threading, time
from dataclasses import astuple
import joblib
import numpy as np
import protestspread as ps
from protestspread.inference import replicates

replicates._WORKERS_PAY = 2e6  # many short chunks
CASE = ps.load_case("kazakhstan_2022")
PANEL, GRAPH = ps.count_events(CASE.events, CASE.cities), ps.nearest_graph(CASE.cities, k=3)

def permutation_test():
    return ps.moran_over_time(PANEL, GRAPH, permutations=9_999, rng=1).to_frame().to_numpy(dtype=object).tolist()

def placebo_test():
    model = ps.EndemicEpidemicModel(endemic=0.2, own=0.3, neighbors=0.2)
    panel = ps.simulate(model, GRAPH, seeds=[], days=60, rng=1)
    fit = ps.fit_endemic_epidemic(panel, GRAPH, endemic=ps.Terms())
    return [astuple(placebos) for placebos in fit.placebo_test(permutations=19, rng=2).placebos]

def simulation():
    model = ps.EndemicEpidemicModel(endemic=0.2, own=0.3, neighbors=0.2)
    spread = ps.simulate_many(model, GRAPH, seeds=[], days=60, draws=400, rng=3)
    contagion = ps.simulate_many(ps.SIR(0.4, 0.2), GRAPH, seeds=["Zhanaozen"], days=60, draws=3_000, rng=4)
    return [[many.totals().to_numpy().tolist(), many.reached().to_numpy().tolist()] for many in (spread, contagion)]

RUNS = {run.__name__: run for run in (permutation_test, placebo_test, simulation)}

def kill_soon(client, killed):
    # end the process of a worker while it has work to do
    while not any(client.processing().values()):
        time.sleep(0.005)
    process = next(iter(client.run(os.getpid).values()))
    os.kill(process, signal.SIGKILL)
    killed.append(process)

def on_a_cluster(run):
    from dask.distributed import Client, LocalCluster
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        killer = threading.Thread(target=kill_soon, args=(client, killed), daemon=True)
        with joblib.parallel_config(backend="dask"):
            killer.start()
            result = run()
        killer.join(20)
    return result, len(killed)

def in_processes(run):
    with joblib.parallel_config(backend="loky", n_jobs=2):
        return run(), 0

if __name__ == "__main__":
    where, name = sys.argv[1:]
    result, killed = {"loky": in_processes, "dask": on_a_cluster}[where](RUNS[name])
    print(json.dumps([killed, repr(result) == repr(RUNS[name]())]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("what", ["permutation_test", "placebo_test", "simulation"])
@pytest.mark.parametrize(("where", "killed"), [("loky", 0), ("dask", 1)])
def test_workers_give_what_one_process_gives_also_when_one_is_killed(tmp_path, where, killed, what):
    if where == "dask":
        pytest.importorskip("distributed", reason="dask and distributed are not installed")
    script = tmp_path / "run.py"
    script.write_text(CODE)
    command = [sys.executable, "-W", "ignore", str(script), where, what]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    assert json.loads(done.stdout.splitlines()[-1]) == [killed, True]
