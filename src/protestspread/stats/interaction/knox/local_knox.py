"""The local Knox statistic: which place-days, and which places, have more neighbors in space and time than expected."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ....arguments import Arguments
from ....errors import shorten_list
from ....figures import PlaceMap
from ....inference.multiplicity import Method, warn_if_few_permutations
from ....inference.multiplicity import adjust as adjusted
from ....inference.permutation_test import Alternative, check_test, smallest_p_value
from ....random_streams import seed_of
from ....tables import check_regions
from ....wording import format_days, format_p
from ..dated_points import DatedPoints, Strata, Unit, check_unit
from ..exchange import ExchangedPlaces
from ..schemes import LEVEL, InteractionResult, Scheme, caveats_of, check_scheme, scheme_of, tested_on
from .knox_counts import KnoxLimits, add_limit_faults
from .local_counts import LocalCounts, LocalResults, exchanged_neighbors, shuffled_neighbors

_HOW_ADJUSTED = {"fdr": "Benjamini and Hochberg", "holm": "Holm"}


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class LocalKnox(InteractionResult):
    """Neighbors in space and time of each place-day and of each place, and tests of their number.

    Attributes
    ----------
    table
        Index ``place`` and ``date``; ``statistic`` (number of neighbors), ``expected``, ``excess`` (x - e) / √e, ``p_value``,
        ``adjusted_p_value`` (over the place-days tested), ``p_hypergeometric`` and ``p_hypergeometric_averaged`` (exact, with
        shuffled dates), ``reason`` (why there is no p-value, else "").
    place_table
        Index ``place``; ``lon, lat``, ``place_days``, and for all its place-days together ``statistic``, ``expected``,
        ``excess``, ``p_value``, ``adjusted_p_value`` (over the places tested) and ``reason``; ``significant_days``, its
        place-days with an adjusted p-value of at most 0.05.
    within_km, within_days, exclude_within_km
        Limits; neighbors exactly at a limit are included (≤).
    null, adjust, permutations
        What was exchanged or shuffled, how p-values are adjusted, and the number of draws.
    smallest_p_value
        Smallest p-value, not adjusted, that the draws can give.
    reason
        Why nothing was tested, or None.
    unit, events, reports, places, scheme, caveats, lost
        As in `KnoxResult`.
    """

    table: pd.DataFrame
    place_table: pd.DataFrame
    within_km: float
    within_days: int
    exclude_within_km: float
    null: str
    adjust: Method
    permutations: int
    smallest_p_value: float
    alternative: Alternative = "greater"
    reason: str | None = None

    @property
    def significant(self) -> pd.DataFrame:
        """The place-days whose adjusted p-value is at most 0.05."""
        return self.table[self.table["adjusted_p_value"] <= LEVEL]

    @property
    def significant_places(self) -> pd.DataFrame:
        """The places whose adjusted p-value is at most 0.05."""
        return self.place_table[self.place_table["adjusted_p_value"] <= LEVEL]

    @property
    def p_value(self) -> float:
        """The smallest adjusted p-value, of a place-day or of a place."""
        return float(np.fmin(*(table["adjusted_p_value"].min() for table in (self.table, self.place_table))))

    @property
    def smallest_adjusted_p_value(self) -> float:
        """The smallest adjusted p-value that a single place-day can have with so many draws."""
        return min(1.0, int(self.table["p_value"].notna().sum()) / (self.permutations + 1))

    @property
    def verdict(self) -> str:
        """What can be said: "more neighbors than expected", "no more neighbors than expected" or "cannot tell"."""
        if self.reason:
            return "cannot tell"
        found = len(self.significant) or len(self.significant_places)
        return f"{'' if found else 'no '}more neighbors than expected"

    @property
    def neighbors(self) -> str:
        """What counts as a neighbor, in the plural."""
        between = self.scheme == "exchange_places" or self.exclude_within_km > 0
        which = f"{self.noun} of other places" if between else f"other {self.noun}"
        more = f"more than {self.exclude_within_km:g} km but " if self.exclude_within_km > 0 else ""
        return f"{which} {more}within {self.within_km:g} km and {format_days(self.within_days)}"

    @property
    def sentence(self) -> str:
        """At how many place-days and places there are more neighbors than expected, at which (largest excess first), against which null."""
        if self.reason:
            return f"{self.counted}: cannot tell where there are more {self.neighbors} than expected: {self.reason}."
        days, places = (
            table.sort_values("excess", ascending=False) for table in (self.significant, self.significant_places)
        )
        found = [f"{place} on {date:%Y-%m-%d}" for place, date in days.index]
        where = [_where(found, self.table, self.noun)]
        if self.place_table["p_value"].notna().any():
            where.append(_where(list(places.index), self.place_table, "places"))
        how = f"adjusted by the method of {_HOW_ADJUSTED[self.adjust]}, {self.permutations:,} draws"
        least = "" if len(days) or len(places) else f"; the smallest adjusted {format_p(self.p_value)}"
        return (
            f"{self.counted}: there are more {self.neighbors} than expected at {' and '.join(where)}, with {self.null} "
            f"(p-values {how}{least})."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`: one row for each place-day."""
        return self.table.copy()

    def by_place(self) -> pd.DataFrame:
        """Return a copy of `place_table`: one row for each place."""
        return self.place_table.copy()

    def figure(self, *, regions: gpd.GeoDataFrame | None = None) -> PlaceMap:
        """Return a map of the number of neighbors of each place, over the regions if they are given."""
        if regions is not None:
            check_regions(regions)
        table = self.place_table
        filled = (table["adjusted_p_value"] <= LEVEL) | (table["significant_days"] > 0)
        dots = table[["lon", "lat"]].assign(value=table["statistic"].astype(float), filled=filled)
        fill = f"place, or one of its {self.noun}, with adjusted p ≤ {LEVEL:g}"
        found = "" if filled.any() else f"; no adjusted p ≤ {LEVEL:g}"
        note = (
            f"Cannot tell: {self.reason}" if self.reason else f"Null: {self.null}; {self.permutations:,} draws{found}"
        )
        return PlaceMap(dots, f"Number of {self.neighbors}, by place", fill, regions=regions, note=f"{note}.")


def _where(found: list[str], table: pd.DataFrame, noun: str) -> str:
    """Return how many of the units tested were found, and the first of them."""
    tested = int(table["p_value"].notna().sum())
    names = f" ({shorten_list(found, 6)})" if found else ""
    return f"{len(found) or 'none'} of {tested:,} {noun} tested{names}"


def local_knox(
    events: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    scheme: str | Scheme = "exchange_places",
    strata: Strata | None = None,
    unit: Unit = "place_days",
    exclude_within_km: float = 0.0,
    adjust: Method = "fdr",
    rng: int | np.random.Generator | None = None,
) -> LocalKnox:
    """Find the place-days, and the places, that have more neighbors in space and time than expected.

    The numbers of neighbors of all place-days add up to twice the number of pairs of `knox_test`.

    Parameters
    ----------
    events
        Dated points, at least two. Dates are civil days.
    cities
        Cities with their ``population``, as in `knox_test`.
    within_km, within_days
        Limits of closeness: great-circle kilometers and days, both inclusive.
    permutations
        Number of permutations. A single place-day among m tested can be found only with 20 m - 1 permutations or more; a warning
        tells how many that are.
    scheme
        "exchange_places": a neighbor is a day of another place; the place that is tested stays, and all other places are
        exchanged, each with its days. "dates", to compare with other work: a neighbor is any other place-day; the date that is
        tested stays, and all other dates are shuffled.
    strata
        With "exchange_places": places are exchanged within these strata, which must be the same for all events at a place.
    unit
        "place_days" or "reports", as in `knox_test`.
    exclude_within_km
        Points at most this far apart are not neighbors.
    adjust
        How p-values are adjusted, over the place-days tested and over the places tested: "fdr" (of what is found, 5% is
        expected to be false) or "holm" (any false finding has a probability of 5%).
    rng
        Seed or Generator. The result does not depend on the number of threads or workers, or on the order of the rows.

    Returns
    -------
    LocalKnox
        A row for each place-day (`LocalKnox.to_frame`) and for each place (`LocalKnox.by_place`), with its p-value or the
        reason for none, and a map.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        There are fewer than two events with points, or an argument is not valid.

    Warns
    -----
    LostEventsWarning, ReportsWarning
        As in `knox_test`.
    DataWarning
        With so few permutations, a single place-day cannot be found.

    Notes
    -----
    P. A. Rogerson (2001), Journal of the Royal Statistical Society A 164:87, doi:10.1111/1467-985X.00188; A. Piroutek, R.
    Assunção, T. Paiva (2014), Statistics in Medicine 33:2758, doi:10.1002/sim.6118. The exchange of places is ours.

    With exchanged places, the number x of days of other places close to a place-day is compared with e, the number if each of
    these places had spread its days over time like the eight places nearest to it in population (in its stratum; without
    populations, like all places). The *excess* (x - e) / √e is tested. A place is tested in the same way with the sums of x and
    e over its place-days. Not tested are those of which no neighbors are expected, and those whose neighbors can be exchanged
    in so few ways that they could not be found among as many tests (R. E. Tarone 1990, Biometrics 46:515, doi:10.2307/2531456):
    they would only hide the others. With shuffled dates, the same holds for what the numbers near in space and in time allow.
    Nothing is tested with fewer than ten places.

    With shuffled dates there are two exact p-values, which are two tests. ``p_hypergeometric`` holds the date of the
    place-day: P(X ≥ x) where as many of the other N - 1 dates are drawn as there are other place-days near in space, and
    those near in time are marked. ``p_value`` estimates it from the draws. ``p_hypergeometric_averaged`` averages P(X ≥ x)
    over the numbers of neighbors in time of all place-days, so that the date of the place-day is shuffled too;
    ``pointpats.KnoxLocal`` gives this one.

    In simulated worlds without spread, a place-day or a place is found in at most 7%. What fools it is what fools `knox_test`: a
    cause that neighboring places share and the strata do not hold (59% of worlds), reporting that moves from region to region
    (19%), events that were entered a second time under a nearby place (9%) and, without `cities`, large places that lie
    together and protest early (58%). Shuffled dates are also fooled by campaigns (65%). ``docs/calibration.md`` has the error
    rates, and the power, which is below that of `knox_test`: nothing found is no sign that there was no spread.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.local_knox(case.events, case.cities, within_km=200, within_days=1, rng=1)
    >>> int(result.to_frame()["statistic"].sum()) // 2
    148
    >>> result.verdict
    'no more neighbors than expected'
    """
    chosen = scheme_of(scheme, strata)
    with Arguments() as check:
        add_limit_faults(check, within_km, within_days, exclude_within_km)
        check_scheme(check, chosen, "exchange_places", "dates")
        check_test(check, permutations)
        check_unit(check, unit)
        check.choice("adjust", adjust, list(_HOW_ADJUSTED))
    sample = DatedPoints.of(events, chosen.labels, unit=unit, cities=cities, limits=(within_km, within_days))
    limits = KnoxLimits(float(within_km), int(within_days), float(exclude_within_km))
    return local_knox_of(sample, chosen, limits, permutations=permutations, adjust=adjust, seed=seed_of(rng))


def local_knox_of(
    sample: DatedPoints, scheme: Scheme, limits: KnoxLimits, *, permutations: int, adjust: Method, seed: int
) -> LocalKnox:
    """Run the tests on dated points, on the sphere or in the plane."""
    sampler = scheme.sampler(sample, seed)
    if isinstance(sampler, ExchangedPlaces):
        found = exchanged_neighbors(sample, sampler, limits, permutations)
    else:
        found = shuffled_neighbors(sample, seed, limits, permutations)
    table, place_table = _tables(sample, found, adjust)
    tested, least = int(table["p_value"].notna().sum()), smallest_p_value(permutations, sampler.log_arrangements)
    reason = None
    if not tested and place_table["p_value"].isna().all():
        reason = Counter(table["reason"]).most_common(1)[0][0]
    elif least > LEVEL:
        reason = f"with {permutations:,} draws, no p-value can be below {least:.2g}"
    else:
        warn_if_few_permutations(tested, permutations)
    result = LocalKnox(
        table=table, place_table=place_table, within_km=limits.km, within_days=limits.days, exclude_within_km=limits.exclude_km,
        null=sampler.null, adjust=adjust, permutations=permutations, smallest_p_value=least, reason=reason, **tested_on(sample, scheme.name),
    )  # fmt: skip
    return replace(result, caveats=(*caveats_of(sample, sampler, result, moments=False), *_more_caveats(result)))


def _tables(sample: DatedPoints, found: LocalResults, method: Method) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of place-days, by place and date, and the table of places."""
    names = np.array(sample.names, dtype=object)
    dates = pd.to_datetime(sample.days.astype(np.int64) + sample.first_day, unit="D")
    days = _columns(found.place_days, method)
    exact = {name: getattr(found, name) for name in ("p_hypergeometric", "p_hypergeometric_averaged")}
    significant = np.bincount(sample.place, days["adjusted_p_value"] <= LEVEL).astype(np.int64)
    index = pd.MultiIndex.from_arrays([names[sample.place], dates], names=["place", "date"])
    table = pd.DataFrame({**days, **exact, "reason": found.place_days.reason}, index)
    sites = {"lon": sample.sites.x, "lat": sample.sites.y, "place_days": np.bincount(sample.place)}
    tested = {**_columns(found.places, method), "significant_days": significant, "reason": found.places.reason}
    return table.iloc[np.lexsort((sample.days, sample.place))], pd.DataFrame(
        sites | tested, pd.Index(names, name="place")
    )


def _columns(counts: LocalCounts, method: Method) -> dict[str, Any]:
    return {
        "statistic": counts.statistic, "expected": counts.expected, "excess": counts.excess, "p_value": counts.p_value,
        "adjusted_p_value": adjusted(counts.p_value, method),
    }  # fmt: skip


def _more_caveats(result: LocalKnox) -> list[str]:
    """Return what holds for local tests only, in sentences."""
    said = []
    if result.reason is None and result.smallest_adjusted_p_value > LEVEL:
        least = result.smallest_adjusted_p_value
        said.append(
            f"With {result.permutations:,} draws, a single place-day has an adjusted p-value of at least {least:.2g}."
        )
    if result.verdict == "more neighbors than expected":
        said.append("Place-days close together share their neighbors, so that one cluster is found several times.")
    return said
