"""Hierarchical and contagious diffusion: onsets by population and by distance to the nearest earlier onset."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...errors import DataError
from ...figures import DayRanges, EstimateRows, JoinersByDay
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.fits import Fit, check_level
from ...inference.likelihood.maximize import Optimum
from ...inference.permutation_test import MOST_PERMUTATIONS
from ...random_streams import replicate_rng, seed_of
from ...wording import format_date, format_days, format_number, join_words
from .conditional_logit import FARTHEST, NAMES, ConditionalLogit, profile_interval_of, refitted
from .rank_correlations import correlate_onsets, describe_days
from .risk_sets import MOST_TABULATED, check_risk_sets, distance_unit
from .robustness import lead_scores, refit_resampled_days, refit_simulated, refit_thinned, refit_varied_populations
from .timing_placebo import TimingPlacebo

HierarchyVerdict = Literal["both", "hierarchy", "neighborhood", "undetermined"]
Bootstrap = Literal["parametric", "days"]
Varied = Literal["rough", "all"]
_SIMULATIONS = 199
_LEVEL = 0.95  # of the intervals in `exponents`
_DIFFUSION: dict[HierarchyVerdict, str] = {
    "both": ", consistent with hierarchical and contagious diffusion",
    "hierarchy": ", consistent with hierarchical diffusion",
    "neighborhood": ", consistent with contagious diffusion",
    "undetermined": "",
}
_EARLIER = (("larger places", "smaller places"), ("places near earlier onsets", "distant places"))
"""The places that joined earlier if an exponent is positive, and if it is negative."""


@dataclass(frozen=True, repr=False, eq=False)
class DiffusionDecomposition(Fit):
    """Exponents of population and distance in the order of onsets, with checks of their robustness.

    Attributes
    ----------
    optimum, events
        The maximum of the likelihood, and the number of onsets in it. The fit also has ``params``, ``standard_errors``,
        ``intervals()``, ``log_likelihood``, ``aicc`` and ``diagnostics()``.
    exponents
        Rows ``population_exponent`` and ``distance_exponent``. Columns ``estimate``, ``standard_error``; ``low``, ``high``
        (95% profile likelihood; NaN if the fit did not converge); ``likelihood_ratio`` and ``p_value`` (against 0, χ² with
        one degree of freedom); ``bootstrap_low``, ``bootstrap_high`` (middle 95% of refits); ``rough_low``, ``rough_high``
        (range of refits with rough populations varied). NaN for steps that were left out.
    explained
        Rank correlations and shares of R², over the places that joined after the first day.
    by_day
        Comparison of the places that joined with all places at risk, one row per onset day.
    joiners
        Places that joined: ``onset``, ``population``, ``distance`` to the nearest earlier onset (NaN on the first day).
    timing_placebo
        The effect of closeness to later onsets, compared with simulations; None without simulations.
    thinning
        Exponents with under-reported small places, by ``reporting_exponent``; None unless asked for.
    places, observed_until, unit
        Number of places, the last day of observation (None where all joined) and the unit of distances.
    bootstrap, simulations, rough_places
        The kind of bootstrap, and the numbers of simulated spreads and of varied populations.
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
        """Exponent η of population: a place twice as large was 2^η times as likely to be next."""
        return self._at(0, "estimate")

    @property
    def distance_exponent(self) -> float:
        """Exponent σ of distance: a place half as far from the nearest earlier onset was 2^σ times as likely to be next."""
        return self._at(1, "estimate")

    @property
    def verdict(self) -> HierarchyVerdict:
        """The kind of diffusion that the exponents are consistent with: those whose 95% intervals lie above 0."""
        large, near = (self._at(row, "low") > 0 for row in range(2))
        if large and near:
            return "both"
        return "hierarchy" if large else "neighborhood" if near else "undetermined"

    @property
    def headline(self) -> str:
        """Which places joined earlier, in one sentence."""
        return f"{self._describe_effects()}: {self._exponent(0).lower()}, {self._exponent(1).lower()}."

    @property
    def sentence(self) -> str:
        """The exponents and their robustness, in a few sentences."""
        first, last = (format_date(self.by_day.index[row]) for row in (0, -1))
        until = "" if self.observed_until is None else f" (observed until {format_date(self.observed_until)})"
        spread = f"{len(self.joiners):,} of {self.places:,} places joined on {format_days(len(self.by_day))}, from {first} to {last}{until}."
        large = f"{self._exponent(0)}: a place twice as large was {self._times(0)} times as likely to be next"
        near = f"{self._exponent(1)}: a place half as far from the nearest earlier onset was {self._times(1)} times as likely"
        placebo = f" {self.timing_placebo.sentence}" if self.timing_placebo else ""
        return f"{spread} {self._describe_effects()}. {large}. {near}.{self._rough()}{placebo} {self._reporting()}"

    def _describe_effects(self) -> str:
        """Return which places joined earlier, the kind of diffusion, and for which exponent no effect was found."""
        if not self.converged:
            return "The effects of population and distance could not be estimated, as the fit did not converge"
        earlier = [_EARLIER[row][0] for row in range(2) if self._at(row, "low") > 0]
        earlier += [_EARLIER[row][1] for row in range(2) if self._at(row, "high") < 0]
        none = [
            word
            for row, word in enumerate(("population", "distance"))
            if self._at(row, "low") <= 0 <= self._at(row, "high")
        ]
        clauses = [f"{join_words(earlier)} joined earlier{_DIFFUSION[self.verdict]}"] if earlier else []
        clauses += [f"no effect of {join_words(none, 'or')} was found"] if none else []
        text = "; ".join(clauses)
        return text[:1].upper() + text[1:]

    def _at(self, row: int, column: str) -> float:
        return float(self.exponents[column].to_numpy(dtype=float)[row])

    def _exponent(self, row: int) -> str:
        estimate, low, high = (format_number(self._at(row, column), 2) for column in ("estimate", "low", "high"))
        return f"{NAMES[row].replace('_', ' ').capitalize()} {estimate} (95% interval {low} to {high})"

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
        return f" {self.rough_places:,} {which} rough: with a third to three times the recorded value, the exponents are {ranges}."

    def _reporting(self) -> str:
        text = "Late or missing reports from small places also look like hierarchical diffusion"
        if self.thinning is None or not len(self.thinning):
            return f"{text}. These are associations, not causes."
        level, row = self.thinning.index[-1], self.thinning.iloc[-1]
        reads = " and ".join(format_number(float(row[name]), 2) for name in NAMES)
        return (
            f"{text}: if more of them were missing (reporting exponent {level:g}), the exponents would be {reads}. "
            "These are associations, not causes."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the table of exponents."""
        return self.exponents.copy()

    def figure(self, *, level: float = _LEVEL) -> JoinersByDay:
        """Return the places that joined against all places at risk, and the exponents with profile-likelihood intervals."""
        level, table = check_level(level), self.exponents.copy()
        if level != _LEVEL:
            table[["low", "high"]] = self.summary(level=level)[["low", "high"]].to_numpy()
        headings = {
            "population": "population",
            "distance": f"distance to the nearest place that had joined ({self.unit})",
        }
        attributes = {name: self._day_ranges(name, heading) for name, heading in headings.items()}
        table = table.rename(columns={"bootstrap_low": "inner_low", "bootstrap_high": "inner_high"})
        more = "; thin line: 95% bootstrap interval" if table["inner_low"].notna().any() else ""
        heading = f"exponents with {100 * level:g}% intervals (filled dot: the interval excludes 0{more})"
        return JoinersByDay([EstimateRows(table.set_axis(list(headings)), heading)], heading, attributes)

    def _day_ranges(self, name: str, heading: str) -> DayRanges:
        ranges = self.by_day[[f"{name}_{share}" for share in (10, 50, 90)]].set_axis(["low", "median", "high"], axis=1)
        values = self.joiners[name].to_numpy(dtype=float)
        return DayRanges(heading, ranges, self.joiners["onset"], values, "first day:\nno place\nhad joined")

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
        A seed or a Generator.

    Returns
    -------
    DiffusionDecomposition
        With ``sentence``, ``headline``, ``exponents`` and ``plot()``.

    Raises
    ------
    SchemaError, CRSError
        The tables of onsets or cities are not valid.
    DataError
        Places are not in ``cities``, have no population above 0, share a point, or joined after ``observed_until`` (all are
        named); the graph is over other places or not connected; no place joined, all joined on one day, or all others joined
        on the second; or ``bootstrap="days"`` with fewer than 20 days.

    Notes
    -----
    The two processes are those of T. Hägerstrand (1967), Innovation Diffusion as a Spatial Process, and J. C. Hudson (1969),
    Diffusion in a central place system, Geographical Analysis 1:45, doi:10.1111/j.1538-4632.1969.tb00604.x; the likelihood is
    that of D. R. Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x, with exact ties after DeLong, Guirguis & So (1994),
    doi:10.1093/biomet/81.3.607. Shocks common to neighbors look like contagious diffusion. The exponents do not depend on
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
    risk_sets, days = check_risk_sets(onsets, cities, graph, observed_until)
    count = _simulation_count(simulations, len(onsets))
    if count:
        risk_sets = replace(risk_sets, distances=risk_sets.distances.tabulated())
    places, population = cities.loc[onsets.index], cities.loc[onsets.index, "population"].to_numpy(dtype=float)
    seeds = replicate_rng(seed_of(rng), 0).integers(0, 2**62, 5).tolist()
    choices = risk_sets.choices()
    logit = ConditionalLogit.of(risk_sets, choices)
    optimum = logit.fit()
    exponents = _exponents(logit, optimum)
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
        bootstrap=bootstrap, simulations=count, rough_places=int(rough.sum()),
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


def _exponents(logit: ConditionalLogit, optimum: Optimum) -> pd.DataFrame:
    """Return the table of estimates, intervals and tests of both exponents."""
    from scipy.stats import chi2

    table = pd.DataFrame(
        {"estimate": optimum.problem.params_of(optimum.coordinates)}, index=pd.Index(NAMES, name="parameter")
    )
    with np.errstate(invalid="ignore"):
        table["standard_error"] = np.sqrt(np.diag(optimum.covariance))
    table[["low", "high"]] = [
        profile_interval_of(optimum, row, 0.95) if optimum.converged else (np.nan, np.nan) for row in range(2)
    ]
    null = [_null_log_likelihood(logit, optimum, row) for row in range(2)]
    table["likelihood_ratio"] = np.maximum(2 * (optimum.log_likelihood - np.array(null)), 0.0)
    table["p_value"] = chi2.sf(table["likelihood_ratio"], 1)
    table[["bootstrap_low", "bootstrap_high", "rough_low", "rough_high"]] = np.nan
    return table


def _null_log_likelihood(logit: ConditionalLogit, optimum: Optimum, row: int) -> float:
    """Return the maximum of the log-likelihood with one exponent at 0, starting from a quadratic approximation."""
    estimate, covariance = optimum.coordinates, optimum.covariance
    sloped = np.isfinite(covariance).all()
    start = estimate - estimate[row] * covariance[row] / covariance[row, row] if sloped else estimate.copy()
    start[row] = 0.0
    return float(refitted(logit, np.clip(start, -FARTHEST, FARTHEST)[None], held=row)[1][0])


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
