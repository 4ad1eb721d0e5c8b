"""Outside data that travel with the tests; where each file comes from: data/SOURCES.md."""

from pathlib import Path

import pandas as pd
import pytest

import protestspread as ps

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def states():
    """Attacks in the 16 German states over 200 weeks (arvig): a panel."""
    table = pd.read_csv(DATA / "arvig_weekly_by_state.csv", index_col="week")
    table.index = pd.date_range("2014-01-06", periods=len(table), freq="W-MON", name="date")
    return table


@pytest.fixture(scope="session")
def german_states(states):
    """The 29 shared borders of the states, both ways, each of weight 1."""
    borders = pd.read_csv(DATA / "arvig_state_borders.csv").set_axis(["source", "target"], axis=1)
    both = pd.concat([borders, borders.set_axis(["target", "source"], axis=1)])
    return ps.DiffusionGraph.from_edges(both, states.columns)
