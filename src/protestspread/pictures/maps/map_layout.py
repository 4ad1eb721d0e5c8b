"""The layout of one map: notes, legend and scale bar around the largest view of its regions that leaves room for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd
import numpy as np
import shapely

from ...arrays import FloatArray
from ...errors import DataError
from ...layers import SMALL_REGION, Key
from ..layout.insets import Inset
from ..layout.labels import (
    KEY_SIZE,
    Box,
    FreeSpace,
    Size,
    draw_legend,
    draw_name,
    entries_of,
    extent_of_artist,
    paragraph,
    plain_text,
    row_of_keys,
    text_size,
    wrapped,
)
from ..layout.small_regions import marker_side, too_small
from ..style.text import say
from ..style.theme import INSET_BORDER, LAND, MUTED, PAPER
from . import basemap
from .basemap import MapView, corner_box, draw_bar, draw_scale_bar, extent_of, fit_view, insets_of, show_view

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTE_SIZE = 6.5
_SYMBOL = 46.0  # pixels at 100 dots per inch for the symbol and the frame of a legend
_BOX_SIZE, _BOX_EDGE = 6.5, 5.0  # points; pixels between the frame of an inset and what stands in it
_COLUMN = 480.0  # pixels at 100 dots per inch: on narrower axes the legend may stand below the map
_BELOW = 0.95  # there it is preferred even if the map is a little smaller
_TALLEST = 9.5  # inches of a figure made to measure


@dataclass(frozen=True)
class LegendText:
    """The keys of a legend, the colors of classes 0, 1, ... k, and its title."""

    keys: Sequence[Key] = ()
    colors: Sequence[str] = ()
    title: str = ""


class MapLayout:
    """The view of a map, and what stands around it.

    Parameters
    ----------
    ax, plane, legend
        Axes, the projected regions, and the legend (that of small regions is left out where there are none).
    notes
        Notes written along the lower edge.
    discs
        Marks that nothing may cover: x and y on the plane and a radius in pixels, shape (n, 3).
    scale_bar
        Whether the map has its own scale bar.

    Attributes
    ----------
    view
        The view.
    small
        The rows of the regions that get a square.
    taken
        The boxes of the legend and the scale bar, in pixels.
    """

    def __init__(
        self,
        ax: "Axes",
        plane: gpd.GeoDataFrame,
        legend: LegendText,
        *,
        notes: Sequence[str | None] = (),
        discs: FloatArray,
        scale_bar: bool = True,
    ) -> None:
        self._ax, self._scale, self._legend, self._discs = ax, ax.figure.dpi / 100, legend, discs
        frames = [shapely.box(*inset.box) for inset in insets_of(plane)]
        self._shapes = np.array([*plane.geometry, *frames], dtype=object)
        zone = _write_notes(ax, notes)
        self._bars = [(0.2 * (zone[2] - zone[0]), 18 * self._scale)] if scale_bar else []
        bare = self._fitted(plane, zone, [])
        assert bare is not None  # noqa: S101  a view without boxes always fits
        shapes = bare[0].shapes(plane.geometry.to_numpy())
        enlarged = [inset.rows[0] for inset in insets_of(plane) if len(inset.rows) == 1]
        self.small, count = too_small(shapes, marker_side(zone, self._scale), enlarged)
        self._entries = _entries(ax, replace(legend, keys=_small_keys(legend.keys, len(self.small), count)))
        self.view, corners, key = self._best(plane, zone, bare[0].unit)
        show_view(ax, self.view, self.view.zone[1] - ax.get_window_extent().y0)
        self.taken = self._place(key, corners, zone)

    def _best(self, plane: gpd.GeoDataFrame, zone: Box, least: float) -> tuple[MapView, list[str], Any]:
        """Return the largest view with the corners of legend and scale bar; the legend has none if it stands below."""
        candidates: list[tuple[float, int, MapView, list[str], bool]] = []
        for columns in (1, 2, 3) if self._entries else (0,):
            boxes = [*([extent_of_artist(self._key(columns))] if columns else []), *self._bars]
            fitted = self._fitted(plane, zone, boxes)
            if fitted is not None:
                candidates.append((fitted[0].unit, columns, *fitted, True))
                if fitted[0].unit < 1.1 * least:
                    break
        if self._entries and zone[2] - zone[0] < _COLUMN * self._scale:
            columns, (_, high) = self._row(zone)
            above = zone[0], zone[1] + high + 4 * self._scale, zone[2], zone[3]
            fitted = self._fitted(plane, above, self._bars) if above[1] < above[3] else None
            if fitted is not None:
                candidates.append((fitted[0].unit, columns, *fitted, False))
        if not candidates:
            what = "the legend and the scale bar" if self._entries else "the scale bar"
            raise DataError(
                f"ax is too small for the map with {what}", fix="use larger axes, or legend=False in plot_choropleth"
            )
        _, columns, view, corners, inside = min(candidates, key=lambda found: found[0] * (1 if found[-1] else _BELOW))
        return view, corners if inside or not columns else ["", *corners], self._key(columns) if columns else None

    def _fitted(self, plane: gpd.GeoDataFrame, zone: Box, boxes: Sequence[Size]) -> tuple[MapView, list[str]] | None:
        gap = float(np.clip(0.0125 * (zone[2] - zone[0]) / self._scale, 4, 10)) * self._scale
        return fit_view(plane.crs, self._shapes, zone, boxes, discs=self._discs, gap=gap)

    def _key(self, columns: int) -> Any:
        return draw_legend(self._ax, self._entries, self._legend.title, columns=columns)

    def _row(self, zone: Box) -> tuple[int, Size]:
        """Return the number of columns of a legend below the map, and its size."""
        return row_of_keys(self._key, len(self._entries), zone[2] - zone[0])

    def _place(self, key: Any, corners: Sequence[str], zone: Box) -> list[Box]:
        """Move the legend to its corner, or below the map, and draw the scale bar in another."""
        pad = 5 * self._scale
        sizes = [*([] if key is None else [extent_of_artist(key)]), *self._bars]
        placed = [
            corner_box(self.view.zone if corner else zone, size, corner or "lower left", pad if corner else 0.0)
            for size, corner in zip(sizes, corners, strict=True)
        ]
        if key is not None:
            key.set_loc("lower left")
            key.borderaxespad = 0.0
            key.set_bbox_to_anchor(self._ax.transAxes.inverted().transform(placed[0][:2]), self._ax.transAxes)
        if self._bars:
            draw_scale_bar(self._ax, self.view, placed[-1])
        return [(left - pad, low - pad, right + pad, top + pad) for left, low, right, top in placed]


def set_height(ax: "Axes", plane: gpd.GeoDataFrame, legend: LegendText, notes: Sequence[str | None]) -> None:
    """Give the figure of a map the height at which the map fills its width, with title, legend and notes."""
    figure, scale, area = cast("Figure", ax.figure), ax.figure.dpi / 100, ax.get_window_extent()
    left, bottom, right, top = extent_of(plane)
    high = area.width * (top - bottom) / max(right - left, 1e-9) + 0.03 * area.width + 8 * scale
    entries = _entries(ax, legend)
    if entries and area.width >= _COLUMN * scale:
        high += 0.06 * area.width  # the legend finds room in a corner
    elif entries:
        draw = partial(draw_legend, ax, entries, legend.title)
        high += row_of_keys(lambda columns: draw(columns=columns), len(entries), area.width)[1][1]
    note = wrapped(ax, paragraph(notes), NOTE_SIZE, area.width)
    high += text_size(ax, note, NOTE_SIZE, linespacing=1.25)[1] + 5 * scale if note else 0.0
    wide, title, margin = figure.bbox.width, figure.bbox.height - area.y1, 0.02 * figure.bbox.width
    total = min(high + title + margin, _TALLEST * figure.dpi)
    figure.set_size_inches(wide / figure.dpi, total / figure.dpi)
    ax.set_position((area.x0 / wide, margin / total, area.width / wide, 1 - (margin + title) / total))


def _write_notes(ax: "Axes", notes: Sequence[str | None]) -> Box:
    """Write notes along the lower edge; return the remaining rectangle for the map."""
    area, scale = ax.get_window_extent(), ax.figure.dpi / 100
    text = wrapped(ax, paragraph(notes), NOTE_SIZE, area.width)
    below = text_size(ax, text, NOTE_SIZE, linespacing=1.25)[1] + 5 * scale if text else 0.0
    if text:
        options = plain_text(NOTE_SIZE, color=MUTED, linespacing=1.25, va="bottom", ha="left", gid="note")
        ax.text(0, 0, text, transform=ax.transAxes, **options)
    if below > 0.6 * area.height:
        raise DataError(
            f"note must leave room for the map; it takes {below:.0f} of {area.height:.0f} pixels",
            fix="use larger axes or a shorter note",
        )
    return area.x0, area.y0 + below, area.x1, area.y1


def _entries(ax: "Axes", legend: LegendText) -> list[tuple[Any, str]]:
    """Return the entries of a legend, with labels that fit on the axes."""
    width = ax.get_window_extent().width - _SYMBOL * ax.figure.dpi / 100
    return [(handle, wrapped(ax, label, KEY_SIZE, width)) for handle, label in entries_of(legend.keys, legend.colors)]


def _small_keys(keys: Iterable[Key], marked: int, small: int) -> list[Key]:
    """Return the keys of a legend, that of small regions with the share that is marked, or without it if none is."""
    kept = [key for key in keys if marked or key.symbol is not SMALL_REGION]
    share = f" ({marked}/{small})" if marked < small else ""
    return [replace(key, label=f"{say(key.label)}{share}") if key.symbol is SMALL_REGION else key for key in kept]


def draw_boxes(ax: "Axes", view: MapView, insets: Sequence[Inset], room: FreeSpace, *, on_land: bool) -> None:
    """Draw the box of each inset, and reserve the space of its name and scale bar."""
    from matplotlib.patches import Rectangle

    scale = ax.figure.dpi / 100
    fill = LAND if on_land else PAPER
    for inset in insets:
        left, low, right, top = inset.box
        ax.add_patch(
            Rectangle((left, low), right - left, top - low, facecolor=fill, edgecolor=INSET_BORDER, linewidth=0.8,
                      zorder=1.5, gid="inset"),
        )  # fmt: skip
        (left, low), (right, top) = view.pixels([(left, low), (right, top)])
        edge = _BOX_EDGE * min(scale, (right - left) / 60)
        width = right - left - 2 * edge
        name, (wide, high) = _fitted(ax, inset.name, width)
        if name:
            _reserved(room, (left + edge, top - edge - high, left + edge + wide, top - edge))
            draw_name(
                ax, name, (left + edge, top - edge - high, left + edge + wide, top - edge), _BOX_SIZE, weight="bold"
            )
        bar = _draw_scale(ax, view, inset, (left + edge, low + edge, right - edge))
        if bar is not None:
            _reserved(room, bar)


def _draw_scale(ax: "Axes", view: MapView, inset: Inset, line: tuple[float, float, float]) -> Box | None:
    """Draw a scale bar with its label behind it, between the ends of a line: left, bottom and right in pixels."""
    left, low, right = line
    scale = ax.figure.dpi / 100
    for share in (0.4, 0.25, 0.15):
        length, label = basemap.scale_bar(view.unit / inset.scale / 1000, min(share * (right - left), 60 * scale))
        wide, high = text_size(ax, label, _BOX_SIZE)
        if length + 4 * scale + wide <= right - left:
            start = left + length + 4 * scale
            draw_bar(ax, view, (left, low, left + length, low + 4 * scale), gid="inset scale bar")
            draw_name(ax, label, (start, low - 2 * scale, start + wide, low + high - 2 * scale), _BOX_SIZE)
            return left, low - 2 * scale, start + wide, low + high
    return None


def _fitted(ax: "Axes", name: str, width: float) -> tuple[str, tuple[float, float]]:
    """Return a name, cut where it is too long for its box, and its size; empty where nothing fits."""
    for length in range(len(name), 0, -1):
        cut = name if length == len(name) else f"{name[:length].rstrip(' ,')}…"
        size = text_size(ax, cut, _BOX_SIZE, weight="bold")
        if size[0] <= width:
            return cut, size
    return "", (0.0, 0.0)


def _reserved(room: FreeSpace, box: Box) -> None:
    room.reserve((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2))
