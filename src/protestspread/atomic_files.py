"""Write files atomically, and CSV tables that spreadsheets open safely."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; move it to `path` on success, remove it on failure.

    The temporary path keeps the suffix, because writers infer the format from it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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
