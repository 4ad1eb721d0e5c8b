"""The result of `decompose_diffusion`: which places joined earlier, and what else could look like it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ...figures import DayRanges, EstimateRows, JoinersByDay
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.profiles import check_level
from ...wording import format_date, format_days, format_number, format_p, format_places, join_words
from .conditional_logit import NAMES, profile_interval_of
from .timing_placebo import TimingPlacebo

HierarchyVerdict = Literal[
    "both", "hierarchy", "neighborhood", "undetermined", "hierarchy, far-off places sooner", "far-off places sooner",
    "neighborhood, small places sooner", "small places sooner", "small and far-off places sooner",
]  # fmt: skip
Bootstrap = Literal["parametric", "days"]
LEVEL = 0.95  # of the intervals in `exponents`
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
        large = f"{self._exponent(0)}: a place twice as large was {self._times(0)} times as likely to be next"
        near = f"{self._exponent(1)}: a place half as far from the nearest earlier onset was {self._times(1)} times as likely"
        placebo = f" {self.timing_placebo.sentence}" if self.timing_placebo else ""
        return f"{spread} {self._describe_effects()}. {large}. {near}.{self._rough()}{placebo}"

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
        none = [word for word, sign in zip(("population", "distance"), signs, strict=True) if not sign]
        clauses = [f"{join_words(earlier)} joined earlier{_LOOKS_LIKE[signs[0] > 0, signs[1] > 0]}"] if earlier else []
        clauses += [f"no effect of {join_words(none, 'or')} was found"] if none else []
        text = "; ".join(clauses)
        return text[:1].upper() + text[1:]

    def _sign(self, row: int) -> int:
        """Return 1 or -1 if the interval of an exponent lies above or below 0, else 0."""
        return int(self._at(row, "low") > 0) - int(self._at(row, "high") < 0)

    def _at(self, row: int, column: str) -> float:
        return float(self.exponents[column].to_numpy(dtype=float)[row])

    def _exponent(self, row: int) -> str:
        estimate, low, high = (format_number(self._at(row, column), 2) for column in ("estimate", "low", "high"))
        what, other = ("population", "distance") if row == 0 else ("distance", "population")
        null = f"{format_p(self._at(row, 'p_value'))} against no effect of {what}, given {other}"
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
