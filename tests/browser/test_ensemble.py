"""Simulated spreads on the page: the fan, the probability, what is said of both."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.ensembles.figures import fan_of, reached_within
from protestspread.pictures.spread_map.api import spread_map

ENGINES = ("canvas", "folium")
NOTE = 'SI along roads, not fitted <img src=x onerror="window.__xss=1">'


@pytest.fixture(scope="module")
def simulated(draw, possible_spreads):
    return {engine: draw(engine=engine, ensemble=possible_spreads, ensemble_note=NOTE).to_html() for engine in ENGINES}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_map_shows_the_probability_of_the_date(visit, simulated, case, possible_spreads, engine):
    opened = visit(simulated[engine])
    opened.page.get_by_role("button", name="probability", exact=True).click()
    shown = opened.player(
        "Array.from({length: player.model.dates}, (_, t) => player.model.regions.map((_, r) => player.shown(t, r)))"
    )
    got = np.array([[np.nan if value is None else value for value in row] for row in shown], dtype=float)
    shares = reached_within(possible_spreads, case.cities["region_id"])[case.regions.index].to_numpy()
    assert np.isnan(got[[0, 10]]).all()  # 2 to 10 January were simulated
    assert got[1:10] == pytest.approx(shares, abs=0.01)
    legend = opened.page.locator(".legend").inner_text()
    for words in ("Percent of 40 simulated spreads", "≤ 20", "> 80", "line: observed", NOTE):
        assert words in legend
    opened.seek(0)
    assert "no value" in opened.page.locator(".legend .classes").inner_text()
    assert opened.rows()["Aktau"][-1] == "no value"
    assert opened.page.evaluate("window.__xss") is None
    assert opened.requests == []
    assert opened.complaints == []


def test_table_card_and_tip_give_the_probability_of_a_place(visit, simulated, possible_spreads, case):
    opened = visit(simulated["canvas"])
    opened.seek(5)
    share = possible_spreads.reached().loc["2022-01-06", "Shetpe"]
    said = f"{100 * share:.0f}\u202f%"
    assert opened.rows()["Shetpe"][-1] == said
    opened.player(f"player.pin({{ city: {list(case.cities.index).index('Shetpe')} }})")
    assert f"Probability reached by this date: {said}".lower() in opened.page.locator(".card").inner_text().lower()
    opened.seek(10)
    assert "no value" in opened.page.locator(".card").inner_text()


def test_the_headline_says_what_was_seen_and_what_was_simulated(visit, simulated, possible_spreads, city_panel):
    opened = visit(simulated["canvas"])
    fan = fan_of(possible_spreads, city_panel)
    for t, date in enumerate(fan.quantiles.index):
        opened.seek(t)
        line = opened.page.locator(".reached").inner_text()
        low, high = fan.quantiles.loc[date, [0.05, 0.95]].round()
        seen = "" if np.isnan(fan.observed[date]) else f"{fan.observed[date]:.0f}, "
        if np.isnan(low):
            assert "regions reached" in line
        else:
            assert line == f"Places reached: {seen}simulated {low + 1e-9:.0f}–{high + 1e-9:.0f} (90\u202f%)"
            assert line in opened.page.locator(".timeline").get_attribute("aria-valuetext")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fan_takes_the_place_of_the_bars_and_can_be_switched_off(visit, simulated, scheme):
    opened = visit(simulated["canvas"], color_scheme=scheme)
    opened.settle()
    picture = "(() => document.querySelector('.timeline canvas').toDataURL())()"
    with_fan = opened.player(picture)
    opened.page.evaluate("document.querySelector('.layers').open = true")
    opened.page.get_by_label("Simulated spreads").uncheck()
    opened.settle()
    assert opened.player(picture) != with_fan
    assert "simulated" not in opened.page.locator(".now").inner_text()
    opened.page.wait_for_timeout(300)
    assert "l=caf" in opened.page.evaluate("location.hash")
    opened.page.reload()
    opened.page.wait_for_selector(".ps[data-ready]", state="attached")
    assert not opened.player("player.state.showFan")


def test_a_window_of_dates_is_of_events_and_the_keys_move_through_dates(visit, simulated):
    opened = visit(simulated["canvas"])
    opened.page.get_by_role("button", name="probability", exact=True).click()
    opened.page.locator(".timeline").focus()
    opened.page.keyboard.press("Home")
    opened.page.keyboard.press("Shift+ArrowRight")
    legend = opened.page.locator(".legend")
    assert "Events, in this window" in legend.inner_text()
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("ArrowRight")
    assert "Percent of 40" in legend.inner_text()


def test_events_are_compared_on_dates_beyond_the_observed_ones(visit, draw, case):
    days = pd.date_range("2022-01-04", "2022-01-14", name="date")
    counts = np.random.default_rng(1).poisson(3, (200, len(days), len(case.regions)))
    ensemble = ps.Ensemble.from_values(counts, days, case.regions.index)
    opened = visit(draw(ensemble=ensemble, show="probability", lang="ru").to_html(), width=390, height=844)
    opened.page.keyboard.press("End")
    assert "14 янв. 2022" in opened.page.locator(".date").inner_text()
    assert "нет наблюдений" in opened.page.locator(".numbers").first.inner_text()
    assert opened.page.locator(".reached").inner_text().startswith("События за день: в модели ")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert opened.complaints == []


def test_cities_without_regions_have_the_colors_of_their_probability(visit, case, city_panel, possible_spreads):
    made = spread_map(city_panel, cities=case.cities, ensemble=possible_spreads, show="probability")
    opened = visit(made.to_html())
    opened.seek(5)
    opened.settle()
    row = list(case.cities.index).index("Zhanaozen")
    color = opened.player(
        f"""(() => {{ const c = player.camera(), xy = player.model.cities.xy, dense = Math.min(2, devicePixelRatio);
        const at = [c.x + c.k * xy[2 * {row}], c.y + c.k * xy[2 * {row} + 1]].map((v) => Math.round(v * dense));
        return [...document.querySelector('canvas.story').getContext('2d').getImageData(...at, 1, 1).data].slice(0, 3); }})()"""
    )
    assert "#" + "".join(f"{part:02x}" for part in color) == made._payload["views"][0]["colors"][4]
    assert opened.page.locator(".legend .classes").is_visible()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"width": 390, "height": 844}])
def test_axe_finds_nothing(visit, simulated, npm, engine, look):
    opened = visit(simulated[engine], bypass_csp=True, **look)
    opened.page.get_by_role("button", name="probability", exact=True).click()
    opened.player("player.pin({ city: 3 })")
    opened.page.evaluate("document.querySelectorAll('.ps details').forEach((one) => (one.open = true))")
    opened.rows()
    opened.settle()
    opened.page.add_script_tag(path=npm / "axe-core" / "axe.min.js")
    found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_a_choice_of_types_is_compared_with_nothing(visit, draw, case, possible_spreads):
    kinds = case.events.groupby("event_type")
    by = {
        kind: ps.count_events(rows, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)
        for kind, rows in kinds
    }
    opened = visit(draw(ensemble=possible_spreads, by=by).to_html())
    assert "simulated" in opened.page.locator(".now").inner_text()
    opened.page.evaluate("document.querySelector('.types').open = true")
    opened.page.locator(".types input").first.uncheck()
    assert "simulated" not in opened.page.locator(".now").inner_text()
    assert "line: observed" not in opened.page.locator(".legend").inner_text()
    assert opened.complaints == []


def test_a_page_with_added_layers_has_the_fan_too(visit, region_panel, case, possible_spreads):
    import folium

    made = spread_map(region_panel, case.regions, cities=case.cities, ensemble=possible_spreads)
    folium.Rectangle([[45, 60], [50, 70]], popup="here").add_to(made)
    with pytest.warns(ps.DataWarning, match="needs the network"):
        page = made.to_html()
    libraries = "window.$ = window.jQuery = () => [{}]; $.fn = {};"
    opened = visit(
        page, answer=lambda url: {"body": libraries if url.endswith(".js") else "", "content_type": "text/javascript"}
    )
    assert opened.player("player.model.ensemble.bands.length") == 5
    assert "simulated" in opened.page.locator(".now").inner_text()


@pytest.mark.parametrize("days", [1, 2])
def test_one_date_and_two(visit, case, days):
    dates = pd.date_range("2022-01-03", periods=days, name="date")
    places = case.regions.index
    ensemble = ps.Ensemble.from_values(np.ones((4, days, len(places)), int), dates, places)
    made = spread_map(pd.DataFrame(0, dates[:1], places), case.regions, ensemble=ensemble, show="probability")
    opened = visit(made.to_html())
    opened.settle()
    assert opened.player("player.shown(0, 0)") == 1
    assert ("line: observed" in opened.page.locator(".legend").inner_text()) == (days > 1)
    assert opened.complaints == []
