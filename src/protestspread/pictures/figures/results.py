"""`plot_result` draws each class of result; register new classes with ``plot_result.register``."""

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from ...errors import DataError, must_be
from ...inference.permutation_test import PermutationResult
from ...models.hierarchy.hierarchy import DiffusionDecomposition
from ...models.nbda.compare import NetworkComparison
from ...results import Result
from ...stats.fronts.front import FrontResult
from ...stats.interaction.knox import KnoxResult
from ...stats.interaction.knox_ladder import KnoxLadder
from ...stats.interaction.max_knox import MaxKnoxResult
from ...stats.interaction.space_time_k import SpaceTimeKResult
from ...stats.signatures import SpreadSignatures
from ...stats.summaries import SpreadSummary
from ...wording import format_days, join_words
from .estimates import draw_decomposition
from .limit_grid import draw_limits
from .network_support import plot_networks
from .null_histogram import draw_null
from .null_ladder import draw_ladder
from .scatter import draw_front
from .series_with_band import draw_signatures

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@singledispatch
def plot_result(result: Result, *, ax: "Axes | None" = None, **options: Any) -> "Axes":  # noqa: ARG001
    """Draw a result on matplotlib axes and return them.

    Parameters
    ----------
    result
        A result of a test, a ladder of tests or a model.
    ax
        Axes to draw on. By default, a new figure.
    options
        Options of this class of result: ``title``; for `KnoxResult` also ``pairs``.

    Raises
    ------
    DataError
        There is no figure for this class of result.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> result = ps.knox_test(ps.load_case("kazakhstan_2022").events, within_km=200, within_days=1, permutations=99, rng=1)
    >>> result.plot(ax=matplotlib.figure.Figure().add_subplot()).get_xlabel()
    'pairs of events at most 200 km and 1 day apart'
    """
    name = type(result).__name__
    raise DataError(
        f"result must be of a class that can be drawn; got {name}",
        fix=f"write a function that draws it, and pass it to plot_result.register({name}, function)",
    )


@plot_result.register(KnoxResult)
def _(result: KnoxResult, *, ax: "Axes | None" = None, title: str | None = None, pairs: str | None = None) -> "Axes":
    """Draw the null with the observed count; `pairs` is "all pairs", "same place" or "between places"."""
    if pairs is not None and pairs not in result.kinds:
        raise DataError(must_be("pairs", join_words([f"'{name}'" for name in result.kinds], "or"), pairs))
    count = result.tested if pairs is None else result.kinds[pairs]
    kind = pairs or ("between places" if result.exclude_within_km > 0 else "all pairs")
    what = f"pairs of events{'' if kind == 'all pairs' else f' ({kind})'} at most {result.within_km:g} km and {format_days(result.within_days)} apart"
    return draw_null(
        ax,
        count.null_distribution,
        count.statistic,
        p=count.p_value,
        what=what,
        null=result.null,
        title=title,
        reason=count.reason,
    )


@plot_result.register(PermutationResult)
def _(result: PermutationResult, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_null(
        ax,
        result.null_distribution,
        result.statistic,
        p=result.p_value,
        what=result.what,
        null=result.null,
        title=title,
        reason=result.reason,
    )


@plot_result.register(KnoxLadder)
def _(result: KnoxLadder, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_ladder(result, ax=ax, title=title)


@plot_result.register(SpreadSummary)
def _(result: SpreadSummary, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_ladder(result.ladder, ax=ax, title=title)


@plot_result.register(MaxKnoxResult)
def _(result: MaxKnoxResult, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_limits(
        result.table["z_score"].unstack("within_days"), ax=ax, title=title, what="z-score",
        marked=result.table["adjusted_p_value"].unstack("within_days") <= 0.05, mark="adjusted p ≤ 0.05",
    )  # fmt: skip


@plot_result.register(SpaceTimeKResult)
def _(result: SpaceTimeKResult, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_limits(
        100 * result.relative_excess, ax=ax, title=title, what="excess pairs over independence of space and time (%)"
    )


@plot_result.register(SpreadSignatures)
def _(result: SpreadSignatures, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_signatures(result, ax=ax, title=title)


@plot_result.register(DiffusionDecomposition)
def _(result: DiffusionDecomposition, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_decomposition(result, ax=ax, title=title)


@plot_result.register(FrontResult)
def _(result: FrontResult, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return draw_front(result, ax=ax, title=title)


@plot_result.register(NetworkComparison)
def _(result: NetworkComparison, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    return plot_networks(result, ax=ax, title=title)
