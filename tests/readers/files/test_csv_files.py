"""CSV and TSV in many variants: every row is accounted for, or an error says where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.readers.files.csv_files import sniff, stream_separated
from protestspread.readers.files.open import open_file, open_table
from protestspread.readers.headerless import GDELT


def write(folder, text, name="e.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("date,city\n2022-01-02,A\n", "e.csv"),
        ("date;city\n2022-01-02;A\n", "e.csv"),
        ("date\tcity\n2022-01-02\tA\n", "e.csv"),
        ("date\tcity\n2022-01-02\tA\n", "e.tsv"),
        ("date,city\n2022-01-02,A\n", "e.tsv"),
        ("date|city\r\n2022-01-02|A\r\n", "e.csv"),
        ("date,city\r2022-01-02,A", "e.csv"),
        ("\n\ndate , city\n\n2022-01-02,A\n\n", "e.csv"),
        ("\ufeffdate,city\n2022-01-02,A", "e.csv"),
        ('"date","city"\n"2022-01-02","A"\n', "e.csv"),
    ],
)
def test_separators_line_ends_and_marks(tmp_path, text, name):
    events = ps.read_events(write(tmp_path, text, name))
    assert (events["date"].iloc[0].isoformat()[:10], events["city"].tolist()) == ("2022-01-02", ["A"])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1251"])
def test_encodings_with_a_byte_order_mark_are_detected(tmp_path, encoding):
    path = write(tmp_path, "date,city\n2022-01-02,Жанаозен\n", encoding=encoding)
    if encoding == "cp1251":
        with pytest.raises(ps.FileError, match=r"e\.csv: expected a text table.*; found text that is not utf-8"):
            ps.read_events(path)
    assert ps.read_events(path, encoding="cp1251")["city"].tolist() == ["Жанаозен"]


def test_utf_16_without_a_byte_order_mark(tmp_path):
    with pytest.raises(ps.FileError, match="NUL bytes"):
        ps.read_events(write(tmp_path, "date,city\n2022-01-02,A\n", encoding="utf-16-le"))


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"", "an empty file"), (b"\n \n", "only blanks"), (b"a" * 2 + b",x" * 3000, "3,001 columns")],
)
def test_files_that_are_no_table(tmp_path, text, says):
    with pytest.raises(ps.FileError, match=says):
        ps.read_events(write(tmp_path, text))


@pytest.mark.parametrize("text", ["date,city", "date,city\n", "date,city\r\n\r\n"])
def test_a_heading_alone_is_a_table_without_events(tmp_path, text):
    assert len(ps.read_events(write(tmp_path, text))) == 0
    screening = ps.screen_events(write(tmp_path, text))
    assert (len(screening.events), len(screening.rejected), screening.rows) == (0, 0, 0)


def test_rows_with_a_wrong_number_of_fields_are_named_and_set_aside(tmp_path):
    path = write(tmp_path, "\ndate,city\n2022-01-02,A\n2022-01-03\n\n2022-01-04,C,x\n2022-01-05,D\n")
    with pytest.raises(
        ps.FileError, match=r"row 2: expected 2 fields; found 1[\s\S]*row 3: expected 2 fields; found 3"
    ):
        ps.read_events(path)
    screening = ps.screen_events(path)
    assert screening.events.index.tolist() == ["row 1", "row 4"]  # their row numbers in the file
    assert screening.rejected[["row", "reason", "text"]].to_numpy().tolist() == [
        [2, "expected 2 fields; found 1", "2022-01-03"],
        [3, "expected 2 fields; found 3", "2022-01-04,C,x"],
    ]


def test_a_broken_row_that_cannot_be_decoded(tmp_path):
    with pytest.raises(ps.FileError, match="not utf-8: byte 0xff in line 3"):
        ps.screen_events(write(tmp_path, b"date,city\n2022-01-02\n2022-01-02,\xff\xfe,x\n"))


@pytest.mark.parametrize(
    "text",
    [
        'date,city,note\n2022-01-02,A,"open\n2022-01-03,B,x\n2022-01-04,C,y\n',  # swallows all rows below
        'date,city,note,x\n2022-01-02,A,"open,1\n2022-01-03,B,"closed",1\n2022-01-04,C,"z",1\n',  # swallows one row, and the number of fields fits
        'date,city,note,x\n2022-01-02,A,"open,1\n2022-01-03,B,"closed",1\n2022-01-04,C,"z",1',  # and no end of the last line
        'date,note,city\n2022-01-02,"open\n2022-01-03,B,"C"\n2022-01-04,x,D\n',
    ],
)
def test_a_quote_that_swallows_rows_is_found(tmp_path, text):
    path = write(tmp_path, text)
    for only in (None, ["date", "city"]):
        try:
            opened = open_file(path, only=only)
        except ps.FileError as fault:
            assert "quotes that do not close" in str(fault)  # noqa: PT017 - one of two outcomes
        else:
            assert any("2022-01-03" in row.text for row in opened.broken)  # set aside with the rows that it swallowed


def test_line_breaks_and_quotes_in_values_are_no_fault(tmp_path):
    text = 'date,city,note\n2022-01-02,"A, B","one ""two""\nthree"\n2022-01-03,C,"\n"\n'
    events = ps.read_events(write(tmp_path, text))
    assert events["note"].tolist() == ['one "two"\nthree', "\n"]
    assert len(ps.read_events(write(tmp_path, text), only=["date", "city"])) == 2


def test_two_columns_with_the_same_name_are_both_kept(tmp_path):
    frame = open_table(write(tmp_path, "date,city,x,x,\n2022-01-02,A,1,2,3\n"))
    assert list(frame.columns) == ["date", "city", "x", "x.1", "unnamed 5"]


def test_a_row_longer_than_a_block(tmp_path):
    text = f'date,city,note\n2022-01-02,A,"{"x" * 3_000_000}"\n2022-01-03,B,y\n'
    assert ps.read_events(write(tmp_path, text))["note"].str.len().tolist() == [3_000_000, 1]


@pytest.mark.parametrize("columns", GDELT)
def test_headerless_gdelt_is_recognized_by_its_columns(tmp_path, columns):
    line = "\t".join(["123456789", "20220102", *["x"] * (columns - 2)]) + "\n"
    dialect = sniff(write(tmp_path, line * 2))
    assert dialect.names == GDELT[columns]
    assert len(set(dialect.names)) == columns
    assert not dialect.quoted
    assert sniff(write(tmp_path, line.replace("20220102", "date"))).quoted


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_written_csv_is_read_back_unchanged(tmp_path_factory, rows, separator):
    import csv

    path = tmp_path_factory.mktemp("csv") / "e.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow(["one", "two"])
        writer.writerows(rows)
    table = open_table(path)
    assert [
        tuple("" if cell is None else cell for cell in row)
        for row in table.astype(object).where(table.notna(), None).to_numpy()
    ] == rows
    dialect = sniff(path)
    streamed = list(stream_separated(path, dialect, dialect.names))
    assert sum(len(one.frame) for one in streamed) == len(rows)


def test_broken_rows_are_streamed_once(tmp_path, monkeypatch):
    monkeypatch.setattr("protestspread.readers.files.csv_files._STREAM_BYTES", 200)
    path = write(tmp_path, "date,city\n" + "2022-01-02,A\n" * 100 + "2022-01-03\n" + "2022-01-04,B\n" * 100)
    parts = list(stream_separated(path, sniff(path), ("date",)))
    assert sum(len(part.frame) for part in parts) == 200
    assert sum(len(part.broken) for part in parts) == 1
    assert len(parts) > 5
