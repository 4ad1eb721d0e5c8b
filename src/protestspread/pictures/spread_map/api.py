"""The two functions that make maps for the browser."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError
from ..maps.choropleth import plot_choropleth, region_values
from ..style.classes import Classes, classify
from ..style.text import Language, speaking
from .merging import merge_small
from .payload import AS_EVER, Look, choropleth_payload, spread_payload
from .tiles import tiles_of
from .words import player_words

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
) -> "SpreadMap":
    """Show how protest moved, as one HTML file that opens without any network and plays it.

    Parameters
    ----------
    panel
        A row a date, a column a region; NaN is not observed, and hatched.
    regions
        Drawn on an equal-area plane, unless there are tiles. A column ``name_ru`` is taken for ``lang="ru"``.
    cities
        Drawn as dots; with `city_panel`, as circles whose area is what was counted so far.
    city_panel
        Of the same dates as `panel`, a column a city.
    tree
        Inferred spread, drawn as arrows that appear on their date, as wide as they are probable: a table ``source,
        target, date, probability`` (or what has it as ``table`` or ``to_frame()``) between cities or regions. A missing
        source came from outside, and draws none.
    interventions
        What was done about it: lanes above the curve for the kinds most in force, and names of all in force in a place.
    context
        Neighbours and water around the regions: ``case.context``.
    title, note, attribution
        Plain text. The projection and the classes are added to the note.
    tiles
        A name that folium knows, or a ``folium.TileLayer``. They need the network, and are not equal-area.
    engine
        "folium": Leaflet inside the file; layers can be added. "canvas": a smaller file without any library.
    labels
        Replaces words of the player: ``{"events": "Strikes"}``.
    lang
        "en", "ru" or "kk"; other languages need `labels`.
    min_count
        Merges every place that counts fewer over all dates, though more than none, with a neighbor.

    Returns
    -------
    SpreadMap
        A ``folium.Map``; ``.save("spread.html")`` writes the page, ``.to_html()`` returns it.

    Raises
    ------
    SchemaError
        A table is not what it should be.
    DataError
        The tables do not fit each other; unknown words in `labels`; an unknown `engine`.
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
        merged_below=min_count,
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
    look: Look = AS_EVER,
    **given: Any,
) -> "SpreadMap":
    """Return the map of `spread_map`, which may open with the look of an animation."""
    from .folium_map import SpreadMap, png_of

    spoken = Language(lang, labels or {})
    with speaking(spoken):
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
            **given,
        )

    def preview() -> bytes:
        peak = panel.sum(axis=1).to_numpy().argmax()
        with speaking(spoken):
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
) -> "SpreadMap":
    """Show one number a region, as one HTML file with the looks and the safety of `spread_map`.

    Parameters
    ----------
    values
        Region -> number; NaN, and regions that are not in it, are hatched. Its name stands above the legend.
    regions
        See `spread_map`, as for the parameters not named here.
    scheme, k, classes
        See `classify`; give `classes` to let several maps share one legend.

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
    numbers = region_values(values, regions)
    no_script, spoken = player_words(lang, labels, [])["no_script"], Language(lang, labels or {})
    with speaking(spoken):
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
        )

    def preview() -> bytes:
        with speaking(spoken):
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
    if engine not in ("folium", "canvas"):
        raise DataError("the map cannot be drawn", [f"engine = {engine!r}"], 'one of "folium", "canvas"')
    if engine == "canvas" and tiles is not None:
        raise DataError("the map cannot be drawn", ["tiles need Leaflet"], 'engine="folium"')


def _center(regions: gpd.GeoDataFrame) -> tuple[float, float]:
    west, south, east, north = regions.total_bounds
    return float(south + north) / 2, float(west + east) / 2
