"""Events by type: colors that are told apart, parts that add up to their panel, a legend in a row."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, shorten_list
from ...tables import EVENT_TYPES, check_panel
from ..layout.legends import draw_legend
from ..style.text import kind_text
from ..style.theme import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

TYPE_COLORS = ("#E69F00", "#56B4E9", "#0072B2", "#CC79A7", "#D55E00", "#009E73", INK)
"""M. Okabe and K. Ito (2008), Color Universal Design, in the order in which neighbours differ most for every sight."""
_OWN = dict(zip(EVENT_TYPES, TYPE_COLORS, strict=True))


def type_colors(types: Sequence[str]) -> dict[str, str]:
    """Return a color for each of at most seven types: those of `EVENT_TYPES` have their own, others take what is left.

    Examples
    --------
    >>> type_colors(["riot", "vigil"])
    {'riot': '#D55E00', 'vigil': '#E69F00'}
    """
    left = (color for color in TYPE_COLORS if color not in {_OWN.get(name) for name in types})
    return {name: _OWN.get(name) or next(left) for name in types}


def stack_of(by: Mapping[str, pd.DataFrame], panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the sum over places of each type, a row a date.

    Raises
    ------
    SchemaError
        One of them is no panel.
    DataError
        There are none, or more than seven; their dates are not the panel's; they are negative, or do not add up to it.
    """
    for part in by.values():
        check_panel(part)
    faults = (
        [] if 1 <= len(by) <= len(TYPE_COLORS) else [f"{len(by)} types; readers tell {len(TYPE_COLORS)} colors apart"]
    )
    dates = pd.Index(panel.index)
    odd = [name for name, part in by.items() if not dates.equals(pd.Index(part.index))]
    faults += [f"other dates than the panel's: {shorten_list(odd)}"] if odd else []
    below = [name for name, part in by.items() if (part < 0).any(axis=None)]
    faults += [f"below zero: {shorten_list(below)}"] if below else []
    totals = {} if odd else {name: part.sum(axis=1).astype(float) for name, part in by.items()}
    if totals:
        whole = panel.sum(axis=1).to_numpy(dtype=float)
        gap = np.abs(np.sum([part.to_numpy() for part in totals.values()], axis=0) - whole)
        rows = dates[gap > 1e-9 * np.maximum(np.abs(whole), 1)]
        faults += (
            [f"the types do not add up to the panel on {shorten_list([f'{day:%Y-%m-%d}' for day in rows])}"]
            if len(rows)
            else []
        )
    if faults:
        fix = "a panel a type, each with the dates of the whole, seven at most: join the rarest; {type: count_events(...)}"
        raise DataError("the bars cannot be stacked", faults, fix)
    return totals


def stack_entries(types: Sequence[str]) -> list[tuple[Any, str]]:
    """Return a legend's handle and words for each type."""
    from matplotlib.patches import Patch

    return [(Patch(facecolor=color, linewidth=0), kind_text(name)) for name, color in type_colors(types).items()]


def wide_legend(ax: "Axes", entries: Sequence[tuple[Any, str]], title: str, width: float) -> "Legend":
    """Draw a legend in as few rows as a width in pixels allows; it hangs from the upper left corner of the axes."""
    for columns in range(len(entries), 0, -1):
        key = draw_legend(ax, entries, title, columns=columns)
        if key.get_window_extent().width <= width:
            break
    key.set_loc("upper left")
    key.borderaxespad = 0.0
    return key
