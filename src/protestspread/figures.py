"""What the figure of a result shows, as data: the result describes it, and `pictures.figures` draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .arrays import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class NullHistogram:
    """A histogram of the draws of a statistic under the null, with the observed value.

    Attributes
    ----------
    draws, observed, p_value
        The statistic in each draw, its observed value, and the p-value; NaN if there is none.
    statistic, null
        Names of the statistic and of the null, such as "dates shuffled over all events".
    reason
        Why there is no p-value, or None.
    """

    draws: npt.ArrayLike
    observed: float
    p_value: float
    statistic: str
    null: str
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class NullBand:
    """The middle 95% of the draws under one null, their mean, the observed value, and a note beside them.

    ``observed`` is NaN in a ladder that shows it as a line; ``low``, ``high`` and ``expected`` are NaN where there was no
    test. ``clear`` says whether the observed value is significant.
    """

    low: float
    high: float
    expected: float
    note: str
    observed: float = np.nan
    clear: bool = True


@dataclass(frozen=True, eq=False)
class NullLadder:
    """Bands of draws under several nulls, or of several statistics, one row each.

    Attributes
    ----------
    rows
        Names of the rows.
    series
        Name of the series -> one band per row.
    axis
        Name of the axis.
    reference
        The value at which to draw a line, or None.
    """

    rows: Sequence[str]
    series: Mapping[str, Sequence[NullBand]]
    axis: str
    reference: float | None = None


@dataclass(frozen=True, eq=False)
class LimitGrid:
    """A statistic by limits of distance (rows) and delay (columns), as numbers; 0 is white.

    Attributes
    ----------
    values
        Index: kilometers; columns: days; NaN is shown as a dash.
    statistic
        Name of the statistic.
    framed, frame
        Cells to frame, or None, and what the frame means.
    """

    values: pd.DataFrame
    statistic: str
    framed: pd.DataFrame | None = None
    frame: str = ""


@dataclass(frozen=True, eq=False)
class PlaceGrid:
    """A z-score by place (rows, the most significant first) and date (columns), as colors; NaN is hatched.

    Attributes
    ----------
    z_scores, marked
        The z-scores, and whether to mark a cell with a dot.
    statistic, mark, method
        Name of the statistic, what a dot means, and the method.
    """

    z_scores: pd.DataFrame
    marked: pd.DataFrame
    statistic: str
    mark: str
    method: str


@dataclass(frozen=True, eq=False)
class SeriesWithBand:
    """A statistic by date over a band; dates without a value are hatched.

    Attributes
    ----------
    observed, low, high
        The statistic and the ends of the band, by date.
    filled
        Whether to fill the dot of a date.
    statistic, band, fill, method
        Names of the statistic and of the band, what a filled dot means, and the method.
    expected
        The expected values, or None.
    line, reference
        Names of the values and of the expected ones.
    """

    observed: pd.Series
    low: pd.Series
    high: pd.Series
    filled: pd.Series
    statistic: str
    band: str
    fill: str
    method: str
    expected: pd.Series | None = None
    line: str = "observed"
    reference: str = "expected under the null"


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


Figure = (
    NullHistogram
    | NullLadder
    | LimitGrid
    | PlaceGrid
    | GroupMatrix
    | SeriesWithBand
    | Fan
    | StackedParts
    | WorldBands
    | Scatter
    | Estimates
    | ComparedEstimates
)
