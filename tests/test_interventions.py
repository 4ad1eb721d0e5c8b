"""Interventions in force, and the share of the people they held for."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

DAYS = pd.date_range("2022-01-01", periods=6, name="date")


def measures(*rows):
    """Return interventions from (kind, region, start, end)."""
    table = pd.DataFrame(rows, columns=["kind", "region_id", "start", "end"], dtype=object)
    for side in ("start", "end"):
        table[side] = pd.to_datetime(table[side], format="ISO8601")
    return table.set_axis([f"i{row}" for row in range(len(rows))]).rename_axis("intervention_id")


def test_interventions_overlap_the_day(case):
    def kinds(day, region):
        return set(ps.interventions_in_force(case.interventions, day, region_id=region)["kind"])

    for region in ("KZ-ALA", "KZ-MAN"):
        assert "state_of_emergency" not in kinds("2022-01-04", region)
        assert {"state_of_emergency", "curfew"} <= kinds("2022-01-05", region)
        assert "state_of_emergency" in kinds("2022-01-18", region)
        assert "state_of_emergency" not in kinds("2022-01-19", region)  # it ended as the 19th began
    assert "government_resignation" in kinds("2022-01-05", "KZ-KUS")
    assert "government_resignation" not in kinds("2022-01-06", "KZ-KUS")


@pytest.mark.parametrize("population", ["population", None])
def test_shares_are_those_of_a_slow_second_way(case, population):
    shares = ps.share_in_force(case.interventions, case.regions, DAYS, population=population)
    people = case.regions["population"] if population else pd.Series(1, case.regions.index)
    for day in DAYS:
        for kind, share in shares.loc[day].items():
            of_kind = case.interventions[case.interventions["kind"] == kind]
            inside = [len(ps.interventions_in_force(of_kind, day, region_id=region)) > 0 for region in people.index]
            assert share == pytest.approx(people[inside].sum() / people.sum())
    assert set(shares) == set(case.interventions["kind"])
    assert shares.attrs["share_of"] == ("people" if population else "regions")


def test_an_interval_without_region_holds_everywhere_and_overlaps_count_once(regions):
    table = measures(
        ("curfew", "A", "2022-01-02", "2022-01-04"),
        ("curfew", "A", "2022-01-03 12:00", None),
        ("emergency", None, "2022-01-05 23:59", "2022-01-06"),
        ("emergency", "B", "2022-01-01", "2022-01-06"),
    )
    shares = ps.share_in_force(table, regions, DAYS)
    assert shares["curfew"].tolist() == pytest.approx([0, *[1 / 3] * 5])
    assert shares["emergency"].tolist() == pytest.approx([2 / 3] * 4 + [1, 0])
    assert list(shares) == ["emergency", "curfew"]  # in order of their start


def test_a_row_of_a_weekly_panel_is_seven_days_long(regions):
    weeks = pd.date_range("2022-01-03", periods=2, freq="7D", name="date")
    table = measures(("curfew", None, "2022-01-09", "2022-01-10"), ("riot_law", "B", "2022-01-16 10:00", None))
    assert ps.share_in_force(table, regions, weeks)["curfew"].tolist() == [1, 0]
    assert ps.share_in_force(table, regions, weeks)["riot_law"].tolist() == pytest.approx([0, 2 / 3])
    assert ps.share_in_force(table, regions, "2022-01-10")["riot_law"].tolist() == [0]


def test_unknown_populations_are_named_and_leave_only_what_is_known(regions):
    table = measures(("curfew", "A", "2022-01-02", "2022-01-03"), ("curfew", None, "2022-01-03", "2022-01-04"))
    partly = regions.assign(population=[1000, np.nan])
    with pytest.warns(ps.DataWarning, match=r"1 of 2 regions is unknown \(B\)"):
        shares = ps.share_in_force(table, partly, DAYS)
    assert shares["curfew"].tolist() == pytest.approx([0, np.nan, 1, 0, 0, 0], nan_ok=True)
    for none in (regions.assign(population=np.nan), regions.assign(population=0), regions.drop(columns="population")):
        shares = ps.share_in_force(table, none, DAYS)
        assert shares["curfew"].tolist() == [0, 0.5, 1, 0, 0, 0]
        assert shares.attrs["share_of"] == "regions"


def test_another_column_and_an_empty_table(regions):
    table = measures(("curfew", "A", "2022-01-02", None))
    shares = ps.share_in_force(table, regions.assign(adults=[300, 100]), DAYS, population="adults")
    assert shares["curfew"].tolist() == [0, *[0.75] * 5]
    none = ps.share_in_force(table.iloc[:0], regions, DAYS)
    assert none.shape == (6, 0)
    assert none.index.equals(DAYS)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dates": "05.01.2022"}, "dates must be a date such as"),
        ({"dates": []}, "dates must"),
        ({"dates": DAYS[[0, 1, 5]]}, "not regular near 2022-01-0"),
        ({"dates": DAYS.tz_localize("UTC")}, "time zone"),
        ({"population": "people"}, "population must be a column of regions with numbers"),
        ({"population": "name"}, "population must be a column of regions with numbers"),
        ({"population": "negative"}, "0 or more"),
    ],
)
def test_wrong_arguments_are_named(regions, options, words):
    given = {"dates": DAYS} | options
    with pytest.raises(ps.DataError, match=words):
        ps.share_in_force(measures(("curfew", "A", "2022-01-02", None)), regions.assign(negative=-1), **given)


def test_measures_in_unknown_regions_are_an_error(regions):
    with pytest.raises(ps.SchemaError, match="unknown regions: Z"):
        ps.share_in_force(measures(("curfew", "Z", "2022-01-02", None)), regions, DAYS)
