import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps

BOW = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])


def test_repair_is_offered_and_reported(tmp_path, regions):
    path = tmp_path / "r.gpkg"
    regions.set_geometry([BOW, regions.geometry.iloc[1]], crs=4326).reset_index().to_file(path)
    with pytest.raises(ps.SchemaError, match=r"invalid polygons in 1 of 2 rows \(A\)[\s\S]*repair=True"):
        ps.read_regions(path, region_id="region_id")
    with pytest.warns(ps.DataWarning, match="invalid polygons were repaired in 1 of 2 regions: A"):
        repaired = ps.read_regions(path, region_id="region_id", repair=True)
    assert repaired.is_valid.all()
    assert repaired.geometry.iloc[0].area == pytest.approx(2)  # both triangles


def test_repair_leaves_valid_polygons_unchanged(regions):
    assert ps.repair_regions(regions).geometry.geom_equals(regions.geometry).all()


def test_one_of_several_layers_must_be_named(tmp_path, regions):
    path = tmp_path / "r.gpkg"
    for layer in ("ADM_0", "ADM_1"):
        regions.reset_index().to_file(path, layer=layer)
    with pytest.raises(ps.FileError, match="expected one layer; found ADM_0, ADM_1"):
        ps.read_regions(path, region_id="region_id")
    assert len(ps.read_regions(path, region_id="region_id", layer="ADM_1")) == 2
    with pytest.raises(ps.FileError, match="expected a layer 'ADM_2'; found ADM_0, ADM_1"):
        ps.read_regions(path, region_id="region_id", layer="ADM_2")


def test_clipping_warns_of_the_regions_dropped(regions):
    with pytest.warns(ps.DataWarning, match="1 of 2 regions lie outside the area and were dropped: B"):
        cut = ps.clip_regions(regions, shapely.box(0.5, -5, 0.9, 5))
    assert cut.index.tolist() == ["A"]
    assert cut.geometry.iloc[0].bounds == (0.5, 0, 0.9, 1)
    assert cut["area_share"].iloc[0] == pytest.approx(0.4, abs=1e-3)
    assert cut["population"].tolist() == [1000]  # of the whole region, as documented
    ps.check_regions(cut)


def test_clipping_to_a_table_in_another_system(regions):
    area = gpd.GeoSeries([shapely.box(0, 0, 1.5, 1)], crs=4326).to_crs(3857)
    assert ps.clip_regions(regions, area)["area_share"].tolist() == pytest.approx([1, 0.5], abs=1e-3)
    with pytest.raises(ps.DataError, match="to must have a reference system"):
        ps.clip_regions(regions, area.set_crs(None, allow_override=True))
    with pytest.raises(ps.DataError, match="to must overlap at least one region; none of the 2 regions overlaps it"):
        ps.clip_regions(regions, shapely.box(50, 50, 51, 51))


def test_clipping_keeps_polygons_only(regions):
    touching = shapely.union(shapely.box(1, 0, 2, 1), shapely.box(0, 2, 1, 3))
    with pytest.warns(ps.DataWarning, match="lie outside the area and were dropped: A"):  # they share an edge only
        cut = ps.clip_regions(regions, touching)
    assert cut.geom_type.tolist() == ["Polygon"]


def test_dissolving_adds_up(regions):
    four = pd.concat([regions, regions.set_geometry(regions.translate(yoff=1)).rename(index={"A": "C", "B": "D"})])
    four.index.name = "region_id"
    four = four.assign(
        half=["low", "low", "high", "high"],
        label=["Low", "Low", "High", "High"],
        kind="square",
        population=[1000, 2000, 5, np.nan],
    )
    joined = ps.dissolve_regions(four, "half", name="label")
    assert joined.index.tolist() == ["high", "low"]
    assert joined["name"].tolist() == ["High", "Low"]
    assert joined["members"].tolist() == [2, 2]
    np.testing.assert_array_equal(joined["population"], [np.nan, 3000])  # missing if one member is missing
    assert joined["kind"].tolist() == ["square", "square"]
    assert joined.geometry.iloc[1].equals(shapely.box(0, 0, 2, 1))
    ps.check_regions(joined)


def test_columns_to_dissolve_by_must_be_complete(regions):
    with pytest.raises(ps.DataError, match="no column 'half'"):
        ps.dissolve_regions(regions, "half")
    with pytest.raises(
        ps.DataError, match=r"column 'half' must have a value for every region: it is missing for 1 of 2 regions \(B\)"
    ):
        ps.dissolve_regions(regions.assign(half=["x", None]), "half")
