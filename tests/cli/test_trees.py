"""The command `tree` as a user calls it: from an event history, from a given delay, text, JSON, and a file."""

import json
import sys

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.cli import main

IDS = [f"R{number}" for number in range(9)]
DAYS = {"R8": 1, "R5": 2, "R2": 3, "R7": 3, "R4": 4, "R1": 4, "R3": 5, "R0": 5}  # R6 never


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Nine square regions, and the events of eight of them, in a folder."""
    folder = tmp_path_factory.mktemp("tree")
    boxes = [shapely.box(number % 3, number // 3, number % 3 + 1, number // 3 + 1) for number in range(9)]
    named = {
        "region_id": IDS,
        "name": [f"Region {number}" for number in range(9)],
        "population": range(1000, 10000, 1000),
    }
    gpd.GeoDataFrame(named, geometry=boxes, crs=4326).to_file(folder / "r.geojson")
    middle = {name: box.centroid for name, box in zip(IDS, boxes, strict=True)}
    rows = [(f"2022-01-{day:02}", middle[name].x, middle[name].y) for name, day in DAYS.items()]
    pd.DataFrame(rows, columns=["date", "lon", "lat"]).to_csv(folder / "e.csv", index=False)
    return folder


@pytest.fixture
def tree(files, monkeypatch, capfd):
    monkeypatch.chdir(files)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["protestspread", "tree", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capfd.readouterr()
        return stopped.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture(scope="module")
def first(files):
    regions = ps.read_regions(files / "r.geojson", region_id="region_id", name="name")
    panel = ps.count_events(ps.locate_events(ps.read_events(files / "e.csv"), regions), regions)
    return regions, panel, ps.onsets(panel)


def test_text_says_who_probably_followed_whom(tree, first):
    code, out, err = tree("e.csv", "r.geojson", "--region-name", "name")
    assert (code, err) == (0, "")
    regions, panel, onsets = first
    fit = ps.fit_event_history(
        onsets, {"borders": ps.border_graph(regions)}, attributes="population", cities=regions, normalize="target",
        observed_until=panel.index[-1], panel=panel,
    )  # fmt: skip
    own = ps.transmission_tree(fit)
    lines = out.splitlines()
    assert lines[0] == own.sentence
    best = own.edges.sort_values("probability").drop_duplicates("target", keep="last").set_index("target").loc["R4"]
    row = next(line for line in lines if line.strip().startswith("Region 4"))
    expected = [
        "2022-01-04",
        *f"Region {best['source'][1]}".split(),
        f"{best['probability']:.2f}",
        f"{own.external['R4']:.2f}",
    ]
    assert row.split()[2:] == expected
    assert any("2022-01-01" in line and line.split()[-3:] == ["-", "-", "1.00"] for line in lines)
    assert any(
        line.startswith("- Probabilities are shares of fitted rates (EventHistoryFit, along 'borders')")
        for line in lines
    )


def test_a_given_delay_needs_no_fit(tree, first, files):
    options = ["--delay", "0.5,0.3,0.2", "--external", "0.1,0.5", "--graph", "borders"]
    code, out, _ = tree("e.csv", "r.geojson", *options, "--json", "--out", "tree.csv")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert code == 0
    regions, _, onsets = first
    borders = {"borders": ps.border_graph(regions).normalize("target")}
    own = ps.transmission_tree(onsets, borders, delay=[0.5, 0.3, 0.2], external=[0.1, 0.5])
    assert found["sentence"] == own.sentence
    assert found["share_external"] == pytest.approx(own.share_external)
    assert [row["probability"] for row in found["parents"]] == pytest.approx(own.table["probability"].tolist())
    assert {row["target"]: row["date"] for row in found["onsets"]} == {
        name: f"2022-01-{day:02}" for name, day in DAYS.items()
    }
    assert [row["external"] for row in found["sensitivity"]] == [0.1, 0.5]
    written = pd.read_csv(files / "tree.csv")
    assert written["probability"].tolist() == pytest.approx(own.table["probability"].tolist())
    assert written.columns.tolist() == ["target", "date", "source", "source_date", "probability"]
    code, _, err = tree("e.csv", "r.geojson", *options, "--out", "tree.csv")
    assert code == 2
    assert "tree.csv exists" in err
    code, text, _ = tree("e.csv", "r.geojson", *options, "--out", "tree.csv", "--force")
    assert code == 0
    assert "other_parents" in text


@pytest.mark.parametrize(
    ("options", "code", "fault"),
    [
        (["--delay", "1"], 2, "--delay and --external: must be given together"),
        (["--delay", "a", "--external", "1"], 2, "must be numbers separated by commas"),
        (["--delay", "0.5,0.2", "--external", "1"], 2, "--delay must be the probabilities of 1, 2"),
        (["--delay", "1", "--external", "-1"], 2, "--external must be a number of at least 0; got -1"),
        (["--out", "r.geojson"], 2, "must end in .csv"),
    ],
)
def test_what_is_wrong_is_said(tree, options, code, fault):
    found, _, err = tree("e.csv", "r.geojson", *options)
    assert found == code
    assert fault in err
