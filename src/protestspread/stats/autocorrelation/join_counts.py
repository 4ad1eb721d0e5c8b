"""Join counts of active places by day."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...inference.permutation_test import Alternative
from ...random_streams import seed_of
from .global_statistics import GlobalAdjust, GlobalStatistic, by_day
from .over_time import LEAST_SHARE, PFrom, Rng, by_name, check_moments
from .panel_blocks import PanelBlock, observed_days
from .results import GlobalAutocorrelation

Joins = Literal["BB", "BW", "WW"]


def join_counts_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    joins: Joins = "BB",
    at_least: float = 1,
    weights: Weights = "binary",
    permutations: int = 999,
    p_from: PFrom = "permutations",
    alternative: Alternative = "greater",
    adjust: GlobalAdjust = "max",
    rng: Rng = None,
) -> GlobalAutocorrelation:
    """Return the join counts of each day: the number of ties between two active places, or an active and an inactive one.

    For recent activity, use ``join_counts_over_time(ps.active(panel, memory_days=7), graph)``.

    Parameters
    ----------
    panel
        One row per day, one column per place.
    graph
        Graph of the same places. A tie in both directions is one join; a tie in one direction is half a join.
    joins
        "BB": both places active; "BW": one of the two; "WW": neither (black and white, after Cliff and Ord). If
        neighbors are similar, BB and WW are large and BW is small: test "BW" with ``alternative="less"``.
    at_least
        Smallest value at which a place counts as active.
    weights, permutations, p_from, alternative, adjust, rng
        As in `moran_over_time`.

    Returns
    -------
    GlobalAutocorrelation
        As `moran_over_time` returns it. If all places are active on a day, or none, there is a count but no p-value.

    Raises
    ------
    SchemaError, DataError
        As in `moran_over_time`.

    Notes
    -----
    A. D. Cliff, J. K. Ord (1981), Spatial Processes, Pion. Moments are refused on days on which less than a quarter of the
    places are of the kind that is counted (active for "BB", inactive for "WW", each for "BW").

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-02":"2022-01-05"]
    >>> by_day = ps.join_counts_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> bool((by_day.to_frame()["statistic"] >= 0).all())
    True
    """
    panel = by_name(panel)
    with Arguments() as check:
        check.choice("joins", joins, ["BB", "BW", "WW"])
        check.number("at_least", at_least)
    values = panel.astype(float)
    states = (values >= at_least).astype(float).where(panel.notna())
    groups, reasons = observed_days(states, graph, weights)
    for kind in {"BB": [states], "WW": [1 - states], "BW": [states, 1 - states]}[joins]:
        check_moments(p_from, kind, LEAST_SHARE, "the share of places of the kind that is counted")

    def make(days: PanelBlock) -> GlobalStatistic:
        active, inactive = days.values, days.seen - days.values
        half = np.full(len(active), 0.5)
        if joins == "BW":  # with values of ±1, (1 - product) / 2 is 1 for a BW pair, else 0
            return GlobalStatistic(active - inactive, days.weights, days.total * half / 2, -half / 2)
        return GlobalStatistic(active if joins == "BB" else inactive, days.weights, 0 * half, half)

    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table = by_day(panel, groups, reasons, make, seed=seed_of(rng), **options)
    return GlobalAutocorrelation.of(table, f"join counts ({joins})", **options)
