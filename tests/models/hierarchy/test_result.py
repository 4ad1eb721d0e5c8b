"""What a decomposition does as a fit: panels observed and expected, simulation, exponents at 0, comparison, its model."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError

DRAWS = 600


@pytest.fixture(scope="module")
def fitted(case):
    frame = case.cities[case.cities["in_frame"]]
    onsets = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    return onsets, ps.decompose_diffusion(onsets, frame, observed_until="2022-01-08", simulations=0, population_draws=0)


def test_observed_and_expected_panels(fitted):
    onsets, fit = fitted
    observed, expected = fit.observed(), fit.expected()
    assert observed.isna().equals(expected.isna())
    assert observed.iloc[0].isna().all()  # the first day has no earlier onset
    days = observed.sum(axis=1)
    assert expected.sum(axis=1).to_numpy() == pytest.approx(days.to_numpy(), abs=1e-9)
    assert days.sum() == fit.events == (onsets > onsets.min()).sum()
    for place in observed:
        assert observed[place].sum() == (pd.notna(onsets[place]) and onsets[place] > onsets.min())


def test_simulated_frequencies_are_near_the_expected_ones(fitted):
    onsets, fit = fitted
    expected = fit.expected()
    panels = fit.simulate(DRAWS, rng=3)
    assert (panels.values.sum(axis=2) == onsets.value_counts().sort_index().cumsum().to_numpy()).all()
    for last in expected.index[:-1]:
        before = onsets[onsets <= last]
        found = fit.simulate(DRAWS, given=before, rng=3)
        row = found.dates.get_loc(last) + 1
        share = (found.values[:, row] - found.values[:, row - 1]).mean(axis=0)
        chance = expected.iloc[row].reindex(found.places).fillna(0.0).to_numpy()
        assert np.abs(share - chance).max() < 4.5 * np.sqrt(0.25 / DRAWS)
        assert share.sum() == pytest.approx(chance.sum())
        assert ps.onsets(found[0])[before.index].equals(before.rename("onset"))


def test_an_exponent_at_0(fitted):
    _, fit = fitted
    tests = fit.exponents["p_value"]
    for name in ("population", "distance"):
        less = fit.without(name)
        assert less.parameter_names == tuple(row for row in tests.index if not row.startswith(name))
        assert fit.compare(less).p_value == pytest.approx(tests[f"{name}_exponent"], rel=1e-6)
        assert less.exponents.loc[f"{name}_exponent", "estimate"] == 0
        assert f"{name} exponent held at 0" in less.headline.lower()
        assert f"no effect of {name}" not in less.sentence
        nothing = less.without("population", "distance")
        other = next(row for row in tests.index if not row.startswith(name))
        assert less.compare(nothing).p_value == pytest.approx(less.exponents.loc[other, "p_value"], rel=1e-6)
        assert len(less.figure(level=0.9).scales) == 1
    assert nothing.parameters == 0
    at_risk = fit.observed().notna().sum(axis=1)
    day = fit.observed().sum(axis=1)
    expected = nothing.expected().max(axis=1)[day > 0]
    assert expected.to_numpy() == pytest.approx((day / at_risk)[day > 0].to_numpy())  # all places are alike
    assert fit.compare(nothing).reference == "χ² with 2 degrees of freedom"
    with pytest.raises(DataError, match="names must be 'population' or 'distance'; got 'road'"):
        fit.without("road")


def test_distances_that_differ_are_not_nested(case, fitted):
    onsets, fit = fitted
    frame = case.cities[case.cities["in_frame"]]
    options = {"observed_until": "2022-01-08", "simulations": 0, "population_draws": 0}
    graph = ps.nearest_graph(frame, k=12).union(ps.hierarchy_graph(frame))
    other = ps.decompose_diffusion(onsets, frame, graph=graph, **options)
    assert np.isnan(other.compare(fit.without("population")).p_value)


def test_given_onsets_must_be_some(fitted):
    _, fit = fitted
    with pytest.raises(DataError, match="given must hold at least one onset"):
        fit.simulate(3, given=pd.Series({"Aktau": pd.NaT}))
    with pytest.raises(DataError, match="given must hold places of the fit; got Paris"):
        fit.simulate(3, given=pd.Series({"Paris": pd.Timestamp("2022-01-02")}))


def test_residuals_and_the_model(fitted):
    _, fit = fitted
    residuals = fit.residuals()
    assert residuals.isna().equals(fit.observed().isna())
    assert (np.sign(residuals.to_numpy()[fit.observed() == 1]) >= 0).all()
    assert fit.model == ps.HierarchicalDiffusionModel(fit.population_exponent, fit.distance_exponent)
    assert fit.robust_standard_errors is None


def test_chances_of_the_model():
    model = ps.HierarchicalDiffusionModel(0.5, 2.0)
    population, distance = pd.Series({"A": 4, "B": 1}), pd.Series({"B": 2, "A": 1})
    assert model.chances(population, distance).to_dict() == pytest.approx({"A": 8 / 9, "B": 1 / 9})
    for wrong, words in (
        ((population, distance.rename({"A": "C"})), "distance must have the places of population"),
        ((population * 0, distance), "population must be above 0"),
        ((population, [1, 2]), "distance must be a Series by place"),
    ):
        with pytest.raises(DataError, match=words):
            model.chances(*wrong)
    with pytest.raises(DataError, match="population_exponent must be a number"):
        ps.HierarchicalDiffusionModel(np.nan, 1.0)
