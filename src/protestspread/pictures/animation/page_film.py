"""The film of a web map: the same tables, words and layers, saved as GIF, MP4 or WebP."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from ...layers import Layer, Points
from ..style.text import Language, speaking
from .animate import SpreadAnimation, animate_spread


def film_of_page(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    lang: str = "en",
    labels: Mapping[str, str] | None = None,
    layers: Sequence[Layer] = (),
    **options: Any,
) -> SpreadAnimation:
    """Return the animation of a `spread_map` of the same tables; `lang` and `labels` are those of the page, and checked.

    Parameters
    ----------
    panel, regions, cities, city_panel, layers
        See `spread_map`. Cities without a panel are dots.
    lang, labels
        The language of the film, and words of the page or of stills to replace.
    options
        Other parameters of `animate_spread`: ``tree``, ``interventions``, ``context``, ``title``, ``note``,
        ``attribution``, ``show``, ``window_days``, ``classes``, ``cmap``, ``fps``, ``size``.

    Raises
    ------
    SchemaError, DataError
        See `animate_spread`.
    """
    dots = [Points(cities)] if cities is not None and city_panel is None else []
    options |= {} if city_panel is None else {"cities": cities, "city_panel": city_panel}
    with speaking(Language(lang, labels or {})):
        return animate_spread(panel, regions, layers=[*dots, *layers], **options)
