"""What each picture shows, as data. Stills, animations, the web map and the tests all read the same frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from ..panels import cumulative
from ..tables import check_interventions, check_panel
from .classes import Classes, classify

Show = Literal["day", "so_far", "window"]
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a panel, still without a drawing library.

    Attributes
    ----------
    date
        The row of the panel it shows.
    label
        The date in words, the same in every time zone.
    values
        One number a place; NaN where the place was not observed.
    classes
        The classes, the same for every frame.
    total
        The sum over the places observed; NaN where none was.
    in_force
        Kinds of intervention in force on the date, in the order in which they began.
    """

    date: pd.Timestamp
    label: str
    values: pd.Series
    classes: Classes
    total: float
    in_force: tuple[str, ...] = ()

    @property
    def class_index(self) -> npt.NDArray[np.int8]:
        """The class of each place: -1 not observed, 0 none, 1 ... k."""
        return self.classes.index(self.values.to_numpy(dtype=float, na_value=np.nan))


def frames(
    panel: pd.DataFrame,
    *,
    show: Show = "day",
    window_days: int = 7,
    interventions: pd.DataFrame | None = None,
    classes: Classes | None = None,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
) -> list[Frame]:
    """Say what each picture of a panel shows, one frame a date.

    Parameters
    ----------
    panel
        A row a date, a column a place.
    show
        "day": the date itself. "so_far": all reported up to it. "window": the last `window_days` days up to it,
        missing where one of them was not observed.
    window_days
        For ``show="window"``.
    interventions
        Names those in force in each frame.
    classes, scheme, k
        The classes for all frames; by default `classify` chooses them over all frames together.

    Raises
    ------
    SchemaError
        The panel is not a panel, or the interventions are not interventions.
    DataError
        The panel is empty, or `show` is unknown.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> frame = ps.frames(panel)[2]
    >>> frame.label, int(frame.values["Atyrau"])
    ('3 Jan 2022', 1)
    """
    check_panel(panel)
    if panel.empty:
        raise DataError(
            "there is nothing to show",
            ["the panel is empty"],
            "count_events(events, places) with a window that holds events",
        )
    shown = shown_values(panel, show=show, window_days=window_days)
    classes = classes or classify(shown.to_numpy(dtype=float, na_value=np.nan), scheme=scheme, k=k)
    dates = pd.DatetimeIndex(panel.index)
    return [
        Frame(date, label, row, classes, float(row.sum(min_count=1)), kinds)
        for date, label, (_, row), kinds in zip(
            dates, date_labels(dates), shown.iterrows(), _kinds_in_force(interventions, dates), strict=True
        )
    ]


def shown_values(panel: pd.DataFrame, *, show: Show = "day", window_days: int = 7) -> pd.DataFrame:
    """Return the numbers that the frames of a panel show, a row a date: see `frames`."""
    if show == "day":
        return panel
    if show == "so_far":
        return cumulative(panel)
    if show != "window":
        raise DataError("the frames cannot be made", [f"show = {show!r}"], 'one of "day", "so_far", "window"')
    if window_days < 1:
        raise DataError("the frames cannot be made", [f"window_days = {window_days}"], "at least 1 day")
    window = f"{window_days}D"
    unobserved = panel.isna().astype(float).rolling(window).max() > 0
    return panel.rolling(window).sum().mask(unobserved)


def lower_bounds(steps: Sequence[Frame], panel: pd.DataFrame, *, show: Show = "day") -> list[bool]:
    """Say of which frames of a panel the total is a lower bound: some place that is otherwise observed was not."""
    ever = panel.notna().any().to_numpy()
    gaps = [bool(step.values.isna().to_numpy()[ever].any()) for step in steps]
    return list(accumulate(gaps, max)) if show == "so_far" else gaps


def row_ends(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the end of each row of a panel: the next date, and for the last as long after it as the row before."""
    step = dates.freq or (dates[-1] - dates[-2] if len(dates) > 1 else pd.Timedelta(days=1))
    return pd.DatetimeIndex([*dates[1:], dates[-1] + step])


def date_labels(dates: pd.DatetimeIndex | Sequence[pd.Timestamp]) -> list[str]:
    """Return dates in words: "5 Jan 2022"; "week from 3 Jan 2022"; "Jan 2022"; "2022", after their spacing.

    Examples
    --------
    >>> date_labels(pd.date_range("2022-01-01", periods=2))
    ['1 Jan 2022', '2 Jan 2022']
    """
    dates = dates if isinstance(dates, pd.DatetimeIndex) else pd.DatetimeIndex(list(dates))
    step = int(np.median((row_ends(dates) - dates) // pd.Timedelta(days=1))) if len(dates) else 1
    firsts = bool((dates.day == 1).all())
    if step >= 365 and firsts:
        return [str(date.year) for date in dates]
    if step >= 28 and firsts:
        prefix = f"{round(step / 30.4)} months from " if step > 31 else ""
        return [f"{prefix}{_MONTHS[date.month - 1]} {date.year}" for date in dates]
    prefix = "week from " if step == 7 else f"{step} days from " if step > 1 else ""
    return [f"{prefix}{date.day} {_MONTHS[date.month - 1]} {date.year}" for date in dates]


def _kinds_in_force(interventions: pd.DataFrame | None, dates: pd.DatetimeIndex) -> list[tuple[str, ...]]:
    """Return for each row of a panel the kinds whose intervals [start, end) overlap it; without a known end, all after the start."""
    if interventions is None:
        return [()] * len(dates)
    check_interventions(interventions)
    table = interventions.sort_values("start", kind="stable")
    starts, ends, kinds = (table[column].to_numpy() for column in ("start", "end", "kind"))
    is_open = table["end"].isna().to_numpy()
    return [
        tuple(dict.fromkeys(kinds[(starts < end) & (is_open | (ends > date))]))
        for date, end in zip(dates.to_numpy(), row_ends(dates).to_numpy(), strict=True)
    ]
