"""Histogram of draws under the null, with the observed value."""

from typing import TYPE_CHECKING

import numpy as np

from ...arrays import FloatArray
from ...figures import NullHistogram
from ..layout.labels import plain_text
from ..style.text import printable
from ..style.theme import BAR_AHEAD, CITY, INK, MUTED, PAPER
from .axes import SIZE, new_axes, style_axes, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_BARS = 50
_BODY = 0.74  # share of the height for bars and lines; the legend is above


def draw(figure: NullHistogram, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the distribution of a statistic under the null, and the observed value; the reason where there is no p-value."""
    from matplotlib.ticker import MaxNLocator

    ax = new_axes(6.4, 3.4) if ax is None else ax
    draws = np.asarray(figure.draws, dtype=np.float64)
    draws = draws[np.isfinite(draws)]
    highest = _draw_bars(ax, draws, figure.null) if len(draws) else 1.0
    if np.isfinite(figure.observed):
        p = "" if np.isnan(figure.p_value) else f" (p = {figure.p_value:.2g})"
        label = f"observed, {_format_value(figure.observed)}{p}"
        ax.axvline(figure.observed, ymax=_BODY, color=CITY, linewidth=2.2, label=label)
    if figure.reason:
        ax.text(0.5, 0.5, f"no p-value: {figure.reason}", transform=ax.transAxes, ha="center", va="center",
                **plain_text(8, backgroundcolor=PAPER))  # fmt: skip
    ax.margins(x=0.04)
    ax.set_ylim(0, highest * 1.04 / _BODY)
    ax.set_xlabel(printable(figure.statistic), **plain_text(8, color=MUTED))
    ax.set_ylabel("number of draws", **plain_text(8, color=MUTED))
    ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    style_axes(ax)
    key = ax.legend(loc="upper left", frameon=False, fontsize=SIZE, labelcolor=INK, borderaxespad=0.1, handlelength=1.6)
    for text in key.get_texts():
        text.set_parse_math(False)
    write_title(ax, title)
    return ax


def _draw_bars(ax: "Axes", draws: FloatArray, null: str) -> float:
    """Draw the draws and their mean; return the largest count."""
    heights, edges = np.histogram(draws, _edges(draws))
    label = printable(f"{len(draws):,} draws: {null}")
    ax.bar(edges[:-1], heights, np.diff(edges), align="edge", color=BAR_AHEAD, linewidth=0, label=label)
    mean = float(draws.mean())
    label = f"mean of the draws, {_format_value(mean)}"
    ax.axvline(mean, ymax=_BODY, color=MUTED, linewidth=1.2, linestyle=(0, (4, 2)), label=label)
    return float(heights.max())


def _edges(draws: FloatArray) -> FloatArray:
    """Return the edges of the bars; for counts, every bar covers the same number of integers."""
    low, high = float(draws.min()), float(draws.max())
    if (draws == np.round(draws)).all():
        step = max(1, int(np.ceil((high - low + 1) / _MOST_BARS)))
        return np.arange(low - 0.5, high + step + 0.5, step)
    return np.linspace(low, high if high > low else low + 1, _MOST_BARS // 2 + 1)


def _format_value(value: float) -> str:
    text = f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:,.4g}"
    return text.replace("-", "−", 1)
