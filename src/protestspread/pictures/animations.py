"""Animated maps of spread: drawn once, then looked up frame by frame."""

import base64
import html
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import DataError, name_some
from ..progress import progress
from ..tables import check_cities, check_panel, check_regions
from .basemap import plane_of, projection_words
from .choropleths import unknown_regions
from .circles import CityCircles
from .classes import MISSING, Classes
from .curves import LANE_HEIGHT, row_words
from .encoders import Film, as_image, gif_bytes, save_film
from .frames import Frame, Show, frames, row_ends
from .headers import Words
from .lanes import MOST_LANES, lanes
from .raster import Pixels, Rgb
from .scenes import Scene, scale_of
from .style import DEFAULT_CMAP

_MOST_INLINE = 8_000_000  # bytes of an animation inside a notebook


class SpreadAnimation:
    """A panel on a map, day by day: save it, look at it in a notebook, or take its frames.

    Attributes
    ----------
    steps
        What each frame shows, as data.
    size
        Width and height in pixels, both even.
    fps
        Frames a second.
    """

    def __init__(self, steps: Sequence[Frame], scene: Scene, *, fps: float, title: str) -> None:
        self.steps, self.size, self.fps = tuple(steps), scene.size, fps
        self._scene, self._title = scene, title

    def __len__(self) -> int:
        return len(self.steps)

    def frames(self) -> Iterator[Rgb]:
        """Give each frame as an array of shape (height, width, 3), red, green and blue from 0 to 255."""
        for picture in self._pictures():
            yield self._scene.palette.rgb[picture]

    def save(self, path: str | Path) -> Path:
        """Write the animation in the format its path ends with.

        Parameters
        ----------
        path
            ``spread.gif``, ``spread.mp4`` (needs ffmpeg), ``spread.webp``; or single PNGs: a folder, or a pattern like
            ``frames/day-%03d.png``.

        Returns
        -------
        Path
            Where it was written.

        Raises
        ------
        FileError
            The ending is unknown, the folder is not there, ffmpeg is missing or fails.
        """
        path = Path(path)
        save_film(self._film(f"writing {path.name}"), path)
        return path

    def __repr__(self) -> str:
        return (
            f"<SpreadAnimation: {self._words()}, {self.size[0]} × {self.size[1]} pixels, {self.fps:g} frames a second>"
        )

    def _repr_html_(self) -> str:
        film = self._film("drawing")
        data, kind, words = gif_bytes(film), "gif", self._words()
        if len(data) > _MOST_INLINE:
            from io import BytesIO

            file = BytesIO()
            as_image(film, self._scene.draw(len(self) - 1, self.steps[-1])).save(file, format="png")
            data, kind, words = (
                file.getvalue(),
                "png",
                f"{words}. Too large to play here: this is the last frame; save it as .mp4.",
            )
        text = html.escape(words, quote=True)
        caption = f"<figcaption>{text}</figcaption>" if kind == "png" else ""
        source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        return f'<figure style="margin:0"><img src="{source}" alt="{text}" width="{self.size[0]}" style="max-width:100%">{caption}</figure>'

    def _words(self) -> str:
        first, last = self.steps[0].label, self.steps[-1].label
        return f"{self._title or 'spread'}: {len(self)} frame{'s' if len(self) > 1 else ''}, {first if first == last else f'{first} to {last}'}"

    def _pictures(self) -> Iterator[Pixels]:
        for number, step in enumerate(self.steps):
            yield self._scene.draw(number, step)

    def _film(self, doing: str) -> Film:
        return Film(
            lambda: progress(self._pictures(), doing, total=len(self)), self._scene.palette.rgb, self.size, self.fps
        )


def animate_spread(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None = None,
    city_panel: pd.DataFrame | None = None,
    interventions: pd.DataFrame | None = None,
    kinds: Sequence[str] | None = None,
    show: Show = "day",
    window_days: int = 7,
    fps: float = 4,
    scheme: str | Sequence[float] | None = None,
    k: int = 5,
    classes: Classes | None = None,
    cmap: str = DEFAULT_CMAP,
    context: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    note: str | None = None,
    attribution: str | None = None,
    unit: str = "events",
    legend_title: str | None = None,
    zero_label: str = "none",
    missing_label: str = "not observed",
    size: tuple[int, int] = (800, 600),
    crs: object | None = None,
) -> SpreadAnimation:
    """Animate a panel on its regions, with the curve of its sums beneath.

    Parameters
    ----------
    panel
        A row a frame, a column a region. Regions that it lacks are hatched as missing in every frame.
    regions
        All are drawn; those too small to be seen are enlarged to a square.
    cities, city_panel
        Draw circles whose area is what happened in a city so far, with a ring on days when something did. The city panel
        has the dates of `panel` and a column a city.
    interventions, kinds
        Drawn beside the curve and named while in force: see `plot_curve`.
    show, window_days
        What a frame shows: "day", "so_far" or "window", see `frames`.
    fps
        Frames a second.
    scheme, k, classes
        One classification for all frames, see `classify`.
    cmap, context, title, note, attribution, crs
        See `plot_choropleth`.
    unit, legend_title, zero_label, missing_label
        Words: what the panel counts, and the legend's.
    size
        Width and height in pixels, at least 400 by 300, made even.

    Returns
    -------
    SpreadAnimation
        ``.save("spread.mp4")``, ``.frames()``; plays by itself in a notebook.

    Raises
    ------
    SchemaError
        A table is not what it should be.
    DataError
        The panel is empty or of cities; places are unknown; the city panel has other dates; a number is out of range.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_city = ps.count_events(case.events, case.cities, end="2022-01-11", observed=case.coverage)
    >>> by_region = ps.aggregate_panel(by_city, case.cities["region_id"])
    >>> ps.animate_spread(by_region, case.regions, title="Kazakhstan")
    <SpreadAnimation: Kazakhstan: 11 frames, 1 Jan 2022 to 11 Jan 2022, 800 × 600 pixels, 4 frames a second>
    """
    _check_regions(panel, regions)
    _check_rest(panel, cities, city_panel, fps=fps, size=size)
    whole = panel.reindex(columns=regions.index)
    steps = frames(
        whole, show=show, window_days=window_days, interventions=interventions, classes=classes, scheme=scheme, k=k
    )
    dates = pd.DatetimeIndex(panel.index)
    room = int(0.125 * size[1] / LANE_HEIGHT / scale_of(size))
    most = min(max(room, 1), MOST_LANES)
    rows = [] if interventions is None else lanes(interventions, dates[0], row_ends(dates)[-1], kinds=kinds, most=most)
    plane = plane_of(regions, crs)
    circles = None if cities is None or city_panel is None else CityCircles(cities, city_panel, plane.crs)
    when = {"day": f"that {row_words(dates)}", "so_far": "so far", "window": f"in {window_days} days"}[show]
    texts = Words(
        title,
        (note, f"{projection_words(plane.crs)}; the same classes in every frame", attribution),
        f"{unit[:1].upper()}{unit[1:]} {when}" if legend_title is None else legend_title,
        unit,
        when,
        zero_label,
        missing_label,
    )
    even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    scene = Scene(
        plane,
        steps,
        whole,
        rows,
        texts,
        at_least=_lower_bounds(steps, whole, show),
        size=even,
        cmap=cmap,
        context=context,
        circles=circles,
    )
    return SpreadAnimation(steps, scene, fps=fps, title=title or "")


def _lower_bounds(steps: Sequence[Frame], panel: pd.DataFrame, show: Show) -> list[bool]:
    """Say of which frames the total is a lower bound: some place that is otherwise observed was not."""
    ever = panel.notna().any().to_numpy()
    gaps = [bool((step.class_index[ever] == MISSING).any()) for step in steps]
    return list(accumulate(gaps, max)) if show == "so_far" else gaps


def _check_regions(panel: pd.DataFrame, regions: gpd.GeoDataFrame) -> None:
    check_panel(panel)
    check_regions(regions)
    unknown = unknown_regions(panel.columns, regions)
    if unknown:
        mend = "aggregate_panel(panel, cities['region_id']) sums cities by region"
        raise DataError("the panel does not fit the regions", unknown, mend)


def _check_rest(
    panel: pd.DataFrame,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
    *,
    fps: float,
    size: tuple[int, int],
) -> None:
    faults = []
    if (cities is None) != (city_panel is None):
        faults.append(
            f"{'city_panel' if cities is None else 'cities'} is given without {'cities' if cities is None else 'city_panel'}"
        )
    elif cities is not None and city_panel is not None:
        check_cities(cities)
        check_panel(city_panel)
        lost = [city for city in city_panel.columns if city not in cities.index]
        faults += [f"the city panel has unknown cities: {name_some(lost)}"] if lost else []
        faults += [] if city_panel.index.equals(panel.index) else ["the city panel has other dates than the panel"]
    if not 0 < fps <= 50:
        faults.append(f"fps = {fps}, not between 0 and 50")
    if min(size[0] / 400, size[1] / 300) < 1 or max(size) > 8_000:
        faults.append(f"size = {size}, not between 400 × 300 and 8000 × 8000 pixels")
    if faults:
        raise DataError(
            "the animation cannot be made", faults, "correct what is named, see help(protestspread.animate_spread)"
        )
