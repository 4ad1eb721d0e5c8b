"""Input and output tables of the statistics over time."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...tables import check_panel
from .panel_blocks import PanelBlock, observed_days
from .rates import Rates, check_population, standardize

PFrom = Literal["permutations", "moments"]
Rng = int | np.random.Generator | None


def rated_days(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    weights: Weights,
    population: pd.Series | None,
    rates: Rates | None,
    *,
    own: bool = False,
) -> "tuple[list[PanelBlock], np.typing.NDArray[np.object_]]":
    """Check the arguments and group the days by their observed places, with counts converted to rates if requested."""
    check_panel(panel)
    people = check_population(population, panel.columns, rates)
    groups, reasons = observed_days(panel, graph, weights, own=own)
    if people is None or rates is None:
        return groups, reasons
    return [replace(days, values=standardize(days.values, people[days.places], rates)) for days in groups], reasons


def long_table(panel: pd.DataFrame, table: dict[str, FloatArray], more: dict[str, Any]) -> pd.DataFrame:
    """Return a table with one row per date and place."""
    days, places = panel.shape
    codes: Any = [np.repeat(np.arange(days), places), np.tile(np.arange(places), days)]
    levels: Any = [panel.index, panel.columns]
    index = pd.MultiIndex(
        levels=levels, codes=codes, names=["date", panel.columns.name or "place"], verify_integrity=False
    )
    return pd.DataFrame({name: values.ravel() for name, values in table.items()} | more, index=index, copy=False)
