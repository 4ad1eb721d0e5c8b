import tomllib
from dataclasses import fields, replace

import pandas as pd
import pytest

import protestspread as ps
from protestspread import cases
from protestspread._data import data_folder

NAMES = ["george_floyd_2020", "kazakhstan_2022", "sit_ins_1960"]


@pytest.fixture(scope="module")
def floyd():
    return ps.load_case("george_floyd_2020")


@pytest.fixture(scope="module")
def sit_ins():
    return ps.load_case("sit_ins_1960")


@pytest.mark.parametrize(
    "name", ["../secrets", "", "kazakhstan_2022/", "KAZAKHSTAN_2022", None, 2022, ["kazakhstan_2022"]]
)
def test_only_listed_cases_are_opened(name):
    assert ps.list_cases() == NAMES
    with pytest.raises(
        ps.DataError, match=r"^name must be 'george_floyd_2020', 'kazakhstan_2022' or 'sit_ins_1960'; got"
    ) as error:
        ps.load_case(name)
    assert "Fix: choose one of list_cases()" in str(error.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_case_has_valid_tables(name):
    one = ps.load_case(name)
    ps.check_events(one.events)
    ps.check_regions(one.regions)
    ps.check_cities(one.cities)
    ps.check_interventions(one.interventions, one.regions)
    if one.links is not None:
        ps.check_links(one.links, one.cities)
    assert one.events["date"].between(one.coverage["start"].min(), one.coverage["end"].max()).all()
    assert set(one.cities["region_id"]) <= set(one.regions.index)
    assert set(one.events["event_type"]) <= set(ps.EVENT_TYPES)
    assert one.events["source"].notna().all()
    assert one.cities["in_frame"].dtype == bool
    assert one.origin in one.cities.index[one.cities["in_frame"]]
    assert one.context["name"].notna().all()
    assert not set(one.context.get("region_id", [])) & set(one.regions.index)


@pytest.mark.parametrize("name", NAMES)
def test_events_are_at_the_city_that_they_name(name):
    """The loader looks cities up by their exact names; the public way, by any name and alias, gives the same."""
    one = ps.load_case(name)
    again = ps.locate_events(ps.read_events(data_folder() / "cases" / name / "events.csv"), one.cities)
    assert again["city"].tolist() == one.events["city"].tolist()
    assert again["region_id"].tolist() == one.events["region_id"].tolist()
    assert again.geometry.geom_equals(one.events.geometry).all()


def test_a_city_that_is_not_in_the_table_is_an_error(case):
    with pytest.raises(ps.SchemaError, match="column 'city': unknown cities: Almaty"):
        cases._at_cities(case.events, case.cities.drop(index="Almaty"))


@pytest.mark.parametrize("name", NAMES)
def test_a_description_has_known_keys_and_files_that_exist(name):
    description = tomllib.loads((data_folder() / "cases" / name / "case.toml").read_text(encoding="utf-8"))
    tables = {field.name for field in fields(ps.Case)}
    assert set(description) <= tables | {"tables", "flags", "demo"}
    assert {"events", "regions", "cities", "coverage"} <= set(description["tables"]) <= tables
    paths = [
        path for value in description["tables"].values() for path in ([value] if isinstance(value, str) else value)
    ]
    assert all((data_folder() / path).is_file() for path in paths)
    assert (data_folder() / "cases" / name / "SOURCES.md").is_file()


def test_what_a_case_does_not_have_is_none_and_not_told(floyd, sit_ins, case):
    for one in (floyd, sit_ins):
        assert one.links is None
        assert one.flows is None
        for text in (repr(one), one._repr_html_()):
            assert "flows" not in text
            assert "links" not in text
            assert "minor" not in text
            assert "None" not in text
    bare = ps.Case(
        "bare",
        "Bare",
        case.events.drop(columns=["minor", "city"]).iloc[:0],
        case.regions,
        case.cities.drop(columns="in_frame"),
    )
    assert repr(bare) == "<Case bare: Bare>\n  events        none\n  regions       17\n  cities        71"


def test_numbers_of_the_george_floyd_case(floyd):
    assert len(floyd.events) == 4860
    assert floyd.events["city"].nunique() == 2365
    assert len(floyd.regions) == floyd.events["region_id"].nunique() == 51
    assert len(floyd.cities) == 2534
    assert floyd.cities["in_frame"].sum() == 704
    assert len(floyd.interventions) == 47
    assert floyd.events["date_precision"].value_counts().to_dict() == {"day": 4855, "approximate": 5}
    assert floyd.origin == "Minneapolis, MN"
    assert "Crowd Counting Consortium (MIT)" in floyd.attribution


def test_onsets_of_the_george_floyd_case(floyd):
    until = floyd.events[floyd.events["date"] <= floyd.onsets_until]
    assert floyd.onsets_until == pd.Timestamp("2020-06-14")
    panel = ps.count_events(until, floyd.cities, observed=floyd.coverage).loc[: floyd.onsets_until]
    first = ps.onsets(panel)
    assert first.notna().sum() == 2312
    assert first[floyd.cities["in_frame"]].notna().sum() == 530
    assert first["Minneapolis, MN"] == pd.Timestamp("2020-05-26")
    by_state = ps.onsets(ps.aggregate_panel(panel, floyd.cities["region_id"]))
    days = ["2020-05-26", "2020-05-28", "2020-05-29", "2020-05-30"]
    assert [int((by_state <= day).sum()) for day in days] == [5, 24, 42, 51]
    active = (panel > 0).sum(axis=1)
    assert (active.idxmax(), active.max()) == (pd.Timestamp("2020-06-06"), 489)


def test_the_sit_ins(sit_ins):
    assert "teaching quality" in sit_ins.title
    assert "teaching" in sit_ins.attribution
    assert len(sit_ins.events) == 81
    assert len(sit_ins.regions) == 11
    assert sit_ins.events["region_id"].nunique() == 9
    assert sit_ins.cities["in_frame"].sum() == 379
    assert sit_ins.cities["black_college"].dtype == bool
    assert sit_ins.cities["black_college"].sum() == 54
    assert sit_ins.cities.loc[sit_ins.cities["in_frame"], "black_college"].sum() == 50
    first = ps.onsets(ps.count_events(sit_ins.events, sit_ins.cities, observed=sit_ins.coverage))
    assert first.notna().sum() == 39
    assert (first.idxmin(), first.min()) == ("Greensboro, NC", pd.Timestamp("1960-02-01"))
    assert [int((first <= day).sum()) for day in ("1960-02-29", "1960-03-31")] == [24, 37]
    joined = first[sit_ins.cities["in_frame"]].notna()
    college = sit_ins.cities.loc[sit_ins.cities["in_frame"], "black_college"]
    assert (int(joined[college].sum()), int(joined[~college].sum())) == (27, 12)


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
    assert "<script>" not in replace(case, title="<script>alert(1)</script>")._repr_html_()


def test_the_case_is_immutable(case):
    with pytest.raises(AttributeError):
        case.title = "x"
