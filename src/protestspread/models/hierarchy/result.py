"""The result of `decompose_diffusion`: which places joined earlier, and what else could look like it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...ensembles.ensemble import Ensemble
from ...errors import DataError
from ...figures import DayRanges, EstimateRows, JoinersByDay
from ...inference.likelihood.comparison import digest
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.onset_order import chances_given_count
from ...inference.likelihood.profiles import check_level
from ...wording import format_date, format_days, format_number, format_p, format_places, join_words
from ..simulation import given_rows, simulate_panels
from .conditional_logit import NAMES, ConditionalLogit, profile_interval_of
from .exponents import LEVEL, exponents_of
from .model import HierarchicalDiffusionModel
from .risk_sets import MOST_TABULATED, RiskSets
from .simulated_onsets import OnsetsInOrder
from .timing_placebo import TimingPlacebo

HierarchyVerdict = Literal[
    "both", "hierarchy", "neighborhood", "undetermined", "hierarchy, far-off places sooner", "far-off places sooner",
    "neighborhood, small places sooner", "small places sooner", "small and far-off places sooner",
]  # fmt: skip
Bootstrap = Literal["parametric", "days"]
_VERDICTS: dict[tuple[int, int], HierarchyVerdict] = {
    (1, 1): "both", (1, 0): "hierarchy", (1, -1): "hierarchy, far-off places sooner", (0, 1): "neighborhood",
    (0, 0): "undetermined", (0, -1): "far-off places sooner", (-1, 1): "neighborhood, small places sooner",
    (-1, 0): "small places sooner", (-1, -1): "small and far-off places sooner",
}  # fmt: skip
"""The verdict by the signs of the population and the distance exponent; 0 if the interval contains 0."""
_LOOKS_LIKE = {
    (
        True,
        True,
    ): ", consistent with hierarchical and contagious diffusion, and with late reports from small places and a cause that neighboring places share",
    (True, False): ", consistent with hierarchical diffusion, and with late reports from small places",
    (False, True): ", consistent with contagious diffusion, and with a cause that neighboring places share",
    (False, False): "",
}
_EARLIER = (("larger places", "smaller places"), ("places near earlier onsets", "far-off places"))
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
    min_km, close_places
        The distance that places are taken to be apart at least, and the number of places closer than that to another.
    onsets
        First day of each place.
    risk_sets
        Onset days, log populations and distances of the places.

    Notes
    -----
    A place joins once, so there are no standard errors that allow for dependence within places.
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
    min_km: float
    close_places: int
    onsets: pd.Series
    risk_sets: RiskSets

    @property
    def model(self) -> HierarchicalDiffusionModel:
        """The fitted model; an infinite exponent is represented by a large one, 30."""
        return HierarchicalDiffusionModel(*self._estimate.tolist())

    @property
    def settings(self) -> Mapping[str, object]:
        """The unit of distances, and the distance that places are taken to be apart at least."""
        return {"unit": self.unit, "min_km": self.min_km}

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digest of populations and distances; see `Fit.inputs`."""
        columns = zip(NAMES, self._logit.columns, strict=True)
        return {name: digest(column) for name, column in columns if name in self.parameter_names}

    def observed(self) -> pd.DataFrame:
        """Return 1 where a place joined and 0 where it was at risk, by date and place; NaN elsewhere.

        The first day, days without onset, and a last day on which all remaining places joined are not in the likelihood.
        """
        return self._panel([choice.joined.astype(float) for choice in self.risk_sets.choices()])

    def expected(self) -> pd.DataFrame:
        """Return the chance of each place at risk to join on a day, given the days before and the number of onsets that day.

        The chances of a day sum to its number of onsets. They are exact for one onset, and approximate for several (Rosén 1997,
        doi:10.1016/S0378-3758(96)00185-1).
        """
        population, distance = self._estimate
        chances = []
        for choice in self.risk_sets.choices():
            log_rate = population * self.risk_sets.size[choice.at_risk] - distance * choice.far
            chances.append(chances_given_count(np.exp(log_rate - log_rate.max()), int(choice.joined.sum())))
        return self._panel(chances)

    def simulate(
        self, draws: int, *, given: pd.Series | None = None, rng: int | np.random.Generator | None = None
    ) -> Ensemble:
        """Simulate panels from the fitted model: 1 from the day of the onset on, by date and place.

        Parameters
        ----------
        draws
            Number of panels.
        given
            Onsets that had happened, place -> date: the days up to the last of them stay as they are, and the days after it
            are simulated. None: the onsets of the first day.
        rng
            A seed or a Generator; draw *i* depends on the seed and on *i* only.

        Returns
        -------
        Ensemble
            Panels from the first to the last day with an onset. Each day has as many onsets as in the data, drawn without
            replacement by the fitted rates.

        Raises
        ------
        DataError
            ``given`` holds no onset, or other places or later dates.
        """
        dates, places = self._dates, self.onsets.index
        first = self.onsets[self.onsets == dates[0]]
        known, start = given_rows(first if given is None else given, dates, places)
        if (known == len(dates)).all():
            raise DataError(
                "given must hold at least one onset; distances are to earlier onsets",
                fix="pass given=None for the first day",
            )
        counts = np.zeros(len(dates), dtype=np.int64)
        counts[dates.get_indexer(self.by_day.index)] = self.risk_sets.day_sizes
        spread = self.risk_sets
        if len(places) <= MOST_TABULATED:
            spread = replace(spread, distances=spread.distances.tabulated())
        draw = OnsetsInOrder(spread, self._estimate, counts, known, start)
        return simulate_panels(draw, dates, places, draws, rng, ties=len(places))

    def without(self, *names: str) -> "DiffusionDecomposition":
        """Return the fit with the exponent of "population", of "distance" or of both at 0, without checks of robustness.

        Parameters
        ----------
        names
            "population" and "distance", or one of them.

        Raises
        ------
        DataError
            Another name is given.
        """
        with Arguments() as check:
            for name in names:
                check.choice("names", name, [name.removesuffix("_exponent") for name in NAMES])
        kept = [name for name in self.parameter_names if name.removesuffix("_exponent") not in names]
        logit = self._logit.keep(kept)
        optimum = logit.fit(kept)
        return replace(
            self,
            optimum=optimum,
            exponents=exponents_of(logit, optimum),
            timing_placebo=None,
            thinning=None,
            simulations=0,
            rough_places=0,
        )

    @property
    def _estimate(self) -> FloatArray:
        """Both exponents, finite."""
        fitted = dict(zip(self.parameter_names, self.optimum.coordinates, strict=True))
        return np.array([fitted.get(name, 0.0) for name in NAMES])

    @property
    def _logit(self) -> ConditionalLogit:
        return ConditionalLogit.of(self.risk_sets)

    @property
    def _dates(self) -> pd.DatetimeIndex:
        """All days from the first to the last onset."""
        return pd.date_range(self.by_day.index[0], self.by_day.index[-1], name="date")

    def _panel(self, values: list[FloatArray]) -> pd.DataFrame:
        """Return values by place at risk, on each day of the likelihood, as a panel."""
        panel, days = np.full((len(self._dates), self.places), np.nan), self._dates.get_indexer(self.by_day.index)
        for choice, row in zip(self.risk_sets.choices(), values, strict=True):
            panel[days[choice.wave], choice.at_risk] = row
        return pd.DataFrame(panel, index=self._dates, columns=self.onsets.index)

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
        """Who joined earlier: by the signs of the exponents whose 95% intervals exclude 0."""
        return _VERDICTS[self._sign(0), self._sign(1)]

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
        changes = (
            "a place twice as large was {} times as likely to be next",
            "a place half as far from the nearest earlier onset was {} times as likely",
        )
        effects = " ".join(
            f"{self._exponent(row)}: {changes[row].format(self._times(row))}."
            if self._fitted(row)
            else f"{self._exponent(row)}."
            for row in range(2)
        )
        placebo = f" {self.timing_placebo.sentence}" if self.timing_placebo else ""
        return f"{spread} {self._describe_effects()}. {effects}{self._rough()}{placebo}"

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else looks like this: late reports from small places, causes that neighbors share, suburbs."""
        found = [self._reporting()]
        if self._sign(1) > 0:
            found.append("Regions that differ in how soon their places join also look like contagious diffusion.")
        if self._sign(1) < 0:
            found.append(
                "People of a suburb protest in its city: a place near one that had joined may have joined there."
            )
        if self.close_places:
            closer = f"{format_places(self.close_places)} closer than {format_number(self.min_km)} km to another"
            found.append(f"{closer} count as that far apart.")
        return (*found, "These are associations, not causes.")

    def _describe_effects(self) -> str:
        """Return which places joined earlier, the kind of diffusion, and for which exponent no effect was found."""
        if not self.converged:
            return "The effects of population and distance could not be estimated, as the fit did not converge"
        signs = [self._sign(row) for row in range(2)]
        earlier = [_EARLIER[row][sign < 0] for row, sign in enumerate(signs) if sign]
        words = enumerate(("population", "distance"))
        none = [word for row, word in words if not signs[row] and self._fitted(row)]
        clauses = [f"{join_words(earlier)} joined earlier{_LOOKS_LIKE[signs[0] > 0, signs[1] > 0]}"] if earlier else []
        clauses += [f"no effect of {join_words(none, 'or')} was found"] if none else []
        text = "; ".join(clauses) or "neither population nor distance is in the model"
        return text[:1].upper() + text[1:]

    def _sign(self, row: int) -> int:
        """Return 1 or -1 if the interval of an exponent lies above or below 0, else 0."""
        return int(self._at(row, "low") > 0) - int(self._at(row, "high") < 0)

    def _at(self, row: int, column: str) -> float:
        return float(self.exponents[column].to_numpy(dtype=float)[row])

    def _fitted(self, row: int) -> bool:
        """Whether an exponent is estimated, not held at 0."""
        return NAMES[row] in self.parameter_names

    def _exponent(self, row: int) -> str:
        if not self._fitted(row):
            return f"{NAMES[row].replace('_', ' ').capitalize()} held at 0"
        estimate, low, high = (format_number(self._at(row, column), 2) for column in ("estimate", "low", "high"))
        what, other = ("population", "distance") if row == 0 else ("distance", "population")
        null = f"{format_p(self._at(row, 'p_value'))} against no effect of {what}"
        null += f", given {other}" if self._fitted(1 - row) else ""
        return f"{what.capitalize()} exponent {estimate} (95% interval {low} to {high}; {null})"

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
            return f"{text}."
        level, row = self.thinning.index[-1], self.thinning.iloc[-1]
        reads = " and ".join(format_number(float(row[name]), 2) for name in NAMES)
        return f"{text}: if more of them were missing (reporting exponent {level:g}), the exponents would be {reads}."

    def to_frame(self) -> pd.DataFrame:
        """Return the table of exponents."""
        return self.exponents.copy()

    def figure(self, *, level: float = LEVEL) -> JoinersByDay:
        """Return the places that joined against all places at risk, and the exponents with profile-likelihood intervals."""
        level, table = check_level(level), self.exponents.copy()
        if level != LEVEL:
            table[["low", "high"]] = self.summary(level=level).reindex(NAMES)[["low", "high"]].to_numpy()
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
