"""Bars stacked by type of event: colors, parts that add up to the panel, and the legend."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...errors import DataError, shorten_list
from ...tables import EVENT_TYPES, check_panel
from ..layout.labels import draw_legend
from ..style.text import kind_text
from ..style.theme import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

TYPE_COLORS = ("#E69F00", "#56B4E9", "#0072B2", "#CC79A7", "#D55E00", "#009E73", INK)
"""M. Okabe and K. Ito (2008), Color Universal Design, in the order that separates neighbors best for every color vision."""
_OWN = dict(zip(EVENT_TYPES, TYPE_COLORS, strict=True))


def type_colors(types: Sequence[str]) -> dict[str, str]:
    """Return a color for each of at most seven types: fixed for `EVENT_TYPES`, the remaining colors for others.

    Examples
    --------
    >>> type_colors(["riot", "vigil"])
    {'riot': '#D55E00', 'vigil': '#E69F00'}
    """
    left = (color for color in TYPE_COLORS if color not in {_OWN.get(name) for name in types})
    return {name: _OWN.get(name) or next(left) for name in types}


def stack_of(by: Mapping[str, pd.DataFrame], panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the sum over places of each type, one row per date.

    Raises
    ------
    SchemaError
        A value of `by` is not a panel.
    DataError
        `by` has no type or more than seven, dates other than those of the panel, or negative numbers; or its panels do
        not add up to `panel`.
    """
    for part in by.values():
        check_panel(part)
    faults = [] if 1 <= len(by) <= len(TYPE_COLORS) else [f"expected 1 to {len(TYPE_COLORS)} types; got {len(by)}"]
    dates = pd.Index(panel.index)
    odd = [name for name, part in by.items() if not dates.equals(pd.Index(part.index))]
    faults += [f"types whose dates differ from those of panel: {shorten_list(odd)}"] if odd else []
    below = [name for name, part in by.items() if (part < 0).any(axis=None)]
    faults += [f"types with negative numbers: {shorten_list(below)}"] if below else []
    totals = {} if odd else {name: part.sum(axis=1).astype(float) for name, part in by.items()}
    if totals:
        whole = panel.sum(axis=1).to_numpy(dtype=float)
        gap = np.abs(np.sum([part.to_numpy() for part in totals.values()], axis=0) - whole)
        rows = dates[gap > 1e-9 * np.maximum(np.abs(whole), 1)]
        faults += (
            [f"types do not add up to panel on {shorten_list([f'{day:%Y-%m-%d}' for day in rows])}"]
            if len(rows)
            else []
        )
    if faults:
        fix = (
            "pass {type: count_events(...)} with the same start, end and places as panel, each event in exactly one type, "
            f"and at most {len(TYPE_COLORS)} types (merge the rarest)"
        )
        raise DataError("by", faults, fix)
    return totals


def stack_entries(types: Sequence[str]) -> list[tuple[Any, str]]:
    """Return the legend handle and label of each type."""
    from matplotlib.patches import Patch

    return [(Patch(facecolor=color, linewidth=0), kind_text(name)) for name, color in type_colors(types).items()]


def wide_legend(ax: "Axes", entries: Sequence[tuple[Any, str]], title: str, width: float) -> "Legend":
    """Draw a legend at the upper left corner of the axes, in as few rows as a width in pixels allows."""
    for columns in range(len(entries), 0, -1):
        key = draw_legend(ax, entries, title, columns=columns)
        if key.get_window_extent().width <= width:
            break
    key.set_loc("upper left")
    key.borderaxespad = 0.0
    return key
