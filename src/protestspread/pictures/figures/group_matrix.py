"""Grid of shaded numbers: expected numbers from groups to groups."""

from typing import TYPE_CHECKING

import numpy as np

from ...figures import GroupMatrix
from ..layout.labels import plain_text
from ..style.ramps import ramp
from ..style.text import printable
from ..style.theme import INK, LAND, PAPER
from .axes import SIZE, new_axes, write_title
from .grids import write_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.35  # between the rows of groups and the row apart, in rows
_LEAST = 0.05  # smaller numbers are not written


def draw(figure: GroupMatrix, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the numbers with rows as sources and columns as targets; the row apart stands below the others."""
    from matplotlib.colors import LinearSegmentedColormap

    values = figure.values.drop(index=figure.apart, errors="ignore")
    values = figure.values.reindex([*values.index, figure.apart], fill_value=0.0)
    rows, columns = values.shape
    ax = new_axes(2.4 + 0.42 * columns, 1.9 + 0.3 * rows) if ax is None else ax
    numbers = values.to_numpy(dtype=float)
    most = float(max(numbers.max(initial=0.0), 1e-9))
    top = np.append(np.arange(rows - 1), rows - 1 + _GAP)
    edges = np.arange(columns + 1) - 0.5
    cmap = LinearSegmentedColormap.from_list("groups", [PAPER, *ramp(5, "probability")])
    for row, at in enumerate(top):
        ax.pcolormesh(edges, [at - 0.5, at + 0.5], numbers[[row]], cmap=cmap, vmin=0, vmax=most, edgecolor=LAND, linewidth=0.6)  # fmt: skip
        for column, number in enumerate(numbers[row]):
            text = f"{number:.1f}" if number >= _LEAST else ""
            color = PAPER if number > 0.6 * most else INK
            ax.text(column, at, text, ha="center", va="center", **plain_text(SIZE, color=color))
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(top[-1] + 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(range(columns), [printable(str(name)) for name in values.columns], rotation=40, ha="left", rotation_mode="anchor", **plain_text(SIZE))  # fmt: skip
    ax.set_yticks(top, [printable(str(name)) for name in values.index], **plain_text(SIZE))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    write_method(ax, f"{figure.heading}. Rows: the places before; columns: those that followed. {figure.note}")
    ax.xaxis.set_label_position("bottom")
    write_title(ax, title, pad=6)
    return ax
