"""Coverage of s, and networks named by compare_networks; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
WORLDS = 200
module = runpy.run_path(str(Path(__file__).with_name("networks.py")))
verdicts = runpy.run_path(str(Path(__file__).with_name("network_verdicts.py")))


@pytest.mark.parametrize("count", [30, 42])
@pytest.mark.parametrize("censored", [False, True])
def test_intervals_of_s_cover(count, censored):
    found = module["shares"](module["coverage"], (count, censored, False), WORLDS, 1)
    for by in ("order", "times"):
        assert abs(found[f"{by}: covered"] - 0.95) < 4 * np.sqrt(0.05 * 0.95 / WORLDS)


@pytest.mark.parametrize("kind", ["size", "delay", "regional", "start", "shock", "clumped", "size, clumped"])
def test_without_transmission_no_network_is_named(kind):
    """Of 25 worlds at most 5: more would be seen once in 5,000 runs at a rate of 5%."""
    assert verdicts["counts"](verdicts["rows_of"](kind, range(25)))["named"] <= 5


def test_strong_transmission_along_roads_is_found():
    found = verdicts["counts"](verdicts["rows_of"]("along road, s = 10", range(15)))
    assert found["the right one"] >= 3
    assert found["another"] <= 2
