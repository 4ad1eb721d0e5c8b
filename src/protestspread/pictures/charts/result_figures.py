"""Figures of results as functions: of a result, or of a part of its table."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...checks import layout_faults
from ...errors import DataError, must_be
from ...inference.likelihood.fits import Fit
from ...models.nbda.comparison import NetworkComparison
from ...stats.autocorrelation.results import GlobalAutocorrelation, grid_of, series_of
from ..figures.draw import draw_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("statistic", "expected", "z_score", "p_value", "adjusted_p_value", "reason")
_FIX = "pass what moran_over_time, join_counts_over_time, local_moran_over_time or getis_ord_over_time returns"


def plot_networks(comparison: NetworkComparison, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the support, share of onsets, strength and p-values of each candidate network.

    Parameters
    ----------
    comparison
        A result of `compare_networks`.
    ax
        Axes to draw on, replaced by three panels. By default, a new figure.
    title
        Title, taken as plain text.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, without frame, with child axes "support", "share" and "estimate".

    Notes
    -----
    See `compare_networks` for the meaning of the numbers and how they were calibrated. The share and the strength are those of
    the model with this network alone; support sums the Akaike weights of the models that include it. Arrows mark estimates and
    intervals that reach 0 or have no upper end.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> cities = ps.load_case("kazakhstan_2022").cities.query("in_frame")
    >>> first = ps.onsets(ps.count_events(ps.load_case("kazakhstan_2022").events.query("city in @cities.index"), cities))
    >>> comparison = ps.compare_networks(first, {"hierarchy": ps.hierarchy_graph(cities)}, placebos=19, rng=1)
    >>> ax = ps.plot_networks(comparison, ax=matplotlib.figure.Figure((8, 3)).add_subplot())
    >>> [panel.get_label() for panel in ax.child_axes]
    ['support', 'share', 'estimate']
    """
    with Arguments() as check:
        check.instance("comparison", comparison, NetworkComparison, "what compare_networks returns")
    return draw_figure(comparison.figure(), ax=ax, title=title)


def plot_over_time(
    result: GlobalAutocorrelation | pd.DataFrame, *, ax: "Axes | None" = None, title: str | None = None
) -> "Axes":
    """Draw a statistic over time with its null distribution, or, for a local statistic, its z-scores by place and date.

    Parameters
    ----------
    result
        A result of `moran_over_time` or `join_counts_over_time`, or rows of its table, drawn as a line: dots are filled where
        the adjusted p-value is at most 0.05, and days without a value are hatched. Or of `local_moran_over_time` or
        `getis_ord_over_time`, drawn with one row per place: the up to 40 places with the smallest adjusted p-values, with
        dots where it is at most 0.05.
    ax
        Axes to draw on. By default, a new figure.
    title
        Title, taken as plain text.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the row number, from 0.

    Raises
    ------
    DataError
        `result` is not one of these, or has no values.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> by_day = ps.moran_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> ax = ps.plot_over_time(by_day, ax=matplotlib.figure.Figure().add_subplot())
    >>> ax.get_ylabel()
    "Moran's I"
    """
    if isinstance(result, GlobalAutocorrelation):
        return draw_figure(result.figure(), ax=ax, title=title)
    if not isinstance(result, pd.DataFrame):
        raise DataError(must_be("result", "what moran_over_time returns, or its table", result), fix=_FIX)
    local = "date" in result.index.names and result.index.nlevels == 2
    faults = _faults(result, local=local)
    if faults:
        raise DataError("result cannot be drawn", faults, _FIX)
    return draw_figure((grid_of if local else series_of)(result), ax=ax, title=title)


def plot_estimates(fit: Fit, *, level: float = 0.95, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the estimates of a fit with their profile-likelihood intervals (a forest plot).

    Parameters
    ----------
    fit
        What a ``fit_...`` function returns. The effects of an event history are drawn as hazard ratios on a logarithmic axis.
    level
        Confidence level, between 0 and 1.
    ax
        Axes to draw on, replaced by one panel per scale. By default, a new figure.
    title
        Title, taken as plain text.

    Returns
    -------
    matplotlib.axes.Axes
        The axes given, without frame, with child axes "scale 0", "scale 1", ...

    Raises
    ------
    DataError
        `fit` is not a fit or has no parameters; `level` is not between 0 and 1.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities.query("in_frame")
    >>> first = ps.onsets(ps.count_events(case.events.query("city in @cities.index"), cities))
    >>> fit = ps.fit_event_history(first, {"near": ps.nearest_graph(cities, k=4)}, cities=cities, observed_until="2022-01-08")
    >>> ax = ps.plot_estimates(fit, ax=matplotlib.figure.Figure((7, 2.5)).add_subplot())
    >>> [label.get_text() for label in ax.child_axes[0].get_yticklabels()]
    ['near', 'log population']
    """
    with Arguments() as check:
        check.instance("fit", fit, Fit, "what a fit_... function returns")
    return draw_figure(fit.estimates_figure(level=level), ax=ax, title=title)


def _faults(result: pd.DataFrame, *, local: bool) -> list[str]:
    """Return why a table by date, or by date and place, cannot be drawn."""
    faults = [] if local else list(map(str, layout_faults(result)))
    if faults or not result.columns.is_unique:
        return faults or ["a column is given more than once"]
    wanted = [*_COLUMNS, *([] if local else ["null_low", "null_high"])]
    faults = [f"column '{name}' is missing" for name in wanted if name not in result]
    kinds = {name: result[name].dtype for name in wanted if name in result and name != "reason"}
    faults += [f"column '{name}' must hold numbers; got {kind}" for name, kind in kinds.items() if not _is_plain(kind)]
    dates = result.index.get_level_values("date") if local else result.index
    if not isinstance(dates, pd.DatetimeIndex) or dates.hasnans or not result.index.is_unique:
        faults.append("the index must hold dates, none missing and none twice")
    return faults


def _is_plain(kind: object) -> bool:
    """Return whether a type is one of numpy's of real numbers."""
    return isinstance(kind, np.dtype) and kind.kind in "iufb"
