"""Spells: when each place was active, each time."""

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import BoolArray
from ..checks import can_be_hashed, layout_faults, moments
from ..errors import DataError, must_be, shorten_list
from ..interventions import row_ends
from ..onset_dates import is_sustained_rule, sustained_days
from ..tables import check_panel

_FIX = "make spells with spells(panel)"


def spells(
    panel: pd.DataFrame, *, at_least: float = 1, gap_days: int = 1, sustained: tuple[int, int] | None = None
) -> pd.DataFrame:
    """Return when each place was active, each time: from the first active day to the last before a quiet gap.

    Parameters
    ----------
    panel
        One row per day, one column per place.
    at_least
        The minimum count of an active day.
    gap_days
        Number of quiet days in a row that end a spell. After fewer quiet days the spell goes on. 0: every active day is a
        spell of its own, and a place is always at risk. (Rows of the panel, where they are longer than a day.)
    sustained
        (k, w): a spell must begin with k active days within w days; isolated activity is then no spell.

    Returns
    -------
    DataFrame
        One row per spell, by place and time:

        - ``place``: a category, whose categories are all places of the panel, also those without a spell;
        - ``start``, ``end``: the first active day, and the day after the last (half-open);
        - ``at_risk_from``: the first day on which the next spell could begin, which is ``gap_days`` after ``end``;
        - ``start_censored``, ``end_censored``: True where fewer than ``gap_days`` quiet days were observed directly before
          the start or after the end, so that the spell may have begun earlier or ended later.

    Raises
    ------
    SchemaError, DataError
        The panel is not valid; ``at_least`` is not above 0, ``gap_days`` is below 0, or ``sustained`` is not (k, w).

    Notes
    -----
    An unobserved day (NaN) is neither active nor quiet: it does not end a spell, but a spell that is followed by unobserved
    days only is censored at its last active day.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> found = ps.spells(ps.count_events(case.events, case.cities), gap_days=2)
    >>> found.loc[found["place"] == "Almaty", ["start", "end"]].astype(str).values.tolist()
    [['2022-01-03', '2022-01-09']]
    """
    check_panel(panel)
    with Arguments() as check:
        at_least = check.number("at_least", at_least, above=0)
        gap_days = check.whole("gap_days", gap_days, at_least=0, at_most=10**5)
        if sustained is not None and not is_sustained_rule(sustained):
            check.fault(must_be("sustained", "(k, w), k active days within w days, 1 <= k <= w", str(sustained)))
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    active, quiet = values >= at_least, values < at_least
    starts_ok = active if sustained is None else sustained_days(active, pd.DatetimeIndex(panel.index), sustained)
    after = _quiet_run(quiet[::-1])[::-1]  # quiet days in a row from each day on
    before = _quiet_run(quiet)  # and up to it
    days = panel.index if len(panel) == 0 else panel.index.append(row_ends(pd.DatetimeIndex(panel.index))[-1:])
    rows = [
        (
            column,
            first,
            last + 1,
            bool(_at(before, first - 1, column) < gap_days),
            bool(_at(after, last + 1, column) < gap_days),
        )
        for column in range(panel.shape[1])
        for first, last in _stretches(active[:, column], starts_ok[:, column], after[:, column], gap_days)
    ]
    column, first, end, early, late = (
        (np.array(part) for part in zip(*rows, strict=True)) if rows else [np.zeros(0, int)] * 5
    )
    labels = pd.DatetimeIndex(days)
    step = labels[1:] - labels[:-1] if len(labels) > 1 else pd.TimedeltaIndex([])
    table = {
        "place": pd.Categorical.from_codes(column, categories=panel.columns),
        "start": labels[first], "end": labels[end],
        "at_risk_from": labels[end] + gap_days * (step[-1] if len(step) else pd.Timedelta(days=1)),
        "start_censored": early.astype(bool), "end_censored": late.astype(bool),
    }  # fmt: skip
    return pd.DataFrame(table)


def check_spells(table: pd.DataFrame) -> pd.DataFrame:
    """Return spells with all columns; ``at_risk_from`` is the day after ``end`` where it is not given.

    Raises
    ------
    DataError
        ``place, start, end`` are missing or not valid, ``at_risk_from`` is not valid, spells of a place overlap, or an end is not
        after its start.
    """
    if layout := layout_faults(table):
        raise DataError("spells are not valid", layout, _FIX)
    need = ("place", "start", "end")
    missing = [name for name in need if name not in table]
    if missing:
        raise DataError(f"spells lacks the columns {shorten_list(missing)}", fix=_FIX)
    given = (*need, *(name for name in ("at_risk_from",) if name in table))
    faults = [
        f"column {name!r} must hold dates; got {table[name].dtype}"
        for name in given[1:]
        if not pd.api.types.is_datetime64_dtype(table[name])
    ]
    faults += (
        [] if can_be_hashed(table["place"]) else ["column 'place' must hold names; got values that cannot be compared"]
    )
    faults += [f"column {name!r}: {fault}" for name in given[1:] if not faults for fault in moments(table[name])]
    faults += [
        f"column {name!r} must hold True and False; got {table[name].dtype}"
        for name in ("start_censored", "end_censored")
        if name in table and table[name].dtype != bool
    ]
    faults += [f"column {name!r} has missing values" for name in given if table[name].isna().any()]
    if not faults:
        if "at_risk_from" in table and (table["at_risk_from"] < table["end"]).any():
            faults.append("column 'at_risk_from' must not be before 'end'")
        ordered = table.sort_values(["place", "start"], kind="stable")
        if (ordered["end"] <= ordered["start"]).any():
            faults.append("column 'end' must be after 'start' (the day after the last active day)")
        same = (ordered["place"].astype(object) == ordered["place"].astype(object).shift()).to_numpy()
        if (same & (ordered["start"] < ordered["end"].shift()).to_numpy()).any():
            faults.append("spells of a place must not overlap")
    if not len(table):
        faults.append("there is no spell")
    if faults:
        raise DataError("spells are not valid", faults, _FIX)
    return table if "at_risk_from" in table else table.assign(at_risk_from=table["end"] + pd.Timedelta(days=1))


def _stretches(active: BoolArray, begins: BoolArray, quiet_after: np.ndarray, gap: int) -> list[tuple[int, int]]:
    """Return the first and last active row of each spell of one place."""
    found: list[tuple[int, int]] = []
    last = -1  # the last active row of an open spell
    for row in np.flatnonzero(active).tolist():
        if last >= 0 and quiet_after[last + 1 : row].max(initial=0) < gap:
            found[-1] = (found[-1][0], row)
        elif begins[row]:
            found.append((row, row))
        else:
            continue
        last = row
    return found


def _quiet_run(quiet: BoolArray) -> np.ndarray:
    """Return the number of quiet rows in a row that end at each row."""
    runs = np.zeros(quiet.shape, dtype=np.int64)
    for row in range(len(quiet)):
        runs[row] = np.where(quiet[row], (runs[row - 1] if row else 0) + 1, 0)
    return runs


def _at(runs: np.ndarray, row: int, column: int) -> int:
    """Return a run of quiet days; 0 outside the panel."""
    return int(runs[row, column]) if 0 <= row < len(runs) else 0
