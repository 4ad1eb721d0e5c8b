"""Every source, read from a small file made by hand from its public documentation."""

import warnings

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.readers.sources.registry import SOURCES

FORMATS = {
    "acled_current.csv": "acled",
    "acled_before_2023.csv": "acled",
    "ucdp_ged.csv": "ucdp",
    "gdelt_1.export.CSV": "gdelt",
    "gdelt_1_backfile.csv": "gdelt",
    "gdelt_2.export.CSV": "gdelt",
    "ccc_2021.csv": "ccc",
    "ccc_2025.csv": "ccc",
    "ccc_sheet.csv": "ccc",
    "mass_mobilization.csv": "mass_mobilization",
    "my_events.csv": "table",
    "kz_sample.csv": "table",
}


def encoding(name):
    return "cp1252" if name.startswith("mass") else "utf-8"


@pytest.mark.parametrize(("name", "format_"), FORMATS.items())
def test_the_format_is_recognized_by_the_columns(data, name, format_):
    columns = {"date": "Day", "city": "Town"} if name == "my_events.csv" else None
    screening = ps.screen_events(data / name, encoding=encoding(name), columns=columns)
    assert screening.format == format_
    assert screening.rows == len(screening.events) + len(screening.rejected)
    ps.check_events(screening.events)
    assert ps.screen_events(data / name, format=format_, encoding=encoding(name), columns=columns).events.equals(
        screening.events
    )


def test_acled_now(data):
    events = ps.read_events(data / "acled_current.csv", keep="all")
    assert events.attrs == {"format": "acled"}  # nothing is left out
    assert events.index.tolist() == [f"RUR{i}" for i in range(1, 7)]
    assert events["date"].dt.strftime("%d").tolist() == ["02", "03", "03", "04", "05", "05"]
    assert events["date_precision"].tolist() == ["day", "day", "week", "day", "day", "day"]
    assert events["place_precision"].tolist() == ["town", "area", "region", "town", "town", "town"]
    np.testing.assert_array_equal(events["size_low"], [500, np.nan, 100, 100, np.nan, np.nan])
    np.testing.assert_array_equal(events["size_high"], [500, np.nan, 200, np.nan, np.nan, np.nan])
    assert events["size_text"].tolist() == [
        "about 500",
        "no report",
        "between 100 and 200",
        "hundreds",
        None,
        "five busloads",
    ]
    assert events["fatalities"].tolist() == [0, 0, 0, 2, 7, 0]
    assert events["sub_event_type"].iloc[3] == "Excessive force against protesters"
    assert events["note"].iloc[2] == "Invented: two lines,\nof one note."
    assert events["note"].iloc[1] == 'Invented: they said "enough", and left.'
    assert (events.geometry.x.iloc[1], events.geometry.y.iloc[1]) == (14.9, 50.6)
    assert {"admin1", "location", "tags", "time_precision", "iso"} <= set(events.columns)  # no column is dropped


def test_acled_before_2023_has_capitals_semicolons_and_sizes_in_the_notes(data):
    events = ps.read_events(data / "acled_before_2023.csv")
    assert events.index.tolist() == [f"RUR{i}" for i in range(1, 6)]  # not data_id, which changed with every release
    assert events["date"].dt.strftime("%F").tolist() == [
        "2022-01-02",
        "2022-01-02",
        "2021-12-31",
        "2022-01-04",
        "2022-01-05",
    ]
    np.testing.assert_array_equal(events["size_low"], [100, 12, np.nan, 300, np.nan])
    np.testing.assert_array_equal(events["size_high"], [np.nan, np.nan, np.nan, 1000, np.nan])  # two tags span both
    assert events["size_text"].tolist() == ["at least 100", "dozens", "no report", "about 300 to 1,000", None]


def test_ucdp_has_ranges_of_days_and_of_deaths(data):
    events = ps.read_events(data / "ucdp_ged.csv")
    assert events.index.tolist() == ["900001", "900002", "900003"]
    assert (events["date_end"] - events["date"]).dt.days.tolist() == [0, 6, 364]
    assert events["date_precision"].tolist() == ["day", "week", "year"]
    assert events["place_precision"].tolist() == ["town", "region", "country"]
    assert events[["fatalities_low", "fatalities", "fatalities_high"]].to_numpy().tolist() == [
        [1, 2, 4],
        [8, 10, 25],
        [0, 1, 1],
    ]
    assert events["event_type"].tolist() == ["one-sided violence", "state-based violence", "non-state violence"]


@pytest.mark.parametrize("name", ["gdelt_1.export.CSV", "gdelt_1_backfile.csv"])
def test_gdelt_without_a_heading(data, name):
    events = ps.read_events(data / name)
    assert events.attrs["left_out"] == {"no protest (CAMEO root code is not 14)": 1}
    assert events.index.tolist() == ["1000000001", "1000000002", "1000000003"]
    assert events["date"].dt.strftime("%F").tolist() == ["2022-01-02", "2022-01-02", "2022-01-03"]
    assert events["event_type"].tolist() == ["demonstration", "demonstration", "violent protest"]
    assert events["place_precision"].tolist() == ["town", "country", "town"]
    assert events["mentions"].tolist() == [6, 6, 6]
    assert events.geometry.x.tolist() == [14.5, 15.0, 14.5]
    assert ("source_url" in events) == (name == "gdelt_1.export.CSV")


def test_gdelt_2_and_its_findings(data):
    screening = ps.screen_events(data / "gdelt_2.export.CSV")
    assert len(screening.events) == 3
    assert screening.events["source_url"].iloc[2] == 'https://example.org/b"quoted'  # GDELT has no quoting
    assert screening.findings.loc["shared_source_url", ["count", "of"]].tolist() == [2, 3]
    assert screening.concerned["shared_source_url"].tolist() == ["1000000001", "1000000002"]
    assert screening.rejected["row"].tolist() == [4, 5, 6]
    assert screening.rejected["why"].tolist() == ["left out", "faulty", "faulty"]
    assert screening.rejected["ActionGeo_Lat"].iloc[2] == "50#1"
    with pytest.raises(
        ps.SchemaError, match="pass on_fault='set_aside' to go on without them; screen_events lists them"
    ):
        ps.read_events(data / "gdelt_2.export.CSV")


def test_ccc_of_all_releases(data):
    events = ps.read_events(data / "ccc_2021.csv")
    assert events.attrs["left_out"] == {"online event, without a place": 1}
    assert events["event_type"].tolist() == ["rally; march"] * 3
    np.testing.assert_array_equal(events["size_low"], [200, 40, np.nan])  # coded 200 for "hundreds"
    assert events["size_text"].iloc[0] == "hundreds"
    assert events["city"].tolist() == [None, None, "Hazzard"]  # only if there are no coordinates
    assert events["source_url"].tolist() == ["https://example.org/1", None, "https://example.org/1"]
    new = ps.read_events(data / "ccc_2025.csv")
    assert new["event_type"].tolist() == ["demonstration", "strike"]
    assert new["source_url"].iloc[0] == "https://example.org/2"
    sheet = ps.read_events(data / "ccc_sheet.csv")
    assert sheet["date"].dt.strftime("%F").tolist() == ["2017-01-21", "2017-01-22"]
    assert sheet["city"].tolist() == ["Mayberry", "Hazzard"]
    np.testing.assert_array_equal(sheet["size_low"], [12, 100])
    np.testing.assert_array_equal(sheet["size_high"], [np.nan, 150])


def test_mass_mobilization(data):
    screening = ps.screen_events(data / "mass_mobilization.csv", encoding="cp1252", keep="all")
    events = screening.events
    assert events["city"].tolist() == ["Strelsau", "Zenda"]
    assert events["date"].dt.strftime("%F").tolist() == ["1990-01-15", "1990-06-25"]
    assert events["date_end"].dt.strftime("%F").tolist() == ["1990-01-15", "1990-06-27"]
    np.testing.assert_array_equal(events["size_low"], [1000, 100])  # "1000s"; the category if the text has no number
    np.testing.assert_array_equal(events["size_high"], [np.nan, 999])
    assert events["event_type"].tolist() == ["protest", "violent protest"]
    assert events["note"].iloc[0] == "Invented: the café strike."
    assert screening.rejected[["row", "why"]].to_numpy().tolist() == [
        [3, "faulty"],
        [4, "left out"],
    ]  # 31 February; no protest


ACLED = {"event_id_cnty": "R1", "event_date": "2022-01-02", "latitude": 1, "longitude": 2}
UCDP = {"type_of_violence": 1, "date_start": "2022-01-02", "date_end": "2022-01-02", "latitude": 1, "longitude": 2}
GDELT = {"GLOBALEVENTID": 1, "SQLDATE": "20220102", "EventRootCode": "14", "ActionGeo_Lat": 1, "ActionGeo_Long": 2}


@pytest.mark.parametrize(
    ("row", "theirs", "ours", "words"),
    [
        (ACLED, "time_precision", "date_precision", ["day", "week", "month", None]),
        (ACLED, "geo_precision", "place_precision", ["town", "area", "region", None]),
        (UCDP, "date_prec", "date_precision", ["day", "days", "week", "month", "year", None]),
        (
            UCDP,
            "where_prec",
            "place_precision",
            ["town", "area", "district", "region", "feature", "country", "sea or air", None],
        ),
        (GDELT, "ActionGeo_Type", "place_precision", ["country", "region", "town", "town", "region", None]),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
def test_precision_codes_are_decoded(row, theirs, ours, words, as_text):
    codes = [str(code) if as_text else code for code in range(1, len(words) + 1)]
    table = pd.DataFrame([row | {theirs: code} for code in codes])
    number = next(iter(row))
    if number != "type_of_violence":
        table[number] = [f"{row[number]}{i}" for i in range(len(table))]
    events = ps.read_events(table)
    assert events[ours].tolist() == words
    assert events[theirs].astype(str).tolist() == list(map(str, codes))  # the codes are kept


@pytest.mark.parametrize("day", ["02 January 2022", "2 January 2022", "02-January-2022", "2-Jan-22", "02-Jan-2022", "2022-01-02", "2022-01-02 00:00:00"])  # fmt: skip
def test_acled_dates_in_every_format(day):
    assert ps.read_events(pd.DataFrame([ACLED | {"event_date": day}]))["date"].tolist() == [pd.Timestamp("2022-01-02")]


def test_acled_shapefiles_truncate_column_names():
    row = {
        "event_id_c": "R1",
        "event_date": "2022-01-02",
        "sub_event_": "Peaceful protest",
        "geo_precis": 3,
        "time_preci": 2,
    }
    events = ps.read_events(pd.DataFrame([row | {"latitude": 1, "longitude": 2}]))
    assert events.attrs["format"] == "acled"
    assert events.loc["R1", ["sub_event_type", "place_precision", "date_precision"]].tolist() == [
        "Peaceful protest",
        "region",
        "week",
    ]


@pytest.mark.parametrize("code", ["141", "1411", "145", "14", "140", "042", "190"])
def test_gdelt_keeps_root_code_14_only(code):
    screening = ps.screen_events(pd.DataFrame([GDELT | {"EventCode": code, "EventRootCode": code[:2]}]))
    assert len(screening.events) == (code[:2] == "14")


def test_a_wrong_encoding_error_says_what_to_do(data):
    with pytest.raises(ps.FileError, match=r"found text that is not utf-8[\s\S]*encoding='cp1252'"):
        ps.read_events(data / "mass_mobilization.csv", keep="all")


@pytest.mark.parametrize("format_", [name for name in SOURCES if name != "table"])
def test_a_wrong_format_error_names_expected_and_found(data, format_):
    with pytest.raises(
        ps.FileError,
        match=rf"my_events\.csv: expected the {SOURCES[format_].title} columns .*; found Day, Town, People",
    ):
        ps.read_events(data / "my_events.csv", format=format_)


def test_an_unrecognized_table_is_read_as_own_table(data):
    with pytest.raises(
        ps.SchemaError,
        match=r"no known format \(ACLED export, UCDP GED, .*\) was recognized; read as your own table",
    ):
        ps.read_events(data / "my_events.csv")
    with pytest.raises(ps.DataError, match=r"format must be 'auto', 'acled', .* or 'table'; got 'ACLED'"):
        ps.read_events(data / "my_events.csv", format="ACLED")


def test_columns_of_a_source_may_be_mapped(tmp_path, data):
    text = (data / "acled_current.csv").read_text(encoding="utf-8").replace("event_date", "Datum")
    (tmp_path / "e.csv").write_text(text, encoding="utf-8")
    events = ps.read_events(tmp_path / "e.csv", format="acled", columns={"event_date": "Datum"})
    assert events["date"].equals(ps.read_events(data / "acled_current.csv")["date"])


def test_filtered_rows_are_counted_and_no_faults(data):
    path = data / "acled_current.csv"
    events = ps.read_events(path, country="ruritania", start="2022-01-03", end="2022-01-05", event_types=["protests"])
    assert events.index.tolist() == ["RUR2", "RUR3", "RUR4"]
    assert events.attrs["left_out"] == {"in another country": 1, "of another type": 1, "on another day": 1}
    assert len(ps.read_events(path, country=["Ruritania", "Grustark"])) == 6
    screening = ps.screen_events(path, start="2022-01-05")
    assert screening.rejected["reason"].tolist() == ["on another day"] * 4
    assert screening.rejected["why"].unique().tolist() == ["left out"]


def test_event_types_may_be_decoded_values(data):
    events = ps.read_events(data / "gdelt_1.export.CSV", event_types=["violent protest"])
    assert events.index.tolist() == ["1000000003"]
    assert events.attrs["left_out"] == {"no protest (CAMEO root code is not 14)": 1, "of another type": 2}
    assert len(ps.read_events(data / "ucdp_ged.csv", event_types="one-sided violence")) == 1


def test_events_that_share_a_report_are_counted(data):
    assert ps.read_events(data / "gdelt_1.export.CSV").attrs["shared_source_url"] == 2
    assert "shared_source_url" not in ps.read_events(data / "gdelt_1_backfile.csv").attrs


def test_invalid_filters(data):
    with pytest.raises(ps.DataError, match="country needs a column 'country'"):
        ps.read_events(data / "kz_sample.csv", country="Kazakhstan")
    with pytest.raises(ps.DataError, match="start must not be after end; got start 2022-01-05 and end 2022-01-01"):
        ps.read_events(data / "kz_sample.csv", start="2022-01-05", end="2022-01-01")
    with pytest.raises(ps.DataError, match="start must be a date such as '2022-01-31', or None; got 'soon'"):
        ps.read_events(data / "kz_sample.csv", start="soon")


def test_faults_in_filtered_rows_are_ignored():
    rows = pd.DataFrame({"date": ["2022-01-02", "soon"], "city": "A", "country": ["X", "Y"]})
    assert len(ps.read_events(rows, country="X")) == 1


def test_only_some_columns_are_read(data):
    only = ["event_id_cnty", "event_date", "latitude", "longitude", "event_type"]
    events = ps.read_events(data / "acled_current.csv", only=only)
    assert list(events.columns) == ["date", "event_type", "geometry"]
    assert events.index.tolist() == [f"RUR{i}" for i in range(1, 7)]
    assert (
        ps.read_events(pd.read_csv(data / "acled_current.csv"), only=only)["event_type"].tolist()
        == events["event_type"].tolist()
    )


@pytest.mark.parametrize("ending", ["csv", "parquet", "gpkg", "xlsx", "frame"])
def test_a_column_of_only_must_exist(tmp_path, case, ending):
    some = case.events.head(3)[["date", "city", "geometry"]].reset_index()
    path = tmp_path / f"e.{ending}"
    plain = pd.DataFrame(some.drop(columns="geometry"))
    if ending == "csv":
        plain.to_csv(path, index=False)
    elif ending == "xlsx":
        pytest.importorskip("openpyxl")
        plain.to_excel(path, index=False)
    elif ending != "frame":
        some.to_file(path) if ending == "gpkg" else plain.to_parquet(path)
    source = plain if ending == "frame" else path
    assert len(ps.read_events(source, only=["event_id", "date", "city"])) == 3
    with pytest.raises(ps.FileError, match="there is no column 'town'"):
        ps.read_events(source, only=["date", "town"])


def test_several_files_become_one_table(tmp_path, data):
    for name in ("acled_current.csv", "acled_before_2023.csv"):
        text = (data / name).read_text(encoding="utf-8").replace("RUR", f"{name[6].upper()}R")
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    (tmp_path / "readme.txt").write_text("not a table")
    (tmp_path / "_hidden.csv").write_text("x")
    both = ps.read_events(tmp_path)
    assert len(both) == 11
    assert both["from_file"].value_counts().to_dict() == {"acled_current.csv": 6, "acled_before_2023.csv": 5}
    assert ps.read_events(str(tmp_path / "acled_*.csv")).equals(both)
    assert ps.read_events(sorted(tmp_path.glob("acled_*.csv"))).equals(both)
    with pytest.raises(ps.FileError, match=r"nothing\*\.csv: expected files that end in"):
        ps.read_events(str(tmp_path / "nothing*.csv"))


def test_files_of_two_formats_are_an_error(data):
    with pytest.raises(ps.FileError, match=r"acled_current\.csv: ACLED export, ucdp_ged\.csv: UCDP GED"):
        ps.read_events([data / "acled_current.csv", data / "ucdp_ged.csv"])


def test_rows_without_ids_are_numbered_through_all_files(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("date,city\n2022-01-02,A\n2022-01-03,B\n")
    assert ps.read_events(tmp_path).index.tolist() == ["row 1", "row 2", "row 3", "row 4"]


def test_reading_warns_of_nothing_by_itself(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ps.screen_events(data / "acled_current.csv")
