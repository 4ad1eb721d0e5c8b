"""Places that joined against all places at risk, day by day, and the estimates of the effects."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...figures import DayRanges, JoinersByDay
from ..layout.labels import plain_text, title_axes
from ..style.text import number_text
from ..style.theme import BAR, BAR_AHEAD, CITY, MUTED, PAPER
from .axes import SIZE, label_dates, style_axes
from .estimates import draw_intervals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BOTTOM, _HEIGHT, _APART = 0.30, 0.60, 0.06  # of the panels of days, as shares of the axes
_ESTIMATES = (0.0, 0.0, 0.74, 0.17)
_MOST_ANNOTATED = 6  # days; with more, the note does not fit in the first


def draw(figure: JoinersByDay, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw one panel per attribute, and the estimates below; the axes given are replaced by these panels."""
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(7.6, 4.9)).add_axes((0.105, 0.09, 0.86, 0.80))
    ax.set_axis_off()
    title_axes(ax, title)
    width = (1 + _APART) / len(figure.attributes) - _APART
    for number, (name, days) in enumerate(figure.attributes.items()):
        _draw_days(ax.inset_axes((number * (width + _APART), _BOTTOM, width, _HEIGHT), label=name), days)
    (rows,) = figure.scales
    panel = ax.inset_axes(_ESTIMATES, label="estimates")
    draw_intervals(panel, rows, numbers=True)
    panel.set_yticks(range(len(rows.table)), [str(name) for name in rows.table.index], **plain_text(8))
    _draw_entries(ax)
    ax.text(0, 0.185, figure.note, transform=ax.transAxes, va="bottom", **plain_text(8))
    return ax


def _draw_days(panel: "Axes", days: DayRanges) -> None:
    dates = pd.DatetimeIndex(days.ranges.index)
    x = np.arange(len(dates))
    low, middle, high = days.ranges[["low", "median", "high"]].to_numpy(dtype=float).T
    known = np.isfinite(middle)
    panel.bar(
        x[known], (high - low)[known], 0.7, bottom=low[known], color=BAR_AHEAD, alpha=0.6, linewidth=0, gid="at risk"
    )
    panel.hlines(middle[known], x[known] - 0.35, x[known] + 0.35, color=BAR, linewidth=1.6, gid="median")
    row, seen = dates.get_indexer(pd.DatetimeIndex(days.dates)), np.isfinite(days.values)
    panel.plot(row[seen] + _spread_dots(row[seen]), days.values[seen], "o", color=CITY, markeredgecolor=PAPER, markeredgewidth=0.5,
               markersize=float(np.clip(60 / np.sqrt(max(seen.sum(), 1)), 2.0, 5.5)), gid="joined")  # fmt: skip
    panel.set_yscale("log")
    panel.set_xlim(-0.5, len(dates) - 0.5)
    ends = np.log(np.concatenate([days.values[seen], low[known], high[known]]))
    slack = 0.06 * np.ptp(ends) + 0.05
    panel.set_ylim(np.exp(ends.min() - slack), np.exp(ends.max() + slack))
    panel.yaxis.set_major_formatter(lambda value, _: number_text(value))
    panel.yaxis.set_minor_formatter("")
    style_axes(panel)
    panel.set_title(days.heading, loc="left", pad=4, **plain_text(8))
    label_dates(panel, dates)
    if not known[0] and len(dates) <= _MOST_ANNOTATED:
        panel.text(0, 0.5, days.unknown, transform=panel.get_xaxis_transform(), ha="center", va="center",
                   **plain_text(6.5, color=MUTED))  # fmt: skip


def _spread_dots(rows: np.ndarray) -> np.ndarray:
    """Return horizontal offsets that keep the dots of a day apart."""
    order = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    many = pd.Series(rows).map(pd.Series(rows).value_counts()).to_numpy()
    return np.where(many > 1, 0.5 * (order / np.maximum(many - 1, 1) - 0.5), 0.0)


def _draw_entries(ax: "Axes") -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot: dict[str, Any] = {
        "marker": "o",
        "color": CITY,
        "markeredgecolor": PAPER,
        "linestyle": "none",
        "markersize": 5.5,
    }
    handles = [(Line2D([], [], **dot), "joined on that day"),
               (Patch(color=BAR_AHEAD, alpha=0.6, linewidth=0), "places at risk: middle 80% and median")]  # fmt: skip
    ax.legend(*zip(*handles, strict=True), loc="lower left", bbox_to_anchor=(0, 0.955), ncols=2, frameon=False, fontsize=SIZE,
              borderaxespad=0.2, borderpad=0, columnspacing=1.4)  # fmt: skip
