"""Hold a fit of contagion against its rivals: spreads without transmission that could have given the same data."""

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
from ..errors import DataError, argument_error, must_be, shorten_list
from ..inference.likelihood.fits import Fit
from ..inference.permutation_test import MOST_PERMUTATIONS
from ..inference.replicates import replicate_parts
from ..inference.strata import PlaceStrata, encode_strata
from ..models.attributes import population_or_none
from ..models.hazards.fit import EventHistoryFit
from ..models.hazards.refits import EventHistoryRefits
from ..models.nbda.fit import NetworkFit
from ..models.nbda.refits import NetworkRefits
from ..models.worlds import AttributesWorld, NullSpread, World
from ..progress import progress
from ..tables import check_cities
from .cloud_files import CloudFile
from .result import FIT, Falsification
from .rivals import NAMED_RIVALS, Rival, check_rivals
from .simulated_spreads import OnsetRefits, SimulatedSpreads
from .spread_statistics import SpreadStatistics, distances_between

_FEWEST_ONSETS = 5
_FEWEST_DRAWS = 39


def falsify(
    fit: Fit,
    cities: gpd.GeoDataFrame | None = None,
    *,
    rivals: Iterable[str | World | Rival] = tuple(NAMED_RIVALS),
    strata: PlaceStrata = None,
    draws: int = 199,
    path: str | Path | None = None,
    rng: int | np.random.Generator | None = None,
) -> Falsification:
    """Hold a fit of contagion against its rivals: spreads without transmission that could give the same onsets.

    From each rival and from the fit itself, spreads are simulated and the model is fitted again to each. The data and every spread
    are described by the likelihood ratio of the networks, the exponents of population and distance (see `decompose_diffusion`), the
    pairs of onsets within regions, the concentration on days, and the shares of tied onsets on one day, one and two days apart. A
    rival is rejected where the data lie outside its spreads. "Fits only contagion" is said where every rival is rejected and the
    fit is not.

    Parameters
    ----------
    fit
        A fit of `fit_tada` (with daily times), `fit_oada` or `fit_event_history` (of first onsets), with attributes.
    cities
        The places of the fit, with ``population`` and positions. Without them, there are no exponents and no reporting delay.
    rivals
        Names, worlds, or `Rival` values:

        - "attributes": places join by their attributes alone, as fitted;
        - "regional shocks": each region has as many onsets on each day as in the data, of places drawn by their attributes;
        - "common shock": the same for the whole country, so that national shocks, weekdays and trends are part of it;
        - "reporting delay": small places are reported late (`ReportingDelayWorld`), after independent onsets, or after onsets that
          were all on the first day, with three exponents.
    strata
        Region of each place; by default the column ``region_id`` of ``cities``.
    draws
        Number of spreads of each world, from 39.
    path
        A file to keep the simulated spreads in. A later call with the same arguments goes on where this one stopped.
    rng
        A seed or a Generator; results do not depend on the number of workers.

    Returns
    -------
    Falsification
        With ``verdict``, ``p_values``, ``table``, ``confusion``, ``power``, ``plot()``.

    Raises
    ------
    DataError
        The fit is of another kind, has no networks, fewer than 5 onsets or onsets on one day only; it has no attributes, which the
        rival "attributes" needs; a rival is not known, or none can be tried; the cities lack places of the fit.

    Notes
    -----
    For each world, the statistics of the data and of the draws are ranked; the smallest two-sided tail of the data is compared with
    that of every draw, which gives one p-value (1 + #) / (draws + 1) for all statistics together. A rival of several worlds has the
    largest of their p-values.

    *What fools it.* Causes that tied places share and that neither attributes nor regions describe, and shocks to regions that are
    not the strata. With few places a region, regional shocks can hardly be distinguished from contagion, so that the verdict is "cannot
    tell". False claims and power in simulated worlds: ``docs/calibration.md``.

    C. R. Shalizi, A. C. Thomas (2011), Homophily and contagion are generically confounded in observational social network studies,
    Sociological Methods & Research 40:211-239, doi:10.1177/0049124111404820.

    Examples
    --------
    >>> import numpy as np
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities))[cities.index]
    >>> size = np.log(cities["population"] / cities["population"].mean()).rename("log population")
    >>> near = ps.nearest_graph(cities, k=4)
    >>> fit = ps.fit_oada(first, {"near": near}, attributes=size, effect="multiplicative")
    >>> ps.falsify(fit, cities, draws=39, rng=1).verdict
    'cannot tell (power 0.13)'
    """
    with Arguments() as check:
        draws = check.whole("draws", draws, at_least=_FEWEST_DRAWS, at_most=MOST_PERMUTATIONS)
    chosen = check_rivals(rivals)
    spreads = simulated_spreads(fit, cities, chosen, strata)
    not_tried = {rival.name: lack for rival in chosen if (lack := _lacks(rival, spreads.null))}
    tried = tuple(rival for rival in chosen if rival.name not in not_tried)
    if not tried:
        faults = [f"rivals must suit the data; {name!r} cannot be tried: {lack}" for name, lack in not_tried.items()]
        raise argument_error(faults, "pass cities with populations and regions, or strata")
    worlds = {(rival.name, world.words): world for rival in tried for world in rival.worlds} | {(FIT, FIT): None}
    file, clouds = CloudFile.at(path, spreads.names, f"{spreads.inputs} {dict(fit.inputs)} {worlds}", rng), {}
    for key, world in progress(worlds.items(), "simulated worlds", total=len(worlds)):
        known, draw = file.known(key, draws), spreads.draws_of(key, world, file.seed)
        parts = replicate_parts(draw, draws, first=len(known), cost=spreads.cost, in_threads=False, short=True, what="")
        clouds[key] = file.collect(key, known, parts)
    observed = pd.Series(spreads.observed, pd.Index(spreads.names, name="statistic"), name="observed")
    notes = _notes(spreads.statistics)
    return Falsification(observed, file.table(clouds), tried, tuple(spreads.refits.networks), not_tried, notes)


def simulated_spreads(
    fit: Fit, cities: gpd.GeoDataFrame | None, rivals: list[Rival], strata: PlaceStrata
) -> SimulatedSpreads:
    """Return what the worlds of a fit share; raise `DataError` where it cannot be held against the rivals."""
    refits, places = refits_of(fit, rivals), fit.observed().columns
    table = _table_of(cities, places)
    regions, people = _regions(strata, table, places), None if table is None else population_or_none(table)
    return SimulatedSpreads(refits, _statistics(refits, table, people, regions), refits.null(people, regions))


def refits_of(fit: Fit, rivals: list[Rival]) -> OnsetRefits:
    """Return what fits the model of a fit to other onsets; raise `DataError` where it cannot be held against rivals."""
    refits: OnsetRefits
    if isinstance(fit, NetworkFit):
        refits = NetworkRefits(fit)
    elif isinstance(fit, EventHistoryFit):
        refits = EventHistoryRefits(fit)
    else:
        raise DataError(
            must_be("fit", "a fit of onsets", fit), fix="pass a fit of fit_tada, fit_oada or fit_event_history"
        )
    days = refits.observed[refits.at_risk & np.isfinite(refits.observed)]
    faults = []
    if not refits.networks:
        faults.append("fit has no networks along which places could have followed each other")
    if len(days) < _FEWEST_ONSETS or np.ptp(days) == 0:
        faults.append(
            f"fit must have at least {_FEWEST_ONSETS} onsets on at least two days; it has {len(days)} on {len(np.unique(days))}"
        )
    by_attributes = any(isinstance(world, AttributesWorld) for rival in rivals for world in rival.worlds)
    if by_attributes and not refits.attributes:
        faults.append("fit has no attributes, which the rival 'attributes' needs")
    if faults:
        fix = "fit more onsets with networks and attributes=..., such as log population, or leave out rivals"
        raise DataError("fit cannot be held against rivals", faults, fix)
    return refits


def _table_of(cities: gpd.GeoDataFrame | None, places: pd.Index) -> gpd.GeoDataFrame | None:
    """Return the rows of the places."""
    if cities is None:
        return None
    check_cities(cities)
    if len(missing := places[~places.isin(cities.index)]):
        raise DataError(f"cities must have all places of the fit; missing: {shorten_list(missing)}")
    return cities.loc[places]


def _regions(strata: PlaceStrata, table: gpd.GeoDataFrame | None, places: pd.Index) -> IntArray | None:
    """Return the number of each place's region, None where it is not known."""
    if strata is not None:
        return encode_strata(places, strata)
    if table is None or "region_id" not in table or table["region_id"].isna().any() or table["region_id"].is_unique:
        return None
    return encode_strata(places, table["region_id"])


def _statistics(
    refits: OnsetRefits, table: gpd.GeoDataFrame | None, people: FloatArray | None, regions: IntArray | None
) -> SpreadStatistics:
    ties = sum((abs(matrix) for matrix in refits.networks.values()), sp.csr_array(2 * (len(refits.observed),)))
    size = None if people is None or np.ptp(people) == 0 else np.log(people) - np.log(people).mean()
    far = None if table is None else distances_between(table.geometry.x.to_numpy(), table.geometry.y.to_numpy())
    return SpreadStatistics((ties > 0).tocoo(), regions, size, far)


def _lacks(rival: Rival, spread: NullSpread) -> str:
    """Return what the data lack for a rival, or ""."""
    return next((lack for world in rival.worlds if (lack := world.lacks(spread))), "")


def _notes(statistics: SpreadStatistics) -> tuple[str, ...]:
    """Return which statistics were left out, in sentences."""
    lacking = {
        "Pairs within regions were not counted, because regions are not known.": statistics.regions is None,
        "There are no exponents of population and distance, because populations or positions are not known.": (
            not statistics.has_exponents
        ),
    }
    return tuple(text for text, holds in lacking.items() if holds)
