"""Attributes beside networks: what is taken from a table of cities, groups, places left out, and faults."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import protestspread as ps
from protestspread.errors import DataError
from protestspread.models.attributes import PlaceAttributes, only_group

QUICK = {"placebos": 0, "rival_draws": 0}


@pytest.fixture(scope="module")
def january(case):
    """Onsets of January 2022 in the sampling frame, the networks of the demo, and the cities."""
    cities = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"]]
    first = ps.onsets(ps.count_events(events, case.cities, end="2022-01-08", observed=case.coverage))[cities.index]
    seat = cities["is_regional_capital"]
    largest = cities[~seat.groupby(cities["region_id"]).transform("any")].groupby("region_id")["population"].idxmax()
    centers = cities.assign(is_regional_capital=seat | cities.index.isin(largest))
    return first, {"oil": ps.similarity_graph(cities, "oil_gas"), "hierarchy": ps.hierarchy_graph(centers)}, cities


def test_january_2022_is_explained_better_by_attributes_than_by_networks(january):
    """AICc by hand from the log-likelihoods of an independent analysis."""
    first, networks, cities = january
    plain = {
        names: fit.aicc for names, fit in ps.compare_networks(first, networks, **QUICK, attributes=None).fits.items()
    }
    found = ps.compare_networks(first, networks, cities, attributes=["population", "is_regional_capital"], **QUICK)
    assert found.attributes == ("log population", "is_regional_capital", "member of 'oil'")
    beside = {names: fit.aicc for names, fit in found.fits.items()}
    size = {"attributes": np.log(cities["population"]), "effect": "multiplicative"}
    assert ps.fit_oada(first, networks).without_transmission().aicc == pytest.approx(107.18, abs=0.01)
    assert ps.fit_oada(first, networks).aicc == pytest.approx(88.57, abs=0.01)
    assert ps.fit_oada(first, networks, **size).aicc == pytest.approx(85.68, abs=0.01)
    assert beside[()] == pytest.approx(77.83, abs=0.01)
    assert beside[("hierarchy",)] == pytest.approx(77.89, abs=0.01)
    assert beside[("oil",)] == pytest.approx(80.68, abs=0.01)
    assert found.fits[("oil",)].strength("oil") == 0
    assert found.models.index[0] == ()
    assert plain.keys() == beside.keys()
    assert found.carriers == ()
    assert found.sentence == (
        "The order in which 25 of 42 places joined shows no sign of transmission along 'oil' or 'hierarchy': the model with log "
        "population, is_regional_capital and member of 'oil' and no network fits best, but the model with 'hierarchy' alone fits "
        "almost as well (AICc less than 2 higher)."
    )
    assert any(
        "'oil' ties all members of one group alike and cannot be told from" in caveat for caveat in found.caveats
    )


def test_population_is_the_default_and_its_absence_is_said(january):
    first, networks, cities = january
    assert ps.compare_networks(first, networks, cities, **QUICK).attributes == ("log population", "member of 'oil'")
    nothing_known = [
        ps.compare_networks(first, {"hierarchy": networks["hierarchy"]}, **QUICK),
        ps.compare_networks(first, {"hierarchy": networks["hierarchy"]}, cities, attributes=None, **QUICK),
        ps.compare_networks(first, {"hierarchy": networks["hierarchy"]}, cities.drop(columns="population"), **QUICK),
    ]
    for found in nothing_known:
        assert found.attributes == ()
        assert found.caveats[0].startswith("Population is not in the model: ")
        assert found.caveats[0] in repr(found)


def test_attributes_as_a_table_are_those_of_fit_oada(january):
    first, networks, cities = january
    given = pd.DataFrame({"size": np.log(cities["population"]), "far": np.arange(len(cities)) / 10}, index=cities.index)
    one = {"hierarchy": networks["hierarchy"]}
    found = ps.compare_networks(first, one, attributes=given, effect="additive", **QUICK)
    alone = ps.fit_oada(first, one, attributes=given, effect="additive")
    assert found.fits[("hierarchy",)].log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-7)


def test_columns_become_numbers():
    cities = pd.DataFrame(
        {"population": [1000, 10_000, 100_000], "seat": [True, False, False], "west": [0.2, 0.5, np.nan],
         "port": pd.array([True, None, False], dtype=object)}, index=list("ABC"),
    )  # fmt: skip
    onsets = pd.Series([1.0, 2.0, np.nan], index=list("ABC"))
    found = PlaceAttributes.of(["population", "seat"], cities, onsets).table
    assert found["log population"].to_numpy() == pytest.approx(np.log(10) * np.array([-1, 0, 1]))
    assert found["seat"].tolist() == [1, 0, 0]
    west = PlaceAttributes.of("west", cities, onsets)
    assert list(west.left_out) == ["C"]
    assert west.table["west"].tolist() == [0.2, 0.5]
    assert west.population.tolist() == [1000, 10_000]
    with pytest.raises(DataError, match=r"^attributes are unknown for 1 of 2 places that joined \(B\)"):
        PlaceAttributes.of("port", cities, onsets)


def test_places_without_a_value_leave_the_comparison_and_are_named(january):
    first, networks, cities = january
    quiet = first.index[first.isna()][:3]
    loud = first.idxmax()
    lacking = cities.assign(population=cities["population"].astype(float).where(~cities.index.isin([*quiet, loud])))
    found = ps.compare_networks(
        first, networks, lacking, strata=cities["region_id"], seeds="first day", placebos=3, rival_draws=3,
        date_intervals=(first, first), date_draws=2, rng=1,
    )  # fmt: skip
    kept = ~first.index.isin([*quiet, loud])
    fewer = {name: graph.subgraph(first.index[kept]) for name, graph in networks.items()}
    same = ps.compare_networks(
        first[kept], fewer, cities, strata=cities["region_id"], seeds="first day", placebos=3, rival_draws=3, rng=1
    )
    assert found.models["aicc"].to_numpy() == pytest.approx(same.models["aicc"].to_numpy())
    assert found.placebo_statistics.to_numpy() == pytest.approx(same.placebo_statistics.to_numpy(), abs=1e-6)
    assert found.onsets == same.onsets
    said = next(caveat for caveat in found.caveats if "left out" in caveat)
    assert all(str(place) in said for place in [*quiet, loud])
    joined = first.index[first.notna()][:3]
    with pytest.raises(
        DataError, match=r"(?s)^attributes are unknown for 3 of 25 places that joined .*Fix: pass attributes=None"
    ):
        ps.compare_networks(
            first, networks, cities.assign(population=cities["population"].where(~cities.index.isin(joined)))
        )


def test_a_group_is_added_once_and_never_twice(january):
    first, networks, cities = january
    both = {"oil": networks["oil"], "again": ps.similarity_graph(cities, "oil_gas"), "hierarchy": networks["hierarchy"]}
    assert ps.compare_networks(first, both, cities, **QUICK).attributes == ("log population", "member of 'oil'")
    for given in (["oil_gas"], cities["oil_gas"], 1.0 - cities["oil_gas"].rename("no oil")):
        found = ps.compare_networks(first, networks, cities, attributes=given, **QUICK)
        assert len(found.attributes) == 1
        assert any("'oil' ties all members of one group alike" in caveat for caveat in found.caveats)


@pytest.mark.parametrize(
    ("weights", "members"),
    [
        ([[0, 2, 0], [2, 0, 0], [0, 0, 0]], [True, True, False]),
        ([[0, 2, 0], [1, 0, 0], [0, 0, 0]], None),  # weights differ
        ([[0, 1, 0], [0, 0, 0], [0, 0, 0]], None),  # in one direction
        ([[0, 1, 1], [1, 0, 1], [1, 1, 0]], None),  # everybody: nothing to tell
        ([[0, 1, 1], [1, 0, 0], [1, 0, 0]], None),  # not complete
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], None),
    ],
)
def test_which_graphs_are_a_group(weights, members):
    found = only_group(sp.csr_array(np.array(weights, dtype=float)))
    assert members == (None if found is None else found.tolist())


def test_two_separate_groups_are_no_flag():
    pair = np.ones((2, 2)) - np.eye(2)
    assert only_group(sp.csr_array(np.kron(np.eye(2), pair))) is None


def test_an_attribute_that_separates_is_said(january):
    first, networks, _ = january
    early = (first <= first.min() + pd.Timedelta(days=1)).astype(float).rename("early")
    found = ps.compare_networks(first, {"hierarchy": networks["hierarchy"]}, attributes=early, **QUICK)
    assert any(
        caveat.startswith("Early separates the places that joined first from the others") for caveat in found.caveats
    )


@pytest.mark.parametrize(
    ("attributes", "match"),
    [
        (["population", "rail"], r"^attributes must be columns of cities; cities has no 'rail'\nFix: choose from "),
        ("region_id", r"^attributes are not valid: 'region_id' must hold numbers or True and False"),
        (["in_frame"], r"^attributes are not valid: 'in_frame' must vary; it is the same for all places"),
        (3, r"^attributes must be names of columns of cities"),
        (["population", "doubled"], r"^attributes are not valid: the columns log population, doubled are collinear"),
        (["negative"], None),
    ],
)
def test_attributes_that_do_not_fit(january, attributes, match):
    first, networks, cities = january
    size = np.log(cities["population"])
    cities = cities.assign(doubled=2 * size, negative=-size)
    if match is None:
        assert ps.compare_networks(first, networks, cities, attributes=attributes, **QUICK).attributes[0] == "negative"
        return
    with pytest.raises(DataError, match=match):
        ps.compare_networks(first, networks, cities, attributes=attributes, **QUICK)


def test_a_population_of_zero_and_cities_that_do_not_fit(january):
    first, networks, cities = january
    with pytest.raises(DataError, match=r"^attributes are not valid: 'population' must be above 0; got "):
        ps.compare_networks(first, networks, cities.assign(population=0), **QUICK)
    with pytest.raises(DataError, match=r"^cities do not fit the onsets: cities has no row for "):
        ps.compare_networks(first, networks, cities.iloc[1:], **QUICK)
    with pytest.raises(DataError, match=r"^cities must be a table with one row per place; got 3"):
        ps.compare_networks(first, networks, 3, **QUICK)
    with pytest.raises(DataError, match=r"^attributes needs cities for the columns west; got no cities"):
        ps.compare_networks(first, networks, attributes=["west"], **QUICK)


def test_all_places_alike_and_one_place_active(january):
    first, networks, cities = january
    with pytest.raises(
        DataError, match=r"^attributes are not valid: 'log population' must vary; .*same for all places"
    ):
        ps.compare_networks(first, networks, cities.assign(population=1000), **QUICK)
    one = first.where(first.index == first.idxmin())
    with pytest.raises(
        DataError, match=r"^onsets must fall on at least two days; the only place that joined did so on "
    ):
        ps.compare_networks(one, networks, cities, **QUICK)


def test_the_table_of_cities_is_not_changed(january):
    first, networks, cities = january
    before = cities.copy(deep=True)
    ps.compare_networks(first, networks, cities, attributes=["population", "is_regional_capital"], **QUICK)
    pd.testing.assert_frame_equal(pd.DataFrame(cities), pd.DataFrame(before))


def test_by_times_with_both_rivals_and_seeds(january):
    """Worlds draw days on the clock of the fit; seeds stay where they are."""
    first, networks, cities = january
    found = ps.compare_networks(
        first, {"hierarchy": networks["hierarchy"]}, cities, observed_until="2022-01-08", seeds="first day", strata=cities["region_id"],
        placebos=2, rival_draws=3, rivals=[ps.AttributesWorld(), ps.ReportingDelayWorld(), ps.RegionalShockWorld()], rng=1,
    )  # fmt: skip
    assert list(found.rival_statistics.index.get_level_values("rival").unique()) == [
        "attributes alone", "late reports of small places", "causes that a region shares"
    ]  # fmt: skip
    assert found.rival_statistics["hierarchy"].between(0, 100).all()
    assert found.rival_statistics["hierarchy"].nunique() > 3
    assert found.by == "times"


def test_a_world_that_the_data_cannot_feed_is_said(january):
    first, networks, _ = january
    found = ps.compare_networks(first, networks, placebos=0, rival_draws=2, rng=1)
    assert "The world of late reports of small places was not tried: populations are not known." in found.caveats
    assert found.rival_statistics.index.get_level_values("rival").unique().tolist() == ["attributes alone"]
