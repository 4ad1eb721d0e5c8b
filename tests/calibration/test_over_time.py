"""Levels, known false positives and power of the statistics over time; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
WORLDS = 300


@pytest.fixture(scope="module")
def shares():
    rejections = runpy.run_path(str(Path(__file__).with_name("over_time.py")))["rejections"]
    known = {}

    def share(kind):
        if kind not in known:
            found = rejections(kind, WORLDS)
            known[kind] = found["rejected"] / found["worlds"]
        return known[kind]

    return share


@pytest.mark.parametrize("kind", ["equal rates", "unequal sizes", "common shock"])
def test_the_level_holds_where_places_are_exchangeable(shares, kind):
    assert shares(kind).max() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / WORLDS)


def test_clustered_population_affects_counts_but_not_rates(shares):
    found = shares("clustered sizes")
    assert found["Moran's I, one day"] > 0.5
    assert found["Moran's I of rates (empirical Bayes), one day"] <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / WORLDS)


def test_contagion_is_detected(shares):
    assert shares("endemic–epidemic")["Moran's I, any day (max)"] > 0.15
