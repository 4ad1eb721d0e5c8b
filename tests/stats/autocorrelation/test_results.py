"""Results of the statistics by day: what their sentences say, and that their tables are copies."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

RUNS = [ps.moran_over_time, ps.join_counts_over_time, ps.local_moran_over_time, ps.getis_ord_over_time]


def some_graph(n=20):
    ties = [(i, j) for i in range(n) for j in range(n) if (j - i) % n in (1, 2, n - 1)]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target"]), range(n))


def some_panel(n=20):
    counts = np.random.default_rng(0).poisson(2.0, (6, n))
    return pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=6, name="date"))


SHARED = "This is consistent with spread between neighboring places, and a cause that they share would look the same."
POPULATION = "Large places that lie together look the same, because population is not in the null."
UNLIKE = "The places are then not exchangeable, which alone is no sign of spread."
BY_DAY = "The p-values are not adjusted for the number of days."


@pytest.mark.parametrize("run", RUNS)
def test_a_result_has_its_table_and_a_copy_of_it(run):
    found = run(some_panel(), some_graph(), permutations=999, rng=1)
    table = found.to_frame()
    pd.testing.assert_frame_equal(table, found.table, check_exact=True)
    assert table.attrs == {"statistic": found.statistic, "method": found.method}
    table["statistic"] = 0.0
    assert not (found.table["statistic"] == 0).all()
    assert found.statement in repr(found)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_the_sentence_counts_the_days_and_names_the_null(alternative):
    panel = pd.DataFrame(
        [[9] * 6 + [0] * 6, [9, 0] * 6, [1] * 12],
        pd.date_range("2022-01-01", periods=3, name="date"),
    )
    path = [(i, j) for i in range(12) for j in range(12) if abs(i - j) == 1]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(path, columns=["source", "target"]), range(12))
    found = ps.moran_over_time(panel, graph, permutations=999, alternative=alternative, adjust="holm", rng=1)
    clear = found.table.index[found.table["adjusted_p_value"] <= 0.05].strftime("%Y-%m-%d").tolist()
    wanted = {"greater": ["2022-01-01"], "less": ["2022-01-02"], "two-sided": ["2022-01-01", "2022-01-02"]}
    assert clear == wanted[alternative]
    text = found.sentence
    assert text.startswith(
        "Moran's I, tested on 2 of 3 days against 999 permutations of the places, shared by all days: "
    )
    assert all(day in text for day in clear)
    assert "by Holm's method" in text
    assert {"greater": "larger", "less": "smaller", "two-sided": "different"}[alternative] in text
    assert found.caveats == ((SHARED, POPULATION) if alternative == "greater" else (UNLIKE,))
    assert "caused" not in text


def test_joins_of_unlike_places_are_no_sign_of_spread():
    panel = pd.DataFrame([[1, 0] * 10], pd.date_range("2022-01-01", periods=1, name="date"))
    path = [(i, j) for i in range(20) for j in range(20) if abs(i - j) == 1]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(path, columns=["source", "target"]), range(20))
    found = ps.join_counts_over_time(panel, graph, joins="BW", permutations=999, rng=1)
    assert "significantly larger than expected" in found.sentence
    assert found.caveats == (UNLIKE,)


def test_with_rates_population_is_in_the_null():
    panel = pd.DataFrame([[9] * 6 + [0] * 6], pd.date_range("2022-01-01", periods=1, name="date"))
    path = [(i, j) for i in range(12) for j in range(12) if abs(i - j) == 1]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(path, columns=["source", "target"]), range(12))
    given = {"population": pd.Series(1e5, range(12)), "rates": "freeman_tukey"}
    assert ps.moran_over_time(panel, graph, rng=1, **given).caveats == (SHARED,)
    assert ps.moran_over_time(panel, graph, rng=1).caveats == (SHARED, POPULATION)


def test_sentences_without_a_finding_or_a_test():
    panel, graph = some_panel(), some_graph()
    nothing = ps.moran_over_time(panel, graph, permutations=1, rng=1)
    assert nothing.statement.endswith("no value is significantly larger than expected.")
    constant = ps.moran_over_time(0 * panel, graph, permutations=9, rng=1)
    assert constant.sentence == "The test of Moran's I was not possible on any day (the same value at all places)."
    with pytest.raises(ps.DataError, match="no row has a value"):
        ps.moran_over_time(panel.astype(float) * np.nan, graph, permutations=9, rng=1).plot()


def test_the_sentence_of_a_local_statistic_counts_values_places_and_days():
    panel, graph = some_panel(n=30), some_graph(n=30)
    panel.iloc[:, :6] += 60
    found = ps.getis_ord_over_time(panel, graph, permutations=999, rng=1)
    table, clear = found.table[found.table["p_value"].notna()], found.significant
    text = found.sentence
    assert f"of {len(table):,} values" in text
    assert "999 permutations of the places" in text
    assert f"{len(clear)} of {len(table)} values" in text
    assert len(clear) > 0
    assert found.caveats == (SHARED, POPULATION, BY_DAY)
    assert ps.getis_ord_over_time(panel.iloc[:1], graph, permutations=999, rng=1).caveats == (SHARED, POPULATION)
    by_moments = ps.getis_ord_over_time(panel + 100, graph, p_from="moments").sentence
    assert "a normal distribution with exact moments" in by_moments
