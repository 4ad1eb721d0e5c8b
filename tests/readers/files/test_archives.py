import gzip
import io
import zipfile

import pytest

import protestspread as ps
from protestspread.readers.files import archives

TEXT = b"date,city\n2022-01-02,A\n"


def zipped(folder, members, name="e.zip"):
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def test_gzip(tmp_path):
    path = tmp_path / "e.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    assert ps.read_events(path)["city"].tolist() == ["A"]


@pytest.mark.parametrize("name", ["e.csv", "20220102.export.CSV", "folder/e.csv", "../../e.csv", "/etc/e.csv"])
def test_zip_with_one_table_of_any_name(tmp_path, name):
    path = zipped(tmp_path, {name: TEXT, "__MACOSX/e.csv": b"junk", "readme.txt": b"read me"})
    assert ps.read_events(path)["city"].tolist() == ["A"]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["e.zip"]  # no other file remains


def test_a_zipped_shapefile(tmp_path, case):
    folder = tmp_path / "shp"
    folder.mkdir()
    case.events.head(4)[["date", "city", "geometry"]].reset_index().assign(
        date=lambda e: e["date"].dt.strftime("%F")
    ).to_file(folder / "e.shp")
    path = zipped(tmp_path, {p.name: p.read_bytes() for p in folder.iterdir()})
    assert ps.read_events(path).index.tolist() == case.events.index[:4].tolist()


def test_zips_that_are_refused(tmp_path):
    with pytest.raises(ps.FileError, match=r"found 2: a\.csv, b\.csv"):
        ps.read_events(zipped(tmp_path, {"a.csv": TEXT, "b.csv": TEXT}))
    with pytest.raises(ps.FileError, match=r"found none: a\.pdf"):
        ps.read_events(zipped(tmp_path, {"a.pdf": TEXT}))
    with pytest.raises(ps.FileError, match=r"e\.gz: expected the ending of a table before .gz; found ''"):
        (tmp_path / "e.gz").write_bytes(gzip.compress(TEXT))
        ps.read_events(tmp_path / "e.gz")
    with pytest.raises(ps.FileError, match="truncated or damaged"):
        (tmp_path / "e.zip").write_bytes(b"PK\x03\x04nonsense")
        ps.read_events(tmp_path / "e.zip")
    with pytest.raises(ps.FileError, match=r"e\.csv\.gz: expected a gzip file; found a truncated"):
        (tmp_path / "e.csv.gz").write_bytes(gzip.compress(TEXT)[:-9])
        ps.read_events(tmp_path / "e.csv.gz")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_bombs_are_not_unpacked(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 20)
    bomb = b"date,city\n" + b"0" * (20 << 20)
    if kind == "gz":
        path = tmp_path / "e.csv.gz"
        path.write_bytes(gzip.compress(bomb))
    else:
        path = zipped(tmp_path, {"e.csv": bomb})
    with pytest.raises(ps.FileError, match="expected at most"):
        ps.read_events(path)


def test_a_zip_with_a_wrong_size_in_its_header(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 1 << 20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("e.csv", b"0" * (20 << 20))
    raw = buffer.getvalue().replace((20 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "e.zip").write_bytes(raw)
    with pytest.raises(ps.FileError):
        ps.read_events(tmp_path / "e.zip")
