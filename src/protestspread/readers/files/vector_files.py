"""Read GeoPackage, GeoJSON, Shapefile and FlatGeobuf, after a check of the first bytes and of the GDAL driver."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ...errors import FileError, shorten_list
from .file_types import check_contents, file_type_error
from .raw_table import RawTable, select_columns

ENDINGS = (".gpkg", ".geojson", ".json", ".shp", ".fgb")
DRIVERS = frozenset({"GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})


def read_spatial(path: Path, *, layer: str | None = None, only: Collection[str] | None = None) -> RawTable:
    """Read one layer with its geometry.

    Raises
    ------
    FileError
        The file is incomplete or not of the type that its ending names, would be opened by a driver not in `DRIVERS`, or
        has several layers and none is named.
    """
    import pyogrio

    check_contents(path, path.name)
    if path.suffix.lower() == ".shp":
        _check_companions(path)
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    if not layers:
        raise file_type_error(path.name, path.suffix.lower(), "one without layers", "export the table again")
    if layer is not None and layer not in layers:
        raise FileError(
            path.name,
            [f"expected a layer {layer!r}; found {shorten_list(layers)}"],
            "pass one of these as layer",
        )
    if layer is None and len(layers) > 1:
        raise FileError(
            path.name,
            [f"expected one layer; found {shorten_list(layers, 20)}"],
            "pass one of these as layer",
        )
    info = pyogrio.read_info(path, layer=layer)
    if info["driver"] not in DRIVERS:
        raise file_type_error(
            path.name,
            path.suffix.lower(),
            f"a file that GDAL opens as {info['driver']} (allowed: {', '.join(sorted(DRIVERS))})",
            "export it as GeoPackage or GeoJSON",
        )
    columns = (
        None if only is None else [c for c in select_columns([*info["fields"], "geometry"], only) if c != "geometry"]
    )
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, columns=columns)
    return RawTable(frame, name=path.name)


def _check_companions(path: Path) -> None:
    """Raise FileError if the .shx or .dbf file of a Shapefile is missing."""
    present = {p.suffix.lower() for p in path.parent.iterdir() if p.stem == path.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in present]
    if missing:
        raise FileError(
            path.name,
            [f"expected .shx, .dbf and .prj files of the same name in its folder; found no {' and no '.join(missing)}"],
            "keep all files of a Shapefile in one folder, or pass them as one .zip",
        )
