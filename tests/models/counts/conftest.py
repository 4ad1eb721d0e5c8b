"""Counts of 12 simulated places on 150 days, and attacks in 16 German states over 200 weeks, with their graphs."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DATA = Path(__file__).parents[2] / "reference" / "data"


@pytest.fixture(scope="session")
def twelve():
    """Panel, graph of the first order, and the terms of the reference fits."""
    dates = pd.date_range("2022-01-01", periods=150, name="date")
    panel, curfew = (
        pd.read_csv(DATA / f"next_counts12{name}.csv", index_col="day").set_axis(dates) for name in ("", "_curfew")
    )
    order = pd.read_csv(DATA / "next_counts12_order.csv").set_axis(panel.columns)
    source, target = np.nonzero(order.to_numpy() == 1)
    ties = pd.DataFrame({"source": panel.columns[source], "target": panel.columns[target]})
    population = pd.read_csv(DATA / "next_counts12_places.csv", index_col="id")["population"]
    weekend = pd.Series((np.arange(150) % 7 >= 5).astype(float), index=dates)
    return SimpleNamespace(
        panel=panel,
        order=order,
        graph=ps.DiffusionGraph.from_edges(ties, panel.columns),
        share=population / population.sum(),
        weekend=ps.Terms(by={"weekend": weekend}),
        curfew=ps.Terms(by={"curfew": curfew}),
    )


@pytest.fixture(scope="session")
def germany():
    """Panel and graph of the German states."""
    panel = pd.read_csv(DATA / "arvig_weekly_by_state.csv", index_col="week")
    panel.index = pd.date_range("2014-01-06", periods=len(panel), freq="W-MON", name="date")
    borders = pd.read_csv(DATA / "arvig_state_borders.csv").set_axis(["source", "target"], axis=1)
    both = pd.concat([borders, borders.set_axis(["target", "source"], axis=1)])
    return SimpleNamespace(panel=panel, graph=ps.DiffusionGraph.from_edges(both, panel.columns))
