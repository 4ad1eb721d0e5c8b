"""The command `fit` as a user calls it: text, JSON, options, and data that cannot be fitted."""

import json
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.cli import main

SIDE, DAYS = 4, 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sixteen square regions with population, and the events of a fitted kind, with messy rows, in a folder."""
    folder = tmp_path_factory.mktemp("fit")
    ids = [f"R{number:02d}" for number in range(SIDE**2)]
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(SIDE) for x in range(SIDE)]
    people = [10_000 * (number + 2) for number in range(len(ids))]
    regions = gpd.GeoDataFrame({"region_id": ids, "name": ids, "population": people}, geometry=boxes, crs=4326)
    regions.to_file(folder / "r.geojson")
    regions.drop(columns="population").to_file(folder / "plain.geojson")
    regions.assign(population=[None, *people[1:]]).to_file(folder / "some.geojson")
    graph = ps.border_graph(regions.set_index("region_id"))
    panel = ps.simulate(ps.EndemicEpidemicModel(0.15, 0.3, 0.3), graph, seeds=[], days=DAYS, rng=5)
    middle = {name: box.centroid for name, box in zip(ids, boxes, strict=True)}
    rows = [
        (f"{day:%Y-%m-%d}", middle[name].x, middle[name].y)
        for day, counts in panel.iterrows()
        for name, count in counts.items()
        for _ in range(count)
    ]
    pd.DataFrame(rows, columns=["date", "lon", "lat"]).to_csv(folder / "e.csv", index=False)
    text = (folder / "e.csv").read_text()
    (folder / "messy.csv").write_text(
        text.replace("lon", "Länge").replace("lat", "Breite") + "soon,1,1\n2000-01-05,90,80\n"
    )
    return folder


def run(monkeypatch, capfd, *arguments):
    """Run the command in this process; return its exit code and what it printed."""
    monkeypatch.setattr(sys, "argv", ["protestspread", "fit", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capfd.readouterr()
    return stopped.value.code or 0, printed.out, printed.err


@pytest.fixture
def fit(files, monkeypatch, capfd):
    monkeypatch.chdir(files)
    return lambda *arguments: run(monkeypatch, capfd, *arguments)


def test_text_says_the_result_the_estimates_and_the_caveats(fit):
    code, out, err = fit("e.csv", "r.geojson")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("Of ")
    assert "to earlier events in neighboring places" in lines[0]
    rows = {line.split()[0] for line in lines if line[:1].isalpha()}
    assert {"endemic", "neighbors", "overdispersion", "own"} <= rows
    assert any(line.startswith("- This is an association, not evidence of spread") for line in lines)
    assert any("placebo networks (places of like population exchanged)" in line for line in lines)


def test_json_is_one_object_with_the_numbers_of_the_library(fit, files):
    code, out, _ = fit("e.csv", "r.geojson", "--json")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert code == 0
    regions = ps.read_regions(files / "r.geojson", region_id="region_id")
    panel = ps.count_events(ps.locate_events(ps.read_events(files / "e.csv"), regions), regions)
    people = regions["population"] / regions["population"].mean()
    own = ps.fit_endemic_epidemic(panel, ps.border_graph(regions), offset=people)
    assert found["sentence"] == own.sentence
    assert {row["parameter"]: row["estimate"] for row in found["estimates"]} == pytest.approx(
        own.params.to_dict(), rel=1e-6
    )
    assert found["period"]["events"] == panel.to_numpy().sum()
    assert len(found["by_region"]) == SIDE**2
    assert found["converged"] is True
    assert "placebo_test" not in out.replace("placebo_tests", "")


def test_an_event_history_has_its_placebos(fit):
    arguments = ["e.csv", "r.geojson", "--model", "event-history", "--graph", "borders", "--graph", "nearest"]
    code, out, _ = fit(*arguments, "--placebos", 19, "--json")
    assert code == 0
    found = json.loads(out)
    assert list(found["placebo_tests"]) == ["borders", "nearest"]
    assert {"borders", "nearest", "log population"} <= {row["parameter"] for row in found["estimates"]}
    assert all(0 < test["p_value"] <= 1 for test in found["placebo_tests"].values())
    assert [null["null"] for null in found["placebo_tests"]["borders"]["nulls"]] == [
        "places of like population exchanged"
    ]
    assert any("unit of exposure" in text for text in found["caveats"])
    code, out, _ = fit(*arguments, "--placebos", 0)
    assert code == 0
    assert "placebo networks" not in out
    assert "--placebos compares a network" in out


def test_exposure_is_the_share_of_the_ties(fit, files):
    code, out, _ = fit("e.csv", "r.geojson", "--model", "event-history", "--placebos", 0, "--json")
    assert code == 0
    regions = ps.read_regions(files / "r.geojson", region_id="region_id")
    panel = ps.count_events(ps.locate_events(ps.read_events(files / "e.csv"), regions), regions)
    own = ps.fit_event_history(
        ps.onsets(panel),
        {"borders": ps.border_graph(regions)},
        cities=regions,
        normalize="target",
        observed_until=panel.index[-1],
    )
    (found,) = [row["estimate"] for row in json.loads(out)["estimates"] if row["parameter"] == "borders"]
    assert found == pytest.approx(own.params["borders"], rel=1e-4)


def test_steps_terms_and_family(fit):
    code, out, _ = fit(
        "e.csv", "r.geojson", "--family", "poisson", "--trend", "--graph", "distance", "--graph-km", 120, "--json"
    )
    assert code == 0
    assert [row["parameter"] for row in json.loads(out)["estimates"]] == [
        "endemic",
        "endemic: trend",
        "own",
        "neighbors",
    ]
    code, out, _ = fit("e.csv", "r.geojson", "--every", "3D", "--json")
    assert code == 0
    assert json.loads(out)["period"]["events"] > 0


def test_population_that_is_not_known_is_said_or_left_out(fit):
    code, out, _ = fit("e.csv", "some.geojson")
    assert code == 0
    assert "Population is not used, as it is not known of R00." in out
    for model in ("endemic-epidemic", "event-history"):
        code, out, err = fit("e.csv", "plain.geojson", "--model", model, "--placebos", 0)
        assert code == 0, err
        assert "log population" not in out


def test_a_messy_file(fit):
    named = ["--column", "lon=Länge", "--column", "lat=Breite"]
    code, _, err = fit("messy.csv", "r.geojson", *named)
    assert code == 1
    assert "--screen" in err
    code, out, err = fit("messy.csv", "r.geojson", *named, "--screen", "--force", "--from", "2000-01-01")
    assert code == 0, err
    assert "set aside" in err
    assert out.startswith("Of ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "sir"], "--model"),
        (["--graph", "roads"], "--graph"),
        (["--family", "gauss"], "--family"),
        (["--firth", "maybe"], "--firth"),
        (["--graph", "nearest", "--nearest", "99"], "--nearest"),
        (["--graph", "nearest", "--nearest", "0"], "--nearest"),
        (["--graph", "distance", "--graph-km", "-1"], "--graph-km"),
        (["--placebos", "-1"], "--placebos"),
        (["--every", "year"], "--every"),
    ],
)
def test_options_are_checked(fit, arguments, said):
    code, out, err = fit("e.csv", "r.geojson", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("model", ["endemic-epidemic", "event-history"])
@pytest.mark.parametrize("rows", ["", "2022-01-01,0.5,0.5\n", "2022-01-01,0.5,0.5\n2022-01-02,0.5,0.5\n"])
def test_too_few_events_end_in_one_message(fit, files, model, rows):
    (files / "few.csv").write_text(f"date,lon,lat\n{rows}")
    code, out, err = fit("few.csv", "r.geojson", "--model", model)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert "Traceback" not in err


def test_a_bundled_case(fit, files, case):
    table = case.events.assign(lon=case.events.geometry.x, lat=case.events.geometry.y)[["date", "lon", "lat"]].dropna()
    table.to_csv(files / "kz.csv", index=False)
    code, out, _ = fit("kz.csv", "--case", "kazakhstan_2022", "--from", "2022-01-01", "--to", "2022-01-08", "--json")
    assert code == 0
    assert any("rows are too few to separate" in text for text in json.loads(out)["caveats"])
    assert np.isfinite(json.loads(out)["diagnostics"]["log_likelihood"])
