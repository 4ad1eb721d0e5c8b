"""The spread map as a `folium.Map`: a closed page, or an open page if layers are added to it."""

import base64
import html
import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from ...atomic_files import atomic_path, file_path
from ...errors import DataError, DataWarning, shorten_list
from . import page as pages
from .encoding import compact, plain
from .open_page import open_page

_NOTEBOOK_MOST = 25_000_000
_PAGES, _FILMS = (".html", ".htm"), (".gif", ".webp", ".mp4")


class _Verbatim(Element):  # type: ignore[misc]
    """An element written as is, without a template language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        return self.text


def _leaflet_head(*, with_images: bool) -> str:
    return f"<!--\n{pages.LEAFLET_LICENSE}\n-->\n<style>{pages.leaflet_css(with_images=with_images)}</style>"


class PageFigure(Figure):  # type: ignore[misc]
    """The page around one spread map."""

    def __init__(self, owner: "SpreadMap") -> None:
        super().__init__()
        self.owner = owner
        self.own = {id(self.header._children["meta_http"])}  # noqa: SLF001 - branca has no public access

    def foreign(self) -> list[str]:
        """Return the names of the elements that users added to the map or its page."""
        slots = (self.owner, self.header, self.html, self.script, self)
        children = [child for slot in slots for child in slot._children.values()]  # noqa: SLF001
        return [
            str(child.get_name()).rsplit("_", 1)[0]
            for child in children
            if child is not self.owner and id(child) not in self.own
        ]

    def render(self, **kwargs: Any) -> str:
        """Return the whole page."""
        return self.owner.page(self, **kwargs)


class SpreadMap(folium.Map):  # type: ignore[misc]
    """An interactive map as one HTML page; made by `spread_map` and `choropleth_map`.

    It is a `folium.Map`: layers, markers and controls can be added to it. Without added elements the page is closed: it
    works offline, and its Content-Security-Policy allows only the scripts of this library. With added elements the page
    loads folium's assets from the network; the pages.policy allows these hosts, and a `DataWarning` is issued.
    """

    _parent: Element | None

    def __init__(
        self,
        payload: Mapping[str, Any],
        *,
        engine: str,
        center: tuple[float, float],
        no_script: str,
        still: Callable[[], bytes] | None = None,
        film: Callable[[Path], None] | None = None,
    ) -> None:
        super().__init__(location=center, tiles=None, zoom_control=False)
        self._payload, self._engine, self._no_script = payload, engine, no_script
        self._still, self._film = still, film
        taken = ("leaflet", "leaflet_css")
        self.default_js = [pair for pair in folium.Map.default_js if pair[0] not in taken]
        self.default_css = [pair for pair in folium.Map.default_css if pair[0] not in taken]
        PageFigure(self).add_child(self)

    def __repr__(self) -> str:
        dates = self._payload["dates"]
        when = f", {dates[0]} to {dates[-1]}" if dates[0] else ""
        regions = len(self._payload["regions"]["names"])
        what = f"{regions} regions" if regions else f"{len(self._payload['cities']['names'])} cities"
        return f"<SpreadMap: {what}{when}; .save('map.html')>"

    def page(self, figure: PageFigure, **kwargs: Any) -> str:
        """Return the whole page of a figure: closed, or open if elements were added."""
        foreign = figure.foreign()
        if not foreign:
            auto = "folium" if "tiles" in self._payload else "canvas"
            return self._closed_page(auto if self._engine == "auto" else self._engine)
        if self._engine == "canvas":
            raise DataError(
                "engine must be 'auto' or 'folium' for a map with added layers; got 'canvas'",
                [f"added: {shorten_list(foreign)}"],
                "make the map without engine='canvas', or add no layers",
            )
        warnings.warn(
            DataWarning(
                f"the page now needs the network, because folium loads assets for the added elements: {shorten_list(foreign)}"
            ),
            stacklevel=4,
        )
        return open_page(figure, self._payload, **kwargs)

    def _closed_page(self, engine: str) -> str:
        name, head = "protestspread", pages.page_style()
        player = "leaflet" if engine == "folium" else "canvas"
        ensemble = "ensemble" in self._payload
        scripts = [pages.loader_script(player, ensemble=ensemble)]
        if engine == "folium":
            scripts = [pages.leaflet_js(), *scripts]
            head = f"{_leaflet_head(with_images=False)}\n{head}"
        images = [self._payload["tiles"]["host"]] if "tiles" in self._payload else []
        rules = pages.policy([*scripts, pages.player_script(player, ensemble=ensemble)], images=images)
        return pages.whole_page(
            self._payload, body=self.body(name, compact(self._payload)), head=head, scripts=scripts, rules=rules
        )

    def body(self, name: str, data: Mapping[str, Any]) -> str:
        """Return the elements that the player fills, and the data that it reads."""
        root = pages.root_element(name, self._payload, no_script=self._no_script)
        return f"<main>{root}</main>\n{pages.data_block(f'{name}-data', data)}"

    def render(self, **kwargs: Any) -> None:
        """Render the map and its added elements into its figure, which may contain other maps."""
        figure, name = self.get_root(), self.get_name()
        for key, url in self.default_css:
            figure.header.add_child(CssLink(url), name=key)
        figure.header.add_child(_Verbatim(_leaflet_head(with_images=True)), name="leaflet_css")
        figure.header.add_child(_Verbatim(pages.page_style()), name="protestspread_css")
        figure.header.add_child(_Verbatim(f"<script>{pages.leaflet_js()}</script>"), name="leaflet")
        figure.header.add_child(_Verbatim(f"<script>{pages.marker_script()}</script>"), name="leaflet_markers")
        figure.header.add_child(_Verbatim(f"<script>{pages.player_script('leaflet')}</script>"), name="protestspread")
        for key, url in self.default_js:
            figure.header.add_child(JavascriptLink(url), name=key)
        figure.html.add_child(_Verbatim(self.body(name, plain(self._payload))), name=name)
        figure.script.add_child(_Verbatim(f'var {name} = protestspread.open("{name}");\n'), name=name)
        for child in self._children.values():
            child.render(**kwargs)

    def to_html(self) -> str:
        """Return the whole page as text.

        Raises
        ------
        DataError
            Layers were added to a map without Leaflet, or a text in an added element acts as a script.
        """
        figure = self.get_root()
        home: Element | None = self._parent
        try:
            if not isinstance(figure, PageFigure):  # the map is in another figure, perhaps with other maps
                figure = PageFigure(self)
                self._parent = figure
            return str(figure.render())
        finally:
            self._parent = home

    def save(self, outfile: str | Path | BinaryIO, close_file: bool = True, **kwargs: Any) -> None:  # noqa: ARG002, FBT001, FBT002 - folium's signature
        """Write the page, a still or an animation to a file. A failed write leaves no partial file.

        Parameters
        ----------
        outfile
            A path, or an open binary file for the page. The ending decides: ".html" is the page, ".png" a still of the date
            with the most events, ".gif", ".webp" or ".mp4" an animation (see `animate_spread`), without types, flows, story and layers of folium.
        close_file
            Whether to close an open file afterwards.

        Raises
        ------
        DataError
            See `to_html`; the ending is unknown, or a map without regions is saved as a picture.
        """
        if isinstance(outfile, str | Path) and self._saved_as_picture(file_path(outfile, "outfile")):
            return
        text = self.to_html()
        pages.check_size(text)
        if isinstance(outfile, str | Path) or not hasattr(outfile, "write"):
            with atomic_path(file_path(outfile, "outfile")) as partial:
                partial.write_text(text, encoding="utf-8", newline="\n")
            return
        outfile.write(text.encode("utf-8"))
        if close_file:
            outfile.close()

    def _saved_as_picture(self, path: Path) -> bool:
        """Write a still or an animation if the ending asks for one."""
        ending = path.suffix.lower()
        if ending in _PAGES:
            return False
        if ending not in (".png", *_FILMS):
            raise DataError(
                f"outfile must end in {', '.join(_PAGES)}, .png, {', '.join(_FILMS)}; got '{path.name}'",
                fix="pass a name such as 'map.html'",
            )
        write = self._film if ending in _FILMS else self._still
        if write is None:
            raise DataError(
                f"outfile: a map without {'dates' if ending in _FILMS and self._still else 'regions'} cannot be saved as {ending}",
                fix="save it as .html",
            )
        if ending in _FILMS and self._film is not None:
            self._film(path)
        elif self._still is not None:
            with atomic_path(path) as partial:
                partial.write_bytes(self._still())
        return True

    def _repr_html_(self, **_: Any) -> str:
        """Return the page in a sandboxed frame that may only run its scripts."""
        figure = self.get_root()
        is_open = "tiles" in self._payload or (isinstance(figure, PageFigure) and bool(figure.foreign()))
        page = self.to_html() if is_open else self._closed_page("canvas")
        if len(page) > _NOTEBOOK_MOST:
            return f"<p>{html.escape(repr(self))}: too large for a notebook ({len(page) / 1e6:.0f} MB); save it with .save('map.html')</p>"
        title = html.escape(str(self._payload["title"])[:300], quote=True)
        return (
            f'<iframe srcdoc="{html.escape(page, quote=True)}" title="{title}" sandbox="allow-scripts allow-downloads" '
            f'style="width: 100%; height: {self._payload["height"]}px; border: 1px solid #d9dde2; border-radius: 8px;"></iframe>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the page for front ends that display HTML, and a picture for others."""
        found: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if self._still is not None:
            found["image/png"] = base64.b64encode(self._still()).decode("ascii")
        return {
            kind: value
            for kind, value in found.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }

    def _repr_png_(self) -> bytes | None:
        return None if self._still is None else self._still()


def png_of(draw: Callable[[Any], object]) -> bytes:
    """Return a PNG of a figure drawn by a function."""
    from matplotlib.figure import Figure as Canvas

    figure = Canvas((9, 5.6), dpi=100)
    draw(figure)
    held = io.BytesIO()
    figure.savefig(held, format="png", metadata={"Software": None})
    return held.getvalue()
