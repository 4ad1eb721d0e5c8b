import errno
import os
from pathlib import Path

import pandas as pd
import pytest

import protestspread as ps
from protestspread.atomic_files import atomic_path, file_path, write_csv
from protestspread.errors import FileError


def write(path, text="new"):
    with atomic_path(path) as partial:
        partial.write_text(text)


def test_a_file_is_complete_or_absent(tmp_path):
    path = tmp_path / "new" / "x.txt"
    with pytest.raises(RuntimeError), atomic_path(path) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert list(path.parent.iterdir()) == []
    with atomic_path(path) as partial:
        partial.write_text("whole")
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_text_that_looks_like_a_formula_is_escaped(tmp_path):
    frame = pd.DataFrame(
        {"note": ["=HYPERLINK(1)", "+7", "@x", "-1", "fine"], "n": [-1, -2, 3, 4, 5]},
        index=pd.Index(["=a", "b", "c", "d", "e"], name="city"),
    )
    write_csv(frame, tmp_path / "t.csv")
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["city,note,n", "'=a,'=HYPERLINK(1),-1", "b,'+7,-2", "c,'@x,3", "d,'-1,4", "e,fine,5"]
    assert frame.index[0] == "=a"


# targets that cannot be written


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "maps").mkdir()
    with pytest.raises(FileError, match=r"maps cannot be written: is a directory\nFix: add the name of a file"):
        write(tmp_path / "maps")
    assert list(tmp_path.iterdir()) == [tmp_path / "maps"]


def test_a_path_below_a_file(tmp_path):
    (tmp_path / "events.csv").write_text("old")
    with pytest.raises(FileError, match="a part of it is a file"):
        write(tmp_path / "events.csv" / "map.html")
    assert (tmp_path / "events.csv").read_text() == "old"


def test_a_name_that_is_too_long(tmp_path):
    with pytest.raises(FileError, match="choose a shorter name"):
        write(tmp_path / ("a" * 300 + ".html"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["", " ", "a\0b.html", "\ud800.html", None, 3, b"map.html", ["map.html"]])
def test_what_is_no_path(path):
    with pytest.raises(FileError, match=r"^path must be "):
        write(path)
    with pytest.raises(FileError, match=r"^outfile must be "):
        file_path(path, "outfile")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="allow writing there"):
        write(tmp_path / "map.html")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("number", "fix"),
    [(errno.ENOSPC, "free space on the disk"), (errno.EACCES, "allow writing"), (errno.EIO, "check the path")],
)
def test_an_error_of_the_system_leaves_the_old_file_and_nothing_else(tmp_path, number, fix):
    path = tmp_path / "map.html"
    path.write_text("old")
    with pytest.raises(FileError, match=rf"map\.html cannot be written: .*\nFix: {fix}"), atomic_path(path) as partial:
        partial.write_text("half")
        raise OSError(number, os.strerror(number))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_says_so():
    with pytest.raises(FileError, match="free space on the disk"):
        write("/dev/full", "x" * 10_000)


def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "map.html", tmp_path / "latest.html"
    target.write_text("old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert not target.is_symlink()
    assert [path.name for path in target.parent.iterdir()] == ["map.html"]


def test_a_link_to_nothing_yet_makes_its_target(tmp_path):
    link = tmp_path / "latest.html"
    link.symlink_to(tmp_path / "new" / "map.html")
    write(link)
    assert (tmp_path / "new" / "map.html").read_text() == "new"
    assert link.is_symlink()


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    write("/dev/null")
    assert Path("/dev/null").is_char_device()
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write(tmp_path / "pipe")
    assert os.read(reader, 10) == b"new"
    os.close(reader)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("save", ["graph", "map", "film", "events"])
def test_everything_that_is_saved_refuses_a_folder(case, panel, tmp_path, save):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"]).iloc[:2]
    target = tmp_path / {"graph": "a.parquet", "map": "a.html", "film": "a.gif", "events": "b.parquet"}[save]
    saved = {
        "graph": lambda: ps.nearest_graph(case.cities, k=1).save(target),
        "map": lambda: ps.spread_map(by_region, case.regions, engine="canvas").save(target),
        "film": lambda: ps.animate_spread(by_region, case.regions, size=(400, 300)).save(target / "x" / "a.gif"),
        "events": lambda: ps.write_events(case.events, target),
    }
    if save == "film":
        target.write_text("a file")
    else:
        target.mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        saved[save]()
    assert list(tmp_path.iterdir()) == [target]
