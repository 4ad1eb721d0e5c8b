"""docs/tutorials/spread_map.md: its examples run, and its keys and parts of the address are those of the page."""

import re
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import protestspread as ps

PAGE = (Path(__file__).parents[2] / "docs" / "tutorials" / "spread_map.md").read_text(encoding="utf-8")
TEMPLATES = Path(ps.__file__).parent / "pictures" / "spread_map" / "templates"
CELLS = re.findall(r"```\{code-cell\}\n(.*?)```", PAGE, re.DOTALL)


def rows(heading):
    """Return the first cells of the table below a heading, without their header."""
    table = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in table.splitlines() if line.startswith("| `")]


@pytest.mark.long
def test_each_example_runs_and_only_added_layers_give_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.mkdtemp", lambda: str(tmp_path))
    names = {}
    for cell in CELLS:
        code = "\n".join(line for line in cell.splitlines() if not line.startswith(":tags:"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            exec(compile(code, "spread_map.md", "exec"), names)  # noqa: S102 - the cells of our own page
        assert [warning.category for warning in caught] == [ps.DataWarning] * ("remove-stderr" in cell)
    plt.close("all")
    written = {path.suffix for path in tmp_path.iterdir() if path.stat().st_size > 10_000}
    assert written == {".html", ".png", ".gif"}


def test_each_part_of_the_address_is_read_by_the_page():
    read = set(re.findall(r'hash\.get(?:All)?\("(\w+)"\)', (TEMPLATES / "state.js").read_text(encoding="utf-8")))
    assert {name for (name,) in rows("The address")} == read


def test_each_key_is_a_key_of_the_player():
    code = (
        (TEMPLATES / "panels" / "controls.js")
        .read_text(encoding="utf-8")
        .split("const act = {")[1]
        .split("}[event.key]")[0]
    )
    known = set(re.findall(r'^\s+"?([^":]+?)"?: \(\) =>', code, re.MULTILINE)) - {" "} | {"Space"}
    told = {key for keys in rows("Keys") for key in keys}
    assert known - told == {"=", "ArrowUp", "ArrowDown"}  # = is + without shift; up and down are for the slider
    assert told - known == {"Shift", "Ctrl"}
