"""Count how often the local Knox statistic finds something in worlds with and without contagion.

`python tests/calibration/local_knox.py` runs 300 worlds of each kind on a plain and along a coast, and writes its section of
docs/calibration.md; the tests run fewer. The worlds are in worlds.py.
"""

import datetime as dt
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from protestspread.errors import DataWarning
from protestspread.inference.multiplicity import adjust
from protestspread.kernels import dispatch
from protestspread.stats.interaction.knox.local_counts import exchanged_neighbors, shuffled_neighbors
from protestspread.stats.interaction.schemes import ExchangePlaces

sys.path.insert(0, str(Path(__file__).parent))
from interaction import LIMITS, MOST, SHAPES, sample_of
from sections import run_by_kind
from sections import table as aligned
from worlds import DAYS, EVERY, PLACES, PROTESTS, TRAPS, WITH, WITHOUT

DRAWS = 999
TESTS = ("exchanged", "within strata", "populations not given", "dates")
CLAIMS = ("anything", "a place-day", "a place")
SHARES = ("place-days, p", "places, p", "place-days, adjusted p", "places, adjusted p")


def found(kind, shape, seed):
    """Return, for each test in one world, whether it finds anything, a place-day or a place, and the shares with p ≤ 0.05.

    With shuffled dates, p-values are the exact ones, which the draws estimate.
    """
    rng = np.random.default_rng([list(EVERY).index(kind), SHAPES.index(shape), seed, 21])
    world = EVERY[kind][0](rng, shape)
    days, draws = sample_of(world), int(rng.integers(0, 2**62))
    exchanged = (
        exchanged_neighbors(sample, scheme.sampler(sample, draws), LIMITS, DRAWS)
        for sample, scheme in (
            (days, ExchangePlaces()), (sample_of(world, strata=True), ExchangePlaces("region")), (sample_of(world, populations=False), ExchangePlaces())
        )
    )  # fmt: skip
    p = [(results.place_days.p_value, results.places.p_value) for results in exchanged]
    shuffled = shuffled_neighbors(days, draws, LIMITS, 1)
    p.append((np.where(np.isnan(shuffled.place_days.p_value), np.nan, shuffled.p_hypergeometric), np.full(1, np.nan)))
    return {test: measured(*both) for test, both in zip(TESTS, p, strict=True)}


def measured(days, places):
    """Return what is found by the p-values of place-days and of places, and the shares of p-values of at most 0.05."""
    adjusted = [adjust(p, "fdr") for p in (days, places)]
    claims = [bool((p <= 0.05).any()) for p in adjusted]
    shares = [share(p) for p in (days, places, *adjusted)]
    return {**dict(zip(CLAIMS, (any(claims), *claims), strict=True)), **dict(zip(SHARES, shares, strict=True))}


def share(p):
    """Return the share of p-values of at most 0.05, of those tested."""
    known = p[~np.isnan(p)]
    return float((known <= 0.05).mean()) if len(known) else None


def shares_of(kind, worlds, jobs=1):
    """Return, for each shape and test, the mean of what is found in some worlds."""
    out = {}
    for shape in SHAPES:
        chunks = np.array_split(np.arange(worlds), max(jobs, worlds // 25))
        parts = Parallel(n_jobs=jobs)(delayed(_chunk)(kind, shape, chunk) for chunk in chunks)
        rows = [row for part in parts for row in part]
        out[shape] = {
            test: pd.DataFrame([row[test] for row in rows]).astype(float).mean().to_dict() | {"worlds": worlds}
            for test in TESTS
        }
    return out


def _chunk(kind, shape, seeds):
    dispatch.FORCED = True  # each world alone is too small for compiled code, all of them are not
    with warnings.catch_warnings(action="ignore", category=DataWarning):
        return [found(kind, shape, int(seed)) for seed in seeds]


def page(kept):
    """Return the section of docs/calibration.md on the local Knox statistic."""
    worlds = kept["plain"]["plain"]["exchanged"]["worlds"]
    return f"""## Local Knox statistic

Measured by `python tests/calibration/local_knox.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. The worlds are those of the tests of interaction: {PLACES} places,
about {PROTESTS} protests, {DAYS} days; "close" means at most {LIMITS.km:g} km and {LIMITS.days} days; {DRAWS:,} draws, p-values adjusted by the method of Benjamini and Hochberg. The first six columns
show the percentage of {worlds} worlds in which `local_knox` finds anything, at least one place-day, or at least one place (adjusted p ≤ 0.05), on a plain / along a coast. **Bold**: more than 23 of 300. The
last columns show, with places exchanged and with dates shuffled (exact p-values), the mean percentage of the place-days or places tested with p ≤ 0.05, not adjusted.

### Local Knox: without spread

{table(kept, WITHOUT, MOST)}

### Local Knox: traps

{table(kept, TRAPS, MOST)}

### Local Knox: with contagion

{table(kept, WITH, 1.0)}

The percentage of the place-days tested, and of the places tested, that are found (adjusted p ≤ 0.05, places exchanged):

{power(kept)}
"""


_COLUMNS = (
    ("exchanged: anything", "exchanged", CLAIMS[0]),
    ("a place-day", "exchanged", CLAIMS[1]),
    ("a place", "exchanged", CLAIMS[2]),
    ("within strata: anything", "within strata", CLAIMS[0]),
    ("populations not given: anything", "populations not given", CLAIMS[0]),
    ("dates: a place-day", "dates", CLAIMS[1]),
    ("exchanged: place-days with p ≤ 0.05", "exchanged", SHARES[0]),
    ("places with p ≤ 0.05", "exchanged", SHARES[1]),
    ("dates: place-days with p ≤ 0.05", "dates", SHARES[0]),
)


def table(kept, kinds, most):
    rows = [[kind, *(_cell(kept[kind], test, what, most) for _, test, what in _COLUMNS)] for kind in kinds]
    return aligned(["world", *(head for head, *_ in _COLUMNS)], rows)


def power(kept):
    rows = [[kind, *(_cell(kept[kind], "exchanged", what, 1.0) for what in SHARES[2:])] for kind in WITH]
    return aligned(["world", "place-days found", "places found"], rows)


def _cell(row, test, what, most):
    return " / ".join(_percent(row[shape][test][what], most) for shape in SHAPES)


def _percent(share, most):
    if share is None or np.isnan(share):
        return "–"
    text = f"{100 * share:.1f}"
    return f"**{text}**" if share > most + 1e-9 else text


if __name__ == "__main__":
    run_by_kind("local_knox", __doc__, EVERY, shares_of, page)
