"""The diffusion graph: who can influence whom, every kind of tie kept apart."""

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

from ..arrays import FloatArray
from ..checks import names_are_unique
from ..errors import DataError, shorten_list
from .ties import Ties

if TYPE_CHECKING:
    import networkx as nx

_MEND = "a graph holds finite weights of at least 0, each pair once a kind, no place tied to itself"


@dataclass(frozen=True, eq=False, repr=False)
class DiffusionGraph:
    """Places, and weighted, directed ties of one or several kinds among them. Never changed; read-only.

    ``matrix[i, j]`` is the weight *from* place i (row, source) *to* place j. What reaches each place from those that
    are active is ``matrix.T @ active``.

    Attributes
    ----------
    nodes
        Names of the places, unique, in the order of rows and columns.
    ties
        Kind -> its ties, compressed rows of senders (int32) with weights and, where known, kilometres: what algorithms read.
    points
        Longitude and latitude of each place in degrees, shape (places, 2), NaN where unknown; or None.

    Raises
    ------
    DataError
        Names that repeat or are missing; weights negative, NaN or infinite; a place tied to itself; ties that repeat.

    Examples
    --------
    >>> import pandas as pd
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"], "weight": [2.0, 1.0, 4.0]})
    >>> graph = DiffusionGraph.from_edges(ties)
    >>> graph.matrix.T @ [1, 1, 0]  # A and B are active: what reaches A, B and C
    array([0., 2., 5.])
    """

    nodes: pd.Index
    ties: Mapping[str, Ties]
    points: FloatArray | None = None

    def __post_init__(self) -> None:
        nodes = self.nodes if isinstance(self.nodes, pd.Index) else pd.Index(self.nodes)  # a copy would hash anew
        twice = nodes[:0] if names_are_unique(nodes) else nodes[nodes.duplicated()].unique()
        faults = [f"places stand more than once: {shorten_list(twice)}"] if len(twice) else []
        faults += ["places without a name"] if nodes.hasnans else []
        for kind, ties in self.ties.items():
            faults += [f"{kind}: {fault}" for fault in ties.faults(len(nodes))]
        points = None if self.points is None else np.array(self.points, dtype=float)
        if points is not None:
            points.flags.writeable = False
            faults += [f"{points.shape} coordinates for {len(nodes)} places"] if points.shape != (len(nodes), 2) else []
        if faults:
            raise DataError("this is no diffusion graph", faults, _MEND)
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "ties", MappingProxyType(dict(self.ties)))
        object.__setattr__(self, "points", points)

    # what it holds

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of tie, in the order in which they were added."""
        return tuple(self.ties)

    @property
    def matrix(self) -> sp.csr_array:
        """The weights of all kinds, summed: from row to column. Of one kind it shares the graph's memory, read-only."""
        n = len(self.nodes)
        matrices = [ties.matrix() for ties in self.ties.values()]
        return sum(matrices[1:], matrices[0]) if matrices else sp.csr_array((n, n))

    @property
    def edges(self) -> pd.DataFrame:
        """One row a tie: ``source, target, weight, km, kind``, by kind, then in the order of places; made on demand."""
        parts = [
            pd.DataFrame({
                "source": self.nodes[ties.sources],
                "target": self.nodes[ties.indices],
                "weight": ties.weights,
                "km": np.nan if ties.km is None else ties.km,
                "kind": kind,
            })
            for kind, ties in self.ties.items()
        ]  # fmt: skip
        filled = [part for part in parts if len(part)]
        if not filled:
            return pd.DataFrame(
                {"source": self.nodes[:0], "target": self.nodes[:0], "weight": 0.0, "km": 0.0, "kind": ""}
            )
        return pd.concat(filled, ignore_index=True)

    def neighbors(self, place: Hashable) -> pd.DataFrame:
        """Return those that `place` can influence: ``weight, km, kind`` by ``target``.

        Those that can influence it are ``graph.reverse().neighbors(place)``.

        Raises
        ------
        DataError
            There is no such place.
        """
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
        """Whether the weight is the same both ways between any two places, all kinds together (to 1e-12 of it)."""
        matrix = self.matrix
        back = matrix.T.tocsr()
        if not np.array_equal(matrix.indptr, back.indptr) or not np.array_equal(matrix.indices, back.indices):
            return False
        return bool(np.allclose(matrix.data, back.data, rtol=1e-12, atol=0))

    # what can be made of it

    def normalize(self, by: Literal["source", "target"]) -> "DiffusionGraph":
        """Return the graph with weights that sum to 1 by source or by target, all kinds together.

        Parameters
        ----------
        by
            "source": what leaves each place sums to 1 (each row of `matrix`; endemic–epidemic models). "target": what
            reaches each place sums to 1 (each column; exposure, thresholds, Moran's I). A place that nothing leaves,
            or nothing reaches, stays at 0.
        """
        if by not in ("source", "target"):
            raise DataError(
                "the graph cannot be normalized",
                [f"by = {by!r}"],
                'by "source" (what leaves) or "target" (what arrives)',
            )
        rows = {kind: ties.sources if by == "source" else ties.indices for kind, ties in self.ties.items()}
        total = np.zeros(len(self.nodes))
        for kind, ties in self.ties.items():
            total += np.bincount(rows[kind], ties.weights, minlength=len(total))
        share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        return self._with({kind: ties.scaled(share[rows[kind]]) for kind, ties in self.ties.items()})

    def reverse(self) -> "DiffusionGraph":
        """Return the graph with every tie the other way round."""
        return self._with({kind: ties.reverse() for kind, ties in self.ties.items()})

    def union(self, *others: "DiffusionGraph") -> "DiffusionGraph":
        """Return a graph with the places and ties of all, kinds kept apart.

        Places keep this graph's order; those that only others have follow in theirs.

        Raises
        ------
        DataError
            A kind stands in two of them, or a place lies at two points.

        Examples
        --------
        >>> import protestspread as ps
        >>> case = ps.load_case("kazakhstan_2022")
        >>> ps.link_graph(case.cities, case.links).union(ps.nearest_graph(case.cities, k=3)).kinds
        ('road', 'rail', 'nearest')
        """
        graphs = (self, *others)
        kinds = [kind for graph in graphs for kind in graph.kinds]
        faults = [
            f"the kind '{kind}' stands in more than one" for kind in dict.fromkeys(kinds) if kinds.count(kind) > 1
        ]
        nodes = self.nodes
        for graph in others:
            nodes = nodes.append(graph.nodes[~graph.nodes.isin(nodes)])
        points, moved = _merged_points(graphs, nodes)
        if len(moved):
            faults.append(f"places that lie at two points: {shorten_list(moved)}")
        if faults:
            raise DataError(
                "the graphs cannot be joined",
                faults,
                "graph.rename_kinds({old: new}); build all from one table of places",
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
        """Return the graph among some places (in the order given), or of some kinds of tie, or both.

        Raises
        ------
        DataError
            Places or kinds that it does not have, all named.
        """
        wanted = self.kinds if kinds is None else (kinds,) if isinstance(kinds, str) else tuple(kinds)
        unknown = [kind for kind in wanted if kind not in self.ties]
        if unknown:
            raise DataError(
                "there is no such subgraph",
                [f"no kind {kind!r}" for kind in unknown],
                f"kinds: {shorten_list(self.kinds, 99)}",
            )
        ties = {kind: self.ties[kind] for kind in wanted}
        if nodes is None:
            return self._with(ties)
        if isinstance(nodes, str):
            raise DataError("there is no such subgraph", [f"nodes = {nodes!r} is one text"], "a list of places")
        rows = self._rows(nodes)
        row_of = np.full(len(self.nodes), -1, dtype=np.int32)
        row_of[rows] = np.arange(len(rows), dtype=np.int32)
        kept = {kind: own.reorder(row_of, len(rows)) for kind, own in ties.items()}
        return DiffusionGraph(self.nodes[rows], kept, None if self.points is None else self.points[rows])

    def rename_kinds(self, names: Mapping[str, str]) -> "DiffusionGraph":
        """Return the graph with kinds called otherwise: old -> new; others keep their name."""
        new = [names.get(kind, kind) for kind in self.kinds]
        faults = [f"no kind {kind!r}" for kind in names if kind not in self.ties]
        faults += [f"two kinds would be called {kind!r}" for kind in dict.fromkeys(new) if new.count(kind) > 1]
        if faults:
            raise DataError("the kinds cannot be renamed", faults, f"kinds: {shorten_list(self.kinds, 99)}")
        return self._with(dict(zip(new, self.ties.values(), strict=True)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DiffusionGraph):
            return NotImplemented
        same_points = (self.points is None and other.points is None) or (
            self.points is not None
            and other.points is not None
            and np.array_equal(self.points, other.points, equal_nan=True)
        )
        return (
            same_points
            and self.nodes.equals(other.nodes)
            and self.kinds == other.kinds
            and all(self.ties[kind].equals(other.ties[kind]) for kind in self.kinds)
        )

    __hash__ = None  # type: ignore[assignment]

    # how it comes and goes

    @classmethod
    def from_edges(
        cls, edges: pd.DataFrame, nodes: "pd.Index | Iterable[Hashable] | gpd.GeoDataFrame | None" = None
    ) -> "DiffusionGraph":
        """Make a graph of a table of ties.

        Parameters
        ----------
        edges
            ``source``, ``target``; optional ``weight`` (else 1), ``km`` and ``kind`` (else "tie"). A row is a tie one way.
        nodes
            The places: a table of cities or regions, or names. By default those that `edges` names, as they appear.

        Raises
        ------
        DataError
            Missing columns; ties of places unknown, of a place with itself, given twice; weights or kilometres that are
            negative or infinite, weights that are NaN: all of them listed.
        """
        from .conversion import from_edges

        return from_edges(edges, nodes)

    @classmethod
    def from_networkx(cls, graph: "nx.Graph") -> "DiffusionGraph":
        """Make a graph of a networkx graph; its undirected ties run both ways.

        Ties have ``weight`` (else 1), ``km`` and ``kind`` (else "tie"), nodes ``lon`` and ``lat``.
        """
        from .conversion import from_networkx

        return from_networkx(graph)

    @classmethod
    def from_libpysal(cls, graph: Any, *, kind: str = "tie") -> "DiffusionGraph":
        """Make a graph of a `libpysal.graph.Graph` or `W`, whose rows receive: a row here is a column there."""
        from .conversion import from_libpysal

        return from_libpysal(graph, kind)

    def to_networkx(self) -> "nx.MultiDiGraph":
        """Return a networkx graph: ties are keyed by kind and have ``kind``, ``weight`` and, where known, ``km``."""
        from .conversion import to_networkx

        return to_networkx(self)

    def to_libpysal(self) -> Any:
        """Return a `libpysal.graph.Graph` of the summed weights, transposed, because there rows receive.

        It needs the extra ``protestspread[pysal]``. Kinds and kilometres stay behind.
        """
        from .conversion import to_libpysal

        return to_libpysal(self)

    def save(self, path: str | Path) -> None:
        """Write the graph as GeoParquet: a row a tie, a line where both places have a point; `read_graph` reads it."""
        from .files import save

        save(self, path)

    # how it looks

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
        """Return the health of the graph, as names and sentences."""
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
            *((kind, _tie_facts(ties)) for kind, ties in self.ties.items()),
            ("components", f"{count:,}" + (f" (of {shorten_list(large, 5)} places)" if count > 1 and large else "")),
            ("isolates", f"{len(isolates):,}" + (f": {shorten_list(isolates)}" if len(isolates) else "")),
            ("mean degree", f"{matrix.nnz / max(len(self.nodes), 1):.2f} places that a place can influence"),
            ("symmetric", "yes" if self.is_symmetric else "no"),
        ]  # fmt: skip

    def _with(self, ties: Mapping[str, Ties]) -> "DiffusionGraph":
        return DiffusionGraph(self.nodes, ties, self.points)

    def _rows(self, places: Iterable[Hashable]) -> Any:
        places = pd.Index(list(places))
        rows = self.nodes.get_indexer(places)
        faults = [f"unknown places: {shorten_list(places[rows < 0], len(places))}"] if (rows < 0).any() else []
        if not places.is_unique:
            faults.append(f"places named more than once: {shorten_list(places[places.duplicated()])}")
        if faults:
            raise DataError(
                "the graph does not have these places", faults, f"its places: {shorten_list(self.nodes, 20)}"
            )
        return rows


def _tie_facts(ties: Ties) -> str:
    if not len(ties):
        return "no ties"
    low, high = ties.weights.min(), ties.weights.max()
    text = f"{len(ties):,} ties, weight {low:.4g}" + ("" if low == high else f" to {high:.4g}")
    if ties.km is not None and not np.isnan(ties.km).all():
        text += f", {np.nanmin(ties.km):.0f} to {np.nanmax(ties.km):.0f} km (median {np.nanmedian(ties.km):.0f})"
    return text


def _merged_points(graphs: Iterable[DiffusionGraph], nodes: pd.Index) -> tuple[FloatArray | None, pd.Index]:
    """Return the points of all places, and the places to which two graphs give different points."""
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
