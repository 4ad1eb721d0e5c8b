"""A statistic by date, over the band in which it would lie under the null, or the band of its interval."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...figures import SeriesWithBand
from ..layout.labels import plain_text
from ..style.text import printable
from ..style.theme import BAR_AHEAD, CITY, MUTED, PAPER
from .axes import SIZE, draw_key, label_dates, new_axes, style_axes, write_title
from .grids import MISSING, write_method

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: SeriesWithBand, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the values as a line with dots, filled where asked for, and hatch the dates without one."""
    ax = new_axes(7.0, 3.2) if ax is None else ax
    _draw_band(ax, figure)
    _draw_observed(ax, figure)
    ax.set_xlim(-0.5, len(figure.observed) - 0.5)
    ax.set_ylabel(printable(figure.statistic), **plain_text(SIZE, color=MUTED))
    style_axes(ax)
    label_dates(ax, pd.DatetimeIndex(figure.observed.index))
    entries = draw_key(ax, 2)
    write_method(ax, figure.method)
    write_title(ax, title, pad=30 if entries > 2 else 20)
    return ax


def _draw_band(ax: "Axes", figure: SeriesWithBand) -> None:
    """Draw the band and the expectation as steps, so that a single day is visible too."""
    low, high = figure.low.to_numpy(), figure.high.to_numpy()
    edges = np.repeat(np.arange(len(low) + 1) - 0.5, 2)[1:-1]
    of_row = np.repeat(np.arange(len(low)), 2)
    label = printable(figure.band)
    ax.fill_between(edges, low[of_row], high[of_row], color=BAR_AHEAD, alpha=0.55, linewidth=0, label=label)
    if figure.expected is not None:
        expected = np.where(np.isnan(low), np.nan, figure.expected)
        dashes: dict[str, Any] = {"color": MUTED, "linewidth": 1.1, "linestyle": (0, (4, 2))}
        ax.plot(edges, expected[of_row], label=printable(figure.reference), **dashes)


def _draw_observed(ax: "Axes", figure: SeriesWithBand) -> None:
    values, filled = figure.observed.to_numpy(), figure.filled.to_numpy()
    x, days = np.arange(len(values)), len(values)
    size = float(np.clip(300 / max(days, 1), 0.0 if days > 150 else 1.5, 5.0))
    line = printable(figure.line)
    ax.plot(x, values, "-o", color=CITY, markerfacecolor=PAPER, markersize=size, linewidth=1.6, label=line)
    if filled.any():
        ax.plot(x[filled], values[filled], "o", color=CITY, markersize=size + 1, label=f"{line}, {figure.fill}")
    for row in np.flatnonzero(np.isnan(values)):
        ax.axvspan(row - 0.5, row + 0.5, gid="missing", **MISSING)
