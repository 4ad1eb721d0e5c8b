"""Jacquez' test: whether nearest neighbors in space are also nearest neighbors in time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import Int32Array, IntArray
from ...inference.permutation_test import (
    Alternative,
    Moments,
    PermutationResult,
    PermutationTest,
    check_test,
    moments_of_draws,
)
from ...kernels import plain
from ...kernels.dispatch import COUNT_WITHIN
from ...random_streams import seed_of
from ...wording import format_count, format_p
from .dated_points import DatedPoints, Strata, Unit, check_unit, row_count
from .schemes import InteractionResult, Scheme, caveats_of, check_scheme, scheme_of, tested_on

_FAR = 2**40  # days: padding that is never a neighbor
_SPARE = 4  # neighbors queried beyond the k-th, to detect ties
_TIE = 1 + 1e-9  # relative tolerance within which two distances are tied


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class JacquezResult(InteractionResult, PermutationResult):
    """Result of Jacquez' test: how many of the k nearest neighbors in space are also among the k nearest in time, with all ties.

    Attributes
    ----------
    k
        Number of neighbors.
    statistic, null_distribution
        J, and its value in each draw.
    increase, increase_null
        Increase of J from k - 1 to k, the contribution of the k-th neighbors, and its value in each draw.
    p_value, increase_p_value, permutations, alternative, smallest_p_value
        Results and settings of the permutation test.
    null
        Description of what was shuffled.
    unit, events, reports, places, scheme, caveats, lost
        As in `KnoxResult`.
    reason
        Why there is no p-value, or None.
    """

    k: int
    increase: int
    increase_null: IntArray
    increase_p_value: float

    @property
    def moments(self) -> Moments:
        """Mean and variance of J over the permutations."""
        return moments_of_draws(self.null_distribution)

    @property
    def sentence(self) -> str:
        """Return the result in one sentence."""
        nearest = (
            "the nearest neighbor in space is also its nearest neighbor in time"
            if self.k == 1
            else f"one of the {self.k} nearest neighbors in space is also one of its {self.k} nearest neighbors in time"
        )
        first = f"{self.counted}: in {self.statistic:,} {'case' if self.statistic == 1 else 'cases'}, {nearest}"
        if self.reason:
            return f"{first}. No p-value: {self.reason}."
        return (
            f"{first}; {format_count(self.moments.expected)} are expected with {self.null} (z = {self.moments.z_score(self.statistic):.2f}, "
            f"{format_p(self.p_value)} from {self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for J at k and one for its increase from k - 1."""
        rows = {
            f"J({self.k})": (self.statistic, moments_of_draws(self.null_distribution), self.p_value),
            f"J({self.k}) - J({self.k - 1})": (
                self.increase,
                moments_of_draws(self.increase_null),
                self.increase_p_value,
            ),
        }
        return pd.DataFrame(
            {name: [value, m.expected, m.variance, m.z_score(value), p] for name, (value, m, p) in rows.items()},
            index=["statistic", "expected", "variance", "z_score", "p_value"],
        ).T.rename_axis("neighbors")


def jacquez_test(
    events: gpd.GeoDataFrame,
    *,
    k: int,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    unit: Unit = "place_days",
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> JacquezResult:
    """Test whether the nearest neighbors in space are also nearest neighbors in time.

    The test needs no limits in kilometers or days, and adapts to the local density of events.

    Parameters
    ----------
    events
        Dated points, more than `k`.
    k
        Number of neighbors. All events tied with the k-th neighbor also count, in space (repeats in one place) and in
        time (several events a day), so an event can have many more than k.
    scheme, strata
        "dates" or "within_strata". Whole places are not exchanged in this test: campaigns of single places, and places that are
        active at different times, give small p-values too. It serves to compare with older work.
    permutations, unit, alternative, rng
        As in `knox_test`.

    Raises
    ------
    SchemaError, CRSError
        The table is not a valid events table.
    DataError
        `k` or the scheme is not valid.

    Notes
    -----
    G. M. Jacquez (1996), A k nearest neighbor test for space–time interaction, Statistics in Medicine 15:1935. Packages
    that take the first k of tied neighbors in the order of the table give a different, arbitrary count.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.jacquez_test(ps.load_case("kazakhstan_2022").events, k=3, permutations=99, rng=1).k
    3
    """
    chosen = scheme_of(scheme, strata)
    with Arguments("k is at least 1 and less than the number of events") as check:
        check.whole("k", k, at_least=1, at_most=max(row_count(events) - 1, 1))
        check_scheme(check, chosen, "dates", "within_strata")
        check_test(check, permutations, alternative)
        check_unit(check, unit)
    sample = DatedPoints.of(events, chosen.labels, unit=unit)
    return jacquez_of(sample, chosen, int(k), permutations=permutations, alternative=alternative, seed=seed_of(rng))


def jacquez_of(
    sample: DatedPoints, scheme: Scheme, k: int, *, permutations: int, alternative: Alternative, seed: int
) -> JacquezResult:
    """Run Jacquez' test on dated points, on the sphere or in the plane."""
    test = SharedNeighbors(
        scheme.sampler(sample, seed), tuple(_neighbor_pairs(sample, [m for m in (k, k - 1) if m > 0]))
    )
    draws = test.draws(permutations)
    counts = draws.map(lambda shared: shared[:, 0])
    increase = draws.map(lambda shared: shared[:, 0] - shared[:, 1:].sum(axis=1))
    reason = counts.constant("count")
    result = JacquezResult(
        k=k, increase=increase.observed.item(), increase_null=increase.null, increase_p_value=increase.p_value(alternative, reason),
        what=f"pairs that are among the {k} nearest neighbors in both space and time",
        **tested_on(sample, scheme.name), **counts.test(test.sampler, alternative, reason),
    )  # fmt: skip
    return replace(result, caveats=caveats_of(sample, test.sampler, result))


@dataclass(frozen=True, eq=False)
class _NeighborPairs:
    """Pairs of each event with its neighbors in space, and the distance in days to its k-th neighbor in time, by day."""

    one: Int32Array
    other: Int32Array
    reach: Int32Array


@dataclass(frozen=True, eq=False)
class SharedNeighbors(PermutationTest):
    """The number of neighbors in space that are also neighbors in time; one column per number of neighbors."""

    neighbors: tuple[_NeighborPairs, ...]

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 6.0 * units + 3.0 * len(self.neighbors[0].one), units

    def values(self, arranged: Int32Array) -> IntArray:
        """Return one row of counts for each column of days."""
        return np.column_stack([_count(near, arranged) for near in self.neighbors])


def _count(near: _NeighborPairs, days: Int32Array) -> IntArray:
    """Return how many neighbors in space are neighbors in time, for each column of days."""
    out = np.zeros(days.shape[1], dtype=np.int64)
    if COUNT_WITHIN.pays(len(near.one) * len(out)):
        from ...kernels import knox

        knox.count_within(near.one, near.other, days, near.reach, out)
    else:
        plain.count_within(near.one, near.other, days, near.reach, out)
    return out


def _neighbor_pairs(sample: DatedPoints, orders: list[int]) -> Iterator[_NeighborPairs]:
    """Find the nearest neighbors in space and in time, with ties, for numbers of neighbors in descending order."""
    from scipy.spatial import KDTree

    vectors, n = sample.positions.vectors, len(sample)
    tree, queried = KDTree(vectors), min(n, orders[0] + 1 + _SPARE)
    apart, nearest = (np.asarray(table).reshape(n, queried) for table in tree.query(vectors, k=queried))
    for k in orders:
        reach = apart[:, k] * _TIE + 1e-12  # the event itself comes first
        one, rank = np.nonzero(apart <= reach[:, None])
        other = nearest[one, rank]
        more = np.flatnonzero(apart[:, -1] <= reach) if queried < n else np.empty(0, dtype=np.int64)
        if len(more):  # ties that extend beyond the neighbors queried
            tied = tree.query_ball_point(vectors[more], reach[more])
            kept = ~np.isin(one, more)
            one = np.concatenate([one[kept], np.repeat(more, [len(rows) for rows in tied])])
            other = np.concatenate([other[kept], *(np.asarray(rows, dtype=np.int64) for rows in tied)])
        distinct = one != other
        yield _NeighborPairs(
            one[distinct].astype(np.int32), other[distinct].astype(np.int32), _days_to_neighbor(sample.days, k)
        )


def _days_to_neighbor(days: Int32Array, k: int) -> Int32Array:
    """Return, for each day from the first to the last, the distance in days from an event on it to its k-th nearest other event."""
    ordered = np.sort(days).astype(np.int64)
    padded = np.concatenate([np.full(k, -_FAR), ordered, np.full(k, _FAR)])
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * k + 1)
    reach = np.zeros(int(ordered[-1]) + 1, dtype=np.int32)
    reach[ordered] = np.partition(np.abs(around - ordered[:, None]), k, axis=1)[:, k]
    return reach
