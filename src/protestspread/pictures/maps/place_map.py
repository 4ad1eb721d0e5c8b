"""Maps of a number per place, with circles: what results with a place for each number show."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from ...arrays import BoolArray, FloatArray
from ...errors import DataError
from ...figures import MapCircle, PlaceMap
from ...geodesy import WGS84, circle_points
from ...layers import Key, Symbol
from ...wording import format_number
from ..layout.labels import around, beside, draw_name, text_size
from ..style.text import printable, projection_text
from ..style.theme import BAR, CITY, INK, PAPER
from .basemap import points_on, titled_axes
from .point_map import draw_dots, draw_land, ground_of
from .region_map import NAME_SIZE, RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SMALLEST, _LARGEST = 3.2, 12.0  # diameters of dots in points
_NARROWEST = 14.0  # pixels: the radius of a circle round one place
_WIDEST_KM = 5000.0  # circles that reach over half of the globe are not drawn
_MOST_NAMES = 40
_DASH = (0, (4, 2.5))


def draw(figure: PlaceMap, ax: "Axes | None", title: str | None) -> "Axes":
    """Draw dots, circles with their texts, and names where there is room: those of filled dots first, then of large ones."""
    places, circles = figure.places, [circle for circle in figure.circles if circle.km <= _WIDEST_KM]
    if places.empty:
        raise DataError("result cannot be drawn", ["there is no place"], "pass events with points")
    rings = [circle_points(circle.lon, circle.lat, circle.km) for circle in circles]
    lonlat = places[["lon", "lat"]].to_numpy(dtype=float)
    shown = gpd.GeoSeries.from_xy(*np.concatenate([lonlat, *(ring[::6] for ring in rings)]).T, crs=WGS84)
    plane, marks = ground_of(shown, figure.regions, None)
    xy, value, filled = marks[: len(places)], places["value"].to_numpy(float), places["filled"].to_numpy(bool)
    ax = titled_axes(ax, plane, title, None)
    size = _sizes(value)
    chart = RegionMap(
        ax, plane, [*_keys(figure, value, filled)], legend_title=printable(figure.heading), marks=xy,
        reach=(size / 2 + 1) * ax.figure.dpi / 72, notes=(printable(figure.note[:1].upper() + figure.note[1:]), projection_text(plane.crs)), squares=False,
    )  # fmt: skip
    draw_land(chart, figure.regions)
    for row in np.argsort(-size, kind="stable"):
        fill = BAR if filled[row] else PAPER
        draw_dots(ax, xy[[row]], fill=fill, edge=INK, size=size[row], gid=f"place {row}", zorder=5 + filled[row] / 10)
    for number, (circle, ring) in enumerate(zip(circles, rings, strict=True)):
        _draw_circle(chart, circle, points_on(plane, gpd.GeoSeries.from_xy(*ring.T, crs=WGS84)), f"circle {number}")
    _name_places(chart, figure, xy, size / 2 * ax.figure.dpi / 72)
    return ax


def _sizes(value: FloatArray) -> FloatArray:
    """Return the diameters of dots, whose areas are in proportion to the values down to a smallest dot."""
    share = np.nan_to_num(value / max(np.nanmax(value, initial=0.0), 1e-300))
    return np.asarray(np.maximum(_SMALLEST, _LARGEST * np.sqrt(share)))


def _keys(figure: PlaceMap, value: FloatArray, filled: BoolArray) -> Iterator[Key]:
    """Yield the keys of the smallest and the largest dot, of filled dots, and of circles."""
    known = value[value > 0]
    for number in np.unique([known.min(), known.max()]) if len(known) else ():
        size = float(_sizes(np.append(value, number))[-1])
        yield Key(Symbol("circle", PAPER, edge="ink", size=size, edge_width=0.8), format_number(float(number)))
    if filled.any():
        yield Key(Symbol("circle", BAR, edge="ink", size=6.5, edge_width=0.8), printable(figure.fill))
    for solid, meaning in ((True, figure.solid), (False, figure.dashed)):
        if any(circle.solid == solid for circle in figure.circles):
            yield Key(Symbol("line", CITY, size=1.5, dash="solid" if solid else _DASH), printable(meaning))


def _draw_circle(chart: RegionMap, circle: MapCircle, ring: FloatArray, gid: str) -> None:
    """Draw a circle, at least so wide that it can be seen, and its text beside it."""
    pixels = chart.view.pixels(ring)
    middle = pixels.mean(axis=0)
    apart = pixels - middle
    reach = float(np.hypot(*apart.T).max())
    if reach < _NARROWEST * chart.scale:
        turn = np.linspace(0, 2 * np.pi, len(ring), endpoint=False)
        reach = _NARROWEST * chart.scale
        ring = chart.view.plane(middle + reach * np.column_stack([np.cos(turn), np.sin(turn)]))
    look: dict[str, Any] = {"color": CITY, "linewidth": 1.5 if circle.solid else 1.0}
    chart.ax.plot(*_closed(ring).T, linestyle="-" if circle.solid else _DASH, zorder=4.5, gid=gid, **look)
    if not circle.text:
        return
    size = text_size(chart.ax, circle.text, NAME_SIZE, weight="bold")
    box = chart.room.reserve_first(beside(float(middle[0]), float(middle[1]), reach + 3 * chart.scale, size))
    if box is not None:
        draw_name(chart.ax, circle.text, box, NAME_SIZE, weight="bold", color=CITY)


def _closed(ring: FloatArray) -> npt.NDArray[np.float64]:
    return np.vstack([ring, ring[:1]])


def _name_places(chart: RegionMap, figure: PlaceMap, xy: FloatArray, reach: FloatArray) -> None:
    """Write the names of places beside their dots where there is room."""
    filled, value = figure.places["filled"].to_numpy(bool), np.nan_to_num(figure.places["value"].to_numpy(float))
    pixels = chart.view.pixels(xy)
    for row in np.lexsort((-value, ~filled))[:_MOST_NAMES]:
        name, (x, y) = str(figure.places.index[row]), pixels[row]
        chart.room.reserve(around(x, y, 1.0))
        box = chart.room.reserve_first(beside(x, y, reach[row] + 3 * chart.scale, text_size(chart.ax, name, NAME_SIZE)))
        if box is not None:
            draw_name(chart.ax, name, box, NAME_SIZE)
