"""Regions filled by class, with markers for regions too small to be seen.

A region too small to be seen (Almaty is 6 pixels wide on a map of Kazakhstan) also gets a marker: a square of visible size
in the color of its class, at its location or, where a circle covers that, next to it at the end of a line.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from ...arrays import FloatArray
from ..layout.labels import HATCH, Box, FreeSpace, around
from ..style.classes import MISSING
from ..style.theme import BORDER, COAST, INK, MISSING_FILL, MISSING_HATCH, PAPER
from .basemap import MapView, polygon_paths

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection

_MARKER_SIZE = 11.0  # pixels at 100 dots per inch
_SEEN = 81.0  # square pixels that a region needs to be visible
_MOST_MARKERS = 12


class RegionLayer:
    """The regions of one map, which can be drawn in any classes.

    Parameters
    ----------
    ax
        Axes with the limits of the view.
    shapes
        The regions on the plane.
    view
        The view of the map.
    small
        The rows of the regions that get a marker (see `too_small`).
    room
        The free space for markers; their boxes are reserved in it.
    scale
        Dots per inch, divided by 100.
    whole
        The union of all regions, if a map of the same size has computed it before.
    """

    def __init__(
        self,
        ax: "Axes",
        shapes: npt.NDArray[Any],
        view: MapView,
        *,
        small: npt.NDArray[np.int64],
        room: FreeSpace,
        scale: float,
        whole: shapely.Geometry | None = None,
    ) -> None:
        self._ax, self.small = ax, small
        self._paths = polygon_paths(shapes)
        pixels = view.shapes(shapes)
        self._homes = shapely.get_coordinates(shapely.point_on_surface(pixels[self.small])).reshape(-1, 2)
        self.enlarged_markers = [_marker_box(home, pixels, room, scale) for home in self._homes]
        side = float(np.sqrt(np.median(shapely.area(pixels)))) / scale
        self._borders = {"facecolor": "none", "edgecolor": BORDER, "linewidth": float(np.clip(0.02 * side, 0.15, 0.5))}
        self.whole = _joined(shapes, view.unit) if whole is None else whole
        self._outline = polygon_paths(np.array([self.whole]))

    def artists(self, class_index: npt.NDArray[np.int8], colors: Sequence[str]) -> "list[Artist]":
        """Return the artists from bottom to top, given the class of each region and the color of each class (zero first)."""
        small = class_index[self.small]
        return [
            *self._fills(self._paths, class_index, colors, zorder=2.0),
            self._shapes(self._paths, zorder=3.0, **self._borders),
            self._shapes(self._outline, zorder=3.1, facecolor="none", edgecolor=COAST, linewidth=0.9),
            *self._leaders(),
            self._shapes(self._squares(1.5), zorder=4.0, facecolor=PAPER, linewidth=0),
            *self._fills(self._squares(0), small, colors, zorder=4.1),
            self._shapes(
                self._squares(0), zorder=4.2, facecolor="none", edgecolor=INK, linewidth=0.8, gid="small regions"
            ),
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
        if len(known):
            fills = [colors[int(c)] for c in class_index[known]]
            yield self._shapes(
                [paths[int(i)] for i in known], zorder=zorder, facecolor=fills, linewidth=0, gid="classes"
            )
        if len(missing):
            yield self._shapes(
                [paths[int(i)] for i in missing],
                zorder=zorder,
                facecolor=MISSING_FILL,
                edgecolor=MISSING_HATCH,
                hatch=HATCH,
                linewidth=0,
                gid="missing",
            )

    def _squares(self, margin: float) -> list[Any]:
        from matplotlib.path import Path

        to_data = self._ax.transData.inverted().transform
        grown = [
            (left - margin, low - margin, right + margin, top + margin)
            for left, low, right, top in self.enlarged_markers
        ]
        corners = [
            [(left, low), (right, low), (right, top), (left, top), (left, low)] for left, low, right, top in grown
        ]
        return [Path(to_data(points), closed=True) for points in corners]

    def _leaders(self) -> "Iterable[Artist]":
        from matplotlib.lines import Line2D

        to_data = self._ax.transData.inverted().transform
        for home, box in zip(self._homes, self.enlarged_markers, strict=True):
            center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            x, y = to_data([home, center]).T
            for width, color in ((2.4, PAPER), (0.8, INK)):
                yield Line2D(
                    x, y, color=color, linewidth=width, zorder=3.8, transform=self._ax.transData, solid_capstyle="butt"
                )


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


def too_small(pixels: npt.NDArray[Any], scale: float) -> npt.NDArray[np.int64]:
    """Return the rows of regions that are too small to be seen while most are not, at most a dozen."""
    area = shapely.area(pixels) / scale**2
    rows = np.flatnonzero((area < _SEEN) & (area < 0.1 * np.median(area)))
    return rows if len(rows) <= _MOST_MARKERS else rows[:0]


def _marker_box(home: FloatArray, pixels: npt.NDArray[Any], room: FreeSpace, scale: float) -> Box:
    """Return the box of a marker: at its region or as close as possible, preferably not over another region."""
    half = _MARKER_SIZE / 2 * scale
    tries = [(float(home[0]), float(home[1]))]
    for reach in (1.2, 1.6, 2.0, 2.5, 3.0, 3.6, 4.2):
        turns = np.arange(16) * np.pi / 8
        tries += [
            (
                home[0] + reach * _MARKER_SIZE * scale * np.sin(turn),
                home[1] + reach * _MARKER_SIZE * scale * np.cos(turn),
            )
            for turn in turns
        ]
    boxes = [around(x, y, half) for x, y in tries if room.is_free(around(x, y, half + 3 * scale))]
    if not boxes:
        return around(*tries[0], half)
    centers = np.array([((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in boxes])
    far = np.hypot(*(centers - home).T)
    hits = shapely.STRtree(pixels).query([shapely.box(*box) for box in boxes], predicate="intersects")[0]
    over = np.isin(np.arange(len(boxes)), hits)
    best = boxes[int(np.argmin(far + 2 * _MARKER_SIZE * scale * (over & (far > 0))))]
    room.reserve(around((best[0] + best[2]) / 2, (best[1] + best[3]) / 2, half + 2 * scale))
    return best
