"""Figure of a front: date of onset against distance from the origin."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...stats.fronts.front import FrontResult
from ..frames import date_labels
from ..layout.labels import wrapped
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, MUTED, PAPER, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5
_MOST_TICKS = 8
_DASH = (0, (5, 3))


def draw_front(result: FrontResult, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the onset of each place against its distance, with the fitted line and the 95% interval of its slope.

    The line is solid if the verdict is "front", else dashed. Hollow triangles at the end of observation are places that
    had not joined. The sentence of the result is below the axis.
    """
    from matplotlib.ticker import MaxNLocator

    if result.first_day is None:
        raise DataError(
            f"result has no front to draw: {result.reason}",
            fix="pass onsets with at least one date to front_speed",
        )
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")[1]
    table = result.by_place
    km, joined = table["km"].to_numpy(), table["onset"].notna().to_numpy()
    day = ((table["onset"] - result.first_day) / pd.Timedelta(days=1)).to_numpy(dtype=float)
    latest = float(np.nanmax(day, initial=0.0))
    end = latest
    if result.observed_until is not None and not joined.all():
        end = (result.observed_until - result.first_day) / pd.Timedelta(days=1) + 0.5
    reach = max(float(km.max(initial=0.0)), 1.0)
    ax.set_xlim(-0.03 * reach, 1.03 * reach)
    marks = np.asarray(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(0, reach))
    ax.set_xticks(marks[(marks >= 0) & (marks <= 1.03 * reach)])
    ax.set_ylim(-0.6, max(end, latest) + 0.6)
    if result.reason is None:
        _draw_line(ax, result, km)
    else:
        ax.text(0.5, 0.85, result.headline, transform=ax.transAxes, ha="center", va="center", zorder=6,
                **plain_text(8, backgroundcolor=PAPER))  # fmt: skip
    size = _dot_size(len(km))
    look: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.6, "zorder": 4, "markersize": size}
    ax.plot(km[joined], day[joined], "o", color=CITY, markeredgecolor=PAPER, label="joined", **look)
    if not joined.all():
        waiting = km[~joined]
        ax.axhline(end, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        ax.plot(waiting, np.full(len(waiting), end), "^", markerfacecolor=PAPER, markeredgecolor=MUTED,
                label="not joined by the end of observation", **look)  # fmt: skip
    _finish(ax, result, title)
    return ax


def _draw_line(ax: "Axes", result: FrontResult, km: FloatArray) -> None:
    """Draw the line, and the band of lines within the interval of the slope."""
    reach = np.array([0.0, km.max()])
    middle = km.mean()
    level = result.intercept + result.slowness * middle
    bounds = np.array([result.slowness_low, result.slowness_high])
    if np.isfinite(bounds).all():
        low, high = np.sort(level + bounds[:, None] * (reach - middle), axis=0)
        x = np.array([0.0, middle, km.max()])
        ax.fill_between(x, np.insert(low, 1, level), np.insert(high, 1, level), color=BAR_AHEAD, alpha=0.45, linewidth=0,
                        zorder=1, label="95% interval of the slope")  # fmt: skip
    is_front = result.verdict == "front"
    label = "front" if is_front else "fitted line, not a front"
    label += "" if result.joined == result.places else " (places not joined count as later)"
    ax.plot(reach, result.intercept + result.slowness * reach, color=BAR if is_front else MUTED, zorder=3,
            linewidth=2.2 if is_front else 1.3, linestyle="-" if is_front else _DASH, label=label)  # fmt: skip


def _finish(ax: "Axes", result: FrontResult, title: str | None) -> None:
    low, high = ax.get_ylim()
    step = max(1, int(np.ceil((high - low) / _MOST_TICKS)))
    ticks = np.arange(np.ceil(low), high, step)
    assert result.first_day is not None  # noqa: S101  checked in draw_front
    first = result.first_day.normalize()
    shift = (result.first_day - first) / pd.Timedelta(days=1)
    dates = [first + pd.Timedelta(days=int(tick)) for tick in ticks]
    daily = date_labels(pd.DatetimeIndex(dates), first_only=True)
    ax.set_yticks(ticks - shift, daily, **plain_text(_SIZE, color=MUTED))
    ax.tick_params(labelsize=_SIZE, colors=MUTED, length=3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    distance = f"km from {result.origin}{', the origin found by search' if result.searched else ''}"
    text = f"{distance}\n{result.sentence}".replace("p = ", "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    ax.set_xlabel(wrapped(ax, text, _SIZE, ax.get_window_extent().width), loc="left", **plain_text(_SIZE, color=INK))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=_SIZE, labelcolor=INK,
              borderaxespad=0.3, handlelength=1.8, columnspacing=1.4, markerscale=max(1.0, 4.5 / _dot_size(result.places)))  # fmt: skip
    if title is not None:
        ax.set_title(printable(title), loc="left", pad=34, **plain_text(10, weight="bold"))


def _dot_size(places: int) -> float:
    return float(np.clip(60 / np.sqrt(max(places, 1)), 2.0, 6.0))
