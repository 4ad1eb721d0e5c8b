"""The space–time K function: whether pairs are close in both space and time more often than under independence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError, must_be
from ...figures import LimitGrid
from ...inference.permutation_test import Alternative, Draws, PermutationResult, check_test
from ...random_streams import seed_of
from ...wording import format_days, format_p
from .edge_correction import Ground, ground
from .pair_tables import check_bands, check_event_count, count_pairs
from .points import DatedPoints
from .schemes import Scheme, check_shuffles_dates, scheme_of
from .strata import Strata


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class SpaceTimeKResult(PermutationResult):
    """The estimated space–time K function, and the test of whether it exceeds the product of K in space and K in time.

    Attributes
    ----------
    k, excess, relative_excess, residual
        By ``within_km`` (rows) and ``within_days`` (columns): K(s, t); D = K(s, t) - K(s) K(t); D0 = D / (K(s) K(t)); and
        R = D over its standard deviation under the null.
    k_space, k_time
        K(s) and K(t).
    edge_correction
        "ripley" (within a boundary and a window; K in km² · days), or "none" (places and days are fixed; K is a share of
        the pairs of events).
    statistic, p_value, null_distribution
        U, the sum of R; its p-value; and U in each draw.
    events, scheme, null, alternative, permutations, smallest_p_value
        As in `KnoxResult`.
    reason
        Why there is no p-value, or None.
    """

    k: pd.DataFrame
    excess: pd.DataFrame
    relative_excess: pd.DataFrame
    residual: pd.DataFrame
    k_space: pd.Series
    k_time: pd.Series
    edge_correction: str
    events: int
    scheme: str

    def figure(self) -> LimitGrid:
        """Return the relative excess by limits, in percent."""
        return LimitGrid(100 * self.relative_excess, "excess pairs over independence of space and time (%)")

    def _finding(self) -> str:
        """Return the result in a few sentences."""
        limits = f"up to {self.k.index[-1]:g} km and {format_days(int(self.k.columns[-1]))}"
        if self.reason:
            return (
                f"The space–time K test is not possible for {self.events:,} events and limits {limits}: {self.reason}."
            )
        excess = self.relative_excess.to_numpy()
        row, column = divmod(int(np.nanargmax(excess)), excess.shape[1])
        edges = "Ripley's edge correction" if self.edge_correction == "ripley" else "fixed places, no edge correction"
        return (
            f"For {self.events:,} events and limits {limits} ({edges}), the excess of pairs close in both space and time over the number "
            f"expected under independence is largest within {self.k.index[row]:g} km and {format_days(int(self.k.columns[column]))}: "
            f"{100 * excess[row, column]:.0f}%. Over all limits, {format_p(self.p_value)} from {self.permutations:,} draws with {self.null}."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair of limits."""
        columns = {
            "k": self.k,
            "k_space_times_k_time": self.k - self.excess,
            "excess": self.excess,
            "relative_excess": self.relative_excess,
            "residual": self.residual,
        }
        index = pd.MultiIndex.from_product([self.k.index, self.k.columns], names=["within_km", "within_days"])
        return pd.DataFrame({name: table.to_numpy().ravel() for name, table in columns.items()}, index=index)


def space_time_k_test(
    events: gpd.GeoDataFrame,
    boundary: gpd.GeoDataFrame | None = None,
    *,
    within_km: Sequence[float],
    within_days: Sequence[int],
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> SpaceTimeKResult:
    """Estimate the space–time K function, and test for space-time interaction.

    Parameters
    ----------
    events
        Dated points, at least four.
    boundary
        Regions in which events could have happened *anywhere*. Edges are corrected for with Ripley's weights in space, and
        with weight 1/2 in time if the mirror image of a time lies outside the window. Use None if events can only happen
        at given places, such as cities: places are then fixed, and there are no areas or edges.
    within_km, within_days
        Ascending limits.
    start, end
        First and last day of the observation window; required with a boundary.
    permutations, alternative, rng
        As in `knox_test`.
    scheme, strata
        "dates" or "within_strata".

    Raises
    ------
    SchemaError, CRSError
        The events or the boundary are not valid tables.
    DataError
        Limits are not valid, events lie outside the boundary or the window, or circles around events lie almost entirely
        outside the boundary.

    Notes
    -----
    P. J. Diggle, A. G. Chetwynd, R. Häggkvist, S. E. Morris (1995), Second-order analysis of space–time clustering,
    Statistical Methods in Medical Research 4:124, doi:10.1177/096228029500400203. The variance of D is estimated from
    the draws and the observed value together, so that the test is exact. Distances are great-circle distances; shares of
    circles are measured in an equal-area projection, with the boundary simplified by up to 1% of the shortest limit.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.space_time_k_test(case.events, within_km=(100, 300), within_days=(0, 1, 2), permutations=99, rng=1)
    >>> result.edge_correction, result.k.shape
    ('none', (2, 3))
    """
    chosen = scheme_of(scheme, strata)
    with Arguments() as check:
        check_event_count(check, events)
        km = check_bands(check, "within_km", within_km)
        days = check_bands(check, "within_days", within_days, whole=True)
        check_shuffles_dates(check, chosen)
        for name, day in (("start", start), ("end", end)):
            if boundary is not None and day is None:
                check.fault(must_be(name, "the first or last day of observation if boundary is given", None))
            check.day(name, day, optional=True)
        check_test(check, permutations, alternative)
    sample = DatedPoints.of(events, chosen.labels)
    where = window = None
    if boundary is not None:
        where = ground(boundary, events, sample.positions, 0.01 * next((limit for limit in km if limit > 0), 1.0))
        window = _window(sample, start, end)
    return space_time_k_of(
        sample, chosen, km, days, ground=where, window=window, permutations=permutations, alternative=alternative, seed=seed_of(rng)
    )  # fmt: skip


def space_time_k_of(
    sample: DatedPoints, scheme: Scheme, km: tuple[float, ...], days: tuple[int, ...], *, ground: Ground | None, window: tuple[int, int] | None,
    permutations: int, alternative: Alternative, seed: int,
) -> SpaceTimeKResult:  # fmt: skip
    """Estimate and test K of dated points, on the sphere or in the plane."""
    n, sampler = len(sample), scheme.sampler(sample, seed)
    if ground is None or window is None:  # shares of pairs
        counts = count_pairs(sample, sampler, km, days, permutations)
        in_space, in_time, both = (2 / (n * (n - 1)),) * 3
        time_sums = np.array([sample.near_in_time(limit).sum() for limit in days]) / 2
    else:
        counts = count_pairs(
            sample, sampler, km, days, permutations, window=window, weigh=partial(ground.weights, sample.positions)
        )
        area, time = ground.area_km2, float(window[1] - window[0] + 1)
        in_space, in_time, both = area / n**2, time / n**2, area * time / n**2
        time_sums = _time_sums(sample, days, window)
    k_space, k_time = counts.space * in_space, time_sums * in_time
    product = np.multiply.outer(k_space, k_time)
    excess = counts.draws.map(lambda sums: sums * both - product)
    residual = _standardized(excess)
    untested = np.isnan(residual.observed).all()
    reason = "the number of pairs is the same in every draw at all limits" if untested else None
    u = residual.map(lambda table: np.nansum(table, axis=(1, 2)))
    if untested:
        u = Draws(np.array(math.nan), u.null)
    rows, columns = pd.Index(km, name="within_km"), pd.Index(days, name="within_days")
    over = excess.observed
    relative = np.divide(over, product, out=np.full_like(over, np.nan), where=product > 0)
    tables = [pd.DataFrame(table, rows, columns) for table in (over + product, over, relative, residual.observed)]
    return SpaceTimeKResult(
        k=tables[0], excess=tables[1], relative_excess=tables[2], residual=tables[3], k_space=pd.Series(k_space, rows), k_time=pd.Series(k_time, columns),
        edge_correction="none" if ground is None else "ripley", events=n, scheme=scheme.name, what="sum of standardized excesses",
        lost=sample.lost,
        **u.test(sampler, alternative, reason),
    )  # fmt: skip


def _standardized(excess: Draws) -> Draws:
    """Divide by the standard deviation over the draws and the observed together; NaN if nothing varies."""
    deviation = np.sqrt(excess.pooled_moments()[1])
    largest = np.maximum(np.abs(excess.null).max(axis=0), np.abs(excess.observed))
    usable = np.where(deviation > 1e-9 * largest, deviation, np.nan)
    return excess.map(lambda table: table / usable)


def _time_sums(sample: DatedPoints, days: tuple[int, ...], window: tuple[int, int]) -> FloatArray:
    """Sum edge weights in time over ordered pairs within each limit: 1, or 2 if the mirror image lies outside the window."""
    day, count = np.unique(sample.days, return_counts=True)
    sums, limits = np.zeros(len(days) + 1), np.asarray(days)
    for k, (here, events) in enumerate(zip(day, count, strict=True)):
        apart = np.abs(day - here)
        weight = events * count * np.where((here - apart >= window[0]) & (here + apart <= window[1]), 1.0, 2.0)
        weight[k] = events * (events - 1)
        sums += np.bincount(np.searchsorted(limits, apart), weight, minlength=len(sums))
    return np.asarray(np.cumsum(sums[:-1]))


def _window(sample: DatedPoints, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None) -> tuple[int, int]:
    """Return the first and the last day of the window, counted from the first day of the sample."""
    with Arguments('pass start="2022-01-01" and end="2022-01-11", for example') as check:
        days = [check.day("start", start), check.day("end", end)]
    first, last = ((day - pd.Timestamp(0)).days - sample.first_day for day in days)
    if first > 0 or last < sample.last_day:
        raise DataError(
            f"start and end must enclose all events; got {start} to {end}",
            fix="pass the first and the last day of observation",
        )
    return first, last
