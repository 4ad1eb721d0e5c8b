"""Places that join by themselves or drawn in by others, by the day: SI and SIR."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, IntArray
from ...graphs.diffusion import DiffusionGraph
from ..base import DrawPanel, Model
from ..rates import Rate, check_rates, spread_out


@dataclass(frozen=True)
class SI(Model):
    """A quiet place joins by itself or drawn in by active ones, and stays active.

    On each day a quiet place i joins with probability 1 − exp(−h), where h = ``spontaneous_per_day`` +
    ``transmission_per_day`` · Σ_j matrix[j, i] over the places j that were active the day before. All places look at
    the day before, so their order does not matter. Weights are taken as they are: ``graph.normalize("target")``
    makes the sum a share of what could reach a place.

    Parameters
    ----------
    transmission_per_day
        Hazard a day for each unit of weight that ties a place to active ones: a number, one for each place that is
        reached (Series), or by date and place (DataFrame).
    spontaneous_per_day
        Hazard a day of joining without any active neighbor, in the same forms.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite.

    Notes
    -----
    The hazard in discrete time of network-based diffusion analysis: M. Franz, C. L. Nunn (2009), Proceedings of the
    Royal Society B 276:1829, doi:10.1098/rspb.2008.1824.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> panel = ps.simulate(SI(transmission_per_day=0.5), roads, seeds=["Zhanaozen"], days=10, rng=1)
    >>> int(panel["Zhanaozen"].min())
    1
    """

    transmission_per_day: Rate
    spontaneous_per_day: Rate = 0.0

    def __post_init__(self) -> None:
        check_rates(self, transmission_per_day=self.transmission_per_day, spontaneous_per_day=self.spontaneous_per_day)

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Do what `Model.prepare` says."""
        return _prepare(self.transmission_per_day, self.spontaneous_per_day, 0.0, graph, dates, first)


@dataclass(frozen=True)
class SIR(Model):
    """As `SI`, but an active place ends with probability 1 − exp(−``recovery_per_day``) a day, and does not join again.

    A place is active for a day at least. The panel is 1 while a place is active; `onsets` tells those that ended from
    those that never joined.

    Parameters
    ----------
    transmission_per_day, spontaneous_per_day
        As in `SI`.
    recovery_per_day
        Hazard a day of ending: a number, by place, or by date and place. The mean time active is
        1 / (1 − exp(−recovery_per_day)) days.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite.

    Notes
    -----
    W. O. Kermack, A. G. McKendrick (1927), Proceedings of the Royal Society A 115:700,
    doi:10.1098/rspa.1927.0118, in discrete time and on a graph.
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
        """Do what `Model.prepare` says."""
        return _prepare(self.transmission_per_day, self.spontaneous_per_day, self.recovery_per_day, graph, dates, first)


def _prepare(
    transmission: Rate,
    spontaneous: Rate,
    recovery: Rate,
    graph: DiffusionGraph,
    dates: pd.DatetimeIndex,
    first: IntArray,
) -> DrawPanel:
    named = {"transmission_per_day": transmission, "spontaneous_per_day": spontaneous, "recovery_per_day": recovery}
    by_day = {name: spread_out(name, rate, dates, graph.nodes) for name, rate in named.items()}
    ending = 1 - np.exp(-by_day["recovery_per_day"])
    return partial(
        _draw, graph.matrix.T.tocsr(), by_day["transmission_per_day"], by_day["spontaneous_per_day"], ending, first > 0
    )


def _draw(
    reaching: sp.csr_array,
    transmission: FloatArray,
    spontaneous: FloatArray,
    ending: FloatArray,
    first: "np.typing.NDArray[np.bool_]",
    rng: np.random.Generator,
) -> IntArray:
    active, joined = first, first.copy()
    history = np.zeros(transmission.shape, dtype=np.int64)
    history[:1] = first
    for day in range(1, len(history)):
        hazard = spontaneous[day] + transmission[day] * (reaching @ active)
        chance = rng.random((2, len(first)))  # always as many, so that a draw reads its stream alike in SI and SIR
        new = ~joined & (chance[0] < -np.expm1(-hazard))
        active = (active & (chance[1] >= ending[day])) | new
        joined |= new
        history[day] = active
    return history
