"""Figures of courses over time, of worlds and of groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class StackedParts:
    """Expected counts by date as a sum of fitted parts, with the observed counts: one panel for all places, or one a place.

    Attributes
    ----------
    fitted
        Heading of the panel -> expected counts by date, one column a part, from the bottom of the stack; NaN where a date is
        not in the likelihood. Parts are never below 0.
    observed
        Heading of the panel -> observed counts on the same dates.
    partial
        Heading of the panel -> on which dates some places are not in the likelihood, so that both sums lack them.
    note
        The text below.
    """

    fitted: Mapping[str, pd.DataFrame]
    observed: Mapping[str, pd.Series]
    partial: Mapping[str, pd.Series]
    note: str


@dataclass(frozen=True, eq=False)
class Fan:
    """Many possible courses by date: their median over the middle 50% and 90%, with the observed course.

    Attributes
    ----------
    quantiles
        Index: dates; columns 0.05, 0.25, 0.5, 0.75, 0.95. NaN on dates without draws.
    heading
        What is counted.
    draws
        The number of courses.
    observed
        The observed course on the same dates, NaN where not observed; or None.
    lower_bound
        On which dates the observed number is a lower bound, because an earlier date was not observed; None: on none.
    """

    quantiles: pd.DataFrame
    heading: str
    draws: int
    observed: pd.Series | None = None
    lower_bound: pd.Series | None = None


@dataclass(frozen=True, eq=False)
class WorldBands:
    """Several statistics (columns) in several worlds (rows): bands of draws, beside the observed values.

    Attributes
    ----------
    low, middle, high
        The middle 95% of the draws and their median, one row a world and one column a statistic.
    observed
        The observed value of each statistic.
    outside
        Where the observed value lies outside the draws.
    texts, heading
        A text beside each row, and what these texts are.
    note
        What the picture shows, in a sentence.
    """

    low: pd.DataFrame
    middle: pd.DataFrame
    high: pd.DataFrame
    observed: pd.Series
    outside: pd.DataFrame
    texts: Sequence[str]
    heading: str
    note: str


@dataclass(frozen=True, eq=False)
class GroupMatrix:
    """Expected numbers from groups (rows) to groups (columns), as shaded numbers.

    Attributes
    ----------
    values
        The numbers, at least 0; index and columns are the names of the groups.
    heading
        What the numbers are.
    apart
        The row that is set apart from the others, at the bottom.
    note
        The text below.
    """

    values: pd.DataFrame
    heading: str
    apart: str
    note: str
