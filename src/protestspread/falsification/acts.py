"""What `change_after` is given: the act, its first day, the places it held for, and the days that a shutdown hides."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray
from ..errors import DataError, argument_error, shorten_list
from ..interventions import DAY, in_force_by_region
from ..models.counts.result import EndemicEpidemicFit
from ..tables import check_interventions
from ..wording import format_date, join_words

_SHUTDOWN = "shutdown"
_PER_PARAMETER = 2  # days before the act


@dataclass(frozen=True, eq=False)
class Act:
    """An intervention that began on one day, and the counts around it.

    Attributes
    ----------
    name
        Its kind, such as "curfew".
    places
        The places of the panel that it held for.
    panel
        Counts of all places, NaN where not observed and where a shutdown was in force.
    row
        Row of the panel of its first day.
    hidden
        Number of observed place-days that a shutdown hides.
    """

    name: str
    places: pd.Index
    panel: pd.DataFrame
    row: int
    hidden: int

    @property
    def start(self) -> pd.Timestamp:
        """The first day."""
        return pd.Timestamp(self.panel.index[self.row])

    @property
    def own(self) -> pd.DataFrame:
        """Counts of the places of the act."""
        return self.panel[self.places]

    @property
    def totals(self) -> FloatArray:
        """Events by day in the places of the act, where observed."""
        return self.own.sum(axis=1).to_numpy(dtype=float)

    @property
    def observed(self) -> BoolArray:
        """Whether the places of the act were observed, shape (days, places)."""
        return self.own.notna().to_numpy()

    @property
    def days_after_peak(self) -> int:
        """Days from the day with most events to the act; of several such days, from the last before the act."""
        highest = np.flatnonzero(self.totals == self.totals.max())
        before = highest[highest < self.row]
        return self.row - int(before[-1] if len(before) else highest[0])


def read_act(interventions: object, fit: EndemicEpidemicFit, window_days: int) -> Act:
    """Return the act in a table of interventions, a row of it or a date.

    Raises
    ------
    SchemaError
        The table of interventions is not valid.
    DataError
        The panel of the fit is not daily; the table holds several kinds or starts of acts, or regions that are not in the
        panel; or days around the act are not in the panel or were not observed, or too few precede it. All faults are named.
    """
    panel = fit.specification.panel
    dates = pd.DatetimeIndex(panel.index)
    if (np.diff(dates.to_numpy()) != np.timedelta64(1, "D")).any():
        raise DataError("fit must be of a daily panel, as acts begin on a day", fix="count events by day")
    table = _as_table(interventions)
    shutdown = table["kind"].str.contains(_SHUTDOWN, case=False).to_numpy(dtype=bool)
    acts = table if shutdown.all() else table[~shutdown]
    region = acts["region_id"]
    starts = acts["start"].dt.floor("D").groupby(region.fillna("the whole country")).min()
    faults = _table_faults(table, acts, starts, fit)
    _raise(
        faults, "pass rows of one kind that began on one day, such as interventions[interventions['kind'] == 'curfew']"
    )
    name, start = str(acts["kind"].iloc[0]).replace("_", " "), starts.iloc[0]
    faults = _window_faults(name, start, dates, window_days)
    _raise(faults, "fit a panel that begins earlier or ends later, or choose shorter windows")
    places = panel.columns if region.isna().any() else panel.columns[panel.columns.isin(region)]
    dark = in_force_by_region(table[shutdown], panel.columns, dates).T
    hidden = int((dark & panel.notna().to_numpy()).sum())
    act = Act(name, places, panel.mask(dark), int(dates.searchsorted(start)), hidden)
    faults = [*_too_few_days(act, fit), *_gaps(act, window_days)]
    _raise(
        faults, "fit a panel that begins earlier, fewer parameters, or only places that were observed around the act"
    )
    return act


def _as_table(interventions: object) -> pd.DataFrame:
    """Return a table of interventions that is checked; a date is an act in all places."""
    if isinstance(interventions, pd.Series):
        interventions = pd.DataFrame([interventions]).rename_axis("intervention_id")
    if not isinstance(interventions, pd.DataFrame):
        with Arguments("pass rows of a table as of read_interventions, or a date such as '2022-01-05'") as check:
            need = (str, pd.Timestamp)
            check.instance("interventions", interventions, need, "a table of interventions, a row of it or a date")
            day: Any = interventions if check.faults else check.day("interventions", interventions)
        values = {"kind": "the act", "region_id": None, "start": day, "end": day + DAY}
        interventions = pd.DataFrame([values], index=pd.Index(["act"], name="intervention_id"))
    check_interventions(interventions)
    return interventions


def _table_faults(table: pd.DataFrame, acts: pd.DataFrame, starts: pd.Series, fit: EndemicEpidemicFit) -> list[str]:
    """Return the faults of a table that does not hold one act with one start in places of the panel."""
    faults, kinds = [], acts["kind"].unique()
    if unknown := sorted(set(table["region_id"].dropna()) - set(fit.specification.panel.columns), key=str):
        faults.append(f"interventions must be in places of the fitted panel; {shorten_list(unknown)} are not")
    if len(kinds) != 1:
        got = shorten_list(kinds) or "no row"
        faults.append(f"interventions must hold one kind of act, beside shutdowns; got {got}")
    elif (starts != starts.iloc[0]).any():
        days = join_words([f"{format_date(day)} ({shorten_list(some.index)})" for day, some in starts.groupby(starts)])
        networks = [part.name for part in fit.specification.parts if part.graph is not None]
        reached = f"; exposure runs along {shorten_list(networks)}, so that an act in one place reaches others before their own"
        faults.append(f"interventions must begin on one day; {kinds[0]} began on {days}{reached if networks else ''}")
    return faults


def _window_faults(name: str, start: pd.Timestamp, dates: pd.DatetimeIndex, window_days: int) -> list[str]:
    """Return the faults of an act with too few days of the panel before or after it."""
    before, after = (start - dates[0]).days, (dates[-1] - start).days + 1
    if before <= 0:
        where = "on" if before == 0 else "before"
        return [
            f"interventions must begin after the first day of the fitted panel; {name} began {where} it, on {format_date(start)}"
        ]
    return [
        f"window_days must be at most {max(days, 0)}, the days of the fitted panel {where} {format_date(start)}, when {name} began; got {window_days}"
        for where, days in (("before", before), ("from", after))
        if days < window_days
    ]


def _too_few_days(act: Act, fit: EndemicEpidemicFit) -> list[str]:
    """Return a fault if fewer days precede the act than twice the parameters."""
    days = int(act.panel.iloc[fit.specification.first_rows : act.row].notna().any(axis=1).sum())
    needed = _PER_PARAMETER * fit.parameters
    if days >= needed:
        return []
    return [
        f"fit has {fit.parameters} parameters, for which {needed} fitted days are needed before {act.name} began on "
        f"{format_date(act.start)}; there are {days}"
    ]


def _gaps(act: Act, window_days: int) -> list[str]:
    """Return a fault for the places that were not observed on all days of the windows."""
    window = slice(act.row - window_days, act.row + window_days)
    missing = act.own.isna().iloc[window]
    if not missing.any(axis=None):
        return []
    gone: list[Hashable] = list(act.places[missing.any()])
    days = missing.index[missing.any(axis=1)]
    why = " (days of a shutdown count as not observed: fewer reports are not fewer events)" if act.hidden else ""
    return [
        f"interventions must have observed days around them; from {format_date(days[0])} to {format_date(days[-1])}, "
        f"{shorten_list(gone)} were not observed on all days{why}"
    ]


def _raise(faults: list[str], fix: str) -> None:
    if faults:
        raise argument_error(faults, fix)
