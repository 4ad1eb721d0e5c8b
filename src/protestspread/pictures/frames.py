"""What each picture shows, as data. Stills, animations, the web map and the tests all read the same frames."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from ..panels import cumulative
from ..tables import check_interventions, check_panel
from .inferred_ties import LEAST, no_ties, ties_until
from .style.classes import Classes, classify
from .style.text import text
from .style.vocabulary import MONTHS

Show = Literal["day", "so_far", "window"]


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a panel, still without a drawing library.

    Attributes
    ----------
    date
        The row of the panel it shows.
    label
        The date in words, the same in every time zone, in the `language` spoken when it was made.
    values
        One number a place; NaN where the place was not observed.
    classes
        The classes, the same for every frame.
    total
        The sum over the places observed; NaN where none was.
    interventions
        The rows of the interventions that were in force, in the order in which they began.
    arrows
        Who probably followed whom by then, inferred: ``source`` (missing: from outside), ``target``, ``date``,
        ``probability`` and ``appears``, the date of the frame in which it first appears; in the order of these.
    """

    date: pd.Timestamp
    label: str
    values: pd.Series
    classes: Classes
    total: float
    interventions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["kind", "region_id"]))
    arrows: pd.DataFrame = field(default_factory=no_ties)

    @property
    def in_force(self) -> tuple[str, ...]:
        """Kinds of intervention in force, in the order in which they began."""
        return tuple(dict.fromkeys(self.interventions["kind"]))

    @property
    def new_arrows(self) -> pd.DataFrame:
        """The arrows that appear in this frame."""
        return self.arrows[self.arrows["appears"] == self.date]

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
    tree: Any = None,
    at_least: float = LEAST,
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
    tree, at_least
        A `TransmissionTree`, or a table ``source, target, date, probability``: its rows of such a probability become
        arrows from their date on; so do rows from outside, from 0.05 on. What joined before the first date appears in
        the first frame, what joined after the last in none.
    classes, scheme, k
        The classes for all frames; by default `classify` chooses them over all frames together.

    Raises
    ------
    SchemaError
        The panel is not a panel, or the interventions are not interventions, or the tree is no tree.
    DataError
        The panel is empty, `show` is unknown, or `at_least` is no probability.

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
    ends = row_ends(dates)
    responses, arrows = _in_force(interventions, dates, ends), ties_until(tree, dates, ends, at_least)
    return [
        Frame(date, label, row, classes, float(row.sum(min_count=1)), *rest)
        for date, label, (_, row), *rest in zip(
            dates, date_labels(dates), shown.iterrows(), responses, arrows, strict=True
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


def date_labels(dates: pd.DatetimeIndex | Sequence[pd.Timestamp], *, first_only: bool = False) -> list[str]:
    """Return dates in words: "5 Jan 2022"; "week from 3 Jan 2022"; "Jan 2022"; "2022", after their spacing.

    With `first_only`, of a span of days or months only the first is named: "3 Jan 2022".

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
        months = [f"{text('May_alone' if date.month == 5 else MONTHS[date.month - 1])} {date.year}" for date in dates]
        if first_only or step <= 31:
            return months
        return [text("from", n=text("months", n=round(step / 30.4)), date=month) for month in months]
    days = [day_text(date) for date in dates]
    if first_only or step == 1:
        return days
    return [
        text("week_from", date=day) if step == 7 else text("from", n=text("days", n=step), date=day) for day in days
    ]


def day_text(moment: pd.Timestamp, *, year: bool = True) -> str:
    """Write a day, with or without its year.

    Examples
    --------
    >>> day_text(pd.Timestamp("2022-01-05 17:30")), day_text(pd.Timestamp("2022-01-05"), year=False)
    ('5 Jan 2022', '5 Jan')
    """
    return f"{moment.day} {text(MONTHS[moment.month - 1])}{f' {moment.year}' if year else ''}"


def _in_force(
    interventions: pd.DataFrame | None, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex
) -> list[pd.DataFrame]:
    """Return for each row of a panel the interventions whose [start, end) overlaps it; without a known end, all after the start."""
    if interventions is None:
        return [pd.DataFrame(columns=["kind", "region_id"])] * len(dates)
    check_interventions(interventions)
    table = interventions.sort_values("start", kind="stable")
    starts, stops = table["start"].to_numpy(), table["end"].to_numpy()
    is_open = table["end"].isna().to_numpy()
    same: dict[bytes, pd.DataFrame] = {}  # most dates are like the one before
    found = []
    for date, end in zip(dates.to_numpy(), ends.to_numpy(), strict=True):
        now = (starts < end) & (is_open | (stops > date))
        key = now.tobytes()
        if key not in same:
            same[key] = table[now]
        found.append(same[key])
    return found
