"""The command line interface ``protestspread``: from events to maps and statistics.

Exit codes: 0 success; 1 invalid data (the message of the error, no traceback); 2 invalid usage.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import __version__

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from matplotlib.axes import Axes

    from .cases import Case
    from .graphs.diffusion import DiffusionGraph

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
) -> None:
    """Analyze the bundled case of January 2022: onsets by city, statistics, figures, an animation and a map.

    Writes choropleth.png, choropleth.svg, curve.png, graph.png, spread.gif, spread_map.html, panel.csv and onsets.csv.

    The map works offline.
    """
    from .cases import load_case
    from .counting import count_events
    from .graphs.relations import link_graph
    from .onset_dates import onsets

    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file, not a folder", param_hint="--out")
    case = load_case("kazakhstan_2022")
    panel = count_events(
        case.events[~case.events["minor"]], case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage
    )
    first_days = onsets(panel)
    graph = link_graph(case.cities, case.links)
    _print_onsets(case, panel, first_days)
    _print_answers(case, first_days)
    _say(f"{graph!r}\n")
    files = _write_files(case, panel, graph, out)
    width = max(len(path.as_posix()) for path in files)
    for path, content in files.items():
        _say(f"  {path.as_posix():<{width}}  {content}")


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


def _print_onsets(case: "Case", panel: "pd.DataFrame", first_days: "pd.Series") -> None:
    """Print the cities by day of onset, and the totals."""
    import pandas as pd

    from .panels import aggregate_panel
    from .pictures.frames import date_labels

    ordered = first_days.dropna().sort_values(kind="stable")
    by_region = aggregate_panel(panel, case.cities["region_id"])
    _say(f"{case.title}: first day of protest by city ({int(case.events['minor'].sum())} minor events excluded)\n")
    for date, cities in ordered.groupby(ordered):
        reached = int((by_region.loc[:date] > 0).any().sum())
        _say(
            f"  {date_labels([date])[0]}  {len(cities):>2} cities, {reached:>2} region{'s' if reached > 1 else ''} so far"
        )
        by_size = case.cities.loc[cities.index, "population"].sort_values(ascending=False).index
        _say(_wrapped(", ".join(by_size)))
    frame = case.cities.index[case.cities["in_frame"]]
    unobserved = [
        label
        for label, missing in zip(date_labels(pd.DatetimeIndex(panel.index)), panel.isna().all(axis=1), strict=True)
        if missing
    ]
    _say(
        f"\n  {int(panel.sum().sum())} events in {len(ordered)} of {len(panel.columns)} cities and {reached} of {len(case.regions)} regions"
        f"\n  {int(first_days[frame].notna().sum())} of the {len(frame)} cities chosen by size and rank alone (the sampling frame) had protest"
        f"\n  {unobserved[0]} to {unobserved[-1]} are unobserved, not quiet: the internet was shut down and no dated report was found"
        "\n  Counts are of reports; they do not measure the size of crowds.\n"
    )


def _print_answers(case: "Case", first_days: "pd.Series") -> None:
    """Print three results on the onsets of the cities in the sampling frame."""
    from .graphs.near import distance_graph
    from .graphs.relations import hierarchy_graph, link_graph, similarity_graph
    from .models.hierarchy.hierarchy import decompose_diffusion
    from .models.nbda.compare import compare_networks
    from .stats.fronts.front import front_speed
    from .wording import as_sentence

    cities = case.cities[case.cities["in_frame"]]
    first, until = first_days[cities.index], "2022-01-08"
    graphs = {
        "road": link_graph(case.cities, case.links).subgraph(cities.index, kinds="road"),
        "distance": distance_graph(cities, within_km=500, decay_km=150),
        "oil": similarity_graph(cities, "oil_gas"),
        "hierarchy": hierarchy_graph(cities),
    }
    front = front_speed(first, cities, origin="Zhanaozen", observed_until=until, rng=1)
    hierarchy = decompose_diffusion(first, cities, observed_until=until, simulations=0, rng=1)
    networks = compare_networks(first, graphs, strata=cities["region_id"], placebos=39, rng=1)
    answers = {
        "Was it a wave?": front.sentence,
        "To neighbors, or down the urban hierarchy?": as_sentence(hierarchy.headline),
        "Along which network?": networks.sentence,
    }
    _say(
        f"Three questions about the {len(cities)} cities in the sampling frame. All results are inferred; none is causal.\n"
    )
    for question, answer in answers.items():
        _say(f"  {question}")
        _say(_wrapped(answer))
    _say("")


def _write_files(case: "Case", panel: "pd.DataFrame", graph: "DiffusionGraph", out: Path) -> dict[Path, str]:
    """Write the files of the demo; return the path and the content of each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from .atomic_files import atomic_path, write_csv
    from .onset_dates import onsets
    from .panels import aggregate_panel, cumulative
    from .pictures.animation.animate import animate_spread
    from .pictures.charts.curve import plot_curve
    from .pictures.maps.choropleth import plot_choropleth
    from .pictures.maps.graph import plot_graph
    from .pictures.spread_map.api import spread_map
    from .progress import progress

    by_region = aggregate_panel(panel, case.cities["region_id"])
    so_far = cumulative(by_region).loc[:"2022-01-08"].iloc[-1]
    labels = {"context": case.context, "attribution": case.attribution, "title": case.title}
    layers = {"cities": case.cities, "city_panel": panel, "interventions": case.interventions, **labels}

    def on_axes(
        draw: Callable[["Axes"], object], box: tuple[float, float, float, float] = (0.02, 0.02, 0.96, 0.92)
    ) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            figure = Figure(figsize=(10, 6.4), dpi=150)
            FigureCanvasAgg(figure)
            draw(figure.add_axes(box))
            figure.savefig(path)

        return write

    title = f"{case.title}: events reported, 1–8 January"
    choropleth = on_axes(
        lambda ax: plot_choropleth(so_far, case.regions, ax=ax, legend_title="events", **{**labels, "title": title})
    )
    curve = on_axes(lambda ax: plot_curve(by_region, case.interventions, ax=ax), box=(0.06, 0.06, 0.92, 0.92))
    graph_options = {
        "labels": list(case.cities["population"].sort_values(ascending=False).index),
        "title": "Roads and railways",
    }
    network = on_axes(lambda ax: plot_graph(graph, case.regions, ax=ax, **{**labels, **graph_options}))

    jobs = [
        ("choropleth.png", "map of reported events, 1 to 8 January", choropleth),
        ("choropleth.svg", "the same map for print", choropleth),
        ("curve.png", "events per day, with interventions", curve),
        ("graph.png", "network of roads and railways between the cities", network),
        ("spread.gif", "animation of events by day", animate_spread(by_region, case.regions, **layers).save),
        (
            "spread_map.html",
            "interactive map; open it in a browser",
            spread_map(by_region, case.regions, **layers).save,
        ),
        ("panel.csv", "events by city and day", lambda path: write_csv(panel, path)),
        ("onsets.csv", "first day of protest in each city", lambda path: write_csv(onsets(panel).to_frame(), path)),
    ]
    for name, _, write in progress(jobs, "drawing"):
        with atomic_path(out / name) as partial:
            write(partial)
    return {out / name: content for name, content, _ in jobs}


def _say(text: str, *, to_stderr: bool = False) -> None:
    """Print plain text without markup, highlighting or wrapping."""
    from rich.console import Console

    Console(stderr=to_stderr, markup=False, highlight=False, emoji=False, soft_wrap=True).print(text)


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, width=100, initial_indent=" " * 14, subsequent_indent=" " * 14)
