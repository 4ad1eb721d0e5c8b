import json

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


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "fgb", "shp", "parquet", "geoparquet", "json"])
def test_regions_of_every_kind_of_file(tmp_path, regions, ending):
    path = tmp_path / f"r.{ending}"
    some = regions[["name", "geometry"]].reset_index()
    if "parquet" in ending:
        some.to_parquet(path)
    else:
        some.to_file(path, **({"driver": "GeoJSON"} if ending == "json" else {}))
    read = ps.read_regions(path, region_id="Region ID", name="NAME").sort_index()
    assert read["name"].to_dict() == {"A": "Region A", "B": "Region B"}
    assert read.geometry.geom_equals(regions.geometry).all()


@pytest.mark.parametrize("ending", ["json", "topojson"])
def test_topojson_is_longitude_and_latitude(tmp_path, ending):
    geometry = {"type": "Polygon", "arcs": [[0]], "properties": {"code": "a"}}
    arc = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    objects = {"states": {"type": "GeometryCollection", "geometries": [geometry]}}
    path = tmp_path / f"r.{ending}"
    path.write_text(json.dumps({"type": "Topology", "arcs": [arc], "objects": objects}))
    read = ps.read_regions(path, region_id="code")
    assert read.geometry.iloc[0].equals(shapely.box(0, 0, 1, 1))
    objects["counties"] = objects["states"]
    path.write_text(json.dumps({"type": "Topology", "arcs": [arc], "objects": objects}))
    with pytest.raises(ps.FileError, match="expected one layer; found states, counties"):
        ps.read_regions(path, region_id="code")
    assert len(ps.read_regions(path, region_id="code", layer="counties")) == 1


def test_regions_from_a_table(regions):
    given = regions.reset_index()
    before = given.copy()
    read = ps.read_regions(given, region_id="region_id", name="name", population="population")
    pd.testing.assert_frame_equal(given, before)
    assert read["population"].tolist() == [1000, 2000]
    assert ps.read_regions(regions, region_id="region_id").index.tolist() == ["A", "B"]
    with pytest.raises(ps.SchemaError, match="the table must have a geometry column"):
        ps.read_regions(pd.DataFrame(given.drop(columns="geometry")), region_id="region_id")
    with pytest.raises(ps.SchemaError, match="column 'geometry' holds the geometry"):
        ps.read_regions(given, region_id="geometry")


def test_a_geometry_column_of_another_name(regions):
    given = regions.reset_index().rename_geometry("outline")
    assert ps.read_regions(given, region_id="region_id").geometry.geom_equals(regions.geometry).all()


def test_ids_of_regions_stored_as_floats(tmp_path, regions):
    path = tmp_path / "r.gpkg"
    regions.assign(code=[12.0, 13.0]).to_file(path)
    assert ps.read_regions(path, region_id="code").index.tolist() == ["12", "13"]


def test_a_system_is_told_only_where_the_table_names_none(regions):
    plane = regions.to_crs(3857)
    unnamed = plane.set_crs(None, allow_override=True)
    with pytest.raises(ps.CRSError, match=r"the table has no reference system\nFix: pass it as crs"):
        ps.read_regions(unnamed, region_id="region_id")
    for table, crs in ((unnamed, "EPSG:3857"), (plane, "EPSG:4326")):
        read = ps.read_regions(table, region_id="region_id", crs=crs)
        assert read.geometry.geom_equals_exact(regions.geometry, 1e-9).all()


@pytest.mark.parametrize("repair", [1, "yes", None])
def test_invalid_options_of_regions(regions, repair):
    with pytest.raises(ps.DataError, match="region_id, repair and encoding are not valid"):
        ps.read_regions(regions, region_id=3, repair=repair, encoding="utf-9")


@pytest.fixture
def shapefile(tmp_path, regions):
    """Write regions as a Shapefile whose table does not say its encoding."""

    def write(names, encoding, declared=None):
        path = tmp_path / "r.shp"
        regions.assign(name=names)[["name", "geometry"]].reset_index().to_file(path, encoding=encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        raw = bytearray(path.with_suffix(".dbf").read_bytes())
        raw[29] = 0
        path.with_suffix(".dbf").write_bytes(raw)
        if declared:
            path.with_suffix(".cpg").write_text(declared)
        return path

    return write


@pytest.mark.parametrize(
    ("names", "encoding"), [(["Тыва", "Коми"], "cp1251"), (["广东", "云南"], "gbk"), (["Köln", "Ulm"], "cp1252")]
)
def test_names_of_a_shapefile_without_a_declared_encoding(shapefile, names, encoding):
    path = shapefile(names, encoding)
    assert ps.read_regions(path, region_id="region_id", encoding=encoding)["name"].tolist() == names
    with pytest.warns(ps.DataWarning, match=r"r\.shp holds letters outside ASCII but declares no encoding"):
        ps.read_regions(path, region_id="region_id")


def test_utf8_is_recognized_and_a_declared_encoding_used(shapefile):
    for path in (shapefile(["Тыва", "Köln"], "utf-8"), shapefile(["Тыва", "Коми"], "cp1251", declared="1251"), shapefile(["Ulm", "Hof"], "cp1252")):  # fmt: skip
        assert ps.read_regions(path, region_id="region_id")["name"].tolist()[0] in ("Тыва", "Ulm")


TWINS = pd.DataFrame(
    {"City": ["Springfield", "Springfield", "Reno"], "State": ["IL", "MO", "NV"], "lon": [-89.6, -93.3, -119.8], "lat": [39.8, 37.2, 39.5], "Population": ["114.394", "169.176", "264.165"]}
)  # fmt: skip


def test_cities_that_share_a_name_are_told_apart_by_their_region():
    cities = ps.read_cities(TWINS, city="city", region="state")
    assert cities.index.tolist() == ["Springfield, IL", "Springfield, MO", "Reno"]
    assert cities["name"].tolist() == ["Springfield", "Springfield", "Reno"]
    assert cities["region_id"].tolist() == ["IL", "MO", "NV"]
    assert cities["population"].tolist() == [114394, 169176, 264165]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (TWINS.assign(State="IL"), "city is not unique within its region: Springfield"),
        (TWINS.drop(columns="State"), "city is not unique: Springfield"),
        (TWINS.assign(State=["IL", None, "NV"]), "city is not unique within its region: Springfield"),
        (TWINS.assign(City=["Springfield", " ", "Reno"]), r"column 'city': empty in 1 of 3 rows \(row 2\)"),
    ],
)
def test_names_of_cities_that_cannot_be_told_apart(table, says):
    with pytest.raises(ps.SchemaError, match=says):
        ps.read_cities(table, city="City", region="State")


def test_cities_in_another_encoding_layer_or_system(tmp_path, cities):
    path = tmp_path / "c.csv"
    path.write_bytes("city;lon;lat\nKöln;6.96;50.94\n".encode("cp1252"))
    assert ps.read_cities(path, encoding="cp1252").index.tolist() == ["Köln"]
    for layer in ("old", "new"):
        cities.reset_index().to_file(tmp_path / "c.gpkg", layer=layer)
    assert len(ps.read_cities(tmp_path / "c.gpkg", layer="new")) == len(cities)
    plane = cities.to_crs(3857).set_crs(None, allow_override=True)
    assert ps.read_cities(plane, crs=3857).geometry.geom_equals_exact(cities.geometry, 1e-6).all()
