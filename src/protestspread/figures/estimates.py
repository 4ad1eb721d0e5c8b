"""Figures of estimates and fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class FittedLine:
    """A line ``intercept + slope · x``, the interval of its slope, its label, and whether it is drawn solid."""

    intercept: float
    slope: float
    low: float
    high: float
    label: str
    solid: bool


@dataclass(frozen=True, eq=False)
class FittedChance:
    """A fitted chance from 0 to 1 by ascending ``x``, and its label."""

    x: FloatArray
    chance: FloatArray
    label: str


@dataclass(frozen=True, eq=False)
class Scatter:
    """Dates of places against a distance, with a fitted line and a fitted chance.

    Attributes
    ----------
    x, dates
        Distance and date of each place; NaT for places without one, which are drawn at the end of observation.
    start, end
        The dates of day 0 of the line and of the end of observation (None if unknown).
    axis, note
        Name of the axis, and the text below it.
    line
        The line; or the reason why there is none.
    chance
        The chance that a place has a date, or None.
    """

    x: FloatArray
    dates: pd.Series
    start: pd.Timestamp
    end: pd.Timestamp | None
    axis: str
    note: str
    line: FittedLine | str
    chance: FittedChance | None = None


@dataclass(frozen=True, eq=False)
class EstimateRows:
    """Estimates with intervals on one scale.

    Attributes
    ----------
    table
        One row per estimate: ``estimate, low, high`` (infinite where the data give no bound, NaN where there is no estimate or
        interval), and, if there is a second interval, ``inner_low, inner_high``.
    heading
        Name of the scale.
    log
        Whether the scale is logarithmic; an end at 0 is then beyond the axis.
    reference
        The value of no effect: a dot is filled if the interval excludes it. None if there is no such value.
    """

    table: pd.DataFrame
    heading: str
    log: bool = False
    reference: float | None = 0.0

    @property
    def clear(self) -> BoolArray:
        """Whether each interval excludes the reference."""
        if self.reference is None:
            return np.ones(len(self.table), dtype=bool)
        return ((self.table["low"] > self.reference) | (self.table["high"] < self.reference)).to_numpy()


@dataclass(frozen=True, eq=False)
class Estimates:
    """Estimates with intervals, on one or more scales, and a note."""

    scales: Sequence[EstimateRows]
    note: str


@dataclass(frozen=True, eq=False)
class ComparedEstimates:
    """Candidates compared by shares from 0 to 1 and by an estimate.

    Attributes
    ----------
    shares
        One row per candidate, one column per share.
    headings
        Share -> its heading.
    percent
        The shares that are written in percent.
    estimates
        The estimate of each candidate.
    heading, texts
        Heading and texts at the right.
    note
        The text below.
    """

    shares: pd.DataFrame
    headings: Mapping[str, str]
    percent: Sequence[str]
    estimates: EstimateRows
    heading: str
    texts: Sequence[str]
    note: str


@dataclass(frozen=True, eq=False)
class DayRanges:
    """Values of some places on each day over the middle 80% and the median of all places at risk.

    Attributes
    ----------
    heading
        Name of the values.
    ranges
        Index: dates; ``low, median, high``, NaN where unknown.
    dates, values
        Date and value of each place.
    unknown
        The note on a first day without a range.
    """

    heading: str
    ranges: pd.DataFrame
    dates: pd.Series
    values: FloatArray
    unknown: str = ""


@dataclass(frozen=True, eq=False)
class JoinersByDay(Estimates):
    """Estimates of effects on one scale, below places that joined against places at risk: attribute -> its ranges by day."""

    attributes: Mapping[str, DayRanges]
