"""Heatmap of places by days, with places in order of onset."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError
from ...layers import class_keys
from ...onset_dates import onsets
from ..frames import check_nonempty_panel, date_labels
from ..layout.labels import entries_of, plain_text, text_size, title_axes, wrapped
from ..style.classes import classify
from ..style.options import check_options
from ..style.ramps import class_colors
from ..style.text import printable, text
from ..style.theme import DEFAULT_CMAP, LAND, MISSING_FILL, MISSING_HATCH, MUTED
from .curve import row_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 6.5
_ROW_INCHES = 0.135


def plot_heatmap(
    panel: pd.DataFrame,
    *,
    names: pd.Series | None = None,
    ax: "Axes | None" = None,
    joined_only: bool = True,
    k: int = 5,
    cmap: str = DEFAULT_CMAP,
    zero_label: str | None = None,
    missing_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
) -> "Axes":
    """Draw a panel as a heatmap of places by days, the earliest onset on top, unobserved cells hatched.

    Parameters
    ----------
    panel
        One row per day, one column per place.
    names
        Place -> name, such as ``regions["name"]``; by default the column labels.
    ax
        Axes to draw on; by default a new figure tall enough for all places. Where rows are lower than a line of text,
        only every second, third, ... place is named. Axes are narrowed where names or legend would leave the figure.
    joined_only
        Leave out places without any count; the note below gives their number.
    k, cmap, zero_label, missing_label
        See `plot_choropleth`.
    title, note
        Plain text above and below.

    Returns
    -------
    matplotlib.axes.Axes
        Axes whose x axis counts days as ``matplotlib.dates`` does and whose y axis counts rows from the top.

    Raises
    ------
    SchemaError
        `panel` is not a panel.
    DataError
        `panel` is empty, or names and legend leave no room for the heatmap.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ax = matplotlib.figure.Figure((8, 8)).add_axes((0.15, 0.1, 0.7, 0.8))
    >>> ax = ps.plot_heatmap(ps.count_events(case.events, case.cities), ax=ax)
    >>> [label.get_text() for label in ax.get_yticklabels()][:2]
    ['Zhanaozen', 'Aktau']
    """
    from matplotlib.collections import PolyCollection

    check_options(
        ax=ax, joined_only=joined_only, k=k, cmap=cmap, zero_label=zero_label, missing_label=missing_label, title=title,
        note=note,
    )  # fmt: skip
    with Arguments() as check:
        names = check.by_label("names", names, "a Series with the name of each place", optional=True)
    shown, dropped = _ordered(panel, joined_only=joined_only)
    known = {} if names is None else names
    labels = [printable(str(known.get(place, place))) for place in shown.columns]
    classes = classify(shown, k=k)
    colors = class_colors(classes, cmap)
    index = classes.index(shown.to_numpy(dtype=float, na_value=np.nan).T)
    ax = _new_axes(shown, labels) if ax is None else ax
    title_axes(ax, title)
    edges = row_edges(shown.iloc[:, 0])
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(len(labels), 0)
    rows, columns = np.divmod(np.arange(index.size), len(shown))
    x0, x1 = edges[columns], edges[columns + 1]
    corners = np.stack([np.column_stack(c) for c in ((x0, rows), (x1, rows), (x1, rows + 1), (x0, rows + 1))], axis=1)
    flat = index.ravel()
    known = flat >= 0
    fills = [colors[int(number)] for number in flat[known]]
    ax.add_collection(
        PolyCollection(list(corners[known]), facecolors=fills, edgecolors=LAND, linewidths=0.6, gid="classes"),
        autolim=False,
    )
    if not known.all():
        ax.add_collection(
            PolyCollection(list(corners[~known]), facecolors=MISSING_FILL, edgecolors=MISSING_HATCH, hatch="////",
                           linewidths=0, gid="missing"),
            autolim=False,
        )  # fmt: skip
    missing = text("not_observed") if missing_label is None else missing_label
    keys = class_keys(
        classes,
        text("zero") if zero_label is None else zero_label,
        None if known.all() else missing,
        colored=bool((flat > 0).any()),
    )
    key = ax.legend(*zip(*entries_of(keys, colors), strict=True), loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0,
                    frameon=False, fontsize=7.5)  # fmt: skip
    for label in key.get_texts():
        label.set(**plain_text(7.5))
    _make_room(ax, labels, key.get_window_extent().x1)
    _label_axes(ax, shown, labels)
    below = f"{text('empty_rows', n=dropped)} {note or ''}" if dropped else note or ""
    if below.strip():
        lines = wrapped(ax, below.strip(), _SIZE, ax.get_window_extent().width)
        ax.set_xlabel(lines, loc="left", **plain_text(_SIZE, color=MUTED))
    return ax


def _ordered(panel: pd.DataFrame, *, joined_only: bool) -> tuple[pd.DataFrame, int]:
    """Return the panel in order of onset (ties by total), and the number of places left out."""
    check_nonempty_panel(panel)
    positive = panel.where(panel > 0)
    least = positive.min().min()
    first = onsets(panel, at_least=float(least)) if pd.notna(least) else pd.Series(pd.NaT, index=panel.columns)
    keys = pd.DataFrame({"first": first.to_numpy(), "total": -panel.sum().to_numpy()})
    order = keys.sort_values(["first", "total"], kind="stable", na_position="last").index.to_numpy()
    if joined_only and first.notna().any():
        order = order[first.notna().to_numpy()[order]]
    return panel.iloc[:, order], panel.shape[1] - len(order)


def _new_axes(shown: pd.DataFrame, labels: list[str]) -> "Axes":
    from matplotlib import pyplot as plt

    height = float(np.clip(0.9 + _ROW_INCHES * shown.shape[1], 2.4, 40))
    ax = plt.figure(figsize=(7.5, height)).add_axes((0.1, 0.1, 0.7, 0.8))
    wide = _widest(ax, labels) / ax.figure.dpi + 0.15
    ax.set_position((wide / 7.5, 0.55 / height, (7.5 - wide - 1.35) / 7.5, 1 - 0.95 / height))
    return ax


def _widest(ax: "Axes", labels: list[str]) -> float:
    """Return the width in pixels of the widest label (only the 30 longest are measured, for speed)."""
    return max(text_size(ax, label, _SIZE)[0] for label in sorted(set(labels), key=len)[-30:])


def _make_room(ax: "Axes", labels: list[str], right: float) -> None:
    """Narrow axes so that the names on their left and the legend, which ends at `right`, stay in the figure."""
    area, wide = ax.get_window_extent(), ax.figure.bbox.width
    names = _widest(ax, labels) + 6 * ax.figure.dpi / 100
    left, over = max(area.x0, names), max(right - wide + 2, 0.0)
    if area.x1 - over - left < 0.1 * wide:
        raise DataError(
            "ax is too narrow for the heatmap with names and legend",
            fix="use a wider figure, or shorter names with names=",
        )
    if left > area.x0 or over:
        ax.set_position((left / wide, ax.get_position().y0, (area.x1 - over - left) / wide, ax.get_position().height))


def _label_axes(ax: "Axes", shown: pd.DataFrame, labels: list[str]) -> None:
    """Label as many rows and days as there is room for."""
    area = ax.get_window_extent()
    step = max(int(np.ceil(1.15 * text_size(ax, "Ag", _SIZE)[1] * len(labels) / area.height)), 1)
    ax.set_yticks(np.arange(len(labels))[::step] + 0.5, labels[::step], **plain_text(_SIZE))
    edges = row_edges(shown.iloc[:, 0])
    dates = date_labels(pd.DatetimeIndex(shown.index), first_only=True)
    short = [text if i == 0 else text.rsplit(" ", 1)[0] for i, text in enumerate(dates)]
    if shown.index[0].year != shown.index[-1].year:
        short = dates
    wide = 1.15 * max(text_size(ax, text, _SIZE)[0] for text in short)
    step = max(int(np.ceil(wide * len(short) / area.width)), 1)
    ax.set_xticks(((edges[:-1] + edges[1:]) / 2)[::step], short[::step], **plain_text(_SIZE, color=MUTED))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
