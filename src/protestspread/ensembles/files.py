"""Ensembles in files: written as they are drawn, continued after a stop, and kept out of memory where they are large."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..atomic_files import file_errors, file_path
from ..errors import FileError
from ..random_streams import seed_of
from .ensemble import Ensemble
from .tables import HEADER, write

KEEP = 1000.0
"""Megabytes of draws that are kept in memory."""
_COLUMNS = {False: ["draw", "place", "first", "last"], True: ["draw", "place", "day", "count"]}

Parts = Callable[[int, int], Generator[pa.RecordBatch]]
"""Function (seed, first draw) -> batches of the draws from the first on."""


def read_ensemble(path: str | Path) -> Ensemble:
    """Read an ensemble that `simulate_many` or `Ensemble.save` has written.

    The file is mapped: draws are read when they are used, so that an ensemble can be larger than memory.

    Parameters
    ----------
    path
        A file in Arrow's IPC stream format.

    Raises
    ------
    FileError
        The file does not exist, is not complete, or is not such a file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> near = ps.nearest_graph(case.cities, k=3)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "spreads.arrows"
    >>> many = ps.simulate_many(ps.SI(0.2), near, seeds=["Zhanaozen"], days=20, draws=50, rng=7, path=file)
    >>> ps.read_ensemble(file).mean().equals(many.mean())
    True
    """
    path = file_path(path)
    fix = "pass a file that simulate_many(..., path=...) or ensemble.save(...) has written"
    if not path.is_file():
        raise FileError(f"{path} does not exist", fix=fix)
    try:
        table = pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
        return _described(table)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path} is not a complete ensemble", [str(error).partition("\n")[0]], fix) from error


def collect(parts: Parts, like: Ensemble, draws: int, seed: int, *, memory_mb: float) -> Ensemble:
    """Return all draws as an ensemble; in a temporary file that vanishes with the process where they need more memory."""
    held: list[pa.RecordBatch] = []
    size = 0
    with closing(parts(seed, 0)) as batches:
        for batch in batches:
            held.append(batch)
            size += batch.nbytes
            if size > memory_mb * 1e6:
                return replace(like, draws=draws, table=_spilled(held, batches))
    return replace(like, draws=draws, table=pa.Table.from_batches(held))


def _spilled(held: list[pa.RecordBatch], later: Iterator[pa.RecordBatch]) -> pa.Table:
    """Write batches to a temporary file, and return them as a table that is read from there."""
    handle, name = tempfile.mkstemp(prefix="protestspread-", suffix=".arrows")
    os.close(handle)
    path = Path(name)
    try:
        with file_errors(path):
            write(chain(held, later), path, {})
            return pa.ipc.open_stream(pa.memory_map(name)).read_all()
    finally:
        try:
            path.unlink()  # the mapping stays
        except PermissionError:  # on Windows
            atexit.register(path.unlink, missing_ok=True)


def collect_in_file(
    parts: Parts, like: Ensemble, draws: int, seed: int | None, *, path: str | Path, fingerprint: str
) -> Ensemble:
    """Write all draws to a file and return them, mapped; go on where an earlier call stopped.

    ``fingerprint`` stands for everything that determines the draws but the seed; a seed of None is that of the earlier call.
    """
    path = file_path(path)
    folder = path.with_name(f"{path.name}.partial")
    with file_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        segments = [_segment(file) for file in sorted(folder.glob("*.arrows"))]
        seed = _seed_of_segments([header for header, _ in segments], fingerprint, seed, folder)
        kept = [batch for _, batches in segments for batch in batches]
        first = max((int(batch["draw"][-1].as_py()) + 1 for batch in kept if len(batch)), default=0)
        header = {"seed": seed, "fingerprint": fingerprint}
        with closing(parts(seed, first)) as batches:
            write(batches, folder / f"{len(segments):06}.arrows", header)
        kept += _segment(folder / f"{len(segments):06}.arrows")[1]
        within = [batch.filter(pc.less(batch["draw"], draws)) for batch in kept]
        replace(like, draws=draws, table=pa.Table.from_batches(within)).save(path)
        shutil.rmtree(folder)
    return read_ensemble(path)


def _segment(file: Path) -> tuple[dict[str, Any], list[pa.RecordBatch]]:
    """Return the header and all complete batches of a file that may have been cut off."""
    batches: list[pa.RecordBatch] = []
    try:
        reader = pa.ipc.open_stream(pa.memory_map(str(file)))
        header = json.loads(reader.schema.metadata[HEADER])
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        return {}, []  # stopped before the first batch
    with suppress(pa.ArrowException, OSError):  # the last batch is not complete
        batches.extend(reader)
    return header, batches


def _seed_of_segments(headers: list[dict[str, Any]], fingerprint: str, seed: int | None, folder: Path) -> int:
    """Return the seed of a run that goes on, or raise `FileError` if the folder belongs to another one."""
    known = [header for header in headers if header]
    for header in known:
        if header.get("fingerprint") != fingerprint or seed not in (None, header.get("seed")):
            raise FileError(
                f"{folder} belongs to a call with other arguments", fix="pass another path, or remove this folder"
            )
    return int(known[0]["seed"]) if known else seed_of(seed)


def _described(table: pa.Table) -> Ensemble:
    """Return the ensemble that a table with a header holds, or raise `ValueError` for one that is not valid."""
    header = json.loads(table.schema.metadata[HEADER])
    name, place_name = header["names"]
    dates = pd.DatetimeIndex(pd.DatetimeIndex(header["dates"]).as_unit(header["unit"]), freq=header["freq"], name=name)
    places, counts = pd.Index(header["places"], dtype=header["dtype"], name=place_name), bool(header["counts_events"])
    if table.column_names != _COLUMNS[counts]:
        raise ValueError("its columns are not those of an ensemble")
    limits = {"draw": header["draws"], "place": len(places), **dict.fromkeys(["first", "last", "day"], len(dates))}
    for column, limit in limits.items():
        if column in table.column_names and len(table):
            values = table[column]
            low, high = (pc.min_max(values)[end].as_py() for end in ("min", "max"))
            if low < 0 or (high >= limit and values.type != pa.float32()):
                raise ValueError(f"its column {column} holds values from {low} to {high}, outside 0 to {limit - 1}")
    return Ensemble(dates, places, int(header["draws"]), counts, table)
