"""Infectiousness and susceptibility of places: how soon others join after them, and they after others (Myers 2000)."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...graphs.diffusion import DiffusionGraph
from .entries import Entries, Joining, entries_and_ties

_MOST_DAYS = 10**5


def infectiousness(
    data: Joining,
    graph: DiffusionGraph,
    *,
    within_days: int = 1,
    discount: float | None = None,
    per_joiner: bool = True,
    observed_until: str | pd.Timestamp | int | None = None,
) -> pd.Series:
    """Return the infectiousness of each place: of the places it could influence, the share that joined within days after it.

    I_i = Σ_k Σ_j w_ij z_j(t + k) / v_k ÷ Σ_k Σ_j w_ij z_j(≥ t + k) / v_k, for k = 1, …, ``within_days``, where i joined on day t,
    z_j(d) is 1 if j joined on day d, z_j(≥ d) is 1 if it joined on day d or later, and v_k discounts late days.

    Parameters
    ----------
    data
        Onsets (a Series by place of dates or whole numbers, NaT or NaN where a place never joined), or spells: then the mean
        over the spells of a place, and every start of a spell counts as joining.
    graph
        Graph of the same places. Weights count; for the number of ties pass a graph whose weights are 1.
    within_days
        Days after an onset that count.
    discount
        v_k = (1 + discount)^(k - 1); by default v_k = k.
    per_joiner
        Whether to divide by the number of places that joined on these days, Σ_k n(t + k) / v_k, as netdiffuseR does by default, so
        that a place is credited with a part only of days on which many joined.
    observed_until
        The last day of observation; by default the last onset.

    Returns
    -------
    Series
        By place; NaN where a place never joined, or no place that it reaches joined later.

    Raises
    ------
    SchemaError, DataError
        The data or an option are not valid, or the places of the graph differ.

    Notes
    -----
    D. J. Myers (2000), The diffusion of collective violence, American Journal of Sociology 106:173, doi:10.1086/303110. The
    measure describes the order of onsets: a place that joins before its neighbors is infectious, whatever made them join.
    netdiffuseR gives 0 where it is not defined.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-05"]), index=list("ABC"))
    >>> ps.infectiousness(onsets, ps.DiffusionGraph.from_edges(ties)).tolist()
    [0.5, 0.0, nan]
    """
    weights = _discounts(within_days, discount, per_joiner)
    entries, matrix = entries_and_ties(data, graph, until=observed_until)
    later = _shares(entries.risk.joined[::-1], sp.csr_array(matrix.T), weights, per_joiner=per_joiner)[::-1]
    return _by_place(entries, later, "infectiousness")


def susceptibility(
    data: Joining,
    graph: DiffusionGraph,
    *,
    within_days: int = 1,
    discount: float | None = None,
    per_joiner: bool = True,
    observed_until: str | pd.Timestamp | int | None = None,
) -> pd.Series:
    """Return the susceptibility of each place: of the places that had joined and reach it, the share that did so within days before.

    S_i = Σ_k Σ_j w_ji z_j(t - k) / v_k ÷ Σ_k Σ_j w_ji z_j(≤ t - k) / v_k, the mirror image of `infectiousness`.

    Parameters
    ----------
    data, graph, within_days, discount, per_joiner, observed_until
        As in `infectiousness`, with the days before an onset.

    Returns
    -------
    Series
        By place; NaN where a place never joined, or no place that reaches it joined before.

    Raises
    ------
    SchemaError, DataError
        As in `infectiousness`.

    Notes
    -----
    D. J. Myers (2000), American Journal of Sociology 106:173, doi:10.1086/303110.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-04"]), index=list("ABC"))
    >>> ps.susceptibility(onsets, ps.DiffusionGraph.from_edges(ties)).tolist()
    [nan, 1.0, 0.5]
    """
    weights = _discounts(within_days, discount, per_joiner)
    entries, matrix = entries_and_ties(data, graph, until=observed_until)
    before = _shares(entries.risk.joined, matrix, weights, per_joiner=per_joiner)
    return _by_place(entries, before, "susceptibility")


def _discounts(within_days: int, discount: float | None, per_joiner: object) -> FloatArray:
    """Check the options, and return 1 / v_k for each k from 1."""
    with Arguments() as check:
        days = check.whole("within_days", within_days, at_least=1, at_most=_MOST_DAYS)
        rate = check.number("discount", discount, at_least=0, optional=True)
        check.flag("per_joiner", per_joiner)
    k = np.arange(1.0, days + 1)
    return 1 / k if rate is None else (1 + rate) ** (1 - k)


def _shares(joined: BoolArray, matrix: sp.csr_array, weights: FloatArray, *, per_joiner: bool) -> FloatArray:
    """Return, by day and place, the share of the places that reach it and joined before that did so within the last days."""
    new = np.asarray((matrix.T @ joined.T.astype(float)).T)
    ever = np.asarray((matrix.T @ np.logical_or.accumulate(joined).T.astype(float)).T)
    recent, all_before, joiners = np.zeros(new.shape), np.zeros(new.shape), np.zeros((len(new), 1))
    for k, weight in enumerate(weights[: len(new) - 1], start=1):
        recent[k:] += weight * new[:-k]
        all_before[k:] += weight * ever[:-k]
        joiners[k:, 0] += weight * joined[:-k].sum(axis=1)
    below = all_before * joiners if per_joiner else all_before
    known = np.where(all_before > 0, 0.0, np.nan)  # 0 also where nobody at all joined within these days
    return np.divide(recent, below, out=known, where=below > 0)


def _by_place(entries: Entries, values: FloatArray, name: str) -> pd.Series:
    """Return the mean over the entries of each place; NaN if none has a value."""
    at = pd.Series(values[entries.day, entries.place]).groupby(entries.place).mean()
    return pd.Series(at.reindex(range(len(entries.places))).to_numpy(), entries.places, name=name)
