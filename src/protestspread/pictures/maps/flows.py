"""Map of flows, such as troop contingents: arrows whose width is the strength and whose pale band is the uncertainty."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...arguments import Arguments
from ...arrays import FloatArray
from ...arrow_layers import THINNEST_FLOW, UNKNOWN_FLOW, Flows
from ...errors import DataError, shorten_list
from ...geodesy import WGS84
from ...layers import STILLS
from ...tables import check_flows
from ..style.options import check_options, checked_context
from ..style.text import names_of, projection_text, text
from ..style.theme import COLORS, INK, PAPER
from .basemap import titled_axes
from .point_map import along, curves_between, draw_dots, draw_land, ground_of, name_points
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BEND = 0.09
_MOST_FLOWS = 60


def plot_flows(
    flows: pd.DataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    context: gpd.GeoDataFrame | None = None,
    names: str | None = None,
    legend_title: str | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw flows (who sent how many where) as arrows whose width is the strength.

    Where the strength is a range, the dark core is as wide as the lower figure and the pale band as wide as the upper
    figure. A flow with only an upper figure has no core; a flow without figures is dashed. The legend lists strength and
    dates of each flow: a missing date is "date not found", and a date of dispatch is "dispatched" instead of "arrived".
    Names of senders and destinations are not repeated in `context`.

    Parameters
    ----------
    flows
        ``origin``, ``destination`` and their coordinates; optional ``low``, ``high``, ``start``, ``start_basis``,
        ``end`` (see `check_flows`).
    regions
        Regions drawn below the arrows. Without them, land enclosed by `context` is drawn where a flow starts or ends.
    ax, width_mm, context, title, note, attribution, crs
        See `plot_choropleth`.
    names
        The column with the names of senders; by default ``contributing_country`` if it exists, else ``origin``.
    legend_title
        The title of the legend; by default an explanation of the arrows in the current `language`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        `flows` is not a table of flows.
    DataError
        `flows` is empty or has more than 60 rows, missing coordinates or ``low`` above ``high`` (all named), or lacks
        the column `names`.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ax = matplotlib.figure.Figure((9, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_flows(case.flows, case.regions, context=case.context, ax=ax)
    >>> ax.get_legend().get_texts()[2].get_text()
    'Armenia: 70–100; dispatched 7 Jan 2022, withdrawn 14 Jan 2022'
    """
    check_options(
        ax=ax,
        width_mm=width_mm,
        legend_title=legend_title,
        title=title,
        note=note,
        attribution=attribution,
        context=context,
        crs=crs,
    )
    senders = checked_senders(flows, names)
    layer = Flows(flows, senders)
    plane, xy = ground_of(_ends(flows), regions, crs)
    curves = _curves(layer, xy)
    ax = titled_axes(ax, plane, title, width_mm)
    half = np.fmax(np.nanmax(layer.widths, axis=1), 1.0) / 2 * ax.figure.dpi / 72
    reach = 4 * ax.figure.dpi / 100 + np.append(np.repeat(half, curves.shape[1]), np.zeros(len(xy)))
    chart = RegionMap(ax, plane, layer.legend(), legend_title=text("flow_title") if legend_title is None else legend_title, marks=along(curves, xy), reach=reach,
                      context=_beneath(context, flows, senders, enclosed=regions is None),
                      notes=(note, projection_text(plane.crs), attribution), squares=False, made_to_measure=width_mm is not None)  # fmt: skip
    draw_land(chart, regions)
    chart.draw([layer])
    return ax


@STILLS.register("flows")
def _draw_flows(chart: RegionMap, layer: Flows) -> None:
    points = _ends(layer.table).to_crs(chart.view.crs)
    xy = np.column_stack([points.x, points.y])
    curves, widths, count = _curves(layer, xy), layer.widths, len(layer.table)
    widest = np.argsort(-np.nanmax(widths, axis=1), kind="stable")
    for row in widest:
        _draw_arrow(chart, curves[row], widths[row], int(row))
    draw_dots(chart.ax, xy, fill=INK, edge=PAPER, size=4.5, gid="places")
    places = dict.fromkeys(zip(layer.table["destination"], map(tuple, xy[count:]), strict=True))
    labels = [*layer.senders, *(name for name, _ in places)]
    spots = np.vstack([xy[:count], *(spot for _, spot in places)])
    name_points(chart, labels, spots, [*range(count, len(labels)), *widest], reaches=(6, 10, 15, 22, 30))


def _ends(flows: pd.DataFrame) -> gpd.GeoSeries:
    """Return the origins, then the destinations."""
    ends = [gpd.points_from_xy(flows[f"{end}_lon"], flows[f"{end}_lat"]) for end in ("origin", "destination")]
    return gpd.GeoSeries(np.concatenate(ends), crs=WGS84)


def _curves(layer: Flows, xy: FloatArray) -> FloatArray:
    start, end = np.split(xy, 2)
    return curves_between(start, end, _bends(start, end, layer.table["destination"]), steps=49)


def _bends(start: FloatArray, end: FloatArray, destinations: pd.Series) -> FloatArray:
    """Return the bend of each curve; curves with the same destination fan out in the order of their headings."""
    bends = np.full(len(start), _BEND)
    heading = (end - start) @ (1, 1j)
    for rows in destinations.groupby(destinations).indices.values():
        if len(rows) > 1:
            turn = np.angle(heading[rows] * np.conj(heading[rows].sum()))
            bends[rows[np.argsort(turn, kind="stable")]] = np.linspace(-_BEND, _BEND, len(rows))
    return bends


def _beneath(
    context: gpd.GeoDataFrame | None, flows: pd.DataFrame, senders: list[str], *, enclosed: bool
) -> gpd.GeoDataFrame | None:
    """Return the context without the names of senders and destinations, and with enclosed land where a flow starts or ends."""
    if context is None:
        return None
    context = checked_context(context)
    labeled = {str(name).casefold() for name in (*senders, *flows["origin"], *flows["destination"])}
    if "name" in context:
        names = names_of(context)
        repeated = context["name"].str.casefold().isin(labeled) | names.str.casefold().isin(labeled)
        others = [column for column in context if str(column).startswith("name_")]
        context = context.drop(columns=others).assign(name=names.where(~repeated))
    if not enclosed:
        return context
    parts = shapely.get_parts(shapely.union_all(shapely.make_valid(context.geometry.to_numpy())))
    rings = [ring for part in parts for ring in getattr(part, "interiors", ())]
    ends = np.concatenate([flows[[f"{end}_lon", f"{end}_lat"]].to_numpy() for end in ("origin", "destination")])
    points = shapely.MultiPoint(ends)
    holes = [hole for hole in map(shapely.Polygon, rings) if shapely.intersects(hole, points)]
    land = gpd.GeoDataFrame({"kind": "country"}, index=range(len(holes)), geometry=holes, crs=context.crs)
    return gpd.GeoDataFrame(pd.concat([land, context], ignore_index=True)) if holes else context


def checked_senders(flows: pd.DataFrame, names: str | None = None) -> list[str]:
    """Return the names of senders, or raise an error with all faults of the flows."""
    check_flows(flows)
    with Arguments() as check:
        check.text("names", names, optional=True)
    column = names or ("contributing_country" if "contributing_country" in flows else "origin")
    faults = []
    if not 0 < len(flows) <= _MOST_FLOWS:
        faults.append(f"expected 1 to {_MOST_FLOWS} rows, one legend line each; got {len(flows):,}")
    if column not in flows:
        faults.append(f"names must be one of the columns; got {column!r}")
    for end in ("origin", "destination"):
        lost = flows[[f"{end}_lon", f"{end}_lat"]].isna().any(axis=1)
        if lost.any():
            faults.append(f"missing coordinates for the {end} of {shorten_list(flows.index[lost])}")
    over = Flows(flows, ()).numbers("low") > Flows(flows, ()).numbers("high")
    if over.any():
        faults.append(f"low exceeds high in {shorten_list(flows.index[over])}")
    if faults:
        raise DataError(
            "flows",
            faults,
            "correct or drop the named rows, add up or drop small flows, or pass another column (see help(check_flows))",
        )
    return [
        str(name) if isinstance(name, str) else str(origin)
        for name, origin in zip(flows[column], flows["origin"], strict=True)
    ]


def _draw_arrow(chart: RegionMap, curve: FloatArray, width: FloatArray, row: int) -> None:
    """Draw a band with its core and arrow head, ending just before the dot of the place."""
    from matplotlib.patches import Polygon

    ax, dark, pale = chart.ax, COLORS["flow"], COLORS["flow_band"]
    core, band = width
    pixel, known = chart.view.unit * chart.scale, band > 0
    line = max(band, 1.2) * 100 / 72 * pixel  # on the plane
    head = min(7 * pixel + 0.9 * line, 0.5 * float(np.hypot(*(curve[-1] - curve[0]))))
    lengths = np.append(0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T)))
    stop = max(lengths[-1] - head - 2 * pixel, 0.0)
    steps = np.linspace(0, stop, 60)
    shaft = np.column_stack([np.interp(steps, lengths, curve[:, axis]) for axis in (0, 1)])
    gid = f"flow {row}"
    style: dict[str, Any] = {"solid_capstyle": "butt"}
    if not known:
        ax.plot(*shaft.T, color=dark, linewidth=1.2, linestyle=UNKNOWN_FLOW, zorder=4.3, gid=gid)
    else:
        ax.plot(*shaft.T, color=pale, linewidth=band, zorder=4.3, gid=gid, **style)
        if not np.isnan(core):
            ax.plot(*shaft.T, color=dark, linewidth=max(core, THINNEST_FLOW), zorder=4.31, gid=f"{gid} core", **style)
    toward = curve[-1] - shaft[-1]
    reach = float(np.hypot(*toward)) or 1.0
    toward = toward / reach
    wing = toward[::-1] * (1, -1) * (0.5 * line + 3 * pixel)
    points = np.stack([curve[-1] - toward * 2 * pixel, shaft[-1] + wing, shaft[-1] - wing])
    fill = pale if known and np.isnan(core) else dark
    ax.add_patch(Polygon(points, facecolor=fill, edgecolor=PAPER, linewidth=0.6, zorder=4.35, gid=f"{gid} head"))
