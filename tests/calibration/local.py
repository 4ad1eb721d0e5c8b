"""Count the days on which a local statistic has a false finding: `python tests/calibration/local.py`.

A world is a panel of independent Poisson counts of 60 places; each day is a test of its own, adjusted over the places by the
method of Benjamini and Hochberg. A day with any adjusted p ≤ 0.05 is a false finding.
"""

import argparse
import datetime as dt
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

import protestspread as ps

sys.path.insert(0, str(Path(__file__).parent))
from sections import table, write_section

PLACES, NEIGHBORS = 60, 5
MEANS = (0.05, 0.1, 0.5, 1.0, 5.0, 20.0)
TESTS = {"local Moran": ps.local_moran_over_time, "G*": ps.getis_ord_over_time}


def found(test, mean, days, permutations, rng, source="permutations"):
    """Return the share of days with a false finding; None where moments are refused."""
    points = gpd.points_from_xy(rng.uniform(0, 4.5, PLACES), rng.uniform(-2.25, 2.25, PLACES))
    names = pd.Index([f"p{k:02d}" for k in range(PLACES)], name="city")
    graph = ps.nearest_graph(gpd.GeoDataFrame(index=names, geometry=points, crs=4326), k=NEIGHBORS)
    index = pd.date_range("2000-01-01", periods=days, name="date")
    panel = pd.DataFrame(rng.poisson(mean, (days, PLACES)), index, names)
    options = {"permutations": permutations, "rng": int(rng.integers(0, 2**62))} if source == "permutations" else {}
    with warnings.catch_warnings(action="ignore", category=ps.DataWarning):
        try:
            result = TESTS[test](panel, graph, p_from=source, **options)
        except ps.DataError:
            return None
    lowest = result.to_frame()["adjusted_p_value"].groupby("date").min()
    return float((lowest <= 0.05).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--permutations", type=int, default=9999)
    options = parser.parse_args()
    rows = []
    for test in TESTS:
        for source in ("permutations", "moments"):
            rng = np.random.default_rng(1)
            shares = [found(test, mean, options.days, options.permutations, rng, source) for mean in MEANS]
            rows.append(
                [f"{test}, {source}", *("refused" if share is None else f"{100 * share:.1f}" for share in shares)]
            )
            print(rows[-1], flush=True)
    write_section("local", page(rows, options))


def page(rows, options):
    return f"""## Local statistics: false findings per day

Measured by `python tests/calibration/local.py` on {dt.datetime.now(dt.UTC):%-d %B %Y}, without manual adjustment. Independent Poisson counts of {PLACES} places with {NEIGHBORS} neighbors on
{options.days:,} days: the percentage of days on which any place has p ≤ 0.05 after adjustment (Benjamini–Hochberg over the places of the day; {options.permutations:,} permutations).
A method that holds its level has at most 5. "Refused": the function raises an error, because moments are not valid for counts so sparse.

{table(["mean count", *map(str, MEANS)], rows)}
"""


if __name__ == "__main__":
    main()
