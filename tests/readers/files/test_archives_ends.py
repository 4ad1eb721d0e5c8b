"""The limits on unpacked size: the last byte accepted, and the first refused."""

import gzip
import io
import zipfile

import pytest

import protestspread as ps
from protestspread.readers.files import archives

HEAD = b"date,city,note\n2022-01-02,A,"
REFUSED = "as in a zip bomb"


def table(size):
    """Return a table of `size` bytes."""
    return HEAD + b"x" * (size - len(HEAD) - 1) + b"\n"


def packed(path, content, size):
    """Pack a table into an archive of `size` bytes: zeros after a gzip, a comment in a zip."""
    if path.suffix == ".gz":
        raw = gzip.compress(content)
        path.write_bytes(raw + bytes(size - len(raw)))
    else:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("e.csv", content)
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.comment = bytes(size - len(buffer.getvalue()))
        path.write_bytes(buffer.getvalue())
    assert path.stat().st_size == size
    return path


@pytest.fixture(params=["e.csv.gz", "e.zip"])
def path(request, tmp_path):
    return tmp_path / request.param


def test_at_most_200_times_its_own_size(path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 0)
    assert ps.read_events(packed(path, table(400_000), 2_000))["city"].tolist() == ["A"]
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(packed(path, table(400_001), 2_000))
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(packed(path, table(400_000), 1_999))


def test_small_tables_have_no_limit_on_the_ratio(path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL_BYTES", 300_000)
    assert len(ps.read_events(packed(path, table(300_000), 1_000))) == 1  # 300 times
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(packed(path, table(300_001), 1_000))


def test_every_archive_has_a_limit(path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 50_000)
    assert len(ps.read_events(packed(path, table(50_000), 10_000))) == 1
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(packed(path, table(50_001), 10_000))


def test_small_ends_at_100_mib(tmp_path):
    """Zeros are no table, but this is only detected after unpacking."""
    path, most = tmp_path / "e.csv.gz", 100 * 2**20
    path.write_bytes(gzip.compress(bytes(most), 1))
    assert 200 * path.stat().st_size < 200 * 2**20
    with pytest.raises(ps.FileError) as caught:
        ps.read_events(path)
    assert REFUSED not in str(caught.value)
    path.write_bytes(gzip.compress(bytes(most + 1), 1))
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(path)


def test_all_files_of_a_zip_count_together(tmp_path, monkeypatch):
    """A shapefile is several files."""
    monkeypatch.setattr(archives, "SMALL_BYTES", 300_000)
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("e.shp", bytes(200_000))
        archive.writestr("e.dbf", bytes(100_001))
    with pytest.raises(ps.FileError, match=REFUSED):
        ps.read_events(path)
