"""Whether events of one type follow those of another near by: Knox's test with a direction."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from ....arguments import Arguments
from ....arrays import FloatArray, IntArray
from ....errors import must_be, shorten_list
from ....inference.permutation_test import Draws, check_test
from ....random_streams import seed_of
from ....tables import check_cities, check_events
from ....wording import join_words
from ..dated_points import Strata, Unit, check_unit
from .response_nulls import DatesShuffled, LagWeights, PairsByLag, TypesExchanged
from .response_result import OrderedPairs, ResponseNull, ResponseResult, caveats_of_response
from .typed_points import LaggedPairs, TypedPoints

_MOST_DAYS = 366


@dataclass(frozen=True)
class ResponseLimits:
    """The limits of a response: kilometers, days, and whether it may come on the same day."""

    km: float
    days: int
    include_same_day: bool = False

    @property
    def weights(self) -> tuple[LagWeights, LagWeights, LagWeights]:
        """The weights of the lags in the pairs of this order, in those of the other, and in their difference."""
        lags, least = np.arange(-self.days, self.days + 1), 0 if self.include_same_day else 1
        return (lags >= least).astype(np.int64), (lags <= -least).astype(np.int64), np.sign(lags)


def response_test(
    events: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    first: str | Collection[str],
    then: str | Collection[str],
    within_km: float,
    within_days: int,
    include_same_day: bool = False,
    permutations: int = 999,
    strata: Strata | None = None,
    unit: Unit = "place_days",
    rng: int | np.random.Generator | None = None,
) -> ResponseResult:
    """Test whether events of one type follow those of another near by, more often than they come before them.

    Parameters
    ----------
    events
        Dated points with a column ``event_type``. Dates are civil days.
    cities
        Cities, whose points are those of their events (see `place_days`).
    first, then
        The types of events A and B: one name, or several. The question is whether B (`then`) follows A (`first`).
    within_km
        Great-circle kilometers between A and B, at most; 0 for the same place.
    within_days
        Days from A to B, at most: 1 to 366.
    include_same_day
        Whether B on the day of A counts as well; days do not tell which came first.
    permutations
        Number of draws under each null.
    strata
        The dates of B are shuffled within these: columns of the events, calendar units or one label per event, as in
        `knox_test`. With regions, a wave of a whole region is part of the null.
    unit
        "place_days": a place and day with events of a type counts once for A and once for B. "reports": each event counts.
    rng
        Seed or Generator. The result does not depend on the number of threads or workers, or on the order of the rows.

    Returns
    -------
    ResponseResult
        The pairs in both orders under two nulls, by lag and by place, with a verdict; without a p-value, but with a reason,
        where a null cannot vary (no place with both types, one date, one place).

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        A type is not in the data, or is both first and then; or limits or strata are not valid.

    Warns
    -----
    LostEventsWarning
        Events without a point, without the place that the strata name, or less precise in place or date than the limits, are
        left out, and counted in ``lost``.
    ReportsWarning
        With ``unit="reports"``: several reports of a type are of one place and day.

    Notes
    -----
    A pair is a place-day of A and one of B at most `within_km` apart, with B one to `within_days` days after A. The statistic
    is Knox's (1964), with types and a direction. Its moments under both nulls are exact; p-values come from draws.

    *Types exchanged within places*: the types are permuted among the place-days of a place (a day with both keeps both).
    When each place is active is held fixed, and where. It is rejected where A comes first everywhere, for whatever reason.

    *Dates of B shuffled*: the dates of B are permuted over its place-days. The places and days of A and the order of the
    whole country are held fixed. It is rejected where places are active at different times.

    The verdict "B follows A" needs both nulls rejected. It also needs more pairs in this order than in the other, with types
    exchanged: the difference, divided by the square root of the number of pairs in either order. Two types that are drawn to
    each other in no order reject both nulls.

    In simulated worlds without a response (campaigns, regional shocks, an order of the whole country, types drawn together) the
    verdict is wrong in at most 18 of 300 (``docs/calibration.md``). What fools it: local waves that usually begin with A and end
    with B, unless they are waves of whole `strata`; events that are entered once as A and days later as B. Long runs of one type
    within places make the first null cautious.

    E. G. Knox (1964), Applied Statistics 13:25, doi:10.2307/2985220.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> limits = {"within_km": 0, "within_days": 2}
    >>> result = ps.response_test(case.events, case.cities, first="protest", then="armed_clash", **limits, permutations=199, rng=1)
    >>> result.statistic, result.types.reverse.observed
    (6, 0)
    >>> round(result.types.forward.expected, 2), round(result.dates.forward.expected, 2)
    (4.17, 5.78)
    >>> result.verdict
    'cannot tell'
    """
    check_events(events)
    if cities is not None:
        check_cities(cities)
    with Arguments() as check:
        kinds = _check_types(check, events, first, then)
        km = check.number("within_km", within_km, at_least=0)
        days = check.number("within_days", within_days, at_least=1, at_most=_MOST_DAYS)
        if isinstance(days, float) and days % 1:
            check.fault(must_be("within_days", "a whole number of days of at least 1", within_days))
        same_day = check.flag("include_same_day", include_same_day)
        check_test(check, permutations)
        check_unit(check, unit)
    points = TypedPoints.of(events, kinds, strata, unit=unit, cities=cities, limits=(km, days))
    names = tuple(join_words([str(kind) for kind in kinds_of], "or") for kinds_of in kinds)
    return response_of(
        points, names, ResponseLimits(km, int(days), same_day), permutations=permutations, seed=seed_of(rng)
    )


def _check_types(
    check: Arguments, events: gpd.GeoDataFrame, first: object, then: object
) -> tuple[list[str], list[str]]:
    """Return the types of both kinds; record those that are unknown, and those of both kinds."""
    if "event_type" not in events:
        check.fault("event_type must be a column of events, with the type of each event; it is missing")
        return [], []
    there = sorted(events["event_type"].dropna().unique())
    kinds: list[list[str]] = []
    for argument, value in (("first", first), ("then", then)):
        given = [value] if isinstance(value, str) else check.names(argument, value, "a type of events, or several")
        if given == []:
            check.fault(must_be(argument, "a type of events, or several", given))
        kinds.append(list(dict.fromkeys(given)) if isinstance(given, list) else [])
        unknown = [name for name in kinds[-1] if name not in there]
        if unknown:
            known = shorten_list(there, 20)
            check.fault(f"{argument} must be types that events have ({known}); got {shorten_list(unknown)}")
    both = [name for name in kinds[0] if name in kinds[1]]
    if both:
        check.fault(f"then must differ from first; both hold {shorten_list(both)}")
    return kinds[0], kinds[1]


def response_of(
    points: TypedPoints, names: tuple[str, ...], limits: ResponseLimits, *, permutations: int, seed: int
) -> ResponseResult:
    """Run the test on points of two kinds, on the sphere or in the plane."""
    first, then = names
    near = points.near(limits.km)
    within = f" within {points.strata_name}" if points.strata_name else ""
    by_types = TypesExchanged.of(points, near, limits.days, seed)
    by_dates = DatesShuffled.of(points, near, limits.days, seed, f"the dates of {then} shuffled{within}")
    observed, types = _tested(by_types, limits, permutations, "no place has days of both types that could be exchanged")
    _, dates = _tested(by_dates, limits, permutations, f"the dates of {then} are the same{within}")
    bands = {
        f"{name}_{column}": null.by_lag[column]
        for name, null in (("types", types), ("dates", dates))
        for column in null.by_lag
    }
    profile = pd.DataFrame({"pairs": observed, **bands}, index=types.by_lag.index)
    result = ResponseResult(
        first=first, then=then, first_events=int((~points.then).sum()), then_events=int(points.then.sum()), types=types, dates=dates,
        profile=profile, within_km=limits.km, within_days=limits.days, include_same_day=limits.include_same_day,
        pairs_by_place=_by_place(points, by_types.pairs, limits), permutations=permutations, unit=points.unit, events=len(points),
        reports=points.reports, places=len(points.sites), scheme="types, dates", lost=points.lost,
    )  # fmt: skip
    return replace(result, caveats=caveats_of_response(result, points.strata_name))


def _tested(pairs: PairsByLag, limits: ResponseLimits, permutations: int, fixed: str) -> tuple[IntArray, ResponseNull]:
    """Return the observed pairs by lag, and the pairs of each order under a null; `fixed` says why it could not vary."""
    draws, many = pairs.draws(permutations), pairs.sampler.log_arrangements
    reason = fixed if many < 1e-9 else None

    def counted(weights: LagWeights) -> Draws:
        return draws.map(lambda by_lag: by_lag @ weights)

    def tested(weights: LagWeights, scaled: Draws | None = None) -> OrderedPairs:
        return OrderedPairs.of(counted(weights), pairs.moments(weights), many, reason, tested=scaled)

    forward, reverse, sign = limits.weights
    difference, apart = counted(sign), counted(np.abs(sign))
    scaled = Draws(_scaled(difference.observed, apart.observed), _scaled(difference.null, apart.null))
    low, high = np.quantile(draws.null, [0.025, 0.975], axis=0)
    lags = pd.Index(pairs.lags, name="lag")
    by_lag = pd.DataFrame({"expected": pairs.expected, "low": low, "high": high}, index=lags)
    null = ResponseNull(pairs.sampler.null, tested(forward), tested(reverse), tested(sign, scaled), by_lag)
    return draws.observed, null


def _scaled(difference: IntArray, pairs: IntArray) -> FloatArray:
    """Return differences divided by the square root of the number of pairs."""
    return np.asarray(difference / np.sqrt(np.maximum(pairs, 1)))


def _by_place(points: TypedPoints, pairs: LaggedPairs, limits: ResponseLimits) -> pd.DataFrame:
    """Return the points of each kind at each place, and the pairs in which the second kind followed there."""
    count, then = len(points.sites), points.then
    earlier, later, same_day = pairs.earlier, pairs.later, pairs.lag == 0
    after = later[~then[earlier] & then[later] & ~same_day]
    if limits.include_same_day:
        after = np.concatenate(
            [after, *(one[then[one] & ~then[two] & same_day] for one, two in ((earlier, later), (later, earlier)))]
        )
    return pd.DataFrame(
        {
            "lon": points.sites.x, "lat": points.sites.y, "first": np.bincount(points.place[~then], minlength=count),
            "then": np.bincount(points.place[then], minlength=count), "pairs": np.bincount(points.place[after], minlength=count),
        },
        index=pd.Index(points.names, name="place"),
    )  # fmt: skip
