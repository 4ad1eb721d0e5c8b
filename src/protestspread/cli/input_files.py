"""Read the files that a user names on the command line, and locate the events."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .messages import say
from .targets import check_target

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..readers.quality.screening import Screening

KINDS = ("events", "regions", "cities")


@dataclass(frozen=True)
class Inputs:
    """The data of a command: located events, places, and the background of maps."""

    events: "gpd.GeoDataFrame"
    regions: "gpd.GeoDataFrame"
    cities: "gpd.GeoDataFrame | None"
    context: "gpd.GeoDataFrame | None" = None
    attribution: str | None = None


@dataclass(frozen=True)
class InputFiles:
    """The files of a user, and how to read them; each field but the last is the parameter of a command."""

    events: Path
    regions: Path | None
    cities: Path | None
    case: str | None
    column: list[str] | None
    format_: str
    date_format: str | None
    region_id: str
    region_name: str | None
    city_column: str
    region_column: str | None
    accept: float | None
    layer: list[str] | None
    encoding: list[str] | None
    crs: list[str] | None
    repair: bool
    count: str | None = None
    set_aside: Path | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, Any], beside: Path) -> "InputFiles":
        """Take the fields from the parameters of a command; rows are set aside beside a file, with ``--screen``.

        Raises
        ------
        typer.BadParameter, DataError
            An option is not valid.
        """
        from ..arguments import Arguments

        files = cls(**{field.name: parameters[field.name] for field in fields(cls) if field.name in parameters})
        column_names(files.column or [])
        with Arguments() as check:
            check.number("accept", files.accept, at_least=0, at_most=100, optional=True)
        if (files.regions is None) == (files.case is None):
            raise typer.BadParameter("give a file of regions, or --case and the name of a case", param_hint="REGIONS")
        if not parameters["screen"]:
            return files
        path = beside.with_name(f"{beside.stem}.set_aside.csv")
        check_target(path, files.paths(), force=parameters["force"])
        return replace(files, set_aside=path)

    def paths(self) -> list[Path]:
        """Return the files that are read."""
        return [path for path in (self.events, self.regions, self.cities) if path is not None]

    def read(self, within_km: float | None) -> Inputs:
        """Read the files and locate the events, by city where cities are known, and by region."""
        from ..places import locate_events

        regions, cities, case = self._places()
        events = self._events()
        if cities is not None:
            events = locate_events(events, cities, within_km=within_km, **self._accepted(events, cities))
        located = locate_events(events, regions, within_km=within_km)
        if case is None:
            return Inputs(located, regions, cities)
        return Inputs(located, regions, cities, case.context, case.attribution)

    def _places(self) -> "tuple[gpd.GeoDataFrame, gpd.GeoDataFrame | None, Any]":
        from ..cases import load_case
        from ..places import locate_cities
        from ..readers.geography import read_cities, read_regions

        case = None if self.case is None else load_case(self.case)
        regions = (
            case.regions
            if case is not None
            else read_regions(
                Path(self.regions or ""), region_id=self.region_id, name=self.region_name, repair=self.repair, **self._reading("regions"),
            )
        )  # fmt: skip
        cities = case.cities if case is not None else None
        if self.cities is not None:
            region = {} if self.region_column is None else {"region": self.region_column}
            cities = read_cities(self.cities, city=self.city_column, **region, **self._reading("cities"))
            if "region_id" not in cities or not set(cities["region_id"].dropna()) <= set(regions.index):
                cities = locate_cities(cities, regions)
        return regions, cities, case

    def _events(self) -> "gpd.GeoDataFrame":
        """Return the events; faulty rows are an error, or set aside, and faulty values of optional columns are left blank."""
        from ..errors import SchemaError
        from ..readers.events import read_events
        from ..readers.quality.screening import screen_events

        reading: dict[str, Any] = {
            "format": self.format_, "columns": column_names(self.column or []) or None, "date_format": self.date_format, "count": self.count,
            **self._reading("events"),
        }  # fmt: skip
        try:
            return read_events(self.events, **reading)
        except SchemaError:
            screened = screen_events(self.events, **reading)
            faulty = screened.rejected[screened.rejected["why"] == "faulty"]
            if len(faulty) and self.set_aside is None:
                raise
            blanks = screened.findings[screened.findings.index == "left_blank"]
            for count, of, text in blanks[["count", "of", "says"]].itertuples(index=False):
                warnings.warn(f"{self.events.name}: {count:,} of {of:,} events: {text}", stacklevel=2)
            if self.set_aside is not None:
                self._write_set_aside(faulty, screened)
            return screened.events

    def _write_set_aside(self, faulty: "pd.DataFrame", screened: "Screening") -> None:
        """Write the rows that were set aside, and those with a value left blank, and say how many."""
        import pandas as pd

        from ..atomic_files import write_csv

        listed = [table for table in (faulty, screened.blanked) if len(table)]
        if not listed or self.set_aside is None:
            return
        write_csv(pd.concat(listed).sort_values("row", kind="stable").set_index("row"), self.set_aside)
        kept = f", {len(screened.blanked):,} used with a blank" if len(screened.blanked) else ""
        say(f"{self.set_aside}: {len(faulty):,} of {screened.rows:,} rows set aside{kept}", to_stderr=True)
        for reason, count in faulty["reason"].value_counts().head(8).items():
            say(f"  {count:,}  {reason}", to_stderr=True)

    def _accepted(self, events: "gpd.GeoDataFrame", cities: "gpd.GeoDataFrame") -> dict[str, Any]:
        """Return the proposed spellings to accept, and list them."""
        from ..gazetteer import accept_matches, match_places

        if self.accept is None or "city" not in events:
            return {}
        accepted = accept_matches(match_places(events["city"].dropna().unique(), cities), at_least=self.accept)
        for name, city, score in accepted[["name", "city", "score"]].itertuples(index=False):
            say(f"accepted: {name} as {city} ({score:.0f})", to_stderr=True)
        return {"accepted": accepted}

    def _reading(self, kind: str) -> dict[str, str]:
        """Return the options of reading for one kind of file."""
        found = {}
        for name, texts in (("layer", self.layer), ("encoding", self.encoding), ("crs", self.crs)):
            chosen = for_files(tuple(texts or ()), default="regions" if name == "layer" else None, option=f"--{name}")
            if kind in chosen:
                found[name] = chosen[kind]
        return found


def for_files(texts: tuple[str, ...], *, default: str | None, option: str) -> dict[str, str]:
    """Return the value for each kind of file; a value without a file is for the default kind, or for all.

    Examples
    --------
    >>> for_files(("cp1252", "cities=utf-8"), default=None, option="--encoding")
    {'events': 'cp1252', 'regions': 'cp1252', 'cities': 'utf-8'}
    """
    chosen: dict[str, str] = {}
    for text in sorted(texts, key=lambda text: text.partition("=")[0] in KINDS):
        kind, _, value = text.partition("=")
        if kind in KINDS and not value:
            raise typer.BadParameter(f"must be written as {kind}=VALUE; got {text!r}", param_hint=option)
        chosen |= {kind: value} if kind in KINDS else dict.fromkeys([default] if default else KINDS, text)
    return chosen


def column_names(options: list[str]) -> dict[str, str]:
    """Return library name -> file name for options such as date=Day."""
    pairs = [text.partition("=") for text in options]
    if any(not (name and equals and file_name) for name, equals, file_name in pairs):
        raise typer.BadParameter(
            "must be written as date=Day: the name in this library, then the name in your file", param_hint="--column"
        )
    return {name.strip(): file_name.strip() for name, _, file_name in pairs}


def days_between(start: str | None, end: str | None) -> dict[str, Any]:
    """Return the first and the last day that were asked for."""
    from ..arguments import Arguments

    with Arguments() as check:
        first, last = check.day("start", start, optional=True), check.day("end", end, optional=True)
    return {"start": first, "end": last}
