"""Are the nearest neighbors in space also nearest neighbors in time? Jacquez' test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import Int32Array, IntArray
from ...errors import DataError
from ...inference.moments import Moments, moments_of_draws
from ...inference.p_values import Alternative, check_alternative, check_permutations, p_values, smallest_p_value
from ...inference.replicates import run_replicates, worth_compiling
from ...kernels import plain
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_count, format_p
from .dated_points import DatedPoints
from .reshuffles import ShuffledDates
from .schemes import Scheme, scheme_of
from .strata import Strata

_FAR = 2**40  # days: nobody's neighbor
_SPARE = 4  # neighbors asked for beyond the k-th, to see ties
_TIE = 1 + 1e-9  # of a distance: what rounding makes of two that are equal


@dataclass(frozen=True, repr=False, eq=False)
class JacquezResult(Result):
    """Jacquez' test: how many of the k nearest neighbors in space are among the k nearest in time; ties all count.

    Attributes
    ----------
    k
        How many neighbors.
    statistic, null_distribution
        J, and J in each draw.
    increase, increase_null
        How much J grew from k - 1 to k, which tells what the k-th neighbors add.
    p_value, increase_p_value, permutations, alternative, smallest_p_value
        The permutation test.
    events, scheme, null
        How many events; what was shuffled.
    reason
        Why there is no p-value; None where there is one.
    """

    k: int
    statistic: int
    null_distribution: IntArray
    increase: int
    increase_null: IntArray
    p_value: float
    increase_p_value: float
    permutations: int
    alternative: Alternative
    smallest_p_value: float
    events: int
    scheme: str
    null: str
    reason: str | None = None

    @property
    def moments(self) -> Moments:
        """Mean and variance of J over the draws."""
        return moments_of_draws(self.null_distribution)

    @property
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""
        first = f"{self.statistic:,} times one of the {self.k} nearest neighbors in space is one of the {self.k} nearest in time"
        if self.reason:
            return f"{first}. No p-value: {self.reason}."
        return (
            f"{first}, where {format_count(self.moments.expected)} are expected with {self.null} (z = {self.moments.z_score(self.statistic):.2f}, "
            f"{format_p(self.p_value)} from {self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for J at k and one for its increase from k - 1."""
        rows = {
            f"J({self.k})": (self.statistic, moments_of_draws(self.null_distribution), self.p_value),
            f"J({self.k}) - J({self.k - 1})": (
                self.increase,
                moments_of_draws(self.increase_null),
                self.increase_p_value,
            ),
        }
        return pd.DataFrame(
            {name: [seen, m.expected, m.variance, m.z_score(seen), p] for name, (seen, m, p) in rows.items()},
            index=["statistic", "expected", "variance", "z_score", "p_value"],
        ).T.rename_axis("neighbors")


def jacquez_test(
    events: gpd.GeoDataFrame,
    *,
    k: int,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> JacquezResult:
    """Test whether the nearest neighbors in space are also nearest neighbors in time.

    It needs no limit in kilometres or days, and follows the density of events, dense here and sparse there.

    Parameters
    ----------
    events
        Dated points, more than `k`.
    k
        How many neighbors. Neighbors as far as the k-th are neighbors too, in space (repeats in one place) and in time
        (days have many events), so an event can have many more than k.
    permutations, scheme, strata, alternative, rng
        As in `knox_test`; the scheme is "dates" or "within_strata".

    Raises
    ------
    SchemaError, CRSError
        The events are not events.
    DataError
        `k` or the scheme makes no sense.

    Notes
    -----
    G. M. Jacquez (1996), A k nearest neighbour test for space–time interaction, Statistics in Medicine 15:1935. Packages
    that take the first k of tied neighbors in the order of the table give another, and arbitrary, count.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.jacquez_test(ps.load_case("kazakhstan_2022").events, k=3, permutations=99, rng=1).k
    3
    """
    chosen = scheme_of(scheme, strata)
    faults = (
        [] if chosen.name in ("dates", "within_strata") else [f'scheme = {chosen.name!r}: "dates" or "within_strata"']
    )
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 1 <= k < max(len(events), 2):
        faults.append(f"k = {k!r}: a whole number from 1 to below the number of events")
    if faults:
        raise DataError("Jacquez' test is not clear", faults, "k=3, say")
    check_permutations(permutations)
    check_alternative(alternative)
    return jacquez_of(
        DatedPoints.of(events, chosen.labels),
        chosen,
        int(k),
        permutations=permutations,
        alternative=alternative,
        seed=seed_of(rng),
    )


def jacquez_of(
    sample: DatedPoints, scheme: Scheme, k: int, *, permutations: int, alternative: Alternative, seed: int
) -> JacquezResult:
    """Run Jacquez' test on dated points, on the sphere or on a plane."""
    drawn = cast("ShuffledDates", scheme.sampler(sample, seed))
    orders = [m for m in (k, k - 1) if m > 0]
    draw = _Shared(tuple(_neighbors(sample, orders)), drawn)
    seen = [int(count) for count in draw.counts(sample.days[:, None])[0]]
    drawn_counts = run_replicates(
        draw, permutations, cost=6.0 * len(sample) + 3.0 * len(draw.neighbors[0].one), rows=len(sample)
    )
    null = [*drawn_counts.T, np.zeros(permutations, dtype=np.int64)]
    seen.append(0)
    increase, increase_null = seen[0] - seen[1], null[0] - null[1]
    reason = "no draw changes the count" if (null[0] == seen[0]).all() else None
    return JacquezResult(
        k=k, statistic=seen[0], null_distribution=null[0], increase=increase, increase_null=increase_null,
        p_value=float("nan") if reason else float(p_values(seen[0], null[0], alternative)),
        increase_p_value=float("nan") if reason else float(p_values(increase, increase_null, alternative)),
        permutations=permutations, alternative=alternative, smallest_p_value=smallest_p_value(permutations, drawn.log_arrangements, alternative),
        events=len(sample), scheme=scheme.name, null=scheme.description(sample), reason=reason,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Neighbors:
    """Each event beside each of its neighbors in space, and as far as its neighbors in time reach, by its day."""

    one: Int32Array
    other: Int32Array
    reach: Int32Array


@dataclass(frozen=True, eq=False)
class _Shared:
    """Counts, over neighbors in space, those that are neighbors in time under drawn dates; a column an order of neighbors."""

    neighbors: tuple[_Neighbors, ...]
    drawn: ShuffledDates

    def __call__(self, first: int, last: int, threads: bool) -> IntArray:  # noqa: FBT001
        return self.counts(self.drawn(first, last, threads))

    def counts(self, days: Int32Array) -> IntArray:
        """Return a row for each column of days."""
        return np.column_stack([_count(near, days) for near in self.neighbors])


def _count(near: _Neighbors, days: Int32Array) -> IntArray:
    out = np.zeros(days.shape[1], dtype=np.int64)
    if worth_compiling("count_within", 2e-9 * len(near.one) * len(out)):
        from ...kernels import knox

        knox.count_within(near.one, near.other, days, near.reach, out)
    else:
        plain.count_within(near.one, near.other, days, near.reach, out)
    return out


def _neighbors(sample: DatedPoints, orders: list[int]) -> Iterator[_Neighbors]:
    """Find the nearest in space and in time, for some numbers of them, the largest first; all that are as far as the last."""
    from scipy.spatial import KDTree

    vectors, n = sample.positions.vectors, len(sample)
    tree, asked = KDTree(vectors), min(n, orders[0] + 1 + _SPARE)
    apart, found = (np.asarray(table).reshape(n, asked) for table in tree.query(vectors, k=asked))
    for k in orders:
        reach = apart[:, k] * _TIE + 1e-12  # the event itself comes first
        one, rank = np.nonzero(apart <= reach[:, None])
        other = found[one, rank]
        more = np.flatnonzero(apart[:, -1] <= reach) if asked < n else np.empty(0, dtype=np.int64)
        if len(more):  # so many ties that they go beyond what was asked for
            tied = tree.query_ball_point(vectors[more], reach[more])
            kept = ~np.isin(one, more)
            one = np.concatenate([one[kept], np.repeat(more, [len(rows) for rows in tied])])
            other = np.concatenate([other[kept], *(np.asarray(rows, dtype=np.int64) for rows in tied)])
        two = one != other
        yield _Neighbors(one[two].astype(np.int32), other[two].astype(np.int32), _reach(sample.days, k))


def _reach(days: Int32Array, k: int) -> Int32Array:
    """Return, for each day from the first to the last, the days to the k-th nearest other event of an event on it."""
    ordered = np.sort(days).astype(np.int64)
    padded = np.concatenate([np.full(k, -_FAR), ordered, np.full(k, _FAR)])
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * k + 1)
    reach = np.zeros(int(ordered[-1]) + 1, dtype=np.int32)
    reach[ordered] = np.partition(np.abs(around - ordered[:, None]), k, axis=1)[:, k]
    return reach
