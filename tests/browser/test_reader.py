"""What a reader does with the page: pin, search, filter, follow a story, share, take away."""

import csv
import io
import re

import numpy as np
import pytest

import protestspread as ps
from protestspread.pictures.spread_map.api import spread_map

ENGINES = ("canvas", "folium")
SIZES = [(1440, 900), (1366, 650), (1024, 700), (900, 680), (390, 844), (683, 325)]  # the last: 200 % zoom of a laptop
STORY = [("2022-01-02", "Zhanaozen", "Drivers block a road."), ("2022-01-05", None, "A state of emergency.")]


@pytest.fixture(scope="session")
def by(case):
    kinds = case.events.groupby("event_type")
    return {
        kind: ps.count_events(rows, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)
        for kind, rows in kinds
    }


@pytest.fixture(scope="session")
def full(draw, tree, case, by):
    """The pages with everything that a reader can use, by engine."""
    return {
        engine: draw(engine=engine, tree=tree, by=by, story=STORY, flows=case.flows).to_html() for engine in ENGINES
    }


def spot_of(opened, case, name):
    """Return the place of a city in the window."""
    row = list(case.cities.index).index(name)
    x, y = opened.player(
        f"[0, 1].map(k => player.camera()[k ? 'y' : 'x'] + player.camera().k * player.model.cities.xy[2 * {row} + k])"
    )
    box = opened.page.locator(".map").bounding_box()
    return box["x"] + x, box["y"] + y


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tap_pins_a_card_and_another_closes_it(visit, full, case, engine):
    opened = visit(full[engine], width=390, height=844, has_touch=True, is_mobile=True)
    opened.settle()
    spot = spot_of(opened, case, "Almaty")
    opened.page.touchscreen.tap(*spot)
    card = opened.page.locator(".card")
    assert card.locator("h2").inner_text() == "Almaty"
    text = card.inner_text()
    assert "Almaty (city)" in text  # its region
    assert "Aktau" in text  # who probably came before
    assert "60 %" in text
    opened.page.wait_for_timeout(400)
    opened.page.touchscreen.tap(*spot)
    assert card.is_hidden()
    assert opened.page.locator(".map > .tip").is_hidden()
    assert opened.complaints == []


def test_targets_are_large_enough_for_fingers(visit, full):
    opened = visit(full["canvas"], width=390, height=844, has_touch=True, is_mobile=True)
    opened.player("player.pin({ city: 0 })")
    small = opened.page.evaluate(
        """() => [...document.querySelectorAll('.ps button:not(.link), .ps select, .ps summary, .ps label.switch, .ps .search input')]
        .filter((one) => one.offsetParent).map((one) => [one.textContent.slice(0, 20), one.getBoundingClientRect().height]).filter(([, height]) => height < 43.9)"""
    )
    assert small == []


@pytest.mark.parametrize("engine", ENGINES)
def test_map_and_timeline_fit_every_window(visit, full, engine):
    opened = visit(full[engine])
    for width, height in SIZES:
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.settle()
        found = opened.page.evaluate(
            """() => [document.documentElement.scrollHeight, document.documentElement.scrollWidth,
            ...['.map', '.dock', '.timeline', 'button.play'].map((name) => document.querySelector(name).getBoundingClientRect().bottom)]"""
        )
        assert found[0] <= height
        assert found[1] <= width
        assert max(found[2:]) <= height + 0.5, (width, height, found)
        assert opened.page.locator(".map").bounding_box()["height"] > 100


@pytest.mark.parametrize(
    "look", [{}, {"color_scheme": "dark"}, {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}]
)
def test_axe_finds_nothing_where_all_is_open(visit, full, npm, look):
    opened = visit(full["canvas"], bypass_csp=True, **look)
    opened.player("player.pin({ city: 3 })")
    opened.page.get_by_role("button", name="Share").click()
    opened.page.get_by_role("button", name="Start", exact=True).click()
    opened.page.evaluate("document.querySelectorAll('.ps details').forEach((one) => (one.open = true))")
    opened.page.get_by_role("combobox", name="Find a place").focus()
    opened.page.keyboard.press("ArrowDown")
    opened.settle()
    opened.page.add_script_tag(path=npm / "axe-core" / "axe.min.js")
    found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ru", ("Найти место", "первый день", "за день: 59")), ("kk", ("Орынды табу", "бірінші күн", "сол күні: 59"))],
)
def test_the_page_speaks_the_language(visit, draw, by, lang, words):
    opened = visit(draw(lang=lang, by=by, story=STORY).to_html())
    opened.player("player.pin({ city: 0 })")
    text = opened.page.locator(".ps").inner_text() + opened.page.locator(".search input").get_attribute("placeholder")
    assert [word for word in words if word.lower() not in text.lower()] == []
    assert not re.search(r"\b(First day|Share|Layers|Table|Back|Start|people)\b", text)
    assert opened.page.locator(".card h2").inner_text() in {"Жанаозен", "Жаңаөзен"}


def test_a_link_opens_what_its_sender_saw(visit, full):
    opened = visit(full["canvas"])
    opened.seek(3)
    opened.page.get_by_role("button", name="so far").click()
    opened.page.get_by_role("button", name="Per 100,000").click()
    opened.player("player.pin({ city: 1 })")
    opened.page.locator(".types summary").click()
    opened.page.locator(".types input").first.uncheck()
    opened.page.locator("button.themes").click()
    opened.settle()  # the address follows a moment later
    address = opened.page.evaluate("location.href")
    assert re.search(r"#d=2022-01-04&v=so_far&u=rate&p=c%3A\w+&t=.*&theme=dark$", address)
    name = opened.page.locator(".card h2").inner_text()
    shown = opened.player("player.model.regions.map((_, r) => player.shown(3, r))")
    opened.page.goto("about:blank")
    opened.page.goto(address)
    opened.page.wait_for_selector(".ps[data-ready]")
    assert opened.page.locator(".card h2").inner_text() == name
    assert opened.player("[player.state.t, player.state.view.key, player.state.rate, player.state.types.size]") == [
        3,
        "so_far",
        True,
        6,
    ]
    assert opened.player("player.model.regions.map((_, r) => player.shown(3, r))") == shown
    assert opened.page.evaluate("document.querySelector('.ps').classList.contains('dark')")


@pytest.mark.parametrize("hash_", ["#d=1999-01-01&v=nothing&p=c:Nowhere&w=9-2&t=x&s=99&theme=pink", "#w=a-b&p=q", "#%"])
def test_an_address_of_nonsense_changes_nothing(visit, full, hash_):
    opened = visit(full["canvas"])
    address = opened.page.evaluate("location.href").split("#")[0]
    opened.page.goto("about:blank")
    opened.page.goto(address + hash_)
    opened.page.wait_for_selector(".ps[data-ready]")
    assert opened.player("[player.state.t, player.state.from, player.state.pin, player.state.view.key]") == [
        4,
        None,
        None,
        "day",
    ]
    assert opened.complaints == []


def test_places_are_found_by_any_name_with_the_keyboard(visit, full, case):
    opened = visit(full["canvas"])
    press = opened.page.keyboard.press
    press("/")
    opened.page.keyboard.type("жанаозен")
    press("Enter")
    assert opened.page.locator(".card h2").inner_text() == "Zhanaozen"
    assert opened.page.evaluate("document.activeElement === document.querySelector('.card h2')")
    opened.page.get_by_role("combobox", name="Find a place").focus()
    seen = set()
    press("ArrowDown")
    for _ in range(len(case.cities) + len(case.regions)):
        chosen = opened.page.locator("[role=option][aria-selected=true]")
        seen.add((chosen.locator("span").inner_text(), chosen.locator("small").inner_text()))
        press("ArrowDown")
    assert len(seen) == len(case.cities) + len(case.regions)  # the arrows reach every place
    press("Escape")
    assert opened.page.locator(".found").is_hidden()
    press("Escape")


def test_the_counts_taken_away_are_those_of_the_panel(visit, full, by, region_panel, city_panel, case):
    opened = visit(full["canvas"], accept_downloads=True)
    opened.page.get_by_role("button", name="Share").click()
    with opened.page.expect_download() as waiting:
        opened.page.get_by_role("button", name="Counts (CSV)").click()
    name = waiting.value.suggested_filename
    assert re.fullmatch(r"[\w-]+\.csv", name)
    rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    names = dict(zip(case.regions.index, case.regions["name"], strict=True))
    assert {row["level"] for row in rows} == {"region", "city"}
    for level, panel, label in (("region", region_panel, names.get), ("city", city_panel, str)):
        sums = {}
        for row in rows:
            if row["level"] == level:
                value = float(row["count"]) if row["count"] else np.nan
                sums[row["date"], row["place"]] = sums.get((row["date"], row["place"]), 0) + value
        wanted = {(str(day.date()), label(place)): value for place in panel for day, value in panel[place].items()}
        assert sums.keys() == wanted.keys()
        assert np.array_equal([sums[key] for key in wanted], list(wanted.values()), equal_nan=True)
    assert {row["type"] for row in rows} == {kind.replace("_", " ") for kind in by}


def test_the_picture_taken_away_shows_the_map(visit, full):
    opened = visit(full["canvas"], accept_downloads=True)
    opened.settle()
    opened.page.get_by_role("button", name="Share").click()
    with opened.page.expect_download() as waiting:
        opened.page.get_by_role("button", name="Picture (PNG)").click()
    from PIL import Image

    with Image.open(waiting.value.path()) as picture:
        camera = opened.player("player.camera()")
        assert picture.size == (round(2 * camera["width"]), round(2 * (camera["height"] + 126)))
        colors = {pixel for _, pixel in picture.convert("RGB").getcolors(2**24)}
    assert {
        tuple(int(color[i : i + 2], 16) for i in (1, 3, 5)) for color in ("#fdc97c", "#ee9a3d", "#0b5cad")
    } <= colors


def test_a_brushed_window_is_summed(visit, full, region_panel):
    opened = visit(full["canvas"])
    box = opened.page.locator(".timeline").bounding_box()
    left, step = opened.player("player.scale()")
    for row, act in ((1, opened.page.mouse.down), (4, opened.page.mouse.up)):
        opened.page.mouse.move(box["x"] + left + (row + 0.5) * step, box["y"] + box["height"] - 40, steps=4)
        act()
    assert opened.player("[player.state.from, player.state.t]") == [1, 4]
    total = region_panel.iloc[1:5].sum().sum()
    assert opened.page.locator(".numbers").first.inner_text() == f"Events in this window: {total:.0f}"
    shown = opened.player("player.model.regions.map((_, r) => player.shown(4, r))")
    assert shown == region_panel.iloc[1:5].sum().tolist()
    opened.page.get_by_role("button", name="Clear window").click()
    assert opened.player("player.state.from") is None


def test_types_filter_the_counts(visit, full, by, case):
    opened = visit(full["canvas"])
    opened.page.locator(".types summary").click()
    texts = opened.page.locator(".types label").all_inner_texts()
    assert len(texts) == len(by)
    boxes = opened.page.locator(".types input")
    for i in range(1, len(by)):
        boxes.nth(i).uncheck()
    kind = next(iter(by))
    region = ps.aggregate_panel(by[kind], case.cities["region_id"])
    shown = opened.player("player.model.regions.map((_, r) => player.shown(4, r))")
    assert shown == region.iloc[4].reindex(case.regions.index).tolist()
    assert f"Events that day: {region.iloc[4].sum():.0f} " in opened.page.locator(".numbers").first.inner_text()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_story_leads_through_dates_and_places(visit, full, engine):
    opened = visit(full[engine], reduced_motion="reduce")
    opened.page.get_by_role("button", name="Start", exact=True).click()
    assert opened.page.locator(".steps .text").inner_text() == STORY[0][2]
    assert opened.page.locator(".card h2").inner_text() == "Zhanaozen"
    assert opened.player("player.state.t") == 1
    opened.page.get_by_role("button", name="Next", exact=True).click()
    assert opened.page.locator(".steps .text").inner_text() == STORY[1][2]
    assert opened.player("[player.state.t, player.state.pin]") == [4, None]
    assert opened.page.get_by_role("button", name="Next", exact=True).is_disabled()
    opened.page.get_by_role("button", name="Back", exact=True).click()
    assert opened.player("player.state.step") == 0


def test_the_first_day_of_each_region(visit, full, region_panel, case):
    opened = visit(full["canvas"])
    opened.page.get_by_role("button", name="first day").click()
    opened.seek(10)
    shown = opened.player("player.model.regions.map((_, r) => player.shown(10, r))")
    assert shown == [int(np.argmax(region_panel[region] > 0)) for region in case.regions.index]
    labels = opened.page.locator(".classes li").all_inner_texts()
    days = sorted({region_panel.index[row].day for row in shown})
    assert labels[: 1 + len(days)] == ["not yet", *(f"{day} Jan" for day in days)] or len(days) > 4
    assert "at least: a day was not observed" not in labels  # a gap after a first day does not change it


def test_measures_are_as_high_as_the_share_of_people(visit, full, case):
    opened = visit(full["canvas"])
    opened.seek(1)
    text = opened.page.locator(".force").inner_text()
    share = ps.share_in_force(case.interventions, case.regions, ["2022-01-02"])["internet_shutdown"].iloc[0]
    assert share < 0.05
    assert re.search(rf"internet shutdown 1 of 17 regions\n?{100 * share:.0f} %", text, re.IGNORECASE)


def test_a_map_of_cities_without_regions(visit, case, city_panel):
    opened = visit(spread_map(city_panel, cities=case.cities, context=case.context).to_html())
    opened.settle()
    active = (city_panel > 0).any()
    assert opened.player("player.model.cities.count") == active.sum()  # cities without events are not drawn
    assert "Events that day" in opened.page.locator(".numbers").first.inner_text()
    assert f"of {active.sum()} cities reached" in opened.page.locator(".reached").inner_text()
    assert opened.complaints == []


def test_names_go_to_the_large_the_active_and_the_first(visit):
    case = ps.load_case("george_floyd_2020")
    panel = ps.count_events(case.events, case.cities)
    opened = visit(spread_map(panel, cities=case.cities, context=case.context).to_html(), width=1440, height=900)
    opened.settle()
    names = set(opened.player("player.named()"))
    first = ps.onsets(panel).sort_values(kind="stable").index[0]
    assert {"Chicago", "Houston", "Atlanta"} <= {name.split(",")[0] for name in names}
    assert any(first.split(",")[0] in name for name in names)
    assert len(names) <= 80


def test_moving_many_regions_moves_the_last_picture(visit):
    import geopandas as gpd
    import pandas as pd
    import shapely

    squares = [shapely.box(60 + i % 25, 30 + i // 25 / 2, 61 + i % 25, 30.5 + i // 25 / 2) for i in range(500)]
    regions = gpd.GeoDataFrame(
        {"name": [f"R{i}" for i in range(500)]},
        geometry=squares,
        crs=4326,
        index=pd.Index([f"r{i}" for i in range(500)], name="region_id"),
    )
    panel = pd.DataFrame(
        np.arange(1500).reshape(3, 500) % 7,
        index=pd.date_range("2022-01-01", periods=3, name="date"),
        columns=regions.index,
    )
    opened = visit(spread_map(panel, regions).to_html())
    opened.settle()
    ground = "root.querySelector('canvas.ground').getContext('2d').getImageData(300, 200, 1, 1).data.join()"
    opened.page.get_by_label("Zoom in").click()
    moving = opened.player(ground)
    opened.settle()
    assert opened.player(ground) != "0,0,0,0"
    assert moving != "0,0,0,0"
