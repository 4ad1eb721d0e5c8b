"""Check neighboring countries and water: polygons of any country, with any columns, in any reference system."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...checks import has_geometry, layout_faults
from ...errors import CRSError, SchemaError
from ...faults import Fault
from ...geodesy import WGS84

_AREAS = (3, 6, 7)  # shapely's numbers of Polygon, MultiPolygon and GeometryCollection
_FIX = "pass polygons of neighboring countries and water (columns kind and name are optional), or None"


def checked_context(context: Any) -> gpd.GeoDataFrame:
    """Return neighboring countries and water in longitude and latitude, with text or None as ``kind`` and names.

    All columns but the geometry are optional: ``kind`` ("water" is drawn as such, anything else as land), ``name`` and names
    by language (``name_ru``).

    Raises
    ------
    SchemaError
        The context is not a table of polygons.
    CRSError
        It has no reference system.
    """
    faults = layout_faults(context) if isinstance(context, gpd.GeoDataFrame) else []
    if faults:
        raise SchemaError("context", faults, "keep one of each")
    if not has_geometry(context):
        raise SchemaError("context", [f"expected a GeoDataFrame with a geometry; got {type(context).__name__}"], _FIX)
    shapes = context.geometry.to_numpy()
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = ~np.isin(shapely.get_type_id(shapes), _AREAS) & present
    if other.any():
        raise SchemaError("context", [Fault.at("not a polygon", context.index, other).of("geometry")], _FIX)
    odd = present & ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if odd.any():
        raise SchemaError("context", [Fault.at("NaN or infinite coordinates", context.index, odd).of("geometry")], _FIX)
    if context.crs is None and len(context):
        fix = "call context.set_crs(4326) if the coordinates are longitude and latitude"
        raise CRSError("context", ["the coordinates have no reference system"], fix)
    context = context.set_crs(WGS84) if context.crs is None else context.to_crs(WGS84)
    names = [column for column in context if column == "kind" or str(column).partition("_")[0] == "name"]
    texts = {column: [name if isinstance(name, str) else None for name in context[column]] for column in names}
    return context.assign(**{c: pd.Series(names, context.index, dtype=object) for c, names in texts.items()})
