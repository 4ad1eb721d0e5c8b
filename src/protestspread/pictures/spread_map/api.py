"""Interactive maps for the browser: `spread_map` and `choropleth_map`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, shorten_list
from ...layers import Layer
from ...tables import check_cities, check_interventions, check_panel, check_regions
from ..maps.choropleth import plot_choropleth, region_values
from ..style.classes import Classes, classify
from ..style.options import ask_for_credit, check_options, city_panel_faults
from ..style.text import player_words, speaking
from .merging import merge_small
from .payload import DEFAULT_LOOK, Look, PageOptions, Payload, choropleth_payload, spread_payload

if TYPE_CHECKING:
    from .folium_map import SpreadMap

Engine = Literal["folium", "canvas"]


def spread_map(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    tree: Any = None,
    interventions: pd.DataFrame | None = None,
    context: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    tiles: Any = None,
    engine: Engine = "folium",
    labels: Mapping[str, str] | None = None,
    lang: str = "en",
    min_count: int | None = None,
    layers: Sequence[Layer] = (),
) -> "SpreadMap":
    """Show the spread of protest as one HTML file that works offline and plays it date by date.

    Parameters
    ----------
    panel
        One row per date, one column per region. NaN means not observed, and is hatched.
    regions
        Regions to draw, in an equal-area projection unless ``tiles`` are given. With ``lang="ru"``, names are taken from a
        column ``name_ru`` if there is one.
    cities
        Cities, drawn as dots or, with ``city_panel``, as circles with an area proportional to the count so far.
    city_panel
        Counts of cities, with the dates of ``panel`` and one column per city.
    tree
        Inferred spread between cities or regions, drawn as arrows that appear on their date; the width is the probability.
        A table ``source, target, date, probability``, or an object with such a ``table`` or ``to_frame()``. A missing source
        means from outside, and has no arrow.
    interventions
        Interventions: kinds with the most region-days are lanes above the curve; all kinds in force are listed by region.
    context
        Neighboring countries and water around the regions: ``case.context``.
    title, note, attribution
        Plain text. The projection and the classes are added to the note.
    tiles
        A tile provider known to folium, or a ``folium.TileLayer``. Tiles need the network and are not equal-area.
    engine
        "folium": Leaflet is part of the file, and layers can be added. "canvas": a smaller file without libraries.
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
        A ``folium.Map``. ``.save("spread.html")`` writes the page and ``.to_html()`` returns it.

    Raises
    ------
    SchemaError
        A table does not have the required form.
    DataError
        The tables do not fit each other, or ``labels``, ``lang``, ``tiles``, ``engine`` or ``min_count`` is not valid.
    FileError
        Leaflet is not installed.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> city_panel = ps.count_events(case.events, case.cities)
    >>> panel = ps.aggregate_panel(city_panel, case.cities["region_id"])
    >>> ps.spread_map(panel, case.regions, cities=case.cities, city_panel=city_panel)
    <SpreadMap: 17 regions, 1 Jan 2022 to 8 Jan 2022; .save('map.html')>
    """
    _check_engine(engine, tiles)
    check_options(context=context, title=title, note=note, attribution=attribution, layers=layers)
    tables: dict[str, Any] = {"cities": cities, "city_panel": city_panel, "tree": tree, "interventions": interventions}
    if min_count is not None:
        words = player_words(lang, labels, [])
        panel, regions, *merged = merge_small(panel, regions, **tables, min_count=min_count, words=words)
        tables = dict(zip(tables, merged, strict=True))
    return spread_page(
        panel, regions, **tables, merged_below=min_count, context=context, title=title, note=note, attribution=attribution,
        tiles=tiles, engine=engine, labels=labels, lang=lang, layers=layers,
    )  # fmt: skip


def spread_page(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    tree: Any = None,
    interventions: pd.DataFrame | None = None,
    merged_below: int | None = None,
    look: Look = DEFAULT_LOOK,
    **options: Any,
) -> "SpreadMap":
    """Return the map of `spread_map`, optionally with the initial look of an animation."""
    _check_tables(panel, regions, cities, city_panel, interventions)
    page = PageOptions(regions, **options)
    words = player_words(page.lang, page.labels, [] if interventions is None else interventions["kind"].unique())
    with speaking(page.language):
        payload = spread_payload(
            panel,
            page,
            words,
            cities=cities,
            city_panel=city_panel,
            tree=tree,
            interventions=interventions,
            merged_below=merged_below,
            look=look,
        )
    ask_for_credit(panel, page.attribution)

    def peak() -> tuple[pd.Series, Classes]:
        row = panel.sum(axis=1).to_numpy().argmax()
        return panel.iloc[row].rename(payload["dates"][row]), classify(panel.to_numpy(dtype=float, na_value=np.nan))

    return _map_of(payload, page, words, peak)


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
    engine: Engine = "folium",
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
    _check_engine(engine, tiles)
    check_options(k=k, classes=classes, context=context, title=title, note=note, attribution=attribution, layers=layers)
    numbers = region_values(values, regions)
    ask_for_credit(values, attribution)
    page = PageOptions(regions, context, title, note, attribution, tiles, engine, labels, lang, layers)
    words = player_words(lang, labels, [])
    with speaking(page.language):
        shown = classes or classify(numbers, scheme=scheme, k=k)
        payload = choropleth_payload(numbers, page, words, values.name, shown)
    return _map_of(payload, page, words, lambda: (values, shown))


def _map_of(
    payload: Payload, page: PageOptions, words: Mapping[str, str], shown: Callable[[], tuple[pd.Series, Classes]]
) -> "SpreadMap":
    """Return a map with a still of the values and classes `shown`, for viewers that do not display HTML."""
    from .folium_map import SpreadMap, png_of

    def preview() -> bytes:
        values, classes = shown()
        with speaking(page.language):
            return png_of(
                lambda figure: plot_choropleth(
                    values, page.regions, ax=figure.add_axes((0.01, 0.01, 0.98, 0.91)), classes=classes,
                    context=page.context, title=payload["title"], attribution=page.attribution,
                )
            )  # fmt: skip

    west, south, east, north = page.regions.total_bounds
    center = float(south + north) / 2, float(west + east) / 2
    return SpreadMap(payload, engine=page.engine, center=center, no_script=words["no_script"], preview=preview)


def _check_engine(engine: str, tiles: Any) -> None:
    with Arguments() as check:
        check.choice("engine", engine, ["folium", "canvas"])
    if engine == "canvas" and tiles is not None:
        raise DataError(
            "engine must be 'folium' for a map with tiles; got 'canvas'", fix="pass engine='folium', or no tiles"
        )


def _check_tables(panel: Any, regions: Any, cities: Any, city_panel: Any, interventions: Any) -> None:
    check_panel(panel)
    check_regions(regions)
    if cities is not None:
        check_cities(cities)
    if interventions is not None:
        check_interventions(interventions, regions)
    faults = [] if len(panel) else ["panel must have at least one date; the panel is empty"]
    unknown = [place for place in panel.columns if place not in regions.index]
    faults += [f"panel has columns that are not in regions: {shorten_list(unknown)}"] if unknown else []
    if city_panel is not None and cities is None:
        faults.append("cities must be passed together with city_panel; got None")
    elif city_panel is not None:
        faults += city_panel_faults(cities, city_panel, panel)
    if faults:
        raise DataError(
            "the tables of spread_map do not fit",
            faults,
            "make city_panel with count_events(events, cities) and panel with aggregate_panel(city_panel, cities['region_id'])",
        )
