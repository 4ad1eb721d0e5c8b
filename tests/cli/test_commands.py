"""The commands as a user calls them: rubbish options, unusable targets, and hints in the command's own words."""

import sys
import warnings

import geopandas as gpd
import pytest
import shapely

from protestspread.cli import main

RUBBISH = {
    "--from": ["garbage", "03.01.2022", "20220103", "9999-99-99", ""],
    "--to": ["garbage", "2021-01-01"],
    "--every": ["", "year", "0D", "D7", "-1D"],
    "--within-km": ["-1", "nan", "inf", "far"],
    "--min-count": ["0", "-3", "few"],
    "--lang": ["", "klingonisch", "../en"],
    "--engine": ["", "svg"],
    "--format": ["", "acledd"],
    "--column": ["date", "=", "date=", "=Day", "date=Nothing"],
    "--layer": ["events=", "no layer"],
    "--encoding": ["utf-99", "events="],
    "--crs": ["EPSG:99999999", "regions=", "nonsense"],
    "--region-id": ["", "nothing"],
    "--region-name": ["nothing"],
    "--case": ["nowhere", ""],
    "--cities": ["nothing.csv", "."],
    "--count": ["nothing", "city"],
    "--accept": ["-5", "high", "101"],
    "--out": [
        "",
        ".",
        "e.csv",
        "e.csv/m.html",
        "r.geojson",
        "m.jpg",
        "folder",
        "a\0.html",
        "x" * 300 + ".html",
        "/proc/nothing/m.html",
    ],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    regions = gpd.GeoDataFrame(
        {"region_id": ["A", "B"], "name": ["West", "East"]}, geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], crs=4326
    )  # fmt: skip
    regions.to_file(tmp_path / "r.geojson")
    (tmp_path / "e.csv").write_text("date,lon,lat,city\n2022-01-01,0.5,0.5,X\n2022-01-03,1.5,0.5,Y\n")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, capfd, *arguments):
    """Run the command in this process; return its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["protestspread", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capfd.readouterr()
    return stopped.value.code or 0, printed.out, printed.err


OF_USE = {
    "--from",
    "--to",
    "--within-km",
    "--min-count",
    "--lang",
    "--engine",
    "--every",
    "--accept",
    "--format",
    "--case",
    "--out",
}
"""Options of which every fault is one of use; a fault of the others may be one of a file."""


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, values in RUBBISH.items() for value in values]
)
def test_rubbish_ends_in_one_message_that_names_the_option(folder, monkeypatch, capfd, option, value):
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    code, _, err = run(monkeypatch, capfd, "map", "e.csv", "r.geojson", option, value)
    assert code in (1, 2), err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    if option in OF_USE and not value.startswith("/proc"):  # root may write everywhere, so this one is tried
        assert code == 2, err
        assert option in err
        assert len(err.splitlines()) <= 2  # the message, and how to fix it


def test_usage_errors_are_one_line(folder, monkeypatch, capfd):
    for arguments in (
        ["dance"],
        ["map"],
        ["map", "e.csv"],
        ["map", "e.csv", "r.geojson", "--colour", "red"],
        ["map", "e.csv", "r.geojson", "--from"],
    ):
        code, _, err = run(monkeypatch, capfd, *arguments)
        assert code == 2
        assert len(err.splitlines()) == 1


def test_without_a_command_the_help_is_shown(monkeypatch, capfd):
    code, out, _ = run(monkeypatch, capfd)
    assert code == 2
    assert "map" in out
    assert run(monkeypatch, capfd, "--help")[0] == 0


def test_lost_events_are_told_in_options_and_without_source_code(folder, monkeypatch, capfd):
    (folder / "e.csv").write_text("date,lon,lat\n2022-01-01,0.5,0.5\n2022-01-03,2.05,0.5\n")
    code, out, err = run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "a.html", "--engine", "canvas")
    assert (code, len(err.splitlines())) == (0, 1), err
    assert err.startswith("warning: locate_events: 1 of 2 events")
    assert "--within-km" in err
    assert "within_km" not in err
    assert ".py" not in err
    assert out == "a.html: 1 event in 1 of 2 regions, 1 January 2022\n"
    _, _, err = run(monkeypatch, capfd, "stats", "e.csv", "r.geojson", "--permutations", "19")
    assert "--off-km" in err
    assert "--within-km" not in err
    assert run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "b.html", "--within-km", 10)[2] == ""


def test_the_days_are_chosen_and_told(folder, monkeypatch, capfd):
    code, out, err = run(
        monkeypatch, capfd, "map", "e.csv", "r.geojson", "--from", "2022-01-01", "--to", "2022-01-02", "--out", "a.png"
    )
    assert code == 0, err
    assert "1 event in 1 of 2 regions, 1 January 2022 to 2 January 2022" in out
    assert "1 outside the window" in err


def test_an_aggregated_table(folder, monkeypatch, capfd):
    (folder / "e.csv").write_text("date,lon,lat,n\n2022-01-01,0.5,0.5,3\n2022-01-03,1.5,0.5,4\n")
    _, out, _ = run(
        monkeypatch, capfd, "map", "e.csv", "r.geojson", "--count", "n", "--out", "a.html", "--engine", "canvas"
    )
    assert "7 events in 2 of 2 regions" in out


def test_a_bundled_case_gives_the_places(folder, monkeypatch, capfd):
    (folder / "own.csv").write_text(
        "date,city\n2022-01-02,Zhanaozen\n2022-01-03,Aktau\n2022-01-03,Jañaözen\n2022-01-04,Berlin\n"
    )
    code, out, err = run(
        monkeypatch, capfd, "map", "own.csv", "--case", "kazakhstan_2022", "--out", "own.html", "--engine", "canvas"
    )
    assert code == 0, err
    assert "events in 1 of 17 regions" in out
    assert "Berlin" not in out
    assert "own.csv" not in err
    page = (folder / "own.html").read_text(encoding="utf-8")
    assert "Made with Natural Earth" in page


def test_a_spelling_is_accepted_and_listed(folder, monkeypatch, capfd):
    (folder / "own.csv").write_text("date,city\n2022-01-02,Zhanozen\n2022-01-03,Aktau\n")
    arguments = ["map", "own.csv", "--case", "kazakhstan_2022", "--engine", "canvas"]
    _, out, err = run(monkeypatch, capfd, *arguments, "--out", "a.html")
    assert "1 event in 1" in out
    assert "Zhanozen: perhaps Zhanaozen (93); add --accept 90 to accept similar names]" in err
    assert "_matches" not in err
    _, out, err = run(monkeypatch, capfd, *arguments, "--out", "b.html", "--accept", 90)
    assert "2 events in 1" in out
    assert "accepted: Zhanozen as Zhanaozen (93)" in err


def test_faulty_rows_are_set_aside(folder, monkeypatch, capfd):
    (folder / "e.csv").write_text(
        "date,lon,lat,size_low\n2022-01-01,0.5,0.5,many\nsoon,0.5,0.5,3\n2022-01-03,1.5,0.5,4\n"
    )
    code, _, err = run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "a.html")
    assert code == 1
    assert "--screen" in err
    assert "screen_events" not in err
    code, out, err = run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "a.html", "--screen")
    assert code == 0, err
    assert "2 events in 2 of 2 regions" in out
    assert "1 of 3 rows set aside" in err
    aside = (folder / "a.set_aside.csv").read_text(encoding="utf-8-sig")
    assert "soon" in aside
    assert "many" in aside  # the row was used, without its size
    code, _, err = run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "b.html", "--screen", "--title", "x")
    assert code == 0, err
    assert run(monkeypatch, capfd, "map", "e.csv", "r.geojson", "--out", "a.html", "--screen")[0] == 2  # they exist


def test_warnings_of_other_libraries_show_no_source(monkeypatch, capfd):
    from protestspread import cli

    monkeypatch.setattr(cli, "app", lambda **_: warnings.warn("something in repair=True", stacklevel=2))
    code, _, err = run(monkeypatch, capfd)
    assert (code, err) == (0, "warning: something in --repair\n")
