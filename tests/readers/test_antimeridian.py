"""Polygons drawn across 180 degrees, and reference systems that are not WGS 84."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.geodesy import crosses_antimeridian, unwrap_ring
from protestspread.readers.boundaries import cut_at_antimeridian

FIJI = shapely.Polygon([(177, -18), (-179, -18), (-179, -16), (177, -16)])
CUT = shapely.MultiPolygon([shapely.box(177, -18, 180, -16), shapely.box(-180, -18, -179, -16)])
HOLED = shapely.Polygon(
    [(170, 0), (-170, 0), (-170, 10), (170, 10)],
    [[(178, 4), (-178, 4), (-178, 6), (178, 6)], [(172, 4), (173, 4), (173, 5)], [(-173, 4), (-172, 4), (-172, 5)]],
)


def table(*shapes, crs=4326):
    names = pd.Index([f"R{number}" for number in range(len(shapes))], name="region_id")
    return gpd.GeoDataFrame({"name": names}, index=names, geometry=list(shapes), crs=crs)


@pytest.mark.parametrize(
    ("shape", "crosses"),
    [
        (FIJI, True), (CUT, False), (HOLED, True), (shapely.box(170, 0, 190, 5), True), (shapely.box(-190, 0, -170, 5), True),
        (shapely.box(-180, -90, 180, -60), False), (shapely.box(-180, 85, 180, 89).segmentize(5), False), (shapely.box(0, 0, 1, 1), False),
        (shapely.box(-90, 0, 90, 1), False), (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), FIJI]), True),
        (shapely.Polygon([(lon, -70) for lon in range(-180, 181, 10)] + [(180, -90), (-180, -90)]), False),  # around the pole
    ],
)  # fmt: skip
def test_uncut_polygons_are_recognized(shape, crosses):
    assert crosses_antimeridian(np.array([shape], dtype=object)).tolist() == [crosses]


def test_a_ring_is_unwrapped():
    assert unwrap_ring(np.array([177.0, -179, -179, 177, 177])).tolist() == [177, 181, 181, 177, 177]
    assert unwrap_ring(np.array([1.0, 2, 2, 1])) is None


@pytest.mark.parametrize("shape", [FIJI, shapely.box(177, -18, 181, -16), shapely.box(-183, -18, -179, -16)])
def test_a_polygon_is_cut_at_180(shape):
    assert cut_at_antimeridian(shape).normalize().equals(CUT.normalize())


def test_holes_stay_inside():
    cut = cut_at_antimeridian(HOLED)
    assert cut.is_valid
    assert cut.area == pytest.approx(200 - 8 - 1)
    assert cut.bounds == (-180, 0, 180, 10)
    assert not cut.contains(shapely.Point(179, 5))
    assert cut.contains(shapely.Point(175, 5))


def test_uncut_regions_are_an_error_and_a_repair(tmp_path):
    regions = table(FIJI, shapely.box(0, 40, 1, 41))
    with pytest.raises(
        ps.SchemaError, match=r"polygons drawn across 180 degrees in 1 of 2 rows \(R0\); cut them there"
    ):
        ps.check_regions(regions)
    with pytest.warns(ps.DataWarning, match="polygons drawn across 180 degrees were cut there in 1 of 2 regions: R0"):
        repaired = ps.repair_regions(regions)
    assert repaired.geometry.iloc[0].normalize().equals(CUT.normalize())
    assert regions.geometry.iloc[0].equals(FIJI)  # the caller's table is unchanged
    regions[["geometry"]].reset_index().to_file(tmp_path / "r.geojson")
    with pytest.warns(ps.DataWarning, match="were cut there"):
        read = ps.read_regions(tmp_path / "r.geojson", region_id="region_id", repair=True)
    rows = pd.DataFrame({"date": "2022-01-01", "lon": [178.0, -179.5, 37.0], "lat": -17.0})
    with pytest.warns(ps.LostEventsWarning):
        located = ps.locate_events(ps.read_events(rows), read)
    assert [None if pd.isna(region) else region for region in located["region_id"]] == ["R0", "R0", None]


def test_all_repairs_in_one_warning():
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    mixed = shapely.GeometryCollection(
        [shapely.box(5, 5, 6, 6), shapely.LineString([(6, 6), (7, 7)]), shapely.Point(0, 0)]
    )
    with pytest.warns(ps.DataWarning) as caught:
        repaired = ps.repair_regions(table(bow, mixed, FIJI, shapely.box(20, 20, 21, 21)))
    assert str(caught[0].message) == (
        "repair_regions: lines or points were dropped beside polygons in 1 of 4 regions: R1; "
        "polygons drawn across 180 degrees were cut there in 1 of 4 regions: R2; "
        "invalid polygons were repaired in 1 of 4 regions: R0"
    )
    assert repaired.geometry.iloc[1].equals(shapely.box(5, 5, 6, 6))
    with pytest.raises(ps.SchemaError, match="not polygons but GeometryCollection"):
        ps.repair_regions(table(shapely.GeometryCollection([shapely.Point(0, 0)])))


@pytest.mark.parametrize("system", [4807, 4267, 4258, 4806])  # Paris and grads, NAD27, ETRS89, Rome
def test_geographic_systems_other_than_wgs84_are_converted_and_not_taken_as_it(system):
    regions = table(shapely.box(2, 48, 3, 49)).to_crs(system)
    with pytest.raises(ps.CRSError, match=r"not in WGS 84 \(EPSG:4326\)"):
        ps.check_regions(regions)
    read = ps.read_regions(regions.rename_axis("id"), region_id="id")
    assert read.geometry.iloc[0].centroid.coords[0] == pytest.approx((2.5, 48.5), abs=1e-2)
    assert read.crs == "EPSG:4326"


@pytest.mark.parametrize("system", ["EPSG:4326", "OGC:CRS84", "EPSG:4979", "+proj=longlat +datum=WGS84"])
def test_wgs84_by_any_name_is_accepted(system):
    ps.check_regions(table(shapely.box(2, 48, 3, 49), crs=system))
