"""Check where a command writes, before it works, and write a spread by the ending of the file."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

PAGES = (".html", ".htm")
PICTURES = (".png", ".svg", ".pdf")
FILMS = (".gif", ".mp4", ".webp")


def check_target(out: Path, inputs: Sequence[Path], *, force: bool, endings: tuple[str, ...] = ()) -> None:
    """Raise a usage error if a file cannot be written there, or if it would replace another file.

    An input file is never replaced, not even with ``force``.
    """
    fault = (
        f"{out} must end in {', '.join(endings[:-1])} or {endings[-1]}"
        if endings and out.suffix.lower() not in endings
        else ""
    )
    try:
        fault = _folder_fault(out) or fault or _replacement_fault(out, inputs, force=force)
    except (OSError, ValueError) as error:
        fault = f"{str(out)!r} is not the name of a file: {error}"
    if fault:
        raise typer.BadParameter(fault, param_hint="--out")


def _folder_fault(out: Path) -> str:
    """Return why no file can be written there."""
    with suppress(FileNotFoundError, NotADirectoryError):
        out.lstat()  # raises for names that no file can have
    if str(out) in ("", ".") or out.is_dir():
        return f"{out} is a folder; give the name of a file, such as {out / 'map.html'}"
    folder = next(parent for parent in out.absolute().parents if parent.exists())
    if not folder.is_dir():
        return f"{folder} is a file, so {out} cannot be written in it"
    return "" if os.access(folder, os.W_OK) else f"the folder {folder} may not be written to"


def _replacement_fault(out: Path, inputs: Sequence[Path], *, force: bool) -> str:
    """Return which file would be lost."""
    if out.exists() and any(source.exists() and out.samefile(source) for source in inputs):
        return f"{out} is an input file; choose another name"
    return f"{out} exists; choose another name, or add --force to replace it" if out.is_file() and not force else ""


@dataclass(frozen=True)
class SpreadOutput:
    """What the command ``map`` draws: a page, a picture or a film of one panel."""

    panel: "pd.DataFrame"
    regions: "gpd.GeoDataFrame"
    title: str
    attribution: str | None
    lang: str
    layers: dict[str, Any]
    page: dict[str, Any] = field(default_factory=dict)

    def write(self, out: Path) -> None:
        """Write the file; its ending decides what is drawn."""
        ending = out.suffix.lower()
        if ending in PAGES:
            from ..pictures.spread_map.api import spread_map

            spread_map(
                self.panel, self.regions, title=self.title, attribution=self.attribution, lang=self.lang, **self.layers, **self.page
            ).save(out)  # fmt: skip
            return
        from ..pictures.style.text import Language, speaking

        with speaking(Language(self.lang)):
            if ending in FILMS:
                from ..pictures.animation.animate import animate_spread

                animate_spread(
                    self.panel, self.regions, title=self.title, attribution=self.attribution, **self.layers
                ).save(out)
            else:
                self._write_picture(out)

    def _write_picture(self, out: Path) -> None:
        """Draw the sums over all dates."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from ..atomic_files import atomic_path
        from ..panels import period_of
        from ..pictures.maps.choropleth import plot_choropleth
        from ..wording import format_period

        figure = Figure(figsize=(10, 6.4), dpi=150)
        FigureCanvasAgg(figure)
        plot_choropleth(
            self.panel.sum(skipna=False),
            self.regions,
            ax=figure.add_axes((0.02, 0.02, 0.96, 0.9)),
            legend_title="events",
            title=self.title,
            note=f"Events reported, {format_period(*period_of(self.panel))}",
            attribution=self.attribution,
            context=self.layers.get("context"),
        )
        with atomic_path(out) as partial:
            figure.savefig(partial)
