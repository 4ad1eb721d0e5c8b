"""How strongly each place was exposed, along a network, to those that had joined before."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_nodes
from .acquisitions import Acquisitions

Graphs = DiffusionGraph | Mapping[str, DiffusionGraph]


def network_matrices(places: pd.Index, graphs: Graphs) -> dict[str, sp.csr_array]:
    """Return name -> weights *from* row *to* column, in the order of the places; weights as given.

    Raises
    ------
    DataError
        No networks; a network that is no graph, or over other places than the onsets, both sides named.
    """
    if isinstance(graphs, DiffusionGraph):
        graphs = {" + ".join(graphs.kinds) or "network": graphs}
    fix = "a DiffusionGraph, or a dict of name -> DiffusionGraph"
    if not isinstance(graphs, Mapping):
        raise DataError("there are no networks", [f"graphs is a {type(graphs).__name__}"], fix)
    faults = [
        f"{name!r} is a {type(graph).__name__}"
        for name, graph in graphs.items()
        if not isinstance(graph, DiffusionGraph)
    ]
    faults += [f"the name {name!r} is no text" for name in graphs if not isinstance(name, str) or not name.strip()]
    if faults:
        raise DataError("there are no networks", faults, fix)
    return {
        name: match_nodes(
            places,
            graph,
            whose="the onsets",
            name=f"the network '{name}'",
            fix="graph.subgraph(onsets.index), onsets.reindex(graph.nodes) for places that had not joined",
        ).matrix.tocsr()
        for name, graph in graphs.items()
    }


@dataclass(frozen=True, eq=False)
class Exposure:
    """What reached places along one network from those that joined on earlier days.

    Attributes
    ----------
    matrix
        The weights as given, *from* row *to* column.
    received
        Target by source: the ties along which somebody who had joined could reach somebody who had not yet.
    at_onset
        The exposure of each event's place on its day, shape (events,).
    nodes
        Spans of days by place: a place at risk is exposed along a tie over a run of days, which is cut into spans whose
        lengths are powers of two, the nodes of a binary tree over the days. No place stands for each of its days.
    """

    matrix: sp.csr_array
    received: sp.csr_array
    at_onset: FloatArray
    nodes: sp.csr_array

    @classmethod
    def of(cls, matrix: sp.csr_array, arrivals: Acquisitions) -> "Exposure":
        """Find who was exposed to whom."""
        ties = matrix.tocoo()
        source, target = ties.coords
        rank = arrivals.rank
        live = (rank[source] < rank[target]) & (ties.data > 0)
        source, target, weight = source[live], target[live], ties.data[live]
        received = sp.csr_array((weight, (target, source)), shape=matrix.shape)
        at_onset = np.bincount(target, weight, minlength=len(rank))[arrivals.order].astype(float)
        # at risk beside those that joined: after the source's day, before the target's own
        nodes = _spans(rank[source] + 1, rank[target], target, weight, arrivals.days, len(rank))
        return cls(matrix, received, at_onset, nodes)

    @property
    def typical(self) -> float:
        """The mean exposure of those that had one when they joined; of all ties, where nobody had; 1 without ties."""
        seen = self.at_onset[self.at_onset > 0]
        if len(seen):
            return float(seen.mean())
        return float(self.received.data.mean()) if self.received.nnz else 1.0

    def by_day(self, susceptibility: FloatArray, days: int) -> FloatArray:
        """Return the exposure, times susceptibility, of all that were at risk and did not join, summed by day."""
        total: FloatArray = np.asarray(self.nodes @ susceptibility)
        width = self.nodes.shape[0] // 2
        level = total[1:2]
        while len(level) < width:
            level = np.repeat(level, 2) + total[2 * len(level) : 4 * len(level)]
        return level[:days]

    def by_place(self, daily: FloatArray) -> FloatArray:
        """Return the exposure of each place at risk, times what its days weigh, summed over them: `by_day` transposed."""
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
    """Return weights by node of a binary tree over the days and by place; ties count on the days from begin to before end."""
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
    """Return covariates as a table of floats in the order of the places; an empty one where there are none.

    Raises
    ------
    DataError
        Places without values, values that are missing or no finite numbers, columns that do not vary, that say the same, or
        that lie so far from 0 that their exponentials leave all numbers: all of them named.
    """
    if covariates is None:
        return pd.DataFrame(index=places)
    table = covariates.to_frame(covariates.name or "covariate") if isinstance(covariates, pd.Series) else covariates
    fix = "one row a place, numbers, each column centered and scaled: (x - x.mean()) / x.std()"
    if not isinstance(table, pd.DataFrame) or not table.index.is_unique or not table.columns.is_unique:
        raise DataError("the covariates do not fit", ["they are no table with a row a place and named columns"], fix)
    lacking = places[~places.isin(table.index)]
    if len(lacking):
        raise DataError("the covariates do not fit", [f"no row for {shorten_list(lacking)}"], fix)
    table = table.loc[places]
    faults = [fault for name in table.columns for fault in _column_faults(table[name])]
    if not faults and len(table.columns) > 1:
        numbers = table.astype(float)
        scaled = ((numbers - numbers.mean()) / numbers.std()).to_numpy(dtype=float)
        if np.linalg.matrix_rank(scaled) < len(table.columns):
            faults.append("the columns say the same: one follows from the others")
    if faults:
        raise DataError("the covariates do not fit", faults, fix)
    return table.astype(float).rename(columns=str)


def _column_faults(column: pd.Series) -> list[str]:
    name = column.name
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        return [f"{name!r} holds no numbers"]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        return [f"{name!r} has no number for {shorten_list(column.index[~np.isfinite(values)])}"]
    if np.ptp(values) == 0:
        return [f"{name!r} is the same everywhere"]
    far = np.abs(values).max() > 100 * values.std()
    return [f"{name!r} lies too far from 0 for how much it varies"] if far else []
