"""Did it run outward from one place, at some speed? Onset against distance, with a test before any speed is named."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError, shorten_list
from ...inference.p_values import check_permutations
from ...random_streams import seed_of
from ...results import Result
from ...tables import check_cities, check_onsets
from ...wording import format_number, format_p, format_places
from .front_fits import FEWEST, DatedPlaces, FrontFit, fit_front, search_origin

FrontVerdict = Literal["front", "no front", "clustering", "none"]

_LEVEL = 0.05


@dataclass(frozen=True, repr=False, eq=False)
class FrontResult(Result):
    """Onset against great-circle distance from an origin: a + slowness · km, and whether that is a front.

    Attributes
    ----------
    slowness, slowness_low, slowness_high
        Days a kilometre, and its 95 % interval; infinite where the data set no bound.
    intercept
        The day on which the line leaves the origin, counted from `first_day`.
    p_value, smallest_p_value, permutations
        Of onsets exchanged among the places; two-sided (see `front_speed` for a searched origin).
    moran, moran_p_value
        Moran's I of what the line leaves over, among the four nearest places (of fewer than nine, half of the others);
        one-sided: neighbors are alike.
    origin, origin_point, searched
        What it was measured from, its longitude and latitude, and whether it was searched for.
    places, joined, observed_until
        Places in the regression, how many of them joined, and the last day of observation where one was given.
    interval
        How the interval was made.
    by_place
        Index the places; ``km``, ``onset``, ``residual_days`` (later than the line; of a place that had not joined, what is
        expected given that).
    first_day
        The first onset.
    reason
        Why there is no slowness; None where there is one.
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
        """Kilometres a day, 1 / slowness_high; NaN where the interval lies below 0."""
        return self._speeds[0]

    @property
    def speed_high(self) -> float:
        """Kilometres a day, 1 / slowness_low; infinite where the interval holds 0, NaN where it lies below."""
        return self._speeds[1]

    @property
    def _speeds(self) -> tuple[float, float]:
        low, high = self.slowness_low, self.slowness_high
        if math.isnan(low) or high < 0:
            return math.nan, math.nan
        return (1 / high if high > 0 else math.inf), (1 / low if low > 0 else math.inf)

    @property
    def verdict(self) -> FrontVerdict:
        """In a word: "clustering" where what is left over is clearly alike among neighbors; "front" where the interval is above 0."""
        if self.reason is not None:
            return "none"
        if self.moran > 0 and self.moran_p_value <= _LEVEL:
            return "clustering"
        return "front" if self.slowness_low > 0 else "no front"

    @property
    def headline(self) -> str:
        """The verdict in words, without numbers of the test."""
        origin = f"{self.origin}{' (searched for)' if self.searched else ''}"
        if self.verdict == "none":
            return f"no front can be looked for: {self.reason}"
        if self.verdict == "clustering":
            return "regional clustering; a front cannot be told"
        if self.verdict == "front":
            low, high = format_number(self.speed_low), format_number(self.speed_high)
            return f"a front from {origin} at {low if low == high else f'{low}–{high}'} km a day"
        if self.slowness_high < 0:
            return f"no radial front from {origin}: places farther away joined earlier"
        return f"no radial front from {origin}"

    @property
    def sentence(self) -> str:
        """The verdict, the slowness, the test, and what was left over."""
        if self.reason is not None:
            return self.headline
        low, high = format_number(self.slowness_low), format_number(self.slowness_high)
        floor = f", and none could be below {self.smallest_p_value:.2g}" if self.smallest_p_value > _LEVEL else ""
        left = "" if math.isnan(self.moran) else (
            f"; Moran's I of what is left {_format_moran(self.moran)}, {format_p(self.moran_p_value)}")  # fmt: skip
        few = "" if self.joined == self.places else f", of which {self.joined:,} joined"
        return (
            f"{self.headline} ({format_number(self.slowness)} days a km, 95 % interval {low} to {high}; "
            f"{format_p(self.p_value)}{floor}; {self.places:,} places{few}{left})"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers in one row."""
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
    """Regress the onset of each place on its distance from an origin, and say whether that is a front.

    The error is in the onset, so onset is regressed on distance, and the slowness is tested before it is turned into a
    speed: 1 / slowness of onsets that have nothing to do with distance is a large number, and means nothing.

    Parameters
    ----------
    onsets
        Place -> first day (or moment), NaT where it had not joined: `onsets`. Give places in the frame, fixed without
        looking at who joined.
    cities
        Where they are.
    origin
        A city of the onsets that joined: it leaves the regression, where it would make false fronts. Or (longitude,
        latitude), which removes nobody. Or "profile": the city that joined and from which onsets fit outward distance
        best. The search is repeated under every permutation; `p_value` is then of the largest correlation, and the
        interval is as wide as the search makes it.
    permutations
        How often onsets are exchanged among the places. With fewer than 39 no interval has a bound.
    observed_until
        The last day of observation; needed where a place had not joined.
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    FrontResult
        With its ``reason`` instead of numbers where nobody joined, all joined on one day, fewer than three other places
        are there or joined, or all lie equally far from the origin.

    Raises
    ------
    SchemaError
        The onsets are not onsets, or the cities not cities (places without coordinates are named).
    DataError
        Onsets of places that are not in the cities, or after `observed_until`; places that had not joined without it; an
        origin that is no city of the onsets, or did not join; a search over more than 10,000,000 distances.

    Notes
    -----
    Where all places joined, the interval is that of the permutation test: all slownesses that it does not reject when
    their share is taken off the onsets (exact for exchangeable errors; one set of permutations gives the whole interval).
    Else onsets are censored: a normal regression (J. Tobin 1958, doi:10.2307/1907382) with its profile-likelihood
    interval, referred to Student's t instead of the normal, tested by permuting the scores of the fit without distance;
    the interval is extended to 0 where that test does not reject. Whole days hold what happened until midnight, so
    observation ends half a day after the number of its last day. The censored line takes places that had not joined as
    still to join, later: where many never would have, it lies above those that joined, and says little of their pace.
    For the order among those that joined, give only these (``onsets.dropna()``).

    The test holds its level for exchangeable onsets. Onsets that cluster in space look like a front without one: where
    Moran's I of the residuals, over each place's four nearest places, is clear (one-sided p ≤ 0.05), the result says
    that a front cannot be told. Its null permutes the residuals and fits the line again. The days must not be much
    longer than the residuals: rounded to one day, places along a perfect front are alike within each day's ring.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities)).loc[frame.index]
    >>> front = front_speed(first, frame, origin="Zhanaozen", observed_until="2022-01-08", rng=1)
    >>> front.verdict, front.places, front.joined
    ('front', 41, 24)
    """
    check_permutations(permutations)
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
            places, nowhere, Origin("the best place", point, searched=True), permutations, "no place joined"
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
    """Check what was given and return it as numbers."""
    check_onsets(onsets)
    check_cities(cities)
    fix = "onsets(count_events(events, cities)) has the same places; observed_until is the last day of observation"
    unknown = onsets.index[~onsets.index.isin(cities.index)]
    faults = [f"not in the cities: {shorten_list(unknown)}"] if len(unknown) else []
    faults += [] if len(onsets) else ["there are no onsets"]
    waiting = onsets.index[onsets.isna()]
    until = _day(observed_until)
    if observed_until is None:
        faults += (
            [f"had not joined, and no observed_until says by when: {shorten_list(waiting)}"] if len(waiting) else []
        )
    elif until is None:
        faults.append(f"observed_until = {observed_until!r} is no day")
    else:
        late = onsets.index[onsets >= until + pd.Timedelta(days=1)]
        faults += [f"onsets after observed_until: {shorten_list(late)}"] if len(late) else []
    if faults:
        raise DataError("no front can be looked for", faults, fix)
    return DatedPlaces.of(onsets, cities, until)


def _day(given: object) -> pd.Timestamp | None:
    """Return a day without a zone, or None."""
    try:
        day: Any = pd.to_datetime(given)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None
    return day.normalize() if isinstance(day, pd.Timestamp) and not pd.isna(day) and day.tz is None else None


def _origin(
    origin: str | tuple[float, float], places: DatedPlaces, cities: gpd.GeoDataFrame
) -> tuple[int | None, tuple[float, float]]:
    """Return the row of a named origin, or no row and the point."""
    what, fix = "the origin is not known", 'a city that joined, (longitude, latitude), or "profile"'
    if not isinstance(origin, str) and np.ndim(origin) == 1:
        point = pd.to_numeric(pd.Series(list(origin)), errors="coerce")
        if len(point) == 2 and point.notna().all() and abs(point[0]) <= 360 and abs(point[1]) <= 90:
            return None, (float(point[0]), float(point[1]))
        raise DataError(what, [f"origin = {origin!r} is no longitude and latitude"], fix)
    rows = places.names.get_indexer(pd.Index([origin]))
    if rows[0] < 0:
        where = "has no place among the onsets" if origin in cities.index else "is not among the cities"
        raise DataError(what, [f"{origin} {where}"], fix)
    if not places.joined[rows[0]]:
        raise DataError(what, [f"{origin} had not joined"], f"{fix}; the point, if it is meant as a point")
    return int(rows[0]), (math.nan, math.nan)


def _reason(places: DatedPlaces, km: np.ndarray) -> str | None:
    """Say why no line can be fitted, if none can."""
    joined = places.joined
    if len(km) < FEWEST:
        return f"only {format_places(len(km))} besides the origin"
    if not joined.any():
        return "no other place joined"
    if joined.sum() < FEWEST:
        return f"only {format_places(int(joined.sum()))} besides the origin joined"
    if joined.all() and np.ptp(places.days) == 0:
        return "all places joined on the same day"
    if np.ptp(km[joined]) <= 1e-9 * km.max():
        return "all places that joined lie equally far from the origin"
    return None


def _format_point(point: tuple[float, float]) -> str:
    return f"({point[0]:g}, {point[1]:g})"


def _format_moran(number: float) -> str:
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")
