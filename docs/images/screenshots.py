"""Pictures of pages in a browser: `screenshot` (needs `make browser`)."""

import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

DESKTOP, PHONE = (1366, 650), (390, 780)


def screenshot(page, path, address="", size=DESKTOP):
    """Open a spread map from disk at an address such as "#d=2022-01-05" and save what the screen shows."""
    touch = size == PHONE
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=2 if touch else 1, has_touch=touch, is_mobile=touch
        )  # fmt: skip
        window = context.new_page()
        window.goto(Path(page).resolve().as_uri() + address)
        window.wait_for_selector(".ps[data-ready]", state="attached")
        window.wait_for_timeout(500)
        window.screenshot(path=path)
        browser.close()
    reduce_colors(path)


def screenshot_of_map(spread, path, address="", size=DESKTOP):
    """Save what the screen shows of a `SpreadMap`."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "map.html"
        spread.save(page)
        screenshot(page, path, address, size)


def reduce_colors(path, width=None):
    """Save a picture as a paletted PNG, also smaller than it was: figures hardly have more colors."""
    with Image.open(path) as file:
        picture = file.convert("RGB")
    if width is not None:
        picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
    picture.quantize(200, dither=Image.Dither.NONE).save(path, optimize=True)
