"""Maps of points: regions in the background, dots and names above them, and room for arrows."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ...arrays import FloatArray
from ...geodesy import WGS84
from ...tables import check_regions
from ..layout.insets import Insets
from ..layout.labels import beside, draw_name, text_size
from ..style.text import names_of
from ..style.theme import ZERO_FILL
from .basemap import plane_of, points_on
from .region_map import NAME_SIZE, RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS_ZORDER = 3.8  # a region layer draws markers of small regions from here on; maps of points have dots instead
_SPECK_DEGREES = 0.01


def ground_of(
    points: gpd.GeoSeries, regions: gpd.GeoDataFrame | None, crs: object | None, insets: Insets = None
) -> tuple[gpd.GeoDataFrame, FloatArray]:
    """Return the shapes that a map of points must show (regions, then a small disc per point) and the projected points."""
    shapes = shapely.buffer(points.to_numpy(), _SPECK_DEGREES)
    if regions is not None:
        check_regions(regions)
        shapes = np.concatenate([regions.geometry.to_numpy(), shapes])
    known = [] if regions is None else [str(name) for name in names_of(regions)]
    names = [*known, *[None] * len(points)]
    plane = plane_of(gpd.GeoDataFrame(geometry=shapes, crs=WGS84), crs, insets, names)
    return plane, points_on(plane, points)


def draw_land(chart: RegionMap, regions: gpd.GeoDataFrame | None) -> None:
    """Fill the regions, if there are any, with the color of zero."""
    for artist in (
        [] if regions is None else chart.layer.artists(np.zeros(len(chart.shapes), dtype=np.int8), [ZERO_FILL])
    ):
        if artist.get_zorder() < _MARKERS_ZORDER:
            chart.ax.add_artist(artist)


def draw_dots(ax: "Axes", xy: FloatArray, *, fill: str, edge: str, size: float, gid: str, zorder: float = 5.0) -> None:
    """Draw one dot per point."""
    options: dict[str, Any] = {"linestyle": "", "marker": "o", "markeredgewidth": 0.8, "zorder": zorder, "gid": gid}
    ax.plot(*xy.T, markersize=size, markerfacecolor=fill, markeredgecolor=edge, **options)


def name_points(
    chart: RegionMap, names: Sequence[str], xy: FloatArray, order: Iterable[int], reaches: Sequence[float] = (5, 9)
) -> list[str]:
    """Write names next to their points where there is room, in this order; return the names without room."""
    unplaced, pixels = [], chart.view.pixels(xy)
    for row in order:
        x, y = pixels[row]
        size = text_size(chart.ax, names[row], NAME_SIZE)
        box = chart.room.reserve_first(
            chain.from_iterable(beside(x, y, reach * chart.scale, size) for reach in reaches)
        )
        if box is None:
            unplaced.append(names[row])
        else:
            draw_name(chart.ax, names[row], box, NAME_SIZE)
    return unplaced


def along(curves: npt.NDArray[np.float64], ends: FloatArray) -> FloatArray:
    """Return the points along curves, shape (n, steps, 2), and their ends, which a legend must not cover."""
    return np.concatenate([curves.reshape(-1, 2), ends])


def curves_between(start: FloatArray, end: FloatArray, bend: FloatArray, steps: int = 17) -> FloatArray:
    """Return quadratic curves, shape (curves, steps, 2), bent to the right by `bend` times their length."""
    across = (end - start)[:, ::-1] * (1, -1)
    middle = (start + end) / 2 + across * 2 * bend[:, None]
    u = np.linspace(0, 1, steps)[None, :, None]
    return np.asarray((1 - u) ** 2 * start[:, None] + 2 * u * (1 - u) * middle[:, None] + u**2 * end[:, None])


def arrow_heads(curves: FloatArray, width: FloatArray, pixel: float) -> FloatArray:
    """Return arrow heads, shape (curves, 3, 2), whose tips end just before the dot of the place."""
    toward = curves[:, -1] - curves[:, -3]
    length = np.linalg.norm(toward, axis=1, keepdims=True)
    toward = np.divide(toward, length, out=np.zeros_like(toward), where=length > 0)
    size = (4.5 + 1.5 * width)[:, None] * pixel
    tip = curves[:, -1] - toward * 3.5 * pixel
    tail, wing = tip - toward * size, toward[:, ::-1] * (1, -1) * 0.38 * size
    return np.stack([tip, tail + wing, tail - wing], axis=1)
