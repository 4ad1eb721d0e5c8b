"""Files of GeoNames as tables of cities."""

import pandas as pd
import pytest

import protestspread as ps
from protestspread.readers.geonames import towns
from protestspread.readers.headerless import GEONAMES, headerless_columns

ROWS = [
    # id, name, other names, lat, lon, class, code, country, admin1, population
    (1, "Springfield", "Springfild,Спрингфилд", 39.8, -89.6, "P", "PPLA", "US", "IL", 116250),
    (2, "Springfield", "", 37.2, -93.3, "P", "PPLA2", "US", "MO", 166810),
    (3, "Springfield", "", 39.0, -90.0, "P", "PPL", "US", "IL", 12),
    (4, "Chicago", "Čikago", 41.85, -87.65, "P", "PPLA2", "US", "IL", 2720546),
    (5, "Lake Springfield", "", 39.7, -89.6, "H", "LK", "US", "IL", 0),
    (6, "Old Chicago", "", 41.8, -87.6, "P", "PPLH", "US", "IL", 0),
    (7, "Victoria", "", 48.4, -123.4, "P", "PPLA", "CA", "02", 289625),
    (8, "Victoria", "", -38.2, -72.3, "P", "PPL", "CL", "38", 0),
    (9, "León", "", 21.1, -101.7, "P", "PPL", "MX", "11", 1579803),
    (10, "León", "", 12.4, -86.9, "P", "PPL", "NI", "11", 206264),
]


def line(number, name, other, lat, lon, kind, code, country, admin1, population):
    return "\t".join(
        map(str, (number, name, name, other, lat, lon, kind, code, country, "", admin1, "", "", "", population, "", 9, "Etc/UTC", "2024-01-01"))
    )  # fmt: skip


def table(rows=ROWS):
    return pd.DataFrame([line(*row).split("\t") for row in rows], columns=list(GEONAMES)).replace("", None)


def test_the_first_line_tells_the_file():
    assert headerless_columns(line(*ROWS[0])) == GEONAMES
    assert headerless_columns("date\tcity\tlon") is None
    assert headerless_columns(line(*ROWS[0]).replace("2024-01-01", "no date")) is None


def test_labels_are_unique_and_names_stay():
    with pytest.warns(ps.DataWarning, match="1 of 8 populated places were left out, because a more populous place"):
        found = towns(table()).set_index("city")
    assert list(found.index) == [
        "Springfield, IL", "Springfield, MO", "Chicago", "Victoria, 02", "Victoria, 38", "León, 11, MX", "León, 11, NI",
    ]  # fmt: skip
    assert found.loc["Springfield, IL", "population"] == 116250
    assert found.loc["Springfield, IL", "aliases"] == "Springfield;Springfild;Спрингфилд"
    assert pd.isna(found.loc["Victoria, 38", "population"])


def test_a_file_as_downloaded(tmp_path):
    path = tmp_path / "US.txt"
    path.write_text("\n".join(line(*row) for row in ROWS if row[7] == "US" and row[0] != 3) + "\n", encoding="utf-8")
    cities = ps.read_cities(path)
    assert list(cities.index) == ["Springfield, IL", "Springfield, MO", "Chicago"]
    assert cities.geometry["Chicago"].coords[0] == (-87.65, 41.85)
    events = ps.read_events(
        pd.DataFrame({"date": "2020-06-01", "city": ["Springfield, MO", "Chicago, IL", "Springfild, IL"]})
    )
    assert ps.locate_events(events, cities)["city"].tolist() == ["Springfield, MO", "Chicago", "Springfield, IL"]


def test_quotes_in_names_are_text(tmp_path):
    rows = [
        (1, '"Quoted', "", 1.0, 2.0, "P", "PPL", "US", "IL", 5),
        (2, "Other", "", 1.0, 2.0, "P", "PPL", "US", "IL", 5),
    ]
    path = tmp_path / "cities500.txt"
    path.write_text("\n".join(line(*row) for row in rows) + "\n", encoding="utf-8")
    assert list(ps.read_cities(path).index) == ['"Quoted', "Other"]
