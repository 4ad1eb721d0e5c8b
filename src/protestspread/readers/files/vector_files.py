"""Read GeoPackage, GeoJSON, Shapefile and FlatGeobuf, after a check of the first bytes and of the GDAL driver."""

import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd

from ...errors import DataWarning, FileError, shorten_list
from ...geodesy import WGS84
from .file_types import check_contents, file_type_error
from .raw_table import Only, RawTable, select_columns

ENDINGS = (".gpkg", ".geojson", ".json", ".topojson", ".shp", ".fgb")
_BYTEWISE = "ISO-8859-1"  # one letter a byte
DRIVERS = frozenset({"GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})


def read_spatial(path: Path, *, layer: str | None = None, only: Only = None, encoding: str | None = None) -> RawTable:
    """Read one layer with its geometry; only Shapefiles need an encoding, where they declare none.

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
    told = _shapefile_encoding(path, encoding) if path.suffix.lower() == ".shp" else None
    bytewise = None if told is None else _BYTEWISE
    info = pyogrio.read_info(path, layer=layer, encoding=bytewise)
    if info["driver"] not in DRIVERS:
        raise file_type_error(
            path.name,
            path.suffix.lower(),
            f"a file that GDAL opens as {info['driver']} (allowed: {', '.join(sorted(DRIVERS))})",
            "export it as GeoPackage or GeoJSON",
        )
    chosen = select_columns([*info["fields"], "geometry"], only)
    columns = None if only is None else [c for c in chosen if c != "geometry"]
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, columns=columns, encoding=bytewise)
    if told is not None:
        frame = _decode(frame, told)
    if info["driver"] == "TopoJSON" and isinstance(frame, gpd.GeoDataFrame) and frame.crs is None:
        frame = frame.set_crs(WGS84)  # TopoJSON has no place for another system
    return RawTable(frame, name=path.name)


def _decode(frame: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """Decode text that was read byte by byte, because GDAL knows few names of encodings."""

    def decode(text: object) -> object:
        return text.encode(_BYTEWISE).decode(encoding) if isinstance(text, str) else text

    names = [name for name in frame.columns if name != "geometry" and not pd.api.types.is_numeric_dtype(frame[name])]
    decoded = {name: frame[name].map(decode) for name in names if not pd.api.types.is_datetime64_any_dtype(frame[name])}
    return frame.assign(**decoded).rename(columns=decode)


def _shapefile_encoding(path: Path, encoding: str | None) -> str | None:
    """Return the encoding in which to read a Shapefile: as told or declared, else UTF-8 or Latin-1 with a warning."""
    if encoding is not None:
        return encoding
    table = next(p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() == ".dbf")
    if any(p.stem == path.stem and p.suffix.lower() == ".cpg" for p in path.parent.iterdir()):
        return None
    contents = table.read_bytes()
    start = int.from_bytes(contents[8:10], "little")
    if contents[29:30] != b"\0" or contents[start:].isascii():
        return None
    try:
        contents[start:].decode("utf-8")
    except UnicodeDecodeError:
        text = (
            f"{path.name} holds letters outside ASCII but declares no encoding (no .cpg file), so they were read as "
            "Latin-1 and may be wrong; pass its encoding, such as encoding='cp1251'"
        )
        warnings.warn(DataWarning(text), stacklevel=2)
        return _BYTEWISE
    return "utf-8"


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
