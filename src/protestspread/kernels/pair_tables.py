"""Weighted counts of pairs close in space by the days between them, with edge correction, for many replicates."""

from ..arrays import FloatArray, Int32Array
from .jit import compiled
from .plain import TimeBins, WeightedPairs


@compiled
def count_pairs(pairs: WeightedPairs, days: Int32Array, clock: TimeBins, out: FloatArray) -> None:
    """Add the weights of the pairs to ``out[column, bin]``, by the days between them.

    A pair counts twice, once from each event, with the weight of that event. The weight is doubled if the same number of
    days in the other direction would fall outside the window.
    """
    for k in range(len(pairs.one)):
        mine, theirs = days[pairs.one[k]], days[pairs.other[k]]
        first, second = pairs.weight[k], pairs.other_weight[k]
        for column in range(days.shape[1]):
            a, b = mine[column], theirs[column]
            apart = abs(a - b)
            early, late = (first, second) if a <= b else (second, first)
            before, after = min(a, b) - apart < clock.start, max(a, b) + apart > clock.end
            out[column, clock.bins[apart]] += (early + early if before else early) + (late + late if after else late)
