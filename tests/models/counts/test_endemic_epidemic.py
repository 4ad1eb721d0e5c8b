"""Counts: the mean by hand on an asymmetric graph, the moments of draws, explosions."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.models.counts import endemic_epidemic as counts
from protestspread.models.counts.endemic_epidemic import EndemicEpidemicModel

TIES = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"], "weight": [3.0, 1.0, 5.0]})
GRAPH = ps.DiffusionGraph.from_edges(TIES)
DATES = pd.date_range("2022-01-01", periods=3, name="date")
PANEL = pd.DataFrame({"A": [8, 0, 1], "B": [2, 1, 0], "C": [4, 0, 0]}, index=DATES)


def test_the_mean_by_hand():
    """What leaves A goes 3/4 to B and 1/4 to C, what leaves B goes to C, nothing leaves C."""
    model = EndemicEpidemicModel(endemic=0.5, own=0.25, neighbors=0.5)
    expected = [
        [0.5 + 2.0, 0.5 + 0.5 + 0.5 * 6, 0.5 + 1.0 + 0.5 * (2 + 2)],
        [0.5, 0.5 + 0.25, 0.5 + 0.5 * 1],
    ]
    found = model.expected_counts(PANEL, GRAPH)
    assert np.allclose(found, expected, rtol=1e-14)
    assert found.index.equals(DATES[1:])


def test_the_mean_does_not_depend_on_the_order_of_places():
    model = EndemicEpidemicModel(
        pd.Series({"C": 3.0, "A": 1.0, "B": 2.0}), 0.1, pd.Series({"A": 0.2, "B": 0.4, "C": 0.6})
    )
    turned = model.expected_counts(PANEL[["C", "A", "B"]], GRAPH)
    pd.testing.assert_frame_equal(turned[["A", "B", "C"]], model.expected_counts(PANEL, GRAPH))


def test_an_unobserved_place_hides_those_it_reaches():
    gap = PANEL.astype(float)
    gap.loc[DATES[0], "B"] = np.nan
    hidden = EndemicEpidemicModel(0.5, 0.25, 0.5).expected_counts(gap, GRAPH).isna()
    assert hidden.to_numpy().tolist() == [[False, True, True], [False, False, False]]


@pytest.mark.long
@pytest.mark.parametrize("overdispersion", [0.0, 0.7])
def test_draws_have_the_mean_and_the_variance(overdispersion):
    model = EndemicEpidemicModel(1.0, 0.5, 0.5, overdispersion)
    first = {"A": 8, "B": 2, "C": 4}
    mean = model.expected_counts(PANEL, GRAPH).iloc[0].to_numpy()
    drawn = ps.simulate_many(model, GRAPH, seeds=first, days=2, draws=20_000, rng=5).values[:, 1]
    variance = mean * (1 + overdispersion * mean)
    assert np.abs(drawn.mean(axis=0) - mean).max() < 4 * np.sqrt(variance.max() / 20_000)
    assert np.allclose(drawn.var(axis=0), variance, rtol=0.1)


def test_a_shock_by_date_is_felt_on_its_date():
    endemic = pd.DataFrame(0.0, index=DATES, columns=["A", "B", "C"])
    endemic.loc["2022-01-03"] = 1000.0
    panel = ps.simulate(EndemicEpidemicModel(endemic), GRAPH, seeds=[], days=3, first_day="2022-01-01", rng=1)
    assert (panel.sum(axis=1) > 0).tolist() == [False, False, True]


def test_the_dominant_eigenvalue():
    both = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    assert EndemicEpidemicModel(1.0, 0.3, 0.6).dominant_eigenvalue(both) == pytest.approx(0.9, abs=1e-12)
    assert EndemicEpidemicModel(1.0, 0.3, 0.6).dominant_eigenvalue(GRAPH) == pytest.approx(
        0.3, abs=1e-12
    )  # no way back
    with pytest.raises(ps.DataError, match=r"^own must not vary by date"):
        EndemicEpidemicModel(1.0, pd.DataFrame({"A": [0.1]})).dominant_eigenvalue(GRAPH)


def ring(n, steps=(1,)):
    """Return a graph of n places on a ring, each with ties to the places some steps on."""
    source = np.repeat(np.arange(n), len(steps))
    target = (source + np.tile(steps, n)) % n
    return ps.DiffusionGraph.from_edges(pd.DataFrame({"source": source, "target": target}), range(n))


@pytest.mark.parametrize("n", [301, 2_000])
@pytest.mark.parametrize("rates", [lambda at: 0.5 + 0.4 * np.sin(at), lambda at: 0.5 + 0.4 * np.cos(7e4 * at)])
def test_the_dominant_eigenvalue_of_a_long_ring_is_the_geometric_mean(n, rates):
    """Arnoldi's method fails here, and a dense solution is wrong in the first digit."""
    graph, near = ring(n), pd.Series(rates(np.arange(n) / n * 2 * np.pi))
    expected = 0.2 + np.exp(np.log(near).mean())
    assert EndemicEpidemicModel(1.0, 0.2, near).dominant_eigenvalue(graph) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("method", [counts._perron, counts._noda])
@pytest.mark.parametrize("n", [2, 60, 400])
def test_each_method_finds_the_largest_eigenvalue(method, n):
    rng = np.random.default_rng(n)
    matrix = sp.random_array((n, n), density=min(6 / n, 1), rng=rng).tocsr() + sp.csr_array(
        np.roll(np.eye(n), 1, axis=1)
    )
    expected = np.linalg.eigvals(matrix.toarray()).real.max()
    assert method(sp.csr_array(matrix)) == pytest.approx(expected, rel=1e-11)


@given(st.integers(1, 30), st.integers(0, 60), st.integers(0, 10**6))
def test_components_give_what_the_whole_matrix_gives(n, ties, seed):
    """Powers of the matrix have its largest eigenvalue too; a dense solver is inexact where components form chains."""
    rng = np.random.default_rng(seed)
    matrix = np.zeros((n, n))
    matrix[rng.integers(0, n, ties), rng.integers(0, n, ties)] = rng.uniform(0.1, 1, ties)
    found = counts._largest_eigenvalue(sp.csr_array(matrix))
    assert found == pytest.approx(np.abs(np.linalg.eigvals(matrix)).max(initial=0.0), abs=2e-2 if found < 0.1 else 1e-6)


LARGE = """
import re
from pathlib import Path
import numpy as np, pandas as pd, protestspread as ps

n, rng = 20_000, np.random.default_rng(1)
places = np.arange(n)
near = pd.Series(rng.uniform(0.2, 0.6, n))
apart = np.repeat(places, 8)
targets = {
    "a chain": (places[:-1], places[1:]), "a ring": (places, (places + 1) % n),
    "at random": (apart, rng.integers(0, n, len(apart))), "pairs": (places, places ^ 1),
}
for name, (source, target) in targets.items():
    if name == "a chain":
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
    ties = pd.DataFrame({"source": source, "target": target})
    graph = ps.DiffusionGraph.from_edges(ties[source != target].drop_duplicates(), places)
    assert 0.3 < ps.EndemicEpidemicModel(1.0, 0.3, near).dominant_eigenvalue(graph) < 0.9
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux")
def test_the_dominant_eigenvalue_of_many_places_takes_little_memory():
    done = subprocess.run([sys.executable, "-c", LARGE], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 500  # a table of places by places has 3,200 MB


def test_tables_of_all_pairs_have_a_limit():
    many = ring(5_001)
    panel = pd.DataFrame(1, pd.date_range("2022-01-01", periods=3, name="date"), many.nodes)
    model = EndemicEpidemicModel(1.0, 0.3, 0.4, decay=2.0)
    match = r"^graph must have at most 5,000 places .* got 5,001\nFix: "
    for call in (
        lambda: model.dominant_eigenvalue(many),
        lambda: model.expected_counts(panel, many),
        lambda: ps.simulate(model, many, seeds=[], days=3),
        lambda: ps.fit_endemic_epidemic(panel, many, endemic=ps.Terms(), weights="power_law"),
    ):
        with pytest.raises(ps.DataError, match=match):
            call()


def test_counts_that_grow_without_bound_are_an_error():
    with pytest.raises(
        ps.DataError, match=r"^own and neighbors make .* grow without bound.*\nFix: .*dominant_eigenvalue"
    ):
        ps.simulate(EndemicEpidemicModel(5.0, 40.0), GRAPH, seeds=["A"], days=60, rng=1)


def test_bad_parameters():
    with pytest.raises(ps.DataError) as raised:
        EndemicEpidemicModel(-1.0, np.nan, 0.1, -2.0)
    assert len(raised.value.faults) == 3
    with pytest.raises(ps.DataError, match=r"^overdispersion must be one number; got Series"):
        EndemicEpidemicModel(1.0, overdispersion=pd.Series([0.1, 0.2]))


def test_a_graph_over_other_places():
    with pytest.raises(ps.DataError) as raised:
        EndemicEpidemicModel(1.0).expected_counts(PANEL.rename(columns={"C": "D"}), GRAPH)
    assert "D" in raised.value.faults[0]
    assert "C" in raised.value.faults[1]
