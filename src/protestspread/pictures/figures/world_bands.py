"""Several statistics in several worlds: bands of draws, beside the observed values."""

from typing import TYPE_CHECKING

import numpy as np

from ...figures import WorldBands
from ...wording import format_number
from ..layout.labels import plain_text, text_size, title_axes, wrapped
from ..style.text import printable
from ..style.theme import BAR, CITY, INK, MUTED, PAPER
from .axes import SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...arrays import FloatArray

_ROW, _TOP, _BOTTOM = 0.36, 1.05, 0.62  # inches
_GAP = 0.14  # between columns, of a column


def draw(figure: WorldBands, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw one row a world and one column a statistic, each column on a scale of its own."""
    rows, columns = figure.low.shape
    if ax is None:
        from matplotlib import pyplot as plt

        high = _TOP + _ROW * rows + _BOTTOM
        ax = plt.figure(figsize=(max(6.0, 2.4 + 1.05 * columns), high)).add_axes((0.01, 0.01, 0.98, 0.98 - 0.3 / high))
    ax.set_axis_off()
    title_axes(ax, title)
    panel = _panel(ax, figure)
    for column in range(columns):
        _draw_column(panel, figure, column)
    for row, text in enumerate(figure.texts):
        panel.text(columns, row, printable(text), va="center", **plain_text(SIZE))
    panel.text(columns, -0.62, printable(figure.heading), va="bottom", **plain_text(SIZE, color=MUTED))
    ax.text(0, 0, wrapped(ax, figure.note, 6.5, ax.get_window_extent().width), transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))  # fmt: skip
    return ax


def _panel(ax: "Axes", figure: WorldBands) -> "Axes":
    """Return the panel of the rows, with their names at the left and room for the texts at the right."""
    rows, columns = figure.low.shape
    wide, high = ax.get_window_extent().width, ax.get_window_extent().height
    names = [printable(str(name)) for name in figure.low.index]
    left = max(text_size(ax, name, 8)[0] for name in names) / wide + 0.015
    right = max(text_size(ax, text, SIZE)[0] for text in (*figure.texts, figure.heading)) / wide + 0.01
    inch = ax.figure.get_dpi() / high
    top, bottom = min(0.75 * inch, 0.3), min(0.55 * inch, 0.25)
    panel = ax.inset_axes((left, bottom, 1 - left - right, 1 - top - bottom), label="worlds")
    panel.set_xlim(0, columns)
    panel.set_ylim(rows - 0.4, -0.6)
    panel.set_xticks([])
    panel.set_yticks(range(rows), names, **plain_text(8))
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.spines[["top", "right", "left", "bottom"]].set_visible(False)
    return panel


def _draw_column(panel: "Axes", figure: WorldBands, column: int) -> None:
    low, middle, high = (table.iloc[:, column].to_numpy() for table in (figure.low, figure.middle, figure.high))
    observed, outside = float(figure.observed.iloc[column]), figure.outside.iloc[:, column].to_numpy()
    least, most = min(low.min(), observed), max(high.max(), observed)
    scale = (1 - 2 * _GAP) / (most - least) if most > least else 0.0

    def place(values: "FloatArray") -> "FloatArray":
        return np.asarray(column + _GAP + (values - least) * scale)

    rows = np.arange(len(low))
    panel.hlines(rows, place(low), place(high), color=BAR, linewidth=5, alpha=0.45, zorder=2)
    panel.plot(place(middle), rows, "|", color=BAR, markersize=8, markeredgewidth=2, zorder=3)
    here = float(place(np.array(observed)))
    panel.axvline(here, color=INK, linewidth=0.8, zorder=1)
    for chosen, fill in ((outside, CITY), (~outside, PAPER)):
        panel.plot(
            np.full(int(chosen.sum()), here),
            rows[chosen],
            "o",
            color=CITY,
            markerfacecolor=fill,
            markersize=5,
            linestyle="none",
            zorder=4,
        )
    width = 0.86 * panel.get_window_extent().width / figure.low.shape[1]
    heading = wrapped(panel, str(figure.low.columns[column]), SIZE, width)
    panel.text(column + _GAP / 2, -0.62, heading, va="bottom", **plain_text(SIZE))
    text = f"observed {format_number(observed)}"
    panel.text(column + _GAP / 2, len(low) - 0.4, text, va="top", **plain_text(6.5, color=MUTED))
