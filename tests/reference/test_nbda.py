"""Comparison with the R package NBDA 0.9.6 on a ring of six places and on two simulated cases."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

VARIANTS = {
    "oada_W1": (["W1"], "additive", False),
    "oada_W1W2": (["W1", "W2"], "additive", False),
    "oada_W1_asocx": (["W1"], "additive", True),
    "oada_W1_uncx": (["W1"], "unconstrained", True),
    "oada_W1_multx": (["W1"], "multiplicative", True),
    "tada_W1": (["W1"], "additive", False),
    "tada_W1_asocx": (["W1"], "additive", True),
}


@pytest.fixture(scope="session")
def nbda_cases():
    return json.loads((Path(__file__).parent / "data" / "nbda_cases.json").read_text(encoding="utf-8"))


def data(case):
    """Return onsets, networks (a_ij in NBDA is the influence of j on i: a tie from j to i) and the attribute."""
    places = pd.RangeIndex(1, case["n"] + 1)
    onsets = pd.Series(case["times"], index=case["order"]).reindex(places)
    networks = {}
    for name in ("W1", "W2"):
        weights = np.array(case[name], dtype=float)
        target, source = np.nonzero(weights)
        ties = {"source": source + 1, "target": target + 1, "weight": weights[target, source]}
        networks[name] = ps.DiffusionGraph.from_edges(pd.DataFrame(ties), places)
    return onsets, networks, pd.DataFrame({"x": case["x"]}, index=places)


def fit(case, variant, **options):
    names, effect, with_attribute = VARIANTS[variant]
    onsets, networks, attributes = data(case)
    options |= {"effect": effect, "attributes": attributes if with_attribute else None}
    chosen = {name: networks[name] for name in names}
    if variant.startswith("tada"):
        return ps.fit_tada(onsets, chosen, observed_until=case["end"], **options)
    return ps.fit_oada(onsets, chosen, **options)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("variant", VARIANTS)
def test_fits_equal_those_of_nbda(nbda_cases, number, variant):
    case = nbda_cases[number]
    expected, found = case["nbda"][variant], fit(case, variant)
    assert found.log_likelihood == pytest.approx(expected["loglik"], abs=1e-6)
    assert found.aicc == pytest.approx(expected["aicc"], abs=1e-6)
    assert found.converged
    ours, theirs = found.params.to_numpy(), np.atleast_1d(expected["par"])
    assert ours == pytest.approx(theirs, rel=1e-3, abs=1e-6)
    errors = np.atleast_1d(np.array(expected["se"], dtype=float))
    if not found.boundary:  # at an estimate of 0, NBDA's standard errors are not from inside the parameter space
        assert found.standard_errors.to_numpy() == pytest.approx(errors, rel=1e-2)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("method", ["oada_W1", "tada_W1"])
def test_the_fits_without_transmission(nbda_cases, number, method):
    case = nbda_cases[number]
    alone, expected = fit(case, method).without_transmission(), case["nbda"][f"{method}_asocial"]
    assert alone.log_likelihood == pytest.approx(expected["loglik"], abs=1e-9)
    assert alone.aicc == pytest.approx(expected["aicc"], abs=1e-9)
    if method == "tada_W1":
        assert alone.params["scale"] == pytest.approx(expected["par"], rel=1e-6)
        assert alone.standard_errors["scale"] == pytest.approx(expected["se"], rel=1e-4)


@pytest.mark.parametrize("number", [0, 1])
def test_the_share_by_transmission(nbda_cases, number):
    """NBDA leaves out the first onset, which cannot be due to transmission; here all onsets are counted."""
    case = nbda_cases[number]
    found = fit(case, "oada_W1")
    share = found.share_transmitted["W1"] * found.events / (found.events - 1)
    assert share == pytest.approx(case["nbda"]["oada_W1_propST"]["P(Network 1)"], abs=1e-5)


def test_the_ring_of_six():
    pairs = [(1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 1), (1, 4)]
    ties = pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["source", "target"])
    onsets = pd.Series({1: 1.0, 2: 3.0, 6: 4.0, 4: 7.0, 3: 9.0, 5: 15.0})
    fit = ps.fit_tada(onsets, ps.DiffusionGraph.from_edges(ties), observed_until=16)
    assert fit.params.to_numpy() == pytest.approx([10.3444317663, 0.6070158428], rel=1e-5)
    assert fit.log_likelihood == pytest.approx(-17.00592427, abs=1e-8)
    alone = fit.without_transmission()
    assert alone.params["scale"] == pytest.approx(6.5, rel=1e-8)
    assert alone.log_likelihood == pytest.approx(-(6 * np.log(6.5) + 6), abs=1e-10)
