"""Compartmental models in discrete time on a graph: SI and SIR."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, IntArray
from ...graphs.diffusion import DiffusionGraph
from ..base import DrawPanel, Model
from ..rates import Rate, broadcast_rate, check_rates


@dataclass(frozen=True)
class SI(Model):
    """A susceptible-infected model: a place becomes active spontaneously or through active places, and stays active.

    On each day an inactive place i becomes active with probability 1 − exp(−h), where h = ``spontaneous_per_day`` +
    ``transmission_per_day`` · Σ_j matrix[j, i] over the places j that were active on the day before. All places are
    updated at once. Weights are used as given: with ``graph.normalize("target")`` the sum is the weighted share of a
    place's sources that are active.

    Parameters
    ----------
    transmission_per_day
        Hazard per day and unit of weight from active places: a number, a Series by receiving place, or a DataFrame by
        date and receiving place.
    spontaneous_per_day
        Hazard per day of an onset without active neighbors, in the same forms.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite.

    Notes
    -----
    The hazard is that of network-based diffusion analysis in discrete time: M. Franz, C. L. Nunn (2009), Proceedings of the
    Royal Society B 276:1829, doi:10.1098/rspb.2008.1824.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> panel = ps.simulate(ps.SI(transmission_per_day=0.5), roads, seeds=["Zhanaozen"], days=10, rng=1)
    >>> int(panel["Zhanaozen"].min())
    1
    """

    transmission_per_day: Rate
    spontaneous_per_day: Rate = 0.0

    def __post_init__(self) -> None:
        check_rates(self, transmission_per_day=self.transmission_per_day, spontaneous_per_day=self.spontaneous_per_day)

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel; see `Model.prepare`."""
        return _prepare(self.transmission_per_day, self.spontaneous_per_day, 0.0, graph, dates, first)


@dataclass(frozen=True)
class SIR(Model):
    """A susceptible-infected-recovered model: as `SI`, but active places recover and do not become active again.

    An active place recovers with probability 1 − exp(−``recovery_per_day``) per day, and is active for at least one day.
    The panel is 1 while a place is active; `onsets` distinguishes recovered places from those that were never active.

    Parameters
    ----------
    transmission_per_day, spontaneous_per_day
        As in `SI`.
    recovery_per_day
        Hazard per day of recovery: a number, by place, or by date and place. The mean active time is
        1 / (1 − exp(−recovery_per_day)) days.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite.

    Notes
    -----
    W. O. Kermack, A. G. McKendrick (1927), Proceedings of the Royal Society A 115:700,
    doi:10.1098/rspa.1927.0118, here in discrete time and on a graph.
    """

    transmission_per_day: Rate
    recovery_per_day: Rate
    spontaneous_per_day: Rate = 0.0

    def __post_init__(self) -> None:
        check_rates(
            self,
            transmission_per_day=self.transmission_per_day,
            recovery_per_day=self.recovery_per_day,
            spontaneous_per_day=self.spontaneous_per_day,
        )

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel; see `Model.prepare`."""
        return _prepare(self.transmission_per_day, self.spontaneous_per_day, self.recovery_per_day, graph, dates, first)


def _prepare(
    transmission: Rate,
    spontaneous: Rate,
    recovery: Rate,
    graph: DiffusionGraph,
    dates: pd.DatetimeIndex,
    first: IntArray,
) -> DrawPanel:
    rates = {"transmission_per_day": transmission, "spontaneous_per_day": spontaneous, "recovery_per_day": recovery}
    by_day = {name: broadcast_rate(name, rate, dates, graph.nodes) for name, rate in rates.items()}
    recovering = 1 - np.exp(-by_day["recovery_per_day"])
    return _Epidemic(
        graph.matrix.T.tocsr(), by_day["transmission_per_day"], by_day["spontaneous_per_day"], recovering, first > 0
    )


@dataclass(frozen=True, eq=False)
class _Epidemic:
    """Draws panels; ``incoming`` holds weights from column to row, ``recovering`` probabilities per day."""

    incoming: sp.csr_array
    transmission: FloatArray
    spontaneous: FloatArray
    recovering: FloatArray
    first: BoolArray

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        active, infected = self.first, self.first.copy()
        history = np.zeros(self.transmission.shape, dtype=np.int64)
        history[:1] = self.first
        for day in range(1, len(history)):
            hazard = self.spontaneous[day] + self.transmission[day] * (self.incoming @ active)
            uniform = rng.random(
                (2, len(self.first))
            )  # always two rows, so that SI and SIR read the same random numbers
            new = ~infected & (uniform[0] < -np.expm1(-hazard))
            active = (active & (uniform[1] >= self.recovering[day])) | new
            infected |= new
            history[day] = active
        return history
