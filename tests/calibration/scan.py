"""Simulate worlds with and without clusters, and count how often `scan_statistic` claims one.

`python tests/calibration/scan.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
docs/calibration.md; the tests run fewer. The worlds are in worlds.py.
"""

import datetime as dt
import sys
from pathlib import Path

import numpy as np

from protestspread.kernels import dispatch
from protestspread.stats.interaction.scan.scan import scan_of
from protestspread.stats.interaction.schemes import ExchangePlaces, ShuffleDates

sys.path.insert(0, str(Path(__file__).parent))
from interaction import MOST, SHAPES, sample_of
from sections import described, in_worlds, run_in_turn
from sections import table_by_shape as in_percent
from worlds import DAYS, EVERY, PLACES, PLANTED, PROTESTS, TRAPS, WITH, WITHOUT

DRAWS, KM, LONGEST = 199, 80.0, 7
KINDS = EVERY | PLANTED


def claims(kind, seed):
    """Return for each shape whether each form of the scan claims a cluster in one world; None where it cannot tell."""
    dispatch.FORCED = True  # each world alone is too small for compiled code, all of them are not
    try:
        return {shape: _claims(kind, shape, seed) for shape in SHAPES}
    finally:
        dispatch.FORCED = None


def _claims(kind, shape, seed):
    rng = np.random.default_rng([list(KINDS).index(kind), SHAPES.index(shape), seed, 1])
    world, draws = KINDS[kind][0](rng, shape), int(rng.integers(0, 2**62))
    days = sample_of(world)
    forms = {
        "places exchanged": (days, ExchangePlaces()),
        "within strata": (sample_of(world, strata=True), ExchangePlaces("region")),
        "populations not given": (sample_of(world, populations=False), ExchangePlaces()),
        "dates": (days, ShuffleDates()),
        "dates, reports": (sample_of(world, unit="reports"), ShuffleDates()),
    }
    verdict = {"cluster": True, "no evidence of a cluster": False, "cannot tell": None}
    return {
        form: verdict[scan_of(sample, scheme, KM, LONGEST, permutations=DRAWS, secondary=False, seed=draws).verdict]
        for form, (sample, scheme) in forms.items()
    }


def rows_of(kind, seeds, jobs=1):
    """Return the claims in some worlds of a kind."""
    return in_worlds(claims, kind, seeds, jobs)


def counts_of(rows):
    """Return for each shape and form the claims, and the worlds in which it can tell."""
    return {
        shape: {
            form: {
                "claims": sum(row[shape][form] is True for row in rows), "worlds": len(rows),
                "told": sum(row[shape][form] is not None for row in rows),
            }
            for form in rows[0][shape]
        }
        for shape in SHAPES
    }  # fmt: skip


def page(kept):
    """Return the section of docs/calibration.md, computed from the claims."""
    counts = {kind: counts_of(rows) for kind, rows in kept.items()}
    worlds = counts["plain"]["plain"]["dates"]["worlds"]
    return f"""## Clusters: `scan_statistic`

Measured by `python tests/calibration/scan.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Each world has {PLACES} places, about {PROTESTS} protests over {DAYS} days,
and regions, as above; clusters have a radius of at most {KM:g} km and at most {LONGEST} days; each test has {DRAWS} draws. A cell shows the percentage of {worlds} worlds in which
a cluster is claimed (p ≤ 0.05), on a plain / along a coast. **Bold**: more than 23 of 300.

### Without spread

{in_percent(counts, WITHOUT, MOST)}

### Traps

{in_percent(counts, TRAPS, MOST)}

### With clusters or contagion: power

{in_percent(counts, PLANTED | WITH, 1.0)}

{described(PLANTED)}
"""


if __name__ == "__main__":
    run_in_turn("scan", __doc__.split("\n", maxsplit=1)[0], KINDS, rows_of, page)
