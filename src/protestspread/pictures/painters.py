"""Layers as pictures: the painters of stills, animations and web maps by kind of layer, and symbols and legends."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import DataError, must_be
from ..layers import Key, Layer, Symbol
from .layout.labels import warn_of_missing
from .style.classes import Classes
from .style.text import say
from .style.theme import PAPER, ZERO_FILL, color_of, plain_text, printable, ramp, title_weight

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

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

HATCH = "////"
MARKS = {"circle": "o", "square": "s", "cross": "x", "none": ""}


def class_colors(classes: Classes, cmap: str) -> list[str]:
    """Return the colors of classes 0, 1, ... k."""
    return [ZERO_FILL if classes.zero else PAPER, *ramp(classes.k, cmap)]


def entries_of(keys: Iterable[Key], colors: Sequence[str] = ()) -> list[tuple[Any, str]]:
    """Return a handle and a label for each key of a legend; `colors` are those of classes 0, 1, ... k."""
    return [(_handle(key.symbol, colors), printable(say(key.label))) for key in keys]


def _handle(symbol: Symbol | tuple[Symbol, ...], colors: Sequence[str]) -> Any:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if isinstance(symbol, tuple):
        return tuple(_handle(one, colors) for one in symbol)
    color = colors[symbol.color] if isinstance(symbol.color, int) else color_of(symbol.color)
    edge, width = color_of(symbol.edge), symbol.edge_width
    if symbol.shape == "area":
        return Patch(
            facecolor=color, edgecolor=edge, linewidth=width, hatch=HATCH if symbol.color == "missing" else None
        )
    if symbol.shape in ("line", "band"):
        ends: dict[str, Any] = {"solid_capstyle": "butt"} if symbol.shape == "band" else {}
        return Line2D([], [], color=color, linewidth=symbol.size, linestyle=symbol.dash, alpha=symbol.alpha, **ends)
    return Line2D([], [], linestyle="", **mark_style(symbol))


def mark_style(symbol: Symbol) -> dict[str, Any]:
    """Return the options of matplotlib for a mark."""
    color, edge = color_of(str(symbol.color)), color_of(symbol.edge)
    return {
        "marker": MARKS[symbol.shape],
        "markersize": symbol.size,
        "markerfacecolor": color,
        "markeredgecolor": color if symbol.shape == "cross" else edge,
        "markeredgewidth": symbol.edge_width,
        "alpha": symbol.alpha,
    }


def draw_legend(ax: "Axes", entries: Sequence[tuple[Any, str]], title: str, *, columns: int = 1) -> "Legend":
    """Add a legend to axes; the caller moves it to its place."""
    handles, labels = [handle for handle, _ in entries], [printable(label) for _, label in entries]
    title = printable(title)
    warn_of_missing(ax, " ".join([title, *labels]))
    legend = ax.legend(
        handles,
        [f"\u200b{label}" if label.startswith("_") else label for label in labels],
        alignment="left",
        ncols=columns,
        columnspacing=1.2,
        loc="lower right",
        fontsize=7.5,
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.35,
        borderpad=0.7,
        framealpha=0.92,
        facecolor=PAPER,
        edgecolor="#d5d8dc",
        title=title or None,
    )
    for label in legend.get_texts():
        label.set(**plain_text(7.5))
    legend.get_title().set(**plain_text(7.5, weight=title_weight(title)))
    legend.set_zorder(7)
    return legend
