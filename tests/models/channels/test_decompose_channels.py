"""decompose_channels against regressions with explicit dummies, orientation, lag, gaps, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

import protestspread as ps
from protestspread.models.channels.regression import Absorbed, clustered, within

PLACES = list("ABCDEFGH")
TIES = pd.DataFrame(
    {"source": [*PLACES, "A", "C", "F"], "target": [*PLACES[1:], "A", "D", "H", "B"], "weight": [1.0, 2, 1, 1, 3, 1, 1, 2, 4, 1, 2]}
)  # fmt: skip
GRAPH = ps.DiffusionGraph.from_edges(TIES, pd.Index(PLACES))
ONLY = ps.Terms()


def panel_of(days=60, rng=1, gaps=0.0, places=PLACES, freq="D"):
    rng = np.random.default_rng(rng)
    counts = rng.poisson(rng.uniform(0.5, 2, (1, len(places))), (days, len(places))).astype(float)
    counts[rng.random(counts.shape) < gaps] = np.nan
    return pd.DataFrame(
        counts, pd.date_range("2022-01-03", periods=days, freq=freq, name="date"), pd.Index(places, name="city")
    )


def by_hand(panel, lag=1, *, nation=True):
    """Rows of (date, place, outcome, own past, neighbors, rest of the country), in plain loops."""
    rows, values = [], panel.to_numpy()
    into = {place: TIES[TIES["target"] == place] for place in panel.columns}
    sources = {place: ([PLACES.index(one) for one in ties["source"]], ties["weight"]) for place, ties in into.items()}
    for late in range(lag, len(panel)):
        before = values[late - lag]
        for number, place in enumerate(panel.columns):
            near, weights = sources[place]
            row = [values[late, number], before[number], np.average(before[near], weights=weights)]
            others = [value for other, value in enumerate(before) if other != number and not np.isnan(value)]
            row += [sum(others) / len(others)] if nation else []
            if not np.isnan(row).any():
                rows.append([panel.index[late], place, *row])
    names = ["date", "place", "outcome", "own past", "neighbors"] + (["rest of the country"] if nation else [])
    return pd.DataFrame(rows, columns=names)


def dummies(rows, effects, terms=()):
    """Least squares with a dummy for each place and day: design, estimates, residuals."""
    parts = [
        rows.iloc[:, 3:].to_numpy(),
        *[np.asarray(term, float)[:, None] for term in terms],
        np.ones((len(rows), 1)),
    ]
    names = {"place": "place", "day": "date"}
    parts += [pd.get_dummies(rows[names[side]], drop_first=True).to_numpy(float) for side in effects]
    design = np.hstack(parts)
    estimates = np.linalg.lstsq(design, rows["outcome"].to_numpy(), rcond=None)[0]
    return design, estimates, rows["outcome"].to_numpy() - design @ estimates


@pytest.mark.parametrize("gaps", [0.0, 0.05])
@pytest.mark.parametrize(
    ("effects", "nation"), [((), True), (("place",), True), (("place", "day"), False), (("day",), False)]
)
@pytest.mark.parametrize("lag", [1, 3])
def test_estimates_are_those_of_a_regression_with_dummies(effects, nation, gaps, lag):
    panel = panel_of(gaps=gaps)
    options = {"nation": "leave-one-out" if nation else None, "effects": effects, "values": "counts", "lag": lag}
    found = ps.decompose_channels(panel, GRAPH, terms=ONLY, correction=None, **options)
    rows = by_hand(panel, lag, nation=nation)
    assert found.rows == len(rows)
    assert found.left_out == (len(panel) - lag) * len(PLACES) - len(rows)
    assert (found.left_out > 0) == (gaps > 0)
    _, estimates, _ = dummies(rows, effects)
    names = list(rows.columns[3:])
    np.testing.assert_allclose(found.params[names], estimates[: len(names)], rtol=1e-9)
    alone = dummies(rows[["date", "place", "outcome", "neighbors"]], effects)[1][0]
    assert found.table.loc[("alone", "neighbors"), "estimate"] == pytest.approx(alone, rel=1e-9)


def test_trend_weekdays_and_seasons_are_terms_of_the_regression():
    panel = panel_of(days=400, gaps=0.02)
    found = ps.decompose_channels(panel, GRAPH, values="counts", correction=None)
    assert found.terms[:2] == ("trend", "Tuesday")
    assert found.terms[-4:] == ("sine 1", "cosine 1", "sine 2", "cosine 2")
    rows = by_hand(panel)
    days = (rows["date"] - panel.index[0]).dt.days.to_numpy()
    terms = [days / 100, *(days % 7 == day for day in range(1, 7))]
    terms += [wave(2 * np.pi * pair * days / 365) for pair in (1, 2) for wave in (np.sin, np.cos)]
    np.testing.assert_allclose(found.params, dummies(rows, ("place",), terms)[1][:3], rtol=1e-8)


@pytest.mark.parametrize(
    ("freq", "days", "seasons"), [("7D", 40, 0), ("7D", 60, 4), ("MS", 36, 4), ("QS", 36, 0), ("YS", 36, 0)]
)
def test_seasons_are_in_panels_of_more_than_a_year(freq, days, seasons):
    found = ps.decompose_channels(panel_of(days, freq=freq), GRAPH, values="counts")
    assert found.terms == ("trend", *("sine 1", "cosine 1", "sine 2", "cosine 2")[:seasons])


@pytest.mark.parametrize("cluster", [(), ("place",), ("day",), ("place", "day")])
def test_clustered_errors_are_those_of_direct_sums(cluster):
    panel = panel_of(gaps=0.05)
    found = ps.decompose_channels(panel, GRAPH, values="counts", terms=ONLY, correction=None, cluster=cluster)
    rows = by_hand(panel)
    design, _, residuals = dummies(rows, ("place",))
    size = len(rows)
    parameters = 4 + (0 if "place" in cluster else len(PLACES) - 1)  # effects nested in a cluster do not count
    bread = np.linalg.inv(design.T @ design)

    def part(keys):
        total, many = 0.0, 0
        for chosen in rows.groupby(keys).indices.values():
            score = design[chosen].T @ residuals[chosen]
            total, many = total + np.outer(score, score), many + 1
        return many / (many - 1) * total

    names = {"place": "place", "day": "date"}
    if len(cluster) == 2:
        meat = part("place") + part("date") - part(["place", "date"])
    else:
        meat = part([names[side] for side in cluster] or ["place", "date"])
    covariance = (size - 1) / (size - parameters) * bread @ meat @ bread
    errors = np.sqrt(np.diag(covariance)[:3])
    np.testing.assert_allclose(found.table.loc["together", "standard_error"], errors, rtol=1e-8)
    degrees = {(): size - parameters, ("day",): rows["date"].nunique() - 1}.get(cluster, len(PLACES) - 1)
    half = student.ppf(0.975, degrees) * errors
    together = found.table.loc["together"]
    np.testing.assert_allclose(together["high"] - together["estimate"], half, rtol=1e-8)
    np.testing.assert_allclose(found.intervals(level=0.95)["low"], found.table["low"])


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), share=st.floats(0.2, 1))
def test_effects_of_places_and_days_are_taken_out_exactly(seed, share):
    rng = np.random.default_rng(seed)
    place, day = np.nonzero(rng.random((6, 9)) < share)
    if not len(place):
        return
    values = rng.normal(size=(len(place), 2))
    design = np.hstack([place[:, None] == np.arange(6), day[:, None] == np.arange(9)]).astype(float)
    expected = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    np.testing.assert_allclose(within(values, {"place": place, "day": day}), expected, atol=1e-9)


def test_the_correction_solves_twice_the_normal_equations_minus_those_of_the_halves():
    panel = panel_of(days=41)
    found = ps.decompose_channels(panel, GRAPH, values="counts", terms=ps.Terms(trend=True))
    rows = by_hand(panel)
    columns = rows.iloc[:, 2:].to_numpy(float)

    def left(chosen):
        known = np.hstack([pd.get_dummies(rows["place"]).to_numpy(float), (rows["date"] - rows["date"].min()).dt.days.to_numpy(float)[:, None]])[chosen]  # fmt: skip
        rest = columns[chosen] - known @ np.linalg.lstsq(known, columns[chosen], rcond=None)[0]
        return rest.T @ rest

    early = (rows["date"] <= panel.index[20]).to_numpy()
    products = 2 * left(np.full(len(rows), True)) - left(early) - left(~early)
    np.testing.assert_allclose(found.params, np.linalg.solve(products[1:, 1:], products[1:, 0]), rtol=1e-8)


def test_the_correction_takes_out_the_bias_of_own_past():
    rng, truth = np.random.default_rng(5), 0.3
    values = np.zeros((31, 2000))
    for row in range(1, 31):
        values[row] = (rng.random(2000) < 0.1 + truth * values[row - 1]).astype(float)
    places = [f"p{number}" for number in range(2000)]
    panel = pd.DataFrame(values, pd.date_range("2022-01-03", periods=31, name="date"), places)
    ring = pd.DataFrame({"source": places, "target": [*places[1:], places[0]]})
    graph = ps.DiffusionGraph.from_edges(ring, pd.Index(places))
    options = {"nation": None, "terms": ONLY}
    plain = ps.decompose_channels(panel, graph, correction=None, **options).params["own past"]
    corrected = ps.decompose_channels(panel, graph, **options).params["own past"]
    assert plain == pytest.approx(truth - (1 + truth) / 30, abs=0.012)  # Nickell 1981
    assert corrected == pytest.approx(truth, abs=0.012)


def test_neighbors_are_those_from_which_ties_come():
    panel = panel_of(days=200)
    for day in range(1, 200):
        panel.iloc[day, 1] = panel.iloc[day - 1, 0]  # B follows A
    forward = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}), pd.Index(PLACES))
    back = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["B"], "target": ["A"]}), pd.Index(PLACES))
    options = {"values": "counts", "nation": None, "terms": ONLY}
    assert ps.decompose_channels(panel, forward, **options).params["neighbors"] == pytest.approx(1, abs=0.1)
    assert ps.decompose_channels(panel, back, **options).params["neighbors"] == pytest.approx(0, abs=0.2)
    assert any("No ties reach A, C" in text for text in ps.decompose_channels(panel, forward, **options).caveats)


def test_the_lag_is_in_rows():
    panel = panel_of(days=200)
    for day in range(2, 200):
        panel.iloc[day, 1] = panel.iloc[day - 2, 0]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}), pd.Index(PLACES))
    found = {
        lag: ps.decompose_channels(panel, graph, lag=lag, values="counts", nation=None).params["neighbors"]
        for lag in (1, 2)
    }
    assert found[2] == pytest.approx(1, abs=0.1)
    assert abs(found[1]) < 0.3


def test_the_order_of_places_does_not_matter_and_the_panel_stays():
    panel = panel_of(gaps=0.05)
    before = panel.copy()
    found = ps.decompose_channels(panel, GRAPH)
    other = ps.decompose_channels(panel[PLACES[::-1]], GRAPH)
    pd.testing.assert_frame_equal(found.table, other.table, rtol=1e-9)
    pd.testing.assert_frame_equal(panel, before)


def test_activity_is_from_a_number():
    panel = 1000 * panel_of()
    with pytest.raises(ps.DataError, match="pass at_least"):
        ps.decompose_channels(panel, GRAPH)
    found = ps.decompose_channels(panel, GRAPH, at_least=2000)
    pd.testing.assert_frame_equal(found.table, ps.decompose_channels((panel >= 2000).astype(int), GRAPH).table)


def test_effects_of_days_beside_the_nation_are_refused_and_would_not_be_identified():
    with pytest.raises(ps.DataError, match="effects must not have 'day' beside nation"):
        ps.decompose_channels(panel_of(), GRAPH, effects=("place", "day"))
    rows = by_hand(panel_of())
    channels = rows[["own past", "rest of the country"]].to_numpy()
    day = rows["date"].factorize()[0]
    left = Absorbed({"day": day}, np.zeros((len(rows), 0))).out_of(channels)
    assert np.linalg.matrix_rank(left, tol=1e-8) == 1


def test_what_is_not_identified_is_refused():
    panel = panel_of()
    everyone = pd.DataFrame([(a, b) for a in PLACES for b in PLACES if a != b], columns=["source", "target"])
    complete = ps.DiffusionGraph.from_edges(everyone, pd.Index(PLACES))
    for given_panel, graph, options, words in [
        (panel, complete, {}, "determine each other: own past, neighbors, rest of the country"),
        (0 * panel, GRAPH, {}, "nothing is left of: own past, neighbors, rest of the country"),
        (panel, GRAPH.subgraph([]), {}, "must have the same places"),
        (panel, ps.DiffusionGraph.from_edges(TIES[:0], pd.Index(PLACES)), {}, "graph must have ties"),
        (panel[["A"]], ps.DiffusionGraph.from_edges(TIES[:0], pd.Index(["A"])), {}, "nation must be None for a panel of one place"),
        (panel[:1], GRAPH, {}, "lag must leave two rows"),
        (panel, GRAPH, {"lag": 59}, "lag must leave two rows"),
        (panel.where(panel.index.to_series() < panel.index[2], axis=0), GRAPH, {"terms": ONLY}, "cluster must not have .day. with a single day"),
        (-panel, GRAPH, {"values": "counts"}, "panel must not be negative"),
        (panel, GRAPH, {"terms": ps.Terms(trend=True), "nation": None, "effects": ("day",)}, "not so for trend"),
        (panel.where(panel.index.to_series().dt.day % 2 == 0, axis=0), GRAPH, {}, "more than"),
    ]:  # fmt: skip
        with pytest.raises(ps.DataError, match=words):
            ps.decompose_channels(given_panel, graph, **options)


def test_all_faults_of_options_are_told_at_once():
    with pytest.raises(ps.DataError) as caught:
        ps.decompose_channels(
            panel_of(), GRAPH, nation="mean", effects="place", lag=0, values="rates", at_least=-1, terms=True,
            correction="jackknife", cluster=("week",),
        )  # fmt: skip
    text = str(caught.value)
    for name in ("nation", "effects", "lag", "values", "at_least", "terms", "correction", "cluster"):
        assert f"- {name} must" in text


def test_words_say_what_else_looks_like_it():
    short = ps.decompose_channels(panel_of(days=30), GRAPH)
    assert any("the half-panel correction takes out most of it" in text for text in short.caveats)
    assert any("few clusters: 8 places and 29 dates" in text for text in short.caveats)
    plain = ps.decompose_channels(panel_of(days=80), GRAPH, correction=None)
    assert any("pass correction='half-panel'" in text for text in plain.caveats)
    long = ps.decompose_channels(panel_of(days=80), GRAPH)
    assert not any("bias own past" in text for text in long.caveats)
    assert short.verdict == "no sign of a channel of the neighbors"
    assert "consistent with" not in short.sentence


def test_a_wave_of_the_country_is_no_channel_of_the_neighbors_beside_the_nation():
    rng = np.random.default_rng(3)
    names = [f"p{number:02d}" for number in range(40)]
    wave, active = np.zeros(250), []
    for day in range(1, 250):
        wave[day] = 0.8 * wave[day - 1] + rng.normal(0, 0.4)
    active = rng.random((250, 40)) < 0.1 * np.exp(wave)[:, None]
    panel = pd.DataFrame(active.astype(int), pd.date_range("2022-01-03", periods=250, name="date"), names)
    ring = pd.DataFrame({"source": names * 2, "target": [*names[1:], names[0], names[-1], *names[:-1]]})
    graph = ps.DiffusionGraph.from_edges(ring, pd.Index(names))
    found = ps.decompose_channels(panel, graph)
    assert found.verdict == "no sign of a channel of the neighbors beside the others"
    assert found.params["rest of the country"] > 0.5
    without = ps.decompose_channels(panel, graph, nation=None)
    assert without.verdict == "consistent with a channel of the neighbors"
    assert any("pass nation='leave-one-out'" in text for text in without.caveats)
    days = ps.decompose_channels(panel, graph, nation=None, effects=("place", "day"))
    assert days.verdict == "no sign of a channel of the neighbors"
    assert [len(rows.table) for rows in found.figure().scales] == [8]
    assert found.figure(level=0.5).scales[0].table["low"].iloc[0] > found.table["low"].iloc[0]


def test_two_dimensions_of_clusters_with_one_cluster_each_row_are_those_of_cells():
    scores = np.random.default_rng(1).normal(size=(50, 2))
    number = np.arange(50)
    np.testing.assert_allclose(clustered(scores, [number, number], 2), clustered(scores, [], 2))
