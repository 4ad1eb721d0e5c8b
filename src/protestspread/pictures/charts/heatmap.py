"""Heatmap of places by days, with places in order of onset."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError
from ...layers import class_keys
from ...onset_dates import onsets
from ..frames import check_nonempty_panel, date_labels
from ..layout.labels import (
    KEY_SIZE,
    PRINT_DPI,
    entries_of,
    paragraph,
    plain_text,
    row_of_keys,
    text_size,
    title_axes,
    title_height,
    wrapped,
)
from ..style.classes import classify
from ..style.options import check_options
from ..style.ramps import class_colors
from ..style.text import printable, text
from ..style.theme import DEFAULT_CMAP, LAND, MISSING_FILL, MISSING_HATCH, MUTED
from .curve import row_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

_SIZE = 6.5
_ROW_INCHES, _LEAST_ROW = 0.135, 3.0  # inches of a row; the least in pixels at 100 dots per inch
_TALLEST, _TALLEST_PAGE = 40.0, 9.3  # inches
_MOST_CELLS = 10_000  # drawn as polygons
_NARROW = 120.0  # millimeters: in narrower figures the legend stands below


def plot_heatmap(
    panel: pd.DataFrame,
    *,
    names: pd.Series | None = None,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
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
        only every second, third, ... place is named; where they would be lower than three pixels, neighboring rows are put
        together, each showing the largest value, and the note below says how many. Axes are narrowed where names or legend
        would leave the figure.
    width_mm
        The width of a new figure, such as 89 or 183 for the columns of a journal.
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
    check_options(
        ax=ax, width_mm=width_mm, joined_only=joined_only, k=k, cmap=cmap, zero_label=zero_label, missing_label=missing_label, title=title,
        note=note,
    )  # fmt: skip
    with Arguments() as check:
        names = check.by_label("names", names, "a Series with the name of each place", optional=True)
    shown, dropped = _ordered(panel, joined_only=joined_only)
    known = {} if names is None else names
    labels = [printable(str(known.get(place, place))) for place in shown.columns]
    classes = classify(shown, k=k)
    colors = class_colors(classes, cmap)
    ax = _new_axes(labels, title, width_mm) if ax is None else ax
    title_axes(ax, title)
    labels, values, together = _grouped(ax, labels, shown.to_numpy(dtype=float, na_value=np.nan).T)
    index = classes.index(values)
    edges = row_edges(shown.iloc[:, 0])
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(len(labels), 0)
    (_draw_cells if index.size <= _MOST_CELLS else _draw_image)(ax, index, edges, colors)
    gap = bool((index < 0).any())
    missing = text("not_observed") if missing_label is None else missing_label
    keys = class_keys(
        classes,
        text("zero") if zero_label is None else zero_label,
        missing if gap else None,
        colored=bool((index > 0).any()),
    )
    narrow = width_mm is not None and width_mm < _NARROW
    key = _legend(ax, entries_of(keys, colors), below=narrow)
    _make_room(ax, labels, 0.0 if narrow else key.get_window_extent().x1)
    _label_axes(ax, shown, labels)
    below = paragraph(
        [
            text("grouped_rows", n=together) if together > 1 else None,
            text("empty_rows", n=dropped) if dropped else None,
            note,
        ]
    )
    if below:
        lines = wrapped(ax, below, _SIZE, ax.get_window_extent().width)
        ax.set_xlabel(lines, loc="left", **plain_text(_SIZE, color=MUTED))
    if narrow:
        _raise_above(ax, key)
    return ax


def _draw_cells(ax: "Axes", index: "npt.NDArray[np.int8]", edges: FloatArray, colors: Sequence[str]) -> None:
    """Draw each cell as a polygon with a border."""
    from matplotlib.collections import PolyCollection

    rows, columns = np.divmod(np.arange(index.size), index.shape[1])
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


def _draw_image(ax: "Axes", index: "npt.NDArray[np.int8]", edges: FloatArray, colors: Sequence[str]) -> None:
    """Draw many cells as an image without borders, one pixel a cell (a day, where rows of the panel differ in length)."""
    from matplotlib.colors import to_rgba_array
    from matplotlib.patches import Rectangle

    days = np.diff(edges)
    pixels = index if np.ptp(days) == 0 else np.repeat(index, days.astype(int), axis=1)
    fills = (
        (255 * np.vstack([to_rgba_array(colors), np.zeros(4)])).round().astype(np.uint8)
    )  # -1, the last, is transparent
    place = (edges[0], edges[-1], len(index), 0)
    if (index < 0).any():
        ax.add_patch(
            Rectangle((edges[0], 0), edges[-1] - edges[0], len(index), facecolor=MISSING_FILL, edgecolor=MISSING_HATCH,
                      hatch="////", linewidth=0, gid="missing", zorder=-1)
        )  # fmt: skip
    ax.imshow(fills[pixels], aspect="auto", extent=place, interpolation="none", gid="classes")


def _legend(ax: "Axes", entries: Sequence[tuple[Any, str]], *, below: bool) -> "Legend":
    """Draw the legend to the right of the heatmap, or along the lower edge of the figure."""

    def draw(columns: int) -> "Legend":
        place = {"loc": "lower left", "bbox_to_anchor": (0.01, 0.0), "bbox_transform": ax.figure.transFigure}
        beside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
        key = ax.legend(*zip(*entries, strict=True), **(place if below else beside), borderaxespad=0, frameon=False,
                        fontsize=KEY_SIZE, ncols=columns, handlelength=1.5, columnspacing=1.2)  # fmt: skip
        for label in key.get_texts():
            label.set(**plain_text(KEY_SIZE))
        return key

    return draw(row_of_keys(draw, len(entries), 0.98 * ax.figure.bbox.width)[0] if below else 1)


def _raise_above(ax: "Axes", key: "Legend") -> None:
    """Move the lower edge of axes up to leave room for its labels and the legend."""
    figure, place = cast("Figure", ax.figure), ax.get_position()
    figure.draw_without_rendering()  # places the labels
    boxes = [text.get_window_extent() for text in (ax.xaxis.label, *ax.get_xticklabels())]
    labels = max(ax.get_window_extent().y0 - box.y0 for box in boxes)
    low = (key.get_window_extent().height + labels + 4 * figure.dpi / 100) / figure.bbox.height
    ax.set_position((place.x0, low, 0.985 - place.x0, place.y1 - low))


def _ordered(panel: pd.DataFrame, *, joined_only: bool) -> tuple[pd.DataFrame, int]:
    """Return the panel in order of onset (ties by total), and the number of places left out."""
    check_nonempty_panel(panel)
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    least = values.min(initial=np.inf, where=values > 0)
    first = onsets(panel, at_least=least) if np.isfinite(least) else pd.Series(pd.NaT, index=panel.columns)
    keys = pd.DataFrame({"first": first.to_numpy(), "total": -np.nansum(values, axis=0)})
    order = keys.sort_values(["first", "total"], kind="stable", na_position="last").index.to_numpy()
    if joined_only and first.notna().any():
        order = order[first.notna().to_numpy()[order]]
    return panel.iloc[:, order], panel.shape[1] - len(order)


def _grouped(ax: "Axes", labels: list[str], values: FloatArray) -> tuple[list[str], FloatArray, int]:
    """Put neighboring rows together where they would be too low to be seen: the largest value, NaN if all are.

    Returns the labels, the values, shape (rows, days), and the number of places in a row.
    """
    high = ax.get_window_extent().height / ax.figure.dpi * 100
    together = int(np.ceil(_LEAST_ROW * len(labels) / high))
    if together < 2:
        return labels, values, 1
    starts = np.arange(0, len(labels), together)
    sizes = np.diff(np.append(starts, len(labels)))
    named = [f"{labels[i]} (+{n - 1})" if n > 1 else labels[i] for i, n in zip(starts, sizes, strict=True)]
    return named, np.fmax.reduceat(values, starts, axis=0), together


def _new_axes(labels: list[str], title: str | None, width_mm: float | None) -> "Axes":
    from matplotlib import pyplot as plt

    width, tallest, dpi = (7.5, _TALLEST, None) if width_mm is None else (width_mm / 25.4, _TALLEST_PAGE, PRINT_DPI)
    height = float(np.clip(0.9 + _ROW_INCHES * len(labels), 2.4, tallest))
    ax = plt.figure(figsize=(width, height), dpi=dpi).add_axes((0.1, 0.1, 0.7, 0.8))
    left, right = _widest(ax, labels) / ax.figure.dpi + 0.15, 0.1 if width < _NARROW / 25.4 else 1.35
    across = max(width - left - right, 0.1)
    above = max(0.4, title_height(ax, title, across * ax.figure.dpi))
    ax.set_position((left / width, 0.55 / height, across / width, 1 - (0.55 + above) / height))
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
    wide = 1.15 * _widest(ax, short)
    step = max(int(np.ceil(wide * len(short) / area.width)), 1)
    ax.set_xticks(((edges[:-1] + edges[1:]) / 2)[::step], short[::step], **plain_text(_SIZE, color=MUTED))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
