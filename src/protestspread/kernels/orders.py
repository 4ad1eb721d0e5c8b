"""Integral over all orders of the onsets of one day, by the trapezoidal rule (see `inference.likelihood`)."""

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
def _node(ratio: FloatArray, columns: FloatArray, y: float, top: float, pulls: FloatArray, moves: FloatArray) -> float:
    """Return the integrand at y relative to its maximum; add its derivatives by ratio to `pulls`.

    Add its second derivatives along the columns, by log ratio, to `moves`, and the first ones to the last column of it.
    """
    u = math.exp(y)
    height, product = y - u - top, 1.0
    own, along = np.empty(len(ratio)), np.zeros(len(columns))
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
    for a in range(len(columns)):
        for k in range(len(ratio)):
            along[a] += u * ratio[k] * own[k] * columns[a, k]
        moves[a, -1] += weight * along[a]
        for b in range(a + 1):
            second = along[a] * along[b]
            for k in range(len(ratio)):
                z = min(u * ratio[k], 700.0)
                turn = z * own[k] * (1 - z - z * own[k])  # derivative of z / (exp(z) - 1) by log z
                second += turn * columns[a, k] * columns[b, k]
            moves[a, b] += weight * second
    return weight


@compiled
def _integral(
    ratio: FloatArray, columns: FloatArray, rule: tuple[float, int, int, float], pulls: FloatArray, curve: FloatArray
) -> float:
    """Return log ∫ for one day, and write its derivatives by ratio into `pulls` and the second ones along the columns into `curve`.

    `rule` holds the depth of the integrand that counts, the fewest and the most nodes, and the agreement: nodes are doubled
    until the rule agrees with half as many nodes.
    """
    depth, nodes, most_nodes, agree = rule
    moves = np.zeros((len(columns), len(columns) + 1))
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
        total += _node(ratio, columns, low + k * step, top, pulls, moves)
    while True:
        coarse = math.log(total * step)
        for k in range(count):
            total += _node(ratio, columns, low + (k + 0.5) * step, top, pulls, moves)
        step, count = step / 2, 2 * count
        if abs(math.log(total * step) - coarse) < agree or count >= most_nodes:
            break
    pulls /= total
    for a in range(len(columns)):
        for b in range(a + 1):
            curve[a, b] = curve[b, a] = moves[a, b] / total - moves[a, -1] * moves[b, -1] / total**2
    return math.log(total * step) + top


@compiled
def order_likelihood(
    rates: FloatArray,
    others: FloatArray,
    columns: FloatArray,
    first: IntArray,
    rule: tuple[float, int, int, float],
    value: FloatArray,
    by_rate: FloatArray,
    by_others: FloatArray,
    curve: FloatArray,
) -> None:
    """Write the log-likelihood of each day, its derivatives, and the second ones along the columns.

    `first` holds the position of each day's first rate; each of the `columns` is a direction of log ratios.
    """
    for day in range(len(first)):
        last = first[day + 1] if day + 1 < len(first) else len(rates)
        mine, slope, rest = rates[first[day] : last], by_rate[first[day] : last], others[day]
        own, bends = columns[:, first[day] : last], curve[day]
        if rest <= 0:  # all places at risk had their onset: probability 1
            continue
        if mine.min() <= 0:
            value[day] = -np.inf
        elif len(mine) == 1:
            both = mine[0] + rest
            value[day] = -math.log1p(rest / mine[0])
            slope[0] = rest / (mine[0] * both)
            by_others[day] = -1 / both
            for a in range(len(columns)):
                for b in range(len(columns)):
                    bends[a, b] = -own[a, 0] * own[b, 0] * mine[0] * rest / both**2
        else:
            value[day] = _integral(mine / rest, own, rule, slope, bends)
            slope /= rest
            by_others[day] = -(slope * mine).sum() / rest
