"""The center of events by day, and how far it moved."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ...errors import DataError
from ...figures import SeriesWithBand
from ...results import Result
from ...wording import format_days, format_number

Kind = Literal["mean", "median"]


@dataclass(frozen=True, repr=False, eq=False)
class CentersOverTime(Result):
    """The center of the events of each day, and how far it moved.

    Attributes
    ----------
    table
        One row per day, as described in `centers_over_time`.
    kind
        "mean" or "median".
    draws
        Number of bootstrap samples of each day.
    """

    table: pd.DataFrame
    kind: Kind
    draws: int

    @property
    def sentence(self) -> str:
        """On how many days there is a center, how far it moved, and on how many days this exceeds sampling variation."""
        known, moved = self.table["lon"].notna(), self.table["km_moved"].dropna()
        text = f"The {self.kind} center of events is known on {known.sum():,} of {format_days(len(known))}"
        if not len(moved):
            return f"{text}, so no drift can be computed."
        steps = "once" if len(moved) == 1 else f"{len(moved):,} times"
        text += f"; it moved {steps}, by {format_number(moved.min())} to {format_number(moved.max())} km"
        bounded, apart = self.table["km_low"].notna().sum(), (self.table["km_low"] > 0).sum()
        if not bounded:
            return f"{text}, without intervals."
        return (
            f"{text}. The drift is distinguishable from zero in {apart} of {bounded} steps with an interval (95%, {self.draws:,} "
            "bootstrap samples of the events)."
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the intervals leave out, and what else moves the center."""
        if not self.table["km_low"].notna().any():
            return ()
        return (
            "Events are resampled as if they were independent, which understates the uncertainty.",
            "A center also moves where reporting shifts, or where protest ends at one place and goes on at another.",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def figure(self) -> SeriesWithBand:
        """Return the drift of each day with its interval; `plot_center_drift` draws the path on a map.

        Raises
        ------
        DataError
            There are not two days with a center.
        """
        table = self.table
        if table["km_moved"].isna().all():
            raise DataError("result has no drift to draw", fix="pass a panel with events on at least two days")
        method = (
            f"distance of the {self.kind} center of events from that of the last day with events; {self.draws:,} bootstrap samples of "
            "independent events; hatched: no such distance"
        )
        return SeriesWithBand(table["km_moved"], table["km_low"], table["km_high"], table["km_low"] > 0, "drift of the center (km)",
                              "95% interval", "distinguishable from zero", method)  # fmt: skip
