"""Cascades and thresholds in plain Python: the twins of `kernels.cascades`, and the types of its arguments.

Random numbers are read in one order, so that both versions return the same onsets: those of spontaneous onsets place by place,
then those of ties and thresholds in the order in which places become active.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray
from ...random_streams import replicate_rng
from .contagion_plain import TieArrays

Onsets = tuple[IntArray, Int32Array, Int32Array]
"""Number of onsets up to each draw; place and row of each onset."""
CLOSE = 1e-12
"""Relative rounding error of a sum of weights."""


class Adoption(NamedTuple):
    """How places become active.

    Attributes
    ----------
    thresholds
        Sum of weights at which each place becomes active; empty for a cascade.
    uniform
        Whether thresholds are drawn: uniform from 0 to ``thresholds``.
    chances
        Factor of the weight of a tie that gives the chance of a cascade, shape (rows or 1, places).
    spontaneous
        Integral of the rate of spontaneous onsets from the first row to each row, shape (places, rows); (0, 0) for none.
    last
        The last row.
    """

    thresholds: FloatArray
    uniform: bool
    chances: FloatArray
    spontaneous: FloatArray
    last: int


def onsets(ties: TieArrays, model: Adoption, seeds: Int32Array, seed: int, replicates: IntArray) -> Onsets:
    """Return the onsets of some draws, by row."""
    drawn = [_onsets_of(ties, model, seeds, _uniforms(seed, replicate)) for replicate in replicates.tolist()]
    together = [onset for one in drawn for onset in one]
    place, row = np.array(together, dtype=np.int64).reshape(-1, 2).T
    return np.cumsum([0, *map(len, drawn)]), place.astype(np.int32), row.astype(np.int32)


def _onsets_of(ties: TieArrays, model: Adoption, seeds: Int32Array, uniforms: Iterator[float]) -> list[tuple[int, int]]:
    places = len(ties.starts) - 1
    thresholds = model.thresholds * (1 - CLOSE)
    drawn: dict[int, float] = {}  # thresholds, once they matter
    due: dict[int, int] = {}
    for place in range(places if model.spontaneous.size else 0):
        row = int(np.searchsorted(model.spontaneous[place], -math.log(next(uniforms))))
        if row <= model.last:
            due[place] = row
    due |= dict.fromkeys(np.flatnonzero(thresholds <= 0).tolist(), 1) | dict.fromkeys(seeds.tolist(), 0)
    joined: dict[int, int] = {}
    sums, now = np.zeros(places), list[int]()
    for row in range(model.last + 1):
        now += [place for place in sorted(due) if due[place] == row and place not in joined]
        joined |= dict.fromkeys(now, row)
        first, now = now, []
        for place in first if row < model.last else []:
            for tie in range(ties.starts[place], ties.starts[place + 1]):
                target = int(ties.targets[tie])
                if target in joined:
                    continue
                if model.thresholds.size:
                    if model.uniform and target not in drawn:
                        drawn[target] = thresholds[target] * next(uniforms)
                    sums[target] += ties.weights[tie]
                    reached = sums[target] >= drawn.get(target, thresholds[target])
                else:
                    chance = model.chances[min(row + 1, len(model.chances) - 1), target] * ties.weights[tie]
                    reached = next(uniforms) <= chance
                if reached:
                    joined[target] = row + 1
                    now.append(target)
    return list(joined.items())


def _uniforms(seed: int, replicate: int) -> Iterator[float]:
    """Yield numbers above 0 and at most 1, one for each word of the stream of a replicate."""
    stream = replicate_rng(seed, replicate).bit_generator
    while True:
        yield ((int(stream.random_raw()) >> 11) + 1) * 2.0**-53
