"""Draw the layers of the library, ``floors.svg``, from the contract in ``pyproject.toml``: ``python docs/images/floors.py``."""

import re
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src" / "protestspread"
WIDTH, HEIGHT, GAP, MARGIN = 760, 26, 5, 5


def draw(layers):
    """Return the picture of layers, each a list of names side by side."""
    high = len(layers) * (HEIGHT + GAP) + GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" '
        'font-family="DejaVu Sans Mono, monospace" font-size="12">',
        "<title>Layers of the library: a module imports only from layers below it</title>",
        f'<rect width="{WIDTH}" height="{high}" fill="#ffffff"/>',
    ]
    for row, names in enumerate(layers):
        wide = (WIDTH - 2 * MARGIN - GAP * (len(names) - 1)) / len(names)
        for column, name in enumerate(names):
            x, y = MARGIN + column * (wide + GAP), MARGIN + row * (HEIGHT + GAP)
            folder = (SOURCE / name).is_dir()
            size = "" if len(name) * 7.5 < wide else f' font-size="{max(7, int(12 * wide / (len(name) * 7.5)))}"'
            lines += [
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{HEIGHT}" rx="3" '
                f'fill="{"#cfe0ee" if folder else "#eef2f5"}" stroke="#7a8b99"/>',
                f'<text x="{x + wide / 2:.1f}" y="{y + 17}" text-anchor="middle" fill="#1d2730"{size}>'
                f"{name}{'/' if folder else ''}</text>",
            ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    contracts = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [re.split(r" [|:] ", layer) for layer in contracts["contracts"][0]["layers"]]
    (HERE / "floors.svg").write_text(draw(layers), encoding="utf-8")
