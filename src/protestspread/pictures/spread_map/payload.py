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
