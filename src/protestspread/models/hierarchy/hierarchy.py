"""Hierarchical and contagious diffusion: onsets by population and by distance to the nearest earlier onset."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...inference.permutation_test import MOST_PERMUTATIONS
from ...random_streams import replicate_rng, seed_of
from ...tables import check_onsets
from .conditional_logit import ConditionalLogit, refitted
from .exponents import exponents_of
from .rank_correlations import correlate_onsets, describe_days
from .result import Bootstrap, DiffusionDecomposition
from .risk_sets import MOST_TABULATED, check_risk_sets, distance_unit
from .robustness import lead_scores, refit_resampled_days, refit_simulated, refit_thinned, refit_varied_populations
from .timing_placebo import TimingPlacebo

Varied = Literal["rough", "all"]
_SIMULATIONS = 199


def decompose_diffusion(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    *,
    graph: DiffusionGraph | None = None,
    observed_until: str | pd.Timestamp | None = None,
    min_km: float = 1.0,
    simulations: int | None = None,
    bootstrap: Bootstrap = "parametric",
    rough_populations: Varied = "rough",
    population_draws: int = 200,
    thinning: Sequence[float] = (),
    rng: int | np.random.Generator | None = None,
) -> DiffusionDecomposition:
    """Estimate hierarchical and contagious diffusion: whether large places, or places near earlier onsets, joined next.

    A conditional logit of the order of onsets. On each day after the first, each place at risk is next with probability
    proportional to population^η · distance^(-σ), where distance is that to the nearest place that joined on an earlier day.
    Places that never joined are at risk until ``observed_until``. Onsets on the same day are summed over all their orders.

    Parameters
    ----------
    onsets
        First day of each place, NaT where it had not joined, as returned by `onsets`. All its places count as places that
        could have joined. Choose them independently of who protested, such as ``cities[cities["in_frame"]]``: places listed
        because they protested bias the population exponent downwards, and can reverse its sign.
    cities
        With ``population`` above 0; places that are not in ``onsets`` are ignored.
    graph
        Ties among the same places; distances are then shortest paths, in kilometers if all ties have them, otherwise in
        numbers of ties. Every place must be connected to every other. By default great-circle kilometers.
    observed_until
        The last day of observation; needed where a place had not joined.
    min_km
        The distance, in kilometers, that places are taken to be apart at least: places at one point have no log distance.
    simulations
        Number of spreads simulated from the fitted exponents, and from a distance exponent of 0, with the same first day and
        numbers of onsets per day; for the parametric bootstrap and the timing placebo. By default 199, which takes seconds
        with some hundred places and half a minute with 2,000, and 0 for more places.
    bootstrap
        "parametric": refits to the simulated spreads. "days": refits to onset days resampled with replacement, of which at
        least 20 are needed.
    rough_populations
        Populations that are varied by a factor from ⅓ to 3: "rough" (those with ``population_quality`` "rough") or "all".
    population_draws
        Number of times they are varied; 0 leaves this out (with thousands of places it takes most of the time).
    thinning
        Reporting exponents ρ, such as (0.1, 0.3): refits, over 100 draws each, with each onset reported with probability
        (population / largest population)^ρ. The change of the estimates as ρ increases indicates the size and direction of
        the bias from under-reporting that is already in the data (J. R. Cook, L. A. Stefanski 1994, Simulation-extrapolation,
        doi:10.1080/01621459.1994.10476871).
    rng
        A seed or a Generator. The order of rows does not matter.

    Returns
    -------
    DiffusionDecomposition
        With ``sentence``, ``headline``, ``exponents`` and ``plot()``.

    Raises
    ------
    SchemaError, CRSError
        The tables of onsets or cities are not valid.
    DataError
        Places are not in ``cities``, have no population above 0, or joined after ``observed_until`` (all are
        named); the graph is over other places or not connected; no place joined, all joined on one day, or all others joined
        on the second; or ``bootstrap="days"`` with fewer than 20 days.

    Notes
    -----
    The two processes are those of T. Hägerstrand (1967), Innovation Diffusion as a Spatial Process, and J. C. Hudson (1969),
    Diffusion in a central place system, Geographical Analysis 1:45, doi:10.1111/j.1538-4632.1969.tb00604.x; the likelihood is
    that of D. R. Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x, with exact ties after DeLong, Guirguis & So (1994),
    doi:10.1093/biomet/81.3.607: time is continuous, and the unknown order within a day is summed over, as in SAS with
    ``TIES=EXACT``. R's ``coxph(ties="exact")`` is another likelihood, the discrete conditional logit of the set of places that
    joined on a day. In January 2022 it gives exponents of 1.0775 and -0.1008 (log-likelihood -35.5335), this one 0.9622 and
    -0.1443 (-34.6323).

    *What fools it.* Late or missing reports from small places give a positive population exponent. A cause that neighboring
    places share, or regions that differ in how soon they join, give a positive distance exponent. A negative one is a finding,
    too: far-off places joined sooner, for example because people of suburbs protest in their city. The exponents do not depend on
    the units of population and distance. Shapley shares of R² are means over both orders of entering the two covariates.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    >>> found = ps.decompose_diffusion(first, frame, observed_until="2022-01-08", simulations=0, population_draws=0)
    >>> found.verdict, round(found.population_exponent, 2)
    ('hierarchy', 0.96)
    """
    levels = _check_options(simulations, bootstrap, rough_populations, population_draws, thinning)
    with Arguments() as check:
        min_km = check.number("min_km", min_km, above=0)
    check_onsets(onsets)
    onsets = onsets.sort_index(key=lambda names: names.astype(str), kind="stable")
    risk_sets, days = check_risk_sets(onsets, cities, graph, observed_until, min_km)
    spread = risk_sets  # without a table of distances
    count = _simulation_count(simulations, len(onsets))
    if count:
        risk_sets = replace(risk_sets, distances=risk_sets.distances.tabulated())
    places, population = cities.loc[onsets.index], cities.loc[onsets.index, "population"].to_numpy(dtype=float)
    seeds = replicate_rng(seed_of(rng), 0).integers(0, 2**62, 5).tolist()
    choices = risk_sets.choices()
    logit = ConditionalLogit.of(risk_sets, choices)
    optimum = logit.fit()
    exponents = exponents_of(logit, optimum)
    estimate = optimum.coordinates
    placebo = None
    if count:
        without_distance = refitted(logit, np.array([[estimate[0], 0.0]]), held=1)[0][0]
        contagion = refit_simulated(risk_sets, estimate, count, seeds[0])
        none = refit_simulated(risk_sets, without_distance, count, seeds[1])
        placebo = TimingPlacebo(
            float(lead_scores([risk_sets], [choices], logit, estimate[None])[0]),
            _drop_missing(contagion[:, 2]),
            _drop_missing(none[:, 2]),
        )
        exponents[["bootstrap_low", "bootstrap_high"]] = np.quantile(contagion[:, :2], [0.025, 0.975], axis=0).T
    if bootstrap == "days":
        refits = refit_resampled_days(logit, risk_sets, estimate, simulations or _SIMULATIONS, seeds[2])
        exponents[["bootstrap_low", "bootstrap_high"]] = np.quantile(refits, [0.025, 0.975], axis=0).T
    rough = _rough_places(places, rough_populations)
    if rough.any() and population_draws:
        refits = refit_varied_populations(risk_sets, choices, rough, estimate, population_draws, seeds[3])
        exponents["rough_low"], exponents["rough_high"] = refits.min(axis=0), refits.max(axis=0)
    joined = risk_sets.waves >= 0
    joiners = pd.DataFrame(
        {"onset": onsets.dt.normalize(), "population": population, "distance": risk_sets.nearest_before()},
        index=onsets.index,
    )[joined].sort_values("onset", kind="stable")
    return DiffusionDecomposition(
        optimum=optimum, events=logit.joins, exponents=exponents, explained=correlate_onsets(risk_sets, days),
        by_day=describe_days(risk_sets, days, population), joiners=joiners, timing_placebo=placebo,
        thinning=refit_thinned(risk_sets, estimate, levels, seeds[4]) if levels else None, places=len(onsets),
        observed_until=None if observed_until is None else pd.Timestamp(observed_until).normalize(), unit=distance_unit(graph),
        bootstrap=bootstrap, simulations=count, rough_places=int(rough.sum()), min_km=min_km, close_places=risk_sets.distances.close,
        onsets=onsets.dt.normalize(), risk_sets=spread,
    )  # fmt: skip


def _check_options(
    simulations: int | None, bootstrap: str, rough_populations: str, population_draws: int, thinning: Sequence[float]
) -> list[float]:
    """Return the reporting exponents; raise `DataError` with all faults of the options."""
    with Arguments() as check:
        check.whole("simulations", simulations, at_least=0, at_most=MOST_PERMUTATIONS, optional=True)
        check.whole("population_draws", population_draws, at_least=0, at_most=MOST_PERMUTATIONS)
        check.choice("bootstrap", bootstrap, get_args(Bootstrap))
        check.choice("rough_populations", rough_populations, get_args(Varied))
        given = thinning if np.ndim(thinning) == 1 else [thinning]
        return [check.number("thinning", level, at_least=0) for level in given]


def _simulation_count(asked: int | None, places: int) -> int:
    """Return the number of spreads to simulate."""
    if places <= MOST_TABULATED:
        return _SIMULATIONS if asked is None else int(asked)
    if asked:
        raise DataError(
            f"simulations must be 0 for more than {MOST_TABULATED:,} places; got {asked} with {places:,} places",
            fix="pass simulations=0, or fewer places",
        )
    return 0


def _rough_places(places: gpd.GeoDataFrame, which: Varied) -> BoolArray:
    """Return which populations are varied."""
    if which == "all":
        return np.ones(len(places), dtype=bool)
    if "population_quality" not in places:
        return np.zeros(len(places), dtype=bool)
    return np.asarray(places["population_quality"].astype(object) == "rough", dtype=bool)


def _drop_missing(values: FloatArray) -> FloatArray:
    """Return the finite values."""
    return values[np.isfinite(values)]
