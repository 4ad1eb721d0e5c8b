"""One map of regions on axes: laid out so that nothing covers it, then filled, then labeled where there is room."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from ...arrays import FloatArray
from ...errors import DataError
from ...layers import SMALL_REGION, STILLS, Key, Layer, Points, RegionNames, Regions, Symbol
from ..layout.labels import (
    Box,
    FreeSpace,
    Size,
    around,
    beside,
    draw_legend,
    draw_name,
    entries_of,
    mark_style,
    paragraph,
    plain_text,
    text_size,
    within,
    wrapped,
)
from ..style.text import names_of
from ..style.theme import MUTED
from .basemap import MapView, context_in_view, corner_box, draw_context, draw_scale_bar, fit_view, show_view
from .region_layer import RegionLayer, too_small

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME_SIZE, NOTE_SIZE = 7.0, 6.5
_MOST_CITY_NAMES = 15


class RegionMap:
    """A map of regions, laid out but not yet filled.

    Parameters
    ----------
    ax
        Axes for the map.
    plane
        The projected regions.
    keys
        The keys of the legend (none: no legend); that of small regions is left out where there are none.
    colors
        The colors of classes 0, 1, ... k.
    legend_title
        The title of the legend.
    scale_bar
        Whether the map has its own scale bar.
    notes
        Notes written along the lower edge.
    context
        Neighboring countries and water.
    marks, reach
        Points on the plane, shape (n, 2), and the pixels around them that markers, names and legend must not cover.
    whole
        See `RegionLayer`.
    """

    def __init__(
        self,
        ax: "Axes",
        plane: gpd.GeoDataFrame,
        keys: Sequence[Key],
        *,
        colors: Sequence[str] = (),
        legend_title: str = "",
        scale_bar: bool = True,
        notes: Sequence[str | None] = (),
        context: gpd.GeoDataFrame | None = None,
        marks: FloatArray | None = None,
        reach: float | FloatArray = 0.0,
        whole: shapely.Geometry | None = None,
    ) -> None:
        self.ax, self.shapes, self.scale = ax, plane.geometry.to_numpy(), ax.figure.dpi / 100
        zone, below = self._write_notes(notes)
        discs = np.empty((0, 3)) if marks is None else np.column_stack([marks, np.broadcast_to(reach, len(marks))])
        bars = [(0.2 * (zone[2] - zone[0]), 18 * self.scale)] if scale_bar else []
        self.colors = colors
        self.view, key, boxes, corners, small = self._fit(plane.crs, zone, discs, keys, legend_title, bars)
        show_view(ax, self.view, below)
        self.room = FreeSpace(zone)
        self._place(key, boxes, corners, scale_bar=scale_bar)
        for (x, y), radius in zip(self.view.pixels(discs[:, :2]), discs[:, 2], strict=True):
            self.room.reserve(around(x, y, radius))
        self._seen = None if context is None else context_in_view(context, self.view)
        if self._seen is not None:
            draw_context(ax, self._seen)
        self.layer = RegionLayer(ax, self.shapes, self.view, small=small, room=self.room, scale=self.scale, whole=whole)

    def draw(self, layers: Iterable[Layer]) -> None:
        """Draw layers, each with the painter of its kind, then the names of neighbors and waters."""
        for layer in layers:
            STILLS.of(layer)(self, layer)
        self.name_context()

    def name_regions(self, names: pd.Series) -> None:
        """Write the names of regions inside them or next to their markers, where there is room, the largest first."""
        pixels = self.view.shapes(self.shapes)
        markers = dict(zip(self.layer.small, self.layer.enlarged_markers, strict=True))
        bounds = shapely.bounds(pixels)
        low = bounds[:, 3] - bounds[:, 1] < NAME_SIZE * self.ax.figure.dpi / 100  # lower than a line of text
        for row in np.argsort(-shapely.area(pixels), kind="stable"):
            if not isinstance(names.iloc[row], str) or (low[row] and row not in markers):
                continue
            for text in _line_breaks(names.iloc[row]):
                size = text_size(self.ax, text, NAME_SIZE, linespacing=1.05)
                offers = (
                    beside(*_center(markers[row]), 9 * self.scale, size)
                    if row in markers
                    else within(pixels[row], size)
                )
                box = self.room.reserve_first(offers)
                if box is not None:
                    draw_name(self.ax, text, box, NAME_SIZE)
                    break

    def mark_cities(self, cities: gpd.GeoDataFrame, symbol: Symbol) -> None:
        """Mark cities and name them where there is room, the largest first."""
        plane = cities.geometry.to_crs(self.view.crs)
        x, y = plane.x.to_numpy(), plane.y.to_numpy()
        self.ax.plot(x, y, linestyle="", zorder=5, gid="cities", **mark_style(symbol))
        points = self.view.pixels(np.column_stack([x, y]))
        for point in points:
            self.room.reserve(around(point[0], point[1], 2 * self.scale))
        size = cities["population"].fillna(0).to_numpy() if "population" in cities else np.zeros(len(cities))
        names = city_names(cities)
        for row in np.argsort(-size, kind="stable")[:_MOST_CITY_NAMES]:
            wide = text_size(self.ax, names[row], NAME_SIZE)
            reaches = (4 * self.scale, 11 * self.scale)  # the second for a city on a marker
            box = self.room.reserve_first(
                box for reach in reaches for box in beside(points[row, 0], points[row, 1], reach, wide)
            )
            if box is not None:
                draw_name(self.ax, names[row], box, NAME_SIZE)

    def name_context(self) -> None:
        """Write the names of neighboring countries and waters where there is room."""
        if self._seen is None or "name" not in self._seen:
            return
        cover = shapely.buffer(self.view.shapes(np.array([self.layer.whole]))[0], 2)
        water = (
            self._seen["kind"].eq("water") if "kind" in self._seen else pd.Series(data=False, index=self._seen.index)
        )
        for name, wet, shape in zip(
            names_of(self._seen), water, self.view.shapes(self._seen.geometry.to_numpy()), strict=True
        ):
            free = shapely.difference(shape, cover)
            if free.is_empty or not isinstance(name, str):
                continue
            text, options = (name, {"style": "italic", "color": "#5d86a3"}) if wet else (name.upper(), {"color": MUTED})
            size = text_size(self.ax, text, NOTE_SIZE, **options)
            box = self.room.reserve_first(within(free, (size[0] + 8 * self.scale, size[1] + 8 * self.scale)))
            if box is not None:
                draw_name(self.ax, text, box, NOTE_SIZE, **options)

    def _write_notes(self, notes: Sequence[str | None]) -> tuple[Box, float]:
        """Write notes along the lower edge; return the remaining rectangle for the map and the height of the notes."""
        area = self.ax.get_window_extent()
        text = wrapped(self.ax, paragraph(notes), NOTE_SIZE, area.width)
        below = text_size(self.ax, text, NOTE_SIZE, linespacing=1.25)[1] + 5 * self.scale if text else 0.0
        if text:
            options = plain_text(NOTE_SIZE, color=MUTED, linespacing=1.25, va="bottom", ha="left")
            self.ax.text(0, 0, text, transform=self.ax.transAxes, gid="note", **options)
        if below > 0.6 * area.height:
            raise DataError(
                f"note must leave room for the map; it takes {below:.0f} of {area.height:.0f} pixels",
                fix="use larger axes or a shorter note",
            )
        return (area.x0, area.y0 + below, area.x1, area.y1), below

    def _fit(
        self,
        crs: pyproj.CRS,
        zone: Box,
        discs: FloatArray,
        keys: Sequence[Key],
        title: str,
        bars: Sequence[Size],
    ) -> tuple[MapView, Any, list[Size], list[str], npt.NDArray[np.int64]]:
        """Find the view with the legend columns that make the map largest, and the regions that are too small."""
        gap = 10 * self.scale
        bare = fit_view(crs, self.shapes, zone, [], discs=discs, gap=gap)
        assert bare is not None  # noqa: S101  a view without boxes always fits
        small = too_small(bare[0].shapes(self.shapes), self.scale)
        entries = entries_of((key for key in keys if len(small) or key.symbol is not SMALL_REGION), self.colors)
        candidates = []
        for columns in (1, 2, 3) if entries else (0,):
            key = draw_legend(self.ax, entries, title, columns=columns) if entries else None
            boxes = [_extent(key), *bars] if key else list(bars)
            fitted = fit_view(crs, self.shapes, zone, boxes, discs=discs, gap=gap)
            if fitted is not None:
                candidates.append((fitted[0].unit, columns, fitted, boxes))
                if fitted[0].unit < 1.1 * bare[0].unit:
                    break
        if not candidates:
            what = "the legend and the scale bar" if entries else "the scale bar"
            raise DataError(
                f"ax is too small for the map with {what}", fix="use larger axes, or legend=False in plot_choropleth"
            )
        _, columns, (view, corners), boxes = min(candidates, key=lambda candidate: candidate[0])
        key = draw_legend(self.ax, entries, title, columns=columns) if entries else None
        return view, key, boxes, corners, small

    def _place(self, key: Any, boxes: Sequence[Size], corners: Sequence[str], *, scale_bar: bool) -> None:
        """Move the legend to its corner and draw the scale bar in another."""
        pad = 5 * self.scale
        placed = [corner_box(self.view.zone, size, corner, pad) for size, corner in zip(boxes, corners, strict=True)]
        if key is not None:
            key.set_loc("lower left")
            key.borderaxespad = 0.0
            key.set_bbox_to_anchor(self.ax.transAxes.inverted().transform(placed[0][:2]), self.ax.transAxes)
        if scale_bar:
            draw_scale_bar(self.ax, self.view, placed[-1])
        for left, bottom, right, top in placed:
            self.room.reserve((left - pad, bottom - pad, right + pad, top + pad))


@STILLS.register("regions")
def _draw_regions(chart: RegionMap, layer: Regions) -> None:
    for artist in chart.layer.artists(layer.class_index, chart.colors):
        chart.ax.add_artist(artist)


@STILLS.register("region_names")
def _draw_names(chart: RegionMap, layer: RegionNames) -> None:
    chart.name_regions(layer.names)


@STILLS.register("points")
def _draw_points(chart: RegionMap, layer: Points) -> None:
    chart.mark_cities(layer.places, layer.symbol)


def city_names(cities: gpd.GeoDataFrame) -> list[str]:
    """Return the name of each city on a map."""
    return [str(name) if isinstance(name, str) else str(city) for city, name in names_of(cities).items()]


def _extent(key: Any) -> Size:
    box = key.get_window_extent()
    return float(box.width), float(box.height)


def _center(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _line_breaks(name: str) -> list[str]:
    """Return a name on one line, then on two and three lines, broken between words as evenly as possible."""
    words = name.split()
    ways = [name]
    for lines in range(2, min(len(words), 3) + 1):
        width = min(w for w in range(1, len(name) + 1) if len(_fold(words, w)) <= lines)
        ways.append("\n".join(_fold(words, width)))
    return ways


def _fold(words: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
