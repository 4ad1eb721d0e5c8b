"""The data of a page, the same for both engines and no more than counts by place and date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from ...arrays import FloatArray
from ...arrow_layers import DRAWN_FROM, LEAST, Arrows, Flows, tie_table
from ...ensembles.figures import PossibleSpreads
from ...layers import PAGES, Circles, Layer, Points, Responses
from ..frames import Frame, date_labels, frames_of, row_ends
from ..layout.insets import Insets
from ..maps.flows import checked_senders
from ..style.classes import Classes
from ..style.text import MOST_TEXT, Language, cut, fill, projection_text
from . import page_layers
from .content import active_cities, all_dates, dates_of, ensemble_of, on_dates, step_days, story_of, types_of
from .encoding import Plane, context_shapes, middles, on_plane, rings
from .page_ground import PageGround
from .tiles import tiles_of
from .views import Look, chance_view, view_of, views_of

Payload = dict[str, Any]
_ON_PAGE = (
    "events", "now", "so_far", "reached_of", "joined_of", "observed", "of", "of_regions", "none", "zero", "not_observed", "shows", "circles", "dots", "ring",
    "small", "arrows", "probability", "least", "outside", "in_force", "everywhere", "more", "play", "pause", "back", "forward", "speed", "loop",
    "date", "zoom_in", "zoom_out", "fit", "map", "timeline", "table", "region", "city", "shown", "keys", "at_least", "in_window", "find", "theme",
    "share", "close", "copy_link", "copy_embed", "copy_row", "copied", "not_copied", "picture", "counts", "share_note", "per_people",
    "events_rate", "first_long", "not_yet", "lower", "people", "first", "rank", "before", "after", "others", "alone", "inferred", "cities",
    "types", "layers", "about", "story", "steps", "start", "next", "previous", "window_clear", "flows", "share_people", "share_regions", "enlarge", "most_active",
)  # fmt: skip
_ON_ENSEMBLES = (
    "no_value", "chance_by", "chance_discs", "simulated", "places_reached", "spreads", "fan_key", "line_key",
)  # fmt: skip
_STEPS = ((360, "that_year"), (28, "that_month"), (7, "that_week"), (1, "that_day"))
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
    theme: str = "auto"
    height: int = 680
    insets: Insets = "auto"
    frame: gpd.GeoDataFrame | None = None  # the map is around these places if there are no regions

    @property
    def around(self) -> gpd.GeoDataFrame:
        """What the map is around: the regions, or the cities if there are none."""
        return self.regions if len(self.regions) or self.frame is None else self.frame

    @property
    def language(self) -> Language:
        """The language of dates and classes; `player_words` has checked it."""
        return Language(self.lang, self.labels or {})


@dataclass(frozen=True, eq=False)
class Content:
    """What a page shows besides the panel of regions; see `spread_map`."""

    cities: gpd.GeoDataFrame | None = None
    city_panel: pd.DataFrame | None = None
    tree: Any = None
    interventions: pd.DataFrame | None = None
    flows: pd.DataFrame | None = None
    by: Mapping[str, pd.DataFrame] | None = None
    story: Sequence[Any] | None = None
    merged_below: int | None = None
    ensemble: Any = None
    ensemble_note: str | None = None

    def drawn(self, regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
        """Return the cities to draw."""
        if self.cities is None or self.city_panel is None or len(regions):
            return self.cities
        needed = {step[1] for step in self.story or () if isinstance(step, list | tuple) and len(step) == 3}
        if self.ensemble is not None:
            needed |= set(self.ensemble.places)
        if self.tree is not None:
            needed |= set(tie_table(self.tree)[["source", "target"]].to_numpy().ravel())
        return active_cities(self.cities, self.city_panel, needed)


def spread_payload(
    panel: pd.DataFrame, page: PageOptions, words: Mapping[str, str], content: Content, look: Look
) -> Payload:
    """Return the data of a page, with dates in the current language; see `spread_map` for parameters and errors."""
    if content.ensemble is not None:
        panel, content = _with_dates_of(content.ensemble, panel, content)
    dates = pd.DatetimeIndex(panel.index)
    now = next((word for days, word in _STEPS if step_days(dates) >= days), "that_time")
    words = {**words, "now": words[now]}
    full = panel.reindex(columns=page.regions.index)
    cities = content.drawn(page.regions)
    shown = [*_layers(cities, content, dates), *page.layers]
    steps = frames_of(shown, dates)
    own = dates_of(dates)
    of = full if len(page.regions) or content.city_panel is None else content.city_panel
    views = views_of(of, words, look, own["short"], _people(page.regions))
    named = "; ".join(f"{view['name']}: {', '.join(view['labels'])}" for view in views if view["key"] != "first")
    facts = [fill(words["classes"], classes=named)] if len(page.regions) else []
    facts += [words["hatched"]] if of.isna().to_numpy().any() else []
    facts += [] if content.merged_below is None else [fill(words["merged"], n=content.merged_below)]
    labels = date_labels(dates)
    numbers = _numbers(cities, page.regions)
    own |= {
        "values": page_layers.values_of(full),
        "views": views,
        **({} if look.at_least == DRAWN_FROM else {"least": look.at_least}),
        "dates": labels,
        "title": words["title"],
        "subtitle": f"{labels[0]} – {labels[-1]}" if len(labels) > 1 else labels[0],
        "notes": facts,
    }
    if content.by is not None:
        own["types"] = types_of(content.by, panel, page.regions, cities, content.city_panel)
    if content.story is not None:
        own["story"] = story_of(content.story, dates, numbers)
    if content.ensemble is not None:
        tables = full, page.regions, content.city_panel, cities
        own["ensemble"] = ensemble_of(content.ensemble, *tables, note=content.ensemble_note, words=words)
        chances = chance_view(len(content.ensemble), words)
        own["views"] = sorted([*views, chances], key=lambda view: view["key"] != look.show)
        own["notes"] = [own["ensemble"]["note"], *facts]
    return _payload(page, words, shown, steps, cities, own)


def _with_dates_of(ensemble: PossibleSpreads, panel: pd.DataFrame, content: Content) -> tuple[pd.DataFrame, Content]:
    """Return the tables with the dates of the ensemble added as not observed."""
    dates = all_dates(panel, ensemble)
    by: Any = content.by  # checked later
    by = {kind: on_dates(part, dates) for kind, part in by.items()} if isinstance(by, Mapping) else by
    city_panel = None if content.city_panel is None else on_dates(content.city_panel, dates)
    return on_dates(panel, dates), replace(content, by=by, city_panel=city_panel)


def _layers(cities: gpd.GeoDataFrame | None, content: Content, dates: pd.DatetimeIndex) -> list[Layer]:
    found: list[Layer] = []
    if cities is not None:
        found.append(Points(cities) if content.city_panel is None else Circles.of(cities, content.city_panel))
    found += [] if content.tree is None else [Arrows.of(content.tree, dates, row_ends(dates), LEAST)]
    found += [] if content.interventions is None else [Responses(content.interventions)]
    if content.flows is not None:
        senders = checked_senders(content.flows)
        found.append(Flows(content.flows, [cut(name) for name in senders]))
    return found


def _numbers(cities: gpd.GeoDataFrame | None, regions: gpd.GeoDataFrame) -> dict[Any, int]:
    """Return the number of each place by id and of each region by name, cities first; a city comes before a region."""
    return {
        place: i for i, place in reversed([*enumerate([*([] if cities is None else cities.index), *regions.index])])
    }


def _people(regions: gpd.GeoDataFrame) -> pd.Series | None:
    """Return the people of each region if all are known."""
    people = [n for n in page_layers.people_of(regions).get("population", []) if n]
    return pd.Series(people, regions.index, dtype=float) if len(regions) and len(people) == len(regions) else None


def choropleth_payload(
    values: FloatArray, page: PageOptions, words: Mapping[str, str], name: object, classes: Classes
) -> Payload:
    """Return the data of the page of a choropleth; see `choropleth_map`."""
    events = cut(name) if isinstance(name, str) and name else words["value"]
    words = {**words, "events": events, "now": "", "not_observed": words["no_data"], "none": words["zero"]}
    shown = [*page.layers]
    views = [view_of("day", "", classes)]
    once = {"dates": [""], "short": [""], "day": [""], "ticks": [0]}
    own = {
        "values": page_layers.values_of(values),
        "views": views,
        **once,
        "title": events,
        "subtitle": "",
        "notes": [],
    }
    return _payload(page, words, shown, [Frame(pd.Timestamp(0), "", tuple(shown))], None, own)


def _payload(
    page: PageOptions,
    words: Mapping[str, str],
    shown: Sequence[Layer],
    steps: Sequence[Frame],
    cities: gpd.GeoDataFrame | None,
    own: Payload,
) -> Payload:
    """Return the data of a page: the map, its layers and what is its own, with facts for the note below."""
    regions = page.regions
    plane = Plane.of(page.around, tiles=page.tiles is not None, insets=page.insets if len(regions) else None)
    shapes, grid = on_plane(regions, plane, page.around)
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
        "theme": page.theme,
        "height": page.height,
        "plane": plane.parameters(),
        "grid": grid.parameters(plane.offset),
        "regions": {
            **_named(regions, page.lang),
            "middles": grid.units(middles(shapes, 8 * grid.step)).ravel().tolist(),
            **rings(shapes, grid),
        },
        **({} if page.context is None else {"context": context_shapes(page.context, plane, grid)}),
        **({"insets": plane.boxes(grid)} if plane.insets else {}),
        **({} if page.tiles is None else {"tiles": tiles_of(page.tiles)}),
        **layer_payload(shown, steps, ground),
        **own,
        "title": own["title"] if page.title is None else cut(page.title),
        "notes": [note for note in notes if note],
        "words": {word: words[word] for word in (*_ON_PAGE, *(_ON_ENSEMBLES if "ensemble" in own else ()))},
    }


def _named(regions: gpd.GeoDataFrame, lang: str) -> Payload:
    names = page_layers.page_names(regions, lang)
    return {"names": names} | page_layers.people_of(regions) | page_layers.other_names(regions, names)


def layer_payload(layers: Sequence[Layer], steps: Sequence[Frame], ground: PageGround) -> dict[str, Any]:
    """Return the data of all layers of a page."""
    page: dict[str, Any] = {"lanes": []}
    for number, layer in enumerate(layers):
        part = PAGES.of(layer)(layer, [step.layers[number] for step in steps], ground)
        marks = [*page.get("marks", []), *part.get("marks", [])]
        page |= part | ({"marks": marks} if marks else {})
    return page
