"""The space–time K function: whether pairs are close in both space and time more often than under independence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError, must_be
from ...figures import LimitGrid
from ...inference.permutation_test import Alternative, Draws, PermutationResult, Sampler, check_test
from ...random_streams import seed_of
from ...wording import format_days, format_p
from .dated_points import DatedPoints, Strata, Unit, check_unit
from .edge_correction import Ground, ground
from .exchange import ExchangedPlaces, exchanged_pairs
from .pair_tables import check_bands, check_event_count, count_pairs
from .schemes import LEVEL, InteractionResult, Scheme, caveats_of, check_scheme, scheme_of, tested_on


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class SpaceTimeKResult(InteractionResult, PermutationResult):
    """The estimated space–time K function, and the test of whether it exceeds the product of K in space and K in time.

    Attributes
    ----------
    k, excess, relative_excess, residual
        By ``within_km`` (rows) and ``within_days`` (columns): K(s, t); D, its excess over the expected: K(s) K(t) or, with
        exchanged places, the K of places of like population; D0 = D over the expected; and R, D (or with exchanged places
        the standardized excess) over its standard deviation under the null.
    k_space, k_time
        K(s) and K(t); with exchanged places, of pairs of different places.
    pairs
        Number of pairs within the limits; without weights for edges.
    edge_correction
        "ripley" (within a boundary and a window; K in km² · days), or "none" (places and days are fixed; K is a share of
        the pairs).
    statistic, p_value, null_distribution
        U, the sum of R; its p-value; and U in each draw.
    null, alternative, permutations, smallest_p_value, unit, events, reports, places, scheme, caveats, lost
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
    pairs: pd.DataFrame

    def figure(self) -> LimitGrid:
        """Return the relative excess by limits, in percent."""
        return LimitGrid(100 * self.relative_excess, "excess pairs over independence of space and time (%)")

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        limits = f"limits up to {self.k.index[-1]:g} km and {format_days(int(self.k.columns[-1]))}"
        if self.reason:
            return f"The space–time K test is not possible for {self.counted} and {limits}: {self.reason}."
        edges = "Ripley's edge correction" if self.edge_correction == "ripley" else "fixed places, no edge correction"
        return (
            f"{self.counted}, {limits} ({edges}): over all limits, {format_p(self.p_value)} from {self.permutations:,} draws with "
            f"{self.null}.{self._largest() if self.p_value <= LEVEL else ''}"
        )

    def _largest(self) -> str:
        """Describe the limits with the largest residual."""
        residual = self.residual.to_numpy()
        row, column = divmod(int(np.nanargmax(residual)), residual.shape[1])
        excess, pairs = self.relative_excess.to_numpy()[row, column], int(self.pairs.to_numpy()[row, column])
        return (
            f" The deviation is largest within {self.k.index[row]:g} km and {format_days(int(self.k.columns[column]))}: {pairs:,} pairs of "
            f"{self.noun}, {100 * abs(excess):.0f}% {'more' if excess >= 0 else 'fewer'} than expected (residual {residual[row, column]:.1f})."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per pair of limits."""
        columns = {
            "k": self.k,
            "expected": self.k - self.excess,
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
    cities: gpd.GeoDataFrame | None = None,
    within_km: Sequence[float],
    within_days: Sequence[int],
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    permutations: int = 999,
    scheme: str | Scheme | None = None,
    strata: Strata | None = None,
    unit: Unit = "place_days",
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
    cities, permutations, strata, unit, alternative, rng
        As in `knox_test`.
    scheme
        "exchange_places" (the default without a boundary), "dates" (the default with one) or "within_strata". With shuffled
        dates, campaigns of single places, and places that are active at different times, give small p-values too.

    Raises
    ------
    SchemaError, CRSError
        The events or the boundary are not valid tables.
    DataError
        Limits are not valid, events lie outside the boundary or the window, or circles around events lie almost entirely
        outside the boundary.

    Notes
    -----
    What fools `knox_test` fools this test too; neighbors that happen to be the first, on one day, in up to 14% of worlds.

    P. J. Diggle, A. G. Chetwynd, R. Häggkvist, S. E. Morris (1995), Second-order analysis of space–time clustering,
    Statistical Methods in Medical Research 4:124, doi:10.1177/096228029500400203. The variance of D is estimated from
    the draws and the observed value together, so that the test is exact. Distances are great-circle distances; shares of
    circles are measured in an equal-area projection, with the boundary simplified by up to 1% of the shortest limit.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.space_time_k_test(case.events, cities=case.cities, within_km=(100, 300), within_days=(0, 1), permutations=99, rng=1)
    >>> result.edge_correction, result.k.shape
    ('none', (2, 2))
    """
    usual = "exchange_places" if boundary is None else "dates" if strata is None else "within_strata"
    chosen = scheme_of(usual if scheme is None else scheme, strata)
    with Arguments() as check:
        check_event_count(check, events)
        km = check_bands(check, "within_km", within_km)
        days = check_bands(check, "within_days", within_days, whole=True)
        check_scheme(check, chosen, *([] if boundary is not None else ["exchange_places"]), "dates", "within_strata")
        for name, day in (("start", start), ("end", end)):
            if boundary is not None and day is None:
                check.fault(must_be(name, "the first or last day of observation if boundary is given", None))
            check.day(name, day, optional=True)
        check_test(check, permutations, alternative)
        check_unit(check, unit)
    sample = DatedPoints.of(events, chosen.labels, unit=unit, cities=cities, limits=(km[-1], days[-1]))
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
    sampler = scheme.sampler(sample, seed)
    if isinstance(sampler, ExchangedPlaces):
        cells = _exchanged_cells(sample, sampler, km, days, permutations)
    else:
        cells = _cells(
            sample, sampler, km, days, permutations, None if ground is None or window is None else (ground, window)
        )
    residual = cells.residual
    untested = np.isnan(residual.observed).all()
    reason = cells.reason or ("the number of pairs is the same in every draw at all limits" if untested else None)
    u = residual.map(lambda table: np.nansum(table, axis=(1, 2)))
    if untested:
        u = Draws(np.array(math.nan), u.null)
    rows, columns = pd.Index(km, name="within_km"), pd.Index(days, name="within_days")
    over = cells.k - cells.expected
    relative = np.divide(over, cells.expected, out=np.full_like(over, np.nan), where=cells.expected > 0)
    tables = (cells.k, over, relative, residual.observed, cells.pairs)
    k, excess, relative_excess, residuals, pairs = (pd.DataFrame(table, rows, columns) for table in tables)
    result = SpaceTimeKResult(
        k=k, excess=excess, relative_excess=relative_excess, residual=residuals, pairs=pairs, k_space=pd.Series(cells.k_space, rows),
        k_time=pd.Series(cells.k_time, columns), edge_correction="none" if ground is None else "ripley",
        what="sum of standardized excesses", **tested_on(sample, scheme.name), **u.test(sampler, alternative, reason),
    )  # fmt: skip
    return replace(result, caveats=caveats_of(sample, sampler, result))


@dataclass(frozen=True, eq=False)
class _Cells:
    """K observed and expected at all limits, and its standardized deviation in the data and in each draw."""

    k: FloatArray
    expected: FloatArray
    pairs: FloatArray
    k_space: FloatArray
    k_time: FloatArray
    residual: Draws
    reason: str | None = None


def _exchanged_cells(
    sample: DatedPoints, sampler: ExchangedPlaces, km: tuple[float, ...], days: tuple[int, ...], permutations: int
) -> _Cells:
    """Return K of pairs of different places, as shares of all pairs, with places exchanged."""
    found = exchanged_pairs(sample, sampler, km, days, permutations)
    pairs, expected = np.moveaxis(found.draws.observed, -1, 0)
    share = 2 / (len(sample) * (len(sample) - 1))
    in_time = np.array([float(sample.near_in_time(limit).sum() / 2) for limit in days]) - found.repeats
    space, time = np.asarray(found.close_in_space * share), np.asarray(in_time * share)
    return _Cells(
        pairs * share, expected * share, pairs, space, time, _standardized(found.excess), found.reason
    )  # fmt: skip


def _cells(
    sample: DatedPoints, sampler: Sampler, km: tuple[float, ...], days: tuple[int, ...], permutations: int,
    edges: tuple[Ground, tuple[int, int]] | None,
) -> _Cells:  # fmt: skip
    """Return K of all pairs, with dates shuffled: as shares of all pairs, or corrected for edges."""
    n = len(sample)
    every = n * (n - 1)
    if edges is None:
        counts = count_pairs(sample, sampler, km, days, permutations)
        in_space, in_time, both = (2 / every,) * 3
        time_sums, pairs = np.array([sample.near_in_time(limit).sum() for limit in days]) / 2, counts.draws.observed
    else:
        ground, window = edges
        counts = count_pairs(
            sample, sampler, km, days, permutations, window=window, weigh=partial(ground.weights, sample.positions)
        )
        area, time = ground.area_km2, float(window[1] - window[0] + 1)
        in_space, in_time, both = area / every, time / every, area * time / every
        time_sums = _time_sums(sample, days, window)
        pairs = count_pairs(sample, sampler, km, days, 1).draws.observed
    k_space, k_time = counts.space * in_space, time_sums * in_time
    product = np.multiply.outer(k_space, k_time)
    excess = counts.draws.map(lambda sums: sums * both - product)
    return _Cells(excess.observed + product, product, pairs, k_space, k_time, _standardized(excess))


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
