"""Candidates compared by bars of shares and by an estimate with its interval."""

from typing import TYPE_CHECKING

import numpy as np

from ...figures import ComparedEstimates
from ..layout.labels import plain_text, text_size, title_axes
from ..style.text import printable
from ..style.theme import BAR, BAR_AHEAD, MUTED
from .axes import SIZE, style_axes
from .estimates import draw_intervals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...arrays import FloatArray

_LOWER, _HEIGHT, _APART = 0.16, 0.62, 0.045  # of the panels, as shares of the axes


def draw(figure: ComparedEstimates, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw one panel of bars per share, the estimates, and the texts; the axes given are replaced by these panels."""
    shares, rows = figure.shares, np.arange(len(figure.shares))
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(8.2, max(1.5 + 0.42 * len(rows), 2.5))).add_axes((0.03, 0.06, 0.94, 0.84))
    ax.set_axis_off()
    title_axes(ax, title)
    names = [printable(str(name)) for name in shares.index]
    headings = {**figure.headings, "estimate": figure.estimates.heading}
    panels = _panels(ax, headings, names, [*figure.texts, figure.heading])
    *bars, last = panels
    for panel, (name, values), color in zip(bars, shares.items(), (BAR, BAR_AHEAD), strict=True):
        _draw_bars(panel, values.to_numpy(dtype=float), color, percent=name in figure.percent)
    draw_intervals(last, figure.estimates, numbers=False)
    for panel in panels:
        style_axes(panel, left=False)
        panel.set_ylim(len(rows) - 0.5, -0.5)
        panel.set_yticks([])
    panels[0].set_yticks(rows, names, **plain_text(8.5))
    for row, text in enumerate(figure.texts):
        last.text(1.06, row, text, transform=last.get_yaxis_transform(), va="center", **plain_text(SIZE))
    last.text(1.06, 1.02, figure.heading, transform=last.transAxes, va="bottom", **plain_text(SIZE, color=MUTED))
    ax.text(0, 0, printable(figure.note), transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))
    return ax


def _panels(ax: "Axes", headings: dict[str, str], names: list[str], texts: list[str]) -> "list[Axes]":
    """Return panels with headings between the names at the left and the texts at the right."""
    wide = ax.get_window_extent().width
    left = max(text_size(ax, name, 8.5)[0] for name in names) / wide + 0.015
    right = max(text_size(ax, text, SIZE)[0] for text in texts) / wide + 0.02
    width = (1 - left - right - _APART * (len(headings) - 1)) / len(headings)
    panels = []
    for number, (name, heading) in enumerate(headings.items()):
        panel = ax.inset_axes((left + number * (width + _APART), _LOWER, width, _HEIGHT), label=name)
        panel.set_title(heading, loc="left", pad=4, **plain_text(8))
        panels.append(panel)
    return panels


def _draw_bars(panel: "Axes", values: "FloatArray", color: str, *, percent: bool) -> None:
    panel.barh(range(len(values)), np.nan_to_num(values), 0.55, color=color, linewidth=0)
    for row, value in enumerate(values):
        label = "–" if np.isnan(value) else f"{value:.0%}" if percent else f"{value:.2f}"
        at = min(max(np.nan_to_num(value), 0) + 0.02, 0.84)
        panel.text(at, row, label, va="center", **plain_text(SIZE))
    panel.set_xlim(0, 1)
    panel.set_xticks([0, 0.5, 1], ["0", "50%", "100%"] if percent else ["0", "0.5", "1"])
