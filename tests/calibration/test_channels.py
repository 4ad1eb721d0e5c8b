"""Coverage of the intervals of decompose_channels; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

pytestmark = pytest.mark.slow
WORLDS = 100
CHANNELS = ["own past", "neighbors", "rest of the country"]


@pytest.fixture(scope="module")
def found():
    module = runpy.run_path(str(Path(__file__).with_name("channels.py")))
    known = {}

    def rows(kind):
        if kind not in known:
            known[kind] = pd.DataFrame([row for row in module["rows_of"](kind, range(WORLDS)) if row is not None])
        return known[kind]

    return rows


@pytest.mark.parametrize("kind", ["nothing", "nation", "neighbors", "all", "all, with gaps", "568 × 556: all"])
def test_intervals_contain_the_truth(found, kind):
    missed = (~found(kind)[CHANNELS]).sum()
    assert (missed <= binom.ppf(0.999, len(found(kind)), 0.07)).all()


@pytest.mark.parametrize("kind", ["nothing", "nation", "wave"])
def test_a_wave_of_the_country_is_not_taken_for_a_channel_of_the_neighbors(found, kind):
    claims = found(kind)[["claim", "effects of days: claim"]].sum()
    assert (claims <= binom.ppf(0.999, WORLDS, 0.025)).all()


def test_without_the_rest_of_the_country_it_is(found):
    assert found("nation")["claim without nation"].mean() > 0.7
    assert found("wave")["claim without nation"].mean() > 0.9


def test_neighbors_are_found_where_they_act(found):
    assert found("neighbors")["claim"].mean() > 0.9
    assert found("all")["claim"].mean() > 0.9


def test_the_correction_takes_out_the_bias_of_own_past(found):
    rows = found("all, 50 days")
    assert rows["least squares: bias of own past"].mean() < -0.015
    assert abs(rows["bias of own past"].mean()) < 0.01


def test_shocks_that_neighbors_share_are_a_known_trap(found):
    assert found("regional")["claim"].mean() > 0.5
    assert found("uneven wave")["claim"].mean() > 0.1
