"""Unpack .gz and .zip files, with a limit on the unpacked size."""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...errors import FileError, shorten_list
from .file_types import DOWNLOAD_AGAIN, check_contents, file_type_error, is_notes

MOST_BYTES = 16 * 2**30
"""The largest unpacked size of any archive."""
SMALL_BYTES, MOST_RATIO = 100 * 2**20, 200
"""Above 100 MB, an archive may expand to at most 200 times its size; tables compress 5 to 50 times, zip bombs 1000 times."""
PACKED = (".gz", ".zip")
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def unpacked(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """Yield the path of the one table in a packed file, unpacked to a temporary folder; yield other paths unchanged.

    Raises
    ------
    FileError
        The file is not of the type that its ending names, is damaged, holds no table or several, or is too large unpacked.
    """
    check_contents(path, path.name)
    if path.suffix.lower() not in PACKED:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
        local = _unpack(path, Path(folder), endings)
        check_contents(local, path.name)
        yield local


def _unpack(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    ending = path.suffix.lower()
    try:
        return (_gunzip if ending == ".gz" else _unzip)(path, folder, endings)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as fault:
        raise file_type_error(path.name, ending, f"a truncated or damaged one ({fault})", DOWNLOAD_AGAIN) from fault
    except (RuntimeError, NotImplementedError) as fault:  # a password, or an unknown compression method
        raise file_type_error(
            path.name,
            ending,
            f"one that cannot be unpacked ({fault})",
            "unpack the file and pass the path of the table",
        ) from fault


def _gunzip(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    inner = Path(path.stem)
    if inner.suffix.lower() not in endings:
        raise FileError(
            path.name,
            [f"expected the ending of a table before .gz; found {inner.suffix!r}"],
            f"rename it after its contents: {shorten_list(f'{inner.stem}{ending}.gz' for ending in endings[:2])}, ...",
        )
    target = folder / f"table{inner.suffix.lower()}"
    with gzip.open(path) as source:
        _copy(source, target, path, 0)
    return target


def _unzip(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_hidden(m.filename)]
        tables = [m for m in members if Path(m.filename).suffix.lower() in endings and not is_notes(Path(m.filename))]
        if len(tables) != 1:
            raise FileError(
                path.name,
                [
                    f"expected one table in it; found {len(tables) or 'none'}: {shorten_list(m.filename for m in (tables or members))}"
                ],
                "unpack the file and pass the path of the table"
                if tables
                else f"pass a zip file with one table in it ({shorten_list(endings, 99)})",
            )
        stem, written = Path(tables[0].filename).stem, 0
        for member in members:
            # under a new name, because a member's name may point outside the folder
            ending, same_stem = Path(member.filename).suffix.lower(), Path(member.filename).stem == stem
            if member is tables[0] or (same_stem and ending in _SHAPEFILE_PARTS):
                with archive.open(member) as source:
                    written = _copy(source, folder / f"table{ending}", path, written)
    return folder / f"table{Path(tables[0].filename).suffix.lower()}"


def _is_hidden(name: str) -> bool:
    return name.startswith("__MACOSX") or Path(name).name.startswith(".")


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, packed: Path, written: int) -> int:
    """Copy unpacked bytes to a file; return the total number of bytes written so far."""
    most = min(MOST_BYTES, max(SMALL_BYTES, MOST_RATIO * packed.stat().st_size))
    with target.open("wb") as file:
        while block := source.read(1 << 20):
            written += len(block)
            if written > most:
                raise FileError(
                    packed.name,
                    [
                        f"expected at most {most / 1e6:,.0f} MB unpacked from {packed.stat().st_size / 1e6:,.1f} MB; found more, "
                        "as in a zip bomb"
                    ],
                    "if you trust the file, unpack it and pass the path of the table",
                )
            file.write(block)
    return written
