import numpy as np
import pandas as pd
import pytest

import protestspread as ps


@pytest.fixture(scope="module")
def ring():
    places = [f"p{number:02}" for number in range(24)]
    ties = [(places[k], places[(k + step) % 24], 1.0) for k in range(24) for step in (1, -1)]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target", "weight"]))


@pytest.fixture(scope="module")
def carried(ring):
    model = ps.EndemicEpidemicModel(endemic=0.15, own=0.1, neighbors=0.5)
    return ps.simulate(model, ring, seeds=[], days=90, first_day="2022-01-03", rng=4)


def test_neighbors_that_carry_it_are_told_from_places_exchanged(ring, carried):
    fit = ps.fit_endemic_epidemic(carried, {"ring": ring}, endemic=ps.Terms())
    test = fit.placebo_test(permutations=39, rng=1)
    assert test.statistic == pytest.approx(np.sqrt(fit.compare(fit.without("neighbors")).statistic), abs=1e-3)
    assert test.verdict == "consistent with transmission"
    assert test.p_value == 1 / 40
    again = fit.placebo_test(permutations=39, rng=1)
    assert (again.placebos[0].draws == test.placebos[0].draws).all()


def test_a_national_wave_is_not_taken_for_neighbors(ring):
    days = pd.date_range("2022-01-03", periods=90, name="date")
    wave = 0.1 + 1.5 * np.exp(-np.abs(np.arange(90) - 40) / 8)
    panel = pd.DataFrame(np.random.default_rng(3).poisson(wave[:, None] * np.ones(24)), days, ring.nodes)
    fit = ps.fit_endemic_epidemic(panel, {"ring": ring}, endemic=ps.Terms())
    assert fit.compare(fit.without("neighbors")).p_value < 0.001  # the likelihood ratio alone is fooled
    people = pd.Series(np.arange(1, 25) * 1e4, ring.nodes)
    regions = {place: number // 6 for number, place in enumerate(ring.nodes)}
    test = fit.placebo_test(population=people, strata=regions, permutations=39, rng=1)
    assert test.verdict == "no evidence of transmission"
    assert [one.null for one in test.placebos] == [
        "places of like population exchanged",
        "places exchanged within strata",
    ]


def test_placebos_of_several_graphs_and_gaps(ring, carried):
    panel = carried.astype(float)
    panel.iloc[10:14, 2] = np.nan
    far = ring.subgraph(ring.nodes)
    fit = ps.fit_endemic_epidemic(panel, {"ring": ring, "back": far.reverse()}, endemic=ps.Terms(), own=None)
    assert fit.placebo_test("back", permutations=19, rng=1).statistic >= 0
    with pytest.raises(ps.DataError, match="network must be 'ring' or 'back'"):
        fit.placebo_test(permutations=19)


def test_the_likelihood_ratio_counts_the_terms_of_the_part(ring, carried):
    late = pd.Series((np.arange(len(carried)) > 45).astype(float), carried.index)
    terms = ps.Terms(by={"late": late})
    fit = ps.fit_endemic_epidemic(carried, ring, endemic=ps.Terms(), neighbors=terms)
    test = fit.placebo_test(permutations=19, rng=1)
    compared = fit.compare(fit.without("neighbors"))
    assert test.likelihood_p_value == compared.p_value
    assert test.statistic**2 == pytest.approx(compared.statistic, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"population": pd.Series([1.0], ["p00"])}, "population has no value for p01"),
        ({"population": 3}, "population must be"),
        ({"strata": {"p00": 1}}, "strata must have one label per place"),
        ({"permutations": 0}, "permutations must be"),
    ],
)
def test_bad_input(ring, carried, options, message):
    fit = ps.fit_endemic_epidemic(carried, ring, endemic=ps.Terms())
    with pytest.raises(ps.DataError, match=message):
        fit.placebo_test(**options)
