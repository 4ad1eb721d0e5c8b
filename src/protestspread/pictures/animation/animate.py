"""Animated maps of spread: the map is drawn once, and each frame is then composed from lookup tables."""

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrow_layers import DRAWN_FROM, Arrows
from ...atomic_files import file_path
from ...errors import DataError, FileError, argument_error, must_be
from ...interventions import region_weights
from ...layers import Circles, Layer, Regions, Responses
from ...progress import progress
from ...tables import check_panel, check_regions
from ..charts.curve import row_text
from ..charts.lanes import LANE_HEIGHT, InterventionLanes
from ..frames import Frame, Show, check_nonempty_panel, frames_of, lower_bounds, row_ends, shown_values, unobserved_days
from ..interventions_by_kind import MOST_LANES
from ..layout.insets import Insets
from ..maps.basemap import plane_of
from ..style.classes import Classes, classify
from ..style.options import ask_for_credit, check_options, city_panel_faults, unknown_regions
from ..style.text import current, own_labels, printable, projection_text, say, text
from ..style.theme import DEFAULT_CMAP
from .encoders import Film, Pixels, Rgb, as_image, check_folder, ffmpeg_path, film_bytes, save_film
from .fades import CrossFade
from .scenes import HeaderText, Scene, scale_of

if TYPE_CHECKING:
    from ..spread_map.folium_map import SpreadMap

_MOST_INLINE = 8_000_000  # bytes of an animation inside a notebook


class SpreadAnimation:
    """A panel on a map, date by date. Save it, display it in a notebook, or take its frames.

    Attributes
    ----------
    steps
        What is shown on each date, as data; without last dates on which nothing was observed.
    size
        Width and height in pixels, both even.
    fps
        Frames per second. With ``cross_fade``, more than dates per second.
    """

    def __init__(
        self,
        steps: Sequence[Frame],
        scene: Scene,
        *,
        fps: float,
        title: str,
        page: "Callable[[], SpreadMap]",
        fade: CrossFade | None = None,
    ) -> None:
        self.steps, self.size, self.fps = tuple(steps), scene.size, fps * (1 if fade is None else fade.frames)
        self._scene, self._title, self._page, self._fade = scene, title, page, fade

    def __len__(self) -> int:
        return len(self.steps) * (1 if self._fade is None else self._fade.frames)

    def frames(self) -> Iterator[Rgb]:
        """Yield each frame as an array of shape (height, width, 3): red, green and blue from 0 to 255."""
        for picture in self._pictures():
            yield self._scene.palette.rgb[picture]

    def save(self, path: str | Path) -> Path:
        """Write the animation; the format follows from the ending of the path.

        Parameters
        ----------
        path
            ``spread.gif``, ``spread.mp4`` (needs ffmpeg) or ``spread.webp``; ``spread.html``, the interactive `spread_map`
            of the same data and classes, which needs no network; or single PNGs: a folder, or a pattern like
            ``frames/day-%03d.png``.

        Returns
        -------
        Path
            The path given.

        Raises
        ------
        FileError
            The ending is unknown, the folder does not exist, or ffmpeg is missing or fails.
        """
        path = file_path(path)
        if path.suffix.lower() in (".html", ".htm"):
            check_folder(path)
            self._page().save(path)
        else:
            save_film(self._film(f"writing {path.name}"), path)
        return path

    def __repr__(self) -> str:
        return f"<SpreadAnimation: {self._description()}, {self.size[0]} × {self.size[1]} pixels, {self.fps:g} frames a second>"

    def _repr_html_(self) -> str:
        film, width = self._film("drawing"), f'width="{self.size[0]}" style="max-width:100%"'
        kind, data = self._notebook_film(film)
        text = html.escape(self._description(), quote=True)
        if len(data) > _MOST_INLINE:
            file = BytesIO()
            as_image(film, self._scene.draw(len(self.steps) - 1, self.steps[-1])).save(file, format="png")
            kind, data = "image/png", file.getvalue()
            text += ". The animation is too large for a notebook, so only its last frame is shown; save it as .mp4."
        source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        if kind == "video/mp4":
            element = f'<video src="{source}" controls loop muted playsinline aria-label="{text}" {width}></video>'
        else:
            element = f'<img src="{source}" alt="{text}" {width}>'
        caption = f"<figcaption>{text}</figcaption>" if kind == "image/png" else ""
        return f'<figure style="margin:0">{element}{caption}</figure>'

    def _notebook_film(self, film: Film) -> tuple[str, bytes]:
        """Return the media type and the bytes of a video if ffmpeg can make one, else of a GIF."""
        if ffmpeg_path() is not None:
            with suppress(FileError):  # an ffmpeg without H.264
                return "video/mp4", film_bytes(film, ".mp4")
        return "image/gif", film_bytes(film, ".gif")

    def _description(self) -> str:
        first, last = self.steps[0].label, self.steps[-1].label
        count = f"{len(self)} frame{'s' if len(self) > 1 else ''}"
        return f"{printable(self._title) or 'spread'}: {count}, {first if first == last else f'{first} to {last}'}"

    def _pictures(self) -> Iterator[Pixels]:
        pictures = (self._scene.draw(number, step) for number, step in enumerate(self.steps))
        if self._fade is None:
            return pictures
        return self._fade.between(pictures, self._scene.palette, self._scene.sharp)

    def _film(self, doing: str) -> Film:
        return Film(
            lambda: progress(self._pictures(), doing, total=len(self)),
            self._scene.palette.rgb,
            self.size,
            self.fps,
            len(self),
        )


def animate_spread(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    tree: Any = None,
    at_least: float = DRAWN_FROM,
    interventions: pd.DataFrame | None = None,
    kinds: Sequence[str] | None = None,
    show: Show = "day",
    window_days: int = 7,
    fps: float = 4,
    cross_fade: bool = False,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    context: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    unit: str | None = None,
    legend_title: str | None = None,
    zero_label: str | None = None,
    missing_label: str | None = None,
    size: tuple[int, int] = (800, 600),
    crs: object | None = None,
    insets: Insets = "auto",
    layers: Sequence[Layer] = (),
) -> SpreadAnimation:
    """Animate a panel on a map of its regions, with the curve of its totals below.

    Parameters
    ----------
    panel
        One row per frame, one column per region. Regions without a column are hatched as missing in every frame.
    regions
        Regions to draw. Those too small to be visible are enlarged to a square.
    cities, city_panel
        Draw circles with an area proportional to the total of a city so far, and a ring on days with an event. The city
        panel has the dates of ``panel`` and one column per city.
    tree, at_least
        Inferred spread between cities or regions, a `TransmissionTree` or a table: see `spread_map`. Arrows with at least
        this probability appear on their date and then turn gray, at most the last 200 at once. The legend says that they are
        inferred.
    interventions, kinds
        Drawn with the curve, and named while in force, with the regions and the share of the people they concern: see
        `plot_curve`. Kinds without a lane are named in the note.
    show, window_days
        What a frame shows: "day", "so_far" or "window". See `frames`.
    fps
        Dates per second; the last date is held for 2.5 seconds. Last dates on which nothing was observed are hatched in the
        curve and have no frame.
    cross_fade
        Blend the map of each date into the next. The animation lasts as long, at about 24 frames per second. At least half
        of the frames of a date (6 at 4 dates per second) show it alone, and up to five blend it into the next. Blended
        colors represent no value.
    scheme, k, classes
        One classification for all frames. See `classify`.
    cmap, context, title, note, attribution, crs, insets
        See `plot_choropleth`.
    unit, legend_title, zero_label, missing_label
        What the panel counts ("events"), and the words of the legend. By default, in the current `language`.
    size
        Width and height in pixels, at least 400 by 300, rounded up to even numbers.
    layers
        More layers to draw above the regions (`protestspread.layers.Layer`).

    Returns
    -------
    SpreadAnimation
        With methods `save` and `frames`. It plays in a notebook, as a video if ffmpeg is found, else as a GIF.

    Raises
    ------
    SchemaError
        A table does not have the required form.
    DataError
        The panel is empty or has cities for columns; a place of a panel or of the tree is unknown; the city panel has
        other dates; a number is out of range.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_city = ps.count_events(case.events, case.cities, end="2022-01-11", observed=case.coverage)
    >>> by_region = ps.aggregate_panel(by_city, case.cities["region_id"])
    >>> ps.animate_spread(by_region, case.regions, title="Kazakhstan")
    <SpreadAnimation: Kazakhstan: 8 frames, 1 Jan 2022 to 8 Jan 2022, 800 × 600 pixels, 4 frames a second>
    """
    check_options(
        at_least=at_least, kinds=kinds, show=show, window_days=window_days, cross_fade=cross_fade, k=k, classes=classes, cmap=cmap,
        unit=unit, legend_title=legend_title, zero_label=zero_label, missing_label=missing_label,
        title=title, note=note, attribution=attribution, context=context, crs=crs, insets=insets,
        layers=layers,
    )  # fmt: skip
    _check_regions(panel, regions)
    ask_for_credit(panel, attribution)
    _check_options(panel, cities, city_panel, fps=fps, cross_fade=cross_fade, size=size)
    check_nonempty_panel(panel)
    whole, dates, plane = (
        panel.reindex(columns=regions.index),
        pd.DatetimeIndex(panel.index),
        plane_of(regions, crs, insets),
    )
    shown = shown_values(whole, show=show, window_days=window_days)
    classes = classes or classify(shown.to_numpy(dtype=float, na_value=np.nan), scheme=scheme, k=k)
    zero = text("zero") if zero_label is None else zero_label
    missing = text("not_observed") if missing_label is None else missing_label
    bounds = unobserved_days(whole, show=show, window_days=window_days)
    found: list[Layer] = [Regions(shown, classes, zero_label=zero, missing_label=missing, lower_bound=bounds)]
    if interventions is not None:
        most = min(max(int(0.17 * size[1] / LANE_HEIGHT / scale_of(size)), 1), MOST_LANES)
        lanes = InterventionLanes.of(interventions, dates, kinds, region_weights(regions), most)
        found.append(Responses(interventions, lanes.kinds, lanes.weights, lanes.others))
    if cities is not None and city_panel is not None:
        found.append(Circles.of(cities, city_panel))
    if tree is not None:
        found.append(Arrows.of(tree, dates, row_ends(dates), at_least))
    found += layers
    steps = frames_of(found, dates)
    when = row_text(dates, "that") if show == "day" else text(show, n=window_days)
    what = text("events") if unit is None else f"{unit[:1].upper()}{unit[1:]}"
    fade = CrossFade(fps) if cross_fade else None
    classes_note = text("same_classes") + (f"; {text('mixed_colors')}" if fade else "")
    said = [say(words) for layer in found for words in layer.words()]
    texts = HeaderText(
        title,
        (
            note,
            f"{projection_text(plane.crs)}; {classes_note}",
            *(f"{one[:1].upper()}{one[1:]}" for one in said),
            attribution,
        ),
        text("what_when", what=what, when=when) if legend_title is None else legend_title,
        text("unit") if unit is None else unit,
        when,
        missing,
    )
    scene = Scene(
        plane,
        found,
        steps,
        whole,
        texts,
        at_least=lower_bounds(steps, whole),
        size=(size[0] + size[0] % 2, size[1] + size[1] % 2),
        cmap=cmap,
        context=context,
        cities=cities,
        fade=fade,
    )

    language = current()

    def page() -> "SpreadMap":
        from ..spread_map.assemble import spread_page
        from ..spread_map.payload import Content
        from ..spread_map.views import Look

        labels = {
            "none": (zero, language.text("zero")),
            "not_observed": (missing, language.text("not_observed")),
            "events": (what, language.text("events")),
        }
        changed = {word: label for word, (label, usual) in labels.items() if label != usual}
        shown = interventions
        if kinds is not None and interventions is not None:
            shown = interventions[interventions["kind"].isin(kinds)]
        return spread_page(
            panel, regions, Content(cities, city_panel, tree, shown), Look(show, window_days, steps[0].classes, cmap, at_least),
            context=context, title=title, note=note, attribution=attribution, layers=layers,
            labels=own_labels(language) | changed, lang=language.lang,
        )  # fmt: skip

    return SpreadAnimation(steps[: _last_observed(steps) + 1], scene, fps=fps, title=title or "", page=page, fade=fade)


def _last_observed(steps: Sequence[Frame]) -> int:
    """Return the last frame with a number for a region or city; the last of all if there is none."""
    counts = [[layer.counts for layer in step.layers if isinstance(layer, Circles)] for step in steps]
    seen = [
        any(bool(one.notna().any()) for one in (step.values, *found)) for step, found in zip(steps, counts, strict=True)
    ]
    return max(np.flatnonzero(seen).tolist(), default=len(steps) - 1)


def _check_regions(panel: pd.DataFrame, regions: gpd.GeoDataFrame) -> None:
    check_panel(panel)
    check_regions(regions)
    unknown = unknown_regions(panel.columns, regions)
    if unknown:
        fix = "pass a panel of regions, such as aggregate_panel(panel, cities['region_id'])"
        raise DataError("panel and regions do not fit", unknown, fix)


def _check_options(
    panel: pd.DataFrame,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
    *,
    fps: Any,
    cross_fade: bool,
    size: Any,
) -> None:
    faults = []
    if (cities is None) != (city_panel is None):
        given, absent = ("city_panel", "cities") if cities is None else ("cities", "city_panel")
        faults.append(f"{absent} must be passed together with {given}; got None")
    elif cities is not None:
        faults += city_panel_faults(cities, city_panel, panel)
    most = 25 if cross_fade else 50  # viewers show at most 50 frames per second and slow down above
    check = Arguments()
    check.number("fps", fps, above=0, at_most=most)
    faults += [
        fault.replace(f"at most {most}", f"at most {most} with cross_fade") if cross_fade else fault
        for fault in check.faults
    ]
    pair = size if isinstance(size, tuple | list) else ()
    whole = len(pair) == 2 and all(isinstance(side, Integral) and not isinstance(side, bool) for side in pair)
    if not whole or size[0] < 400 or size[1] < 300 or max(size) > 8_000:
        got = str(size) if isinstance(size, tuple | list) else size
        faults.append(must_be("size", "two integers from 400 × 300 to 8000 × 8000 pixels", got))
    if faults:
        raise argument_error(faults, "correct these arguments; help(animate_spread) describes them")
