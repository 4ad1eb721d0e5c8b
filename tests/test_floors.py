"""The plan of the house, held by the machine: what may import what, and what the front door leaves outside."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import protestspread as ps

SOURCE = Path(ps.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"pandas", "geopandas", "networkx", "numba", "matplotlib", "folium", "libpysal", "numpy", "scipy", "shapely"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_goes_through_the_front_door(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "protestspread"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_pictures_import_a_drawing_library(path):
    drawing = {name for name in imports(path) if name.split(".")[0] in {"matplotlib", "folium", "branca"}}
    assert not drawing or path.is_relative_to(SOURCE / "pictures") or path.name == "cli.py"


def test_the_front_door_leaves_heavy_libraries_outside():
    code = "import sys, protestspread as ps; dir(ps); print(*{name.split('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert not loaded & HEAVY


def test_every_name_in_the_index_leads_somewhere():
    index = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    names = [alias.asname for node in index.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert len(names) == len(set(names)) > 30
    for name in names:
        assert getattr(ps, name) is not None
    assert set(names) <= set(dir(ps))


def test_every_public_function_and_class_says_what_it_does():
    undocumented = [
        name for name in ps.__all__ if callable(getattr(ps, name)) and not (getattr(ps, name).__doc__ or "").strip()
    ]
    assert not undocumented


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="knox"):
        _ = ps.knox
