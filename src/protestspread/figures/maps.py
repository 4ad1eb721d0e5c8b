"""Figures that are maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd


@dataclass(frozen=True, eq=False)
class MapCircle:
    """A circle of a radius in kilometers round a point, the text beside it, and whether it is drawn solid."""

    lon: float
    lat: float
    km: float
    text: str
    solid: bool


@dataclass(frozen=True, eq=False)
class PlaceMap:
    """A number per place as dots of that area, some of them filled, and circles.

    Attributes
    ----------
    places
        One row per place, named by its index: ``lon, lat, value`` (at least 0; NaN: not known) and ``filled``.
    heading, fill
        What the values are, and what a filled dot means.
    circles, solid, dashed
        Circles, the most important first, and what a solid and a dashed circle mean.
    regions
        Regions to draw below the dots, or None.
    note
        The text below.
    """

    places: pd.DataFrame
    heading: str
    fill: str
    circles: Sequence[MapCircle] = ()
    solid: str = ""
    dashed: str = ""
    regions: gpd.GeoDataFrame | None = None
    note: str = ""
