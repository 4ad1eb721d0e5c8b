"""Bundled cases: the data on one wave of protest, with their sources and gaps."""

import html
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ._data import data_folder
from .errors import DataError, must_be
from .places import locate_events
from .readers.events import read_events
from .readers.files.open import open_table
from .readers.geography import read_cities, read_links, read_regions
from .readers.responses import read_coverage, read_flows, read_interventions


@dataclass(frozen=True, repr=False, eq=False)
class Case:
    """The data on one wave of protest and its geography.

    Attributes
    ----------
    name, title
        The name to load it by, and its title.
    events
        Located events. ``minor`` marks events that most reports omit (in the shipped case: the first gathering of
        1 January, reported only by the prosecutors, and small solidarity rallies of 3 January). To exclude them:
        ``case.events[~case.events["minor"]]``. ``event_type`` is one of the seven `EVENT_TYPES`.
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

    def _summary_rows(self) -> list[tuple[str, str]]:
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
            ("cities", f"{len(self.cities)}, {frame} of them in the sampling frame"),
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
            [f"<Case {self.name}: {self.title}>", *(f"  {name:<14}{text}" for name, text in self._summary_rows())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th><td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._summary_rows()
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
    >>> import protestspread as ps
    >>> ps.list_cases()
    ['kazakhstan_2022']
    """
    return sorted(_LOADERS)


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
    ``kazakhstan_2022``: protest in Kazakhstan, 1–8 January 2022: 152 events in 40 cities, compiled from public reports
    cited row by row. Rows are reports, not crowd sizes. No dated report was *found* for 9–11 January (the internet was
    shut down), so these days are unobserved, not quiet. See ``data/cases/kazakhstan_2022/SOURCES.md``.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> len(case.events), case.events["city"].nunique(), case.events["region_id"].nunique()
    (152, 40, 17)
    """
    if name not in _LOADERS:
        raise DataError(must_be("name", f"one of {', '.join(list_cases())}", name))
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
