"""Draw the figure of a result: one painter per kind of figure, imported when it is used."""

from typing import TYPE_CHECKING, Any

from ... import figures as kinds
from ..style.options import check_options

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_figure(  # noqa: C901, PLR0912 - one case a kind
    figure: kinds.Figure, *, ax: "Axes | None" = None, title: str | None = None
) -> "Axes":
    """Draw a figure on axes (by default, of a new matplotlib figure) and return them."""
    check_options(ax=ax, title=title)
    paint: Any
    match figure:
        case kinds.NullHistogram():
            from .null_histogram import draw as paint
        case kinds.NullLadder():
            from .null_ladder import draw as paint
        case kinds.LimitGrid():
            from .grids import draw_limits as paint
        case kinds.PlaceGrid():
            from .grids import draw_places as paint
        case kinds.PlaceMap():
            from ..maps.place_map import draw as paint
        case kinds.GroupMatrix():
            from .group_matrix import draw as paint
        case kinds.SeriesWithBand():
            from .series_with_band import draw as paint
        case kinds.Fan():
            from .fan import draw as paint
        case kinds.StackedParts():
            from .stacked_parts import draw as paint
        case kinds.WorldBands():
            from .world_bands import draw as paint
        case kinds.Scatter():
            from .scatter import draw as paint
        case kinds.JoinersByDay():
            from .joiners_by_day import draw as paint
        case kinds.Estimates():
            from .estimates import draw as paint
        case kinds.ComparedEstimates():
            from .compared_estimates import draw as paint
    axes: Axes = paint(figure, ax, title)
    return axes
