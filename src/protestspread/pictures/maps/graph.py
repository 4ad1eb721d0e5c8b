"""The diffusion graph on the map: every kind of tie in a color and a dash of its own, weight as width."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...geodesy import WGS84
from ..layout.labels import title_axes
from ..style.text import current, text
from ..style.theme import CITY, INK, PAPER
from .arrows import arrow_heads, curves_between
from .basemap import projection_text
from .point_map import draw_dots, draw_land, ground_of, name_points, new_axes
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...graphs.diffusion import DiffusionGraph

# Okabe and Ito's colors, told apart by color-blind readers; the dashes tell them apart in gray
TIE_COLORS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#e69f00", "#56b4e9", "#444444")
TIE_DASHES: Sequence[Any] = ("solid", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
_BEND = 0.14  # how far a curved tie leaves the straight line, over its length
_MOST_NAMES = 40


def plot_graph(
    graph: "DiffusionGraph",
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    kinds: Sequence[str] | None = None,
    context: gpd.GeoDataFrame | None = None,
    labels: bool | Sequence[str] = True,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw who can influence whom, by kind of tie.

    A tie of the same weight both ways is one line; ties of other weights, or one way only, are arrows, and two arrows
    between the same places bend apart. So do ties of different kinds. Width is the weight, within its kind.

    Parameters
    ----------
    graph
        Built from places with points (the builders do that).
    regions
        Drawn beneath.
    ax
        Axes to draw on; by default a new figure.
    kinds
        Which kinds of tie to draw, in this order; by default all.
    context, title, note, attribution, crs
        See `plot_choropleth`.
    labels
        Name the places where there is room: those with most ties first, or those listed, in this order.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    DataError
        Places without a point (all named), or kinds that the graph does not have.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_graph(ps.nearest_graph(case.cities, k=3), case.regions, ax=ax)
    """
    graph = graph if kinds is None else graph.subgraph(kinds=kinds)
    points = _points(graph)
    plane, xy = ground_of(points, regions, crs)
    ax = new_axes(plane, title) if ax is None else ax
    title_axes(ax, title)
    chart = RegionMap(ax, plane, lambda _: _legend(graph), legend_title=text("ties_title"), context=context, marks=xy, reach=4 * ax.figure.dpi / 100,
                      notes=(note, projection_text(plane.crs), attribution))  # fmt: skip
    if regions is not None:
        draw_land(chart)
    for number in range(len(graph.kinds)):
        _draw_kind(chart, graph, number, xy)
    _draw_places(chart, graph, xy, labels)
    chart.name_context()
    return ax


def _points(graph: "DiffusionGraph") -> gpd.GeoSeries:
    points = np.full((len(graph.nodes), 2), np.nan) if graph.points is None else graph.points
    lost = np.asarray(np.isnan(points).any(axis=1), dtype=bool)
    if lost.any() or not len(points):
        faults = [f"no point is known for {shorten_list(graph.nodes[lost])}"] if lost.any() else ["it has no places"]
        raise DataError(
            "the graph cannot be drawn", faults, "build it from cities, or DiffusionGraph.from_edges(edges, cities)"
        )
    return gpd.GeoSeries(gpd.points_from_xy(*points.T), index=graph.nodes, crs=WGS84)


def _draw_kind(chart: RegionMap, graph: "DiffusionGraph", number: int, xy: FloatArray) -> None:
    """Draw the ties of one kind: lines where the weight is the same both ways, else arrows."""
    from matplotlib.collections import LineCollection, PolyCollection

    ax, kind = chart.ax, graph.kinds[number]
    ties = graph.ties[kind]
    color, dash = _look(number)
    matrix = ties.matrix()
    sources, targets, weights = ties.sources, ties.indices, ties.weights
    back = np.asarray(matrix[targets, sources]).ravel() if len(ties) else np.zeros(0)
    both = np.isclose(back, weights, rtol=1e-9) & (back > 0)
    shown = ~both | (sources < targets)
    bend = _bends(graph, number, sources, targets, one_way=~both, answered=~both & (back > 0))
    width = _widths(weights)
    curves = curves_between(xy[sources], xy[targets], bend)
    alpha = float(np.clip(60 / max(shown.sum(), 1), 0.25, 0.85))
    order = np.flatnonzero(shown)[np.argsort(weights[shown], kind="stable")]
    ax.add_collection(
        LineCollection(list(curves[order]), colors=color, linewidths=width[order], linestyles=dash, alpha=alpha, zorder=4.3, gid=f"ties {kind}"),
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
                gid=f"arrows {kind}",
            ),
            autolim=False,
        )


def _look(number: int) -> tuple[str, Any]:
    return TIE_COLORS[number % len(TIE_COLORS)], TIE_DASHES[(number // len(TIE_COLORS) + number) % len(TIE_DASHES)]


def _widths(weights: FloatArray) -> FloatArray:
    """Return line widths in points: the root of the weight, 0.4 to 2.8, one width where all weights are alike."""
    if not len(weights) or weights.max() <= weights.min():
        return np.full(len(weights), 1.1)
    return np.asarray(0.4 + 2.4 * np.sqrt(weights / weights.max()))


def _bends(
    graph: "DiffusionGraph", number: int, sources: Any, targets: Any, *, one_way: Any, answered: Any
) -> FloatArray:
    """Return how far each tie bends: arrows that are answered apart from their answer, kinds apart from those before."""
    crowd = np.zeros(len(sources))
    for earlier in graph.kinds[:number]:
        matrix = graph.ties[earlier].matrix()
        if len(sources):
            crowd += (np.asarray(matrix[sources, targets]).ravel() > 0) | (
                np.asarray(matrix[targets, sources]).ravel() > 0
            )
    side = np.where(
        one_way, 1.0, np.where(sources < targets, 1.0, -1.0)
    )  # a line is one line, whichever way it is read
    return np.asarray(_BEND * (answered + side * crowd))


def _draw_places(chart: RegionMap, graph: "DiffusionGraph", xy: FloatArray, labels: bool | Sequence[str]) -> None:  # noqa: FBT001
    """Draw a dot a place, hollow where it has no tie, and its name where there is room."""
    ax, ties = chart.ax, list(graph.ties.values())
    degree = sum(
        (np.bincount(np.append(t.sources, t.indices), minlength=len(xy)) for t in ties), np.zeros(len(xy), dtype=int)
    )
    draw_dots(ax, xy[degree > 0], fill=CITY, edge=PAPER, size=3.8, gid="places")
    draw_dots(ax, xy[degree == 0], fill=PAPER, edge=INK, size=3.8, gid="places")
    named = (
        np.argsort(-degree, kind="stable")[:_MOST_NAMES]
        if labels is True
        else graph.nodes.get_indexer(pd.Index(labels or []))
    )
    name_points(chart, [str(node) for node in graph.nodes], xy, named[named >= 0])


def _legend(graph: "DiffusionGraph") -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D

    entries: list[tuple[Any, str]] = []
    for number, (kind, ties) in enumerate(graph.ties.items()):
        color, dash = _look(number)
        weights = ties.weights
        span = (
            ""
            if not len(ties) or weights.max() <= weights.min()
            else text("weights", low=f"{weights.min():.2g}", high=f"{weights.max():.2g}")
        )
        pairs = _same_both_ways(ties.matrix())
        what = text("pairs", n=f"{len(ties) // 2:,}") if pairs else text("ties", n=f"{len(ties):,}")
        entries.append(
            (Line2D([], [], color=color, linestyle=dash, linewidth=1.8), f"{current().tie_text(kind)}: {what}{span}")
        )
    return entries


def _same_both_ways(matrix: Any) -> bool:
    return bool(abs(matrix - matrix.T).max() <= 1e-9 * max(matrix.max(), 1)) if matrix.nnz else False
