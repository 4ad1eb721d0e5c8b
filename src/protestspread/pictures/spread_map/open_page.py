# ruff: noqa: SLF001 - branca offers no other way to look into a figure
"""The page of a map to which others added something: folium's own assets come back, and the policy names each of them."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from branca.element import Element

from ...errors import DataError
from . import assets
from .page import check_scripts, compose, policy
from .tiles import is_http, tile_host

if TYPE_CHECKING:
    from .folium_map import PageFigure

_SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""\b(?:src|href)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)


def open_page(figure: "PageFigure", payload: Mapping[str, Any], **kwargs: Any) -> str:
    """Render a map with its foreign children, without a trace left in the figure; see `SpreadMap`."""
    # folium's elements grow as they are rendered
    before = {id(one): (one, dict(one._children)) for one in _elements(figure)}
    try:
        for child in figure._children.values():
            child.render(**kwargs)
        elements = list(_elements(figure))
        steady = _steady_names(elements)
        head = [
            steady(str(child.render(**kwargs)))
            for name, child in figure.header._children.items()
            if name != "meta_http"
        ]
        body = [steady(str(child.render(**kwargs))) for child in figure.html._children.values()]
        code = steady("\n".join(str(child.render(**kwargs)) for child in figure.script._children.values()))
    finally:
        for one, children in before.values():
            one._children.clear()
            one._children.update(children)
    inline, sources = _scripts([*head, *body])
    styles = {
        tile_host(found)
        for part in head
        for link in re.findall(r"<link\b[^>]*>", part)
        for found in _SOURCE.findall(link)
        if is_http(found)
    }
    images = {tile_host(url) for url in _image_addresses(elements)}
    if "tiles" in payload:
        images.add(payload["tiles"]["host"])
    rules = policy(
        [*inline, assets.player_script("leaflet"), code],
        images=sorted(styles | images),
        links={"script": sources, "style": sorted(styles), "font": ["data:", *sorted(styles)]},
    )
    text = compose(payload, body="\n".join(body), head="\n".join(head), scripts=[code], rules=rules)
    data = sum(part.count('<script type="application/json"') for part in body)
    check_scripts(text, len(inline) + len(sources) + data + 1)
    return text


def _scripts(parts: list[str]) -> tuple[list[str], list[str]]:
    """Return the scripts of what was put into a page, each element by itself: those written out, and the addresses of the others.

    An element that was meant to hold one script, and holds two, is refused: its text has been broken out of.
    """
    inline, sources = [], []
    for part in parts:
        for attributes, code in _SCRIPT.findall(part):
            if "application/json" in attributes:
                continue
            address = _SOURCE.search(attributes)
            if address is None:
                inline.append(code)
            elif is_http(address[1]) and not re.search(r"[\s;,']", address[1]):
                sources.append(address[1])
            else:
                raise DataError(
                    "the map cannot be written",
                    [f"a script from {address[1]!r}"],
                    "scripts come from http(s) addresses, or are written out",
                )
        if len(re.findall(r"<script\b", part, re.IGNORECASE)) > 1:
            raise DataError(
                "the map is not written",
                ["one added element holds several scripts: some text acts as a script"],
                "add scripts one by one",
            )
    return inline, sources


def _image_addresses(elements: list[Element]) -> Iterator[str]:
    """Yield the addresses from which layers and icons take pictures."""
    for element in elements:
        options = getattr(element, "options", None)
        icon = options.get("icon_url", options.get("iconUrl")) if isinstance(options, dict) else None
        for url in (getattr(element, "tiles", None), getattr(element, "url", None), icon):
            if isinstance(url, str) and is_http(url) and not type(element).__name__.endswith("Link"):
                yield url


def _elements(top: Element) -> Iterator[Element]:
    """Yield an element and all it holds, in a steady order."""
    seen: set[int] = set()
    waiting: list[Any] = [top]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Mapping):
            waiting[:0] = list(one.values())
        elif isinstance(one, (list, tuple)):
            waiting[:0] = list(one)
        elif isinstance(one, Element) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting[:0] = [value for name, value in vars(one).items() if name not in ("_parent", "owner", "_payload")]


def _steady_names(elements: list[Element]) -> Any:
    """Return a function that replaces the random ids of folium's elements by numbers, so that the same map gives the same bytes."""
    numbers: dict[str, str] = {}
    for element in elements:
        numbers.setdefault(element._id, f"{len(numbers):032x}")
    pattern = re.compile("|".join(map(re.escape, numbers)))
    return lambda text: pattern.sub(lambda match: numbers[match[0]], text)
