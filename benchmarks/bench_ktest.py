"""Space-time K test with Ripley's edge correction on 188 points, 20 by 15 limits, 999 draws.

The peer `splancs::stmctest` needs R and is not measured without it. The second peer is the same test in plain numpy.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import shapely
from ratio import Workload, agree

from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.edge_correction import Ground
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ShuffleDates
from protestspread.stats.interaction.space_time_k import space_time_k_of

DRAWS, SIDE, DAYS = 999, 100.0, 365
KM, WITHIN = tuple(np.arange(1.0, 21.0)), tuple(range(2, 32, 2))
R_CODE = """
library(splancs)
d <- read.csv("{csv}")
box <- cbind(c(0, {side}, {side}, 0), c(0, 0, {side}, {side}))
r <- stmctest(cbind(d$x, d$y), d$t, box, c(0, {days}), {km}, {within}, {draws}, quiet = TRUE)
cat(r$t0)
"""


def make(size, seed):
    rng = np.random.default_rng(seed)
    xy, days = rng.uniform(0, SIDE, (size, 2)), rng.integers(0, DAYS, size)
    days[:2] = 0, DAYS - 1
    sample = DatedPoints.sorted(PointSet(xy[:, 0].copy(), xy[:, 1].copy(), on_sphere=False), days)
    return {
        "sample": sample,
        "ground": lambda: Ground(shapely.box(0, 0, SIDE, SIDE), sample.positions.x, sample.positions.y),
    }


def make_and_warm(size, seed):
    """Compile the kernels that small tasks compile only after several calls."""
    data = make(size, seed)
    for _ in range(20):
        ours(data)
    return data


def ours(data):
    return space_time_k_of(
        data["sample"],
        ShuffleDates(),
        KM,
        WITHIN,
        ground=data["ground"](),
        window=(0, DAYS - 1),
        permutations=DRAWS,
        alternative="greater",
        seed=1,
    )


def splancs(data):
    if shutil.which("Rscript") is None:
        raise ImportError("R is not installed")
    with tempfile.TemporaryDirectory() as folder:
        csv, sample = Path(folder) / "points.csv", data["sample"]
        table = np.column_stack([sample.positions.x, sample.positions.y, sample.days])
        np.savetxt(csv, table, delimiter=",", header="x,y,t", comments="")
        code = R_CODE.format(
            csv=csv,
            side=SIDE,
            days=DAYS,
            km=f"c({','.join(map(str, KM))})",
            within=f"c({','.join(map(str, WITHIN))})",
            draws=DRAWS,
        )
        return float(subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True).stdout)  # noqa: S607


def plain(data):
    """Run the test in numpy, with one weighted histogram of pairs per draw."""
    sample, rng = data["sample"], np.random.default_rng(2)
    one, other = np.triu_indices(len(sample), 1)
    km = sample.positions.km(one, other)
    near = km <= KM[-1]
    one, other, band = one[near], other[near], np.searchsorted(KM, km[near])
    mine, theirs = data["ground"]().weights(sample.positions, one.astype(np.int32), other.astype(np.int32))
    tables = []
    for draw in range(DRAWS + 1):
        days = sample.days if draw == 0 else rng.permutation(sample.days)
        apart = np.abs(days[one] - days[other])
        early, late = (
            np.minimum(days[one], days[other]) - apart < 0,
            np.maximum(days[one], days[other]) + apart > DAYS - 1,
        )
        first = days[one] <= days[other]
        weight = np.where(first, mine, theirs) * np.where(early, 2, 1) + np.where(first, theirs, mine) * np.where(
            late, 2, 1
        )
        cell = band * (len(WITHIN) + 1) + np.searchsorted(WITHIN, apart)
        table = np.bincount(cell, weight, minlength=len(KM) * (len(WITHIN) + 1)).reshape(len(KM), -1)[:, :-1]
        tables.append(table.cumsum(axis=0).cumsum(axis=1))
    return tables[0] * SIDE**2 * DAYS / len(sample) ** 2


def check(_data, result, theirs):
    if isinstance(theirs, float):
        return  # splancs returns the sum of D on another scale, which cannot be compared
    agree(np.allclose(result.k.to_numpy(), theirs), "K functions")


def pair_draws(data):
    return sum(len(pairs) for pairs in data["sample"].positions.pairs([KM[-1]])) * DRAWS


WORKLOADS = [
    Workload("space-time K test, 20 × 15 limits, 999 draws", 188, 188, make_and_warm, ours, {"numpy: a loop over draws": plain, "splancs: stmctest": splancs}, check, "pair and draw", pair_draws),
    Workload("space-time K test, 2,000 events", 2_000, 1_000, make, ours, {"numpy: a loop over draws": plain}, check, "pair and draw", pair_draws),
]  # fmt: skip
