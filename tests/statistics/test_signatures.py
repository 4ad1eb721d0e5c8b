import numpy as np
import pandas as pd
import pytest

import protestspread as ps

ROWS = ("100000", "110000", "011010", "000010", "000100")


@pytest.fixture
def ring():
    """Six cells in a ring."""
    cells = "abcdef"
    ties = [(cells[i], cells[(i + step) % 6]) for i in range(6) for step in (1, -1)]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), nodes=list(cells))


@pytest.fixture
def toy():
    counts = [[int(cell) for cell in row] for row in ROWS]
    return pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=5, name="date"), columns=list("abcdef"))


def test_the_toy_by_hand(toy, ring):
    found = ps.spread_signatures(toy, ring, permutations=19, rng=1).totals["statistic"].to_dict()
    assert found == {
        "containment": 1,
        "escalation": 2,
        "relocation": 1,
        "extinction": 3,
        "flashpoint": 1,
        "adjacent_onset": 3,
    }


def test_the_same_seed_gives_the_same_null_and_p_values_are_ranks(toy, ring):
    one, other = (ps.spread_signatures(toy, ring, permutations=19, rng=7).totals for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert (one["p_value"].to_numpy() >= 1 / 20 - 1e-12).all()
    assert (one["p_value"].to_numpy() <= 1).all()


def test_what_cannot_be_told_is_refused(toy, ring):
    with pytest.raises(ps.DataError, match="whole"):
        ps.spread_signatures(toy / 2, ring)
    with pytest.raises(ps.DataError):
        ps.spread_signatures(toy.iloc[:1], ring)
    with pytest.raises(ps.DataError):
        ps.spread_signatures(toy.astype(float).replace(1.0, np.nan), ring)
    with pytest.raises(ps.DataError, match="z"):
        ps.spread_signatures(toy.rename(columns={"a": "z"}), ring)
