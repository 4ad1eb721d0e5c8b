"""Map of a diffusion graph: one color and dash pattern per kind of tie, with width as weight."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...arrow_layers import GraphTies
from ...errors import DataError, shorten_list
from ...geodesy import WGS84
from ...graphs.diffusion import DiffusionGraph
from ...layers import STILLS
from ..style.options import check_options
from ..style.text import printable, projection_text, text
from ..style.theme import CITY, INK, PAPER
from .basemap import titled_axes
from .point_map import arrow_heads, curves_between, draw_dots, draw_land, ground_of, name_points
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_BEND = 0.14  # the bend of a curved tie as a share of its length
_MOST_NAMES = 40


def plot_graph(
    graph: "DiffusionGraph",
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    kinds: Sequence[str] | None = None,
    context: gpd.GeoDataFrame | None = None,
    labels: bool | Sequence[str] = True,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw a diffusion graph (who can influence whom) by kind of tie.

    A tie with the same weight in both directions is a line; other ties are arrows. Arrows between the same two places,
    and ties of different kinds, bend apart. Width is the weight relative to the largest weight of the kind.

    Parameters
    ----------
    graph
        A graph whose places have coordinates, as returned by the builders.
    regions
        Regions drawn below the ties.
    ax, width_mm
        Axes to draw on; by default a new figure.
    kinds
        The kinds of tie to draw, in this order; by default all.
    context, title, note, attribution, crs
        See `plot_choropleth`.
    labels
        True to name places where there is room, those with the most ties first; or the places to name, in this order.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DataError
        Places without coordinates (all named), or kinds that the graph does not have.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_graph(ps.nearest_graph(case.cities, k=3), case.regions, ax=ax)
    """
    check_options(ax=ax, width_mm=width_mm, title=title, note=note, attribution=attribution, context=context, crs=crs)
    with Arguments() as check:
        check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph")
        if not isinstance(labels, bool):
            check.names("labels", labels, "True, False or a list of places")
    graph = graph if kinds is None else graph.subgraph(kinds=kinds)
    plane, xy = ground_of(_points(graph), regions, crs)
    ax = titled_axes(ax, plane, title, width_mm)
    layer = GraphTies(graph, None if labels is True else () if labels is False else tuple(labels))
    chart = RegionMap(ax, plane, layer.legend(), legend_title=text("ties_title"), context=context, marks=xy, reach=4 * ax.figure.dpi / 100,
                      notes=(note, projection_text(plane.crs), attribution), squares=False, made_to_measure=width_mm is not None)  # fmt: skip
    draw_land(chart, regions)
    chart.draw([layer])
    return ax


@STILLS.register("graph_ties")
def _draw_graph(chart: RegionMap, layer: GraphTies) -> None:
    points = _points(layer.graph).to_crs(chart.view.crs)
    xy = np.column_stack([points.x, points.y])
    for number in range(len(layer.graph.kinds)):
        _draw_kind(chart, layer, number, xy)
    _draw_places(chart, layer, xy)


def _points(graph: "DiffusionGraph") -> gpd.GeoSeries:
    points = np.full((len(graph.nodes), 2), np.nan) if graph.points is None else graph.points
    lost = np.asarray(np.isnan(points).any(axis=1), dtype=bool)
    if lost.any() or not len(points):
        faults = (
            [f"places without coordinates: {shorten_list(graph.nodes[lost])}"] if lost.any() else ["it has no places"]
        )
        raise DataError(
            "graph", faults, "build it from a table of cities, or with DiffusionGraph.from_edges(edges, cities)"
        )
    return gpd.GeoSeries(gpd.points_from_xy(*points.T), index=graph.nodes, crs=WGS84)


def _draw_kind(chart: RegionMap, layer: GraphTies, number: int, xy: FloatArray) -> None:
    """Draw the ties of one kind: lines where the weight is equal in both directions, else arrows."""
    from matplotlib.collections import LineCollection, PolyCollection

    ax, graph, symbol = chart.ax, layer.graph, layer.symbol(number)
    kind, color = graph.kinds[number], symbol.color
    ties = graph.ties[kind]
    matrix = ties.matrix()
    sources, targets, weights = ties.sources, ties.indices, ties.weights
    back = np.asarray(matrix[targets, sources]).ravel() if len(ties) else np.zeros(0)
    both = np.isclose(back, weights, rtol=1e-9) & (back > 0)
    shown = ~both | (sources < targets)
    bend = _bends(graph, number, sources, targets, one_way=~both, reciprocated=~both & (back > 0))
    width = _widths(weights)
    curves = curves_between(xy[sources], xy[targets], bend)
    alpha = float(np.clip(60 / max(shown.sum(), 1), 0.25, 0.85))
    order = np.flatnonzero(shown)[np.argsort(weights[shown], kind="stable")]
    ax.add_collection(
        LineCollection(list(curves[order]), colors=color, linewidths=width[order], linestyles=symbol.dash, alpha=alpha, zorder=4.3, gid=printable(f"ties {kind}")),
        autolim=False,
    )  # fmt: skip
    arrows = order[~both[order]]
    if len(arrows):
        heads = arrow_heads(curves[arrows], width[arrows], chart.view.unit * chart.scale)
        ax.add_collection(
            PolyCollection(
                list(heads),
                facecolors=color,
                linewidths=0,
                alpha=min(1.0, alpha + 0.15),
                zorder=4.4,
                gid=printable(f"arrows {kind}"),
            ),
            autolim=False,
        )


def _widths(weights: FloatArray) -> FloatArray:
    """Return line widths in points: 0.4 to 2.8 with the square root of the weight, or 1.1 where all weights are equal."""
    if not len(weights) or weights.max() <= weights.min():
        return np.full(len(weights), 1.1)
    return np.asarray(0.4 + 2.4 * np.sqrt(weights / weights.max()))


def _bends(
    graph: "DiffusionGraph", number: int, sources: Any, targets: Any, *, one_way: Any, reciprocated: Any
) -> FloatArray:
    """Return the bend of each tie, so that reciprocated arrows and ties of different kinds do not overlap."""
    crowd = np.zeros(len(sources))
    for earlier in graph.kinds[:number]:
        matrix = graph.ties[earlier].matrix()
        if len(sources):
            crowd += (np.asarray(matrix[sources, targets]).ravel() > 0) | (
                np.asarray(matrix[targets, sources]).ravel() > 0
            )
    side = np.where(one_way, 1.0, np.where(sources < targets, 1.0, -1.0))  # a line has no direction
    return np.asarray(_BEND * (reciprocated + side * crowd))


def _draw_places(chart: RegionMap, layer: GraphTies, xy: FloatArray) -> None:
    """Draw a dot per place, hollow where it has no ties, and its name where there is room."""
    ax, nodes, ties = chart.ax, layer.graph.nodes, list(layer.graph.ties.values())
    degree = sum(
        (np.bincount(np.append(t.sources, t.indices), minlength=len(xy)) for t in ties), np.zeros(len(xy), dtype=int)
    )
    draw_dots(ax, xy[degree > 0], fill=CITY, edge=PAPER, size=3.8, gid="places")
    draw_dots(ax, xy[degree == 0], fill=PAPER, edge=INK, size=3.8, gid="places")
    most = np.argsort(-degree, kind="stable")[:_MOST_NAMES]
    named = most if layer.named is None else nodes.get_indexer(pd.Index(layer.named))
    name_points(chart, [str(node) for node in nodes], xy, named[named >= 0])
