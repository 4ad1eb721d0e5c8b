"""Dates of places against a distance, with a fitted line and a fitted chance."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...figures import FittedChance, FittedLine, Scatter
from ..frames import date_labels
from ..layout.labels import plain_text, wrapped
from ..style.text import printable
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, MUTED, PAPER
from .axes import SIZE, new_axes, style_axes, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DAY = pd.Timedelta(days=1)
_MOST_TICKS = 8
_DASH, _DOTS = (0, (5, 3)), (0, (1, 1.2))


def draw(figure: Scatter, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the date of each place against its distance, with the line and the band of the interval of its slope.

    Hollow triangles at the end of observation are places without a date. The chance has an axis of its own at the right.
    """
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(7.0, 4.2) if ax is None else ax
    x, joined = figure.x, figure.dates.notna().to_numpy()
    day = ((figure.dates - figure.start) / _DAY).to_numpy(dtype=float)
    latest = float(np.nanmax(day, initial=0.0))
    end = latest if figure.end is None or joined.all() else (figure.end - figure.start) / _DAY + 0.5
    reach = max(float(x.max(initial=0.0)), 1.0)
    ax.set_xlim(-0.03 * reach, 1.03 * reach)
    marks = np.asarray(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(0, reach))
    ax.set_xticks(marks[(marks >= 0) & (marks <= 1.03 * reach)])
    ax.set_ylim(-0.6, max(end, latest) + 0.6)
    if isinstance(figure.line, FittedLine):
        _draw_line(ax, figure.line, x)
    else:
        ax.text(0.5, 0.85, printable(figure.line), transform=ax.transAxes, ha="center", va="center", zorder=6,
                **plain_text(8, backgroundcolor=PAPER))  # fmt: skip
    if figure.chance is not None:
        _draw_chance(ax, figure.chance)
    size = float(np.clip(60 / np.sqrt(max(len(x), 1)), 2.0, 6.0))
    look: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.6, "zorder": 4, "markersize": size}
    ax.plot(x[joined], day[joined], "o", color=CITY, markeredgecolor=PAPER, label="joined", **look)
    if not joined.all():
        ax.axhline(end, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        ax.plot(x[~joined], np.full((~joined).sum(), end), "^", markerfacecolor=PAPER, markeredgecolor=MUTED,
                label="not joined by the end of observation", **look)  # fmt: skip
    _label(ax, figure)
    key = ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=SIZE, labelcolor=INK,
              borderaxespad=0.3, handlelength=1.8, columnspacing=1.4, markerscale=max(1.0, 4.5 / size))  # fmt: skip
    write_title(ax, title, pad=10 + 12 * -(-len(key.get_texts()) // 2))
    return ax


def _draw_line(ax: "Axes", line: FittedLine, x: FloatArray) -> None:
    """Draw the line, and the band of lines within the interval of the slope."""
    reach, middle = np.array([0.0, x.max()]), x.mean()
    level = line.intercept + line.slope * middle
    bounds = np.array([line.low, line.high])
    if np.isfinite(bounds).all():
        low, high = np.sort(level + bounds[:, None] * (reach - middle), axis=0)
        ends = np.array([0.0, middle, x.max()])
        ax.fill_between(ends, np.insert(low, 1, level), np.insert(high, 1, level), color=BAR_AHEAD, alpha=0.45, linewidth=0,
                        zorder=1, label="95% interval of the slope")  # fmt: skip
    look: dict[str, Any] = {"color": BAR, "linewidth": 2.2} if line.solid else {"color": MUTED, "linewidth": 1.3}
    ax.plot(
        reach,
        line.intercept + line.slope * reach,
        zorder=3,
        linestyle="-" if line.solid else _DASH,
        label=line.label,
        **look,
    )


def _draw_chance(ax: "Axes", chance: FittedChance) -> None:
    """Draw the chance of ever joining, from 0 to 100% of the height of the axes."""
    low, high = ax.get_ylim()
    heights = low + (high - low) * chance.chance
    ax.plot(chance.x, heights, color=BAR_AHEAD, linewidth=1.6, linestyle=_DOTS, zorder=2, label=chance.label)
    right = ax.secondary_yaxis("right")
    right.set_yticks([low, (low + high) / 2, high], ["0%", "50%", "100%"], **plain_text(SIZE, color=MUTED))
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)


def _label(ax: "Axes", figure: Scatter) -> None:
    """Label days by their dates, the axis, and the note below it."""
    low, high = ax.get_ylim()
    ticks = np.arange(np.ceil(low), high, max(1, int(np.ceil((high - low) / _MOST_TICKS))))
    first = figure.start.normalize()
    dates = [first + pd.Timedelta(days=int(tick)) for tick in ticks]
    labels = date_labels(pd.DatetimeIndex(dates), first_only=True)
    ax.set_yticks(ticks - (figure.start - first) / _DAY, labels, **plain_text(SIZE, color=MUTED))
    style_axes(ax)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    text = f"{figure.axis}\n{figure.note}".replace("p = ", "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    ax.set_xlabel(wrapped(ax, text, SIZE, ax.get_window_extent().width), loc="left", **plain_text(SIZE, color=INK))
