"""The rows of a regression on channels: place-days with what came before, in the place, its neighbors and the country."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import argument_error, shorten_list
from ...exposures.activity import activity_faults
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...graphs.receiving import receiving_weights
from ..terms import Terms
from .regression import Absorbed, Groups, Side, collinear, determined, within

ChannelValues = Literal["activity", "counts"]
Nation = Literal["leave-one-out"]
Correction = Literal["half-panel"]

OWN, NEIGHBORS, NATION = "own past", "neighbors", "rest of the country"

_WEEKS, _YEAR, _MONTH = 3, 366, 31  # what identifies weekdays and seasons
_PAIRS = 2


@dataclass(frozen=True, eq=False)
class ChannelRows:
    """Place-days with their channels, those of a place together and in order.

    Attributes
    ----------
    outcome
        Activity or counts, shape (rows,).
    channels
        Name -> values in the row of the panel `lag` rows before, shape (rows,).
    groups
        The number of the place and of the day of each row.
    terms
        Name -> values, shape (rows,).
    left_out
        Number of place-days after the first `lag` rows of which something was not observed.
    neighborless
        Places that no ties reach.
    """

    outcome: FloatArray
    channels: dict[str, FloatArray]
    groups: Groups
    terms: dict[str, FloatArray]
    left_out: int
    neighborless: pd.Index

    @property
    def sizes(self) -> dict[Side, int]:
        """The number of places and of days with rows."""
        return {side: len(np.unique(group)) for side, group in self.groups.items()}

    def absorbed(self, effects: Collection[Side]) -> Absorbed:
        """Return what is taken out: the effects and the terms."""
        terms = np.array([*self.terms.values()], dtype=float).reshape(len(self.terms), len(self.outcome)).T
        return Absorbed({side: self.groups[side] for side in ("place", "day") if side in effects}, terms)


def channel_rows(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    nation: Nation | None,
    lag: int,
    values: ChannelValues,
    at_least: float | None,
    terms: Terms,
) -> ChannelRows:
    """Return the place-days of which everything was observed; raise `DataError` with all faults."""
    graph = match_places(panel, graph)
    numbers = _numbers(panel, values, at_least)
    faults = [] if len(panel) > lag + 1 else [f"lag must leave two rows of the panel; got {lag} of {len(panel)}"]
    if not graph.matrix.count_nonzero():
        faults.append("graph must have ties")
    if nation and panel.shape[1] < 2:
        faults.append("nation must be None for a panel of one place")
    if faults:
        raise argument_error(faults, "pass a longer panel, and a graph of neighbors")
    earlier = numbers[:-lag]
    weights = receiving_weights(graph, "normalized")
    unknown = (weights.matrix != 0).astype(float) @ np.isnan(earlier).T > 0
    neighbors = np.where(unknown, np.nan, weights.matrix @ np.nan_to_num(earlier).T).T
    channels = {OWN: earlier, NEIGHBORS: neighbors} | ({NATION: _others(earlier)} if nation else {})
    inside = ~np.isnan(numbers[lag:]) & ~np.isnan(np.stack(list(channels.values()))).any(axis=0)
    place, day = np.nonzero(inside.T)
    whole = {
        name: np.broadcast_to(column, panel.shape)[lag:]
        for name, column in terms.columns(pd.DatetimeIndex(panel.index), panel.columns).items()
    }
    return ChannelRows(
        numbers[lag:][day, place],
        {name: column[day, place] for name, column in channels.items()},
        {"place": place, "day": day},
        {name: column[day, place] for name, column in whole.items()},
        int(inside.size - len(place)),
        panel.columns[weights.neighborless],
    )


def default_terms(panel: pd.DataFrame, effects: Collection[Side]) -> Terms:
    """Return a trend, weekdays (daily panels of three weeks or more) and seasons (steps up to a month, more than a year).

    With effects of days there are none, because such terms are the same at all places.
    """
    if "day" in effects or len(panel) < 2:
        return Terms()
    steps = np.diff(panel.index.to_numpy())
    daily = bool((steps == np.timedelta64(1, "D")).all()) and len(panel) >= 7 * _WEEKS
    long = panel.index[-1] - panel.index[0] > pd.Timedelta(days=_YEAR)
    seasons = long and bool((steps <= np.timedelta64(_MONTH, "D")).all())
    return Terms(trend=True, weekday=daily, seasonal=_PAIRS if seasons else 0)


def check_identified(rows: ChannelRows, absorbed: Absorbed, left: FloatArray) -> None:
    """Raise `DataError` where a channel or a term is determined by the others, or by the effects.

    `left` is what effects and terms do not explain of the channels, shape (rows, channels).
    """
    faults = []
    lost = determined(absorbed.terms, within(absorbed.terms, absorbed.effects))
    if lost.any():
        names = [name for name, gone in zip(rows.terms, lost, strict=True) if gone]
        faults.append(f"terms must vary beside the effects; not so for {shorten_list(names)}")
    constant = determined(np.stack(list(rows.channels.values()), axis=1), left)
    if constant.any():
        names = [name for name, gone in zip(rows.channels, constant, strict=True) if gone]
        faults.append(f"panel must vary beside effects and terms; nothing is left of: {shorten_list(names)}")
    elif collinear(left):
        faults.append(f"graph must not let the channels determine each other: {shorten_list(rows.channels)}")
    if faults:
        raise argument_error(
            faults, "take a longer panel, fewer effects and terms, or a graph with fewer neighbors; or nation=None"
        )


def _numbers(panel: pd.DataFrame, values: ChannelValues, at_least: float | None) -> FloatArray:
    """Return activity or counts, NaN where not observed; raise `DataError` for numbers that are neither."""
    given = panel.to_numpy(dtype=float, na_value=np.nan)
    if values == "activity":
        faults = activity_faults(panel, at_least)
        given = np.where(np.isnan(given), np.nan, given >= (at_least or np.finfo(float).tiny))
    else:
        low = panel.columns[np.asarray((given < 0).any(axis=0))]
        faults = [f"panel must not be negative; got values below 0 for {shorten_list(low)}"] if len(low) else []
    if faults:
        raise argument_error(faults, "pass counts of events by date and place, as of count_events")
    return given


def _others(earlier: FloatArray) -> FloatArray:
    """Return the mean of all other observed places; NaN where there is none, or the place itself was not observed."""
    seen = ~np.isnan(earlier)
    others = seen.sum(axis=1, keepdims=True) - 1
    total = np.nansum(earlier, axis=1, keepdims=True) - earlier
    return np.asarray(np.divide(total, others, out=np.full_like(total, np.nan), where=others > 0))
