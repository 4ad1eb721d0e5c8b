"""A small world: six places on a ring, counts with an own and a neighbors part, and onsets."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

PLACES = list("ABCDEF")


@pytest.fixture(scope="session")
def ring():
    pairs = [(PLACES[i], PLACES[(i + 1) % 6]) for i in range(6)]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(pairs + [(b, a) for a, b in pairs], columns=["source", "target"]))


@pytest.fixture(scope="session")
def counts(ring):
    model = ps.EndemicEpidemicModel(endemic=1.0, own=0.3, neighbors=0.3, overdispersion=0.2)
    return ps.simulate(model, ring, seeds=[], days=60, first_day="2022-01-03", rng=3)


@pytest.fixture(scope="session")
def first():
    days = [1, 2, 2, 4, np.nan, np.nan]
    return pd.Series(pd.Timestamp("2021-12-31") + pd.to_timedelta(days, unit="D"), index=PLACES)
