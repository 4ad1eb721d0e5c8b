"""Size of the front test and coverage of its interval; docs/calibration.md has the full run of 1,000 worlds."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
WORLDS = 200
ERROR = 4 * np.sqrt(0.05 * 0.95 / WORLDS)


@pytest.fixture(scope="module")
def run():
    module = runpy.run_path(str(Path(__file__).with_name("front.py")))
    tables = {name: (table, slowness) for name, table, slowness in module["TABLES"]}
    return lambda name, kind: module["rows"](tables[name][0], kind, 42, tables[name][1], WORLDS)


@pytest.fixture(scope="module")
def verdicts():
    module = runpy.run_path(str(Path(__file__).with_name("front.py")))
    return lambda kind, shape: module["verdicts"](kind, shape, WORLDS)


@pytest.mark.parametrize(
    "kind", ["whole days", "four days", "not all joined", "skewed", "searched", "searched, not all joined"]
)
def test_the_level_holds_for_exchangeable_onsets(run, kind):
    assert run("null", kind)["rejected"].mean() <= 0.05 + ERROR


@pytest.mark.parametrize("kind", ["regional shocks", "smooth field"])
def test_clustered_onsets_are_rejected_by_the_test_but_not_called_a_front(run, kind):
    table = run("fooled", kind)
    assert table["rejected"].mean() > 0.2
    assert (table["verdict"] == "front").mean() < 0.1


@pytest.mark.parametrize("kind", ["moments", "whole days", "skewed"])
def test_intervals_cover(run, kind):
    assert abs(run("coverage", kind)["covered"].mean() - 0.95) <= ERROR


@pytest.mark.parametrize("shape", ["plain", "coast"])
@pytest.mark.parametrize("kind", ["reach", "start", "shock", "size", "size × clumped", "delay", "regional"])
def test_no_front_is_claimed_where_there_is_none(verdicts, kind, shape):
    assert verdicts(kind, shape).get("front", 0.0) <= 23 / 300 + 2 * np.sqrt(0.05 * 0.95 / WORLDS)


def test_reach_is_found_and_fronts_are_found(verdicts):
    assert verdicts("reach", "plain")["reach"] > 0.7
    assert verdicts(200.0, "plain")["front"] > 0.6


def test_intervals_account_for_the_search_for_an_origin(run):
    assert run("coverage", "searched")["covered"].mean() >= 0.95 - ERROR
