"""Cascades and thresholds in compiled code: only neighbors of places that have just become active are touched."""

import math
from typing import NamedTuple

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray, UInt64Array
from ..jit import compiled, lean
from ..streams import uniform
from .cascades_plain import CLOSE, Adoption, Onsets
from .contagion_plain import TieArrays

_TOGETHER = 16  # random numbers computed at a time
_WAITING = 2**31 - 1  # row of a place that is not active


class AdoptionDraw(NamedTuple):
    """The state of one draw, by place: row of the onset, row of an onset without neighbors, sum of weights, threshold."""

    joined: Int32Array
    due: Int32Array
    sums: FloatArray
    thresholds: FloatArray


@lean
def begin(model: Adoption, known: Int32Array, draw: AdoptionDraw, stream: UInt64Array, drawn: FloatArray) -> None:
    """Reset the state, and draw the rows of spontaneous onsets; ``known``: the row of each seed and instigator."""
    due, spontaneous = draw.due, model.spontaneous
    draw.joined[:], draw.sums[:] = _WAITING, 0.0
    if model.uniform:
        draw.thresholds[:] = -1.0  # drawn once they matter
    for place in range(len(due) if spontaneous.size else 0):
        reached, row = -math.log(uniform(stream, drawn)), 0
        while row <= model.last and spontaneous[place, row] < reached:
            row += 1
        due[place] = min(known[place], row) if row <= model.last else known[place]


@lean
def run(  # noqa: C901 - one loop
    ties: TieArrays,
    model: Adoption,
    draw: AdoptionDraw,
    order: IntArray,
    stream: UInt64Array,
    drawn: FloatArray,
    queue: Int32Array,
) -> int:
    """Write the places that become active into ``queue``, in their order, and return their number."""
    starts, targets, weights, _ = ties
    joined, due, sums, thresholds = draw
    chances, highest, uniformly, cascade = model.chances, model.thresholds, model.uniform, len(model.thresholds) == 0
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
        last, day = after, min(row + 1, len(chances) - 1)
        for k in range(first, last):
            for tie in range(starts[queue[k]], starts[queue[k] + 1]):
                target = targets[tie]
                if joined[target] != _WAITING:
                    continue
                if cascade:
                    reached = uniform(stream, drawn) <= chances[day, target] * weights[tie]
                else:
                    if uniformly and thresholds[target] < 0:
                        thresholds[target] = highest[target] * (1 - CLOSE) * uniform(stream, drawn)
                    sums[target] += weights[tie]
                    reached = sums[target] >= thresholds[target]
                if reached:
                    joined[target], queue[after] = row + 1, target
                    after += 1
        first = last
    return after


@compiled
def in_order(due: Int32Array) -> IntArray:
    """Return the places that have a row, by row."""
    known = np.flatnonzero(due < _WAITING)
    return known[np.argsort(due[known], kind="mergesort")]


@compiled
def onsets(ties: TieArrays, model: Adoption, seeds: Int32Array, seed: np.uint64, replicates: IntArray) -> Onsets:
    """Return the onsets of some draws, by row: see `cascades_plain`."""
    places, ends = len(ties.starts) - 1, np.zeros(len(replicates) + 1, np.int64)
    known, thresholds = np.full(places, _WAITING, np.int32), model.thresholds * (1 - CLOSE)
    for place in range(len(thresholds)):
        if thresholds[place] <= 0:
            known[place] = 1
    for place in seeds:
        known[place] = 0
    draw = AdoptionDraw(np.empty(places, np.int32), known.copy(), np.empty(places), thresholds)
    stream, drawn, order = np.zeros(3, np.uint64), np.empty(_TOGETHER), in_order(known)
    where, rows, queue = np.empty(places, np.int32), np.empty(places, np.int32), np.empty(places, np.int32)
    for k in range(len(replicates)):
        stream[0], stream[1], stream[2] = seed, np.uint64(replicates[k]), np.uint64(0)
        begin(model, known, draw, stream, drawn)
        if model.spontaneous.size:
            order = in_order(draw.due)
        found, first = run(ties, model, draw, order, stream, drawn, queue), ends[k]
        if first + found > len(where):
            held = (where, rows)
            where, rows = np.empty(2 * (first + found), np.int32), np.empty(2 * (first + found), np.int32)
            where[:first], rows[:first] = held[0][:first], held[1][:first]
        for number in range(found):
            where[first + number], rows[first + number] = queue[number], draw.joined[queue[number]]
        ends[k + 1] = first + found
    return ends, where[: ends[-1]], rows[: ends[-1]]
