"""The model of OADA and TADA: places join spontaneously, or along networks from places that had joined."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, IntArray
from ...errors import DataError, argument_error, must_be
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.onset_order import draw_next
from ..base import DrawPanel, PanelModel
from ..rates import broadcast_rate, check_rate, varies_by_day
from ..simulation import panel_of

ByPlace = float | pd.Series


@dataclass(frozen=True)
class NetworkDiffusionModel(PanelModel):
    """A model of onsets: a place joins spontaneously or along networks from places that joined before, and stays active.

    The rate of a place i that has not joined is λ(t) · [spontaneous_i + susceptible_i · Σ_k s_k Σ_j matrix_k[j, i]], over the
    networks k and the places j that had joined, with λ(t) = shape · t^(shape-1) / scale^shape. It is `SI` with several
    networks, factors of places and a baseline that can change with time.

    Parameters
    ----------
    strengths
        Network -> strength s of transmission per unit of weight, relative to a spontaneous onset.
    scale
        Mean number of days to a spontaneous onset of a place with a factor of 1 (and a shape of 1). None: only the rates of
        places relative to each other are known, as from the order of onsets.
    shape
        Below 1, rates fall with time; above 1, they rise.
    spontaneous, susceptible
        Factors of the spontaneous rate and of transmission: a number, or a Series by place.
    continuous
        False: on each day a place joins with probability 1 - exp(-rate of the day), along ties from places that joined on
        earlier days. True: onsets are moments, and exposure begins at once.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite, or ``scale`` or ``shape`` is not above 0.

    Notes
    -----
    `simulate` needs a scale. With one strength, all ties of the graph are the network; with several, its kinds of tie are the
    networks (``graph.union``, ``graph.rename_kinds``). The first row of a panel is time 0.

    M. Franz, C. L. Nunn (2009), Network-based diffusion analysis: a new method for detecting social learning, Proceedings of
    the Royal Society B 276:1829-1836, doi:10.1098/rspb.2008.1824.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> model = ps.NetworkDiffusionModel({"road": 0.8, "rail": 0.2}, scale=50)
    >>> panel = ps.simulate(model, roads, seeds=["Zhanaozen"], days=10, rng=1)
    >>> int(panel["Zhanaozen"].min())
    1
    """

    strengths: Mapping[str, float] = field(default_factory=dict)
    scale: float | None = None
    shape: float = 1.0
    spontaneous: ByPlace = 1.0
    susceptible: ByPlace = 1.0
    continuous: bool = False

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.instance("strengths", self.strengths, Mapping, "a mapping of network -> strength")
            for name, s in self.strengths.items() if isinstance(self.strengths, Mapping) else ():
                check.text("strengths labels", name)
                check.number(f"strengths[{name!r}]", s, at_least=0)
            check.number("scale", self.scale, above=0, optional=True)
            check.number("shape", self.shape, above=0)
            check.flag("continuous", self.continuous)
            for name in ("spontaneous", "susceptible"):
                factor = getattr(self, name)
                by_date = varies_by_day(factor)
                check.faults += (
                    [must_be(name, "a number or a Series by place", factor)] if by_date else check_rate(name, factor)
                )

    def draw_panel(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel."""
        known = np.where(first > 0, 0, len(dates))
        return TimedOnsets(
            self.rates_on(graph), self.cumulative(np.arange(len(dates), dtype=float)), self.continuous, known, 1
        )

    def rates_on(self, graph: DiffusionGraph) -> "OnsetRates":
        """Return the relative rates of the places of a graph.

        Raises
        ------
        DataError
            The graph lacks a network, or a factor lacks a place.
        """
        names = list(self.strengths)
        if len(names) == 1:
            matrices = [graph.matrix]
        else:
            lacking = [name for name in names if name not in graph.ties]
            if lacking:
                faults = [f"graph has no ties of kind {name!r}" for name in lacking]
                raise argument_error(
                    faults, "name the kinds of tie as the networks, with graph.rename_kinds({old: new})"
                )
            matrices = [graph.ties[name].matrix() for name in names]
        n, no_date = len(graph.nodes), pd.DatetimeIndex(["2000-01-01"])
        reach = sum(
            (s * matrix for s, matrix in zip(self.strengths.values(), matrices, strict=True)), sp.csr_array((n, n))
        )
        factors = (
            np.asarray(broadcast_rate(name, getattr(self, name), no_date, graph.nodes)[0], dtype=float)
            for name in ("spontaneous", "susceptible")
        )
        return OnsetRates(reach.T.tocsr(), *factors)

    def cumulative(self, times: FloatArray) -> FloatArray:
        """Return the integral of λ from 0 to each time.

        Raises
        ------
        DataError
            The model has no scale.
        """
        if self.scale is None:
            raise DataError(
                "scale must be a number of days to simulate dates; the order of onsets does not give one",
                fix="pass dataclasses.replace(model, scale=...), or use fit.simulate, which keeps the number of onsets of each day",
            )
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(self.shape * (np.log(times) - np.log(self.scale))))


@dataclass(frozen=True, eq=False)
class OnsetRates:
    """Rates of places relative to a spontaneous onset; ``incoming`` holds weights times strengths, from column to row."""

    incoming: sp.csr_array
    spontaneous: FloatArray
    susceptible: FloatArray

    def given(self, joined: BoolArray | FloatArray) -> FloatArray:
        """Return the rate of each place: ``joined`` has shape (places,) or, for several days, (days, places)."""
        return np.asarray(self.spontaneous + self.susceptible * (self.incoming @ joined.T).T)


@dataclass(frozen=True, eq=False)
class TimedOnsets:
    """Draws panels of onsets in time.

    Attributes
    ----------
    rates
        The relative rates.
    cumulative
        Integral of the baseline at the end of each row.
    continuous
        Whether exposure begins at once, or in the next row.
    known
        Row of each onset that is given, the number of rows for other places.
    start
        The first row that is simulated.
    """

    rates: OnsetRates
    cumulative: FloatArray
    continuous: bool
    known: IntArray
    start: int

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        rows = self.known.copy()
        (self._by_moment if self.continuous else self._by_day)(rows, rng)
        return panel_of(rows, len(self.cumulative))

    def _by_day(self, rows: IntArray, rng: np.random.Generator) -> None:
        risen = np.diff(self.cumulative, prepend=0.0)
        for row in range(self.start, len(risen)):
            waiting = rows == len(risen)
            hazard = risen[row] * self.rates.given(~waiting)
            rows[waiting & (rng.random(len(rows)) < -np.expm1(-hazard))] = row

    def _by_moment(self, rows: IntArray, rng: np.random.Generator) -> None:
        """Draw onsets one after another; in the time of the baseline, rates are constant between them."""
        never = len(self.cumulative)
        now = self.cumulative[self.start - 1] if self.start else 0.0
        while (waiting := rows == never).any():
            rate = np.where(waiting, self.rates.given(~waiting), 0.0)
            total = rate.sum()
            now += rng.exponential() / total if total else np.inf
            if (row := int(np.searchsorted(self.cumulative, now))) == never:
                break
            rows[rng.choice(len(rows), p=rate / total)] = row


@dataclass(frozen=True, eq=False)
class OrderedOnsets:
    """Draws panels with a given number of onsets in each row; fields as in `TimedOnsets`."""

    rates: OnsetRates
    counts: IntArray
    known: IntArray
    start: int

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        rows, days = self.known.copy(), len(self.counts)
        for row in self.start + np.flatnonzero(self.counts[self.start :]):
            waiting = np.flatnonzero(rows == days)
            rate = self.rates.given(rows < days)[waiting]
            if count := min(int(self.counts[row]), len(waiting)):
                rows[waiting[draw_next(np.log(rate), count, rng)]] = row
        return panel_of(rows, days)
