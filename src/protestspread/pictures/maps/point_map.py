"""Maps of points: regions in the background, dots and names above them, and room for arrows."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arguments import Arguments
from ...arrays import FloatArray
from ...checks import can_be_hashed, is_real, label_faults
from ...errors import shorten_list
from ...geodesy import WGS84
from ...layers import Key, Symbol
from ...tables import check_cities, check_regions
from ..layout.insets import Insets
from ..layout.labels import beside, draw_name, text_size
from ..style.classes import Classes, classify
from ..style.options import check_options
from ..style.ramps import class_colors
from ..style.text import names_of, projection_text, say
from ..style.theme import DEFAULT_CMAP, INK, MISSING_HATCH, PAPER, ZERO_FILL
from .basemap import plane_of, points_on, titled_axes
from .region_map import NAME_SIZE, RegionMap, city_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE, _REACH = 7.0, 6.0  # of a dot in points, and of the room around it in pixels at 100 dots per inch
_MOST_NAMES = 60
_MARKERS_ZORDER = 3.8  # a region layer draws markers of small regions from here on; maps of points have dots instead
_SPECK_DEGREES = 0.01


def plot_cities(
    values: pd.Series,
    cities: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    legend_title: str | None = None,
    context: gpd.GeoDataFrame | None = None,
    labels: bool = True,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
    insets: Insets = "auto",
) -> "Axes":
    """Draw one number per city as colored dots, such as the residuals of a fit.

    Parameters
    ----------
    values
        City -> number. Cities not in it are not drawn; NaN is a small hollow dot.
    cities
        Cities.
    regions
        Regions drawn below the dots.
    ax, width_mm, scheme, k, classes, cmap, legend_title, context, title, note, attribution, crs, insets
        See `plot_choropleth`: the same classes and colors, with two ramps that meet at 0 where values are negative.
    labels
        Name the cities where there is room, those farthest from 0 first.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        `cities` or `regions` is not a valid table of its kind.
    DataError
        `values` is empty or not numeric, or has places that are not in `cities` (all named).

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> total = ps.count_events(case.events, case.cities).sum().rename("events")
    >>> ax = matplotlib.figure.Figure((9, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_cities(total, case.cities, case.regions, ax=ax)
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:3]
    ['none', '1', '2']
    """
    check_options(
        ax=ax, width_mm=width_mm, k=k, classes=classes, cmap=cmap, legend_title=legend_title, labels=labels, title=title,
        note=note, attribution=attribution, context=context, crs=crs, insets=insets,
    )  # fmt: skip
    numbers, places = _city_values(values, cities)
    shown = classes or classify(numbers, scheme=scheme, k=k)
    colors, found = class_colors(shown, cmap), shown.index(numbers)
    plane, xy = ground_of(places.geometry, regions, crs, insets)
    ax = titled_axes(ax, plane, title, width_mm)
    labeled = dict(enumerate(shown.labels, start=1)) | {0: say(shown.zero_label), -1: say(shown.missing_label)}
    order = [*([0] if shown.zero else []), *range(1, shown.k + 1), -1]
    fills = {number: PAPER if number < 0 else colors[number] for number in order}
    edges = {number: MISSING_HATCH if number < 0 else INK for number in order}
    widths = {number: _SIZE if number >= 0 else 0.55 * _SIZE for number in order}
    keys = [
        Key(Symbol("circle", fills[number], edge=edges[number], size=widths[number], edge_width=0.8), labeled[number])
        for number in order
        if number > 0 or (found == number).any()
    ]
    named = values.name if isinstance(values.name, str) else ""
    chart = RegionMap(
        ax, plane, keys, legend_title=named if legend_title is None else legend_title, context=context, marks=xy,
        reach=_REACH * ax.figure.dpi / 100, notes=(note, projection_text(plane.crs), attribution), squares=False,
        made_to_measure=width_mm is not None,
    )  # fmt: skip
    draw_land(chart, regions)
    sizes = np.nan_to_num(np.abs(numbers))
    for number in order:  # dots far from 0 lie above the others
        of = found == number
        above = float(sizes[of].max(initial=0.0) / max(sizes.max(initial=0.0), 1e-300))
        draw_dots(
            ax,
            xy[of],
            fill=fills[number],
            edge=edges[number],
            size=widths[number],
            gid=f"class {number}",
            zorder=5 + above / 10,
        )
    if labels:
        farthest = np.argsort(-sizes, kind="stable")[:_MOST_NAMES].tolist()
        name_points(chart, city_names(places), xy, farthest, reaches=(7, 11))
    chart.name_context()
    return ax


def _city_values(values: pd.Series, cities: gpd.GeoDataFrame) -> tuple[FloatArray, gpd.GeoDataFrame]:
    """Return the numbers, and the cities in their order."""
    check_cities(cities)
    with Arguments("pass a column of fit.by_place(), or panel.sum(), with the same cities") as check:
        check.instance("values", values, pd.Series, "a Series with one number per city")
        if not check.faults:
            for fault in label_faults(values.index, "values: the places"):
                check.fault(fault)
            comparable = can_be_hashed(values.index) and not isinstance(values.index, pd.MultiIndex)
            if unknown := [place for place in values.index if place not in cities.index] if comparable else []:
                check.fault(f"values has places that are not in the cities: {shorten_list(unknown)}")
            if not len(values):
                check.fault("values must have at least one place; got none")
            if not is_real(values.dtype):
                check.fault(f"values must be numeric; got {values.dtype}")
            elif np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any():
                check.fault("values must be finite")
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan)), cities.loc[values.index]


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
