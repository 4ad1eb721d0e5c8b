"""Random mutations of files of event data, each reproducible from its seed."""

import gzip
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"

NASTY = [
    "", " ", "\0", "nan", "NaN", "inf", "-inf", "1e308", "-1e308", "1e309", "1" * 400, "-0", "0x1F", "1_000", "１２", "1,5",
    "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "1699-12-31", "2200-01-01", "2022-02-30", "2022-13-45", "2022", "2022-01",
    "2022-01-02T25:61", "2022-01-02T10:00Z", "2022-01-02T10:00+25:99", "31 Foo 2022", "31-Jan-22", "99999999", "20220231", "1/2/2022",
    '=HYPERLINK("x")', "@SUM(A1)", "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "\u202e\u0000", "🜁" * 50,
    "x" * 70_000, '"', '""', 'a"b', "a\nb", "a\r\nb", "\t", ";", ",,,,", "[size=", "[size=[size=1]]", "crowd size=" * 200,
    "crowd size=between 1 and", "size=1e999", "tens of hundreds of thousands of millions", "true", "None", "null", "-999999", "180.0001", "90.0001", "-180",
]  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def flip_bytes(rng: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 10, 100])):
        if broken:
            broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def cut(rng: random.Random, data: bytes) -> bytes:
    if not data:
        return data
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    return rng.choice([data[:a], data[a:], data[:a] + data[b:], data[:b] + data[a:]])


def insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    what = rng.choice(
        [
            b"\0",
            b'"',
            b"\xff",
            b"\xc3",
            b"\xed\xa0\x80",
            b"\r",
            b"\n\n",
            b"\xef\xbb\xbf",
            b",",
            b"\t",
            rng.choice(NASTY).encode(),
        ]
    )
    return data[:at] + what * rng.choice([1, 1, 1, 3, 50]) + data[at:]


def other_encoding(rng: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(
        rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1251", "utf-7", "utf-8-sig", "cp037"]), "replace"
    )


def line_ends(rng: random.Random, data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(
        b"\n", rng.choice([b"\r", b"\r\n", b"\n\r", b"\x0b", "\u2028".encode(), b""])
    )


def _lines(data: bytes) -> list[list[bytes]]:
    separator = b"\t" if data.split(b"\n")[0].count(b"\t") > 5 else b","
    return [line.split(separator) for line in data.split(b"\n")]


def _joined(lines: list[list[bytes]], data: bytes, rng: random.Random) -> bytes:
    separator = b"\t" if data.split(b"\n")[0].count(b"\t") > 5 else b","
    return rng.choice([separator] * 9 + [b";"]).join([]) + b"\n".join(separator.join(line) for line in lines)


def drop_column(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines[0]))
    return _joined([line[:at] + line[at + 1 :] for line in lines], data, rng)


def rename_column(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines[0]))
    lines[0][at] = rng.choice(
        [*lines[0], b"", b" ", b"date", b"event_id", b"geometry", b"row", b"reason", b"city", b"DATE", b"longitude\0"]
    )
    return _joined(lines, data, rng)


def change_cell(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    for _ in range(rng.choice([1, 2, 5])):
        line = lines[rng.randrange(len(lines))]
        line[rng.randrange(len(line))] = rng.choice(NASTY).encode("utf-8", "surrogatepass")
    return _joined(lines, data, rng)


def change_column(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    at, value = rng.randrange(len(lines[0])), rng.choice(NASTY).encode()
    for line in lines[1:]:
        if at < len(line):
            line[at] = value
    return _joined(lines, data, rng)


def repeat_rows(rng: random.Random, data: bytes) -> bytes:
    head, _, body = data.partition(b"\n")
    return head + b"\n" + body * rng.choice([2, 3, 20])


def shuffle_rows(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


def ragged(rng: random.Random, data: bytes) -> bytes:
    lines = _lines(data)
    for _ in range(rng.choice([1, 3])):
        line = lines[rng.randrange(len(lines))]
        line += [b"x"] * rng.choice([1, 2, 5000]) if rng.random() < 0.5 else []
        del line[rng.randrange(len(line) + 1) :]
    return _joined(lines, data, rng)


def many_columns(rng: random.Random, data: bytes) -> bytes:
    return b"," * rng.choice([100, 1999, 2001, 50_000]) + data


def unbalanced_quotes(rng: random.Random, data: bytes) -> bytes:
    for _ in range(rng.choice([1, 2, 3])):
        data = rng.choice([_quote_after(rng, data, b","), _quote_after(rng, data, b"\n")])
    return data


def _quote_after(rng: random.Random, data: bytes, mark: bytes) -> bytes:
    places = [i for i in range(len(data)) if data[i : i + 1] == mark]
    at = rng.choice(places) + 1 if places else 0
    return data[:at] + b'"' + data[at:]


MUTATIONS: list[Mutation] = [
    flip_bytes, cut, insert, other_encoding, line_ends, drop_column, rename_column, change_cell, change_cell, change_cell, change_column,
    repeat_rows, shuffle_rows, ragged, many_columns, unbalanced_quotes,
]  # fmt: skip


def packed(rng: random.Random, data: bytes) -> tuple[bytes, str]:
    """Pack a file, and possibly damage the archive; return its bytes and its ending."""
    kind = rng.choice([".csv.gz", ".zip", ".zip", "bomb.csv.gz", "bomb.zip"])
    if kind.startswith("bomb"):
        data = b"date,city\n" + b"2022-01-01,A\n" * 200_000
    if kind.endswith(".gz"):
        whole = gzip.compress(data)
    else:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in rng.choice(
                [["e.csv"], ["e.csv"], ["../e.csv"], ["e.csv", "f.csv"], ["e.txt"], ["/abs/e.csv", "__MACOSX/e.csv"]]
            ):
                archive.writestr(name, data)
        whole = buffer.getvalue()
    if rng.random() < 0.5:
        whole = rng.choice([flip_bytes, cut])(rng, whole)
    return whole, kind.removeprefix("bomb")


def mutate(seed: int, originals: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """Return a broken file and its ending."""
    rng = random.Random(seed)  # noqa: S311
    ending, data = rng.choice(originals)
    if ending not in (".csv", ".tsv"):
        return rng.choice([flip_bytes, cut, insert, flip_bytes])(rng, data), ending
    for _ in range(rng.choice([1, 1, 2, 3])):
        data = rng.choice(MUTATIONS)(rng, data)
        if len(data) > 2_000_000:
            break
    if rng.random() < 0.05:
        return packed(rng, data)
    return data, rng.choice([ending] * 30 + [".tsv", ".geojson", ".parquet", ".xlsx", ".gpkg"])
