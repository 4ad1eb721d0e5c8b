"""Draw spreads with the kernels: rates by place as integrals, ties as arrays."""

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ...arrays import FloatArray, Int32Array, IntArray
from ...ensembles.tables import spell_batch
from ...graphs.diffusion import DiffusionGraph
from ...kernels.dispatch import ADOPTION, CONTAGION, Kernel
from ...kernels.spreads import cascades_plain, contagion_plain
from ...kernels.spreads.contagion_plain import RECOVERY, TRANSMISSION, Contagion, TieArrays
from ..rates import Rate, broadcast_rate, varies_by_day

_TRANSITIONS = ("transmission", "spontaneous", "progression", "recovery", "waning")  # in the order of the kernel
_SPELL = 100  # numbers that a spell takes while it is drawn, ten times what it needs: parts of 10 megabytes
_DEFAULTS = {"waning": np.inf}  # without a time of immunity


def ties_of(graph: DiffusionGraph) -> TieArrays:
    """Return the ties of a graph for the kernels."""
    matrix = graph.matrix
    sources = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    return TieArrays(
        matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), np.asarray(matrix.data, dtype=float), sources
    )


def contagion(rates: Mapping[str, Rate], dates: pd.DatetimeIndex, places: pd.Index, *, by_day: bool) -> Contagion:
    """Return the rates of a compartmental model for the kernel; those that are not given are 0, or infinite for waning."""
    constant = np.zeros((len(_TRANSITIONS), len(places)))
    varying = np.full(len(_TRANSITIONS), -1)
    integrals: list[FloatArray] = []
    for row, transition in enumerate(_TRANSITIONS):
        name = f"{transition}_per_day"
        if name not in rates:
            constant[row] = _DEFAULTS.get(transition, 0.0)
        elif varies_by_day(rates[name]):
            varying[row] = len(integrals)
            integrals.append(integral(name, rates[name], dates, places))
        else:
            constant[row] = broadcast_rate(name, rates[name], dates[:1], places)[0]
    stacked = np.stack(integrals) if integrals else np.zeros((0, len(places), 0))
    return Contagion(constant, varying, stacked, exposed=False, again=False, by_day=by_day, last=len(dates) - 1.0)


def integral(name: str, rate: Rate, dates: pd.DatetimeIndex, places: pd.Index) -> FloatArray:
    """Return the integral of a rate from the first row to each row, shape (places, rows)."""
    values = broadcast_rate(name, rate, dates, places)
    return np.ascontiguousarray(np.vstack([np.zeros((1, len(places))), values[1:].cumsum(axis=0)]).T)


@dataclass(frozen=True, eq=False)
class _TieSampler(ABC):
    """Draws spreads along ties in a kernel."""

    ties: TieArrays
    model: Any
    seeds: Int32Array
    in_threads: ClassVar[bool] = True
    kernel: ClassVar[Kernel]

    @property
    def cost(self) -> float:
        """Nanoseconds per draw."""
        return self.kernel.compiled * self.work

    @property
    def size(self) -> int:
        """Numbers held in memory per draw."""
        return int(_SPELL * len(self.ties.starts) * self.spells_per_place)

    @property
    def work(self) -> float:
        """About the number of contacts of a draw, at most; they cost most of the time."""
        return len(self.ties.starts) * self.spells_per_place + len(self.ties.targets) * self.contacts_per_tie

    @property
    def spells_per_place(self) -> float:
        """How often a place becomes active, on average and at most."""
        return 1.0

    @property
    def contacts_per_tie(self) -> float:
        """How many contacts a tie has, on average and at most."""
        return 1.0


class SpellSampler(_TieSampler):
    """Draws the spells of a compartmental model."""

    kernel = CONTAGION

    @property
    def spells_per_place(self) -> float:
        """How often a place recovers, and once more."""
        return 1.0 + self._happening(RECOVERY, 1.0)

    @property
    def contacts_per_tie(self) -> float:
        """How often a tie of mean weight transmits while its source is active, and once more."""
        return 1.0 + self._happening(TRANSMISSION, float(self.ties.weights.mean()) if len(self.ties.weights) else 1.0)

    def _happening(self, transition: int, weight: float) -> float:
        """Return how often something happens again and again, on average; 0 where nothing does."""
        model, varying = self.model, self.model.varying[transition]
        if not model.again:
            return 0.0
        total = (
            model.last * model.constant[transition].mean() if varying < 0 else model.integrals[varying, :, -1].mean()
        )
        return min(weight * float(total), 10 * float(model.last))

    def __call__(self, seed: int, first: int, last: int) -> pa.RecordBatch:
        """Return draws ``first`` to ``last`` - 1."""
        numbers = np.arange(first, last)
        if self.kernel.pays(len(numbers) * self.work):
            from ...kernels.spreads.contagion import spells

            ends, place, spans = spells(self.ties, self.model, self.seeds, np.uint64(seed), numbers)
        else:
            ends, place, spans = contagion_plain.spells(self.ties, self.model, self.seeds, seed, numbers)
        draws = _draws_of(ends, first)
        return spell_batch(draws, place, spans, int(self.model.last) + 1, by_day=self.model.by_day)


class OnsetSampler(_TieSampler):
    """Draws the onsets of a model in which places stay active."""

    kernel = ADOPTION

    def __call__(self, seed: int, first: int, last: int) -> pa.RecordBatch:
        """Return draws ``first`` to ``last`` - 1."""
        numbers = np.arange(first, last)
        if self.kernel.pays(len(numbers) * self.work):
            from ...kernels.spreads.cascades import onsets

            ends, place, row = onsets(self.ties, self.model, self.seeds, np.uint64(seed), numbers)
        else:
            ends, place, row = cascades_plain.onsets(self.ties, self.model, self.seeds, seed, numbers)
        spans = np.column_stack([row, np.full(len(row), self.model.last)])
        return spell_batch(_draws_of(ends, first), place, spans, self.model.last + 1, by_day=True)


def _draws_of(ends: IntArray, first: int) -> npt.NDArray[np.int32]:
    """Return the number of the draw of each event."""
    return np.repeat(np.arange(first, first + len(ends) - 1, dtype=np.int32), np.diff(ends))
