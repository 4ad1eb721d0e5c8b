"""Checks of the options that pictures share: one check a name, because a name means the same in every picture.

Also the check of neighboring countries and water, and the credit that a source of events requires on every map.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from ...arguments import Arguments
from ...checks import has_geometry, layout_faults
from ...errors import CRSError, DataWarning, SchemaError, must_be, shorten_list
from ...faults import Fault
from ...geodesy import WGS84
from ...layers import Layer
from ...tables import check_cities, check_panel
from .classes import MOST_CLASSES, Classes

Check = Callable[[Arguments, str, Any], object]


def check_options(**options: object) -> None:
    """Raise `DataError` with all faults of the options of a picture, each given by its name.

    Examples
    --------
    >>> check_options(title=3, legend="yes")
    Traceback (most recent call last):
    ...
    protestspread.errors.DataError: title and legend are not valid:
      - title must be text or None; got 3
      - legend must be True or False; got 'yes'
    """
    with Arguments() as check:
        for name, value in options.items():
            _CHECKS[name](check, name, value)
        if options.get("width_mm") is not None and (options.get("ax") or options.get("figure")) is not None:
            check.fault("width_mm must be None where a figure is given, which has a width of its own")


def _text(check: Arguments, name: str, value: Any) -> None:
    # characters that cannot be drawn are left out, see `printable`
    if not isinstance(value, str | None):
        check.fault(must_be(name, "text or None", value))


def _axes(check: Arguments, name: str, value: Any) -> None:
    if value is not None:
        from matplotlib.axes import Axes

        check.instance(name, value, Axes, "matplotlib Axes or None")


def _figure(check: Arguments, name: str, value: Any) -> None:
    if value is not None:
        from matplotlib.figure import FigureBase

        check.instance(name, value, FigureBase, "a matplotlib Figure or SubFigure, or None")


def _crs(check: Arguments, name: str, value: Any) -> None:
    if value is None:
        return
    need = "a reference system such as 'EPSG:3857', or None for an equal-area projection"
    try:
        known = isinstance(value, pyproj.CRS | str | int | dict) and pyproj.CRS.from_user_input(value)
    except (pyproj.exceptions.CRSError, ValueError, OverflowError):  # of text that is not Unicode; of huge numbers
        known = False
    if not known or not (known.is_projected or known.is_geographic):
        check.fault(must_be(name, need, value))


def _context(check: Arguments, name: str, value: Any) -> None:  # noqa: ARG001 - its errors are those of a table
    if value is not None:
        checked_context(value)


def _classes(check: Arguments, name: str, value: Any) -> None:
    if value is not None:
        check.instance(name, value, Classes, "Classes, as classify(values) returns them, or None")


def _layers(check: Arguments, name: str, value: Any) -> None:
    if not isinstance(value, list | tuple) or not all(isinstance(layer, Layer) for layer in value):
        check.fault(must_be(name, "a list of layers (protestspread.layers.Layer)", value))


def _share(check: Arguments, name: str, value: Any) -> None:
    check.number(name, value, at_least=0, at_most=1)


def _count(check: Arguments, name: str, value: Any) -> None:
    check.whole(name, value, at_least=1, at_most=10**5)


def _insets(check: Arguments, name: str, value: Any) -> None:
    if value is None or (isinstance(value, str) and value == "auto"):
        return
    if not isinstance(value, Mapping):
        check.fault(must_be(name, "'auto', None or boxes by name, {name: (west, south, east, north)}", value))
        return
    for place, box in value.items():
        numbers = list(box) if isinstance(box, Sequence) and not isinstance(box, str) else []
        good = len(numbers) == 4 and all(isinstance(n, int | float) and -360 <= n <= 360 for n in numbers)
        if not (isinstance(place, str) and good and -90 <= numbers[1] < numbers[3] <= 90):
            check.fault(must_be(f"{name}[{place!r}]", "west, south, east and north in degrees", box))


def _width(check: Arguments, name: str, value: Any) -> None:
    if value is not None:
        check.number(name, value, at_least=40, at_most=1000)


_TEXTS = ("title", "note", "attribution", "legend_title", "unit", "zero_label", "missing_label", "not_joined_label")
_FLAGS = ("legend", "labels", "ellipses", "isochrones", "joined_only", "by_type", "cross_fade")
_CHECKS: dict[str, Check] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_FLAGS, lambda check, name, value: check.flag(name, value)),
    "ax": _axes,
    "figure": _figure,
    "crs": _crs,
    "width_mm": _width,
    "insets": _insets,
    "context": _context,
    "classes": _classes,
    "cmap": lambda check, name, value: check.text(name, value),
    "at_least": _share,
    "k": lambda check, name, value: check.whole(name, value, at_least=1, at_most=MOST_CLASSES),
    "n": _count,
    "window_days": _count,
    "show": lambda check, name, value: check.choice(name, value, ["day", "so_far", "window"]),
    "kinds": lambda check, name, value: check.names(name, value, "a list of kinds", optional=True),
    "layers": _layers,
    "color": lambda check, name, value: check.text(name, value),
}

_CREDITS = {
    "acled": "ACLED's terms of use require a credit on every map of its data. "
    "Fix: pass attribution='ACLED (acleddata.com), accessed on 31 January 2022' with your own date of access",
}


def ask_for_credit(counts: pd.DataFrame | pd.Series, attribution: str | None) -> None:
    """Warn if the source of counts (``attrs["format"]``) requires a credit and there is none."""
    sources = str(counts.attrs.get("format")).split(", ")  # several if files of several formats were counted
    credit = next((_CREDITS[source] for source in sources if source in _CREDITS), None)
    if credit and not attribution:
        warnings.warn(DataWarning(f"attribution is missing: {credit}"), stacklevel=3)


def city_panel_faults(cities: Any, city_panel: Any, panel: pd.DataFrame) -> list[str]:
    """Return the faults of a panel of cities beside one of regions; raise `SchemaError` if it is none."""
    check_cities(cities)
    check_panel(city_panel)
    lost = [city for city in city_panel.columns if city not in cities.index]
    faults = [f"city_panel has columns that are not in cities: {shorten_list(lost)}"] if lost else []
    return faults if city_panel.index.equals(panel.index) else [*faults, "city_panel must have the dates of panel"]


def unknown_regions(places: pd.Index, regions: gpd.GeoDataFrame) -> list[str]:
    """Return the fault of places that are not regions, if there are any."""
    unknown = [place for place in places if place not in regions.index]
    return [f"places that are not in the regions: {shorten_list(unknown)}"] if unknown else []


_AREAS = (3, 6, 7)  # shapely's numbers of Polygon, MultiPolygon and GeometryCollection


_CONTEXT_FIX = "pass polygons of neighboring countries and water (columns kind and name are optional), or None"


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
        raise SchemaError(
            "context", [f"expected a GeoDataFrame with a geometry; got {type(context).__name__}"], _CONTEXT_FIX
        )
    shapes = context.geometry.to_numpy()
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = ~np.isin(shapely.get_type_id(shapes), _AREAS) & present
    if other.any():
        raise SchemaError("context", [Fault.at("not a polygon", context.index, other).of("geometry")], _CONTEXT_FIX)
    odd = present & ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if odd.any():
        raise SchemaError(
            "context", [Fault.at("NaN or infinite coordinates", context.index, odd).of("geometry")], _CONTEXT_FIX
        )
    if context.crs is None and len(context):
        fix = "call context.set_crs(4326) if the coordinates are longitude and latitude"
        raise CRSError("context", ["the coordinates have no reference system"], fix)
    context = context.set_crs(WGS84) if context.crs is None else context.to_crs(WGS84)
    names = [column for column in context if column == "kind" or str(column).partition("_")[0] == "name"]
    texts = {column: [name if isinstance(name, str) else None for name in context[column]] for column in names}
    return context.assign(**{c: pd.Series(names, context.index, dtype=object) for c, names in texts.items()})
