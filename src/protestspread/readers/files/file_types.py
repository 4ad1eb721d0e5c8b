"""What a file is, by how it begins: where that is not what its ending says, both are said."""

import re
import zipfile
from pathlib import Path

from ...errors import FileError, shorten_list

TEXT_ENDINGS = (".csv", ".tsv", ".tab")
EXPECTED = dict.fromkeys(TEXT_ENDINGS, "a table as text, the names of its columns in the first line") | {
    ".parquet": "a Parquet file",
    ".geoparquet": "a GeoParquet file",
    ".xlsx": "an Excel workbook (.xlsx)",
    ".gpkg": "a GeoPackage",
    ".geojson": 'GeoJSON, an object in braces with a "type"',
    ".json": 'GeoJSON, an object in braces with a "type"',
    ".shp": "a Shapefile",
    ".fgb": "a FlatGeobuf file",
    ".gz": "a gzip file",
    ".zip": "a zip archive",
}
"""Ending -> what a file with it should hold."""
_BEGINS = {
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".xlsx": (b"PK\x03\x04",),
    ".gpkg": (b"SQLite format 3",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
    ".gz": (b"\x1f\x8b",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
"""How a file of each ending begins. GDAL goes by content, so a VRT called ``.geojson`` would be followed elsewhere."""
_FOREIGN = (
    (b"%PDF", "a PDF document", "export the table as CSV (UTF-8), from where it comes from"),
    (b"{\\rtf", "a text document (RTF)", "save the table as CSV (UTF-8)"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (.xls), or one with a password",
        "open it in a spreadsheet and save it as .xlsx without a password, or as CSV (UTF-8)",
    ),
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"SQLite format 3", "a GeoPackage or another SQLite database", ".gpkg"),
    (b"\x00\x00\x27\x0a", "a Shapefile", ".shp"),
    (b"fgb\x03", "a FlatGeobuf file", ".fgb"),
    (b"\x1f\x8b", "a gzip file", ".csv.gz"),
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|table|\?xml|!--|svg|kml|gpx|ogrvrt)", re.IGNORECASE)
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{"]')
AGAIN = "download or copy it again"


def check_contents(path: Path, name: str) -> None:
    """Raise FileError where a file does not begin as its ending promises; `name` is what to call it.

    Raises
    ------
    FileError
        What was expected, what was found, and how to mend it.
    """
    ending = path.suffix.lower()
    with path.open("rb") as file:
        begins = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    fits = _kind(path, begins) is None if ending in TEXT_ENDINGS else begins.startswith(_BEGINS[ending])
    if not begins or not fits or (ending == ".xlsx" and _in_zip(path) is not None):
        found, fix = _found(path, begins, name)
        raise unlike(name, ending, found, fix)


def unlike(name: str, ending: str, found: str, fix: str) -> FileError:
    """Return the error that says what a file should have been and what it is."""
    return FileError(f"{name!r} cannot be read", [f"expected {EXPECTED[ending]}; found {found}"], fix)


def explained(path: Path, name: str, fault: Exception) -> FileError:
    """Return what a parser made of a file as an error of ours."""
    ending, said = path.suffix.lower(), " ".join(str(fault).replace(str(path), name).split())
    if isinstance(fault, UnicodeError) or "name its encoding" in said:
        said = said.split("; name its encoding")[0].removeprefix("it is ")
        return unlike(name, ending, f"text in another encoding ({said})", "encoding='cp1252', say, or save it as UTF-8")
    if type(fault) is ValueError:  # our own words
        return FileError(f"{name!r} cannot be read", [said], "correct the file, or save it anew where it comes from")
    if "not recognized as being in a supported" in said:
        with path.open("rb") as file:
            found = f"something else: {_shown(file.read(512))}"
        return unlike(name, ending, found, "save it as GeoPackage or GeoJSON from the program it comes from")
    return unlike(
        name, ending, f"what cannot be read as one ({type(fault).__name__}: {said})", f"{AGAIN}; it may be damaged"
    )


def _found(path: Path, begins: bytes, name: str) -> tuple[str, str]:
    """Say what a file is that is not what it should be, and how to mend that."""
    if not path.stat().st_size:
        return "an empty file (0 bytes)", AGAIN
    if not begins:
        return "nothing but blanks", AGAIN
    found, fix = _kind(path, begins) or _unknown(begins)
    if fix.startswith("."):
        return found, f"if that is what it is, give it its name: {name.split('.', maxsplit=1)[0]}{fix}"
    return found, fix


def _kind(path: Path, begins: bytes) -> tuple[str, str] | None:
    """Say what a file is that is no table as text, and how to mend it or the ending it should have."""
    for magic, found, fix in _FOREIGN:
        if begins.startswith(magic):
            return found, fix
    if begins.startswith(b"PK\x03\x04"):
        return _in_zip(path) or ("an Excel workbook", ".xlsx")
    if _MARKUP.match(begins):
        return (
            f"a web page or other markup: {_shown(begins)}",
            "the download was perhaps refused; download the table itself, signed in where that is needed",
        )
    if _JSON.match(begins):
        return (
            f"JSON: {_shown(begins)}",
            "GeoJSON is called .geojson; of other JSON pandas.read_json makes a frame, which can be given instead",
        )
    return None


def _unknown(begins: bytes) -> tuple[str, str]:
    if b"\0" not in begins and len(begins.splitlines()[0].split(b",")) > 1:
        return f"text: {_shown(begins)}", ".csv"
    return f"a file that begins with {begins[:12]!r}", f"{AGAIN}, or give it the ending of what it is"


def _in_zip(path: Path) -> tuple[str, str] | None:
    """Say what a zip archive holds; None where it is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a zip archive or workbook that is cut short or damaged", AGAIN
    if "xl/workbook.xml" in names:
        return None
    if "xl/workbook.bin" in names:
        return "a binary Excel workbook (.xlsb)", "save it as .xlsx, or as CSV (UTF-8)"
    if "[Content_Types].xml" in names or "content.xml" in names:
        return "a document of an office program", "save the table as .xlsx, or as CSV (UTF-8)"
    return f"a zip archive of {shorten_list(names, 3)}", ".zip"


def _shown(begins: bytes) -> str:
    """Return the first letters of a text, on one line."""
    return repr(" ".join(begins[:80].decode("utf-8", "replace").split())[:30])
