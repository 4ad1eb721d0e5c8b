"""Convert the parts of a graph to and from tables of ties, networkx and libpysal."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray
from ..checks import can_be_hashed, is_real, layout_faults
from ..errors import DataError, must_be, shorten_list
from ..tables import check_places
from .ties import Ties, ties_between, value_faults

if TYPE_CHECKING:
    import networkx as nx

_FIX = "give one row per tie with source, target and a weight of at least 0; each pair once per kind, no self-ties"


class GraphParts(NamedTuple):
    """What a `DiffusionGraph` is made of: names of the places, kind -> ties, and coordinates."""

    nodes: pd.Index
    ties: Mapping[str, Ties]
    points: FloatArray | None = None


def nodes_and_points(places: pd.Index | Iterable[Hashable] | gpd.GeoDataFrame) -> tuple[pd.Index, FloatArray | None]:
    """Return the names of places and, for cities, their longitudes and latitudes."""
    if isinstance(places, pd.DataFrame):
        check_places(places)
        points = places.geometry
        return places.index, np.column_stack([points.x, points.y]) if places.index.name == "city" else None
    if isinstance(places, pd.Index) and not isinstance(places, pd.MultiIndex):
        return places, None
    with Arguments() as check:
        names = check.names("nodes", places, "a table of places or a list of names")
    return pd.Index(names, tupleize_cols=False), None


def from_edges(edges: pd.DataFrame, places: pd.Index | Iterable[Hashable] | gpd.GeoDataFrame | None) -> GraphParts:
    """Implement `DiffusionGraph.from_edges`."""
    if not isinstance(edges, pd.DataFrame):
        raise DataError(must_be("edges", "a DataFrame", edges), fix=_FIX)
    layout = [*map(str, layout_faults(edges))]
    layout += [
        f"column '{name}' holds values that cannot be compared, such as lists"
        for name in ("source", "target", "kind")
        if not layout and name in edges and not can_be_hashed(edges[name])
    ]
    if layout:
        raise DataError("edges", layout, _FIX)
    missing = [
        f"column '{name}' is missing; the table has {shorten_list(edges.columns)}"
        for name in ("source", "target")
        if name not in edges
    ]
    if missing:
        raise DataError("edges", missing, _FIX)
    if places is None:
        places = pd.Index(edges[["source", "target"]].to_numpy(dtype=object).ravel()).dropna().unique()
    nodes, points = nodes_and_points(places)
    if not nodes.is_unique:
        twice = shorten_list(nodes[nodes.duplicated()].unique())
        raise DataError(f"nodes must be unique; more than once: {twice}", fix="name each place once")
    kind = (edges["kind"] if "kind" in edges else pd.Series("tie", index=edges.index)).astype(object)
    codes, kinds = pd.factorize(kind)
    source, target = (nodes.get_indexer(pd.Index(edges[end])) for end in ("source", "target"))
    faults = _end_faults(edges, source, target) + (["ties without a kind"] if (codes < 0).any() else [])
    weights, km = (_numbers(edges, name, faults) for name in ("weight", "km"))
    weights = np.ones(len(edges)) if weights is None else weights
    faults += value_faults(weights, km)
    known = (source >= 0) & (target >= 0)
    again = known & pd.DataFrame({"source": source, "target": target, "kind": codes}).duplicated().to_numpy()
    if again.any():
        faults.append(f"ties given more than once: {_name_ties(edges[again])}")
    if faults:
        raise DataError("edges", faults, _FIX)
    names = [str(name) for name in kinds]
    return graph_of_kinds(nodes, points, kinds=names, codes=codes, source=source, target=target, weights=weights, km=km)


def graph_of_kinds(
    nodes: pd.Index,
    points: FloatArray | None,
    *,
    kinds: Iterable[str],
    codes: npt.NDArray[np.integer],
    source: npt.NDArray[np.integer],
    target: npt.NDArray[np.integer],
    weights: FloatArray,
    km: FloatArray | None,
) -> GraphParts:
    """Return the parts of a graph of ties whose kind is ``kinds[code]``; a kind whose kilometers are all NaN keeps none."""
    ties: dict[str, Ties] = {}
    for code, kind in enumerate(kinds):
        rows = np.flatnonzero(codes == code)
        own = None if km is None or np.isnan(km[rows]).all() else km[rows]
        ties[kind] = ties_between(source[rows], target[rows], weights[rows], own, len(nodes))
    return GraphParts(nodes, ties, points)


def _end_faults(edges: pd.DataFrame, source: npt.NDArray[np.intp], target: npt.NDArray[np.intp]) -> list[str]:
    faults = []
    blank = (edges["source"].isna() | edges["target"].isna()).to_numpy()
    if blank.any():
        faults.append(f"{int(blank.sum())} ties have no source or no target")
    ends = pd.concat([edges["source"][source < 0], edges["target"][target < 0]]).dropna().unique()
    if len(ends):
        faults.append(f"ties of unknown places: {shorten_list(ends, len(ends))}")
    loops = (edges["source"] == edges["target"]).to_numpy(dtype=bool, na_value=False)
    if loops.any():
        faults.append(f"places tied to themselves: {shorten_list(edges['source'][loops].unique())}")
    return faults


def _numbers(edges: pd.DataFrame, name: str, faults: list[str]) -> FloatArray | None:
    if name not in edges:
        return None
    if not is_real(edges[name].dtype) or pd.api.types.is_bool_dtype(edges[name]):
        faults.append(f"column '{name}' holds {edges[name].dtype}, not numbers")
        return None
    return edges[name].to_numpy(dtype=float, na_value=np.nan)


def _name_ties(edges: pd.DataFrame) -> str:
    return shorten_list(f"{source} → {target}" for source, target in zip(edges["source"], edges["target"], strict=True))


def to_edges(graph: GraphParts) -> pd.DataFrame:
    """Implement `DiffusionGraph.edges`."""
    parts = [
        pd.DataFrame({
            "source": graph.nodes[ties.sources],
            "target": graph.nodes[ties.indices],
            "weight": ties.weights,
            "km": np.nan if ties.km is None else ties.km,
            "kind": kind,
        })
        for kind, ties in graph.ties.items()
    ]  # fmt: skip
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(
            {"source": graph.nodes[:0], "target": graph.nodes[:0], "weight": 0.0, "km": 0.0, "kind": ""}
        )
    return pd.concat(filled, ignore_index=True)


def merge_points(graphs: Iterable[GraphParts], nodes: pd.Index) -> tuple[FloatArray | None, pd.Index]:
    """Return the coordinates of all places, and the places with different coordinates in two graphs."""
    merged = np.full((len(nodes), 2), np.nan)
    moved = np.zeros(len(nodes), dtype=bool)
    known = False
    for graph in graphs:
        if graph.points is not None:
            known = True
            rows = nodes.get_indexer(graph.nodes)
            given = ~np.isnan(graph.points).any(axis=1)
            here, points = rows[given], graph.points[given]
            moved[here] |= (~np.isnan(merged[here]) & (merged[here] != points)).any(axis=1)
            merged[here] = points
    return (merged if known else None), nodes[moved]


def to_networkx(graph: GraphParts) -> "nx.MultiDiGraph":
    """Implement `DiffusionGraph.to_networkx`."""
    import networkx as nx

    converted = nx.MultiDiGraph(places=graph.nodes.name)
    names = graph.nodes.tolist()
    if graph.points is None:
        converted.add_nodes_from(names)
    else:
        converted.add_nodes_from(
            (name, {} if np.isnan(lon) else {"lon": lon, "lat": lat})
            for name, (lon, lat) in zip(names, graph.points.tolist(), strict=True)
        )
    for kind, ties in graph.ties.items():
        km = np.full(len(ties), np.nan) if ties.km is None else ties.km
        rows = zip(ties.sources.tolist(), ties.indices.tolist(), ties.weights.tolist(), km.tolist(), strict=True)
        converted.add_edges_from(
            (names[i], names[j], kind, {"kind": kind, "weight": weight} | ({} if km != km else {"km": km}))  # noqa: PLR0124 - NaN
            for i, j, weight, km in rows
        )
    return converted


def from_networkx(graph: "nx.Graph") -> GraphParts:
    """Implement `DiffusionGraph.from_networkx`."""
    import networkx as nx

    with Arguments() as check:
        check.instance("graph", graph, nx.Graph, "a networkx graph")
    nodes = pd.Index(list(graph.nodes), name=graph.graph.get("places"), tupleize_cols=False)
    rows = [
        (s, t, data.get("weight", 1.0), data.get("km", np.nan), data.get("kind", "tie"))
        for s, t, data in graph.edges(data=True)
    ]
    edges = pd.DataFrame(rows, columns=["source", "target", "weight", "km", "kind"]).astype(
        {"weight": float, "km": float}
    )
    if not graph.is_directed():
        loops = edges["source"] == edges["target"]
        edges = pd.concat(
            [edges, edges[~loops].rename(columns={"source": "target", "target": "source"})], ignore_index=True
        )
    converted = from_edges(edges, nodes)
    places = [(data.get("lon", np.nan), data.get("lat", np.nan)) for _, data in graph.nodes(data=True)]
    points = np.array(places, dtype=float).reshape(-1, 2)
    return converted if np.isnan(points).all() else converted._replace(points=points)


def to_libpysal(nodes: pd.Index, matrix: sp.csr_array) -> Any:
    """Implement `DiffusionGraph.to_libpysal`."""
    try:
        from libpysal.graph import Graph
    except ImportError as missing:
        raise ImportError("libpysal is not installed: pip install 'protestspread[pysal]'") from missing
    receives = matrix.T.tocsr()
    rows = np.arange(len(nodes))
    alone = rows[np.diff(receives.indptr) == 0]  # libpysal stores an isolate as a self-tie of weight 0
    focal = np.concatenate([np.repeat(rows, np.diff(receives.indptr)), alone])
    neighbor = np.concatenate([receives.indices, alone])
    weight = np.concatenate([receives.data, np.zeros(len(alone))])
    order = np.argsort(focal, kind="stable")
    names = nodes.to_numpy()
    return Graph.from_arrays(names[focal[order]], names[neighbor[order]], weight[order])


def from_libpysal(graph: Any, kind: str) -> GraphParts:
    """Implement `DiffusionGraph.from_libpysal` for a ``Graph`` or a ``W``, told apart by their attributes."""
    with Arguments("pass a libpysal.graph.Graph or a libpysal.weights.W") as check:
        check.text("kind", kind)
        if not hasattr(graph, "sparse") or not (hasattr(graph, "unique_ids") or hasattr(graph, "id_order")):
            check.fault(must_be("graph", "a graph of libpysal", graph))
    names = getattr(graph, "unique_ids", None)
    nodes = pd.Index(graph.id_order if names is None else names)
    received = graph.sparse.tocoo()
    source, target, weights = received.col, received.row, received.data.astype(float)
    kept = (source != target) | (weights != 0)
    edges = pd.DataFrame(
        {"source": nodes[source[kept]], "target": nodes[target[kept]], "weight": weights[kept], "kind": kind}
    )
    return from_edges(edges, nodes.rename(None))
