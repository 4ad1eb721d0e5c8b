import json

import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps


@pytest.fixture(scope="module")
def summary(case):
    by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    options = {"within_km": 200, "within_days": 1, "permutations": 99, "rng": 3}
    return ps.summarize_spread(case.events, case.regions, by_region, case.cities, **options), by_region, options


def test_a_summary_equals_its_separate_tests(summary, case):
    found, panel, options = summary
    ladder = ps.knox_ladder(case.events, case.cities, **options)
    pd.testing.assert_frame_equal(found.to_frame(), ladder.to_frame())
    moran = ps.moran_over_time(panel, ps.border_graph(case.regions), permutations=99, rng=3).to_frame()
    pd.testing.assert_frame_equal(found.over_time["moran"].to_frame(), moran)
    assert found.over_time["moran"].sentence in found.sentence
    assert found.signatures.sentence in found.sentence
    assert "None of these tests identifies a cause" in str(found)
    assert found.left_out == {}


def test_json_holds_the_same_numbers_and_null_for_what_is_missing(summary):
    found, panel, _ = summary
    record = json.loads(found.to_json(), parse_constant=pytest.fail)  # NaN is no JSON
    rows = record["knox_ladder"]["rows"]
    assert [row["p_value"] for row in rows] == pytest.approx(found.to_frame()["p_value"].tolist())
    days = record["moran_over_time"]["rows"]
    assert [row["date"] for row in days] == list(panel.index.strftime("%Y-%m-%d"))
    joins = record["join_counts_over_time"]["rows"]
    assert [row["p_value"] is None for row in joins] == found.over_time["join_counts"].table["p_value"].isna().tolist()
    assert record["knox_ladder"]["verdict"] == found.ladder.verdict
    assert record["knox_ladder"]["caveats"] == list(found.ladder.caveats)
    assert {row["signature"] for row in record["spread_signatures"]["rows"]} == set(found.signatures.totals.index)


def test_where_when_and_what_followed_are_those_of_the_functions(summary, case):
    found, panel, _ = summary
    within = {"within_km": 200, "within_days": 1, "permutations": 99, "rng": 3}
    with pytest.warns(ps.DataWarning, match="permutations must be at least"):
        local = ps.local_knox(case.events, case.cities, **within)
    pd.testing.assert_frame_equal(found.local.to_frame(), local.to_frame())
    scan = ps.scan_statistic(case.events, case.cities, **within)
    pd.testing.assert_frame_equal(found.scan.to_frame(), scan.to_frame())
    lagged = ps.lagged_moran_over_time(panel, ps.border_graph(case.regions), case.regions, permutations=99, rng=3)
    pd.testing.assert_frame_equal(found.over_time["lagged_moran"].to_frame(), lagged.to_frame())
    assert found.responses is None
    record = json.loads(found.to_json())
    assert [name for name in record if name in found.results] == list(found.results)
    assert record["scan_statistic"]["verdict"] == scan.verdict
    assert "response_test" not in record


def test_responses_are_tested_where_types_are_given(summary, case):
    panel, within = summary[1], {"within_km": 200, "within_days": 2, "permutations": 99, "rng": 3}
    types = {"first": "protest", "then": "armed_clash"}
    found = ps.summarize_spread(case.events, case.regions, panel, case.cities, **types, **within)
    alone = ps.response_test(case.events, case.cities, **types, **within)
    assert alone.sentence in found.sentence
    assert json.loads(found.to_json())["response_test"]["verdict"] == alone.verdict
    with pytest.raises(ps.DataError, match="then must be given, as the other one is"):
        ps.summarize_spread(case.events, case.regions, panel, first="protest", **within)


def test_analyses_that_the_regions_do_not_allow_are_listed(case):
    apart = case.regions.iloc[[0, 1]].assign(geometry=[shapely.box(50, 44, 51, 45), shapely.box(70, 44, 71, 45)])
    panel = pd.DataFrame(
        np.eye(4, 2), pd.date_range("2022-01-02", periods=4, name="date"), pd.Index(apart.index, name="region_id")
    )
    found = ps.summarize_spread(
        case.events, apart, panel, case.cities, within_km=100, within_days=2, permutations=19, rng=1
    )
    assert found.over_time == {}
    assert found.signatures is None
    assert "Statistics by region and date could not be computed: " in found.sentence
    assert json.loads(found.to_json())["left_out"]


@pytest.mark.long
def test_the_plot_of_a_summary_is_its_ladder(summary):
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    assert summary[0].plot(ax=ax) is ax
