# ruff: noqa: SLF001 - branca has no public access to the children of a figure
"""The page of a map with added elements: it loads folium's assets, and the policy lists each of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from branca.element import Element, Figure

from ...errors import DataError
from .page import check_scripts, compose, player_script, policy
from .tiles import is_http, tile_host

_SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""\b(?:src|href)\s*=\s*["']([^"']+)["']""", re.IGNORECASE)


def open_page(figure: Figure, payload: Mapping[str, Any], **kwargs: Any) -> str:
    """Render the slots of a figure (header, html, script) with the elements added to them, and leave it unchanged.

    The figure holds a `SpreadMap`, whose payload is that of the page.
    """
    # rendering adds children to folium's elements
    before = {id(one): (one, dict(one._children)) for one in _elements(figure)}
    try:
        for child in figure._children.values():
            child.render(**kwargs)
        elements = list(_elements(figure))
        fix_ids = _replace_ids(elements)
        head = [
            fix_ids(str(child.render(**kwargs)))
            for name, child in figure.header._children.items()
            if name != "meta_http"
        ]
        body = [fix_ids(str(child.render(**kwargs))) for child in figure.html._children.values()]
        code = fix_ids("\n".join(str(child.render(**kwargs)) for child in figure.script._children.values()))
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
        [*inline, player_script("leaflet"), code],
        images=sorted(styles | images),
        links={"script": sources, "style": sorted(styles), "font": ["data:", *sorted(styles)]},
    )
    text = compose(payload, body="\n".join(body), head="\n".join(head), scripts=[code], rules=rules)
    data = sum(part.count('<script type="application/json"') for part in body)
    check_scripts(text, len(inline) + len(sources) + data + 1)
    return text


def _scripts(parts: list[str]) -> tuple[list[str], list[str]]:
    """Return the inline scripts and the addresses of external scripts in the added elements.

    An element with several scripts is refused, because a text in it has ended its script early.
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
                    f"script address must be an http(s) URL; got '{address[1]}'",
                    fix="load the added script from an http(s) address, or add its code inline",
                )
        if len(re.findall(r"<script\b", part, re.IGNORECASE)) > 1:
            raise DataError(
                "an added element must hold one script; got several scripts",
                ["a text in it acts as a script"],
                "add each script as an element of its own, and escape texts with html.escape",
            )
    return inline, sources


def _image_addresses(elements: list[Element]) -> Iterator[str]:
    """Yield the addresses from which layers and icons load images."""
    for element in elements:
        options = getattr(element, "options", None)
        icon = options.get("icon_url", options.get("iconUrl")) if isinstance(options, dict) else None
        for url in (getattr(element, "tiles", None), getattr(element, "url", None), icon):
            if isinstance(url, str) and is_http(url) and not type(element).__name__.endswith("Link"):
                yield url


def _elements(top: Element) -> Iterator[Element]:
    """Yield an element and all elements inside it, in a fixed order."""
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


def _replace_ids(elements: list[Element]) -> Any:
    """Return a function that replaces the random ids of folium's elements with numbers, so that pages are reproducible."""
    numbers: dict[str, str] = {}
    for element in elements:
        numbers.setdefault(element._id, f"{len(numbers):032x}")
    pattern = re.compile("|".join(map(re.escape, numbers)))
    return lambda text: pattern.sub(lambda match: numbers[match[0]], text)
