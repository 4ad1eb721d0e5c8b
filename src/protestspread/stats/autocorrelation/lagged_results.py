"""Results of the lagged Moran's I: of all places together, and of each place."""

from dataclasses import dataclass, field, replace
from typing import Literal, Self

import numpy as np
import pandas as pd

from ...errors import shorten_list
from ...figures import PlaceGrid
from ...inference.permutation_test import Alternative, smallest_p_value
from ...wording import as_sentence, format_number, format_p, format_places
from .lagged_series import LaggedSeries
from .results import HOW_ADJUSTED, LEVEL, NO_SIGN, SHARED, GlobalAutocorrelation, grid_of, list_days

Verdict = Literal["lagged dependence between neighbors", "no evidence of lagged dependence", "cannot tell"]

_WORDS = {
    "activity": ("more active", "less active"),
    "counts": ("higher counts", "lower counts"),
    "rates": ("higher rates", "lower rates"),
}
_REGIONS = "Regions with causes of their own look the same, unless they are the strata."
_OTHERS = (
    "Places that lie in the order of their size and are active in this order, neighbors that are the first on one day, reporting "
    "that moves through the country, and reports entered again under a nearby place can look the same."
)
_ROWS = "The rows of the panel are not days: a lag is a step from row to row."


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class LaggedMoran(GlobalAutocorrelation):
    """The lagged Moran's I of each day and over all days, and its test with whole places exchanged.

    Attributes
    ----------
    table
        Index ``date`` (the later row of a pair); ``places`` (ever active, and observed in both rows), ``statistic``,
        ``expected`` and ``variance`` (over the draws and the observed), ``z_score``, ``p_value``, ``adjusted_p_value``,
        ``null_low`` and ``null_high`` (the middle 95% of the draws), ``reason`` (why numbers are missing, else "").
    overall
        One row with the statistic over all dates, on which the verdict rests: ``places``, ``dates`` (pairs of rows with a
        statistic), ``place_days`` (observed in both rows), and the columns of `table` but the adjusted p-value.
    statistic, null, alternative, adjust
        Name of the statistic, what was exchanged, and settings of the test.
    values, rates, lag, daily
        What was tested, how counts were converted to rates, the lag in rows, and whether rows are days.
    permutations, smallest_p_value
        Number of draws, and the smallest p-value that the test can give.
    p_values
        The p-value over all dates with each null: with strata, places are exchanged in the whole country and within strata,
        and the result is that with the larger p-value.
    reason
        Why there are no p-values, or None.
    """

    overall: pd.DataFrame
    values: str
    lag: int
    daily: bool
    permutations: int
    smallest_p_value: float
    reason: str | None
    p_values: dict[str, float] = field(default_factory=dict)

    @classmethod
    def tested(
        cls, series: LaggedSeries, table: pd.DataFrame, overall: pd.DataFrame, *, permutations: int, alternative: Alternative,
        adjust: str,
    ) -> Self:  # fmt: skip
        """Return the result of a test; ``table.attrs`` gets the name of the statistic and the method."""
        untested = overall["p_value"].isna().all()
        result = cls(
            table, "lagged Moran's I", series.null, alternative, adjust, "empirical_bayes" if series.values == "rates" else None,
            overall=overall, values=series.values, lag=series.lag, daily=_daily(series.panel.index), permutations=permutations,
            smallest_p_value=smallest_p_value(permutations, series.sampler(0).log_arrangements, alternative),
            reason=(series.reason or str(overall["reason"].iloc[0])) if untested else None,
        )  # fmt: skip
        table.attrs = {"statistic": result.statistic, "method": result.method}
        return result

    @property
    def method(self) -> str:
        """The statistic, the source of the p-values, and how they are adjusted."""
        drawn = f"{self.permutations:,} draws, {self.null}"
        return f"{self.statistic}; p-values ({self.alternative}) from {drawn}; adjusted {self._how_adjusted}"

    @property
    def _in_strata(self) -> bool:
        return "within strata" in self.null or len(self.p_values) > 1

    @property
    def verdict(self) -> Verdict:
        """What follows from the statistic over all dates; "cannot tell" where the test could not have rejected."""
        if self._why_not:
            return "cannot tell"
        return "no evidence of lagged dependence" if self._found.empty else "lagged dependence between neighbors"

    @property
    def _why_not(self) -> str | None:
        if self.reason or self.smallest_p_value <= LEVEL:
            return self.reason
        return f"the p-value cannot be below {self.smallest_p_value:.2g}, because so few permutations were drawn"

    @property
    def _found(self) -> pd.DataFrame:
        """The significant rows of `overall`."""
        return self.overall[self.overall["p_value"] <= LEVEL]

    @property
    def _claim(self) -> str:
        """What is tested or found, without its subject."""
        (more, less), have = _WORDS[self.values], self._have
        unit = "day" if self.daily else "row"
        after = f"{f'the {unit}' if self.lag == 1 else f'{self.lag} {unit}s'} after their neighbors {have}"
        z = (self._found if len(self._found) else self.overall)["z_score"].dropna()
        lower = z < 0 if self.alternative == "two-sided" else np.array([self.alternative == "less"])
        what = f"{less} {after} {more}" if lower.any() else f"{more} {after}"
        mixed = f"{more} or {less} {after} {more}"
        return f"{mixed if lower.any() and not lower.all() else what}, given their own earlier {self.values}"

    @property
    def _have(self) -> str:
        """The verb of the claim."""
        return "were" if self.values == "activity" else "had"

    @property
    def sentence(self) -> str:
        """The verdict, the statistic over all dates against its null, and the days on which it is significant."""
        if self._why_not:
            return f"It cannot be told whether places {self._have} {self._claim}: {self._why_not}."
        row = self.overall.iloc[0]
        numbers = (
            f"{self.statistic} is {format_number(row['statistic'])} over {row['dates']:,} pairs of {'days' if self.daily else 'rows'} and "
            f"{format_places(row['places'])}; {format_number(row['expected'])} is expected with {self.null} ({format_p(row['p_value'])} "
            f"from {self.permutations:,} draws)"
        )
        start = f"{'' if len(self._found) else 'there is no evidence that '}places {self._have} {self._claim}"
        days = pd.DatetimeIndex(self.significant.index)
        others = "".join(f" With {null}, {format_p(p)}." for null, p in self.p_values.items() if null != self.null)
        single = f"on {list_days(days)}" if len(days) else "on no single date"
        return f"{as_sentence(f'{start}: {numbers}')}{others} With p-values adjusted {self._how_adjusted}, it is significant {single}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else gives the result; empty where nothing is claimed."""
        if self.verdict != "lagged dependence between neighbors":
            return ()
        rows = () if self.daily else (_ROWS,)
        if self._found["z_score"].min() <= 0:
            return (NO_SIGN, *rows)
        return (SHARED, *(() if self._in_strata else (_REGIONS,)), _OTHERS, *rows)


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class LocalLaggedMoran(LaggedMoran):
    """The lagged Moran's I of each place, by day and over all days, and its test with the other places exchanged.

    Attributes
    ----------
    table
        Index ``date`` (the later row of a pair) and place; ``statistic``, ``expected`` and ``variance`` (exact), ``z_score``,
        ``p_value``, ``adjusted_p_value`` (adjusted among all places and dates, see `adjust`), ``quadrant`` ("high-high": more
        active than expected from its own past, and its neighbors active before; "low-high", ...), ``reason``.
    overall
        One row a place with the statistic over all dates, on which the verdict rests: ``place_days`` (observed in both
        rows), ``statistic``, ``expected`` and ``variance`` (over the draws and the observed), ``z_score``, ``p_value``,
        ``adjusted_p_value`` (adjusted among the places), ``smallest_p_value`` (one over the number of ways in which other
        places can come to its neighbors, or of the draws), ``reason``.
    statistic, null, alternative, adjust, values, rates, lag, daily, permutations, smallest_p_value, reason
        As in `LaggedMoran`.
    """

    @property
    def _how_adjusted(self) -> str:
        return f"{HOW_ADJUSTED['holm' if self.adjust == 'holm' else 'fdr']} among all places and dates"

    @property
    def _among_places(self) -> str:
        largest = "by the largest z-score of all places"
        return largest if self.adjust == "max" else f"{HOW_ADJUSTED[self.adjust]} among the places"

    @property
    def _found(self) -> pd.DataFrame:
        return self.overall[self.overall["adjusted_p_value"] <= LEVEL]

    @property
    def sentence(self) -> str:
        """The places with a significant statistic over all dates, and how many values of single dates are significant."""
        if self._why_not:
            return f"It cannot be told which places {self._have} {self._claim}: {self._why_not}."
        tested, days = self.overall["p_value"].notna().sum(), self.table["p_value"].notna().sum()
        found = self._found.sort_values("p_value", kind="stable").index
        have = "was" if len(found) == 1 and self._have == "were" else self._have
        named = f"{len(found):,} of {format_places(tested)} ({shorten_list(found)})"
        places = f"{named if len(found) else f'none of {format_places(tested)}'} {have}"
        against = f"{self.statistic} of each place over all dates, with {self.null}, but the place itself held ({self.permutations:,} draws)"
        return (
            f"{as_sentence(f'{places} {self._claim}: {against}, p-values adjusted {self._among_places}')} "
            f"With p-values adjusted {self._how_adjusted}, {len(self.significant):,} of {days:,} values of single dates are significant."
        )

    def figure(self) -> PlaceGrid:
        """Return the z-scores by place and date, the places with the smallest p-values over all dates first."""
        grid, ranked = grid_of(self.table), self.overall.sort_values(["adjusted_p_value", "p_value"], kind="stable")
        ranked = ranked[ranked["statistic"].notna()]  # without places that were never active
        names = [f"{name} ({format_p(p)})" if p <= LEVEL else name for name, p in ranked["adjusted_p_value"].items()]
        z, marked = (part.reindex(ranked.index).set_axis(names) for part in (grid.z_scores, grid.marked))
        return replace(grid, z_scores=z, marked=marked)


def _daily(dates: pd.Index) -> bool:
    """Return whether rows are days; a single row is."""
    return len(dates) < 2 or dates[1] - dates[0] == pd.Timedelta(days=1)
