"""The model of an event history: how likely each place is to join on each day, given those that joined before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments, as_list
from ...arrays import FloatArray, IntArray
from ...checks import is_real
from ...errors import DataError, must_be
from ...exposures.memories import Memory
from ...graphs.diffusion import DiffusionGraph
from ..base import DrawPanel, PanelModel
from .binary_regression import Link, probability


@dataclass(frozen=True, eq=False)
class EventHistoryModel(PanelModel):
    """An event history in discrete time: a place joins on a day with a probability that depends on exposure.

    The linear predictor is ``predictor`` + Σ_k coefficient_k · exposure along network k to the places active on earlier days.

    Parameters
    ----------
    predictor
        What does not depend on exposure, by date and place: the baseline, attributes, and what varied by time. -inf where
        nobody can join.
    networks
        Network -> weights from place (row) to place (column), in the order of the columns of ``predictor``.
    coefficients
        Network -> effect of one unit of exposure on the linear predictor.
    memories
        Network -> memory.
    link
        "cloglog" or "logit".
    durations
        Lengths in days that a spell can have, each as likely; None where places stay active.
    gap_days
        Days after a spell before the next can begin.

    Raises
    ------
    DataError
        ``predictor`` is not a table by date and place or has NaN or positive infinity; a network lacks a coefficient or memory,
        or its matrix does not have one row and column per place; ``link``, ``durations`` or ``gap_days`` is not valid.

    Notes
    -----
    P. D. Allison (1982), Discrete-time methods for the analysis of event histories, Sociological Methodology 13:61,
    doi:10.2307/270718.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A"], "target": ["B"]})
    >>> graph = ps.DiffusionGraph.from_edges(ties)
    >>> days = pd.date_range("2022-01-02", periods=3, name="date")
    >>> baseline = pd.DataFrame([[-np.inf] * 2, [3.0] * 2, [3.0] * 2], days, graph.nodes)  # nobody on the first day
    >>> model = ps.EventHistoryModel(baseline, {"road": graph.matrix}, {"road": 1.0}, {"road": ps.Since()})
    >>> ps.simulate(model, graph, seeds=["A"], days=3, first_day="2022-01-02", rng=1)["B"].tolist()
    [0, 1, 1]
    """

    predictor: pd.DataFrame
    networks: Mapping[str, sp.csr_array]
    coefficients: Mapping[str, float]
    memories: Mapping[str, Memory]
    link: Link = "cloglog"
    durations: tuple[int, ...] | None = None
    gap_days: int = 0

    def __post_init__(self) -> None:
        with Arguments("see help(protestspread.EventHistoryModel)") as check:
            check.instance("predictor", self.predictor, pd.DataFrame, "a DataFrame by date and place")
            for name in ("networks", "coefficients", "memories"):
                check.instance(name, getattr(self, name), Mapping, "a mapping by network")
            check.choice("link", self.link, get_args(Link))
            check.whole("gap_days", self.gap_days, at_least=0, at_most=10**5)
            if self.durations is not None and not as_list(self.durations):
                check.fault(must_be("durations", "numbers of days, or None", self.durations))
            for days in as_list(self.durations) or ():
                check.whole("durations", days, at_least=1, at_most=10**5)
            if not check.faults:
                self._check_networks(check)

    def _check_networks(self, check: Arguments) -> None:
        places = len(self.predictor.columns)
        kinds = self.predictor.dtypes
        if not all(is_real(kind) for kind in kinds) or not (self.predictor.to_numpy(dtype=float) < np.inf).all():
            check.fault("predictor must hold numbers below infinity; got others")
        for name, matrix in self.networks.items():
            if not sp.issparse(matrix) or matrix.shape != (places, places):
                check.fault(
                    f"networks[{name!r}] must be a sparse matrix with one row and column for each of {places} places"
                )
            check.number(f"coefficients[{name!r}]", self.coefficients.get(name))
            check.instance(f"memories[{name!r}]", self.memories.get(name), Memory, "a memory, such as Since()")

    def draw_panel(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel."""
        if not graph.nodes.equals(self.predictor.columns):
            raise DataError(
                "graph must have the places of the model, in their order",
                fix="pass graph.subgraph(model.predictor.columns)",
            )
        if len(beyond := dates[1:][~dates[1:].isin(self.predictor.index)]):
            raise DataError(
                f"days must lie within the dates of the model; got {beyond[0].date()}",
                fix=f"pass first_day='{self.predictor.index[0].date()}' and at most {len(self.predictor)} days",
            )
        return _EventHistory(self, self.predictor.reindex(dates).to_numpy(), (first > 0)[None].astype(float))

    def continue_from(self, history: FloatArray, dates: pd.Index) -> DrawPanel:
        """Return a function that simulates panels that begin with given activity, shape (days so far, places)."""
        return _EventHistory(self, self.predictor.reindex(dates).to_numpy(), history)


@dataclass(frozen=True, eq=False)
class _EventHistory:
    """Draws panels that begin with ``history``; ``predictor`` has the shape of a panel."""

    model: EventHistoryModel
    predictor: FloatArray
    history: FloatArray

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        begun, model, joins_once = len(self.history), self.model, self.model.durations is None
        panel: FloatArray = np.zeros(self.predictor.shape)
        panel[:begun] = self.history
        if joins_once:  # memories count the day of joining, as in the data
            panel[1:begun] = np.diff(np.maximum.accumulate(self.history), axis=0)
        free_from = self._free_from()
        remembered = {name: np.zeros(panel.shape[1]) for name in model.networks}
        for day in range(1, len(panel)):
            for name in model.networks:
                remembered[name] = model.memories[name].recall(panel[:day], remembered[name])
            if day < begun:
                continue
            eta = self.predictor[day].copy()
            for name, matrix in model.networks.items():
                eta += model.coefficients[name] * (matrix.T @ remembered[name])
            new = np.flatnonzero(
                (rng.random(len(eta)) < probability(eta, model.link)) & (free_from <= day) & (eta > -np.inf)
            )
            lengths = np.ones(len(new), dtype=int) if model.durations is None else rng.choice(model.durations, len(new))
            for place, length in zip(new.tolist(), lengths.tolist(), strict=True):
                panel[day : day + length, place] = 1
                free_from[place] = len(panel) if joins_once else day + length + model.gap_days
        return (np.maximum.accumulate(panel) if joins_once else panel).astype(np.int64)

    def _free_from(self) -> IntArray:
        """Return the first day on which each place can join."""
        begun, ever = len(self.history), self.history.any(axis=0)
        if self.model.durations is None:
            return np.where(ever, len(self.predictor), 0)
        last = begun - 1 - self.history[::-1].argmax(axis=0)
        return np.where(ever, last + 1 + self.model.gap_days, 0)
