"""Histogram of draws under the null, with the observed value."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..style.theme import BAR_AHEAD, CITY, INK, MUTED, PAPER, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_BARS = 50
_BODY = 0.74  # share of the height for bars and lines; the legend is above


def draw_null(
    ax: "Axes | None", draws: npt.ArrayLike, observed: float, *, p: float, what: str, null: str, title: str | None = None,
    reason: str | None = None,
) -> "Axes":  # fmt: skip
    """Draw the distribution of a statistic under the null, and the observed value.

    Parameters
    ----------
    ax
        Axes to draw on. By default, a new figure.
    draws, observed, p
        Value of the statistic in each draw, its observed value, and the p-value.
    what
        Name of the statistic, for the axis.
    null
        Description of the null: "dates shuffled over all events".
    title
        Title, taken as plain text.
    reason
        Why there is no p-value, if there is none; written in its place.
    """
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")[1]
    given = np.asarray(draws, dtype=np.float64)
    given = given[np.isfinite(given)]
    highest = 1.0
    if len(given):
        heights, edges = np.histogram(given, _edges(given))
        highest = float(heights.max())
        ax.bar(
            edges[:-1],
            heights,
            np.diff(edges),
            align="edge",
            color=BAR_AHEAD,
            linewidth=0,
            label=f"{len(given):,} draws: {null}",
        )
        ax.axvline(
            float(given.mean()),
            ymax=_BODY,
            color=MUTED,
            linewidth=1.2,
            linestyle=(0, (4, 2)),
            label=f"mean of the draws, {_format_value(float(given.mean()))}",
        )
    if np.isfinite(observed):
        ax.axvline(
            observed,
            ymax=_BODY,
            color=CITY,
            linewidth=2.2,
            label=f"observed, {_format_value(observed)}" + ("" if np.isnan(p) else f" (p = {p:.2g})"),
        )
    if reason:
        ax.text(
            0.5,
            0.5,
            f"no p-value: {reason}",
            transform=ax.transAxes,
            ha="center",
            va="center",
            **plain_text(8, backgroundcolor=PAPER),
        )
    ax.margins(x=0.04)
    ax.set_ylim(0, highest * 1.04 / _BODY)
    _finish(ax, what, title)
    return ax


def _edges(draws: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the edges of the bars; for counts, every bar covers the same number of integers."""
    low, high = float(draws.min()), float(draws.max())
    if (draws == np.round(draws)).all():
        step = max(1, int(np.ceil((high - low + 1) / _MOST_BARS)))
        return np.arange(low - 0.5, high + step + 0.5, step)
    return np.linspace(low, high if high > low else low + 1, _MOST_BARS // 2 + 1)


def _format_value(value: float) -> str:
    text = f"{value:,.0f}" if value == int(value) and abs(value) < 1e9 else f"{value:,.4g}"
    return text.replace("-", "−", 1)


def _finish(ax: "Axes", what: str, title: str | None) -> None:
    ax.set_xlabel(what, **plain_text(8, color=MUTED))
    ax.set_ylabel("number of draws", **plain_text(8, color=MUTED))
    ax.tick_params(labelsize=7.5, colors=MUTED, length=3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    key = ax.legend(loc="upper left", frameon=False, fontsize=7.5, labelcolor=INK, borderaxespad=0.1, handlelength=1.6)
    for text in key.get_texts():
        text.set_parse_math(False)
    if title is not None:
        ax.set_title(printable(title), loc="left", **plain_text(10, weight="bold"))
