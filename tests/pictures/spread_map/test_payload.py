import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread import DataError, SchemaError
from protestspread.arrow_layers import Arrows
from protestspread.layers import Responses
from protestspread.pictures.frames import row_ends
from protestspread.pictures.spread_map.api import choropleth_map, spread_map
from protestspread.pictures.spread_map.encoding import Plane, context_shapes, on_plane, rings
from protestspread.pictures.spread_map.page_ground import PageGround
from protestspread.pictures.spread_map.page_layers import arrows_of, lanes_of
from protestspread.pictures.spread_map.tiles import tile_host, tiles_of
from protestspread.pictures.style.text import PLAYER, cut, player_words

from .test_encoding import unpacked


@pytest.fixture(scope="module")
def days():
    return pd.date_range("2022-01-01", periods=4, name="date")


@pytest.fixture
def counts(days):
    return pd.DataFrame({"A": [0, 1, 2, np.nan], "B": [3, 0, 12, 1]}, index=days)


def page_of(spread):
    return spread._payload


def test_the_page_holds_the_frames_of_the_panel(counts, regions):
    page = page_of(spread_map(counts, regions))
    values = unpacked(page["values"]).reshape(2, 4).T.astype(float)
    values[values == 255] = np.nan
    assert np.array_equal(values, counts.to_numpy(dtype=float), equal_nan=True)
    assert [view["key"] for view in page["views"]] == ["day", "so_far", "first"]
    for view, show in zip(page["views"], ("day", "so_far"), strict=False):
        classes = ps.frames(counts, show=show)[0].classes
        assert (tuple(view["upper"]), tuple(view["labels"]), view["zero"]) == (
            classes.upper,
            classes.labels,
            classes.zero,
        )
        assert len(view["colors"]) == len(view["dark"]) == classes.k
    assert page["dates"] == [frame.label for frame in ps.frames(counts)]


def test_a_region_the_panel_does_not_know_is_missing_not_zero(counts, regions):
    page = page_of(spread_map(counts[["A"]], regions))
    assert unpacked(page["values"]).tolist()[4:] == [255] * 4


def test_notes_have_the_projection_the_classes_missing_values_and_the_source(counts, regions):
    notes = page_of(spread_map(counts, regions, note="seen by me", attribution="nobody"))["notes"]
    assert notes[0] == "seen by me"
    assert notes[-1] == "nobody"
    assert "Equal Area projection" in notes[1]
    assert "that day: 1, 2, 3–5, " in notes[1]
    assert "not observed" in notes[1]
    assert "not observed" not in " ".join(page_of(spread_map(counts.fillna(0), regions))["notes"])


def test_no_note_or_coordinate_of_an_event_enters_the_page(case):
    city_panel = ps.count_events(case.events, case.cities)
    panel = ps.aggregate_panel(city_panel, case.cities["region_id"])
    page = spread_map(
        panel,
        case.regions,
        cities=case.cities,
        city_panel=city_panel,
        interventions=case.interventions,
        engine="canvas",
    ).to_html()
    texts = [*case.events["note"].dropna(), *case.events["source"].dropna(), *case.interventions["detail"].dropna()]
    assert len(texts) > 100
    assert [text for text in texts if len(text) > 12 and text in page] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"panel": lambda panel: panel.rename(columns={"A": "Z"})}, "panel has columns that are not in regions: Z"),
        ({"city_panel": lambda panel: panel}, "cities must be passed together with city_panel"),
        ({"engine": lambda _: "webgl"}, "engine must be 'auto', 'folium' or 'canvas'; got 'webgl'"),
        ({"labels": lambda _: {"evnets": "x", "events": 3}}, "evnets.*\n.*must be text; got 3"),
        ({"lang": lambda _: "en<script>"}, "lang must be a language tag"),
        ({"min_count": lambda _: 0}, "min_count must be a whole number of at least 1; got 0"),
        ({"tiles": lambda _: "no such provider"}, "tiles must be a provider known to folium"),
        ({"tiles": lambda _: "javascript:alert(1)"}, "tiles must be "),
    ],
)
def test_invalid_arguments_are_named(counts, regions, change, message):
    given = {"panel": counts, "regions": regions} | {name: make(counts) for name, make in change.items()}
    with pytest.raises(DataError, match=message):
        spread_map(given.pop("panel"), given.pop("regions"), **given)


def test_tables_of_another_shape_are_refused(counts, regions):
    with pytest.raises(SchemaError, match="panel"):
        spread_map(counts.reset_index(), regions)
    with pytest.raises(SchemaError, match="regions"):
        spread_map(counts, regions.reset_index())
    with pytest.raises(DataError, match="empty"):
        spread_map(counts.iloc[:0], regions)
    with pytest.raises(DataError, match="engine must be 'auto' or 'folium' for a map with tiles"):
        spread_map(counts, regions, engine="canvas", tiles="OpenStreetMap")


def test_weeks_and_months_are_named(regions):
    weeks = pd.DataFrame(
        {"A": [1, 2], "B": [0, 0]}, index=pd.date_range("2022-01-03", periods=2, freq="W-MON", name="date")
    )
    page = page_of(spread_map(weeks, regions))
    assert page["words"]["now"] == "that week"
    assert page["dates"][0] == "week from 3 Jan 2022"
    assert page["short"][0] == "3 Jan 2022"
    months = weeks.set_axis(pd.date_range("2022-01-01", periods=2, freq="MS", name="date"))
    assert page_of(spread_map(months, regions, lang="ru"))["dates"] == ["янв. 2022", "февр. 2022"]


def test_long_panels_are_labeled_at_the_first_of_each_month(regions):
    panel = pd.DataFrame(1, index=pd.date_range("2022-01-20", periods=100, name="date"), columns=["A", "B"])
    page = page_of(spread_map(panel, regions))
    assert [page["short"][row] for row in page["ticks"]] == ["1 Feb", "1 Mar", "1 Apr"]


def test_choropleth_of_rates_keeps_its_numbers_and_its_name(regions):
    page = page_of(choropleth_map(pd.Series({"A": 0.1, "B": np.nan}, name="rate"), regions))
    assert page["values"]["t"] == "f64"
    assert page["title"] == page["words"]["events"] == "rate"
    assert page["words"]["not_observed"] == "no data"


def test_every_language_has_every_word_and_no_pattern_is_lost():
    import re

    english = PLAYER["en"]
    for lang, words in PLAYER.items():
        assert set(words) >= set(english), lang
        for key, text in english.items():
            assert set(re.findall(r"\{\w+\}", words[key])) == set(re.findall(r"\{\w+\}", text)), (lang, key)


def test_words_may_be_replaced_kinds_too(case):
    kinds = list(case.interventions["kind"].unique())
    words = player_words("kk-KZ", {"events": "{n}", "curfew": "үйде"}, kinds)
    assert (words["events"], words["curfew"], words["price_cut"]) == ("{n}", "үйде", "бағаны түсіру")
    assert player_words("xx", {}, kinds)["price_cut"] == "price cut"
    with pytest.raises(ps.DataError, match="lang must be 'en', 'kk' or 'ru' where there are no labels; got 'xx'"):
        player_words("xx", None, kinds)
    assert len(cut("x" * 50_000)) == 400
    assert cut("\ud800") == "?"


def test_the_language_of_a_page_does_not_depend_on_the_current_language(regions):
    panel = pd.DataFrame({"A": [1.0, 0.0]}, index=pd.date_range("2022-05-02", periods=2, freq="W-MON", name="date"))
    with ps.language("kk"):
        english, russian = (page_of(ps.spread_map(panel, regions, lang=lang)) for lang in ("en", "ru"))
    assert english == page_of(ps.spread_map(panel, regions))
    assert english["dates"][0] == "week from 2 May 2022"
    assert (russian["dates"][0], russian["short"][0]) == ("неделя с 2 мая 2022", "2 мая 2022")
    assert "Равновеликая азимутальная проекция Ламберта, площади в масштабе." in russian["notes"][0]


def test_simplified_borders_stay_shared(case):
    plane = Plane.of(case.regions, tiles=False)
    shapes, grid = on_plane(case.regions, plane)
    assert shapely.coverage_is_valid(shapes) == shapely.coverage_is_valid(case.regions.geometry.to_numpy())
    exact = case.regions.geometry.to_crs(plane.crs).area.to_numpy()
    large = exact > 1e10
    assert np.abs(shapely.area(shapes) / exact - 1)[large].max() < 0.002
    assert max(grid.width, grid.height) == 8192


def test_rings_come_back_on_the_grid(regions):
    shapes, grid = on_plane(regions, Plane.of(regions, tiles=False))
    packed = rings(shapes, grid)
    assert unpacked(packed["rings"]).tolist() == [1, 1]
    points = np.cumsum(unpacked(packed["steps"]).reshape(-1, 2), axis=0)
    assert len(points) == unpacked(packed["points"]).sum() == 8
    assert points.min() >= 0
    assert points[:, 0].max() == grid.width
    shared = {tuple(point) for point in points[:4].tolist()} & {tuple(point) for point in points[4:].tolist()}
    assert len(shared) == 2


def test_a_region_simplified_to_a_point_is_kept(regions):
    speck = gpd.GeoDataFrame(
        {"name": ["s"]},
        index=pd.Index(["S"], name="region_id"),
        geometry=[shapely.box(0.4, 2, 0.400001, 2.000001)],
        crs=4326,
    )
    together = pd.concat([regions, speck])
    shapes, grid = on_plane(together, Plane.of(together, tiles=False))
    assert unpacked(rings(shapes, grid)["rings"]).tolist() == [1, 1, 1]


def test_context_is_cut_off_far_away_and_named_where_seen(case):
    plane = Plane.of(case.regions, tiles=False)
    _, grid = on_plane(case.regions, plane)
    context = context_shapes(case.context, plane, grid)
    names = [name for name, *_ in context["names"]]
    assert {"Russia", "China", "Kyrgyzstan", "Caspian Sea"} <= set(names)
    assert "Belarus" not in names
    assert [water for name, _, _, water in context["names"] if name == "Caspian Sea"] == [1]


def test_lanes_and_regions_under_each_intervention(counts, days):
    table = pd.DataFrame(
        {
            "kind": ["curfew", "curfew", "curfew", "summit"],
            "region_id": ["A", "A", "B", None],
            "start": pd.to_datetime(
                ["2022-01-01 12:00", "2022-01-02", "2022-01-04 06:00", "2021-12-01"], format="mixed"
            ),
            "end": pd.to_datetime(["2022-01-02", "2022-01-03", None, "2021-12-02"]),
        },
        index=pd.Index(["i1", "i2", "i3", "i4"], name="intervention_id"),
    )
    layer, ground = Responses(table), ground_of(counts, ["A", "B"], words={"curfew": "stay in", "summit": "talks"})
    (lane,) = lanes_of(layer, layer.over(counts.index, row_ends(counts.index)), ground)["lanes"]
    assert lane["name"] == "stay in"
    assert lane["rows"] == [(0, 1, 0), (3, 3, 1)]
    assert lane["spans"][0] == (0.5, 2.0)
    assert lane["open"]
    for row, day in enumerate(days):
        for number, region in enumerate("AB"):
            under = not ps.interventions_in_force(table[table["kind"] == "curfew"], day, region_id=region).empty
            assert under == any(first <= row <= last and of == number for first, last, of in lane["rows"]), (
                day,
                region,
            )


def ground_of(counts, regions, cities=None, words=None):
    """The ground of a page with these regions and cities; nothing is projected."""
    return PageGround(counts.index, pd.DataFrame(index=regions), cities, None, None, words or {})


def test_arrows_by_date_and_probability(counts):
    tree = pd.DataFrame(
        {
            "source": ["x", None, "x", "A", "x", "y"],
            "target": ["y", "x", "y", "x", "y", "y"],
            "date": pd.to_datetime(
                ["2022-01-02", "2022-01-01", "2021-12-30", "2022-01-04", "2022-01-05", "2022-01-03"]
            ),
            "probability": [0.3, 0.75, 0.9, 1.0, 1.0, 0.9],
        }
    )

    def arrows_on(counts, tree, regions):
        layer = Arrows.of(tree, counts.index, row_ends(counts.index), 0.05)
        return arrows_of(layer, [], ground_of(counts, regions, pd.DataFrame(index=["x", "y"])))["arrows"]

    found = arrows_on(counts, tree, ["A", "B"])
    assert list(zip(found["source"], found["target"], found["row"], found["probability"], strict=True)) == [
        (2, 0, 3, 1.0),
        (0, 1, 0, 0.9),
        (0, 1, 1, 0.3),
    ]
    assert found["outside"] == [[0, 0.75]]

    class Tree:
        table = tree

    assert arrows_on(counts, Tree(), ["A", "B"]) == found
    with pytest.raises(DataError, match="not on the map: A"):
        arrows_on(counts, tree, [])
    with pytest.raises(SchemaError, match="probabilit"):
        ps.frames(counts, tree=tree.assign(probability=1.5))
    with pytest.raises(SchemaError, match="column 'date' is missing"):
        ps.frames(counts, tree=tree.drop(columns="date"))
    with pytest.raises(SchemaError, match="tree: expected a TransmissionTree or a DataFrame; got str"):
        ps.frames(counts, tree="tree")


def test_tiles_give_address_options_and_credit():
    found = tiles_of("OpenStreetMap")
    assert found["url"].startswith("https://tile.openstreetmap.org/")
    assert found["host"] == "https://tile.openstreetmap.org"
    assert found["credit"] == [
        ["© ", None],
        ["OpenStreetMap", "https://www.openstreetmap.org/copyright"],
        [" contributors", None],
    ]
    json.dumps(found)
    with pytest.raises(DataError, match="address must be a URL with a host"):
        tile_host("https://a b;script-src *")
