"""Elements of every map: the projected plane, the view, neighboring countries and water, the scale bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from ...arrays import FloatArray
from ...geodesy import WGS84, great_circle_km
from ...projection import equal_area_crs, polygons_of, to_plane
from ..layout.insets import Inset, Insets, inset_layout
from ..layout.labels import PRINT_DPI, Box, FreeSpace, Size, draw_name, title_axes, title_height
from ..style.options import checked_context
from ..style.text import names_of, number_text, text
from ..style.theme import INK, LAND, WATER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

CORNERS = ("lower right", "lower left", "upper right", "upper left")
_POSITIONS = (
    (0.5, 0.5),
    (0, 0.5),
    (0.5, 1),
    (0, 1),
    (1, 0.5),
    (0.5, 0),
    (1, 1),
    (0, 0),
    (1, 0),
)  # of the map in its zone
_INSETS = "insets"
_LONG_EDGE_DEGREES = 0.5  # longer edges are curved by the projection and get intermediate points


@dataclass(frozen=True)
class MapView:
    """The part of the plane that a map shows, and its position in the figure.

    Attributes
    ----------
    crs
        The coordinate reference system of the plane.
    zone
        The rectangle of the map, in pixels of the figure.
    left, bottom
        The coordinates on the plane of the lower left corner of the zone.
    unit
        Units of the plane (usually meters) per pixel.
    """

    crs: pyproj.CRS
    zone: Box
    left: float
    bottom: float
    unit: float

    @property
    def window(self) -> Box:
        """The zone in coordinates of the plane."""
        wide, high = self.zone[2] - self.zone[0], self.zone[3] - self.zone[1]
        return self.left, self.bottom, self.left + wide * self.unit, self.bottom + high * self.unit

    def pixels(self, points: npt.ArrayLike) -> FloatArray:
        """Convert points on the plane, shape (n, 2), to pixels of the figure."""
        return np.asarray((np.asarray(points, dtype=float) - (self.left, self.bottom)) / self.unit + self.zone[:2])

    def plane(self, points: npt.ArrayLike) -> FloatArray:
        """Convert points in pixels of the figure, shape (n, 2), to the plane."""
        return np.asarray((np.asarray(points, dtype=float) - self.zone[:2]) * self.unit + (self.left, self.bottom))

    def shapes(self, shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Convert geometries on the plane to pixels of the figure."""
        return np.asarray(shapely.transform(shapes, self.pixels))

    def km(self) -> float:
        """Return the great-circle kilometers per pixel in the middle of the view."""
        left, bottom, right, top = self.window
        middle = np.add(((left + right) / 2, (bottom + top) / 2), ((-10 * self.unit, 0), (10 * self.unit, 0)))
        lon, lat = pyproj.Transformer.from_crs(self.crs, 4326, always_xy=True).transform(*middle.T)
        return float(great_circle_km(lon[0], lat[0], lon[1], lat[1])) / 20


def plane_of(
    regions: gpd.GeoDataFrame,
    crs: object | None,
    insets: Insets = None,
    names: Sequence[str | None] | None = None,
    *,
    pixel: float = 1 / 800,
) -> gpd.GeoDataFrame:
    """Project regions to `crs`, by default to an equal-area projection that suits them.

    Far parts are moved into insets (see `inset_layout`), which `insets_of` returns.
    """
    fine = regions.set_geometry(regions.geometry.segmentize(_LONG_EDGE_DEGREES))
    known = None if crs is None else pyproj.CRS.from_user_input(crs)
    if insets is None:
        return to_plane(fine, known or equal_area_crs(regions))
    names = [str(name) for name in names_of(regions)] if names is None else names
    plane, found = inset_layout(fine, known, insets, names, pixel=pixel)
    plane.attrs = {**plane.attrs, _INSETS: found}
    return plane


def inset_pixel(ax: "Axes | None", width_mm: float | None = None) -> float:
    """Return the size of a pixel of insets as a share of the main part: names can be read on narrow maps, too."""
    wide = (width_mm or 203) / 25.4 * 100 if ax is None else ax.get_window_extent().width / ax.figure.dpi * 100
    return 1 / float(np.clip(wide, 600, 900))


def insets_of(plane: gpd.GeoDataFrame) -> tuple[Inset, ...]:
    """Return the insets of a plane that `plane_of` has made."""
    return tuple(plane.attrs.get(_INSETS, ()))


def extent_of(plane: gpd.GeoDataFrame) -> Box:
    """Return left, bottom, right and top of a plane with the boxes of its insets."""
    boxes = np.array([plane.total_bounds, *(inset.box for inset in insets_of(plane))])
    (left, bottom), (right, top) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(left), float(bottom), float(right), float(top)


def points_on(plane: gpd.GeoDataFrame, points: gpd.GeoSeries) -> FloatArray:
    """Return points on the plane, shape (n, 2), those of far parts in their insets."""
    lonlat = shapely.get_coordinates(points.to_crs(WGS84).to_numpy())
    xy: FloatArray = shapely.get_coordinates(points.to_crs(plane.crs).to_numpy())
    for inset in insets_of(plane):
        held = inset.holds(lonlat)
        xy[held] = shapely.get_coordinates(inset.move(shapely.points(lonlat[held])))
    return xy


def fit_view(
    crs: pyproj.CRS,
    shapes: npt.NDArray[Any],
    zone: Box,
    boxes: Sequence[Size],
    *,
    discs: FloatArray,
    gap: float = 10.0,
) -> tuple[MapView, list[str]] | None:
    """Find the largest view of regions that leaves corners free for boxes (legend, scale bar).

    Parameters
    ----------
    crs, shapes
        The plane and the regions on it.
    zone
        The rectangle for the map, in pixels.
    boxes
        Width and height of each box, in pixels. Each box gets its own corner.
    discs
        Other marks that boxes must not cover: x and y on the plane and a radius in pixels, shape (n, 3).
    gap
        Pixels between the map and the edge of the zone or a box.

    Returns
    -------
    tuple or None
        The view and the corner of each box (one of `CORNERS`), or None where the boxes do not fit.
    """
    left, bottom, right, top = shapely.total_bounds(shapes)
    wide, high = zone[2] - zone[0], zone[3] - zone[1]
    edges = np.full(4, gap)
    for _ in range(3):  # discs may extend beyond the border and need room
        rooms = max(wide - edges[0] - edges[2], 1.0), max(high - edges[1] - edges[3], 1.0)
        base = max((right - left) / rooms[0], (top - bottom) / rooms[1]) or 1.0
        inside = (
            np.column_stack([discs[:, 0] - left, discs[:, 1] - bottom, right - discs[:, 0], top - discs[:, 1]]) / base
        )
        edges = gap + np.minimum((discs[:, 2:] - inside).max(axis=0, initial=0.0), 0.1 * min(wide, high))
    tree = shapely.STRtree(shapes)
    for unit in base * np.arange(1, 3, 0.03):
        spare = wide - edges[0] - edges[2] - (right - left) / unit, high - edges[1] - edges[3] - (top - bottom) / unit
        for across, up in _POSITIONS:
            x, y = edges[0] + spare[0] * across, edges[1] + spare[1] * up
            view = MapView(crs, zone, left - x * unit, bottom - y * unit, unit)
            corners = _free_corners(view, tree, boxes, discs, gap)
            if corners is not None:
                return view, corners
    return None


def _free_corners(
    view: MapView, tree: shapely.STRtree, boxes: Sequence[Size], discs: FloatArray, gap: float
) -> list[str] | None:
    """Return a corner for each box where it covers no region and no mark, or None if a box has no such corner."""
    marks, reach = view.pixels(discs[:, :2]), discs[:, 2:] + gap / 2
    room = FreeSpace(view.zone, np.hstack([marks - reach, marks + reach]))
    taken: list[str] = []
    for size in boxes:
        for corner in CORNERS:
            left, low, right, top = box = corner_box(view.zone, size, corner, gap / 2)
            ends = view.plane([(left - gap / 2, low - gap / 2), (right + gap / 2, top + gap / 2)])
            if room.is_free(box) and not len(tree.query(shapely.box(*ends.ravel()), predicate="intersects")):
                taken.append(corner)
                room.reserve((left - gap / 2, low - gap / 2, right + gap / 2, top + gap / 2))
                break
        else:
            return None
    return taken


def corner_box(zone: Box, size: Size, corner: str, pad: float) -> Box:
    """Return a box of the given size in a corner of the zone, in pixels."""
    left = zone[2] - pad - size[0] if "right" in corner else zone[0] + pad
    bottom = zone[1] + pad if "lower" in corner else zone[3] - pad - size[1]
    return left, bottom, left + size[0], bottom + size[1]


def show_view(ax: "Axes", view: MapView, below: float) -> None:
    """Set the limits of axes to a view plus `below` pixels under it for the note."""
    left, bottom, right, top = view.window
    ax.set_xlim(left, right)
    ax.set_ylim(bottom - below * view.unit, top)
    ax.set_aspect("equal")
    ax.set_axis_off()


def polygon_paths(shapes: npt.NDArray[Any]) -> "list[Path]":
    """Convert polygons, with all parts and holes, to matplotlib paths; an empty polygon becomes an empty path."""
    from matplotlib.path import Path

    parts, shape_of = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    firsts = np.append(True, np.diff(ring_of) > 0)[: len(points)]
    codes = np.full(len(points), Path.LINETO, dtype=Path.code_type)
    codes[np.append(firsts[1:], True)[: len(points)]] = Path.CLOSEPOLY
    codes[firsts] = Path.MOVETO
    ends = np.searchsorted(shape_of[part_of[ring_of]], np.arange(len(shapes) + 1))
    return [Path(points[low:high], codes[low:high]) for low, high in pairwise(ends)]


def context_in_view(context: gpd.GeoDataFrame, view: MapView) -> gpd.GeoDataFrame:
    """Return the part of neighboring countries and water that a view shows, on its plane.

    Everything far from the view is cut off before projecting, because projections break on the far side of the globe.

    Raises
    ------
    SchemaError, CRSError
        See `checked_context`.
    """
    context = checked_context(context)
    left, bottom, right, top = view.window
    to_globe = pyproj.Transformer.from_crs(view.crs, 4326, always_xy=True)
    lon, lat = to_globe.transform((left + right) / 2, (bottom + top) / 2)
    shapes = shapely.make_valid(context.geometry.to_numpy())
    side = shapely.box(lon - 80, max(lat - 60, -89), lon + 80, min(lat + 60, 89))
    turned = np.stack(
        [shapely.transform(shapes, lambda points, turn=turn: np.add(points, (turn, 0))) for turn in (-360, 0, 360)]
    )
    cut = shapely.union_all(shapely.intersection(turned, side), axis=0)
    near = context.set_geometry(gpd.GeoSeries(cut, index=context.index, crs=context.crs).segmentize(_LONG_EDGE_DEGREES))
    plane = near.to_crs(view.crs)
    seen = plane.geometry.make_valid().clip_by_rect(left, bottom, right, top)
    plane = plane.set_geometry(seen.map(polygons_of).set_crs(view.crs))
    return plane[~plane.geometry.is_empty]


def draw_context(ax: "Axes", context: gpd.GeoDataFrame, view: MapView) -> gpd.GeoDataFrame:
    """Draw the neighboring countries and water (``kind`` is "water") that `context_in_view` returns, and return them."""
    from matplotlib.collections import PathCollection

    seen = context_in_view(context, view)
    water = (seen["kind"] == "water").to_numpy() if "kind" in seen else np.zeros(len(seen), dtype=bool)
    for rows, fill, edge, zorder in ((~water, LAND, "#c9c7c0", 0.5), (water, WATER, "#a9c4d6", 0.6)):
        paths = polygon_paths(seen.geometry.to_numpy()[rows])
        ax.add_collection(
            PathCollection(paths, facecolor=fill, edgecolor=edge, linewidth=0.6, zorder=zorder, gid="context"),
            autolim=False,
        )
    return seen


def scale_bar(km_a_pixel: float, width: float) -> tuple[float, str]:
    """Return the length in pixels and the label of a scale bar: a round number of kilometers, at most `width` pixels.

    Examples
    --------
    >>> scale_bar(4.0, 160.0)
    (125.0, '500 km')
    """
    most = max(km_a_pixel * width, 1e-9)
    power = 10 ** np.floor(np.log10(most))
    km = float(max(step * power for step in (1, 2, 5) if step * power <= most))
    return km / km_a_pixel, text("km", n=number_text(km))


def draw_scale_bar(ax: "Axes", view: MapView, box: Box) -> None:
    """Draw a scale bar along the lower edge of a box given in pixels."""
    left, low, tick = box[0] + 1, box[1] + 1, 0.25 * (box[3] - box[1])
    length, label = scale_bar(view.km(), box[2] - box[0] - 2)
    draw_bar(ax, view, (left, low, left + length, low + tick), gid="scale bar")
    draw_name(ax, label, (left, low + tick, left + length, box[3]), 7)


def draw_bar(ax: "Axes", view: MapView, box: Box, *, gid: str) -> None:
    """Draw a line with a tick at both ends, in a box given in pixels."""
    left, low, right, top = box
    x, y = view.plane([(left, top), (left, low), (right, low), (right, top)]).T
    ax.plot(x, y, color=INK, linewidth=1, zorder=7, solid_joinstyle="miter", gid=gid)


def titled_axes(ax: "Axes | None", plane: gpd.GeoDataFrame, title: str | None, width_mm: float | None = None) -> "Axes":
    """Return axes with a title above: by default in a new figure with the proportions of the country.

    A figure `width_mm` wide takes its height from the map that is drawn on it.
    """
    ax = _new_axes(plane, title, width_mm) if ax is None else ax
    title_axes(ax, title)
    return ax


def _new_axes(plane: gpd.GeoDataFrame, title: str | None, width_mm: float | None) -> "Axes":
    from matplotlib import pyplot as plt

    left, bottom, right, top = extent_of(plane)
    aspect = (right - left) / (top - bottom) if top > bottom else 1.0
    width, height = (
        (8.0, min(max(8 / aspect + 0.8, 3.6), 8.8)) if aspect > 1 else (min(max(8 * aspect + 2, 4.2), 8.0), 8.0)
    )
    if width_mm is not None:
        width, height = width_mm / 25.4, width_mm / 25.4
    figure = plt.figure(figsize=(width, height), dpi=None if width_mm is None else PRINT_DPI)
    ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_position((0.02, 0.02, 0.96, 0.98 - title_height(ax, title, 0.96 * figure.bbox.width) / height))
    return ax
