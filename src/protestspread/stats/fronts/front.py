"""Test whether onsets spread outward from one place, and estimate the speed only if they do."""

import math
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, argument_error, must_be, shorten_list
from ...figures import FittedLine, Scatter
from ...inference.permutation_test import check_test
from ...random_streams import seed_of
from ...results import Result
from ...tables import check_cities, check_onsets
from ...wording import as_sentence, format_number, format_p, format_places
from .front_fits import FEWEST, DatedPlaces, FrontFit, fit_front, search_origin

FrontVerdict = Literal["front", "no front", "clustering", "none"]

_LEVEL = 0.05


@dataclass(frozen=True, repr=False, eq=False)
class FrontResult(Result):
    """Regression of onset on great-circle distance from an origin, a + slowness · km, and test for a front.

    Attributes
    ----------
    slowness, slowness_low, slowness_high
        Days per kilometer with its 95% interval; an end is infinite if the data do not bound it.
    intercept
        Fitted onset at distance 0, in days since `first_day`.
    p_value, smallest_p_value, permutations
        Two-sided p-value of permutations of the onsets among the places (see `front_speed` for a searched origin), the
        smallest value that it can take, and the number of permutations.
    moran, moran_p_value
        Moran's I of the residuals, with the four nearest places as neighbors (half of the other places if there are fewer
        than nine), and its one-sided p-value: neighbors are similar.
    origin, origin_point, searched
        Name of the origin, its longitude and latitude, and whether it was searched for.
    places, joined, observed_until
        Number of places in the regression, how many of them had an onset, and the last day of observation, if given.
    interval
        Method of the interval.
    by_place
        Index: places; columns ``km``, ``onset``, ``residual_days`` (positive: later than the line; for places without an
        onset, the expected residual).
    first_day
        The first onset.
    reason
        Why there is no slowness, or None.
    """

    slowness: float
    slowness_low: float
    slowness_high: float
    intercept: float
    p_value: float
    smallest_p_value: float
    permutations: int
    moran: float
    moran_p_value: float
    origin: str
    origin_point: tuple[float, float]
    searched: bool
    places: int
    joined: int
    observed_until: pd.Timestamp | None
    interval: str
    by_place: pd.DataFrame
    first_day: pd.Timestamp | None
    reason: str | None = None

    @property
    def speed_low(self) -> float:
        """Kilometers per day, 1 / slowness_high; NaN if the interval lies below 0."""
        return self._speeds[0]

    @property
    def speed_high(self) -> float:
        """Kilometers per day, 1 / slowness_low; infinite if the interval contains 0, NaN if it lies below 0."""
        return self._speeds[1]

    @property
    def _speeds(self) -> tuple[float, float]:
        low, high = self.slowness_low, self.slowness_high
        if math.isnan(low) or high < 0:
            return math.nan, math.nan
        return (1 / high if high > 0 else math.inf), (1 / low if low > 0 else math.inf)

    @property
    def verdict(self) -> FrontVerdict:
        """One word: "clustering" if residuals are spatially autocorrelated, else "front" if the interval lies above 0."""
        if self.reason is not None:
            return "none"
        if self.moran > 0 and self.moran_p_value <= _LEVEL:
            return "clustering"
        return "front" if self.slowness_low > 0 else "no front"

    @property
    def headline(self) -> str:
        """The verdict in words, without the numbers of the test."""
        origin = f"{self.origin}{' (found by search)' if self.searched else ''}"
        if self.verdict == "none":
            return f"a front could not be tested: {self.reason}"
        if self.verdict == "clustering":
            return "onsets are clustered by region; a front cannot be distinguished from this"
        if self.verdict == "front":
            low, high = format_number(self.speed_low), format_number(self.speed_high)
            return f"onsets are consistent with a front from {origin} at {low if low == high else f'{low}–{high}'} km per day"
        if self.slowness_high < 0:
            return f"no radial front from {origin}: places farther away had earlier onsets"
        return f"no radial front from {origin}"

    @property
    def sentence(self) -> str:
        """The verdict, the slowness, its test, and Moran's I of the residuals."""
        if self.reason is not None:
            return as_sentence(self.headline)
        low, high = format_number(self.slowness_low), format_number(self.slowness_high)
        floor = f", smallest possible p-value {self.smallest_p_value:.2g}" if self.smallest_p_value > _LEVEL else ""
        moran = "" if math.isnan(self.moran) else (
            f"; Moran's I of the residuals {_format_moran(self.moran)}, {format_p(self.moran_p_value)}")  # fmt: skip
        few = "" if self.joined == self.places else f", {self.joined:,} of them with an onset"
        return as_sentence(
            f"{self.headline} ({format_number(self.slowness)} days per km, 95% interval {low} to {high}; {format_p(self.p_value)} "
            f"against onsets permuted over all places{floor}; {self.places:,} places{few}{moran})"
        )

    def figure(self) -> Scatter:
        """Return the onset of each place against its distance from the origin, with the fitted line.

        Raises
        ------
        DataError
            No place had an onset.
        """
        if self.first_day is None:
            fix = "pass onsets with at least one date to front_speed"
            raise DataError(f"result has no front to draw: {self.reason}", fix=fix)
        is_front = self.verdict == "front"
        label = "front" if is_front else "fitted line, not a front"
        label += "" if self.joined == self.places else " (places not joined count as later)"
        line = FittedLine(self.intercept, self.slowness, self.slowness_low, self.slowness_high, label, solid=is_front)
        axis = f"km from {self.origin}{', the origin found by search' if self.searched else ''}"
        table = self.by_place
        return Scatter(table["km"].to_numpy(), table["onset"], self.first_day, self.observed_until, axis, self.sentence,
                       line if self.reason is None else self.headline)  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers in a table with one row."""
        names = ["slowness", "slowness_low", "slowness_high", "speed_low", "speed_high", "p_value", "moran",
                 "moran_p_value", "places", "joined", "permutations", "origin", "verdict"]  # fmt: skip
        return pd.DataFrame([{name: getattr(self, name) for name in names}], index=pd.Index(["front"], name="test"))


def front_speed(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    *,
    origin: str | tuple[float, float],
    permutations: int = 999,
    observed_until: str | pd.Timestamp | None = None,
    rng: int | np.random.Generator | None = None,
) -> FrontResult:
    """Regress the onset of each place on its distance from an origin, and test for a front.

    Onset is regressed on distance, because the error is in the onset. The slowness is tested before it is converted to a
    speed: if onsets do not depend on distance, 1 / slowness is a large number without meaning.

    Parameters
    ----------
    onsets
        First day (or moment) of each place, NaT without an onset: see `onsets`. The set of places must be chosen
        independently of who had an onset.
    cities
        Coordinates of the places.
    origin
        A city with an onset, which is excluded from the regression, because it would create false fronts. Or (longitude,
        latitude), which excludes no city. Or "profile": the city with an onset whose distances correlate most with the
        onsets. The search is repeated for every permutation: `p_value` is that of the largest correlation, and the
        interval is widened accordingly.
    permutations
        Number of permutations of the onsets among the places. With fewer than 39, the interval is unbounded.
    observed_until
        Last day of observation; required if places have no onset.
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    FrontResult
        With a ``reason`` instead of numbers if there are no onsets, all onsets are on one day, fewer than three places
        besides the origin exist or have an onset, or all are equally far from the origin.

    Raises
    ------
    SchemaError
        `onsets` or `cities` is not a valid table (places without coordinates are named).
    DataError
        Onsets of places that are not in `cities`, or after `observed_until`; places without an onset if it is not given;
        an origin that is not among the onsets or has none; a search over more than 10,000,000 distances.

    Notes
    -----
    If all places have an onset, the interval inverts the permutation test: it contains the slownesses that the test does
    not reject (exact for exchangeable errors; one set of permutations gives the whole interval). Otherwise, onsets are
    censored: a normal regression (J. Tobin 1958, doi:10.2307/1907382) with a profile-likelihood interval based on
    Student's t, tested by permuting the scores of the fit without distance; the interval is extended to 0 if that test
    does not reject. Whole days include events until midnight, so observation ends half a day after the number of its last
    day. The censored regression assumes that places without an onset would have one later. If many never would, the line
    lies above the onsets, and says little about their pace. To analyze only the places with an onset, pass
    ``onsets.dropna()``.

    The test keeps its level for exchangeable onsets. Spatially clustered onsets can resemble a front. If Moran's I of the
    residuals, over the four nearest places of each place, is significant (one-sided p ≤ 0.05), the result is "clustering"
    instead of "front". Its null distribution permutes the residuals and refits the line. Days must not be much longer than
    the residuals: along a perfect front, onsets rounded to whole days are equal within each ring.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities)).loc[frame.index]
    >>> front = ps.front_speed(first, frame, origin="Zhanaozen", observed_until="2022-01-08", rng=1)
    >>> front.verdict, front.places, front.joined
    ('front', 41, 24)
    """
    with Arguments() as check:
        check_test(check, permutations)
    seed = seed_of(rng)
    places = _places(onsets, cities, observed_until)
    searched = isinstance(origin, str) and origin == "profile"
    row: int | None
    search, point = None, (math.nan, math.nan)
    if not searched:
        row, point = _origin(origin, places, cities)
    elif places.joined.any():
        row, search = search_origin(places, permutations, seed)
    else:
        nowhere = np.full(len(places.names), math.nan)
        return _without(
            places, nowhere, Origin("not determined", point, searched=True), permutations, "no place had an onset"
        )
    if row is not None:
        point = float(places.lon[row]), float(places.lat[row])
    start = Origin(str(places.names[row]) if row is not None else _format_point(point), point, searched)
    others = places if row is None else places.without(row)
    km = others.km_from(*point)
    reason = _reason(others, km)
    if reason is not None:
        return _without(others, km, start, permutations, reason)
    return _result(others, km, start, permutations, fit_front(others, km, permutations, seed, search))


@dataclass(frozen=True)
class Origin:
    """The origin of a front: its name, its longitude and latitude, and whether it was searched for."""

    name: str
    point: tuple[float, float]
    searched: bool


def _result(places: DatedPlaces, km: np.ndarray, origin: Origin, permutations: int, fit: FrontFit) -> FrontResult:
    table = pd.DataFrame({"km": km, "onset": places.onsets, "residual_days": fit.residuals}, index=places.names)
    return FrontResult(
        fit.slope, fit.low, fit.high, fit.intercept, fit.p_value, fit.smallest_p_value, permutations, fit.moran,
        fit.moran_p_value, origin.name, origin.point, origin.searched, len(km), int(places.joined.sum()), places.until, fit.interval, table,
        places.first_day, fit.reason,
    )  # fmt: skip


def _without(places: DatedPlaces, km: np.ndarray, origin: Origin, permutations: int, reason: str) -> FrontResult:
    """Return a result that has its reason instead of numbers."""
    return _result(places, km, origin, permutations, FrontFit.without(len(km), reason))


def _places(onsets: pd.Series, cities: gpd.GeoDataFrame, observed_until: str | pd.Timestamp | None) -> DatedPlaces:
    """Check the arguments and convert them to arrays."""
    check_onsets(onsets)
    check_cities(cities)
    fix = "pass onsets(count_events(events, cities)), and the last day of observation as observed_until"
    unknown = onsets.index[~onsets.index.isin(cities.index)]
    faults = [f"onsets has places that are not in cities: {shorten_list(unknown)}"] if len(unknown) else []
    faults += [] if len(onsets) else ["onsets must have at least one place; got none"]
    censored = onsets.index[onsets.isna()]
    check = Arguments()
    until = check.day("observed_until", observed_until, optional=True)
    faults += check.faults
    if observed_until is None:
        needed = f"observed_until must be given if places have no onset; without an onset: {shorten_list(censored)}"
        faults += [needed] if len(censored) else []
    elif not check.faults:
        late = onsets.index[onsets >= until + pd.Timedelta(days=1)]
        faults += [f"onsets must not be after observed_until; later: {shorten_list(late)}"] if len(late) else []
    if faults:
        raise argument_error(faults, fix)
    return DatedPlaces.of(onsets, cities, until)


def _origin(
    origin: str | tuple[float, float], places: DatedPlaces, cities: gpd.GeoDataFrame
) -> tuple[int | None, tuple[float, float]]:
    """Return the row of a named origin, or None and the point."""
    fix = "pass a city with an onset, a point as (longitude, latitude), or 'profile'"
    if not isinstance(origin, str | int | float | np.number):
        check = Arguments()
        point = [] if np.ndim(origin) != 1 else [check.number("origin", number) for number in list(origin)]
        if len(point) == 2 and not check.faults and abs(point[0]) <= 360 and abs(point[1]) <= 90:
            return None, (point[0], point[1])
        need = "(longitude, latitude), with latitude from -90 to 90, or the name of a city"
        raise DataError(must_be("origin", need, str(origin) if isinstance(origin, tuple | list) else origin), fix=fix)
    with Arguments(fix) as unicode:
        unicode.names("origin", [origin], "a city, a point or 'profile'")
    rows = places.names.get_indexer(pd.Index([origin]))
    if rows[0] < 0:
        table = "onsets" if origin in cities.index else "cities"
        raise DataError(f"origin must be a city in cities and onsets; {origin} is not in {table}", fix=fix)
    if not places.joined[rows[0]]:
        raise DataError(f"origin must be a city with an onset; {origin} has none", fix=fix)
    return int(rows[0]), (math.nan, math.nan)


def _reason(places: DatedPlaces, km: np.ndarray) -> str | None:
    """Return why no line can be fitted, or None if one can."""
    joined = places.joined
    if len(km) < FEWEST:
        return f"only {format_places(len(km))} besides the origin"
    if not joined.any():
        return "no other place had an onset"
    if joined.sum() < FEWEST:
        return f"only {format_places(int(joined.sum()))} besides the origin had an onset"
    if joined.all() and np.ptp(places.days) == 0:
        return "all onsets are on the same day"
    if np.ptp(km[joined]) <= 1e-9 * km.max():
        return "all places with an onset are equally far from the origin"
    return None


def _format_point(point: tuple[float, float]) -> str:
    return f"({point[0]:g}, {point[1]:g})"


def _format_moran(number: float) -> str:
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")
