import base64
import hashlib
import io
import re
from pathlib import Path

import folium
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread import DataError, DataWarning, FileError
from protestspread.pictures.spread_map import page as pages
from protestspread.pictures.spread_map.api import choropleth_map, spread_map
from protestspread.pictures.style import theme as style

ENGINES = ("canvas", "folium")
TEMPLATES = Path(pages.__file__).parent / "templates"


@pytest.fixture
def panel(regions):
    return pd.DataFrame(
        [[0, 1], [np.nan, 2]], index=pd.date_range("2022-01-01", periods=2, name="date"), columns=regions.index
    )


@pytest.fixture
def spread(panel, regions):
    return lambda **options: spread_map(panel, regions, **options)


def scripts_of(text):
    return re.findall(r"<script>(.*?)</script>", text, re.DOTALL)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_policy_allows_each_script_of_the_page_and_the_player_and_nothing_else(spread, engine):
    text = spread(engine=engine).to_html()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    allowed = re.search(r"script-src ([^;]*)", policy)[1].split()
    player = pages.player_script("leaflet" if engine == "folium" else "canvas", ensemble=False)
    wanted = [
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"
        for code in [*scripts_of(text), player]
    ]
    assert sorted(allowed) == sorted(wanted)
    assert policy.startswith("default-src 'none'; ")
    assert "img-src data:;" in policy
    assert "connect-src" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("engine", ENGINES)
def test_the_page_links_nothing(spread, engine):
    text = spread(engine=engine).to_html()
    assert re.findall(r"<(?:link|img|iframe|base|object)\b", text) == []
    assert re.findall(r"""\bsrc\s*=\s*["']""", text.split("<script>")[0]) == []
    assert "sourceMappingURL" not in text


@pytest.mark.parametrize("engine", ENGINES)
def test_the_same_input_gives_the_same_bytes(spread, engine):
    assert spread(engine=engine).to_html() == spread(engine=engine).to_html()
    once = spread(engine=engine)
    assert once.to_html() == once.to_html()


def test_the_same_added_layers_give_the_same_bytes_and_change_nothing(spread):
    def made():
        m = spread()
        folium.Marker([0.5, 0.5], popup="a", icon=folium.Icon()).add_to(folium.FeatureGroup("g").add_to(m))
        folium.LayerControl().add_to(m)
        return m

    m = made()
    with pytest.warns(DataWarning, match="needs the network"):
        first, again, other = m.to_html(), m.to_html(), made().to_html()
    assert first == again == other


def test_sizes_of_the_case(case, possible_spreads):
    city_panel = ps.count_events(case.events, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)
    panel = ps.aggregate_panel(city_panel, case.cities["region_id"])
    given = {"cities": case.cities, "city_panel": city_panel, "interventions": case.interventions, "context": case.context,
             "title": case.title, "attribution": case.attribution}  # fmt: skip
    assert len(spread_map(panel, case.regions, **given).to_html().encode()) <= 75_000
    assert len(spread_map(panel, case.regions, engine="folium", **given).to_html().encode()) <= 240_000
    with_ensemble = spread_map(panel, case.regions, ensemble=possible_spreads, **given).to_html()
    assert len(with_ensemble.encode()) <= 80_000


def test_comments_are_left_out_of_the_player_and_texts_are_not():
    script = '  // why\n\n  go(1); // ahead\n  const a = "https://x // y"; // no "quote"\n'
    assert pages.lean(script) == 'go(1);\nconst a = "https://x // y"; // no "quote"'


def test_it_is_a_folium_map_and_other_maps_stay_as_they_were(spread):
    before = list(folium.Map.default_js)
    m = spread()
    assert isinstance(m, folium.Map)
    m.add_js_link("mine", "https://example.org/mine.js")
    assert folium.Map.default_js == before
    assert repr(m) == "<SpreadMap: 2 regions, 1 Jan 2022 to 2 Jan 2022; .save('map.html')>"


def test_save_writes_the_page_to_a_path_or_an_open_file(spread, tmp_path):
    m = spread(title="Қостанай")
    m.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").read_text(encoding="utf-8") == m.to_html()
    assert "<title>Қостанай</title>" in m.to_html()
    held = io.BytesIO()
    m.save(held, close_file=False)
    assert held.getvalue().decode() == m.to_html()
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_canvas_map_takes_no_layers(spread):
    m = spread(engine="canvas")
    folium.Marker([0.5, 0.5]).add_to(m)
    with pytest.raises(DataError, match="engine must be 'auto' or 'folium' for a map with added layers"):
        m.to_html()


def test_added_layers_allow_the_hosts_of_folium_only(spread):
    m = spread()
    folium.Marker([0.5, 0.5]).add_to(m)
    folium.TileLayer("https://{s}.tiles.example.org/{z}/{x}/{y}.png", attr="x").add_to(m)
    with pytest.warns(DataWarning, match="marker"):
        text = m.to_html()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    addresses = {url for name, url in folium.Map.default_js if name != "leaflet"}
    assert {source for source in rules["script-src"].split() if source.startswith("http")} == addresses
    styles = {url for name, url in folium.Map.default_css if name != "leaflet_css"}
    assert set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', text)) == styles  # Leaflet's is part of the page
    assert "https://*.tiles.example.org" in rules["img-src"]
    assert "unsafe" not in rules["script-src"]
    assert rules["default-src"] == "'none'"


def test_an_additional_script_is_refused():
    pages.check_scripts("<script>1</script><SCRIPT>2</SCRIPT>", 2)
    with pytest.raises(DataError, match="page must hold 1 script elements; got 2"):
        pages.check_scripts("<script>1</script><SCRIPT>2</SCRIPT>", 1)
    with pytest.raises(DataError):
        pages.check_scripts("<script>1</script></script>", 1)


def test_an_added_head_script_is_refused_when_it_holds_two(spread):
    m = spread()
    m.get_root().header.add_child(folium.Element("<script>1</script><script>2</script>"))
    with pytest.warns(DataWarning), pytest.raises(DataError, match="several scripts"):
        m.to_html()
    m = spread()
    m.get_root().header.add_child(folium.Element("<script src='ftp://example.org/x.js'></script>"))
    with pytest.warns(DataWarning), pytest.raises(DataError, match="ftp://"):
        m.to_html()


def test_large_pages_warn_and_very_large_ones_advise(spread, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "_WARN_BYTES", 1000)
    with pytest.warns(DataWarning, match=r"has 0\.\d MB$"):
        spread(engine="canvas").save(tmp_path / "a.html")
    monkeypatch.setattr(pages, "_LARGE_BYTES", 2000)
    with pytest.warns(DataWarning, match="To make it smaller: count by week"):
        spread(engine="canvas").save(tmp_path / "a.html")


def test_a_notebook_displays_a_sandboxed_frame_and_a_picture(spread, regions):
    for m in (spread(title='"><b>'), choropleth_map(regions["population"], regions)):
        bundle = m._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html", "image/png"}
        assert 'sandbox="allow-scripts allow-downloads"' in bundle["text/html"]
        assert bundle["text/html"].count("<") == 2  # the frame alone; its page is an escaped attribute
        assert "Trust" not in bundle["text/html"]
        assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
        assert set(m._repr_mimebundle_(exclude={"image/png"})) == {"text/plain", "text/html"}


def test_leaflet_is_the_released_file_or_none(monkeypatch, tmp_path):
    assert pages.leaflet_js().startswith("/* @preserve\n * Leaflet 1.9.3")
    assert "</script" not in pages.leaflet_js()
    (tmp_path / "leaflet.js").write_text("alert(1)")
    monkeypatch.setenv("PROTESTSPREAD_ASSETS", str(tmp_path))
    with pytest.raises(FileError, match="differs from the file released with Leaflet"):
        pages._leaflet("leaflet.js")
    monkeypatch.delenv("PROTESTSPREAD_ASSETS")
    monkeypatch.setattr(pages.metadata, "files", lambda _: None)
    with pytest.raises(FileError, match="canvas"):
        pages._leaflet("leaflet.js")


def test_the_license_of_leaflet_travels_with_it(spread):
    text = spread(engine="folium").to_html()
    assert "BSD 2-Clause License" in text
    assert text.count("Leaflet 1.9.3, a JS library") == 1
    assert "Leaflet" not in spread(engine="canvas").to_html()


def test_templates_are_short_modules_that_can_be_stripped_line_by_line():
    scripts = sorted(TEMPLATES.rglob("*.js"))
    assert len(scripts) > 15
    for path in scripts:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 300, path.name
        assert text.startswith("//"), path.name
        assert all(line.count("`") % 2 == 0 for line in text.splitlines()), path.name  # no text runs over lines
        assert "/*" not in text, path.name
        assert not re.search(
            r"innerHTML|insertAdjacentHTML|outerHTML|document\.write|\beval\b|new Function|\bfetch\(|XMLHttpRequest|new Date|Date\.",
            text,
        ), path.name


def test_pages_and_pictures_have_the_same_colors():
    sheet = pages.theme_style()
    for color in (style.CITY, style.ZERO_FILL, style.INK, style.BAR, style.MISSING_HATCH, style.LAND, style.WATER):
        assert color in sheet
