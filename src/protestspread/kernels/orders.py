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
def integrate_orders(
    ratio: FloatArray,
    columns: FloatArray,
    first: IntArray,
    depth: float,
    nodes: int,
    most_nodes: int,
    agree: float,
    value: FloatArray,
    slope: FloatArray,
    curve: FloatArray,
) -> None:
    """Write log ∫ for each day into `value`, and its derivatives by ratio into `slope`.

    Second derivatives along the `columns`, each a direction of log ratios, go into `curve`, one lower triangle a day.
    `first` holds the position of each day's first ratio. Nodes are doubled until the rule agrees with half as many nodes.
    """
    for day in range(len(first)):
        last = first[day + 1] if day + 1 < len(first) else len(ratio)
        mine, pulls, own = ratio[first[day] : last], slope[first[day] : last], columns[:, first[day] : last]
        moves = np.zeros((len(columns), len(columns) + 1))
        below, above = 0.0, math.log1p(float(len(mine)))
        y = (below + above) / 2
        for _ in range(4):
            _, rise, bend = _shape(mine, y)
            below, above = (y, above) if rise > 0 else (below, y)
            y -= rise / bend
            if not below < y < above:
                y = (below + above) / 2
        top, _, bend = _shape(mine, y)
        half_width = math.sqrt(-2 * depth / bend)
        low, high = _end(mine, y - half_width, top, depth), _end(mine, y + half_width, top, depth)
        pulls[:] = 0
        step, total, count = (high - low) / (nodes // 2), 0.0, nodes // 2
        for k in range(count + 1):
            total += _node(mine, own, low + k * step, top, pulls, moves)
        while True:
            coarse = math.log(total * step)
            for k in range(count):
                total += _node(mine, own, low + (k + 0.5) * step, top, pulls, moves)
            step, count = step / 2, 2 * count
            if abs(math.log(total * step) - coarse) < agree or count >= most_nodes:
                break
        value[day] = math.log(total * step) + top
        pulls /= total
        for a in range(len(columns)):
            for b in range(a + 1):
                curve[day, a, b] = moves[a, b] / total - moves[a, -1] * moves[b, -1] / total**2
