"""Open .gz and .zip with a limit on what comes out of them."""

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...errors import FileError, shorten_list
from .file_types import AGAIN, check_contents, unlike

MOST_BYTES = 16 * 2**30
"""No archive may expand to more."""
SMALL_BYTES, MOST_RATIO = 100 * 2**20, 200
"""Beyond 100 MB, no archive may expand to more than 200 times its own size: tables pack 5 to 50 times, bombs 1000 times."""
PACKED = (".gz", ".zip")
_BESIDE_SHP = (".shx", ".dbf", ".prj", ".cpg")


@contextmanager
def unpacked(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """Lend the one table within a packed file; it is unpacked into a folder that goes away. Other files are lent as they are.

    Raises
    ------
    FileError
        Not what its ending says; no table within, or several; damaged; more bytes within than there may be.
    """
    check_contents(path, path.name)
    if path.suffix.lower() not in PACKED:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="protestspread-") as folder:
        lent = _unpack(path, Path(folder), endings)
        check_contents(lent, path.name)
        yield lent


def _unpack(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    ending = path.suffix.lower()
    try:
        return (_gunzip if ending == ".gz" else _unzip)(path, folder, endings)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as fault:
        raise unlike(path.name, ending, f"one that is cut short or damaged ({fault})", AGAIN) from fault
    except (RuntimeError, NotImplementedError) as fault:  # a password; a way of packing that Python does not know
        raise unlike(path.name, ending, f"one that cannot be unpacked ({fault})", "unpack it yourself") from fault


def _gunzip(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    inner = Path(path.stem)
    if inner.suffix.lower() not in endings:
        raise FileError(
            f"{path.name!r} is not opened",
            [f"expected the name of a table before .gz; found {inner.name!r}, which ends in {inner.suffix!r}"],
            f"name it after what it holds: {shorten_list(f'table{ending}.gz' for ending in endings[:2])}, ...",
        )
    target = folder / f"table{inner.suffix.lower()}"
    with gzip.open(path) as source:
        _copy(source, target, path, 0)
    return target


def _unzip(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not _hidden(m.filename)]
        tables = [m for m in members if Path(m.filename).suffix.lower() in endings]
        if len(tables) != 1:
            raise FileError(
                f"{path.name!r} is not opened",
                [
                    f"expected one table in it; found {len(tables) or 'none'}: {shorten_list(m.filename for m in (tables or members))}"
                ],
                "unpack it and give the path of the table"
                if tables
                else f"a zip with one of {shorten_list(endings, 99)}",
            )
        stem, written = Path(tables[0].filename).stem, 0
        for member in members:
            # our own names: a member's may climb out of the folder
            ending, same = Path(member.filename).suffix.lower(), Path(member.filename).stem == stem
            if member is tables[0] or (same and ending in _BESIDE_SHP):
                with archive.open(member) as source:
                    written = _copy(source, folder / f"table{ending}", path, written)
    return folder / f"table{Path(tables[0].filename).suffix.lower()}"


def _hidden(name: str) -> bool:
    return name.startswith("__MACOSX") or Path(name).name.startswith(".")


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, packed: Path, written: int) -> int:
    """Copy what is unpacked, counting; return how much there is by now."""
    most = min(MOST_BYTES, max(SMALL_BYTES, MOST_RATIO * packed.stat().st_size))
    with target.open("wb") as file:
        while block := source.read(1 << 20):
            written += len(block)
            if written > most:
                raise FileError(
                    f"{packed.name!r} is not opened",
                    [
                        f"expected at most {most / 1e6:,.0f} MB from {packed.stat().st_size / 1e6:,.1f} MB packed; found more: "
                        "no table packs so well"
                    ],
                    "unpack it yourself if you know where it comes from, and give the path of the table",
                )
            file.write(block)
    return written
