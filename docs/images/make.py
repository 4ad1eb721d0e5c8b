"""Make the pictures of the README and of the pages on maps: `python docs/images/make.py` (needs `make browser`)."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from screenshots import PHONE, reduce_colors, screenshot

HERE = Path(__file__).parent

with tempfile.TemporaryDirectory() as folder:
    out = Path(folder)
    subprocess.run(
        [Path(sys.executable).with_name("protestspread"), "demo", "--out", out], check=True, stdout=subprocess.DEVNULL
    )
    screenshot(out / "spread_map.html", HERE / "spread_map.png", "#d=2022-01-05")
    screenshot(out / "spread_map.html", HERE / "spread_map_phone.png", "#d=2022-01-05", PHONE)
    for name in ("choropleth.png", "graph.png"):
        shutil.copy(out / name, HERE / name)
        reduce_colors(HERE / name, width=1000)
    shutil.copy(out / "spread.gif", HERE / "spread.gif")
