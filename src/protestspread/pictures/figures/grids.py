"""Grids: a statistic over limits of distance and delay, as shaded numbers; a z-score by place and date, as colors."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...figures import LimitGrid, PlaceGrid
from ..layout.labels import plain_text, wrapped
from ..style.text import printable
from ..style.theme import INK, MISSING_HATCH, MUTED, PAPER
from .axes import SIZE, label_dates, new_axes, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING: dict[str, Any] = {"facecolor": PAPER, "edgecolor": MISSING_HATCH, "hatch": "////", "linewidth": 0}
_MOST_PLACES = 40


def draw_limits(figure: LimitGrid, ax: "Axes | None", title: str | None) -> "Axes":
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


def draw_places(figure: PlaceGrid, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the z-scores of the first 40 places as colors, with dots on marked cells."""
    from matplotlib.colors import TwoSlopeNorm

    places = len(figure.z_scores)
    z, marked = figure.z_scores.iloc[:_MOST_PLACES], figure.marked.iloc[:_MOST_PLACES]
    ax = new_axes(7.0, 1.4 + 0.17 * len(z)) if ax is None else ax
    most = max(float(np.nanquantile(z.abs().to_numpy(), 0.98)) if z.notna().to_numpy().any() else 1.0, 3.0)
    ax.patch.set(**MISSING)
    image = ax.imshow(np.ma.masked_invalid(z.to_numpy()), cmap="PuOr_r", norm=TwoSlopeNorm(0, -most, most), aspect="auto",
                      interpolation="nearest")  # fmt: skip
    rows, columns = np.nonzero(marked.to_numpy())
    ax.plot(columns, rows, "o", color=PAPER, markeredgecolor=INK, markersize=4.5, gid="clear")
    ax.set_yticks(range(len(z)), [printable(str(place)) for place in z.index], **plain_text(6.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    label_dates(ax, pd.DatetimeIndex(z.columns))
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02, extend="both")
    bar.set_label(printable(f"z-score of {figure.statistic}"), **plain_text(SIZE, color=MUTED))
    bar.ax.tick_params(labelsize=SIZE, colors=MUTED, length=2)
    bar.outline.set_visible(False)
    shown = f"; {len(z)} of {places} places shown, smallest p-values first" if len(z) < places else ""
    write_method(ax, f"{figure.method}. Dots: {figure.mark}{shown}".removeprefix(". "))
    write_title(ax, title, pad=6)
    return ax


def write_method(ax: "Axes", method: str) -> None:
    """Write the method below the axes."""
    if method:
        text = wrapped(ax, method, 6.5, ax.get_window_extent().width)
        ax.set_xlabel(text, loc="left", **plain_text(6.5, color=MUTED))
