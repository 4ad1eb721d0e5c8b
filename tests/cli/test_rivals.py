"""The command `rivals` as a user calls it: text, JSON, larger areas, and what is missing."""

import json
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.cli import main

SIDE = 5


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Twenty-five square regions in two halves, with a spread from one corner, in a folder."""
    folder = tmp_path_factory.mktemp("rivals")
    cells = [(number % SIDE, number // SIDE) for number in range(SIDE**2)]
    boxes = [shapely.box(x, y, x + 1, y + 1) for x, y in cells]
    columns = {
        "region_id": [f"R{number:02}" for number in range(SIDE**2)],
        "half": ["west" if x < 2 else "east" for x, _ in cells],
        "population": np.random.default_rng(1).lognormal(10, 1, SIDE**2).round(),
    }
    regions = gpd.GeoDataFrame(columns, geometry=boxes, crs=4326)
    regions.to_file(folder / "r.geojson")
    regions.drop(columns="population").to_file(folder / "bare.geojson")
    days = [1 + x + y for x, y in cells]
    rows = [(f"2022-01-{day:02}", x + 0.5, y + 0.5) for day, (x, y) in zip(days, cells, strict=True) if day < 8]
    pd.DataFrame(rows, columns=["date", "lon", "lat"]).to_csv(folder / "e.csv", index=False)
    return folder


@pytest.fixture
def rivals(files, monkeypatch, capfd):
    monkeypatch.chdir(files)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["protestspread", "rivals", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = capfd.readouterr()
        return stopped.value.code or 0, printed.out, printed.err

    return run


def test_json_is_the_result_of_the_library(rivals, files):
    code, out, _ = rivals("e.csv", "r.geojson", "--draws", "39", "--strata", "half", "--json")
    found = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert code == 0
    regions = ps.read_regions(files / "r.geojson", region_id="region_id")
    panel = ps.count_events(ps.locate_events(ps.read_events(files / "e.csv"), regions), regions)
    fit = ps.fit_event_history(
        ps.onsets(panel), {"borders": ps.border_graph(regions)}, cities=regions, normalize="target", panel=panel,
        observed_until=panel.index[-1],
    )  # fmt: skip
    points = gpd.GeoDataFrame(
        regions[["population"]], geometry=regions.representative_point(), index=regions.index.rename("city")
    )
    own = ps.falsify(fit, points, strata=regions["half"], draws=39, rng=1)
    assert found["verdict"] == own.verdict
    assert found["p_values"] == pytest.approx(own.rival_p_values.to_dict())
    assert found["power"] == own.power
    assert len(found["worlds"]) == len(own.p_values)
    assert found["not_tried"] == {}


def test_text_says_what_was_not_tried(rivals):
    code, out, _ = rivals("e.csv", "bare.geojson", "--draws", "39")
    assert code == 0
    assert "spreads of the fit along 'borders'" in out.splitlines()[0]
    assert "called_contagion" in out
    assert "- Population is not known of all regions, so that 'attributes' and 'reporting delay' were not tried." in out
    assert "- 'regional shocks' was not tried: larger areas are not known (--strata)." in out


def test_what_is_wrong_is_said(rivals):
    code, _, err = rivals("e.csv", "r.geojson", "--strata", "quarter")
    assert code == 2
    assert "the regions have no column 'quarter'" in err
