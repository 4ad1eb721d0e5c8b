"""New axes, titles and ticks in the style of all figures of results."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..layout.labels import plain_text
from ..style.text import printable
from ..style.theme import INK, MUTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 7.5


def new_axes(width: float, height: float) -> "Axes":
    """Return the axes of a new figure of a size in inches."""
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def style_axes(ax: "Axes", *, left: bool = True) -> None:
    """Draw ticks and lines at the bottom, and at the left if asked for, in gray."""
    ax.tick_params(labelsize=SIZE, colors=MUTED, length=3)
    ax.tick_params(length=1.5, colors=MUTED, which="minor")
    ax.spines[["top", "right"] if left else ["top", "right", "left"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    if not left:
        ax.tick_params(axis="y", length=0, labelcolor=INK)


def write_title(ax: "Axes", title: str | None, *, pad: float | None = None) -> None:
    """Write a title, taken as plain text, above the legend."""
    if title is not None:
        ax.set_title(printable(title), loc="left", pad=pad, **plain_text(10, weight="bold"))


def draw_key(ax: "Axes", columns: int = 1) -> int:
    """Draw a legend above the axes, and return the number of its entries."""
    key = ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, frameon=False, fontsize=SIZE, labelcolor=INK,
                    borderaxespad=0.3, columnspacing=1.4)  # fmt: skip
    for text in key.get_texts():
        text.set_parse_math(False)
    return len(key.get_texts())


def label_dates(ax: "Axes", dates: pd.DatetimeIndex) -> None:
    """Label as many columns by their date as fit."""
    from ..frames import date_labels
    from ..layout.labels import text_size

    labels = date_labels(dates)
    wide = 1.3 * max(text_size(ax, label, SIZE)[0] for label in {max(labels, key=len), labels[0]})
    step = max(1, int(np.ceil(wide * len(labels) / ax.get_window_extent().width)))
    ticks = range(0, len(labels), step)
    ax.set_xticks(ticks, [labels[row] for row in ticks], **plain_text(SIZE, color=MUTED))
