"""False claims and power of the scan; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pytest
from scipy.stats import binom

pytestmark = pytest.mark.slow
WORLDS = 60
MODULE = Path(__file__).with_name("scan.py")


@pytest.fixture(scope="module")
def claimed():
    module, known = runpy.run_path(str(MODULE)), {}

    def count(kind, form, shape="plain"):
        if kind not in known:
            known[kind] = module["counts_of"](module["rows_of"](kind, range(WORLDS)))
        return known[kind][shape][form]["claims"]

    return count


WITHOUT = ["rows", "campaigns", "clumped", "clumped wave", "size × clumped", "smallclump", "shock", "delay"]


@pytest.mark.parametrize("shape", ["plain", "coast"])
@pytest.mark.parametrize("kind", WITHOUT)
def test_no_cluster_is_claimed_where_places_are_exchanged(claimed, kind, shape):
    assert claimed(kind, "places exchanged", shape) <= binom.ppf(0.999, WORLDS, 0.05)


def test_shocks_of_the_strata_are_no_clusters(claimed):
    assert claimed("regional", "within strata") <= binom.ppf(0.999, WORLDS, 0.05)


@pytest.mark.parametrize(
    ("kind", "form"),
    [("campaigns", "dates"), ("size × clumped", "populations not given"), ("regional", "places exchanged")],
)
def test_what_is_said_to_be_fooled_is_fooled(claimed, kind, form):
    assert claimed(kind, form) > 0.1 * WORLDS


def test_a_planted_cluster_is_found_as_often_as_with_shuffled_dates(claimed):
    assert claimed("planted 12", "places exchanged") > 0.4 * WORLDS
    assert claimed("planted 12", "places exchanged") >= 0.75 * claimed("planted 12", "dates") - 3
