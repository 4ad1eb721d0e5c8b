"""Map of the path of the center of events, with ellipses of one standard deviation."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...checks import layout_faults, numbers
from ...errors import DataError, must_be
from ...geodesy import WGS84
from ...layers import Key, Symbol
from ...stats.centrography.centers import StandardEllipse
from ...stats.centrography.drift import CentersOverTime
from ..frames import date_labels
from ..layout.labels import around
from ..style.options import check_options
from ..style.ramps import ramp
from ..style.text import projection_text
from ..style.theme import ARROW, INK, ONSET_CMAP
from .basemap import titled_axes
from .onsets import day_spans
from .point_map import draw_dots, draw_land, ground_of, name_points
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("lon", "lat", "km_moved", "km_low", "major_km", "minor_km", "orientation")
_MOST_ELLIPSES = 5
_SHORTEST = 11.0  # pixels of an arrow
_DASH = (0, (3, 2))


def plot_center_drift(
    centers: CentersOverTime | pd.DataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    ellipses: bool = True,
    cmap: str = ONSET_CMAP,
    context: gpd.GeoDataFrame | None = None,
    labels: bool = True,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw the path of the daily center of events, from dark (early) to pale (late).

    A step is solid where the drift is distinguishable from zero (``km_low`` above 0), else dashed.

    Parameters
    ----------
    centers
        The result of `centers_over_time`, or some rows of its table. Days without a center are skipped.
    regions
        Regions drawn below the path.
    ellipses
        Draw the ellipse of one standard deviation, for at most five days including the first and the last.
    labels
        Write the dates where there is room.
    ax, width_mm, cmap, context, title, note, attribution, crs
        See `plot_choropleth`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DataError
        `centers` lacks columns of `centers_over_time`, or no day has a center.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_day = ps.centers_over_time(ps.count_events(case.events, case.cities), case.cities, rng=1)
    >>> ax = matplotlib.figure.Figure((9, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_center_drift(by_day, case.regions, ax=ax)
    >>> ax.get_legend().get_texts()[0].get_text()
    '1 Jan 2022'
    """
    from matplotlib.collections import LineCollection

    check_options(
        ax=ax,
        width_mm=width_mm,
        ellipses=ellipses,
        cmap=cmap,
        labels=labels,
        title=title,
        note=note,
        attribution=attribution,
        context=context,
        crs=crs,
    )
    known = _known(centers.table if isinstance(centers, CentersOverTime) else centers)
    days = pd.Series(pd.DatetimeIndex(known.index), index=known.index)
    spans, span_of = day_spans(days)
    colors = np.array(ramp(len(spans), cmap)[::-1])[span_of]
    rings = _rings(known) if ellipses else {}
    shown = [np.column_stack([known["lon"], known["lat"]]), *(ring[::6] for ring in rings.values())]
    plane, marks = ground_of(_points(np.concatenate(shown)), regions, crs)
    xy = marks[: len(known)]
    ax = titled_axes(ax, plane, title, width_mm)
    steps = [int(row) + 1 for row in np.flatnonzero(known["km_moved"].notna().to_numpy()[1:])]
    moved = (known["km_low"] > 0).to_numpy()
    keys = [
        Key(Symbol("circle", color, edge="ink", size=7, edge_width=0.8), _date_range_text(*span))
        for color, span in zip(ramp(len(spans), cmap)[::-1], spans, strict=True)
    ]
    keys += _line_keys(moved[steps], bool(rings))
    chart = RegionMap(ax, plane, keys, legend_title="center of events", context=context, marks=marks,
                      reach=5 * ax.figure.dpi / 100, notes=(note, projection_text(plane.crs), attribution), squares=False, made_to_measure=width_mm is not None)  # fmt: skip
    draw_land(chart, regions)
    for row, ring in rings.items():
        drawn = _points(np.vstack([ring, ring[:1]])).to_crs(plane.crs)
        line = LineCollection([np.column_stack([drawn.x, drawn.y])], colors=[colors[row]], linewidths=1.3, zorder=4.3)
        line.set_gid(f"ellipse {row}")
        ax.add_collection(line, autolim=False)
    pixels = chart.view.pixels(xy)
    for row in steps:
        if np.hypot(*(pixels[row] - pixels[row - 1])) > _SHORTEST * chart.scale:
            look = {"arrowstyle": "-|>,head_length=0.35,head_width=0.18", "shrinkA": 3.5, "shrinkB": 4, "color": ARROW,
                    "linewidth": 1.3, "linestyle": "-" if moved[row] else _DASH}  # fmt: skip
            for x, y in np.linspace(pixels[row - 1], pixels[row], 25):
                chart.room.reserve(around(x, y, 2 * chart.scale))
            ax.annotate("", xy[row], xy[row - 1], arrowprops=look, zorder=5, gid=f"step {row}")
    for row in range(len(xy)):
        draw_dots(ax, xy[[row]], fill=colors[row], edge=INK, size=7, gid=f"center {row}", zorder=5.5)
    if labels:
        names = date_labels(pd.DatetimeIndex(known.index), first_only=True)
        name_points(chart, names, xy, range(len(xy)), reaches=(7, 11, 16))
    chart.name_context()
    return ax


def _known(centers: pd.DataFrame) -> pd.DataFrame:
    """Return the days that have a center."""
    fix = "pass what centers_over_time(panel, cities) returns, or rows of its table"
    if (
        not isinstance(centers, pd.DataFrame)
        or not isinstance(centers.index, pd.DatetimeIndex)
        or centers.index.hasnans
    ):
        raise DataError(must_be("centers", "a table with an index of dates", centers), fix=fix)
    faults = [*map(str, layout_faults(centers))]
    faults = faults or [f"column '{name}' is missing" for name in _COLUMNS if name not in centers]
    for name in [] if faults else _COLUMNS:
        faults += [str(fault.of(name)) for fault in numbers()(centers[name])]
    for name, most in () if faults else (("lon", 180), ("lat", 90)):
        if not ((centers[name].abs() <= most) | centers[name].isna()).all():
            faults.append(f"column '{name}' must hold degrees from -{most} to {most}")
    known = centers if faults else centers[centers["lon"].notna()]
    if not faults and not len(known):
        faults = ["no day has a center"]
    if faults:
        raise DataError("centers", faults, fix)
    return known


def _rings(known: pd.DataFrame) -> dict[int, FloatArray]:
    """Return the outlines of the ellipses to draw, by row."""
    wide = np.flatnonzero(known["major_km"].to_numpy() > 0)
    chosen = wide[np.unique(np.linspace(0, len(wide) - 1, min(_MOST_ELLIPSES, len(wide))).round().astype(int))]
    columns = ["lon", "lat", "major_km", "minor_km", "orientation"]
    return {int(row): StandardEllipse(*known[columns].iloc[row].astype(float)).outline() for row in chosen}


def _points(lonlat: FloatArray) -> gpd.GeoSeries:
    return gpd.GeoSeries.from_xy(*lonlat.T, crs=WGS84)


def _line_keys(moved: "np.typing.NDArray[np.bool_]", rings: bool) -> Iterator[Key]:  # noqa: FBT001
    """Yield the keys of solid steps (`moved`), dashed steps and ellipses, where they are drawn."""
    if moved.any():
        yield Key(Symbol("line", "arrow", size=1.3), "drift distinguishable from zero (95%)")
    if len(moved) and not moved.all():
        yield Key(Symbol("line", "arrow", size=1.3, dash=_DASH), "drift not distinguishable from zero")
    if rings:
        yield Key(Symbol("line", ramp(3, ONSET_CMAP)[1], size=1.3), "ellipse of one standard deviation")


def _date_range_text(first: pd.Timestamp, last: pd.Timestamp) -> str:
    return " – ".join(date_labels([first, last] if first < last else [first], first_only=True))
