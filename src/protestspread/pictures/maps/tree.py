"""Map of an inferred transmission tree: one arrow per possible parent, its width the probability."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, shorten_list
from ...graphs.tree import TransmissionTree
from ...layers import Key, Phrase, Symbol
from ...tables import check_cities
from ..style.options import check_options
from ..style.text import projection_text, text
from ..style.theme import ARROW, CITY, PAPER
from .basemap import titled_axes
from .point_map import arrow_heads, curves_between, draw_dots, draw_land, ground_of, name_points
from .region_map import RegionMap, city_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_WIDEST = 4.0  # points, added for a probability of 1
_FAINTEST = 0.2
_BEND = 0.12
_MOST_NAMES = 60


def plot_tree(
    tree: "TransmissionTree",
    cities: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    at_least: float = 0.1,
    context: gpd.GeoDataFrame | None = None,
    labels: bool = True,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw who probably followed whom: an arrow from each possible parent, its width the probability.

    A tree is inferred, not observed; the legend says so. A ring marks places that more likely than not started from
    outside.

    Parameters
    ----------
    tree
        A `TransmissionTree`.
    cities
        Cities with all places of the tree.
    regions
        Regions drawn below the arrows.
    ax, width_mm, context, title, note, attribution, crs
        See `plot_choropleth`.
    at_least
        The lowest probability of an arrow; the legend gives the number of arrows below it.
    labels
        Name the places where there is room, the earliest first.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        `cities` is not a table of cities.
    DataError
        `tree` is empty or has places that are not in `cities` (all named), or `at_least` is not between 0 and 1.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> tree = ps.TransmissionTree(pd.DataFrame({
    ...     "source": [None, "Zhanaozen"], "target": ["Zhanaozen", "Aktau"],
    ...     "date": pd.to_datetime(["2022-01-01", "2022-01-02"]), "probability": [1.0, 0.7]}))
    >>> ax = matplotlib.figure.Figure((9, 5)).add_axes((0, 0, 1, 0.9))
    >>> ps.plot_tree(tree, case.cities, case.regions, ax=ax).get_legend().get_title().get_text()
    'probably followed (inferred)'
    """
    check_options(
        ax=ax,
        width_mm=width_mm,
        at_least=at_least,
        labels=labels,
        title=title,
        note=note,
        attribution=attribution,
        context=context,
        crs=crs,
    )
    places, table = _checked(tree, cities)
    ties = tree.edges
    shown = ties[ties["probability"] >= at_least].sort_values("probability", kind="stable")
    plane, xy = ground_of(places.geometry, regions, crs)
    ax = titled_axes(ax, plane, title, width_mm)
    outside = places.index.isin(tree.external.index[tree.external > 0.5])
    keys = _legend(len(ties) - len(shown), at_least, outside=bool(outside.any()))
    chart = RegionMap(ax, plane, keys, legend_title=text("followed"), context=context,
                      marks=xy, reach=5 * ax.figure.dpi / 100,
                      notes=(note, projection_text(plane.crs), attribution), squares=False, made_to_measure=width_mm is not None)  # fmt: skip
    draw_land(chart, regions)
    _draw_arrows(chart, shown, places.index, xy)
    draw_dots(ax, xy, fill=CITY, edge=PAPER, size=4.5, gid="places", zorder=5.0)
    draw_dots(ax, xy[outside], fill="none", edge=CITY, size=8.5, gid="from outside", zorder=4.9)
    if labels:
        first = table.groupby("target")["date"].min().reindex(places.index).fillna(pd.Timestamp.min)
        name_points(
            chart, city_names(places), xy, np.argsort(first.to_numpy(), kind="stable")[:_MOST_NAMES], reaches=(6, 10)
        )
    chart.name_context()
    return ax


def _checked(tree: "TransmissionTree", cities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    with Arguments() as check:
        check.instance("tree", tree, TransmissionTree, "a TransmissionTree")
    check_cities(cities)
    table = tree.table
    named = pd.Index(pd.unique(pd.concat([table["source"].dropna().astype(object), table["target"].astype(object)])))
    unknown = [name for name in named if name not in cities.index]
    faults = [f"cities must have all places of the tree; missing: {shorten_list(unknown)}"] if unknown else []
    if table.empty:
        faults.append("tree must not be empty; got a table without rows")
    if faults:
        raise DataError(
            "tree and cities do not fit", faults, "pass a tree with at least one row, and the cities it was made from"
        )
    return cities.loc[named], table


def _draw_arrows(chart: RegionMap, ties: pd.DataFrame, places: pd.Index, xy: Any) -> None:
    """Draw arrows, the most probable on top."""
    from matplotlib.collections import LineCollection, PolyCollection

    if ties.empty:
        return
    start, end = (xy[places.get_indexer(pd.Index(ties[column]))] for column in ("source", "target"))
    probability = ties["probability"].to_numpy(dtype=float)
    widths = 0.3 + _WIDEST * probability
    curves = curves_between(start, end, np.full(len(ties), _BEND))
    colors = [(ARROW, alpha) for alpha in _FAINTEST + (0.9 - _FAINTEST) * probability]
    ax = chart.ax
    lines = LineCollection(list(curves), colors=colors, linewidths=widths, zorder=4.3, gid="arrows", capstyle="butt")
    ax.add_collection(lines, autolim=False)
    heads = arrow_heads(curves, widths, chart.view.unit * chart.scale)
    tips = PolyCollection(list(heads), facecolors=colors, linewidths=0, zorder=4.4, gid="arrow heads")
    ax.add_collection(tips, autolim=False)


def _legend(hidden: int, at_least: float, *, outside: bool) -> list[Key]:
    keys = [
        Key(
            Symbol("line", "arrow", size=0.3 + _WIDEST * p, alpha=_FAINTEST + (0.9 - _FAINTEST) * p),
            Phrase("chance", {"p": p}),
        )
        for p in (0.1, 0.5, 1.0)
    ]
    if outside:
        keys.append(Key(Symbol("circle", "none", edge="city", size=8.5), Phrase("from_outside")))
    if hidden:
        keys.append(Key(Symbol("none"), Phrase("hidden_arrows", {"n": float(hidden), "p": float(at_least)})))
    return keys
