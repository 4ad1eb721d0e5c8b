"""Time protestspread and a peer on the same data: compare their results, then alternate and compute ratios within each round."""

import os
import platform
import resource
import shutil
import statistics
import subprocess
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BUSY = 1.5  # load average above which only CPU time is judged


@dataclass(frozen=True)
class Workload:
    """A task that is timed.

    `make(size, seed)` returns the data; `ours` and each peer compute a result from them; `check(data, ours, theirs)`
    raises unless the results agree. The cost is divided by `units(data)`. A peer is named `package: task`; it is not
    measured if the package is not installed.
    """

    name: str
    size: int
    small: int
    make: Callable[[int, int], Any]
    ours: Callable[[Any], Any]
    peers: dict[str, Callable[[Any], Any]]
    check: Callable[[Any, Any, Any], None]
    unit: str
    units: Callable[[Any], float]


@dataclass
class Row:
    """Measurements of one workload and one peer; wall and CPU ratios are peer / ours."""

    workload: str
    size: int
    peer: str
    version: str = "not installed"
    seconds: float | None = None  # ours
    cost: str = ""
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    load: float = 0.0
    goal: str = "none"
    verdict: str = "not measured"


def agree(same: bool, what: str) -> None:  # noqa: FBT001
    """Stop if the results of protestspread and the peer differ."""
    if not same:
        raise SystemExit(f"{what} of protestspread and the peer differ; nothing was timed")


def version(package: str) -> str:
    """Return the version of a package, of the interpreter, or of the R package surveillance."""
    if package == "surveillance":
        ask = ["Rscript", "-e", "cat(as.character(packageVersion('surveillance')))"]
        found = subprocess.run(ask, capture_output=True, text=True, check=False) if shutil.which("Rscript") else None
        if found is None or found.returncode:
            raise metadata.PackageNotFoundError(package)  # installed by `make bench`: r-cran-surveillance
        return found.stdout
    return platform.python_version() if package == "Python" else metadata.version(package)


@dataclass(frozen=True)
class Timed:
    """A result of another program that measures its own seconds, without its start and the reading of the data."""

    result: Any
    wall: float
    cpu: float


def clock(run: Callable[[Any], Any], data: Any) -> tuple[float, float, Any]:
    """Return wall seconds, CPU seconds (of this process and its children) and the result."""

    def used() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    cpu, wall = used(), time.perf_counter()
    result = run(data)
    if isinstance(result, Timed):
        return result.wall, result.cpu, result.result
    return time.perf_counter() - wall, used() - cpu, result


def measure(work: Workload, *, quick: bool, rounds: int, seed: int) -> list[Row]:
    """Measure one workload against all installed peers."""
    size = work.small if quick else work.size
    data = work.make(size, seed)
    mine = work.ours(data)  # compile and cache before timing
    rows = []
    for name, run in work.peers.items():
        row = Row(work.name, size, name, load=os.getloadavg()[0])
        rows.append(row)
        try:
            row.version = version(name.split(":")[0])
            work.check(data, mine, clock(run, data)[2])
        except (metadata.PackageNotFoundError, ImportError):
            judge(row, quick=quick)
            continue
        times = []
        for _ in range(rounds):
            ours, theirs = clock(work.ours, data), clock(run, data)
            times.append(ours[0])
            row.wall.append(theirs[0] / ours[0])
            row.cpu.append(theirs[1] / max(ours[1], 1e-9))
        row.load = max(row.load, os.getloadavg()[0])
        row.seconds = statistics.median(times)
        cost = row.seconds / work.units(data)
        row.cost = f"{cost * 1e9:,.0f} ns per {work.unit}" if cost < 1e-4 else f"{cost * 1e3:,.3g} ms per {work.unit}"
        judge(row, quick=quick)
    return rows


def judge(row: Row, *, quick: bool) -> None:
    """Compare a row with its goal; use CPU time alone on a busy machine and half of the goal for small sizes."""
    goals = tomllib.loads((HERE / "goals.toml").read_text())["goal"]
    goal = next((g for g in goals if (g["workload"], g["peer"]) == (row.workload, row.peer)), None)
    if goal is None:
        row.verdict = "no goal" if row.wall else "not measured"
        return
    least = goal.get("times_faster") or 1 / goal["times_as_long"]
    row.goal = f"≥ {least:g} × faster" if "times_faster" in goal else f"≤ {goal['times_as_long']:g} × the time"
    if row.wall:
        busy = row.load > BUSY
        ratio = statistics.median(row.cpu if busy else row.wall)
        met = ratio >= (least / 2 if quick else least)
        row.verdict = ("met" if met else "not met") + (" (by CPU time)" if busy else "")
