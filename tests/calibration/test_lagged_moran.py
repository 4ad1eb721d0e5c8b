"""False claims and power of the lagged Moran's I; docs/calibration.md has the full run of 300 worlds a cell."""

import runpy
from pathlib import Path

import pytest
from scipy.stats import binom

pytestmark = pytest.mark.slow
WORLDS = 60


@pytest.fixture(scope="module")
def claimed():
    module = runpy.run_path(str(Path(__file__).with_name("lagged_moran.py")))
    known = {}

    def count(kind, test, shape="plain"):
        if kind not in known:
            known[kind] = module["counts_of"](kind, WORLDS)
        return known[kind][shape][test]["claims"]

    return count


MOST = binom.ppf(0.999, WORLDS, 0.05)


@pytest.mark.parametrize("shape", ["plain", "coast"])
@pytest.mark.parametrize(
    "kind", ["rows", "campaigns", "clumped wave", "size × clumped", "smallclump", "delay", "geography"]
)
def test_no_dependence_is_claimed_without_spread(claimed, kind, shape):
    for test in ("over all days", "any day (max)", "local: any place (max)"):
        assert claimed(kind, test, shape) <= MOST


def test_regions_with_causes_of_their_own_need_strata(claimed):
    assert claimed("regional", "over all days") > 0.3 * WORLDS
    assert claimed("regional", "with strata") <= MOST


def test_what_is_not_offered_is_fooled(claimed):
    assert claimed("size × clumped", "own mean only, unrestricted") > 0.5 * WORLDS


def test_contagion_is_found(claimed):
    assert claimed("contagion 0.6", "over all days") > 0.5 * WORLDS
