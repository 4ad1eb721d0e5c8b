"""Choropleth maps: one number per region, with zero and missing values distinct and areas to scale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...checks import can_be_hashed, is_real, label_faults
from ...errors import DataError, must_be, shorten_list
from ...layers import Layer, Points, RegionNames, Regions
from ...tables import check_cities, check_regions
from ..layout.insets import Insets
from ..style.classes import Classes, classify
from ..style.options import ask_for_credit, check_options, unknown_regions
from ..style.ramps import class_colors
from ..style.text import names_of, projection_text, say
from ..style.theme import DEFAULT_CMAP
from .basemap import inset_pixel, plane_of, titled_axes
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_choropleth(
    values: pd.Series,
    regions: gpd.GeoDataFrame,
    *,
    ax: "Axes | None" = None,
    width_mm: float | None = None,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    legend: bool = True,
    legend_title: str | None = None,
    zero_label: str | None = None,
    missing_label: str | None = None,
    lower_bound: pd.Series | None = None,
    context: gpd.GeoDataFrame | None = None,
    cities: gpd.GeoDataFrame | None = None,
    labels: bool | str = False,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
    insets: Insets = "auto",
    layers: Sequence[Layer] = (),
) -> "Axes":
    """Draw a choropleth map: one number per region, such as a day of a panel, a sum or a rate.

    Parameters
    ----------
    values
        Region -> number. Zero is gray; NaN and regions without a value are hatched as missing.
    regions
        Regions; all are drawn. Regions too small to be seen get a square marker, explained in the legend.
    ax
        Axes to draw on; by default a new figure in the proportions of the country. The map stays within the axes, the
        title is above them.
    width_mm
        The width of a new figure, such as 89 or 183 for the columns of a journal. Its height is that at which the map
        fills the width; in narrow figures the legend stands below the map.
    scheme, k, classes
        See `classify`; pass `classes` for several maps with the same legend, and ``scheme="probability"`` for probabilities.
    cmap
        The name of a sequential matplotlib color map.
    legend, legend_title
        Whether to draw a legend, and its title (default: the name of `values`). It is placed where it covers no region.
    zero_label, missing_label
        Legend labels of zero and of missing values; by default "none" and "not observed" in the current `language`.
    lower_bound
        Region -> whether its value is a lower bound (``frame.lower_bound``, see `frames`); these are hatched over their color.
    context
        Neighboring countries and water drawn behind the map: ``case.context`` (columns ``kind``, ``name``).
    cities
        Cities to mark with dots; named where there is room, the largest first.
    labels
        True to write the names of regions where there is room, in the current `language` if `regions` has a column for
        it; or the column with the names ("name_kk").
    title, note, attribution
        Plain text. The projection is added to the note.
    crs
        The coordinate reference system of the map, as accepted by pyproj; by default `equal_area_crs`.
    insets
        "auto" to move polygons that lie farther from the main part of the regions than a third of its longer side, such
        as Alaska, into boxes with a name and a scale bar of their own; parts with more than half of the area of the main
        part stay. Or the boxes, by name: ``{"Alaska": (west, south, east, north)}`` in degrees. None: no insets.
    layers
        More layers to draw above the regions (`protestspread.layers.Layer`).

    Returns
    -------
    matplotlib.axes.Axes
        Axes in coordinates of `crs` (usually meters).

    Raises
    ------
    SchemaError
        `regions` is not a table of regions.
    DataError
        `values` is not numeric, or has places that are not regions; `lower_bound` does not say True or False of regions.

    Notes
    -----
    With `editable_text`, names stay text in SVG and PDF; only their halos are outlines.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> ax = matplotlib.figure.Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    >>> ax = ps.plot_choropleth(panel.loc["2022-01-05"], case.regions, ax=ax, context=case.context, title="5 January 2022")
    >>> [text.get_text() for text in ax.get_legend().get_texts()][:3]
    ['none', '1', '2']
    """
    check_options(
        ax=ax, width_mm=width_mm, k=k, classes=classes, cmap=cmap, legend=legend, legend_title=legend_title, zero_label=zero_label,
        missing_label=missing_label, title=title, note=note, attribution=attribution, context=context, crs=crs, insets=insets,
        layers=layers,
    )  # fmt: skip
    numbers = region_values(values, regions)
    bounds = None if lower_bound is None else _flags(lower_bound, regions)
    ask_for_credit(values, attribution)
    names = _names(regions, labels)
    if cities is not None:
        check_cities(cities)
    shown = classes or classify(numbers, scheme=scheme, k=k)
    plane = plane_of(regions, crs, insets, pixel=inset_pixel(ax, width_mm))
    layer = Regions(
        pd.Series(numbers, regions.index),
        shown,
        every_class=classes is not None,
        zero_label=shown.zero_label if zero_label is None else zero_label,
        missing_label=shown.missing_label if missing_label is None else missing_label,
        lower_bound=bounds,
    )
    drawn = [layer, *([] if names is None else [RegionNames(names)]), *([] if cities is None else [Points(cities)])]
    drawn += layers
    ax = titled_axes(ax, plane, title, width_mm)
    named = values.name if isinstance(values.name, str) else ""
    chart = RegionMap(
        ax,
        plane,
        [key for one in drawn for key in one.legend()] if legend else [],
        colors=class_colors(shown, cmap),
        legend_title=named if legend_title is None else legend_title,
        context=context,
        notes=(note, *(say(words) for one in drawn for words in one.words()), projection_text(plane.crs), attribution),
        made_to_measure=width_mm is not None,
    )
    chart.draw(drawn)
    return ax


def region_values(values: pd.Series, regions: gpd.GeoDataFrame) -> FloatArray:
    """Return a number for each region, NaN where `values` has none.

    Raises
    ------
    SchemaError, DataError
        See `plot_choropleth`.
    """
    check_regions(regions)
    if not isinstance(values, pd.Series):
        raise DataError(
            must_be("values", "a Series with one number per region", values), fix="pass panel.loc[date] or panel.sum()"
        )
    faults = [] if len(regions) else ["regions must have at least one row; got 0"]
    comparable = can_be_hashed(values.index) and not isinstance(values.index, pd.MultiIndex)
    faults += label_faults(values.index, "values: the places")
    if not is_real(values.dtype):
        faults.append(f"values must be numeric; got {values.dtype}")
    elif (infinite := np.isinf(values.to_numpy(dtype=float, na_value=np.nan))).any():
        faults.append(f"values must be finite; infinite in {shorten_list(values.index[infinite])}")
    faults += unknown_regions(values.index, regions) if comparable else []
    if faults:
        raise DataError(
            "values do not fit the regions",
            faults,
            "index values by region_id; aggregate_panel(panel, cities['region_id']) sums a panel of cities by region",
        )
    return np.asarray(values.reindex(regions.index).to_numpy(dtype=float, na_value=np.nan))


def _flags(lower_bound: pd.Series, regions: gpd.GeoDataFrame) -> pd.Series:
    """Return whether the value of each region is a lower bound; False where nothing is said."""
    with Arguments("pass frame.lower_bound, a Series of True and False by region") as check:
        flags = check.by_label("lower_bound", lower_bound, "a Series or a mapping from regions to True or False")
        if not check.faults and not pd.api.types.is_bool_dtype(flags.dtype):
            check.fault(f"lower_bound must be True or False of each region; got {flags.dtype}")
        for fault in () if check.faults else unknown_regions(flags.index, regions):
            check.fault(f"lower_bound has {fault}")
    found: pd.Series = flags.reindex(regions.index, fill_value=False).astype(bool)
    return found


def _names(regions: gpd.GeoDataFrame, labels: bool | str) -> pd.Series | None:  # noqa: FBT001
    if isinstance(labels, bool):
        return names_of(regions) if labels else None
    if not isinstance(labels, str) or labels not in regions:
        raise DataError(
            must_be("labels", "True, False or a column of regions", labels),
            fix=f"choose from {shorten_list(regions.columns)}",
        )
    return pd.Series(regions[labels])
