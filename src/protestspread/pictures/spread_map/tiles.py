"""Tiles behind a map: checks a provider name, address or layer of folium, and converts it for the page."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from ...arguments import Arguments
from ...errors import DataError, must_be

_FIX = "pass the name of a provider known to folium ('OpenStreetMap'), or folium.TileLayer('https://…/{z}/{x}/{y}.png', attr='© …')"


def tiles_of(tiles: Any) -> dict[str, Any]:
    """Return the address, options, attribution and host of tiles.

    Raises
    ------
    DataError
        The provider is unknown, there is no attribution, or the address is not http(s).
    """
    import folium

    with Arguments(_FIX) as check:
        check.instance("tiles", tiles, str | folium.TileLayer, "a provider known to folium, or a TileLayer")
    try:
        layer = tiles if isinstance(tiles, folium.TileLayer) else folium.TileLayer(tiles)
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(must_be("tiles", "a provider known to folium", tiles), [str(error)], _FIX) from error
    url = str(layer.tiles)
    if not is_http(url):
        raise DataError(must_be("tiles", "an http(s) address", url), fix=_FIX)
    options = {_camel(name): value for name, value in layer.options.items()}
    kept = ("minZoom", "maxZoom", "maxNativeZoom", "subdomains", "tms", "opacity", "detectRetina", "noWrap")
    credit = _Credit()
    credit.feed(str(options.get("attribution", "")))
    credit.close()
    return {
        "url": url,
        **{name: options[name] for name in kept if name in options},
        "credit": credit.parts,
        "host": tile_host(url),
    }


def is_http(url: str) -> bool:
    """Return whether an address is an http(s) URL with a host."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def tile_host(url: str) -> str:
    """Return the host of an address in the form of a policy, with * for a variable subdomain.

    Examples
    --------
    >>> tile_host("https://{s}.tile.example.org/{z}/{x}/{y}.png")
    'https://*.tile.example.org'
    """
    parts = urlsplit(url)
    host = re.sub(r"^[^.]*\{[^}]*\}[^.]*\.", "*.", parts.netloc)
    if not re.fullmatch(r"(\*\.)?[A-Za-z0-9.\-]+(:\d+)?", host):
        raise DataError(must_be("address", "a URL with a host", url), fix="pass an address like https://host/path")
    return f"{parts.scheme}://{host}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class _Credit(HTMLParser):
    """Parser for the text and links of an attribution; other markup is dropped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[list[str | None]] = []
        self._address: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a":
            self._address = address if is_http(address) else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._address = None

    def handle_data(self, data: str) -> None:
        self.parts.append([data, self._address])
