"""docs/architecture.md against the code: the tree it shows, and the table of where a behavior is found."""

import re
import tomllib
from pathlib import Path

import pytest

import protestspread as ps

SOURCE = Path(ps.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
BEHAVIORS = re.findall(r"^\| ([^|]+) \| `([^`]+)` \| `([^`]+)` \|$", TEXT, flags=re.MULTILINE)
TREE = re.search(r"```\nsrc/protestspread/\n(.*?)```", TEXT, flags=re.DOTALL)[1]


def test_the_table_has_ten_behaviors_or_more():
    assert len(BEHAVIORS) >= 10
    assert len({file for _, file, _ in BEHAVIORS}) == len(BEHAVIORS)


@pytest.mark.parametrize(("behavior", "file", "name"), BEHAVIORS)
def test_the_file_exists_and_defines_the_name(behavior, file, name):
    code = (SOURCE / file).read_text(encoding="utf-8")
    assert name in code if file.endswith(".json") else re.search(rf"^(?:def|class) {name}\b", code, flags=re.MULTILINE)


def test_every_file_and_folder_of_the_tree_exists():
    names = re.findall(r"(?<![\w./-])[\w.]+(?:/|\.pyi?\b)", TREE)
    assert len(names) > 50
    assert not [name for name in names if not any(SOURCE.rglob(name.rstrip("/")))]


def test_every_folder_and_file_of_the_top_stands_in_the_tree():
    top = [path for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert not [path.name for path in top if path.name != "__init__.py" and path.name not in TREE]


def test_the_picture_shows_the_layers_of_the_contract():
    config = tomllib.loads((PAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    drawn = re.findall(r">([\w]+)/?</text>", (PAGE.parent / "images" / "floors.svg").read_text(encoding="utf-8"))
    assert sorted(drawn) == sorted(name for layer in layers for name in re.split(r" [|:] ", layer))


def test_the_recipes_of_contributing_name_files_that_exist():
    recipes = (PAGE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Recipes")[1]
    paths = re.findall(r"`((?:src|tests|docs)/[\w./-]+)`", recipes)
    assert len(paths) > 15
    assert not [path for path in paths if not (PAGE.parents[1] / path).exists()]
