"""Simulated spreads against exact probabilities: enumeration by the day, the master equation in continuous time."""

import dataclasses
import itertools
import json

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DRAWS = 20_000
MODELS = {"SI": ps.SI, "SIS": ps.SIS, "SIR": ps.SIR}


def graph_of(weights):
    matrix = np.array(weights)
    source, target = np.nonzero(matrix)
    frame = pd.DataFrame({"source": source, "target": target, "weight": matrix[source, target]})
    return ps.DiffusionGraph.from_edges(frame, range(len(matrix)))


def near(share, chance):
    """Return whether a share of draws lies within four standard errors of a chance."""
    error = np.sqrt(np.maximum(np.asarray(chance) * (1 - np.asarray(chance)), 1e-12) / DRAWS)
    return np.abs(np.asarray(share) - chance) <= 4 * error


def cases(folder):
    return json.loads((folder / "data" / "next_simulation.json").read_text())["cases"]


@pytest.mark.parametrize("clock", ["daily", "continuous"])
@pytest.mark.parametrize("number", range(18))
def test_chances_of_states(reference, number, clock):
    case = cases(reference)[number]
    rates = [case["beta"]] if case["model"] == "SI" else [case["beta"], case["gamma"]]
    model = MODELS[case["model"]](*rates, clock={"daily": "day"}.get(clock, clock))
    many = ps.simulate_many(model, graph_of(case["weights"]), seeds=[0], days=4, draws=DRAWS, rng=number)
    held = many.table.to_pandas()
    for day, expected in case[clock].items():
        time = float(day)
        active = held[held["first"].le(time) & (held["last"].ge(time) if clock == "daily" else held["last"].gt(time))]
        places = len(expected["active"])
        assert near(
            active.groupby("place")["draw"].nunique().reindex(range(places), fill_value=0) / DRAWS, expected["active"]
        ).all()
        number_active = active.groupby("draw").size().reindex(range(DRAWS), fill_value=0)
        assert near(number_active.eq(0).mean(), expected["nobody_active"])
        assert near(number_active.eq(places).mean(), expected["all_active"])
        if case["model"] == "SIR":
            ended = held[held["last"].lt(time) if clock == "daily" else held["last"].le(time)]
            assert near(
                ended.groupby("place").size().reindex(range(places), fill_value=0) / DRAWS, expected["recovered"]
            ).all()


GRAPHS = {
    "path of 3": (3, [(0, 1), (1, 0), (1, 2), (2, 1)]),
    "triangle": (3, [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)]),
    "directed ring of 3": (3, [(0, 1), (1, 2), (2, 0)]),
    "path of 4": (4, [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)]),
    "star of 4": (4, [(1, 0), (0, 1), (1, 2), (2, 1), (1, 3), (3, 1)]),
    "ring of 4": (4, [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2), (3, 0), (0, 3)]),
}
BETA, SIGMA, GAMMA, OMEGA, EPSILON = 0.7, 0.9, 0.4, 0.6, 0.05
KINDS = {  # states in the order of a place's course, and whether it begins anew
    "SI": (ps.SI(BETA, EPSILON), "SI", [], False),
    "SIS": (ps.SIS(BETA, GAMMA, EPSILON), "SI", [GAMMA], True),
    "SIR": (ps.SIR(BETA, GAMMA, EPSILON), "SIR", [GAMMA], False),
    "SEIR": (ps.SEIR(BETA, SIGMA, GAMMA, EPSILON), "SEIR", [SIGMA, GAMMA], False),
    "SIRS": (ps.SIRS(BETA, GAMMA, OMEGA, EPSILON), "SIR", [GAMMA, OMEGA], True),
}


def chances(graph, states, rates, cyclic, clock):
    """Return the chances of all joint states after one day, from each joint state: a matrix over the states of all places."""
    from scipy.linalg import expm

    places, ties = GRAPHS[graph]
    joint = list(itertools.product(range(len(states)), repeat=places))
    number, active = {state: row for row, state in enumerate(joint)}, states.index("I")
    matrix = np.zeros((len(joint), len(joint)))
    for row, state in enumerate(joint):
        hazard = [EPSILON + BETA * sum(state[i] == active for i, j in ties if j == place) for place in range(places)]
        leaving = [[hazard[place], *rates, 0.0][state[place]] for place in range(places)]
        following = [(one + 1) % len(states) if cyclic else min(one + 1, len(states) - 1) for one in state]
        if clock == "continuous":
            for place in range(places):
                if leaving[place]:
                    matrix[row, number[(*state[:place], following[place], *state[place + 1 :])]] += leaving[place]
            matrix[row, row] -= sum(leaving)
            continue
        for moved in itertools.product((False, True), repeat=places):
            after = tuple(following[place] if moved[place] else state[place] for place in range(places))
            each = [-np.expm1(-rate) if go else np.exp(-rate) for go, rate in zip(moved, leaving, strict=True)]
            matrix[row, number[after]] += np.prod(each)
    return joint, expm(matrix) if clock == "continuous" else matrix


@pytest.mark.parametrize("clock", ["day", "continuous"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_all_models_on_small_graphs(graph, kind, clock):
    """By the day against enumeration, in continuous time against the master equation, with spontaneous onsets."""
    model, states, rates, cyclic = KINDS[kind]
    places, ties = GRAPHS[graph]
    joint, step = chances(graph, states, rates, cyclic, clock)
    weights = np.zeros((places, places))
    weights[tuple(np.transpose(ties))] = 1.0
    model = dataclasses.replace(model, clock=clock)
    many = ps.simulate_many(model, graph_of(weights), seeds=[0], days=4, draws=DRAWS, rng=7)
    held, active = many.table.to_pandas(), np.array(joint) == states.index("I")
    chance = np.eye(len(joint))[joint.index((states.index("I"), *[0] * (places - 1)))]
    for time in (1, 2, 3):
        chance = chance @ step
        ended = held["last"].lt(time) if clock == "day" else held["last"].le(time)
        now = held[held["first"].le(time) & ~ended]
        share = now.groupby("place").size().reindex(range(places), fill_value=0) / DRAWS
        assert near(share, chance @ active).all()
        number = now.groupby("draw").size().reindex(range(DRAWS), fill_value=0)
        expected = [chance[active.sum(axis=1) == k].sum() for k in range(places + 1)]
        assert near([number.eq(k).mean() for k in range(places + 1)], expected).all()


def test_seir_and_sirs_by_hand():
    """One place: the chances of the states of a chain with rates σ, γ and ω, by the day and in continuous time."""
    sigma, gamma, omega, days = 0.7, 0.4, 0.5, 6
    lone = graph_of([[0.0, 0.0], [0.0, 0.0]])
    for clock in ("day", "continuous"):
        many = ps.simulate_many(ps.SEIR(0.0, sigma, gamma, 0.3, clock), lone, seeds=[], days=days, draws=DRAWS, rng=1)
        rates = np.array([0.3, sigma, gamma])
        step = chain(rates, cyclic=False, clock=clock)
        chance = np.linalg.matrix_power(step, days - 1)[0]
        assert near(many.mean().iloc[-1, 0] if clock == "day" else active_share(many, days - 1), chance[2])
        many = ps.simulate_many(ps.SIRS(0.0, gamma, omega, 0.3, clock), lone, seeds=[], days=days, draws=DRAWS, rng=2)
        step = chain(np.array([0.3, gamma, omega]), cyclic=True, clock=clock)
        chance = np.linalg.matrix_power(step, days - 1)[0]
        assert near(many.mean().iloc[-1, 0] if clock == "day" else active_share(many, days - 1), chance[1])


def chain(rates, *, cyclic, clock):
    """Return the matrix of transitions of one day between states in a row, or in a circle."""
    from scipy.linalg import expm

    states = len(rates) if cyclic else len(rates) + 1
    moves = np.zeros((states, states))
    for state, rate in enumerate(rates):
        moves[state, (state + 1) % states] = rate
    if clock == "continuous":
        return expm(moves - np.diag(moves.sum(axis=1)))
    step = -np.expm1(-moves)
    return step + np.diag(1 - step.sum(axis=1))


def active_share(many, time):
    held = many.table.to_pandas()
    return (held["place"].eq(0) & held["first"].le(time) & held["last"].gt(time)).sum() / DRAWS


H1 = {(0, 1): 0.5, (0, 2): 0.3, (1, 2): 0.4, (1, 3): 0.2, (2, 3): 0.5, (3, 4): 0.6, (2, 4): 0.1}
H2 = {(0, 1): 0.3, (1, 0): 0.3, (0, 2): 0.6, (2, 3): 0.25, (3, 1): 0.5, (1, 4): 0.35, (4, 2): 0.2}
CASCADES = [
    (H1, [0], ps.CascadeModel(), [1, 0.5, 0.44, 0.291, 0.20366], [0.35, 0.2355, 0.1557, 0.14744, 0.11136]),
    (
        H1,
        [0],
        ps.ThresholdModel("uniform", "absolute"),
        [1, 0.5, 0.5, 0.35, 0.26],
        [0.35, 0.1875, 0.1365, 0.1545, 0.1715],
    ),
    (H2, [0], ps.CascadeModel(), [1, 0.3525, 0.6084, 0.1521, 0.123375], None),
]


@pytest.mark.parametrize(("ties", "seeds", "model", "reached", "sizes"), CASCADES)
def test_cascades_and_linear_thresholds(ties, seeds, model, reached, sizes):
    weights = np.zeros((5, 5))
    for (source, target), weight in ties.items():
        weights[source, target] = weight
    many = ps.simulate_many(model, graph_of(weights), seeds=seeds, days=8, draws=DRAWS, rng=3)
    assert near(many.reached().iloc[-1], reached).all()
    if sizes is not None:
        found = many.totals().iloc[-1].value_counts(normalize=True)
        assert near(found.reindex(range(1, 6), fill_value=0), sizes).all()


@pytest.mark.parametrize(
    ("ties", "seeds", "model", "expected"),
    [
        (H1, [0, 3], ps.CascadeModel(), 3.5576),
        (H1, [0, 3], ps.ThresholdModel("uniform", "absolute"), 3.65),
        (H2, [0], ps.ThresholdModel("uniform", "absolute"), 2.2825),
    ],
)
def test_expected_sizes(ties, seeds, model, expected):
    weights = np.zeros((5, 5))
    for (source, target), weight in ties.items():
        weights[source, target] = weight
    sizes = ps.simulate_many(model, graph_of(weights), seeds=seeds, days=8, draws=DRAWS, rng=4).totals().iloc[-1]
    assert abs(sizes.mean() - expected) <= 4 * sizes.std() / np.sqrt(DRAWS)


def configuration(n, seed):
    """Return a random graph with degrees 2, 3 and 6 in shares of .2, .5 and .3, without loops and repeated ties."""
    rng = np.random.default_rng(seed)
    degrees = np.repeat([2, 3, 6], [n // 5, n // 2, n * 3 // 10])
    stubs = rng.permutation(np.repeat(np.arange(n), degrees))
    pairs = stubs[: len(stubs) // 2 * 2].reshape(-1, 2)
    pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
    frame = pd.DataFrame({"source": pairs.ravel("F"), "target": pairs[:, ::-1].ravel("F")})
    return ps.DiffusionGraph.from_edges(frame, range(n))


@pytest.mark.long
def test_final_sizes_of_large_graphs():
    """Of configuration models: the analytic sizes that EoN computes, of infinite graphs; 10,000 places are within 0.01."""
    graph, n = configuration(10_000, 1), 10_000
    seeds = np.random.default_rng(2).choice(n, n // 50, replace=False).tolist()
    sizes = final(ps.SIR(0.8, 1.0, clock="continuous"), graph, seeds, days=60)
    assert sizes.mean() == pytest.approx(0.667730176, abs=0.01)
    few = final(ps.SIR(0.8, 1.0, clock="continuous"), graph, seeds[:20], days=60)
    assert few[few > 0.1].mean() == pytest.approx(0.647767972, abs=0.012)
    assert final(ps.SIR(0.3, 1.0, clock="continuous"), graph, seeds[:3], days=60).max() < 0.05
    daily = final(ps.SIR(-np.log(1 - 0.6), 800.0), graph, seeds[:20], days=60)  # one day to recover
    assert daily[daily > 0.1].mean() == pytest.approx(0.880297914, abs=0.01)


def final(model, graph, seeds, days):
    many = ps.simulate_many(model, graph, seeds=seeds, days=days, draws=30, rng=5)
    return many.share_joined().iloc[-1]


@pytest.mark.parametrize(("degree", "spreads"), [(0.8, False), (2.5, True), (4.5, True), (7.5, False)])
def test_the_cascade_window_of_watts(degree, spreads):
    """Thresholds of .18 on Poisson graphs: global cascades for mean degrees from 1.02 to 5.76."""
    n, largest = 4000, []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        pairs = rng.integers(0, n, (int(degree * n / 2), 2))
        pairs = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0)
        frame = pd.DataFrame({"source": pairs.ravel("F"), "target": pairs[:, ::-1].ravel("F")})
        graph = ps.DiffusionGraph.from_edges(frame, range(n))
        one = ps.simulate_many(
            ps.ThresholdModel(0.18), graph, seeds=rng.choice(n, 4).tolist(), days=200, draws=1, rng=0
        )
        largest.append(float(one.share_joined().iloc[-1, 0]))
    assert (max(largest) > 0.3) == spreads


def complete(n):
    source, target = np.nonzero(1 - np.eye(n))
    return ps.DiffusionGraph.from_edges(pd.DataFrame({"source": source, "target": target}), range(n))


@pytest.mark.parametrize(("changed", "joined"), [(1, 100), (2, 1)])
def test_the_crowd_of_granovetter(changed, joined):
    """Thresholds 0, 1, 2, ..., 99 move everybody; with 2 in place of 1, only the first acts."""
    thresholds = pd.Series(np.arange(100.0)).replace(1.0, changed)
    panel = ps.simulate(ps.ThresholdModel(thresholds, "absolute"), complete(100), seeds=[], days=120, rng=0)
    assert panel.iloc[-1].sum() == joined
    assert panel.iloc[1].sum() == 1


@pytest.mark.parametrize(("spread", "expected", "n"), [(12.0, 4.0211, 1000), (12.2, 5.4792, 2000), (12.3, 100, 1000)])
def test_the_tipping_point_of_granovetter(spread, expected, n):
    """Thresholds N(25, σ) of a crowd of 100, here of some thousands in proportion: critical σ of 12.222."""
    from scipy.stats import norm

    thresholds = pd.Series(norm.ppf((np.arange(n) + 0.5) / n, 25, spread) * n / 100).clip(lower=0)
    panel = ps.simulate(ps.ThresholdModel(thresholds, "absolute"), complete(n), seeds=[], days=400, rng=0)
    assert 100 * panel.iloc[-1].mean() == pytest.approx(expected, rel=0.05)  # the numbers are of an infinite crowd
