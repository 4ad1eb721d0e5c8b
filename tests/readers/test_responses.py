import pandas as pd
import pytest

import protestspread as ps


def table(**columns):
    base = {"intervention_id": "i1", "kind": "curfew", "region_id": None, "start": "2022-01-05", "end": None}
    return pd.DataFrame([base | columns])


@pytest.mark.parametrize(
    ("start", "end", "reads"),
    [
        ("2022-01-05", "2022-01-07", ("2022-01-05", "2022-01-08")),  # an end without a time is the end of its day
        ("2022-01-05T01:30:00", "2022-01-19T00:00:00", ("2022-01-05T01:30", "2022-01-19")),
        ("2022-01-05T12:00:00", "2022-01-05", ("2022-01-05T12:00", "2022-01-06")),
    ],
)
def test_intervals_become_half_open(start, end, reads):
    row = ps.read_interventions(table(start=start, end=end)).iloc[0]
    assert (row["start"], row["end"]) == tuple(pd.Timestamp(moment) for moment in reads)


def test_an_unknown_end_is_missing_but_an_act_lasts_one_day():
    assert pd.isna(ps.read_interventions(table()).iloc[0]["end"])
    act = ps.read_interventions(table(kind="leadership_change", start="2022-01-05T19:00:00")).iloc[0]
    assert act["end"] == pd.Timestamp("2022-01-06")


def test_faulty_interventions(regions):
    with pytest.raises(ps.SchemaError, match="column 'kind' is missing"):
        ps.read_interventions(table().drop(columns="kind"))
    with pytest.raises(ps.SchemaError, match="dates with a time zone"):
        ps.read_interventions(table(start="2022-01-05T01:30:00+06:00"))
    with pytest.raises(ps.SchemaError, match="the end is not after the start"):
        ps.read_interventions(table(end="2022-01-03"))
    with pytest.raises(ps.SchemaError, match="unknown regions: Z"):
        ps.read_interventions(table(region_id="Z"), regions)


def test_coverage():
    read = ps.read_coverage(
        pd.DataFrame(
            {
                "scope": ["country", "region"],
                "place": ["X", "A"],
                "start": ["2022-01-01"] * 2,
                "end": ["2022-01-08"] * 2,
            }
        )
    )
    assert read["place"].isna().tolist() == [True, False]
    assert read["end"].eq(pd.Timestamp("2022-01-09")).all()
    with pytest.raises(ps.SchemaError, match="start or end is missing in 1 of 1 rows"):
        ps.read_coverage(pd.DataFrame({"place": ["A"], "start": ["2022-01-01"], "end": [None]}))


def test_flows(case):
    flows = case.flows
    assert flows.loc["RUS", "high"] == 3000
    assert pd.isna(flows.loc["RUS", "low"])
    assert flows.loc["RUS", "end"] == pd.Timestamp("2022-01-19")
    assert flows["start_basis"].dropna().to_dict() == {"RUS": "arrival", "BLR": "dispatch", "ARM": "dispatch"}
    assert flows["start"].isna().sum() == 2  # arrival unknown for Tajikistan and Kyrgyzstan
    with pytest.raises(ps.SchemaError, match="column 'origin' is missing"):
        ps.read_flows(pd.DataFrame({"destination": ["Almaty"]}))
