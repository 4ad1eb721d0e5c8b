"""Where commands write: by the ending, never over an input, never over another file without --force."""

import xml.dom.minidom
from pathlib import Path

import pytest
import shapely
import typer
from PIL import Image

import protestspread as ps
from protestspread.cli.targets import FILMS, PAGES, PICTURES, SpreadOutput, check_target

ENDINGS = PAGES + PICTURES + FILMS


def refused(out, *inputs, force=False, endings=ENDINGS):
    with pytest.raises(typer.BadParameter) as told:
        check_target(Path(out), [Path(path) for path in inputs], force=force, endings=endings)
    return str(told.value)


def test_a_new_file_of_a_known_kind_is_accepted(tmp_path):
    for ending in (*ENDINGS, ".HTML"):
        check_target(tmp_path / f"new/folder/map{ending}", [], force=False, endings=ENDINGS)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["map.csv", "map", "map.jpg", "map.html.exe"])
def test_other_endings_are_refused(tmp_path, name):
    assert "must end in .html, .htm, .png, .svg, .pdf, .gif, .mp4 or .webp" in refused(tmp_path / name)


def test_no_input_is_replaced_even_with_force(tmp_path):
    events = tmp_path / "map.html"
    events.write_text("date")
    (tmp_path / "link.html").symlink_to(events)
    for out in (events, tmp_path / "link.html", tmp_path / "x" / ".." / "map.html"):
        (tmp_path / "x").mkdir(exist_ok=True)
        assert "is an input file" in refused(out, events, force=True)


def test_another_file_is_replaced_only_with_force(tmp_path):
    old = tmp_path / "map.html"
    old.write_text("old")
    assert "exists; choose another name, or add --force to replace it" in refused(old)
    check_target(old, [], force=True, endings=ENDINGS)
    assert old.read_text() == "old"


def test_what_is_not_the_name_of_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.html").mkdir()
    assert "is a folder" in refused("")
    assert "is a folder" in refused(tmp_path / "folder.html")
    assert "is a file, so" in refused(tmp_path / "file" / "map.html")
    assert "is not the name of a file" in refused(tmp_path / "a\0.html")
    assert "is not the name of a file" in refused(tmp_path / ("a" * 300 + ".html"))


@pytest.fixture(scope="module")
def spread():
    import geopandas as gpd
    import pandas as pd

    regions = gpd.GeoDataFrame(
        {"name": ["West", "East"]}, index=pd.Index(["W", "E"], name="region_id"),
        geometry=[shapely.box(0, 40, 2, 42), shapely.box(2, 40, 4, 42)], crs=4326,
    )  # fmt: skip
    dates = pd.date_range("2022-01-01", periods=3, name="date")
    panel = pd.DataFrame({"W": [0, 2, 1], "E": [0, 0, 1]}, index=dates)
    ps.check_panel(panel)
    return SpreadOutput(panel, regions, "A title", "A credit", "en", {"context": None}, {"engine": "canvas"})


@pytest.mark.long
@pytest.mark.parametrize("ending", ENDINGS)
def test_the_ending_decides_what_is_written(spread, tmp_path, ending):
    out = tmp_path / f"map{ending}"
    spread.write(out)
    if ending in PAGES:
        assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    elif ending == ".svg":
        xml.dom.minidom.parse(str(out))  # noqa: S318 - our own file
    elif ending == ".pdf":
        assert out.read_bytes().startswith(b"%PDF")
    elif ending == ".mp4":
        assert out.read_bytes()[4:8] == b"ftyp"
    else:
        with Image.open(out) as image:
            assert getattr(image, "n_frames", 1) == (1 if ending == ".png" else 3)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
