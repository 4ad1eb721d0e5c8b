"""The data of a page: checked, the same for both engines, and no more than counts by place and date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...arrow_layers import DRAWN_FROM, LEAST, Arrows
from ...errors import DataError, shorten_list
from ...layers import Circles, Layer, Points, Regions, Responses
from ...tables import check_cities, check_interventions, check_panel, check_regions
from ..frames import Frame, Show, date_labels, frames_of, row_ends, shown_values
from ..style.classes import Classes, classify, ramp
from ..style.text import MOST_TEXT, cut, fill, player_words, projection_text, words_for_page
from ..style.theme import DEFAULT_CMAP
from .page_layers import PageGround, layer_payload, page_names
from .shapes import Plane, Shapes, context_shapes, middles, on_plane, rings

Payload = dict[str, Any]
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


def spread_payload(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
    tree: Any,
    interventions: pd.DataFrame | None,
    context: gpd.GeoDataFrame | None,
    title: str | None,
    note: str | None,
    attribution: str | None,
    tiles: Mapping[str, Any] | None,
    labels: Mapping[str, str] | None,
    lang: str,
    merged_below: int | None,
    layers: Sequence[Layer] = (),
    look: Look = DEFAULT_LOOK,
) -> Payload:
    """Return the data of a page, with dates in the current language; see `spread_map` for parameters and errors."""
    _check(panel, regions, cities, city_panel, interventions)
    dates = pd.DatetimeIndex(panel.index)
    words = player_words(lang, labels, [] if interventions is None else list(dict.fromkeys(interventions["kind"])))
    words["now"] = words[next((word for days, word in _STEPS if _step_days(dates) >= days), "that_time")]
    full = panel.reindex(columns=regions.index)
    shown: list[Layer] = [Regions(full, classify(full.to_numpy(dtype=float, na_value=np.nan)))]
    if cities is not None:
        shown.append(Points(cities) if city_panel is None else Circles.of(cities, city_panel))
    shown += [] if tree is None else [Arrows.of(tree, dates, row_ends(dates), LEAST)]
    shown += [] if interventions is None else [Responses(interventions)]
    shown += layers
    steps = frames_of(shown, dates)
    short = date_labels(dates, first_only=True)
    ground, shapes = _ground(dates, regions, words, lang, mercator=tiles is not None)
    ground = replace(ground, cities=cities)
    page = _map_payload(ground, shapes, context, tiles) | layer_payload(shown, steps, ground)
    page["views"] = _views(full, words, look)
    if look.at_least != DRAWN_FROM:
        page["least"] = look.at_least
    page |= {
        "dates": [step.label for step in steps],
        "short": short,
        "ticks": _tick_rows(dates),
        "title": cut(title) if title is not None else words["title"],
        "subtitle": f"{short[0]} – {short[-1]}" if len(short) > 1 else short[0],
    }
    facts = [_projection_note(ground.plane, words), _classes_note(page["views"], words)]
    if full.isna().to_numpy().any():
        facts.append(words["hatched"])
    if merged_below is not None:
        facts.append(fill(words["merged"], n=merged_below))
    page["notes"] = _notes(note, facts, attribution)
    page["words"] = words_for_page(words)
    return page


def choropleth_payload(
    values: FloatArray,
    regions: gpd.GeoDataFrame,
    *,
    value_name: str | None,
    classes: Classes,
    context: gpd.GeoDataFrame | None,
    title: str | None,
    note: str | None,
    attribution: str | None,
    tiles: Mapping[str, Any] | None,
    labels: Mapping[str, str] | None,
    lang: str,
    layers: Sequence[Layer] = (),
) -> Payload:
    """Return the data of the page of a choropleth; see `choropleth_map`."""
    words = player_words(lang, labels, [])
    words |= {
        "events": cut(value_name) if value_name else words["value"],
        "now": "",
        "not_observed": words["no_data"],
        "none": words["zero"],
    }
    ground, shapes = _ground(pd.DatetimeIndex([]), regions, words, lang, mercator=tiles is not None)
    shown = [Regions(pd.Series(values, regions.index), classes), *layers]
    page = _map_payload(ground, shapes, context, tiles)
    page |= layer_payload(shown, [Frame(pd.Timestamp(0), "", tuple(shown))], ground) | {
        "views": [_view("day", "", classes)],
        "dates": [""],
        "short": [""],
        "ticks": [0],
        "title": cut(title) if title is not None else words["events"],
        "subtitle": "",
    }
    page["notes"] = _notes(note, [_projection_note(ground.plane, words)], attribution)
    page["words"] = words_for_page(words)
    return page


def _ground(
    dates: pd.DatetimeIndex, regions: gpd.GeoDataFrame, words: Mapping[str, str], lang: str, *, mercator: bool
) -> tuple[PageGround, Shapes]:
    """Return the ground of a page, and the regions on its plane."""
    plane = Plane.of(regions, tiles=mercator)
    shapes, grid = on_plane(regions, plane)
    return PageGround(dates, regions, None, plane, grid, words, lang), shapes


def _map_payload(
    ground: PageGround, shapes: Shapes, context: gpd.GeoDataFrame | None, tiles: Mapping[str, Any] | None
) -> Payload:
    plane, grid = ground.plane, ground.grid
    page: Payload = {
        "lang": ground.lang,
        "plane": plane.parameters(),
        "grid": {
            "x": grid.left + plane.offset,
            "y": grid.top,
            "step": grid.step,
            "width": grid.width,
            "height": grid.height,
        },
        "regions": {
            "names": page_names(ground.regions, ground.lang),
            "middles": grid.units(middles(shapes, 8 * grid.step)).ravel().tolist(),
            **rings(shapes, grid),
        },
    }
    if context is not None:
        page["context"] = context_shapes(context, plane, grid)
    if tiles is not None:
        page["tiles"] = dict(tiles)
    return page


def _check(panel: Any, regions: Any, cities: Any, city_panel: Any, interventions: Any) -> None:
    check_panel(panel)
    check_regions(regions)
    if cities is not None:
        check_cities(cities)
    if city_panel is not None:
        check_panel(city_panel)
    if interventions is not None:
        check_interventions(interventions, regions)
    faults = [] if len(panel) else ["panel must have at least one date; the panel is empty"]
    unknown = [place for place in panel.columns if place not in regions.index]
    faults += [f"panel has columns that are not in regions: {shorten_list(unknown)}"] if unknown else []
    if city_panel is not None and cities is None:
        faults.append("cities must be passed together with city_panel; got None")
    elif city_panel is not None:
        strange = [place for place in city_panel.columns if place not in cities.index]
        faults += [f"city_panel has columns that are not in cities: {shorten_list(strange)}"] if strange else []
        if not city_panel.index.equals(panel.index):
            faults.append("city_panel must have the dates of panel")
    if faults:
        raise DataError(
            "the tables of spread_map do not fit",
            faults,
            "make city_panel with count_events(events, cities) and panel with aggregate_panel(city_panel, cities['region_id'])",
        )


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


def _projection_note(plane: Plane, words: Mapping[str, str]) -> str:
    return words["mercator"] if plane.mercator else fill(words["equal_area"], projection=projection_text(plane.crs))


def _classes_note(views: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    classes = "; ".join(f"{view['name']}: {', '.join(view['labels'])}" for view in views)
    return fill(words["classes"], classes=classes)


def _notes(note: str | None, facts: Sequence[str], attribution: str | None) -> list[str]:
    """Return the notes below a map: the user's note, facts about the map, and the source of the data."""
    texts = [cut(note, MOST_TEXT) if note else "", " ".join(facts), cut(attribution, MOST_TEXT) if attribution else ""]
    return [text for text in texts if text]
