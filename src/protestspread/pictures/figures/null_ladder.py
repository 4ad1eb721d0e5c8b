"""Bands of draws under several nulls or of several statistics, one row each, with the observed values."""

from typing import TYPE_CHECKING

import numpy as np

from ...figures import NullBand, NullLadder
from ..layout.labels import plain_text, text_size
from ..style.text import printable
from ..style.theme import BAR, CITY, INK, MUTED, PAPER
from .axes import SIZE, draw_key, new_axes, style_axes, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = (BAR, CITY)
_APART = 0.32  # of two bands in a row


def draw(figure: NullLadder, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw the middle 95% and the mean of the draws, and the observed values as dots or as one line."""
    count, several = len(figure.rows), len(figure.series) > 1
    ax = new_axes(7.4, (1.5 if several else 1.1) + (0.62 if several else 0.3) * count) if ax is None else ax
    ax.set_ylim(count - (0.45 if several else 0.5), -0.55)
    right = _reach(ax, figure)
    ax.set_xlim(0, right)
    gap = 0.02 * right
    for number, (name, bands) in enumerate(figure.series.items()):
        color, shift = _COLORS[number], _APART * (number - (len(figure.series) - 1) / 2)
        for row, band in enumerate(bands):
            _draw_band(ax, band, row + shift, color)
            at = np.nanmax([band.high, band.observed, figure.reference or 0.0]) + gap
            ax.text(
                at,
                row + shift,
                printable(band.note),
                va="center",
                **plain_text(SIZE, color=INK if band.clear else MUTED),
            )
        ax.plot(
            [],
            [],
            color=color,
            linewidth=5,
            alpha=0.45,
            label=printable(f"{name}: middle 95% of draws under the null (tick: mean)"),
        )
    dots = any(np.isfinite(band.observed) for bands in figure.series.values() for band in bands)
    if dots:
        label = printable(f"observed (filled: {figure.fill})")
        ax.plot([], [], "o", color=CITY, linestyle="none", label=label)
    if figure.reference is not None:
        ax.axvline(figure.reference, color=INK, linewidth=1.4, zorder=1)
    style_axes(ax, left=False)
    ax.set_yticks(range(count), [printable(name) for name in figure.rows], **plain_text(8))
    ax.set_xlabel(printable(figure.axis), **plain_text(8, color=MUTED))
    lines = draw_key(ax, 2 if dots and not several else 1)
    write_title(ax, title, pad=22 if dots and not several else 10 + 12 * lines)
    return ax


def _draw_band(ax: "Axes", band: NullBand, y: float, color: str) -> None:
    if np.isfinite(band.low):
        ax.plot([band.low, band.high], [y, y], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt", zorder=2)
        ax.plot(band.expected, y, "|", color=color, markersize=9, markeredgewidth=2, zorder=3)
    if np.isfinite(band.observed):
        ax.plot(
            band.observed,
            y,
            "o",
            color=CITY,
            markerfacecolor=CITY if band.clear else PAPER,
            markersize=6,
            zorder=4,
            clip_on=False,
        )


def _reach(ax: "Axes", figure: NullLadder) -> float:
    """Return the right end of the axis, so that each note fits beside its band."""
    wide, reach = ax.get_window_extent().width, 1.0
    for band in (band for bands in figure.series.values() for band in bands):
        share = min(text_size(ax, band.note, SIZE)[0] / wide + 0.04, 0.6)
        reach = max(reach, float(np.nanmax([band.high, band.observed, figure.reference or 0.0])) / (1 - share))
    return reach
