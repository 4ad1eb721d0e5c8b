"""Figure of a ladder of Knox tests: pair counts under each null, relative to the observed count."""

from typing import TYPE_CHECKING

import numpy as np

from ...stats.interaction.knox import PairCount
from ...stats.interaction.knox_ladder import KnoxLadder
from ...wording import format_days
from ..style.theme import BAR, CITY, INK, MUTED, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = {"all pairs": BAR, "between places": CITY}
_SHIFT = {"all pairs": -0.16, "between places": 0.16}


def draw_ladder(ladder: KnoxLadder, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the middle 95% of the draws under each null, relative to the observed count, for all pairs and between places."""
    count = len(ladder.steps)
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=(7.4, 1.5 + 0.62 * count), layout="constrained")[1]
    for kind, color in _COLORS.items():
        for row, step in enumerate(ladder.steps):
            _draw_step(ax, step.kinds[kind], row + _SHIFT[kind], color)
        ax.plot(
            [],
            [],
            color=color,
            linewidth=5,
            alpha=0.45,
            label=f"{kind}: middle 95% of draws under the null (tick: expected count)",
        )
    ax.axvline(1.0, color=INK, linewidth=1.4, zorder=1)
    ax.set_yticks(range(count), [step.null for step in ladder.steps], **plain_text(8))
    ax.set_ylim(count - 0.45, -0.55)
    ax.set_xlim(0, ax.get_xlim()[1] * 1.12)  # room for the p-values
    ax.set_xlabel(_axis_label(ladder), **plain_text(8, color=MUTED))
    ax.tick_params(axis="x", labelsize=7.5, colors=MUTED, length=3)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(MUTED)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), frameon=False, fontsize=7.5, labelcolor=INK, borderaxespad=0.2)
    if title is not None:
        ax.set_title(printable(title), loc="left", pad=34, **plain_text(10, weight="bold"))
    return ax


def _draw_step(ax: "Axes", count: PairCount, y: float, color: str) -> None:
    if count.reason or not count.statistic:
        ax.text(
            1.02,
            y,
            f"no p-value: {count.reason}" if count.reason else "none observed",
            va="center",
            **plain_text(7, color=MUTED),
        )
        return
    low, high = np.quantile(count.null_distribution, [0.025, 0.975]) / count.statistic
    ax.plot([low, high], [y, y], color=color, linewidth=5, alpha=0.45, solid_capstyle="butt", zorder=2)
    ax.plot(count.moments.expected / count.statistic, y, "|", color=color, markersize=9, markeredgewidth=2, zorder=3)
    ax.text(max(high, 1.0) + 0.02, y, f"p = {count.p_value:.2g}", va="center", **plain_text(7.5, color=INK))


def _axis_label(ladder: KnoxLadder) -> str:
    first = ladder.steps[0]
    return (
        f"pairs within {first.within_km:g} km and {format_days(first.within_days)} under the null, divided by pairs observed\n"
        f"(observed: {first.all_pairs.statistic:,}; between places, over {ladder.exclude_within_km:g} km apart: "
        f"{first.between_places.statistic:,})"
    )
