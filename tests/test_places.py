"""Locating events: regions, cities, names, points outside, and lost events."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps


def at(*points, **columns):
    """Events at these points (None: without one), on one day."""
    ids = pd.Index([f"e{i}" for i in range(1, len(points) + 1)], name="event_id", dtype=object)
    shapes = [None if point is None else shapely.Point(point) for point in points]
    frame = {"date": pd.to_datetime(["2022-01-02"] * len(points))} | {
        name: pd.Series(c, index=ids, dtype=object) for name, c in columns.items()
    }
    return gpd.GeoDataFrame(frame, index=ids, geometry=shapes, crs=4326)


def squares(**boxes):
    return gpd.GeoDataFrame(index=pd.Index(list(boxes), name="region_id"), geometry=list(boxes.values()), crs=4326)


# regions


def test_the_region_that_holds_the_point(events, regions):
    with pytest.warns(
        ps.LostEventsWarning, match=r"1 of 3 events .* outside every region \(within_km not given\) \(e3\)"
    ) as caught:
        located = ps.locate_events(events, regions)
    assert list(located["region_id"]) == ["A", "B", None]
    assert caught[0].message.lost == {"outside_regions": ["e3"]}
    assert located.attrs["lost"] == {"outside_regions": 1}
    assert "region_id" not in events


def test_on_a_border_the_first_in_the_table_wins(events, regions):
    on_border = events.iloc[:1]
    assert list(ps.locate_events(on_border, regions)["region_id"]) == ["A"]
    assert list(ps.locate_events(on_border, regions.iloc[::-1])["region_id"]) == ["B"]
    corner = at((0, 0), (1, 1), (2, 1))
    assert list(ps.locate_events(corner, regions)["region_id"]) == ["A", "A", "B"]


def test_a_hole_belongs_to_the_region_that_fills_it():
    city = shapely.box(0.4, 0.4, 0.6, 0.6)
    regions = squares(around=shapely.box(0, 0, 1, 1) - city, city=city)
    located = ps.locate_events(at((0.5, 0.5), (0.1, 0.1), (0.4, 0.5)), regions)
    assert list(located["region_id"]) == ["city", "around", "around"]


def test_an_event_without_a_point_is_named(regions):
    with pytest.warns(ps.LostEventsWarning) as caught:
        located = ps.locate_events(at((0.5, 0.5), None, city=["Aville", "Btown"]), regions)
    assert caught[0].message.lost == {"no_point": ["e2"]}
    assert list(located["region_id"]) == ["A", None]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::protestspread.LostEventsWarning", "ignore::protestspread.DataWarning")
@given(
    st.lists(
        st.tuples(st.integers(-1, 9).map(lambda x: x / 4), st.integers(-1, 5).map(lambda y: y / 4)),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([0, 10**9]),
)
def test_both_methods_give_the_first_match_of_sjoin(points, many):
    regions = squares(A=shapely.box(0, 0, 1, 1), B=shapely.box(1, 0, 2, 1), C=shapely.box(0.5, 0.5, 1.5, 1.25))
    events = at(
        *points, *[(0.5, 0.5)] * len(points)
    )  # enough points inside that the others are not reported as swapped
    first = gpd.sjoin(events, regions)["region_id"].groupby(level=0).min().reindex(events.index)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("protestspread.region_lookup.MANY_POINTS", many)
        located = ps.locate_events(events, regions)["region_id"]
    assert located.where(located.notna(), "none").tolist() == first.where(first.notna(), "none").tolist()
    assert located.attrs.get("lost", {}) == {} or located.isna().any()


def test_order_of_events_and_regions_changes_nothing(case):
    events = case.events.iloc[np.random.default_rng(4).permutation(len(case.events))]
    mixed = ps.locate_events(events, case.regions.iloc[::-1], within_km=20)
    straight = ps.locate_events(case.events, case.regions, within_km=20)
    assert mixed["region_id"].reindex(straight.index).tolist() == straight["region_id"].tolist()


def test_swapped_coordinates_are_an_error(case):
    turned = case.events.set_geometry(gpd.points_from_xy(case.events.geometry.y, case.events.geometry.x, crs=4326))
    with pytest.raises(
        ps.DataError,
        match="143 of 152 points lie outside the regions; with longitude and latitude swapped, 152 lie inside",
    ):
        ps.locate_events(turned, case.regions)


@pytest.mark.filterwarnings("ignore::protestspread.LostEventsWarning")
def test_points_that_are_merely_elsewhere_are_not_called_swapped(regions):
    assert ps.locate_events(at((50, 50), (0.5, 60)), regions)["region_id"].isna().all()


# within reach


def test_off_the_coast_the_nearest_region_within_reach():
    regions = squares(west=shapely.box(0, 0, 1, 1), east=shapely.box(1.5, 0, 2, 1))
    off = at((1.1, 0.5), (1.45, 0.5), (1, 1.5), (5, 5))  # 11, 6 and 56 km off, and far
    with pytest.warns(ps.LostEventsWarning, match=r"outside every region \(by more than 20 km\)") as caught:
        located = ps.locate_events(off, regions, within_km=20)
    assert list(located["region_id"]) == ["west", "east", None, None]
    assert caught[0].message.lost == {"outside_regions": ["e3", "e4"]}
    with pytest.warns(ps.LostEventsWarning):
        assert list(ps.locate_events(off, regions, within_km=60)["region_id"]) == ["west", "east", "west", None]


def test_reach_is_in_kilometers_at_every_latitude():
    regions = squares(north=shapely.box(10, 79, 20, 81))
    degree_km = float(ps.great_circle_km(20, 80, 21, 80))  # 19 km, where a degree is 111 km at the equator
    with pytest.warns(ps.LostEventsWarning):
        located = ps.locate_events(at((21, 80), (21.1, 80)), regions, within_km=degree_km * 1.01)
    assert list(located["region_id"]) == ["north", None]


def test_reach_goes_across_the_antimeridian_and_the_pole():
    regions = squares(far_east=shapely.box(170, 60, 180, 70), cap=shapely.box(-180, 85, 180, 89))
    events = at((-179.9, 65), (77, 90), (-179.9, 65))
    located = ps.locate_events(events, regions, within_km=112)
    assert list(located["region_id"]) == ["far_east", "cap", "far_east"]


@pytest.mark.parametrize("within_km", [-1, float("nan"), float("inf"), "5", True, [5]])
def test_reach_is_0_or_more(events, regions, within_km):
    with pytest.raises(ps.DataError, match="within_km"):
        ps.locate_events(events, regions, within_km=within_km)


# cities


def test_cities_are_found_by_name_and_alias(cities):
    events = at(None, (1.4, 0.4), None, city=["альфа", "BTOWN", "Aville"])
    located = ps.locate_events(events, cities)
    assert list(located["city"]) == ["Aville", "Btown", "Aville"]
    assert list(located["region_id"]) == ["A", "B", "A"]
    assert [shape.coords[0] for shape in located.geometry] == [
        (0.5, 0.5),
        (1.4, 0.4),
        (0.5, 0.5),
    ]  # its own point, else the city's
    assert events.geometry.isna().tolist() == [True, False, True]
    assert list(events["city"]) == ["альфа", "BTOWN", "Aville"]
    assert "lost" not in events.attrs


def test_similar_names_are_not_accepted_but_reported(case):
    events = at(None, None, None, None, city=["Zhanozen", "Djanaozen", "Paris-Texas", "Aktau"])
    with pytest.warns(ps.LostEventsWarning) as caught:
        located = ps.locate_events(events, case.cities)
    assert list(located["city"]) == [None, None, None, "Aktau"]
    assert caught[0].message.lost == {"unknown_city": ["e1", "e2", "e3"]}
    assert (
        "3 with an unknown city name [Djanaozen: perhaps Zhanaozen (100), Paris-Texas, Zhanozen: perhaps Zhanaozen (93)"
        in str(caught[0].message)
    )
    assert located.geometry.isna().tolist() == [True, True, True, False]


def test_unnamed_events_go_to_the_nearest_city_within_reach(cities):
    events = at((0.6, 0.5), (1.4, 0.5), (3, 0.5), None, city=[None, None, None, "Aville"])
    with pytest.warns(ps.LostEventsWarning, match=r"without a city name and farther than 50 km from every city \(e3\)"):
        located = ps.locate_events(events, cities, within_km=50)
    assert list(located["city"]) == ["Aville", "Btown", None, "Aville"]
    with pytest.warns(ps.LostEventsWarning, match="within_km not given"):
        assert list(ps.locate_events(events, cities)["city"]) == [None, None, None, "Aville"]


def test_events_need_not_have_a_column_city(cities):
    located = ps.locate_events(at((1.4, 0.5)), cities, within_km=50)
    assert list(located["city"]) == ["Btown"]
    plain = ps.locate_events(at((1.4, 0.5)), cities.drop(columns=["region_id", "aliases"]), within_km=50)
    assert "region_id" not in plain


def test_the_nearest_city_is_found_across_the_antimeridian(cities):
    table = cities.set_geometry(gpd.points_from_xy([179.8, -170.0], [-17, -17], crs=4326))
    assert list(ps.locate_events(at((-179.9, -17)), table, within_km=50)["city"]) == ["Aville"]


def test_an_ambiguous_name_is_lost_for_the_events_that_use_it(cities):
    table = cities.assign(aliases=["Alpha", "ALPHA"])
    assert list(ps.locate_events(at((0.5, 0.5), city=["Aville"]), table)["city"]) == ["Aville"]
    with pytest.warns(ps.LostEventsWarning, match=r"several cities share \[Alpha: Aville, Btown\] \(e2\)") as caught:
        located = ps.locate_events(at((0.5, 0.5), None, city=["Aville", "Alpha"]), table)
    assert list(located["city"]) == ["Aville", None]
    assert caught[0].message.lost == {"ambiguous_city": ["e2"]}


def test_the_case_is_located_by_name_and_by_point_alike(case):
    by_point = ps.locate_events(case.events.drop(columns=["city", "region_id"]), case.cities, within_km=1)
    assert list(by_point["city"]) == list(case.events["city"])
    in_region = ps.locate_events(case.events.drop(columns="region_id"), case.regions, within_km=20)
    assert (in_region["region_id"] == case.events["region_id"]).all()


# all


def test_a_table_without_events(regions, cities):
    none = at().astype({"date": "datetime64[ns]"})
    for places in (regions, cities):
        located = ps.locate_events(none, places)
        assert len(located) == 0
        assert "region_id" in located
        assert located.attrs["lost"] == {}


def test_tables_are_checked(events, regions):
    with pytest.raises(ps.SchemaError, match="events"):
        ps.locate_events(events.drop(columns="date"), regions)
    with pytest.raises(ps.SchemaError, match="pass regions"):
        ps.locate_events(events, regions.rename_axis("id"))
    with pytest.raises(ps.CRSError):
        ps.locate_events(events.to_crs(3857), regions)


def test_distances_are_great_circles(cities):
    km = ps.distances_km(cities)
    assert km.loc["Aville", "Btown"] == pytest.approx(float(ps.great_circle_km(0.5, 0.5, 1.5, 0.5)))
    assert (np.diag(km) == 0).all()
    assert (km.to_numpy() == km.to_numpy().T).all()
    assert list(km.index) == list(km.columns) == ["Aville", "Btown"]
