"""Trees from fits and from a given delay: toys, all assignments of parents, draws, and bad input."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps

FIVE, DELAY = pd.Series([0, 1, 1, 2, 4], index=list("ABCDE")), [0.5, 0.3, 0.15, 0.05]
SEVEN = pd.Series([0, 1, 1, 2, 3, 3, 5], index=range(1, 8))
PLANE = np.array([(0, 0), (30, 10), (80, 0), (40, 60), (120, 20), (10, 90), (100, 100)])
LONGER = [0.45, 0.3, 0.15, 0.07, 0.03]


def alike(*_):
    return 1.0


def graph(places, weight=alike):
    """Return a graph of all places, with weights by their numbers."""
    numbered = list(enumerate(places))
    rows = [(a, b, weight(i, j)) for i, a in numbered for j, b in numbered if a != b]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(rows, columns=["source", "target", "weight"]), list(places))


def by_distance(i, j):
    return float(np.exp(-np.hypot(*(PLANE[i] - PLANE[j])) / 50))


def children(tree, places):
    return tree.edges.groupby("source")["probability"].sum().reindex(places, fill_value=0.0)


@pytest.mark.parametrize(
    ("external", "expected", "outside"),
    [
        (0, (2.307692, 0.615385, 0.615385, 0.461538, 0), (1, 0, 0, 0, 0)),
        (0.01, (2.265549524, 0.608952117, 0.608952117, 0.454545455, 0),
         (1, 0.019607843, 0.019607843, 0.007633588, 0.015151515)),
        (0.1, (1.947619048, 0.557142857, 0.557142857, 0.4, 0), (1, 1 / 6, 1 / 6, 1 / 14, 2 / 15)),
        (0.5, (1.210144928, 0.408212560, 0.408212560, 0.260869565, 0), (1, 0.5, 0.5, 5 / 18, 10 / 23)),
    ],
)  # fmt: skip
def test_five_places(external, expected, outside):
    tree = ps.transmission_tree(FIVE, graph(FIVE.index), delay=DELAY, external=external)
    assert children(tree, FIVE.index).to_numpy() == pytest.approx(expected, abs=2e-9 if external else 5e-7)
    assert tree.external.to_numpy() == pytest.approx(outside, abs=1e-9)
    assert tree.share_without_parent == 0.2
    assert tree.share_external == pytest.approx(np.mean(outside), abs=1e-9)
    assert tree.delay_days == 4
    assert tree.observed_until == 4


def assignments(external, weight):
    """Return all trees of the seven places with their probabilities: parents by place, -1 for outside."""
    options = []
    for i, day in enumerate(SEVEN):
        weights = {-1: external}
        for j, before in enumerate(SEVEN):
            if 0 < day - before <= 5:
                weights[j] = LONGER[day - before - 1] * weight(j, i)
        if external == 0 and len(weights) > 1:
            del weights[-1]
        options.append(weights if sum(weights.values()) else {-1: 1.0})
    trees = list(itertools.product(*options))
    mass = np.array([np.prod([options[i][parent] for i, parent in enumerate(tree)]) for tree in trees])
    return np.array(trees), mass / mass.sum()


ALL = [  # weight, external, number of trees, R, variance of R, outside, probability of the most likely
    (alike, 0, 288, (2.532608696, .951086957, .951086957, .913043478, .326086957, .326086957, 0),
     (.437795369, .679672732, .679672732, .605210302, .219754253, .219754253, 0), (1, 0, 0, 0, 0, 0, 0), .017195992),
    (alike, .02, 2800, (2.438611789, .935123823, .935123823, .897279386, .319148936, .319148936, 0),
     None, (1, .042553191, .042553191, .016393443, .016393443, .016393443, .021276596), None),
    (by_distance, 0, 288, (2.350795464, .899912572, .942105576, 1.141125023, .359919994, .306141371, 0),
     None, (1, 0, 0, 0, 0, 0, 0), None),
    (by_distance, .02, 2800, (2.071789809, .843309588, .878528318, 1.057158077, .319972939, .272163135, 0),
     (.501631550, .575986375, .587801732, .596067040, .217590257, .198090363, 0),
     (1, .077196673, .180418409, .055617163, .071408503, .061448678, .110988709), .028306821),
]  # fmt: skip


@pytest.mark.parametrize(("weight", "external", "count", "numbers", "variance", "outside", "likely"), ALL)
def test_seven_places_against_all_assignments(weight, external, count, numbers, variance, outside, likely):
    tree = ps.transmission_tree(SEVEN, graph(SEVEN.index, weight), delay=LONGER, external=external)
    trees, mass = assignments(external, weight)
    assert len(trees) == count
    of = np.array([(trees == parent).sum(axis=1) for parent in range(7)])  # children in each tree
    found = ps.reproduction(tree).by_place.set_index("place")
    mean = of @ mass
    assert found["children"].to_numpy() == pytest.approx(mean, abs=1e-12)
    assert found["variance"].to_numpy() == pytest.approx((of - mean[:, None]) ** 2 @ mass, abs=1e-12)
    assert found["children"].to_numpy() == pytest.approx(numbers, abs=2e-9)
    assert tree.external.to_numpy() == pytest.approx(outside, abs=2e-9)
    if variance is not None:
        assert found["variance"].to_numpy() == pytest.approx(variance, abs=2e-9)
        assert tree.most_likely["probability"].prod() == pytest.approx(likely, abs=2e-9)
        assert tree.most_likely["probability"].prod() == pytest.approx(mass.max(), abs=1e-12)
    depth = np.array([[depth_of(one, place) for place in range(7)] for one in trees])
    assert tree.depth.to_numpy() == pytest.approx(mass @ depth, abs=1e-12)


def depth_of(parents, place):
    return 0 if parents[place] < 0 else 1 + depth_of(parents, parents[place])


def test_the_most_likely_tree_and_single_parents_of_seven_places():
    tree = ps.transmission_tree(SEVEN, graph(SEVEN.index, by_distance), delay=LONGER, external=0.02)
    assert tree.most_likely["source"].fillna(0).tolist() == [0, 1, 1, 2, 3, 4, 5]
    to = {target: part.set_index("source")["probability"] for target, part in tree.edges.groupby("target")}
    assert to[4].to_numpy() == pytest.approx([0.197220329, 0.451332014, 0.295830494], abs=2e-9)
    seventh = [0.009840106, 0.039719434, 0.050530830, 0.196784847, 0.319972939, 0.272163135]
    assert to[7].to_numpy() == pytest.approx(seventh, abs=2e-9)


def cities(count=6, seed=1):
    rng = np.random.default_rng(seed)
    points = gpd.points_from_xy(rng.uniform(50, 56, count), rng.uniform(42, 46, count))
    return gpd.GeoDataFrame(index=pd.Index([f"c{i}" for i in range(count)], name="city"), geometry=points, crs=4326)


@pytest.mark.parametrize(("decay_km", "within_km"), [(None, None), (80.0, None), (None, 250.0), (120.0, 250.0)])
def test_cities_reach_each_other_by_distance(decay_km, within_km):
    places = cities()
    onsets = pd.Series(pd.to_datetime("2022-01-01") + pd.to_timedelta([0, 1, 1, 2, 4, 5], unit="D"), places.index)
    km = ps.distances_km(places)
    kappa = pd.DataFrame(1.0, km.index, km.columns) if decay_km is None else np.exp(-km / decay_km)
    kappa = kappa.where(km <= (within_km or np.inf), 0.0).to_numpy()
    tree = ps.transmission_tree(
        onsets,
        places.sample(frac=1, random_state=2),
        delay=DELAY,
        external=0.05,
        decay_km=decay_km,
        within_km=within_km,
    )
    same = ps.transmission_tree(onsets, graph(places.index, lambda i, j: kappa[i, j]), delay=DELAY, external=0.05)
    pd.testing.assert_frame_equal(tree.table, same.table)
    assert (tree.edges["date"] - tree.edges["source_date"]).dt.days.between(1, 4).all()


def test_weights_of_several_graphs_are_summed_and_more_places_do_not_matter():
    near, far = graph("ABCDEXYZ"), graph("EDCBA", lambda i, _: 0.5 * i)
    union = graph(FIVE.index, lambda i, _: 1 + 0.5 * (4 - i))
    options = {"delay": DELAY, "external": 0.1}
    both = ps.transmission_tree(FIVE, {"near": near, "far": far}, **options)
    pd.testing.assert_frame_equal(both.table, ps.transmission_tree(FIVE, union, **options).table)


def test_spells_have_parents_of_their_own():
    days = pd.date_range("2022-01-01", periods=9, name="date")
    rows = {"A": "110010000", "B": "011100000", "C": "000010001"}
    panel = pd.DataFrame({name: [int(one) for one in row] for name, row in rows.items()}, days)
    tree = ps.transmission_tree(ps.spells(panel), graph("ABC"), delay=[0.4, 0.3, 0.2, 0.1], external=0.1)
    keys = tree.onsets.assign(day=tree.onsets["date"].dt.day)[["target", "day"]].to_numpy().tolist()
    assert keys == [["A", 1], ["B", 2], ["A", 5], ["C", 5], ["C", 9]]
    last = tree.edges[tree.edges["date"] == "2022-01-09"]  # B ended long before, A's second spell began 4 days before
    assert last[["source", "source_date"]].astype(str).to_numpy().tolist() == [["A", "2022-01-05"]]
    assert last["probability"].tolist() == pytest.approx([0.1 / 0.2])
    second = tree.edges[(tree.edges["date"] == "2022-01-05") & (tree.edges["target"] == "A")]
    assert second["source"].tolist() == ["B"]  # not its own first spell
    assert "5 onsets in 3 places" in repr(tree)
    assert tree.external["C"] == pytest.approx(tree.onsets.loc[[3, 4], "external"].mean())


def test_a_grid_of_the_outside_is_shown():
    tree = ps.transmission_tree(FIVE, graph(FIVE.index), delay=DELAY, external=[0.01, 0.1, 0.5])
    one = ps.transmission_tree(FIVE, graph(FIVE.index), delay=DELAY, external=0.01)
    pd.testing.assert_frame_equal(tree.table, one.table)
    assert one.sensitivity.empty
    for row in tree.sensitivity.itertuples():
        alone = ps.transmission_tree(FIVE, graph(FIVE.index), delay=DELAY, external=row.external)
        assert row.share_external == pytest.approx(alone.share_external, abs=1e-12)
        assert row.share_without_parent == alone.share_without_parent == 0.2
        assert row.mean_reproduction == pytest.approx(ps.reproduction(alone).by_place["reproduction"].mean())
        other = alone.most_likely["source"].fillna("") != one.most_likely["source"].fillna("")
        assert row.other_parents == pytest.approx(other.mean())
    assert "21% to 54% for external from 0.01 to 0.5" in repr(tree)
    assert "21% to 54% for external from 0.01 to 0.5" in tree.sentence


# fits


@pytest.fixture(scope="module")
def fits(case):
    places = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(places.index)]
    counts = ps.count_events(events, places, start="2022-01-01", end="2022-01-08")
    first = ps.onsets(counts)
    graphs = {"near": ps.nearest_graph(places, k=3), "rank": ps.hierarchy_graph(places)}
    return {
        "order": ps.fit_oada(first, graphs),
        "seeds": ps.fit_oada(first, graphs, seeds="first day"),
        "times": ps.fit_tada(first, graphs, observed_until="2022-01-08"),
        "history": ps.fit_event_history(first, graphs, cities=places, observed_until="2022-01-08"),
        "spells": ps.fit_event_history(
            ps.spells(counts), graphs["near"], cities=places, memory=ps.Decay(2), baseline="none", panel=counts
        ),
    }


@pytest.mark.parametrize("name", ["order", "seeds", "times", "history", "spells"])
def test_a_tree_of_a_fit_sums_its_parents_over_networks(fits, name):
    fit = fits[name]
    tree, table = ps.transmission_tree(fit), fit.parents()
    assert len(tree.onsets) == table["source"].isna().sum()
    assert np.allclose(tree.table.groupby(["target", "date"])["probability"].sum(), 1, rtol=0, atol=1e-9)
    sums = table.groupby(["source", "target", "date"])["probability"].sum()
    found = tree.edges.groupby(["source", "target", "date"])["probability"].sum()
    pd.testing.assert_series_equal(found.sort_index(), sums.sort_index())
    if name in ("order", "seeds", "times"):
        assert 1 - tree.share_external == pytest.approx(fit.share_transmitted.sum(), abs=1e-12)
    assert str(tree.observed_until.date()) == ("2022-01-05" if name in ("order", "seeds") else "2022-01-08")
    assert type(fit).__name__ in tree.assumptions[0]
    assert "inferred" in repr(tree)


@pytest.mark.parametrize("parameters", ["estimate", "sampled"])
def test_drawn_trees_have_one_parent_for_each_onset(fits, parameters):
    fit = fits["order"]
    tree = ps.transmission_tree(fit, draws=100, parameters=parameters, rng=7)
    drawn = tree.draws
    assert drawn.groupby("draw").size().eq(fit.events).all()
    possible = set(tree.edges[["source", "target"]].itertuples(index=False, name=None))
    some = drawn.dropna(subset="source")
    assert set(some[["source", "target"]].itertuples(index=False, name=None)) <= possible
    share = drawn["source"].isna().groupby(drawn["target"]).mean()
    if parameters == "estimate":
        gap = (share - tree.external).abs() / np.sqrt(tree.external * (1 - tree.external) / 100).replace(0, 1e-12)
        assert gap.max() < 4
    by_draw = drawn["source"].isna().groupby(drawn["draw"]).mean()
    spread = by_draw.var()
    alone = (tree.external * (1 - tree.external)).sum() / fit.events**2  # without uncertainty of the parameters
    assert spread == pytest.approx(alone, rel=0.35) if parameters == "estimate" else spread > 1.5 * alone
    first = ps.transmission_tree(fit, draws=3, parameters=parameters, rng=7).draws
    pd.testing.assert_frame_equal(first, drawn[drawn["draw"] < 3].reset_index(drop=True))


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.01, 1.0]))
@settings(max_examples=10)
def test_probabilities_sum_to_1_and_parents_come_before(seed, external):
    rng = np.random.default_rng(seed)
    days = pd.Series(rng.integers(0, 9, 12).astype(float), index=[f"p{i}" for i in range(12)])
    days[rng.random(12) < 0.2] = np.nan
    days.iloc[0] = 0.0
    weights = rng.exponential(size=(12, 12)) * (rng.random((12, 12)) < 0.7)
    tree = ps.transmission_tree(days, graph(days.index, lambda i, j: weights[i, j]), delay=DELAY, external=external)
    assert np.allclose(tree.table.groupby("target")["probability"].sum(), 1, rtol=0, atol=1e-12)
    assert set(tree.onsets["target"]) == set(days.dropna().index)
    assert ((tree.edges["date"] - tree.edges["source_date"]).between(1, 4)).all()
    without = tree.external.index.difference(tree.edges["target"])
    assert (tree.external[without] == 1).all()
    assert tree.share_without_parent == pytest.approx(len(without) / len(tree.onsets))
    if external == 0:
        assert tree.share_external == pytest.approx(tree.share_without_parent)
    assert tree.depth.between(0, 9).all()


# bad input


def test_one_onset_and_all_on_one_day_are_from_outside():
    one = ps.transmission_tree(FIVE.where(FIVE < 1), graph(FIVE.index), delay=DELAY, external=0.1, draws=2, rng=1)
    assert one.table["probability"].tolist() == [1.0]
    assert "1 onset, an expected 100% started from outside, 100% without a possible parent" in one.sentence
    same = ps.transmission_tree(FIVE * 0, graph(FIVE.index), delay=DELAY, external=[0, 0.1])
    assert (same.external == 1).all()
    assert same.sensitivity["share_external"].tolist() == [1.0, 1.0]
    assert same.days.isna().all()
    assert (ps.reproduction(same).by_place["children"] == 0).all()
    alone = ps.TransmissionTree(same.table)  # which knows no delay
    with pytest.raises(ps.DataError, match="delay_days must be given: no onset of the tree has a parent"):
        ps.reproduction(alone)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"external": 0.1}, r"delay must be the probabilities of 1, 2, \.\.\. days.*got None"),
        ({"delay": [0.5, 0.4], "external": 0.1}, "which sum to 1; got a sum of 0.9"),
        ({"delay": [1.5, -0.5], "external": 0.1}, "delay must be the probabilities"),
        ({"delay": DELAY}, "external must be given without a fit"),
        ({"delay": DELAY, "external": []}, "external must be given without a fit"),
        ({"delay": DELAY, "external": [None]}, "external must be a number of at least 0; got None"),
        ({"delay": DELAY, "external": -0.1}, "external must be a number of at least 0; got -0.1"),
        ({"delay": DELAY, "external": [0.1, "x"]}, "external must be a number of at least 0; got 'x'"),
        ({"delay": DELAY, "external": 0.1, "decay_km": 100}, "decay_km must be None with a graph"),
        ({"delay": DELAY, "external": 0.1, "draws": -1}, "draws must be a whole number"),
        ({"delay": DELAY, "external": 0.1, "observed_until": 3}, "observed_until must be at or after the last onset"),
        ({"delay": DELAY, "external": 0.1, "parameters": "best"}, "parameters must be"),
    ],
)
def test_what_is_wrong_is_said(options, fault):
    with pytest.raises(ps.DataError, match=fault):
        ps.transmission_tree(FIVE, graph(FIVE.index), **options)


def test_both_missing_arguments_are_named_at_once():
    with pytest.raises(ps.DataError) as raised:
        ps.transmission_tree(FIVE)
    assert all(f"- {name} must be" in str(raised.value) for name in ("graphs_or_cities", "delay", "external"))


def test_unknown_places_are_named(fits):
    places = cities()
    days = pd.Series([1, 2, 3], index=["c0", "Atlantis", "Ys"])
    with pytest.raises(ps.DataError, match="cities must have all places with an onset; missing: Atlantis, Ys"):
        ps.transmission_tree(days, places, delay=DELAY, external=0.1)
    with pytest.raises(ps.DataError, match="Atlantis"):
        ps.transmission_tree(days, graph(["c0", "c1", "Ys"]), delay=DELAY, external=0.1)
    assert "0.5, 0.3" not in str(ps.transmission_tree(days[:1], places, delay=DELAY, external=0).assumptions)
    with pytest.raises(ps.DataError, match="delay must be None with a fit"):
        ps.transmission_tree(fits["order"], delay=DELAY)
    with pytest.raises(ps.DataError, match="data must be a fit, onsets"):
        ps.transmission_tree([1, 2], places, delay=DELAY, external=0.1)


def test_a_fit_of_moments_knows_parents_but_no_tree():
    ties = pd.DataFrame({"source": list("ABCD"), "target": list("BCDA")})
    onsets = pd.Series(
        pd.to_datetime(["2022-01-02 08:00", "2022-01-02 15:00", "2022-01-03 09:00", "2022-01-04 09:00"]), list("ABCD")
    )
    fit = ps.fit_oada(onsets, ps.DiffusionGraph.from_edges(ties))
    assert len(fit.parents()) > 4
    with pytest.raises(ps.DataError, match="onsets of the fit must be days for a tree"):
        ps.transmission_tree(fit)
