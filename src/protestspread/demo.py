"""The demo of a bundled case: onsets by city, three results, and files to look at."""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from .atomic_files import atomic_path, write_csv
from .cases import Case, describe_case, load_case
from .counting import count_events
from .graphs.diffusion import DiffusionGraph
from .graphs.near import distance_graph, nearest_graph
from .graphs.relations import hierarchy_graph, link_graph, similarity_graph
from .onset_dates import onsets
from .panels import aggregate_panel, cumulative
from .progress import progress
from .tables import EVENT_TYPES
from .wording import as_sentence, join_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_NAMES = 15  # cities named for one day
_MOST_LABELS = 80  # cities named on the map of the graph
_FIXED_SPACE = "\u00a0"  # within a name: no line breaks there
Say = Callable[[str], None]
Write = Callable[[Path], object]


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """What the demo does with a case: the table ``[demo]`` of its ``case.toml``.

    Attributes
    ----------
    start, end
        The first and the last day counted.
    chosen_by
        What the cities of the sampling frame were chosen by.
    unobserved
        Why days of the window are not observed.
    modes
        The modes of links that are compared as networks, among the cities of the sampling frame along links through the others.
    similar
        Name -> flag: networks of the cities where the flag is true.
    within_km, decay_km
        The reach and the decay of the network of distance.
    graph_title
        The title of the map of the graph.
    missing
        What could explain the networks and is not in the data.
    not_drawn
        Ids of regions far from the others, which the maps leave out.
    story
        The steps of the story on the map: date, place ("": none) and text.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    chosen_by: str = "size alone"
    unobserved: str = "no report was looked for"
    modes: tuple[str, ...] = ()
    similar: Mapping[str, str] = field(default_factory=dict)
    within_km: float = 500.0
    decay_km: float = 150.0
    graph_title: str = "Each city of the sampling frame with the three nearest ones"
    missing: str = ""
    not_drawn: tuple[str, ...] = ()
    story: Sequence[tuple[Any, str, str]] = ()


def run_demo(name: str, out: Path, say: Say) -> None:
    """Print the onsets and three results of a case, and write its pictures, map and tables to a folder."""
    case = load_case(name)
    table = describe_case(name)["demo"]
    options = DemoOptions(**{**table, "start": pd.Timestamp(table["start"]), "end": pd.Timestamp(table["end"])})
    panel = _count(case, options)
    first = onsets(panel)
    graph = _drawn_graph(case, options)
    for line in (*_onset_lines(case, options, panel, first), *_answer_lines(case, options, panel, first)):
        say(line)
    say(f"{graph!r}\n")
    files = _files(case, options, panel, graph)
    for file, (_, write) in progress(files.items(), "drawing"):
        with atomic_path(out / file) as partial:
            write(partial)
    width = max(len((out / file).as_posix()) for file in files)
    for file, (content, _) in files.items():
        say(f"  {(out / file).as_posix():<{width}}  {content}")


def _count(case: Case, options: DemoOptions) -> pd.DataFrame:
    """Count the events of the window, without minor ones, by city and day."""
    return _count_rows(case, options, case.events[~_minor(case)])


def _count_rows(case: Case, options: DemoOptions, events: pd.DataFrame) -> pd.DataFrame:
    inside = events[events["date"].between(options.start, options.end)]
    return count_events(inside, case.cities, start=options.start, end=options.end, observed=case.coverage)


def _by_type(case: Case, options: DemoOptions, cities: pd.Index) -> dict[str, pd.DataFrame] | None:
    """Return the counts of each type of event, None if there is only one."""
    events = case.events[~_minor(case)]
    types = events.groupby("event_type") if "event_type" in events else ()
    found = {str(name): _count_rows(case, options, rows)[cities] for name, rows in types}
    return found if 1 < len(found) <= len(EVENT_TYPES) else None


def _minor(case: Case) -> pd.Series:
    return case.events["minor"] if "minor" in case.events else pd.Series(data=False, index=case.events.index)


def _last_day(case: Case, panel: pd.DataFrame) -> pd.Timestamp:
    """Return the last day up to which onsets are complete enough to be used."""
    return case.onsets_until or panel.index[panel.notna().any(axis=1)].max()


def _onset_lines(case: Case, options: DemoOptions, panel: pd.DataFrame, first: pd.Series) -> list[str]:
    """Return the cities by day of onset, and the totals."""
    minor = f" ({int(_minor(case).sum())} minor events excluded)" if _minor(case).any() else ""
    lines = [f"{case.title}: first day of protest by city{minor}\n"]
    by_region = aggregate_panel(panel, case.cities["region_id"])
    ordered = first.dropna().sort_values(kind="stable")
    days = list(ordered.groupby(ordered))
    labels = _day_labels([day for day, _ in days])
    most = len(f"{max((len(cities) for _, cities in days), default=0):,}")
    for label, (day, cities) in zip(labels, days, strict=True):
        reached = int((by_region.loc[:day] > 0).any().sum())
        lines.append(
            f"  {label}  {len(cities):>{most},} {'city, ' if len(cities) == 1 else 'cities,'} {reached:>2} {_region_word(reached)} so far"
        )
        lines.append(_wrapped(_names(case.cities.loc[cities.index])))
    return [*lines, _totals(case, options, panel, first)]


def _totals(case: Case, options: DemoOptions, panel: pd.DataFrame, first: pd.Series) -> str:
    reached = int((aggregate_panel(panel, case.cities["region_id"]) > 0).any().sum())
    frame = case.cities.index[case.cities["in_frame"]]
    lines = [
        "",
        f"{int(panel.sum().sum()):,} events in {first.notna().sum():,} of {len(panel.columns):,} cities and {reached} of {len(case.regions)} {_region_word(len(case.regions))}",
        f"{int(first[frame].notna().sum())} of the {len(frame)} cities chosen by {options.chosen_by} (the sampling frame) had protest",
    ]
    missing = panel.index[panel.isna().all(axis=1)]
    if len(missing):
        lines.append(f"{_day(missing[0])} to {_day(missing[-1])} are unobserved, not quiet: {options.unobserved}")
    later = int((case.events["date"] > options.end).sum())
    if later:
        lines.append(f"{later:,} events after {_day(options.end)} are not used")
    lines.append("Counts are of reports; they do not measure the size of crowds.")
    return "\n  ".join(lines) + "\n" + (f"{_wrapped(case.note, indent=2)}\n" if case.note else "")


def _answer_lines(case: Case, options: DemoOptions, panel: pd.DataFrame, first: pd.Series) -> list[str]:
    """Return three results on the onsets of the cities in the sampling frame."""
    from .models.hierarchy.hierarchy import decompose_diffusion
    from .models.nbda.compare import compare_networks
    from .stats.fronts.front import front_speed

    cities = case.cities[case.cities["in_frame"]]
    first, until = first[cities.index], _last_day(case, panel)
    front = front_speed(first, cities, origin=case.origin or str(first.idxmin()), observed_until=until, rng=1)
    hierarchy = decompose_diffusion(first, cities, observed_until=until, simulations=0, rng=1)
    networks = compare_networks(
        first, _networks(case, options, cities), _with_centers(cities), attributes=["population", "is_regional_capital"],
        strata=cities["region_id"], rng=1,
    )  # fmt: skip
    answers = {
        "Was it a wave?": (front.sentence, front.caveats),
        "To neighbors, or down the urban hierarchy?": (as_sentence(hierarchy.headline), hierarchy.caveats),
        "Along which network?": (networks.sentence, networks.caveats),
    }
    lines = [
        f"Three questions about the {len(cities)} cities in the sampling frame. All results are inferred; none is causal.\n"
    ]
    for question, (answer, caveats) in answers.items():
        lines += [f"  {question}", _wrapped(answer), *(_wrapped(caveat, mark="- ") for caveat in caveats)]
    return [*lines, *([_wrapped(options.missing, indent=2)] if options.missing else []), ""]


def _networks(case: Case, options: DemoOptions, cities: gpd.GeoDataFrame) -> dict[str, DiffusionGraph]:
    """Return the networks that are compared."""
    graphs = {}
    if case.links is not None:
        graphs = {mode: link_graph(case.cities, case.links, mode=mode, among=cities.index) for mode in options.modes}
    graphs["distance"] = distance_graph(cities, within_km=options.within_km, decay_km=options.decay_km)
    graphs |= {name: similarity_graph(cities, flag) for name, flag in options.similar.items()}
    return graphs | {"hierarchy": hierarchy_graph(_with_centers(cities))}


def _with_centers(cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return cities in which the largest stands in for the capital of a region whose capital is not among them."""
    seat = cities["is_regional_capital"]
    without = cities[~seat.groupby(cities["region_id"]).transform("any")]
    largest = without.groupby("region_id")["population"].idxmax()
    return cities.assign(is_regional_capital=seat | cities.index.isin(largest))


def _drawn_graph(case: Case, options: DemoOptions) -> DiffusionGraph:
    """Return the graph of the links, or of the nearest cities of the sampling frame."""
    if case.links is not None:
        return link_graph(case.cities, case.links)
    cities = case.cities[case.cities["in_frame"]]
    return nearest_graph(cities[~cities["region_id"].isin(options.not_drawn)], k=3)


def _files(
    case: Case, options: DemoOptions, panel: pd.DataFrame, graph: DiffusionGraph
) -> dict[str, tuple[str, Write]]:
    """Return what the demo writes: name -> (what it is, function that writes it)."""
    from .pictures.animation.animate import animate_spread
    from .pictures.charts.curve import plot_curve
    from .pictures.maps.choropleth import plot_choropleth
    from .pictures.maps.graph import plot_graph
    from .pictures.spread_map.api import spread_map

    regions = case.regions.drop(index=list(options.not_drawn))
    cities = case.cities[case.cities["region_id"].isin(regions.index)]
    by_city = panel[cities.index]
    by_region = aggregate_panel(by_city, cities["region_id"])
    last = _last_day(case, panel)
    texts: dict[str, Any] = {
        "context": case.context,
        "attribution": case.attribution,
        "title": case.title,
        "note": _note(case, options, panel),
    }
    interventions = case.interventions
    if interventions is not None:
        interventions = interventions[~interventions["region_id"].isin(options.not_drawn)]
    layers = {"cities": cities, "city_panel": by_city, "interventions": interventions, **texts}

    story = [(day, place or None, words) for day, place, words in options.story] or None
    by = _by_type(case, options, cities.index)
    page = spread_map(by_region, regions, by=by, flows=case.flows, story=story, **layers)

    def choropleth(ax: "Axes") -> None:
        title = f"{case.title}: events reported, {_span(options.start, last, '–')}"
        so_far = cumulative(by_region).loc[:last].iloc[-1]
        plot_choropleth(so_far, regions, ax=ax, legend_title="events", **{**texts, "title": title})

    def network(ax: "Axes") -> None:
        labels = list(cities["population"].sort_values(ascending=False).index[:_MOST_LABELS])
        plot_graph(graph, regions, ax=ax, labels=labels, **{**texts, "title": options.graph_title})

    return {
        "choropleth.png": (f"map of reported events, {_span(options.start, last, ' to ')}", _on_axes(choropleth)),
        "choropleth.svg": ("the same map for print", _on_axes(choropleth)),
        "curve.png": ("events per day, with interventions",
                      _on_axes(lambda ax: plot_curve(by_region, interventions, ax=ax, regions=regions), box=(0.06, 0.06, 0.92, 0.92))),
        "graph.png": (_graph_content(case), _on_axes(network)),
        "spread.gif": ("animation of events by day", animate_spread(by_region, regions, **layers).save),
        "spread_map.html": ("interactive map; open it in a browser", page.save),
        "panel.csv": ("events by city and day", lambda path: write_csv(panel, path)),
        "onsets.csv": ("first day of protest in each city", lambda path: write_csv(onsets(panel).to_frame(), path)),
    }  # fmt: skip


def _note(case: Case, options: DemoOptions, panel: pd.DataFrame) -> str | None:
    """Say which regions the maps leave out, and their events."""
    if not options.not_drawn:
        return None
    names = join_words(list(case.regions.loc[list(options.not_drawn), "name"]))
    cities = case.cities.index[case.cities["region_id"].isin(options.not_drawn)]
    return f"Not drawn: {names} ({int(panel[cities].sum().sum())} events in {int((panel[cities] > 0).any().sum())} cities)."


def _graph_content(case: Case) -> str:
    if case.links is None:
        return "network of the three nearest cities of each city of the sampling frame"
    return "network of roads and railways between the cities"


def _on_axes(
    draw: Callable[["Axes"], object], box: tuple[float, float, float, float] = (0.02, 0.02, 0.96, 0.92)
) -> Write:
    """Return a function that draws on new axes and saves the figure."""

    def write(path: Path) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(10, 6.4), dpi=150)
        FigureCanvasAgg(figure)
        draw(figure.add_axes(box))
        figure.savefig(path)

    return write


def _day(day: pd.Timestamp) -> str:
    return f"{day:%-d %b %Y}"


def _day_labels(days: Iterable[pd.Timestamp]) -> list[str]:
    """Return days as "5 Jan 2022", aligned at the right."""
    labels = list(map(_day, days))
    width = max(map(len, labels), default=0)
    return [f"{label:>{width}}" for label in labels]


def _span(first: pd.Timestamp, last: pd.Timestamp, dash: str) -> str:
    """Return a span of days without the year.

    Examples
    --------
    >>> _span(pd.Timestamp("2022-01-01"), pd.Timestamp("2022-01-08"), "–")
    '1–8 January'
    >>> _span(pd.Timestamp("2020-05-26"), pd.Timestamp("2020-06-14"), "–")
    '26 May – 14 June'
    """
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{dash}{last.day} {last:%B}"
    return f"{first:%-d %B} {dash.strip()} {last:%-d %B}"


def _region_word(count: int) -> str:
    return "region" if count == 1 else "regions"


def _names(cities: gpd.GeoDataFrame) -> str:
    """Return the names of the largest cities, and the number of the others."""
    names = [str(name) for name in cities.sort_values("population", ascending=False).index]
    mark = "; " if any("," in name for name in names) else ", "
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return mark.join(name.replace(" ", _FIXED_SPACE) for name in names[:_MOST_NAMES]) + more


def _wrapped(text: str, indent: int = 14, mark: str = "") -> str:
    lines = textwrap.fill(
        text, width=100, initial_indent=" " * indent + mark, subsequent_indent=" " * (indent + len(mark))
    )
    return lines.replace(_FIXED_SPACE, " ")
