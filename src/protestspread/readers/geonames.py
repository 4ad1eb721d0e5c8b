"""Cities from a file of GeoNames (geonames.org, CC BY 4.0), as downloaded: no header, 19 columns separated by tabs."""

import warnings

import pandas as pd

from ..errors import DataWarning
from .headerless import GEONAMES

_NO_TOWN = frozenset(["PPLCH", "PPLH", "PPLQ", "PPLW", "PPLX"])
"""Former capitals, historical, abandoned and destroyed places, and sections of a town."""


def is_geonames(frame: pd.DataFrame) -> bool:
    """Return whether a table has the columns of GeoNames."""
    return set(GEONAMES) <= set(frame.columns)


def towns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the populated places of a GeoNames file as a table of cities.

    Of several places with one name in one first-level division, the most populous is kept; a warning counts the others.
    A name that occurs in several divisions is followed by its division ("Springfield, IL"), and by its country where that is
    needed too.
    """
    is_town = (frame["feature_class"] == "P") & ~frame["feature_code"].isin(_NO_TOWN)
    places = frame[is_town].assign(population=pd.to_numeric(frame["population"], errors="coerce"))
    places = places.sort_values("population", ascending=False, kind="stable")
    place = ["name", "admin1_code", "country_code"]
    repeated = places.duplicated(place).to_numpy()
    if repeated.any():
        warnings.warn(
            DataWarning(
                f"read_cities: {int(repeated.sum()):,} of {len(places):,} populated places were left out, because a more populous "
                "place in the same division has the same name"
            ),
            stacklevel=4,
        )
    places = places[~repeated].sort_index()
    label = places["name"].copy()
    for column in ("admin1_code", "country_code"):
        shared = label.duplicated(keep=False)
        label = label.mask(shared, label + ", " + places[column].fillna("?"))
    aliases = places["asciiname"].fillna("") + ";" + places["alternatenames"].fillna("").str.replace(",", ";")
    return pd.DataFrame(
        {
            "city": label,
            "name": places["name"],
            "aliases": aliases.str.strip(";"),
            "region_aliases": places["admin1_code"],
            "country": places["country_code"],
            "population": places["population"].where(places["population"] > 0),
            "longitude": places["longitude"],
            "latitude": places["latitude"],
            "geonames_id": places["geonameid"],
        }
    ).reset_index(drop=True)
