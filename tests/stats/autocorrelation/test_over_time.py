"""Autocorrelation by day: against esda, against all permutations, by hand, and with invalid arguments."""

import contextlib
import itertools
import warnings

import joblib
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.graphs.receiving import receiving_weights
from protestspread.inference import replicates
from protestspread.kernels import dispatch
from protestspread.results import Result
from protestspread.stats.autocorrelation import local_statistics as daily_lags
from protestspread.stats.autocorrelation import panel_blocks
from protestspread.stats.autocorrelation.panel_blocks import shared_orders

pytestmark = pytest.mark.long

GLOBAL = [ps.moran_over_time, ps.join_counts_over_time]
LOCAL = [ps.local_moran_over_time, ps.getis_ord_over_time]
NUMBERS = ["statistic", "expected", "variance", "z_score", "p_value", "adjusted_p_value"]


def some_graph(seed=0, n=20, chance=0.2, *, weighted=True):
    """Return an asymmetric graph whose weights differ, without places that nothing reaches."""
    rng = np.random.default_rng(seed)
    ties = rng.random((n, n)) < chance
    np.fill_diagonal(ties, val=False)
    ties[(np.arange(n) + 1) % n, np.arange(n)] = True
    source, target = np.nonzero(ties)
    weight = rng.uniform(0.2, 3, len(source)) if weighted else 1.0
    return ps.DiffusionGraph.from_edges(pd.DataFrame({"source": source, "target": target, "weight": weight}), range(n))


def some_panel(seed=0, days=6, n=20, mean=2.0):
    counts = np.random.default_rng(seed).poisson(mean, (days, n))
    return pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=days, name="date"))


def esda_weights(graph):
    """Return libpysal's weights, of which rows receive."""
    from libpysal.weights import W

    matrix = graph.matrix.T.tocsr()
    rows = [slice(*matrix.indptr[i : i + 2]) for i in range(len(graph.nodes))]
    neighbors = {i: matrix.indices[row].tolist() for i, row in enumerate(rows)}
    return W(neighbors, {i: matrix.data[row].tolist() for i, row in enumerate(rows)}, silence_warnings=True)


@pytest.fixture(scope="module")
def esda():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("esda", reason="esda, the outside number, is not installed")


def quiet(run, *given, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = run(*given, **options)
    return found.to_frame() if isinstance(found, Result) else found


# outside numbers


def test_moran_is_that_of_esda(esda):
    graph, panel = some_graph(), some_panel()
    ours = ps.moran_over_time(panel, graph, permutations=9, rng=1).to_frame()
    for date, y in panel.iterrows():
        w = esda_weights(graph)
        w.transform = "r"
        theirs = quiet(esda.Moran, y.to_numpy(float), w, permutations=0)
        row = ours.loc[date]
        assert row["statistic"] == pytest.approx(theirs.I, abs=1e-10)
        assert row["expected"] == pytest.approx(theirs.EI, abs=1e-10)
        assert row["variance"] == pytest.approx(theirs.VI_rand, abs=1e-10)
        assert row["z_score"] == pytest.approx(theirs.z_rand, abs=1e-8)


def test_moran_of_rates_is_that_of_esda(esda):
    graph, panel = some_graph(1), some_panel(1)
    people = pd.Series(np.random.default_rng(2).uniform(1e3, 1e6, 20))
    ours = ps.moran_over_time(
        panel, graph, population=people, rates="empirical_bayes", permutations=9, rng=1
    ).to_frame()
    for date, y in panel.iterrows():
        theirs = quiet(
            esda.moran.Moran_Rate,
            y.to_numpy(float),
            people.to_numpy(),
            esda_weights(graph),
            permutations=0,
            transformation="r",
        )
        assert ours.loc[date, "statistic"] == pytest.approx(theirs.I, abs=1e-10)


@pytest.mark.parametrize("joins", ["BB", "BW", "WW"])
def test_join_counts_are_those_of_esda(esda, joins):
    graph, panel = some_graph(3), some_panel(3, mean=0.8)
    ours = ps.join_counts_over_time(panel, graph, joins=joins, permutations=9, rng=1).to_frame()
    for date, y in panel.iterrows():
        theirs = quiet(esda.Join_Counts, (y >= 1).to_numpy(float), esda_weights(graph), permutations=0)
        assert ours.loc[date, "statistic"] == pytest.approx(getattr(theirs, joins.lower()), abs=1e-10)


def test_local_moran_is_that_of_esda(esda):
    """esda's moments have m = Σz² / n, its statistic (and ours) n − 1: they differ by (n − 1) / n."""
    graph, panel = some_graph(4), some_panel(4, mean=45)
    ours = ps.local_moran_over_time(panel, graph, p_from="moments").to_frame()
    names = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}
    for date, y in panel.iterrows():
        theirs = quiet(esda.Moran_Local, y.to_numpy(float), esda_weights(graph), permutations=0, transformation="r")
        row = ours.loc[date]
        assert np.allclose(row["statistic"], theirs.Is, rtol=0, atol=1e-10)
        assert np.allclose(row["expected"], theirs.EIc * 19 / 20, rtol=0, atol=1e-10)
        assert np.allclose(row["variance"], theirs.VIc * (19 / 20) ** 2, rtol=0, atol=1e-10)
        assert row["quadrant"].tolist() == [names[q] for q in theirs.q]


@pytest.mark.parametrize("star", [False, True])
def test_getis_ord_is_that_of_esda(esda, star):
    """Their moments hold for weights of 0 and 1, and there they are ours."""
    graph, panel = some_graph(5), some_panel(5, mean=40)
    ours = ps.getis_ord_over_time(panel, graph, star=star, p_from="moments").to_frame()
    for date, y in panel.iterrows():
        theirs = quiet(esda.G_Local, y.to_numpy(float), esda_weights(graph), transform="B", permutations=0, star=star)
        row = ours.loc[date]
        assert np.allclose(row["statistic"], theirs.Gs, rtol=0, atol=1e-10)
        assert np.allclose(row["expected"], theirs.EGs, rtol=0, atol=1e-10)
        assert np.allclose(row["variance"], theirs.VGs, rtol=0, atol=1e-10)
        assert np.allclose(row["z_score"], theirs.Zs, rtol=0, atol=1e-8)


def test_p_values_are_those_of_esda_but_for_chance(esda):
    """Global only: the local statistic takes half a minute to compile, and is tested against all permutations below."""
    graph, panel = some_graph(6), some_panel(6)
    ours = ps.moran_over_time(panel, graph, permutations=4999, rng=1).to_frame()["p_value"]
    w = esda_weights(graph)
    w.transform = "r"
    np.random.seed(3)  # noqa: NPY002 - esda draws from there
    for date, y in panel.iterrows():
        theirs = quiet(esda.Moran, y.to_numpy(float), w, permutations=999)
        expected = np.mean(theirs.sim >= theirs.I - 1e-12)
        assert abs(ours[date] - expected) <= 4 * np.sqrt(expected * (1 - expected) / 900) + 1e-3


# all permutations


def everything(values, of):
    return np.array([of(values[list(order)]) for order in itertools.permutations(range(len(values)))])


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_moments_are_those_of_all_permutations(seed):
    graph, panel = some_graph(seed, n=6), some_panel(seed, days=1, n=6)
    if panel.nunique(axis=1).iloc[0] < 2 or (panel >= 1).nunique(axis=1).iloc[0] < 2:
        return
    w = receiving_weights(graph, "normalized").matrix.toarray()
    b = (graph.matrix.toarray().T > 0).astype(float)
    y = panel.iloc[0].to_numpy(float)
    x = (y >= 1).astype(float)

    def moran(v):
        z = v - v.mean()
        return 6 / w.sum() * (z @ w @ z) / (z @ z)

    for table, drawn in (
        (ps.moran_over_time(panel, graph, permutations=1, rng=1).to_frame(), everything(y, moran)),
        (
            ps.join_counts_over_time(panel, graph, permutations=1, rng=1).to_frame(),
            everything(x, lambda v: v @ b @ v / 2),
        ),
        (
            ps.join_counts_over_time(panel, graph, joins="BW", permutations=1, rng=1).to_frame(),
            everything(x, lambda v: (b * (v[:, None] - v) ** 2).sum() / 2),
        ),
    ):
        assert table["expected"].iloc[0] == pytest.approx(drawn.mean(), abs=1e-12)
        if drawn.var() > 1e-12:
            assert table["variance"].iloc[0] == pytest.approx(drawn.var(), rel=1e-9)


@given(st.integers(0, 10**6))
@settings(max_examples=10)
def test_local_moments_and_p_values_are_those_of_all_permutations_of_the_others(seed):
    graph, panel = some_graph(seed, n=6), some_panel(seed, days=1, n=6)
    y = panel.iloc[0].to_numpy(float)
    if len(set(y)) < 3:
        return
    w, z = receiving_weights(graph, "normalized").matrix.toarray(), y - y.mean()
    local = quiet(ps.local_moran_over_time, panel, graph, permutations=1999, alternative="greater", rng=seed).droplevel(
        "date"
    )
    for i in range(6):
        others = np.delete(np.arange(6), i)
        drawn = everything(z[others], lambda v, i=i, others=others: z[i] * (w[i, others] @ v) / (z @ z / 5))
        row = local.loc[i]
        if row["reason"]:
            assert np.ptp(drawn) < 1e-12 or abs(z[i]) < 1e-12
            continue
        assert row["expected"] == pytest.approx(drawn.mean(), abs=1e-12)
        assert row["variance"] == pytest.approx(drawn.var(), rel=1e-9)
        p = np.mean(drawn >= row["statistic"] - 1e-12)
        assert abs(row["p_value"] - p) <= 4 * np.sqrt(p * (1 - p) / 2000) + 1e-3


def test_hot_spots_swap_all_places():
    """For G*, all places are permuted, including the place itself."""
    graph, panel = some_graph(2, n=6, weighted=False), some_panel(7, days=1, n=6)
    w = receiving_weights(graph, "binary", own=True).matrix.toarray()
    y = panel.iloc[0].to_numpy(float)
    drawn = everything(y, lambda v: w @ v / v.sum())
    hot = quiet(ps.getis_ord_over_time, panel, graph, permutations=4999, rng=1)
    assert np.allclose(hot["expected"], drawn.mean(axis=0), atol=1e-12)
    assert np.allclose(hot["variance"], drawn.var(axis=0), rtol=1e-9)
    p = (drawn >= drawn[0] - 1e-12).mean(axis=0)
    assert (np.abs(hot["p_value"] - p) <= 4 * np.sqrt(p * (1 - p) / 5000) + 1e-3).all()


# orientation


def test_places_receive():
    """A sends to B and C, B to C: of what reaches C, A sends 1/5 and B 4/5; nothing reaches A."""
    ties = pd.DataFrame(
        {"source": ["A", "A", "B", "D"], "target": ["B", "C", "C", "A"], "weight": [2.0, 1.0, 4.0, 3.0]}
    )
    graph = ps.DiffusionGraph.from_edges(ties, list("ABCD"))
    expected = np.zeros((4, 4))
    expected[1, 0], expected[2, 0], expected[2, 1], expected[0, 3] = 1, 0.2, 0.8, 1
    assert np.allclose(receiving_weights(graph, "normalized").matrix.toarray(), expected)
    panel = pd.DataFrame([[3, 1, 0, 6]], columns=list("ABCD"), index=pd.DatetimeIndex(["2022-01-01"], name="date"))
    z = np.array([0.5, -1.5, -2.5, 3.5])
    by_hand = 4 / 3 * (z[1] * z[0] + z[2] * (0.2 * z[0] + 0.8 * z[1]) + z[0] * z[3]) / (z @ z)
    assert ps.moran_over_time(panel, graph, permutations=1, rng=1).to_frame()["statistic"].iloc[0] == pytest.approx(
        by_hand, abs=1e-14
    )
    assert ps.moran_over_time(panel, graph.reverse(), permutations=1, rng=1).to_frame()["statistic"].iloc[
        0
    ] != pytest.approx(by_hand, abs=1e-3)


def test_own_weights_are_the_largest_that_reach_a_place():
    ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"], "weight": [2.0, 1.0, 4.0]})
    graph = ps.DiffusionGraph.from_edges(ties)
    assert receiving_weights(graph, "given", own=True).matrix.diagonal().tolist() == [1.0, 2.0, 4.0]
    assert np.allclose(receiving_weights(graph, "normalized", own=True).sums, 1.0)


# the same however it is done


def same(one, other):
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def gaps():
    panel = some_panel(8, days=12, n=30).astype(float)
    panel.iloc[2:5, 4] = np.nan
    panel.iloc[7] = np.nan
    return panel


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
@pytest.mark.parametrize("compiled", [False, True])
def test_one_thread_or_two_any_chunk_other_processes(run, compiled, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    monkeypatch.setattr(replicates, "_THREADS_PAY", 1.0)
    graph, panel = some_graph(8, n=30), gaps()
    expected = quiet(run, panel, graph, permutations=99, rng=5)
    before = numba.get_num_threads()
    for threads in {1, before}:
        numba.set_num_threads(threads)
        try:
            same(quiet(run, panel, graph, permutations=99, rng=5), expected)
        finally:
            numba.set_num_threads(before)
    monkeypatch.setattr(replicates, "WIDEST", 7)
    monkeypatch.setattr(daily_lags, "WIDEST", 7)
    monkeypatch.setattr(daily_lags, "_FEW_PLACES", 0)
    same(quiet(run, panel, graph, permutations=99, rng=5), expected)
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1.0)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        same(quiet(run, panel, graph, permutations=99, rng=5), expected)


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
def test_numpy_and_compiled_code_agree(run, monkeypatch):
    graph, panel = some_graph(9, n=40), some_panel(9, days=140, n=40)
    tables = []
    for compiled in (True, False):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        tables.append(quiet(run, panel, graph, permutations=49, rng=2))
    pd.testing.assert_frame_equal(*tables, rtol=1e-12)
    assert tables[0]["p_value"].equals(tables[1]["p_value"])


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
def test_a_cluster(run, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask's cluster is not installed")
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1.0)
    graph, panel = some_graph(8, n=30), gaps()
    expected = quiet(run, panel, graph, permutations=99, rng=5)
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        warnings.simplefilter("ignore")
        same(run(panel, graph, permutations=99, rng=5).to_frame(), expected)


def days_apart(run, panel, graph, **options):
    """Test each day in a call of its own, on the places observed: a slow second way for days with gaps."""
    tables = []
    for day in panel.index:
        seen = panel.columns[panel.loc[day].notna()]
        tables.append(quiet(run, panel.loc[[day], seen], graph.subgraph(seen), **options))
    return pd.concat(tables)


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("missing", [1, 9])
def test_days_with_gaps_elsewhere_have_the_numbers_of_each_day_alone(run, compiled, missing, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    graph, panel = some_graph(8, n=30), some_panel(8, days=20, n=30).astype(float)
    rng = np.random.default_rng(missing)
    for day in range(2, 20):
        panel.iloc[day, rng.choice(30, missing, replace=False)] = np.nan
    found = quiet(run, panel, graph, permutations=199, rng=5)
    exact = ["statistic", "expected", "variance", "z_score"]
    apart = days_apart(run, panel, graph, permutations=199, rng=5)[exact]
    pd.testing.assert_frame_equal(found[exact].dropna(), apart.dropna(), check_freq=False, rtol=1e-12)
    whole = quiet(run, panel.fillna(0.0), graph, permutations=199, rng=5)  # days without gaps keep their numbers
    for name in ("p_value", "statistic"):
        assert found.loc[panel.index[:2], name].equals(whole.loc[panel.index[:2], name])


@pytest.mark.parametrize("run", [ps.moran_over_time, ps.local_moran_over_time])
def test_gaps_in_one_batch_draw_what_gaps_in_a_block_draw(run, monkeypatch):
    """Eight days with the same gap are a block of their own; with other gaps they are not: the draws are the same."""
    graph, panel = some_graph(8, n=30), some_panel(8, days=9, n=30).astype(float)
    panel.iloc[1:, 4] = np.nan
    blocked = quiet(run, panel, graph, permutations=199, rng=5)
    monkeypatch.setattr(panel_blocks, "_FEW_DAYS", 100)
    for compiled in (False, True):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        batched = quiet(run, panel, graph, permutations=199, rng=5)
        pd.testing.assert_frame_equal(batched, blocked, rtol=1e-12)


def test_the_order_of_the_graph_does_not_matter():
    panel, graph = some_panel(), some_graph()
    turned = graph.subgraph(graph.nodes[::-1])
    same(
        ps.moran_over_time(panel, graph, permutations=19, rng=1).to_frame(),
        ps.moran_over_time(panel, turned, permutations=19, rng=1).to_frame(),
    )


# days that were seen in part


@pytest.mark.parametrize(
    "run", [ps.moran_over_time, ps.join_counts_over_time, ps.local_moran_over_time, ps.getis_ord_over_time]
)
def test_days_with_missing_places_are_days_of_the_rest(run):
    graph, panel = some_graph(1), some_panel(1).astype(float)
    panel.iloc[3, [2, 11]] = np.nan
    rest = panel.columns.delete([2, 11])
    whole = quiet(run, panel, graph, permutations=99, rng=3).loc[["2022-01-04"]]
    alone = quiet(run, panel.loc[["2022-01-04"], rest], graph.subgraph(rest), permutations=99, rng=3)
    names = ["statistic", "expected", "variance", "z_score"]
    assert np.allclose(whole[names].dropna(), alone[names], rtol=1e-12)
    if run in LOCAL:
        missing = whole[whole["reason"] == "not observed"]
        assert missing.index.get_level_values(1).tolist() == [2, 11]
        assert missing[names].isna().to_numpy().all()
    else:
        assert whole["places"].tolist() == [18]


def test_every_order_of_three_of_five_is_as_likely():
    drawn = shared_orders(5, np.array([0, 2, 4]), 1, 0, 6000, threads=False)
    counts = np.unique(drawn, axis=1, return_counts=True)[1]
    assert len(counts) == 6
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(1000 * 5 / 6)


def test_days_without_numbers_have_a_reason():
    graph = some_graph(n=8)
    panel = some_panel(n=8, days=4).astype(float)
    panel.iloc[0] = 3.0
    panel.iloc[1] = np.nan
    panel.iloc[2, :6] = np.nan
    for run in (ps.moran_over_time, ps.local_moran_over_time, ps.getis_ord_over_time):
        table = quiet(run, panel, graph, permutations=9, rng=1)
        reasons = [
            str(table.loc[date, "reason"] if run is ps.moran_over_time else table.loc[date, "reason"].iloc[0])
            for date in panel.index
        ]
        assert reasons == ["the same value at all places", "no place observed", "only 2 places observed", ""]
        assert (
            table.loc["2022-01-01":"2022-01-03", ["statistic", "p_value", "adjusted_p_value"]].isna().to_numpy().all()
        )
        assert (
            table.loc["2022-01-04", "p_value"].notna().any()
            if run is not ps.moran_over_time
            else table["p_value"].notna().iloc[3]
        )


def test_ties_among_the_unobserved_alone():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [0, 1], "target": [1, 0]}), range(6))
    panel = some_panel(n=6, days=2).astype(float)
    panel.iloc[0, :2] = np.nan
    assert ps.moran_over_time(panel, graph, permutations=9, rng=1).to_frame()["reason"].tolist() == [
        "no ties among the places observed",
        "",
    ]
    local = quiet(ps.local_moran_over_time, panel, graph, permutations=9, rng=1).loc["2022-01-02"]
    assert local["reason"].tolist() == ["", "", *["no neighbors observed"] * 4]
    assert local["p_value"].notna().tolist() == [True, True, *[False] * 4]


def test_in_a_complete_graph_no_permutation_changes_the_statistic():
    source, target = np.nonzero(~np.eye(5, dtype=bool))
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": source, "target": target}), range(5))
    table = ps.moran_over_time(some_panel(n=5), graph, permutations=9, rng=1).to_frame()
    assert set(table["reason"]) == {"the statistic is the same for every permutation"}
    assert np.allclose(table["statistic"], -1 / 4)
    assert table["p_value"].isna().all()


def test_a_quiet_day_has_no_rates():
    panel = some_panel(n=8)
    panel.iloc[0] = 0
    people = pd.Series(np.arange(1.0, 9.0))
    for rates in ("empirical_bayes", "freeman_tukey"):
        table = ps.moran_over_time(
            panel, some_graph(n=8), population=people, rates=rates, permutations=9, rng=1
        ).to_frame()
        assert table["reason"].tolist() == ["the same value at all places", *[""] * 5]


def test_g_without_the_place_itself_is_undefined_for_a_single_active_place():
    panel = pd.DataFrame([[5, 0, 0, 0, 0, 0]], index=pd.DatetimeIndex(["2022-01-01"], name="date"))
    graph = some_graph(n=6)
    without = quiet(ps.getis_ord_over_time, panel, graph, star=False, permutations=9, rng=1).droplevel("date")
    assert without.loc[0, "reason"] == "the same value at all other places"
    assert np.isnan(without.loc[0, "p_value"])
    assert without.loc[1, "reason"] == ""


# p-values


def test_no_p_value_is_below_its_floor_and_adjusted_ones_are_no_smaller():
    for run in (*GLOBAL, *LOCAL):
        table = quiet(run, some_panel(2, mean=0.6), some_graph(2), permutations=39, rng=2).dropna(subset="p_value")
        assert table["p_value"].between(1 / 40, 1).all()
        assert (table["adjusted_p_value"] >= table["p_value"] - 1e-12).all()


def test_the_two_tails():
    graph, panel = some_graph(), some_panel()
    greater, less, both = (
        quiet(ps.local_moran_over_time, panel, graph, permutations=199, alternative=side, rng=4)["p_value"].dropna()
        for side in ("greater", "less", "two-sided")
    )
    assert np.allclose(both, np.minimum(1, 2 * np.minimum(greater, less)))
    assert (greater + less >= 1).all()


def test_a_clear_pattern_is_found_and_its_opposite():
    """A ring of 40 with a block of active places, and with every second one active."""
    ring = pd.DataFrame({"source": range(40), "target": (np.arange(40) + 1) % 40})
    graph = ps.DiffusionGraph.from_edges(
        pd.concat([ring, ring.rename(columns={"source": "target", "target": "source"})]), range(40)
    )
    rows = np.array([[1] * 20 + [0] * 20, [1, 0] * 20])
    panel = pd.DataFrame(rows, index=pd.date_range("2022-01-01", periods=2, name="date"))
    table = ps.moran_over_time(panel, graph, rng=1).to_frame()
    assert table["statistic"].tolist() == pytest.approx([0.9, -1.0])
    assert table["p_value"].tolist() == [0.001, 1.0]
    assert ps.moran_over_time(panel, graph, alternative="less", rng=1).to_frame()["p_value"].tolist() == [1.0, 0.001]
    joins = ps.join_counts_over_time(panel, graph, joins="BW", alternative="less", rng=1).to_frame()
    assert joins["statistic"].tolist() == [2, 40]
    assert joins["p_value"].tolist() == [0.001, 1.0]
    assert ((table["null_low"] < table["expected"]) & (table["expected"] < table["null_high"])).all()


def test_p_values_from_moments_draw_nothing_and_agree():
    graph, panel = some_graph(1, n=60, chance=0.1), some_panel(1, n=60, mean=30)
    drawn = ps.moran_over_time(panel, graph, permutations=1999, adjust="holm", rng=1).to_frame()
    moments = ps.moran_over_time(panel, graph, p_from="moments", adjust="holm").to_frame()
    assert np.abs(drawn["p_value"] - moments["p_value"]).max() < 0.06
    assert np.allclose(drawn[["null_low", "null_high"]], moments[["null_low", "null_high"]], atol=0.03)


@pytest.mark.parametrize("adjust", ["max", "holm"])
def test_adjusted_p_values_control_the_family_wise_error_rate(adjust):
    """200 random panels of 10 days: the share with any adjusted p ≤ 0.1 lies within three standard errors of 0.1."""
    graph = some_graph(3, n=16)
    found = []
    for world in range(200):
        table = ps.moran_over_time(
            some_panel(1000 + world, days=10, n=16), graph, permutations=199, adjust=adjust, rng=world
        ).to_frame()
        found.append((table["adjusted_p_value"] <= 0.1).any())
    error = 3 * np.sqrt(0.1 * 0.9 / 200)
    assert np.mean(found) <= 0.1 + error
    if adjust == "max":
        assert np.mean(found) >= 0.1 - error


def test_few_draws_for_many_places_warn():
    for alternative, needed in (("greater", 399), ("two-sided", 799)):
        options = {"alternative": alternative, "rng": 1}
        with pytest.warns(ps.DataWarning, match=f"permutations must be at least {needed} for 20 .*tests; got 99"):
            ps.local_moran_over_time(some_panel(), some_graph(), permutations=99, **options)
        ps.local_moran_over_time(
            some_panel(), some_graph(), permutations=needed, **options
        )  # a warning would be an error


@pytest.mark.parametrize("run", LOCAL)
def test_a_warning_never_advises_moments(run):
    with pytest.warns(ps.DataWarning) as told:
        run(some_panel(), some_graph(), permutations=99, rng=1)
    assert not any("moments" in str(warning.message) for warning in told)


# one seed, one p-value


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=15)
@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
def test_one_seed_gives_the_same_numbers_for_any_order_of_places_and_ties(run, seed, mixed):
    rng = np.random.default_rng(seed)
    names = [f"p{i}" for i in range(12)]
    if mixed:
        names[:3] = 1, "1", 2.5
    source, target = np.nonzero(~np.eye(12, dtype=bool) & (rng.random((12, 12)) < 0.4))
    ties = pd.DataFrame({"source": source, "target": target, "weight": rng.uniform(0.5, 2, len(source))})
    for column in ("source", "target"):
        ties[column] = [names[i] for i in ties[column]]
    panel = some_panel(seed, n=12, mean=1.5).astype(float).set_axis(pd.Index(names, dtype=object), axis=1)
    panel.iloc[2, 3] = panel.iloc[4, 5] = np.nan
    options = {"permutations": 39, "rng": 3}
    expected = quiet(run, panel, ps.DiffusionGraph.from_edges(ties, names), **options)
    turned = [names[i] for i in rng.permutation(12)]
    other = ps.DiffusionGraph.from_edges(
        ties.sample(frac=1, random_state=seed), [names[i] for i in rng.permutation(12)]
    )
    found = quiet(run, panel[turned], other, **options)
    if run in LOCAL:
        assert found.index.get_level_values(1).tolist() == turned * 6
        index = pd.MultiIndex.from_product([panel.index, names])
        found, expected = (table.loc[index] for table in (found, expected))
    for name in expected.columns:
        assert found[name].astype(object).fillna("").tolist() == expected[name].astype(object).fillna("").tolist()


@pytest.mark.parametrize("run", [ps.moran_over_time, ps.local_moran_over_time, ps.getis_ord_over_time])
def test_rates_are_the_same_for_any_order_of_places_and_populations(run):
    panel, graph = some_panel(3), some_graph(3)
    people = pd.Series(np.random.default_rng(1).uniform(1e4, 1e6, 20))
    options = {"rates": "freeman_tukey", "permutations": 39, "rng": 3}
    expected = quiet(run, panel, graph, population=people, **options)
    found = quiet(run, panel[panel.columns[::-1]], graph, population=people[::-1], **options)
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), check_exact=True, check_like=True)


# moments of sparse counts


@pytest.mark.parametrize(
    ("run", "mean"),
    [
        (ps.moran_over_time, 0.5),
        (ps.local_moran_over_time, 2.0),
        (ps.getis_ord_over_time, 2.0),
        (ps.join_counts_over_time, 0.1),
    ],
)
def test_moments_of_sparse_counts_are_refused(run, mean):
    panel, graph = some_panel(1, mean=mean), some_graph(1)
    options = {"p_from": "moments", "adjust": "holm"}
    gap = panel.astype(float)
    gap.iloc[1] = np.nan
    for sparse in (panel, gap):
        with pytest.raises(
            ps.DataError, match=r"p_from='moments' needs .*this is not so on \d days? \(2022-01-0"
        ) as raised:
            run(sparse, graph, **options)
        assert str(raised.value).endswith("Fix: pass p_from='permutations'")
    if run is not ps.join_counts_over_time:
        run(panel + 100, graph, **options)  # the same statistic but for G; no longer rare events
        run(panel * 0, graph, **options)  # nothing is tested
        smooth = panel.rolling(3, min_periods=1).mean() * (panel.rolling(3, min_periods=1).sum() > 1)
        with pytest.raises(ps.DataError, match="at most 10% of the values to be 0"):
            run(smooth, graph, **options)


def test_values_that_are_no_counts_have_moments():
    panel = some_panel(1, mean=2.0)
    ps.local_moran_over_time(panel - panel.to_numpy().mean(), some_graph(1), p_from="moments")
    ps.getis_ord_over_time(np.sqrt(panel + 0.5), some_graph(1), p_from="moments")


@pytest.mark.parametrize("joins", ["BB", "BW", "WW"])
@pytest.mark.parametrize("active", [2, 10, 18])
def test_moments_of_join_counts_need_a_quarter_of_the_places(joins, active):
    panel = pd.DataFrame([[1] * active + [0] * (20 - active)], pd.DatetimeIndex(["2022-01-01"], name="date"))
    refused = active == {"BB": 2, "WW": 18}.get(joins) or (joins == "BW" and active != 10)
    with pytest.raises(ps.DataError, match="share of places of the kind") if refused else contextlib.nullcontext():
        ps.join_counts_over_time(panel, some_graph(), joins=joins, p_from="moments", adjust="holm")


@pytest.mark.slow
@pytest.mark.parametrize(("neighbors", "mean"), [(2, 46), (4, 23), (6, 16)])
def test_moments_that_are_accepted_find_nothing_on_most_days_without_a_pattern(neighbors, mean):
    places, days = 100, 1500
    ties = [(i, (i + step) % places) for i in range(places) for step in range(1, neighbors + 1)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), range(places))
    panel = some_panel(neighbors, days=days, n=places, mean=mean)
    for run in LOCAL:
        adjusted = run(panel, graph, p_from="moments").to_frame()["adjusted_p_value"]
        assert (adjusted.groupby(level="date").min() <= 0.05).mean() <= 0.07


# what is refused


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
def test_other_places_are_named_on_both_sides(run):
    panel = some_panel().rename(columns={3: "three"})
    with pytest.raises(ps.DataError) as raised:
        run(panel, some_graph())
    assert "three" in raised.value.faults[0]
    assert raised.value.faults[1].endswith(": 3")


@pytest.mark.parametrize("run", [*GLOBAL, *LOCAL])
def test_what_is_refused(run):
    empty = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [], "target": []}), range(20))
    with pytest.raises(ps.DataError, match="graph must have ties"):
        run(some_panel(), empty)
    with pytest.raises(ps.DataError) as raised:
        run(some_panel(n=1), ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [], "target": []}), range(1)))
    assert len(raised.value.faults) == 2  # one place and no ties
    with pytest.raises(ps.SchemaError):
        run([1, 2], some_graph())
    graph, panel = some_graph(), some_panel()
    for options, match in [
        ({"permutations": 0}, "permutations must be a whole number from 1 to 100,000,000; got 0"),
        ({"alternative": "larger"}, "alternative must be .* got 'larger'"),
        ({"adjust": "none"}, "adjust must be .* got 'none'"),
        ({"p_from": "luck"}, "p_from must be 'permutations' or 'moments'; got 'luck'"),
        ({"weights": "heavy"}, "heavy"),
        ({"rng": -1}, "rng"),
    ]:
        with pytest.raises(ps.DataError, match=match):
            run(panel, graph, **options)


def test_rates_that_cannot_be_made():
    graph, panel = some_graph(), some_panel()
    people = pd.Series(np.r_[0.0, np.nan, np.full(18, 5.0)])
    for options, match in [
        ({"rates": "empirical_bayes"}, "population must be given for rates='empirical_bayes'"),
        ({"population": people}, "rates must be .* if population is given"),
        (
            {"population": people, "rates": "empirical_bayes"},
            "population must be above 0 and finite; it is not for 0, 1",
        ),
        ({"population": people, "rates": "crude"}, "rates must be .* got 'crude'"),
    ]:
        with pytest.raises(ps.DataError, match=match):
            ps.moran_over_time(panel, graph, **options).to_frame()
    with pytest.raises(ps.DataError, match="empirical_bayes"):
        ps.getis_ord_over_time(panel, graph, population=people, rates="empirical_bayes").to_frame()
    with pytest.raises(ps.DataError, match="panel must have values of at least 0; below 0 in 4"):
        ps.getis_ord_over_time(panel - 99 * np.eye(1, 20, 4, dtype=int), graph).to_frame()
    with pytest.raises(ps.DataError, match="joins must be 'BB', 'BW' or 'WW'; got 'BX'"):
        ps.join_counts_over_time(panel, graph, joins="BX").to_frame()
    with pytest.raises(ps.DataError, match="adjust='max' needs permutations; got p_from='moments'"):
        ps.moran_over_time(panel, graph, p_from="moments").to_frame()


def test_the_panel_is_not_changed_and_one_day_is_enough():
    panel, graph = some_panel(days=1), some_graph()
    before = panel.copy()
    for run in (*GLOBAL, *LOCAL):
        assert len(quiet(run, panel, graph, permutations=9, rng=1))
    pd.testing.assert_frame_equal(panel, before)


def test_freeman_tukey_by_hand():
    panel = pd.DataFrame([[2, 0, 1, 7]], index=pd.DatetimeIndex(["2022-01-01"], name="date"))
    people = pd.Series([1000.0, 4000.0, 2000.0, 500.0])
    rates = pd.DataFrame(np.sqrt(1000 * panel / people) + np.sqrt(1000 * (panel + 1) / people))
    given = {"permutations": 9, "rng": 1}
    same(
        ps.moran_over_time(panel, some_graph(n=4), population=people, rates="freeman_tukey", **given).to_frame()[
            ["statistic"]
        ],
        ps.moran_over_time(rates, some_graph(n=4), **given).to_frame()[["statistic"]],
    )


def test_the_kazakh_days(case):
    """Who was active clusters in space on the first days, and no longer once the wave is everywhere."""
    panel = ps.count_events(case.events, case.cities)
    table = ps.join_counts_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1).to_frame()
    assert table.loc["2022-01-02":"2022-01-03", "adjusted_p_value"].max() < 0.05
    assert table.loc["2022-01-04":, "adjusted_p_value"].min() > 0.05
    assert table.attrs["statistic"] == "join counts (BB)"
