"""Who may have preceded whom, by event histories of onsets and of spells, by hand."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.models.hazards.parents import exposure_parents


def outside(table):
    return table[table["source"].isna()].set_index(["target", "date"])["probability"]


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_onsets_by_hand(sixty, link):
    onsets, log_population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=log_population, link=link, firth=False)
    effects = fit.params[list(graphs)]
    assert (effects > 0).all()
    table = fit.parents()
    assert len(outside(table)) == onsets.notna().sum()  # with those of the first day
    for target, of_target in table.groupby("target"):
        parts = {}
        for name, graph in graphs.items():
            weights = pd.Series(graph.matrix.toarray()[:, graph.nodes.get_loc(target)], graph.nodes)
            before = weights[(onsets < onsets[target]) & (weights > 0)]
            parts |= {(source, name): effects[name] * weight for source, weight in before.items()}
        total = sum(parts.values())
        assert of_target["probability"].iloc[0] == pytest.approx(np.exp(-total), abs=1e-12)
        assert np.isclose(of_target["probability"].sum(), 1, rtol=0, atol=1e-12)
        found = of_target.iloc[1:].set_index(["source", "network"])["probability"]
        assert set(found.index) == set(parts)
        for key, probability in found.items():
            assert probability == pytest.approx(parts[key] / total * -np.expm1(-total), rel=1e-9)


def test_a_network_with_a_negative_effect_transmits_nothing(sixty):
    onsets, log_population, graphs = sixty
    fit = ps.fit_event_history(
        onsets, graphs, attributes=log_population, memory={"near": ps.Lag(1), "hub": ps.Lag(1)}, firth=False
    )
    assert fit.params["hub"] < 0 < fit.params["near"]
    assert set(fit.parents()["network"].dropna()) == {"near"}


@pytest.fixture
def toy():
    """Four places with ties from A and B to C, and spells: A twice, B once, C twice."""
    days = pd.date_range("2022-01-01", periods=9, name="date")
    rows = {"A": "110010000", "B": "011100000", "C": "000010001", "D": "000001000"}
    panel = pd.DataFrame({name: [int(one) for one in row] for name, row in rows.items()}, days)
    ties = pd.DataFrame({"source": ["A", "B", "A"], "target": ["C", "C", "D"], "weight": [1.0, 2.0, 1.0]})
    return panel, ps.DiffusionGraph.from_edges(ties, nodes=list(panel.columns))


MEMORIES = {  # (target, day of its spell) -> what is remembered of (parent, day of its spell) the day before
    ps.Decay(1): {("C", 5): {("A", 1): 2**-3 + 2**-2, ("B", 2): 1 + 2**-1 + 2**-2},
                  ("C", 9): {("A", 1): 2**-7 + 2**-6, ("A", 5): 2**-3, ("B", 2): 2**-4 + 2**-5 + 2**-6}},
    ps.Lag(2): {("C", 5): {("B", 2): 1.0}, ("C", 9): {}},
    ps.Days(4): {("C", 5): {("A", 1): 1.0, ("B", 2): 1.0}, ("C", 9): {("A", 5): 1.0}},
    ps.Since(): {("C", 5): {("A", 1): 1.0, ("B", 2): 1.0}, ("C", 9): {("A", 1): 0.5, ("A", 5): 0.5, ("B", 2): 1.0}},
}  # fmt: skip


@pytest.mark.parametrize("memory", MEMORIES, ids=str)
def test_spells_by_hand(toy, memory):
    panel, graph = toy
    fit = ps.fit_event_history(
        ps.spells(panel), {"road": graph}, memory=memory, baseline="none", firth=True, panel=panel, attributes=None
    )
    table, effect = exposure_parents(fit.design.data, {"road": 0.4}), 0.4
    assert np.allclose(table.groupby(["target", "date"])["probability"].sum(), 1, rtol=0, atol=1e-12)
    assert len(outside(table)) == 6
    weights = {"A": 1.0, "B": 2.0}
    for (target, day), remembered in MEMORIES[memory].items():
        mine = table[(table["target"] == target) & (table["date"] == pd.Timestamp(2022, 1, day))].iloc[1:]
        found = {(row.source, row.source_date.day): row.probability for row in mine.itertuples()}
        parts = {key: effect * weights[key[0]] * value for key, value in remembered.items()}
        total = sum(parts.values())
        exposed = fit.design.data.exposures["road"][day - 1, 2] * effect
        assert total == pytest.approx(exposed, abs=1e-12)
        assert found == pytest.approx({key: part / total * -np.expm1(-total) for key, part in parts.items()})


def test_what_is_remembered_of_all_spells_is_the_exposure(recurrent):
    panel, log_population, graph = recurrent[:3]
    for memory in (ps.Days(3), ps.Since(), ps.Geometric(4, p=0.4)):
        fit = ps.fit_event_history(
            ps.spells(panel), graph, attributes=log_population, memory=memory, baseline="none", panel=panel
        )
        data, (name,) = fit.design.data, fit.networks
        share = 1 - outside(exposure_parents(data, {name: 0.7}))
        day, place = np.nonzero(data.risk.joined)
        keys = zip(data.risk.activity.places[place], data.risk.activity.days[day], strict=True)
        exposed = data.exposures[name][day, place]
        assert np.allclose(share.loc[list(keys)], -np.expm1(-0.7 * exposed), rtol=0, atol=1e-12)
