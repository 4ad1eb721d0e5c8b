"""The endemic-epidemic model of counts of events by day and place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError, must_be, shorten_list
from ...exposures.memories import Geometric, Lag, Memory
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...tables import check_panel
from ..base import DrawPanel, PanelModel
from ..rates import Rate, broadcast_rate, check_rates
from .past import lag_weights, orders_of, power_law_weights, remembered

_MOST_EXPECTED = 1e9  # events per day and place, above which a simulation stops
_MOST_DENSE = 300  # places of a component, above which the largest eigenvalue alone is sought
_MOST_RESTARTS = 200  # of Arnoldi's method
_STEEPEST = 1e3  # a decay above which only neighbors of the first order count


@dataclass(frozen=True)
class EndemicEpidemicModel(PanelModel):
    """An endemic-epidemic model: expected counts are the sum of an endemic, an autoregressive and a neighborhood component.

    μ_it = endemic_it + own_it · Y_i,t−1 + neighbors_it · Σ_j w_ji Y_j,t−1, with w = ``graph.normalize("source").matrix``:
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
        Additional expected events per weighted event in the neighbors in the previous row, in the same forms; or a mapping
        from kinds of tie to such rates, where the weights of each kind sum to 1.
    overdispersion
        ψ of the negative binomial distribution; 0 gives a Poisson distribution.
    memory
        Which earlier rows count: `Lag`, or `Geometric` with its ``p``, whose weighted mean of the last rows then stands
        for the previous row. Rows before the first count as 0 in `simulate`.
    decay
        With a number d, neighbors of all orders count: w_ji is proportional to o_ji^(−d), where o_ji is the number of ties
        on the shortest path from j to i, in graphs of at most 5,000 places. None: only the ties of the graph count, by their weights.

    Raises
    ------
    DataError
        A parameter is negative, NaN or infinite; ``decay`` is given beside several kinds of tie; ``memory`` is of another
        kind.

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
    neighbors: Rate | Mapping[str, Rate] = 0.0
    overdispersion: float = 0.0
    memory: Memory = field(default_factory=Lag)
    decay: float | None = None

    counts_events = True

    def __post_init__(self) -> None:
        check_rates(self, endemic=self.endemic, own=self.own, **self._neighbors(), overdispersion=self.overdispersion)
        if not isinstance(self.overdispersion, float | int | np.number):
            raise DataError(must_be("overdispersion", "one number", self.overdispersion))
        with Arguments() as check:
            if not (isinstance(self.decay, float) and self.decay == np.inf):
                check.number("decay", self.decay, at_least=0, optional=True)
            if self.decay is not None and isinstance(self.neighbors, Mapping):
                check.fault("decay must be None where neighbors differ by kind of tie")
            check.instance("memory", self.memory, (Lag, Geometric), "Lag(...) or Geometric(...)")
            if isinstance(self.memory, Geometric) and self.memory.p is None:
                check.fault("memory must have a p; got Geometric(..., p=None)")

    def expected_counts(self, panel: pd.DataFrame, graph: DiffusionGraph) -> pd.DataFrame:
        """Return the expected counts of each row of a panel given the rows before it, except the first that have too few.

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
        mean, lags = self._mean(match_places(panel, graph), pd.DatetimeIndex(panel.index)), lag_weights(self.memory)
        past: Sequence[FloatArray] = (
            list(remembered(panel.to_numpy(dtype=float, na_value=np.nan), lags)) if len(panel) > len(lags) else []
        )
        means = [mean.at(day, row) for day, row in enumerate(past, len(lags))]
        values = np.reshape(means, (len(past), panel.shape[1]))
        return pd.DataFrame(values, index=panel.index[len(lags) :], columns=panel.columns)

    def dominant_eigenvalue(self, graph: DiffusionGraph, *, date: str | pd.Timestamp | None = None) -> float:
        """Return the dominant eigenvalue of diag(own) + Σ diag(neighbors) · wᵀ; below 1, counts do not grow without bound.

        Parameters
        ----------
        graph
            The ties.
        date
            The date whose rates count; needed only where ``own`` or ``neighbors`` vary by date.

        Raises
        ------
        DataError
            ``own`` or ``neighbors`` is a DataFrame by date, and ``date`` is not one of its dates; or there is a ``decay``, and
            the graph has more than 5,000 places.

        Notes
        -----
        The largest eigenvalue of each strongly connected component, by Arnoldi's method or, where it does not converge, by
        Noda's iteration. Memory grows with the number of ties.
        """
        rates = {"own": self.own, **self._neighbors()}
        dated = [name for name, rate in rates.items() if isinstance(rate, pd.DataFrame)]
        with Arguments() as check:
            check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph")
            day = check.day("date", date, optional=True)
        if dated and day is None:
            raise DataError(
                f"{' and '.join(dated)} must not vary by date for a dominant eigenvalue; got DataFrame",
                fix="pass one number, or a Series by place; or pass date=",
            )
        one_day = pd.DatetimeIndex(["2000-01-01" if day is None else day])
        own, *near = (broadcast_rate(name, rate, one_day, graph.nodes)[0] for name, rate in rates.items())
        steps = [sp.diags_array(rate) @ sp.csr_array(w.T) for rate, w in zip(near, self._weights(graph), strict=True)]
        return _largest_eigenvalue(sp.csr_array(sum(steps, sp.csr_array(sp.diags_array(own)))))

    def draw_panel(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel, which begins with one or several rows."""
        return _Counts(self._mean(graph, dates), float(self.overdispersion), first, lag_weights(self.memory))

    def _neighbors(self) -> dict[str, Rate]:
        if isinstance(self.neighbors, Mapping):
            return {f"neighbors {kind}": rate for kind, rate in self.neighbors.items()}
        return {"neighbors": self.neighbors}

    def _weights(self, graph: DiffusionGraph) -> list[sp.csr_array | FloatArray]:
        """Return the weights of each rate of the neighbors, from row to column."""
        if isinstance(self.neighbors, Mapping):
            unknown = [kind for kind in self.neighbors if kind not in graph.kinds]
            if unknown:
                raise DataError(
                    f"graph has no ties of kind {shorten_list(map(repr, unknown))}", fix="pass a graph of all kinds"
                )
            return [graph.subgraph(kinds=kind).normalize("source").matrix for kind in self.neighbors]
        if self.decay is not None:
            with np.errstate(divide="ignore"):  # a decay of 0
                return [power_law_weights(orders_of(graph), float(np.log(min(self.decay, _STEEPEST))))[0]]
        return [graph.normalize("source").matrix]

    def _mean(self, graph: DiffusionGraph, dates: pd.DatetimeIndex) -> "_ExpectedCounts":
        rates = {"endemic": self.endemic, "own": self.own, **self._neighbors()}
        endemic, own, *near = (broadcast_rate(name, rate, dates, graph.nodes) for name, rate in rates.items())
        incoming = [sp.csr_array(w.T) if sp.issparse(w) else w.T for w in self._weights(graph)]
        return _ExpectedCounts(endemic, own, list(zip(near, incoming, strict=True)))


@dataclass(frozen=True, eq=False)
class _ExpectedCounts:
    """The components of the expected counts, shape (days, places); each of the neighbors with its weights, to row from column."""

    endemic: FloatArray
    own: FloatArray
    neighbors: list[tuple[FloatArray, sp.csr_array | FloatArray]]

    def at(self, day: int, past: FloatArray | IntArray) -> FloatArray:
        """Return the expected counts of one row, given what is remembered of the rows before."""
        mean: FloatArray = self.endemic[day] + self.own[day] * past
        for rate, incoming in self.neighbors:
            mean = mean + rate[day] * (incoming @ past)
        return mean


@dataclass(frozen=True, eq=False)
class _Counts:
    """Draws panels of counts."""

    expected: _ExpectedCounts
    overdispersion: float
    first: IntArray
    lags: FloatArray

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return the counts of one panel, shape (days, places)."""
        counts = np.zeros(self.expected.endemic.shape, dtype=np.int64)
        given = np.atleast_2d(self.first)[: len(counts)]
        counts[: len(given)] = given
        for day in range(len(given), len(counts)):
            mean = self.expected.at(day, self._remembered(counts, day))
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

    def _remembered(self, counts: IntArray, day: int) -> FloatArray | IntArray:
        if len(self.lags) == 1:
            return np.asarray(counts[day - 1])
        lags = self.lags[:day]
        return np.asarray(lags @ counts[day - len(lags) : day][::-1])


def _largest_eigenvalue(matrix: sp.csr_array) -> float:
    """Return the largest eigenvalue of a matrix without negative numbers: the largest of its strongly connected components."""
    count, label = connected_components(matrix, directed=True, connection="strong")
    ties = matrix.tocoo()
    inside = label[ties.row] == label[ties.col]
    sums = np.bincount(ties.col[inside], ties.data[inside], minlength=len(label))
    bound = np.zeros(count)  # no eigenvalue of a component exceeds the largest sum of its columns
    np.maximum.at(bound, label, sums)
    members = np.split(np.argsort(label, kind="stable"), np.bincount(label).cumsum()[:-1])
    largest = float(matrix.diagonal().max(initial=0.0))
    for component in np.argsort(-bound):
        if bound[component] <= largest:
            break
        rows = members[component]
        largest = max(largest, _perron(matrix[rows][:, rows]))
    return largest


def _perron(matrix: sp.csr_array) -> float:
    """Return the largest eigenvalue of an irreducible matrix without negative numbers, which is real."""
    from scipy.sparse.linalg import ArpackNoConvergence, eigs

    n = matrix.shape[0]
    sums = np.asarray(matrix.sum(axis=0))
    if np.ptp(sums) <= 1e-14 * sums.max():  # the same rates everywhere
        return float(sums.mean())
    if n <= _MOST_DENSE:
        return float(np.linalg.eigvals(matrix.toarray()).real.max())
    try:
        return float(
            eigs(matrix, k=1, which="LR", v0=np.ones(n), maxiter=_MOST_RESTARTS, return_eigenvectors=False)[0].real
        )
    except ArpackNoConvergence:
        return _noda(matrix)


def _noda(matrix: sp.csr_array) -> float:
    """Return the largest eigenvalue of an irreducible matrix without negative numbers by Noda's iteration, which always converges.

    The sums of the rows enclose it. Each step solves with the largest sum as shift, and scales the matrix by the solution,
    after which the sums are closer to one another. Where Arnoldi's method fails, eigenvalues lie close together, as those of
    long chains do; their sparse factors stay small.

    T. Noda (1971), Numerische Mathematik 17:382, doi:10.1007/BF01436087.
    """
    from scipy.sparse.linalg import splu

    ones, bound = np.ones(matrix.shape[0]), np.inf
    while True:
        sums = matrix @ ones
        if sums.max() >= bound * (1 - 1e-15) or np.ptp(sums) <= 1e-13 * sums.max():
            return float(min(bound, sums.max()))
        bound = float(sums.max())
        shifted = sp.csc_array(sp.diags_array((1 + 1e-14) * bound * ones) - matrix)
        # of an M-matrix, factors without pivoting are accurate
        vector = splu(shifted, "MMD_AT_PLUS_A", diag_pivot_thresh=0, options={"SymmetricMode": True}).solve(ones)
        matrix = sp.csr_array(sp.diags_array(1 / vector) @ matrix @ sp.diags_array(vector))
