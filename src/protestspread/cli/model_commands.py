"""The commands that fit models: ``fit``, ``rivals`` and ``tree``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from . import options
from .fitting import FitOptions, GraphKind, ModelName, fit_model
from .input_files import InputFiles, days_between
from .messages import say
from .rivals import hold_against_rivals
from .targets import check_target
from .trees import infer_tree, numbers_of


def fit(
    events: options.EventsFile,
    regions: options.RegionsFile = None,
    *,
    model: Annotated[
        ModelName,
        typer.Option(
            help="endemic-epidemic (counts by region and time step) or event-history (first time step of each region)."
        ),
    ] = "endemic-epidemic",
    graph: options.GraphKinds = None,
    nearest: options.Nearest = 4,
    graph_km: options.GraphKm = 500.0,
    family: Annotated[
        Literal["nb", "poisson"], typer.Option(help="Distribution of counts: negative binomial (nb) or poisson.")
    ] = "nb",
    trend: Annotated[
        bool, typer.Option("--trend", help="A trend of the endemic part of counts, in place of weekdays.")
    ] = False,
    firth: options.Firth = "auto",
    placebos: Annotated[
        int,
        typer.Option(min=0, max=9999, help="Number of placebo networks that each network is held against; 0 for none."),
    ] = 199,
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
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same results.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Fit a model of rates: events of each region by itself, and effects of earlier events there and in its neighbors.

    Prints the result in a sentence, the estimates with 95% intervals, and what else could give this result.

    The population of the regions is held constant if they have a column of that name.
    """
    given = locals()
    from ..counting import count_events

    files = InputFiles.of(given, beside=Path(events.name))
    days = days_between(start, end)
    chosen = tuple(dict.fromkeys(graph or [GraphKind.BORDERS]))
    wanted = FitOptions(chosen, nearest, graph_km, family, trend, firth, placebos, seed)
    data = files.read(within_km)
    panel = count_events(data.events, data.regions, every=every, weight=None if count is None else "count", **days)
    fitted = fit_model(model, panel, data.regions, wanted)
    say(fitted.to_json() if as_json else fitted.to_text())


def rivals(
    events: options.EventsFile,
    regions: options.RegionsFile = None,
    *,
    graph: options.GraphKinds = None,
    nearest: options.Nearest = 4,
    graph_km: options.GraphKm = 500.0,
    strata: Annotated[
        str | None,
        typer.Option(help="Column of the regions with the larger area of each, within which causes may be shared."),
    ] = None,
    draws: Annotated[
        int, typer.Option(min=39, max=99999, help="Number of spreads simulated from each rival and from the fit.")
    ] = 199,
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
    within_km: options.OffKm = None,
    start: options.From = None,
    end: options.To = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed; the same seed gives the same results.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Hold contagion against its rivals: spreads without transmission that could give the same first events of regions.

    Fits an event history to the first event of each region, and simulates spreads from it and from rivals: population alone,
    shocks to larger areas (--strata) or to the whole country, and late reports of small regions.

    Prints what the data fit, the p-value of each rival, and how often each would be taken for contagion.
    """
    given = locals()
    from ..counting import count_events

    files = InputFiles.of(given, beside=Path(events.name))
    days, chosen = days_between(start, end), tuple(dict.fromkeys(graph or [GraphKind.BORDERS]))
    data = files.read(within_km)
    panel = count_events(data.events, data.regions, **days)
    wanted = FitOptions(chosen, nearest, graph_km, "nb", trend=False, firth="auto", placebos=0, seed=seed)
    held = hold_against_rivals(panel, data.regions, wanted, strata=strata, draws=draws)
    say(held.to_json() if as_json else held.to_text())


def tree(
    events: options.EventsFile,
    regions: options.RegionsFile = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Also write all possible parents, with probabilities, to this CSV file."),
    ] = None,
    graph: options.GraphKinds = None,
    nearest: options.Nearest = 4,
    graph_km: options.GraphKm = 500.0,
    firth: options.Firth = "auto",
    delay: Annotated[
        str | None,
        typer.Option(
            help="Probabilities of 1, 2, ... days to the next region, such as 0.5,0.3,0.2: no model is then fitted."
        ),
    ] = None,
    external: Annotated[
        str | None,
        typer.Option(help="With --delay: weight of the outside, such as 0.1, or several to compare: 0.05,0.1,0.5."),
    ] = None,
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
    within_km: options.OffKm = None,
    start: options.From = None,
    end: options.To = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Infer who probably followed whom: for each region, the regions its first event may have followed, with probabilities.

    Probabilities are shares of the rates of an event history, or follow from --delay and --external.

    Prints the share of regions that started from outside, the most likely parents, and what the probabilities stand on.
    """
    given = locals()
    from ..counting import count_events

    if out is not None:
        check_target(
            out, [path for path in (events, regions, cities) if path is not None], force=force, endings=(".csv", ".txt")
        )
    files = InputFiles.of(given, beside=Path(events.name) if out is None else out)
    if (delay is None) != (external is None):
        raise typer.BadParameter("must be given together", param_hint="--delay and --external")
    given_delay = None if delay is None else (numbers_of(delay, "--delay"), numbers_of(external or "", "--external"))
    days, chosen = days_between(start, end), tuple(dict.fromkeys(graph or [GraphKind.BORDERS]))
    data = files.read(within_km)
    panel = count_events(data.events, data.regions, **days)
    wanted = FitOptions(chosen, nearest, graph_km, "nb", trend=False, firth=firth, placebos=0, seed=1)
    found = infer_tree(panel, data.regions, wanted, given_delay)
    if out is not None:
        found.write(out)
    say(found.to_json() if as_json else found.to_text())
