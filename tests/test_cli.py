import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.long  # for `make quick`

PROTESTSPREAD = str(Path(sys.executable).with_name("protestspread"))


def protestspread(*arguments, cwd=None):
    return subprocess.run([PROTESTSPREAD, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    return out, protestspread("demo", "--out", out)


def test_the_demo_prints_the_onsets_in_order(demo):
    _, done = demo
    assert (done.returncode, done.stderr) == (0, "")
    text = done.stdout
    assert (
        text.index("2 Jan 2022   7 cities,  1 region so far")
        < text.index("3 Jan 2022  11 cities")
        < text.index("4 Jan 2022  13 cities")
    )
    assert text.index("Zhanaozen") < text.index("Atyrau") < text.index("Almaty")
    assert "147 events in 40 of 71 cities and 17 of 17 regions" in text
    assert "25 of the 42 cities chosen by size and rank alone" in text
    assert "9 Jan 2022 to 11 Jan 2022 are unobserved, not quiet" in text


def test_the_demo_answers_three_questions(demo):
    text = " ".join(demo[1].stdout.split())
    wave, way, what = (
        text.index(words) for words in ("Was it a wave?", "To neighbors, or down", "Along which network?")
    )
    assert wave < way < what
    assert re.search("this is what news does; no front is claimed", text[wave:way])
    assert "consistent with hierarchical diffusion" in text[way:what]
    assert "The order in which 25 of 42 places joined shows no sign of transmission along" in text[what:]
    assert "how many cars run on LPG" in text[what:]
    assert "All results are inferred; none is causal." in text


def test_the_demo_writes_the_files_that_it_lists(demo):
    out, done = demo
    names = {
        "choropleth.png",
        "choropleth.svg",
        "curve.png",
        "graph.png",
        "spread.gif",
        "spread_map.html",
        "panel.csv",
        "onsets.csv",
    }
    assert names <= {path.name for path in out.iterdir()}
    for name in names:
        assert name in done.stdout
        assert (out / name).stat().st_size > 500
    panel = pd.read_csv(out / "panel.csv", index_col="date")
    assert panel.loc["2022-01-03", "Atyrau"] == 1
    assert panel.loc["2022-01-09":].isna().all(axis=None)
    onsets = pd.read_csv(out / "onsets.csv", index_col="city")["onset"]
    assert onsets.loc[["Zhanaozen", "Almaty"]].tolist() == ["2022-01-02", "2022-01-04"]


def test_a_case_that_does_not_exist_is_bad_usage(tmp_path):
    done = protestspread("demo", "--case", "utopia_1516", "--out", tmp_path / "out")
    assert done.returncode == 2
    message = " ".join(done.stderr.replace("│", " ").split())
    assert "--case must be 'george_floyd_2020', 'kazakhstan_2022' or 'sit_ins_1960'; got 'utopia_1516'" in message
    assert not (tmp_path / "out").exists()


def test_another_case_by_name(monkeypatch, tmp_path):
    from typer.testing import CliRunner

    import protestspread.demo
    from protestspread import cli

    called = []
    monkeypatch.setattr(protestspread.demo, "run_demo", lambda name, out, _: called.append((name, out)))
    done = CliRunner().invoke(cli.app, ["demo", "--case", "sit_ins_1960", "--out", str(tmp_path)])
    assert done.exit_code == 0
    assert called == [("sit_ins_1960", tmp_path)]


@pytest.mark.long
def test_version_cases_and_help():
    assert protestspread("--version").stdout.startswith("protestspread 0.")
    listed = protestspread("cases").stdout
    for words in ("152 in 40 cities", "4,860 in 2,365 cities", "81 in 39 cities"):
        assert words in listed
    done = protestspread("--help")
    assert done.returncode == 0
    assert "demo" in done.stdout
    assert "cases" in done.stdout


@pytest.mark.long
def test_bad_usage_is_2_and_bad_data_is_1(tmp_path):
    assert protestspread("dance").returncode == 2
    assert protestspread("demo", "--colour", "red").returncode == 2
    (tmp_path / "file").write_text("")
    done = protestspread("demo", "--out", tmp_path / "file")
    assert done.returncode == 2
    assert "is a file, not a folder" in " ".join(done.stderr.replace("│", " ").split())


def test_an_error_of_the_library_is_printed_without_a_traceback(monkeypatch, capsys):
    from protestspread import cli
    from protestspread.errors import DataError

    def fail(**_):
        raise DataError("the map cannot be drawn", ["[red]no[/red] regions"], "give some")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "error: the map cannot be drawn: [red]no[/red] regions\nFix: give some\n"


@pytest.mark.long
def test_a_map_of_user_files(tmp_path):
    here = Path(__file__).parent
    data = here.parent / "data" / "regions"
    done = protestspread(
        "map", here / "data" / "my_events.csv", data / "kazakhstan_adm1_2022.geojson", "--cities", data / "kazakhstan_cities.csv",
        "--column", "date=Day", "--column", "city=Town", "--column", "size_low=People", "--region-name", "name", "--lang", "ru",
        "--out", tmp_path / "own.html",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "own.html: 6 events in 5 of 17 regions, 2 January 2022 to " in done.stdout
    page = (tmp_path / "own.html").read_text(encoding="utf-8")
    assert '<html lang="ru"' in page
    assert "my_events" in page  # the title is the file's name
    assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="http', page)


@pytest.mark.long
def test_invalid_data_for_a_map(tmp_path):
    here = Path(__file__).parent
    regions = here.parent / "data" / "regions" / "kazakhstan_adm1_2022.geojson"
    (tmp_path / "e.csv").write_text("date,lon,lat\n05/01/2022,51,43\n")
    done = protestspread("map", tmp_path / "e.csv", regions, "--out", tmp_path / "own.html")
    assert done.returncode == 1
    assert "not a date written as 2022-01-31 in 1 of 1 rows (row 1): '05/01/2022'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "own.html").exists()
    assert protestspread("map", tmp_path / "e.csv", regions, "--column", "date").returncode == 2


@pytest.mark.long
def test_statistics_of_user_files_as_sentences_and_as_json():
    here = Path(__file__).parents[1] / "data"
    files = (here / "cases" / "kazakhstan_2022" / "events.csv", here / "regions" / "kazakhstan_adm1_2022.geojson")
    options = (
        "--cities",
        here / "regions" / "kazakhstan_cities.csv",
        "--within-km",
        200,
        "--within-days",
        1,
        "--permutations",
        99,
    )
    done = protestspread("stats", *files, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "152 reports on 90 place-days: 148 pairs of place-days are of different places" in done.stdout
    assert "None of these tests identifies a cause" in done.stdout
    summary = json.loads(protestspread("stats", *files, *options, "--json").stdout)
    assert summary["knox_ladder"]["rows"][0]["statistic"] == 148
    assert summary == json.loads(protestspread("stats", *files, *options, "--json", "--seed", 1).stdout)
    both = protestspread("stats", *files, *options, "--first", "protest", "--then", "armed_clash")
    assert "no evidence that armed_clash follows protest" in both.stdout
    bad = protestspread("stats", *files, "--within-km", -1)
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
