"""Cascades and thresholds in compiled code: only neighbors of places that have just become active are touched."""

import math

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray, UInt64Array
from ..jit import compiled
from ..streams import uniform
from .cascades_plain import CLOSE, Adoption, Onsets
from .contagion_plain import TieArrays

_TOGETHER = 16  # random numbers computed at a time
_WAITING = 2**31 - 1  # row of a place that is not active


@compiled
def begin(
    model: Adoption, seeds: Int32Array, due: IntArray, thresholds: FloatArray, stream: UInt64Array, drawn: FloatArray
) -> None:
    """Draw thresholds, and write into ``due`` the row in which each place becomes active without its neighbors."""
    due[:] = _WAITING
    for place in range(len(thresholds)):
        thresholds[place] = model.thresholds[place] * (1 - CLOSE)
        if model.uniform:
            thresholds[place] *= uniform(stream, drawn)
    if model.spontaneous.size:
        for place in range(len(due)):
            row = np.searchsorted(model.spontaneous[place], -math.log(uniform(stream, drawn)))
            if row <= model.last:
                due[place] = row
    for place in range(len(thresholds)):
        if thresholds[place] <= 0:
            due[place] = 1
    for place in seeds:
        due[place] = 0


@compiled
def run(
    ties: TieArrays,
    model: Adoption,
    state: tuple[IntArray, IntArray, FloatArray, FloatArray],
    order: IntArray,
    stream: UInt64Array,
    drawn: FloatArray,
    queue: Int32Array,
) -> int:
    """Write the places that become active into ``queue``, in their order, and return their number."""
    starts, targets, weights, chances, cascade = (
        ties.starts,
        ties.targets,
        ties.weights,
        model.chances,
        len(model.thresholds) == 0,
    )
    joined, due, sums, thresholds = state
    joined[:], sums[:] = _WAITING, 0.0
    first, after, next_due = 0, 0, 0
    for row in range(model.last + 1):
        while next_due < len(order) and due[order[next_due]] == row:
            place = order[next_due]
            if joined[place] == _WAITING:
                joined[place], queue[after] = row, place
                after += 1
            next_due += 1
        if row == model.last or (first == after and next_due == len(order)):
            break
        last = after
        for k in range(first, last):
            for tie in range(starts[queue[k]], starts[queue[k] + 1]):
                target = targets[tie]
                if joined[target] != _WAITING:
                    continue
                if cascade:
                    chance = chances[min(row + 1, len(chances) - 1), target] * weights[tie]
                    reached = uniform(stream, drawn) <= chance
                else:
                    sums[target] += weights[tie]
                    reached = sums[target] >= thresholds[target]
                if reached:
                    joined[target], queue[after] = row + 1, target
                    after += 1
        first = last
    return after


@compiled
def onsets(ties: TieArrays, model: Adoption, seeds: Int32Array, seed: np.uint64, replicates: IntArray) -> Onsets:
    """Return the onsets of some draws, by row: see `cascades_plain`."""
    places, ends = len(ties.starts) - 1, np.zeros(len(replicates) + 1, np.int64)
    state = (np.empty(places, np.int64), np.empty(places, np.int64), np.empty(places), np.empty(len(model.thresholds)))
    stream, drawn = np.zeros(3, np.uint64), np.empty(_TOGETHER)
    where, rows, queue = np.empty(places, np.int32), np.empty(places, np.int64), np.empty(places, np.int32)
    for k in range(len(replicates)):
        stream[0], stream[1], stream[2] = seed, np.uint64(replicates[k]), np.uint64(0)
        begin(model, seeds, state[1], state[3], stream, drawn)
        known = np.flatnonzero(state[1] < _WAITING)
        order = known[np.argsort(state[1][known], kind="mergesort")]
        found, first = run(ties, model, state, order, stream, drawn, queue), ends[k]
        if first + found > len(where):
            held = (where, rows)
            where, rows = np.empty(2 * (first + found), np.int32), np.empty(2 * (first + found), np.int64)
            where[:first], rows[:first] = held[0][:first], held[1][:first]
        for number in range(found):
            where[first + number], rows[first + number] = queue[number], state[0][queue[number]]
        ends[k + 1] = first + found
    return ends, where[: ends[-1]], rows[: ends[-1]]
