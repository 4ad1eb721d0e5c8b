"""Candidate networks side by side: how much the data support each, what share of the onsets, how strong, and what placebos do."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...models.nbda.compare import NetworkComparison
from ..layout.labels import text_size, title_axes
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, MUTED, PAPER, number_text, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5
_LOWER, _HEIGHT = 0.16, 0.62  # of the axes: where the panels stand


def plot_networks(comparison: NetworkComparison, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw, for each candidate network, its support, the share of onsets it accounts for alone, its strength, and its p-values.

    Parameters
    ----------
    comparison
        What `compare_networks` returned.
    ax
        Axes to draw on, which become three; by default a new figure.
    title
        Plain text above.

    Returns
    -------
    matplotlib.axes.Axes
        Switched off, with panels "support", "share" and "strength" inside.

    Notes
    -----
    What the numbers mean, and how they were calibrated, stands with `compare_networks`.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> cities = ps.load_case("kazakhstan_2022").cities.query("in_frame")
    >>> first = ps.onsets(ps.count_events(ps.load_case("kazakhstan_2022").events.query("city in @cities.index"), cities))
    >>> found = ps.compare_networks(first, {"hierarchy": ps.hierarchy_graph(cities)}, placebos=19, rng=1)
    >>> ax = ps.plot_networks(found, ax=matplotlib.figure.Figure((8, 3)).add_subplot())
    >>> [panel.get_label() for panel in ax.child_axes]
    ['support', 'share', 'strength']
    """
    table = comparison.networks
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(8.2, 1.5 + 0.42 * len(table))).add_axes((0.03, 0.06, 0.94, 0.84))
    ax.set_axis_off()
    title_axes(ax, title)
    wide = ax.get_window_extent().width
    left = max(text_size(ax, str(name), 8.5)[0] for name in table.index) / wide + 0.015
    words = [_p_text(row["p_value"], row["placebo_p"]) for _, row in table.iterrows()]
    right = 1 - max(text_size(ax, word, _SIZE)[0] for word in [*words, "p; p among placebos"]) / wide - 0.02
    width = (right - left - 0.09) / 3
    panels = [
        ax.inset_axes((left + number * (width + 0.045), _LOWER, width, _HEIGHT), label=label)
        for number, label in enumerate(("support", "share", "strength"))
    ]
    rows = np.arange(len(table))
    for panel, name, head in (
        (panels[0], "support", "support (weights of models)"),
        (panels[1], "share", "share of the onsets, alone"),
    ):
        values = table[name].to_numpy(dtype=float)
        panel.barh(
            rows, np.nan_to_num(values), 0.55, color=BAR if name == "support" else BAR_AHEAD, linewidth=0, gid=name
        )
        for row, value in enumerate(values):
            said = f"{value:.2f}" if name == "support" else f"{value:.0%}"
            panel.text(min(max(np.nan_to_num(value), 0) + 0.02, 0.84), row, said if np.isfinite(value) else "–", va="center", **plain_text(_SIZE))  # fmt: skip
        panel.set_xlim(0, 1)
        panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"] if name == "support" else ["0", "50%", "100%"])
        _style(panel, head, rows)
    _draw_strength(panels[2], table)
    _style(panels[2], "strength s (alone), 95 %", rows)
    panels[0].set_yticks(rows, [str(name) for name in table.index], **plain_text(8.5))
    for row, word in enumerate(words):
        panels[2].text(1.06, row, word, transform=panels[2].get_yaxis_transform(), va="center", **plain_text(_SIZE))
    panels[2].text(1.06, 1.02, "p; p among placebos", transform=panels[2].transAxes, va="bottom", **plain_text(_SIZE, color=MUTED))  # fmt: skip
    note = f"{comparison.onsets} of {comparison.places} places joined; inferred from their {comparison.by}, an association and not a cause."
    ax.text(0, 0, note, transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))
    return ax


def _p_text(p: float, placebo: float) -> str:
    return "; ".join(
        ("< 0.001" if value < 0.001 else f"{value:.2g}") if np.isfinite(value) else "–" for value in (p, placebo)
    )


def _draw_strength(panel: "Axes", table: Any) -> None:
    """Draw each strength with its interval on a scale of orders of magnitude; what reaches 0 or has no end gets an arrow."""
    values = table[["low", "s", "high"]].to_numpy(dtype=float)
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (known.min() / 3, known.max() * 3) if len(known) else (0.1, 10.0)
    for row, (least, estimate, most) in enumerate(values):
        ends = np.clip([least, most], low, high)
        if np.isnan(ends).any():
            panel.text(0.5, row, "not told", transform=panel.get_yaxis_transform(), ha="center", va="center", **plain_text(_SIZE, color=MUTED))  # fmt: skip
            continue
        panel.plot(ends, [row, row], color=CITY, linewidth=2, solid_capstyle="butt", zorder=2, gid="interval")
        clear = least > 0
        panel.plot(np.clip(estimate, low, high), row, "o", color=CITY, markerfacecolor=CITY if clear else PAPER, markersize=6, zorder=4, clip_on=False)  # fmt: skip
        for end, mark, beyond in ((low, "<", least <= 0), (high, ">", np.isinf(most))):
            if beyond:
                panel.plot(end, row, mark, color=CITY, markersize=5, zorder=3, clip_on=False, gid="endless")
    panel.set_xscale("log")
    panel.set_xlim(low, high)
    panel.xaxis.set_major_formatter(lambda value, _: number_text(float(value), digits=3))
    panel.xaxis.set_minor_formatter("")


def _style(panel: "Axes", head: str, rows: Any) -> None:
    panel.set_title(head, loc="left", pad=4, **plain_text(8))
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_yticks([])
    panel.tick_params(labelsize=_SIZE, colors=MUTED, length=3)
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color(MUTED)
