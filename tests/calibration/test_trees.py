"""Probable parents are the true ones as often as their probabilities say; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import numpy as np
import pytest

trees = runpy.run_path(str(Path(__file__).with_name("trees.py")))


def check(kind, worlds):
    """Compare, by class of probability, the share of possible parents that are true with the mean probability."""
    rows = trees["rows_of"](kind, range(worlds))
    given, mean, right = (np.sum([row[name] for row in rows], axis=0) for name in ("given", "mean", "right"))
    assert sum(row["onsets"] for row in rows) >= 2000
    many = given >= 100
    assert many[trees["LIKELY"]]
    assert 0.65 <= right[trees["LIKELY"]] / given[trees["LIKELY"]] <= 0.75
    return given[many], mean[many] / given[many], right[many] / given[many]


def test_parents_from_the_true_delay():
    given, mean, right = check("given delay", 60)
    assert (np.abs(right - mean) <= 4 * np.sqrt(mean * (1 - mean) / given)).all()


@pytest.mark.slow
def test_parents_from_true_parameters():
    given, mean, right = check("true parameters", 60)
    assert (np.abs(right - mean) <= 4 * np.sqrt(mean * (1 - mean) / given)).all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fit_tada, 240 places", "fit_tada, mean over sampled parameters"])
def test_parents_from_estimated_parameters(kind):
    check(kind, 60)
