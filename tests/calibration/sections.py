"""Write sections of docs/calibration.md; each calibration script writes its own."""

import argparse
import json
import re
import warnings
from pathlib import Path

from joblib import Parallel, delayed

import protestspread as ps
from protestspread.kernels import dispatch

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"


def write_section(name, text):
    """Replace the section between the comments with its name, or append it."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    begin, end = f"<!-- {name}: written by tests/calibration/{name}.py -->", f"<!-- end of {name} -->"
    part = f"{begin}\n{text.strip()}\n{end}\n"
    found = re.compile(re.escape(begin) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    page = found.sub(lambda _: part, page) if found.search(page) else f"{page.rstrip()}\n\n{part}" if page else part
    PAGE.write_text(page, encoding="utf-8")


def table(head, rows):
    """Return a Markdown table with right-aligned numbers."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def in_worlds(task, kind, seeds, jobs=1):
    """Return what a task finds in some worlds of a kind."""
    with warnings.catch_warnings(action="ignore", category=ps.DataWarning):
        return Parallel(n_jobs=jobs)(delayed(task)(kind, seed) for seed in seeds)


def run_in_turn(name, about, kinds, rows_of, page):
    """Run a calibration from the command line, twenty worlds of each kind in turn, and write its section.

    A run that is cut short has as many worlds of each kind.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("kinds", nargs="*", default=list(kinds))
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a JSON file that stores results, so that a run can be resumed")
    options = parser.parse_args()
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    for kind in options.kinds:
        kept.setdefault(kind, [])
    while any(len(kept[kind]) < options.worlds for kind in options.kinds):
        for kind in options.kinds:
            done = len(kept[kind])
            kept[kind] += rows_of(kind, range(done, min(done + 20, options.worlds)), options.jobs)
            if options.keep:
                options.keep.write_text(json.dumps(kept))
    write_section(name, page(kept))


def run_by_kind(name, about, kinds, counts_of, page):
    """Run a calibration from the command line, all worlds of one kind after the other, and write its section."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--worlds", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", help="kinds of worlds to run; the others are taken from --keep")
    parser.add_argument("--keep", type=Path, help="a JSON file that stores results, so that a run can be resumed")
    options = parser.parse_args()
    dispatch.FORCED = True  # each world alone is too small for compiled code, all of them are not
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    for kind in options.only or kinds:
        if kind not in kept:
            kept[kind] = counts_of(kind, options.worlds, options.jobs)
            print(kind, kept[kind], flush=True)
            if options.keep:
                options.keep.write_text(json.dumps(kept, indent=1))
    if set(kinds) <= set(kept):
        write_section(name, page(kept))


def table_by_shape(counts, kinds, most):
    """Return a table of the percentage of claims, one row a kind of world, on a plain / along a coast; bold if above `most`."""
    tests = list(counts["plain"]["plain"])
    rows = [
        [kind, *(" / ".join(_percentage(shape[test], most) for shape in counts[kind].values()) for test in tests)]
        for kind in kinds
    ]
    return table(["world", *tests], rows)


def _percentage(count, most):
    share = count["claims"] / count["worlds"]
    return f"**{100 * share:.1f}**" if share > most else f"{100 * share:.1f}"


def described(kinds):
    """Return a table of what acts in each kind of world."""
    return "\n".join(
        ["| world | what acts |", "|---|---|", *(f"| {name} | {words} |" for name, (_, words) in kinds.items())]
    )
