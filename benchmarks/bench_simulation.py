"""Simulated spreads next to EoN and CyNetDiff, through the public API: argument checks, random streams and the ensemble included.

Graphs are Erdős–Rényi with ten ties a place on average; a tie of an undirected graph counts in both directions. All sides get
the graph ready-made, and peers run as many draws as their names say; costs are per draw.
"""

import networkx as nx
import numpy as np
import pandas as pd
from ratio import Workload, agree

import protestspread as ps

RATE, RECOVERY, DAILY = 0.05, 0.2, 0.2
CHANCE = 0.15
SHORT, LONG = 20, 200  # draws of the peer where it is slow; days, after which no draw of SIR was active when tried


def make(places, seed, *, draws=1_000, mean=10.0, chance=None):
    """Return the same ties as a graph of the library and of networkx; weights are chances for cascades and shares for thresholds."""
    ps.warmup()  # else work as small as that of 100 places would go to numpy
    rng = np.random.default_rng(seed)
    n, many = places, int(places * mean / 2)
    pairs = rng.integers(0, n, (2, many)) if n > 10 else np.array(np.triu_indices(n, 1))
    pairs = np.unique(np.sort(pairs[:, pairs[0] != pairs[1]], axis=0), axis=1)
    both = np.hstack([pairs, pairs[::-1]])
    weight = np.full(both.shape[1], 1.0 if chance is None else chance)
    ties = pd.DataFrame({"source": both[0], "target": both[1], "weight": weight})
    network = nx.Graph()
    network.add_nodes_from(range(n))
    network.add_edges_from(pairs.T.tolist())
    graph = ps.DiffusionGraph.from_edges(ties, range(n))
    return {"graph": graph, "network": network, "draws": draws, "seeds": list(range(max(n // 1000, 1))), "n": n}


def make_cascade(places, seed):
    return make(places, seed, chance=CHANCE)


def make_thresholds(places, seed):
    data = make(places, seed)
    return data | {"graph": data["graph"].normalize("target")}


def simulated(model, days):
    def run(data):
        return ps.simulate_many(model, data["graph"], seeds=data["seeds"], days=days, draws=data["draws"], rng=1)

    return run


def final_sizes(many):
    return many.onsets().notna().sum(axis=1).to_numpy()


def eon(draws, *, discrete=False):
    def run(data):
        import EoN

        seeds, network = data["seeds"], data["network"]
        if discrete:  # recovery after one day, as EoN has it
            p = 1 - np.exp(-DAILY)
            drawn = [EoN.basic_discrete_SIR(network, p, initial_infecteds=seeds) for _ in range(draws)]
        else:
            drawn = [EoN.fast_SIR(network, RATE, RECOVERY, initial_infecteds=seeds) for _ in range(draws)]
        return np.array([found[3][-1] for found in drawn])

    return run


def cynetdiff(model):
    def run(data):
        from cynetdiff.utils import networkx_to_ic_model, networkx_to_lt_model

        if model not in data:  # made once, as our graph is
            directed = data["network"].to_directed()
            nx.set_edge_attributes(directed, CHANCE, "activation_prob")
            data[model] = (networkx_to_ic_model if model == "IC" else networkx_to_lt_model)(directed)[0]
        peer, sizes = data[model], []
        peer.set_seeds(data["seeds"])
        for _ in range(data["draws"]):
            peer.reset_model()
            peer.advance_until_completion()
            sizes.append(peer.get_num_activated_nodes())
        return np.array(sizes)

    return run


def same_sizes(_data, many, sizes):
    """Compare mean final sizes: within four standard errors."""
    ours = final_sizes(many)
    error = np.sqrt(ours.var() / len(ours) + sizes.var() / len(sizes))
    agree(abs(ours.mean() - sizes.mean()) <= 4 * error + 1e-9, f"final sizes ({ours.mean():.1f}, {sizes.mean():.1f})")


def draws_of(data):
    return data["draws"]


def row(name, size, small, made, model, days, peers):
    return Workload(name, size, small, made, simulated(model, days), peers, same_sizes, "draw", draws_of)


def workloads():
    """Return the rows whose models exist."""
    if not hasattr(ps, "CascadeModel"):
        return []
    continuous = ps.SIR(RATE, RECOVERY, clock="continuous")
    cascade, thresholds = ps.CascadeModel(), ps.ThresholdModel("uniform", kind="absolute")
    day = ps.SIR(DAILY, 50.0)
    few = {"EoN: fast_SIR, 1,000 draws": eon(1_000)}
    return [
        row("SIR, continuous time, 1,000 draws", 10_000, 1_000, make, continuous, LONG,
            {f"EoN: fast_SIR, {SHORT} of 1,000 draws": eon(SHORT)}),
        row("SIR, continuous time, 6 places, 1,000 draws", 6, 6, make, continuous, LONG, few),
        row("SIR by the day, active for one day, 1,000 draws", 10_000, 1_000, make, day, 60,
            {f"EoN: basic_discrete_SIR, {SHORT} of 1,000 draws": eon(SHORT, discrete=True)}),
        *(row(f"independent cascade, 1,000 draws, {n:,} places", n, min(n, 1_000), make_cascade, cascade, 60,
              {"cynetdiff: IC, 1,000 draws": cynetdiff("IC")}) for n in (10_000, 100)),
        *(row(f"linear threshold, 1,000 draws, {n:,} places", n, min(n, 1_000), make_thresholds, thresholds, 200,
              {"cynetdiff: LT, 1,000 draws": cynetdiff("LT")}) for n in (10_000, 100)),
    ]  # fmt: skip


WORKLOADS = workloads()
