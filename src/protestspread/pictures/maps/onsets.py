"""Map of onsets: one color per first day, hollow dots for places without an onset."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...layers import Key, Phrase, Symbol
from ...tables import check_cities, check_onsets
from ..layout.insets import Insets
from ..style.options import check_options
from ..style.ramps import ramp
from ..style.text import day_text, projection_text, text
from ..style.theme import INK, ONSET_CMAP, PAPER
from .basemap import titled_axes
from .isochrones import isochrones as isochrone_lines
from .point_map import draw_dots, draw_land, ground_of, name_points
from .region_map import RegionMap, city_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_DAYS = 9  # colors that readers can distinguish; more days are grouped
_SPANS = 6
_MOST_NAMES = 60
_DASH = (0, (5, 2))


def plot_onsets(
    onsets: pd.Series,
    cities: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    cmap: str = ONSET_CMAP,
    context: gpd.GeoDataFrame | None = None,
    isochrones: bool = False,
    labels: bool = True,
    not_joined_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
    insets: Insets = "auto",
) -> "Axes":
    """Draw the onset of each place: dark dots early, pale dots late, hollow dots without onset.

    Each first day has its own color; more than nine days are grouped into six spans.

    Parameters
    ----------
    onsets
        City -> first day, NaT without onset, as returned by `onsets`. Cities not in it are not drawn.
    cities
        Cities.
    regions
        Regions drawn below the dots.
    ax, width_mm, cmap, context, title, note, attribution, crs, insets
        See `plot_choropleth`. With isochrones, the map has no insets.
    isochrones
        Draw a dashed line in the color of each day (or span) around the places that had joined by its end, within the
        regions. The first day is interpolated linearly on the Delaunay triangles of the places that joined (B. Delaunay
        1934, "Sur la sphère vide"), without unusually large triangles. Places that did not join are not used, so a line
        may enclose them. The note states that a line is not an observed front.
    labels
        Name the places where there is room, the earliest first.
    not_joined_label
        Legend label of hollow dots; by default "not joined by the end of observation" in the current `language`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        `onsets` or `cities` is not a valid table of its kind.
    DataError
        `onsets` is empty or has places that are not in `cities` (all named); isochrones with fewer than six places or
        three different first days.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> first = ps.onsets(ps.count_events(case.events, case.cities))
    >>> ax = matplotlib.figure.Figure((9, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_onsets(first, case.cities, case.regions, ax=ax)
    >>> ax.get_legend().get_texts()[0].get_text()
    '1 Jan 2022 (1)'
    """
    from matplotlib.collections import LineCollection

    check_options(
        ax=ax, width_mm=width_mm, cmap=cmap, isochrones=isochrones, labels=labels, not_joined_label=not_joined_label,
        title=title, note=note, attribution=attribution, context=context, crs=crs, insets=insets,
    )  # fmt: skip
    places = _places(onsets, cities)
    days = onsets.dt.normalize()
    spans, span_of = day_spans(days)
    colors = ramp(len(spans), cmap)[::-1] if spans else []
    plane, xy = ground_of(places.geometry, regions, crs, None if isochrones else insets)
    lines: Iterable[Any] = _isochrones(days, spans, xy, plane, regions) if isochrones else []
    ax = titled_axes(ax, plane, title, width_mm)
    joined = span_of >= 0
    keys = [
        Key(_dot(color), f"{_span_text(*span)} ({int((span_of == number).sum())})")
        for number, (color, span) in enumerate(zip(colors, spans, strict=True))
    ]
    if isochrones:
        keys.append(Key(Symbol("line", colors[0], size=1.4, dash=_DASH), Phrase("joined_by_line")))
    not_joined = text("not_joined") if not_joined_label is None else not_joined_label
    if not joined.all():
        keys.append(Key(_dot(PAPER), f"{not_joined} ({int((~joined).sum())})"))
    chart = RegionMap(ax, plane, keys, legend_title=text("first_day"), context=context, marks=xy,
                      reach=6 * ax.figure.dpi / 100,
                      notes=(note, text("lines") if isochrones else None, projection_text(plane.crs), attribution), squares=False, made_to_measure=width_mm is not None)  # fmt: skip
    draw_land(chart, regions)
    for number, line in enumerate(lines):
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts(line)]
        ax.add_collection(
            LineCollection(parts, colors=colors[number], linewidths=1.4, linestyles=[_DASH], zorder=4.2,
                           gid=f"isochrone {number}"),
            autolim=False,
        )  # fmt: skip
    draw_dots(ax, xy[~joined], fill=PAPER, edge=INK, size=4.5, gid="not joined")
    for number in reversed(range(len(spans))):  # the earliest on top
        dots = xy[span_of == number]
        draw_dots(ax, dots, fill=colors[number], edge=INK, size=7, gid=f"onset {number}", zorder=5.5 - number / 100)
    if labels:
        order = sorted(np.flatnonzero(joined).tolist(), key=lambda row: (days.iloc[row], row))[:_MOST_NAMES]
        name_points(chart, city_names(places), xy, order, reaches=(7, 11))
    chart.name_context()
    return ax


def _isochrones(
    days: pd.Series,
    spans: list[tuple[pd.Timestamp, pd.Timestamp]],
    xy: FloatArray,
    plane: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None,
) -> npt.NDArray[np.object_]:
    """Return the isochrone at the end of each span except the last."""
    known = days.notna().to_numpy()
    day = (days[known] - days.min()).dt.days.to_numpy(dtype=float)
    ends = np.array([(last - days.min()).days + 0.5 for _, last in spans[:-1]])
    land = None if regions is None else shapely.union_all(shapely.make_valid(plane.geometry.to_numpy()[: len(regions)]))
    return isochrone_lines(xy[known], day, ends, land)


def _places(onsets: pd.Series, cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cities of the onsets, in the order of the onsets."""
    check_onsets(onsets)
    check_cities(cities)
    unknown = [place for place in onsets.index if place not in cities.index]
    faults = [f"places that are not in the cities: {shorten_list(unknown)}"] if unknown else []
    if not len(onsets):
        faults.append("expected at least one place; got none")
    if faults:
        raise DataError("onsets", faults, "pass onsets(count_events(events, cities)), computed with the same cities")
    return cities.loc[onsets.index]


def day_spans(days: pd.Series) -> tuple[list[tuple[pd.Timestamp, pd.Timestamp]], npt.NDArray[np.int64]]:
    """Return the first and last day of each color, ascending, and the color number of each place, -1 without a day."""
    distinct = pd.DatetimeIndex(sorted(days.dropna().unique()))
    if len(distinct) > _MOST_DAYS:
        length = int(np.ceil(((distinct[-1] - distinct[0]).days + 1) / _SPANS))
        numbers = (days - distinct[0]).dt.days // length
        used = sorted(numbers.dropna().unique())
        starts = [distinct[0] + pd.Timedelta(days=int(number) * length) for number in used]
        spans = [(start, min(start + pd.Timedelta(days=length - 1), distinct[-1])) for start in starts]
        return spans, np.asarray(pd.Index(used).get_indexer(pd.Index(numbers)), dtype=np.int64)
    return [(day, day) for day in distinct], np.asarray(distinct.get_indexer(pd.DatetimeIndex(days)), dtype=np.int64)


def _span_text(first: pd.Timestamp, last: pd.Timestamp) -> str:
    return day_text(last) if first == last else f"{day_text(first, year=False)} – {day_text(last)}"


def _dot(fill: str) -> Symbol:
    return Symbol("circle", fill, edge="ink", size=4.5 if fill == PAPER else 7, edge_width=0.8)
