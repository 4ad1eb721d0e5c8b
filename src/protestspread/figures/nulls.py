"""Figures of tests: draws under a null, and statistics by limits, places and dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


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
    fill
        What a filled dot means.
    """

    rows: Sequence[str]
    series: Mapping[str, Sequence[NullBand]]
    axis: str
    reference: float | None = None
    fill: str = "adjusted p ≤ 0.05"


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
