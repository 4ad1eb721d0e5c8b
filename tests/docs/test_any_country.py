"""The commands of docs/any_country.md, run on small files of the same form as those that are published."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

pytestmark = pytest.mark.long  # for `make quick`

PAGE = Path(__file__).parents[2] / "docs" / "any_country.md"
COMMANDS = [
    shlex.split(line) for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL) for line in block.replace("\\\n", " ").splitlines()
]  # fmt: skip
STATES = {
    "Illinois": (-91.5, 37.0, -87.5, 42.5),
    "Missouri": (-95.7, 36.0, -91.5, 40.6),
    "Massachusetts": (-73.5, 41.2, -69.9, 42.9),
}
TOWNS = [
    # id, name, other names, lat, lon, class, code, admin1, population
    (4250542, "Springfield", "Springfield,Calhoun", 39.80172, -89.64371, "P", "PPLA", "IL", 116250),
    (4409896, "Springfield", "", 37.21533, -93.29824, "P", "PPLA2", "MO", 166810),
    (4951788, "Springfield", "Springfield,Agawam", 42.10148, -72.58981, "P", "PPLA2", "MA", 154341),
    (4407066, "St. Louis", "Saint Louis,San Luis", 38.62727, -90.19789, "P", "PPLA2", "MO", 315685),
    (4887398, "Chicago", "Chicago,Čikago", 41.85003, -87.65005, "P", "PPLA2", "IL", 2720546),
    (4930956, "Boston", "", 42.35843, -71.05977, "P", "PPLA", "MA", 667137),
]


def run(command, cwd):
    program = str(Path(sys.executable).with_name("protestspread"))
    return subprocess.run([program, *command[1:]], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    united_states(folder)
    germany(folder)
    ucdp(folder)
    return folder


def united_states(folder):
    arcs, geometries = [], []
    for number, (name, (west, south, east, north)) in enumerate(STATES.items()):
        arcs.append([[west, south], [east, south], [east, north], [west, north], [west, south]])
        geometries.append({"type": "Polygon", "arcs": [[number]], "id": f"{number:02}", "properties": {"name": name}})
    topology = {
        "type": "Topology",
        "arcs": arcs,
        "objects": {"states": {"type": "GeometryCollection", "geometries": geometries}},
    }
    (folder / "us-states.json").write_text(json.dumps(topology))
    lines = [
        "\t".join(
            map(
                str,
                (
                    number,
                    name,
                    name,
                    other,
                    lat,
                    lon,
                    kind,
                    code,
                    "US",
                    "",
                    admin1,
                    "",
                    "",
                    "",
                    population,
                    "",
                    200,
                    "America/Chicago",
                    "2020-01-01",
                ),
            )
        )
        for number, name, other, lat, lon, kind, code, admin1, population in TOWNS
    ]
    (folder / "US.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = {
        "date": ["2020-05-27", "2020-05-28", "2020-05-28", "2020-05-30", "2020-05-31", "2020-06-20"],
        "city_st": [
            "St. Louis, MO",
            "Springfield, IL",
            "Springfield, MA",
            "Springfield, MO",
            "Chicago, IL",
            "Saint Louis, MO",
        ],
    }
    pd.DataFrame(rows).to_csv(folder / "floyd.csv", index=False)


def germany(folder):
    laender = gpd.GeoDataFrame(
        {"AGS": ["08", "16"], "GEN": ["Baden-Württemberg", "Thüringen"]},
        geometry=[shapely.box(7.5, 47.5, 10.5, 49.8), shapely.box(9.9, 50.2, 12.7, 51.6)],
        crs=4326,
    ).to_crs(25832)
    laender.to_file(folder / "laender.shp", encoding="cp1252")
    for ending in (".prj", ".cpg"):
        (folder / f"laender{ending}").unlink()
    header = bytearray((folder / "laender.dbf").read_bytes())
    header[29] = 0  # no declared encoding
    (folder / "laender.dbf").write_bytes(header)
    (folder / "orte.csv").write_text("Ort;lon;lat\nStuttgart;9.18;48.78\nErfurt;11.03;50.98\nJena;11.59;50.93\n")
    (folder / "register.csv").write_text(
        "Datum;Ort;Teilnehmer\n03.01.2020;Erfurt;1.000\n31.01.2020;Jena;250\n13.02.2020;Stuttgart;12.500\n"
    )


def ucdp(folder):
    gpd.GeoDataFrame(
        {"shapeID": ["X1", "X2"], "shapeName": ["North", "South"]},
        geometry=[shapely.box(36, 35, 40, 37), shapely.box(36, 32, 40, 35)],
        crs=4326,
    ).to_file(folder / "regions.geojson")
    rows = pd.DataFrame(
        {
            "id": range(1, 31), "type_of_violence": 1, "date_start": "2020-01-05", "date_end": "2020-01-05", "date_prec": 1, "where_prec": 1,
            "latitude": [33.5, 36.0] * 15, "longitude": 37.5, "country": "X", "best": 2, "low": [4 if i < 5 else 1 for i in range(30)], "high": 3,
        }
    )  # fmt: skip
    rows.loc[7, "date_start"] = "2020-02-31"
    rows.loc[8, "latitude"] = None
    rows.to_csv(folder / "GEDEvent.csv", index=False)


def test_the_page_has_at_most_three_commands_for_a_file():
    assert len(COMMANDS) == 5
    assert all(command[:2] == ["protestspread", "map"] for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[-1])
def test_each_command_writes_its_file(folder, command):
    done = run(command, folder)
    assert done.returncode == 0, done.stderr
    out = folder / command[command.index("--out") + 1]
    assert out.stat().st_size > 1000
    assert out.name in done.stdout


def test_united_states(folder):
    done = run([*COMMANDS[0], "--force"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "6 events in 3 of 3 regions, 27 May 2020 to 20 June 2020" in done.stdout
    days = run([*COMMANDS[4], "--force"], folder)
    assert "5 events in 3 of 3 regions, 26 May 2020 to 14 June 2020" in days.stdout


def test_germany(folder):
    done = run([*COMMANDS[2], "--force"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 events in 2 of 2 regions, 3 January 2020 to 13 February 2020" in done.stdout
    assert (folder / "register.html").stat().st_size > 10_000


def test_ucdp(folder):
    done = run([*COMMANDS[3], "--force"], folder)
    assert done.returncode == 0
    assert "28 events in 2 of 2 regions" in done.stdout
    assert "2 of 30 rows set aside" in done.stderr
    aside = pd.read_csv(folder / "ged.set_aside.csv")
    assert aside.loc[aside["why"] == "faulty", "row"].tolist() == [8, 9]
    assert aside.loc[aside["why"] == "left blank", "row"].tolist() == [1, 2, 3, 4, 5]
    without = run([word for word in COMMANDS[3] if word != "--screen"] + ["--force"], folder)
    assert without.returncode == 1
    assert "add --screen to go on without them and list them in a file" in without.stderr
