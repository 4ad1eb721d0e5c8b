"""Figure of a diffusion decomposition: places with an onset against all places at risk, day by day, and both exponents."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...models.hierarchy.hierarchy import DiffusionDecomposition
from ...wording import format_number
from ..frames import date_labels
from ..layout.labels import text_size, title_axes
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, MUTED, PAPER, number_text, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5
_MOST_ANNOTATED = 6  # days; with more, the note does not fit in the first
_PANELS = {
    "population": (0.0, 0.30, 0.47, 0.60),
    "distance": (0.53, 0.30, 0.47, 0.60),
    "exponents": (0.0, 0.0, 0.74, 0.17),
}


def draw_decomposition(result: DiffusionDecomposition, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the populations and distances of the places that joined on each onset day, over those of all places at risk.

    Parameters
    ----------
    result
        A result of `decompose_diffusion`.
    ax
        Axes to draw on, replaced by three panels. By default, a new figure.
    title
        Title, taken as plain text.
    """
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(7.6, 4.9)).add_axes((0.105, 0.09, 0.86, 0.80))
    ax.set_axis_off()
    title_axes(ax, title)
    titles = {"population": "population", "distance": f"distance to the nearest place that had joined ({result.unit})"}
    for name, heading in titles.items():
        _draw_days(ax.inset_axes(_PANELS[name], label=name), result, name, heading)
    _draw_exponents(ax.inset_axes(_PANELS["exponents"], label="exponents"), result.exponents)
    _draw_key(ax, result)
    return ax


def _draw_days(panel: "Axes", result: DiffusionDecomposition, name: str, heading: str) -> None:
    days = pd.DatetimeIndex(result.by_day.index)
    x = np.arange(len(days))
    low, middle, high = (result.by_day[f"{name}_{share}"].to_numpy(dtype=float) for share in (10, 50, 90))
    known = np.isfinite(middle)
    panel.bar(
        x[known], (high - low)[known], 0.7, bottom=low[known], color=BAR_AHEAD, alpha=0.6, linewidth=0, gid="at risk"
    )
    panel.hlines(middle[known], x[known] - 0.35, x[known] + 0.35, color=BAR, linewidth=1.6, gid="median")
    row = days.get_indexer(pd.DatetimeIndex(result.joiners["onset"]))
    values = result.joiners[name].to_numpy(dtype=float)
    seen = np.isfinite(values)
    panel.plot(row[seen] + _spread_dots(row[seen]), values[seen], "o", color=CITY, markeredgecolor=PAPER, markeredgewidth=0.5,
               markersize=float(np.clip(60 / np.sqrt(max(seen.sum(), 1)), 2.0, 5.5)), gid="joined")  # fmt: skip
    panel.set_yscale("log")
    panel.set_xlim(-0.5, len(days) - 0.5)
    ends = np.log(np.concatenate([values[seen], low[known], high[known]]))
    slack = 0.06 * np.ptp(ends) + 0.05
    panel.set_ylim(np.exp(ends.min() - slack), np.exp(ends.max() + slack))
    panel.yaxis.set_major_formatter(lambda value, _: number_text(value))
    panel.yaxis.set_minor_formatter("")
    _style(panel)
    panel.set_title(heading, loc="left", pad=4, **plain_text(8))
    labels = date_labels(days)
    wide = 1.25 * max(text_size(panel, label, _SIZE)[0] for label in labels)
    step = max(1, int(np.ceil(wide * len(labels) / panel.get_window_extent().width)))
    panel.set_xticks(x[::step], labels[::step], **plain_text(_SIZE, color=MUTED))
    if not known[0] and len(days) <= _MOST_ANNOTATED:
        panel.text(0, 0.5, "first day:\nno place\nhad joined", transform=panel.get_xaxis_transform(), ha="center", va="center",
                   **plain_text(6.5, color=MUTED))  # fmt: skip


def _spread_dots(rows: np.ndarray) -> np.ndarray:
    """Return horizontal offsets that keep the dots of a day apart."""
    order = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    many = pd.Series(rows).map(pd.Series(rows).value_counts()).to_numpy()
    return np.where(many > 1, 0.5 * (order / np.maximum(many - 1, 1) - 0.5), 0.0)


def _draw_exponents(panel: "Axes", table: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    bounds = table[["low", "high", "estimate"]].to_numpy(dtype=float)
    finite = bounds[np.isfinite(bounds)]
    left, right = min(float(finite.min(initial=0.0)), 0.0), max(float(finite.max(initial=0.0)), 0.0)
    margin = 0.06 * max(right - left, 0.5)
    limits = left - margin, right + margin
    panel.axvline(0, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    for y, (_, row) in enumerate(table.iterrows()):
        _draw_exponent(panel, row, y, limits)
    panel.set_xlim(*limits)
    panel.set_ylim(1.6, -0.6)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.xaxis.set_major_formatter(lambda value, _: number_text(float(value), digits=3))
    panel.set_yticks([0, 1], ["population", "distance"], **plain_text(8))
    _style(panel)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)


def _draw_exponent(panel: "Axes", row: pd.Series, y: float, limits: tuple[float, float]) -> None:
    """Draw one exponent with both intervals and its numbers; an end beyond the limits becomes an arrow."""
    low, high = (float(np.clip(row[end], *limits)) for end in ("low", "high"))
    clear = row["low"] > 0 or row["high"] < 0
    panel.plot([low, high], [y, y], color=CITY, linewidth=2.2, solid_capstyle="butt", zorder=3, gid="interval")
    bootstrap = np.clip([row["bootstrap_low"], row["bootstrap_high"]], *limits)
    panel.plot(bootstrap, [y + 0.27] * 2, color=BAR, linewidth=1.6, solid_capstyle="butt", zorder=2, gid="bootstrap")
    marker = {np.inf: ">", -np.inf: "<"}.get(row["estimate"], "o")
    panel.plot(float(np.clip(row["estimate"], *limits)), y, marker, color=CITY, markerfacecolor=CITY if clear else PAPER,
               markersize=6, zorder=4, clip_on=False)  # fmt: skip
    for end, arrow in ((low, "<"), (high, ">")):
        if end in limits:
            panel.plot(end, y, arrow, color=CITY, markersize=5, zorder=3, clip_on=False, gid="endless")
    estimate, *ends = (format_number(row[name], 2) for name in ("estimate", "low", "high"))
    label = f"{estimate} ({ends[0]} to {ends[1]})".replace("-", "−")
    panel.text(1.02, y, label, transform=panel.get_yaxis_transform(), va="center",
               **plain_text(_SIZE, color=INK if clear else MUTED))  # fmt: skip


def _draw_key(ax: "Axes", result: DiffusionDecomposition) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    dot: dict[str, Any] = {
        "marker": "o",
        "color": CITY,
        "markeredgecolor": PAPER,
        "linestyle": "none",
        "markersize": 5.5,
    }
    handles = [
        (Line2D([], [], **dot), "joined on that day"),
        (Patch(color=BAR_AHEAD, alpha=0.6, linewidth=0), "places at risk: middle 80% and median"),
    ]
    key = ax.legend(*zip(*handles, strict=True), loc="lower left", bbox_to_anchor=(0, 0.955), ncols=2, frameon=False, fontsize=_SIZE,
                    labelcolor=INK, borderaxespad=0.2, borderpad=0, columnspacing=1.4)  # fmt: skip
    for text in key.get_texts():
        text.set_parse_math(False)
    more = "; thin line: bootstrap interval" if result.exponents["bootstrap_low"].notna().any() else ""
    ax.text(0, 0.185, f"exponents with 95% intervals (filled dot: the interval excludes 0{more})", transform=ax.transAxes, va="bottom", **plain_text(8))  # fmt: skip


def _style(panel: "Axes") -> None:
    panel.tick_params(labelsize=_SIZE, colors=MUTED, length=3, which="major")
    panel.tick_params(length=1.5, colors=MUTED, which="minor")
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(MUTED)
