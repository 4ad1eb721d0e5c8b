"""Layers of a map as data: what is shown, its legend and its words.

Stills, animations and web maps each draw a layer with the painter registered for its `kind` in `STILLS`, `FILMS` or `PAGES`.
A layer knows no drawing library: colors are names of the theme ("city") or ``#rrggbb``, and words are said in the
language of the picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .errors import DataError, must_be
from .tables import check_interventions


@dataclass(frozen=True)
class Phrase:
    """A word or phrase of the pictures with its values, said in the language of the picture."""

    word: str
    values: Mapping[str, "Words"] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """A code of the data, such as a kind of intervention, said in words where the language has them."""

    code: str
    is_tie: bool = False


@dataclass(frozen=True)
class Share:
    """A share of 1, said in percent."""

    value: float


Words = str | float | pd.Timestamp | Phrase | Code | Share | tuple["Words", ...]


@dataclass(frozen=True)
class Symbol:
    """How a layer marks a thing, on the map and in the legend.

    Attributes
    ----------
    shape
        "area"; "line", "band" (a line with flat ends); a mark: "circle", "square", "cross"; "none".
    color
        A color of the theme ("city"), ``#rrggbb``, "none", or the number of a class.
    edge
        The color of the outline.
    size
        The size of a mark, or the width of a line, in points.
    edge_width
        The width of the outline in points.
    dash, alpha
        The dashes of a line as in matplotlib, and the opacity.
    hatched
        Whether an area is hatched over its color.
    """

    shape: str = "circle"
    color: str | int = "city"
    edge: str = "paper"
    size: float = 6.0
    edge_width: float = 1.0
    dash: Any = "solid"
    alpha: float | None = None
    hatched: bool = False


MISSING_AREA = Symbol("area", "missing", edge="hatch", edge_width=0.5)
LOWER_BOUND = Symbol("area", 1, edge="border", edge_width=0.5, hatched=True)
SMALL_REGION = Symbol("square", "paper", edge="ink", edge_width=0.8)
DOT = Symbol("circle", "city", size=3.2, edge_width=0.5)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: symbols, drawn over one another, and their meaning."""

    symbol: Symbol | tuple[Symbol, ...]
    label: Words


class Classed(Protocol):
    """What layers use of `Classes`."""

    @property
    def labels(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def zero(self) -> bool: ...  # noqa: D102
    def index(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]: ...  # noqa: D102


class Layer:
    """One thing that a map shows; a subclass is a frozen dataclass with a `kind` of its own."""

    kind: ClassVar[str]

    def legend(self) -> Sequence[Key]:
        """Return the entries of the legend."""
        return ()

    def words(self) -> Sequence[Words]:
        """Return the sentences for the note below the map."""
        return ()

    def now(self) -> Sequence[Words]:
        """Return the words for the heading of a date."""
        return ()

    def now_briefly(self) -> Sequence[Words]:
        """Return shorter words for the heading of a date, where the others find no room."""
        return self.now()

    def over(self, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> "Sequence[Layer]":  # noqa: ARG002
        """Return the layer as it is on each row [date, end) of a panel; equal rows may be the same object."""
        return [self] * len(dates)


@dataclass(frozen=True, eq=False)
class Regions(Layer):
    """Regions colored by class.

    Attributes
    ----------
    values
        One number per region: a Series, or a table with one row per date.
    classes
        The classes of the values.
    every_class
        Whether the legend lists the colored classes where no value has one.
    zero_label, missing_label
        The labels of zero and of missing values.
    lower_bound
        Which values are lower bounds, of the same shape as `values`; these are hatched over their color. None: none are.
    """

    kind: ClassVar[str] = "regions"
    values: pd.Series | pd.DataFrame
    classes: Classed
    every_class: bool = False
    zero_label: Words = Phrase("zero")
    missing_label: Words = Phrase("not_observed")
    lower_bound: pd.Series | pd.DataFrame | None = None

    @property
    def class_index(self) -> npt.NDArray[np.int8]:
        """The class of each region: -1 not observed, 0 zero, 1 ... k the colored classes."""
        return self.classes.index(self.values.to_numpy(dtype=float, na_value=np.nan))

    @property
    def bound_index(self) -> npt.NDArray[np.bool_]:
        """Whether the value of each region is a lower bound."""
        return np.zeros(self.values.shape, bool) if self.lower_bound is None else self.lower_bound.to_numpy(dtype=bool)

    def legend(self) -> Sequence[Key]:
        """Return a key for each class shown; maps without small regions leave out the last, `SMALL_REGION`."""
        index = self.class_index
        missing = self.missing_label if (index < 0).any() else None
        keys = class_keys(self.classes, self.zero_label, missing, colored=self.every_class or bool((index > 0).any()))
        bounds = [Key(LOWER_BOUND, Phrase("lower_bound"))] if self.bound_index.any() else []
        return [*keys, *bounds, Key(SMALL_REGION, Phrase("small_region"))]

    def over(self, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> "Sequence[Layer]":  # noqa: ARG002
        """Return the regions of each date."""
        bounds = [None] * len(dates) if self.lower_bound is None else [row for _, row in self.lower_bound.iterrows()]
        rows = (row for _, row in self.values.iterrows())
        return [replace(self, values=row, lower_bound=bound) for row, bound in zip(rows, bounds, strict=True)]


def class_keys(classes: Classed, zero_label: Words, missing_label: Words | None, *, colored: bool) -> list[Key]:
    """Return the keys of classes; `missing_label` is None where no value is missing."""
    shown = [(0, zero_label)] if classes.zero else []
    shown += [*enumerate(classes.labels, start=1)] if colored else []
    keys = [Key(Symbol("area", number, edge="border", edge_width=0.5), label) for number, label in shown]
    return keys if missing_label is None else [*keys, Key(MISSING_AREA, missing_label)]


@dataclass(frozen=True, eq=False)
class RegionNames(Layer):
    """Names of regions, one per region, written where there is room."""

    kind: ClassVar[str] = "region_names"
    names: pd.Series


@dataclass(frozen=True, eq=False)
class Points(Layer):
    """A mark on each place, such as the dot of a city, named where there is room."""

    kind: ClassVar[str] = "points"
    places: gpd.GeoDataFrame
    symbol: Symbol = DOT


@dataclass(frozen=True, eq=False)
class Circles(Layer):
    """Circles of cities: their area is the total so far, and a ring marks days with an event.

    Attributes
    ----------
    cities
        The cities.
    counts, so_far
        Counts and their sums so far, with one column per city: a row per date, or one date.
    """

    kind: ClassVar[str] = "circles"
    cities: gpd.GeoDataFrame
    counts: pd.DataFrame | pd.Series
    so_far: pd.DataFrame | pd.Series

    @classmethod
    def of(cls, cities: gpd.GeoDataFrame, panel: pd.DataFrame) -> "Circles":
        """Return the circles of a panel of cities; what was not observed adds nothing to the sums."""
        counts = panel.reindex(columns=cities.index).astype(float)
        return cls(cities, counts, counts.fillna(0).cumsum().clip(lower=0))

    def legend(self) -> Sequence[Key]:
        """Return the keys of the circle and the ring."""
        most = self.so_far.to_numpy().max(initial=0)
        most = float(f"{most:.{max(len(f'{most:.0f}'), 3)}g}")
        ring = Symbol("circle", "none", edge="city", size=8, edge_width=1.2)
        return [Key(Symbol(), Phrase("city_circle", {"n": most})), Key(ring, Phrase("city_ring"))]

    def over(self, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> "Sequence[Layer]":  # noqa: ARG002
        """Return the circles of each date."""
        return [replace(self, counts=self.counts.iloc[row], so_far=self.so_far.iloc[row]) for row in range(len(dates))]


@dataclass(frozen=True, eq=False)
class Responses(Layer):
    """Interventions, by region and interval.

    Attributes
    ----------
    table
        The interventions, in order of their start.
    kinds
        The kinds to draw and name; None: all.
    weights
        The share of each region in the people or in the regions (`region_weights`), or None if it is not to be said.
    others
        Kinds that are not drawn, named in the note.
    """

    kind: ClassVar[str] = "responses"
    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["kind", "region_id"]))
    kinds: tuple[str, ...] | None = None
    weights: pd.Series | None = None
    others: tuple[str, ...] = ()

    def words(self) -> Sequence[Words]:
        """Name the kinds that are not drawn."""
        names = tuple(word for kind in self.others for word in (", ", Code(kind)))
        return [Phrase("not_drawn", {"names": names[1:]})] if names else ()

    def now(self) -> Sequence[Words]:
        """Return the kinds, in order of their start, and where they hold: "curfew (1 of 17 regions, 4 % of people)"."""
        return self._said(brief=False)

    def now_briefly(self) -> Sequence[Words]:
        """Return the kinds, in order of their start, and their share: "curfew (4 %)"."""
        return self._said(brief=True)

    def _said(self, *, brief: bool) -> list[Words]:
        named = [kind for kind in self.in_force if self.kinds is None or kind in self.kinds]
        where = [self._where(kind, brief=brief) for kind in named]
        return [(Code(kind), *words) if words else Code(kind) for kind, words in zip(named, where, strict=True)]

    def _where(self, kind: str, *, brief: bool) -> tuple[Words, ...]:
        """Return where a kind is in force, in brackets; nothing in the whole country or in regions that are not drawn."""
        held = self.table["region_id"][self.table["kind"] == kind]
        weights = pd.Series(dtype=float) if self.weights is None else self.weights
        inside = weights.index.isin(held)
        if held.isna().any() or inside.all() or not inside.any():
            return ()
        count = Phrase("some_regions", {"n": float(inside.sum()), "total": float(len(inside))})
        if weights.name != "people":
            return " (", count, ")"
        share = Share(float(weights[inside].sum()))
        return (" (", share, ")") if brief else (" (", count, ", ", Phrase("share_people", {"share": share}), ")")

    @property
    def in_force(self) -> tuple[str, ...]:
        """The kinds of intervention, in order of their start."""
        return tuple(dict.fromkeys(self.table["kind"]))

    def over(self, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> "Sequence[Layer]":
        """Return for each row the interventions whose [start, end) overlaps it; a missing end means no end."""
        check_interventions(self.table)
        table = self.table.sort_values("start", kind="stable")
        starts, stops = table["start"].to_numpy(), table["end"].to_numpy()
        is_open = table["end"].isna().to_numpy()
        same: dict[bytes, Responses] = {}  # most dates have the same interventions as the date before
        rows = []
        for date, end in zip(dates.to_numpy(), ends.to_numpy(), strict=True):
            now = (starts < end) & (is_open | (stops > date))
            key = now.tobytes()
            if key not in same:
                same[key] = replace(self, table=table[now])
            rows.append(same[key])
        return rows


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
