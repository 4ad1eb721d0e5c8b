"""Test whether onsets spread outward from one place, and estimate the speed only if they do."""

from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, argument_error, must_be, shorten_list
from ...inference.permutation_test import check_test
from ...random_streams import seed_of
from ...tables import check_cities, check_onsets
from .dated_places import DatedPlaces
from .origins import fitting_origins
from .parts import Origin, fit_parts, vary
from .result import FrontResult
from .timing import Settings

_FIX = "pass onsets(count_events(events, cities)), and the last day of observation as observed_until"
_MOST_UNKNOWN = 0.1  # share of the onsets in places without a population


def front_speed(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    *,
    origin: str | tuple[float, float],
    attributes: Literal["population"] | None = "population",
    strata: str | None = "region_id",
    permutations: int = 999,
    observed_until: str | pd.Timestamp | None = None,
    min_km: float = 1.0,
    rng: int | np.random.Generator | None = None,
) -> FrontResult:
    """Test whether places farther from an origin were less likely to join (reach), and whether they joined later (a front).

    The two are separate questions, and only the second has a speed. Reach: the odds of ever joining by distance. Timing: the
    day of joining by distance, over the places that joined. If the days do not depend on distance, 1 / slowness is a large
    number without meaning, and no speed is given.

    Parameters
    ----------
    onsets
        First day (or moment) of each place, NaT without an onset: see `onsets`. The set of places must be chosen
        independently of who had an onset.
    cities
        Coordinates of the places; ``population`` and ``region_id`` are used where they are given.
    origin
        A city with an onset, which is left out of both parts, because it would create false fronts. Or (longitude,
        latitude), which leaves out no city. Or "profile": the city with an onset whose distances correlate most with the
        days. The search is repeated for every permutation: `p_value` is that of the largest correlation, and the
        interval is widened accordingly.
    attributes
        "population": log population is in both parts, if `cities` has it: where larger places join earlier and lie
        together, their days look like a front. None: it is not.
    strata
        The column of `cities` with groups of places that may share a cause, ignored if it is "region_id" and missing. If
        residuals are alike within strata, there is no front; each stratum is left out once in the table of sensitivity.
    permutations
        Number of permutations of the days among the places that joined.
    observed_until
        Last day of observation; required if places have no onset.
    min_km
        The distance from the origin, in kilometers, that places are taken to have at least.
    rng
        A whole number, a numpy Generator, or None. The order of rows does not matter.

    Returns
    -------
    FrontResult
        With a ``reason`` instead of numbers of the timing if fewer than three places (four with population) besides the
        origin joined after the first day, all of these on one day or at one distance.

    Raises
    ------
    SchemaError
        `onsets` or `cities` is not a valid table (places without coordinates are named).
    DataError
        Onsets of places that are not in `cities`, or after `observed_until`; places without an onset if it is not given;
        an origin that is not among the onsets or has none; more than a tenth of the onsets in places without a population;
        a search over more than 10,000,000 distances.

    Notes
    -----
    *Places.* Those that joined on the first day are in neither part: they began, and if they lie together, they alone would
    make a front.

    *Reach* is a logit of ever joining on distance, with profile-likelihood intervals and the likelihood-ratio p-value.

    *Timing* is a regression of the day of joining on distance with normal errors; a whole day is an interval of that length
    (J. Tobin 1958, doi:10.2307/1907382; J. Burridge 1981, doi:10.1111/j.2517-6161.1981.tb01150.x). Its p-value permutes the
    expected errors of the fit without distance (D. Freedman, D. Lane 1983, doi:10.1080/07350015.1983.10509354), and the
    interval is the profile likelihood with Student's t, extended to 0 if that test does not reject. If all onsets are
    moments, the interval is instead that of the slownesses that the permutation test does not reject.

    *Verdict.* "front" if the interval lies above 0 and p ≤ 0.05, unless the residuals are alike among neighbors (Moran's I over
    the four nearest places) or within strata (variance between strata; both one-sided p ≤ 0.1, against residuals permuted
    and the line refitted), or the speed is above 500 km a day for certain, about a day's drive: that is "news", not a front of people or of talk. Otherwise
    "reach" if nearer places were likelier to join, "clustering" if residuals are alike, and else "no front" or "cannot
    tell".

    *What fools it.* A cause shared by neighbors that comes later at greater distance is a front by any test of this kind.
    Without populations, larger places that join earlier and lie together look like one. While a front still moves at the
    end of observation, only its early places are in the timing part, and its speed is overestimated. Reach follows also
    from places near the origin being alike, or better reported.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities)).loc[frame.index]
    >>> front = ps.front_speed(first, frame, origin="Zhanaozen", observed_until="2022-01-08", rng=1)
    >>> front.verdict, front.places, front.joined
    ('news', 39, 22)
    """
    with Arguments() as check:
        check_test(check, permutations)
        check.choice("attributes", attributes, ["population"], optional=True)
        check.text("strata", strata, optional=True)
        min_km = check.number("min_km", min_km, at_least=0)
    settings = Settings(permutations, seed_of(rng), min_km)
    places, unknown = _places(onsets, cities, observed_until, attributes, strata)
    start = None if isinstance(origin, str) and origin == "profile" else _origin(origin, places, cities, unknown)
    parts = fit_parts(places, start, settings)
    by_place = parts.by_place(places)
    return FrontResult(
        parts=parts, by_place=by_place.reindex(onsets.index[onsets.index.isin(by_place.index)]), permutations=permutations,
        first_day=places.first_day, observed_until=places.until, started=int(places.started.sum()),
        sensitivity=vary(places, start, settings, parts), origins=fitting_origins(places, settings),
        left_out=tuple(map(str, unknown)), min_km=min_km,
    )  # fmt: skip


def _places(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    observed_until: str | pd.Timestamp | None,
    attributes: str | None,
    strata: str | None,
) -> tuple[DatedPlaces, pd.Index]:
    """Check the arguments and convert them to arrays; return also the places without a population, which are left out."""
    check_onsets(onsets)
    check_cities(cities)
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
    if strata not in cities and strata not in (None, "region_id"):
        faults.append(f"strata must be a column of cities; got {strata!r}")
    if faults:
        raise argument_error(faults, _FIX)
    strata = strata if strata in cities else None
    if attributes is None or "population" not in cities:
        return DatedPlaces.of(onsets, cities, until, population=False, strata=strata), onsets.index[:0]
    people = cities["population"].reindex(onsets.index).to_numpy(dtype=float, na_value=np.nan)
    bare = onsets.index[~(people > 0)]
    lost = onsets[bare].notna().sum()
    if lost > _MOST_UNKNOWN * onsets.notna().sum():
        what = f"cities has no population above 0 for {lost:,} of {onsets.notna().sum():,} places with an onset: {shorten_list(bare)}"
        raise DataError(what, fix="fill it in, or pass attributes=None to leave population out of the model")
    return DatedPlaces.of(onsets.drop(bare), cities, until, population=True, strata=strata), bare


def _origin(
    origin: str | tuple[float, float], places: DatedPlaces, cities: gpd.GeoDataFrame, unknown: pd.Index
) -> Origin:
    """Return a named origin, or the point."""
    fix = "pass a city with an onset, a point as (longitude, latitude), or 'profile'"
    if not isinstance(origin, str | int | float | np.number):
        check = Arguments()
        point = [] if np.ndim(origin) != 1 else [check.number("origin", number) for number in list(origin)]
        if len(point) == 2 and not check.faults and abs(point[0]) <= 360 and abs(point[1]) <= 90:
            return Origin(f"({point[0]:g}, {point[1]:g})", (point[0], point[1]))
        need = "(longitude, latitude), with latitude from -90 to 90, or the name of a city"
        raise DataError(must_be("origin", need, str(origin) if isinstance(origin, tuple | list) else origin), fix=fix)
    with Arguments(fix) as unicode:
        unicode.names("origin", [origin], "a city, a point or 'profile'")
    rows = places.names.get_indexer(pd.Index([origin]))
    if rows[0] < 0:
        table = "onsets" if origin in cities.index else "cities"
        if origin in unknown:
            raise DataError(
                f"origin must have a population; {origin} has none", fix="fill it in, or pass attributes=None"
            )
        raise DataError(f"origin must be a city in cities and onsets; {origin} is not in {table}", fix=fix)
    if not places.joined[rows[0]]:
        raise DataError(f"origin must be a city with an onset; {origin} has none", fix=fix)
    return Origin.of_row(int(rows[0]), places)
