"""Write files atomically, and CSV tables that spreadsheets open safely."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from .errors import FileError, must_be

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ELSEWHERE = "write to another folder"
_FIXES = {
    errno.EISDIR: "add the name of a file: this is a folder",
    errno.EEXIST: "choose a path whose folders are folders: a part of it is a file",
    errno.ENOTDIR: "choose a path whose folders are folders: a part of it is a file",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOSPC: f"free space on the disk, or {_ELSEWHERE}",
    errno.EDQUOT: f"free space within your quota, or {_ELSEWHERE}",
    errno.EACCES: f"allow writing there, or {_ELSEWHERE}",
    errno.EPERM: f"allow writing there, or {_ELSEWHERE}",
    errno.EROFS: f"{_ELSEWHERE}: this one cannot be written",
}


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; move it to `path` on success, remove it on failure.

    The temporary path keeps the suffix, because writers infer the format from it. A link stays, and its target is replaced;
    a device such as /dev/stdout is written to.

    Raises
    ------
    FileError
        The file cannot be written, for the reason given; a file that was there is as it was.
    """
    path = file_path(path)
    with file_errors(path):
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        device = target.exists() and not target.is_file()
        if not device:
            target.parent.mkdir(parents=True, exist_ok=True)
        folder = None if device else target.parent
        handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
        partial = Path(name)
        try:
            yield partial
            if device:
                with partial.open("rb") as written, target.open("wb") as out:
                    shutil.copyfileobj(written, out)
            else:
                partial.chmod(0o666 & ~_umask())
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


def file_path(path: object, name: str = "path") -> Path:
    """Return a path that names a file.

    Raises
    ------
    FileError
        It is no path, is empty, or holds a NUL character.

    Examples
    --------
    >>> file_path("map.html").name
    'map.html'
    """
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
        raise FileError(must_be(name, "a path", path), fix="pass the name of a file, such as 'map.html'")
    text = os.fspath(path)
    if not text.strip() or "\0" in text or not _can_be_encoded(text):
        need = "the name of a file, without NUL characters or halves of characters"
        raise FileError(must_be(name, need, text), fix="pass the name of a file, such as 'map.html'")
    return Path(text)


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn the errors of the system into a `FileError` with the path and what to do."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        fix = _FIXES.get(error.errno or 0, f"check the path, or {_ELSEWHERE}")
        raise FileError(f"{path} cannot be written", [reason[:1].lower() + reason[1:]], fix) from error


def _can_be_encoded(text: str) -> bool:
    try:
        return bool(os.fsencode(text))
    except UnicodeEncodeError:
        return False


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a CSV table for spreadsheets: UTF-8 with a byte order mark, text escaped so that no cell runs as a formula."""
    plain = frame.reset_index()
    plain.columns = pd.Index([_escape_formula(str(name)) for name in plain.columns])
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.CategoricalDtype):
            plain[name] = plain[name].astype(object)
        if plain[name].dtype == object or isinstance(plain[name].dtype, pd.StringDtype):
            plain[name] = plain[name].map(lambda cell: _escape_formula(cell) if isinstance(cell, str) else cell)
    with atomic_path(path) as partial:
        # lines end with "\r\n" (RFC 4180), so a cell that contains either character is quoted
        plain.to_csv(partial, index=False, encoding="utf-8-sig", date_format="%Y-%m-%d", lineterminator="\r\n")


def _escape_formula(cell: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
