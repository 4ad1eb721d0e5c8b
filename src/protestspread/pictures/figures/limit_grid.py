"""Grid of shaded numbers: a statistic over limits of distance and delay."""

from typing import TYPE_CHECKING

import numpy as np

from ...figures import LimitGrid
from ..layout.labels import plain_text
from ..style.text import printable
from ..style.theme import INK, MUTED, PAPER
from .axes import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: LimitGrid, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw a statistic by limits in kilometers (rows) and in days (columns)."""
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.patches import Rectangle

    rows, columns = figure.values.shape
    ax = new_axes(2.2 + 0.72 * columns, 1.6 + 0.46 * rows) if ax is None else ax
    values = figure.values.to_numpy(dtype=float)
    framed = np.zeros(values.shape, bool) if figure.framed is None else figure.framed.to_numpy()
    most = float(np.nanmax(np.abs(values), initial=1e-9)) if np.isfinite(values).any() else 1.0
    digits = int(np.clip(2 - np.floor(np.log10(most)), 0, 3))
    ax.imshow(values, cmap="PuOr_r", norm=TwoSlopeNorm(0, -most, most), aspect="auto", origin="lower", alpha=0.85)
    for (row, column), value in np.ndenumerate(values):
        text = f"{value:.{digits}f}" if np.isfinite(value) else "–"
        color = PAPER if abs(value) > 0.7 * most else INK
        ax.text(column, row, text, ha="center", va="center", **plain_text(8, color=color))
        if framed[row, column]:
            place = (column - 0.46, row - 0.46)
            ax.add_patch(Rectangle(place, 0.92, 0.92, fill=False, edgecolor=INK, linewidth=1.6))
    ax.set_xticks(range(columns), [f"{days:g}" for days in figure.values.columns], **plain_text(8))
    ax.set_yticks(range(rows), [f"{km:g}" for km in figure.values.index], **plain_text(8))
    ax.set_xlabel("within days", **plain_text(8, color=MUTED))
    ax.set_ylabel("within km", **plain_text(8, color=MUTED))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    what = figure.statistic + (f" (framed: {figure.frame})" if framed.any() else "")
    ax.set_title(printable("\n".join(filter(None, (title, what)))), loc="left", **plain_text(9))
    return ax
