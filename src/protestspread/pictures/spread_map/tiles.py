"""Tiles behind a map: from the name, address or layer that folium takes to what the page needs, checked."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from ...errors import DataError

_MEND = 'a name that folium knows ("OpenStreetMap"), or folium.TileLayer("https://…/{z}/{x}/{y}.png", attr="© …")'


def tiles_of(tiles: Any) -> dict[str, Any]:
    """Return the address, the options and the credit of tiles.

    Raises
    ------
    DataError
        There is no such provider, no attribution, or an address that is not http(s).
    """
    import folium

    try:
        layer = tiles if isinstance(tiles, folium.TileLayer) else folium.TileLayer(tiles)
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError("the tiles cannot be drawn", [f"tiles = {tiles!r}: {error}"], _MEND) from error
    url = str(layer.tiles)
    if not is_http(url):
        raise DataError("the tiles cannot be drawn", [f"tiles = {url!r} is no http(s) address"], _MEND)
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
    """Say whether an address leads to the web, and nowhere else."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def tile_host(url: str) -> str:
    """Return the host of an address as a policy names it; a changing first part is a star.

    Examples
    --------
    >>> tile_host("https://{s}.tile.example.org/{z}/{x}/{y}.png")
    'https://*.tile.example.org'
    """
    parts = urlsplit(url)
    host = re.sub(r"^[^.]*\{[^}]*\}[^.]*\.", "*.", parts.netloc)
    if not re.fullmatch(r"(\*\.)?[A-Za-z0-9.\-]+(:\d+)?", host):
        raise DataError("the map cannot be written", [f"{url!r} names no host"], "https://host/path")
    return f"{parts.scheme}://{host}"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class _Credit(HTMLParser):
    """Text and links of an attribution; all other markup is dropped."""

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
