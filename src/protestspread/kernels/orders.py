"""Likelihood of the onsets of each day, the sum over all their orders, by the trapezoidal rule (see `inference.likelihood`)."""

import math

import numpy as np

from ..arrays import FloatArray, IntArray
from .jit import compiled


@compiled
def _one_minus_exp(z: float, decay: float) -> float:
    if z < 0.01:
        return z * (1 - z / 2 * (1 - z / 3 * (1 - z / 4 * (1 - z / 5 * (1 - z / 6)))))
    return 1 - decay


@compiled
def _shape(ratio: FloatArray, y: float) -> tuple[float, float, float]:
    """Return the logarithm of the integrand and its first two derivatives by y."""
    u = math.exp(y)
    height, rise, bend = y - u, 1 - u, -u
    product = 1.0
    for ratio_of in ratio:
        z = min(u * ratio_of, 700.0)
        decay = math.exp(-z)
        gone = _one_minus_exp(z, decay)
        pull = z * decay / gone
        rise += pull
        bend += pull * (1 - z / gone)
        product *= gone
        if product < 1e-280:
            height += math.log(product)
            product = 1.0
    return height + math.log(product), rise, bend


@compiled
def _end(ratio: FloatArray, start: float, top: float, depth: float) -> float:
    """Return where the integrand has fallen by `depth`, approached from outside by tangents of a concave function."""
    y = start
    for _ in range(4):
        height, rise, _ = _shape(ratio, y)
        if abs(rise) < 1e-3:
            break
        y -= (height - top + depth) / rise
    return y


@compiled
def _node(ratio: FloatArray, y: float, top: float, pulls: FloatArray) -> float:
    """Return the integrand at y relative to its maximum; add its derivatives by ratio to `pulls`."""
    u = math.exp(y)
    height, product = y - u - top, 1.0
    own = np.empty(len(ratio))
    for k in range(len(ratio)):
        z = min(u * ratio[k], 700.0)
        decay = math.exp(-z)
        gone = _one_minus_exp(z, decay)
        own[k] = decay / gone
        product *= gone
        if product < 1e-280:
            height += math.log(product)
            product = 1.0
    weight = math.exp(height) * product
    for k in range(len(ratio)):
        pulls[k] += weight * u * own[k]
    return weight


@compiled
def _integral(ratio: FloatArray, rule: tuple[float, int, int, float], pulls: FloatArray) -> float:
    """Return log ∫ for one day and write its derivatives by ratio into `pulls`.

    `rule` holds the depth of the integrand that counts, the fewest and the most nodes, and the agreement: nodes are doubled
    until the rule agrees with half as many nodes.
    """
    depth, nodes, most_nodes, agree = rule
    below, above = 0.0, math.log1p(float(len(ratio)))
    y = (below + above) / 2
    for _ in range(4):
        _, rise, bend = _shape(ratio, y)
        below, above = (y, above) if rise > 0 else (below, y)
        y -= rise / bend
        if not below < y < above:
            y = (below + above) / 2
    top, _, bend = _shape(ratio, y)
    half_width = math.sqrt(-2 * depth / bend)
    low, high = _end(ratio, y - half_width, top, depth), _end(ratio, y + half_width, top, depth)
    pulls[:] = 0
    step, total, count = (high - low) / (nodes // 2), 0.0, nodes // 2
    for k in range(count + 1):
        total += _node(ratio, low + k * step, top, pulls)
    while True:
        coarse = math.log(total * step)
        for k in range(count):
            total += _node(ratio, low + (k + 0.5) * step, top, pulls)
        step, count = step / 2, 2 * count
        if abs(math.log(total * step) - coarse) < agree or count >= most_nodes:
            break
    pulls /= total
    return math.log(total * step) + top


@compiled
def order_likelihood(
    rates: FloatArray,
    others: FloatArray,
    first: IntArray,
    rule: tuple[float, int, int, float],
    value: FloatArray,
    by_rate: FloatArray,
    by_others: FloatArray,
) -> None:
    """Write the log-likelihood of each day and its derivatives; `first` holds the position of each day's first rate."""
    for day in range(len(first)):
        last = first[day + 1] if day + 1 < len(first) else len(rates)
        mine, slope, rest = rates[first[day] : last], by_rate[first[day] : last], others[day]
        if rest <= 0:  # all places at risk had their onset: probability 1
            continue
        if mine.min() <= 0:
            value[day] = -np.inf
        elif len(mine) == 1:
            value[day] = -math.log1p(rest / mine[0])
            slope[0] = rest / (mine[0] * (mine[0] + rest))
            by_others[day] = -1 / (mine[0] + rest)
        else:
            value[day] = _integral(mine / rest, rule, slope)
            slope /= rest
            by_others[day] = -(slope * mine).sum() / rest
