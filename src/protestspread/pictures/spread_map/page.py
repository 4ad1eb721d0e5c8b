"""The HTML page of a map: its templates, Leaflet as released, escaped text, hashed scripts and no external resources."""

import base64
import hashlib
import html
import os
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata  # noqa: TID251 - reads the files of an installed package, imports nothing
from pathlib import Path
from string import Template
from typing import Any

from ...errors import DataError, DataWarning, FileError
from ..style.theme import DARK_COLORS, PAGE_COLORS
from .encoding import deflate, escaped_json

_TEMPLATES = Path(__file__).parent / "templates"
_PLAYER = (
    *("loader/inflate", "loader/unpack", "model", "state", "dom"),
    *("paint/ground", "paint/insets", "paint/places", "paint/arrows", "paint/flows", "paint/names", "paint/camera"),
    *("panels/timeline", "panels/now", "panels/legend", "panels/card", "panels/table", "panels/story", "panels/search"),
    *("panels/share", "panels/controls", "player", "pointing", "playback", "engines/canvas"),
)
_LEAFLET_SHA256 = {
    "leaflet.js": "5819285cec137b229c94e1ee5ad73e8b6b84345a4367d60f75fe477fe0fb7b03",
    "leaflet.css": "90b693d86392a4779c861b28cf307e7e59c3fb35328c4d8b95f58f814d38c722",
}
LEAFLET_LICENSE = """Leaflet 1.9.3, https://leafletjs.com, is part of this page. BSD 2-Clause License.
Copyright (c) 2010-2022, Volodymyr Agafonkin. Copyright (c) 2010-2011, CloudMade. All rights reserved.
Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer
in the documentation and/or other materials provided with the distribution.
THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO,
THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS
BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE
GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT
LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE."""


def template(name: str) -> str:
    """Return the text of a template."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@cache
def player_script(engine: str, *, ensemble: bool = True) -> str:
    """Return the player with one of the engines "canvas" and "leaflet", and with or without what shows an ensemble."""
    return _joined(
        *_PLAYER,
        *(("panels/ensemble",) if ensemble else ()),
        *(
            ("engines/plane", "engines/leaflet", "engines/boot_leaflet")
            if engine == "leaflet"
            else ("engines/boot_canvas",)
        ),
        begin=f"const STYLE = {escaped_json(player_style())};\n",
    )


@cache
def loader_script(engine: str, *, ensemble: bool) -> str:
    """Return the script that contains the compressed player and runs it."""
    player = player_script(engine, ensemble=ensemble).encode("utf-8")
    return _joined("loader/inflate", "loader/load", end=f'run("{deflate(player)}");')


def _joined(*names: str, begin: str = "", end: str = "") -> str:
    body = "\n".join(lean(template(f"{name}.js")) for name in names)
    return f'(function () {{\n"use strict";\n{begin}{body}\n{end}\n}})();'


def lean(script: str) -> str:
    """Remove indentation, empty lines and comments; no template has a string over several lines, or a quote in a comment at its end."""
    lines = (re.sub(r" // [^\"'`]*$", "", line.strip()) for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def tight(sheet: str) -> str:
    """Remove the spaces of a style sheet that have no meaning."""
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r":\s+", ":", re.sub(r"\s+", " ", sheet))).replace(";}", "}").strip()


@cache
def player_style() -> str:
    """Return the style of the player, which its script adds to the page."""
    return tight(f"{theme_style()}\n{template('player.css')}")


@cache
def leaflet_js() -> str:
    """Return Leaflet without the link to its source map, which a page cannot load."""
    text = _leaflet("leaflet.js").decode("utf-8")
    return re.sub(r"\n//# sourceMappingURL=\S+\s*$", "", text)


@cache
def leaflet_css(*, with_images: bool) -> str:
    """Return Leaflet's style sheet, with the images of its controls embedded or, without controls, left out."""

    def embed(match: re.Match[str]) -> str:
        if not with_images or not match[1].endswith(".png"):
            return "none" if match[1].endswith(".png") else match[0]
        return f"url({image(match[1].removeprefix('images/'))})"

    text = _leaflet("leaflet.css").decode("utf-8")
    text = re.sub(r"url\(([^)]*)\)", embed, text)
    return tight(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


@cache
def marker_script() -> str:
    """Return the script that sets Leaflet's marker images, so that it needs no separate files."""
    pictures = {"iconUrl": "marker-icon.png", "iconRetinaUrl": "marker-icon-2x.png", "shadowUrl": "marker-shadow.png"}
    options = ", ".join(f'{option}: "{image(name)}"' for option, name in pictures.items())
    return f'L.Icon.Default.imagePath = ""; L.Icon.Default.mergeOptions({{ {options} }});'


def image(name: str) -> str:
    """Return one of Leaflet's images as a data URI."""
    return f"data:image/png;base64,{base64.b64encode(_file(f'images/{name}')).decode('ascii')}"


def _leaflet(name: str) -> bytes:
    raw = _file(name)
    if hashlib.sha256(raw).hexdigest() != _LEAFLET_SHA256[name]:
        raise FileError(
            f"{name} cannot be used",
            ["it differs from the file released with Leaflet 1.9.3"],
            "run pip install --force-reinstall XStatic-Leaflet==1.9.3.0, or unset PROTESTSPREAD_ASSETS",
        )
    return raw


def _file(name: str) -> bytes:
    """Read a file of Leaflet from the folder in PROTESTSPREAD_ASSETS, else from XStatic-Leaflet."""
    folder = os.environ.get("PROTESTSPREAD_ASSETS")
    if folder and (Path(folder) / name).is_file():
        return (Path(folder) / name).read_bytes()
    try:
        files = metadata.files("XStatic-Leaflet") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if str(file).endswith(f"leaflet/data/{name}"):
            return Path(str(file.locate())).read_bytes()
    raise FileError(
        f"{name} was not found",
        ["Leaflet 1.9.3 is not installed"],
        "run pip install XStatic-Leaflet==1.9.3.0, or pass engine='canvas', which needs no library",
    )


_WARN_BYTES, _LARGE_BYTES = 5_000_000, 25_000_000
_SMALLER = "count by week (every='W'), aggregate small regions, simplify the polygons, or leave out cities and context"


def policy(
    scripts: Sequence[str], *, images: Sequence[str] = (), links: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return a Content-Security-Policy that allows only the given scripts, images and links."""
    links = links or {}
    digests = [hashlib.sha256(script.encode("utf-8")).digest() for script in scripts]
    rules = {
        "default-src": ["'none'"],
        "script-src": [
            *(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests),
            *links.get("script", ()),
        ],
        "style-src": ["'unsafe-inline'", *links.get("style", ())],
        "img-src": ["data:", *images],
        "font-src": [*links.get("font", ())],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items() if sources)


def theme_style() -> str:
    """Return the colors of the static figures as CSS variables of the player."""
    looks = {".ps": PAGE_COLORS, ".ps.dark": DARK_COLORS}
    return "\n".join(
        f"{name} {{ {' '.join(f'--{key}: {color};' for key, color in colors.items())} }}"
        for name, colors in looks.items()
    )


def data_block(identity: str, payload: Mapping[str, Any]) -> str:
    """Return the element with the data of a map, as escaped JSON."""
    return f'<script type="application/json" id="{identity}">{escaped_json(payload)}</script>'


def root_element(identity: str, payload: Mapping[str, Any], *, no_script: str) -> str:
    """Return the element that a player fills, with a message for browsers without scripts."""
    lang = html.escape(str(payload["lang"]))
    return f'<div id="{identity}" lang="{lang}" data-spread="{identity}-data"><noscript>{html.escape(no_script)}</noscript></div>'


def whole_page(payload: Mapping[str, Any], *, body: str, head: str, scripts: Sequence[str], rules: str) -> str:
    """Compose a closed page and check its number of scripts: an additional one would be an injected script.

    Raises
    ------
    DataError
        The page has more scripts than were written.
    """
    text = compose(payload, body=body, head=head, scripts=scripts, rules=rules)
    check_scripts(text, len(scripts) + 1)  # one more holds the data
    return text


def compose(payload: Mapping[str, Any], *, body: str, head: str, scripts: Sequence[str], rules: str) -> str:
    """Fill the template of a page."""
    blocks = "\n".join(f"<script>{script}</script>" for script in scripts)
    return Template(template("page.html")).substitute(
        lang=html.escape(str(payload["lang"])),
        policy=html.escape(rules, quote=False),
        title=html.escape(str(payload["title"])),
        head=head,
        body=body,
        scripts=blocks,
    )


def check_scripts(text: str, written: int) -> None:
    """Raise an error if the number of scripts in a page differs from the number written."""
    starts, ends = text.lower().count("<script"), text.lower().count("</script")
    if starts != written or ends != written:
        raise DataError(
            f"page must hold {written} script elements; got {max(starts, ends)}",
            ["a text in it acts as a script"],
            "find <script or </script> in the popups, tooltips and layer names added to the map, and escape it with html.escape",
        )


def page_style(extra: str = "") -> str:
    """Return the style elements of a page."""
    return f"<style>html, body {{ height: 100%; margin: 0; }}{extra}</style>"


def check_size(text: str) -> None:
    """Warn if a page is large."""
    size = len(text.encode("utf-8"))
    if size > _WARN_BYTES:
        advice = f", which may be slow to open. To make it smaller: {_SMALLER}" if size > _LARGE_BYTES else ""
        warnings.warn(DataWarning(f"the page has {size / 1e6:.1f} MB{advice}"), stacklevel=4)
