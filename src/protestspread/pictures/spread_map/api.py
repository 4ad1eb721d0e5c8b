"""Interactive maps for the browser: `spread_map` and `choropleth_map`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import pandas as pd

from ...arguments import Arguments
from ...ensembles.ensemble import Ensemble
from ...errors import DataError
from ...geodesy import WGS84
from ...layers import Layer
from ...tables import check_panel
from ..layout.insets import Insets
from ..maps.choropleth import region_values
from ..style.classes import Classes, classify
from ..style.options import ask_for_credit, check_options
from ..style.text import player_words, speaking
from ..style.theme import DEFAULT_CMAP
from .assemble import Film, map_of, spread_page
from .merging import merge_small
from .payload import Content, PageOptions, choropleth_payload
from .views import Look

if TYPE_CHECKING:
    from .folium_map import SpreadMap

Engine = Literal["auto", "folium", "canvas"]
Theme = Literal["auto", "light", "dark"]


def spread_map(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame | None = None,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    by: Mapping[str, pd.DataFrame] | None = None,
    tree: Any = None,
    interventions: pd.DataFrame | None = None,
    flows: pd.DataFrame | None = None,
    story: Sequence[tuple[Any, str | None, str]] | None = None,
    ensemble: Ensemble | None = None,
    ensemble_note: str | None = None,
    show: Literal["day", "so_far", "window", "first", "probability"] = "day",
    window_days: int = 7,
    classes: Classes | None = None,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    cmap: str = DEFAULT_CMAP,
    context: gpd.GeoDataFrame | None = None,
    insets: Insets = "auto",
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    theme: Theme = "auto",
    height: int = 680,
    tiles: Any = None,
    engine: Engine = "auto",
    labels: Mapping[str, str] | None = None,
    lang: str = "en",
    min_count: int | None = None,
    layers: Sequence[Layer] = (),
) -> "SpreadMap":
    """Show the spread of protest as one HTML file that works offline and plays it date by date.

    Readers choose what the colors show (the date, the last days, so far, the first day of each region; counts or rates per
    100,000 people), brush a window of dates, pin a place to see its own course, search, filter by type of event, follow a
    story, share a link to what they see, and take away a picture and the counts.

    Parameters
    ----------
    panel
        One row per date, one column per region; without ``regions``, one column per city. NaN means not observed: such days
        are hatched, and sums over them are lower bounds.
    regions
        Regions to draw, in an equal-area projection unless ``tiles`` are given. With ``lang="ru"``, names are taken from a
        column ``name_ru`` if there is one. With a column ``population``, rates can be shown.
    cities
        Cities, drawn as dots or, with ``city_panel``, as circles with an area proportional to the count so far. Without
        regions, cities without events are left out. At most 1,500 are drawn at a time: the most active in view.
    city_panel
        Counts of cities, with the dates of ``panel`` and one column per city.
    by
        Counts by type of event: one panel for each type, of the cities if there is a ``city_panel``, else of the regions.
        They must add up to it, as in `plot_curve`.
    tree
        Inferred spread between cities or regions, drawn as arrows that appear on their date; the width is the probability.
        A table ``source, target, date, probability``, or an object with such a ``table`` or ``to_frame()``. A missing source
        means from outside, and has no arrow.
    interventions
        Interventions: kinds with the most region-days are lanes above the curve, as high as the share of people who live
        where they were in force (see `share_in_force`); all kinds in force are listed.
    flows
        Flows, such as troops, drawn from their start to their end (see `plot_flows`).
    story
        Steps ``(date, place or None, text)`` through which readers are led; a place is a city or a region. Plain text.
    ensemble, ensemble_note
        Simulated spreads of cities or of regions of the map, and what was fitted to what, in plain text: "SI fitted to 2–4
        January". The observed course of their places stands in the fan of the simulated ones (median, middle 50% and 90%):
        events if the ensemble counts events, else places that joined; and a view shows the probability that a place has been
        reached by a date (a region: that any of its cities has). Dates of the ensemble beyond those of ``panel`` are added
        as not observed.
    show, window_days
        What the page shows first, and the length of its window of dates; "first": the first day of each region;
        "probability": that of the ensemble.
    classes, scheme, k, cmap
        Classes and colors of counts, as in `plot_choropleth`; ``classes`` are those of the view ``show``. Pass the same to
        several maps to give them one legend.
    context
        Neighboring countries and water around the regions: ``case.context``.
    insets
        Far parts of the regions in boxes of their own: "auto", boxes by name in degrees ``{"Alaska": (west, south, east,
        north)}``, or None. Maps with tiles have none.
    title, note, attribution
        Plain text. The projection and the classes are added to the note.
    theme
        "auto": light or dark as the screen of the reader. Readers can change it.
    height
        Height of the map in notebooks and other pages, in pixels. A page of its own fills the window.
    tiles
        A tile provider known to folium, or a ``folium.TileLayer``. Tiles need the network and are not equal-area.
    engine
        "canvas": a small file without libraries. "folium": Leaflet is part of the file. "auto": "canvas", or "folium" once
        layers were added to the map or tiles are given. The map has the same functions in each.
    labels
        Words of the player to replace: ``{"events": "Strikes"}``.
    lang
        "en", "ru" or "kk"; other languages need ``labels``.
    min_count
        Merge every place with at least one but fewer than ``min_count`` events over all dates with a neighbor.
    layers
        More layers to draw above the regions (`protestspread.layers.Layer`).

    Returns
    -------
    SpreadMap
        A ``folium.Map``. ``.save("spread.html")`` writes the page, ``.save("spread.png")`` a still, ``.save("spread.gif")``
        or ``".mp4"`` an animation; ``.to_html()`` returns the page.

    Raises
    ------
    SchemaError
        A table does not have the required form.
    DataError
        The tables do not fit each other, or an option is not valid.
    FileError
        Leaflet is not installed.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> city_panel = ps.count_events(case.events, case.cities)
    >>> panel = ps.aggregate_panel(city_panel, case.cities["region_id"])
    >>> story = [("2022-01-02", "Zhanaozen", "Drivers protest against the price of gas."), ("2022-01-05", None, "All regions.")]
    >>> ps.spread_map(panel, case.regions, cities=case.cities, city_panel=city_panel, story=story)
    <SpreadMap: 17 regions, 1 Jan 2022 to 8 Jan 2022; .save('map.html')>

    Without regions, the map shows cities:

    >>> ps.spread_map(city_panel, cities=case.cities, context=case.context)
    <SpreadMap: 40 cities, 1 Jan 2022 to 8 Jan 2022; .save('map.html')>
    """
    _check_page(engine, tiles, theme, height)
    check_options(
        context=context, title=title, note=note, attribution=attribution, layers=layers, window_days=window_days,
        classes=classes, k=k, cmap=cmap, insets=insets,
    )  # fmt: skip
    _check_ensemble(show, ensemble, ensemble_note, min_count)
    if regions is None:
        city_panel, panel, regions = _without_regions(panel, cities, city_panel)
    tables: dict[str, Any] = {"cities": cities, "city_panel": city_panel, "tree": tree, "interventions": interventions}
    if min_count is not None:
        if by is not None:
            raise DataError(
                "by cannot be combined with min_count: counts by type could be below it", fix="omit by, or min_count"
            )
        words = player_words(lang, labels, [])
        panel, regions, *merged = merge_small(panel, regions, **tables, min_count=min_count, words=words)
        tables = dict(zip(tables, merged, strict=True))
    content = Content(
        **tables,
        flows=flows,
        by=by,
        story=story,
        merged_below=min_count,
        ensemble=ensemble,
        ensemble_note=ensemble_note,
    )
    look = Look(show, window_days, classes, cmap, scheme=scheme, k=k)
    page = {
        "context": context, "insets": insets, "title": title, "note": note, "attribution": attribution, "layers": layers,
        "lang": lang, "labels": labels,
    }  # fmt: skip
    film = _film(panel, regions, content, look, **page)
    return spread_page(
        panel, regions, content, look, film=film, tiles=tiles, engine=engine, theme=theme, height=height, **page
    )


def _film(panel: pd.DataFrame, regions: gpd.GeoDataFrame, content: Content, look: Look, **page: Any) -> Film | None:
    """Return a function that writes the animation of a map; None for a map without regions."""
    if not len(regions):
        return None

    def film(path: Path) -> None:
        from ..animation.page_film import film_of_page

        film_of_page(
            panel, regions, cities=content.cities, city_panel=content.city_panel, tree=content.tree,
            interventions=content.interventions, show="day" if look.show in ("first", "probability") else look.show,
            window_days=look.window_days, classes=look.classes, scheme=look.scheme, k=look.k, cmap=look.cmap, **page,
        ).save(path)  # fmt: skip

    return film


def _without_regions(
    panel: pd.DataFrame, cities: gpd.GeoDataFrame | None, city_panel: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, gpd.GeoDataFrame]:
    """Return the panel of cities, an empty panel of regions, and no regions."""
    if cities is None:
        raise DataError(
            "regions and cities are both None", fix="pass regions, or cities with a panel of cities, or both"
        )
    check_panel(panel)
    none = gpd.GeoDataFrame({"name": []}, geometry=[], crs=WGS84, index=pd.Index([], name="region_id", dtype=object))
    return panel if city_panel is None else city_panel, panel.iloc[:, :0], none


def choropleth_map(
    values: pd.Series,
    regions: gpd.GeoDataFrame,
    *,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    context: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    tiles: Any = None,
    insets: Insets = "auto",
    theme: Theme = "auto",
    height: int = 680,
    engine: Engine = "auto",
    labels: Mapping[str, str] | None = None,
    lang: str = "en",
    layers: Sequence[Layer] = (),
) -> "SpreadMap":
    """Show one value per region as one HTML file, with the appearance and safety of `spread_map`.

    Parameters
    ----------
    values
        Region -> value. NaN and regions without a value are hatched. The name of the series is the title of the legend.
    regions
        See `spread_map`, also for the parameters not listed here.
    scheme, k, classes
        See `classify`. Pass the same ``classes`` to several maps to give them one legend.

    Returns
    -------
    SpreadMap
        A ``folium.Map``.

    Raises
    ------
    SchemaError, DataError, FileError
        See `spread_map`.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.choropleth_map(case.regions["population"], case.regions)
    <SpreadMap: 17 regions; .save('map.html')>
    """
    _check_page(engine, tiles, theme, height)
    check_options(
        k=k, classes=classes, context=context, insets=insets, title=title, note=note, attribution=attribution, layers=layers
    )  # fmt: skip
    numbers = region_values(values, regions)
    ask_for_credit(values, attribution)
    page = PageOptions(
        regions, context, title, note, attribution, tiles, engine, labels, lang, layers, theme, height, insets
    )
    words = player_words(lang, labels, [])
    with speaking(page.language):
        shown = classes or classify(numbers, scheme=scheme, k=k)
        payload = choropleth_payload(numbers, page, words, values.name, shown)
    return map_of(payload, page, words, lambda: {"values": values, "classes": shown})


def _check_ensemble(show: Any, ensemble: Any, note: Any, min_count: Any) -> None:
    with Arguments("pass an ensemble of simulate_many, with a note as text, and without min_count") as check:
        check.choice("show", show, ["day", "so_far", "window", "first", "probability"])
        check.text("ensemble_note", note, optional=True)
        if ensemble is not None:
            check.instance("ensemble", ensemble, Ensemble, "an Ensemble")
        elif show == "probability":
            check.fault("show must be another view where there is no ensemble; got 'probability'")
        if ensemble is not None and min_count is not None:
            check.fault("ensemble cannot be combined with min_count: its places could be merged")


def _check_page(engine: Any, tiles: Any, theme: Any, height: Any) -> None:
    with Arguments() as check:
        check.choice("engine", engine, ["auto", "folium", "canvas"])
        check.choice("theme", theme, ["auto", "light", "dark"])
        check.whole("height", height, at_least=300, at_most=4_000)
    if engine == "canvas" and tiles is not None:
        raise DataError(
            "engine must be 'auto' or 'folium' for a map with tiles; got 'canvas'",
            fix="omit engine, or pass no tiles",
        )
