"""Legends of classed colors and of symbols."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..style.classes import Classes
from ..style.text import text
from ..style.theme import (
    BORDER,
    INK,
    MISSING_FILL,
    MISSING_HATCH,
    PAPER,
    ZERO_FILL,
    plain_text,
    printable,
    ramp,
    title_weight,
)
from .labels import warn_of_missing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

HATCH = "////"


def class_colors(classes: Classes, cmap: str) -> list[str]:
    """Return the colors of classes 0, 1, ... k."""
    return [ZERO_FILL if classes.zero else PAPER, *ramp(classes.k, cmap)]


def legend_entries(
    classes: Classes, colors: Sequence[str], *, colored: bool, zero_label: str, missing_label: str | None, small: bool
) -> list[tuple[Any, str]]:
    """Return a handle and a label for each class shown (`missing_label` is None where no value is missing)."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    entries: list[tuple[Any, str]] = []
    if classes.zero:
        entries.append((Patch(facecolor=colors[0], edgecolor=BORDER, linewidth=0.5), printable(zero_label)))
    if colored:
        entries += [
            (Patch(facecolor=color, edgecolor=BORDER, linewidth=0.5), label)
            for color, label in zip(colors[1:], classes.labels, strict=True)
        ]
    if missing_label is not None:
        entries.append(
            (
                Patch(facecolor=MISSING_FILL, edgecolor=MISSING_HATCH, hatch=HATCH, linewidth=0.5),
                printable(missing_label),
            )
        )
    if small:
        marker = Line2D(
            [],
            [],
            marker="s",
            markersize=6,
            markerfacecolor=PAPER,
            markeredgecolor=INK,
            markeredgewidth=0.8,
            linestyle="",
        )
        entries.append((marker, text("small_region")))
    return entries


def draw_legend(ax: "Axes", entries: Sequence[tuple[Any, str]], title: str, *, columns: int = 1) -> "Legend":
    """Add a legend to axes; the caller moves it to its place."""
    handles, labels = [handle for handle, _ in entries], [printable(label) for _, label in entries]
    title = printable(title)
    warn_of_missing(ax, " ".join([title, *labels]))
    legend = ax.legend(
        handles,
        [f"\u200b{label}" if label.startswith("_") else label for label in labels],
        alignment="left",
        ncols=columns,
        columnspacing=1.2,
        loc="lower right",
        fontsize=7.5,
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.35,
        borderpad=0.7,
        framealpha=0.92,
        facecolor=PAPER,
        edgecolor="#d5d8dc",
        title=title or None,
    )
    for label in legend.get_texts():
        label.set(**plain_text(7.5))
    legend.get_title().set(**plain_text(7.5, weight=title_weight(title)))
    legend.set_zorder(7)
    return legend
