"""The data of a page, the same for both engines and no more than counts by place and date, and the painters of its layers."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...arrow_layers import DRAWN_FROM, LEAST, Arrows
from ...layers import PAGES, Circles, Layer, Points, Regions, Responses
from ..frames import Frame, Show, date_labels, frames_of, row_ends, shown_values
from ..interventions_by_kind import intervention_spans
from ..style.classes import Classes, classify, ramp
from ..style.text import MOST_TEXT, Language, cut, fill, projection_text
from ..style.theme import DEFAULT_CMAP, intervention_color
from .encoding import PageGround, Plane, context_shapes, middles, on_plane, pack, rings
from .tiles import tiles_of

Payload = dict[str, Any]
_ON_PAGE = (
    "events", "now", "so_far", "reached", "observed", "of", "none", "not_observed", "shows", "circles", "dots", "ring", "small", "arrows",
    "probability", "least", "outside", "in_force", "everywhere", "more", "play", "pause", "back", "forward", "speed", "loop", "date", "zoom_in",
    "zoom_out", "fit", "map", "timeline", "table", "region", "city", "shown", "keys",
)  # fmt: skip
EVERYWHERE = -1
_MOST_ARROWS = 5_000
_STEPS = ((360, "that_year"), (28, "that_month"), (7, "that_week"), (1, "that_day"))


@dataclass(frozen=True)
class Look:
    """The initial view of a page; an animation saved as HTML sets it.

    Attributes
    ----------
    show, window_days
        The initial view; see `frames`.
    classes
        Classes of that view. By default, `classify` chooses them.
    cmap
        Colormap of all views.
    at_least
        Smallest probability of an arrow.
    """

    show: Show = "day"
    window_days: int = 7
    classes: Classes | None = None
    cmap: str = DEFAULT_CMAP
    at_least: float = DRAWN_FROM


DEFAULT_LOOK = Look()


@dataclass(frozen=True, eq=False)
class PageOptions:
    """What a page has besides its data; see `spread_map`."""

    regions: gpd.GeoDataFrame
    context: gpd.GeoDataFrame | None = None
    title: str | None = None
    note: str | None = None
    attribution: str | None = None
    tiles: Any = None
    engine: str = "canvas"
    labels: Mapping[str, str] | None = None
    lang: str = "en"
    layers: Sequence[Layer] = ()

    @property
    def language(self) -> Language:
        """The language of dates and classes; `player_words` has checked it."""
        return Language(self.lang, self.labels or {})


def spread_payload(
    panel: pd.DataFrame,
    page: PageOptions,
    words: Mapping[str, str],
    *,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
    tree: Any,
    interventions: pd.DataFrame | None,
    merged_below: int | None,
    look: Look,
) -> Payload:
    """Return the data of a page, with dates in the current language; see `spread_map` for parameters and errors."""
    dates = pd.DatetimeIndex(panel.index)
    now = next((word for days, word in _STEPS if _step_days(dates) >= days), "that_time")
    words = {**words, "now": words[now]}
    full = panel.reindex(columns=page.regions.index)
    shown: list[Layer] = [Regions(full, classify(full.to_numpy(dtype=float, na_value=np.nan)))]
    if cities is not None:
        shown.append(Points(cities) if city_panel is None else Circles.of(cities, city_panel))
    shown += [] if tree is None else [Arrows.of(tree, dates, row_ends(dates), LEAST)]
    shown += [] if interventions is None else [Responses(interventions)]
    shown += page.layers
    steps = frames_of(shown, dates)
    views, short = _views(full, words, look), date_labels(dates, first_only=True)
    facts = [
        fill(words["classes"], classes="; ".join(f"{view['name']}: {', '.join(view['labels'])}" for view in views))
    ]
    facts += [words["hatched"]] if full.isna().to_numpy().any() else []
    facts += [] if merged_below is None else [fill(words["merged"], n=merged_below)]
    own = {
        "views": views,
        **({} if look.at_least == DRAWN_FROM else {"least": look.at_least}),
        "dates": [step.label for step in steps],
        "short": short,
        "ticks": _tick_rows(dates),
        "title": words["title"],
        "subtitle": f"{short[0]} – {short[-1]}" if len(short) > 1 else short[0],
        "notes": facts,
    }
    return _payload(page, words, shown, steps, cities, own)


def choropleth_payload(
    values: FloatArray, page: PageOptions, words: Mapping[str, str], name: object, classes: Classes
) -> Payload:
    """Return the data of the page of a choropleth; see `choropleth_map`."""
    events = cut(name) if isinstance(name, str) and name else words["value"]
    words = {**words, "events": events, "now": "", "not_observed": words["no_data"], "none": words["zero"]}
    shown = [Regions(pd.Series(values, page.regions.index), classes), *page.layers]
    views = [_view("day", "", classes)]
    own = {"views": views, "dates": [""], "short": [""], "ticks": [0], "title": events, "subtitle": "", "notes": []}
    return _payload(page, words, shown, [Frame(pd.Timestamp(0), "", tuple(shown))], None, own)


def _step_days(dates: pd.DatetimeIndex) -> float:
    return float(np.median((row_ends(dates) - dates) / pd.Timedelta(days=1)))


def _tick_rows(dates: pd.DatetimeIndex) -> list[int]:
    """Return the rows that may be labeled below the curve; for many days, the first of each month."""
    firsts = np.flatnonzero(dates.day == 1)
    return firsts.tolist() if len(firsts) > 2 and _step_days(dates) < 2 else list(range(len(dates)))


def _views(panel: pd.DataFrame, words: Mapping[str, str], look: Look) -> list[dict[str, Any]]:
    """Return the views of the panel, the initial one first."""
    dates = pd.DatetimeIndex(panel.index)
    names: dict[Show, str] = {"day": words["now"]}
    if not (panel < 0).any(axis=None) and len(dates) > 1:
        names["so_far"] = words["so_far"]
    names[look.show] = names.get(look.show) or fill(words["window"], n=look.window_days)
    views = []
    for show, name in sorted(names.items(), key=lambda item: item[0] != look.show):
        own = look.classes if show == look.show else None
        shown = shown_values(panel, show=show, window_days=look.window_days)
        classes = own or classify(shown.to_numpy(dtype=float, na_value=np.nan))
        views.append(_view(show, name, classes, look.cmap))
        if show == "window":  # the first row of each window
            starts = dates.searchsorted(dates - pd.Timedelta(days=look.window_days), side="right")
            views[-1]["from"] = starts.tolist()
    return views


def _view(key: str, name: str, classes: Classes, cmap: str = DEFAULT_CMAP) -> dict[str, Any]:
    colors = ramp(classes.k, cmap)
    dark = colors[::-1] if classes.k > 1 else colors  # on a dark background, low values are dark
    return {
        "key": key,
        "name": name,
        "upper": list(classes.upper),
        "labels": list(classes.labels),
        "zero": classes.zero,
        "colors": colors,
        "dark": dark,
    }


def _payload(
    page: PageOptions,
    words: Mapping[str, str],
    shown: Sequence[Layer],
    steps: Sequence[Frame],
    cities: gpd.GeoDataFrame | None,
    own: Payload,
) -> Payload:
    """Return the data of a page: the map, its layers and what is its own, with facts for the note below."""
    regions, plane = page.regions, Plane.of(page.regions, tiles=page.tiles is not None)
    shapes, grid = on_plane(regions, plane)
    dates = pd.DatetimeIndex([step.date for step in steps])
    ground = PageGround(dates, regions, cities, plane, grid, words, page.lang)
    projection = "mercator" if plane.mercator else "equal_area"
    facts = [fill(words[projection], projection=projection_text(plane.crs)), *own["notes"]]
    notes = (
        page.note and cut(page.note, MOST_TEXT),
        " ".join(facts),
        page.attribution and cut(page.attribution, MOST_TEXT),
    )
    return {
        "lang": page.lang,
        "plane": plane.parameters(),
        "grid": grid.parameters(plane.offset),
        "regions": {
            "names": page_names(regions, page.lang),
            "middles": grid.units(middles(shapes, 8 * grid.step)).ravel().tolist(),
            **rings(shapes, grid),
        },
        **({} if page.context is None else {"context": context_shapes(page.context, plane, grid)}),
        **({} if page.tiles is None else {"tiles": tiles_of(page.tiles)}),
        **layer_payload(shown, steps, ground),
        **own,
        "title": own["title"] if page.title is None else cut(page.title),
        "notes": [note for note in notes if note],
        "words": {word: words[word] for word in _ON_PAGE},
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
