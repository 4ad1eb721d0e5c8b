"""Spreads in compiled code: only neighbors of active places are touched. `contagion_plain` says how, and tests it."""

import math
from typing import NamedTuple

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray, UInt64Array
from ..jit import compiled, inlined, lean
from ..streams import uniform
from .contagion_plain import PROGRESSION, RECOVERY, SPONTANEOUS, TRANSMISSION, WANING, Contagion, TieArrays


class ContagionDraw(NamedTuple):
    """The state of one draw.

    ``free, end, planned``: by place, as in `contagion_plain`. ``when, following``: by contact, its time and the next contact
    of its part of time. ``head``: by part of time, its first contact. ``times, contacts``: the heap of the present part.
    """

    free: FloatArray
    end: FloatArray
    planned: FloatArray
    when: FloatArray
    following: Int32Array
    head: Int32Array
    times: FloatArray
    contacts: Int32Array


_CHILDREN = 4  # of an entry of the heap: they lie in one cache line
_TOGETHER = 16  # random numbers computed at a time
_MOST_PARTS = 2**22  # of time


@lean
def integral_at(integrals: FloatArray, varying: int, place: int, begin: float) -> float:
    """Return an integral at a time between two rows."""
    row = np.int64(begin)
    below, above = integrals[varying, place, row], integrals[varying, place, row + 1]
    return float(below + (begin - row) * (above - below))


@lean
def reaching(
    integrals: FloatArray,
    varying: int,
    place: int,
    target: float,
    begin: float,
    by_day: bool,  # noqa: FBT001
) -> float:
    """Return when an integral reaches a target after ``begin``: the row by day, else the moment; inf for never."""
    low, high = int(begin) + 1, integrals.shape[2]
    while low < high:
        middle = (low + high) // 2
        if integrals[varying, place, middle] < target:
            low = middle + 1
        else:
            high = middle
    if low == integrals.shape[2]:
        return np.inf
    if by_day:
        return float(low)
    below, above = integrals[varying, place, low - 1], integrals[varying, place, low]
    return max(begin, float(low - 1.0 + (target - below) / (above - below))) if above > below else begin


@inlined
def after(
    constant: FloatArray,
    varying: IntArray,
    integrals: FloatArray,
    by_day: bool,  # noqa: FBT001
    which: int,
    place: int,
    weight: float,
    begin: float,
    stream: UInt64Array,
    drawn: FloatArray,
) -> float:
    """Return when a transition of a place happens that is possible since ``begin``; inf for never."""
    rate, row = weight * constant[which, place], varying[which]
    found = np.inf
    if row < 0:
        if rate == np.inf:
            found = begin
        elif rate > 0:
            wait = -math.log(uniform(stream, drawn)) / rate
            found = begin + np.floor(wait) + 1.0 if by_day else begin + wait
    elif weight > 0 and begin < integrals.shape[2] - 1:
        target = integral_at(integrals, row, place, begin) - math.log(uniform(stream, drawn)) / weight
        found = reaching(integrals, row, place, target, begin, by_day)
    return found


@inlined
def push(times: FloatArray, contacts: Int32Array, size: int, time: float, contact: int) -> None:
    """Add a contact to a heap of ``size`` contacts."""
    at = size
    while at > 0:
        parent = (at - 1) // _CHILDREN
        if times[parent] < time or (times[parent] == time and contacts[parent] < contact):
            break
        times[at], contacts[at] = times[parent], contacts[parent]
        at = parent
    times[at], contacts[at] = time, contact


@inlined
def remove_first(times: FloatArray, contacts: Int32Array, size: int) -> None:
    """Remove the first contact of a heap, of which ``size`` contacts remain."""
    time, contact, at = times[size], contacts[size], 0
    while True:
        least, least_time, least_contact = at, time, contact
        child = _CHILDREN * at + 1
        for k in range(child, min(child + _CHILDREN, size)):
            if times[k] < least_time or (times[k] == least_time and contacts[k] < least_contact):
                least, least_time, least_contact = k, times[k], contacts[k]
        if least == at:
            break
        times[at], contacts[at] = least_time, least_contact
        at = least
    times[at], contacts[at] = time, contact


@inlined
def plan(when: FloatArray, following: Int32Array, head: Int32Array, contact: int, time: float, per_day: float) -> None:
    """Add a contact to its part of time."""
    part = int(time * per_day)
    when[contact], following[contact], head[part] = time, head[part], contact


@lean
def begin(
    model: Contagion, seeds: Int32Array, draw: ContagionDraw, per_day: float, stream: UInt64Array, drawn: FloatArray
) -> None:
    """Plan the seeds and the first spontaneous contacts."""
    planned, when, following, head = draw.planned, draw.when, draw.following, draw.head
    draw.free[:], planned[:], head[:] = -1.0, np.inf, -1
    constant, varying, integrals, by_day = model.constant, model.varying, model.integrals, model.by_day
    for seed in seeds:
        planned[seed] = 0.0
        plan(when, following, head, seed, 0.0, per_day)
    for place in range(len(draw.free)):
        if planned[place] > 0:
            time = after(constant, varying, integrals, by_day, SPONTANEOUS, place, 1.0, 0.0, stream, drawn)
            if time <= model.last:
                planned[place] = time
                plan(when, following, head, place, time, per_day)


@lean
def run(  # noqa: C901, PLR0912 - one loop: a call would count references to all arrays
    ties: TieArrays,
    model: Contagion,
    draw: ContagionDraw,
    per_day: float,
    stream: UInt64Array,
    drawn: FloatArray,
    where: Int32Array,
    spans: FloatArray,
) -> int:
    """Process all contacts of one draw, write its spells and return their number, also of those that find no room."""
    starts, targets, weights, sources = ties
    free, end, planned, when, following, head, times, contacts = draw
    constant, varying, integrals = model.constant, model.varying, model.integrals
    exposed, again, by_day, last = model.exposed, model.again, model.by_day, model.last
    places, size, part, found = len(free), 0, 0, 0
    while True:
        while size == 0 and part < len(head) and head[part] < 0:
            part += 1
        if size == 0 and part == len(head):
            return found
        if by_day:  # the order within a day does not matter
            contact = int(head[part])
            time, head[part] = when[contact], following[contact]
        else:
            while head[part] >= 0:
                push(times, contacts, size, when[head[part]], head[part])
                head[part] = following[head[part]]
                size += 1
            time, contact = times[0], int(contacts[0])
            size -= 1
            remove_first(times, contacts, size)
        tie = contact - places
        place = contact if tie < 0 else int(targets[tie])
        if time > free[place]:
            onset = (
                time
                if time == 0.0 or not exposed
                else after(constant, varying, integrals, by_day, PROGRESSION, place, 1.0, time, stream, drawn)
            )
            until = after(constant, varying, integrals, by_day, RECOVERY, place, 1.0, onset, stream, drawn)
            end[place] = until
            free[place] = (
                after(constant, varying, integrals, by_day, WANING, place, 1.0, until, stream, drawn)
                if again
                else np.inf
            )
            if onset <= last:
                if found < len(where):
                    where[found], spans[found, 0] = place, onset
                    spans[found, 1] = min(until - 1.0, last) if by_day else until
                found += 1
            until = min(until, last)
            for out in range(starts[place], starts[place + 1]):
                target = int(targets[out])
                possible = max(onset, free[target])
                if possible < until and (again or planned[target] > possible):
                    time_out = after(
                        constant,
                        varying,
                        integrals,
                        by_day,
                        TRANSMISSION,
                        target,
                        weights[out],
                        possible,
                        stream,
                        drawn,
                    )
                    if time_out <= until and (again or time_out < planned[target]):
                        planned[target] = time_out
                        plan(when, following, head, places + out, time_out, per_day)
        if again:  # the next contact of the same kind; the wait has no memory
            possible, until = max(time, free[place]), last
            if tie >= 0:
                until = min(last, end[sources[tie]])
            if possible < until:
                which, weight = (TRANSMISSION, weights[tie]) if tie >= 0 else (SPONTANEOUS, 1.0)
                time = after(constant, varying, integrals, by_day, which, place, weight, possible, stream, drawn)
                if time <= until:
                    plan(when, following, head, contact, time, per_day)


@compiled
def spells(
    ties: TieArrays, model: Contagion, seeds: Int32Array, seed: np.uint64, replicates: IntArray
) -> tuple[IntArray, Int32Array, FloatArray]:
    """Return the number of spells up to each draw; the place of each spell; its first and last time."""
    places, most = len(ties.starts) - 1, len(ties.starts) - 1 + len(ties.targets)
    parts = int(model.last) + 1 if model.by_day else min(max(4 * places, 64), _MOST_PARTS)
    per_day = 1.0 if model.by_day else (parts - 1) / max(model.last, 1.0)
    draw = ContagionDraw(
        np.empty(places),
        np.zeros(places),
        np.empty(places),
        np.empty(most),
        np.empty(most, np.int32),
        np.empty(parts, np.int32),
        np.empty(most),
        np.empty(most, np.int32),
    )
    stream, drawn, ends = np.zeros(3, np.uint64), np.empty(_TOGETHER), np.zeros(len(replicates) + 1, np.int64)
    where, spans = np.empty(places, np.int32), np.empty((places, 2))
    for k in range(len(replicates)):
        start = ends[k]
        while True:
            stream[0], stream[1], stream[2] = seed, np.uint64(replicates[k]), np.uint64(0)
            begin(model, seeds, draw, per_day, stream, drawn)
            needed = start + run(ties, model, draw, per_day, stream, drawn, where[start:], spans[start:])
            if needed <= len(where):
                break
            held = (where, spans)  # once more, with more room
            where, spans = np.empty(2 * needed, np.int32), np.empty((2 * needed, 2))
            where[:start], spans[:start] = held[0][:start], held[1][:start]
        ends[k + 1] = needed
    return ends, where[: ends[-1]], spans[: ends[-1]]
