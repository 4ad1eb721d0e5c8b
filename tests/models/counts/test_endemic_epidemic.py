"""Counts: the mean by hand on an asymmetric graph, the moments of draws, explosions."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.models.counts.endemic_epidemic import EndemicEpidemicModel

TIES = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"], "weight": [3.0, 1.0, 5.0]})
GRAPH = ps.DiffusionGraph.from_edges(TIES)
DATES = pd.date_range("2022-01-01", periods=3, name="date")
PANEL = pd.DataFrame({"A": [8, 0, 1], "B": [2, 1, 0], "C": [4, 0, 0]}, index=DATES)


def test_the_mean_by_hand():
    """What leaves A goes 3/4 to B and 1/4 to C, what leaves B goes to C, nothing leaves C."""
    model = EndemicEpidemicModel(endemic=0.5, own=0.25, neighbors=0.5)
    expected = [
        [0.5 + 2.0, 0.5 + 0.5 + 0.5 * 6, 0.5 + 1.0 + 0.5 * (2 + 2)],
        [0.5, 0.5 + 0.25, 0.5 + 0.5 * 1],
    ]
    found = model.expected_counts(PANEL, GRAPH)
    assert np.allclose(found, expected, rtol=1e-14)
    assert found.index.equals(DATES[1:])


def test_the_mean_does_not_depend_on_the_order_of_places():
    model = EndemicEpidemicModel(
        pd.Series({"C": 3.0, "A": 1.0, "B": 2.0}), 0.1, pd.Series({"A": 0.2, "B": 0.4, "C": 0.6})
    )
    turned = model.expected_counts(PANEL[["C", "A", "B"]], GRAPH)
    pd.testing.assert_frame_equal(turned[["A", "B", "C"]], model.expected_counts(PANEL, GRAPH))


def test_an_unobserved_place_hides_those_it_reaches():
    gap = PANEL.astype(float)
    gap.loc[DATES[0], "B"] = np.nan
    hidden = EndemicEpidemicModel(0.5, 0.25, 0.5).expected_counts(gap, GRAPH).isna()
    assert hidden.to_numpy().tolist() == [[False, True, True], [False, False, False]]


@pytest.mark.long
@pytest.mark.parametrize("overdispersion", [0.0, 0.7])
def test_draws_have_the_mean_and_the_variance(overdispersion):
    model = EndemicEpidemicModel(1.0, 0.5, 0.5, overdispersion)
    first = {"A": 8, "B": 2, "C": 4}
    mean = model.expected_counts(PANEL, GRAPH).iloc[0].to_numpy()
    drawn = ps.simulate_many(model, GRAPH, seeds=first, days=2, draws=20_000, rng=5).values[:, 1]
    variance = mean * (1 + overdispersion * mean)
    assert np.abs(drawn.mean(axis=0) - mean).max() < 4 * np.sqrt(variance.max() / 20_000)
    assert np.allclose(drawn.var(axis=0), variance, rtol=0.1)


def test_a_shock_by_date_is_felt_on_its_date():
    endemic = pd.DataFrame(0.0, index=DATES, columns=["A", "B", "C"])
    endemic.loc["2022-01-03"] = 1000.0
    panel = ps.simulate(EndemicEpidemicModel(endemic), GRAPH, seeds=[], days=3, first_day="2022-01-01", rng=1)
    assert (panel.sum(axis=1) > 0).tolist() == [False, False, True]


def test_the_dominant_eigenvalue():
    both = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    assert EndemicEpidemicModel(1.0, 0.3, 0.6).dominant_eigenvalue(both) == pytest.approx(0.9, abs=1e-12)
    assert EndemicEpidemicModel(1.0, 0.3, 0.6).dominant_eigenvalue(GRAPH) == pytest.approx(
        0.3, abs=1e-12
    )  # no way back
    with pytest.raises(ps.DataError, match=r"^own must not vary by date"):
        EndemicEpidemicModel(1.0, pd.DataFrame({"A": [0.1]})).dominant_eigenvalue(GRAPH)


def test_counts_that_grow_without_bound_are_an_error():
    with pytest.raises(
        ps.DataError, match=r"^own and neighbors make .* grow without bound.*\nFix: .*dominant_eigenvalue"
    ):
        ps.simulate(EndemicEpidemicModel(5.0, 40.0), GRAPH, seeds=["A"], days=60, rng=1)


def test_bad_parameters():
    with pytest.raises(ps.DataError) as raised:
        EndemicEpidemicModel(-1.0, np.nan, 0.1, -2.0)
    assert len(raised.value.faults) == 3
    with pytest.raises(ps.DataError, match=r"^overdispersion must be one number; got Series"):
        EndemicEpidemicModel(1.0, overdispersion=pd.Series([0.1, 0.2]))


def test_a_graph_over_other_places():
    with pytest.raises(ps.DataError) as raised:
        EndemicEpidemicModel(1.0).expected_counts(PANEL.rename(columns={"C": "D"}), GRAPH)
    assert "D" in raised.value.faults[0]
    assert "C" in raised.value.faults[1]
