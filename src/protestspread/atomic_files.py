"""Write files whole or not at all, and tables so that a spreadsheet takes text for text."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Lend a temporary name beside `path`; move it into place when all went well, remove it when not.

    The temporary name keeps the ending, because writers go by it.
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
    """Write a table for people: UTF-8 with a mark that spreadsheets know, no cell of text taken for a formula."""
    plain = frame.reset_index()
    plain.columns = pd.Index([_as_text(str(name)) for name in plain.columns])
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.CategoricalDtype):
            plain[name] = plain[name].astype(object)
        if plain[name].dtype == object or isinstance(plain[name].dtype, pd.StringDtype):
            plain[name] = plain[name].map(lambda cell: _as_text(cell) if isinstance(cell, str) else cell)
    with atomic_path(path) as partial:
        # "\r\n" ends a line (RFC 4180): a cell that holds either of the two is then quoted
        plain.to_csv(partial, index=False, encoding="utf-8-sig", date_format="%Y-%m-%d", lineterminator="\r\n")


def _as_text(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
