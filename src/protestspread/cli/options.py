"""The arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from .fitting import FirthChoice, GraphKind

EventsFile = Annotated[Path, typer.Argument(help="Table of events with dates, and coordinates or city names.")]
RegionsFile = Annotated[
    Path | None,
    typer.Argument(
        help="Polygons of regions: GeoJSON, TopoJSON, GeoPackage, GeoParquet or Shapefile. Not needed with --case."
    ),
]
CaseName = Annotated[
    str | None,
    typer.Option(
        "--case", help="Take regions, cities and background of a bundled case: see protestspread cases.", show_default=False
    ),
]  # fmt: skip
RegionId = Annotated[str, typer.Option(help="Column of the regions with their ids.")]
RegionName = Annotated[str | None, typer.Option(help="Column of the regions with their names (default: the id).")]
CitiesFile = Annotated[
    Path | None, typer.Option(help="Table of cities, for events that name a city: with coordinates, or of GeoNames.")
]
CityColumn = Annotated[str, typer.Option(help="Column of the cities with their names.")]
RegionColumn = Annotated[
    str | None, typer.Option(help="Column of the cities with their region, where towns share a name (default: by location).")
]  # fmt: skip
Accept = Annotated[
    float | None,
    typer.Option(
        help="Accept proposed spellings of cities from this score on, such as 90, and list them. By default none."
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", help="Name of a column in your file: date=Day if the column Day has the dates. May be repeated."
    ),
]
Format = Annotated[
    str, typer.Option("--format", help="acled, ucdp, gdelt, ccc, mass_mobilization, table, or auto (by the columns).")
]
DateFormat = Annotated[str | None, typer.Option(help="How dates are written, such as %d.%m.%Y for 31.01.2022.")]
Count = Annotated[
    str | None, typer.Option(help="Column with the number of events of each row, if the table is aggregated.")
]
Layer = Annotated[
    list[str] | None,
    typer.Option(help="Layer of the regions, or FILE=LAYER with FILE one of events, regions, cities. May be repeated."),
]
Encoding = Annotated[
    list[str] | None,
    typer.Option(help="Encoding of the text, such as cp1252, for all files, or FILE=ENCODING. May be repeated."),
]
Crs = Annotated[
    list[str] | None,
    typer.Option(
        help="Reference system of files that name none, such as EPSG:25832, for all, or FILE=CRS. May be repeated."
    ),
]
Repair = Annotated[bool, typer.Option("--repair", help="Repair invalid polygons of regions.")]
Screen = Annotated[
    bool,
    typer.Option(
        "--screen", help="Use the valid rows, and write the others with their reasons to a file beside the result."
    ),
]
Every = Annotated[str, typer.Option(help="Time step: D (day), W (week), MS (month), 3D (three days).")]
From = Annotated[str | None, typer.Option("--from", "--start", help="First day, as in 2022-01-31.")]
To = Annotated[str | None, typer.Option("--to", "--end", help="Last day, included.")]
OffKm = Annotated[
    float | None,
    typer.Option(help="Maximum distance (km) to the nearest region or city for events outside all of them."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file (never an input file).")]
GraphKinds = Annotated[
    list[GraphKind] | None,
    typer.Option(
        "--graph",
        help="Ties between regions: borders (default), nearest or distance. May be repeated: all are fitted together.",
        show_default=False,
    ),
]
Nearest = Annotated[int, typer.Option(min=1, help="Number of nearest regions, for --graph nearest.")]
GraphKm = Annotated[float, typer.Option(min=0.001, help="Maximum distance (km) between regions, for --graph distance.")]
Firth = Annotated[
    FirthChoice, typer.Option(help="Firth's penalty for event histories: auto (where onsets are few), yes or no.")
]
