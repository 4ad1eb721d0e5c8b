"""HTML map of 3,000 regions over 365 days, compared with folium's TimeSliderChoropleth of the same values."""

import shutil
import statistics
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ratio import Workload, agree

import protestspread as ps

DAYS = 365
STEPS = """async () => {
  const player = document.querySelector('.ps').protestspread, frame = () => new Promise(requestAnimationFrame);
  const gaps = [];
  let last = await frame();
  for (let i = 0; i < 60; i++) { player.seek(i * 7 % player.model.dates); const now = await frame(); gaps.push(now - last); last = now; }
  return gaps;
}"""


def make(regions, seed):
    """Voronoi cells in the outline of Kazakhstan, with two waves of Poisson counts."""
    rng = np.random.default_rng(seed)
    outline = shapely.union_all(ps.load_case("kazakhstan_2022").regions.geometry.to_numpy())
    low, high = np.array(outline.bounds[:2]), np.array(outline.bounds[2:])
    points = rng.uniform(low, high, (6 * regions, 2))
    points = points[shapely.contains_xy(outline, *points.T)][:regions]
    cells = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline)), outline
    )
    names = pd.Index([f"R{i:04d}" for i in range(len(cells))], name="region_id")
    places = gpd.GeoDataFrame({"name": names}, index=names, geometry=cells, crs=4326)
    day = np.arange(DAYS)[:, None]
    wave = 0.2 + np.exp(-(((day - 120) / 40) ** 2)) + 0.5 * np.exp(-(((day - 260) / 25) ** 2))
    counts = rng.poisson(rng.gamma(0.6, 1.6, len(names)) * wave)
    return pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=DAYS, name="date"), columns=names), places


def ours(data):
    return ps.spread_map(*data, title="Synthetic").to_html()


def time_slider(data):
    import folium
    from branca.colormap import linear
    from folium.plugins import TimeSliderChoropleth

    panel, places = data
    color = linear.YlOrBr_05.scale(0, float(panel.to_numpy().max()))
    seconds = [str(int(date.timestamp())) for date in panel.index]
    styles = {
        place: {when: {"color": color(count), "opacity": 0.8} for when, count in zip(seconds, counts, strict=True)}
        for place, counts in panel.items()
    }
    page = folium.Map(location=[48, 67], zoom_start=5)
    TimeSliderChoropleth(places.to_json(), styledict=styles).add_to(page)
    return page.get_root().render()


def check(data, own, theirs):
    panel, _ = data
    agree(theirs.count('"opacity": 0.8') == panel.size, "cells")
    agree(len(own) < len(theirs) / 20, "page sizes (expected: at most a twentieth of the peer's)")


WORKLOADS = [
    Workload("spread_map to HTML, 365 days", 3_000, 200, make, ours, {"folium: TimeSliderChoropleth": time_slider}, check, "cell",
             lambda data: data[0].size),
]  # fmt: skip


def pages(regions, seed=1):
    """Describe the size of the pages, and the loading time and time per step of the map in Chromium."""
    data = make(regions, seed)
    own, theirs = ours(data), time_slider(data)
    sizes = f"Page size: {regions:,} regions × {DAYS} days take {len(own.encode()) / 1e6:.2f} MB (goal: at most 1.0); folium's TimeSliderChoropleth takes {len(theirs.encode()) / 1e6:.1f} MB"
    chromium = shutil.which("chromium")
    if chromium is None:
        return f"{sizes}. Speed in the browser was not measured because Chromium is not installed."
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        path.write_text(own, encoding="utf-8")
        browser = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        ready, steps = [], []
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1200, "height": 820})
            page.goto(path.as_uri(), wait_until="commit")
            page.wait_for_selector(".ps[data-ready]", state="attached")
            ready.append(page.evaluate("document.querySelector('.ps').protestspread.readyAt || performance.now()"))
            steps += page.evaluate(STEPS)
            page.close()
        browser.close()
    return (
        f"{sizes}. In Chromium (no GPU) the page is ready after {statistics.median(ready) / 1e3:.2f} s (goal: at most 1), and a time "
        f"step is drawn in {statistics.median(steps):.0f} ms (goal: at most 35; the refresh rate of the screen allows 17)."
    )
