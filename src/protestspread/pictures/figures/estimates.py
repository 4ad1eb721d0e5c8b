"""Estimates with intervals, on one or more scales."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import FloatArray
from ...figures import EstimateRows, Estimates
from ...wording import format_number
from ..layout.labels import plain_text, text_size, title_axes, wrapped
from ..style.text import number_text, printable
from ..style.theme import BAR, CITY, INK, MUTED, PAPER
from .axes import SIZE, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import Locator

_FEW_DECADES = 300.0  # ratio of the ends of a logarithmic axis below which 2 and 5 are labeled, too
_NARROW = 0.35  # share of the axes below which the panels have no room beside the numbers
_ROW, _HEAD, _FOOT = 0.28, 0.24, 0.42  # inches of a row, and of what is above and below the rows of a scale


def draw(figure: Estimates, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw one panel per scale, one below the other, with the names at the left and the numbers at the right.

    In narrow axes, the numbers stand below the names, and headings are wrapped.
    """
    if ax is None:
        from matplotlib import pyplot as plt

        height = sum(_HEAD + _FOOT + _ROW * len(rows.table) for rows in figure.scales)
        ax = plt.figure(figsize=(7.0, height + 0.9)).add_axes((0.02, 0.03, 0.96, 0.86))
    ax.set_axis_off()
    title_axes(ax, title)
    area = ax.get_window_extent()
    names = [[printable(str(name)) for name in rows.table.index] for rows in figure.scales]
    numbers = [interval_texts(rows) for rows in figure.scales]
    left, right = (_widest(ax, texts) / area.width + 0.03 for texts in (names, numbers))
    narrow = 1 - left - right < _NARROW
    if narrow:
        names = [
            [f"{name}\n{number}" for name, number in zip(*pair, strict=True)]
            for pair in zip(names, numbers, strict=True)
        ]
        left, right = max(left, right), 0.03
    headings = [wrapped(ax, rows.heading, 8, (1 - left) * area.width) for rows in figure.scales]
    note = wrapped(ax, figure.note, 6.5, area.width)
    foot = (text_size(ax, note, 6.5)[1] + 6) / area.height
    tall = _ROW * (1.6 if narrow else 1)
    heights = [
        _HEAD * (heading.count("\n") + 1) + _FOOT + tall * len(texts)
        for heading, texts in zip(headings, names, strict=True)
    ]
    top, unit = 1.0, (1 - foot) / max(sum(heights), 1e-9)
    for number, (rows, height) in enumerate(zip(figure.scales, heights, strict=True)):
        bottom = top - unit * (height - _FOOT)
        panel = ax.inset_axes((left, bottom, 1 - left - right, unit * tall * len(rows.table)), label=f"scale {number}")
        draw_intervals(panel, rows, numbers=not narrow)
        panel.set_title(headings[number], loc="left", pad=4, **plain_text(8))
        panel.set_yticks(range(len(rows.table)), names[number], **plain_text(SIZE if narrow else 8))
        top -= unit * height
    ax.text(0, 0, note, transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))
    return ax


def _widest(ax: "Axes", texts: list[list[str]]) -> float:
    """Return the width of the widest text in pixels."""
    return max(text_size(ax, text, 8)[0] for text in [one for some in texts for one in some] or [""])


def draw_intervals(panel: "Axes", rows: EstimateRows, *, numbers: bool) -> None:
    """Draw estimates with their intervals, one below the other; what lies beyond the axis becomes an arrow."""
    low, high = limits = _limits(rows)
    if rows.reference is not None and not (rows.log and rows.reference <= 0):
        panel.axvline(rows.reference, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    values = rows.table.reindex(columns=["estimate", "low", "high", "inner_low", "inner_high"]).to_numpy(dtype=float)
    for y, (row, clear, text) in enumerate(zip(values, rows.clear, interval_texts(rows), strict=True)):
        _draw_interval(panel, row, y, limits, clear=bool(clear))
        if numbers:
            panel.text(1.02, y, text, transform=panel.get_yaxis_transform(), va="center",
                       **plain_text(SIZE, color=INK if clear else MUTED))  # fmt: skip
    panel.set_xscale("log" if rows.log else "linear")
    panel.set_xlim(low, high)
    panel.set_ylim(len(values) - 0.4, -0.6)
    panel.xaxis.set_major_formatter(lambda value, _: number_text(float(value), digits=3))
    panel.xaxis.set_minor_formatter("")
    panel.xaxis.set_major_locator(_locator(rows, high / low if rows.log else 0.0))
    style_axes(panel, left=False)
    panel.tick_params(axis="y", pad=7)  # room for an arrow


def _locator(rows: EstimateRows, span: float) -> "Locator":
    from matplotlib.ticker import LogLocator, MaxNLocator

    if not rows.log:
        return MaxNLocator(5)
    return LogLocator(subs=(1.0, 2.0, 5.0) if span < _FEW_DECADES else (1.0,))


def interval_texts(rows: EstimateRows) -> list[str]:
    """Return each estimate with its interval as text."""
    table = rows.table[["estimate", "low", "high"]].to_numpy(dtype=float)
    return [_describe(*(float(value) for value in row)) for row in table]


def _describe(estimate: float, low: float, high: float) -> str:
    if np.isnan(estimate):
        return "not identified"
    ends = "no interval" if np.isnan(low) or np.isnan(high) else f"{format_number(low, 2)} to {format_number(high, 2)}"
    return f"{format_number(estimate, 2)} ({ends})"


def _limits(rows: EstimateRows) -> tuple[float, float]:
    """Return the ends of the axis: beyond all that can be drawn."""
    values = rows.table[["estimate", "low", "high"]].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    if rows.log:
        known = known[known > 0]
        return (float(known.min()) / 3, float(known.max()) * 3) if len(known) else (0.1, 10.0)
    ends = np.append(known, rows.reference or 0.0)
    margin = 0.06 * max(float(np.ptp(ends)), 0.5)
    return float(ends.min()) - margin, float(ends.max()) + margin


def _draw_interval(panel: "Axes", row: FloatArray, y: float, limits: tuple[float, float], *, clear: bool) -> None:
    estimate, low, high, *inner = row
    if np.isnan(estimate):
        middle: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "ha": "center", "va": "center"}
        panel.text(0.5, y, "not identified", **middle, **plain_text(SIZE, color=MUTED))
        return
    if not np.isnan([low, high]).any():
        ends = np.clip([low, high], *limits)
        panel.plot(ends, [y, y], color=CITY, linewidth=2.2, solid_capstyle="butt", zorder=3, gid="interval")
    panel.plot(
        np.clip(inner, *limits), [y + 0.27] * 2, color=BAR, linewidth=1.6, solid_capstyle="butt", zorder=2, gid="inner"
    )
    marker = "<" if estimate < limits[0] else ">" if estimate > limits[1] else "o"
    panel.plot(np.clip(estimate, *limits), y, marker, color=CITY, markerfacecolor=CITY if clear else PAPER, markersize=6,
               zorder=4, clip_on=False, gid="estimate")  # fmt: skip
    for end, arrow, beyond in ((limits[0], "<", low < limits[0]), (limits[1], ">", high > limits[1])):
        if beyond:
            panel.plot(end, y, arrow, color=CITY, markersize=5, zorder=3, clip_on=False, gid="endless")
