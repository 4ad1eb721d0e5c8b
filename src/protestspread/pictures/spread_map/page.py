"""The HTML page of a map: escaped text, hashed scripts and no external resources."""

import base64
import hashlib
import html
import warnings
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from ...errors import DataError, DataWarning
from ..style import theme as style
from . import assets
from .encoding import escaped_json

_WARN_BYTES, _LARGE_BYTES = 5_000_000, 25_000_000
_SMALLER = "count by week (every='W'), aggregate small regions, simplify the polygons, or leave out cities and context"


def script_hash(script: str) -> str:
    """Return the policy source that allows one inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}'"


def policy(
    scripts: Sequence[str], *, images: Sequence[str] = (), links: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return a Content-Security-Policy that allows only the given scripts, images and links."""
    links = links or {}
    rules = {
        "default-src": ["'none'"],
        "script-src": [*(script_hash(script) for script in scripts), *links.get("script", ())],
        "style-src": ["'unsafe-inline'", *links.get("style", ())],
        "img-src": ["data:", *images],
        "font-src": [*links.get("font", ())],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items() if sources)


def theme_style() -> str:
    """Return the colors of the static figures as CSS variables of the player."""
    return ".ps { " + " ".join(f"--{name}: {color};" for name, color in style.PAGE_COLORS.items()) + " }"


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
    return Template(assets.template("page.html")).substitute(
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
    return f"<style>html, body {{ height: 100%; margin: 0; }} main {{ height: 100%; }}\n@media screen and (prefers-color-scheme: dark) {{ body {{ background: #14171c; }} }}\n{theme_style()}\n{assets.player_style()}\n{extra}</style>"


def check_size(text: str) -> None:
    """Warn if a page is large."""
    size = len(text.encode("utf-8"))
    if size > _WARN_BYTES:
        advice = f", which may be slow to open. To make it smaller: {_SMALLER}" if size > _LARGE_BYTES else ""
        warnings.warn(DataWarning(f"the page has {size / 1e6:.1f} MB{advice}"), stacklevel=4)
