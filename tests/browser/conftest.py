"""A real Chromium that opens pages from disk, with every request blocked and recorded."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

import protestspread as ps
from protestspread.pictures.spread_map.api import spread_map

HERE = Path(__file__).parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ENGINES = ("canvas", "folium")


def _skip(why):
    """Skip where somebody works without a browser; fail where all must run."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
        f"{why}; `make browser` installs what these tests need"
    )


@dataclass
class Opened:
    """A page in the browser, and all that it asked for or complained about."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)

    def player(self, script, *args):
        return self.page.evaluate(
            f"(args) => {{ const root = document.querySelector('.ps'); const player = root.protestspread; return ({script}); }}",
            list(args),
        )

    def seek(self, t):
        self.player(f"player.seek({int(t)})")

    def settle(self):
        """Wait until two pictures were drawn, and transitions have ended."""
        self.page.wait_for_timeout(350)

    def rows(self):
        """Return the table of the date shown: name -> cells."""
        self.player("root.querySelector('details.table').open = true")
        self.page.wait_for_timeout(30)
        found = self.page.locator("details.table tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        )
        return {name: cells for name, *cells in found}


@pytest.fixture(scope="session")
def chromium():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _skip("playwright is not installed")
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        _skip("no Chromium is installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, tmp_path):
    """Write a page to disk, open it as by double click, and record what happens."""
    contexts = []

    def visit(html, *, width=1200, height=820, answer=None, wait=".ps[data-ready]", **options):
        path = tmp_path / f"page{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        opened = Opened(context.new_page())

        def handle(route):
            url = route.request.url
            if url.startswith(path.as_uri()):
                return route.continue_()
            opened.requests.append(url)
            reply = answer(url) if answer else None
            return route.abort() if reply is None else route.fulfill(**reply)

        context.route("**/*", handle)
        opened.page.on(
            "console",
            lambda message: opened.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.goto(path.as_uri())
        if wait:
            opened.page.wait_for_selector(wait, state="attached")
        return opened

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def city_panel(case):
    return ps.count_events(case.events, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)


@pytest.fixture(scope="session")
def region_panel(case, city_panel):
    return ps.aggregate_panel(city_panel, case.cities["region_id"])


@pytest.fixture(scope="session")
def tree():
    """Made up for these tests: who might have followed whom."""
    rows = [
        (None, "Zhanaozen", "2022-01-01", 1.0),
        ("Zhanaozen", "Aktau", "2022-01-02", 0.9),
        ("Aktau", "Almaty", "2022-01-03", 0.6),
        ("Almaty", "Taraz", "2022-01-04", 0.15),
    ]
    return pd.DataFrame(rows, columns=["source", "target", "date", "probability"]).astype({"date": "datetime64[ns]"})


@pytest.fixture(scope="session")
def draw(case, city_panel, region_panel):
    """The map of the case."""

    def draw(**options):
        given = {"cities": case.cities, "city_panel": city_panel, "interventions": case.interventions, "context": case.context,
                 "title": case.title, "attribution": case.attribution}  # fmt: skip
        return spread_map(region_panel, case.regions, **given | options)

    return draw


@pytest.fixture(scope="session")
def pages(draw, tree):
    """The finished pages of the case, by engine."""
    return {engine: draw(engine=engine, tree=tree).to_html() for engine in ENGINES}


@pytest.fixture(scope="session")
def npm():
    """The folder of packages that npm installed beside these tests."""
    folder = HERE / "node_modules"
    if not (folder / "axe-core").is_dir():
        _skip("axe-core is not installed")
    return folder
