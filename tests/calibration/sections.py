"""Write sections of docs/calibration.md; each calibration script writes its own."""

import argparse
import json
import re
import warnings
from pathlib import Path

from joblib import Parallel, delayed

import protestspread as ps

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
