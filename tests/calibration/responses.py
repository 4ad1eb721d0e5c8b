"""Simulate worlds with and without a response of B to A, and count how often `response_test` claims that B follows A.

`python tests/calibration/responses.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
docs/calibration.md; the tests run fewer. The worlds are in typed_worlds.py.
"""

import datetime as dt
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.errors import DataWarning
from protestspread.kernels import dispatch
from protestspread.stats.interaction.knox.response import ResponseLimits, response_of
from protestspread.stats.interaction.knox.typed_points import TypedPoints
from protestspread.stats.interaction.points import PointSet

sys.path.insert(0, str(Path(__file__).parent))
from sections import described, run_by_kind, table_by_shape
from typed_worlds import FOOLED, NO_RESPONSE, RESPONSE, TYPED
from worlds import DAYS, PLACES

DRAWS, SHAPES = 199, ("plain", "coast")
MOST = 23 / 300
"""Share of false claims above which a cell is bold: 23 of 300 is the 98% point of the binomial distribution at 5%."""
TESTS = {
    "0 km": (ResponseLimits(0.0, 3), False),
    "80 km": (ResponseLimits(80.0, 3), False),
    "80 km, within regions": (ResponseLimits(80.0, 3), True),
    "80 km, same day as well": (ResponseLimits(80.0, 3, include_same_day=True), False),
}


def points_of(world, then, *, strata=False):
    """Return the place-days of a world, in the plane."""
    active, place = np.unique(world.place, return_inverse=True)
    sites = PointSet(*world.xy[active].T.copy(), on_sphere=False)
    return TypedPoints.sorted(sites, place, world.day, then, world.region[world.place] if strata else 0)


def claims(kind, shape, seed):
    """Return whether "B follows A" is claimed in one world, and which nulls are rejected; None where it cannot tell."""
    rng = np.random.default_rng([list(TYPED).index(kind), SHAPES.index(shape), seed])
    world, then = TYPED[kind][0](rng, shape)
    chance, found = int(rng.integers(0, 2**62)), {}
    for name, (limits, strata) in TESTS.items():
        result = response_of(points_of(world, then, strata=strata), ("A", "B"), limits, permutations=DRAWS, seed=chance)
        found[f"verdict, {name}"] = None if result.verdict == "cannot tell" else result.verdict == "B follows A"
        if name in ("0 km", "80 km"):
            for part, null in (("types", result.types), ("dates", result.dates)):
                p = null.forward.p_value
                found[f"{part}, {name}"] = None if np.isnan(p) else bool(p <= 0.05)
    return dict(sorted(found.items(), key=lambda item: not item[0].startswith("verdict")))


def claims_in(kind, shape, seeds):
    """Return the claims in some worlds."""
    dispatch.FORCED = True  # each world alone is too small for compiled code, all of them are not
    with warnings.catch_warnings(action="ignore", category=DataWarning):
        return [claims(kind, shape, int(seed)) for seed in seeds]


def counts_of(kind, worlds, jobs=1, shapes=SHAPES):
    """Return for each shape and test the claims and the worlds in which it can tell."""
    found = {}
    for shape in shapes:
        chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 25))
        parts = Parallel(n_jobs=jobs)(delayed(claims_in)(kind, shape, chunk) for chunk in chunks)
        table = pd.DataFrame([row for part in parts for row in part])
        found[shape] = {
            test: {"claims": int(table[test].eq(True).sum()), "told": int(table[test].notna().sum()), "worlds": worlds}
            for test in table
        }
    return found


def page(counts):
    """Return the section of docs/calibration.md on responses, computed from counts."""
    worlds = counts["plain"]["plain"]["verdict, 0 km"]["worlds"]
    return f"""## Responses: does B follow A near by?

Measured by `python tests/calibration/responses.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Each world has {PLACES} places and about 150 events of two types over
{DAYS} days; B may follow A after one to three days, at the same place (0 km) or at most 80 km away; each null has {DRAWS} draws. A cell shows the percentage of {worlds}
worlds in which `response_test` says "B follows A", or in which one null alone is rejected (p ≤ 0.05), on a plain / along a coast. **Bold**: more than 23 of 300.
Within regions: the dates of B are shuffled within the regions of the world.

### Without a response

{table_by_shape(counts, NO_RESPONSE, MOST)}

{described(NO_RESPONSE)}

### Traps: no response, and known to fool the verdict

{table_by_shape(counts, FOOLED, MOST)}

{described(FOOLED)}

### With a response: power

{table_by_shape(counts, RESPONSE, 1.0)}

{described(RESPONSE)}
"""


if __name__ == "__main__":
    run_by_kind("responses", __doc__, TYPED, counts_of, page)
