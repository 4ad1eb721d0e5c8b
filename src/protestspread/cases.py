"""Bundled cases: the data on one wave of protest, with their sources and gaps."""

import html
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from ._data import data_folder
from .arguments import Arguments
from .errors import SchemaError, shorten_list
from .lost import mark_located
from .readers.columns import convert_columns
from .readers.events import read_events
from .readers.files.open import open_table
from .readers.geography import read_cities, read_links, read_regions
from .readers.responses import read_coverage, read_flows, read_interventions

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, repr=False, eq=False)
class Case:
    """The data on one wave of protest and its geography. A table or text that a case does not have is None.

    Attributes
    ----------
    name, title
        The name to load it by, and its title.
    events
        Located events. ``minor``, if the case has it, marks events that most reports omit (in ``kazakhstan_2022``: the
        first gathering of 1 January, reported only by the prosecutors, and small solidarity rallies of 3 January). To
        exclude them: ``case.events[~case.events["minor"]]``. ``event_type`` is one of the seven `EVENT_TYPES`.
    regions, cities
        Places. ``in_frame`` marks the sampling frame: cities chosen by size and administrative rank alone, without
        regard to events. Use only these for statistics of onsets (``case.cities[case.cities["in_frame"]]``), because
        some of the others are listed *because* events happened there. Maps may show all cities.
    links
        Roads and railways between the cities.
    interventions
        Responses of the authorities, as half-open intervals of local time by region.
    flows
        Troop deployments: origin, destination and size.
    context
        Neighboring countries and water, for the background of maps.
    coverage
        Observed days; pass it to ``count_events(..., observed=case.coverage)``.
    attribution
        The credit line that every map of these data must show.
    note
        What to know before the data are used.
    origin
        The place where the wave began, according to the sources.
    onsets_until
        The last day for which onsets are complete enough to be used; None: the last observed day.
    """

    name: str
    title: str
    events: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    links: pd.DataFrame | None = None
    interventions: pd.DataFrame | None = None
    flows: pd.DataFrame | None = None
    context: gpd.GeoDataFrame | None = None
    coverage: pd.DataFrame | None = None
    attribution: str | None = None
    note: str | None = None
    origin: str | None = None
    onsets_until: pd.Timestamp | None = None

    def _summary_rows(self) -> list[tuple[str, str]]:
        """Return the name and a description of each part that the case has."""
        frame = (
            f", {self.cities['in_frame'].sum():,} of them in the sampling frame" if "in_frame" in self.cities else ""
        )
        until = "" if self.onsets_until is None else f"use them to {self.onsets_until:%-d %b %Y}"
        rows = [
            ("events", _events_text(self.events)),
            ("regions", f"{len(self.regions):,}"),
            ("cities", f"{len(self.cities):,}{frame}"),
            ("links", _counts(self.links, "mode")),
            ("interventions", _interventions_text(self.interventions)),
            ("flows", _flows_text(self.flows)),
            ("coverage", _coverage_text(self.coverage)),
            ("origin", self.origin),
            ("onsets", until),
            ("note", self.note),
            ("attribution", self.attribution),
        ]
        return [(name, text) for name, text in rows if text]

    def __repr__(self) -> str:
        return "\n".join(
            [f"<Case {self.name}: {self.title}>", *(f"  {name:<14}{text}" for name, text in self._summary_rows())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._summary_rows()
        )
        return f"<table><caption style='text-align:left'><b>{html.escape(self.title)}</b></caption>{rows}</table>"


def _events_text(events: gpd.GeoDataFrame) -> str:
    if not len(events):
        return "none"
    places = [
        f"{events[column].nunique():,} {noun}"
        for column, noun in (("city", "cities"), ("region_id", "regions"))
        if column in events
    ]
    minor = int(events["minor"].sum()) if "minor" in events else 0
    days = f"{events['date'].min():%-d %b %Y} to {events['date'].max():%-d %b %Y}"
    where = f" in {' and '.join(places)}" if places else ""
    return f"{len(events):,}{where}, {days}{f' ({minor} minor)' if minor else ''}"


def _counts(table: pd.DataFrame | None, column: str) -> str:
    return "" if table is None else ", ".join(f"{n} {value}" for value, n in table[column].value_counts().items())


def _interventions_text(interventions: pd.DataFrame | None) -> str:
    return "" if interventions is None else f"{len(interventions)} of {interventions['kind'].nunique()} kinds"


def _flows_text(flows: pd.DataFrame | None) -> str:
    return "" if flows is None else ", ".join(map(str, flows.get("contributing_country", flows["origin"])))


def _coverage_text(coverage: pd.DataFrame | None) -> str:
    if coverage is None:
        return ""
    return "; ".join(
        f"{place if isinstance(place, str) else 'everywhere'} {start:%-d %b %Y} to {end - _DAY:%-d %b %Y}"
        for place, start, end in coverage[["place", "start", "end"]].itertuples(index=False)
    )


def list_cases() -> list[str]:
    """Return the names of the bundled cases.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.list_cases()
    ['george_floyd_2020', 'kazakhstan_2022', 'sit_ins_1960']
    """
    return sorted(path.parent.name for path in (data_folder() / "cases").glob("*/case.toml"))


def load_case(name: str) -> Case:
    """Load a bundled case.

    Parameters
    ----------
    name
        One of `list_cases`. No other path is opened.

    Raises
    ------
    DataError
        There is no case with this name.

    Notes
    -----
    In every case rows are reports, not crowds, and days outside ``coverage`` are unobserved, not quiet. The sources, licenses
    and known faults of each are in ``data/cases/<name>/SOURCES.md``.

    ``kazakhstan_2022``: protest in Kazakhstan, 1–8 January 2022: 152 events in 40 cities, compiled from public reports
    cited row by row. No dated report was *found* for 9–11 January (the internet was shut down).

    ``george_floyd_2020``: protest in the United States after the killing of George Floyd, 26 May to 30 June 2020: 4,860 events
    in 2,365 places, from the Crowd Counting Consortium (MIT license). Days after 14 June are thin; for onsets stop there.

    ``sit_ins_1960``: student sit-ins in the South of the United States, 1 February to 21 April 1960: 81 events in 39 cities.
    It is for teaching: about a third of the known cities is missing, and the search favored cities with colleges.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> len(case.events), case.events["city"].nunique(), case.events["region_id"].nunique()
    (152, 40, 17)
    >>> ps.load_case("sit_ins_1960").links is None  # a case has only the tables that there are
    True
    """
    with Arguments("choose one of list_cases()") as check:
        check.choice("name", name, list_cases())
    data, description = data_folder(), describe_case(name)
    paths: dict[str, Any] = description["tables"]
    found = {table: data / path for table, path in paths.items() if isinstance(path, str)}
    regions = read_regions(found["regions"], region_id="region_id", name="name")
    cities = _with_flags(read_cities(found["cities"]), regions, description.get("flags", ()))
    context = [data / path for path in paths.get("context", ())]
    until = description.get("onsets_until")
    return Case(
        name=name,
        title=description["title"],
        events=_at_cities(read_events(found["events"]), cities),
        regions=regions,
        cities=cities,
        links=read_links(found["links"], cities) if "links" in found else None,
        interventions=read_interventions(found["interventions"], regions) if "interventions" in found else None,
        flows=read_flows(found["flows"]) if "flows" in found else None,
        context=_read_context(context, regions) if context else None,
        coverage=read_coverage(found["coverage"]) if "coverage" in found else None,
        attribution=description.get("attribution"),
        note=description.get("note"),
        origin=description.get("origin"),
        onsets_until=None if until is None else pd.Timestamp(until),
    )


def describe_case(name: str) -> dict[str, Any]:
    """Return the description of a bundled case: title, attribution, paths of tables and options of the demo."""
    path = data_folder() / "cases" / name / "case.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _with_flags(cities: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, flags: Sequence[str]) -> gpd.GeoDataFrame:
    """Return cities with flags as booleans; a flag that cities do not have is that of their region."""
    of_region = {flag: cities["region_id"].map(regions[flag]) for flag in flags if flag not in cities}
    flagged, faults = convert_columns(cities.assign(**of_region), booleans=list(flags))
    if faults:
        raise SchemaError("cities", faults, "correct these rows in the table")
    return gpd.GeoDataFrame(flagged)


def _at_cities(events: gpd.GeoDataFrame, cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return events with the point and the region of their city, which they name exactly as the table does."""
    rows = cities.index.get_indexer(events["city"])
    if (rows < 0).any():
        unknown = events["city"][rows < 0].unique()
        raise SchemaError("events", [f"column 'city': unknown cities: {shorten_list(unknown)}"], "correct these names")
    region = pd.Series(cities["region_id"].to_numpy()[rows], index=events.index, dtype=object)
    points = gpd.GeoSeries(cities.geometry.to_numpy()[rows], index=events.index, crs=cities.crs)
    located = events.assign(region_id=region).set_geometry(points)
    located.attrs["lost"] = {}
    mark_located(located, "city", "region_id")
    return located


def _read_context(paths: Sequence[Path], regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the shapes around the regions of a case; of a larger table of regions, those that are not in the case."""
    shapes = pd.concat([open_table(path) for path in paths], ignore_index=True)
    if "region_id" in shapes:
        shapes = shapes[~shapes["region_id"].isin(regions.index)].reset_index(drop=True)
    return gpd.GeoDataFrame(shapes)
