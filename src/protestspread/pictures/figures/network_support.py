"""Figure of candidate networks: support, share of onsets, strength and p-values of each."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ...arguments import Arguments
from ...models.nbda.compare import NetworkComparison
from ..layout.labels import text_size, title_axes
from ..style.options import check_options
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, MUTED, PAPER, number_text, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5
_LOWER, _HEIGHT = 0.16, 0.62  # bottom and height of the panels, as shares of the axes
_P_HEADING = "p; placebo p"


def plot_networks(comparison: NetworkComparison, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the support, share of onsets, strength and p-values of each candidate network.

    Parameters
    ----------
    comparison
        A result of `compare_networks`.
    ax
        Axes to draw on, replaced by three panels. By default, a new figure.
    title
        Title, taken as plain text.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, without frame, with child axes "support", "share" and "strength".

    Notes
    -----
    See `compare_networks` for the meaning of the numbers and how they were calibrated. The share and the strength are those of
    the model with this network alone; support sums the Akaike weights of the models that include it. Arrows mark intervals that reach 0 or have no upper end.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> cities = ps.load_case("kazakhstan_2022").cities.query("in_frame")
    >>> first = ps.onsets(ps.count_events(ps.load_case("kazakhstan_2022").events.query("city in @cities.index"), cities))
    >>> comparison = ps.compare_networks(first, {"hierarchy": ps.hierarchy_graph(cities)}, placebos=19, rng=1)
    >>> ax = ps.plot_networks(comparison, ax=matplotlib.figure.Figure((8, 3)).add_subplot())
    >>> [panel.get_label() for panel in ax.child_axes]
    ['support', 'share', 'strength']
    """
    check_options(ax=ax, title=title)
    with Arguments() as check:
        check.instance("comparison", comparison, NetworkComparison, "what compare_networks returns")
    table = comparison.networks
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(8.2, max(1.5 + 0.42 * len(table), 2.5))).add_axes((0.03, 0.06, 0.94, 0.84))
    ax.set_axis_off()
    title_axes(ax, title)
    wide = ax.get_window_extent().width
    left = max(text_size(ax, str(name), 8.5)[0] for name in table.index) / wide + 0.015
    labels = [_p_text(row["p_value"], row["placebo_p"]) for _, row in table.iterrows()]
    right = 1 - max(text_size(ax, label, _SIZE)[0] for label in [*labels, _P_HEADING]) / wide - 0.02
    width = (right - left - 0.09) / 3
    panels = [
        ax.inset_axes((left + number * (width + 0.045), _LOWER, width, _HEIGHT), label=label)
        for number, label in enumerate(("support", "share", "strength"))
    ]
    rows = np.arange(len(table))
    for panel, name, heading in (
        (panels[0], "support", "support (summed weight)"),
        (panels[1], "share", "share of onsets, alone"),
    ):
        values = table[name].to_numpy(dtype=float)
        panel.barh(
            rows, np.nan_to_num(values), 0.55, color=BAR if name == "support" else BAR_AHEAD, linewidth=0, gid=name
        )
        for row, value in enumerate(values):
            label = f"{value:.2f}" if name == "support" else f"{value:.0%}"
            panel.text(min(max(np.nan_to_num(value), 0) + 0.02, 0.84), row, label if np.isfinite(value) else "–", va="center", **plain_text(_SIZE))  # fmt: skip
        panel.set_xlim(0, 1)
        panel.set_xticks([0, 0.5, 1], ["0", "0.5", "1"] if name == "support" else ["0", "50%", "100%"])
        _style(panel, heading, rows)
    _draw_strength(panels[2], table)
    _style(panels[2], "strength s, alone (95%)", rows)
    panels[0].set_yticks(rows, [printable(str(name)) for name in table.index], **plain_text(8.5))
    for row, label in enumerate(labels):
        panels[2].text(1.06, row, label, transform=panels[2].get_yaxis_transform(), va="center", **plain_text(_SIZE))
    panels[2].text(1.06, 1.02, _P_HEADING, transform=panels[2].transAxes, va="bottom", **plain_text(_SIZE, color=MUTED))  # fmt: skip
    note = f"{comparison.onsets} of {comparison.places} places joined. Inferred from the {comparison.by} of onsets: associations, not causes."
    ax.text(0, 0, note, transform=ax.transAxes, va="bottom", **plain_text(6.5, color=MUTED))
    return ax


def _p_text(p: float, placebo: float) -> str:
    return "; ".join(
        ("< 0.001" if value < 0.001 else f"{value:.2g}") if np.isfinite(value) else "–" for value in (p, placebo)
    )


def _draw_strength(panel: "Axes", table: Any) -> None:
    """Draw each strength with its interval on a log scale; an arrow marks an interval that reaches 0 or has no upper end."""
    values = table[["low", "s", "high"]].to_numpy(dtype=float)
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (known.min() / 3, known.max() * 3) if len(known) else (0.1, 10.0)
    for row, (least, estimate, most) in enumerate(values):
        ends = np.clip([least, most], low, high)
        if np.isnan(ends).any():
            panel.text(0.5, row, "not identified", transform=panel.get_yaxis_transform(), ha="center", va="center", **plain_text(_SIZE, color=MUTED))  # fmt: skip
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


def _style(panel: "Axes", heading: str, rows: Any) -> None:
    panel.set_title(heading, loc="left", pad=4, **plain_text(8))
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_yticks([])
    panel.tick_params(labelsize=_SIZE, colors=MUTED, length=3)
    panel.tick_params(axis="y", length=0, labelcolor=INK)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color(MUTED)
