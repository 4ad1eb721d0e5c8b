"""Read CSV and TSV, with every row accounted for.

Arrow parses the file. Rows with a wrong number of fields are collected, and quotes that never close are an error.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ...errors import shorten_list
from ..headerless import headerless_columns
from .raw_table import BrokenRow, Only, RawTable, select_columns
from .text_encoding import TextEncodingError, find_bad_byte

HEAD_BYTES = 1 << 20
MOST_COLUMNS = 2000
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCKS = (1 << 20, 1 << 26)
"""Bytes per block; the second is used if a row is longer than the first."""
_STREAM_BYTES = 1 << 23
_TEXT = pa.string()  # pandas makes it large_string, which Arrow would parse more slowly
_KINDS = {"number": pa.float64(), "integer": pa.int64(), "code": pa.dictionary(pa.int32(), pa.string())}
Kinds = Mapping[str, Literal["number", "integer", "code"]]
"""The kinds of columns that need not be read as text; a code is a text that many rows repeat."""


@dataclass(frozen=True)
class Dialect:
    """The format of one text file."""

    names: tuple[str, ...]
    separator: str
    encoding: str
    heading_lines: int  # 0 if there is no header and the columns follow from their number
    quoted: bool

    @property
    def read_options(self) -> dict[str, Any]:
        """Arrow's read options for this file."""
        return {"column_names": list(self.names), "skip_rows": self.heading_lines, "encoding": self.encoding}

    @property
    def parse_options(self) -> dict[str, Any]:
        """Arrow's parse options for this file."""
        return {
            "delimiter": self.separator,
            "quote_char": '"' if self.quoted else False,
            "newlines_in_values": self.quoted,
        }

    def convert_options(self, columns: Sequence[str], kinds: Kinds | None = None) -> "pyarrow.csv.ConvertOptions":
        """Return options to read these columns as text or as their kinds, with only empty fields as missing."""
        return pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(self.names, _TEXT)
            | {name: _KINDS[kind] for name, kind in (kinds or {}).items()},
            include_columns=list(columns),
            strings_can_be_null=True,
            null_values=[""],
        )


def sniff(path: Path, encoding: str = "utf-8") -> Dialect:
    """Detect the format of a text file from its first megabyte.

    Raises
    ------
    ValueError
        The file is empty, or its header has NUL bytes or too many columns.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), encoding)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")
    if not text.strip():
        raise ValueError("expected a header line; found an empty file")
    first = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    if "\0" in first:
        raise ValueError(
            "expected text; found NUL bytes in the first line (the file is not text, or UTF-16 without a byte order mark: "
            "pass encoding='utf-16-le')"
        )
    known = headerless_columns(first) if "\t" in first else None
    if known:
        return Dialect(known, "\t", encoding, heading_lines=0, quoted=False)
    by_default = "\t" if path.suffix.lower() == ".tsv" else ","
    headings = {separator: _heading(text, separator) for separator in dict.fromkeys((by_default, ",", "\t", ";", "|"))}
    separator = max(headings, key=lambda separator: len(headings[separator][0]))
    names, lines = headings[separator]
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"expected at most {MOST_COLUMNS:,} columns; found {len(names):,} columns")
    return Dialect(distinct_names(names), separator, encoding, lines, quoted=True)


def read_separated(
    path: Path,
    *,
    only: Only = None,
    encoding: str = "utf-8",
    kinds: Callable[[Sequence[str]], Kinds] = lambda _: {},
) -> RawTable:
    """Read a text file separated by commas, tabs, semicolons or bars; all columns are text.

    `kinds` chooses the kinds of columns by the names of all, which saves time and memory. If a value does not fit its
    kind, all columns are text.

    Raises
    ------
    ValueError
        The file cannot be read; the message says why.
    """
    dialect = sniff(path, encoding)
    columns = tuple(select_columns(dialect.names, only))
    read = columns or dialect.names[:1]
    chosen = {name: kind for name, kind in kinds(dialect.names).items() if name in read}
    with ThreadPoolExecutor(1) as executor:
        counting = executor.submit(_count_lines, path)
        table, broken = _parse_lines(path, dialect, read, chosen), list[BrokenRow]()
    if table is None or table.num_rows != counting.result() - dialect.heading_lines:
        table, broken = _parse(path, dialect, read)
        if dialect.quoted and table.num_rows + len(broken) != counting.result() - dialect.heading_lines:
            whole = table if columns == dialect.names else _parse(path, dialect, dialect.names)[0]
            _refuse_open_quotes(path, dialect, [whole])
            del whole
    rows, arrays = table.num_rows, {name: table[name] for name in columns}
    del table
    return RawTable(_to_pandas(rows, arrays), tuple(broken), path.name, is_text=True)


def stream_separated(path: Path, dialect: Dialect, columns: Sequence[str]) -> Iterator[RawTable]:
    """Yield a text file in blocks, otherwise like `read_separated`; broken rows have no numbers.

    Raises
    ------
    ValueError
        The file cannot be read; the message says why. Quotes that never close are only found at the end.
    """
    if dialect.heading_lines and not _has_rows(path, dialect):
        return
    rows = 0
    for block in _stream(path, dialect, columns):
        rows += len(block.frame) + len(block.broken)
        yield block
    if dialect.quoted and rows != _count_lines(path) - dialect.heading_lines:
        _refuse_open_quotes(path, dialect, (_to_arrow(block) for block in _stream(path, dialect, dialect.names)))


def _stream(path: Path, dialect: Dialect, columns: Sequence[str]) -> Iterator[RawTable]:
    done, broken, handler = 0, list[BrokenRow](), None
    while True:
        parse = pyarrow.csv.ParseOptions(invalid_row_handler=handler, **dialect.parse_options)
        read = pyarrow.csv.ReadOptions(block_size=_STREAM_BYTES, **dialect.read_options)
        try:
            with pyarrow.csv.open_csv(path, read, parse, dialect.convert_options(columns)) as reader:
                for number, batch in enumerate(reader):
                    if number < done:  # already yielded before the first broken row was found
                        continue
                    done, seen = number + 1, tuple(broken)
                    del broken[: len(seen)]
                    arrays = {name: pa.chunked_array([batch[name]]) for name in columns}
                    yield RawTable(_to_pandas(len(batch), arrays), seen, path.name, is_text=True)
                if broken:
                    table = pd.DataFrame(columns=list(columns), dtype=pd.StringDtype("pyarrow"))
                    yield RawTable(table, tuple(broken), path.name, is_text=True)
                return
        except (pa.ArrowInvalid, UnicodeError) as fault:
            if handler is not None or not _is_row_length_error(fault):
                raise _explain_fault(fault, path, dialect) from fault
            handler = _collect_broken_rows(path, dialect, broken)


def _is_row_length_error(fault: Exception) -> bool:
    return "Expected" in str(fault) and "columns, got" in str(fault)


def _collect_broken_rows(path: Path, dialect: Dialect, broken: list[BrokenRow]) -> Callable[[Any], str]:
    """Return the handler that Arrow calls for each row with a wrong number of fields; it needs text that can be decoded."""
    if find_bad_byte(path, dialect.encoding) is not None:
        raise TextEncodingError(path, dialect.encoding)

    def handler(row: Any) -> str:
        number = 0 if row.number is None else row.number - dialect.heading_lines
        broken.append(BrokenRow(number, row.text, row.actual_columns, row.expected_columns))
        return "skip"

    return handler


def _to_arrow(table: RawTable) -> pa.Table:
    return pa.table({name: pa.array(table.frame[name].array) for name in table.frame})


def _to_pandas(rows: int, arrays: dict[str, pa.ChunkedArray]) -> pd.DataFrame:
    """Return columns as a table, and take them out of `arrays`, which frees their memory; texts are not copied."""
    converted = {name: _column(arrays.pop(name)) for name in list(arrays)}
    return pd.DataFrame(converted, index=pd.RangeIndex(rows), copy=False)


def _column(values: pa.ChunkedArray) -> Any:
    if pa.types.is_dictionary(values.type):
        texts = values.unify_dictionaries().combine_chunks()
        codes = texts.indices.fill_null(len(texts.dictionary)).to_numpy(zero_copy_only=False)
        shared = np.array([*texts.dictionary.to_pylist(), None], dtype=object).take(codes)
        return pd.Series(shared, dtype=object, copy=False)  # pandas would make it a column of strings
    if values.type != _TEXT:
        return values.to_numpy()
    text: Any = pd.StringDtype("pyarrow")
    return text.__from_arrow__(values)


def _parse_lines(path: Path, dialect: Dialect, columns: Sequence[str], kinds: Kinds) -> pa.Table | None:
    """Parse a text file with one row per line, which takes half as long; return None if that fails.

    The result is right if there are as many rows as lines, because then no value contains a line break.
    """
    read = pyarrow.csv.ReadOptions(block_size=_BLOCKS[0], **dialect.read_options)
    parse = pyarrow.csv.ParseOptions(**(dialect.parse_options | {"newlines_in_values": False}))
    try:
        return pyarrow.csv.read_csv(path, read, parse, dialect.convert_options(columns, kinds))
    except (pa.ArrowInvalid, UnicodeError):
        return _parse_lines(path, dialect, columns, {}) if kinds else None  # the slower parser reports the error


def _parse(path: Path, dialect: Dialect, columns: Sequence[str]) -> tuple[pa.Table, list[BrokenRow]]:
    if dialect.heading_lines and not _has_rows(path, dialect):
        return pa.table({name: pa.array([], _TEXT) for name in columns}), []
    broken: list[BrokenRow] = []
    threads, block, handler = True, _BLOCKS[0], None
    while True:
        broken.clear()
        read = pyarrow.csv.ReadOptions(use_threads=threads, block_size=block, **dialect.read_options)
        parse = pyarrow.csv.ParseOptions(invalid_row_handler=handler, **dialect.parse_options)
        try:
            return pyarrow.csv.read_csv(path, read, parse, dialect.convert_options(columns)), broken
        except (pa.ArrowInvalid, UnicodeError) as fault:
            if "straddling" in str(fault) and block < _BLOCKS[1]:
                block = _BLOCKS[1]
            elif _is_row_length_error(fault) and handler is None:
                # rows have numbers only if parsed in order
                threads, handler = False, _collect_broken_rows(path, dialect, broken)
            else:
                raise _explain_fault(fault, path, dialect) from fault


def _explain_fault(fault: Exception, path: Path, dialect: Dialect) -> ValueError:
    text = str(fault)
    if isinstance(fault, UnicodeError) or "UTF8" in text:
        return TextEncodingError(path, dialect.encoding)
    if "straddling" in text:
        return ValueError(
            f"expected rows of at most {_BLOCKS[1] >> 20} MB; found a longer one (a quote may be missing)"
        )
    return ValueError(text)


def _has_rows(path: Path, dialect: Dialect) -> bool:
    """Return whether there is any row below the header."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES + 1)
    if len(head) > HEAD_BYTES:
        return True
    lines = io.StringIO(head.decode(dialect.encoding, "replace").removeprefix("\ufeff"), newline=None).readlines()
    return any(line.strip("\n") for line in lines[dialect.heading_lines :])


def _heading(text: str, separator: str) -> tuple[list[str], int]:
    """Return the names in the first non-blank line, and the number of lines through the header."""
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator)
    try:
        names = next((row for row in reader if row), [])
    except csv.Error as fault:
        raise ValueError(f"expected a header line; found one that cannot be parsed ({fault})") from fault
    return names, reader.line_num


def distinct_names(names: Sequence[str]) -> tuple[str, ...]:
    """Make column names distinct, as pandas does: a second ``x`` becomes ``x.1``; blank names become numbers."""
    distinct: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        base = name.strip() or f"unnamed {number}"
        unused, suffix = base, 0
        while unused in distinct:
            suffix += 1
            unused = f"{base}.{suffix}"
        distinct[unused] = None
    return tuple(distinct)


def _count_lines(path: Path) -> int:
    """Count the lines of a file; the last needs no line end."""
    buffer = np.empty(1 << 18, dtype=np.uint8)  # small enough for the processor's cache
    lines, last = 0, ord("\n")
    with path.open("rb", buffering=0) as file:
        while filled := file.readinto(buffer):  # type: ignore[arg-type]
            lines += int(np.count_nonzero(buffer[:filled] == ord("\n")))
            last = buffer[filled - 1]
    return lines + int(last != ord("\n"))


def _refuse_open_quotes(path: Path, dialect: Dialect, tables: Iterable[pa.Table]) -> None:
    """Raise ValueError if a quote that never closes swallows the rows below it.

    More lines than rows may only mean that values contain line breaks. Only a value with a line break and a quote, or the
    last value, can have swallowed a row, and only then is the file parsed again, slowly.
    """
    suspicious, last = False, None
    for table in tables:
        suspicious = suspicious or any(_has_break_and_quote(column) for column in table.columns)
        last = table[dialect.names[-1]][-1].as_py() if table.num_rows else last
    if not suspicious and "\n" not in (last or ""):
        return
    faults: list[str] = []
    with path.open(encoding=dialect.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=dialect.separator, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                next(reader)
            except StopIteration:
                break
            except csv.Error as fault:
                faults.append(f"line {line} ({fault})")
    if faults:
        raise ValueError(
            f"expected every quote to close; found quotes that do not close in {shorten_list(faults)}, which may swallow the rows below"
        )


def _has_break_and_quote(texts: pa.ChunkedArray) -> bool:
    both = pc.and_(pc.match_substring(texts, "\n"), pc.match_substring(texts, '"'))
    return bool(pc.any(both).as_py())
