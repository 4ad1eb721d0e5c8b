"""Fits at rising sizes of events."""

import pandas as pd
import pytest

import protestspread as ps


@pytest.fixture(scope="module")
def given(case):
    frame = case.cities[case.cities["in_frame"]]
    events = case.events[case.events["city"].isin(frame.index)]
    near = ps.nearest_graph(frame, k=4)
    return events, frame, lambda first: ps.fit_oada(first, {"near": near}, ties="efron")


def test_each_row_is_a_fit_of_the_larger_events(given):
    events, frame, fit = given
    table = ps.size_cutoffs(events, frame, fit, at_least=[0, 100])
    large = events[events["size_low"] >= 100]
    by_hand = fit(ps.onsets(ps.count_events(large, frame)))
    assert table.loc[100, ["events", "onsets"]].tolist() == [len(large), by_hand.events]
    assert table.loc[100, "s near"] == pytest.approx(by_hand.params["s near"])
    assert table.loc[100, "p_value"] == pytest.approx(by_hand.likelihood_ratio().p_value)
    assert table.loc[0, "events"] == len(events)  # with those without a size
    assert events["size_low"].isna().any()
    assert (table["reason"] == "").all()


def test_what_cannot_be_fitted_has_its_reason(given):
    table = ps.size_cutoffs(*given, at_least=[10**7])
    assert table.loc[10**7, "onsets"] == 0
    assert pd.isna(table.loc[10**7, "statistic"])
    assert "at least one onset" in table.loc[10**7, "reason"]


def test_bad_input_is_named(given):
    events, frame, _ = given
    with pytest.raises(ps.DataError) as error:
        ps.size_cutoffs(events.drop(columns="size_low"), frame, "fit", at_least=[-1])
    for part in ("events must have a column 'size_low'", "at_least must be", "fit_onsets must be a function"):
        assert part in str(error.value)
