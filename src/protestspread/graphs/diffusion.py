"""The diffusion graph: who can influence whom, with separate kinds of tie."""

import html
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray
from ..checks import names_are_unique
from ..errors import DataError, shorten_list
from . import conversion
from .conversion import GraphParts
from .files import load_graph, save_graph
from .ties import Ties, check_parts, tie_facts

if TYPE_CHECKING:
    import networkx as nx

_FIX = "give finite weights of at least 0, each pair once per kind, and no self-ties"


@dataclass(frozen=True, eq=False, repr=False)
class DiffusionGraph:
    """Places and the weighted, directed ties among them, of one or several kinds. Read-only.

    ``matrix[i, j]`` is the weight *from* place i (row, source) *to* place j. The exposure of each place to the
    active ones is ``matrix.T @ active``.

    Attributes
    ----------
    nodes
        Unique names of the places, in the order of rows and columns.
    ties
        Kind -> its ties: compressed rows by sender (int32) with weights and, where known, kilometers.
    points
        Longitude and latitude of each place in degrees, shape (places, 2), NaN where unknown; or None.

    Raises
    ------
    DataError
        Repeated or missing names; negative, NaN or infinite weights; self-ties; repeated ties.

    Examples
    --------
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"], "weight": [2.0, 1.0, 4.0]})
    >>> graph = DiffusionGraph.from_edges(ties)
    >>> graph.matrix.T @ [1, 1, 0]  # exposure of A, B and C where A and B are active
    array([0., 2., 5.])
    """

    nodes: pd.Index
    ties: Mapping[str, Ties]
    points: FloatArray | None = None

    def __post_init__(self) -> None:
        nodes, points = check_parts(self.nodes, self.ties, self.points, _FIX)
        twice = nodes[:0] if names_are_unique(nodes) else nodes[nodes.duplicated()].unique()
        faults = [f"nodes must be unique; more than once: {shorten_list(twice)}"] if len(twice) else []
        faults += ["nodes must not be missing"] if nodes.hasnans else []
        for kind, ties in self.ties.items():
            faults += [f"ties of kind '{kind}': {fault}" for fault in ties.faults(len(nodes))]
        if points is not None:
            points.flags.writeable = False
            faults += (
                [f"points must have shape ({len(nodes)}, 2); got {points.shape}"]
                if points.shape != (len(nodes), 2)
                else []
            )
        if faults:
            raise DataError("DiffusionGraph", faults, _FIX)
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "ties", MappingProxyType(dict(self.ties)))
        object.__setattr__(self, "points", points)

    @property
    def _parts(self) -> GraphParts:
        return GraphParts(self.nodes, self.ties, self.points)

    # contents

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of tie, in order."""
        return tuple(self.ties)

    @property
    def matrix(self) -> sp.csr_array:
        """The weights summed over all kinds, from row to column. Read-only where there is one kind."""
        n = len(self.nodes)
        matrices = [ties.matrix() for ties in self.ties.values()]
        return sum(matrices[1:], matrices[0]) if matrices else sp.csr_array((n, n))

    @property
    def edges(self) -> pd.DataFrame:
        """One row per tie: ``source, target, weight, km, kind``, sorted by kind, then by place."""
        return conversion.to_edges(self._parts)

    def neighbors(self, place: Hashable) -> pd.DataFrame:
        """Return the places that ``place`` can influence: ``weight, km, kind`` by ``target``.

        The places that can influence it are ``graph.reverse().neighbors(place)``.

        Raises
        ------
        DataError
            The graph has no such place.
        """
        with Arguments() as check:
            check.names("place", [place], "one place of the graph")
        row = int(self._rows([place])[0])
        parts = []
        for kind, ties in self.ties.items():
            own = slice(ties.indptr[row], ties.indptr[row + 1])
            km = np.nan if ties.km is None else ties.km[own]
            target = self.nodes[ties.indices[own]].rename("target")
            parts.append(pd.DataFrame({"weight": ties.weights[own], "km": km, "kind": kind}, index=target))
        filled = [part for part in parts if len(part)] or parts
        return pd.concat(filled) if filled else pd.DataFrame({"weight": [], "km": [], "kind": []})

    @property
    def is_symmetric(self) -> bool:
        """Whether the summed weights are equal in both directions (relative tolerance 1e-12)."""
        matrix = self.matrix
        back = matrix.T.tocsr()
        if not np.array_equal(matrix.indptr, back.indptr) or not np.array_equal(matrix.indices, back.indices):
            return False
        return bool(np.allclose(matrix.data, back.data, rtol=1e-12, atol=0))

    # derived graphs

    def normalize(self, by: Literal["source", "target"]) -> "DiffusionGraph":
        """Return the graph with weights that sum to 1 by source or by target, all kinds together.

        Parameters
        ----------
        by
            "source": the weights that leave each place sum to 1 (rows of `matrix`; endemic–epidemic models). "target": the
            weights that reach each place sum to 1 (columns; exposure, thresholds, Moran's I). Rows or columns without
            ties stay at 0.
        """
        with Arguments() as check:
            check.choice("by", by, ["source", "target"])
        rows = {kind: ties.sources if by == "source" else ties.indices for kind, ties in self.ties.items()}
        total = np.zeros(len(self.nodes))
        for kind, ties in self.ties.items():
            total += np.bincount(rows[kind], ties.weights, minlength=len(total))
        share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return self._with({kind: ties.scaled(share[rows[kind]]) for kind, ties in self.ties.items()})

    def reverse(self) -> "DiffusionGraph":
        """Return the graph with source and target of every tie exchanged."""
        return self._with({kind: ties.reverse() for kind, ties in self.ties.items()})

    def union(self, *others: "DiffusionGraph") -> "DiffusionGraph":
        """Return a graph with the places and ties of all graphs, kinds kept separate.

        Places are in the order of this graph; those that only other graphs have follow.

        Raises
        ------
        DataError
            Two graphs have the same kind of tie, or a place has different coordinates.

        Examples
        --------
        >>> import protestspread as ps
        >>> case = ps.load_case("kazakhstan_2022")
        >>> ps.link_graph(case.cities, case.links).union(ps.nearest_graph(case.cities, k=3)).kinds
        ('road', 'rail', 'nearest')
        """
        with Arguments() as check:
            for graph in others:
                check.instance("others", graph, DiffusionGraph, "DiffusionGraphs")
        graphs = (self, *others)
        kinds = [kind for graph in graphs for kind in graph.kinds]
        faults = [f"kind '{kind}' is in more than one graph" for kind in dict.fromkeys(kinds) if kinds.count(kind) > 1]
        nodes = self.nodes
        for graph in others:
            nodes = nodes.append(graph.nodes[~graph.nodes.isin(nodes)])
        parts = [GraphParts(graph.nodes, graph.ties, graph.points) for graph in graphs]
        points, moved = conversion.merge_points(parts, nodes)
        if len(moved):
            faults.append(f"places with different coordinates: {shorten_list(moved)}")
        if faults:
            raise DataError(
                "others cannot be merged with this graph",
                faults,
                "rename kinds with graph.rename_kinds({old: new}); build all graphs from one table of places",
            )
        ties = {
            kind: own
            if graph.nodes.equals(nodes)
            else own.reorder(nodes.get_indexer(graph.nodes).astype(np.int32), len(nodes))
            for graph in graphs
            for kind, own in graph.ties.items()
        }
        return DiffusionGraph(nodes.rename(self.nodes.name), ties, points)

    def subgraph(
        self, nodes: Iterable[Hashable] | None = None, kinds: str | Iterable[str] | None = None
    ) -> "DiffusionGraph":
        """Return the graph of some places (in the order given), of some kinds of tie, or both.

        Raises
        ------
        DataError
            The graph does not have these places or kinds; all are named.
        """
        with Arguments() as check:
            given = self.kinds if kinds is None else (kinds,) if isinstance(kinds, str) else kinds
            wanted = check.names("kinds", given, "a kind of tie, or a list of kinds")
        unknown = [kind for kind in wanted if kind not in self.ties]
        if unknown:
            raise DataError(
                "kinds",
                [f"the graph has no kind {kind!r}" for kind in unknown],
                f"choose from {shorten_list(self.kinds, 99)}",
            )
        ties = {kind: self.ties[kind] for kind in wanted}
        if nodes is None:
            return self._with(ties)
        with Arguments() as check:
            nodes = check.names("nodes", nodes, "a list of places")
        rows = self._rows(nodes)
        row_of = np.full(len(self.nodes), -1, dtype=np.int32)
        row_of[rows] = np.arange(len(rows), dtype=np.int32)
        kept = {kind: own.reorder(row_of, len(rows)) for kind, own in ties.items()}
        return DiffusionGraph(self.nodes[rows], kept, None if self.points is None else self.points[rows])

    def rename_kinds(self, names: Mapping[str, str]) -> "DiffusionGraph":
        """Return the graph with kinds renamed: old -> new; others keep their name."""
        with Arguments() as check:
            check.instance("names", names, Mapping, "a mapping from old to new kinds")
            for name in names.values() if isinstance(names, Mapping) else ():
                check.text("names", name)
        new = [names.get(kind, kind) for kind in self.kinds]
        faults = [f"the graph has no kind {kind!r}" for kind in names if kind not in self.ties]
        faults += [f"two kinds would be named {kind!r}" for kind in dict.fromkeys(new) if new.count(kind) > 1]
        if faults:
            raise DataError("names", faults, f"choose from {shorten_list(self.kinds, 99)}")
        return self._with(dict(zip(new, self.ties.values(), strict=True)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DiffusionGraph):
            return NotImplemented
        points = [np.empty(0) if graph.points is None else graph.points for graph in (self, other)]
        return (
            np.array_equal(points[0], points[1], equal_nan=True)
            and self.nodes.equals(other.nodes)
            and self.kinds == other.kinds
            and all(self.ties[kind].equals(other.ties[kind]) for kind in self.kinds)
        )

    __hash__ = None  # type: ignore[assignment]

    # conversion

    @classmethod
    def from_edges(
        cls, edges: pd.DataFrame, nodes: "pd.Index | Iterable[Hashable] | gpd.GeoDataFrame | None" = None
    ) -> "DiffusionGraph":
        """Build a graph from a table of ties.

        Parameters
        ----------
        edges
            ``source``, ``target``; optional ``weight`` (default 1), ``km`` and ``kind`` (default "tie"). One row per directed tie.
        nodes
            The places: a table of cities or regions, or names. By default those in ``edges``, in order of appearance.

        Raises
        ------
        DataError
            Missing columns; unknown places; self-ties; repeated ties; negative or infinite weights or kilometers; NaN
            weights. All faults are listed.
        """
        return cls(*conversion.from_edges(edges, nodes))

    @classmethod
    def from_networkx(cls, graph: "nx.Graph") -> "DiffusionGraph":
        """Build a graph from a networkx graph; undirected edges become ties in both directions.

        Edges may have ``weight`` (default 1), ``km`` and ``kind`` (default "tie"), nodes ``lon`` and ``lat``.
        """
        return cls(*conversion.from_networkx(graph))

    @classmethod
    def from_libpysal(cls, graph: Any, *, kind: str = "tie") -> "DiffusionGraph":
        """Build a graph from a ``libpysal.graph.Graph`` or ``W``. Their rows are receivers: the matrix is transposed."""
        return cls(*conversion.from_libpysal(graph, kind))

    def to_networkx(self) -> "nx.MultiDiGraph":
        """Return a networkx graph; edges are keyed by kind and have ``kind``, ``weight`` and, where known, ``km``."""
        return conversion.to_networkx(self._parts)

    def to_libpysal(self) -> Any:
        """Return a ``libpysal.graph.Graph`` of the summed weights, transposed because its rows are receivers.

        Requires the extra ``protestspread[pysal]``. Kinds and kilometers are not carried over.
        """
        return conversion.to_libpysal(self.nodes, self.matrix)

    def save(self, path: str | Path) -> None:
        """Write the graph as GeoParquet, one row per tie; `read_graph` reads it."""
        save_graph(self._parts, path)

    # display

    def __repr__(self) -> str:
        facts = self._facts()
        return "\n".join([f"<DiffusionGraph: {self._title()}>", *(f"  {name:<12}{text}" for name, text in facts)])

    def _repr_html_(self) -> str:
        cell = "style='text-align:left'"
        rows = "".join(
            f"<tr><th {cell}>{html.escape(a)}</th><td {cell}>{html.escape(b)}</td></tr>" for a, b in self._facts()
        )
        return f"<table><caption {cell}><b>DiffusionGraph</b>: {html.escape(self._title())}</caption>{rows}</table>"

    def _title(self) -> str:
        what = {"city": "cities", "region_id": "regions"}.get(str(self.nodes.name), "places")
        return f"{len(self.nodes):,} {what}, {sum(map(len, self.ties.values())):,} ties"

    def _facts(self) -> list[tuple[str, str]]:
        """Return the facts shown in the representation, as pairs of name and text."""
        from scipy.sparse.csgraph import connected_components

        matrix = self.matrix
        count, label = (
            connected_components(matrix, directed=True, connection="weak")
            if len(self.nodes)
            else (0, np.array([], int))
        )
        sizes = np.sort(np.bincount(label, minlength=count))[::-1]
        isolates = self.nodes[sizes[0:0] if not count else np.bincount(label)[label] == 1]
        large = [f"{size:,}" for size in sizes if size > 1]
        return [
            *((kind, tie_facts(ties)) for kind, ties in self.ties.items()),
            ("components", f"{count:,}" + (f" (of {shorten_list(large, 5)} places)" if count > 1 and large else "")),
            ("isolates", f"{len(isolates):,}" + (f": {shorten_list(isolates)}" if len(isolates) else "")),
            ("mean degree", f"{matrix.nnz / max(len(self.nodes), 1):.2f} ties from each place"),
            ("symmetric", "yes" if self.is_symmetric else "no"),
        ]  # fmt: skip

    def _with(self, ties: Mapping[str, Ties]) -> "DiffusionGraph":
        return DiffusionGraph(self.nodes, ties, self.points)

    def _rows(self, places: Iterable[Hashable]) -> Any:
        places = pd.Index(list(places))
        rows = self.nodes.get_indexer(places)
        faults = [f"unknown places: {shorten_list(places[rows < 0], len(places))}"] if (rows < 0).any() else []
        if not places.is_unique:
            faults.append(f"places given more than once: {shorten_list(places[places.duplicated()])}")
        if faults:
            raise DataError("nodes", faults, f"choose from {shorten_list(self.nodes, 20)}")
        return rows


def read_graph(path: str | Path) -> DiffusionGraph:
    """Read a graph that `DiffusionGraph.save` wrote.

    Parameters
    ----------
    path
        A Parquet file of this library.

    Returns
    -------
    DiffusionGraph
        Equal to the one that was saved.

    Raises
    ------
    FileError
        The file does not exist, or does not hold a graph of this library.
    DataError
        Its ties are not valid (negative weights, self-ties, ...).

    Examples
    --------
    >>> import tempfile, protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> graph = ps.link_graph(case.cities, case.links)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     graph.save(f"{folder}/links.parquet")
    ...     ps.read_graph(f"{folder}/links.parquet") == graph
    True
    """
    return DiffusionGraph(*load_graph(path))
