"""Coverage of both exponents, and known biases; docs/calibration.md has the full run of 1,000 spreads each."""

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
@pytest.mark.parametrize("kind", ["both", "hierarchy only", "neighborhood only"])
def test_intervals_contain_the_true_value(script, places, kind, censored):
    draw, truth = script["runs"]()[places, kind, censored]
    found = script["outcomes"](draw, truth, WORLDS, 1000 + places)
    assert np.abs(np.array(script["covered"](found)) - 0.95).max() < 0.02 + 3 * np.sqrt(0.95 * 0.05 / WORLDS)


def test_known_biases(script):
    runs = script["runs"]()
    found = {
        kind: script["outcomes"](*runs[300, kind, True], WORLDS, 2000)
        for kind in ("small places underreported", "only places that joined", "regional differences")
    }
    assert script["called"](found["small places underreported"])[0] > 0.5  # true value: 0
    assert script["called"](found["regional differences"])[1] > 0.3  # true value: 0
    assert found["only places that joined"]["population"].median() < 0.6  # true value: 0.8


@pytest.mark.parametrize("places", [42, 300])
def test_no_exponent_is_claimed_where_there_is_none(script, places):
    """Shares of intervals above 0, and below it: at most 23 of 300 each."""
    runs = script["runs"]()
    for kind, exponents in (("neither", (0, 1)), ("start", (0, 1)), ("size × clumped", (1,)), ("hierarchy only", (1,))):
        found = script["outcomes"](*runs[places, kind, True], WORLDS, 3000 + places)
        for row in exponents:
            assert script["called"](found)[row] <= 23 / 300, kind


def test_power_grows_with_the_exponents(script):
    runs = script["runs"]()
    power = [
        script["called"](script["outcomes"](*runs[42, kind, True], WORLDS, 4000))
        for kind in ("both, weak", "both", "both, strong")
    ]
    assert power[0][0] < power[1][0] < power[2][0]
    assert power[0][1] < power[1][1] < power[2][1]
    assert power[1][0] > 0.7
