import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.projection import equal_area_crs, to_plane


def frame(*shapes):
    return gpd.GeoDataFrame(index=pd.RangeIndex(len(shapes)), geometry=list(shapes), crs=4326)


def parameters(crs):
    operation = crs.coordinate_operation
    return operation.method_name, {parameter.name: parameter.value for parameter in operation.params}


def test_a_wide_country_in_the_middle_latitudes_gets_albers(case):
    method, found = parameters(equal_area_crs(case.regions))
    assert method == "Albers Equal Area"
    assert found["Longitude of false origin"] == pytest.approx(67, abs=1)
    assert (
        found["Latitude of 1st standard parallel"]
        < found["Latitude of false origin"]
        < found["Latitude of 2nd standard parallel"]
    )


def test_areas_are_those_of_the_ellipsoid(case):
    plane = to_plane(case.regions, equal_area_crs(case.regions))
    geod = case.regions.crs.get_geod()
    true = np.array([abs(geod.geometry_area_perimeter(shape)[0]) for shape in case.regions.geometry])
    # straight edges on the plane and geodesics between the same corners hold a little different areas
    assert plane.area.to_numpy() == pytest.approx(true, rel=2e-4)


@pytest.mark.parametrize(
    ("shape", "center"),
    [
        (shapely.box(-5, 35, 5, 60), (0, 47.5)),
        (shapely.box(30, -25, 34, -8), (32, -16.5)),
        (shapely.box(-10, -10, 40, 10), (15, 0)),
        (shapely.box(-180, 60, 180, 89).segmentize(5), (0, 90)),
        (shapely.Point(76, 43), (76, 43)),
    ],
)
def test_tall_tropical_and_polar_places_get_lambert(shape, center):
    method, found = parameters(equal_area_crs(frame(shape)))
    assert method == "Lambert Azimuthal Equal Area"
    assert (found["Longitude of natural origin"], found["Latitude of natural origin"]) == center


def test_a_country_across_the_antimeridian_is_drawn_whole():
    fiji = frame(shapely.MultiPolygon([shapely.box(177, -18, 180, -16), shapely.box(-180, -18, -179, -16)]))
    crs = equal_area_crs(fiji)
    plane = to_plane(fiji, crs)
    west, _, east, _ = plane.total_bounds
    assert (east - west) / 1000 == pytest.approx(4 * 111.3 * np.cos(np.radians(16)), rel=0.02)
    assert plane.geometry.iloc[0].geom_type == "Polygon"  # the seam is gone
    assert plane.is_valid.all()


def test_the_span_of_russia_does_not_go_round_the_world():
    russia = frame(shapely.box(27, 50, 180, 70), shapely.box(-180, 62, -169, 70))
    assert parameters(equal_area_crs(russia))[1]["Longitude of false origin"] == pytest.approx(109, abs=1)


def test_other_reference_systems_are_an_error(case):
    with pytest.raises(ps.CRSError, match="not in longitude and latitude"):
        equal_area_crs(case.regions.to_crs(3857))
    with pytest.raises(ps.CRSError, match="no reference system"):
        equal_area_crs(case.regions.set_crs(None, allow_override=True))


def test_points_and_lines_project_too(case):
    plane = to_plane(case.cities, equal_area_crs(case.regions))
    assert plane.geom_type.eq("Point").all()
    assert case.cities.crs == "EPSG:4326"  # the caller's table is unchanged
