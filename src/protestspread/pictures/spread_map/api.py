"""Interactive maps for the browser: `spread_map` and `choropleth_map`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError
from ...layers import Layer
from ..maps.choropleth import plot_choropleth, region_values
from ..style.classes import Classes, classify
from ..style.options import ask_for_credit, check_options
from ..style.text import language_of, player_words, speaking
from .merging import merge_small
from .payload import DEFAULT_LOOK, Look, choropleth_payload, spread_payload
from .tiles import tiles_of

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
    if min_count is not None:
        panel, regions, cities, city_panel, tree, interventions = merge_small(
            panel,
            regions,
            cities=cities,
            city_panel=city_panel,
            tree=tree,
            interventions=interventions,
            min_count=min_count,
            words=player_words(lang, labels, []),
        )
    return spread_page(
        panel, regions, cities=cities, city_panel=city_panel, tree=tree, interventions=interventions, context=context,
        title=title, note=note, attribution=attribution, tiles=tiles, engine=engine, labels=labels, lang=lang,
        merged_below=min_count, layers=layers,
    )  # fmt: skip


def spread_page(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    context: gpd.GeoDataFrame | None = None,
    attribution: str | None = None,
    tiles: Any = None,
    engine: Engine = "canvas",
    labels: Mapping[str, str] | None = None,
    lang: str = "en",
    merged_below: int | None = None,
    look: Look = DEFAULT_LOOK,
    **options: Any,
) -> "SpreadMap":
    """Return the map of `spread_map`, optionally with the initial look of an animation."""
    from .folium_map import SpreadMap, png_of

    language = language_of(lang, labels)
    with speaking(language):
        payload = spread_payload(
            panel,
            regions,
            context=context,
            attribution=attribution,
            tiles=None if tiles is None else tiles_of(tiles),
            labels=labels,
            lang=lang,
            merged_below=merged_below,
            look=look,
            **options,
        )

    ask_for_credit(panel, attribution)

    def preview() -> bytes:
        peak = panel.sum(axis=1).to_numpy().argmax()
        with speaking(language):
            return png_of(
                lambda figure: plot_choropleth(
                    panel.iloc[peak].rename(payload["dates"][peak]), regions, ax=figure.add_axes((0.01, 0.01, 0.98, 0.91)),
                    classes=classify(panel.to_numpy(dtype=float, na_value=np.nan)), context=context, title=payload["title"], attribution=attribution,
                )
            )  # fmt: skip

    return SpreadMap(
        payload,
        engine=engine,
        center=_center(regions),
        no_script=player_words(lang, labels, [])["no_script"],
        preview=preview,
    )


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
    from .folium_map import SpreadMap, png_of

    _check_engine(engine, tiles)
    check_options(k=k, classes=classes, context=context, title=title, note=note, attribution=attribution, layers=layers)
    numbers = region_values(values, regions)
    ask_for_credit(values, attribution)
    language = language_of(lang, labels)
    no_script = player_words(lang, labels, [])["no_script"]
    with speaking(language):
        shown = classes or classify(numbers, scheme=scheme, k=k)
        payload = choropleth_payload(
            numbers,
            regions,
            value_name=str(values.name) if isinstance(values.name, str) else None,
            classes=shown,
            context=context,
            title=title,
            note=note,
            attribution=attribution,
            tiles=None if tiles is None else tiles_of(tiles),
            labels=labels,
            lang=lang,
            layers=layers,
        )

    def preview() -> bytes:
        with speaking(language):
            return png_of(
                lambda figure: plot_choropleth(
                    values,
                    regions,
                    ax=figure.add_axes((0.01, 0.01, 0.98, 0.91)),
                    classes=shown,
                    context=context,
                    title=payload["title"],
                    attribution=attribution,
                )
            )

    return SpreadMap(
        payload,
        engine=engine,
        center=_center(regions),
        no_script=no_script,
        preview=preview,
    )


def _check_engine(engine: str, tiles: Any) -> None:
    with Arguments() as check:
        check.choice("engine", engine, ["folium", "canvas"])
    if engine == "canvas" and tiles is not None:
        raise DataError(
            "engine must be 'folium' for a map with tiles; got 'canvas'", fix="pass engine='folium', or no tiles"
        )


def _center(regions: gpd.GeoDataFrame) -> tuple[float, float]:
    west, south, east, north = regions.total_bounds
    return float(south + north) / 2, float(west + east) / 2
