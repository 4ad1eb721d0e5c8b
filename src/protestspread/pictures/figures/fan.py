"""A fan: the median and the middle 50% and 90% of many simulated courses, with the observed course."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...figures import Fan
from ..layout.labels import plain_text
from ..style.text import number_text, printable, text
from ..style.theme import FAN, INK, MEDIAN, MUTED, PAPER
from .axes import SIZE, draw_key, label_dates, new_axes, style_axes, write_title
from .grids import MISSING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(figure: Fan, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the fan and, above it, the observed course; dates without an observed value are hatched."""
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(7.0, 3.4) if ax is None else ax
    if figure.observed is not None:
        _draw_observed(ax, figure.observed, figure.lower_bound)
    _draw_fan(ax, figure)
    ax.set_xlim(-0.5, len(figure.quantiles) - 0.5)
    ax.set_ylim(0)
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(lambda value, _: number_text(value))
    ax.set_ylabel(printable(figure.heading), **plain_text(SIZE, color=MUTED))
    style_axes(ax)
    label_dates(ax, pd.DatetimeIndex(figure.quantiles.index))
    entries = draw_key(ax, 3)
    write_title(ax, title, pad=30 if entries > 3 else 20)
    return ax


def _draw_fan(ax: "Axes", figure: Fan) -> None:
    rows = np.flatnonzero(figure.quantiles.notna().all(axis=1))
    low, quarter, middle, third, high = figure.quantiles.iloc[rows].to_numpy(dtype=float).T
    many = f"of {number_text(figure.draws)} simulated spreads"
    if len(rows) == 1:  # a single date is as wide as a row
        rows = rows + np.array([-0.4, 0.4])
        low, quarter, middle, third, high = (np.repeat(end, 2) for end in (low, quarter, middle, third, high))
    ax.plot(rows, middle, color=MEDIAN, linewidth=1.4, linestyle=(0, (4, 2)), label=f"median {many}", zorder=2.2)
    ax.fill_between(rows, quarter, third, color=FAN, alpha=0.5, linewidth=0, label="middle 50%", zorder=2)
    ax.fill_between(rows, low, high, color=FAN, alpha=0.3, linewidth=0, label="middle 90%", zorder=1.9)


def _draw_observed(ax: "Axes", observed: pd.Series, lower_bound: pd.Series | None) -> None:
    """Draw the observed course as a line with dots; where it is a lower bound, dotted and with hollow dots."""
    values = observed.to_numpy(dtype=float)
    bound = np.zeros(len(values), bool) if lower_bound is None else lower_bound.to_numpy(dtype=bool)
    x, size = np.arange(len(values)), float(np.clip(300 / max(len(values), 1), 1.5, 4.5))
    for kind, line, fill, label in ((~bound, "-", INK, "observed"), (bound, ":", PAPER, text("lower_bound"))):
        if (kind & ~np.isnan(values)).any():
            ax.plot(x, np.where(kind, values, np.nan), line, marker="o", color=INK, markerfacecolor=fill, markersize=size,
                    linewidth=1.6, label=label, zorder=3)  # fmt: skip
    gaps = np.flatnonzero(np.diff(np.isnan(values), prepend=False, append=False)).reshape(-1, 2)
    for first, last in gaps:
        label = text("not_observed") if first == gaps[0, 0] else ""
        ax.axvspan(first - 0.5, last - 0.5, alpha=0.5, zorder=0, gid="missing", label=label, **MISSING)
