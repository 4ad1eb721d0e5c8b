"""Screening: rows = events + rejected, and every quality problem is a finding."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.readers.quality.quality_findings import distinct_coordinates

cell = st.sampled_from(
    [
        "2022-01-02",
        "2022-01-03",
        "0000-01-01",
        "soon",
        "",
        None,
        "1",
        "-1",
        "1e308",
        "inf",
        "51.2",
        "91",
        "x",
        "yes",
        "A",
    ]
)
frames = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("event_id", "date", "date_end", "lon", "lat", "city", "size_low", "size_high", "fatalities", "minor", "note", "event_type", "row", "time"), cell)),
    max_size=8,
)  # fmt: skip


@pytest.mark.long
@given(frames)
def test_every_row_of_any_table_is_an_event_or_rejected(rows):
    table = pd.DataFrame(rows)
    try:
        screening = ps.screen_events(table)
    except ps.ProtestSpreadError:
        return
    assert screening.rows == len(table) == len(screening.events) + len(screening.rejected)
    ps.check_events(screening.events)
    assert (screening.rejected["reason"].str.len() > 0).all()
    assert screening.rejected["row"].is_unique
    try:
        read = ps.read_events(table)
    except ps.SchemaError:
        return
    assert len(screening.rejected) == 0  # a table without faults is kept whole
    pd.testing.assert_frame_equal(pd.DataFrame(read), pd.DataFrame(screening.events))


def rejected(**columns):
    frame = pd.DataFrame(columns)
    screening = ps.screen_events(frame)
    return dict(zip(screening.rejected["row"], screening.rejected["reason"], strict=True)), screening


def test_every_reason_is_given_and_rows_are_unchanged():
    reasons, screening = rejected(
        event_id=["a", "a", None, "d", "e", "f", "g"],
        date=["2022-01-02", "2022-01-02", "2022-01-02", "31.1.2022", None, "2022-01-02T10:00Z", "2022-01-02"],
        lon=["51", "51", "51", "151", "51", "51", None],
        lat=["43", "43", "43", "95", "43", "43", None],
    )
    assert reasons == {
        2: "event_id is not unique",
        3: "no event_id",
        4: "column 'date': not a date written as 2022-01-31; latitude outside -90...90",
        5: "column 'date': no date",
        6: "column 'date': dates with a time zone; write local dates without a zone",
        7: "no coordinates and no city",
    }
    assert screening.rejected.loc[2, "date"] == "31.1.2022"
    assert screening.events.index.tolist() == ["a"]


def test_unreadable_optional_values_are_left_blank_and_reported():
    screening = ps.screen_events(
        pd.DataFrame(
            {
                "date": ["2022-01-02"] * 5,
                "date_end": ["2022-01-01", "2022-01-02", "soon", None, None],
                "city": list("ABCDE"),
                "size_low": ["many", "-5", "500", "5", None],
                "size_high": [None, None, "50", "10", None],
                "minor": ["perhaps", "yes", "no", None, "no"],
            }
        )
    )
    events = screening.events
    assert len(events) == 5
    np.testing.assert_array_equal(events["size_low"], [np.nan, np.nan, np.nan, 5, np.nan])
    np.testing.assert_array_equal(events["size_high"], [np.nan, np.nan, np.nan, 10, np.nan])
    assert events["date_end"].isna().tolist() == [True, False, True, True, True]
    assert events["minor"].tolist() == [False, True, False, False, False]
    texts = screening.findings.loc[["left_blank"], "says"].tolist()
    assert [text.split(";")[0].split(": '")[0] for text in texts] == [
        "column 'date_end': not a date written as 2022-01-31", "column 'size_low': not a number", "column 'minor': neither true nor false",
        "column 'size_low': negative", "size_low above size_high", "date_end before date"]  # fmt: skip
    assert screening.concerned["left_blank"].tolist() == ["row 1", "row 2", "row 3"]


REGIONS = gpd.GeoDataFrame(
    {"name": ["West", "East", "Far"]},
    index=pd.Index(["W", "E", "F"], name="region_id"),
    geometry=[shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2), shapely.box(4, 0, 6, 2)],
    crs=4326,
)


def screened(rows, **options):
    return ps.screen_events(pd.DataFrame(rows, columns=["date", "lon", "lat", "event_type"]), **options)


def test_centroids_outside_and_regions_without_reports():
    screening = screened(
        [
            ("2022-01-02", 1.0, 1.001, "a"),
            ("2022-01-02", 3.0, 1.0, "a"),
            ("2022-01-02", 0.2, 0.2, "a"),
            ("2022-01-02", 30, 30, "a"),
        ],
        places=REGIONS,
    )
    assert screening.concerned["region_centroid"].tolist() == ["row 1", "row 2"]
    assert screening.concerned["country_centroid"].tolist() == [
        "row 2"
    ]  # the centroid of all three is that of the middle one
    assert screening.concerned["outside_places"].tolist() == ["row 4"]
    assert screening.findings.loc["regions_without_report", ["count", "of", "unit"]].tolist() == [1, 3, "regions"]
    assert "not checked" not in repr(screening)
    assert "not checked" in repr(screened([("2022-01-02", 1, 1, "a")]))


def test_duplicates_exact_and_near():
    km = 1 / 111.195
    screening = screened(
        [
            ("2022-01-02", 1.0, 0.0, "a"),
            ("2022-01-02", 1.0, 0.0, "a"),  # exact
            ("2022-01-02", 1.0 + 0.9 * km, 0.0, "a"),  # near
            ("2022-01-02", 5.0, 0.0, "a"),
            ("2022-01-02", 5.0 + 1.1 * km, 0.0, "a"),  # too far
            ("2022-01-02", 9.0, 0.0, "a"),
            ("2022-01-02", 9.0, 0.0, "b"),  # of another type
            ("2022-01-03", 9.0, 0.0, "a"),  # on another day
        ]
    )
    assert screening.concerned["exact_duplicate"].tolist() == ["row 2"]
    assert screening.concerned["near_duplicate"].tolist() == ["row 1", "row 2", "row 3"]
    assert len(screening.events) == 8  # reported, not merged


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, -0.5, 180.0]), st.sampled_from([0.0, 1.0, -0.5])), max_size=12))
def test_each_distinct_point_is_returned_once(pairs):
    lon, lat = np.array(pairs, dtype=float).reshape(-1, 2).T
    codes, (x, y) = distinct_coordinates(lon, lat)
    np.testing.assert_array_equal(x[codes], lon)
    np.testing.assert_array_equal(y[codes], lat)
    assert len(x) == len(set(pairs))


def test_days_without_reports_are_counted_and_long_runs_named():
    days = [
        *pd.date_range("2022-01-01", "2022-02-09"),
        *pd.date_range("2022-02-25", "2022-03-01"),
        pd.Timestamp("2022-03-03"),
    ]
    screening = screened([(day, 1, 1, "a") for day in days])
    finding = screening.findings.loc["days_without_report"]
    assert finding[["count", "of"]].tolist() == [16, 62]
    assert "2022-02-10 to 2022-02-24" in finding["says"]
    assert "2022-03-02" not in finding["says"]  # one day is too short


def test_the_page_is_text_and_its_html_is_escaped(data):
    page = repr(ps.screen_events(data / "acled_current.csv"))
    assert page.splitlines()[0] == "<Screening of acled_current.csv>"
    assert "2 of 6 events: place is less precise than the town (area 1, region 1)" in page
    assert "size is given in words (hundreds 1); used as a lower bound" in page
    evil = ps.screen_events(
        pd.DataFrame(
            {"date": ["2022-01-02", "<img src=x>"], "city": ["A", "B"], "size_text": ["<script>", None], "size_low": 1}
        )
    )
    html = evil._repr_html_()
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_long_lines_of_the_page_are_broken_under_their_own_column():
    regions = gpd.GeoDataFrame(
        {"name": [f"Region number {i}" for i in range(20)]},
        index=pd.Index([f"REGION-{i:04d}" for i in range(20)], name="region_id"),
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(20)],
        crs=4326,
    )
    page = repr(screened([("2022-01-02", 0.2, 0.2, "a")], places=regions)).splitlines()
    assert max(map(len, page)) <= 123
    at = next(i for i, line in enumerate(page) if "regions_without_report" in line)
    assert page[at].index("19 of 20") == len(page[at + 1]) - len(page[at + 1].lstrip())


def test_a_blank_size_text_is_missing():
    rows = pd.DataFrame({"date": "2022-01-02", "city": ["A", "B"], "size_low": 1.0, "size_text": ["", " "]})
    rows.loc[1, "size_low"] = np.nan
    assert set(ps.screen_events(rows).findings.index) == {"size_missing"}


def test_quoted_data_cannot_break_lines():
    rows = pd.DataFrame(
        {
            "date": "2022-01-02",
            "city": ["A", "B"],
            "size_low": [1, 2],
            "size_text": ["many\n<Screening of x>", "\x1b[31mred"],
        }
    )
    page = repr(ps.screen_events(rows))
    assert page.count("\n<") == 0
    assert page.count("<Screening") == 2
    assert "\x1b" not in page


def test_a_page_with_a_hundred_reasons_names_the_most_common(tmp_path):
    text = "date,city\n2022-01-02,A\n" + "".join("x," * (n + 2) + "x\n" for n in range(100))
    (tmp_path / "e.csv").write_text(text)
    page = repr(ps.screen_events(tmp_path / "e.csv"))
    assert "70 more reasons, see .rejected" in page


def test_columns_with_reserved_names_keep_their_values():
    frame = pd.DataFrame({"date": ["soon"], "city": ["A"], "row": ["7"], "why": ["w"], "reason": ["r"]})
    table = ps.screen_events(frame).rejected
    assert table.loc[0, ["row", "row_given", "why_given", "reason_given"]].tolist() == [1, "7", "w", "r"]


def test_rejected_rows_name_their_file(tmp_path):
    (tmp_path / "a.csv").write_text("date,city\n2022-01-02,A\nsoon,B\n")
    (tmp_path / "b.csv").write_text("date,city\n2022-01-02\n2022-01-03,C\n")
    screening = ps.screen_events(tmp_path)
    assert screening.rejected[["from_file", "row"]].to_numpy().tolist() == [["a.csv", 2], ["b.csv", 1]]
    assert (screening.rows, screening.names) == (4, ("a.csv", "b.csv"))


def test_the_callers_frame_is_unchanged(case):
    frame = pd.DataFrame(case.events.drop(columns="geometry")).reset_index()
    before = frame.copy()
    ps.screen_events(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_places_are_checked():
    with pytest.raises(ps.SchemaError):
        screened([("2022-01-02", 1, 1, "a")], places=REGIONS.rename_axis("id"))


def test_one_event_under_two_places():
    rows = pd.DataFrame(
        {
            "date": ["2022-01-02", "2022-01-02", "2022-01-02", "2022-01-03", "2022-01-02", "2022-01-02"],
            "city": ["Berlin", "Potsdam", "Potsdam", "Berlin", "Leipzig", "Spandau"],
            "lon": [13.3, 13.2, 13.2, 13.3, 12.4, 13.25],
            "lat": [52.5, 52.45, 52.45, 52.5, 51.3, 52.5],
            "source": ["Post", "Post", "Post", "Post", "Post", "Times"],
            "size_low": [None, None, 70, None, None, 70],
        }
    )
    screening = ps.screen_events(rows)
    assert screening.concerned["two_places"].tolist() == ["row 1", "row 2", "row 3", "row 6"]
    assert "within 15 km" in screening.findings.loc["two_places", "says"]
    alone = ps.screen_events(rows.assign(source=list("abcdef"), size_low=range(6)))
    assert "two_places" not in alone.findings.index
    same = ps.screen_events(rows.assign(city="berlin"))
    assert "two_places" not in same.findings.index


def test_sizes_that_are_fractions_of_a_person():
    screening = ps.screen_events(pd.DataFrame({"date": "2022-01-02", "city": "A", "size_low": [1.5, 2.0, None]}))
    assert screening.concerned["size_fraction"].tolist() == ["row 1"]


def test_no_regions_are_no_places(regions):
    with pytest.raises(ps.DataError, match="places must have at least one place"):
        ps.screen_events(pd.DataFrame({"date": ["2022-01-02"], "city": ["A"]}), places=regions.iloc[:0])
