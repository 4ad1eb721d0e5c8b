import pandas as pd
import pytest

import protestspread as ps


def test_only_listed_cases_are_opened():
    assert ps.list_cases() == ["kazakhstan_2022"]
    with pytest.raises(ps.DataError, match=r"name must be one of kazakhstan_2022; got '\.\./secrets'"):
        ps.load_case("../secrets")


def test_the_contents_of_the_case(case):
    assert len(case.events) == 152
    assert case.events["city"].nunique() == 40
    assert case.events["region_id"].nunique() == len(case.regions) == 17
    assert case.cities["in_frame"].sum() == 42
    assert case.events["minor"].sum() == 5
    assert set(case.flows["contributing_country"]) == {"Russia", "Belarus", "Armenia", "Tajikistan", "Kyrgyzstan"}


def test_onsets_are_those_of_most_reports(panel):
    first = ps.onsets(panel)
    days = {city: first[city].day for city in ("Zhanaozen", "Aktau", "Atyrau", "Oral", "Aktobe", "Almaty")}
    assert days == {"Zhanaozen": 2, "Aktau": 2, "Atyrau": 3, "Oral": 3, "Aktobe": 4, "Almaty": 4}
    assert first.notna().sum() == 40


def test_responses(case):
    responses = case.interventions
    emergency = responses[
        (responses["kind"] == "state_of_emergency") & responses["region_id"].isin(["KZ-ALA", "KZ-MAN"])
    ]
    assert emergency["start"].eq(pd.Timestamp("2022-01-05T01:30")).all()
    assert emergency["end"].eq(pd.Timestamp("2022-01-19")).all()
    assert "curfew" in set(responses["kind"])
    resigned = responses[responses["kind"] == "government_resignation"].iloc[0]
    assert (resigned["start"], resigned["end"]) == (pd.Timestamp("2022-01-05"), pd.Timestamp("2022-01-06"))


def test_intervals_have_the_length_that_their_detail_states(case):
    responses = case.interventions
    detail = responses["detail"].str
    prices = responses[
        (responses["kind"] == "price_control") & detail.contains("180 days") & detail.contains("derived")
    ]
    assert len(prices) == 18
    assert (prices["end"] - prices["start"]).eq(pd.Timedelta(days=180)).all()
    for days in (10, 14):
        some = responses[detail.contains(f"for {days} days; end derived")]
        assert len(some)
        assert (some["end"] - some["start"]).eq(pd.Timedelta(days=days)).all()


def test_events_lie_in_the_region_they_name(case):
    by_point = ps.locate_events(case.events.drop(columns="region_id"), case.regions)
    assert by_point["region_id"].equals(case.events["region_id"])


def test_coverage_lists_the_observed_days(case):
    assert case.coverage["place"].isna().all()
    assert (case.coverage["start"].iloc[0], case.coverage["end"].iloc[0]) == (
        pd.Timestamp("2022-01-01"),
        pd.Timestamp("2022-01-09"),
    )


def test_the_representations_are_readable(case):
    text = repr(case)
    for part in (
        "152 in 40 cities and 17 regions",
        "71, 42 of them in the sampling frame",
        "88 road, 49 rail",
        "Russia, Belarus",
        "GeoNames",
    ):
        assert part in text
    html = case._repr_html_()
    assert "<table>" in html
    assert "1 Jan 2022 to 8 Jan 2022" in html


def test_html_in_a_title_is_escaped(case):
    from dataclasses import replace

    assert "<script>" not in replace(case, title="<script>alert(1)</script>")._repr_html_()


def test_the_case_is_immutable(case):
    with pytest.raises(AttributeError):
        case.title = "x"
