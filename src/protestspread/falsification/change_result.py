"""What was observed after an act, beside waves without a change."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from ..arrays import FloatArray
from ..ensembles.figures import QUANTILES
from ..figures import Fan
from ..inference.permutation_test import Alternative, p_values
from ..inference.replicates import RARE
from ..results import Result
from ..wording import format_date, format_days, format_number, format_p, format_places, join_words

Rule = Literal["day after peak", "given"]
"""How the first day of an act was chosen: the day after the peak of the wave, or without regard to the wave."""

ALL = "all places"
FIT, SMOOTH = "waves simulated from the fit", "smooth waves"
_FEWEST_USABLE = 0.5


@dataclass(frozen=True, repr=False, eq=False)
class ChangeAfter(Result):
    """Events after an act against events before it, held against waves without a change; see `change_after`.

    Attributes
    ----------
    act, start, places
        The kind of the act, the first day it was in force, and the places it held for.
    rule, window_days, alternative
        Options of the test.
    statistic
        log((events after + ½) / (events before + ½)), over ``window_days`` from the start on and before it.
    null_distributions
        Null -> the same in each of its waves: "waves simulated from the fit", and "smooth waves", where they could be fitted.
    table
        Index: places, with "all places" last. ``before, after, ratio``, and the ``median, low, high`` (95% prediction) of the
        events after, had the waves of the fit continued from the observed days before.
    by_day
        Index: dates. ``observed`` and ``expected`` (fitted given the days before) events in the places of the act, and on the
        days after it, quantiles of the events had the wave continued.
    likeness, likeness_p
        The days before the act beside those of the waves simulated from the fit, by feature; and how likely such waves are as
        far out as the observed one.
    usable
        Share of the waves simulated from the fit in which the act can be placed.
    hidden
        Number of place-days that count as not observed because of a shutdown.
    days_after_peak
        The number of days after its peak on which the act is placed in each wave; None where it is placed on the same date.
    """

    act: str
    start: pd.Timestamp
    places: pd.Index
    rule: Rule
    window_days: int
    alternative: Alternative
    statistic: float
    null_distributions: dict[str, FloatArray]
    table: pd.DataFrame
    by_day: pd.DataFrame
    likeness: pd.DataFrame
    likeness_p: float
    usable: float
    hidden: int
    days_after_peak: int | None

    @cached_property
    def p_by_null(self) -> pd.Series:
        """P-value against each null."""
        found = {
            name: float(p_values(self.statistic, drawn, self.alternative))
            for name, drawn in self.null_distributions.items()
        }
        return pd.Series(found, name="p_value", dtype=float).rename_axis("null")

    @property
    def p_value(self) -> float:
        """The larger of the p-values against the two nulls; NaN where one of them could not be simulated."""
        return float(self.p_by_null.max()) if len(self.p_by_null) == len((FIT, SMOOTH)) else np.nan

    @property
    def verdict(self) -> str:
        """What can be said: "change", "no change found", or "cannot tell"."""
        if self.reason is not None:
            return "cannot tell"
        return "change" if self.p_value <= RARE else "no change found"

    @property
    def reason(self) -> str | None:
        """Why no conclusion is possible, or None."""
        if self.usable < _FEWEST_USABLE:
            return f"the act can be placed in only {self.usable:.0%} of the waves simulated from the fit"
        if SMOOTH not in self.null_distributions:
            return "no smooth wave could be fitted to the daily totals"
        if self.likeness_p <= RARE:
            return f"waves simulated from the fit do not look like the data before the act ({self._unlike()})"
        fewest = min(map(len, self.null_distributions.values()))
        if (2 if self.alternative == "two-sided" else 1) / (fewest + 1) > RARE:
            return f"{fewest} waves are too few for a p-value of {RARE:g}"
        return None

    @property
    def limit(self) -> float:
        """The ratio of events after to events before below which p ≤ 0.05, if the alternative is "less"; NaN for others."""
        if self.alternative != "less" or self.reason is not None:
            return np.nan
        ends = [np.sort(drawn)[int(RARE * (len(drawn) + 1) + 1e-9) - 1] for drawn in self.null_distributions.values()]
        return float(np.exp(min(ends)))

    @property
    def sentence(self) -> str:
        """What was observed after the act, what waves without a change would have, and the verdict."""
        total = self.table.T[ALL]
        days = format_days(self.window_days)
        low, median, high = (format_number(float(total[name])) for name in ("low", "median", "high"))
        after, before = int(total["after"]), int(total["before"])
        text = (
            f"In the {days} from {format_date(self.start)}, when {self.act} began in {format_places(len(self.places))}, there "
            f"{'was 1 event' if after == 1 else f'were {after:,} events'}, after {before:,} in the {days} before (ratio "
            f"{format_number(float(total['ratio']), 2)})"
        )
        if self.hidden:
            text += f"; {self.hidden:,} place-days of a shutdown count as not observed"
        placed = "on the same days"
        if self.days_after_peak is not None:
            later = "the day" if self.days_after_peak == 1 else format_days(self.days_after_peak)
            placed = f"with the act {later} after their peak"
        text += f". Waves without a change, {placed}, would have {median} (95% interval {low} to {high}). "
        if self.reason is not None:
            return f"{text}Whether there was a change after the act cannot be determined: {self.reason}."
        tests = join_words([f"{format_p(p)} against {name}" for name, p in self.p_by_null.items()])
        if self.verdict == "change":
            return f"{text}There was a change after the act, beyond the course of such waves ({tests})."
        if self.alternative == "less":
            tests += f"; a ratio below {format_number(self.limit, 2)} would have been called a change"
        return f"{text}No change after the act was found ({tests})."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else looks like a change after an act."""
        return (
            "Acts follow peaks, and any wave falls after its peak; a course that neither the fit nor a smooth curve describes looks like a change.",
            "Reports change with acts: fewer reports are not fewer events.",
            "Other acts on nearby days, and people who act ahead of an announced act, cannot be separated from it.",
            "An act in one place may also change events in others.",
            "This is one wave: what would have followed without the act is not known.",
        )

    @property
    def pre_trend(self) -> pd.DataFrame:
        """The days before the act: ``observed`` and ``expected`` events by date, and their ``difference``; descriptive."""
        before = self.by_day.loc[self.by_day.index < self.start, ["observed", "expected"]]
        return before.assign(difference=before["observed"] - before["expected"])

    def to_frame(self) -> pd.DataFrame:
        """Return `table`: events before and after by place, with the prediction."""
        return self.table

    def figure(self) -> Fan:
        """Return the observed events by day, and the days after the act had the wave continued."""
        quantiles = self.by_day[list(QUANTILES)]
        name = f"events by day; {self.act} from {format_date(self.start)}"
        return Fan(quantiles, name, len(self.null_distributions[FIT]), observed=self.by_day["observed"])

    def _unlike(self) -> str:
        """Return the feature that is farthest out."""
        name = str(self.likeness["distance"].idxmax())
        row = self.likeness.T[name]
        return f"{name}: {format_number(row['observed'], 2)}; 95% of the waves {format_number(row['low'], 2)} to {format_number(row['high'], 2)}"
