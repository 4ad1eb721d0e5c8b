"""Run the benchmarks and write the results to docs/benchmarks.md: `python benchmarks/run.py [--quick] [--only WORD]`."""

import argparse
import datetime as dt
import json
import os
import platform
import runpy
import statistics
import subprocess
import sys
import tomllib
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from bench_ensembles import ensembles  # noqa: E402
from bench_first_calls import first_calls  # noqa: E402
from bench_ingest import megabytes_of_reading  # noqa: E402
from bench_memory import bytes_per_tie  # noqa: E402
from bench_pipeline import pipeline  # noqa: E402
from bench_spread_map import pages  # noqa: E402
from bench_streaming import megabytes  # noqa: E402
from ratio import BUSY, Row, measure, version  # noqa: E402

PACKAGES = (
    "protestspread",
    "numpy",
    "scipy",
    "pandas",
    "geopandas",
    "shapely",
    "numba",
    "libpysal",
    "EoN",
    "cynetdiff",
)
METHOD = f"""
Method: both sides run through their public interfaces on the same data. Results are compared before anything is timed; if they differ,
nothing of that file is measured, and its name is given. protestspread and the peer then alternate, round by round, and the ratio is computed within each round, because a busy machine slows
both. Each benchmark file runs in a separate process. The table shows the median ratio over the rounds and its interquartile range.
Compiled kernels are warm; argument checks and the construction of results are included. CPU is the processor time of the
process and its children. If the load average is above {BUSY}, only CPU ratios are judged. Goals that are not reached are reported as such.
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use small sizes and half of each goal; write nothing")
    parser.add_argument("--only", default="", help="run only workloads whose name contains this word; write nothing")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, help="run one benchmark file and print its rows as JSON")
    options = parser.parse_args()
    if options.file:
        print(json.dumps([asdict(row) for row in measure_file(options)]))
        return
    rows, failed = [], []
    for path in sorted(HERE.glob("bench_*.py")):
        # a separate process: data that remain in memory slow the next workload
        command = [sys.executable, "-W", "ignore", __file__, *sys.argv[1:], "--file", str(path)]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            failed.append(path.name)
            continue
        found = [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]
        print(*map(line, found), sep="\n", end="\n" * bool(found), flush=True)
        rows += found
    memory = "" if options.only else memory_of_graph(1_000_000 if options.quick else 10_000_000)
    if not options.only:
        memory += f"\n\n{memory_of_counting(1_000_000 if options.quick else 10_000_000)}"
        memory += f"\n\n{cost_of_pipeline(100_000 if options.quick else 1_000_000)}"
        memory += f"\n\n{memory_of_reading(100_000 if options.quick else 1_000_000)}"
        memory += f"\n\n{ensembles(100 if options.quick else 1)}"
        memory += f"\n\n{first_calls(1 if options.quick else 5)}"
        memory += f"\n\n{pages(300 if options.quick else 3_000)}"
    if failed:
        memory += f"\n\nNot measured, because results differed or a peer failed: {', '.join(failed)}."
    print(memory)
    if not options.quick and not options.only:
        write(rows, memory)
    sys.exit(bool(failed) or any(row.verdict.startswith("not met") for row in rows))


def measure_file(options):
    works = [work for work in runpy.run_path(str(options.file)).get("WORKLOADS", []) if options.only in work.name]
    return [
        row for work in works for row in measure(work, quick=options.quick, rounds=options.rounds, seed=options.seed)
    ]


def memory_of_graph(ties):
    most = tomllib.loads((HERE / "goals.toml").read_text())["memory"]["bytes_per_tie"]
    made, held = bytes_per_tie(ties, HERE)
    verdict = "met" if held <= most else "not met"
    return f"Memory: a graph of {made:,} ties with weights and distances takes {held:.1f} bytes per tie (goal: at most {most}): {verdict}."


def cost_of_pipeline(rows):
    goals = tomllib.loads((HERE / "goals.toml").read_text())["pipeline"]
    *parts, peak = pipeline(rows)
    verdict = "met" if sum(parts) <= goals["cpu_seconds"] and peak <= goals["megabytes"] else "not met"
    read, locate, count = parts
    return (
        f"From a file to a panel: {rows:,} ACLED-like rows of five years (31 columns, read as `read_events(path)`) in 3,000 regions take "
        f"{sum(parts):.1f} s of CPU (read {read:.1f}, locate {locate:.1f}, count {count:.1f}) and {peak:,.0f} MB at the peak, imports included "
        f"(goals: {goals['cpu_seconds']} s, {goals['megabytes']:,} MB): {verdict}."
    )


def memory_of_counting(rows):
    most = tomllib.loads((HERE / "goals.toml").read_text())["memory"]["counting_megabytes"]
    measured = megabytes(rows)
    each = "; ".join(f"{kind}: {peak:,.0f} MB, {seconds:.0f} s" for kind, (_, seconds, peak) in measured.items())
    verdict = "met" if all(peak <= most for _, _, peak in measured.values()) else "not met"
    return f"Peak memory of counting {rows:,} rows of Parquet: {each} (goal: at most {most:,} MB): {verdict}."


def memory_of_reading(rows):
    most = tomllib.loads((HERE / "goals.toml").read_text())["memory"]["reading_megabytes"]
    peak = megabytes_of_reading(rows)
    verdict = "met" if peak <= most else "not met"
    return f"Peak memory of read_events on {rows:,} rows of an ACLED-like CSV, 30 of 31 columns: {peak:,.0f} MB (goal: at most {most:,} MB): {verdict}."


def times(ratios):
    """Describe a ratio as times faster or times as long, with its interquartile range."""
    if not ratios:
        return "–"
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    if middle >= 1:
        return f"{middle:.1f} × faster ({low:.1f}–{high:.1f})"
    return f"{1 / middle:.2f} × the time ({1 / high:.2f}–{1 / low:.2f})"


def line(row: Row):
    seconds = (
        "–" if row.seconds is None else f"{row.seconds:.3f} s" if row.seconds >= 1 else f"{row.seconds * 1e3:.0f} ms"
    )
    cells = (
        row.workload,
        f"{row.size:,}",
        seconds,
        row.cost or "–",
        f"{row.peer} ({row.version})",
        times(row.wall),
        times(row.cpu),
        row.goal,
        row.verdict,
    )
    return f"| {' | '.join(cells)} |"


def write(rows, memory):
    now = dt.datetime.now(dt.UTC)
    versions = ", ".join(f"{name} {installed(name)}" for name in PACKAGES)
    load = max(row.load for row in rows)
    head = "| workload | size | protestspread | cost | peer | wall | CPU | goal | verdict |\n|---|---|---|---|---|---|---|---|---|"
    text = f"""# Benchmarks

Written by `make bench` (`python benchmarks/run.py`) on {now:%-d %B %Y}: {os.cpu_count()} cores, Python {platform.python_version()},
{versions}. Maximum load average: {load:.1f}.

{head}
{chr(10).join(line(row) for row in rows)}

{memory}

{(HERE / "notes.md").read_text(encoding="utf-8")}{METHOD}"""
    (HERE.parent / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    results = [asdict(row) for row in rows]
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{now:%Y-%m-%d-%H%M}.json").write_text(
        json.dumps({"versions": versions, "memory": memory, "rows": results}, indent=1)
    )


def installed(name):
    try:
        return version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main()
