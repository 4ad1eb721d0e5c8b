"""From checked tables to a map: its data, its page, and a still for viewers that do not display HTML."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError, shorten_list
from ...tables import check_cities, check_interventions, check_panel, check_regions
from ..frames import date_labels, shown_values, unobserved_days
from ..maps.choropleth import plot_choropleth
from ..style.classes import classify
from ..style.options import ask_for_credit, city_panel_faults
from ..style.text import player_words, speaking
from .content import check_ensemble
from .payload import DEFAULT_LOOK, Content, PageOptions, Payload, spread_payload
from .views import Look

if TYPE_CHECKING:
    from .folium_map import SpreadMap

Film = Callable[[Path], None]


def spread_page(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    content: Content,
    look: Look = DEFAULT_LOOK,
    *,
    film: Film | None = None,
    **options: Any,
) -> "SpreadMap":
    """Return the map of `spread_map` from its tables; `film` writes it as an animation."""
    _check_tables(panel, regions, content)
    interventions = content.interventions
    page = PageOptions(regions, **options, frame=content.cities)
    words = player_words(page.lang, page.labels, [] if interventions is None else interventions["kind"].unique())
    with speaking(page.language):
        payload = spread_payload(panel, page, words, content, look)
    ask_for_credit(panel if content.city_panel is None else content.city_panel, page.attribution)

    def peak() -> dict[str, Any]:
        """Return what a still shows: the view of the page on the date with the most events, sums so far on the last."""
        show: Any = {"first": "so_far", "probability": "day"}.get(str(look.show), look.show)
        row = len(panel) - 1 if show == "so_far" else int(panel.sum(axis=1).to_numpy().argmax())
        shown = shown_values(panel, show=show, window_days=look.window_days)
        bounds = unobserved_days(panel, show=show, window_days=look.window_days)
        classes = look.classes or classify(shown.to_numpy(dtype=float, na_value=np.nan), scheme=look.scheme, k=look.k)
        return {
            "values": shown.iloc[row], "classes": classes, "cmap": look.cmap, "cities": content.cities,
            "legend_title": f"{words['events']}, {date_labels(pd.DatetimeIndex(panel.index))[row]}",
            "lower_bound": None if bounds is None else bounds.iloc[row],
        }  # fmt: skip

    return map_of(payload, page, words, peak, film)


def map_of(
    payload: Payload,
    page: PageOptions,
    words: Mapping[str, str],
    shown: Callable[[], dict[str, Any]],
    film: Film | None = None,
) -> "SpreadMap":
    """Return a map with a still of what is `shown`, for viewers that do not display HTML."""
    from .folium_map import SpreadMap, png_of

    def still() -> bytes:
        with speaking(page.language):
            return png_of(
                lambda figure: plot_choropleth(
                    regions=page.regions, ax=figure.add_axes((0.01, 0.01, 0.98, 0.91)), insets=page.insets, **shown(),
                    context=page.context, title=payload["title"], attribution=page.attribution,
                )
            )  # fmt: skip

    drawn = bool(len(page.regions))
    west, south, east, north = page.around.total_bounds
    return SpreadMap(
        payload,
        engine=page.engine,
        center=(float(south + north) / 2, float(west + east) / 2),
        no_script=words["no_script"],
        still=still if drawn else None,
        film=film if drawn else None,
    )


def _check_tables(panel: Any, regions: Any, content: Content) -> None:
    check_panel(panel)
    if content.cities is not None:
        check_cities(content.cities)
    if len(regions):
        check_regions(regions)
    if content.interventions is not None:
        check_interventions(content.interventions, regions if len(regions) else None)
    faults = [] if len(panel) else ["panel must have at least one date; the panel is empty"]
    unknown = [place for place in panel.columns if place not in regions.index]
    faults += [f"panel has columns that are not in regions: {shorten_list(unknown)}"] if unknown else []
    if content.city_panel is not None and content.cities is None:
        faults.append("cities must be passed together with city_panel; got None")
    elif content.city_panel is not None:
        faults += city_panel_faults(content.cities, content.city_panel, panel)
    if faults:
        raise DataError(
            "the tables of spread_map do not fit",
            faults,
            "make city_panel with count_events(events, cities) and panel with aggregate_panel(city_panel, cities['region_id'])",
        )
    if content.ensemble is not None:
        check_ensemble(content.ensemble, panel, regions, content.cities)
