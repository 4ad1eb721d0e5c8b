"""One map of regions on axes: laid out so that nothing covers it, then filled by class, then labeled where there is room.

A region too small to be seen (Almaty is 6 pixels wide on a map of Kazakhstan) also gets a marker: a square of visible size
in the color of its class, beside its location at the end of a line. Parts far away stand in insets (see `plane_of`).
"""

import textwrap
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arrays import FloatArray
from ...layers import STILLS, Key, Layer, Points, RegionNames, Regions, Symbol
from ..layout.labels import (
    HATCH,
    Box,
    FreeSpace,
    Size,
    around,
    beside,
    draw_name,
    mark_style,
    text_size,
    within,
)
from ..layout.small_regions import marker_box, marker_side
from ..style.classes import MISSING
from ..style.text import names_of
from ..style.theme import BORDER, COAST, INK, MISSING_FILL, MISSING_HATCH, MUTED, PAPER
from . import map_layout
from .basemap import draw_context, insets_of, points_on, polygon_paths
from .hatching import hatches
from .map_layout import LegendText, MapLayout, draw_boxes, set_height

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

NAME_SIZE, NOTE_SIZE = 7.0, map_layout.NOTE_SIZE
_MOST_CITY_NAMES = 15


class RegionLayer:
    """The regions of one map, which can be drawn in any classes.

    Parameters
    ----------
    chart
        The map, with its view and the free space for markers, whose boxes are reserved in it.
    small
        The rows of the regions that get a marker (see `too_small`).
    whole
        The union of all regions, if a map of the same size has computed it before.
    """

    def __init__(self, chart: "RegionMap", small: npt.NDArray[np.int64], whole: shapely.Geometry | None = None) -> None:
        self._ax, self.small = chart.ax, small
        self._paths = polygon_paths(chart.shapes)
        pixels, scale = chart.view.shapes(chart.shapes), chart.scale
        self._homes = shapely.get_coordinates(shapely.point_on_surface(pixels[self.small])).reshape(-1, 2)
        side = marker_side(chart.view.zone, scale)
        frames = chart.view.shapes(np.array([shapely.box(*inset.box) for inset in chart.insets], dtype=object))
        avoided = np.concatenate([pixels, frames])
        self.enlarged_markers = [marker_box(home, avoided, chart.room, side, scale) for home in self._homes]
        side = float(np.sqrt(np.median(shapely.area(pixels)))) / scale
        self._borders = {"facecolor": "none", "edgecolor": BORDER, "linewidth": float(np.clip(0.02 * side, 0.15, 0.5))}
        self.whole = _joined(chart.shapes, chart.view.unit) if whole is None else whole
        self._outline = polygon_paths(np.array([self.whole]))

    def artists(
        self, class_index: npt.NDArray[np.int8], colors: Sequence[str], hatched: npt.NDArray[np.bool_] | None = None
    ) -> "list[Artist]":
        """Return the artists from bottom to top, given the class of each region, the color of each class (zero first), and
        which regions are hatched over their color.
        """  # noqa: D205
        hatched = np.zeros(len(class_index), dtype=bool) if hatched is None else hatched & (class_index != MISSING)
        squares, small = self._squares(0), class_index[self.small]
        edge = {"facecolor": "none", "edgecolor": INK, "linewidth": 0.8, "gid": "small regions"}
        return [
            *self._fills(self._paths, class_index, colors, zorder=2.0),
            *(hatches(self._ax, self._paths, class_index, colors, hatched, zorder=2.1) if hatched.any() else ()),
            self._shapes(self._paths, zorder=3.0, **self._borders),
            self._shapes(self._outline, zorder=3.1, facecolor="none", edgecolor=COAST, linewidth=0.9),
            *self._leaders(),
            self._shapes(self._squares(1.5), zorder=4.0, facecolor=PAPER, linewidth=0),
            *self._fills(squares, small, colors, zorder=4.1),
            *(hatches(self._ax, squares, small, colors, hatched[self.small], zorder=4.15) if hatched.any() else ()),
            self._shapes(squares, zorder=4.2, **edge),
        ]

    def numbered(self) -> "list[Artist]":
        """Return regions and markers filled with their number (from 1) encoded as a color (blue counts by 65,536)."""
        rows = np.arange(1, len(self._paths) + 1)
        options = {"linewidth": 0, "antialiased": False}
        return [
            self._shapes(self._paths, facecolor=_as_colors(rows), **options),
            self._shapes(self._squares(0), facecolor=_as_colors(rows[self.small]), **options),
        ]

    def _shapes(self, paths: Sequence[Any], **options: Any) -> "PathCollection":
        from matplotlib.collections import PathCollection

        collection = PathCollection(list(paths), **options)
        collection.set_transform(self._ax.transData)
        return collection

    def _fills(
        self, paths: Sequence[Any], class_index: npt.NDArray[np.int8], colors: Sequence[str], *, zorder: float
    ) -> "Iterable[Artist]":
        known, missing = np.flatnonzero(class_index != MISSING), np.flatnonzero(class_index == MISSING)
        options: dict[str, Any] = {"zorder": zorder, "linewidth": 0}
        if len(known):
            fills = [colors[int(c)] for c in class_index[known]]
            yield self._shapes([paths[int(i)] for i in known], facecolor=fills, gid="classes", **options)
        if len(missing):
            options |= {"facecolor": MISSING_FILL, "edgecolor": MISSING_HATCH, "hatch": HATCH, "gid": "missing"}
            yield self._shapes([paths[int(i)] for i in missing], **options)

    def _squares(self, margin: float) -> list[Any]:
        from matplotlib.path import Path

        to_data, grow = self._ax.transData.inverted().transform, np.multiply(margin, (-1, -1, 1, 1))
        boxes = [np.add(box, grow) for box in self.enlarged_markers]
        return [
            Path(to_data([(left, low), (right, low), (right, top), (left, top), (left, low)]), closed=True)
            for left, low, right, top in boxes
        ]

    def _leaders(self) -> "Iterable[Artist]":
        from matplotlib.lines import Line2D

        to_data = self._ax.transData
        for home, box in zip(self._homes, self.enlarged_markers, strict=True):
            x, y = to_data.inverted().transform([home, _center(box)]).T
            for width, color in ((2.4, PAPER), (0.8, INK)):
                yield Line2D(x, y, color=color, linewidth=width, zorder=3.8, transform=to_data, solid_capstyle="butt")


def _joined(shapes: npt.NDArray[Any], unit: float) -> shapely.Geometry:
    """Return the union of regions without invisibly small gaps (`unit`: units of the plane per pixel)."""
    whole = shapely.union_all(shapes, grid_size=unit / 2)
    parts = []
    for part in shapely.get_parts(whole):
        if part.is_empty:  # tiny parts may vanish in the grid
            continue
        outer, *holes = shapely.get_rings(part)
        parts.append(shapely.Polygon(outer, [hole for hole in holes if shapely.Polygon(hole).area > 20 * unit**2]))
    return shapely.MultiPolygon(parts)


def _as_colors(numbers: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16], axis=-1) / 255)


class RegionMap:
    """A map of regions, laid out but not yet filled.

    Parameters
    ----------
    ax
        Axes for the map.
    plane
        The projected regions, as `plane_of` returns them.
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
    squares
        Whether small regions get a square; maps of points have dots instead.
    made_to_measure
        Whether the figure, which holds this map alone, takes the height at which the map fills its width.
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
        squares: bool = True,
        made_to_measure: bool = False,
    ) -> None:
        self.ax, self.shapes, self.scale = ax, plane.geometry.to_numpy(), ax.figure.dpi / 100
        discs = np.empty((0, 3)) if marks is None else np.column_stack([marks, np.broadcast_to(reach, len(marks))])
        self.colors, self.plane, self.insets = colors, plane, insets_of(plane)
        legend = LegendText(keys, colors, legend_title)
        if made_to_measure:
            set_height(ax, plane, legend, notes)
        layout = MapLayout(ax, plane, legend, notes=notes, discs=discs, scale_bar=scale_bar)
        self.view = layout.view
        self.room = FreeSpace(self.view.zone)
        for box in layout.taken:
            self.room.reserve(box)
        for (x, y), radius in zip(self.view.pixels(discs[:, :2]), discs[:, 2], strict=True):
            self.room.reserve(around(x, y, radius))
        self._seen = None if context is None else draw_context(ax, context, self.view)
        draw_boxes(ax, self.view, self.insets, self.room, on_land=context is not None)
        self.layer = RegionLayer(self, layout.small if squares else layout.small[:0], whole)

    def draw(self, layers: Iterable[Layer]) -> None:
        """Draw layers, each with the painter of its kind, then the names of neighbors and waters."""
        for layer in layers:
            STILLS.of(layer)(self, layer)
        self.name_context()

    def name_regions(self, names: pd.Series) -> None:
        """Write the names of regions inside them or next to their markers, where there is room, the largest first."""
        pixels = self.view.shapes(self.shapes)
        markers = dict(zip(self.layer.small, self.layer.enlarged_markers, strict=True))
        boxed = {inset.rows[0] for inset in self.insets if len(inset.rows) == 1}  # their box has a name
        bounds = shapely.bounds(pixels)
        low = bounds[:, 3] - bounds[:, 1] < NAME_SIZE * self.ax.figure.dpi / 100  # lower than a line of text
        for row in np.argsort(-shapely.area(pixels), kind="stable"):
            if not isinstance(names.iloc[row], str) or (low[row] and row not in markers) or row in boxed:
                continue
            for text in _line_breaks(names.iloc[row]):
                size = text_size(self.ax, text, NAME_SIZE, linespacing=1.05)
                aside = _beside_box(markers[row], 4 * self.scale, size) if row in markers else None
                box = self.room.reserve_first(aside or within(pixels[row], size))
                if box is not None:
                    draw_name(self.ax, text, box, NAME_SIZE)
                    break

    def mark_cities(self, cities: gpd.GeoDataFrame, symbol: Symbol) -> None:
        """Mark cities and name them where there is room, the largest first."""
        xy = points_on(self.plane, cities.geometry)
        self.ax.plot(*xy.T, linestyle="", zorder=5, gid="cities", **mark_style(symbol))
        points = self.view.pixels(xy)
        for x, y in points:
            self.room.reserve(around(x, y, 2 * self.scale))
        people = cities["population"].fillna(0).to_numpy() if "population" in cities else np.zeros(len(cities))
        names = city_names(cities)
        for row in np.argsort(-people, kind="stable")[:_MOST_CITY_NAMES]:
            (x, y), size = points[row], text_size(self.ax, names[row], NAME_SIZE)
            reaches = (4 * self.scale, 11 * self.scale)  # the second for a city on a marker
            box = self.room.reserve_first(box for reach in reaches for box in beside(x, y, reach, size))
            if box is not None:
                draw_name(self.ax, names[row], box, NAME_SIZE)

    def name_context(self) -> None:
        """Write the names of neighboring countries and waters where there is room."""
        if self._seen is None or "name" not in self._seen:
            return
        boxes = [shapely.box(*inset.box) for inset in self.insets]
        cover = shapely.buffer(shapely.union_all(self.view.shapes(np.array([self.layer.whole, *boxes]))), 2)
        water = self._seen["kind"].eq("water") if "kind" in self._seen else [False] * len(self._seen)
        shapes = self.view.shapes(self._seen.geometry.to_numpy())
        for name, wet, shape in zip(names_of(self._seen), water, shapes, strict=True):
            free = shapely.difference(shape, cover)
            if free.is_empty or not isinstance(name, str):
                continue
            text, options = (name, {"style": "italic", "color": "#5d86a3"}) if wet else (name.upper(), {"color": MUTED})
            size = text_size(self.ax, text, NOTE_SIZE, **options)
            box = self.room.reserve_first(within(free, (size[0] + 8 * self.scale, size[1] + 8 * self.scale)))
            if box is not None:
                draw_name(self.ax, text, box, NOTE_SIZE, **options)


@STILLS.register("regions")
def _draw_regions(chart: RegionMap, layer: Regions) -> None:
    for artist in chart.layer.artists(layer.class_index, chart.colors, layer.bound_index):
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


def _beside_box(box: Box, gap: float, size: Size) -> Iterable[Box]:
    """Yield boxes for a name next to a square."""
    return beside(*_center(box), (box[2] - box[0]) / 2 + gap, size)


def _center(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _line_breaks(name: str) -> list[str]:
    """Return a name on one line, then on two and three lines, broken between words as evenly as possible."""
    words = name.split()
    fold = partial(textwrap.wrap, " ".join(words), break_long_words=False, break_on_hyphens=False)
    ways = (next(lines for w in range(1, len(name) + 1) if len(lines := fold(w)) <= most) for most in (2, 3))
    return [name, *("\n".join(lines) for _, lines in zip(words[1:], ways, strict=False))]
