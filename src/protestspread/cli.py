"""The command line interface ``protestspread``: from events to maps and statistics.

Exit codes: 0 success; 1 invalid data (the message of the error, no traceback); 2 invalid usage.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import __version__

if TYPE_CHECKING:
    import geopandas as gpd

app = typer.Typer(
    name="protestspread",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Analyze how protest spreads from place to place, and what the data can and cannot show about why.\n\n"
        "Start with:  protestspread demo --out demo"
    ),
)


def main() -> None:
    """Run the command; print the message of a library error and exit with code 1."""
    from .errors import ProtestSpreadError

    try:
        app()
    except ProtestSpreadError as error:
        _say(f"error: {error}", to_stderr=True)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    if version:
        _say(f"protestspread {__version__}")
        raise typer.Exit


@app.command()
def cases() -> None:
    """List the bundled cases and their contents."""
    from .cases import list_cases, load_case

    for name in list_cases():
        _say(repr(load_case(name)))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Output folder; created if it does not exist.")] = Path("demo"),
    case: Annotated[
        str, typer.Option("--case", help="The bundled case; `protestspread cases` lists them.")
    ] = "kazakhstan_2022",
) -> None:
    """Analyze a bundled case: onsets by city, statistics, figures, an animation and a map.

    Writes choropleth.png, choropleth.svg, curve.png, graph.png, spread.gif, spread_map.html, panel.csv and onsets.csv.

    The map works offline.
    """
    from .cases import list_cases
    from .demo import run_demo

    if case not in list_cases():
        raise typer.BadParameter(f"must be one of {', '.join(list_cases())}; got {case!r}", param_hint="--case")
    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file, not a folder", param_hint="--out")
    run_demo(case, out, _say)


@app.command("map")
def make_map(
    events: Annotated[Path, typer.Argument(help="Table of events with dates, and coordinates or city names.")],
    regions: Annotated[Path, typer.Argument(help="Polygons of regions: GeoJSON, GeoPackage, GeoParquet or Shapefile.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Output file (HTML).")] = Path("map.html"),
    region_id: Annotated[str, typer.Option(help="Column of the regions with their ids.")] = "region_id",
    region_name: Annotated[
        str | None, typer.Option(help="Column of the regions with their names (default: the id).")
    ] = None,
    cities: Annotated[
        Path | None, typer.Option(help="Table of cities, for events that name a city; drawn as circles.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Name of a column in your file: date=Day if the column Day has the dates. May be repeated."),
    ] = None,
    within_km: Annotated[
        float | None,
        typer.Option(help="Maximum distance (km) to the nearest region or city for events outside all of them."),
    ] = None,
    every: Annotated[str, typer.Option(help="Time step: D (day), W (week), MS (month), 3D (three days).")] = "D",
    start: Annotated[str | None, typer.Option(help="First day, as in 2022-01-31.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, included.")] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the page (default: the name of the file of events).")
    ] = None,
    attribution: Annotated[str | None, typer.Option(help="Credit line for data and boundaries.")] = None,
    engine: Annotated[
        Literal["folium", "canvas"], typer.Option(help="folium, or canvas (a smaller file without third-party code).")
    ] = "folium",
    lang: Annotated[str, typer.Option(help="Language of the controls: en, ru or kk.")] = "en",
    min_count: Annotated[int | None, typer.Option(help="Merge places with fewer events than this.")] = None,
) -> None:
    """Make an interactive map from your own files: one HTML page that works offline."""
    from .counting import count_events
    from .pictures.spread_map.api import spread_map

    files = _InputFiles(events, regions, cities, region_id, region_name, _column_names(column or []))
    located, places, towns = files.read(within_km)
    panel = count_events(located, places, every=every, start=start, end=end)
    city_panel = None if towns is None else count_events(located, towns, every=every, start=start, end=end)
    page = spread_map(
        panel, places, cities=towns, city_panel=city_panel, title=title or events.stem, attribution=attribution,
        engine=engine, lang=lang, min_count=min_count,
    )  # fmt: skip
    page.save(out)
    _say(
        f"{out.as_posix()}: {int(panel.sum().sum())} events in {int((panel > 0).any().sum())} of {len(places)} regions"
    )


@app.command()
def stats(
    events: Annotated[Path, typer.Argument(help="Table of events with dates, and coordinates or city names.")],
    regions: Annotated[Path, typer.Argument(help="Polygons of regions: GeoJSON, GeoPackage, GeoParquet or Shapefile.")],
    *,
    region_id: Annotated[str, typer.Option(help="Column of the regions with their ids.")] = "region_id",
    region_name: Annotated[
        str | None, typer.Option(help="Column of the regions with their names (default: the id).")
    ] = None,
    cities: Annotated[Path | None, typer.Option(help="Table of cities, for events that name a city.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Name of a column in your file: date=Day if the column Day has the dates. May be repeated."),
    ] = None,
    off_km: Annotated[
        float | None,
        typer.Option(help="Maximum distance (km) to the nearest region or city for events outside all of them."),
    ] = None,
    within_km: Annotated[
        float, typer.Option(help="Maximum distance (km) between two events that are close in space.")
    ] = 100.0,
    within_days: Annotated[
        int, typer.Option(help="Maximum number of days between two events that are close in time.")
    ] = 3,
    same_place_km: Annotated[
        float, typer.Option(help="Maximum distance (km) between two events in the same place.")
    ] = 1.0,
    every: Annotated[str, typer.Option(help="Time step: D (day), W (week), MS (month), 3D (three days).")] = "D",
    start: Annotated[str | None, typer.Option(help="First day, as in 2022-01-31.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, included.")] = None,
    permutations: Annotated[int, typer.Option(min=19, help="Number of permutations for each null model.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same results.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")] = False,
) -> None:
    """Test whether protest spread or occurred everywhere at once, by tests of space-time interaction.

    Prints the Knox test under increasingly strict null models.

    By region and time step, prints Moran's I, join counts of active regions and signatures of spread.
    """
    from .counting import count_events
    from .stats.summaries import summarize_spread

    files = _InputFiles(events, regions, cities, region_id, region_name, _column_names(column or []))
    located, places, _ = files.read(off_km)
    summary = summarize_spread(
        located, places, count_events(located, places, every=every, start=start, end=end), within_km=within_km,
        within_days=within_days, exclude_within_km=same_place_km, permutations=permutations, rng=seed,
    )  # fmt: skip
    _say(summary.to_json() if as_json else str(summary))


@dataclass(frozen=True)
class _InputFiles:
    """The files of a user, and the names of their columns."""

    events: Path
    regions: Path
    cities: Path | None
    region_id: str
    region_name: str | None
    columns: dict[str, str]

    def read(self, within_km: float | None) -> "tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame | None]":
        """Return the located events, the regions and the cities."""
        from .places import locate_events
        from .readers.events import read_events
        from .readers.geography import read_cities, read_regions

        regions = read_regions(self.regions, region_id=self.region_id, name=self.region_name)
        cities = None if self.cities is None else read_cities(self.cities)
        events = read_events(self.events, columns=self.columns)
        if cities is not None:
            events = locate_events(events, cities, within_km=within_km)
        return locate_events(events, regions, within_km=within_km), regions, cities


def _column_names(options: list[str]) -> dict[str, str]:
    """Return library name -> file name for options such as date=Day."""
    pairs = [text.partition("=") for text in options]
    if any(not (name and equals and file_name) for name, equals, file_name in pairs):
        raise typer.BadParameter(
            "must be written as date=Day: the name in this library, then the name in your file", param_hint="--column"
        )
    return {name.strip(): file_name.strip() for name, _, file_name in pairs}


def _say(text: str, *, to_stderr: bool = False) -> None:
    """Print plain text without markup, highlighting or wrapping."""
    from rich.console import Console

    Console(stderr=to_stderr, markup=False, highlight=False, emoji=False, soft_wrap=True).print(text)
