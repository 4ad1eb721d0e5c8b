"""Where vectors of statistics lie in a cloud of simulated ones, with one p-value for all statistics together.

The statistic of a vector is its smallest two-sided tail over the statistics, among the vector and the cloud; where tails are
equal, the vector farther from the mean (in standard deviations) is the more extreme. The p-value is the rank of this statistic
among those of all members, so that the number of statistics is allowed for.
"""

from collections.abc import Iterable

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..inference.replicates import RARE

_PART = 2**22  # numbers held at a time
_ROUNDING = 1e-12


def ranks(values: FloatArray, cloud: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how many members of a cloud are at most, and at least, each value, by column."""
    ordered, columns = np.sort(cloud, axis=0), range(cloud.shape[1])
    below = [np.searchsorted(ordered[:, one], values[:, one], side="right") for one in columns]
    under = [np.searchsorted(ordered[:, one], values[:, one], side="left") for one in columns]
    return np.stack(below, axis=1).astype(float), len(cloud) - np.stack(under, axis=1).astype(float)


def joint_tail(below: FloatArray, above: FloatArray, far: FloatArray, members: int) -> FloatArray:
    """Return the smallest two-sided tail over the last axis, less a part of a step that grows with the distance ``far``."""
    tail = np.minimum(1.0, 2 * np.minimum(below, above) / members)
    return np.asarray((tail - far / (1 + far) / members).min(axis=-1))


def p_against(vectors: FloatArray, cloud: FloatArray) -> FloatArray:
    """Return the p-value of each vector in a cloud: the share of the cloud and the vector that is at least as extreme.

    Parameters
    ----------
    vectors
        Shape (vectors, statistics).
    cloud
        Shape (draws, statistics).

    Examples
    --------
    >>> cloud = np.random.default_rng(1).normal(size=(99, 2))
    >>> p_against(np.array([[0.0, 5.0]]), cloud)
    array([0.01])
    """
    parts = np.array_split(vectors, max(1, vectors.size * len(cloud) // _PART))
    return np.concatenate([_p_against(part, cloud) for part in parts])


def _p_against(vectors: FloatArray, cloud: FloatArray) -> FloatArray:
    members = len(cloud) + 1
    mean = (cloud.sum(axis=0) + vectors) / members
    spread = np.sqrt(np.maximum(((cloud**2).sum(axis=0) + vectors**2) / members - mean**2, 0.0))
    spread = np.where(spread > _ROUNDING * np.maximum(1.0, np.abs(mean)), spread, np.inf)
    below, above = ranks(vectors, cloud)
    own = joint_tail(below + 1, above + 1, np.abs(vectors - mean) / spread, members)
    inside = ranks(cloud, cloud)
    first, second = vectors[:, None], cloud[None]
    others = joint_tail(
        inside[0] + (first <= second),
        inside[1] + (first >= second),
        np.abs(second - mean[:, None]) / spread[:, None],
        members,
    )
    return np.asarray((1 + (others <= own[:, None] + _ROUNDING).sum(axis=1)) / members)


def p_within(cloud: FloatArray) -> FloatArray:
    """Return the p-value of each member of a cloud in the rest of it."""
    spread = cloud.std(axis=0)
    far = np.abs(cloud - cloud.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    found = joint_tail(*ranks(cloud, cloud), far, len(cloud))
    ordered = np.sort(found)
    return np.asarray(np.searchsorted(ordered, found + _ROUNDING, side="right") / len(cloud))


def fits_only(rivals: Iterable[FloatArray], own: FloatArray) -> BoolArray:
    """Return which vectors fit the fit alone: p at most 0.05 for each rival, and above for the fit."""
    return np.asarray(np.logical_and.reduce([*(p <= RARE for p in rivals), own > RARE]))
