"""The lagged Moran's I against plain loops, all exchanges, directed waves, gaps and edges."""

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.inference.multiplicity import adjust
from protestspread.kernels import dispatch
from protestspread.stats.autocorrelation.lagged import LaggedSums
from protestspread.stats.autocorrelation.lagged_local import ExchangedLag, HeldSums
from protestspread.stats.autocorrelation.lagged_series import lagged_series

OPTIONS = {"lag": 1, "values": "counts", "at_least": None, "weights": "given"}


def dated(values, names=None):
    values = np.asarray(values, dtype=float)
    names = [f"p{k:02d}" for k in range(values.shape[1])] if names is None else names
    return pd.DataFrame(
        values, pd.date_range("2022-01-01", periods=len(values), name="date"), pd.Index(names, name="city")
    )


def places_of(panel, people=None):
    people = np.arange(len(panel.columns), 0, -1) * 1e4 if people is None else people
    points = gpd.points_from_xy(np.linspace(1, 9, len(people)), [50] * len(people))
    return gpd.GeoDataFrame({"population": people}, index=panel.columns, geometry=points, crs=4326)


def graph_of(weights, panel):
    """Return the graph with the weight from place i to place j in row i."""
    source, target = np.nonzero(weights)
    ties = pd.DataFrame(
        {"source": panel.columns[source], "target": panel.columns[target], "weight": weights[source, target]}
    )
    return ps.DiffusionGraph.from_edges(ties, panel.columns)


def world(seed, days=9, places=12, gaps=0.0):
    rng = np.random.default_rng(seed)
    values = rng.poisson(0.8, (days, places)).astype(float)
    values[0] += 1  # every place is active
    values[rng.random(values.shape) < gaps] = np.nan
    weights = np.where(rng.random((places, places)) < 0.3, rng.uniform(0.5, 2, (places, places)), 0) * (
        1 - np.eye(places)
    )
    panel = dated(values)
    return panel, graph_of(weights, panel), places_of(panel), weights


def series_by_hand(values, lag=1, like=None):
    """Return residuals, earlier values and the mask of each pair of rows, by loops over the definition."""
    days, places = values.shape
    seen = ~np.isnan(values)
    d = np.array(
        [
            [values[t, i] - values[seen[:, i], i].mean() if seen[t, i] else 0.0 for i in range(places)]
            for t in range(days)
        ]
    )
    z = d.copy()
    if like is not None:
        means = np.array([values[seen[:, i], i].mean() for i in range(places)])
        for i, t in itertools.product(range(places), range(days)):
            week = [u for u in range(max(0, t - 3), min(days, t + 4)) if seen[u].any()]
            z[t, i] -= (
                means[i] * np.mean([sum(d[u, k] for k in like[i]) for u in week]) / sum(means[k] for k in like[i])
            )
        for i in range(places):
            z[:, i] = np.where(seen[:, i], z[:, i] - z[seen[:, i], i].mean(), 0)
    residual, earlier = np.zeros((2, days - lag, places))
    both = seen[lag:] & seen[:-lag]
    for t in range(days - lag):
        use = both[t]
        x, y = z[t, use] - z[t, use].mean(), z[t + lag, use] - z[t + lag, use].mean()
        earlier[t, use], residual[t, use] = x, y - x * (x @ y) / (x @ x)
    return residual, earlier, both


def sums_of(residual, earlier, weights):
    """Return Σ_ij of the weight from j to i times e_i times x_j, of each pair of rows."""
    n = residual.shape[1]
    return np.array([
        sum(weights[j, i] * e[i] * x[j] for i in range(n) for j in range(n)) for e, x in zip(residual, earlier, strict=True)
    ])  # fmt: skip


LIKE_OF_12 = [
    [k for k in range(max(0, min(i - 4, 3)), max(0, min(i - 4, 3)) + 9) if k != i] for i in range(12)
]  # eight places nearest in the ranking, which is the order of the columns


@settings(max_examples=12)
@given(st.integers(0, 10**6), st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 0.15]))
def test_the_statistic_is_that_of_the_definition(seed, lag, gaps):
    panel, graph, places, weights = world(seed, gaps=gaps)
    values = panel.to_numpy()
    if np.isnan(values).all(axis=0).any() or (np.nansum(values, axis=0) == 0).any():
        return
    residual, earlier, both = series_by_hand(values, lag, LIKE_OF_12)
    total = np.array([sum(weights[j, i] for i in range(12) for j in range(12) if m[i] and m[j]) for m in both])
    enough = (both.sum(axis=1) >= 4) & (total > 0)
    numerators = both.sum(axis=1) * sums_of(residual, earlier, weights) / np.where(total > 0, total, np.nan)
    left, before = (residual**2).sum(axis=1), (earlier**2).sum(axis=1)
    found = ps.lagged_moran_over_time(
        panel, graph, places, lag=lag, values="counts", weights="given", permutations=1, rng=1
    )
    by_hand = np.where(enough, numerators / np.sqrt(left * before), np.nan)
    assert found.table["statistic"].to_numpy() == pytest.approx(by_hand, abs=1e-12, nan_ok=True)
    over_all = numerators[enough].sum() / math.sqrt(left[enough].sum() * before[enough].sum())
    assert found.overall["statistic"].item() == pytest.approx(over_all, abs=1e-12)
    assert found.overall["place_days"].item() == both[enough].sum()


def ten(seed=3):
    """Ten places in two blocks of five."""
    panel, graph, places, weights = world(seed, days=6, places=10)
    return panel, graph, places, weights, lagged_series(panel, graph, places, **OPTIONS)


def every_order(*blocks):
    """Return all orders of the places within blocks, one per column."""
    orders = []
    for parts in itertools.product(*(list(itertools.permutations(block)) for block in blocks)):
        order = np.empty(sum(map(len, blocks)), dtype=np.int32)
        for block, part in zip(blocks, parts, strict=True):
            order[list(block)] = part
        orders.append(order)
    return np.array(orders).T


def test_draws_are_exchanges_within_blocks_of_population():
    """The p-values of many draws are those of all 5! · 5! exchanges, each summed anew with the series in their new places."""
    panel, graph, places, weights, series = ten()
    assert series.blocks.rows.tolist() == list(range(10))
    assert series.blocks.sizes.tolist() == [5, 5]
    orders = every_order(range(5), range(5, 10))
    lags = np.tensordot(weights.T, series.earlier[:, orders], axes=(1, 1)).transpose(1, 0, 2)
    every = (series.residual[:, orders] * lags).sum(axis=(0, 1))
    some = orders[:, ::700]
    by_hand = [sums_of(series.residual[:, order], series.earlier[:, order], weights) for order in some.T]
    for compiled in (False, True):
        test = LaggedSums.of(series, 1, 9)
        object.__setattr__(test, "compiled", compiled)
        assert test.values(some) == pytest.approx(np.array(by_hand), abs=1e-12)
        assert test.values(orders[:, ::7]).sum(axis=1) == pytest.approx(every[::7], abs=1e-12)
    found = ps.lagged_moran_over_time(panel, graph, places, values="counts", weights="given", permutations=1999, rng=1)
    seen = sums_of(series.residual, series.earlier, weights).sum()
    exact = (every >= seen - 1e-12).mean()
    assert found.overall["p_value"].item() == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 2000))
    scale = found.overall["statistic"].item() / seen
    assert found.overall["expected"].item() == pytest.approx(
        scale * every.mean(), abs=4 * abs(scale) * every.std() / 70
    )


def test_a_place_is_held_while_the_others_are_exchanged():
    """Moments of sums over neighbors, and sums over all dates, from all exchanges of the other nine places."""
    _, __, ___, weights, series = ten(4)
    lags = ExchangedLag(
        series.earlier, series.residual, np.zeros(5, dtype=bool), series.weights, hold=True, blocks=series.blocks
    )
    expected, variance = lags.moments()
    held = HeldSums.of(series, series.residual, series.earlier, 1)
    for place in (0, 3, 7):
        blocks = [[k for k in block if k != place] for block in (range(5), range(5, 10))]
        orders = np.insert(every_order(*[[k - (k > place) for k in block] for block in blocks]), place, -1, axis=0)
        orders = np.where(orders >= place, orders + 1, orders)
        orders[place] = place
        sums = np.einsum("j,tjk->tk", weights[:, place], series.earlier[:, orders])
        assert expected[:, place] == pytest.approx(sums.mean(axis=1), abs=1e-12)
        assert variance[:, place] == pytest.approx(sums.var(axis=1), abs=1e-12)
        assert held.values(orders)[:, place] == pytest.approx(series.residual[:, place] @ sums, abs=1e-12)


def test_a_neighbor_takes_what_came_to_the_place_that_is_held():
    _, __, ___, weights, series = ten(5)
    held = HeldSums.of(series, series.residual, series.earlier, 1)
    order = np.array([3, 1, 2, 4, 0, 5, 6, 7, 8, 9], dtype=np.int32)  # place 0 comes to position 4
    swapped = [0, 1, 2, 4, 3, 5, 6, 7, 8, 9]  # and is held: position 4 takes place 3
    by_hand = sum(
        e[0] * weights[j, 0] * x[swapped[j]]
        for e, x in zip(series.residual, series.earlier, strict=True)
        for j in range(10)
    )
    assert held.values(order[:, None])[0, 0] == pytest.approx(by_hand, abs=1e-12)


def chain(places=40, days=60, starts=25, seed=1):
    """Protest passes from each place to the next, a day later, four times; on a ring of places of mixed population."""
    rng = np.random.default_rng(seed)
    values = np.zeros((days, places))
    for place, day in zip(rng.integers(0, places, starts), rng.integers(0, days - 4, starts), strict=True):
        for step in range(4):
            values[day + step, (place + step) % places] = 1
    panel = dated(values)
    weights = np.roll(np.eye(places), 1, axis=1)  # from place i to place i + 1
    return panel, weights, places_of(panel, rng.permutation(places) * 1e4 + 1e4)


def test_influence_runs_from_sources_to_targets():
    panel, weights, places = chain()
    forward = ps.lagged_moran_over_time(panel, graph_of(weights, panel), places, rng=1)
    backward = ps.lagged_moran_over_time(panel, graph_of(weights.T, panel), places, rng=1)
    assert forward.overall["p_value"].item() == 0.001
    assert forward.verdict == "lagged dependence between neighbors"
    assert backward.overall["p_value"].item() > 0.2
    assert backward.verdict == "no evidence of lagged dependence"
    two = ps.lagged_moran_over_time(panel, graph_of(weights @ weights, panel), places, lag=2, rng=1)
    assert two.overall["p_value"].item() == 0.001


def followers(seed=1):
    """Two of forty places follow five others, a day later."""
    rng = np.random.default_rng(seed)
    first = rng.random((120, 40)) < 0.06
    weights = np.array([[(k - i) % 40 in (7, 11, 17, 23, 29) for k in range(40)] for i in range(40)], dtype=float)
    values = first.copy()
    values[1:, [3, 15]] |= (first[:-1] @ weights[:, [3, 15]]) > 0
    panel = dated(values)
    return panel, graph_of(weights, panel), places_of(panel, rng.permutation(40) * 1e4 + 1e4)


def test_the_places_that_follow_are_named():
    panel, graph, places = followers(2)
    found = ps.local_lagged_moran_over_time(panel, graph, places, rng=1)
    assert set(found.overall.index[found.overall["adjusted_p_value"] <= 0.05]) == {"p03", "p15"}
    assert found.sentence.startswith("2 of 40 places (p")
    assert "were more active the day after their neighbors were" in found.sentence
    assert "adjusted by the largest z-score of all places" in found.sentence
    assert found.verdict == "lagged dependence between neighbors"
    assert found.caveats[0].startswith("This is consistent with spread")
    assert found.table.index.names == ["date", "city"]
    assert found.table["quadrant"].dropna().isin(["high-high", "high-low", "low-high", "low-low"]).all()
    for method in ("fdr", "holm"):
        other = ps.local_lagged_moran_over_time(panel, graph, places, adjust=method, rng=1)
        by_hand = adjust(other.overall["p_value"].to_numpy(), method)
        assert other.overall["adjusted_p_value"].to_numpy() == pytest.approx(by_hand, nan_ok=True)
        assert other.overall["p_value"].equals(found.overall["p_value"])
    with pytest.warns(ps.DataWarning, match="permutations must be at least 799 for 40 tests"):
        ps.local_lagged_moran_over_time(panel, graph, places, adjust="fdr", permutations=99, rng=1)


def test_places_with_too_few_neighbors_cannot_tell():
    """One neighbor can be exchanged in five ways only: no p-value below 0.2."""
    panel, weights, places = chain()
    found = ps.local_lagged_moran_over_time(panel, graph_of(weights, panel), places, permutations=99, rng=1)
    assert (found.overall["smallest_p_value"].dropna() >= 1 / 6).all()
    assert found.verdict == "cannot tell"
    assert "the neighbors can be exchanged in too few ways" in found.sentence


@settings(max_examples=6)
@given(st.integers(0, 10**6))
def test_local_values_by_date(seed):
    """The statistic from its definition, p-values and z-scores from the same draws and from all exchanges."""
    panel, graph, places, weights = world(seed, days=5, gaps=0.1)
    if (panel.sum() == 0).any():
        return
    found = ps.local_lagged_moran_over_time(
        panel, graph, places, values="counts", weights="given", permutations=199, rng=1
    )
    series = lagged_series(panel, graph, places, **OPTIONS)
    count, (left, before) = series.observed.sum(axis=1), series.squares
    scale = (count - 1) / np.sqrt(left * before)
    lag = series.earlier @ weights
    by_hand = pd.DataFrame(scale[:, None] * series.residual * lag, series.dates, panel.columns)
    statistic = found.table["statistic"].unstack("date").T  # noqa: PD010
    seen = statistic.notna()
    assert statistic[seen].to_numpy() == pytest.approx(by_hand[seen].to_numpy(), abs=1e-12, nan_ok=True)
    unseen = ~pd.DataFrame(series.observed, series.dates, panel.columns)
    reason = found.table["reason"].astype(str).unstack("date").T  # noqa: PD010
    assert ((reason == "not observed in both rows") == unseen).all(axis=None)
    tested = found.table[found.table["p_value"].notna()]
    assert (tested["adjusted_p_value"] >= tested["p_value"] - 1e-12).all()


@settings(max_examples=6)
@given(st.integers(0, 10**6))
def test_the_order_of_the_columns_does_not_matter(seed):
    panel, graph, places, _ = world(seed, gaps=0.1)
    turned = panel[list(np.random.default_rng(seed).permutation(panel.columns))]
    for function in (ps.lagged_moran_over_time, ps.local_lagged_moran_over_time):
        one, other = (
            function(table, graph, places, values="counts", permutations=99, rng=5) for table in (panel, turned)
        )
        pd.testing.assert_frame_equal(one.to_frame().sort_index(), other.to_frame().sort_index())
        pd.testing.assert_frame_equal(one.overall, other.overall.reindex(one.overall.index))


def test_gaps_move_with_the_place_and_count_for_nothing():
    """A day that is missing for a place takes both of its pairs from that place, and leaves all others as they are."""
    panel, graph, places, _ = world(8)
    lacking = panel.copy()
    lacking.iloc[4, 5] = np.nan
    kept = lacking.copy()
    found = ps.lagged_moran_over_time(lacking, graph, places, values="counts", permutations=99, rng=1)
    pd.testing.assert_frame_equal(lacking, kept)
    assert found.table["places"].tolist() == [12, 12, 12, 11, 11, 12, 12, 12]
    assert found.overall["place_days"].item() == 94
    blank = panel.copy()
    blank.iloc[4] = np.nan
    table = ps.lagged_moran_over_time(blank, graph, places, values="counts", permutations=99, rng=1).table
    assert table["reason"].iloc[3:5].tolist() == ["no active place observed in both rows"] * 2
    assert table["p_value"].notna().tolist() == [True, True, True, False, False, True, True, True]


def test_rates_do_not_change_the_panel():
    panel, graph, places, _ = world(9)
    before = panel.copy()
    found = ps.lagged_moran_over_time(panel, graph, places, values="rates", permutations=99, rng=1)
    pd.testing.assert_frame_equal(panel, before)
    assert found.rates == "empirical_bayes"
    assert "had higher rates" in found.sentence


def test_differences_between_places_are_not_dependence():
    """Constant geography: each half of the ring has its own chance on every day."""
    rng = np.random.default_rng(4)
    chance = np.where(np.arange(40) < 20, 0.6, 0.05)
    panel = dated(rng.random((60, 40)) < chance)
    ring = np.roll(np.eye(40), 1, axis=1) + np.roll(np.eye(40), -1, axis=1)
    found = ps.lagged_moran_over_time(
        panel, graph_of(ring, panel), places_of(panel, rng.permutation(40) * 1e4 + 1), rng=1
    )
    assert found.verdict == "no evidence of lagged dependence"


def test_what_cannot_be_tested_has_a_reason():
    panel, graph, places, _ = world(1)
    few = {"permutations": 99, "rng": 1, "values": "counts"}
    for function in (ps.lagged_moran_over_time, ps.local_lagged_moran_over_time):
        cases = {
            "the populations of the places are not known": (panel, graph, None),
            "no place was active": (panel * 0, graph, places),
            "the panel has no two rows at this lag": (panel.iloc[:1], graph, places),
            "the graph has no ties": (panel, graph_of(np.zeros((12, 12)), panel), places),
            "only 1 place was active": (
                panel.iloc[:, :1],
                graph_of(np.zeros((1, 1)), panel.iloc[:, :1]),
                places.iloc[:1],
            ),
            "only 9 places were active": (panel * (panel.columns < "p09"), graph, places),
        }
        for reason, (table, ties, towns) in cases.items():
            found = function(table, ties, towns, **few)
            assert found.verdict == "cannot tell"
            assert found.overall["p_value"].isna().all()
            assert found.caveats == ()
            assert reason in found.sentence or (reason.startswith("only 1 ") and "no ties" in found.sentence)
            assert not len(found.table) or not (found.table["reason"] == "").any()
        constant = function(panel * 0 + 2, graph, places, **few)
        assert constant.verdict == "cannot tell"
        assert constant.table["statistic"].isna().all()
        short = function(panel, graph, places, permutations=9, rng=1, values="counts")
        assert short.verdict == "cannot tell"
        assert "the p-value cannot be below 0.1" in short.sentence


def test_a_step_that_is_no_day_is_a_row():
    panel, weights, places = chain()
    panel.index = pd.date_range("2020-01-05", periods=60, freq="7D", name="date")
    found = ps.lagged_moran_over_time(panel, graph_of(weights, panel), places, rng=1)
    assert "were more active the row after their neighbors were" in found.sentence
    assert found.caveats[-1] == "The rows of the panel are not days: a lag is a step from row to row."


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        ({"lag": 0, "values": "sizes", "weights": "row"}, ["lag must be", "values must be", "weights must be"]),
        ({"permutations": 0, "alternative": "up", "adjust": "none", "at_least": 0}, ["permutations must", "alternative must", "adjust must", "at_least must"]),
        ({"values": "counts", "at_least": 2}, ["at_least must be None where values='counts'"]),
    ],
)  # fmt: skip
def test_all_faults_are_told_at_once(options, faults):
    panel, graph, places, _ = world(1)
    for function in (ps.lagged_moran_over_time, ps.local_lagged_moran_over_time):
        with pytest.raises(ps.DataError) as error:
            function(panel, graph, places, **options)
        assert all(fault in str(error.value) for fault in faults)


def test_panels_that_do_not_fit_are_refused():
    panel, graph, places, _ = world(1)
    for table, options, fault in (
        (panel * 500, {}, "looks like attendance: pass at_least"),
        (panel - 1, {}, "whole numbers of at least 0"),
        (panel - 1, {"values": "counts"}, "panel must have values of at least 0"),
    ):
        with pytest.raises(ps.DataError, match=fault):
            ps.lagged_moran_over_time(table, graph, places, **options)
    with pytest.raises(ps.DataError, match="population above 0 for values='rates'"):
        ps.lagged_moran_over_time(panel, graph, None, values="rates")
    assert ps.lagged_moran_over_time(panel * 500, graph, places, at_least=400, permutations=19, rng=1).reason is None


def test_a_finding_has_its_caveats_and_a_figure():
    panel, weights, places = chain()
    graph, people = graph_of(weights, panel), places["population"]
    found = ps.lagged_moran_over_time(panel, graph, places, rng=1)
    assert found.sentence.startswith(
        "Places were more active the day after their neighbors were, given their own earlier activity: lagged"
    )
    assert (
        "expected with places of like population exchanged, each with its series (p = 0.001 from 999 draws)"
        in found.sentence
    )
    assert found.caveats[0].startswith("This is consistent with spread between neighboring places")
    assert any("unless they are the strata" in text for text in found.caveats)
    strata = pd.Series(np.repeat(["a", "b"], 20), people.index)
    within = ps.lagged_moran_over_time(panel, graph, places, strata=strata, rng=1)
    assert "exchanged within strata" in within.sentence
    assert not any("unless they are the strata" in text for text in within.caveats)
    less = ps.lagged_moran_over_time(
        panel, graph_of(1 - np.eye(40) - weights, panel), places, alternative="less", rng=1
    )
    assert less.verdict != "lagged dependence between neighbors" or "no sign of spread" in less.caveats[0]
    figure = found.figure()
    assert figure.observed.equals(found.table["statistic"])
    assert figure.filled.sum() == len(found.significant)


def test_compiled_and_plain_kernels_count_the_same(monkeypatch):
    panel, graph, places, _ = world(6, gaps=0.1)
    for function in (ps.lagged_moran_over_time, ps.local_lagged_moran_over_time):
        found = []
        for forced in (False, True):
            monkeypatch.setattr(dispatch, "FORCED", forced)
            found.append(function(panel, graph, places, values="counts", permutations=199, rng=3))
        pd.testing.assert_frame_equal(found[0].to_frame(), found[1].to_frame())
        pd.testing.assert_frame_equal(found[0].overall, found[1].overall)


def test_strata_give_the_larger_p_value_of_two_nulls():
    """Regions have days of their own: places exchanged in the whole country find it, places exchanged within regions do not."""
    rng = np.random.default_rng(3)
    region = np.repeat(np.arange(4), 10)
    wave = np.exp(-0.5 * ((np.arange(60)[:, None] - np.array([10, 25, 40, 52])) / 4.0) ** 2)
    panel = dated(rng.random((60, 40)) < 0.6 * wave[:, region] + 0.02)
    ring = np.roll(np.eye(40), 1, axis=1) + np.roll(np.eye(40), -1, axis=1)
    places = places_of(panel, rng.permutation(40) * 1e4 + 1e4)
    whole = ps.lagged_moran_over_time(panel, graph_of(ring, panel), places, rng=1)
    found = ps.lagged_moran_over_time(
        panel, graph_of(ring, panel), places, strata=pd.Series(region, panel.columns), rng=1
    )
    assert whole.verdict == "lagged dependence between neighbors"
    assert found.verdict == "no evidence of lagged dependence"
    assert found.overall["statistic"].item() == whole.overall["statistic"].item()
    assert found.p_values[whole.null] == whole.overall["p_value"].item()
    assert found.overall["p_value"].item() == max(found.p_values.values())
    assert f"With {whole.null}, p = 0.001." in found.sentence
