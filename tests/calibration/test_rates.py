"""What event histories and endemic-epidemic fits claim without transmission; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
CLAIM = "consistent with transmission"
history = runpy.run_path(str(Path(__file__).with_name("event_history.py")))
counts = runpy.run_path(str(Path(__file__).with_name("endemic_epidemic.py")))


@pytest.mark.parametrize("kind", ["size", "delay", "regional"])
def test_event_histories_without_transmission_claim_none(kind):
    """Of 25 worlds at most 5: more would be seen once in 5,000 runs at a rate of 5%."""
    assert sum(row[CLAIM] for row in history["rows_of"](kind, range(25))) <= 5


@pytest.mark.parametrize("kind", ["rows", "size", "delay", "regional", "shock"])
def test_counts_without_transmission_claim_none(kind):
    assert sum(row[CLAIM] for row in counts["rows_of"](kind, range(25))) <= 5


def test_strong_transmission_along_roads_is_found():
    assert sum(row[CLAIM] for row in history["rows_of"]("along road, s = 10", range(15))) >= 5
    assert sum(row[CLAIM] for row in counts["rows_of"]("along road, 0.4", range(10))) >= 5
