"""The diffusion graph: orientation, weights as given, parts and wholes, and what it refuses."""

import contextlib
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.graphs.ties import Ties, ties_between, ties_both_ways

NAMES = ["A", "B", "C", "D", "E", "F"]


def edges(*rows, columns=("source", "target", "weight", "km", "kind")):
    return pd.DataFrame(list(rows), columns=list(columns)[: len(rows[0])])


@pytest.fixture
def three():
    """A influences B (2) and C (1), B influences C (4), C influences A (8): no two ways alike."""
    return ps.DiffusionGraph.from_edges(
        edges(("A", "B", 2.0, 10.0), ("A", "C", 1.0, 30.0), ("B", "C", 4.0, 20.0), ("C", "A", 8.0, 30.0)),
        ["A", "B", "C"],
    )


@st.composite
def graphs(draw, kinds=("near", "road", "told")):
    nodes = NAMES[: draw(st.integers(1, 6))]
    pairs = [(a, b, k) for a in nodes for b in nodes if a != b for k in kinds]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=25)) if pairs else []
    weight = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
    rows = [(a, b, draw(weight), draw(st.one_of(st.just(np.nan), st.floats(0, 2e4))), k) for a, b, k in chosen]
    table = pd.DataFrame(rows, columns=["source", "target", "weight", "km", "kind"]).astype(
        {"weight": float, "km": float}
    )
    return ps.DiffusionGraph.from_edges(table, nodes)


# orientation


def test_rows_send_and_columns_receive(three):
    assert three.matrix.toarray().tolist() == [[0, 2, 1], [0, 0, 4], [8, 0, 0]]
    assert three.neighbors("A").to_dict("index") == {
        "B": {"weight": 2.0, "km": 10.0, "kind": "tie"},
        "C": {"weight": 1.0, "km": 30.0, "kind": "tie"},
    }
    assert three.reverse().matrix.toarray().tolist() == [[0, 0, 8], [2, 0, 0], [1, 4, 0]]
    assert list(three.reverse().neighbors("C").index) == ["A", "B"]
    assert not three.is_symmetric
    assert (three.matrix.T @ [1, 1, 0]).tolist() == [0, 2, 5]  # A and B are active: C is exposed to 1 + 4


def test_what_leaves_or_what_reaches_a_place_sums_to_1(three):
    leaves = three.normalize("source").matrix.toarray()
    assert leaves == pytest.approx(np.array([[0, 2 / 3, 1 / 3], [0, 0, 1], [1, 0, 0]]))
    reaches = three.normalize("target").matrix.toarray()
    assert reaches == pytest.approx(np.array([[0, 1, 1 / 5], [0, 0, 4 / 5], [1, 0, 0]]))
    assert three.matrix.sum() == 15  # the graph itself is as it was
    assert three.normalize("source").reverse() == three.reverse().normalize("target")


def test_exposure_of_five_places_by_hand():
    # A - B - C - D in a row, both ways; E sends to A only. Active: B, D and E.
    row = [("A", "B"), ("B", "C"), ("C", "D")]
    graph = ps.DiffusionGraph.from_edges(
        edges(*[(a, b, 1.0) for a, b in row], *[(b, a, 1.0) for a, b in row], ("E", "A", 3.0)), list("ABCDE")
    )
    active = np.array([0, 1, 0, 1, 1])
    assert (graph.matrix.T @ active).tolist() == [4, 0, 2, 0, 0]  # A: B 1 + E 3; C: B 1 + D 1
    share = graph.normalize("target").matrix.T @ active
    assert share == pytest.approx([1.0, 0.0, 1.0, 0.0, 0.0])
    share = graph.normalize("target").matrix.T @ [0, 1, 0, 0, 0]
    assert share == pytest.approx([0.25, 0, 0.5, 0, 0])


@pytest.mark.long
@given(graphs(), st.sampled_from(["source", "target"]))
def test_sums_are_1_or_0_after_normalizing(graph, by):
    matrix = graph.normalize(by).matrix.toarray()
    sums = matrix.sum(axis=1 if by == "source" else 0)
    given_sums = graph.matrix.toarray().sum(axis=1 if by == "source" else 0)
    assert sums == pytest.approx(np.where(given_sums > 0, 1.0, 0.0))


# what it holds


@pytest.mark.long
@given(graphs())
def test_edges_give_the_graph_back(graph):
    table = graph.edges
    assert list(table.columns) == ["source", "target", "weight", "km", "kind"]
    back = ps.DiffusionGraph.from_edges(table, graph.nodes)
    assert {k: back.ties[k] for k in back.kinds}.keys() == {k for k in graph.kinds if len(graph.ties[k])}
    assert all(back.ties[kind].equals(graph.ties[kind]) for kind in back.kinds)


@pytest.mark.long
@given(graphs())
def test_the_matrix_is_the_sum_of_the_edges(graph):
    dense = np.zeros((len(graph.nodes), len(graph.nodes)))
    for source, target, weight in graph.edges[["source", "target", "weight"]].itertuples(index=False):
        dense[graph.nodes.get_loc(source), graph.nodes.get_loc(target)] += weight
    assert graph.matrix.toarray() == pytest.approx(dense)


@pytest.mark.long
@given(graphs())
def test_symmetric_is_what_equals_its_transpose(graph):
    dense = graph.matrix.toarray()
    zeros_match = (graph.matrix != graph.matrix.T).nnz == 0
    assert not (graph.is_symmetric and not zeros_match)
    if graph.is_symmetric:
        assert dense == pytest.approx(dense.T)
    both = ps.DiffusionGraph(
        graph.nodes, {"all": ties_both_ways([[0], [1]], np.ones(1), None, len(dense))} if len(dense) > 1 else {}
    )
    assert both.is_symmetric


@pytest.mark.long
@given(graphs())
def test_reversing_twice_changes_nothing(graph):
    assert graph.reverse().reverse() == graph
    assert (graph.reverse().matrix.toarray() == graph.matrix.toarray().T).all()


def test_it_cannot_be_written(three):
    with pytest.raises(ValueError, match="read-only"):
        three.matrix.data[0] = 99
    with pytest.raises(AttributeError):
        three.nodes = ["X"]
    with pytest.raises(TypeError):
        three.ties["more"] = three.ties["tie"]
    own = three.matrix
    with contextlib.suppress(ValueError), warnings.catch_warnings(action="ignore"):
        own[1, 0] = 5.0  # scipy refuses, or puts the new entry into a copy
    assert three.matrix.toarray()[1, 0] == 0


def test_the_callers_arrays_may_change_afterwards():
    weights = np.array([1.0, 2.0])
    graph = ps.DiffusionGraph(pd.Index(["A", "B"]), {"tie": ties_between([0, 1], [1, 0], weights, None, 2)})
    weights[:] = 7
    assert graph.matrix.sum() == 3


def test_thirty_bytes_an_edge_are_enough():
    n, k = 2_000, 50
    rng = np.random.default_rng(1)
    source, target = np.repeat(np.arange(n), k), np.concatenate([rng.choice(n - 1, k, replace=False) for _ in range(n)])
    target += target >= source
    ties = ties_between(source, target, rng.random(n * k), rng.random(n * k), n)
    held = sum(array.nbytes for array in (ties.indptr, ties.indices, ties.weights, ties.km))
    assert ties.indices.dtype == ties.indptr.dtype == np.int32
    assert held / len(ties) <= 30
    matrix = ps.DiffusionGraph(pd.RangeIndex(n), {"tie": ties}).matrix
    assert np.shares_memory(matrix.data, ties.weights)
    assert np.shares_memory(matrix.indices, ties.indices)


def test_the_report_is_a_health_check(three):
    graph = three.union(
        ps.DiffusionGraph.from_edges(
            edges(("D", "E", 1.0, np.nan, "rail"), ("E", "D", 1.0, np.nan, "rail")), list("DEF")
        )
    )
    text = repr(graph)
    assert "6 places, 6 ties" in text
    assert "4 ties, weight 1 to 8, 10 to 30 km (median 25)" in text
    assert "2 ties, weight 1" in text
    assert "3 (of 3, 2 places)" in text
    assert "1: F" in text
    assert "1.00" in text
    assert text.splitlines()[-1].split() == ["symmetric", "no"]
    assert "<b>DiffusionGraph</b>" in graph._repr_html_()


def test_names_in_the_report_are_text():
    graph = ps.DiffusionGraph.from_edges(edges(("<b>x</b>", "y", 1.0, 1.0, "<i>")), ["<b>x</b>", "y", "<script>"])
    page = graph._repr_html_()
    assert "<script>" not in page
    assert "<i>" not in page


@pytest.mark.parametrize("nodes", [[], ["alone"], ["two", "strangers"]])
def test_nothing_and_next_to_nothing(nodes):
    graph = ps.DiffusionGraph(pd.Index(nodes, dtype=object), {})
    assert graph.matrix.shape == (len(nodes), len(nodes))
    assert graph.edges.empty
    assert graph.is_symmetric
    assert f"{len(nodes)} places, 0 ties" in repr(graph)
    assert graph.normalize("source") == graph.reverse() == graph


# parts and wholes


@pytest.mark.long
@given(graphs(("near", "road")), graphs(("told",)))
def test_union_then_subgraph_by_kind_gives_the_parts_back(one, other):
    assume(one.kinds and other.kinds)
    nodes = pd.Index(NAMES)
    one, other = (ps.DiffusionGraph.from_edges(graph.edges, nodes) for graph in (one, other))
    both = one.union(other)
    assert both.kinds == one.kinds + other.kinds
    assert both.subgraph(kinds=one.kinds) == one
    assert both.subgraph(kinds=other.kinds) == other
    assert both.matrix.toarray() == pytest.approx(one.matrix.toarray() + other.matrix.toarray())


@pytest.mark.long
@given(graphs(("near",)), graphs(("told",)))
def test_places_that_only_one_has_are_joined_too(one, other):
    both = one.union(other.subgraph(list(other.nodes)[::-1]))
    assert set(both.nodes) == set(one.nodes) | set(other.nodes)
    key = ["source", "target", "kind"]
    expected = pd.concat([one.edges, other.edges]).set_index(key)["weight"].to_dict()
    assert both.edges.set_index(key)["weight"].to_dict() == expected


@pytest.mark.long
@given(graphs(), st.data())
def test_a_subgraph_is_what_runs_between_its_places(graph, data):
    chosen = data.draw(st.lists(st.sampled_from(list(graph.nodes)), unique=True))
    part = graph.subgraph(chosen)
    assert list(part.nodes) == chosen
    table = graph.edges
    within = table[table["source"].isin(chosen) & table["target"].isin(chosen)]
    key = ["source", "target", "kind"]
    assert part.edges.set_index(key)["weight"].to_dict() == within.set_index(key)["weight"].to_dict()


def test_points_go_along(cities):
    graph = ps.nearest_graph(cities, k=1)
    assert graph.subgraph(["Btown"]).points.tolist() == [[1.5, 0.5]]
    more = ps.DiffusionGraph.from_edges(edges(("Aville", "Cburg", 1.0)), ["Aville", "Cburg"])
    assert graph.union(more).points.tolist()[:2] == [[0.5, 0.5], [1.5, 0.5]]
    assert np.isnan(graph.union(more).points[2]).all()
    moved = cities.set_geometry(cities.geometry.translate(0.1, 0))
    with pytest.raises(ps.DataError, match="different coordinates: Aville, Btown"):
        graph.union(ps.distance_graph(moved, within_km=500))


def test_kinds_are_renamed(three):
    both = three.union(three.rename_kinds({"tie": "other"}))
    assert both.kinds == ("tie", "other")
    with pytest.raises(ps.DataError, match="kind 'tie' is in more than one graph"):
        three.union(three)
    with pytest.raises(ps.DataError, match="two kinds would be named 'other'"):
        both.rename_kinds({"tie": "other"})
    with pytest.raises(ps.DataError, match="no kind 'raod'"):
        both.rename_kinds({"raod": "road"})


def test_unknown_places_and_kinds_are_all_named(three):
    with pytest.raises(ps.DataError, match="unknown places: X, Y"):
        three.subgraph(["A", "X", "Y"])
    with pytest.raises(ps.DataError, match="more than once: A"):
        three.subgraph(["A", "A"])
    with pytest.raises(ps.DataError, match="must be a list of places"):
        three.subgraph("A")
    with pytest.raises(ps.DataError, match=r"no kind 'x'\n.*no kind 'y'"):
        three.subgraph(kinds=["tie", "x", "y"])
    with pytest.raises(ps.DataError, match="unknown places: nowhere"):
        three.neighbors("nowhere")
    with pytest.raises(ps.DataError, match="by must be 'source' or 'target'; got 'row'"):
        three.normalize("row")


def test_graphs_are_equal_when_all_they_hold_is(three):
    assert three == three.subgraph()
    assert three != three.subgraph(["C", "B", "A"])
    assert three == three.subgraph(["C", "B", "A"]).subgraph(["A", "B", "C"])
    assert three != three.rename_kinds({"tie": "x"})
    assert three != three.normalize("source")
    assert three != "three"
    with pytest.raises(TypeError):
        hash(three)


# what it refuses


def test_every_fault_of_a_ready_made_graph_is_named():
    bad = Ties(
        np.array([0, 2, 3]), np.array([1, 1, 1]), np.array([-1.0, np.nan, np.inf]), np.array([1.0, -1.0, np.nan])
    )
    with pytest.raises(ps.DataError) as told:
        ps.DiffusionGraph(pd.Index(["A", "A"]), {"road": bad})
    text = str(told.value)
    for fault in ("nodes must be unique; more than once: A", "2 of 3 weights are NaN or infinite", "1 of 3 weights are negative",
                  "1 of 3 kilometers are negative", "a place is tied to itself", "repeat or are not in ascending order"):  # fmt: skip
        assert fault in text


@pytest.mark.parametrize(
    ("ties", "fault"),
    [
        (Ties(np.array([0, 1]), np.array([1]), np.ones(1)), "row pointer does not fit 2 places"),
        (Ties(np.array([0, 2, 1]), np.array([1]), np.ones(1)), "row pointer"),
        (Ties(np.array([0, 1, 1]), np.array([2]), np.ones(1)), "rows outside 0 to 1"),
        (Ties(np.array([0, 1, 1]), np.array([-1]), np.ones(1)), "rows outside 0 to 1"),
        (Ties(np.array([0, 1, 1]), np.array([1]), np.ones(2)), "one value per tie"),
    ],
)
def test_rows_that_do_not_fit(ties, fault):
    with pytest.raises(ps.DataError, match=fault):
        ps.DiffusionGraph(pd.Index(["A", "B"]), {"road": ties})


def test_coordinates_that_do_not_fit():
    with pytest.raises(ps.DataError, match=r"points must have shape \(2, 2\); got \(1, 2\)"):
        ps.DiffusionGraph(pd.Index(["A", "B"]), {}, np.zeros((1, 2)))
    with pytest.raises(ps.DataError, match="must not be missing"):
        ps.DiffusionGraph(pd.Index(["A", None]), {})
