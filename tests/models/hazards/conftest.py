"""Outside data for event histories."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DATA = Path(__file__).parents[2] / "reference" / "data"


@pytest.fixture(scope="session")
def sixty():
    """Sixty places: onsets, log population, and the networks near and hub."""
    places = pd.read_csv(DATA / "next_places60.csv").set_index("id")
    return (
        places["onset"],
        _log_population(places),
        _graphs(DATA / "next_places60_ties.csv", places.index),
    )


@pytest.fixture(scope="session")
def doctors(reference):
    """125 doctors: period of adoption, NaN for never, and who named whom, with weights of 1 and as given."""
    adopted = pd.read_csv(reference / "data" / "med_innovations_adoption.csv").set_index("id")["toa"].astype(float)
    named = pd.read_csv(reference / "data" / "med_innovations_edges.csv")
    ties = named.rename(columns={"alter": "source", "ego": "target"}).drop_duplicates(["source", "target"])
    return (
        adopted.where(adopted < 18),
        ps.DiffusionGraph.from_edges(ties.assign(weight=1.0), nodes=list(adopted.index)),
        ps.DiffusionGraph.from_edges(ties, nodes=list(adopted.index)),
    )


@pytest.fixture(scope="session")
def recurrent():
    """Sixty places that are active again and again: panel, log population, and the network near."""
    places = pd.read_csv(DATA / "next_recurrent_places.csv").set_index("id")
    active = pd.read_csv(DATA / "next_recurrent_active.csv").set_index("day")[list(places.index)]
    graphs = _graphs(DATA / "next_recurrent_ties.csv", places.index)
    panel = active.set_axis(pd.date_range("2022-01-01", periods=len(active), name="date"))
    return panel, _log_population(places), graphs["near"]


def _log_population(places):
    size = np.log(places["population"])
    return (size - size.mean()).rename("lp")


def _graphs(file, places):
    ties = pd.read_csv(file)
    return {
        name: ps.DiffusionGraph.from_edges(part.drop(columns="network"), nodes=list(places))
        for name, part in ties.groupby("network")
    }
