"""Identify a file by its first bytes, and compare with what its ending promises."""

import re
import zipfile
from pathlib import Path

from ...errors import FileError, shorten_list
from .text_encoding import TextEncodingError

TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt")
_NOTES = ("readme", "read_me", "licence", "license", "copying", "notice", "sources")
EXPECTED = dict.fromkeys(TEXT_ENDINGS, "a text table with column names in the first line") | {
    ".parquet": "a Parquet file",
    ".geoparquet": "a GeoParquet file",
    ".xlsx": "an Excel workbook (.xlsx)",
    ".gpkg": "a GeoPackage",
    ".geojson": 'GeoJSON, an object in braces with a "type"',
    ".json": 'GeoJSON, an object in braces with a "type"',
    ".topojson": 'TopoJSON, an object in braces with a "type"',
    ".shp": "a Shapefile",
    ".fgb": "a FlatGeobuf file",
    ".gz": "a gzip file",
    ".zip": "a zip archive",
}
"""Ending -> description of the file type."""
_SIGNATURES = {
    ".parquet": (b"PAR1",),
    ".geoparquet": (b"PAR1",),
    ".xlsx": (b"PK\x03\x04",),
    ".gpkg": (b"SQLite format 3",),
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".topojson": (b"{",),
    ".shp": (b"\x00\x00\x27\x0a",),
    ".fgb": (b"fgb",),
    ".gz": (b"\x1f\x8b",),
    ".zip": (b"PK\x03\x04", b"PK\x05\x06"),
}
"""First bytes of each file type. GDAL goes by content and would follow a VRT file named ``.geojson`` to other files."""
_OTHER_TYPES = (
    (b"%PDF", "a PDF document", "export the table as CSV (UTF-8) from the program that made it"),
    (b"{\\rtf", "a text document (RTF)", "save the table as CSV (UTF-8)"),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook (.xls) or one with a password",
        "open it in a spreadsheet program and save it as .xlsx without a password, or as CSV (UTF-8)",
    ),
    (b"PAR1", "a Parquet file", ".parquet"),
    (b"SQLite format 3", "a GeoPackage or another SQLite database", ".gpkg"),
    (b"\x00\x00\x27\x0a", "a Shapefile", ".shp"),
    (b"fgb\x03", "a FlatGeobuf file", ".fgb"),
    (b"\x1f\x8b", "a gzip file", ".csv.gz"),
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|table|\?xml|!--|svg|kml|gpx|ogrvrt)", re.IGNORECASE)
_JSON = re.compile(rb'\{\s*["}]|\[\s*[\[{"]')
NO_COLUMN = "there is no column"
DOWNLOAD_AGAIN = "download or copy the file again"


def check_contents(path: Path, name: str) -> None:
    """Raise FileError if a file does not begin as its ending promises; `name` is its name in messages.

    Raises
    ------
    FileError
        The type expected, the type found, and the fix.
    """
    ending = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()
    matches = _identify(path, head) is None if ending in TEXT_ENDINGS else head.startswith(_SIGNATURES[ending])
    if not head or not matches or (ending == ".xlsx" and _identify_zip(path) is not None):
        found, fix = _describe_wrong_file(path, head, name)
        raise file_type_error(name, ending, found, fix)


def file_type_error(name: str, ending: str, found: str, fix: str) -> FileError:
    """Return the error that a file is not of the type that its ending names."""
    return FileError(name, [f"expected {EXPECTED[ending]}; found {found}"], fix)


def parser_error(path: Path, name: str, fault: Exception) -> FileError:
    """Return a parser's error as a FileError."""
    ending, text = path.suffix.lower(), " ".join(str(fault).replace(str(path), name).split())
    if isinstance(fault, TextEncodingError):
        return file_type_error(name, ending, text, fault.fix)
    if isinstance(fault, UnicodeError):
        return file_type_error(name, ending, f"text in another encoding ({text})", "pass its encoding")
    if type(fault) is ValueError:  # raised by this package
        fix = (
            "list columns of the file in only" if text.startswith(NO_COLUMN) else "correct the file, or export it again"
        )
        return FileError(name, [text], fix)
    if "not recognized as being in a supported" in text:
        with path.open("rb") as file:
            found = f"other contents: {_excerpt(file.read(512))}"
        return file_type_error(name, ending, found, "export it as GeoPackage or GeoJSON from the program that made it")
    return file_type_error(
        name,
        ending,
        f"one that cannot be parsed ({type(fault).__name__}: {text})",
        f"{DOWNLOAD_AGAIN}; it may be damaged",
    )


def _describe_wrong_file(path: Path, head: bytes, name: str) -> tuple[str, str]:
    """Return a description of a file of the wrong type, and the fix."""
    if not path.stat().st_size:
        return "an empty file (0 bytes)", DOWNLOAD_AGAIN
    if not head:
        return "only blanks", DOWNLOAD_AGAIN
    found, fix = _identify(path, head) or _describe_unknown(head)
    if fix.startswith("."):
        return found, f"rename it to {name.split('.', maxsplit=1)[0]}{fix}, if that is its type"
    return found, fix


def _identify(path: Path, head: bytes) -> tuple[str, str] | None:
    """Return a description of a file that is no text table, and the fix or the right ending; None if it may be text."""
    for magic, found, fix in _OTHER_TYPES:
        if head.startswith(magic):
            return found, fix
    if head.startswith(b"PK\x03\x04"):
        return _identify_zip(path) or ("an Excel workbook", ".xlsx")
    if _MARKUP.match(head):
        return (
            f"a web page or other markup: {_excerpt(head)}",
            "the download may have been refused; download the table itself, and sign in first if needed",
        )
    if _JSON.match(head):
        return (
            f"JSON: {_excerpt(head)}",
            "rename GeoJSON to .geojson; read other JSON with pandas.read_json and pass the DataFrame",
        )
    return None


def _describe_unknown(head: bytes) -> tuple[str, str]:
    if b"\0" not in head and len(head.splitlines()[0].split(b",")) > 1:
        return f"text: {_excerpt(head)}", ".csv"
    return f"a file that begins with {head[:12]!r}", f"{DOWNLOAD_AGAIN}, or rename it with the ending of its type"


def _identify_zip(path: Path) -> tuple[str, str] | None:
    """Return a description of a zip archive and the fix; None if it is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "a truncated or damaged zip archive or workbook", DOWNLOAD_AGAIN
    if "xl/workbook.xml" in names:
        return None
    if "xl/workbook.bin" in names:
        return "a binary Excel workbook (.xlsb)", "save it as .xlsx, or as CSV (UTF-8)"
    if "[Content_Types].xml" in names or "content.xml" in names:
        return "an office document", "save the table as .xlsx, or as CSV (UTF-8)"
    return f"a zip archive of {shorten_list(names, 3)}", ".zip"


def _excerpt(head: bytes) -> str:
    """Return the first characters of a text, on one line."""
    return repr(" ".join(head[:80].decode("utf-8", "replace").split())[:30])


def is_notes(path: Path) -> bool:
    """Return whether a text file beside tables, such as readme.txt, is about them and no table itself."""
    return path.suffix.lower() == ".txt" and path.stem.lower().startswith(_NOTES)
