"""Make the pictures of the README: `python docs/images/make.py` (needs `make browser`)."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent


def small(source, name, width):
    """Save a picture as a paletted PNG of so many pixels across."""
    with Image.open(source) as picture:
        height = round(picture.height * width / picture.width)
        picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS).quantize(
            192, dither=Image.Dither.NONE
        ).save(HERE / name, optimize=True)


def screenshot(page, path):
    """Open a spread map from disk on its fifth day and take a picture."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        window = browser.new_page(viewport={"width": 1200, "height": 820})
        window.goto(page.as_uri())
        window.wait_for_selector(".ps[data-ready]", state="attached")
        window.evaluate("document.querySelector('.ps').protestspread.seek(4)")
        window.wait_for_timeout(500)
        window.screenshot(path=path)
        browser.close()


with tempfile.TemporaryDirectory() as folder:
    out = Path(folder)
    subprocess.run(
        [Path(sys.executable).with_name("protestspread"), "demo", "--out", out], check=True, stdout=subprocess.DEVNULL
    )
    screenshot(out / "spread_map.html", out / "spread_map.png")
    small(out / "spread_map.png", "spread_map.png", 1200)
    small(out / "choropleth.png", "choropleth.png", 1000)
    small(out / "graph.png", "graph.png", 1000)
    shutil.copy(out / "spread.gif", HERE / "spread.gif")
