"""The same numbers from a dask cluster, in a separate process, because a cluster leaves threads behind."""

import json
import subprocess
import sys

import pytest

CODE = """
import json
import numpy as np
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.knox.knox_counts import KnoxLimits
from protestspread.stats.interaction.schemes import ShuffleDates
from protestspread.stats.interaction.knox.knox import knox_of

def run():
    rng = np.random.default_rng(1)
    sample = DatedPoints.sorted(PointSet(rng.uniform(0, 100, 3000), rng.uniform(0, 100, 3000), on_sphere=False), rng.integers(0, 300, 3000))
    found = knox_of(sample, ShuffleDates(), KnoxLimits(20.0, 7, 0.0), permutations=2999, alternative="greater", seed=3)
    return [found.statistic, found.p_value, found.null_distribution.tolist()]

if __name__ == "__main__":
    import joblib
    from dask.distributed import Client, LocalCluster
    alone = run()
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Client(cluster):
        with joblib.parallel_config(backend="dask"):
            from protestspread.inference.replicates import _workers
            workers = _workers()
            spread = run()
    print(json.dumps([workers, spread == alone]))
"""


@pytest.mark.slow  # test_killed_workers.py and test_streaming.py start clusters as well
def test_a_dask_cluster_gives_what_one_process_gives(tmp_path):
    pytest.importorskip("distributed", reason="dask and distributed are not installed")
    script = tmp_path / "run.py"
    script.write_text(CODE)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)], check=True, capture_output=True, text=True, timeout=300
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [2, True]
