"""Partial likelihood of the order of onsets, exact for several onsets on one day.

Let the places D have their onset on a day, with rates r_i, while the other places at risk have rates that sum to c. The
sum over all possible orders of these onsets is ∫₀¹ Π_{i∈D} (1 - v^(r_i/c)) dv (DeLong, Guirguis & So 1994). With
v = exp(-exp(y)), the logarithm of the integrand is concave in y and the integrand decays on both sides, so the trapezoidal
rule converges faster than any power of its step. The nodes cover the integrand down to 1e-15 of its mode; the number of
nodes is doubled until the rule agrees with the rule of half as many nodes.

The result is the probability of this set of onsets in any order, without a factor 1/d!.
"""

from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from ...arguments import Arguments
from ...arrays import FloatArray
from ...kernels.dispatch import INTEGRATE

TieMethod = Literal["exact", "efron"]

_DEPTH = 36.0  # natural logarithms below the mode at which the integrand is truncated
_NODES = 32
_MOST_NODES = 32 * 2**7
_AGREE = 1e-9  # agreement of a rule with the rule of half as many nodes; its own error is then far smaller
_BLOCK = 2**21  # numbers held in memory at a time
_EVALUATIONS = 50  # of the likelihood, in a fit


class _Span(NamedTuple):
    """Limits in y between which the integrand of each day is not negligible, and its largest logarithm."""

    low: FloatArray
    high: FloatArray
    top: FloatArray

    def of(self, days: npt.NDArray[np.int64]) -> "_Span":
        """Return the spans of the given days."""
        return _Span(self.low[days], self.high[days], self.top[days])


def partial_log_likelihood(
    rates: FloatArray,
    others: FloatArray,
    days: npt.NDArray[np.int64],
    *,
    ties: TieMethod = "exact",
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the log-likelihood of the set of onsets of each day, given their number, and its derivatives.

    Parameters
    ----------
    rates
        Relative rates of the places with an onset, in order of day, shape (events,); at least 0.
    others
        Summed rates of the places at risk without an onset on the day, shape (days,).
    days
        Number of the day of each onset, 0, 0, 1, ...: ascending, without gaps.
    ties
        "exact": the sum over all orders of the onsets of one day. "efron": Efron's approximation times d!, which makes it
        comparable to the exact one; inaccurate with many ties.

    Returns
    -------
    log_likelihood : (days,)
        -inf if a place with rate 0 had its onset.
    by_rate : (events,), by_others : (days,)
        Derivatives with respect to `rates` and `others`.

    Notes
    -----
    D. M. DeLong, G. H. Guirguis, Y. C. So (1994), Efficient computation of subset selection probabilities with application
    to Cox regression, Biometrika 81:607-611, doi:10.1093/biomet/81.3.607. B. Efron (1977), The efficiency of Cox's
    likelihood function for censored data, Journal of the American Statistical Association 72:557-565,
    doi:10.1080/01621459.1977.10480613.

    Examples
    --------
    With equal rates, two of four places have their onset on the first day (1 of 6 pairs), then one of two (1 of 2).

    >>> value, _, _ = partial_log_likelihood(np.ones(3), np.array([2.0, 1.0]), np.array([0, 0, 1]))
    >>> np.exp(value).round(12)
    array([0.16666667, 0.5       ])
    """
    if ties != "exact":
        check_tie_method(ties)
        return _efron(rates, others, days, _firsts(days))
    return curved_log_likelihood(rates, others, days, np.empty((0, len(rates))))[:3]


def curved_log_likelihood(
    rates: FloatArray, others: FloatArray, days: npt.NDArray[np.int64], columns: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return what `partial_log_likelihood` does, and second derivatives along some directions, shape (days, columns, columns).

    `columns`, of shape (columns, events), holds the derivatives of log (rate / summed rate of the others); second derivatives
    of these are not in the result.

    Examples
    --------
    >>> value, _, _, curve = curved_log_likelihood(np.ones(1), np.ones(1), np.zeros(1, dtype=int), np.ones((1, 1)))
    >>> curve  # of log (r / (1 + r)), by log r
    array([[[-0.25]]])
    """
    first = _firsts(days)
    value, by_rate, by_others = np.zeros(len(first)), np.zeros(len(rates)), np.zeros(len(first))
    curve = np.zeros((len(first), len(columns), len(columns)))
    if INTEGRATE.pays(_EVALUATIONS * (len(rates) - len(first))):  # no fewer than half of the onsets that share a day
        from ...kernels.orders import order_likelihood

        rule = (_DEPTH, _NODES, _MOST_NODES, _AGREE)
        order_likelihood(rates, others, np.ascontiguousarray(columns), first, rule, value, by_rate, by_others, curve)
        return value, by_rate, by_others, curve
    impossible = np.minimum.reduceat(rates, first) <= 0 if len(first) else np.zeros(0, dtype=bool)
    open_days = (others > 0) & ~impossible
    value[impossible & (others > 0)] = -np.inf
    size = np.diff(first, append=len(rates))
    alone = open_days & (size == 1)
    rate, rest, along = rates[first[alone]], others[alone], columns[:, first[alone]]
    value[alone] = -np.log1p(rest / rate)
    by_rate[first[alone]] = rest / (rate * (rate + rest))
    by_others[alone] = -1 / (rate + rest)
    curve[alone] = -np.einsum("an,bn,n->nab", along, along, rate * rest / (rate + rest) ** 2)
    tied = open_days & (size > 1)
    if tied.any():
        of = tied[days]
        offset = np.cumsum(size[tied]) - size[tied]
        ratio = rates[of] / np.repeat(others[tied], size[tied])
        value[tied], slope, curve[tied] = _integrate(ratio, columns[:, of], offset)
        by_rate[of] = slope / np.repeat(others[tied], size[tied])
        by_others[tied] = -np.add.reduceat(slope * ratio, offset) / others[tied]
    return value, by_rate, by_others, curve


def check_tie_method(ties: str) -> None:
    """Raise `DataError` unless `ties` is "exact" or "efron"."""
    with Arguments() as check:
        check.choice("ties", ties, get_args(TieMethod))


def _firsts(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the position of the first onset of each day."""
    return (
        np.concatenate([[0], np.flatnonzero(days[1:] != days[:-1]) + 1]) if len(days) else np.zeros(0, dtype=np.int64)
    )


def _integrate(
    ratio: FloatArray, columns: FloatArray, first: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return log ∫, its derivatives by ratio r/c, and the second ones along the columns, for each day.

    `first` holds the position of the first ratio of each day.
    """
    value, slope = np.empty(len(first)), np.empty(len(ratio))
    curve = np.zeros((len(first), len(columns), len(columns)))
    size = np.diff(first, append=len(ratio))
    span = _span(ratio, first, size)
    open_days = np.arange(len(first))
    nodes = _NODES
    while len(open_days):
        still = np.zeros(len(first), dtype=bool)
        still[open_days] = True
        events, width = np.repeat(still, size), size[open_days]
        offset = np.cumsum(width) - width
        got, half, by, bend = _trapezoid(ratio[events], columns[:, events], offset, width, span.of(open_days), nodes)
        done = (np.abs(got - half) < _AGREE) | (nodes >= _MOST_NODES)
        value[open_days[done]], curve[open_days[done]] = got[done], bend[done]
        slope[np.flatnonzero(events)[np.repeat(done, width)]] = by[np.repeat(done, width)]
        open_days, nodes = open_days[~done], 2 * nodes
    return value, slope, curve


def _trapezoid(
    ratio: FloatArray,
    columns: FloatArray,
    first: npt.NDArray[np.int64],
    size: npt.NDArray[np.int64],
    span: _Span,
    nodes: int,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return log ∫ with all nodes and with every second node, and the derivatives of the former (see `_integrate`)."""
    low, high, top = span
    step = (high - low) / nodes
    total, half = np.zeros(len(first)), np.zeros(len(first))
    slope, drift = np.zeros(len(ratio)), np.zeros((len(columns), len(first)))
    bend = np.zeros((len(first), len(columns), len(columns)))
    block = max(2, 2 * (_BLOCK // (2 * len(ratio))))
    for start in range(0, nodes + 1, block):
        row = np.arange(start, min(start + block, nodes + 1))
        y = low + row[:, None] * step
        u = np.exp(y)
        z = np.minimum(np.repeat(u, size, axis=1) * ratio, 700.0)
        decay = np.exp(-z)
        gone = _one_minus_exp(z, decay)
        weight = np.exp(np.add.reduceat(np.log(gone), first, axis=1) + y - u - top)
        total += weight.sum(axis=0)
        half += weight[row % 2 == 0].sum(axis=0)
        own = decay / gone
        slope += (np.repeat(weight * u, size, axis=1) * own).sum(axis=0)
        if len(columns):
            pull, turn = z * own, z * own * (1 - z - z * own)  # z / (exp(z) - 1), and its derivative by log z
            along = np.stack([np.add.reduceat(pull * column, first, axis=1) for column in columns])
            drift += (weight * along).sum(axis=1)
            both = np.add.reduceat(turn * columns[:, None, None] * columns[None, :, None], first, axis=-1)
            bend += np.einsum("yd,abyd->dab", weight, both + along[:, None] * along[None])
    curve = bend / total[:, None, None] - np.einsum("ad,bd->dab", drift / total, drift / total)
    return np.log(total * step) + top, np.log(2 * half * step) + top, slope / np.repeat(total, size), curve


def _one_minus_exp(z: FloatArray, decay: FloatArray) -> FloatArray:
    """Return 1 - exp(-z) to a relative error of 1e-14, five times as fast as numpy's expm1."""
    gone = 1 - decay
    small = z < 0.01
    if small.any():
        z = z[small]
        gone[small] = z * (1 - z / 2 * (1 - z / 3 * (1 - z / 4 * (1 - z / 5 * (1 - z / 6)))))
    return np.asarray(gone)


def _span(ratio: FloatArray, first: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> _Span:
    """Return the limits in y between which the integrand is not negligible, and its largest logarithm."""

    def shape(y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the logarithm of the integrand and its first two derivatives; days are the last axis."""
        u = np.exp(y)
        z = np.minimum(np.repeat(u, size, axis=-1) * ratio, 700.0)
        decay = np.exp(-z)
        gone = _one_minus_exp(z, decay)
        pull = z * decay / gone
        parts = np.log(gone), pull, pull * (1 - z / gone)
        height, rise, bend = (np.add.reduceat(part, first, axis=-1) for part in parts)
        return height + y - u, rise + 1 - u, bend - u

    below, above = np.zeros(len(first)), np.log1p(size.astype(float))  # the mode lies between u = 1 and u = 1 + d
    y = (below + above) / 2
    for _ in range(4):
        _, rise, bend = shape(y)
        below, above = np.where(rise > 0, y, below), np.where(rise > 0, above, y)
        newton = y - rise / bend
        y = np.where((newton > below) & (newton < above), newton, (below + above) / 2)
    top, _, bend = shape(y)
    ends = y + np.array([[-1.0], [1.0]]) * np.sqrt(2 * _DEPTH / -bend)
    for _ in range(4):  # tangents of a concave function approach the limit from outside
        height, rise, _ = shape(ends)
        ends = np.where(np.abs(rise) > 1e-3, ends - (height - top + _DEPTH) / rise, ends)
    return _Span(ends[0], ends[1], top)


def _efron(
    rates: FloatArray, others: FloatArray, days: npt.NDArray[np.int64], first: npt.NDArray[np.int64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    size = np.diff(first, append=len(rates))
    joined = np.add.reduceat(rates, first)
    share = (np.arange(len(rates)) - np.repeat(first, size)) / np.repeat(
        size, size
    )  # of the onsets of the day that came before
    left = np.repeat(others, size) + np.repeat(joined, size) * (1 - share)
    with np.errstate(divide="ignore"):
        value = np.add.reduceat(np.log(rates) - np.log(left), first) + gammaln(size + 1.0)
        by_rate = 1 / rates - np.repeat(np.add.reduceat((1 - share) / left, first), size)
    by_others = -np.add.reduceat(1 / left, first)
    closed = others <= 0  # all places at risk had their onset: probability 1
    value[closed], by_others[closed], by_rate[closed[days]] = 0.0, 0.0, 0.0
    return value, by_rate, by_others
