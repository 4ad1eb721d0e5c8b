import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import protestspread as ps
from protestspread.errors import DataError, SchemaError
from protestspread.models.attributes import design
from protestspread.models.nbda.acquisitions import Acquisitions, network_matrices
from protestspread.models.nbda.hazards import Hazards
from protestspread.models.nbda.oada import order_problem

PLACES = pd.Index(list("ABCDE"))


def graph(weights, places=PLACES):
    """A graph of a table of weights from row to column."""
    weights = np.asarray(weights, dtype=float)
    source, target = np.nonzero(weights)
    ties = {"source": places[source], "target": places[target], "weight": weights[source, target]}
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties), places)


def random_case(seed, *, places=14, days=6, networks=2):
    rng = np.random.default_rng(seed)
    names = pd.Index([f"p{number}" for number in range(places)])
    onsets = pd.Series(rng.integers(1, days + 1, places).astype(float), index=names)
    onsets[rng.random(places) < 0.25] = np.nan
    onsets.iloc[:2] = [1.0, 2.0]
    graphs = {}
    for number in range(networks):
        weights = np.where(rng.random((places, places)) < 0.4, rng.exponential(size=(places, places)), 0)
        np.fill_diagonal(weights, 0)
        graphs[f"n{number}"] = graph(weights, names)
    return onsets, graphs, pd.DataFrame(rng.normal(size=(places, 2)), index=names, columns=["x", "y"])


ASYMMETRIC = graph([[0, 2, 0, 1, 0], [0, 0, 3, 0, 0], [0, 0, 0, 0, 5], [0, 1, 0, 0, 0], [4, 0, 0, 0, 0]])
ONSETS = pd.Series([1.0, 2.0, 3.0, 3.0, np.nan], index=PLACES)


@pytest.mark.parametrize("s", [0.0, 0.3, 2.0])
def test_the_likelihood_by_hand(s):
    """A joins, then B (2 from A), then C (3 from B) and D (1 from A) on one day; E is exposed to none of them until then."""
    acquisitions = Acquisitions.of(ONSETS)
    exposures = {"n": acquisitions.exposure(network_matrices(PLACES, ASYMMETRIC)["tie"])}
    rates = Hazards(acquisitions, exposures, design(None, PLACES), "additive")
    at = np.arcsinh(np.array([s]) * rates.units)
    a, b, c, d, e = 1.0, 1 + 2 * s, 1 + 3 * s, 1 + s, 1.0
    first, second = a / 5, b / (b + 1 + (1 + s) + 1)
    third = c / (c + d + e) * d / (d + e) + d / (c + d + e) * c / (c + e)
    assert order_problem(rates, "exact").objective(at)[0] == pytest.approx(math.log(first * second * third), rel=1e-12)


@pytest.mark.parametrize("ties", ["exact", "efron"])
@pytest.mark.parametrize("effect", ["additive", "multiplicative", "unconstrained"])
@pytest.mark.parametrize("seeds", [None, ["p0"]])
def test_gradients_are_those_of_finite_differences(effect, ties, seeds):
    onsets, graphs, attributes = random_case(3)
    onsets = (onsets + 1).where(onsets.index != "p0", 1.0)
    fit = ps.fit_oada(onsets, graphs, attributes=attributes, effect=effect, ties=ties, seeds=seeds)
    problem, rng = fit.optimum.problem, np.random.default_rng(1)
    for _ in range(4):
        at = np.abs(rng.normal(0.5, 1, len(problem.names))) + 0.01
        at[2:] *= rng.choice([-1, 1], len(at) - 2)
        steps = np.eye(len(at)) * 1e-5
        slopes = [(problem.objective(at + step)[0] - problem.objective(at - step)[0]) / 2e-5 for step in steps]
        assert problem.objective(at)[1] == pytest.approx(slopes, rel=1e-6, abs=1e-6)


@pytest.mark.long
@settings(max_examples=12)
@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_weights_times_c_are_s_over_c(seed, times):
    onsets, graphs, _ = random_case(seed, networks=1)
    matrix = graphs["n0"].matrix.toarray()
    one, other = ps.fit_oada(onsets, graphs), ps.fit_oada(onsets, {"n0": graph(matrix * times, onsets.index)})
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    s, scaled = one.params.iloc[0], other.params.iloc[0] * times
    assert s == scaled or scaled == pytest.approx(s, rel=1e-3, abs=1e-6)


@pytest.mark.long
@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_other_names_and_another_order_of_places_change_nothing(seed):
    onsets, graphs, attributes = random_case(seed)
    turn = np.random.default_rng(seed).permutation(len(onsets))
    moved = {name: graph.subgraph(onsets.index[turn]) for name, graph in graphs.items()}
    one = ps.fit_oada(onsets, graphs, attributes=attributes[["x"]])
    other = ps.fit_oada(onsets.iloc[turn], moved, attributes=attributes[["x"]])
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_a_shock_that_all_share_changes_nothing(seed):
    """Influences common to all places change the times of onsets, not their order."""
    onsets, graphs, _ = random_case(seed, networks=1)
    stretched = onsets.map(lambda day: day + 10 * math.sqrt(day))
    assert ps.fit_oada(stretched, graphs).log_likelihood == ps.fit_oada(onsets, graphs).log_likelihood


def test_dates_and_numbers_are_the_same_order():
    onsets, graphs, _ = random_case(8)
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(onsets, unit="D")
    one, other = ps.fit_oada(onsets, graphs), ps.fit_oada(dates, graphs)
    assert one.params.tolist() == other.params.tolist()


def test_seeds_transmit_but_are_not_onsets():
    fit = ps.fit_oada(ONSETS, ASYMMETRIC, seeds="first day")
    assert fit.events == 3
    assert fit.params.equals(ps.fit_oada(ONSETS, ASYMMETRIC, seeds=["A"]).params)
    # without attributes the first day is equally likely at any strength
    alike = ps.fit_oada(ONSETS, ASYMMETRIC)
    assert alike.log_likelihood == pytest.approx(fit.log_likelihood + math.log(1 / 5), abs=1e-9)


def test_a_seed_may_have_no_onset():
    one, other = ps.fit_oada(ONSETS, ASYMMETRIC, seeds=["E"]), ps.fit_oada(ONSETS, ASYMMETRIC, seeds=["A", "E"])
    assert (one.events, other.events) == (4, 3)
    assert "E" not in one.transmitted.index


def test_a_chain_drives_s_to_infinity():
    chain = graph(np.diag(np.ones(4), 1))
    fit = ps.fit_oada(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=PLACES), chain)
    assert fit.params["s tie"] == math.inf
    assert np.isnan(fit.standard_errors["s tie"])
    assert fit.log_likelihood == pytest.approx(math.log(1 / 5), abs=1e-6)  # the first, then each for certain
    low, high = fit.intervals().loc["s tie"]
    assert high == math.inf
    # at the low end the log-likelihood has fallen by 1.92
    chances = [1 / 5, *((1 + low) / (left + low) for left in (4, 3, 2, 1))]
    assert fit.log_likelihood - sum(map(math.log, chances)) == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-5)
    assert fit.share_transmitted["tie"] == pytest.approx(4 / 5)
    assert "s → ∞" in fit.sentence
    assert "s tie = ∞" in repr(fit)


def test_one_network_at_infinity_beside_another():
    """C follows A and E follows D, at once; B, tied to A more weakly, comes in between."""
    places = pd.Index(list("ABCDEFGH"))
    strong, weak = np.zeros((8, 8)), np.zeros((8, 8))
    strong[0, 2] = strong[3, 4] = strong[5, 6] = 1.0
    weak[0, 1] = weak[2, 3] = weak[0, 7] = 1.0
    onsets = pd.Series([1.0, 3.0, 2.0, 4.0, 5.0, 6.0, 7.0, np.nan], index=places)
    fit = ps.fit_oada(onsets, {"strong": graph(strong, places), "weak": graph(weak, places)})
    assert fit.params["s strong"] == math.inf
    assert fit.standard_errors.isna()["s strong"]
    assert fit.summary().loc["s strong", "high"] == math.inf


def test_twice_the_same_network_cannot_be_told_apart():
    onsets, graphs, _ = random_case(15, networks=1)
    one = ps.fit_oada(onsets, graphs)
    twice = ps.fit_oada(onsets, {"a": graphs["n0"], "b": graphs["n0"]})
    assert twice.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-7)
    assert twice.params.sum() == pytest.approx(one.params.sum(), rel=1e-3)
    assert "ill-conditioned" in repr(twice) or twice.boundary


def test_s_is_0_where_onsets_run_against_the_ties():
    backwards = graph(np.diag(np.ones(3), 2))  # A to C, B to D, C to E
    fit = ps.fit_oada(pd.Series([1.0, 2.0, 5.0, 4.0, 3.0], index=PLACES), backwards)
    assert fit.params["s tie"] == 0
    assert fit.intervals().loc["s tie", "low"] == 0
    test = fit.likelihood_ratio()
    assert (test.statistic, test.p_value) == (0.0, 1.0)
    assert "no sign of transmission" in fit.sentence


@pytest.mark.long
def test_the_p_value_of_one_network_is_half_of_chi_squared():
    onsets, graphs, _ = random_case(15, networks=1)
    fit = ps.fit_oada(onsets, graphs)
    test = fit.likelihood_ratio()
    assert test.statistic > 0
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 1) / 2)
    assert "half" in repr(test)
    drawn = fit.likelihood_ratio(bootstrap=99, rng=1)
    assert len(drawn.null_distribution) == 99
    assert (drawn.null_distribution >= 0).all()
    assert drawn.p_value == pytest.approx((1 + (drawn.null_distribution >= drawn.statistic).sum()) / 100)
    assert drawn.p_value == fit.likelihood_ratio(bootstrap=99, rng=1).p_value


@pytest.mark.long
def test_summary_and_html():
    onsets, graphs, attributes = random_case(3)
    fit = ps.fit_oada(onsets, graphs, attributes=attributes["x"])
    table = fit.summary()
    assert list(table.columns) == ["estimate", "standard_error", "low", "high"]
    assert list(table.index) == ["s n0", "s n1", "spontaneous: x"]
    assert ((table["low"] <= table["estimate"]) & (table["estimate"] <= table["high"])).all()
    assert "spontaneous: x" in fit._repr_html_()


# errors


def test_nobody_joined():
    with pytest.raises(DataError, match="none of 5 places joined"):
        ps.fit_oada(pd.Series(np.nan, index=PLACES), ASYMMETRIC)


def test_all_on_one_day():
    with pytest.raises(DataError, match="all 5 places that joined did so on one day"):
        ps.fit_oada(pd.Series(1.0, index=PLACES), ASYMMETRIC)
    dates = pd.Series(pd.Timestamp("2022-01-04"), index=PLACES)
    with pytest.raises(DataError, match="2022-01-04"):
        ps.fit_oada(dates, ASYMMETRIC)
    with pytest.raises(DataError, match="all 5 places that joined are seeds"):
        ps.fit_oada(dates, ASYMMETRIC, seeds="first day")


def test_a_broadcast_network_is_refused_with_its_reason():
    everybody = np.outer(np.arange(1.0, 6), np.ones(5)) * (
        1 - np.eye(5)
    )  # what each sends differs, who receives does not
    with pytest.raises(DataError, match="network 'media': places that joined were as exposed as the others at risk"):
        ps.fit_oada(ONSETS, {"media": graph(everybody), "road": ASYMMETRIC})


def test_two_places_have_no_information():
    two = pd.Index(["A", "B"])
    with pytest.raises(DataError, match="two places"):
        ps.fit_oada(pd.Series([1.0, 2.0], index=two), graph([[0, 1], [1, 0]], two))


def test_networks_without_ties_that_matter():
    backwards = graph(np.eye(5, k=-1))
    with pytest.raises(DataError, match="network 'tie': no place at risk had a tie from a place that had joined"):
        ps.fit_oada(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0], index=PLACES), backwards)
    with pytest.raises(DataError, match="network 'network': no place at risk had a tie from a place that had joined"):
        ps.fit_oada(ONSETS, graph(np.zeros((5, 5))))


def test_disconnected_networks_are_fitted():
    two_parts = np.zeros((5, 5))
    two_parts[0, 1] = two_parts[2, 3] = 1.0
    assert ps.fit_oada(ONSETS, graph(two_parts)).converged


def test_networks_over_other_places_name_both_sides():
    others = graph(np.ones((3, 3)) - np.eye(3), pd.Index(["A", "B", "Z"]))
    with pytest.raises(DataError, match=r"lacks 3 of the onsets: C, D, E[\s\S]*lack\w* 1 of the network 'tie': Z"):
        ps.fit_oada(ONSETS, others)


def test_attributes_that_do_not_fit():
    table = pd.DataFrame(
        {"gap": [1, 2, 3, 4, np.nan], "same": 1.0, "text": list("vwxyz"), "year": [2020.0, 2021, 2022, 2021, 2020]},
        index=PLACES,
    )
    with pytest.raises(DataError) as error:
        ps.fit_oada(ONSETS, ASYMMETRIC, attributes=table)
    for fault in ("no finite number for E", "'same' must vary", "'text' must be numeric", "'year' is too far from 0"):
        assert fault in str(error.value)
    with pytest.raises(DataError, match=r"^attributes must have a row for each place; no row for E"):
        ps.fit_oada(ONSETS, ASYMMETRIC, attributes=pd.Series([1.0, 2, 3, 4], index=PLACES[:4], name="x"))
    twice = pd.DataFrame({"a": [1.0, 2, 3, 4, 9], "b": [2.0, 4, 6, 8, 18]}, index=PLACES)
    with pytest.raises(DataError, match=r"^attributes are not valid: the columns a, b are collinear"):
        ps.fit_oada(ONSETS, ASYMMETRIC, attributes=twice)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"effect": "both"}, "^effect must be 'additive', 'multiplicative' or 'unconstrained'; got 'both'"),
        ({"ties": "breslow"}, "efron"),
        ({"seeds": "A"}, "^seeds must be None, 'first day' or a list of places; got 'A'"),
        ({"seeds": ["Z"]}, "^seeds must be places of the onsets; got Z"),
        ({"seeds": ["C"]}, "^seeds must have joined before all other places; got C"),
    ],
)
def test_options_that_do_not_exist(options, match):
    with pytest.raises(DataError, match=match):
        ps.fit_oada(ONSETS, ASYMMETRIC, **options)


def test_onsets_and_graphs_that_are_not_valid():
    with pytest.raises(SchemaError, match="onsets are infinite for E"):
        ps.fit_oada(ONSETS.fillna(np.inf), ASYMMETRIC)
    with pytest.raises(SchemaError, match="Series"):
        ps.fit_oada(list(ONSETS), ASYMMETRIC)
    with pytest.raises(DataError, match=r"^graphs must be a DiffusionGraph or a dict .*; got list"):
        ps.fit_oada(ONSETS, [ASYMMETRIC])
    with pytest.raises(DataError, match=r"^graphs\['road'\] must be a DiffusionGraph; got ndarray"):
        ps.fit_oada(ONSETS, {"road": np.eye(5)})


def test_coefficients_that_need_transmission_make_the_test_conservative():
    onsets, graphs, attributes = random_case(15, networks=1)
    fit = ps.fit_oada(onsets, graphs, attributes=attributes["x"], effect="unconstrained")
    test = fit.likelihood_ratio()
    assert "approximate" in test.method
    assert test.p_value == pytest.approx(stats.chi2.sf(test.statistic, 2) / 2)
