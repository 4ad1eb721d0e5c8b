"""Down the urban hierarchy, or from neighbor to neighbor? Who joins next, by population and by distance to those that have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.maximize import Optimum
from ...random_streams import replicate_rng, seed_of
from ...wording import format_date, format_days, format_number
from .conditional_logit import FARTHEST, NAMES, ConditionalLogit, profile_interval_of, refitted
from .rank_correlations import by_day, explained
from .risk_sets import MOST_TABULATED, check_risk_sets, unit_of
from .robustness import lead_scores, of_resampled_days, of_simulated, of_thinned, of_varied_populations
from .timing_placebo import TimingPlacebo

HierarchyVerdict = Literal["both", "hierarchy", "neighborhood", "cannot be told"]
Bootstrap = Literal["parametric", "days"]
Varied = Literal["rough", "all"]
_SIMULATIONS = 199
_VERDICTS: dict[HierarchyVerdict, str] = {
    "both": "is consistent with both hierarchy and neighborhood",
    "hierarchy": "is consistent with hierarchy; neighborhood is not told from none",
    "neighborhood": "is consistent with neighborhood; hierarchy is not told from none",
    "cannot be told": "tells neither hierarchy nor neighborhood from none",
}


@dataclass(frozen=True, repr=False, eq=False)
class DiffusionDecomposition(Fit):
    """Who joined next, given who had: exponents of population and of nearness, and how far they can be trusted.

    Attributes
    ----------
    optimum, events
        See `Fit`: `params`, `standard_errors`, `intervals()`, `log_likelihood`, `aicc`, `diagnostics()`. Events are the
        places that joined on days with something to choose.
    exponents
        ``population_exponent`` and ``distance_exponent``: ``estimate``, ``standard_error``, ``low``, ``high`` (95 % profile
        likelihood; NaN where the search did not end at a maximum), ``likelihood_ratio`` and ``p_value`` (against 0, χ² with one degree of freedom), ``bootstrap_low``,
        ``bootstrap_high`` (middle 95 % of refits), ``rough_low``, ``rough_high`` (all refits with rough populations varied).
        NaN where something was left out.
    explained, by_day
        The descriptions: rank correlations and shares of R² over the places that joined after the first day; who joined
        beside who could have, day by day.
    joiners
        Places that joined: ``onset``, ``population``, ``distance`` to the nearest that had joined before (NaN on the first day).
    timing_placebo
        Whether nearness to places that joined later is what contagion would show; None without simulations.
    thinning
        What the exponents become where small places are overlooked, by ``reporting_exponent``; None where not asked for.
    places, observed_until, unit
        How many places could have joined, the last day observed (None where all joined), and in what distances are.
    bootstrap, simulations, rough_places
        Of what kind the bootstrap is, how many spreads were simulated, how many populations were varied.
    """

    exponents: pd.DataFrame
    explained: pd.DataFrame
    by_day: pd.DataFrame
    joiners: pd.DataFrame
    timing_placebo: TimingPlacebo | None
    thinning: pd.DataFrame | None
    places: int
    observed_until: pd.Timestamp | None
    unit: str
    bootstrap: Bootstrap
    simulations: int
    rough_places: int

    @property
    def population_exponent(self) -> float:
        """η: a place twice as large was 2^η times as likely to be next."""
        return self._at(0, "estimate")

    @property
    def distance_exponent(self) -> float:
        """σ: a place half as far from the nearest that had joined was 2^σ times as likely to be next."""
        return self._at(1, "estimate")

    @property
    def verdict(self) -> HierarchyVerdict:
        """What the order is consistent with: an exponent counts where its 95 % interval lies above 0. Read both intervals."""
        large, near = (self._at(row, "low") > 0 for row in range(2))
        if large and near:
            return "both"
        return "hierarchy" if large else "neighborhood" if near else "cannot be told"

    @property
    def headline(self) -> str:
        """Who joined next, in one sentence."""
        return f"Who joined next {_VERDICTS[self.verdict]}: {self._exponent(0).lower()}, {self._exponent(1).lower()}."

    @property
    def sentence(self) -> str:
        """What was found, in sentences that can be read aloud."""
        first, last = (format_date(self.by_day.index[row]) for row in (0, -1))
        until = "" if self.observed_until is None else f" (observed until {format_date(self.observed_until)})"
        spread = f"{len(self.joiners):,} of {self.places:,} places joined on {format_days(len(self.by_day))}, from {first} to {last}{until}."
        against = [word for row, word in enumerate(("small", "far-off")) if self._at(row, "high") < 0]
        told = f" {' and '.join(against).capitalize()} places came sooner." if against else ""
        large = f"{self._exponent(0)}: a place twice as large was {self._times(0)} times as likely to be next"
        near = f"{self._exponent(1)}: one half as far from a place that had joined, {self._times(1)} times as likely"
        lead = f" {self.timing_placebo.sentence}" if self.timing_placebo else ""
        return f"{spread} Who joined next {_VERDICTS[self.verdict]}. {large}. {near}.{told}{self._rough()}{lead} {self._reporting()}"

    def _at(self, row: int, column: str) -> float:
        return float(self.exponents[column].to_numpy(dtype=float)[row])

    def _exponent(self, row: int) -> str:
        estimate, low, high = (format_number(self._at(row, column), 2) for column in ("estimate", "low", "high"))
        return f"{NAMES[row].replace('_', ' ').capitalize()} {estimate} (95 % interval {low} to {high})"

    def _times(self, row: int) -> str:
        return format_number(float(np.exp2(self._at(row, "estimate"))), 2)

    def _rough(self) -> str:
        if not self.rough_places or self.exponents["rough_low"].isna().any():
            return ""
        ranges = " and ".join(
            f"{format_number(self._at(row, 'rough_low'), 2)} to {format_number(self._at(row, 'rough_high'), 2)}"
            for row in range(2)
        )
        which = "population is" if self.rough_places == 1 else "populations are"
        return f" {self.rough_places:,} {which} rough: at a third to three times what is written, the exponents are {ranges}."

    def _reporting(self) -> str:
        text = "Small places that are reported late or never look like hierarchy, too"
        if self.thinning is None or not len(self.thinning):
            return f"{text}; an association, not a cause."
        level, row = self.thinning.index[-1], self.thinning.iloc[-1]
        reads = " and ".join(format_number(float(row[name]), 2) for name in NAMES)
        return f"{text}: were more of them overlooked (reporting exponent {level:g}), the exponents would read {reads}; an association, not a cause."

    def to_frame(self) -> pd.DataFrame:
        """Return the exponents with all that is known of each."""
        return self.exponents.copy()

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        return profile_interval_of(self.optimum, index, level)


def decompose_diffusion(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    *,
    graph: DiffusionGraph | None = None,
    observed_until: str | pd.Timestamp | None = None,
    simulations: int | None = None,
    bootstrap: Bootstrap = "parametric",
    rough_populations: Varied = "rough",
    population_draws: int = 200,
    thinning: Sequence[float] = (),
    rng: int | np.random.Generator | None = None,
) -> DiffusionDecomposition:
    """Ask of each day who joined next, given who had: large places, or those near to one that had joined.

    On each day after the first, a place that has not joined is next with probability proportional to
    population^η · distance^(-σ), where the distance is that to the nearest place that joined on an earlier day. Places that
    never joined could have until `observed_until`. Several on one day: all orders in which they may have joined, exactly.

    Parameters
    ----------
    onsets
        Place -> first day, NaT where it had not joined: `onsets`. Its places are those that could have joined. Which they
        are is the caller's choice: use a frame fixed without looking at who protested, ``cities[cities["in_frame"]]``. Places
        listed because they protested bias the population exponent downwards, and can turn its sign.
    cities
        With ``population`` above 0; others than those of `onsets` take no part.
    graph
        Ties of the same places along which distances run (shortest paths, in kilometres where all ties have them, else in
        ties); by default great-circle kilometres. Every place must lead to every other.
    observed_until
        The last day on which joining would have been seen; needed where a place had not joined.
    simulations
        How many spreads are drawn from the fitted exponents, and from a distance exponent of 0: same first day, as many on
        each day, others. For the parametric bootstrap and the timing placebo. By default 199, which takes seconds with some
        hundred places and half a minute with 2,000; none beyond.
    bootstrap
        "parametric": refits of the simulated spreads. "days": onset days drawn with replacement, from 20 days on.
    rough_populations
        Whose populations are varied by a factor from ⅓ to 3: "rough" (those whose ``population_quality`` says so) or "all".
    population_draws
        How often they are varied; 0 leaves it out (of thousands of places it takes most of the time).
    thinning
        Reporting exponents ρ, such as (0.1, 0.3): what the exponents become where the joining of a place is reported with
        probability (population / largest)^ρ only, over 100 draws each. How far the estimates move as ρ grows says how far, and
        which way, such losses that are already in the data have moved them (J. R. Cook, L. A. Stefanski 1994, Simulation-
        extrapolation, doi:10.1080/01621459.1994.10476871).
    rng
        Seed or Generator.

    Returns
    -------
    DiffusionDecomposition
        It prints as sentences and a table, and has ``.plot()``.

    Raises
    ------
    SchemaError, CRSError
        The onsets are not onsets, or the cities not cities.
    DataError
        Places that are not in the cities, without a population above 0, at one point, or after `observed_until` (all named);
        a graph over other places, or with gaps; nothing to choose: nobody joined, or all on one day, or all the rest on the
        second; a bootstrap of days with fewer than 20.

    Notes
    -----
    The two processes are those of T. Hägerstrand (1967), Innovation Diffusion as a Spatial Process, and J. C. Hudson (1969),
    Diffusion in a central place system, Geographical Analysis 1:45, doi:10.1111/j.1538-4632.1969.tb00604.x; the likelihood is
    that of D. R. Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x, with exact ties after DeLong, Guirguis & So (1994),
    doi:10.1093/biomet/81.3.607. A shock that neighbors feel alike looks like neighborhood. The exponents do not depend on the
    unit of population or distance. Shapley shares of R² with two causes are the means over both orders of entry.

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
    levels = _checked_levels(simulations, bootstrap, rough_populations, population_draws, thinning)
    joining, days = check_risk_sets(onsets, cities, graph, observed_until)
    count = _simulations(simulations, len(onsets))
    if count:
        joining = replace(joining, distances=joining.distances.tabulated())
    places, population = cities.loc[onsets.index], cities.loc[onsets.index, "population"].to_numpy(dtype=float)
    seeds = replicate_rng(seed_of(rng), 0).integers(0, 2**62, 5).tolist()
    choices = joining.choices()
    next_places = ConditionalLogit.of(joining, choices)
    optimum = next_places.fit()
    exponents = _exponents(next_places, optimum)
    estimate = optimum.coordinates
    placebo = None
    if count:
        apart = refitted(next_places, np.array([[estimate[0], 0.0]]), held=1)[0][0]
        with_, without = of_simulated(joining, estimate, count, seeds[0]), of_simulated(joining, apart, count, seeds[1])
        placebo = TimingPlacebo(
            float(lead_scores([joining], [choices], next_places, estimate[None])[0]),
            _finite(with_[:, 2]),
            _finite(without[:, 2]),
        )
        exponents[["bootstrap_low", "bootstrap_high"]] = np.quantile(with_[:, :2], [0.025, 0.975], axis=0).T
    if bootstrap == "days":
        refits = of_resampled_days(next_places, joining, estimate, simulations or _SIMULATIONS, seeds[2])
        exponents[["bootstrap_low", "bootstrap_high"]] = np.quantile(refits, [0.025, 0.975], axis=0).T
    rough = _rough(places, rough_populations)
    if rough.any() and population_draws:
        refits = of_varied_populations(joining, choices, rough, estimate, population_draws, seeds[3])
        exponents["rough_low"], exponents["rough_high"] = refits.min(axis=0), refits.max(axis=0)
    joined = joining.waves >= 0
    joiners = pd.DataFrame(
        {"onset": onsets.dt.normalize(), "population": population, "distance": joining.nearest_before()},
        index=onsets.index,
    )[joined].sort_values("onset", kind="stable")
    return DiffusionDecomposition(
        optimum=optimum, events=next_places.joins, exponents=exponents, explained=explained(joining, days),
        by_day=by_day(joining, days, population), joiners=joiners, timing_placebo=placebo,
        thinning=of_thinned(joining, estimate, levels, seeds[4]) if levels else None, places=len(onsets),
        observed_until=None if observed_until is None else pd.Timestamp(observed_until).normalize(), unit=unit_of(graph),
        bootstrap=bootstrap, simulations=count, rough_places=int(rough.sum()),
    )  # fmt: skip


def _checked_levels(
    simulations: int | None, bootstrap: str, rough_populations: str, population_draws: int, thinning: Sequence[float]
) -> list[float]:
    """Return the reporting exponents; raise what is wrong with any option."""
    faults = [
        f"{name} = {given!r}: a whole number of draws, 0 or more"
        for name, given in (
            ("simulations", 0 if simulations is None else simulations),
            ("population_draws", population_draws),
        )
        if isinstance(given, bool) or not isinstance(given, (int, np.integer)) or given < 0
    ]
    faults += [f'bootstrap = {bootstrap!r}: "parametric" or "days"'] if bootstrap not in get_args(Bootstrap) else []
    faults += (
        [f'rough_populations = {rough_populations!r}: "rough" or "all"']
        if rough_populations not in get_args(Varied)
        else []
    )
    levels = pd.to_numeric(pd.Series(np.atleast_1d(np.asarray(thinning, dtype=object))), errors="coerce").to_numpy(
        dtype=float
    )
    faults += (
        [] if (np.isfinite(levels) & (levels >= 0)).all() else [f"thinning = {thinning!r}: exponents of at least 0"]
    )
    if faults:
        raise DataError("the decomposition has no such option", faults, "see decompose_diffusion")
    return [float(level) for level in levels]


def _simulations(asked: int | None, places: int) -> int:
    """Return how many spreads are to be simulated."""
    if places <= MOST_TABULATED:
        return _SIMULATIONS if asked is None else int(asked)
    if asked:
        raise DataError(
            "no spreads can be simulated",
            [f"{places:,} places: their distances fill a table beyond {MOST_TABULATED:,} by {MOST_TABULATED:,}"],
            "simulations=0, or fewer places",
        )
    return 0


def _exponents(next_places: ConditionalLogit, optimum: Optimum) -> pd.DataFrame:
    """Return estimates, intervals and tests of both exponents."""
    from scipy.stats import chi2

    table = pd.DataFrame(
        {"estimate": optimum.problem.params_of(optimum.coordinates)}, index=pd.Index(NAMES, name="parameter")
    )
    with np.errstate(invalid="ignore"):
        table["standard_error"] = np.sqrt(np.diag(optimum.covariance))
    table[["low", "high"]] = [
        profile_interval_of(optimum, row, 0.95) if optimum.converged else (np.nan, np.nan) for row in range(2)
    ]
    without = [_held_at_0(next_places, optimum, row) for row in range(2)]
    table["likelihood_ratio"] = np.maximum(2 * (optimum.log_likelihood - np.array(without)), 0.0)
    table["p_value"] = chi2.sf(table["likelihood_ratio"], 1)
    table[["bootstrap_low", "bootstrap_high", "rough_low", "rough_high"]] = np.nan
    return table


def _held_at_0(next_places: ConditionalLogit, optimum: Optimum, row: int) -> float:
    """Return the largest log-likelihood without one exponent, searched from where the other would be on a parabola."""
    estimate, covariance = optimum.coordinates, optimum.covariance
    sloped = np.isfinite(covariance).all()
    start = estimate - estimate[row] * covariance[row] / covariance[row, row] if sloped else estimate.copy()
    start[row] = 0.0
    return float(refitted(next_places, np.clip(start, -FARTHEST, FARTHEST)[None], held=row)[1][0])


def _rough(places: gpd.GeoDataFrame, which: Varied) -> npt.NDArray[np.bool_]:
    if which == "all":
        return np.ones(len(places), dtype=bool)
    if "population_quality" not in places:
        return np.zeros(len(places), dtype=bool)
    return np.asarray(places["population_quality"].astype(object) == "rough", dtype=bool)


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]
