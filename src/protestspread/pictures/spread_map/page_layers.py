"""Painters of layers on a page: each returns the part of its data, no more than counts by place and date."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...arrays import FloatArray
from ...arrow_layers import Arrows, Flows, GraphTies, strength
from ...errors import DataError
from ...geodesy import WGS84
from ...interventions import shares
from ...layers import PAGES, Circles, Points, Responses
from ..frames import row_ends
from ..interventions_by_kind import intervention_spans
from ..style.text import cut, say
from ..style.theme import intervention_color
from .encoding import pack
from .page_ground import PageGround

EVERYWHERE = -1
_MOST_ARROWS = 5_000
_OTHER_NAMES = ("name", "name_en", "name_ru", "name_kk", "aliases")  # a search finds a place by any of them


def values_of(values: pd.DataFrame | FloatArray) -> dict[str, Any]:
    """Return the numbers of the regions; the dates of a region are adjacent, so that runs of zeros compress well."""
    numbers = values.to_numpy(dtype=float, na_value=np.nan) if isinstance(values, pd.DataFrame) else values
    return pack(np.atleast_2d(numbers).T)


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
    names = page_names(cities, ground.lang)
    page: dict[str, Any] = {"names": names, "xy": ground.units(cities).ravel().tolist(), "region": held}
    if values is not None:
        page["values"] = values
    if "population" in cities:  # larger cities are named first
        page["rank"] = (-cities["population"].fillna(0).to_numpy()).argsort(kind="stable").argsort().tolist()
    return page | people_of(cities) | other_names(cities, names)


def people_of(places: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return the population of each place, None where it is unknown; nothing if the table has none."""
    if "population" not in places:
        return {}
    people = pd.to_numeric(places["population"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return {"population": [round(n) if n > 0 and np.isfinite(n) else None for n in people]}


def other_names(places: gpd.GeoDataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Return the names of each place besides the one it is shown with, for the search; nothing if there are none."""
    columns = [column for column in _OTHER_NAMES if column in places]
    found = []
    for name, key, *rest in zip(names, places.index, *(places[column] for column in columns), strict=True):
        texts = [key, *(part for text in rest if isinstance(text, str) for part in text.split(";"))]
        found.append([text for text in dict.fromkeys(cut(str(one).strip()) for one in texts) if text and text != name])
    return {"other": found} if any(found) else {}


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
    unseen = shown[shown["source"].isna()]
    outside, alone = (unseen.groupby(column)["probability"].sum() for column in ("row", "target"))
    arrows = {
        "source": [number[place] for place in inside["source"]],
        "target": [number[place] for place in inside["target"]],
        "row": inside["row"].tolist(),
        "probability": [round(float(p), 3) for p in inside["probability"]],
        "outside": [[row, round(p, 2)] for row, p in zip(outside.index.tolist(), outside.tolist(), strict=True)],
        "alone": [[number[place], round(p, 3)] for place, p in alone.items()],
    }
    return {"arrows": arrows}


@PAGES.register("responses")
def lanes_of(layer: Responses, rows: Sequence[Responses], ground: PageGround) -> dict[str, Any]:
    """Return the kinds of intervention in force on any date, those with a lane above the curve first.

    Each kind has ``name``, ``color``, ``rows``: (first row, last row, region), with -1 for all regions, and ``share``: the share
    of people (of regions, if populations are unknown) where it was in force, from a row on. Kinds with a lane also have ``spans`` (start and end for the whole map, in fractional rows) and ``open`` (whether the end is unknown).
    """
    table, ends = layer.table, row_ends(ground.dates)
    drawn = {lane.kind: lane for lane in intervention_spans(table, ground.dates[0], ends[-1])} if len(table) else {}
    runs = _runs(rows, {region: row for row, region in enumerate(ground.regions.index)})
    seen = set().union(*(row.table.index for row in rows))
    counts = table["kind"][table.index.isin(seen)].value_counts(sort=True)
    people = np.array([n or np.nan for n in people_of(ground.regions).get("population", [np.nan])], dtype=float)
    known = len(people) == len(ground.regions) and not np.isnan(people).any()
    share: Any = (
        shares(table, ground.regions.index, ground.dates, people if known else None) if len(ground.regions) else {}
    )
    found = []
    for kind in [*drawn, *(kind for kind in counts.index if kind not in drawn)]:
        entry: dict[str, Any] = {
            "name": ground.words[kind],
            "color": intervention_color(kind),
            "rows": runs.get(kind, []),
        }
        if kind in share:
            entry["share"] = _changes(share[kind].to_numpy())
        if kind in drawn:
            spans = [tuple(_position(end, ground.dates, ends) for end in span) for span in drawn[kind].spans]
            entry |= {"spans": spans, "open": drawn[kind].is_open}
        found.append(entry)
    return {"lanes": found, "share_of": "people" if known else "regions"}


def _changes(values: Any) -> list[list[float]]:
    """Return the rows at which numbers change, with the number from there on."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    return [[int(row), round(float(values[row]), 4)] for row in starts]


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


@PAGES.register("flows")
def flows_of(layer: Flows, rows: Sequence[Flows], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return flows as lines from their origin to their destination, from the row of their start to that of their end."""
    ends = [
        ground.units(
            gpd.GeoSeries.from_xy(layer.numbers(f"{end}_lon"), layer.numbers(f"{end}_lat"), crs=WGS84)
        ).tolist()
        for end in ("origin", "destination")
    ]
    most = np.fmax(layer.numbers("low"), layer.numbers("high"))
    # a flow of unknown start is not drawn before the first whose start is known
    known = layer.table["start"].min() if "start" in layer.table else pd.NaT
    flows = []
    for row, (start, end) in enumerate(zip(*ends, strict=True)):
        first, last = (layer.table[name].iloc[row] if name in layer.table else pd.NaT for name in ("start", "end"))
        figure = say((f"{layer.senders[row]}: ", strength(layer.numbers("low")[row], layer.numbers("high")[row])))
        when = "" if pd.notna(first) else f", {ground.words['day_unknown']}"
        flows.append(
            {
                "ends": [*start, *end],
                "name": cut(figure + when),
                "size": None if np.isnan(most[row]) else float(most[row]),
                "rows": _row_span(known if pd.isna(first) else first, last, ground.dates),
            }
        )
    return {"flows": flows}


def _row_span(first: Any, last: Any, dates: pd.DatetimeIndex) -> list[int]:
    """Return the first and last row of an interval [first, last); an unknown end is open."""
    ends = row_ends(dates)
    start = 0 if pd.isna(first) else int(ends.searchsorted(first, side="right"))
    stop = len(dates) - 1 if pd.isna(last) else int(dates.searchsorted(last)) - 1
    return [start, stop]


@PAGES.register("graph_ties")
def ties_of(layer: GraphTies, rows: Sequence[GraphTies], ground: PageGround) -> dict[str, Any]:  # noqa: ARG001
    """Return the ties of a graph as lines, one mark for each kind."""

    def draw(shown: GraphTies) -> Any:
        if shown.graph.points is None:
            raise DataError("layers: the graph has no coordinates", fix="build the graph from a table of cities")
        for key, ties in zip(shown.legend(), shown.graph.ties.values(), strict=True):
            pairs = np.unique(np.sort(np.column_stack([ties.sources, ties.indices]), axis=1), axis=0)
            yield key, gpd.GeoSeries(shapely.linestrings(shown.graph.points[pairs]), crs=WGS84)

    return ground.marks(rows, draw)
