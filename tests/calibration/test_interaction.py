"""Levels, known false positives and power of the interaction tests; docs/calibration.md has the full run of 2,000 worlds."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
WORLDS = 200
OWN_NULL = [
    "dates",
    "dates, between",
    "within region, between",
    "within month, between",
    "within region and quarter, between",
    "max-Knox",
    "Mantel",
    "Jacquez, k = 3",
    "space-time K",
]


@pytest.fixture(scope="module")
def rejected():
    module = runpy.run_path(str(Path(__file__).with_name("interaction.py")))
    known = {}

    def share(kind, test):
        if kind not in known:
            known[kind] = module["rejections"](kind, WORLDS)
        row = known[kind].loc[test]
        return row["rejected"] / row["worlds"]

    return share


@pytest.mark.parametrize("kind", ["uniform", "clustered places", "common shock", "weekday"])
@pytest.mark.parametrize("test", OWN_NULL)
def test_the_level_holds_where_the_null_hypothesis_is_true(rejected, kind, test):
    assert rejected(kind, test) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / WORLDS)


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        ("common shock", "circular shifts"),
        ("population trend", "dates, between"),
        ("regional shocks", "dates, between"),
        ("regional shocks", "within month, between"),
        ("local bursts", "dates"),
    ],
)
def test_known_false_positives(rejected, kind, test):
    assert rejected(kind, test) > 0.5


@pytest.mark.parametrize("kind", ["population trend", "regional shocks", "local bursts"])
@pytest.mark.parametrize("test", ["within region, between", "within region and quarter, between"])
def test_the_level_holds_with_dates_shuffled_within_regions(rejected, kind, test):
    assert rejected(kind, test) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / WORLDS)


@pytest.mark.parametrize(
    "test", ["dates, between", "within region, between", "within month, between", "max-Knox", "space-time K"]
)
def test_contagion_is_detected(rejected, test):
    assert rejected("contagion", test) > 0.5
    assert rejected("endemic–epidemic", test) > 0.5
