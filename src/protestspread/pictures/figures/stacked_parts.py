"""Fitted parts of expected counts, stacked by date, with the observed counts as dots."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...figures import StackedParts
from ..charts.curve import row_text
from ..frames import date_labels
from ..layout.labels import draw_legend, extent_of_artist, plain_text, row_of_keys, text_size, title_axes, wrapped
from ..style.text import number_text, printable
from ..style.theme import INK, MUTED, PAPER
from .axes import SIZE, style_axes
from .grids import MISSING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#cdd2d9", "#e39a4e", "#2b6cb3", "#7b3fa0", "#2e7d6b", "#9c2f45")
"""Endemic, own, neighbors, and neighbors along more graphs; the first three differ in lightness, too."""
_LEFT, _BETWEEN, _BELOW, _HEADING = 27.0, 8.0, 17.0, 14.0  # points: tick labels, gaps between panels, dates, headings
_NARROWEST, _LOWEST, _MOST_COLUMNS = 130.0, 24.0, 4  # points; a panel with its tick labels
_ROW, _FRAME = 1.45, 1.6  # inches: a row of panels, and what is around the rows


def draw(figure: StackedParts, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw one panel, or one a place, below a legend; the axes given are replaced by these panels."""
    names = list(figure.fitted)
    ax = _new_axes(len(names)) if ax is None else ax
    ax.set_axis_off()
    title_axes(ax, title)
    area, points = ax.get_window_extent(), ax.figure.dpi / 72
    note = wrapped(ax, figure.note, 6.5, area.width)
    foot = ax.text(0, 0, note, transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))
    head = _draw_key(ax, figure)
    low, high = extent_of_artist(foot)[1] / points + _BELOW + 4, (area.height - head) / points - 4
    boxes = _boxes(len(names), area.width / points, low, high)
    for name, box in zip(names, boxes, strict=True):
        shares = box * points / [area.width, area.height, area.width, area.height]
        panel = ax.inset_axes(tuple(shares), label=name)
        _draw_panel(panel, figure, name)
        if len(names) > 1:
            panel.set_title(printable(name), loc="left", pad=2, **plain_text(8))
    return ax


def _new_axes(panels: int) -> "Axes":
    from matplotlib import pyplot as plt

    height = _FRAME + _ROW * max(-(-panels // 3), 1.4)
    return plt.figure(figsize=(7.0, height)).add_axes((0.02, 0.02, 0.96, 1 - 0.42 / height))


def _boxes(count: int, width: float, low: float, high: float) -> list[FloatArray]:
    """Return left, bottom, width and height of each panel, in points."""
    rows = -(-count // int(np.clip(width // _NARROWEST, 1, min(count, _MOST_COLUMNS))))
    columns = -(-count // rows)
    heading = _HEADING if count > 1 else 0.0
    wide = width / columns - _LEFT - _BETWEEN * (columns > 1)
    tall = (high - low + _BELOW) / rows - _BELOW - heading
    if min(wide, tall) < _LOWEST:
        raise DataError(
            f"ax is too small for {count} {'panel' if count == 1 else 'panels'}", fix="use larger axes, or fewer places"
        )
    return [
        np.array(
            [_LEFT + column * width / columns, high - heading - tall - row * (heading + tall + _BELOW), wide, tall]
        )
        for row, column in (divmod(number, columns) for number in range(count))
    ]


def _draw_key(ax: "Axes", figure: StackedParts) -> float:
    """Draw the legend at the top of the axes and return its height in pixels."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    first = next(iter(figure.fitted.values()))
    parts, row = first.columns, row_text(pd.DatetimeIndex(first.index))
    if len(parts) > len(COLORS):
        raise DataError(f"the figure has {len(parts)} parts; {len(COLORS)} can be told apart", fix="draw fewer parts")
    colors = [(Patch(facecolor=color, linewidth=0), str(name)) for name, color in zip(parts, COLORS, strict=False)]
    entries: list[tuple[Any, str]] = [(Line2D([], [], **_DOT, markersize=4), f"observed per {row}"), *colors[::-1]]
    if any(_missing(figure, name).any() for name in figure.fitted):
        entries.append((Patch(**MISSING), "some or all places not fitted" if len(figure.fitted) == 1 else "not fitted"))
    columns, size = row_of_keys(
        lambda columns: _legend(ax, entries, columns), len(entries), ax.get_window_extent().width
    )
    _legend(ax, entries, columns)
    return size[1]


def _legend(ax: "Axes", entries: list[tuple[Any, str]], columns: int) -> Any:
    key = draw_legend(ax, entries, "", columns=columns)
    key.set_loc("upper left")
    key.set_frame_on(False)
    key.borderaxespad = key.borderpad = 0.0
    return key


_DOT: dict[str, Any] = {"linestyle": "", "marker": "o", "color": INK, "markeredgecolor": PAPER, "markeredgewidth": 0.4}


def _missing(figure: StackedParts, name: str) -> np.ndarray:
    """Return on which dates no place, or not all, are in the likelihood."""
    unfitted = figure.fitted[name].isna().any(axis=1) | figure.partial[name]
    return np.asarray(unfitted.to_numpy(dtype=bool))


def _draw_panel(panel: "Axes", figure: StackedParts, name: str) -> None:
    """Stack the parts of each date as steps, which show single dates too, and draw the observed counts over them."""
    from matplotlib.ticker import MaxNLocator

    fitted, observed = figure.fitted[name], figure.observed[name].to_numpy(dtype=float)
    tops = fitted.to_numpy(dtype=float).clip(min=0).cumsum(axis=1)
    edges, x = np.arange(len(fitted) + 1) - 0.5, np.arange(len(fitted))
    missing = _missing(figure, name)
    for first, last in np.flatnonzero(np.diff(missing, prepend=False, append=False)).reshape(-1, 2):
        panel.axvspan(first - 0.5, last - 0.5, zorder=0, gid="missing", **MISSING)
    base = np.zeros(len(fitted))
    for part, (top, color) in enumerate(zip(tops.T, COLORS, strict=False)):
        panel.stairs(
            np.nan_to_num(top),
            edges,
            baseline=np.nan_to_num(base),
            fill=True,
            color=color,
            linewidth=0,
            zorder=2,
            gid=f"part {part}",
        )
        base = top
    size = float(np.clip(0.55 * panel.get_window_extent().width * 72 / panel.figure.dpi / len(x), 1.8, 4.0))
    panel.plot(x, observed, **_DOT, markersize=size, zorder=4, clip_on=False, gid="observed")
    panel.set_xlim(-0.5, len(x) - 0.5)
    most = float(np.nanmax(np.append(tops, observed), initial=0.0))
    panel.set_ylim(0, 1.05 * most or 1.0)
    style_axes(panel)
    _label_dates(panel, pd.DatetimeIndex(fitted.index))
    panel.yaxis.set_major_locator(MaxNLocator(4 if panel.get_window_extent().height > 90 else 2, integer=most >= 2))
    panel.yaxis.set_major_formatter(lambda value, _: number_text(float(value), digits=3))


def _label_dates(panel: "Axes", dates: pd.DatetimeIndex) -> None:
    """Label the first day of as many rows as fit; a label begins at its row and ends within the panel."""
    labels = date_labels(dates, first_only=True)
    labels = [label if row == 0 else label.removesuffix(f" {dates[row].year}") for row, label in enumerate(labels)]
    wide, room = (
        1.2 * max(text_size(panel, label, SIZE)[0] for label in {labels[0], max(labels, key=len)}),
        panel.get_window_extent().width,
    )
    step = max(1, int(np.ceil(wide * len(labels) / room)))
    rows = [row for row in range(0, len(labels), step) if row == 0 or room * (1 - row / len(labels)) > wide]
    panel.set_xticks(rows, [labels[row] for row in rows], **plain_text(SIZE, color=MUTED, ha="left"))
    panel.tick_params(axis="x", pad=2)
