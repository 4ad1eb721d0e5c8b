"""Locating events: regions, cities, names, points outside, and lost events."""

import subprocess
import sys
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.kernels import dispatch


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
    st.booleans(),
)
def test_both_methods_give_the_first_match_of_sjoin(points, compiled):
    regions = squares(A=shapely.box(0, 0, 1, 1), B=shapely.box(1, 0, 2, 1), C=shapely.box(0.5, 0.5, 1.5, 1.25))
    events = at(
        *points, *[(0.5, 0.5)] * len(points)
    )  # enough points inside that the others are not reported as swapped
    first = gpd.sjoin(events, regions)["region_id"].groupby(level=0).min().reindex(events.index)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "FORCED", compiled)
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


# towns that share a name


def towns():
    """Springfield in two states, and Chicago; the states are boxes around them."""
    states = gpd.GeoDataFrame(
        {"name": ["Illinois", "Missouri"], "aliases": ["Ill.", "Mo."]},
        index=pd.Index(["US-IL", "US-MO"], name="region_id"),
        geometry=[shapely.box(-91, 37, -87, 42), shapely.box(-95.7, 36, -91, 40)],
        crs=4326,
    )
    names = pd.Index(["Springfield", "Springfield", "Chicago"], name="city")
    points = gpd.points_from_xy([-89.6, -93.3, -87.7], [39.8, 37.2, 41.9])
    return ps.locate_cities(gpd.GeoDataFrame(index=names, geometry=points, crs=4326), states), states


def test_cities_get_their_region_and_labels_of_their_own():
    cities, states = towns()
    assert cities["region_id"].to_dict() == {
        "Springfield, US-IL": "US-IL",
        "Springfield, US-MO": "US-MO",
        "Chicago": "US-IL",
    }
    assert list(cities["name"]) == ["Springfield", "Springfield", "Chicago"]
    assert list(cities["region_aliases"])[:2] == ["US-IL; Illinois; Ill.", "US-MO; Missouri; Mo."]
    ps.check_cities(cities)
    again = ps.locate_cities(cities, states)
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(cities))
    turned = ps.locate_cities(cities.iloc[::-1], states.iloc[::-1])
    pd.testing.assert_frame_equal(pd.DataFrame(turned.iloc[::-1]), pd.DataFrame(cities))


def test_cities_outside_every_region_are_named():
    cities, states = towns()
    with pytest.warns(ps.DataWarning, match=r"1 of 3 cities lie outside every region \(Springfield, US-IL\)") as caught:
        found = ps.locate_cities(
            cities, states.set_geometry([shapely.box(-88, 40, -87, 42), states.geometry.iloc[1]], crs=4326)
        )
    assert caught[0].filename == __file__
    assert list(found["region_id"]) == [None, "US-MO", "US-IL"]
    with pytest.raises(ps.DataError, match="within_km must be a number of at least 0"):
        ps.locate_cities(cities, states, within_km=-1)
    for wrong in (
        cities.rename_axis("name"),
        states,
        None,
        cities.set_geometry([None, *cities.geometry[1:]], crs=4326),
    ):
        with pytest.raises(ps.SchemaError):
            ps.locate_cities(wrong, states)


@pytest.mark.parametrize(
    "columns",
    [
        {"city": ["Springfield, IL", "Springfield, Missouri", "Chicago"]},
        {"city": ["Springfield", "Springfield", "Chicago"], "region": ["IL", "Mo.", None]},
        {"city": ["Springfield", "Springfield", "Chicago"], "region_id": ["US-IL", "US-MO", "US-IL"]},
        {
            "city": ["Springfield", "Springfield", "Chicago"],
            "region_id": [None, None, None],
            "region": ["Illinois", "mo", "IL"],
        },
        {"city": ["Springfield, IL", "Springfield", "Chicago"], "region": ["US-IL", "US-MO", "Ill."]},
    ],
)
def test_the_region_decides_between_towns_of_one_name(columns):
    cities, _ = towns()
    located = ps.locate_events(at(None, None, None, **columns), cities)
    assert list(located["city"]) == ["Springfield, US-IL", "Springfield, US-MO", "Chicago"]
    assert located.attrs["lost"] == {}


def test_lost_towns_are_sorted_by_reason():
    cities, _ = towns()
    events = at(
        None, None, None, None, None, None, (-90, 40),
        city=["Springfield", "Springfeild", "Chicago", "Springfield", "Chicagoo", "Chicago", None],
        region=[None, "IL", "MO", "VT", "MO", "IL", "IL"],
    )  # fmt: skip
    with pytest.warns(ps.LostEventsWarning) as caught:
        located = ps.locate_events(events, cities)
    assert caught[0].message.lost == {
        "ambiguous_city": ["e1"], "no_city": ["e7"], "unknown_city": ["e2", "e3", "e5"], "unknown_region": ["e4"],
    }  # fmt: skip
    text = str(caught[0].message)
    assert "[Springfield: Springfield, US-IL, Springfield, US-MO]" in text
    assert "Springfeild (IL): perhaps Springfield, US-IL (" in text
    assert "Chicago (MO), Chicagoo (MO), Springfeild" in text  # no proposal across the border
    assert "[Springfield (VT)]" in text
    assert located.attrs["lost"] == {reason: len(ids) for reason, ids in caught[0].message.lost.items()}
    assert list(located["city"].notna()) == [False] * 5 + [True, False]


def test_long_lists_of_names_are_cut_at_eight(cities):
    events = at(*[None] * 30, city=[f"Nowhere {i:02}" for i in range(30)])
    with pytest.warns(ps.LostEventsWarning, match="Nowhere 07 and 22 more"):
        ps.locate_events(events, cities)


def test_a_column_that_speaks_of_other_regions_is_not_used():
    cities, _ = towns()
    located = ps.locate_events(at(None, city=["Chicago"], region=["North America"]), cities)
    assert list(located["city"]) == ["Chicago"]


def test_accepted_names_are_used_in_their_region():
    cities, _ = towns()
    names, regions = ["Springfeild", "Springfeild", "Chicgo", "Chicgo"], ["IL", "MO", "IL", "MO"]
    proposals = ps.match_places(names, cities, regions=regions)
    accepted = ps.accept_matches(proposals, at_least=85)
    events = at(None, None, None, None, city=names, region=regions)
    with pytest.warns(ps.LostEventsWarning, match="Chicgo .MO."):
        located = ps.locate_events(events, cities, accepted=accepted)
    assert list(located["city"]) == ["Springfield, US-IL", "Springfield, US-MO", "Chicago", None]
    anywhere = pd.DataFrame({"name": ["Chicgo"], "city": ["Chicago"]})
    with pytest.warns(ps.LostEventsWarning):
        located = ps.locate_events(events, cities, accepted=anywhere)
    assert list(located["city"]) == [None, None, "Chicago", None]


@pytest.mark.parametrize(
    ("accepted", "says"),
    [
        (pd.DataFrame({"name": ["a"], "city": ["Nowhere"]}), r"column 'city': not in cities in 1 of 1 rows \(0\)"),
        (
            pd.DataFrame({"name": ["a", "a"], "city": ["Aville", "Btown"]}),
            r"column 'name': a name repeated in 1 of 2 rows \(1\)",
        ),
        (pd.DataFrame({"name": [None], "city": ["Aville"]}), "column 'name': blank"),
        (pd.DataFrame({"name": ["a"]}), "column 'city' is missing"),
        ({"a": "Aville"}, "expected a DataFrame; got dict"),
    ],
)
def test_faults_of_accepted_names(cities, accepted, says):
    with pytest.raises(ps.SchemaError, match=says):
        ps.locate_events(at(None, city=["a"]), cities, accepted=accepted)


# again


def test_a_located_table_can_be_located_again(cities, regions):
    events = at(None, (0.5, 0.5), (40, 0), None, city=["Aville", None, "Btown", "Nowhere"])
    with pytest.warns(ps.LostEventsWarning) as caught:
        by_city = ps.locate_events(events, cities)
    assert caught[0].message.lost == {"no_city": ["e2"], "unknown_city": ["e4"]}
    ps.check_events(by_city)
    with pytest.warns(ps.LostEventsWarning, match=r"outside every region .*\(e3\)") as caught:
        both = ps.locate_events(by_city, regions)
    assert len(caught) == 1
    assert caught[0].message.lost == {"outside_regions": ["e3"]}  # e4 was listed before
    assert both.attrs["lost"] == {"not_located": 1, "outside_regions": 1}
    assert list(both["region_id"]) == ["A", "A", None, None]
    again = ps.locate_events(by_city, cities)
    assert again.attrs["lost"] == {"not_located": 2}
    assert list(again["city"]) == list(by_city["city"])


def test_a_region_found_by_a_point_only_decides_between_namesakes():
    cities, states = towns()
    events = at((-93, 37.5), (-93, 37.5), city=["Springfield", "Chicago"])
    located = ps.locate_events(ps.locate_events(events, states), cities)
    assert list(located["city"]) == ["Springfield, US-MO", "Chicago"]


def test_a_map_of_a_file_with_a_misspelled_town(tmp_path, case):
    (tmp_path / "e.csv").write_text("date,city\n2022-01-02,Zhanaozen\n2022-01-03,Zhanozen\n2022-01-03,Almaty\n")
    events = ps.read_events(tmp_path / "e.csv")
    with pytest.warns(ps.LostEventsWarning, match=r"Zhanozen: perhaps Zhanaozen \(93\)") as caught:
        located = ps.locate_events(events, case.cities)
    assert len(caught) == 1
    panel = ps.count_events(located, case.regions)  # no second warning
    ps.spread_map(panel, case.regions).save(tmp_path / "map.html")
    assert panel.attrs["lost"] == {"not_located": 1}
    assert panel.to_numpy().sum() == 2
    assert "Mangystau" in (tmp_path / "map.html").read_text(encoding="utf-8")


# overlaps


@pytest.mark.parametrize("compiled", [True, False])
def test_events_in_several_regions_are_counted_with_their_regions(monkeypatch, compiled):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    regions = squares(X=shapely.box(0, 0, 10, 10), X1=shapely.box(2, 2, 4, 4), Y=shapely.box(10, 0, 20, 10))
    events = at((3, 3), (3, 2.5), (5, 5), (10, 5), (2, 3))
    with pytest.warns(ps.DataWarning, match=r"2 events lie in several regions \(2 in X and X1\)") as caught:
        located = ps.locate_events(events, regions)
    assert caught[0].filename == __file__
    assert list(located["region_id"]) == ["X"] * 5
    assert located.attrs["lost"] == {}
    ps.locate_events(events.iloc[2:], regions)  # on borders: no overlap


@given(
    st.lists(st.tuples(st.integers(-2, 10), st.integers(-2, 6), st.sampled_from(["Alpha", "Btown", "Btwon", None])), min_size=1, max_size=15),
    st.randoms(use_true_random=False),
    st.sampled_from([None, 30.0]),
)  # fmt: skip
def test_order_never_matters_and_sums_are_the_events_counted(rows, random, within_km):
    cities = gpd.GeoDataFrame(
        {"region_id": ["A", "B"], "aliases": ["Alpha", None], "note": ["x", "y"]},
        index=pd.Index(["Aville", "Btown"], name="city"), geometry=gpd.points_from_xy([10.5, 11.5], [0.5, 0.5]), crs=4326,
    )  # fmt: skip
    regions = squares(A=shapely.box(10, 0, 11, 1), B=shapely.box(11, 0, 12, 1))
    events = at(
        *[(x / 4 + 10.01, y / 4 + 0.01) for x, y, _ in rows], city=[city for *_, city in rows], source=["s"] * len(rows)
    )
    turned = events.iloc[random.sample(range(len(events)), len(events))][random.sample(list(events), events.shape[1])]
    for places in (cities, regions):
        shuffled = places.iloc[::-1][random.sample(list(places), places.shape[1])]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ps.ProtestSpreadWarning)
            one, other = (
                ps.locate_events(e, p, within_km=within_km) for e, p in ((events, places), (turned, shuffled))
            )
            panel = ps.count_events(one, places, start="2022-01-01", end="2022-01-03")
        assert one[places.index.name].tolist() == other[places.index.name].reindex(one.index).tolist()
        assert one.attrs["lost"] == other.attrs["lost"]
        assert panel.to_numpy().sum() + sum(panel.attrs["lost"].values()) == len(events)
        assert panel.attrs["lost"].get("not_located", 0) == sum(one.attrs["lost"].values())


def test_columns_are_shared_and_the_callers_table_stays(events, regions):
    table = events.iloc[:2].assign(source="a source of some length")
    located = ps.locate_events(table, regions)
    located.loc["e1", "source"] = "changed"
    assert list(table["source"]) == ["a source of some length"] * 2
    assert table.attrs == {}
    assert "region_id" not in table


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


def some_cities(n, seed=1):
    rng = np.random.default_rng(seed)
    index = pd.Index([f"c{i}" for i in range(n)], name="city")
    return gpd.GeoDataFrame(
        index=index, geometry=gpd.points_from_xy(rng.uniform(-180, 180, n), rng.uniform(-90, 90, n)), crs=4326
    )


@pytest.mark.parametrize("n", [0, 1, 2, 600, 1237])
def test_distances_in_blocks_are_those_of_the_formula(n):
    cities = some_cities(n)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    km = ps.distances_km(cities)
    assert km.shape == (n, n)
    np.testing.assert_allclose(km, ps.great_circle_km(lon[:, None], lat[:, None], lon, lat), rtol=1e-12, atol=1e-9)


def test_a_table_of_all_distances_has_a_limit():
    match = r"^cities must have at most 10,000 rows .* got 10,001, whose table would take 0.8 GB\nFix: .*distance_graph"
    with pytest.raises(ps.DataError, match=match):
        ps.distances_km(some_cities(10_001))


DISTANCES = """
import re
from pathlib import Path
import geopandas as gpd, numpy as np, pandas as pd, protestspread as ps

n = 4_000
xy = np.random.default_rng(1).uniform([-180, -90], [180, 90], (n, 2))
cities = gpd.GeoDataFrame(index=pd.RangeIndex(n, name="city").astype(str), geometry=gpd.points_from_xy(*xy.T), crs=4326)
peak = lambda: int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
ps.distances_km(cities.iloc[:300])
before = peak()
km = ps.distances_km(cities)
print((peak() - before) / (km.to_numpy().nbytes / 2**20))
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux")
def test_a_table_of_all_distances_takes_little_more_than_itself():
    done = subprocess.run([sys.executable, "-c", DISTANCES], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 2
