"""The networks of other packages' examples, and two toys of six places that are computed by hand."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

TIES = [(1, 2, 1), (1, 3, 1), (2, 3, 2), (3, 4, 1), (2, 5, 1), (4, 5, 0.5), (4, 6, 1), (5, 6, 3)]
RETURNS = {1: "11000000", 2: "00110010", 3: "01100011", 4: "00010110", 5: "00000100", 6: "00000000"}


def toy_graph(*, weighted=True):
    ties = pd.DataFrame(TIES, columns=["source", "target", "weight"])
    return ps.DiffusionGraph.from_edges(ties if weighted else ties.assign(weight=1.0)).subgraph([1, 2, 3, 4, 5, 6])


@pytest.fixture(scope="session")
def toy():
    """Six places and their ties, each of weight 1; place 6 never joins."""
    return pd.Series({1: 1, 2: 2, 3: 4, 4: 3, 5: 5, 6: np.nan}), toy_graph(weighted=False)


@pytest.fixture(scope="session")
def returning():
    """Spells of six places that become active again, and their weighted ties."""
    days = pd.date_range("2022-01-01", periods=8, name="date")
    panel = pd.DataFrame({place: [int(one) for one in text] for place, text in RETURNS.items()}, index=days)
    return ps.spells(panel), toy_graph()


@pytest.fixture(scope="session")
def doctors(reference):
    """medInnovations of netdiffuseR: 125 doctors, the period of adoption (18: never), who names whom; every weight is 1."""
    onsets = pd.read_csv(reference / "data" / "med_innovations_adoption.csv", index_col="id")["toa"]
    named = pd.read_csv(reference / "data" / "med_innovations_edges.csv")
    ties = pd.DataFrame({"source": named["alter"], "target": named["ego"]})
    return onsets, ps.DiffusionGraph.from_edges(ties, nodes=onsets.index)
