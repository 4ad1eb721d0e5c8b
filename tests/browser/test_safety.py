"""Hostile text in every slot, a policy that holds, accessibility, and what others add to the map."""

import folium
import pandas as pd
import pytest
from branca.element import Figure

from protestspread import DataError, DataWarning
from protestspread.pictures.spread_map.api import choropleth_map, spread_map

ENGINES = ("canvas", "folium")
HOSTILE = [
    '<img src=x onerror="window.__xss=1">',
    "</script><script>window.__xss=2</script>",
    "${window.__xss=3}",
    "`;window.__xss=4;//",
    "\\u003cimg src=x onerror=window.__xss=5\\u003e \\",
    "'\"><svg onload=window.__xss=6>",
    "{{7*7}}{% raw %}{n}$title$$",
    "\u202egnp.exe\u2066 \u2028\u2029\u0085\u0000\u007f",
    "javascript:window.__xss=7",
    "]]><!--<script>window.__xss=8",
    "Ω" * 10_000,
    "\ud800 half a pair",
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile(case, region_panel, city_panel):
    """A map with hostile text wherever text can stand."""
    everything = " | ".join(HOSTILE)

    def named(frame):
        return frame.assign(
            name=pd.Series([HOSTILE[i % len(HOSTILE)] for i in range(len(frame))], frame.index, dtype=object)
        )

    kinds = {
        kind: f"{HOSTILE[i % (len(HOSTILE) - 1)]} {i}" for i, kind in enumerate(case.interventions["kind"].unique())
    }
    tree = pd.DataFrame(
        {"source": ["Aktau"], "target": ["Almaty"], "date": pd.to_datetime(["2022-01-04"]), "probability": [0.9]}
    )
    words = dict.fromkeys(
        (
            "events",
            "that_day",
            "so_far",
            "circles",
            "arrows",
            "table",
            "not_observed",
            "play",
            "loop",
            "in_force",
            "none",
        ),
        everything,
    )
    return lambda engine: spread_map(
        region_panel, named(case.regions), cities=named(case.cities), city_panel=city_panel, context=named(case.context), tree=tree,
        story=[("2022-01-02", "Aktau", everything), ("2022-01-05", None, everything)], flows=case.flows.assign(contributing_country=HOSTILE[: len(case.flows)]),
        by={HOSTILE[1]: city_panel.fillna(0) - (city_panel > 0), HOSTILE[0]: (city_panel > 0).astype(float)},
        interventions=case.interventions.assign(kind=case.interventions["kind"].map(kinds)), title=everything, note=everything,
        attribution=everything, labels=words, engine=engine,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_text_is_text_in_every_slot(visit, hostile, engine):
    opened = visit(hostile(engine).to_html())
    opened.player("root.querySelector('details.table').open = true")
    for t in (0, 4, 10):
        opened.seek(t)
        opened.settle()
    for x in range(40, 860, 60):  # tooltips
        opened.page.mouse.move(x, 300)
    for step in range(2):
        opened.player(f"player.pin({{ city: {step} }})")
        opened.page.locator(".turn button").last.click()
    opened.page.locator(".types summary").click()
    opened.page.get_by_role("combobox", name="Find a place").fill("<")
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("Enter")
    assert not any(
        cell.startswith(("=", "+", "@"))
        for line in opened.player("player.csv()").split("\r\n")
        for cell in line.split(",")
    )
    assert opened.page.evaluate("window.__xss") is None
    assert opened.page.evaluate("document.querySelectorAll('img, .ps script, svg[onload], [onerror]').length") == 0
    assert opened.requests == []
    assert opened.complaints == []
    assert "<img src=x onerror" in opened.page.locator("h1").inner_text()
    assert "</script><script>window.__xss=2</script>" in opened.rows()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 1200


@pytest.mark.parametrize("engine", ENGINES)
def test_the_policy_stops_what_gets_in_all_the_same(visit, pages, engine):
    opened = visit(pages[engine])
    opened.page.evaluate(
        """() => { document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.__xss=1"><a id="link" href="javascript:window.__xss=2">x</a>');
        const script = document.createElement('script'); script.textContent = 'window.__xss=3'; document.body.append(script);
        const other = document.createElement('script'); other.src = 'https://example.org/x.js'; document.body.append(other);
        document.getElementById('link').click(); }"""
    )
    opened.settle()
    assert opened.page.evaluate("window.__xss") is None
    assert opened.requests == []
    assert sum("Content Security Policy" in text for text in opened.complaints) >= 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"width": 390, "height": 844}])
def test_axe_finds_nothing(visit, pages, npm, engine, look):
    opened = visit(pages[engine], bypass_csp=True, **look)
    opened.rows()
    opened.settle()
    opened.page.add_script_tag(path=npm / "axe-core" / "axe.min.js")
    found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations', 'passes']})")
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20


def from_npm(npm):
    """Answer for folium's hosts with the packages they serve."""
    files = {
        "jquery-3.7.1.min.js": npm / "jquery/dist/jquery.min.js",
        "bootstrap.bundle.min.js": npm / "bootstrap/dist/js/bootstrap.bundle.min.js",
        "bootstrap.min.css": npm / "bootstrap/dist/css/bootstrap.min.css",
        "leaflet.awesome-markers.js": npm / "leaflet.awesome-markers/dist/leaflet.awesome-markers.js",
        "leaflet.awesome-markers.css": npm / "leaflet.awesome-markers/dist/leaflet.awesome-markers.css",
    }

    def answer(url):
        name = url.split("?")[0].rsplit("/", 1)[-1]
        if name.endswith((".js", ".css")):
            return {"path": files[name]} if name in files else {"body": "", "content_type": "text/css"}
        return {"body": b"", "content_type": "image/png"} if name.endswith(".png") else None

    return answer


def test_a_marker_on_almaty_lies_on_almaty_and_popups_icons_and_layer_control_work(visit, draw, case, npm):
    m = draw()
    almaty = case.cities.geometry["Almaty"]
    group = folium.FeatureGroup("added by hand").add_to(m)
    folium.Marker([almaty.y, almaty.x], popup=folium.Popup("it <b>is</b> here"), icon=folium.Icon(color="red")).add_to(
        group
    )
    folium.CircleMarker([almaty.y, almaty.x], radius=3, color="#00ff00").add_to(m)
    folium.LayerControl().add_to(m)
    with pytest.warns(DataWarning, match="now needs the network, .*: .*feature_group"):
        page = m.to_html()
    opened = visit(page, answer=from_npm(npm))
    opened.settle()
    row = list(case.cities.index).index("Almaty")
    x, y = opened.player(
        f"[player.camera().x + player.camera().k * player.model.cities.xy[2 * {row}], player.camera().y + player.camera().k * player.model.cities.xy[2 * {row} + 1]]"
    )
    corner = opened.page.locator(".map").bounding_box()
    circle = opened.page.locator("path.leaflet-interactive").bounding_box()
    assert circle["x"] + circle["width"] / 2 - corner["x"] == pytest.approx(x, abs=1.5)
    assert circle["y"] + circle["height"] / 2 - corner["y"] == pytest.approx(y, abs=1.5)
    icon = opened.page.locator(".awesome-marker-icon-red").bounding_box()
    assert icon["x"] + icon["width"] / 2 - corner["x"] == pytest.approx(x, abs=3)
    opened.page.locator(".awesome-marker-icon-red").click(force=True)
    assert opened.page.locator(".leaflet-popup-content").inner_text() == "it is here"
    opened.page.locator(".leaflet-control-layers").hover()
    opened.page.get_by_label("added by hand").uncheck()
    assert opened.page.locator(".awesome-marker-icon-red").count() == 0
    assert [
        text for text in opened.complaints if "Content Security Policy" in text and "source map" not in text.lower()
    ] == []
    policy = opened.page.evaluate("document.querySelector('meta[http-equiv=Content-Security-Policy]').content")
    hosts = {"/".join(url.split("/")[:3]) for url in opened.requests}
    assert hosts
    assert all(host in policy for host in hosts)
    assert "unsafe" not in policy.split("script-src")[1].split(";")[0]


def test_a_plain_marker_needs_no_file_beside_the_page(visit, draw):
    m = draw()
    folium.Marker([48, 67]).add_to(m)
    with pytest.warns(DataWarning):
        opened = visit(m.to_html())
    assert opened.page.locator("img.leaflet-marker-icon").get_attribute("src").startswith("data:image/png")
    assert opened.page.locator(".date").inner_text() == "5 Jan 2022"


def test_an_added_text_that_acts_as_a_script_is_refused(draw):
    m = draw()
    folium.Marker([48, 67], tooltip="</script><script>alert(1)</script>").add_to(m)
    with pytest.warns(DataWarning), pytest.raises(DataError, match="acts as a script"):
        m.to_html()


def test_handlers_in_added_popups_do_not_run(visit, draw, npm):
    m = draw()
    folium.Marker([48, 67], popup=folium.Popup('<img src="data:," onerror="window.__xss=1">', show=True)).add_to(m)
    with pytest.warns(DataWarning):
        opened = visit(m.to_html(), answer=from_npm(npm))
    opened.settle()
    assert opened.page.locator(".leaflet-popup-content img").count() == 1
    assert opened.page.evaluate("window.__xss") is None


def test_several_maps_live_on_one_page(visit, draw, case, region_panel):
    figure = Figure()
    figure.add_child(draw(title="one"))
    figure.add_child(choropleth_map(case.regions["population"], case.regions, title="two"))
    figure.add_child(
        spread_map(
            region_panel,
            case.regions,
            title="three",
            tiles=folium.TileLayer("https://t.example.org/{z}/{x}/{y}.png", attr="nobody"),
        )
    )
    opened = visit(figure.render())
    assert opened.page.locator("h1").all_inner_texts() == ["one", "two", "three"]
    assert opened.page.locator(".ps[data-ready]").count() == 3
    opened.page.evaluate("document.querySelectorAll('.ps')[2].protestspread.seek(0)")
    assert opened.page.locator(".date").all_inner_texts() == ["5 Jan 2022", "1 Jan 2022"]


def test_tiles_are_asked_for_from_their_host_only_and_credited(visit, case, region_panel):
    layer = folium.TileLayer(
        "https://{s}.tiles.example.org/{z}/{x}/{y}.png",
        attr='© <a href="https://example.org">Maps</a> <a href="javascript:alert(1)">no</a>',
    )
    opened = visit(spread_map(region_panel, case.regions, tiles=layer).to_html())
    opened.settle()
    assert {url.split("/")[2].split(".", 1)[1] for url in opened.requests} == {"tiles.example.org"}
    credit = opened.page.locator(".credit")
    assert credit.inner_text() == "© Maps no"
    assert credit.locator("a").evaluate_all("links => links.map(link => link.href)") == ["https://example.org/"]
    opened.page.locator(".about summary").click()
    assert "Mercator" in opened.page.locator(".about").inner_text()
