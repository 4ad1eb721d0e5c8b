"""Counts of events by day and place: an endemic part, a place's own past, its neighbors' past."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, IntArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...tables import check_panel
from ..base import DrawPanel, Model
from ..rates import Rate, check_rates, spread_out

_MOST_EXPECTED = 1e9  # events a day and place: beyond it a draw has exploded


@dataclass(frozen=True)
class EndemicEpidemicModel(Model):
    """Counts whose mean is an endemic part, plus a part of a place's own past, plus a part of its neighbors' past.

    μ_it = endemic_it + own_i · Y_i,t−1 + neighbors_i · Σ_j w_ji Y_j,t−1, with w = ``graph.normalize("source").matrix``:
    what leaves each place sums to 1. Counts are Poisson, or negative binomial with variance μ(1 + overdispersion · μ).
    This is the mean of ``hhh4`` in the R package surveillance.

    Parameters
    ----------
    endemic
        Events expected a row without any past: a number, by place (Series), or by date and place (DataFrame): trends,
        weekdays and shocks that all feel go in here.
    own
        Further events expected for each event of the row before in the same place: a number, by place, by date and place.
    neighbors
        The same for each event that reaches a place from others.
    overdispersion
        ψ of the negative binomial; 0 is Poisson.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite.

    Notes
    -----
    L. Held, M. Höhle, M. Hofmann (2005), Statistical Modelling 5:187, doi:10.1191/1471082X05st098oa;
    S. Meyer, L. Held (2014), Annals of Applied Statistics 8:1612, doi:10.1214/14-AOAS743;
    S. Meyer, L. Held, M. Höhle (2017), Journal of Statistical Software 77(11), doi:10.18637/jss.v077.i11.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
    >>> graph = ps.DiffusionGraph.from_edges(ties)
    >>> model = EndemicEpidemicModel(endemic=0.1, own=0.5, neighbors=0.4)
    >>> counts = pd.DataFrame({"A": [4, 0], "B": [2, 0], "C": [0, 0]}, index=pd.date_range("2022-01-01", periods=2, name="date"))
    >>> model.expected_counts(counts, graph).round(6).to_dict("records")
    [{'A': 2.1, 'B': 1.9, 'C': 1.7}]
    """

    endemic: Rate
    own: Rate = 0.0
    neighbors: Rate = 0.0
    overdispersion: float = 0.0

    counts_events = True

    def __post_init__(self) -> None:
        check_rates(
            self, endemic=self.endemic, own=self.own, neighbors=self.neighbors, overdispersion=self.overdispersion
        )
        if not np.isscalar(self.overdispersion):
            raise DataError(
                "EndemicEpidemicModel has no such parameters", ["overdispersion is not one number"], "one number"
            )

    def expected_counts(self, panel: pd.DataFrame, graph: DiffusionGraph) -> pd.DataFrame:
        """Return the mean of every row of a panel but the first, given the row before it.

        Parameters
        ----------
        panel
            Counts; NaN makes the mean of that place and of those that it reaches NaN on the next row.
        graph
            Ties among the same places; normalized here.

        Raises
        ------
        DataError
            The graph is about other places than the panel.
        """
        check_panel(panel)
        parts = self._parts(match_places(panel, graph), pd.DatetimeIndex(panel.index))
        past = panel.to_numpy(dtype=float, na_value=np.nan)[:-1]
        means = [_mean(*parts, day + 1, row) for day, row in enumerate(past)]
        return pd.DataFrame(np.reshape(means, past.shape), index=panel.index[1:], columns=panel.columns)

    def dominant_eigenvalue(self, graph: DiffusionGraph) -> float:
        """Return the dominant eigenvalue of diag(own) + diag(neighbors) · wᵀ: below 1, counts do not grow without end.

        Raises
        ------
        DataError
            ``own`` or ``neighbors`` varies by date.
        """
        if any(isinstance(rate, pd.DataFrame) for rate in (self.own, self.neighbors)):
            raise DataError("there is no one eigenvalue", ["own or neighbors varies by date"], "give them by place")
        one_day = pd.DatetimeIndex(["2000-01-01"])
        own, neighbors = (
            spread_out(name, getattr(self, name), one_day, graph.nodes)[0] for name in ("own", "neighbors")
        )
        passing = np.diag(own) + neighbors[:, None] * graph.normalize("source").matrix.T.toarray()
        return float(np.abs(np.linalg.eigvals(passing)).max(initial=0.0))

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Do what `Model.prepare` says."""
        return partial(_draw, *self._parts(graph, dates), float(self.overdispersion), first)

    def _parts(
        self, graph: DiffusionGraph, dates: pd.DatetimeIndex
    ) -> tuple[sp.csr_array, FloatArray, FloatArray, FloatArray]:
        rates = (spread_out(name, getattr(self, name), dates, graph.nodes) for name in ("endemic", "own", "neighbors"))
        endemic, own, neighbors = rates
        return graph.normalize("source").matrix.T.tocsr(), endemic, own, neighbors


def _mean(
    reaching: sp.csr_array, endemic: FloatArray, own: FloatArray, neighbors: FloatArray, day: int, past: FloatArray
) -> FloatArray:
    mean: FloatArray = endemic[day] + own[day] * past + neighbors[day] * (reaching @ past)
    return mean


def _draw(
    reaching: sp.csr_array,
    endemic: FloatArray,
    own: FloatArray,
    neighbors: FloatArray,
    overdispersion: float,
    first: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    counts = np.zeros(endemic.shape, dtype=np.int64)
    counts[:1] = first
    for day in range(1, len(counts)):
        mean = _mean(reaching, endemic, own, neighbors, day, counts[day - 1])
        if mean.max(initial=0) > _MOST_EXPECTED:
            raise DataError(
                "the simulated counts grow without end",
                [f"over {_MOST_EXPECTED:.0e} events expected in one place in row {day}"],
                "parameters with model.dominant_eigenvalue(graph) below 1, or fewer days",
            )
        if overdispersion:  # Poisson with a gamma mean: also right where the mean is 0
            mean = mean * rng.gamma(1 / overdispersion, overdispersion, len(mean))
        counts[day] = rng.poisson(mean)
    return counts
