"""The planes in the browser against pyproj, and countries across the antimeridian."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
from shapely import MultiPolygon, box

from protestspread import equal_area_crs
from protestspread.pictures.spread_map.api import spread_map


def made(names, shapes):
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4326, index=pd.Index(names, name="region_id")).assign(
        geometry=lambda f: f.geometry.segmentize(1)
    )


def days(regions):
    return pd.DataFrame(
        [[1] * len(regions), [2] * len(regions)],
        index=pd.date_range("2022-01-01", periods=2, name="date"),
        columns=regions.index,
    )


RUSSIA = made(
    ["west", "middle", "far east"],
    [box(30, 50, 90, 70), box(90, 50, 150, 72), MultiPolygon([box(150, 60, 180, 70), box(-180, 60, -170, 70)])],
)
FIJI = made(
    ["Viti", "Vanua"],
    [box(177, -18.5, 178.6, -17.4), MultiPolygon([box(178.5, -17, 180, -16.2), box(-180, -17, -179.7, -16.2)])],
)
SOUTH = made(["a", "b"], [box(-75, -50, -68, -20), box(-72, -20, -60, -10)])
EQUATOR = made(["a", "b"], [box(-5, -5, 0, 5), box(0, -5, 5, 5)])


@pytest.mark.parametrize(
    "regions",
    [RUSSIA, FIJI, SOUTH, EQUATOR],
    ids=["albers north", "albers south across 180", "lambert south", "lambert equator"],
)
def test_the_browser_projects_as_pyproj_does(visit, regions):
    opened = visit(spread_map(days(regions), regions, engine="folium").to_html())
    west, south, east, north = regions.total_bounds
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(west, east, 60), rng.uniform(south, north, 60)
    x, y = pyproj.Transformer.from_crs(4326, equal_area_crs(regions), always_xy=True).transform(lon, lat)
    script = """((points) => points.map(([lon, lat]) => { const projection = player.map.options.crs.projection; const at = projection.project(L.latLng(lat, lon));
        const back = projection.unproject(at); return [at.x, at.y, back.lng, back.lat]; }))(args[0])"""
    found = np.array(opened.player(script, np.column_stack([lon, lat]).tolist()))
    assert np.abs(found[:, :2] - np.column_stack([x, y])).max() < 0.01  # metres
    assert np.abs((found[:, 2] - lon + 180) % 360 - 180).max() < 1e-7
    assert np.abs(found[:, 3] - lat).max() < 1e-7


@pytest.mark.parametrize(("engine", "tiles"), [("canvas", None), ("folium", None), ("folium", "OpenStreetMap")])
@pytest.mark.parametrize("regions", [RUSSIA, FIJI], ids=["Russia", "Fiji"])
def test_countries_across_the_antimeridian_are_whole(visit, regions, engine, tiles):
    opened = visit(spread_map(days(regions), regions, engine=engine, tiles=tiles).to_html())
    opened.settle()
    last = len(regions) - 1
    boxes = opened.player("player.model.regions.map(region => [...region.box, region.rings.length])")
    camera = opened.player("player.camera()")
    assert boxes[last][4] == 1  # one ring: the seam is gone
    wide = [(right - left) * camera["k"] for left, _, right, _, _ in boxes]
    assert max(wide) < 0.8 * camera["width"]
    middle = [
        (camera["x"] + camera["k"] * (b[0] + b[2]) / 2, camera["y"] + camera["k"] * (b[1] + b[3]) / 2) for b in boxes
    ]
    found = [opened.player("player.find(args[0], args[1])", x, y) for x, y in middle[-1:]]
    assert found == [{"region": last}]
