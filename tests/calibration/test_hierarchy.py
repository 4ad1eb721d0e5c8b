"""Do intervals of both exponents hold the truth, and who is fooled? docs/calibration.md has the full run of 1,000 spreads each."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
WORLDS = 200


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(Path(__file__).with_name("hierarchy.py")))


@pytest.mark.parametrize("places", [30, 42, 300])
@pytest.mark.parametrize("censored", [True, False])
@pytest.mark.parametrize("kind", ["both", "hierarchy alone", "neighborhood alone"])
def test_intervals_hold_the_truth(script, places, kind, censored):
    draw, truth = script["runs"]()[places, kind, censored]
    found = script["outcomes"](draw, truth, WORLDS, 1000 + places)
    assert np.abs(np.array(script["covered"](found)) - 0.95).max() < 0.02 + 3 * np.sqrt(0.95 * 0.05 / WORLDS)


def test_who_is_fooled_is_known(script):
    runs = script["runs"]()
    found = {
        kind: script["outcomes"](*runs[300, kind, True], WORLDS, 2000)
        for kind in ("small places overlooked", "only those that joined", "regions of their own")
    }
    assert script["called"](found["small places overlooked"])[0] > 0.5  # hierarchy that is none
    assert script["called"](found["regions of their own"])[1] > 0.3  # neighborhood that is none
    assert found["only those that joined"]["population"].median() < 0.6  # of 0.8
