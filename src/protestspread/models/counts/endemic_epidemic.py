"""The endemic-epidemic model of counts of events by day and place."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError, must_be
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...tables import check_panel
from ..base import DrawPanel, Model
from ..rates import Rate, broadcast_rate, check_rates

_MOST_EXPECTED = 1e9  # events per day and place, above which a simulation stops


@dataclass(frozen=True)
class EndemicEpidemicModel(Model):
    """An endemic-epidemic model: expected counts are the sum of an endemic, an autoregressive and a neighborhood component.

    μ_it = endemic_it + own_i · Y_i,t−1 + neighbors_i · Σ_j w_ji Y_j,t−1, with w = ``graph.normalize("source").matrix``:
    the weights out of each place sum to 1. Counts are Poisson, or negative binomial with variance
    μ(1 + overdispersion · μ). The mean is that of ``hhh4`` in the R package surveillance.

    Parameters
    ----------
    endemic
        Expected events per row, independent of past events: a number, a Series by place, or a DataFrame by date and
        place. Trends, weekdays and common shocks belong here.
    own
        Additional expected events per event in the same place in the previous row, in the same forms.
    neighbors
        Additional expected events per weighted event in the neighbors in the previous row, in the same forms.
    overdispersion
        ψ of the negative binomial distribution; 0 gives a Poisson distribution.

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
    >>> model = ps.EndemicEpidemicModel(endemic=0.1, own=0.5, neighbors=0.4)
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
        if not isinstance(self.overdispersion, float | int | np.number):
            raise DataError(must_be("overdispersion", "one number", self.overdispersion))

    def expected_counts(self, panel: pd.DataFrame, graph: DiffusionGraph) -> pd.DataFrame:
        """Return the expected counts of each row of a panel, except the first, given the previous row.

        Parameters
        ----------
        panel
            Counts. NaN makes the expected counts of the place and of its neighbors NaN in the next row.
        graph
            Ties among the same places; normalized by this method.

        Raises
        ------
        DataError
            The places of the graph and of the panel differ.
        """
        check_panel(panel)
        mean = self._mean(match_places(panel, graph), pd.DatetimeIndex(panel.index))
        past = panel.to_numpy(dtype=float, na_value=np.nan)[:-1]
        means = [mean.at(day + 1, row) for day, row in enumerate(past)]
        return pd.DataFrame(np.reshape(means, past.shape), index=panel.index[1:], columns=panel.columns)

    def dominant_eigenvalue(self, graph: DiffusionGraph) -> float:
        """Return the dominant eigenvalue of diag(own) + diag(neighbors) · wᵀ; below 1, counts do not grow without bound.

        Raises
        ------
        DataError
            ``own`` or ``neighbors`` is a DataFrame by date.
        """
        dated = [name for name in ("own", "neighbors") if isinstance(getattr(self, name), pd.DataFrame)]
        if dated:
            raise DataError(
                f"{' and '.join(dated)} must not vary by date for a dominant eigenvalue; got DataFrame",
                fix="pass one number, or a Series by place",
            )
        with Arguments() as check:
            check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph")
        one_day = pd.DatetimeIndex(["2000-01-01"])
        own, neighbors = (
            broadcast_rate(name, getattr(self, name), one_day, graph.nodes)[0] for name in ("own", "neighbors")
        )
        next_generation = np.diag(own) + neighbors[:, None] * graph.normalize("source").matrix.T.toarray()
        return float(np.abs(np.linalg.eigvals(next_generation)).max(initial=0.0))

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel; see `Model.prepare`."""
        return _Counts(self._mean(graph, dates), float(self.overdispersion), first)

    def _mean(self, graph: DiffusionGraph, dates: pd.DatetimeIndex) -> "_ExpectedCounts":
        rates = (
            broadcast_rate(name, getattr(self, name), dates, graph.nodes) for name in ("endemic", "own", "neighbors")
        )
        return _ExpectedCounts(graph.normalize("source").matrix.T.tocsr(), *rates)


@dataclass(frozen=True, eq=False)
class _ExpectedCounts:
    """The components of the expected counts, shape (days, places); ``incoming`` holds weights from column to row."""

    incoming: sp.csr_array
    endemic: FloatArray
    own: FloatArray
    neighbors: FloatArray

    def at(self, day: int, past: FloatArray | IntArray) -> FloatArray:
        """Return the expected counts of one row, given the counts of the previous row."""
        mean: FloatArray = self.endemic[day] + self.own[day] * past + self.neighbors[day] * (self.incoming @ past)
        return mean


@dataclass(frozen=True, eq=False)
class _Counts:
    """Draws panels of counts."""

    expected: _ExpectedCounts
    overdispersion: float
    first: IntArray

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return the counts of one panel, shape (days, places)."""
        counts = np.zeros(self.expected.endemic.shape, dtype=np.int64)
        counts[:1] = self.first
        for day in range(1, len(counts)):
            mean = self.expected.at(day, counts[day - 1])
            if mean.max(initial=0) > _MOST_EXPECTED:
                raise DataError(
                    "own and neighbors make the simulated counts grow without bound: "
                    f"more than {_MOST_EXPECTED:.0e} events are expected in one place in row {day}",
                    fix="choose parameters with model.dominant_eigenvalue(graph) below 1, or pass fewer days",
                )
            if self.overdispersion:  # a Poisson-gamma mixture, valid also where the mean is 0
                mean = mean * rng.gamma(1 / self.overdispersion, self.overdispersion, len(mean))
            counts[day] = rng.poisson(mean)
        return counts
