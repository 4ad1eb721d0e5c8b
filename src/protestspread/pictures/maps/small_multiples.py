"""Small multiples: maps of several dates with the same classes, the same scale and one legend."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, shorten_list
from ...layers import STILLS, Regions
from ...tables import check_panel, check_regions
from ..frames import Show, frames, lower_bounds
from ..layout.insets import Insets
from ..layout.labels import (
    PRINT_DPI,
    TITLE_SIZE,
    draw_legend,
    entries_of,
    paragraph,
    plain_text,
    text_size,
    title_height,
    wrapped,
)
from ..style.classes import Classes
from ..style.options import ask_for_credit, check_options, unknown_regions
from ..style.ramps import class_colors
from ..style.text import number_text, projection_text, text, unit_text
from ..style.theme import DEFAULT_CMAP, MUTED
from .basemap import MapView, draw_scale_bar, extent_of, plane_of, scale_bar, show_view
from .region_map import NOTE_SIZE, RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.legend import Legend

_SIZES = (8.5, 7.5, 6.5)  # font sizes of map headings; the largest that fits is used
_LABEL, _GAP, _MARGIN = 18.0, 10.0, 10.0  # pixels at 100 dots per inch: heading, gap between maps, outer margin
_INSET_PIXEL = 1 / 520  # of a map: its insets are large for its size, or could not be read
_COLUMN_INCHES = 1.75  # of maps on a figure made to measure: two or four in the columns of a journal
_SMALLEST = 60.0  # the shortest side of a map, in the same pixels


def plot_small_multiples(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    figure: "Figure | SubFigure | None" = None,
    width_mm: float | None = None,
    n: int = 6,
    dates: Sequence[str | pd.Timestamp] | None = None,
    show: Show = "day",
    window_days: int = 7,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    legend_title: str | None = None,
    unit: str | None = None,
    zero_label: str | None = None,
    missing_label: str | None = None,
    context: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
    insets: Insets = "auto",
) -> "npt.NDArray[np.object_]":
    """Draw several dates of a panel as small maps with the same classes and extent and one legend.

    Each map is headed by its date and total ("5 Jan 2022 · 47 events"); the total is "at least" where a region observed
    at other times was not observed.

    Parameters
    ----------
    panel
        One row per date, one column per region. NaN and regions without a column are hatched as missing.
    regions
        Regions; all are drawn.
    figure
        An empty figure or subfigure; by default a new figure in the proportions of the country. (A grid needs several
        axes, so it takes a figure where other plots take ``ax``.)
    width_mm
        The width of a new figure, such as 89 or 183 for the columns of a journal.
    n
        The number of dates, spread evenly from the first to the last row; all dates if the panel has fewer.
    dates
        The dates to draw instead, in this order; each must be a row of the panel.
    show, window_days, scheme, k, classes
        See `frames`; the classes are chosen over the whole panel, not only the dates drawn.
    cmap, context, title, note, attribution, crs, insets
        See `plot_choropleth`.
    legend_title
        The title of the legend; by default `unit`.
    unit, zero_label, missing_label
        What the panel counts ("events"), and the labels of zero ("none") and of missing values ("not observed"); by
        default in the current `language`.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        The maps, shape (dates,), row by row from the upper left. Title, legend, scale bar and note are on additional
        axes behind them.

    Raises
    ------
    SchemaError
        `panel` or `regions` is not a valid table of its kind.
    DataError
        `panel` is empty or has columns that are not regions; `dates` are not rows of the panel (all named); the maps
        would be too small to read.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> figure = matplotlib.figure.Figure((10, 6.4))
    >>> axes = ps.plot_small_multiples(panel, case.regions, figure=figure, n=4)
    >>> [ax.get_title(loc="left") for ax in axes][:2]
    ['1 Jan 2022 · 1 event', '3 Jan 2022 · 18 events']
    """
    check_options(
        figure=figure, width_mm=width_mm, show=show, window_days=window_days, k=k, classes=classes, cmap=cmap, legend_title=legend_title,
        unit=unit, zero_label=zero_label, missing_label=missing_label, title=title, note=note, attribution=attribution, context=context, crs=crs,
        insets=insets,
    )  # fmt: skip
    rows = _checked(panel, regions, n, dates)
    ask_for_credit(panel, attribution)
    unit, zero, missing = (
        text(word) if given is None else given
        for word, given in (("unit", unit), ("zero", zero_label), ("not_observed", missing_label))
    )
    every = frames(panel, show=show, window_days=window_days, scheme=scheme, k=k, classes=classes)
    bounds = lower_bounds(every, panel)
    steps = [every[row] for row in rows]
    labels = [f"{every[row].label} · {_total(every[row].total, unit, bounds[row]) or missing}" for row in rows]
    whole = pd.DataFrame([step.values for step in steps]).reindex(columns=regions.index)
    least = pd.DataFrame([step.lower_bound for step in steps]).reindex(columns=regions.index, fill_value=False)
    layer = Regions(whole, steps[0].classes, classes is not None, zero, missing, least)
    drawn = [Regions(whole.iloc[row], layer.classes, lower_bound=least.iloc[row]) for row in range(len(rows))]
    colors, plane = class_colors(steps[0].classes, cmap), plane_of(regions, crs, insets, pixel=_INSET_PIXEL)
    entries = entries_of(layer.legend(), colors)
    page = _Page(
        _new_figure(plane, len(steps), width_mm) if figure is None else figure,
        title,
        paragraph((note, projection_text(plane.crs), attribution)),
        unit if legend_title is None else legend_title,
    )
    charts: list[RegionMap] = []
    for ax, one in zip(page.grid(plane, labels, entries), drawn, strict=True):
        union = charts[0].layer.whole if charts else None
        charts.append(RegionMap(ax, plane, [], colors=colors, context=context, scale_bar=False, whole=union))
        STILLS.of(one)(charts[-1], one)
    page.close(charts[0].view, entries if len(charts[0].layer.small) else entries[:-1])
    return np.array([chart.ax for chart in charts], dtype=object)


def _checked(
    panel: pd.DataFrame, regions: gpd.GeoDataFrame, n: int, dates: Sequence[str | pd.Timestamp] | None
) -> npt.NDArray[np.int64]:
    """Return the rows of the panel to draw, or raise an error with all faults."""
    check_regions(regions)
    check_panel(panel)
    rows, faults = _rows(pd.DatetimeIndex(panel.index), n, dates)
    faults += unknown_regions(panel.columns, regions)
    if faults and not panel.empty:  # `frames` raises for an empty panel
        fix = "choose dates from panel.index; aggregate_panel(panel, cities['region_id']) makes a panel of regions"
        raise DataError("panel, n or dates is not valid", faults, fix)
    return rows


def _rows(
    index: pd.DatetimeIndex, n: int, dates: Sequence[str | pd.Timestamp] | None
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return the rows of a panel to draw, and the faults of `n` or `dates`."""
    if dates is None:
        check = Arguments()
        count = check.whole("n", n, at_least=1, at_most=10**5)
        shown = 1 if check.faults else count
        return np.unique(np.linspace(0, len(index) - 1, shown).round().astype(np.int64)), check.faults
    with Arguments() as check:
        given = check.names("dates", [dates] if isinstance(dates, str | pd.Timestamp) else dates, "a list of dates")
    days = [check.moment("dates", date) for date in given]
    if check.faults:
        return np.array([], dtype=np.int64), check.faults
    chosen = pd.Index(days, dtype="datetime64[ns]")
    rows = index.get_indexer(pd.DatetimeIndex(chosen))
    faults = [] if len(chosen) else ["dates must have at least one date; got none"]
    lost = [str(date) for date in chosen[rows < 0]]
    return rows, [*faults, f"dates that are not rows of the panel: {shorten_list(lost, most=30)}"] if lost else faults


def _total(total: float, unit: str, at_least: bool) -> str:  # noqa: FBT001
    """Format a total; empty where nothing was observed."""
    if np.isnan(total):
        return ""
    number = number_text(total, 3)
    return text("total", n=text("at_least", n=number) if at_least else number, unit=unit_text(unit, total))


def _aspect(plane: gpd.GeoDataFrame) -> float:
    """Return the ratio of width to height of the regions."""
    left, bottom, right, top = extent_of(plane)
    return float((right - left) / (top - bottom)) if top > bottom else 1.0


def _new_figure(plane: gpd.GeoDataFrame, count: int, width_mm: float | None) -> "Figure":
    from matplotlib import pyplot as plt

    aspect = float(np.clip(_aspect(plane), 0.4, 3))
    columns = min(count, 3 if aspect > 1 else 4)
    width = 10.0 if columns > 1 else 6.0
    if width_mm is not None:
        width = width_mm / 25.4
        columns = min(columns, max(round(width / _COLUMN_INCHES), 1))
    rows = -(-count // columns)
    size = width, min(rows * ((width / columns) / aspect + 0.3) + 1.2, 60)
    return plt.figure(figsize=size, dpi=None if width_mm is None else PRINT_DPI)


class _Page:
    """The figure around the maps, with the title above and legend, scale bar and note below."""

    def __init__(self, figure: "Figure | SubFigure", title: str | None, note: str, legend_title: str) -> None:
        self._sheet = figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=-1)
        self._sheet.set_axis_off()
        self._scale, self._legend_title = figure.dpi / 100, legend_title
        self._area = self._sheet.get_window_extent()
        self._margin = _MARGIN * self._scale
        self._inner = self._area.width - 2 * self._margin
        self._top = self._area.height - title_height(self._sheet, title, self._inner) * figure.dpi
        if title is not None:
            text = wrapped(self._sheet, title, TITLE_SIZE, self._inner, weight="bold")
            self._write(text, self._area.height - 0.6 * self._margin, TITLE_SIZE, va="top", weight="bold")
        options: dict[str, Any] = {"color": MUTED, "linespacing": 1.25}
        text = wrapped(self._sheet, note, NOTE_SIZE, self._inner)
        self._write(text, 0.6 * self._margin, NOTE_SIZE, va="bottom", gid="note", **options)
        self._low = 1.2 * self._margin + text_size(self._sheet, text, NOTE_SIZE, linespacing=1.25)[1]

    def grid(self, plane: gpd.GeoDataFrame, labels: Sequence[str], entries: Sequence[tuple[Any, str]]) -> "list[Axes]":
        """Return axes with headings for the maps, in the number of columns that makes the maps largest."""
        bottom = self._low + self._key(entries).get_window_extent().height + self._margin
        high, scale, aspect = self._top - bottom, self._scale, _aspect(plane)
        gap, label, count = _GAP * scale, _LABEL * scale, len(labels)
        widest = [
            max(text_size(self._sheet, text, size, weight="bold")[0] for text in sorted(labels, key=len)[-3:])
            for size in _SIZES
        ]
        candidates = []
        for columns in range(1, count + 1):
            rows = -(-count // columns)
            width, height = (self._inner + gap) / columns - gap, (high + gap) / rows - gap - label
            size = next((size for size, wide in zip(_SIZES, widest, strict=True) if wide <= width), None)
            if size is not None and min(width, height) >= _SMALLEST * scale:
                candidates.append((min(width, aspect * height), -rows, columns, size, width, height))
        if not candidates:
            raise DataError(
                f"figure is too small: {count} readable maps do not fit in {self._inner:.0f} × {max(high, 0):.0f} pixels",
                fix="draw fewer dates, or use a larger figure or shorter texts",
            )
        _, rows, columns, size, width, height = max(candidates)
        axes = []
        for number, name in enumerate(labels):
            row, column = divmod(number, columns)
            left, low = self._margin + column * (width + gap), bottom + (-rows - 1 - row) * (height + label + gap)
            ax = self._sheet.figure.add_axes(self._share(left, low, width, height))
            ax.set_title(name, loc="left", y=1.0, pad=3, **plain_text(size, weight="bold"))
            axes.append(ax)
        return axes

    def close(self, view: MapView, entries: Sequence[tuple[Any, str]]) -> None:
        """Draw the legend and a scale bar for the maps of a view."""
        sheet, area = self._sheet, self._area
        wide = area.width * view.unit, area.height * view.unit
        left, bottom, right, top = view.window
        corner = (left + right - wide[0]) / 2, (bottom + top - wide[1]) / 2  # same center, so the same km per pixel
        whole = replace(view, zone=(area.x0, area.y0, area.x1, area.y1), left=corner[0], bottom=corner[1])
        show_view(sheet, whole, 0)
        key = self._key(entries)
        key.set_bbox_to_anchor((self._margin / area.width, self._low / area.height), sheet.transAxes)
        x, y, long = area.x1 - self._margin, area.y0 + self._low, scale_bar(whole.km(), self._bar)[0] + 3
        draw_scale_bar(sheet, whole, (x - long, y, x, y + 18 * self._scale))

    @property
    def _bar(self) -> float:
        return min(0.2 * self._inner, 160 * self._scale)

    def _key(self, entries: Sequence[tuple[Any, str]]) -> "Legend":
        """Draw the legend in as few rows as fit next to the scale bar."""
        for columns in range(len(entries), 0, -1):
            key = draw_legend(self._sheet, entries, self._legend_title, columns=columns)
            if key.get_window_extent().width <= self._inner - self._bar - 2 * self._margin:
                break
        key.set_loc("lower left")
        key.borderaxespad = 0.0
        return key

    def _write(self, text: str, y: float, size: float, **options: Any) -> None:
        if text:
            at = self._margin / self._area.width, y / self._area.height
            self._sheet.text(*at, text, transform=self._sheet.transAxes, ha="left", **plain_text(size, **options))

    def _share(self, left: float, low: float, width: float, height: float) -> tuple[float, float, float, float]:
        across, up = self._area.width, self._area.height
        return left / across, low / up, width / across, height / up
