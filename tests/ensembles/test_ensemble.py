"""Ensembles against their panels: every measure equals that of the dense array."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import protestspread as ps
from protestspread.ensembles.ensemble import Ensemble
from protestspread.ensembles.tables import spell_batch, spell_rows

PLACES = pd.Index(["A", "B", "C", "D"])


def ensemble_of(values):
    days = pd.date_range("2022-01-02", periods=values.shape[1], name="date")
    return Ensemble.from_values(values, days, pd.Index([f"p{k}" for k in range(values.shape[2])]))


panels = arrays(
    np.int64, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6), elements=st.sampled_from([0, 0, 1])
)
counts = arrays(
    np.int64, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6), elements=st.sampled_from([0, 0, 1, 2, 7])
)


@given(panels | counts, st.floats(0, 1))
def test_measures_are_those_of_the_panels(values, q):
    many = ensemble_of(values)
    assert (many.values == values).all()
    assert all((panel.to_numpy() == values[draw]).all() for draw, panel in enumerate(many))
    assert np.allclose(many.mean(), values.mean(axis=0))
    assert np.allclose(many.quantile(q), np.quantile(values, q, axis=0))
    assert (many.totals().to_numpy() == values.sum(axis=2).T).all()
    joined = np.maximum.accumulate(values > 0, axis=1)
    assert np.allclose(many.reached(), joined.mean(axis=0))
    assert np.allclose(many.share_joined(), joined.mean(axis=2).T)
    first = many.onsets()
    assert (first.notna().to_numpy() == joined[:, -1]).all()
    rows = joined.argmax(axis=1)[joined[:, -1]]
    assert (first.to_numpy()[joined[:, -1]] == many.dates.to_numpy()[rows]).all()
    assert many.reached_by(many.dates[-1]).tolist() == pytest.approx(joined[:, -1].mean(axis=0).tolist())


def test_onsets_of_a_panel_are_those_of_the_library():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B", "C"], "target": ["B", "C", "D"]}), PLACES)
    many = ps.simulate_many(ps.SIR(0.7, 0.3), graph, seeds=["A"], days=9, draws=5, rng=1)
    for draw, panel in enumerate(many):
        assert (many.onsets().loc[draw].dropna() == ps.onsets(panel).dropna()).all()


def test_coverage_counts_days_and_place_days():
    values = np.zeros((10, 3, 2), dtype=int)
    values[:5, 1:, 0] = 1
    values[:, 2, 1] = 1
    many = ensemble_of(values)  # totals: 0; 0 or 1; 1 or 2
    seen = pd.DataFrame([[0, 0], [1, 1], [np.nan, 1]], many.dates, many.places)
    found = many.coverage(seen, levels=(0.9,))
    assert found.loc[0.9, "totals"] == 0.5  # of two days: 0 lies within, 2 does not, the third is not known
    assert found.loc[0.9, "place_days"] == pytest.approx(4 / 5)
    with pytest.raises(ps.DataError, match=r"^levels must be"):
        many.coverage(seen, levels=(2,))
    with pytest.raises(ps.DataError, match=r"^observed must have all places"):
        many.coverage(seen[["p0"]])
    with pytest.raises(ps.DataError, match=r"^observed must have dates of the ensemble"):
        many.coverage(seen.set_axis(seen.index + pd.Timedelta(days=99)))


def test_intervals_of_the_true_model_hold_their_level():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    model = ps.EndemicEpidemicModel(6.0, 0.4, 0.2)
    many = ps.simulate_many(model, graph, seeds=[], days=12, draws=2000, rng=1)
    found = (
        pd.concat(
            [
                many.coverage(panel, levels=(0.5, 0.95))
                for panel in ps.simulate_many(model, graph, seeds=[], days=12, draws=40, rng=2)
            ]
        )
        .groupby("level")
        .mean()
    )
    assert (found.loc[0.95] > 0.93).all()
    assert found.loc[0.5].between(0.48, 0.68).all()  # counts are whole numbers, so that intervals hold more


def test_spells_in_continuous_time_meet_rows():
    """Row t is the state after t days; a spell between two rows is on the later, and none is counted twice."""
    spans = np.array([[0.0, 2.5], [0.2, 0.4], [2.2, 2.5], [2.7, 4.1], [2.2, 2.6], [2.7, 2.9]])
    batch = spell_batch([0] * 6, [0, 1, 2, 2, 3, 3], spans, 6, by_day=False)
    _, place, first, last = spell_rows(batch, 6)
    rows = sorted(zip(place.tolist(), first.tolist(), last.tolist(), strict=True))
    assert rows == [(0, 0, 2), (1, 1, 1), (2, 3, 3), (2, 4, 4), (3, 3, 3)]
    endless = spell_batch([0], [0], np.array([[1.5, np.inf]]), 6, by_day=False)
    assert [int(column[0]) for column in spell_rows(endless, 6)] == [0, 0, 2, 5]


def test_the_table_for_people():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    spells = ps.simulate_many(
        ps.SI(50.0), graph, seeds=["A"], days=3, draws=1, first_day="2022-01-02", rng=1
    ).to_frame()
    assert spells.astype(str).values.tolist() == [
        ["0", "A", "2022-01-02", "2022-01-04"],
        ["0", "B", "2022-01-03", "2022-01-04"],
    ]
    moments = ps.simulate_many(
        ps.SIR(9.0, 1.0, clock="continuous"), graph, seeds=["A"], days=30, draws=1, first_day="2022-01-02", rng=2
    ).to_frame()
    assert moments["first"].iloc[0] == pd.Timestamp("2022-01-03")  # the end of the first day
    assert moments["last"].gt(moments["first"]).all()
    counts = ps.simulate_many(ps.EndemicEpidemicModel(3.0), graph, seeds=[], days=3, draws=1, rng=2)
    assert counts.to_frame().groupby("date")["count"].sum().sum() == counts[0].to_numpy().sum()


def test_no_state_of_a_panel_depends_on_narrow_numbers():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    many = ps.simulate_many(ps.SI(1e-4), graph, seeds=["A"], days=40_000, draws=3, rng=1)
    assert many.totals().iloc[-1].tolist() == [2, 2, 2]
    assert str(many.table.schema.field("last").type) == "int32"


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (np.zeros((2, 2)), "^values must hold numbers, in three dimensions"),
        ([[[1], [2, 3]]], "^values must hold numbers, in three dimensions"),
        (np.zeros((1, 3, 2)), r"^values must have the shape \(draws, 2, 2\)"),
        (np.full((1, 2, 2), -1), "^values must be whole numbers, at least 0"),
        (np.full((1, 2, 2), 0.5), "^values must be whole numbers, at least 0"),
        (np.full((1, 2, 2), np.nan), "^values must be whole numbers, at least 0"),
        (np.full((1, 2, 2), "x"), "^values must hold numbers"),
    ],
)
def test_bad_values(values, match):
    days = pd.date_range("2022-01-02", periods=2, name="date")
    with pytest.raises(ps.DataError, match=match):
        Ensemble.from_values(values, days, pd.Index(["A", "B"]))


def test_bad_questions():
    many = ensemble_of(np.ones((2, 2, 2), dtype=int))
    with pytest.raises(IndexError, match=r"^draw must be from 0 to 1; got 2"):
        many[2]
    with pytest.raises(ps.DataError, match=r"^draw must be a whole number; got 'x'"):
        many["x"]
    assert many[-1].equals(many[1])
    with pytest.raises(ps.DataError, match=r"^day must be from 2022-01-02 to 2022-01-03; got 2022-02-01"):
        many.reached_by("2022-02-01")
    with pytest.raises(ps.DataError, match=r"^day must be"):
        many.reached_by("tomorrow")
