"""Waves without and with a change after an act on the day after their peak, and what change_after says of them.

`python tests/calibration/change_after.py` writes its section of docs/calibration.md. Waves are SIR epidemics that no fit of the
library describes exactly; each is fitted in several ways. Segmented Poisson regression stands beside.
"""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import in_worlds, run_in_turn, table

DAYS = pd.date_range("2022-01-03", periods=30, name="date")
TIME = np.linspace(-1, 1, len(DAYS))
PLACES = [f"place {number}" for number in range(10)]
NULL = (
    "Poisson", "negative binomial", "10 places", "weekends", "branching", "Poisson, given", "negative binomial, given",
)  # fmt: skip
POWER = tuple(f"{kind}, transmission {share}%" for kind in NULL[:2] for share in (75, 50, 25))
SEGMENTED = ("segmented regression", "the same, quadratic trend")
DRAWS = 99


def course(degree):
    """Return the terms of a smooth course: powers of time."""
    return ps.Terms(by={f"time^{power}": pd.Series(TIME**power, DAYS) for power in range(1, degree + 1)})


FITS = {
    "cubic course": {"endemic": course(3), "own": None},
    "quadratic course": {"endemic": course(2), "own": None},
    "quadratic course, Poisson": {"endemic": course(2), "own": None, "family": "poisson"},
    "own part with a course": {"endemic": ps.Terms(), "own": course(2)},
    "constant own part": {"endemic": ps.Terms(), "own": ps.Terms()},
}


def reported(kind, seed, act=None, cut=1.0):
    """Return the reported new cases of one epidemic by day; transmission is cut from the day of the act on."""
    if kind == "branching":
        return branching(np.random.default_rng([47, seed]))
    rng, reporting, counting = (np.random.default_rng([37, seed, stream]) for stream in range(3))
    susceptible, infectious, new = 3992, 8, np.zeros(len(DAYS))
    for day in range(len(DAYS)):
        rate = 2.2 * 0.35 * (cut if act is not None and day >= act else 1.0)
        new[day] = rng.binomial(susceptible, 1 - np.exp(-rate * infectious / 4000))
        infectious += int(new[day]) - rng.binomial(infectious, 1 - np.exp(-0.35))
        susceptible -= int(new[day])
    mean = 0.15 * new * (np.where(DAYS.day_of_week >= 5, 1.8, 0.7) if kind == "weekends" else 1.0)
    if kind.startswith("Poisson"):
        return counting.poisson(mean)
    return counting.poisson(reporting.gamma(5, mean / 5))


def branching(rng):
    """Return counts of which each brings about others on the next day, at a rate that falls from 1.4 to 0.65."""
    counts = [3]
    for day in range(1, len(DAYS)):
        mean = 0.3 + np.exp(0.35 * (1 - day / 13)) * counts[-1]
        counts.append(rng.poisson(mean * rng.gamma(10, 0.1)))
    return np.array(counts)


def world(kind, seed):
    """Return the counts of one wave and the day of the act: the first of its epidemics that has a peak in the middle."""
    for attempt in range(1000):
        one = seed * 1000 + attempt
        counts = reported(kind, one)
        act = int(counts.argmax()) + 1
        if counts.sum() >= 60 and 6 <= act <= len(DAYS) - 7:
            break
    if kind.endswith("given"):
        act = int(np.random.default_rng([41, seed]).integers(10, len(DAYS) - 3))
    if "transmission" in kind:
        counts = reported(kind, one, act, float(kind.split()[-1].strip("%")) / 100)
    return counts, act


def verdicts(kind, seed):
    """Return the verdict of each fit, and whether segmented regression rejects."""
    counts, act = world(kind, seed)
    panel, offset = pd.DataFrame({"all": counts}, index=DAYS), None
    if kind == "10 places":
        rng = np.random.default_rng([43, seed])
        share = rng.dirichlet(np.full(len(PLACES), 2.0))
        panel = pd.DataFrame([rng.multinomial(count, share) for count in counts], index=DAYS, columns=PLACES)
        offset = pd.Series(share, PLACES)
    rule = "given" if kind.endswith("given") else "day after peak"
    found = dict(zip(SEGMENTED, (bool(segmented(counts, act, degree)[1] <= 0.05) for degree in (1, 2)), strict=True))
    for name, options in FITS.items():
        try:
            fit = ps.fit_endemic_epidemic(panel.loc[:, panel.sum() > 0], None, neighbors=None, offset=offset, **options)
            found[name] = ps.change_after(fit, DAYS[act], rule=rule, draws=DRAWS, rng=seed).verdict
        except ps.DataError as error:
            found[name] = "refused: too few days" if "parameters" in str(error) else f"refused: {error}"
    return found


def segmented(counts, act, degree=1):
    """Return likelihood ratio and p-value of a change of level and slope at the act, in a Poisson regression with a trend."""
    time = np.arange(len(counts))
    after = time >= act
    trend = np.column_stack([np.ones(len(time)), *(time**power for power in range(1, degree + 1))])
    ratio = 2 * (
        poisson_fit(np.column_stack([trend, after, after * (time - act)]), counts) - poisson_fit(trend, counts)
    )
    return ratio, chi2.sf(ratio, 2)


def poisson_fit(terms, counts):
    """Return the largest log-likelihood of a log-linear Poisson regression, up to a constant."""
    terms = np.linalg.qr(terms)[0]
    mean = counts + 0.5
    for _ in range(100):
        weighted = terms * mean[:, None]
        step = np.linalg.solve(terms.T @ weighted, weighted.T @ (np.log(mean) + (counts - mean) / mean))
        mean = np.exp(terms @ step)
    return float((counts * np.log(mean) - mean).sum())


def rows_of(kind, seeds, jobs=1):
    """Return the verdicts in some worlds."""
    return in_worlds(verdicts, kind, seeds, jobs)


def share(rows, name, verdict):
    """Return the percentage of a verdict among the worlds that were not refused."""
    told = [row[name] for row in rows if not str(row[name]).startswith("refused")]
    return f"{100 * sum(value == verdict for value in told) / max(len(told), 1):.1f}"


def page(kept):
    """Return the section of docs/calibration.md."""
    rows = []
    for kind in (*NULL, *POWER):
        if kept.get(kind):
            cells = [f"{share(kept[kind], name, 'change')} ({share(kept[kind], name, 'cannot tell')})" for name in FITS]
            rows.append([kind, len(kept[kind]), *cells, *(share(kept[kind], name, True) for name in SEGMENTED)])
    return f"""## After an act: `change_after`

Measured by `python tests/calibration/change_after.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Epidemics of 30 days among 4,000 people (SIR, R0 2.2, mean duration
2.9 days, 15% reported; with at least 60 reports and the peak in the middle) have an act on the day after the day with most reports, which changes nothing, or cuts transmission to a share of what it was.
Reports are Poisson or negative binomial (size 5); "10 places": the negative binomial reports of one epidemic, divided among places, so that days are shared shocks; "weekends": 2.6 times as many reports
at weekends; "branching": no epidemic, but counts of which each brings about others on the next day (negative binomial, size 10), less and less; "given": the act on a random day, `rule="given"`. Each wave is fitted in five ways; {DRAWS} draws of each null. A cell shows the percentage of "change", and in parentheses of "cannot tell". Worlds
that are refused (too few days before the act; a later peak, where transmission is cut) are not counted. Segmented regression has a trend and a change of level and slope (likelihood ratio, p ≤ 0.05).

{table(["world", "worlds", *FITS, *SEGMENTED], rows)}

*What fools it.* Weekdays that the fit leaves out, and counts of which each brings about others ("branching") in a fit without an own part, are the worlds closest to false claims. Shocks that places
share and Poisson fits of counts that vary more are seen before the act: "cannot tell". A course with several peaks is described by neither null.
"""


if __name__ == "__main__":
    run_in_turn("change_after", __doc__, (*NULL, *POWER), rows_of, page)
