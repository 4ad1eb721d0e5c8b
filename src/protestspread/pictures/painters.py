"""The painters of layers: stills, animations and web maps look one up by the kind of a layer."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..errors import DataError, must_be
from ..layers import Layer

P = TypeVar("P")


class Painters(Generic[P]):
    """The painters of one sort of picture, by kind of layer."""

    def __init__(self, picture: str) -> None:
        self._picture, self._known = picture, dict[str, P]()

    def register(self, kind: str) -> Callable[[P], P]:
        """Return a decorator that makes a function, or class, the painter of a kind of layer."""

        def keep(painter: P) -> P:
            self._known[kind] = painter
            return painter

        return keep

    def of(self, layer: Layer) -> P:
        """Return the painter of a layer.

        Raises
        ------
        DataError
            No painter is registered for its kind.
        """
        if layer.kind not in self._known:
            raise DataError(
                must_be("layers", f"of a kind that {self._picture} can draw ({', '.join(self._known)})", layer.kind),
                fix=f"leave the layer out, or register a painter of {self._picture} for its kind",
            )
        return self._known[layer.kind]


STILLS: Painters[Callable[[Any, Any], None]] = Painters("stills")
"""Draw a layer on a `RegionMap`."""

FILMS: Painters[Any] = Painters("animations")
"""Make a `FilmPainter` of a layer, its rows and the stage of the film."""

PAGES: Painters[Callable[[Any, Any, Any], dict[str, Any]]] = Painters("web maps")
"""Return the part of a page's data for a layer, its rows and the ground of the page."""
