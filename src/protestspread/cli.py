"""The command ``protestspread``: the journey from events to a map, from a shell.

Exit codes: 0 all well; 1 bad data (the error's text, no traceback); 2 bad usage.
"""

import sys
from collections.abc import Callable
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
        "How did protest spread from place to place, and what can honestly be said about why?\n\n"
        "Start with:  protestspread demo --out demo"
    ),
)


def main() -> None:
    """Run the command; bad data end with their message and exit code 1."""
    from .errors import ProtestSpreadError

    try:
        app()
    except ProtestSpreadError as error:
        _say(f"error: {error}", to_stderr=True)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _options(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False
) -> None:
    if version:
        _say(f"protestspread {__version__}")
        raise typer.Exit


@app.command()
def cases() -> None:
    """List the bundled cases, and what each holds."""
    from .cases import list_cases, load_case

    for name in list_cases():
        _say(repr(load_case(name)))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made where it is not there.")] = Path(
        "demo"
    ),
) -> None:
    """Run the case of January 2022: the order in which cities joined, and pictures, an animation and a map to look at.

    Writes choropleth.png and .svg, curve.png, graph.png, spread.gif, spread_map.html (opens without a network), panel.csv
    and onsets.csv into the folder, and prints what they show.
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
    _tell(case, panel, first_days)
    _answer(case, first_days)
    _say(f"{graph!r}\n")
    for path, what in _draw(case, panel, graph, out):
        _say(f"  {path.as_posix():<34} {what}")


@app.command("map")
def make_map(
    events: Annotated[Path, typer.Argument(help="Table of events: date, and longitude and latitude or city.")],
    regions: Annotated[Path, typer.Argument(help="Polygons: GeoJSON, GeoPackage, GeoParquet, Shapefile.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The HTML file to write.")] = Path("map.html"),
    region_id: Annotated[str, typer.Option(help="Column of the regions that holds their id.")] = "region_id",
    region_name: Annotated[
        str | None, typer.Option(help="Column that holds what to call them (default: the id).")
    ] = None,
    cities: Annotated[
        Path | None, typer.Option(help="Table of cities, for events that name one; drawn as circles.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Our name of a column = yours; may be repeated: date=Day.")
    ] = None,
    within_km: Annotated[float | None, typer.Option(help="How far an event may lie off every region or city.")] = None,
    every: Annotated[str, typer.Option(help="Length of a frame: D, W, MS, 3D.")] = "D",
    start: Annotated[str | None, typer.Option(help="First day, 2022-01-31.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day.")] = None,
    title: Annotated[str | None, typer.Option(help="Heading of the page.")] = None,
    attribution: Annotated[str | None, typer.Option(help="Whom to credit for data and boundaries.")] = None,
    engine: Annotated[
        Literal["folium", "canvas"], typer.Option(help="canvas is smaller, without third-party code.")
    ] = "folium",
    lang: Annotated[str, typer.Option(help="Language of the controls: en, ru, kk.")] = "en",
    min_count: Annotated[int | None, typer.Option(help="Merge places with fewer events than this in all.")] = None,
) -> None:
    """Make a spread map of your own files: one HTML page that opens without a network."""
    from .counting import count_events
    from .pictures.spread_map.api import spread_map

    located, places, towns = _located(
        events, regions, region_id=region_id, region_name=region_name, cities=cities, column=column, within_km=within_km
    )
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
    events: Annotated[Path, typer.Argument(help="Table of events: date, and longitude and latitude or city.")],
    regions: Annotated[Path, typer.Argument(help="Polygons: GeoJSON, GeoPackage, GeoParquet, Shapefile.")],
    *,
    region_id: Annotated[str, typer.Option(help="Column of the regions that holds their id.")] = "region_id",
    region_name: Annotated[
        str | None, typer.Option(help="Column that holds what to call them (default: the id).")
    ] = None,
    cities: Annotated[Path | None, typer.Option(help="Table of cities, for events that name one.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="Our name of a column = yours; may be repeated: date=Day.")
    ] = None,
    off_km: Annotated[float | None, typer.Option(help="How far an event may lie off every region or city.")] = None,
    within_km: Annotated[float, typer.Option(help="Events at most so far apart are close in space.")] = 100.0,
    within_days: Annotated[int, typer.Option(help="Events at most so many days apart are close in time.")] = 3,
    same_place_km: Annotated[float, typer.Option(help="Pairs at most so far apart are in the same place.")] = 1.0,
    every: Annotated[str, typer.Option(help="Length of a row of the panel: D, W, MS, 3D.")] = "D",
    start: Annotated[str | None, typer.Option(help="First day, 2022-01-31.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day.")] = None,
    permutations: Annotated[int, typer.Option(min=19, help="Draws of each null.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Numbers for scripts instead of sentences.")] = False,
) -> None:
    """Did it spread, or did it happen everywhere at once? Tests of space-time interaction, in sentences or as JSON.

    Prints the Knox test under stricter and stricter nulls, and by region and row: Moran's I, join counts of active regions,
    signatures of spread.
    """
    from .counting import count_events
    from .stats.summaries import summarize_spread

    located, places, _ = _located(
        events, regions, region_id=region_id, region_name=region_name, cities=cities, column=column, within_km=off_km
    )
    summary = summarize_spread(
        located, places, count_events(located, places, every=every, start=start, end=end), within_km=within_km,
        within_days=within_days, exclude_within_km=same_place_km, permutations=permutations, rng=seed,
    )  # fmt: skip
    _say(summary.to_json() if as_json else str(summary))


def _located(
    events: Path,
    regions: Path,
    *,
    region_id: str,
    region_name: str | None,
    cities: Path | None,
    column: list[str] | None,
    within_km: float | None,
) -> "tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame | None]":
    """Read events, regions and cities; return located events, and the places."""
    from .places import locate_events
    from .readers.events import read_events
    from .readers.geography import read_cities, read_regions

    places = read_regions(regions, region_id=region_id, name=region_name)
    towns = None if cities is None else read_cities(cities)
    located = read_events(events, columns=_mapping(column or []))
    if towns is not None:
        located = locate_events(located, towns, within_km=within_km)
    return locate_events(located, places, within_km=within_km), places, towns


def _mapping(columns: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in columns]
    if any(not (ours and equals and theirs) for ours, equals, theirs in pairs):
        raise typer.BadParameter("write it as date=Day: our name, then yours", param_hint="--column")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _tell(case: "Case", panel: "pd.DataFrame", first_days: "pd.Series") -> None:
    """Print who joined when, and the first numbers."""
    import pandas as pd

    from .panels import aggregate_panel
    from .pictures.frames import date_labels

    joined = first_days.dropna().sort_values(kind="stable")
    by_region = aggregate_panel(panel, case.cities["region_id"])
    _say(f"{case.title}: the order in which cities joined (without {int(case.events['minor'].sum())} minor events)\n")
    for date, cities in joined.groupby(joined):
        reached = int((by_region.loc[:date] > 0).any().sum())
        _say(
            f"  {date_labels([date])[0]}  {len(cities):>2} cities, {reached:>2} region{'s' if reached > 1 else ''} so far"
        )
        by_size = case.cities.loc[cities.index, "population"].sort_values(ascending=False).index
        _say(_wrapped(", ".join(by_size)))
    frame = case.cities.index[case.cities["in_frame"]]
    quiet = [
        label
        for label, gone in zip(date_labels(pd.DatetimeIndex(panel.index)), panel.isna().all(axis=1), strict=True)
        if gone
    ]
    _say(
        f"\n  {int(panel.sum().sum())} events in {len(joined)} of {len(panel.columns)} cities and {reached} of {len(case.regions)} regions"
        f"\n  {int(first_days[frame].notna().sum())} of the {len(frame)} cities chosen by size and rank alone (in_frame) joined"
        f"\n  {quiet[0]} to {quiet[-1]} are unobserved, not quiet: the internet was cut, no dated report was found"
        "\n  Rows are reports, not sizes; what is shown is what was reported.\n"
    )


def _answer(case: "Case", first_days: "pd.Series") -> None:
    """Print what the onsets of the cities in the frame say, in three sentences."""
    from .graphs.near import distance_graph
    from .graphs.relations import hierarchy_graph, link_graph, similarity_graph
    from .models.hierarchy.hierarchy import decompose_diffusion
    from .models.nbda.compare import compare_networks
    from .stats.fronts.front import front_speed

    cities = case.cities[case.cities["in_frame"]]
    first, until = first_days[cities.index], "2022-01-08"
    graphs = {
        "road": link_graph(case.cities, case.links).subgraph(cities.index, kinds="road"),
        "distance": distance_graph(cities, within_km=500, decay_km=150),
        "oil": similarity_graph(cities, "oil_gas"),
        "hierarchy": hierarchy_graph(cities),
    }
    front = front_speed(first, cities, origin="Zhanaozen", observed_until=until, rng=1)
    next_ones = decompose_diffusion(first, cities, observed_until=until, simulations=0, rng=1)
    along = compare_networks(first, graphs, strata=cities["region_id"], placebos=39, rng=1)
    answers = {
        "Was it a wave?": front.sentence,
        "Next door, or down the hierarchy?": next_ones.headline,
        "Along what?": along.sentence,
    }
    _say(f"Three questions to the {len(cities)} cities in the frame; all of it inferred, nothing tells a cause\n")
    for question, answer in answers.items():
        _say(f"  {question}")
        _say(_wrapped(f"{answer[:1].upper()}{answer[1:].removesuffix('.')}."))
    _say("")


def _draw(case: "Case", panel: "pd.DataFrame", graph: "DiffusionGraph", out: Path) -> list[tuple[Path, str]]:
    """Write every file of the demo; return where each is and what it shows."""
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
    story = {"context": case.context, "attribution": case.attribution, "title": case.title}
    dressed = {"cities": case.cities, "city_panel": panel, "interventions": case.interventions, **story}

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
        lambda ax: plot_choropleth(so_far, case.regions, ax=ax, legend_title="events", **{**story, "title": title})
    )
    curve = on_axes(lambda ax: plot_curve(by_region, case.interventions, ax=ax), box=(0.06, 0.06, 0.92, 0.92))
    ties = {"labels": list(case.cities["population"].sort_values(ascending=False).index), "title": "Roads and railways"}
    network = on_axes(lambda ax: plot_graph(graph, case.regions, ax=ax, **{**story, **ties}))

    jobs = [
        ("choropleth.png", "where events were reported, 1 to 8 January", choropleth),
        ("choropleth.svg", "the same, for print", choropleth),
        ("curve.png", "events a day, and what was in force", curve),
        ("graph.png", "roads and railways between the cities", network),
        ("spread.gif", "how it moved, day by day", animate_spread(by_region, case.regions, **dressed).save),
        (
            "spread_map.html",
            "the map to play; open it by double click",
            spread_map(by_region, case.regions, **dressed).save,
        ),
        ("panel.csv", "events by city and day", lambda path: write_csv(panel, path)),
        ("onsets.csv", "the first day of each city", lambda path: write_csv(onsets(panel).to_frame(), path)),
    ]
    for name, _, write in progress(jobs, "drawing"):
        with atomic_path(out / name) as partial:
            write(partial)
    return [(out / name, what) for name, what, _ in jobs]


def _say(text: str, *, to_stderr: bool = False) -> None:
    """Print text as text: no markup, no highlighting, no wrapping."""
    from rich.console import Console

    Console(stderr=to_stderr, markup=False, highlight=False, emoji=False, soft_wrap=True).print(text)


def _wrapped(text: str) -> str:
    import textwrap

    return textwrap.fill(text, width=100, initial_indent=" " * 14, subsequent_indent=" " * 14)
