"""Painters of layers on a page: each returns its part of the data, which the player draws."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arrow_layers import Arrows
from ...layers import PAGES, Circles, Key, Layer, Points, Regions, Responses, Symbol
from ..frames import Frame, row_ends
from ..interventions_by_kind import intervention_spans
from ..style.text import cut, say
from ..style.theme import COLORS, PAGE_COLORS, intervention_color
from .encoding import pack
from .shapes import Grid, Plane

EVERYWHERE = -1
_MOST_ARROWS = 5_000
_PIXELS = 96 / 72  # a point
_MARKS = {"Point": "points", "LineString": "lines", "LinearRing": "lines", "Polygon": "areas"}


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
        return self.grid.units(shapely.get_coordinates(places.geometry.to_crs(self.plane.crs).to_numpy()))

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
        for shape in shapes.to_crs(self.plane.crs).explode():
            parts = shapely.get_rings(shape) if shape.geom_type == "Polygon" else [shape]
            flat = [self.grid.units(shapely.get_coordinates(part)).ravel().tolist() for part in parts]
            found[_MARKS[shape.geom_type]].append(flat[0] if shape.geom_type == "Point" else flat)
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


def layer_payload(layers: Sequence[Layer], steps: Sequence[Frame], ground: PageGround) -> dict[str, Any]:
    """Return the data of all layers of a page."""
    page: dict[str, Any] = {"lanes": []}
    for number, layer in enumerate(layers):
        part = PAGES.of(layer)(layer, [step.layers[number] for step in steps], ground)
        marks = [*page.get("marks", []), *part.get("marks", [])]
        page |= part | ({"marks": marks} if marks else {})
    return page


@PAGES.register("regions")
def values_of(layer: Regions, rows: Sequence[Regions], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return the numbers of the regions; the dates of a region are adjacent, so that runs of zeros compress well."""
    return {"values": pack(np.atleast_2d(layer.values.to_numpy(dtype=float, na_value=np.nan)).T)}


@PAGES.register("points")
def points_of(layer: Points, rows: Sequence[Points], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return cities without counts, which are dots."""
    return {"cities": _cities(layer.places, ground)}


@PAGES.register("circles")
def circles_of(layer: Circles, rows: Sequence[Circles], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return cities with their counts; the player draws circles and rings."""
    return {"cities": _cities(layer.cities, ground, pack(layer.counts.to_numpy(dtype=float, na_value=np.nan).T))}


def _cities(cities: gpd.GeoDataFrame, ground: PageGround, values: Any = None) -> dict[str, Any]:
    row = {region: number for number, region in enumerate(ground.regions.index)}
    held = [row.get(region, -1) for region in cities["region_id"]] if "region_id" in cities else [-1] * len(cities)
    page = {"names": page_names(cities, ground.lang), "xy": ground.units(cities).ravel().tolist(), "region": held}
    if values is not None:
        page["values"] = values
    if "population" in cities:  # larger cities are named first
        page["rank"] = (-cities["population"].fillna(0).to_numpy()).argsort(kind="stable").argsort().tolist()
    return page


def page_names(places: gpd.GeoDataFrame, lang: str) -> list[str]:
    """Return names in a language if the table has them (``name_ru``), else from ``name``, else from the index."""
    names = pd.Series(places.index.astype(str), index=places.index, dtype=object)
    for column in ("name", f"name_{lang.split('-', maxsplit=1)[0].lower()}"):
        if column in places:
            names = places[column].astype(object).where(places[column].notna(), names)
    return [cut(name) for name in names]


@PAGES.register("arrows")
def arrows_of(layer: Arrows, rows: Sequence[Arrows], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return the source, target, row and probability of arrows; ``outside`` is the expected number of places by row."""
    number = layer.place_numbers([] if ground.cities is None else ground.cities.index, ground.regions.index)
    shown = layer.table.assign(row=ground.dates.get_indexer(pd.Index(layer.table["appears"])))
    inside = shown[shown["source"].notna()]
    inside = inside.sort_values("probability", ascending=False, kind="stable").head(_MOST_ARROWS)
    outside = shown[shown["source"].isna()].groupby("row")["probability"].sum()
    arrows = {
        "source": [number[place] for place in inside["source"]],
        "target": [number[place] for place in inside["target"]],
        "row": inside["row"].tolist(),
        "probability": [round(float(p), 3) for p in inside["probability"]],
        "outside": [[row, round(p, 2)] for row, p in zip(outside.index.tolist(), outside.tolist(), strict=True)],
    }
    return {"arrows": arrows}


@PAGES.register("responses")
def lanes_of(layer: Responses, rows: Sequence[Responses], ground: PageGround) -> dict[str, Any]:
    """Return the kinds of intervention in force on any date, those with a lane above the curve first.

    Each kind has ``name``, ``color`` and ``rows``: (first row, last row, region), with -1 for all regions. Kinds with a lane
    also have ``spans`` (start and end for the whole map, in fractional rows) and ``open`` (whether the end is unknown).
    """
    table, ends = layer.table, row_ends(ground.dates)
    drawn = {lane.kind: lane for lane in intervention_spans(table, ground.dates[0], ends[-1])} if len(table) else {}
    runs = _runs(rows, {region: row for row, region in enumerate(ground.regions.index)})
    seen = set().union(*(row.table.index for row in rows))
    counts = table["kind"][table.index.isin(seen)].value_counts(sort=True)
    found = []
    for kind in [*drawn, *(kind for kind in counts.index if kind not in drawn)]:
        entry: dict[str, Any] = {
            "name": ground.words[kind],
            "color": intervention_color(kind),
            "rows": runs.get(kind, []),
        }
        if kind in drawn:
            spans = [tuple(_position(end, ground.dates, ends) for end in span) for span in drawn[kind].spans]
            entry |= {"spans": spans, "open": drawn[kind].is_open}
        found.append(entry)
    return {"lanes": found}


def _runs(rows: Sequence[Responses], regions: Mapping[Hashable, int]) -> dict[str, list[tuple[int, int, int]]]:
    """Return the first and last row of every run of a kind in a region; regions that are not drawn are left out."""
    runs: dict[tuple[str, int], list[list[int]]] = {}
    for _, same in groupby(enumerate(rows), key=lambda item: id(item[1])):
        (first, layer), *rest = same
        where = [EVERYWHERE if pd.isna(region) else regions.get(region) for region in layer.table["region_id"]]
        for key in {(kind, place) for kind, place in zip(layer.table["kind"], where, strict=True) if place is not None}:
            found = runs.setdefault(key, [])
            if found and found[-1][1] == first - 1:
                found[-1][1] = first + len(rest)
            else:
                found.append([first, first + len(rest)])
    by_kind: dict[str, list[tuple[int, int, int]]] = {}
    for kind, number in sorted(runs):
        by_kind.setdefault(kind, []).extend((first, last, number) for first, last in runs[kind, number])
    return by_kind


def _position(moment: pd.Timestamp, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> float:
    """Return a moment as a position on the time axis: 2.5 is the middle of the third row."""
    row = int(np.clip(np.searchsorted(dates.to_numpy(), np.datetime64(moment), side="right") - 1, 0, len(dates) - 1))
    return round(row + float(np.clip((moment - dates[row]) / (ends[row] - dates[row]), 0, 1)), 3)
