"""False claims and power of the tests of interaction; docs/calibration.md has the full run of 300 worlds a cell."""

import runpy
from pathlib import Path

import pytest
from scipy.stats import binom

pytestmark = pytest.mark.slow
WORLDS = 60
MODULE = Path(__file__).with_name("interaction.py")
VERDICT, PLAIN = "verdict of knox_ladder", "Knox, places exchanged"


@pytest.fixture(scope="module")
def claimed():
    module = runpy.run_path(str(MODULE))
    known = {}

    def count(kind, test, shape="plain"):
        if kind not in known:
            known[kind] = module["counts_of"](kind, WORLDS)
        return known[kind][shape][test]["claims"]

    return count


WITHOUT = ["rows", "campaigns", "clumped", "size × clumped", "smallclump", "regional", "start", "shock", "delay"]


@pytest.mark.parametrize("shape", ["plain", "coast"])
@pytest.mark.parametrize("kind", WITHOUT)
def test_the_verdict_claims_no_interaction_without_spread(claimed, kind, shape):
    assert claimed(kind, VERDICT, shape) <= binom.ppf(0.999, WORLDS, 0.05)


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        ("campaigns", "Mantel, dates"),
        ("size × clumped", "Knox, dates"),
        ("size × clumped", "Knox, populations not given"),
    ],
)
def test_what_is_said_to_be_fooled_is_fooled(claimed, kind, test):
    assert claimed(kind, test) > 0.3 * WORLDS


def test_contagion_is_found_with_three_quarters_of_the_power_of_shuffled_dates(claimed):
    assert claimed("contagion 0.6", PLAIN) > 0.5 * WORLDS
    assert claimed("contagion 0.6", PLAIN) >= 0.75 * claimed("contagion 0.6", "Knox, dates") - 3
