import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from joblib import parallel_config

import protestspread as ps
from protestspread.errors import DataError
from protestspread.models.nbda.compare import _weighting
from protestspread.models.nbda.date_error import sample_onsets
from protestspread.models.nbda.null_draws import permute_nodes, permute_within_strata


def graph(weights, places):
    weights = np.asarray(weights, dtype=float)
    source, target = np.nonzero(weights)
    ties = {"source": places[source], "target": places[target], "weight": weights[source, target]}
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties), places)


@pytest.fixture(scope="module")
def world():
    """60 places in 6 regions; transmission along random friendships, not along the ring of neighbors."""
    n, rng = 60, np.random.default_rng(3)
    places = pd.Index([f"p{number}" for number in range(n)], name="city")
    ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    friends = np.zeros((n, n))
    for place in range(n):
        friends[rng.choice(np.delete(np.arange(n), place), 3, replace=False), place] = 1
    joined = np.full(n, np.inf)
    for day in range(1, 16):
        rate = (1 + 25 * (friends.T @ (joined < day))) / 150
        joined[(rng.random(n) < 1 - np.exp(-rate)) & np.isinf(joined)] = day
    onsets = pd.Series(joined, index=places).replace(np.inf, np.nan)
    networks = {"ring": graph(ring, places), "friends": graph(friends, places)}
    return onsets, networks, pd.Series(np.arange(n) // 10, index=places, name="region")


@pytest.fixture(scope="module")
def found(world):
    onsets, networks, strata = world
    return ps.compare_networks(onsets, networks, strata=strata, placebos=39, rng=1)


def test_the_network_of_transmission_is_found(found):
    assert found.models.index[0] == ("friends",)
    assert found.networks.loc["friends", "support"] > 0.9 > found.networks.loc["ring", "support"]
    assert found.networks.loc["friends", "placebo_p"] == 1 / 40
    assert found.networks.loc["friends", "low_alone"] > 0
    assert found.networks.loc["friends", "rival_p"] <= 0.05
    assert found.carriers == ("friends",)
    assert found.sentence.startswith("The order in which")
    assert "is consistent with transmission along 'friends' (" in found.sentence
    assert (
        "of the onsets), with no attribute such as population in the model; 0 of 39 placebo networks, with places exchanged within their region, and "
        in found.sentence
    )
    assert "of 99 spreads simulated without transmission (attributes alone) fit as well as 'friends'" in found.sentence
    assert "caused" not in found.sentence


@pytest.mark.parametrize(
    ("options", "doubt"),
    [
        ({"placebos": 3, "rival_draws": 19}, "3 placebo networks are too few to judge 'friends'"),
        ({"placebos": 0, "rival_draws": 19}, "no placebo networks were drawn"),
        ({"placebos": 19, "rival_draws": 0}, "no spreads without transmission were drawn"),
        ({"placebos": 19, "rival_draws": 5}, "5 spreads without transmission are too few to judge 'friends'"),
        ({"placebos": 19, "rivals": []}, "no spreads without transmission were drawn"),
    ],
)
def test_what_was_not_tried_leaves_it_open(world, options, doubt):
    onsets, networks, _ = world
    found = ps.compare_networks(onsets, {"friends": networks["friends"]}, rng=1, **options)
    assert found.carriers == ()
    assert "leaves open whether there was transmission along 'friends': the AICc is " in found.sentence
    assert found.sentence.endswith(f" lower with it than in the model without networks, but {doubt}.")


@pytest.mark.long
def test_similarity_of_neighbors_is_distinguished_from_transmission(world):
    """Regions join one after another, places within them in random order: the ring fits well, and so do its placebos."""
    onsets, networks, strata = world
    rng = np.random.default_rng(4)
    by_region = pd.Series(strata.to_numpy() * 2.0 + rng.integers(1, 3, 60), index=onsets.index)
    found = ps.compare_networks(by_region, networks, placebos=39, strata=strata, rng=1)
    assert found.networks.loc["ring", "p_value"] < 0.01
    assert found.networks.loc["ring", "placebo_p"] > 0.05
    assert "leaves open whether there was transmission along 'ring'" in found.sentence
    assert " placebo networks, with places exchanged within their region, fit as well as 'ring', p = " in found.sentence


@pytest.mark.long
def test_the_models_are_those_of_fit_oada(world, found):
    onsets, networks, _ = world
    for names, fit in found.fits.items():
        if names:
            alone = ps.fit_oada(onsets, {name: networks[name] for name in names})
            assert fit.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-8)
            assert found.models.loc[[names], "aicc"].iloc[0] == pytest.approx(alone.aicc)
    assert found.fits[()].log_likelihood == pytest.approx(alone.without_transmission().log_likelihood)
    weights = np.exp(-(found.models["aicc"] - found.models["aicc"].min()) / 2)
    assert found.models["weight"].to_numpy() == pytest.approx((weights / weights.sum()).to_numpy())
    with_ring = [("ring" in names) for names in found.models.index]
    assert found.networks.loc["ring", "support"] == pytest.approx(found.models["weight"][with_ring].sum())
    one = ps.fit_oada(onsets, {"ring": networks["ring"]})
    assert found.networks.loc["ring", "p_value"] == pytest.approx(one.likelihood_ratio().p_value)
    low, high = one.intervals().loc["s ring"]
    assert found.networks.loc["ring", ["low_alone", "high_alone"]].tolist() == pytest.approx(
        [low, high], rel=1e-4, abs=1e-6
    )


@pytest.mark.parametrize(
    ("as_good", "carriers", "expected"),
    [
        ((39, 2), (), "leaves open whether there was transmission along 'ring' or 'friends': the AICc is 9.0 lower with them than "
         "in the model without networks, but 39 of 39 placebo networks, with places exchanged within their region, fit as well "
         "as 'ring', p = 1; 2 of 39 placebo networks, with places exchanged within their region, fit as well as 'friends', "
         "p = 0.075."),
        ((39, 0), ("friends",), "whether there was also transmission along 'ring' is open: 39 of 39 placebo networks, with "
         "places exchanged within their region, fit as well as 'ring', p = 1."),
        ((0, 1), ("ring", "friends"), "; 0 of 39 placebo networks, with places exchanged within their region, and 0 of 99 spreads "
         "simulated without transmission (attributes alone) fit as well as 'ring'; 1 of 39 placebo networks, with places "
         "exchanged within their region, and 0 of 99 spreads simulated without transmission (attributes alone) fit as well as "
         "'friends'."),
    ],
)  # fmt: skip
def test_the_sentence_names_the_networks_that_nothing_else_looks_like(found, as_good, carriers, expected):
    table = found.networks.assign(placebo_p=[(count + 1) / 40 for count in as_good], rival_p=0.01)
    both = found.models.loc[[("ring", "friends")]]
    models = pd.concat([both, found.models.drop(both.index)]).assign(delta=[0.0, 9.0, 9.0, 9.0])
    rival = pd.DataFrame(0.0, columns=["ring", "friends"], index=pd.MultiIndex.from_product([["attributes alone"], range(99)], names=["rival", "draw"]))  # fmt: skip
    said = dataclasses.replace(found, networks=table, models=models, rival_statistics=rival)
    assert said.carriers == carriers
    assert said.sentence.endswith(expected)


def test_p_values_are_ranks_among_the_largest_of_each_draw(found):
    placebo, rival = found.placebo_statistics.max(axis=1), found.rival_statistics.max(axis=1)
    for _, row in found.networks.iterrows():
        assert row["placebo_p"] == pytest.approx((1 + (placebo >= row["statistic"] - 1e-5).sum()) / (1 + len(placebo)))
        assert row["rival_p"] == pytest.approx((1 + (rival >= row["statistic"] - 1e-5).sum()) / (1 + len(rival)))
        assert row["rival"] == "attributes alone"


def test_what_a_network_is_in_the_best_model_and_alone(found):
    ring, friends = found.networks.loc["ring"], found.networks.loc["friends"]
    assert friends["s"] == found.best.strength("friends")
    assert friends["s_alone"] == pytest.approx(friends["s"])  # the best model has no other
    assert np.isnan(ring["s"])
    assert ring["s_alone"] == found.fits[("ring",)].strength("ring")
    assert list(found.networks["weights"]) == ["all 1", "all 1"]


def test_draws_do_not_depend_on_how_many_there_are(world, found):
    onsets, networks, strata = world
    fewer = ps.compare_networks(onsets, networks, strata=strata, placebos=5, rng=1)
    pd.testing.assert_frame_equal(fewer.placebo_statistics, found.placebo_statistics.iloc[:5], atol=1e-9)


def test_a_placebo_is_the_network_with_places_exchanged(world):
    _, networks, strata = world
    codes = strata.to_numpy()
    rows = permute_within_strata(codes, np.random.default_rng(3))
    assert (codes[rows] == codes).all()
    assert not (rows == np.arange(len(rows))).all()
    matrix = networks["friends"].matrix
    assert (permute_nodes(matrix, rows).toarray() == matrix.toarray()[rows][:, rows]).all()


@pytest.mark.long
def test_by_times(world):
    onsets, networks, strata = world
    found = ps.compare_networks(
        onsets, networks, observed_until=15, time="daily", strata=strata, placebos=19, rng=1, baseline="weibull"
    )
    assert found.by == "times"
    assert found.models.index[0] == ("friends",)
    assert list(found.best.params.index) == ["scale", "shape", "s friends"]


def test_date_error(world):
    onsets, networks, _ = world
    found = ps.compare_networks(onsets, networks, placebos=0, date_intervals=(onsets, onsets + 2), date_draws=8, rng=1)
    assert len(found.date_error) == 8
    assert found.date_error["friends"].between(0, 1).all()
    assert "Support over 8 samples of the dates" in repr(found)
    exact = ps.compare_networks(onsets, networks, placebos=0, date_intervals=(onsets, onsets), date_draws=2, rng=1)
    assert exact.date_error["friends"].to_numpy() == pytest.approx(exact.networks.loc["friends", "support"], abs=1e-5)


def test_onsets_are_drawn_within_their_intervals():
    days = pd.to_datetime(pd.Series(["2022-01-03", "2022-01-04", None], index=list("ABC")))
    latest = days + pd.Timedelta(days=2)
    drawn = pd.DataFrame([sample_onsets(days, days, latest, np.random.default_rng(seed)) for seed in range(200)])
    assert set(drawn["A"].dt.day) == {3, 4, 5}
    assert set(drawn["B"].dt.day) == {4, 5, 6}
    assert drawn["C"].isna().all()
    moments = sample_onsets(pd.Series([1.5]), pd.Series([1.5]), pd.Series([1.9]), np.random.default_rng(1))
    assert 1.5 <= moments[0] <= 1.9


@pytest.mark.long
def test_without_transmission_no_network_is_named(world):
    """Onsets in random order: in at most two of ten worlds a network is named."""
    onsets, networks, strata = world
    named = 0
    for seed in range(10):
        shuffled = pd.Series(np.random.default_rng(seed).permutation(onsets.to_numpy()), index=onsets.index)
        found = ps.compare_networks(shuffled, networks, strata=strata, placebos=19, rival_draws=19, rng=seed)
        named += bool(found.carriers)
    assert named <= 2


def test_it_prints_a_sentence_a_table_and_html(found):
    assert "placebo_p" in repr(found)
    page = found._repr_html_()
    assert "<table" in page
    assert "friends" in page
    assert found.to_frame().equals(found.networks)


def test_names_are_text():
    places = pd.Index(list("ABCD"))
    onsets = pd.Series([1.0, 2.0, 3.0, 4.0], index=places)
    ring = graph(np.roll(np.eye(4), 1, axis=1), places)
    page = ps.compare_networks(onsets, {"<b>road</b>": ring}, placebos=0)._repr_html_()
    assert "<b>road</b>" not in page


def test_growth_common_to_all_is_not_a_network(world):
    onsets, networks, strata = world
    media = graph(1 - np.eye(60), onsets.index)
    with pytest.raises(DataError, match="network 'media'"):
        ps.compare_networks(onsets, networks | {"media": media}, placebos=0)
    found = ps.compare_networks(
        onsets, networks | {"media": media}, observed_until=15, placebos=9, strata=strata, rng=1
    )
    assert any("'media' exposes all places alike: common growth" in note for note in found.caveats)
    assert math.isnan(found.networks.loc["media", "placebo_p"])


def test_placebos_equal_to_the_network_are_noted(world):
    onsets, _, strata = world
    within = graph((strata.to_numpy()[:, None] == strata.to_numpy()) * (1 - np.eye(60)), onsets.index)
    found = ps.compare_networks(onsets, {"region": within}, placebos=9, strata=strata, rng=1)
    assert any("'region' is unchanged in 100% of its placebos" in note for note in found.caveats)
    assert found.networks.loc["region", "placebo_p"] == 1


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (
            {"strata": pd.Series(range(60), index=[f"p{n}" for n in range(60)])},
            "^strata must group places; every stratum has one place only",
        ),
        ({"strata": pd.Series(["a"], index=["p0"])}, "^strata must have one label per place; no label for p1"),
        ({"placebos": -1}, "^placebos must be a whole number from 0 to 100,000,000; got -1"),
        ({"placebos": 1.5}, "^placebos must be a whole number from 0 to 100,000,000; got 1.5"),
        ({"level": 95}, "level"),
        ({"date_intervals": 3}, "^date_intervals must be a pair of Series .*; got 3"),
        ({"observed_until": 3}, "^observed_until must be at or after the last onset; got 3, before the onsets of p"),
    ],
)
def test_options_that_do_not_fit(world, options, match):
    onsets, networks, _ = world
    with pytest.raises(DataError, match=match):
        ps.compare_networks(onsets, networks, **options)


def test_intervals_that_do_not_hold_the_onsets(world):
    onsets, networks, _ = world
    with pytest.raises(DataError, match=r"^date_intervals do not fit the onsets: the onset is outside its interval"):
        ps.compare_networks(onsets, networks, placebos=0, date_intervals=(onsets + 1, onsets + 2))
    with pytest.raises(DataError, match="no interval for"):
        ps.compare_networks(onsets, networks, placebos=0, date_intervals=(onsets, onsets.iloc[:2]))


def test_no_networks_and_too_many(world):
    onsets, networks, _ = world
    with pytest.raises(DataError, match=r"^graphs must be a dict of name -> DiffusionGraph.*; got an empty dict"):
        ps.compare_networks(onsets, {})
    with pytest.raises(DataError, match=r"^graphs must hold at most 6 networks; got 7, which make 128 models"):
        ps.compare_networks(onsets, {f"n{number}": networks["ring"] for number in range(7)})


def test_too_few_onsets_for_the_parameters():
    places = pd.Index(list("ABCD"))
    chain = graph(np.diag(np.ones(3), 1), places)
    found = ps.compare_networks(pd.Series([1.0, 2.0, np.nan, np.nan], index=places), {"chain": chain}, placebos=0)
    assert found.models.index[0] == ()
    assert found.models["aicc"].iloc[1] == math.inf
    assert "shows no sign of transmission along 'chain': the model without networks fits best" in found.sentence


@pytest.mark.long
def test_workers_change_nothing(world):
    onsets, networks, strata = world
    options = {
        "strata": strata,
        "placebos": 4,
        "rival_draws": 4,
        "date_intervals": (onsets, onsets + 1),
        "date_draws": 3,
        "rng": 5,
    }
    alone = ps.compare_networks(onsets, networks, **options)
    fit = ps.fit_oada(onsets, networks["ring"])
    with parallel_config(backend="loky", n_jobs=2):
        shared = ps.compare_networks(onsets, networks, **options)
        simulated = fit.likelihood_ratio(bootstrap=4, rng=3)
    for name in ("placebo_statistics", "rival_statistics", "date_error", "networks"):
        pd.testing.assert_frame_equal(getattr(alone, name), getattr(shared, name))
    assert (simulated.null_distribution == fit.likelihood_ratio(bootstrap=4, rng=3).null_distribution).all()


def test_strengths_that_run_to_infinity_are_given_as_a_ratio():
    """Every place but the first joins after one that it is tied to, half of them along each network."""
    places = pd.Index([f"p{number}" for number in range(24)])
    chain = pd.DataFrame({"source": places[:-1], "target": places[1:], "weight": 1.0})
    graphs = {
        "even": ps.DiffusionGraph.from_edges(chain.iloc[::2], places),
        "odd": ps.DiffusionGraph.from_edges(chain.iloc[1::2].assign(weight=4.0), places),
    }
    onsets = pd.Series(np.arange(24.0), index=places)
    found = ps.compare_networks(onsets, graphs, rng=1, placebos=19, rival_draws=19)
    assert found.models.index[0] == ("even", "odd")
    assert np.isinf(found.networks["s"]).all()
    said = next(caveat for caveat in found.caveats if "run to infinity" in caveat)
    assert said.startswith("The strengths of 'even' and 'odd' run to infinity in the ratio ")
    even, odd = (float(part) for part in said.split("ratio ")[1].split(" (")[0].split(" : "))
    strengths = found.best.strengths.s
    assert even / odd == pytest.approx(strengths[0] / strengths[1], rel=0.01)
    assert "s =" not in found.sentence


@pytest.mark.parametrize(
    ("weights", "words"),
    [(np.ones((3, 3)), "all 1"), (np.array([[0, 1, 0.5], [1, 0, 0.5], [0, 0, 0]]), "sum to 1 by target"),
     (np.array([[0, 1, 0], [0.5, 0, 0.5], [0.3, 0.7, 0]]), "sum to 1 by source"), (np.array([[0, 1, 2], [3, 0, 0], [0, 0, 0]]), "as given")],
)  # fmt: skip
def test_how_ties_are_weighted(weights, words):
    assert _weighting(sp.csr_array(weights)) == words


def test_the_order_of_rows_and_networks_changes_nothing(world):
    onsets, networks, strata = world
    turn = np.random.default_rng(7).permutation(len(onsets))
    options = {"placebos": 6, "rival_draws": 6, "rng": 5}
    one = ps.compare_networks(onsets, networks, strata=strata, **options)
    turned = dict(reversed(networks.items()))
    other = ps.compare_networks(onsets.iloc[turn], turned, strata=strata.iloc[turn[::-1]], **options)
    for name in ("placebo_statistics", "rival_statistics"):
        both = getattr(one, name), getattr(other, name)[list(networks)]
        assert both[0].to_numpy() == pytest.approx(both[1].to_numpy(), abs=1e-5)
    assert one.sentence == other.sentence
