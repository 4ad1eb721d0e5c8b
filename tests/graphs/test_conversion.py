"""Ties from tables, networkx and libpysal, and back."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import protestspread as ps

from .test_diffusion import edges, graphs


def test_every_fault_of_a_table_of_ties_is_named():
    table = edges(
        ("A", "B", 1.0, 5.0, "road"), ("A", "B", 1.0, 5.0, "road"), ("B", "B", 1.0, 5.0, "road"),
        ("A", "X", -2.0, 5.0, "road"), ("Y", "B", np.nan, -5.0, "road"), ("Z", None, 1.0, 5.0, None),
    )  # fmt: skip
    with pytest.raises(ps.DataError) as told:
        ps.DiffusionGraph.from_edges(table, ["A", "B"])
    text = str(told.value)
    for fault in ("1 ties have no source or no target", "ties of unknown places: Y, Z, X", "places tied to themselves: B",
                  "ties given more than once: A → B", "1 of 6 weights are NaN or infinite", "1 of 6 weights are negative",
                  "1 of 6 kilometers are negative", "ties without a kind"):  # fmt: skip
        assert fault in text


def test_all_unknown_places_are_listed_however_many():
    names = [f"nowhere {i}" for i in range(40)]
    table = pd.DataFrame({"source": "A", "target": names})
    with pytest.raises(ps.DataError) as told:
        ps.DiffusionGraph.from_edges(table, ["A"])
    assert all(name in str(told.value) for name in names)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (pd.DataFrame({"from": ["A"], "target": ["B"]}), "column 'source' is missing; the table has from, target"),
        (pd.DataFrame({"source": ["A"], "target": ["B"], "weight": ["3"]}), "column 'weight' holds .*, not numbers"),
        (pd.DataFrame({"source": ["A"], "target": ["B"], "km": [True]}), "column 'km' holds bool, not numbers"),
        ([("A", "B")], "edges must be a DataFrame; got list"),
    ],
)
def test_tables_that_are_none(table, fault):
    with pytest.raises(ps.DataError, match=fault):
        ps.DiffusionGraph.from_edges(table)


def test_places_are_named_once():
    with pytest.raises(ps.DataError, match="more than once: A"):
        ps.DiffusionGraph.from_edges(edges(("A", "B", 1.0)), ["A", "B", "A"])


def test_places_default_to_those_named_in_order():
    graph = ps.DiffusionGraph.from_edges(edges(("C", "A"), ("B", "C")))
    assert list(graph.nodes) == ["C", "A", "B"]
    assert graph.matrix.sum() == 2
    assert graph.kinds == ("tie",)


def test_places_may_be_a_table(cities, regions):
    graph = ps.DiffusionGraph.from_edges(edges(("Aville", "Btown", 2.0)), cities)
    assert graph.points.tolist() == [[0.5, 0.5], [1.5, 0.5]]
    assert graph.nodes.name == "city"
    assert ps.DiffusionGraph.from_edges(edges(("A", "B", 2.0)), regions).points is None
    with pytest.raises(ps.SchemaError):
        ps.DiffusionGraph.from_edges(edges(("A", "B", 2.0)), regions.rename_axis("x"))


# networkx


@pytest.mark.long
@given(graphs())
def test_networkx_keeps_direction_weight_kilometers_and_kind(graph):
    back = ps.DiffusionGraph.from_networkx(graph.to_networkx())
    kinds = [kind for kind in graph.kinds if len(graph.ties[kind])]
    assert back.nodes.equals(graph.nodes)
    assert sorted(back.kinds) == sorted(kinds)
    assert back.subgraph(kinds=kinds) == graph.subgraph(kinds=kinds)


def test_networkx_holds_what_the_graph_holds(case):
    graph = ps.link_graph(case.cities, case.links)
    made = graph.to_networkx()
    assert isinstance(made, nx.MultiDiGraph)
    assert made.number_of_edges() == 274
    assert made.edges["Zhetybay", "Zhanaozen", "road"] == {"kind": "road", "weight": 1.0, "km": 73.0}
    assert made.nodes["Aktau"] == {"lon": 51.1739, "lat": 43.6611}
    back = ps.DiffusionGraph.from_networkx(made)
    assert back == graph
    assert back.nodes.name == "city"


def test_undirected_ties_of_networkx_run_both_ways():
    graph = nx.Graph()
    graph.add_edge("A", "B", weight=3)
    graph.add_node("C", lon=10.0, lat=20.0)
    made = ps.DiffusionGraph.from_networkx(graph)
    assert made.matrix.toarray().tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]
    assert made.points[2].tolist() == [10, 20]
    assert np.isnan(made.points[0]).all()
    one_way = ps.DiffusionGraph.from_networkx(nx.DiGraph([("A", "B")]))
    assert one_way.matrix.toarray().tolist() == [[0, 1], [0, 0]]


def test_what_networkx_holds_is_checked_as_well():
    with pytest.raises(ps.DataError, match="tied to themselves: A"):
        ps.DiffusionGraph.from_networkx(nx.Graph([("A", "A"), ("A", "B")]))
    with pytest.raises(ps.DataError, match="more than once: A → B"):
        ps.DiffusionGraph.from_networkx(nx.MultiDiGraph([("A", "B"), ("A", "B")]))
    assert len(ps.DiffusionGraph.from_networkx(nx.Graph()).nodes) == 0


# libpysal


@pytest.fixture(scope="module")
def pysal():
    return pytest.importorskip("libpysal")


@pytest.mark.long
@given(graph=graphs())
def test_libpysal_keeps_direction_and_weight(pysal, graph):
    back = ps.DiffusionGraph.from_libpysal(graph.to_libpysal())
    assert list(back.nodes) == list(graph.nodes)
    assert back.matrix.toarray() == pytest.approx(graph.matrix.toarray())


def test_libpysal_rows_receive(pysal):
    graph = ps.DiffusionGraph.from_edges(edges(("A", "B", 2.0), ("A", "C", 1.0), ("B", "C", 4.0)), list("ABCD"))
    made = graph.to_libpysal()
    assert made.adjacency.loc["C", "B"] == 4  # C is focal and hears B
    assert made.lag([1, 1, 0, 0]).tolist() == (graph.matrix.T @ [1, 1, 0, 0]).tolist() == [0, 2, 5, 0]
    assert set(made.isolates) == {"A", "D"}


def test_old_weights_of_libpysal_are_read(pysal):
    weights = pysal.weights.W(
        {"A": ["B"], "B": [], "C": ["A", "B"]}, {"A": [5.0], "B": [], "C": [1.0, 2.0]}, silence_warnings=True
    )
    graph = ps.DiffusionGraph.from_libpysal(weights, kind="told")
    assert graph.kinds == ("told",)
    assert graph.matrix.toarray().tolist() == [[0, 0, 1], [5, 0, 2], [0, 0, 0]]  # B sends 5 to A and 2 to C
