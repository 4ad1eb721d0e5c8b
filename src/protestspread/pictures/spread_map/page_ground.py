"""What painters of layers need to know about a page: projection, grid, words; and marks with a symbol."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...layers import Key, Layer, Symbol
from ..style.text import cut, say
from ..style.theme import COLORS, PAGE_COLORS
from .encoding import Grid, Plane

_PIXELS = 96 / 72  # a point
_MARK_PARTS = {"Point": "points", "LineString": "lines", "LinearRing": "lines", "Polygon": "areas"}


@dataclass(frozen=True, eq=False)
class PageGround:
    """What painters need to know about a page.

    Attributes
    ----------
    dates
        The rows of the panel.
    regions, cities
        The regions and cities that layers refer to, numbered with cities first.
    plane, grid
        The projection, and the grid of whole numbers.
    words
        The words of the player and the names of kinds of intervention.
    lang
        The language of names.
    """

    dates: pd.DatetimeIndex
    regions: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame | None
    plane: Plane
    grid: Grid
    words: Mapping[str, str] = field(default_factory=dict)
    lang: str = "en"

    def units(self, places: gpd.GeoDataFrame | gpd.GeoSeries) -> npt.NDArray[np.int64]:
        """Return the coordinates of points, lines or polygons on the grid, shape (n, 2)."""
        return self.grid.units(self.plane.points(places))

    def marks(
        self, rows: Sequence[Layer], draw: Callable[[Any], Iterable[tuple[Key, gpd.GeoSeries]]]
    ) -> dict[str, Any]:
        """Return the part of a layer made of points, lines or polygons with a symbol, which the player draws above the regions.

        Parameters
        ----------
        rows
            The layer on each date; a layer that stays the same is one object.
        draw
            Function that returns for a layer the keys of the legend, each with its shapes in longitude and latitude.
        """
        marks = []
        for _, run in groupby(enumerate(rows), key=lambda item: id(item[1])):
            (first, row), *rest = run
            for key, shapes in draw(row):
                marks.append(self._mark(key, shapes) | {"rows": [first, first + len(rest)]})
        return {"marks": marks}

    def _mark(self, key: Key, shapes: gpd.GeoSeries) -> dict[str, Any]:
        symbol = key.symbol[0] if isinstance(key.symbol, tuple) else key.symbol
        found: dict[str, list[Any]] = {"points": [], "lines": [], "areas": []}
        for shape in shapes.explode():
            parts = shapely.get_rings(shape) if shape.geom_type == "Polygon" else [shape]
            flat = [self.units(gpd.GeoSeries([part], crs=shapes.crs)).ravel().tolist() for part in parts]
            found[_MARK_PARTS[shape.geom_type]].append(flat[0] if shape.geom_type == "Point" else flat)
        return {"label": cut(say(key.label))} | _look(symbol) | {name: lines for name, lines in found.items() if lines}


def _look(symbol: Symbol) -> dict[str, Any]:
    """Return a symbol for the player: colors that its themes know by name, else ``#rrggbb``; sizes in pixels."""
    color, edge = (name if name in PAGE_COLORS else COLORS.get(name, name) for name in (str(symbol.color), symbol.edge))
    return {
        "shape": symbol.shape,
        "color": color,
        "edge": edge,
        "size": round(_PIXELS * symbol.size, 1),
        "width": round(_PIXELS * symbol.edge_width, 1),
    }
