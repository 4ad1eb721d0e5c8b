"""Diffusion decomposition: the likelihood by hand and by brute force, invariances, robustness checks, errors."""

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

import protestspread as ps
from protestspread.inference.likelihood.profiles import profile_interval
from protestspread.models.hierarchy import hierarchy, risk_sets
from protestspread.models.hierarchy.conditional_logit import NAMES, ConditionalLogit, profile_interval_of, refitted
from protestspread.models.hierarchy.hierarchy import decompose_diffusion
from protestspread.models.hierarchy.risk_sets import Distances, RiskSets
from protestspread.models.hierarchy.robustness import lead_scores
from protestspread.models.hierarchy.simulated_onsets import simulate_onsets, thin_onsets
from protestspread.random_streams import replicate_rng

QUICK = {"simulations": 0, "population_draws": 0}
START = pd.Timestamp("2022-01-01")


def country(rng, n):
    index = pd.Index([f"c{i}" for i in range(n)], name="city")
    table = {"region_id": "r", "population": np.round(rng.lognormal(11, 1.1, n))}
    points = gpd.points_from_xy(rng.uniform(50, 70, n), rng.uniform(42, 54, n))
    return gpd.GeoDataFrame(table, index=index, geometry=points, crs=4326)


def onsets_of(waves, cities):
    days = START + pd.to_timedelta(np.maximum(waves, 0), unit="D")
    return pd.Series(days, index=cities.index, name="onset").where(np.asarray(waves) >= 0)


def risk_sets_of(waves, cities):
    size = np.log(cities["population"].to_numpy())
    points = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    return RiskSets(np.asarray(waves), size - size.mean(), Distances(*points).tabulated())


def spread(seed, n, exponents, sizes=(3, 4, 10, 8)):
    rng = np.random.default_rng(seed)
    cities = country(rng, n)
    waves = np.full(n, -1)
    waves[: sum(sizes)] = np.repeat(np.arange(len(sizes)), sizes)
    return simulate_onsets(risk_sets_of(waves, cities), np.asarray(exponents, dtype=float), rng).waves, cities


@pytest.fixture(scope="module")
def kazakhstan():
    case = ps.load_case("kazakhstan_2022")
    frame = case.cities[case.cities["in_frame"]]
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    return first, frame


@pytest.fixture(scope="module")
def decomposed(kazakhstan):
    return decompose_diffusion(*kazakhstan, observed_until="2022-01-08", thinning=(0.0, 0.3), rng=1)


# the likelihood


def by_orders(waves, cities, exponents):
    """Return the log-likelihood as a sum over all possible orders of the onsets of each day."""
    km, people = ps.distances_km(cities).to_numpy(), cities["population"].to_numpy()
    total = 0.0
    for day in range(1, max(waves) + 1):
        at_risk = [i for i, wave in enumerate(waves) if wave < 0 or wave >= day]
        before = [i for i, wave in enumerate(waves) if 0 <= wave < day]
        rate = {i: people[i] ** exponents[0] * min(km[j, i] for j in before) ** -exponents[1] for i in at_risk}
        new = [i for i in at_risk if waves[i] == day]
        probability = 0.0
        for order in itertools.permutations(new):
            left, product = sum(rate.values()), 1.0
            for i in order:
                product *= rate[i] / left
                left -= rate[i]
            probability += product
        total += np.log(probability)
    return total


@given(st.integers(0, 10**6), st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=25)
def test_the_likelihood_is_the_sum_over_all_orders(seed, population, distance):
    rng = np.random.default_rng(seed)
    cities = country(rng, 9)
    waves = rng.permutation([0, 0, 1, 1, 1, 2, 2, -1, -1])
    value, _ = ConditionalLogit.of(risk_sets_of(waves, cities)).log_likelihood(np.array([[population, distance]]))
    assert value[0] == pytest.approx(by_orders(waves, cities, (population, distance)), abs=1e-9)


@given(st.integers(0, 10**6), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=25)
def test_the_gradient_is_that_of_the_likelihood(seed, population, distance):
    waves, cities = spread(seed, 42, (0.5, 0.5))
    days, point = ConditionalLogit.of(risk_sets_of(waves, cities)), np.array([[population, distance]])
    gradient, step = days.log_likelihood(point)[1][0], 1e-5
    for row in range(2):
        shift = step * np.eye(2)[row]
        ahead, behind = days.log_likelihood(point + shift)[0][0], days.log_likelihood(point - shift)[0][0]
        assert gradient[row] == pytest.approx((ahead - behind) / (2 * step), rel=1e-6, abs=1e-6)


@given(st.integers(0, 10**6), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=25)
def test_the_information_is_that_of_the_gradient(seed, population, distance):
    waves, cities = spread(seed, 42, (0.5, 0.5))
    days = ConditionalLogit.of(risk_sets_of(waves, cities))
    days = days.with_column(np.random.default_rng(seed).normal(0, 1, len(days.joined)))
    point, step = np.array([[population, distance, 0.2]]), 1e-5
    value, gradient, information = days.curvature(point)
    assert (value, gradient.ravel()) == (
        pytest.approx(days.log_likelihood(point)[0]),
        pytest.approx(days.log_likelihood(point)[1].ravel()),
    )
    for row in range(3):
        shift = step * np.eye(3)[row]
        change = days.log_likelihood(point - shift)[1][0] - days.log_likelihood(point + shift)[1][0]
        assert information[0, row] == pytest.approx(change / (2 * step), rel=1e-5, abs=1e-5)


@pytest.mark.long
def test_simultaneous_fits_equal_separate_fits():
    spreads = [ConditionalLogit.of(risk_sets_of(*spread(seed, 42, (0.8, 0.8)))) for seed in range(5)]
    together, heights = refitted(ConditionalLogit.together(spreads), np.zeros((5, 2)))
    for days, found, height in zip(spreads, together, heights, strict=True):
        optimum = days.fit()
        assert optimum.converged
        assert found == pytest.approx(optimum.coordinates, abs=1e-4)
        assert height == pytest.approx(optimum.log_likelihood, abs=1e-8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_newton_intervals_equal_searched_intervals(seed):
    optimum = ConditionalLogit.of(risk_sets_of(*spread(seed, 42, (0.8, 0.4)))).fit()
    for row in range(2):
        quick, searched = profile_interval_of(optimum, row, 0.9), profile_interval(optimum, row, level=0.9)
        assert quick == pytest.approx(searched, abs=1e-5)


def test_two_places_at_risk_by_hand():
    """The larger of two equally near places joins, then the smaller of two like them."""
    days = ConditionalLogit(
        (np.log([2000.0, 1000.0, 2000.0, 1000.0]), np.zeros(4)), np.array([True, False, False, True]),
        np.array([0, 2]), np.array([0, 0]), np.ones(2),
    )  # fmt: skip
    value, gradient = days.log_likelihood(np.array([[1.0, 5.0]]))
    assert value[0] == pytest.approx(np.log(2 / 3) + np.log(1 / 3))
    assert gradient[0] == pytest.approx([np.log(2) * (1 / 3 - 2 / 3), 0.0])


# results


@pytest.mark.long
def test_exponents_of_large_spreads_are_recovered():
    found = []
    for seed in range(8):
        waves, cities = spread(seed, 300, (0.9, 0.6), sizes=(3, 5, 8, 12, 18, 22, 25, 25, 22, 18, 12, 10))
        found.append(decompose_diffusion(onsets_of(waves, cities), cities, observed_until="2022-02-01", **QUICK).params)
    mean = np.mean(found, axis=0)
    assert mean == pytest.approx([0.9, 0.6], abs=0.1)  # standard errors of about 0.08 / √8
    assert np.abs(np.array(found) - [0.9, 0.6]).max() < 0.35


@pytest.mark.long
@given(st.integers(0, 10**6), st.floats(1e-3, 1e3))
@settings(max_examples=15)
def test_neither_names_nor_order_nor_the_unit_of_population_matter(seed, unit):
    waves, cities = spread(seed, 30, (0.7, 0.7))
    first = onsets_of(waves, cities)
    plain = decompose_diffusion(first, cities, observed_until="2022-01-09", **QUICK)
    order = np.random.default_rng(seed).permutation(len(cities))
    names = pd.Index([f"place {i}" for i in order], name="city")
    moved = cities.iloc[order].assign(population=lambda t: t["population"] * unit).set_axis(names)
    other = decompose_diffusion(first.iloc[order].set_axis(names), moved, observed_until="2022-01-09", **QUICK)
    assume(plain.converged and np.abs(plain.params).max() < 8)
    assert other.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-5)
    assert other.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    columns = ["low", "high"]
    assert other.exponents[columns].to_numpy() == pytest.approx(plain.exponents[columns].to_numpy(), rel=1e-4, abs=1e-4)


def test_january_2022(decomposed):
    assert decomposed.verdict == "hierarchy"
    assert decomposed.events == 22
    assert decomposed.population_exponent == pytest.approx(0.9622, abs=1e-3)
    low, high = decomposed.exponents[["low", "high"]].to_numpy()[1]
    assert low < 0 < high
    assert decomposed.sentence.startswith("25 of 42 places joined on 4 days, from 2 January 2022 to 5 January 2022")
    assert (
        "Larger places joined earlier, consistent with hierarchical diffusion, and with late reports from small places; "
        "no effect of distance was found." in decomposed.sentence
    )
    assert "against no effect of population, given distance" in decomposed.sentence
    assert "caused" not in decomposed.statement
    assert decomposed.caveats[-1] == "These are associations, not causes."
    assert decomposed.caveats[-1] in repr(decomposed)
    assert decomposed.intervals().to_numpy() == pytest.approx(
        decomposed.exponents[["low", "high"]].to_numpy(), abs=1e-6
    )
    assert decomposed.standard_errors.to_numpy() == pytest.approx(decomposed.exponents["standard_error"], rel=1e-4)
    assert decomposed.rough_places == 2  # Beyneu and Stepnogorsk
    assert (
        "2 populations are rough: with a third to three times the recorded value, the exponents are 0.9"
        in decomposed.sentence
    )


def test_exact_ties_are_not_those_of_coxph(kazakhstan, decomposed):
    """R's coxph(ties="exact") is the discrete conditional logit: a day's set of places against all sets of that size."""
    from scipy.optimize import minimize

    first, frame = kazakhstan
    days = pd.DatetimeIndex(sorted(first.dropna().unique()))
    choices = risk_sets_of(days.get_indexer(pd.DatetimeIndex(first)), frame)

    def loss(exponents):
        total = 0.0
        for choice in choices.choices():
            utility = exponents[0] * choices.size[choice.at_risk] - exponents[1] * choice.far
            sums = np.zeros(choice.joined.sum() + 1)
            sums[0] = 1.0
            for rate in np.exp(utility):
                sums[1:] += rate * sums[:-1]
            total += utility[choice.joined].sum() - np.log(sums[-1])
        return -total

    discrete = minimize(loss, np.zeros(2), method="BFGS")
    assert (-discrete.fun, *discrete.x) == pytest.approx((-35.5335, 1.0775, -0.1008), abs=1e-3)
    assert (decomposed.log_likelihood, *decomposed.params) == pytest.approx((-34.6323, 0.9622, -0.1443), abs=1e-3)


@pytest.mark.parametrize(
    ("signs", "verdict", "words"),
    [
        ((1, 1), "both", "Larger places and places near earlier onsets joined earlier"),
        ((1, -1), "hierarchy, far-off places sooner", "Larger places and far-off places joined earlier"),
        ((0, -1), "far-off places sooner", "Far-off places joined earlier; no effect of population was found"),
        ((-1, 1), "neighborhood, small places sooner", "Smaller places and places near earlier onsets joined earlier"),
        ((0, 0), "undetermined", "No effect of population or distance was found"),
    ],
)
def test_the_headline_follows_the_intervals(decomposed, signs, verdict, words):
    table = decomposed.exponents.copy()
    table["estimate"] = signs
    table["low"], table["high"] = table["estimate"] - 0.5, table["estimate"] + 0.5
    found = replace(decomposed, exponents=table)
    assert found.verdict == verdict
    assert found.headline.startswith(words)
    assert any("suburb" in caveat for caveat in found.caveats) == (signs[1] < 0)
    assert any("Regions that differ" in caveat for caveat in found.caveats) == (signs[1] > 0)
    assert any(caveat.startswith("Late or missing reports") for caveat in found.caveats)


def test_a_negative_exponent_is_a_finding():
    waves, cities = spread(3, 300, (0.0, -1.5), sizes=(3, 5, 8, 12, 18, 22, 25))
    found = decompose_diffusion(onsets_of(waves, cities), cities, observed_until="2022-02-01", **QUICK)
    assert found.exponents["high"].iloc[1] < 0
    assert found.verdict == "far-off places sooner"


def test_the_order_of_rows_does_not_matter(kazakhstan):
    first, frame = kazakhstan
    options = {"observed_until": "2022-01-08", "simulations": 9, "population_draws": 9, "rng": 1}
    one = decompose_diffusion(first, frame, **options)
    other = decompose_diffusion(first.sample(frac=1, random_state=1), frame.iloc[::-1], **options)
    pd.testing.assert_frame_equal(one.exponents, other.exponents)
    assert one.statement == other.statement


def test_likelihood_ratios_and_intervals_agree(decomposed):
    ratio, p = decomposed.exponents["likelihood_ratio"], decomposed.exponents["p_value"]
    outside = (decomposed.exponents["low"] > 0) | (decomposed.exponents["high"] < 0)
    assert ((p < 0.05) == outside).all()
    assert (ratio >= 0).all()


def test_the_bootstrap_is_as_wide_as_the_profile(decomposed):
    table = decomposed.exponents
    widths = (table["bootstrap_high"] - table["bootstrap_low"]) / (table["high"] - table["low"])
    assert widths.between(0.7, 1.4).all()
    assert (table["rough_low"] <= table["estimate"]).all()
    assert (table["rough_high"] - table["rough_low"] < table["high"] - table["low"]).all()


def test_all_populations_varied_move_more_than_rough_ones(kazakhstan, decomposed):
    wide = decompose_diffusion(
        *kazakhstan, observed_until="2022-01-08", simulations=0, rough_populations="all", rng=1
    ).exponents.iloc[0]
    narrow = decomposed.exponents.iloc[0]
    assert wide["rough_high"] - wide["rough_low"] > 5 * (narrow["rough_high"] - narrow["rough_low"])


@pytest.mark.long
def test_the_same_seed_gives_the_same(kazakhstan, decomposed):
    again = decompose_diffusion(*kazakhstan, observed_until="2022-01-08", thinning=(0.0, 0.3), rng=1)
    pd.testing.assert_frame_equal(again.exponents, decomposed.exponents)
    # the later call may run in compiled code that the earlier one had not yet loaded: the last digits differ
    assert again.timing_placebo.contagion == pytest.approx(decomposed.timing_placebo.contagion, rel=1e-6, abs=1e-6)


def test_inputs_are_not_changed(kazakhstan):
    first, frame = kazakhstan
    copies = first.copy(), frame.copy()
    decompose_diffusion(first, frame, observed_until="2022-01-08", **QUICK)
    pd.testing.assert_series_equal(first, copies[0])
    pd.testing.assert_frame_equal(frame, copies[1])


def test_a_separated_spread_has_a_one_sided_interval():
    """The largest place is always next: the exponent is infinite, and the interval is one-sided."""
    rng = np.random.default_rng(4)
    cities = country(rng, 20).sort_values("population", ascending=False)
    waves = np.r_[0, 0, np.repeat([1, 2, 3], 4), [-1] * 6]
    found = decompose_diffusion(onsets_of(waves, cities), cities, observed_until="2022-01-09", **QUICK)
    assert found.exponents["high"].iloc[0] == np.inf
    assert found.exponents["low"].iloc[0] > 0
    assert found.verdict in ("hierarchy", "both")


@pytest.mark.long
@given(st.lists(st.integers(-1, 3), min_size=2, max_size=7), st.integers(0, 10**6))
@settings(max_examples=15)
def test_the_smallest_spreads_have_a_result_or_an_error(waves, seed):
    cities = country(np.random.default_rng(seed), len(waves))
    try:
        found = decompose_diffusion(
            onsets_of(waves, cities), cities, observed_until="2022-01-09", simulations=5, population_draws=3,
            rough_populations="all", thinning=(0.5,), rng=1,
        )  # fmt: skip
    except ps.DataError as error:
        assert error.faults  # noqa: PT017
        return
    low, high = found.exponents["low"], found.exponents["high"]
    if found.converged:
        assert ((low <= found.exponents["estimate"] + 1e-6) & (found.exponents["estimate"] <= high + 1e-6)).all()
    assert "likely to be next" in found.sentence
    assert np.isfinite(found.log_likelihood)


# along a graph


def test_distances_along_a_graph():
    """On a line of places, numbers of ties and kilometers give the same order of distances."""
    n = 12
    cities = gpd.GeoDataFrame(
        {"population": np.arange(1.0, n + 1)[::-1] * 1000}, index=pd.Index([f"c{i:02d}" for i in range(n)], name="city"),
        geometry=gpd.points_from_xy(np.arange(n) * 1.0, np.zeros(n)), crs=4326,
    )  # fmt: skip
    line = pd.DataFrame({"source": cities.index[:-1], "target": cities.index[1:]})
    both_ways = pd.concat([line, line.set_axis(["target", "source"], axis=1)])
    graph = ps.DiffusionGraph.from_edges(both_ways, cities)
    waves = [0, 1, 1, 2, -1, 2, -1, 3, -1, -1, 3, -1]
    by_hops = decompose_diffusion(onsets_of(waves, cities), cities, graph=graph, observed_until="2022-01-09", **QUICK)
    by_km = decompose_diffusion(onsets_of(waves, cities), cities, observed_until="2022-01-09", **QUICK)
    assert by_hops.unit == "ties"
    assert by_hops.joiners["distance"].dropna().tolist() == [1, 2, 1, 3, 2, 5]
    assert by_hops.params.to_numpy() == pytest.approx(
        by_km.params.to_numpy(), abs=1e-4
    )  # hops are degrees along the equator
    tabulated = decompose_diffusion(
        onsets_of(waves, cities),
        cities,
        graph=graph,
        observed_until="2022-01-09",
        simulations=20,
        population_draws=0,
        rng=1,
    )
    assert tabulated.log_likelihood == pytest.approx(by_hops.log_likelihood, abs=1e-9)


def test_trees_and_tables_give_the_same_distances():
    waves, cities = spread(3, 60, (0.5, 0.5))
    table = risk_sets_of(waves, cities)
    tree = RiskSets(table.waves, table.size, Distances(table.distances.lon, table.distances.lat))
    assert tree.nearest_before() == pytest.approx(table.nearest_before(), nan_ok=True, abs=1e-6)
    for one, other in zip(tree.choices(), table.choices(), strict=True):
        assert np.array_equal(one.at_risk, other.at_risk)
        assert one.far == pytest.approx(other.far, abs=1e-9)


# descriptions


def test_ranks_and_shares_by_hand():
    waves, cities = spread(11, 40, (0.5, 0.5))
    found = decompose_diffusion(onsets_of(waves, cities), cities, observed_until="2022-01-09", **QUICK)
    km, people = ps.distances_km(cities).to_numpy(), cities["population"].to_numpy()
    later, first = np.flatnonzero(waves > 0), np.flatnonzero(waves == 0)
    to_first = km[first][:, later].min(axis=0)
    assert found.explained.loc["population", "spearman"] == pytest.approx(spearmanr(waves[later], people[later])[0])
    assert found.explained.loc["distance to the first", "spearman"] == pytest.approx(
        spearmanr(waves[later], to_first)[0]
    )

    def r2(*columns):
        design = np.column_stack([np.ones(len(later)), *columns])
        rest = waves[later] - design @ np.linalg.lstsq(design, waves[later], rcond=None)[0]
        return 1 - rest.var() / waves[later].var()

    size = np.log10(people[later])
    both = r2(size, to_first)
    table = found.explained
    assert table["shapley"].sum() == pytest.approx(both)
    assert table.loc["population", "partial_r2"] == pytest.approx((both - r2(to_first)) / (1 - r2(to_first)))
    assert table.loc["population", "shapley"] == pytest.approx((r2(size) + both - r2(to_first)) / 2)
    assert (table["places"] == len(later)).all()


def test_joined_and_at_risk_by_day():
    cities = gpd.GeoDataFrame(
        {"population": [10.0, 40.0, 30.0, 20.0]}, index=pd.Index(list("abcd"), name="city"),
        geometry=gpd.points_from_xy([0.0, 1.0, 3.0, 7.0], [0.0] * 4), crs=4326,
    )  # fmt: skip
    found = decompose_diffusion(onsets_of([0, 1, 2, -1], cities), cities, observed_until="2022-01-09", **QUICK)
    degree = float(ps.great_circle_km(0, 0, 1, 0))
    assert found.by_day["joined"].tolist() == [1, 1, 1]
    assert found.by_day["at_risk"].tolist() == [4, 3, 2]
    assert found.by_day["mean_population_rank"].tolist() == [4, 1, 2]
    assert found.by_day["mean_distance"].to_numpy() == pytest.approx([np.nan, degree, 2 * degree], nan_ok=True)
    assert found.by_day["distance_at_risk"].to_numpy() == pytest.approx(
        [np.nan, 11 / 3 * degree, 4 * degree], nan_ok=True
    )
    assert np.isnan(found.explained.loc["population", "spearman"])


# simulations


def test_simulated_onsets_follow_the_model():
    """Three places, two of which join one after the other: the first with probability proportional to its rate."""
    cities = gpd.GeoDataFrame(
        {"population": [1.0, 2.0, 6.0]}, index=pd.Index(list("abc"), name="city"),
        geometry=gpd.points_from_xy([0.0, 1.0, -2.0], [0.0] * 3), crs=4326,
    )  # fmt: skip
    start = risk_sets_of([0, 1, -1], cities)
    chosen = [simulate_onsets(start, np.array([1.0, 1.0]), replicate_rng(5, i)).waves[2] == 1 for i in range(4000)]
    assert np.mean(chosen) == pytest.approx(3 / 5, abs=4 * np.sqrt(0.24 / 4000))  # rates 2/1 and 6/2


def test_simulated_onsets_keep_the_first_day_and_the_day_sizes():
    waves, cities = spread(2, 42, (0.8, 0.8))
    start = risk_sets_of(waves, cities)
    other = simulate_onsets(start, np.array([0.3, 1.2]), replicate_rng(1, 0))
    assert np.array_equal(np.flatnonzero(other.waves == 0), np.flatnonzero(waves == 0))
    assert other.day_sizes.tolist() == start.day_sizes.tolist()


def test_thinning_removes_small_places_and_days():
    waves, cities = spread(2, 42, (0.0, 0.0))
    start = risk_sets_of(waves, cities)
    assert np.array_equal(thin_onsets(start, 0.0, replicate_rng(1, 0)).waves, start.waves)
    lost = np.mean([thin_onsets(start, 0.5, replicate_rng(1, i)).waves < 0 for i in range(400)], axis=0)[waves >= 0]
    share = np.exp(0.5 * (start.size - start.size.max()))[waves >= 0]
    assert lost == pytest.approx(1 - share, abs=0.12)
    harsh = thin_onsets(start, 3.0, replicate_rng(1, 0)).waves
    assert set(harsh[harsh >= 0]) == set(range(harsh.max() + 1))


def test_missing_reports_look_like_hierarchical_diffusion(decomposed):
    table = decomposed.thinning
    assert table.loc[0.0, "population_exponent"] == pytest.approx(decomposed.population_exponent, abs=1e-6)
    assert table.loc[0.0, "population_exponent_bias"] == pytest.approx(0, abs=1e-6)
    assert table.loc[0.3, "population_exponent_bias"] > 0.05
    assert table.loc[0.3, "places"] < 25
    assert "if more of them were missing (reporting exponent 0.3), the exponents would be" in decomposed.statement


@pytest.mark.long
def test_under_contagion_the_timing_placebo_equals_its_simulations():
    """Compared with zero the statistic would suggest homophily here; compared with simulations it does not."""
    leads, resembles = [], []
    for seed in range(6):
        waves, cities = spread(seed, 80, (0.0, 2.0), sizes=(3, 4, 5, 6, 7, 8, 8, 6))
        found = decompose_diffusion(
            onsets_of(waves, cities), cities, observed_until="2022-02-01", population_draws=0, simulations=100, rng=seed
        )
        leads.append(found.timing_placebo.contagion.mean() - found.timing_placebo.none.mean())
        resembles.append(found.timing_placebo.resembles)
    assert np.mean(leads) > 1
    assert sum(word in ("contagion", "both") for word in resembles) >= 5


def test_the_lead_score_is_the_slope_of_the_likelihood():
    waves, cities = spread(1, 42, (0.5, 0.5), sizes=(3, 4, 6, 6))
    start = risk_sets_of(waves, cities)
    choices = start.choices()
    days = ConditionalLogit.of(start, choices)
    found = refitted(days, np.zeros((1, 2)))[0]
    km = start.distances.table
    leads = []
    for choice in choices:
        later = np.flatnonzero(waves > choice.wave)
        leads.append(
            [-np.log(km[np.setdiff1d(later, [i]), i].min()) if len(later) > 1 else 0.0 for i in choice.at_risk]
        )
    with_lead = days.with_column(np.concatenate(leads))
    free = refitted(with_lead, np.append(found, [[0.0]], axis=1))
    z = lead_scores([start], [choices], days, found)[0]
    gained = 2 * (free[1][0] - days.log_likelihood(found)[0][0])
    assert np.sign(z) == np.sign(free[0][0, 2])
    assert z**2 == pytest.approx(gained, rel=0.5, abs=0.3)  # score and likelihood ratio agree to first order


def test_one_later_place_gives_no_statistic():
    waves, cities = spread(1, 20, (0.5, 0.5), sizes=(3, 4, 1))
    placebo = decompose_diffusion(
        onsets_of(waves, cities), cities, observed_until="2022-01-09", simulations=30, population_draws=0, rng=1
    ).timing_placebo
    assert np.isnan(placebo.statistic)
    assert placebo.resembles == ""
    assert "cannot be compared with simulations" in placebo.sentence


@pytest.mark.long
def test_the_bootstrap_of_days_needs_twenty_days(kazakhstan):
    sizes = (2, *[2] * 22)
    waves, cities = spread(9, 80, (0.8, 0.8), sizes=sizes)
    given_ = {"observed_until": "2022-03-01", "simulations": 0, "population_draws": 0, "rng": 1}
    table = decompose_diffusion(onsets_of(waves, cities), cities, bootstrap="days", **given_).exponents
    assert (table["bootstrap_low"] < table["estimate"]).all()
    assert (table["bootstrap_high"] > table["estimate"]).all()
    with pytest.raises(ps.DataError, match=r"^bootstrap='days' needs at least 20 informative onset days; got 3"):
        decompose_diffusion(*kazakhstan, bootstrap="days", **given_)


def test_nothing_is_simulated_without_a_table_of_distances(monkeypatch):
    waves, cities = spread(1, 42, (0.5, 0.5))
    monkeypatch.setattr(hierarchy, "MOST_TABULATED", 41)
    first = onsets_of(waves, cities)
    found = decompose_diffusion(first, cities, observed_until="2022-01-09", population_draws=0)
    assert found.simulations == 0
    assert found.timing_placebo is None
    with pytest.raises(ps.DataError, match=r"^simulations must be 0 for more than 41 places; got 199 with 42 places"):
        decompose_diffusion(first, cities, observed_until="2022-01-09", simulations=199)


# errors


def refused(waves, cities=None, **options):
    cities = country(np.random.default_rng(1), len(waves)) if cities is None else cities
    with pytest.raises(ps.DataError) as error:
        decompose_diffusion(onsets_of(waves, cities), cities, **{"observed_until": "2022-01-09", **options})
    return str(error.value)


@pytest.mark.parametrize(
    ("waves", "words"),
    [
        ([0, 0, 0, -1, -1], "onsets must fall on at least two days; all places that joined did so on 2022-01-01"),
        ([0, 0, 0], "onsets must fall on at least two days"),
        ([-1, -1, -1], "onsets must hold at least one date; no place joined"),
        (
            [0, 1],
            "onsets must fall on at least three days where all places joined; after the first day (1 place) all others",
        ),
        ([0, 0, 1, 1], "after the first day (2 places) all others joined on the second"),
        ([0, -1], "onsets must fall on at least two days"),
        ([], "onsets must hold at least one date; no place joined"),
    ],
)
def test_onsets_without_a_risk_set(waves, words):
    assert words in refused(waves)


@pytest.mark.long
def test_observed_until_is_not_needed_where_all_joined():
    waves, cities = spread(1, 10, (0.5, 0.5), sizes=(3, 3, 4))
    found = decompose_diffusion(onsets_of(waves, cities), cities, **QUICK)
    assert found.events == 3  # the last day took all that were left
    assert found.observed_until is None
    assert "observed until" not in found.sentence


def test_observed_until_is_needed_and_not_before_an_onset():
    assert "observed_until must be given where places had not joined: c3, c4" in refused(
        [0, 1, 1, -1, -1], observed_until=None
    )
    assert "observed_until must be at or after the last onset; got 2022-01-02, before the onsets of c3" in refused(
        [0, 1, 1, 2, -1], observed_until="2022-01-02"
    )


def test_all_faults_are_named_at_once():
    cities = country(np.random.default_rng(1), 6)
    cities["population"] = [0.0, np.nan, 5.0, 3.0, 9.0, 7.0]
    first = pd.concat([onsets_of([0, 1, 1, 2, -1, -1], cities), pd.Series([pd.NaT], ["Atlantis"])])
    with pytest.raises(ps.DataError) as error:
        decompose_diffusion(first, cities)
    for words in (
        "population must be above 0; it is not for c0, c1",
        "cities must include all places of onsets; missing: Atlantis",
        "where places had not joined: Atlantis, c4, c5",
    ):
        assert words in str(error.value)


@pytest.mark.parametrize("along_graph", [False, True])
def test_places_at_one_point_count_as_a_kilometer_apart(along_graph):
    """Also along a graph, and as if they had been moved apart."""
    cities = country(np.random.default_rng(1), 8)
    cities.geometry = gpd.points_from_xy([1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 7.0, 9.0], [0.0] * 8, crs=4326)
    graph = ps.nearest_graph(cities, k=7) if along_graph else None
    first = onsets_of([0, 0, 1, 2, -1, 3, 2, -1], cities)
    found = decompose_diffusion(first, cities, graph=graph, observed_until="2022-01-09", **QUICK)
    assert (found.close_places, found.joiners.loc["c2", "distance"]) == (2, 1.0)
    assert "2 places closer than 1 km to another count as that far apart." in found.caveats
    farther = decompose_diffusion(first, cities, graph=graph, observed_until="2022-01-09", min_km=5.0, **QUICK)
    assert farther.joiners.loc["c2", "distance"] == 5.0
    assert (
        "closer than"
        not in decompose_diffusion(first.drop("c2"), cities, observed_until="2022-01-09", **QUICK).statement
    )
    assert "min_km must be a number above 0; got 0" in refused([0, 0, 1, 2, -1, 3, 2, -1], cities, min_km=0)


def test_covariates_must_vary():
    cities = country(np.random.default_rng(1), 4).assign(population=100.0)
    assert "population must vary; it is the same for all places" in refused([0, 1, 2, -1], cities)
    square = country(np.random.default_rng(1), 3)
    square.geometry = gpd.points_from_xy([0.0, 1.0, -1.0], [0.0] * 3, crs=4326)
    assert "distances to the nearest earlier onset must vary" in refused([0, 1, -1], square)
    assert "cities must have a column 'population'" in refused([0, 1, -1], square.drop(columns="population"))


def test_graphs_of_other_places_or_with_gaps():
    cities = country(np.random.default_rng(1), 5)
    waves = [0, 1, 2, -1, -1]
    edges = pd.DataFrame({"source": ["c0", "c1"], "target": ["c1", "c0"]})
    text = refused(waves, cities, graph=ps.DiffusionGraph.from_edges(edges, ["c0", "c1", "c2", "c3", "Atlantis"]))
    assert "graph must include all places of onsets; missing: c4" in text
    assert "graph must not have other places than onsets; got Atlantis" in text
    assert "not connected: c2, c3, c4" in refused(waves, cities, graph=ps.DiffusionGraph.from_edges(edges, cities))
    near = ps.nearest_graph(cities, k=4)
    nothing = near.edges.assign(km=0.0)
    assert "must vary; on each day" in refused(waves, cities, graph=ps.DiffusionGraph.from_edges(nothing, cities))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"simulations": -1}, "simulations must be a whole number from 0 to 100,000,000, or None; got -1"),
        ({"simulations": True}, "simulations must be a whole number from 0 to 100,000,000, or None; got True"),
        ({"population_draws": 1.5}, "population_draws must be a whole number from 0 to 100,000,000; got 1.5"),
        ({"bootstrap": "blocks"}, "bootstrap must be 'parametric' or 'days'; got 'blocks'"),
        ({"rough_populations": "some"}, "rough_populations must be 'rough' or 'all'; got 'some'"),
        ({"thinning": (-0.1,)}, "thinning must be a number of at least 0; got -0.1"),
        ({"thinning": None}, "thinning must be a number of at least 0; got None"),
        ({"thinning": "much"}, "thinning must be a number of at least 0; got 'much'"),
        ({"observed_until": "soon"}, "observed_until must be a date; got 'soon'"),
        ({"observed_until": pd.NaT}, "observed_until must be a date; got NaT"),
    ],
)
def test_options_that_do_not_exist(options, words):
    assert words in refused([0, 1, 1, -1], **options)


def test_too_many_days_for_memory(monkeypatch):
    monkeypatch.setattr(risk_sets, "_MOST_CELLS", 10)
    assert "at most 10 combinations of onset days and places; got 3 days of 4 places" in refused([0, 1, 2, -1])


def test_names_of_exponents():
    assert NAMES == ("population_exponent", "distance_exponent")
