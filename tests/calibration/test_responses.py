"""False claims and power of `response_test`; docs/calibration.md has the full run of 300 worlds a cell."""

import runpy
from pathlib import Path

import pytest
from scipy.stats import binom

pytestmark = pytest.mark.slow
WORLDS = 60
responses = runpy.run_path(str(Path(__file__).with_name("responses.py")))
SAME, NEAR, WITHIN = "verdict, 0 km", "verdict, 80 km", "verdict, 80 km, within regions"


@pytest.fixture(scope="module")
def claimed():
    known = {}

    def count(kind, test):
        if kind not in known:
            known[kind] = responses["counts_of"](kind, WORLDS, shapes=("plain",))["plain"]
        return known[kind][test]["claims"]

    return count


@pytest.mark.parametrize("test", [SAME, NEAR])
@pytest.mark.parametrize(
    "kind",
    ["rows", "campaigns", "clumped", "size × clumped", "regional", "national order", "own campaigns", "bursts",
     "runs side by side", "drawn together, strongly", "other order"],
)  # fmt: skip
def test_no_response_is_claimed_without_one(claimed, kind, test):
    assert claimed(kind, test) <= binom.ppf(0.999, WORLDS, 0.05)


@pytest.mark.parametrize(
    ("kind", "test"),
    [
        ("campaigns", "dates, 0 km"),
        ("bursts", "dates, 0 km"),
        ("drawn together, strongly", "types, 0 km"),
        ("weekly order", "types, 0 km"),
    ],
)
def test_one_null_alone_is_fooled(claimed, kind, test):
    assert claimed(kind, test) > 0.3 * WORLDS


@pytest.mark.parametrize("kind", ["local order", "regional order"])
def test_what_is_said_to_fool_the_verdict_does(claimed, kind):
    assert claimed(kind, NEAR) > 0.3 * WORLDS


def test_waves_of_whole_strata_are_in_the_null(claimed):
    assert claimed("regional order", WITHIN) <= binom.ppf(0.999, WORLDS, 0.05)


def test_responses_are_found(claimed):
    assert claimed("response 0.2", SAME) > 0.7 * WORLDS
    assert claimed("response 0.4, near by", NEAR) > 0.5 * WORLDS
