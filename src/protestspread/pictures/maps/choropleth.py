"""Choropleths: one number a region, zero and missing never confused, areas drawn to scale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...tables import check_cities, check_regions
from ..layout.labels import title_axes
from ..layout.legends import class_colors, legend_entries
from ..style.classes import Classes, classify
from ..style.text import names_of, text
from ..style.theme import DEFAULT_CMAP
from .basemap import plane_of, projection_text
from .point_map import new_axes
from .region_map import RegionMap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_choropleth(
    values: pd.Series,
    regions: gpd.GeoDataFrame,
    *,
    ax: "Axes | None" = None,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    legend: bool = True,
    legend_title: str | None = None,
    zero_label: str | None = None,
    missing_label: str | None = None,
    context: gpd.GeoDataFrame | None = None,
    cities: gpd.GeoDataFrame | None = None,
    labels: bool | str = False,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    crs: object | None = None,
) -> "Axes":
    """Draw one number a region: a day of a panel, a sum, a rate.

    Parameters
    ----------
    values
        Region -> number. Zero has a gray of its own; NaN, and regions that are not in it, are hatched as missing.
    regions
        All of them are drawn. Those too small to be seen are enlarged to a square, and the legend says so.
    ax
        Axes to draw on; by default a new figure that suits the country. The map stays within them, its title above.
    scheme, k, classes
        See `classify`; give `classes` to let several maps share one legend.
    cmap
        A sequential color map of matplotlib, by name.
    legend, legend_title
        The legend goes where it covers no region; the map makes room for it. Its title is the name of `values`, unless
        given.
    zero_label, missing_label
        What the legend calls zero, and what is missing: "none", "not observed", or as the `language` has it.
    context
        Neighbours and water, drawn behind: ``case.context`` (columns ``kind``, ``name``).
    cities
        Marked with dots, and named where there is room, the largest first.
    labels
        True writes the names of the regions, where there is room, in the `language` where they have a column for it; or
        the column to take them from ("name_kk").
    title, note, attribution
        Plain text. The projection is added to the note.
    crs
        The plane to draw on, as pyproj takes it; `equal_area_crs` by default.

    Returns
    -------
    matplotlib.axes.Axes
        In the coordinates of the plane (metres, mostly).

    Raises
    ------
    SchemaError
        The regions are not regions.
    DataError
        The values are not numbers, or name places that are not regions.

    Notes
    -----
    Saved within `editable_text`, all names stay text in SVG and PDF; only their halos are outlines.

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
    numbers = region_values(values, regions)
    names = _names(regions, labels)
    if cities is not None:
        check_cities(cities)
    shown = classes or classify(numbers, scheme=scheme, k=k)
    class_index, colors = shown.index(numbers), class_colors(shown, cmap)
    plane = plane_of(regions, crs)
    missing = text("not_observed") if missing_label is None else missing_label
    ax = new_axes(plane, title) if ax is None else ax
    title_axes(ax, title)

    def entries(small: bool) -> list[tuple[Any, str]]:  # noqa: FBT001
        return (
            legend_entries(
                shown,
                colors,
                colored=classes is not None or bool((class_index > 0).any()),
                zero_label=text("zero") if zero_label is None else zero_label,
                missing_label=missing if (class_index < 0).any() else None,
                small=small,
            )
            if legend
            else []
        )

    named = values.name if isinstance(values.name, str) else ""
    chart = RegionMap(
        ax,
        plane,
        entries,
        legend_title=named if legend_title is None else legend_title,
        context=context,
        notes=(note, projection_text(plane.crs), attribution),
    )
    for artist in chart.layer.artists(class_index, colors):
        ax.add_artist(artist)
    if names is not None:
        chart.name_regions(names)
    if cities is not None:
        chart.mark_cities(cities)
    chart.name_context()
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
            "nothing can be colored",
            [f"the values are a {type(values).__name__}, not a Series"],
            "one number a region: panel.loc[date], panel.sum()",
        )
    faults = [] if len(regions) else ["there are no regions"]
    if not pd.api.types.is_numeric_dtype(values):
        faults.append(f"the values are {values.dtype}, not numbers")
    elif np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any():
        faults.append("some values are infinite")
    if not values.index.is_unique:
        faults.append(f"regions stand more than once: {shorten_list(values.index[values.index.duplicated()].unique())}")
    faults += unknown_regions(values.index, regions)
    if faults:
        raise DataError(
            "the values do not fit the regions",
            faults,
            "values have the index of the regions; aggregate_panel(panel, cities['region_id']) sums cities by region",
        )
    return np.asarray(values.reindex(regions.index).to_numpy(dtype=float, na_value=np.nan))


def unknown_regions(places: pd.Index, regions: gpd.GeoDataFrame) -> list[str]:
    """Say which places are not regions."""
    unknown = [place for place in places if place not in regions.index]
    return [f"not in the regions: {shorten_list(unknown)}"] if unknown else []


def _names(regions: gpd.GeoDataFrame, labels: bool | str) -> pd.Series | None:  # noqa: FBT001
    if isinstance(labels, bool):
        return names_of(regions) if labels else None
    if labels not in regions:
        fix = f"one of {shorten_list(regions.columns)}"
        raise DataError("the regions cannot be named", [f"they have no column {labels!r}"], fix)
    return pd.Series(regions[labels])
