import pandas as pd
import pytest
import shapely

import protestspread as ps


def test_regions_from_a_file_in_another_system(tmp_path, regions):
    path = tmp_path / "r.gpkg"
    regions.reset_index().rename(columns={"region_id": "code", "name": "label", "population": "people"}).to_crs(
        3857
    ).to_file(path)
    read = ps.read_regions(path, region_id="code", name="label", population="people")
    assert read.index.tolist() == ["A", "B"]
    assert read.index.name == "region_id"
    assert read["name"].tolist() == ["Region A", "Region B"]
    assert read["population"].tolist() == [1000, 2000]
    assert read.crs == "EPSG:4326"
    assert read.geometry.geom_equals_exact(regions.geometry, 1e-9).all()


def test_the_default_name_is_the_id(tmp_path, regions):
    path = tmp_path / "r.geojson"
    regions[["geometry"]].reset_index().to_file(path)
    assert ps.read_regions(path, region_id="region_id")["name"].tolist() == ["A", "B"]


def test_all_missing_columns_are_named(tmp_path, regions):
    path = tmp_path / "r.geojson"
    regions.reset_index().to_file(path)
    with pytest.raises(ps.SchemaError) as caught:
        ps.read_regions(path, region_id="code", name="label")
    assert "no column 'code'; r.geojson has region_id, name, population, geometry" in str(caught.value)
    assert "no column 'label'" in str(caught.value)


def test_invalid_polygons_are_an_error_not_a_repair(tmp_path, regions):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    path = tmp_path / "r.gpkg"
    regions.set_geometry([bow, regions.geometry.iloc[1]], crs=4326).reset_index().to_file(path)
    with pytest.raises(ps.SchemaError, match=r"invalid polygons in 1 of 2 rows \(A\)"):
        ps.read_regions(path, region_id="region_id")


def test_files_without_polygons_or_without_a_system(tmp_path, regions):
    table = tmp_path / "r.csv"
    table.write_text("code,name\nA,x\n")
    with pytest.raises(ps.SchemaError, match=r"r\.csv must have a geometry column; its columns are code, name"):
        ps.read_regions(table, region_id="code")
    path = tmp_path / "r.shp"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        regions.set_crs(None, allow_override=True).reset_index()[["region_id", "geometry"]].to_file(path)
    with pytest.raises(ps.CRSError, match=r"r\.shp has no reference system"):
        ps.read_regions(path, region_id="region_id")


def test_cities(tmp_path, cities):
    path = tmp_path / "c.csv"
    path.write_text(
        "Stadt,longitude,latitude,population,in_frame\nAktau,51.17,43.66,251855,true\nTengiz,53.38,46.15,,false\n",
        encoding="utf-8",
    )
    read = ps.read_cities(path, city="Stadt")
    assert read.index.tolist() == ["Aktau", "Tengiz"]
    assert read["in_frame"].tolist() == [True, False]
    assert pd.isna(read["population"].iloc[1])
    assert ps.read_cities(cities.to_crs(3857)).geometry.geom_equals_exact(cities.geometry, 1e-9).all()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"town": ["A"]}, "there is no column 'city'"),
        ({"city": ["A"]}, "longitude and latitude are missing; the table has city"),
        ({"city": ["A", "A"], "lon": [1, 2], "lat": [1, 2]}, "city is not unique: A"),
        ({"city": ["A"], "lon": ["east"], "lat": [1]}, "column 'lon': not a number"),
        ({"city": ["A"], "lon": [1.0], "lat": [float("nan")]}, "empty geometry|NaN or infinite"),
        ({"city": ["A"], "lon": [1.0], "lat": [2.0], "population": [-4]}, "negative in 1 of 1 rows"),
    ],
)
def test_faulty_cities(table, says):
    with pytest.raises(ps.SchemaError, match=says):
        ps.read_cities(pd.DataFrame(table))


def test_links_between_unknown_places(cities):
    links = pd.DataFrame({"from_place": ["Aville"], "to_place": ["Nowhere"], "mode": ["road"], "km": ["12"]})
    assert ps.read_links(links)["km"].tolist() == [12]
    with pytest.raises(ps.SchemaError, match="unknown places: Nowhere"):
        ps.read_links(links, cities)
