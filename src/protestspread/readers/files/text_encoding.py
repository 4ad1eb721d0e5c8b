"""Find the bytes that an encoding cannot decode, and an encoding that can."""

import codecs
from pathlib import Path
from typing import NamedTuple

_PROPOSED = ("utf-8", "cp1252", "latin-1")


class BadByte(NamedTuple):
    """The first byte that cannot be decoded, and its line, from 1."""

    byte: int
    line: int


class TextEncodingError(ValueError):
    """A text file is not in the encoding in which it was read; `fix` proposes another."""

    def __init__(self, path: Path, encoding: str) -> None:
        bad = find_bad_byte(path, encoding)
        where = "" if bad is None else f": byte 0x{bad.byte:02x} in line {bad.line:,} (row {max(bad.line - 1, 0):,})"
        super().__init__(f"text that is not {encoding}{where}")
        other = next(name for name in (*_PROPOSED, "") if not _is_same(name, encoding) and _reads(path, name))
        passing = f"pass its encoding, such as encoding={other!r}" if other else "pass its encoding"
        self.fix = f"{passing}, or save the file as UTF-8"


def find_bad_byte(path: Path, encoding: str) -> BadByte | None:
    """Return the first byte of a file that an encoding cannot decode, None if it decodes all."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            block = file.read(1 << 20)
            pending = decoder.getstate()[0]
            try:
                lines += decoder.decode(block, final=not block).count("\n")
            except UnicodeDecodeError as fault:
                given = fault.object
                before = given[: fault.start].decode(encoding, "ignore").count("\n")
                at = given[fault.start] if fault.start < len(given) else (pending or b"\0")[0]
                return BadByte(at, lines + before + 1)
            except UnicodeError:  # such as UTF-16 without a byte order mark
                return BadByte(block[0] if block else 0, lines + 1)
            if not block:
                return None


def _is_same(name: str, encoding: str) -> bool:
    return bool(name) and codecs.lookup(name).name == codecs.lookup(encoding).name


def _reads(path: Path, encoding: str) -> bool:
    return not encoding or find_bad_byte(path, encoding) is None
