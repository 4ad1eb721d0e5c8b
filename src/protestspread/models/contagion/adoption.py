"""Thresholds and cascades on a graph: places that become active through the number, or one, of their active neighbors."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError, must_be
from ...graphs.diffusion import DiffusionGraph
from ...kernels.spreads.cascades_plain import Adoption
from ..base import Model, SpreadSampler
from ..rates import LogLinearRate, Rate, broadcast_rate, check_rate, check_rates, varies_by_day
from .samplers import OnsetSampler, integral, ties_of

ThresholdKind = Literal["fractional", "absolute"]
_NO_RATES: FloatArray = np.zeros((0, 0))


@dataclass(frozen=True)
class ThresholdModel(Model):
    """A threshold model: a place becomes active once enough of its neighbors are, and stays active.

    On each day, a place becomes active if the weights of the places that were active on the day before and have ties to it
    reach its threshold. All places are updated at once.

    Parameters
    ----------
    threshold
        A number for all places, a Series by place, or "uniform": drawn anew for each place and draw, uniformly from 0 to 1.
        A place with a threshold of 0 is active from the second day on.
    kind
        "fractional": the threshold is a share of the weights that reach a place. "absolute": it is a sum of weights; with
        "uniform" and weights that sum to at most 1 this is the linear threshold model.
    spontaneous_per_day
        Hazard per day of an onset that does not depend on neighbors: a number, a Series by place, a DataFrame by date and
        place, or a `LogLinearRate`.

    Raises
    ------
    DataError
        A parameter is not of these forms, negative, NaN or infinite.

    Notes
    -----
    M. Granovetter (1978), American Journal of Sociology 83:1420, doi:10.1086/226707. D. J. Watts (2002), Proceedings of the
    National Academy of Sciences 99:5766, doi:10.1073/pnas.082090499. D. Centola, M. Macy (2007), American Journal of
    Sociology 113:702, doi:10.1086/521848. D. Kempe, J. Kleinberg, É. Tardos (2003), KDD '03, doi:10.1145/956750.956769.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "B", "A", "C"], "target": ["C", "C", "B", "D"]})
    >>> graph = ps.DiffusionGraph.from_edges(ties)
    >>> ps.simulate(ps.ThresholdModel(0.6), graph, seeds=["A"], days=4, rng=1).sum().to_dict()  # C waits for B
    {'A': 4, 'C': 2, 'B': 3, 'D': 1}
    """

    threshold: float | pd.Series | Literal["uniform"]
    kind: ThresholdKind = "fractional"
    spontaneous_per_day: Rate = 0.0

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.choice("kind", self.kind, get_args(ThresholdKind))
            given: object = self.threshold
            if isinstance(given, str):
                check.choice("threshold", given, ("uniform",))
            elif isinstance(given, pd.DataFrame | LogLinearRate):
                check.fault(must_be("threshold", "a number, a Series by place or 'uniform'", given))
            else:
                check.faults += check_rate("threshold", self.threshold)  # type: ignore[arg-type]
        check_rates(self, spontaneous_per_day=self.spontaneous_per_day)

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> SpreadSampler:
        """Return what draws panels; see `Model.prepare`."""
        uniform = isinstance(self.threshold, str)
        thresholds = broadcast_rate(
            "threshold", 1.0 if isinstance(self.threshold, str) else self.threshold, dates[:1], graph.nodes
        )[0]
        if self.kind == "fractional":
            received = np.asarray(graph.matrix.sum(axis=0), dtype=float).ravel()
            thresholds = np.where(received > 0, thresholds * received, thresholds)  # without ties: reached only if 0
        model = Adoption(np.array(thresholds), uniform, _NO_RATES, _spontaneous(self, graph, dates), len(dates) - 1)
        return OnsetSampler(ties_of(graph), model, np.flatnonzero(first).astype(np.int32))


@dataclass(frozen=True)
class CascadeModel(Model):
    """An independent cascade: a place that becomes active has one chance, on the next day, to activate each neighbor.

    Places stay active, but try only once.

    Parameters
    ----------
    probability
        Chance for a tie of weight 1: a number, a Series by receiving place, a DataFrame by date and receiving place, or a
        `LogLinearRate`. The
        chance of a tie is this times its weight; by default, weights are chances.
    spontaneous_per_day
        As in `ThresholdModel`.

    Raises
    ------
    DataError
        A parameter is not of these forms, negative, NaN or infinite; in a simulation, the chance of a tie is above 1.

    Notes
    -----
    J. Goldenberg, B. Libai, E. Muller (2001), Marketing Letters 12:211, doi:10.1023/A:1011122126881. D. Kempe, J. Kleinberg,
    É. Tardos (2003), KDD '03, doi:10.1145/956750.956769.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> line = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"]}))
    >>> many = ps.simulate_many(ps.CascadeModel(0.6), line, seeds=["A"], days=4, draws=4000, rng=1)
    >>> many.reached_by("2000-01-04").round(1).to_dict()  # 0.6, and 0.6 · 0.6
    {'A': 1.0, 'B': 0.6, 'C': 0.4}
    """

    probability: Rate = 1.0
    spontaneous_per_day: Rate = 0.0

    def __post_init__(self) -> None:
        check_rates(self, probability=self.probability, spontaneous_per_day=self.spontaneous_per_day)

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> SpreadSampler:
        """Return what draws panels; see `Model.prepare`."""
        by_day = varies_by_day(self.probability)
        chances = np.array(broadcast_rate("probability", self.probability, dates if by_day else dates[:1], graph.nodes))
        ties = ties_of(graph)
        if len(ties.targets) and (highest := (chances.max(axis=0)[ties.targets] * ties.weights).max()) > 1:
            raise DataError(
                f"probability times the weight of a tie must be at most 1; got {highest:.4g}",
                fix='pass a smaller probability, or graph.normalize("target")',
            )
        model = Adoption(np.zeros(0), False, chances, _spontaneous(self, graph, dates), len(dates) - 1)  # noqa: FBT003
        return OnsetSampler(ties, model, np.flatnonzero(first).astype(np.int32))


def _spontaneous(model: ThresholdModel | CascadeModel, graph: DiffusionGraph, dates: pd.DatetimeIndex) -> FloatArray:
    """Return the integral of the rate of spontaneous onsets; empty where there are none."""
    found = integral("spontaneous_per_day", model.spontaneous_per_day, dates, graph.nodes)
    return found if found.any() else _NO_RATES
