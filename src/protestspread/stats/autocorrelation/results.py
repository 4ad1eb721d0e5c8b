"""Results of the statistics by day: global (a number per day) and local (a number per day and place)."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from ...errors import DataError, shorten_list
from ...figures import PlaceGrid, SeriesWithBand
from ...results import Result
from ...wording import format_days, format_places

LEVEL = 0.05
HOW_ADJUSTED = {
    "max": "by the largest z-score of all days",
    "holm": "by Holm's method",
    "fdr": "by the method of Benjamini and Hochberg",
}
_THAN_EXPECTED = {"greater": "larger than", "less": "smaller than", "two-sided": "different from what is"}

SHARED = "This is consistent with spread between neighboring places, and a cause that they share would look the same."
NO_SIGN = "The places are then not exchangeable, which alone is no sign of spread."
_POPULATION = "Large places that lie together look the same, because population is not in the null."
_BY_DAY = "The p-values are not adjusted for the number of days."


@dataclass(frozen=True, repr=False, eq=False)
class GlobalAutocorrelation(Result):
    """A statistic of all pairs of neighbors on each day, and its test.

    Attributes
    ----------
    table
        Index ``date``; ``places`` (observed), ``statistic``, ``expected`` and ``variance`` under all permutations (exact),
        ``z_score``, ``p_value``, ``adjusted_p_value``, ``null_low`` and ``null_high`` (the middle 95% of the null
        distribution), ``reason`` (why numbers are missing, else "").
    statistic
        Name of the statistic.
    null
        Source of the p-values.
    alternative, adjust, rates
        Settings of the test.
    """

    table: pd.DataFrame
    statistic: str
    null: str
    alternative: str
    adjust: str
    rates: str | None = None

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        statistic: str,
        *,
        permutations: int,
        p_from: str,
        alternative: str,
        adjust: str,
        rates: str | None = None,
    ) -> Self:
        """Return the result of a test; ``table.attrs`` gets the name of the statistic and the method."""
        permuted = f"{permutations:,} permutations of the places, shared by all days"
        null = permuted if p_from == "permutations" else "a normal distribution with exact moments"
        result = cls(table, statistic, null, alternative, adjust, rates)
        table.attrs = {"statistic": statistic, "method": result.method}
        return result

    @property
    def method(self) -> str:
        """The statistic, the source of the p-values, and how they are adjusted."""
        return f"{self.statistic}; p-values ({self.alternative}) from {self.null}; adjusted {self._how_adjusted}"

    @property
    def _how_adjusted(self) -> str:
        return HOW_ADJUSTED[self.adjust]

    @property
    def significant(self) -> pd.DataFrame:
        """The rows whose adjusted p-value is at most 0.05."""
        return self.table[self.table["adjusted_p_value"] <= LEVEL]

    @property
    def sentence(self) -> str:
        """How many days were tested, against what, and on which days the statistic is significant."""
        tested = self.table.index[self.table["p_value"].notna()]
        if not len(tested):
            return f"The test of {self.statistic} was not possible on any day ({_first_reason(self.table)})."
        days = pd.DatetimeIndex(self.significant.index)
        found = f"the values of {list_days(days)} are" if len(days) else "no value is"
        return self._conclude(f"{len(tested):,} of {format_days(len(self.table))}", found)

    def _conclude(self, where: str, found: str) -> str:
        return (
            f"{self.statistic[:1].upper()}{self.statistic[1:]}, tested on {where} against {self.null}: with p-values adjusted "
            f"{self._how_adjusted}, {found} significantly {_THAN_EXPECTED[self.alternative]} expected."
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else makes neighbors similar; empty where nothing is significant."""
        if self.significant.empty:
            return ()
        if self.significant["z_score"].min() <= 0 or "BW" in self.statistic:
            return (NO_SIGN,)
        return (SHARED,) if self.rates else (SHARED, _POPULATION)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def figure(self) -> SeriesWithBand | PlaceGrid:
        """Return the statistic by day over the middle 95% of its null distribution."""
        return series_of(self.table)


@dataclass(frozen=True, repr=False, eq=False)
class LocalAutocorrelation(GlobalAutocorrelation):
    """A statistic of each place on each day, and its test.

    Attributes
    ----------
    table
        Index ``date`` and place; ``statistic``, ``expected`` and ``variance`` under all permutations (exact), ``z_score``,
        ``p_value``, ``adjusted_p_value`` (adjusted among the places of a day), ``reason`` (why numbers are missing, else "");
        ``quadrant`` for the local Moran's I.
    statistic, null, alternative, adjust, rates
        As in `GlobalAutocorrelation`.
    """

    @property
    def _how_adjusted(self) -> str:
        return f"{HOW_ADJUSTED[self.adjust]} among the places of a day"

    @property
    def sentence(self) -> str:
        """On how many days and at how many places the statistic was tested, against what, and where it is significant."""
        tested = self.table[self.table["p_value"].notna()]
        if not len(tested):
            return f"The test of {self.statistic} was not possible on any day ({_first_reason(self.table)})."
        dates, places = (tested.index.get_level_values(level) for level in (0, 1))
        where = f"{format_days(dates.nunique())} at {format_places(places.nunique())}"
        days, sites = (self.significant.index.get_level_values(level).unique() for level in (0, 1))
        count = len(self.significant)
        values = f"{count:,} of {len(tested):,} values (at {format_places(len(sites))}, on {list_days(pd.DatetimeIndex(days))}) are"
        return self._conclude(where, values if count else f"none of {len(tested):,} values is")

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else makes neighbors similar, and for what the p-values are not adjusted."""
        days = self.table.index.get_level_values(0)[self.table["p_value"].notna()].nunique()
        return super().caveats + ((_BY_DAY,) if days > 1 and len(self.significant) else ())

    def figure(self) -> PlaceGrid:
        """Return the z-scores by place and day, the places with the smallest adjusted p-values first."""
        return grid_of(self.table)


def series_of(table: pd.DataFrame) -> SeriesWithBand:
    """Return the figure of the table of a global statistic."""
    _check_values(table)
    return SeriesWithBand(
        observed=table["statistic"],
        low=table["null_low"],
        high=table["null_high"],
        filled=table["adjusted_p_value"] <= LEVEL,
        statistic=str(table.attrs.get("statistic", "statistic")),
        band="middle 95% under the null",
        fill="adjusted p ≤ 0.05",
        method=str(table.attrs.get("method", "")),
        expected=table["expected"],
    )


def grid_of(table: pd.DataFrame) -> PlaceGrid:
    """Return the figure of the table of a local statistic."""
    _check_values(table)
    z, adjusted = (table[name].unstack("date") for name in ("z_score", "adjusted_p_value"))  # noqa: PD010
    rank = adjusted.min(axis=1).fillna(2.0) - 1e-6 * z.abs().max(axis=1).fillna(0.0)
    order = rank.sort_values(kind="stable").index
    statistic, method = (
        str(table.attrs.get(name, other)) for name, other in (("statistic", "the statistic"), ("method", ""))
    )
    return PlaceGrid(z.loc[order], adjusted.loc[order] <= LEVEL, statistic, "adjusted p ≤ 0.05", method)


def _check_values(table: pd.DataFrame) -> None:
    if table["statistic"].isna().all():
        what, fix = f"no row has a value ({_first_reason(table)})", "pass a panel with observed values"
        raise DataError("result cannot be drawn", [what], fix)


def _first_reason(table: pd.DataFrame) -> str:
    return str(table["reason"].iloc[0]) if len(table) else "the table is empty"


def list_days(days: pd.DatetimeIndex) -> str:
    """Return the number of some days, and their dates."""
    return f"{format_days(len(days))} ({shorten_list(days.strftime('%Y-%m-%d'), most=6)})"
