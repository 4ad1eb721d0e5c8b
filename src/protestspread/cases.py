"""Bundled cases: everything that is known of one wave of protest, with its sources and its gaps."""

import html
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ._data import data_folder
from .errors import DataError
from .places import locate_events
from .readers.events import read_events
from .readers.files.open import open_table
from .readers.geography import read_cities, read_links, read_regions
from .readers.responses import read_coverage, read_flows, read_interventions


@dataclass(frozen=True, repr=False, eq=False)
class Case:
    """One wave of protest, with the geography it happened in.

    Attributes
    ----------
    name, title
        What to load it by, and what to call it.
    events
        Located events. ``minor`` marks what most reports leave out (the shipped case: the first gathering of 1 January,
        known from the prosecutors alone, and small solidarity rallies of 3 January); leave them out, or keep them, on
        purpose: ``case.events[~case.events["minor"]]``. ``event_type`` is one of seven, see `EVENT_TYPES`.
    regions, cities
        Places. ``in_frame`` marks the cities chosen by size and rank alone, without looking at events: statistics about
        who joined and when use only these (``case.cities[case.cities["in_frame"]]``), because the others are listed partly
        *because* something happened there. Pictures may show all.
    links
        Roads and railways between the cities.
    interventions
        What was done about it, as half-open intervals of local time by region.
    flows
        Who sent troops where.
    context
        Neighbouring countries and water, to draw behind.
    coverage
        What was observed at all; hand it to ``count_events(..., observed=case.coverage)``.
    attribution
        The line that must stand on every map made from these data.
    """

    name: str
    title: str
    events: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    links: pd.DataFrame
    interventions: pd.DataFrame
    flows: pd.DataFrame
    context: gpd.GeoDataFrame
    coverage: pd.DataFrame
    attribution: str

    def _facts(self) -> list[tuple[str, str]]:
        dates = self.events["date"]
        frame = int(self.cities["in_frame"].sum()) if "in_frame" in self.cities else len(self.cities)
        days = f"{dates.min():%-d %b %Y} to {dates.max():%-d %b %Y}"
        return [
            (
                "events",
                f"{len(self.events)} in {self.events['city'].nunique()} cities and {self.events['region_id'].nunique()} regions, {days}"
                f" ({int(self.events['minor'].sum())} minor)",
            ),
            ("regions", f"{len(self.regions)}"),
            ("cities", f"{len(self.cities)}, {frame} of them in the frame"),
            ("links", ", ".join(f"{n} {mode}" for mode, n in self.links["mode"].value_counts().items())),
            ("interventions", f"{len(self.interventions)} of {self.interventions['kind'].nunique()} kinds"),
            (
                "flows",
                ", ".join(str(origin) for origin in self.flows.get("contributing_country", self.flows["origin"])),
            ),
            (
                "coverage",
                "; ".join(
                    f"{place if isinstance(place, str) else 'everywhere'} {start:%-d %b %Y} to {end - pd.Timedelta(days=1):%-d %b %Y}"
                    for place, start, end in self.coverage[["place", "start", "end"]].itertuples(index=False)
                ),
            ),
            ("attribution", self.attribution),
        ]

    def __repr__(self) -> str:
        return "\n".join(
            [f"<Case {self.name}: {self.title}>", *(f"  {name:<14}{text}" for name, text in self._facts())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._facts()
        )
        return f"<table><caption style='text-align:left'><b>{html.escape(self.title)}</b></caption>{rows}</table>"


_ATTRIBUTION_KZ = (
    "Made with Natural Earth. City coordinates: GeoNames (geonames.org), CC BY 4.0, rounded to four decimals. "
    "Population: Bureau of National Statistics of Kazakhstan."
)


def list_cases() -> list[str]:
    """Return the names of the bundled cases.

    Examples
    --------
    >>> list_cases()
    ['kazakhstan_2022']
    """
    return sorted(_LOADERS)


def load_case(name: str) -> Case:
    """Load a bundled case.

    Parameters
    ----------
    name
        One of `list_cases`. Nothing else is opened, whatever the name looks like.

    Raises
    ------
    DataError
        There is no case of that name.

    Notes
    -----
    ``kazakhstan_2022``: protest in Kazakhstan, 1–8 January 2022: 152 events in 40 cities, compiled from public reports
    named row by row. Rows are reports, not sizes; 9–11 January hold no dated event because none was *found* (the internet
    was cut), so they are unobserved, not quiet. See ``data/cases/kazakhstan_2022/SOURCES.md``.

    Examples
    --------
    >>> case = load_case("kazakhstan_2022")
    >>> len(case.events), case.events["city"].nunique(), case.events["region_id"].nunique()
    (152, 40, 17)
    """
    if name not in _LOADERS:
        raise DataError("there is no such case", [repr(name)], f"one of {', '.join(list_cases())}")
    return _LOADERS[name](data_folder())


def _kazakhstan_2022(data: Path) -> Case:
    here, there = data / "cases" / "kazakhstan_2022", data / "regions"
    regions = read_regions(
        there / "kazakhstan_adm1_2022.geojson", region_id="region_id", name="name", population="population"
    )
    cities = read_cities(there / "kazakhstan_cities.csv")
    cities["oil_gas"] = cities["region_id"].map(regions["oil_gas"]).astype(bool)
    events = locate_events(read_events(here / "events.csv"), cities)
    return Case(
        name="kazakhstan_2022",
        title="Kazakhstan, January 2022",
        events=events,
        regions=regions,
        cities=cities,
        links=read_links(there / "kazakhstan_links.csv", cities),
        interventions=read_interventions(here / "interventions.csv", regions),
        flows=read_flows(here / "csto_contingents.csv"),
        context=gpd.GeoDataFrame(open_table(there / "central_asia_context.geojson")),
        coverage=read_coverage(here / "coverage.csv"),
        attribution=_ATTRIBUTION_KZ,
    )


_LOADERS = {"kazakhstan_2022": _kazakhstan_2022}
