"""What the test of structural dependence claims; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
adoption = runpy.run_path(str(Path(__file__).with_name("adoption.py")))


def rejected(kind, scheme, worlds):
    return sum(row[scheme][0] for row in adoption["rows_of"](kind, range(worlds)))


@pytest.mark.parametrize("scheme", adoption["SCHEMES"])
def test_it_holds_its_level_where_nothing_goes_together(scheme):
    """Of 40 worlds at most 6: more would be seen once in 100 runs at a rate of 5%."""
    assert rejected("none", scheme, 40) <= 6


def test_strong_contagion_along_roads_is_found():
    assert rejected("along road, s = 10", "degrees, day included", 20) >= 12
