"""The model of network diffusion: hazards against SI and closed forms, its checks."""

import math

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError
from protestspread.models.simulation import simulate_many

PLACES = pd.Index(["A", "B", "C", "D"])
CHAIN = ps.DiffusionGraph.from_edges(
    pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [1.0, 2.0]}), PLACES
)
DRAWS = 1500


def share(model, days=6, graph=CHAIN):
    """The share of draws in which each place had joined by each day."""
    return simulate_many(model, graph, seeds=["A"], days=days, draws=DRAWS, rng=3).mean()


def near(found, expected):
    return np.abs(np.asarray(found) - expected) <= 4.5 * np.sqrt(np.maximum(expected * (1 - expected), 1e-4) / DRAWS)


def test_with_one_network_it_is_si():
    model = ps.NetworkDiffusionModel({"tie": 3.0}, scale=10)
    si = ps.SI(transmission_per_day=0.3, spontaneous_per_day=0.1)
    found, other = share(model), share(si)
    assert (np.abs(found - other) < 4.5 * math.sqrt(0.5 / DRAWS)).all(axis=None)
    day = np.arange(6)
    assert near(found["B"], 1 - np.exp(-0.4 * day)).all()
    assert near(found["D"], 1 - np.exp(-0.1 * day)).all()


def test_factors_of_places_and_a_baseline_that_falls():
    model = ps.NetworkDiffusionModel(
        {"tie": 2.0}, 4.0, 0.5, spontaneous=pd.Series({"A": 1.0, "B": 0.5, "C": 0.0, "D": 2.0}), susceptible=3.0
    )
    found, baseline = share(model), np.sqrt(np.arange(6) / 4.0)
    assert near(found["D"], 1 - np.exp(-2 * baseline)).all()
    assert near(found["B"], 1 - np.exp(-6.5 * baseline)).all()


def test_in_continuous_time_onsets_follow_each_other_within_a_day():
    model = ps.NetworkDiffusionModel({"tie": 1.0}, 1.0, spontaneous=0.0, continuous=True)
    found, t = share(model, days=4), np.arange(4)
    assert near(found["B"], 1 - np.exp(-t)).all()
    two_steps = 1 - 2 * np.exp(-t) + np.exp(-2.0 * t)  # rate 1, then rate 2
    assert near(found["C"], two_steps).all()
    assert (found["D"] == 0).all()
    by_day = share(ps.NetworkDiffusionModel({"tie": 1.0}, 1.0, spontaneous=0.0), days=4)
    assert by_day["C"].iloc[1] == 0 < found["C"].iloc[1]  # by day, B cannot pass on before the next


def test_several_networks_are_kinds_of_tie():
    both = CHAIN.rename_kinds({"tie": "road"}).union(
        ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["D"], "kind": ["rail"]}), PLACES)
    )
    found = share(ps.NetworkDiffusionModel({"road": 1.0, "rail": 4.0}, 10.0, spontaneous=0.0), graph=both)
    assert near(found["B"], 1 - np.exp(-0.1 * np.arange(6))).all()
    assert near(found["D"], 1 - np.exp(-0.4 * np.arange(6))).all()
    with pytest.raises(DataError, match="graph has no ties of kind 'oil'"):
        share(ps.NetworkDiffusionModel({"road": 1.0, "oil": 4.0}, 10.0), graph=both)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"strengths": {"a": -1}}, "strengths['a'] must be a number of at least 0"),
        ({"strengths": [1]}, "strengths must be a mapping of network -> strength"),
        ({"strengths": {" ": 1}}, "strengths labels must be text that is not blank"),
        ({"scale": 0}, "scale must be a number above 0"),
        ({"shape": math.inf}, "shape must be a number above 0"),
        ({"spontaneous": pd.Series({"A": -1.0})}, "spontaneous must be finite and at least 0"),
        ({"susceptible": pd.DataFrame({"A": [1.0]})}, "susceptible must be a number or a Series by place"),
        ({"susceptible": "high"}, "susceptible must be"),
        ({"continuous": 1}, "continuous must be True or False"),
    ],
)
def test_parameters_that_cannot_be(arguments, words):
    with pytest.raises(DataError) as caught:
        ps.NetworkDiffusionModel(**arguments)
    assert str(caught.value).startswith(words)


def test_all_faults_at_once():
    with pytest.raises(DataError) as caught:
        ps.NetworkDiffusionModel({"a": -1}, scale=0, spontaneous=-1)
    assert all(f"- {name}" in str(caught.value) for name in ("strengths['a']", "scale", "spontaneous"))


def test_a_factor_for_each_place():
    with pytest.raises(DataError, match="spontaneous has no value for B, C, D"):
        share(ps.NetworkDiffusionModel({"tie": 1.0}, 1.0, spontaneous=pd.Series({"A": 1.0})))
