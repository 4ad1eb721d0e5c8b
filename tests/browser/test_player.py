import math

import numpy as np
import pytest

import protestspread as ps
from protestspread.pictures.spread_map.api import spread_map

ENGINES = ("canvas", "folium")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_page_asks_for_nothing_and_complains_of_nothing(visit, pages, engine):
    opened = visit(pages[engine])
    opened.seek(9)
    opened.settle()
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("engine", ENGINES)
def test_almaty_day_by_day_is_what_the_panel_says(visit, pages, region_panel, engine):
    opened = visit(pages[engine])
    opened.page.keyboard.press("Home")
    seen, so_far = [], []
    for _ in region_panel.index:
        cells = opened.rows()["Almaty (city)"]
        seen.append(cells[0])
        so_far.append(cells[1])
        opened.page.keyboard.press("ArrowRight")
    expected = ["not observed" if math.isnan(value) else f"{value:.0f}" for value in region_panel["KZ-ALA"]]
    assert seen == expected
    assert seen[4] == "16"
    known = region_panel["KZ-ALA"].cumsum().ffill()
    assert so_far == [
        f"{'≥ ' if math.isnan(value) else ''}{sum_:.0f}"
        for value, sum_ in zip(region_panel["KZ-ALA"], known, strict=True)
    ]


def test_what_the_map_finds_at_almaty_is_almaty(visit, pages, case):
    opened = visit(pages["folium"])
    opened.settle()
    row = list(case.cities.index).index("Almaty")
    x, y = opened.player(
        f"[0, 1].map(k => player.camera()[k ? 'y' : 'x'] + player.camera().k * player.model.cities.xy[2 * {row} + k])"
    )
    box = opened.page.locator(".map").bounding_box()
    opened.page.mouse.move(box["x"] + x + 1, box["y"] + y + 1)
    tip = opened.page.locator(".map > .tip")
    assert tip.is_visible()
    assert "Almaty" in tip.inner_text()
    assert "that day: 16" in tip.inner_text()
    assert "state of emergency" in tip.inner_text()


@pytest.mark.parametrize("name", ["Almaty (city)", "Nur-Sultan (city)", "Shymkent (city)"])
def test_regions_too_small_to_see_have_a_mark_that_can_be_pointed_at(visit, draw, name):
    opened = visit(draw(engine="canvas", cities=None, city_panel=None).to_html())
    opened.settle()
    found = opened.player(
        f"""(() => {{ const r = player.model.regions.findIndex((one) => one.name === {name!r}), c = player.camera(), at = player.model.regions[r];
        const square = player.squares().find((one) => one.region === r);
        const near = [[9, 0], [-9, 0], [0, 9]].map(([x, y]) => player.find(square.x + x, square.y + y).region);
        return [r, near, at.area * c.k * c.k]; }})()"""
    )
    assert found[1] == [found[0]] * 3
    assert found[2] < 260  # square pixels


@pytest.mark.parametrize("engine", ENGINES)
def test_the_keyboard_can_do_everything(visit, pages, engine):
    opened = visit(pages[engine])
    at = lambda: opened.player("player.state.t")  # noqa: E731
    press = opened.page.keyboard.press
    assert at() == 4  # the peak
    steps = []
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "ArrowLeft", "Home"):
        press(key)
        steps.append(at())
    assert steps == [0, 1, 2, 1, 10, 10, 9, 0]
    opened.page.locator(".timeline").focus()
    press("Shift+ArrowRight")
    press("Shift+ArrowRight")
    assert opened.player("[player.state.from, player.state.t]") == [0, 2]  # a window of three days
    press("Escape")
    assert opened.player("player.state.from") is None
    press("+")
    press("+")
    assert opened.player("player.state.pace") == 4
    press("-")
    assert opened.player("player.state.pace") == 2
    press("Space")
    assert opened.player("player.state.playing")
    press("Space")
    assert not opened.player("player.state.playing")


def test_every_control_can_be_reached_and_shows_its_focus(visit, pages):
    opened = visit(pages["folium"])
    reached = []
    for _ in range(40):
        opened.page.keyboard.press("Tab")
        reached.append(
            opened.page.evaluate(
                "() => { const one = document.activeElement; return one.getAttribute('aria-label') || one.textContent; }"
            )
        )
        outline = opened.page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or reached[-1].startswith("\n")
        if reached[-1].startswith("About this map"):
            break
    wanted = ["Find a place", "Light or dark", "Share", "Map", "Zoom in", "Zoom out", "Show all", "that day", "so far", "first day", "Step back", "Play",
              "Step forward", "Speed", "Repeat", "Course of events", "Table for this date17", "About this map"]  # fmt: skip
    assert [name for name in wanted if name not in reached] == []


def test_playing_runs_to_the_end_and_stops(visit, pages):
    opened = visit(pages["canvas"])
    opened.page.select_option(".pace select", "8")
    opened.player(
        "root.querySelector('button.play').addEventListener('click', () => { window.started = player.state.t; })"
    )
    opened.page.click("button.play")
    assert opened.page.evaluate("window.started") == 0  # read at the click: on a busy machine the next date comes first
    opened.page.wait_for_selector("button.play[aria-label=Play]", timeout=8000)
    assert opened.player("player.state.t") == 10


def test_the_curve_is_a_handle(visit, pages, region_panel):
    opened = visit(pages["canvas"])
    box = opened.page.locator(".timeline").bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] - 8)  # on the axis
    opened.page.mouse.down()
    assert opened.player("player.state.t") == len(region_panel) - 1
    opened.page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 8, steps=5)
    opened.page.mouse.up()
    assert opened.player("player.state.t") == 0
    assert opened.page.locator(".timeline").get_attribute("aria-valuetext").startswith("1 Jan 2022")


def test_who_wants_no_motion_gets_none(visit, pages):
    opened = visit(pages["canvas"], reduced_motion="reduce")
    opened.seek(0)
    colors = [
        opened.player("root.querySelector('canvas.ground').getContext('2d').getImageData(420, 250, 1, 1).data.join()")
        for _ in range(2)
        if opened.page.wait_for_timeout(40) is None
    ]
    opened.settle()
    after = opened.player(
        "root.querySelector('canvas.ground').getContext('2d').getImageData(420, 250, 1, 1).data.join()"
    )
    assert set(colors) == {after}


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Almaty", "UTC", "Pacific/Auckland"])
def test_the_fifth_of_january_is_the_fifth_everywhere(visit, pages, zone):
    opened = visit(pages["canvas"], timezone_id=zone)
    assert opened.page.locator(".date").inner_text() == "5 Jan 2022"
    assert opened.rows()["Almaty (city)"][0] == "16"


def test_unobserved_days_are_hatched_and_said_to_be_unobserved(visit, pages):
    opened = visit(pages["canvas"])
    opened.seek(10)
    opened.settle()
    assert "not observed" in opened.page.locator(".timeline").get_attribute("aria-valuetext")
    assert opened.page.locator(".numbers").first.inner_text() == "not observed · so far: at least 152"
    lines = opened.player(
        """(() => { const c = player.camera(), dense = root.querySelector('canvas.ground').width / c.width, at = player.model.regions[1];
        const data = root.querySelector('canvas.ground').getContext('2d').getImageData((c.x + c.k * at.x) * dense, (c.y + c.k * at.y) * dense, 40, 40).data;
        const shades = new Set(); for (let i = 0; i < data.length; i += 4) shades.add(data[i] >> 4); return shades.size; })()"""
    )
    assert lines >= 3  # paper, line and what lies between


def test_arrows_are_inferred_appear_on_their_date_and_can_be_switched_off(visit, draw, tree):
    opened = visit(draw(engine="canvas", tree=tree).to_html())
    legend = opened.page.locator(".layers")
    assert "inferred" in legend.inner_text()
    assert "at least 0.2" in legend.inner_text()
    ink = "root.querySelector('canvas.story').getContext('2d').getImageData(0, 0, 900, 600).data.reduce((n, value, i) => n + (i % 4 === 3 && value > 0), 0)"
    counts = []
    opened.player("player.state.showCities = false")
    for t in (0, 1, 2):
        opened.seek(t)
        opened.settle()
        counts.append(opened.player(ink))
    assert counts[0] < counts[1] < counts[2]
    opened.page.get_by_label("Arrows: inferred spread, not observed").uncheck()
    opened.settle()
    assert opened.player(ink) <= counts[0]
    assert "1 from outside" in opened.page.locator(".legend").inner_text()


def test_views_share_the_date_and_change_the_classes(visit, pages):
    opened = visit(pages["canvas"])
    opened.page.get_by_role("button", name="so far").click()
    assert opened.page.locator(".classes li").all_inner_texts()[-1] == "≥ 21"
    assert opened.page.locator(".date").inner_text() == "5 Jan 2022"
    opened.seek(1)
    assert opened.page.locator(".classes li").all_inner_texts()[-1] == "≥ 21"  # fixed over all dates


def test_words_names_and_dates_in_russian(visit, draw):
    opened = visit(draw(engine="canvas", lang="ru", labels={"events": "Акции"}).to_html())
    text = opened.page.locator("body").inner_text()
    assert opened.page.locator(".date").inner_text() == "5 янв. 2022"
    assert "Акции за день" in text
    assert "чрезвычайное положение" in text.lower()
    assert "город Алматы" in opened.rows()
    assert opened.page.evaluate("document.documentElement.lang") == "ru"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_scrolling_sideways(visit, pages, engine, scheme):
    opened = visit(pages[engine], width=390, height=844, color_scheme=scheme, has_touch=True)
    opened.settle()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    assert opened.player("player.camera().width") > 330


EXTENT = """(() => { const { k, x, y, width, height } = player.camera(); const { grid } = player.model.page;
    return [x, y, width - x - k * grid.width, height - y - k * grid.height]; })()"""  # left, top, right, bottom: free pixels


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "sizes", [[(500, 844), (390, 844)], [(1366, 650), (390, 844), (768, 1024)], [(844, 390), (390, 844)]]
)
def test_the_whole_map_stays_in_sight_when_the_window_changes_its_size(visit, pages, engine, sizes):
    opened = visit(pages[engine], width=sizes[0][0], height=sizes[0][1])
    for width, height in sizes:
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.settle()
        left, top, right, bottom = opened.player(EXTENT)
        assert min(left, top, right, bottom) > 10
        assert left == pytest.approx(right, abs=1.5)
        assert top == pytest.approx(bottom, abs=1.5)
        assert min(left, top) <= 27  # it fills the map


@pytest.mark.parametrize("engine", ENGINES)
def test_a_map_that_was_zoomed_keeps_its_scale_when_the_window_changes_its_size(visit, pages, engine):
    opened = visit(pages[engine], width=1366, height=650)
    opened.page.get_by_label("Zoom in").click()
    opened.settle()
    scale = opened.player("player.camera().k")
    opened.page.set_viewport_size({"width": 390, "height": 844})
    opened.settle()
    assert opened.player("player.camera().k") == pytest.approx(scale)


def test_a_hidden_page_is_drawn_when_it_is_shown(visit, pages):
    for engine in ENGINES:
        opened = visit(pages[engine].replace("<main>", '<main style="display: none">'))
        assert opened.complaints == []
        opened.page.evaluate("document.querySelector('main').style.display = ''")
        opened.settle()
        drawn = "root.querySelector('canvas.ground').getContext('2d').getImageData(0, 0, 900, 600).data.some((value) => value > 0)"
        assert opened.player(drawn)
        assert opened.complaints == []


def test_zoom_buttons_and_fit(visit, pages):
    for engine in ENGINES:
        opened = visit(pages[engine])
        whole = opened.player("player.camera().k")
        opened.page.get_by_label("Zoom in").click()
        opened.settle()
        assert opened.player("player.camera().k") == pytest.approx(1.6 * whole, rel=0.01)
        opened.page.get_by_label("Show all").click()
        assert opened.player("player.camera().k") == pytest.approx(whole, rel=0.01)


def test_a_notebook_shows_it_in_a_frame_of_its_own(visit, draw):
    bundle = draw()._repr_mimebundle_()
    opened = visit(f"<!DOCTYPE html><title>notebook</title><body>{bundle['text/html']}</body>", wait=None)
    frame = opened.page.frame_locator("iframe")
    frame.locator(".ps[data-ready]").wait_for(state="attached")
    assert frame.locator(".date").inner_text() == "5 Jan 2022"
    assert opened.complaints == []
    assert bundle["image/png"].startswith("iVBOR")


def test_after_a_gap_so_far_means_at_least(visit, case, region_panel):
    gap = region_panel.iloc[:6].copy()
    gap.loc["2022-01-04", "KZ-ALA"] = float("nan")
    opened = visit(spread_map(gap, case.regions, engine="canvas").to_html())
    opened.seek(3)
    assert "16 of 17 regions observed" in opened.page.locator(".reached").inner_text()
    assert opened.rows()["Almaty (city)"] == ["not observed", "≥ 1"]
    opened.seek(4)
    assert opened.rows()["Almaty (city)"] == ["16", "≥ 17"]
    assert opened.rows()["Mangystau Region"][1] == "27"
    assert "so far: at least" in opened.page.locator(".numbers").first.inner_text()
    opened.seek(2)
    assert opened.page.locator(".numbers").first.inner_text().endswith(f"so far: {gap.iloc[:3].sum().sum():.0f}")


def test_no_name_overlaps_another(visit, draw):
    opened = visit(draw(engine="canvas").to_html(), width=1400, height=900)
    opened.settle()
    boxes = opened.player("player.names()")
    assert len(boxes) > 20
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[:i]:
            assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]


def test_an_animation_saved_as_html_plays_its_frames(visit, case, city_panel, region_panel, tree, tmp_path):
    made = ps.animate_spread(
        region_panel, case.regions, cities=case.cities, city_panel=city_panel, tree=tree, interventions=case.interventions,
        show="window", window_days=3, at_least=0.5, unit="protests", title="Three days",
    )  # fmt: skip
    opened = visit(made.save(tmp_path / "spread.html").read_text(encoding="utf-8"))
    shown = opened.player(
        "Array.from({length: player.model.dates}, (_, t) => player.model.regions.map((_, r) => player.shown(t, r)))"
    )
    assert len(made.steps) >= 8  # a film ends on what was observed; the page goes on
    for step, values in zip(made.steps, shown, strict=False):
        expected = step.values.to_numpy(dtype=float, na_value=np.nan)
        got = np.array([np.nan if value is None else value for value in values], dtype=float)
        assert np.array_equal(got, expected, equal_nan=True), step.label
    assert opened.player("player.state.least") == 0.5
    assert "at least 0.5" in opened.page.locator(".layers").inner_text()
    assert "Protests, in 3 days" in opened.page.locator(".legend").inner_text()
    labels = opened.page.locator(".legend .classes").inner_text()
    assert all(label in labels for label in made.steps[0].classes.labels)
    assert opened.requests == []
    assert opened.complaints == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_browser_that_cannot_decompress_says_so(visit, pages, engine):
    opened = visit(pages[engine])
    opened.page.add_init_script("delete window.DecompressionStream")
    opened.page.reload()
    assert "This map needs JavaScript" in opened.page.inner_text("main")


def test_a_layer_added_in_leaflet_is_there_before_the_player_starts(visit, region_panel, case):
    """The map of a page with added layers is made at once, and its player has all numbers."""
    import folium

    made = spread_map(region_panel, case.regions)
    folium.Rectangle([[45, 60], [50, 70]], popup="here").add_to(made)
    with pytest.warns(ps.DataWarning, match="needs the network"):
        page = made.to_html()
    libraries = "window.$ = window.jQuery = () => [{}]; $.fn = {};"
    opened = visit(
        page, answer=lambda url: {"body": libraries if url.endswith(".js") else "", "content_type": "text/javascript"}
    )
    assert opened.page.locator("path.leaflet-interactive").count() == 1
    values = opened.player("Array.from(player.model.series.values)")
    assert len(values) == region_panel.size
