"""Checks of the options that pictures share: one check a name, because a name means the same in every picture.

Also the credit that a source of events requires on every map.
"""

import warnings
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj

from ...arguments import Arguments
from ...errors import DataWarning, must_be, shorten_list
from ...layers import Layer
from .classes import MOST_CLASSES, Classes
from .context import checked_context

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


def _text(check: Arguments, name: str, value: Any) -> None:
    if value is not None and not isinstance(
        value, str
    ):  # characters that cannot be drawn are left out, see `printable`
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


_TEXTS = ("title", "note", "attribution", "legend_title", "unit", "zero_label", "missing_label", "not_joined_label")
_FLAGS = ("legend", "labels", "ellipses", "isochrones", "joined_only", "by_type", "cross_fade")
_CHECKS: dict[str, Check] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_FLAGS, lambda check, name, value: check.flag(name, value)),
    "ax": _axes,
    "figure": _figure,
    "crs": _crs,
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


def unknown_regions(places: pd.Index, regions: gpd.GeoDataFrame) -> list[str]:
    """Return the fault of places that are not regions, if there are any."""
    unknown = [place for place in places if place not in regions.index]
    return [f"places that are not in the regions: {shorten_list(unknown)}"] if unknown else []
