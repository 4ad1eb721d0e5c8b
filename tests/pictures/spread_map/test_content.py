"""What a page holds besides the panel of regions: types, story, flows, cities without regions, insets; and files by ending."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread import DataError, SchemaError
from protestspread.arrow_layers import GraphTies
from protestspread.ensembles.figures import QUANTILES, fan_of, reached_within
from protestspread.pictures.spread_map.api import spread_map

from .test_encoding import unpacked

WINDOW = {"start": "2022-01-01", "end": "2022-01-11"}


@pytest.fixture(scope="module")
def cities(case):
    return case.cities


@pytest.fixture(scope="module")
def by_city(case, cities):
    return ps.count_events(case.events, cities, observed=case.coverage, **WINDOW)


@pytest.fixture(scope="module")
def by_region(by_city, cities):
    return ps.aggregate_panel(by_city, cities["region_id"])


@pytest.fixture(scope="module")
def by(case, cities):
    return {
        kind: ps.count_events(rows, cities, observed=case.coverage, **WINDOW)
        for kind, rows in case.events.groupby("event_type")
    }


@pytest.fixture
def page(case, cities, by_city, by_region):
    return lambda **options: spread_map(by_region, case.regions, cities=cities, city_panel=by_city, **options)._payload


def test_types_add_up_to_the_regions_and_the_cities(page, by, by_city, by_region, cities, case):
    types = page(by=by)["types"]
    assert [one["total"] for one in types] == [float(part.sum().sum()) for part in by.values()]
    for level, panel, places in (("regions", by_region, case.regions), ("cities", by_city, cities)):
        parts = [unpacked(one[level]).astype(float) for one in types]
        added = np.sum([np.where(part == 255, 0, part) for part in parts], axis=0)
        assert added.tolist() == panel.reindex(columns=places.index).fillna(0).to_numpy().T.ravel().tolist()


def test_types_that_do_not_add_up_or_have_other_places_are_refused(page, by):
    short = dict(list(by.items())[1:])
    with pytest.raises(DataError, match="by"):
        page(by=short)
    odd = {name: part.rename(columns={"Aktau": "Atlantis"}) for name, part in by.items()}
    with pytest.raises(DataError, match="Atlantis"):
        page(by=odd)
    moved = {name: part.rename(columns={"Aktau": "Oral", "Oral": "Aktau"}) for name, part in by.items()}
    with pytest.raises(DataError, match="the types do not add up"):
        page(by=moved)
    with pytest.raises((DataError, SchemaError), match="by"):
        page(by=[1])
    with pytest.raises(DataError, match="by cannot be combined with min_count"):
        page(by=by, min_count=2)


def test_types_of_cities_that_do_not_add_up_to_the_regions_are_refused(case, cities, by, by_city, by_region):
    apart = cities.drop(columns="region_id")  # no region is known, so a filter would show none of the events
    with pytest.raises(DataError, match="the types do not add up to the counts of KZ-"):
        spread_map(by_region, case.regions, cities=apart, city_panel=by_city, by=by)
    with pytest.raises(DataError, match="by must be text"):
        spread_map(by_region, case.regions, by={1: by_region})


def test_types_of_a_map_without_regions(cities, by, by_city):
    page = spread_map(by_city, cities=cities, by=by)._payload
    parts = [unpacked(one["cities"]).astype(float) for one in page["types"]]
    assert sum(part[part < 255].sum() for part in parts) == by_city.sum().sum()
    assert len(parts[0]) == len(page["cities"]["names"]) * len(by_city)


def test_a_story_names_rows_and_places(page, cities, case):
    story = page(
        story=[
            ("2022-01-02", "Zhanaozen", "one"),
            (pd.Timestamp("2022-01-05"), None, "two"),
            ("2022-01-11", "KZ-ALA", "three"),
        ]
    )["story"]
    assert [step["row"] for step in story] == [1, 4, 10]
    assert story[0]["place"] == list(cities.index).index("Zhanaozen")
    assert story[1]["place"] is None
    assert story[2]["place"] == len(cities) + list(case.regions.index).index("KZ-ALA")


@pytest.mark.parametrize(
    ("story", "message"),
    [
        ([("2022-02-01", None, "late")], r"story\[0\]: 2022-02-01 is not between 2022-01-01 and 2022-01-11"),
        ([("2022-01-02", "Atlantis", "x")], r"story\[0\]: 'Atlantis' is neither a city nor a region"),
        ([("2022-01-02", None)], r"story\[0\] must be \(date, place or None, text\)"),
        ([("3-Jan", None, "x"), ("2022-01-02", 7, "y")], r"(?s)story\[0\].*story\[1\]"),
        ([], "story must be a list of 1 to 60 steps"),
        ("2022-01-02", "story must be a list"),
    ],
)
def test_faults_of_a_story_are_named_at_once(page, story, message):
    with pytest.raises(DataError, match=message):
        page(story=story)


def test_flows_run_from_their_start_to_their_end(page, case):
    flows = page(flows=case.flows)["flows"]
    assert [flow["name"].split(":")[0] for flow in flows] == list(case.flows["contributing_country"])
    russia = flows[0]
    assert russia["size"] == 3000
    assert russia["rows"] == [5, 10]  # 6 January, and until after the last day
    tajikistan = next(flow for flow in flows if flow["name"].startswith("Tajikistan"))
    assert tajikistan["name"].endswith("day unknown")
    assert tajikistan["rows"][0] == 5  # not before the first flow whose day is known


def test_a_flow_without_coordinates_is_named(page, case):
    lost = case.flows.copy()
    lost.loc[lost.index[0], "origin_lon"] = np.nan
    with pytest.raises(DataError, match=f"missing coordinates for the origin of {lost.index[0]}"):
        page(flows=lost)


def test_lanes_have_the_share_of_people(page, case):
    lanes = page(interventions=case.interventions)
    shares = ps.share_in_force(case.interventions, case.regions, pd.date_range(*WINDOW.values(), name="date"))
    assert lanes["share_of"] == "people"
    for lane, kind in (
        (lane, kind) for lane in lanes["lanes"] for kind in shares if kind.replace("_", " ") == lane["name"]
    ):
        rows = dict(lane["share"])
        values = pd.Series({row: rows.get(row) for row in range(11)}, dtype=float).ffill()
        assert values.tolist() == pytest.approx(shares[kind].tolist(), abs=1e-4)


def test_rates_need_the_people_of_all_regions(case, by_region):
    known = spread_map(by_region, case.regions)._payload["views"]
    assert all("rates" in view for view in known if view["key"] != "first")
    some = case.regions.assign(population=case.regions["population"].where(case.regions.index != "KZ-ALA"))
    assert not any("rates" in view for view in spread_map(by_region, some)._payload["views"])


def test_two_maps_can_have_one_legend(case, by_region):
    classes = ps.classify([0, 1, 100], scheme=[1, 5, 50])
    for panel in (by_region, by_region * 3):
        view = spread_map(panel, case.regions, classes=classes, show="so_far")._payload["views"][0]
        assert (view["key"], view["upper"], view["labels"]) == ("so_far", list(classes.upper), list(classes.labels))
    assert spread_map(by_region, case.regions, scheme="quantiles", k=3, cmap="Blues")._payload["views"][0]["labels"]


def test_cities_without_regions(cities, by_city, case):
    made = spread_map(by_city, cities=cities, context=case.context, interventions=case.interventions)
    active = by_city.columns[(by_city > 0).any()]
    assert made._payload["cities"]["names"] == list(cities.index[cities.index.isin(active)])
    assert made._payload["regions"]["names"] == []
    assert repr(made) == f"<SpreadMap: {len(active)} cities, 1 Jan 2022 to 11 Jan 2022; .save('map.html')>"
    with pytest.raises(DataError, match="regions and cities are both None"):
        spread_map(by_city)


def test_far_parts_are_in_insets_unless_there_are_tiles():
    states = ps.load_case("george_floyd_2020").regions
    panel = pd.DataFrame(1, index=pd.date_range("2020-06-01", periods=2, name="date"), columns=states.index)
    boxes = spread_map(panel, states)._payload["insets"]
    assert sorted(box["name"] for box in boxes) == ["Alaska", "Hawaii"]
    assert "insets" not in spread_map(panel, states, insets=None)._payload
    assert "insets" not in spread_map(panel, states, tiles="OpenStreetMap")._payload
    named = spread_map(panel, states, insets={"The north": (-180, 50, -128, 72)})._payload["insets"]
    assert [box["name"] for box in named] == ["The north"]


def test_ties_of_a_graph_are_lines(page, cities):
    framed = cities[cities["in_frame"]]
    graph = ps.nearest_graph(framed, k=2)
    (mark,) = page(layers=[GraphTies(graph)])["marks"]
    pairs = {tuple(sorted(pair)) for pair in zip(*graph.matrix.nonzero(), strict=True)}
    assert len(mark["lines"]) == len(pairs)


def test_negative_values_have_one_view_and_no_sums(case):
    panel = pd.DataFrame(-1.0, index=pd.date_range("2022-01-01", periods=9, name="date"), columns=case.regions.index)
    views = spread_map(panel, case.regions)._payload["views"]
    assert [view["key"] for view in views] == ["day"]
    assert not views[0]["zero"]


@pytest.mark.parametrize("show", ["day", "so_far", "window", "first"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, 1.0])
@pytest.mark.parametrize("days", [1, 9])
def test_each_view_can_be_the_first_of_any_panel(case, show, value, days):
    panel = pd.DataFrame(
        value, index=pd.date_range("2022-01-01", periods=days, name="date"), columns=case.regions.index
    )
    views = spread_map(panel, case.regions, show=show)._payload["views"]
    given = show != "first" or (value > 0 and days > 1)
    assert views[0]["key"] == (show if given else "day")
    assert len({view["name"] for view in views}) == len(views)


def test_nothing_observed_at_all(case):
    panel = pd.DataFrame(np.nan, index=pd.date_range("2022-01-01", periods=2, name="date"), columns=case.regions.index)
    assert [view["key"] for view in spread_map(panel, case.regions)._payload["views"]] == ["day", "so_far"]


def test_the_ending_decides_what_is_saved(case, by_region, by_city, cities, tmp_path):
    made = spread_map(by_region.iloc[:3], case.regions)
    for name, start in (("a.html", b"<!DOCTYPE"), ("a.png", b"\x89PNG"), ("a.gif", b"GIF8")):
        made.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(DataError, match=r"outfile must end in .html, .htm, .png, .gif, .webp, .mp4; got 'a.pdf'"):
        made.save(tmp_path / "a.pdf")
    with pytest.raises(DataError, match=r"without regions cannot be saved as \.png"):
        spread_map(by_city, cities=cities).save(tmp_path / "b.png")
    with pytest.raises(DataError, match=r"without dates cannot be saved as \.gif"):
        ps.choropleth_map(case.regions["population"], case.regions).save(tmp_path / "b.gif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a.html", "a.png"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"theme": "pink"}, "theme must be 'auto', 'light' or 'dark'"),
        ({"height": 10}, "height must be a whole number"),
        ({"show": "week"}, "show must be"),
        ({"k": 0}, "k must be"),
        ({"insets": "all"}, "insets"),
    ],
)
def test_options_of_the_page_are_checked(page, options, message):
    with pytest.raises(DataError, match=message):
        page(**options)


def of_ensemble(by_region, case, cities, by_city, ensemble, **options):
    """Return the data of a page with an ensemble."""
    given = {"cities": cities, "city_panel": by_city, "ensemble": ensemble} | options
    return spread_map(by_region, case.regions, **given)._payload


def table_of(packed, columns, dates):
    """Return numbers of a page as a table, NaN where missing."""
    numbers = unpacked(packed).astype(float)
    if packed["t"] == "u8":
        numbers[numbers == 255] = np.nan
    return pd.DataFrame(numbers.reshape(len(columns), dates).T, columns=columns)


def test_the_page_holds_the_fan_the_observed_course_and_probabilities(
    by_region, case, cities, by_city, possible_spreads
):
    page = of_ensemble(by_region, case, cities, by_city, possible_spreads, ensemble_note="SI, <b>not</b> fitted")
    ensemble = page["ensemble"]
    bands = table_of(ensemble["bands"], QUANTILES, 11)
    assert bands.isna().all(axis=1).tolist() == [True, *[False] * 9, True]  # 2 to 10 January of 1 to 11
    fan = fan_of(possible_spreads)
    assert bands.iloc[1:10].to_numpy() == pytest.approx(fan.quantiles.to_numpy())
    joined = (by_city > 0).cummax().sum(axis=1).where(by_city.notna().all(axis=1))
    np.testing.assert_array_equal(table_of(ensemble["observed"], ["n"], 11)["n"], joined)
    for level, places, shares in (
        ("cities", cities.index, possible_spreads.reached()),
        ("regions", case.regions.index, reached_within(possible_spreads, cities["region_id"])),
    ):
        found = table_of(ensemble[level], places, 11)
        assert found.iloc[[0, 10]].isna().all(axis=None)
        assert found.iloc[1:10].to_numpy() == pytest.approx(100 * shares[places].to_numpy(), abs=1)
    assert not ensemble["counts"]
    assert ensemble["note"] == "SI, <b>not</b> fitted"
    assert ensemble["note"] in page["notes"][0]
    views = {view["key"]: view for view in page["views"]}
    assert list(views) == ["day", "window", "so_far", "first", "probability"]
    assert views["probability"]["upper"] == [0.2, 0.4, 0.6, 0.8]
    assert views["probability"]["labels"] == ["≤ 20", "20–40", "40–60", "60–80", "> 80"]
    assert views["probability"]["what"].startswith("Percent of 40 simulated spreads")
    assert page["words"]["fan_key"]


def test_probabilities_are_0_or_100_only_where_they_are(regions):
    draws = np.zeros((1000, 1, 4), dtype=int)
    draws[:1, 0, 1] = draws[:999, 0, 2] = draws[:, 0, 3] = 1
    days = pd.DatetimeIndex(["2022-01-03"], name="date")
    places = [*regions.index[:2], "x", "y"]
    more = pd.concat([regions.iloc[:2], regions.iloc[:2].set_axis(pd.Index(["x", "y"], name="region_id"))])
    ensemble = ps.Ensemble.from_values(draws, days, pd.Index(places))
    page = spread_map(pd.DataFrame(0, days, more.index), more, ensemble=ensemble)._payload
    assert unpacked(page["ensemble"]["regions"]).tolist() == [0, 1, 99, 100]


def test_dates_beyond_the_panel_are_added_as_not_observed(by_region, case, cities, by_city, by):
    days = pd.date_range("2021-12-30", "2022-01-13", name="date")
    counts = np.full((3, len(days), 2), [2, 3])
    ensemble = ps.Ensemble.from_values(counts, days, pd.Index(["KZ-MAN", "KZ-ALA"]))
    page = of_ensemble(by_region, case, cities, by_city, ensemble, by=by, show="probability")
    assert (page["iso"][0], page["iso"][-1], len(page["iso"])) == ("2021-12-30", "2022-01-13", 15)
    values = table_of(page["values"], case.regions.index, 15)
    assert values.iloc[[0, 1, 13, 14]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        values.iloc[2:13].reset_index(drop=True), by_region[case.regions.index].reset_index(drop=True),
        check_names=False, check_column_type=False,
    )  # fmt: skip
    assert page["views"][0]["key"] == "probability"
    assert page["ensemble"]["counts"]
    observed = table_of(page["ensemble"]["observed"], ["n"], 15)["n"]
    np.testing.assert_array_equal(observed[2:13], by_region[["KZ-MAN", "KZ-ALA"]].sum(axis=1, min_count=2))
    assert "2 of 17 places are simulated." in page["ensemble"]["note"]
    assert "what they were fitted to is not stated" in page["ensemble"]["note"]
    regions = table_of(page["ensemble"]["regions"], case.regions.index, 15)
    assert regions.columns[regions.notna().all()].tolist() == [
        r for r in case.regions.index if r in ("KZ-MAN", "KZ-ALA")
    ]
    assert "cities" not in page["ensemble"]


def test_a_map_of_cities_draws_the_cities_of_the_ensemble(cities, by_city, possible_spreads):
    page = spread_map(by_city, cities=cities, ensemble=possible_spreads, lang="kk")._payload
    assert len(page["cities"]["names"]) == len(cities)  # also those without events
    assert "regions" not in page["ensemble"]
    assert page["ensemble"]["cities"]["n"] == 11 * len(cities)
    assert "simulated" not in page["words"]["simulated"]


def test_a_gap_makes_later_numbers_lower_bounds(by_region, case, cities, by_city, possible_spreads):
    gap = by_city.copy()
    gap.loc["2022-01-04", "Almaty"] = np.nan
    page = of_ensemble(by_region, case, cities, gap, possible_spreads)
    assert page["ensemble"]["bound"] == [0] * 4 + [1] * 4 + [0] * 3
    assert np.isnan(table_of(page["ensemble"]["observed"], ["n"], 11)["n"][3])


def test_without_counts_of_the_cities_there_is_no_observed_course(by_region, case, cities, possible_spreads):
    page = of_ensemble(by_region, case, cities, None, possible_spreads)
    assert table_of(page["ensemble"]["observed"], ["n"], 11)["n"].isna().all()


def ensemble_on(days, places, draws=2):
    return ps.Ensemble.from_values(np.zeros((draws, len(days), len(places)), int), days, pd.Index(places))


@pytest.mark.parametrize(
    ("ensemble", "options", "message"),
    [
        ("an SI model", {}, "ensemble must be an Ensemble"),
        (None, {"show": "probability"}, "show must be another view where there is no ensemble"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), ["Aktau"]), {"min_count": 2}, "min_count"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), ["Aktau"]), {"ensemble_note": 3}, "ensemble_note"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), ["Aktau", "Atlantis"]), {}, "all regions: Atlantis"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), ["Aktau", "KZ-MAN"]), {}, "all regions: KZ-MAN"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), []), {}, "got 2 and 0"),
        (ensemble_on(pd.date_range("2022-01-02", periods=2), ["Aktau"], draws=0), {}, "got 0 and 1"),
        (ensemble_on(pd.date_range("2022-02-02", periods=2), ["Aktau"]), {}, "dates are not regular"),
        (ensemble_on(pd.date_range("2022-01-02 06:00", periods=2), ["Aktau"]), {}, "dates are not regular"),
    ],
)  # fmt: skip
def test_ensembles_that_do_not_fit_the_map_are_named(by_region, case, cities, by_city, ensemble, options, message):
    with pytest.raises(DataError, match=rf"(?s){message}.*Fix: "):
        of_ensemble(by_region, case, cities, by_city, ensemble, **options)


@pytest.mark.parametrize("freq", ["W-MON", "MS", "7D"])
def test_weeks_and_months_go_on_in_their_steps(regions, freq):
    dates = pd.date_range("2022-01-03", periods=8, freq=freq, name="date")
    panel = pd.DataFrame(1, dates[:5], regions.index)
    ensemble = ensemble_on(dates[3:], list(regions.index[:2]))
    page = spread_map(panel, regions, ensemble=ensemble)._payload
    assert page["iso"] == [str(date.date()) for date in dates]
    with pytest.raises(DataError, match=r"ensemble: with the dates of panel, the dates are not regular"):
        spread_map(panel, regions, ensemble=ensemble_on(pd.date_range("2022-01-03", periods=9), ["A"]))


def test_what_is_no_mapping_of_types_is_named_with_an_ensemble_too(by_region, case, cities, by_city, possible_spreads):
    with pytest.raises(DataError, match="by must be a mapping"):
        of_ensemble(by_region, case, cities, by_city, possible_spreads, by=[by_city])
