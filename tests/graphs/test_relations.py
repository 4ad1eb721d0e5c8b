"""Borders, links, likeness, rank and broadcast, by hand and by another road."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps

from .test_near import assert_same_ties, renamed_and_reordered, ties, towns

DEGREE = np.pi * 6371.0088 / 180


def squares(**boxes):
    return gpd.GeoDataFrame(index=pd.Index(list(boxes), name="region_id"), geometry=list(boxes.values()), crs=4326)


def table(*rows):
    frame = pd.DataFrame(list(rows), columns=["from_place", "to_place", "mode", "km"])
    return frame.rename_axis("link_id")


# borders


def test_shared_kilometers_by_hand():
    #  A | B      C touches A in one point, D lies apart, E is a hole within B
    hole = shapely.box(1.4, 0.4, 1.6, 0.6)
    regions = squares(
        A=shapely.box(0, 0, 1, 1),
        B=shapely.box(1, 0, 2, 1) - hole,
        C=shapely.box(-1, 1, 0, 2),
        D=shapely.box(9, 9, 10, 10),
        E=hole,
    )
    graph = ps.border_graph(regions)
    assert set(ties(graph)) == {("A", "B"), ("B", "A"), ("B", "E"), ("E", "B")}
    assert ties(graph)["A", "B"][0] == pytest.approx(DEGREE)
    around = 2 * 0.2 * DEGREE + sum(float(ps.great_circle_km(1.4, y, 1.6, y)) for y in (0.4, 0.6))
    assert ties(graph)["B", "E"][0] == pytest.approx(around)
    assert graph.is_symmetric
    assert "2: C, D" in repr(graph)
    assert graph.edges["km"].isna().all()


def test_borders_in_many_pieces_and_vertices_between():
    bay = shapely.box(1, 0.4, 1.2, 0.6)  # water between the two: the border stands in two pieces
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1) - bay
    assert ties(ps.border_graph(squares(A=left, B=right)))["A", "B"][0] == pytest.approx(0.8 * DEGREE)
    islands = shapely.MultiPolygon([right, shapely.box(0, 1, 1, 2)])  # and an exclave to the north of A
    both = ties(ps.border_graph(squares(A=left, B=islands)))["A", "B"][0]
    assert both == pytest.approx(0.8 * DEGREE + float(ps.great_circle_km(0, 1, 1, 1)))


def test_borders_run_along_the_antimeridian():
    regions = squares(
        east=shapely.box(170, 0, 180, 2), west=shapely.box(-180, 1, -170, 3), north=shapely.box(-180, 3, -170, 4)
    )
    graph = ps.border_graph(regions)
    assert ties(graph)["east", "west"][0] == pytest.approx(DEGREE)
    assert set(ties(graph)) == {("east", "west"), ("west", "east"), ("west", "north"), ("north", "west")}
    whole = squares(
        both=shapely.MultiPolygon([regions.geometry["east"], regions.geometry["west"]]), other=shapely.box(0, 0, 1, 1)
    )
    assert ps.border_graph(whole).edges.empty


def test_regions_that_meet_at_a_pole_share_no_border():
    regions = squares(A=shapely.box(0, 80, 90, 90), B=shapely.box(90, 80, 180, 90), C=shapely.box(-90, 80, 0, 90))
    graph = ps.border_graph(regions)
    assert set(ties(graph)) == {("A", "B"), ("B", "A"), ("A", "C"), ("C", "A")}
    assert ties(graph)["A", "B"][0] == pytest.approx(10 * DEGREE)


def test_overlap_without_a_common_line_is_no_border():
    assert ps.border_graph(squares(A=shapely.box(0, 0, 2, 2), B=shapely.box(1, 1, 3, 3))).edges.empty
    assert ps.border_graph(squares(A=shapely.box(0, 0, 2, 2))).edges.empty


def test_each_border_of_the_case_is_one_that_shapely_finds(case):
    graph = ps.border_graph(case.regions)
    shapes = case.regions.geometry
    lines = {
        (a, b)
        for a in shapes.index
        for b in shapes.index
        if a != b and shapely.relate(shapes[a], shapes[b])[4] == "1"  # boundaries meet in a line
    }
    assert set(ties(graph)) == lines
    assert len(lines) == 58


def test_cities_of_bordering_regions(case):
    graph = ps.border_graph(case.regions, case.cities)
    between = ps.border_graph(case.regions).matrix.toarray()
    row = case.regions.index.get_indexer(case.cities["region_id"])
    assert graph.matrix.toarray() == pytest.approx(between[np.ix_(row, row)])
    assert ties(graph)["Aktau", "Atyrau"][1] == pytest.approx(ps.distances_km(case.cities).loc["Aktau", "Atyrau"])


def test_cities_need_a_region_that_is_there(regions, cities):
    with pytest.raises(ps.DataError, match="in none of the regions: Btown"):
        ps.border_graph(regions, cities.assign(region_id=["A", "Z"]))
    with pytest.raises(ps.DataError, match="no column 'region_id'"):
        ps.border_graph(regions, cities.drop(columns="region_id"))
    with pytest.raises(ps.SchemaError, match="not polygons"):
        ps.border_graph(cities.rename_axis("region_id"))


# links


@pytest.fixture
def four():
    return towns([(0, 0), (1, 0), (2, 0), (3, 0)])


def test_direct_links_run_both_ways_and_modes_are_kept_apart(four):
    links = table(("t0", "t1", "road", 120.0), ("t2", "t1", "road", 130.0), ("t1", "t0", "rail", np.nan))
    graph = ps.link_graph(four, links)
    assert graph.kinds == ("road", "rail")
    road = graph.subgraph(kinds="road")
    assert ties(road) == {
        ("t0", "t1"): (1, 120),
        ("t1", "t0"): (1, 120),
        ("t1", "t2"): (1, 130),
        ("t2", "t1"): (1, 130),
    }
    assert graph.subgraph(kinds="rail").edges["km"].isna().all()
    assert graph.is_symmetric
    assert ps.link_graph(four, links, mode=["rail"]).kinds == ("rail",)
    assert "1: t3" in repr(graph)


def test_reach_goes_along_the_links(four):
    links = table(
        ("t0", "t1", "road", 120.0), ("t2", "t1", "road", 130.0), ("t3", "t2", "road", 0.0), ("t0", "t3", "rail", 1.0)
    )
    near = ps.link_graph(four, links, mode="road", reach_km=249)
    assert {frozenset(pair) for pair in ties(near)} == {
        frozenset(pair) for pair in (("t0", "t1"), ("t1", "t2"), ("t1", "t3"), ("t2", "t3"))
    }
    assert ties(near)["t2", "t3"] == (1, 0)
    far = ps.link_graph(four, links, mode="road", reach_km=250)
    assert ties(far)["t0", "t2"] == (1, 250)
    assert ties(far)["t0", "t3"] == (1, 250)  # by road, though the railway is shorter


@pytest.mark.parametrize("mode", ["road", "rail"])
def test_reach_is_what_networkx_finds(case, mode):
    graph = ps.link_graph(case.cities, case.links, mode=mode, reach_km=700)
    roads = nx.Graph()
    for a, b, km in case.links.loc[case.links["mode"] == mode, ["from_place", "to_place", "km"]].itertuples(
        index=False
    ):
        roads.add_edge(a, b, km=km)
    expected = {
        (a, b): (1.0, pytest.approx(km))
        for a, found in nx.all_pairs_dijkstra_path_length(roads, cutoff=700, weight="km")
        for b, km in found.items()
        if a != b
    }
    assert ties(graph) == expected


def test_among_some_cities_others_are_passed_through_and_these_are_not(four):
    links = table(
        ("t0", "t1", "road", 10.0), ("t1", "t2", "road", 20.0), ("t2", "t3", "road", 0.0), ("t0", "t3", "rail", 5.0), ("t1", "t3", "road", 50.0)
    )  # fmt: skip
    graph = ps.link_graph(four, links, among=["t0", "t2", "t3"])
    assert list(graph.nodes) == ["t0", "t2", "t3"]
    road = {pair: value for pair, value in ties(graph.subgraph(kinds="road")).items() if pair[0] < pair[1]}
    assert road == {("t0", "t2"): (1, 30), ("t0", "t3"): (1, 60), ("t2", "t3"): (1, 0)}  # to t3 not through t2
    assert ties(graph.subgraph(kinds="rail"))["t0", "t3"] == (1, 5)
    assert ps.link_graph(four, links, among=four.index).matrix.sum() == ps.link_graph(four, links).matrix.sum()


def test_among_the_cities_of_a_case_ties_are_what_networkx_finds(case):
    frame = set(case.cities.index[case.cities["in_frame"]])
    graph = ps.link_graph(case.cities, case.links, mode="road", among=frame)
    roads = nx.Graph()
    for a, b, km in case.links.loc[case.links["mode"] == "road", ["from_place", "to_place", "km"]].itertuples(
        index=False
    ):
        roads.add_edge(a, b, km=km)
    expected = {}
    for start in frame & set(roads):

        def through(a, _, edge, start=start):
            return None if a in frame and a != start else edge["km"]

        found = nx.single_source_dijkstra_path_length(roads, start, weight=through)
        expected |= {
            (start, end): (1.0, pytest.approx(km)) for end, km in found.items() if end in frame and end != start
        }
    assert ties(graph) == expected


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("t0", "t0", "road", 1.0)], "linked with itself"),
        ([("t0", "t1", "road", 1.0), ("t1", "t0", "road", 2.0)], "repeated within one mode"),
        ([("t0", "Xville", "road", 1.0), ("Ytown", "t1", "road", 1.0)], "unknown places: Xville, Ytown"),
        ([("t0", None, "road", 1.0)], "blank"),
        ([("t0", "t1", None, 1.0)], "blank"),
        ([("t0", "t1", "road", -1.0)], "negative"),
    ],
)
def test_links_that_are_none(four, rows, fault):
    with pytest.raises(ps.SchemaError, match=fault):
        ps.link_graph(four, table(*rows))


def test_modes_and_kilometers_that_are_not_there(four):
    links = table(("t0", "t1", "road", np.nan), ("t1", "t2", "road", 3.0))
    with pytest.raises(ps.DataError, match=r"mode 'ferry'\n.*mode 'air'"):
        ps.link_graph(four, links, mode=["road", "ferry", "air"])
    with pytest.raises(ps.DataError, match="links without kilometers: 0"):
        ps.link_graph(four, links, reach_km=10)
    with pytest.raises(ps.DataError, match="reach_km must be a number above 0, or None; got 0"):
        ps.link_graph(four, links, reach_km=0)
    assert len(ps.link_graph(four, links.drop(columns="km")).edges) == 4
    with pytest.raises(ps.DataError, match=r"^among needs the km of every link"):
        ps.link_graph(four, links, among=["t0", "t2"])
    with pytest.raises(ps.DataError, match=r"^among must hold cities; unknown: Paris"):
        ps.link_graph(four, links, among=["t0", "Paris"])
    with pytest.raises(ps.DataError, match=r"^reach_km and among cannot be given together"):
        ps.link_graph(four, links, among=["t0"], reach_km=5)


# likeness, rank, broadcast


def test_likeness_by_flag_and_by_group(four):
    marked = four.assign(oil=[True, False, True, True], tongue=["kk", "ru", None, "ru"])
    oil = ps.similarity_graph(marked, "oil")
    assert oil.kinds == ("oil",)
    assert {frozenset(pair) for pair in ties(oil)} == {
        frozenset(pair) for pair in (("t0", "t2"), ("t0", "t3"), ("t2", "t3"))
    }
    assert ties(oil)["t0", "t2"] == pytest.approx((1, 2 * DEGREE))
    assert set(ties(ps.similarity_graph(marked, "tongue"))) == {("t1", "t3"), ("t3", "t1")}
    grouped = marked.assign(
        tongue=marked["tongue"].astype("category"),
        oil=marked["oil"].astype("boolean").where([True, False, False, True]),
    )
    assert set(ties(ps.similarity_graph(grouped, "tongue"))) == {("t1", "t3"), ("t3", "t1")}
    assert set(ties(ps.similarity_graph(grouped, "oil"))) == {("t0", "t3"), ("t3", "t0")}
    with pytest.raises(ps.DataError, match="'size' holds int64"):
        ps.similarity_graph(four.assign(size=[1, 2, 2, 3]), "size")
    with pytest.raises(ps.DataError, match="no column 'oil'"):
        ps.similarity_graph(four, "oil")


def test_rank_by_hand():
    cities = towns([(i, 0) for i in range(6)], [50.0, 900.0, 40.0, 800.0, 30.0, 20.0]).assign(
        region_id=["A", "A", "B", "B", "C", "C"], is_regional_capital=[True, False, True, False, False, True]
    )
    graph = ps.hierarchy_graph(cities, centers=2)
    # seats t0, t2, t5 with the places of their regions t1, t3, t4, and with the two largest cities t1, t3
    own = {("t0", "t1"), ("t2", "t3"), ("t5", "t4")}
    across = {("t0", "t1"), ("t0", "t3"), ("t2", "t1"), ("t2", "t3"), ("t5", "t1"), ("t5", "t3")}
    assert {frozenset(pair) for pair in ties(graph)} == {frozenset(pair) for pair in own | across}
    assert graph.is_symmetric
    assert (graph.edges["weight"] == 1).all()


def test_rank_of_the_case(case):
    graph = ps.hierarchy_graph(case.cities)
    largest = ["Almaty", "Nur-Sultan", "Shymkent"]
    seats = list(case.cities.index[case.cities["is_regional_capital"]])
    for city, region in case.cities["region_id"].items():
        seat = next(seat for seat in seats if case.cities.loc[seat, "region_id"] == region)
        heard = {seat} - {city}
        heard |= (set(largest) - {city}) if city in seats else set()
        heard |= (set(seats) - {city}) if city in largest else set()
        heard |= set(case.cities.index[case.cities["region_id"] == region]) - {city} if city == seat else set()
        assert set(graph.neighbors(city).index) == heard


def test_rank_needs_one_seat_a_region():
    cities = towns([(i, 0) for i in range(4)], [5.0, 4.0, 3.0, 2.0])
    with pytest.raises(ps.DataError, match=r"'region_id'\n.*'is_regional_capital'"):
        ps.hierarchy_graph(cities)
    bad = cities.assign(region_id=["A", "A", "B", None], is_regional_capital=[True, True, False, False])
    with pytest.raises(ps.DataError, match=r"with no region: t3\n.*no capital in B\n.*more than one capital in A"):
        ps.hierarchy_graph(bad)
    with pytest.raises(ps.DataError, match="no population above 0 for t0"):
        ps.hierarchy_graph(bad.assign(population=[0.0, 1.0, 1.0, 1.0]))


def test_everyone_hears_everyone():
    graph = ps.broadcast_graph(towns([(0, 0), (1, 0), (2, 0)], [100.0, 20.0, 3.0]))
    assert graph.matrix.toarray().tolist() == [[0, 100, 100], [20, 0, 20], [3, 3, 0]]
    assert ties(graph)["t0", "t2"] == pytest.approx((100, 2 * DEGREE))
    assert not graph.is_symmetric
    with pytest.raises(ps.DataError, match="no population above 0 for t1"):
        ps.broadcast_graph(towns([(0, 0), (1, 0)], [100.0, 0.0]))


def test_names_and_order_change_nothing_else(case):
    rng = np.random.default_rng(3)
    others, called = renamed_and_reordered(case.cities, rng)
    links = case.links.assign(
        from_place=case.links["from_place"].map(called), to_place=case.links["to_place"].map(called)
    )
    shuffled = case.regions.iloc[rng.permutation(len(case.regions))]
    assert_same_ties(ps.border_graph(case.regions, case.cities), ps.border_graph(shuffled, others), called)
    assert_same_ties(ps.similarity_graph(case.cities, "oil_gas"), ps.similarity_graph(others, "oil_gas"), called)
    assert_same_ties(ps.hierarchy_graph(case.cities), ps.hierarchy_graph(others), called)
    for options in ({"mode": "road"}, {"mode": "rail", "reach_km": 500}):
        one, other = (
            ps.link_graph(case.cities, case.links, **options),
            ps.link_graph(others, links.iloc[::-1], **options),
        )
        assert_same_ties(one, other, called)


def test_builders_leave_the_callers_tables_alone(case):
    before = case.cities.copy(), case.links.copy(), case.regions.copy()
    ps.hierarchy_graph(case.cities)
    ps.similarity_graph(case.cities, "oil_gas")
    ps.link_graph(case.cities, case.links, reach_km=300)
    ps.border_graph(case.regions, case.cities)
    pd.testing.assert_frame_equal(pd.DataFrame(before[0]), pd.DataFrame(case.cities))
    pd.testing.assert_frame_equal(before[1], case.links)
    pd.testing.assert_frame_equal(pd.DataFrame(before[2]), pd.DataFrame(case.regions))
