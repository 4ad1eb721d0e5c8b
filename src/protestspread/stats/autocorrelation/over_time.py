"""Input and output tables of the statistics over time."""

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...tables import check_panel
from ...wording import format_days
from .panel_blocks import PanelBlock, observed_days
from .rates import Rates, check_population, standardize

PFrom = Literal["permutations", "moments"]
Rng = int | np.random.Generator | None

LEAST_MEAN = 1.0
"""Smallest mean count of a day for a normal distribution of a global statistic."""
LEAST_SHARE = 0.25
"""Smallest share of places for a normal distribution of join counts."""
LEAST_LOCAL_SUM = 80.0, "the events of a place and its neighbors"
"""The same for local statistics: the smallest mean of what they sum, and its name; found in worlds of independent counts."""
_MOST_ZEROS = 0.1  # of values that are no counts, such as moving averages


def by_name(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel with its places sorted by name, so that draws do not depend on the order of the columns."""
    check_panel(panel)
    names: Any = panel.columns.tolist()
    try:
        names = sorted(names)
    except TypeError:  # names of several types
        names = sorted(names, key=lambda name: (str(name), type(name).__name__))
    order = panel.columns.get_indexer(pd.Index(names, dtype=panel.columns.dtype))
    return panel if (order == np.arange(len(order))).all() else panel.iloc[:, order]


def rated_days(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    weights: Weights,
    population: pd.Series | None,
    rates: Rates | None,
    *,
    own: bool = False,
) -> "tuple[list[PanelBlock], np.typing.NDArray[np.object_]]":
    """Group the days of a checked panel by their observed places, with counts converted to rates if requested."""
    people = check_population(population, panel.columns, rates)

    def convert(values: FloatArray, places: IntArray) -> FloatArray:
        return values if people is None or rates is None else standardize(values, people[places], rates)

    return observed_days(panel, graph, weights, own=own, convert=convert)


def check_moments(
    p_from: object, panel: pd.DataFrame, least: float, of: str, summed: Iterable[tuple[IntArray, float]] = ()
) -> None:
    """Raise `DataError` if p-values from moments are wrong for the values of a panel, because most of them are 0 or small.

    Parameters
    ----------
    p_from
        Other sources of p-values are not wrong.
    panel
        Values before they are converted to rates. Days with the same value at all places are not tested and do not matter.
    least
        The smallest mean of counts by day.
    of
        What the mean counts, as part of a sentence.
    summed
        Rows of the panel, and by how many places a statistic sums on these days: `least` is of the sum.
    """
    if not (isinstance(p_from, str) and p_from == "moments"):
        return
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    tested = np.flatnonzero((values > np.fmin.reduce(values, axis=1, initial=np.inf)[:, None]).any(axis=1))
    values = values[tested]
    if not len(tested) or np.nanmin(values) < 0:
        return
    times = np.ones(len(panel))
    for rows, many in summed:
        times[rows] = many
    counts = not (np.nan_to_num(values) % 1).any()
    sparse = (
        np.nanmean(values, axis=1) * times[tested] < least if counts else np.nanmean(values == 0, axis=1) > _MOST_ZEROS
    )
    if sparse.any():
        days = shorten_list(panel.index[tested[sparse]].strftime("%Y-%m-%d"), most=6)
        need = (
            f"{of} to be at least {least:g} on average"
            if counts
            else f"at most {_MOST_ZEROS:.0%} of the values to be 0"
        )
        what = (
            f"p_from='moments' needs {need}, because a normal distribution makes rare events of a few counts seem "
            f"significant; this is not so on {format_days(int(sparse.sum()))} ({days})"
        )
        raise DataError(what, fix="pass p_from='permutations'")


def long_table(
    panel: pd.DataFrame, names: pd.Index, table: dict[str, FloatArray], more: dict[str, Any]
) -> pd.DataFrame:
    """Return a table with one row per date and place, from columns of shape (days, places).

    Parameters
    ----------
    panel
        The panel as it was given.
    names
        Its places in the order of the columns.
    table, more
        Numbers, and pairs of codes and categories.
    """
    days, places = panel.shape
    given: Any = slice(None) if names.equals(panel.columns) else names.get_indexer(panel.columns)
    codes: Any = [np.repeat(np.arange(days), places), np.tile(np.arange(places), days)]
    levels: Any = [panel.index, panel.columns]
    index = pd.MultiIndex(
        levels=levels, codes=codes, names=["date", panel.columns.name or "place"], verify_integrity=False
    )
    columns: dict[str, Any] = {name: values[:, given].ravel() for name, values in table.items()}
    for name, (code, categories) in more.items():
        columns[name] = pd.Categorical.from_codes(code[:, given].ravel(), categories=pd.Index(categories))
    return pd.DataFrame(columns, index=index, copy=False)
