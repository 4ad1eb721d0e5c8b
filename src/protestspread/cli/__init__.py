"""The command line interface ``protestspread``: from events to maps and statistics.

Exit codes: 0 success; 1 invalid data (the message of the error, no traceback); 2 invalid usage.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .. import __version__
from . import options
from .input_files import InputFiles, days_between
from .messages import in_options, plain_warnings, say
from .model_commands import fit, rivals, tree
from .targets import FILMS, PAGES, PICTURES, SpreadOutput, check_target

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    name="protestspread",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Analyze how protest spreads from place to place, and what the data can and cannot show about why.\n\n"
        "Start with:  protestspread demo --out demo"
    ),
)


_ClickError: Any = typer.BadParameter.__mro__[2]  # what typer raises about the use of a command; it has no public name


def main() -> None:
    """Run the command; print the message of an error in one piece, without a traceback, and exit with its code."""
    from ..errors import ProtestSpreadError

    try:
        with plain_warnings():
            code = app(standalone_mode=False)
    except _ClickError as error:
        say(f"error: {' '.join(error.format_message().split())}", to_stderr=True)
        code = error.exit_code
    except ProtestSpreadError as error:
        message = in_options(str(error))
        say(f"error: {message}", to_stderr=True)
        code = 2 if message.startswith("--") else 1
    except typer.Abort:
        code = 130
    except BrokenPipeError:  # the reader of a pipe has gone, as in `protestspread cases | head -1`
        sys.stderr.close()
        code = 1
    sys.exit(code or 0)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        say(f"protestspread {__version__}")
    elif context.invoked_subcommand is None:
        say(context.get_help())
        raise typer.Exit(2)


@app.command()
def cases() -> None:
    """List the bundled cases and their contents."""
    from ..cases import list_cases, load_case

    for name in list_cases():
        say(repr(load_case(name)))


@app.command()
def demo(
    case: Annotated[
        str, typer.Option("--case", help="A bundled case; `protestspread cases` lists them.")
    ] = "kazakhstan_2022",
    out: Annotated[Path, typer.Option("--out", help="Output folder; created if it does not exist.")] = Path("demo"),
) -> None:
    """Analyze a bundled case: onsets by city, statistics, figures, an animation and a map.

    Writes choropleth.png, choropleth.svg, curve.png, graph.png, spread.gif, spread_map.html, panel.csv and onsets.csv.

    The map works offline.
    """
    from ..demo import run_demo

    if out.exists() and not out.is_dir():
        raise typer.BadParameter(f"{out} is a file, not a folder", param_hint="--out")
    run_demo(case, out, say)


@app.command("map")
def make_map(
    events: options.EventsFile,
    regions: options.RegionsFile = None,
    *,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Output file: .html (interactive map), .png, .svg or .pdf (sums over all dates), .gif, .mp4 or .webp (animation).",
        ),
    ] = Path("map.html"),
    force: options.Force = False,
    case: options.CaseName = None,
    region_id: options.RegionId = "region_id",
    region_name: options.RegionName = None,
    cities: options.CitiesFile = None,
    city_column: options.CityColumn = "city",
    region_column: options.RegionColumn = None,
    accept: options.Accept = None,
    column: options.Columns = None,
    format_: options.Format = "auto",
    date_format: options.DateFormat = None,
    count: options.Count = None,
    layer: options.Layer = None,
    encoding: options.Encoding = None,
    crs: options.Crs = None,
    repair: options.Repair = False,
    screen: options.Screen = False,
    within_km: options.OffKm = None,
    every: options.Every = "D",
    start: options.From = None,
    end: options.To = None,
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
    """Make a map from your own files: an interactive page that works offline, a picture or an animation."""
    given = locals()
    from ..counting import count_events
    from ..panels import period_of

    inputs = [path for path in (events, regions, cities) if path is not None]
    check_target(out, inputs, force=force, endings=PAGES + PICTURES + FILMS)
    files = InputFiles.of(given, beside=out)
    if min_count is not None and out.suffix.lower() not in PAGES:
        raise typer.BadParameter("is for pages (.html) only", param_hint="--min-count")
    days: dict[str, Any] = {"every": every, "weight": None if count is None else "count", **days_between(start, end)}
    data = files.read(within_km)
    panel = count_events(data.events, data.regions, **days)
    layers: dict[str, Any] = {"context": data.context}
    if data.cities is not None:
        days |= dict(zip(("start", "end"), period_of(panel), strict=True))
        layers |= {"cities": data.cities, "city_panel": count_events(data.events, data.cities, **days)}
    credit = "; ".join(text for text in (attribution, data.attribution) if text) or None
    page = {"engine": engine, "min_count": min_count}
    SpreadOutput(panel, data.regions, title or events.stem, credit, lang, layers, page).write(out)
    say(f"{out.as_posix()}: {_describe_panel(panel)}")


@app.command()
def stats(
    events: options.EventsFile,
    regions: options.RegionsFile = None,
    *,
    force: options.Force = False,
    case: options.CaseName = None,
    region_id: options.RegionId = "region_id",
    region_name: options.RegionName = None,
    cities: options.CitiesFile = None,
    city_column: options.CityColumn = "city",
    region_column: options.RegionColumn = None,
    accept: options.Accept = None,
    column: options.Columns = None,
    format_: options.Format = "auto",
    date_format: options.DateFormat = None,
    layer: options.Layer = None,
    encoding: options.Encoding = None,
    crs: options.Crs = None,
    repair: options.Repair = False,
    screen: options.Screen = False,
    off_km: options.OffKm = None,
    within_km: Annotated[
        float, typer.Option(help="Maximum distance (km) between two events that are close in space.")
    ] = 100.0,
    within_days: Annotated[
        int, typer.Option(help="Maximum number of days between two events that are close in time.")
    ] = 3,
    same_place_km: Annotated[
        float, typer.Option(help="Maximum distance (km) between two events in the same place.")
    ] = 1.0,
    first: Annotated[
        list[str] | None,
        typer.Option(
            help="Type of event: test whether events of the type --then follow it. May be repeated.", show_default=False
        ),
    ] = None,
    then: Annotated[
        list[str] | None,
        typer.Option(help="Type of event that may follow that of --first. May be repeated.", show_default=False),
    ] = None,
    every: options.Every = "D",
    start: options.From = None,
    end: options.To = None,
    permutations: Annotated[int, typer.Option(min=19, help="Number of permutations for each null model.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same results.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")] = False,
) -> None:
    """Test whether protest spread or occurred everywhere at once, by tests of space-time interaction.

    Prints the Knox test on place-days, with whole places exchanged and within regions; --cities adds populations.

    Prints where and when there are clusters, which place-days carry the pairs, and with --first and --then, whether one type of
    event follows another.

    By region and time step, prints Moran's I, join counts of active regions, whether regions are more active after their
    neighbors were, and signatures of spread.
    """
    given = locals()
    from ..arguments import Arguments
    from ..counting import count_events
    from ..stats.summaries import summarize_spread

    files = InputFiles.of(given, beside=Path(events.name))
    days = days_between(start, end)
    with Arguments() as check:
        check.number("off_km", off_km, at_least=0, optional=True)
    with plain_warnings({"within_km": "--off-km"}):
        data = files.read(off_km)
    panel = count_events(data.events, data.regions, every=every, **days)
    summary = summarize_spread(
        data.events, data.regions, panel, data.cities, within_km=within_km, within_days=within_days, first=first or None,
        then=then or None, exclude_within_km=same_place_km, permutations=permutations, rng=seed,
    )  # fmt: skip
    say(summary.to_json() if as_json else str(summary))


def _describe_panel(panel: "pd.DataFrame") -> str:
    from ..panels import period_of
    from ..wording import format_period

    number = int(panel.sum().sum())
    return f"{number:,} {'event' if number == 1 else 'events'} in {int((panel > 0).any().sum())} of {panel.shape[1]} regions, {format_period(*period_of(panel))}"


for _command in (fit, rivals, tree):
    app.command()(_command)
