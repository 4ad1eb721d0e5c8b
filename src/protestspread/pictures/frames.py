"""What each picture shows, as data: one source for stills, animations and the web map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arrow_layers import LEAST, Arrows
from ..errors import DataError
from ..interventions import row_ends as row_ends  # noqa: PLC0414  pictures take it from here
from ..layers import Layer, Regions, Responses
from ..panels import cumulative, window_sums
from ..tables import check_panel
from .style.classes import Classes, classify
from .style.options import check_options
from .style.text import MONTHS, day_text, text

Show = Literal["day", "so_far", "window"]
L = TypeVar("L", bound=Layer)


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a panel as data, independent of any drawing library.

    Attributes
    ----------
    date
        The row of the panel shown.
    label
        The date in words, in the `language` set when the frame was made.
    layers
        What the map shows, regions first; each layer names its `kind`.
    """

    date: pd.Timestamp
    label: str
    layers: tuple[Layer, ...]

    @property
    def values(self) -> pd.Series:
        """One number per place; NaN where the place was not observed. Sums (`show`) after a gap are `lower_bound`."""
        return cast("pd.Series", self._regions.values)

    @property
    def lower_bound(self) -> pd.Series:
        """Whether the value of each place is a lower bound: a sum of days of which some were not observed."""
        return pd.Series(self._regions.bound_index, self.values.index)

    @property
    def classes(self) -> Classes:
        """The classes, the same for every frame."""
        return cast("Classes", self._regions.classes)

    @property
    def class_index(self) -> npt.NDArray[np.int8]:
        """The class of each place: -1 not observed, 0 zero, 1 ... k the colored classes."""
        return self._regions.class_index

    @property
    def total(self) -> float:
        """The sum over the observed places; NaN where no place was observed."""
        return float(self.values.sum(min_count=1))

    @property
    def interventions(self) -> pd.DataFrame:
        """The interventions in force, in order of their start."""
        return self._layer(Responses()).table

    @property
    def in_force(self) -> tuple[str, ...]:
        """The kinds of intervention in force, in order of their start."""
        return self._layer(Responses()).in_force

    @property
    def arrows(self) -> pd.DataFrame:
        """Inferred ties up to this date: ``source`` (missing: from outside), ``target``, ``date``, ``probability`` and
        ``appears``, the date of the frame in which the arrow first appears. Sorted by ``appears``.
        """  # noqa: D205
        return self._layer(Arrows()).table

    @property
    def new_arrows(self) -> pd.DataFrame:
        """The arrows that first appear in this frame."""
        return self.arrows[self.arrows["appears"] == self.date]

    @property
    def _regions(self) -> Regions:
        return cast("Regions", self.layers[0])

    def _layer(self, empty: L) -> L:
        """Return the layer of a type, or an empty one."""
        return next((layer for layer in self.layers if isinstance(layer, type(empty))), empty)


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
    layers: Sequence[Layer] = (),
) -> list[Frame]:
    """Return the frames of a panel, one per date.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    show
        "day": the values of the date. "so_far": the sum up to and including the date. "window": the sum over the last
        `window_days` days. A sum is a lower bound (`Frame.lower_bound`) where one of its days was not observed, and missing
        where none was.
    window_days
        Length of the window for ``show="window"``.
    interventions
        Interventions; each frame lists those in force.
    tree, at_least
        A `TransmissionTree`, or a table with ``source, target, date, probability``. Rows with at least this probability
        become arrows from their date on; rows from outside do so from 0.05 on. Onsets before the first date appear in
        the first frame; onsets after the last date are not shown.
    classes, scheme, k
        The classes for all frames; by default `classify` chooses them over all frames together.
    layers
        More layers of the map (`protestspread.layers.Layer`), after regions, interventions and arrows.

    Raises
    ------
    SchemaError
        `panel`, `interventions` or `tree` is not a valid table of its kind.
    DataError
        `panel` is empty, `show` is unknown, or `at_least` is not between 0 and 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> frame = ps.frames(panel)[2]
    >>> frame.label, int(frame.values["Atyrau"])
    ('3 Jan 2022', 1)
    """
    check_options(show=show, window_days=window_days, at_least=at_least, classes=classes, k=k, layers=layers)
    check_nonempty_panel(panel)
    shown = shown_values(panel, show=show, window_days=window_days)
    classes = classes or classify(shown.to_numpy(dtype=float, na_value=np.nan), scheme=scheme, k=k)
    found: list[Layer] = [
        Regions(shown, classes, lower_bound=unobserved_days(panel, show=show, window_days=window_days))
    ]
    found += [] if interventions is None else [Responses(interventions)]
    dates = pd.DatetimeIndex(panel.index)
    found += [] if tree is None else [Arrows.of(tree, dates, row_ends(dates), at_least)]
    return frames_of([*found, *layers], dates)


def frames_of(layers: Sequence[Layer], dates: pd.DatetimeIndex) -> list[Frame]:
    """Return the frames of layers, regions first, one per row of a panel."""
    rows = zip(*(layer.over(dates, row_ends(dates)) for layer in layers), strict=True) if layers else [()] * len(dates)
    return [Frame(*parts) for parts in zip(dates, date_labels(dates), rows, strict=True)]


def check_nonempty_panel(panel: pd.DataFrame) -> None:
    """Raise an error unless a table is a panel with at least one date and one place.

    Raises
    ------
    SchemaError
        It is not a panel.
    DataError
        It is empty.
    """
    check_panel(panel)
    if panel.empty:
        raise DataError(
            f"panel must have at least one date and one place; got {len(panel)} dates and {panel.shape[1]} places",
            fix="pass count_events(events, places) with at least one place and one day",
        )


def shown_values(panel: pd.DataFrame, *, show: Show = "day", window_days: int = 7) -> pd.DataFrame:
    """Return the numbers that the frames of a panel show, one row per date (see `frames`).

    Sums are of the observed days, and NaN where there is none. With negative values, they are NaN where a day is not
    observed, because they would be no lower bounds.
    """
    if show == "day":
        return panel
    sums = cumulative(panel).ffill() if show == "so_far" else _window_sums(panel, window_days)
    return sums.mask(_with_gap(panel, show, window_days)) if _has_negative(panel) else sums


def _window_sums(panel: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the sums of the observed days of each window, NaN where there is none."""
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values)
    sums = window_sums(np.where(known, values, 0.0), panel.index, days)
    some = window_sums(known.astype(float), panel.index, days) > 0
    return pd.DataFrame(np.where(some, sums, np.nan), index=panel.index, columns=panel.columns)


def unobserved_days(panel: pd.DataFrame, *, show: Show = "day", window_days: int = 7) -> pd.DataFrame | None:
    """Return which of the numbers that frames show are lower bounds, or None if none can be."""
    if show == "day" or _has_negative(panel) or not panel.isna().to_numpy().any():
        return None
    return _with_gap(panel, show, window_days) & shown_values(panel, show=show, window_days=window_days).notna()


def _with_gap(panel: pd.DataFrame, show: Show, window_days: int) -> pd.DataFrame:
    gaps = panel.isna()
    if show == "so_far":
        return gaps.cummax()
    some = window_sums(gaps.to_numpy(dtype=float), panel.index, window_days) > 0
    return pd.DataFrame(some, index=panel.index, columns=panel.columns)


def _has_negative(panel: pd.DataFrame) -> bool:
    return bool((panel < 0).any(axis=None))


def lower_bounds(steps: Sequence[Frame], panel: pd.DataFrame) -> list[bool]:
    """Return for each frame whether its total is a lower bound: a place observed at other times was not observed."""
    ever = panel.notna().any().to_numpy()
    return [bool((step.values.isna() | step.lower_bound).to_numpy()[ever].any()) for step in steps]


def date_labels(dates: pd.DatetimeIndex | Sequence[pd.Timestamp], *, first_only: bool = False) -> list[str]:
    """Format dates according to their spacing: "5 Jan 2022", "week from 3 Jan 2022", "Jan 2022" or "2022".

    With `first_only`, a span of several days or months is labeled by its first day or month: "3 Jan 2022".

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
