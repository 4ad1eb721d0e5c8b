import pandas as pd
import pytest

from protestspread.atomic_files import atomic_path, write_csv


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
