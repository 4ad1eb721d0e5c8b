"""The space-time permutation scan: which neighboring places are more active on some days than chance allows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ....arguments import Arguments
from ....arrays import Int32Array, IntArray
from ....inference.exchange import cannot_tell
from ....inference.permutation_test import Draws, Sampler, check_test, p_values
from ....kernels.scan.cylinders_plain import CylinderLimits
from ....random_streams import seed_of
from ..dated_points import DatedPoints, Strata, Unit, check_unit
from ..exchange import ExchangedPlaces
from ..points import MOST_DAYS
from ..schemes import Scheme, caveats_of, check_scheme, scheme_of, tested_on
from .circles import PlaceCircles
from .panel_points import panel_points
from .result import ScanResult
from .search import MOST_CLUSTERS, CylinderMaxima
from .tables import ClusterTables

_TRAPS = "So do neighbors that happen to be the first, on a day when nobody else is active, and events entered again under a nearby place."
_PLACES = "cities (index 'city') or regions (index 'region_id')"


def scan_statistic(
    data: gpd.GeoDataFrame | pd.DataFrame,
    places: gpd.GeoDataFrame | None = None,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    scheme: str | Scheme = "exchange_places",
    strata: Strata | Mapping[Any, Any] | None = None,
    secondary: bool = True,
    at_least: float | None = None,
    unit: Unit = "place_days",
    rng: int | np.random.Generator | None = None,
) -> ScanResult:
    """Find the clusters of neighboring places and consecutive days with more protest than expected, and test the largest.

    Every *cylinder* is compared with what is expected: all places within some distance of an active place (the circle), and some
    consecutive days. No populations at risk are needed: expected are the events in the circle times the share of all events
    that fall on these days.

    Parameters
    ----------
    data
        Events, at least two; or a panel of counts (one row a day, one column a place). Days on which no place was
        observed are left out; on all others, all places must be observed.
    places
        Of events: cities with their ``population`` (see `place_days`); places are then exchanged among those of like population.
        Without them, large places that lie together and protest early look like a cluster. Of a panel, required: its cities, or
        its regions, each of which lies at a point inside it.
    within_km
        Largest radius of a circle, in great-circle kilometers. With 0, circles are single places.
    within_days
        Most days of a cluster, at least 1: 7 is from Monday to Sunday.
    permutations
        Number of permutations.
    scheme
        "exchange_places": whole places, each with its days, are exchanged (within `strata` if given). Only cylinders in which at
        least two places are active count, so a campaign of a single place is no cluster. "dates": dates are shuffled over all
        events, as in the literature; every place with a campaign of its own is then a cluster.
    strata
        Of events, a column such as "region_id" or a label per event; of a panel, a column of `places`, or a label for each place.
    secondary
        Whether further clusters are listed, at most 100: each the most likely one that shares no place and day with a better one.
    at_least
        Of a panel: the count from which a place is active on a day, by default 1. Required if the panel holds attendance and not
        counts of reports.
    unit
        "place_days": a place active on a day counts once, however many reports tell of it. "reports": each report counts.
    rng
        Seed or Generator. The result does not depend on the number of threads or workers, or on the order of the rows.

    Returns
    -------
    ScanResult
        ``.clusters``, ``.members``, ``.verdict``, ``.sentence`` and ``.plot(regions=...)``; without a p-value, but with a reason, if
        nothing can be tested (one place, one day, no places within reach of each other).

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        There are fewer than two events; limits or strata are not valid; the panel has days on which only some places were observed, or looks like attendance and
        ``at_least`` is not given; or places of the panel are not in `places`.

    Warns
    -----
    LostEventsWarning
        Events without a point, or less precise in place or date than the limits, are left out, and counted in ``lost``.
    ReportsWarning
        With ``unit="reports"``: several reports are of one place and day.

    Notes
    -----
    M. Kulldorff, R. Heffernan, J. Hartman, R. Assunção, F. Mostashari (2005), A space–time permutation scan statistic for
    disease outbreak detection, PLoS Medicine 2:e59, doi:10.1371/journal.pmed.0020059. With c events observed and μ expected of
    N in all, the log likelihood ratio is c log(c/μ) + (N−c) log((N−c)/(N−μ)) where c > μ and c ≥ 2. Of equal ratios (rounded to
    ten digits), the cylinder with the fewest places comes first, then with the fewest days, the first center by name, and the
    earliest. A cluster begins and ends on a day with an event.

    The p-value is the rank of the largest ratio among the largest of each draw, so it holds for all cylinders at once. Those of
    further clusters are ranked among the same maxima, which is conservative.

    What fools it: a cause that neighboring places share and the strata do not hold, such as shocks of whole regions (40% of worlds) or
    reporting that moves across the country (8%); neighbors that happen to be the first, on a day when nobody else is active (20%; 10%
    within strata); events that were entered a second time under a nearby place (10%; see `deduplicate`); places that lie exactly in
    the order of their size and protest in this order (10%); without populations, large places that lie together and protest early. Shuffled dates are also fooled by campaigns
    of single places, and by places that are active at different times. ``docs/calibration.md`` has the error rates.

    Emerging hot spots (trends of local statistics) are not built: their verdicts hang on trend tests of a few points, and a wave
    that rises and falls has no monotone trend.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> found = ps.scan_statistic(case.events, case.cities, within_km=300, within_days=3, permutations=99, rng=1)
    >>> found.verdict, found.clusters.loc[1, "center"], found.clusters.loc[1, "observed"]
    ('cluster', 'Zhanaozen', np.int64(8))
    """
    chosen = scheme_of(scheme, pd.Series(dict(strata)) if isinstance(strata, Mapping) else strata)
    panel = isinstance(data, pd.DataFrame) and not isinstance(data, gpd.GeoDataFrame)
    with Arguments() as check:
        km = check.number("within_km", within_km, at_least=0)
        days = check.whole("within_days", within_days, at_least=1, at_most=MOST_DAYS)
        check_scheme(check, chosen, "exchange_places", "dates")
        check_test(check, permutations)
        check_unit(check, unit)
        check.flag("secondary", secondary)
        check.number("at_least", at_least, above=0, optional=True)
        if not panel and at_least is not None:
            check.fault("at_least must be None for events, which are counted and have no number of their own")
        if panel and not isinstance(places, gpd.GeoDataFrame):
            check.instance("places", places, gpd.GeoDataFrame, f"the places of the panel: {_PLACES}")
    if panel:
        sample = panel_points(data, places, chosen.labels, at_least=at_least, unit=unit)
    else:
        sample = DatedPoints.of(data, chosen.labels, unit=unit, cities=places, limits=(km, days))
    return scan_of(sample, chosen, km, days, permutations=permutations, secondary=secondary, seed=seed_of(rng))


def scan_of(
    sample: DatedPoints, scheme: Scheme, within_km: float, within_days: int, *, permutations: int, secondary: bool, seed: int
) -> ScanResult:  # fmt: skip
    """Run the scan on dated points, on the sphere or in the plane."""
    days, calendar = _without_gaps(sample.days, within_days)
    sampler = scheme.sampler(replace(sample, days=days), seed)
    exchanged = isinstance(sampler, ExchangedPlaces)
    around = PlaceCircles.of(sample.sites, within_km)
    test = CylinderMaxima.of(sampler, around, sample.place, days, CylinderLimits(within_days, 2 if exchanged else 1))
    best, ratio = test.ranked().apart(around, MOST_CLUSTERS if secondary else 1)
    reason = _reason(sample, around, sampler)
    if reason:
        draws = Draws(ratio.max(initial=0.0), np.full(permutations, np.nan))
    else:
        draws = test.draws(permutations)
        reason = draws.constant("largest log likelihood ratio")
    p = np.full(len(ratio), np.nan) if reason else p_values(ratio, draws.null[:, None])
    tables = ClusterTables(sample, around, days, calendar, best, ratio)
    result = ScanResult(
        clusters=tables.summary(p), members=tables.members(), all_places=tables.places(), within_km=float(within_km),
        within_days=int(within_days), what="largest log likelihood ratio", **tested_on(sample, scheme.name),
        **draws.test(sampler, "greater", reason),
    )  # fmt: skip
    traps = (_TRAPS,) if result.verdict == "cluster" else ()
    return replace(result, caveats=(*caveats_of(sample, sampler, result, moments=False), *traps))


def _without_gaps(days: Int32Array, within_days: int) -> tuple[Int32Array, IntArray]:
    """Return the day of each event without the gaps that no cluster can bridge, and the true day of each of these days."""
    true, number = np.unique(days, return_inverse=True)
    moved = np.concatenate([[0], np.cumsum(np.minimum(np.diff(true), within_days))])
    calendar = np.zeros(int(moved[-1]) + 1, dtype=np.int64)
    calendar[moved] = true
    return moved[number].astype(np.int32), calendar


def _reason(sample: DatedPoints, around: PlaceCircles, sampler: Sampler) -> str | None:
    """Return why no cluster could be found, or None."""
    if len(sample) < 2:
        return f"there is only one {sample.noun[:-1]}"
    if sample.last_day == 0:
        return f"all {sample.noun} are on one day"
    if len(sample.sites) == 1:
        return f"all {sample.noun} are at one place"
    if not isinstance(sampler, ExchangedPlaces):
        return None
    if len(around.km) == len(sample.sites):
        return "no two active places lie within the largest radius of each other"
    return cannot_tell(sampler.blocks)
