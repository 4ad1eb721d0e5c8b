"""Endemic-epidemic fits next to hhh4 of the R package surveillance, in one run: R fits the same counts and times itself.

R runs as a process of its own; its time is that of the call of hhh4 alone, without the start of R and the reading of the data.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from ratio import Timed, Workload, agree

import protestspread as ps

R_CODE = """
suppressMessages(library(surveillance))
folder <- commandArgs(TRUE)[1]
counts <- as.matrix(read.csv(file.path(folder, "counts.csv")))
ties <- as.matrix(read.csv(file.path(folder, "ties.csv")))
dimnames(ties) <- list(colnames(counts), colnames(counts))
model <- list(ar = list(f = ~1), ne = list(f = ~1, weights = ties / pmax(rowSums(ties), 1)), end = list(f = ~1), family = "NegBin1")
series <- sts(counts, neighbourhood = ties)
seconds <- system.time(fit <- hhh4(series, model))
cat(sprintf("%.9f %.6f %.6f", logLik(fit)[1], seconds[["elapsed"]], seconds[["user.self"]] + seconds[["sys.self"]]))
"""


def make(places, seed, days=365):
    """Return counts of places on a ring of six neighbors each, simulated from the model."""
    names = pd.Index([f"p{k:05d}" for k in range(places)])
    source = np.repeat(np.arange(places), 6)
    target = (source + np.tile([-3, -2, -1, 1, 2, 3], places)) % places
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": names[source], "target": names[target]}), names)
    model = ps.EndemicEpidemicModel(0.2, 0.3, 0.2, 0.5)
    return {"panel": ps.simulate(model, graph, seeds=[], days=days, rng=seed), "graph": graph}


def make_weekly(places, seed):
    return make(places, seed, days=200)


def ours(data):
    return ps.fit_endemic_epidemic(data["panel"], data["graph"], endemic=ps.Terms())


def theirs(data):
    """Return the log-likelihood of hhh4 with the seconds of its call."""
    with tempfile.TemporaryDirectory() as folder:
        data["panel"].to_csv(Path(folder) / "counts.csv", index=False)
        ties = pd.DataFrame(data["graph"].matrix.toarray(), columns=data["panel"].columns)
        ties.to_csv(Path(folder) / "ties.csv", index=False)
        run = ["Rscript", "-e", R_CODE, folder]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
    log_likelihood, wall, cpu = (float(number) for number in done.stdout.split()[-3:])
    return Timed(log_likelihood, wall, cpu)


def check(_data, fit, found):
    agree(abs(fit.log_likelihood - found) < 1e-3, "log-likelihoods")


def cells(data):
    return data["panel"].size


PEER = "surveillance: hhh4"
WORKLOADS = [
    Workload("endemic-epidemic fit, 200 rows", 16, 16, make_weekly, ours, {PEER: theirs}, check, "cell", cells),
    Workload("endemic-epidemic fit, 365 rows", 400, 100, make, ours, {PEER: theirs}, check, "cell", cells),
]
