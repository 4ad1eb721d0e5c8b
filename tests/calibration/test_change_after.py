"""What change_after says of waves without and with a change; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
worlds = runpy.run_path(str(Path(__file__).with_name("change_after.py")))


@pytest.mark.parametrize("kind", worlds["NULL"])
def test_waves_without_a_change_have_none(kind):
    """Of 25 worlds at most 5: more would be seen once in 5,000 runs at a rate of 5%."""
    rows = worlds["rows_of"](kind, range(25))
    for name in worlds["FITS"]:
        assert sum(row[name] == "change" for row in rows) <= 5
    assert sum(row["segmented regression"] for row in rows) >= 20


def test_a_large_change_is_found():
    rows = worlds["rows_of"]("Poisson, transmission 25%", range(15))
    assert sum(row["cubic course"] == "change" for row in rows) >= 10
