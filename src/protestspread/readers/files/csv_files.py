"""Read CSV and TSV: fast, with every row accounted for.

Arrow parses; what it would swallow (a quote that is never closed) or stop at (a row of another length) is found and said.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ...errors import shorten_list
from ..gdelt_columns import headerless_columns
from .raw_table import BrokenRow, RawTable, choose

HEAD_BYTES = 1 << 20
MOST_COLUMNS = 2000
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCKS = (1 << 20, 1 << 26)
"""Bytes parsed at a time; the second is for rows longer than the first."""
_STREAM_BYTES = 1 << 23


@dataclass(frozen=True)
class Dialect:
    """How one text file is written."""

    names: tuple[str, ...]
    separator: str
    encoding: str
    heading_lines: int  # 0: it has none, and its columns were known by their number
    quoted: bool

    @property
    def read_options(self) -> dict[str, Any]:
        """Options of the parser that hang on the file alone."""
        return {"column_names": list(self.names), "skip_rows": self.heading_lines, "encoding": self.encoding}

    @property
    def parse_options(self) -> dict[str, Any]:
        """Options of the parser that hang on the file alone."""
        return {
            "delimiter": self.separator,
            "quote_char": '"' if self.quoted else False,
            "newlines_in_values": self.quoted,
        }

    def convert_options(self, columns: Sequence[str]) -> "pyarrow.csv.ConvertOptions":
        """Return options that read these columns, as text; only the empty field is missing."""
        return pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.large_string()),
            include_columns=list(columns),
            strings_can_be_null=True,
            null_values=[""],
        )


def sniff(path: Path, encoding: str = "utf-8") -> Dialect:
    """Find out how a text file is written from its first megabyte.

    Raises
    ------
    ValueError
        It is empty, holds NUL bytes in its heading, or more columns than a table has.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), encoding)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")
    if not text.strip():
        raise ValueError("it is empty")
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    if "\0" in first:
        raise ValueError(
            "its first line holds NUL bytes: it is no text file, or UTF-16 without a mark (encoding='utf-16-le')"
        )
    known = headerless_columns(first)
    if known:
        return Dialect(known, "\t", encoding, heading_lines=0, quoted=False)
    by_default = "\t" if path.suffix.lower() == ".tsv" else ","
    headings = {separator: _heading(text, separator) for separator in dict.fromkeys((by_default, ",", "\t", ";", "|"))}
    separator = max(headings, key=lambda separator: len(headings[separator][0]))
    names, lines = headings[separator]
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"it has {len(names):,} columns; tables have at most {MOST_COLUMNS:,}")
    return Dialect(distinct_names(names), separator, encoding, lines, quoted=True)


def read_separated(path: Path, *, only: Collection[str] | None = None, encoding: str = "utf-8") -> RawTable:
    """Read CSV, TSV, or what is separated by semicolons or bars, as text throughout.

    Raises
    ------
    ValueError
        It cannot be read; the message says why.
    """
    dialect = sniff(path, encoding)
    columns = tuple(choose(dialect.names, only))
    read = columns or dialect.names[:1]
    with ThreadPoolExecutor(1) as beside:
        counting = beside.submit(_count_lines, path)
        table, broken = _parse_lines(path, dialect, read), list[BrokenRow]()
    if table is None or table.num_rows != counting.result() - dialect.heading_lines:
        table, broken = _parse(path, dialect, read)
        if dialect.quoted and table.num_rows + len(broken) != counting.result() - dialect.heading_lines:
            whole = table if columns == dialect.names else _parse(path, dialect, dialect.names)[0]
            _refuse_open_quotes(path, dialect, [whole])
    return RawTable(_frame(table, columns), tuple(broken), path.name)


def stream_separated(path: Path, dialect: Dialect, columns: Sequence[str]) -> Iterator[RawTable]:
    """Yield a text file block by block, as `read_separated` reads it whole; broken rows are not numbered.

    Raises
    ------
    ValueError
        It cannot be read; the message says why. Quotes that do not close are found at the end.
    """
    if dialect.heading_lines and not _anything_below(path, dialect):
        return
    rows = 0
    for one in _stream(path, dialect, columns):
        rows += len(one.frame) + len(one.broken)
        yield one
    if dialect.quoted and rows != _count_lines(path) - dialect.heading_lines:
        _refuse_open_quotes(path, dialect, (_as_table(one) for one in _stream(path, dialect, dialect.names)))


def _stream(path: Path, dialect: Dialect, columns: Sequence[str]) -> Iterator[RawTable]:
    done, broken, set_aside = 0, list[BrokenRow](), None
    while True:
        parse = pyarrow.csv.ParseOptions(invalid_row_handler=set_aside, **dialect.parse_options)
        read = pyarrow.csv.ReadOptions(block_size=_STREAM_BYTES, **dialect.read_options)
        try:
            with pyarrow.csv.open_csv(path, read, parse, dialect.convert_options(columns)) as reader:
                for number, batch in enumerate(reader):
                    if number < done:  # what came before the first broken row came once already
                        continue
                    done, seen = number + 1, tuple(broken)
                    del broken[: len(seen)]
                    yield RawTable(_frame(pa.Table.from_batches([batch]), columns), seen, path.name)
                if broken:
                    yield RawTable(_frame(reader.schema.empty_table(), columns), tuple(broken), path.name)
                return
        except pa.ArrowInvalid as fault:
            if set_aside is not None or not _is_about_length(fault):
                raise ValueError(_explained(str(fault), dialect)) from fault
            set_aside = _collector(path, dialect, broken)


def _is_about_length(fault: pa.ArrowInvalid) -> bool:
    return "Expected" in str(fault) and "columns, got" in str(fault)


def _collector(path: Path, dialect: Dialect, broken: list[BrokenRow]) -> Callable[[Any], str]:
    """Return what Arrow calls with every row of another length; it can only be called with text that can be decoded."""
    decoder = codecs.getincrementaldecoder(dialect.encoding)()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            decoder.decode(block)
        decoder.decode(b"", final=True)

    def set_aside(row: Any) -> str:
        number = 0 if row.number is None else row.number - dialect.heading_lines
        broken.append(BrokenRow(number, row.text, row.actual_columns, row.expected_columns))
        return "skip"

    return set_aside


def _as_table(one: RawTable) -> pa.Table:
    return pa.table({name: pa.array(one.frame[name].array) for name in one.frame})


def _frame(table: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    text: Any = pd.StringDtype("pyarrow")
    return pd.DataFrame(
        {name: text.__from_arrow__(table[name]) for name in columns}, index=pd.RangeIndex(table.num_rows)
    )


def _parse_lines(path: Path, dialect: Dialect, columns: Sequence[str]) -> pa.Table | None:
    """Parse a text file as one row a line, which takes half as long; None where it cannot be done.

    Where there are as many rows as lines, no value had a line break, and it was right.
    """
    read = pyarrow.csv.ReadOptions(block_size=_BLOCKS[0], **dialect.read_options)
    parse = pyarrow.csv.ParseOptions(**(dialect.parse_options | {"newlines_in_values": False}))
    try:
        return pyarrow.csv.read_csv(path, read, parse, dialect.convert_options(columns))
    except pa.ArrowInvalid:  # said by the parser that follows
        return None


def _parse(path: Path, dialect: Dialect, columns: Sequence[str]) -> tuple[pa.Table, list[BrokenRow]]:
    if dialect.heading_lines and not _anything_below(path, dialect):
        return pa.table({name: pa.array([], pa.large_string()) for name in columns}), []
    broken: list[BrokenRow] = []
    threads, block, set_aside = True, _BLOCKS[0], None
    while True:
        broken.clear()
        read = pyarrow.csv.ReadOptions(use_threads=threads, block_size=block, **dialect.read_options)
        parse = pyarrow.csv.ParseOptions(invalid_row_handler=set_aside, **dialect.parse_options)
        try:
            return pyarrow.csv.read_csv(path, read, parse, dialect.convert_options(columns)), broken
        except pa.ArrowInvalid as fault:
            if "straddling" in str(fault) and block < _BLOCKS[1]:
                block = _BLOCKS[1]
            elif _is_about_length(fault) and set_aside is None:
                threads, set_aside = False, _collector(path, dialect, broken)  # rows are numbered when parsed in order
            else:
                raise ValueError(_explained(str(fault), dialect)) from fault


def _explained(fault: str, dialect: Dialect) -> str:
    if "UTF8" in fault:
        return f"it is not written in {dialect.encoding} ({fault}); name its encoding, such as encoding='cp1252'"
    if "straddling" in fault:
        return f"a row is longer than {_BLOCKS[1] >> 20} MB; a quote may be missing"
    return fault


def _anything_below(path: Path, dialect: Dialect) -> bool:
    """Say whether there is any row below the heading."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES + 1)
    if len(head) > HEAD_BYTES:
        return True
    lines = io.StringIO(head.decode(dialect.encoding, "replace").removeprefix("\ufeff"), newline=None).readlines()
    return any(line.strip("\n") for line in lines[dialect.heading_lines :])


def _heading(text: str, separator: str) -> tuple[list[str], int]:
    """Return the names in the first line that is not blank, and how many lines it takes to get past them."""
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    try:
        names = next((row for row in reader if row), [])
    except csv.Error as fault:
        raise ValueError(f"its heading cannot be read: {fault}") from fault
    return names, reader.line_num


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Give every column a name of its own, as pandas does: a blank one by its number, a second ``x`` is ``x.1``."""
    given: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        base = name.strip() or f"unnamed {number}"
        free, again = base, 0
        while free in given:
            again += 1
            free = f"{base}.{again}"
        given[free] = None
    return tuple(given)


def _count_lines(path: Path) -> int:
    """Count the lines of a file; the last may do without an end."""
    buffer = np.empty(1 << 18, dtype=np.uint8)  # small enough to stay in the processor's own memory
    lines, last = 0, ord("\n")
    with path.open("rb", buffering=0) as file:
        while filled := file.readinto(buffer):  # type: ignore[arg-type]
            lines += int(np.count_nonzero(buffer[:filled] == ord("\n")))
            last = buffer[filled - 1]
    return lines + int(last != ord("\n"))


def _refuse_open_quotes(path: Path, dialect: Dialect, tables: Iterable[pa.Table]) -> None:
    """Raise ValueError where a quote that does not close swallows the rows below it.

    Where rows and lines are as many, none is swallowed. Where there are more lines, values may well have line breaks of
    their own; only one with a quote within, or the very last, can have swallowed a row, and only then is the file read again, slowly.
    """
    suspicious, last = False, None
    for table in tables:
        suspicious = suspicious or any(_breaks_and_quotes(column) for column in table.columns)
        last = table[dialect.names[-1]][-1].as_py() if table.num_rows else last
    if not suspicious and "\n" not in (last or ""):
        return
    faults: list[str] = []
    with path.open(encoding=dialect.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.separator, strict=True)
        while True:
            begins = reader.line_num + 1
            try:
                next(reader)
            except StopIteration:
                break
            except csv.Error as fault:
                faults.append(f"line {begins} ({fault})")
    if faults:
        raise ValueError(f"quotes that do not close, and may have swallowed the rows below: {shorten_list(faults)}")


def _breaks_and_quotes(texts: pa.ChunkedArray) -> bool:
    both = pc.and_(pc.match_substring(texts, "\n"), pc.match_substring(texts, '"'))
    return bool(pc.any(both).as_py())
