"""Events that a step leaves out: the reasons, their words, and one way to count and to report them."""

import warnings
from collections.abc import Collection, Hashable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import LOST_REASONS, LostEventsWarning

Lost = dict[str, list[Hashable]]
"""Key of `LOST_REASONS` -> ids of the events that were left out for it."""

_LOCATED_BY = "located_by"


def lost_ids(ids: pd.Index, reasons: Mapping[str, npt.ArrayLike]) -> Lost:
    """Return the ids of the lost events by reason; an event with several reasons is listed under the first.

    Examples
    --------
    >>> lost_ids(pd.Index(["e1", "e2"]), {"no_point": [True, False], "not_located": [True, True]})
    {'no_point': ['e1'], 'not_located': ['e2']}
    """
    unknown = reasons.keys() - LOST_REASONS.keys()
    if unknown:
        raise KeyError(f"not in LOST_REASONS: {sorted(unknown)}")
    open_ = np.ones(len(ids), dtype=bool)
    lost: Lost = {}
    for reason, applies in reasons.items():
        # numpy would look for its attributes among the labels of a Series, which makes a hash table of them
        flags = applies.to_numpy() if isinstance(applies, pd.Series) else applies
        new = open_ & np.asarray(flags, dtype=bool)
        open_ &= ~new
        if new.any():
            lost[reason] = list(ids[new])
    return lost


def count_lost(lost: Lost) -> dict[str, int]:
    """Return the number of lost events by reason, for ``attrs["lost"]``."""
    return {reason: len(ids) for reason, ids in lost.items()}


def warn_of_lost(
    step: str, given: int, lost: Lost, *, details: Mapping[str, str] | None = None, known: Collection[str] = (), stacklevel: int = 3
) -> None:  # fmt: skip
    """Warn of lost events, except for reasons in `known`, of which an earlier step has warned."""
    new = {reason: ids for reason, ids in lost.items() if reason not in known}
    if new:
        warnings.warn(LostEventsWarning(step, given, new, details), stacklevel=stacklevel)


def describe_lost(lost: Mapping[str, int]) -> str:
    """Describe the number of lost events by reason.

    Examples
    --------
    >>> describe_lost({"no_point": 2, "not_located": 1})
    '3 events were left out: 2 without a point, 1 not located'
    """
    total = sum(lost.values())
    parts = [f"{count:,} {LOST_REASONS.get(reason, reason)}" for reason, count in lost.items()]
    return f"{total:,} event{' was' if total == 1 else 's were'} left out: {', '.join(parts)}"


def mark_located(events: pd.DataFrame, *columns: str) -> None:
    """Record that `locate_events` has filled these columns, and so has warned of every event without them."""
    events.attrs[_LOCATED_BY] = sorted({*columns, *located_by(events)})


def located_by(events: pd.DataFrame) -> list[str]:
    """Return the columns that `locate_events` has filled."""
    found = events.attrs.get(_LOCATED_BY, ())
    return [name for name in found if isinstance(name, str)] if isinstance(found, list | tuple) else []
