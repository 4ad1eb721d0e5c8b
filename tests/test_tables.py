import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps


def message(check, *tables):
    with pytest.raises(ps.SchemaError) as caught:
        check(*tables)
    return str(caught.value)


def test_good_tables_pass(case, panel):
    ps.check_events(case.events)
    ps.check_regions(case.regions)
    ps.check_cities(case.cities)
    ps.check_links(case.links, case.cities)
    ps.check_interventions(case.interventions, case.regions)
    ps.check_flows(case.flows)
    ps.check_panel(panel)
    ps.check_onsets(ps.onsets(panel))


def test_all_faults_come_at_once(events):
    bad = events.assign(
        size_low=[1.0, -5.0, np.inf], minor=["yes", "no", None], date=events["date"] + pd.Timedelta("5h")
    )
    bad.index = pd.Index(["e1", "e1", "e2"], name="id")
    text = message(ps.check_events, bad)
    assert "the index is named 'id', not 'event_id'" in text
    assert "event_id is not unique: e1" in text
    assert "column 'size_low': infinite in 1 of 3 rows (e2)" in text
    assert "column 'size_low': negative in 1 of 3 rows (e1)" in text
    assert "column 'minor': neither true nor false in 1 of 3 rows (e2)" in text
    assert "column 'date': a time of day in the date in 3 of 3 rows" in text
    assert text.splitlines()[-1].startswith("Fix:")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda e: e.drop(columns="date"), "column 'date' is missing"),
        (lambda e: e.assign(date=["2022-01-02", "x", "y"]), "not dates"),
        (lambda e: e.assign(date=e["date"].dt.tz_localize("Asia/Almaty")), "carry a time zone"),
        (lambda e: e.assign(date=e["date"].where(e.index != "e2")), "no date in 1 of 3 rows (e2)"),
        (
            lambda e: e.set_geometry([shapely.Point(), shapely.Point(1, 1), None], crs=4326),
            "empty geometry in 2 of 3 rows (e1, e3)",
        ),
        (lambda e: e.set_geometry([shapely.box(0, 0, 1, 1)] * 3, crs=4326), "not points but Polygon in 3 of 3 rows"),
        (lambda e: pd.DataFrame(e.drop(columns="geometry")), "plain DataFrame without geometry"),
        (lambda e: e.assign(size_low=5.0, size_high=2.0), "size_low above size_high in 3 of 3 rows"),
        (lambda e: e.assign(size_low="many"), "not numbers"),
        (lambda e: e.assign(event_type=[1, "riot", None]), "column 'event_type': not text in 1 of 3 rows (e1)"),
    ],
)
def test_faults_of_events(events, change, says):
    assert says in message(ps.check_events, change(events))


def test_an_argument_that_is_not_a_table():
    assert "expected a DataFrame; got dict" in message(ps.check_events, {})


def test_coordinates_that_look_swapped(events):
    swapped = events.set_geometry(gpd.points_from_xy([43.0, 47.1, 50.2], [151.2, 151.9, 157.2]), crs=4326)
    assert "latitude outside -90...90 in 3 of 3 rows (e1, e2, e3); longitude and latitude look swapped" in message(
        ps.check_events, swapped
    )


def test_no_swap_is_proposed_that_would_not_be_valid(events):
    outside = events.set_geometry(gpd.points_from_xy([16.3, 16.3, 16.3], [496.0, 300.0, 181.0]), crs=4326)
    assert message(ps.check_events, outside).splitlines()[0].endswith("in 3 of 3 rows (e1, e2, e3)")


def test_coordinates_that_are_no_numbers(events):
    odd = events.set_geometry(shapely.points([[np.inf, 1.0], [1.0, 1.0], [2.0, 1e308]]), crs=4326)
    text = message(ps.check_events, odd)
    assert "NaN or infinite coordinates in 1 of 3 rows (e1)" in text
    assert "latitude outside -90...90 in 1 of 3 rows (e3)" in text
    far = events.set_geometry(shapely.points([[400.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), crs=4326)
    assert "longitude outside -180...180 in 1 of 3 rows (e1)" in message(ps.check_events, far)


@pytest.mark.parametrize("table", ["events", "regions", "cities"])
def test_no_crs_and_the_wrong_crs(request, table):
    frame, check = request.getfixturevalue(table), getattr(ps, f"check_{table}")
    with pytest.raises(ps.CRSError, match=r"have no reference system[\s\S]*frame\.set_crs\(4326\)"):
        check(frame.set_crs(None, allow_override=True))
    with pytest.raises(ps.CRSError, match=r"Pseudo-Mercator[\s\S]*frame\.to_crs\(4326\)"):
        check(frame.to_crs(3857))


def test_an_invalid_polygon_is_named_and_the_reason_given(regions):
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    text = message(ps.check_regions, regions.set_geometry([bow, regions.geometry.iloc[1]], crs=4326))
    assert "invalid polygons in 1 of 2 rows (A); the first: Self-intersection" in text
    assert ".make_valid()" in text


def test_regions_beyond_a_pole_are_named(regions):
    high = regions.set_geometry([shapely.box(0, 0, 1, 1), shapely.box(1, 89, 2, 91)], crs=4326)
    assert "latitude outside -90...90 in 1 of 2 rows (B)" in message(ps.check_regions, high)


def test_regions_without_id_or_with_one_twice(regions):
    assert "region_id is not unique: A" in message(
        ps.check_regions, regions.set_axis(pd.Index(["A", "A"], name="region_id"))
    )
    assert "the index is missing in 1 of 2 rows" in message(
        ps.check_regions, regions.set_axis(pd.Index(["A", None], name="region_id"))
    )
    assert "negative in 1 of 2 rows (B)" in message(ps.check_regions, regions.assign(population=[5, -1]))


def test_faults_of_links(case):
    links = case.links.head(3).copy()
    links.loc[0, "to_place"] = links.loc[0, "from_place"]
    links.loc[1, ["from_place", "to_place"]] = links.loc[2, ["to_place", "from_place"]].to_numpy()
    links.loc[2, "mode"] = links.loc[1, "mode"]
    text = message(ps.check_links, links, case.cities.drop("Shetpe"))
    assert "a place linked with itself in 1 of 3 rows (0)" in text
    assert "a pair repeated within one mode in 1 of 3 rows (2)" in text
    assert "columns 'from_place' and 'to_place': unknown places: Shetpe" in text


def test_faults_of_interventions(case):
    some = case.interventions.head(3).copy()
    some["region_id"] = ["KZ-MAN", "XX", None]
    some["start"] = [pd.NaT, pd.Timestamp("2022-01-05"), pd.Timestamp("2022-01-05")]
    some["end"] = [pd.NaT, pd.Timestamp("2022-01-05"), pd.NaT]
    text = message(ps.check_interventions, some, case.regions)
    assert "column 'start': no start in 1 of 3 rows (KZ22-I001)" in text
    assert "column 'end': the end is not after the start in 1 of 3 rows (KZ22-I002)" in text
    assert "column 'region_id': unknown regions: XX" in text


def test_faults_of_flows(case):
    assert "negative in 1 of 5 rows" in message(ps.check_flows, case.flows.assign(low=[-1, 1, 1, 1, 1]))
    assert "column 'origin_lat' is missing" in message(ps.check_flows, case.flows.drop(columns="origin_lat"))
    assert "not one of arrival, dispatch in 1 of 5 rows (RUS)" in message(
        ps.check_flows, case.flows.assign(start_basis=["landing", *["arrival"] * 3, None])
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p.reset_index(drop=True), "the index must be a DatetimeIndex of days; got RangeIndex"),
        (lambda p: p.rename_axis("day"), "the index is named 'day', not 'date'"),
        (lambda p: p.tz_localize("UTC"), "carry a time zone"),
        (lambda p: p.iloc[::-1], "not in order"),
        (lambda p: p.drop(p.index[3]), "not regular"),
        (lambda p: p.astype(str), "columns are not numeric"),
        (lambda p: p.astype(float).replace(0.0, np.inf), "infinite values"),
        (lambda p: p.set_axis(["x"] * p.shape[1], axis=1), "places are not unique: x"),
        (lambda p: p["Almaty"], "expected a DataFrame; got Series"),
    ],
)
def test_faults_of_panels(panel, change, says):
    assert says in message(ps.check_panel, change(panel))


def test_faults_of_onsets(panel):
    first = ps.onsets(panel)
    assert "expected a Series; got DataFrame" in message(ps.check_onsets, first.to_frame())
    assert "not times" in message(ps.check_onsets, first.astype(str))
    assert "carry a time zone" in message(ps.check_onsets, first.dt.tz_localize("UTC"))
    assert "places are not unique" in message(ps.check_onsets, pd.concat([first, first]))


def test_the_seven_event_types_are_documented(case):
    assert set(case.events["event_type"]) == set(ps.EVENT_TYPES)
    assert len(ps.EVENT_TYPES) == 7


def test_a_fault_records_its_rows_reason_and_column(events):
    from protestspread.tables import EVENTS

    bad = events.assign(size_low=[1.0, -5.0, np.inf])
    faults = {fault.reason: fault for fault in EVENTS.faults(bad)}
    negative = faults["column 'size_low': negative"]
    assert negative == "column 'size_low': negative in 1 of 3 rows (e2)"
    assert (negative.rows.tolist(), negative.column) == ([False, True, False], "size_low")
    assert EVENTS.faults({})[0].rows is None


# tables whose rows or columns cannot be named

CHECKS = {"events": ps.check_events, "regions": ps.check_regions, "cities": ps.check_cities, "links": ps.check_links,
          "interventions": ps.check_interventions, "flows": ps.check_flows}  # fmt: skip


def with_index(table, index):
    changed = table.copy()
    changed.index = index
    return changed


@pytest.mark.parametrize("name", CHECKS)
def test_a_column_twice_is_named(case, name):
    table = getattr(case, name)
    column = str(table.columns[0])
    twice = table.iloc[:, [*range(table.shape[1]), 0]]
    assert f"{name}: a column is given more than once: {column}" in message(CHECKS[name], twice)


@pytest.mark.parametrize("name", CHECKS)
def test_a_multiindex_says_how_to_get_rid_of_it(case, name):
    table = getattr(case, name)
    rows = with_index(table, pd.MultiIndex.from_arrays([table.index, range(len(table))]))
    assert "the index must have one level; got a MultiIndex of 2 levels; call reset_index()" in message(
        CHECKS[name], rows
    )
    columns = pd.DataFrame(table).set_axis(pd.MultiIndex.from_product([["a"], table.columns]), axis=1)
    assert "the columns must have one level; got a MultiIndex of 2 levels" in message(CHECKS[name], columns)


@pytest.mark.parametrize("name", CHECKS)
def test_labels_that_cannot_be_compared(case, name):
    table = getattr(case, name)
    index = pd.Index([["x"], *table.index[1:]], dtype=object, name=table.index.name)
    assert "the index must hold names or numbers; got values without a hash" in message(
        CHECKS[name], with_index(table, index)
    )


@pytest.mark.parametrize("name", ["events", "regions", "cities"])
def test_geometry_must_be_geometry(case, name):
    table = getattr(case, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of geopandas
        numbers = table.assign(geometry=1.0)
    assert "geometry" in message(CHECKS[name], numbers)
    assert "expected a GeoDataFrame" in message(CHECKS[name], pd.DataFrame(table))


@pytest.mark.parametrize("crs", [4807, 4275, 4313, 4269])
def test_geographic_systems_other_than_wgs84(case, crs):
    """Grads from Paris, and degrees on other datums, are geographic too; readers convert them."""
    moved = case.cities.set_crs(crs, allow_override=True)
    with pytest.raises(ps.CRSError, match=r"not in WGS 84 \(EPSG:4326\)"):
        ps.check_cities(moved)


def test_dates_that_nanoseconds_cannot_hold(case):
    far = case.events.assign(date=np.array(["9999-12-31"] * len(case.events), dtype="datetime64[s]"))
    assert "column 'date': dates outside 1678 to 2261 in " in message(ps.check_events, far)


def test_complex_numbers_are_no_counts(panel, case):
    assert "columns are not numeric" in message(ps.check_panel, panel.astype(complex))
    assert "column 'population': holds complex128" in message(ps.check_cities, case.cities.assign(population=1 + 2j))


def test_places_of_panels_and_onsets_are_named_once(panel):
    levels = panel.set_axis(pd.MultiIndex.from_product([["a"], panel.columns]), axis=1)
    assert "the places must have one level" in message(ps.check_panel, levels)
    twice = pd.concat([ps.onsets(panel)] * 2)
    assert "places are not unique" in message(ps.check_onsets, twice)


@pytest.mark.parametrize("given", [None, [], {}, 3, "x", object()])
@pytest.mark.parametrize("name", [*CHECKS, "panel", "onsets"])
def test_what_is_no_table(name, given):
    assert "expected a" in message(getattr(ps, f"check_{name}"), given)
