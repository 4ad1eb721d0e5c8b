"""False findings and power of the local Knox statistic; docs/calibration.md has the full run of 300 worlds a cell."""

import runpy
from pathlib import Path

import pytest
from scipy.stats import binom

from protestspread.kernels import dispatch

pytestmark = pytest.mark.slow
WORLDS = 60
MODULE = Path(__file__).with_name("local_knox.py")


@pytest.fixture(scope="module")
def shares():
    module, before, known = runpy.run_path(str(MODULE)), dispatch.FORCED, {}

    def share(kind, test, what, shape="plain"):
        if kind not in known:
            known[kind] = module["shares_of"](kind, WORLDS)
        return known[kind][shape][test][what]

    yield share
    dispatch.FORCED = before


WITHOUT = ["rows", "campaigns", "clumped", "size × clumped", "smallclump", "start", "shock", "delay"]


@pytest.mark.parametrize("shape", ["plain", "coast"])
@pytest.mark.parametrize("kind", WITHOUT)
def test_nothing_is_found_without_spread(shares, kind, shape):
    assert shares(kind, "exchanged", "anything", shape) <= binom.ppf(0.999, WORLDS, 0.05) / WORLDS
    assert shares(kind, "exchanged", "place-days, p", shape) < 0.08


def test_shocks_of_regions_are_held_by_strata(shares):
    assert shares("regional", "within strata", "anything") <= binom.ppf(0.999, WORLDS, 0.05) / WORLDS
    assert shares("regional", "exchanged", "anything") > 0.25


@pytest.mark.parametrize(
    ("kind", "test", "what"),
    [("campaigns", "dates", "a place-day"), ("size × clumped", "populations not given", "anything")],
)
def test_what_is_said_to_be_fooled_is_fooled(shares, kind, test, what):
    assert shares(kind, test, what) > 0.2


def test_places_are_found_more_often_than_their_days(shares):
    found = shares("contagion 0.6", "exchanged", "a place")
    assert found > 0.2
    assert found > shares("contagion 0.6", "exchanged", "a place-day")
    assert shares("contagion 0.6", "exchanged", "places, p") > 0.15
