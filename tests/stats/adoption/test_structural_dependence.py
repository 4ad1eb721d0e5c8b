from collections import Counter
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import protestspread as ps
from protestspread.stats.adoption.rewiring import RewiredTies


def test_struct_test_of_netdiffuser(doctors):
    """1,000 rewires there: mean .5561, sd .0194, p .61. It swaps a few ties more for each period, which makes its null a little wider."""
    found = ps.structural_dependence_test(*doctors, include_today=True, permutations=600, rng=1)
    assert found.statistic == pytest.approx(0.566, abs=1e-9)
    assert found.null_distribution.mean() == pytest.approx(0.5561, abs=0.002)
    assert found.null_distribution.std() == pytest.approx(0.0187, abs=0.0015)
    assert found.p_value == pytest.approx(0.61, abs=0.1)
    assert "No dependence of the onsets on the ties was found" in found.sentence
    assert found.entries == 125


def matrix_of(ties, n):
    rows, columns = np.array(ties).T
    return sp.csr_array((np.arange(1.0, len(ties) + 1), (rows, columns)), shape=(n, n))


@given(st.integers(0, 10**6), st.booleans())
def test_rewiring_keeps_degrees_and_makes_no_loops_or_double_ties(seed, both_ways):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    dense = (rng.random((n, n)) < 0.4) & ~np.eye(n, dtype=bool)
    dense = dense | dense.T if both_ways else dense
    ties = np.argwhere(dense)
    if not len(ties):
        return
    sampler = RewiredTies.of(matrix_of(ties, n), seed)
    before = sp.csr_array((sampler.weight, (sampler.source, sampler.target)), shape=(n, n)).toarray()
    assert (before == matrix_of(ties, n).toarray()).all()
    for source in sampler(0, 4).T:
        pairs = set(zip(source.tolist(), sampler.target.tolist(), strict=True))
        assert len(pairs) == len(ties)
        assert all(one != other for one, other in pairs)
        assert (np.bincount(source, minlength=n) == dense.sum(axis=1)).all()
        if sampler.both_ways:
            assert pairs == {(other, one) for one, other in pairs}


def same_degrees(ties, n, *, both_ways):
    """All graphs without loops in which each place has as many ties, found by trying all."""
    if both_ways:
        degrees = np.bincount(np.ravel(ties), minlength=n)
        every = combinations(combinations(range(n), 2), len(ties))
        return {
            frozenset(map(frozenset, one))
            for one in every
            if (np.bincount(np.ravel(one), minlength=n) == degrees).all()
        }
    sources, targets = zip(*ties, strict=True)
    every = (frozenset(zip(order, targets, strict=True)) for order in permutations(sources))
    return {one for one in every if len(one) == len(ties) and all(a != b for a, b in one)}


@pytest.mark.parametrize("both_ways", [False, True])
def test_all_graphs_of_the_same_degrees_are_drawn_alike(both_ways):
    ties = (
        [(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (0, 5)]
        if both_ways
        else [(0, 1), (0, 2), (1, 2), (2, 3), (3, 0), (4, 1)]
    )
    every = [*ties, *((b, a) for a, b in ties)] if both_ways else ties
    sampler = RewiredTies.of(matrix_of(every, 6), 3)
    pairs = (zip(source.tolist(), sampler.target.tolist(), strict=True) for source in sampler(0, 600).T)
    seen = Counter(frozenset(map(frozenset, each)) if both_ways else frozenset(each) for each in pairs)
    assert set(seen) == same_degrees(ties, 6, both_ways=both_ways)
    assert len(seen) > 5
    assert chisquare([*seen.values()]).pvalue > 1e-3


def regions(n=60, groups=6):
    """Places in groups that are tied to each other within; each group joins on days of its own."""
    rng = np.random.default_rng(1)
    label = np.arange(n) % groups
    ties = [(i, j) for i in range(n) for j in range(n) if i != j and label[i] == label[j] and rng.random() < 0.4]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), nodes=range(n))
    day = 1 + 3 * label + rng.integers(0, 3, n)
    return pd.Series(day.astype(float)), graph, pd.Series(label)


def test_regions_with_a_cause_of_their_own_are_found_and_exchange_within_them_is_not():
    onsets, graph, label = regions()
    options = {"include_today": True, "permutations": 99, "rng": 1}
    found = ps.structural_dependence_test(onsets, graph, **options)
    assert found.p_value <= 0.05
    assert "this null does not tell contagion from causes that neighbors share" in found.sentence
    assert (
        found.caveats[0] == "The test does not tell contagion from homophily, or from a cause that tied places share."
    )
    within = ps.structural_dependence_test(onsets, graph, scheme="exchange", strata=label, **options)
    assert within.null == "places exchanged within strata"
    assert within.p_value > 0.05
    assert not within.caveats
    assert within.p_values["places exchanged"] <= 0.05
    assert "With places exchanged, p = 0.02." in within.sentence
    ties = ps.structural_dependence_test(onsets, graph, scheme="exchange", **options)
    assert ties.p_value == within.p_values["places exchanged"]
    assert "late reports of small places" in ties.caveats[1]
    size = pd.Series(np.random.default_rng(2).random(len(onsets)))
    held = ps.structural_dependence_test(onsets, graph, scheme="exchange", population=size, strata=label, **options)
    assert held.p_value == max(held.p_values.values())


def test_a_lower_mean_is_no_sign_of_contagion():
    """Tied places join on the same day."""
    _, graph, label = regions()
    found = ps.structural_dependence_test(label + 1.0, graph, permutations=99, rng=1)
    assert found.statistic < found.null_distribution.mean()
    assert found.p_value <= 0.05
    assert "contagion along the ties would raise it" in found.sentence
    assert "consistent with" not in found.sentence


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_statistic_is_the_mean_threshold_and_the_order_of_places_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(12)]
    ties = [(a, b) for a in names for b in names if a != b and rng.random() < 0.3]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), nodes=names)
    onsets = pd.Series(rng.integers(1, 6, 12).astype(float), names)
    for options in ({"scheme": "degrees"}, {"scheme": "exchange", "population": pd.Series(rng.random(12), names)}):
        found = ps.structural_dependence_test(onsets, graph, permutations=9, rng=3, **options)
        expected = ps.thresholds(onsets, graph).mean
        assert found.statistic == pytest.approx(expected, nan_ok=True)
        other = onsets.sample(frac=1, random_state=seed)
        again = ps.structural_dependence_test(other, graph.subgraph(names[::-1]), permutations=9, rng=3, **options)
        np.testing.assert_array_equal(found.null_distribution, again.null_distribution)


def test_spells(returning):
    table, graph = returning
    found = ps.structural_dependence_test(table, graph, memory=ps.Days(1), permutations=49, rng=1)
    assert found.statistic == pytest.approx(ps.thresholds(table, graph, memory=ps.Days(1)).mean)
    assert found.entries == 7


def test_what_cannot_tell_says_why(toy):
    onsets, graph = toy
    alone = onsets.where(onsets == 1)
    for data in (alone, pd.Series(1, index=onsets.index)):
        found = ps.structural_dependence_test(data, graph, permutations=9, rng=1)
        assert np.isnan(found.p_value)
        assert found.sentence == "Mean threshold: nan observed. No p-value: no place joined after the first day."
    one = ps.structural_dependence_test(onsets, graph, scheme="exchange", permutations=9, rng=1)
    assert one.reason == "only 6 places were active; exchanging places needs at least 10"
    path = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [1], "target": [2]}), nodes=onsets.index)
    found = ps.structural_dependence_test(onsets, path, permutations=9, rng=1)
    assert found.reason == "the mean threshold is the same in every draw"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "swap"}, "scheme must be 'degrees' or 'exchange'"),
        ({"permutations": 0}, "permutations must be a whole number"),
        ({"strata": {1: "a"}}, "scheme must be 'exchange' where strata or population are given"),
        ({"scheme": "exchange", "strata": {1: "a"}}, "strata must have one label per place"),
        ({"scheme": "exchange", "population": pd.Series({1: 2.0})}, "population has no value for"),
        ({"memory": None}, "memory must be"),
        ({"rng": "x"}, "rng must be"),
        (
            {"graph": ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [], "target": []}), nodes=range(1, 7))},
            "graph must have ties",
        ),
    ],
)
def test_bad_input(toy, change, message):
    call = dict(zip(("data", "graph"), toy, strict=True)) | {"permutations": 9} | change
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.structural_dependence_test(**call)


def test_only_exchange_with_populations_and_strata_is_called_consistent_with_contagion():
    """A spread along a ring of eighty places in two halves, whose populations tell nothing."""
    ring = [(i, (i + 1) % 80) for i in range(80)] + [((i + 1) % 80, i) for i in range(80)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ring, columns=["source", "target"]), nodes=range(80))
    rng, day = np.random.default_rng(3), np.full(80, np.inf)
    day[[5, 30, 55]] = 1.0
    for today in range(2, 12):
        exposed = (np.roll(day, 1) < today) | (np.roll(day, -1) < today)
        day[np.isinf(day) & exposed & (rng.random(80) < 0.6)] = today
    onsets = pd.Series(np.where(np.isinf(day), np.nan, day))
    held = {"strata": pd.Series(np.arange(80) // 40), "population": pd.Series(rng.lognormal(10, 1, 80))}
    found = ps.structural_dependence_test(onsets, graph, scheme="exchange", permutations=99, rng=1, **held)
    assert found.p_value <= 0.05
    assert "consistent with contagion and with ties between places that are alike" in found.sentence
    alone = ps.structural_dependence_test(onsets, graph, scheme="exchange", permutations=99, rng=1)
    assert alone.p_value <= 0.05
    assert "consistent" not in alone.sentence
