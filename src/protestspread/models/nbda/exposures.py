"""Exposure of each place, along a network, to the places that had joined before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, IntArray
from ...checks import is_real, layout_faults
from ...errors import DataError, must_be, shorten_list
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_nodes
from .acquisitions import Acquisitions

Graphs = DiffusionGraph | Mapping[str, DiffusionGraph]


def network_matrices(places: pd.Index, graphs: Graphs) -> dict[str, sp.csr_array]:
    """Return name -> matrix of weights *from* row *to* column, in the order of the places.

    Raises
    ------
    DataError
        ``graphs`` is not a graph or a dict of graphs, or the places of a graph differ from those of the onsets; the message
        names them.
    """
    if isinstance(graphs, DiffusionGraph):
        graphs = {" + ".join(graphs.kinds) or "network": graphs}
    if not isinstance(graphs, Mapping):
        raise DataError(must_be("graphs", "a DiffusionGraph or a dict of name -> DiffusionGraph", graphs))
    faults = [
        must_be(f"graphs[{name!r}]", "a DiffusionGraph", graph)
        for name, graph in graphs.items()
        if not isinstance(graph, DiffusionGraph)
    ]
    unnamed = [name for name in graphs if not isinstance(name, str) or not name.strip()]
    faults += [must_be("each name in graphs", "a text that is not blank", name) for name in unnamed]
    if faults:
        raise DataError("graphs is not valid" if len(faults) > 1 else faults[0], faults if len(faults) > 1 else ())
    return {
        name: match_nodes(
            places,
            graph,
            whose="the onsets",
            name=f"the network '{name}'",
            fix="pass graph.subgraph(onsets.index), or onsets.reindex(graph.nodes) if the other places had not joined",
        ).matrix.tocsr()
        for name, graph in graphs.items()
    }


@dataclass(frozen=True, eq=False)
class Exposure:
    """Exposure of places along one network to the places that joined on earlier days.

    Attributes
    ----------
    matrix
        The weights as given, *from* row *to* column.
    received
        Weights by target (row) and source (column) of the ties whose source joined before the target.
    at_onset
        Exposure of each place on the day of its onset, shape (events,).
    nodes
        Exposure by span of days and place. The days on which a place at risk is exposed along a tie are split into spans
        whose lengths are powers of two, the nodes of a binary tree over the days, so that single days are not stored.
    """

    matrix: sp.csr_array
    received: sp.csr_array
    at_onset: FloatArray
    nodes: sp.csr_array

    @classmethod
    def of(cls, matrix: sp.csr_array, acquisitions: Acquisitions) -> "Exposure":
        """Compute the exposure along a network, given the onsets."""
        ties = matrix.tocoo()
        source, target = ties.coords
        rank = acquisitions.rank
        live = (rank[source] < rank[target]) & (ties.data > 0)
        source, target, weight = source[live], target[live], ties.data[live]
        received = sp.csr_array((weight, (target, source)), shape=matrix.shape)
        at_onset = np.bincount(target, weight, minlength=len(rank))[acquisitions.order].astype(float)
        # exposed and at risk after the onset of the source and before that of the target
        nodes = _spans(rank[source] + 1, rank[target], target, weight, acquisitions.days, len(rank))
        return cls(matrix, received, at_onset, nodes)

    @property
    def typical(self) -> float:
        """Mean positive exposure at onset; the mean weight of ties if no place was exposed at onset; 1 without ties."""
        seen = self.at_onset[self.at_onset > 0]
        if len(seen):
            return float(seen.mean())
        return float(self.received.data.mean()) if self.received.nnz else 1.0

    def by_day(self, susceptibility: FloatArray, days: int) -> FloatArray:
        """Return the exposure times susceptibility of the places at risk that did not join, summed by day."""
        total: FloatArray = np.asarray(self.nodes @ susceptibility)
        width = self.nodes.shape[0] // 2
        level = total[1:2]
        while len(level) < width:
            level = np.repeat(level, 2) + total[2 * len(level) : 4 * len(level)]
        return level[:days]

    def by_place(self, daily: FloatArray) -> FloatArray:
        """Return the exposure of each place at risk, weighted by day and summed: the transpose of ``by_day``."""
        width = self.nodes.shape[0] // 2
        total = np.zeros(2 * width)
        total[width : width + len(daily)] = daily
        size = width
        while size > 1:
            total[size // 2 : size] = total[size : 2 * size].reshape(-1, 2).sum(axis=1)
            size //= 2
        return np.asarray(self.nodes.T @ total)


def _spans(
    begin: IntArray, end: IntArray, target: npt.NDArray[np.int32], weight: FloatArray, days: int, places: int
) -> sp.csr_array:
    """Return weights by node of a binary tree over the days and by place; ties count from day ``begin`` to ``end`` - 1."""
    width = 1 << max(days - 1, 1).bit_length()
    low, high = begin + width, end + width
    rows, columns, values = [], [], []
    while (open_ties := low < high).any():
        for node, odd in ((low, open_ties & (low % 2 == 1)), (high - 1, open_ties & (high % 2 == 1))):
            rows.append(node[odd])
            columns.append(target[odd])
            values.append(weight[odd])
        low, high = (low + 1) // 2, high // 2
    parts = (np.concatenate(part) if part else np.zeros(0, dtype=int) for part in (rows, columns, values))
    row, column, value = parts
    return sp.csr_array((value.astype(float), (row, column)), shape=(2 * width, places))


def design(covariates: pd.DataFrame | pd.Series | None, places: pd.Index) -> pd.DataFrame:
    """Return covariates as a table of floats in the order of the places, without columns if ``covariates`` is None.

    Raises
    ------
    DataError
        Places lack a row, values are not finite numbers, columns are constant or collinear, or a column is so far from 0
        that its exponential overflows; the message names all of them.
    """
    if covariates is None:
        return pd.DataFrame(index=places)
    table = covariates.to_frame(covariates.name or "covariate") if isinstance(covariates, pd.Series) else covariates
    fix = "pass one row of numbers per place, each column centered and scaled: (x - x.mean()) / x.std()"
    if not isinstance(table, pd.DataFrame):
        raise DataError(must_be("covariates", "a DataFrame or a Series by place", table), fix=fix)
    layout = layout_faults(table)
    if layout:
        raise DataError("covariates", list(map(str, layout)), fix)
    repeated = [*table.index[table.index.duplicated()].unique(), *table.columns[table.columns.duplicated()].unique()]
    if repeated:
        raise DataError(f"covariates must have unique places and columns; repeated: {shorten_list(repeated)}", fix=fix)
    missing = places[~places.isin(table.index)]
    if len(missing):
        raise DataError(f"covariates must have a row for each place; no row for {shorten_list(missing)}", fix=fix)
    table = table.loc[places]
    faults = [fault for name in table.columns for fault in _column_faults(table[name])]
    if not faults and len(table.columns) > 1:
        numbers = table.astype(float)
        scaled = ((numbers - numbers.mean()) / numbers.std()).to_numpy(dtype=float)
        if np.linalg.matrix_rank(scaled) < len(table.columns):
            faults.append(f"the columns {shorten_list(table.columns)} are collinear")
    if faults:
        raise DataError("covariates are not valid", faults, fix)
    return table.astype(float).rename(columns=str)


def _column_faults(column: pd.Series) -> list[str]:
    """Return the faults of one covariate."""
    name = column.name
    if not is_real(column.dtype):
        return [f"{name!r} must be numeric; got {column.dtype}"]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        return [f"{name!r} must be finite; no finite number for {shorten_list(column.index[~np.isfinite(values)])}"]
    if np.ptp(values) == 0:
        return [f"{name!r} must vary; it is the same for all places"]
    far = np.abs(values).max() > 100 * values.std()
    return [f"{name!r} is too far from 0 relative to its standard deviation"] if far else []
