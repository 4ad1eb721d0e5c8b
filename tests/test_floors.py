"""Layers and limits of the code: what may import what, and how long files, folders and signatures may be."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

import protestspread as ps

SOURCE = Path(ps.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
CONTRACTS = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
MAY_DRAW = {"pictures", "cli", "demo"}

MOST_LINES, MOST_FILES, MOST_PARAMETERS = 400, 14, 6
UPWARD = ("results", "pictures.figures.draw")  # the only import from a higher layer: a result is drawn when asked for
HEAVY = {"pandas", "geopandas", "networkx", "numba", "matplotlib", "folium", "libpysal", "numpy", "scipy", "shapely"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_imports_the_package_root(path):
    assert not [name for name in imports(path) if name.split(".")[0] == "protestspread"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_pictures_import_a_drawing_library(path):
    drawing = {name for name in imports(path) if name.split(".")[0] in {"matplotlib", "folium", "branca"}}
    assert not drawing or path.relative_to(SOURCE).parts[0].removesuffix(".py") in MAY_DRAW


def test_importing_the_package_loads_no_heavy_library():
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


def test_all_modules_that_may_not_draw_are_in_the_contract():
    (drawing,) = [contract for contract in CONTRACTS if contract["name"] == "Only pictures may draw"]
    modules = {
        f"protestspread.{path.stem}"
        for path in SOURCE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(drawing["source_modules"]) == modules - {f"protestspread.{name}" for name in MAY_DRAW} - {
        "protestspread.__init__"
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_a_folder_has_few_files():
    folders = [folder for folder in SOURCE.rglob("*") if folder.is_dir() and folder.name != "__pycache__"]
    counts = {
        str(folder): sum(file.is_file() and file.name != "__init__.py" for file in folder.iterdir())
        for folder in folders
    }
    assert not {name: count for name, count in counts.items() if count > MOST_FILES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_private_function_has_few_parameters(path):
    functions = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    ]
    private = [node for node in functions if node.name.startswith("_") and not node.name.startswith("__")]
    long = {node.name: count for node in private if (count := count_parameters(node)) > MOST_PARAMETERS}
    assert not long


def count_parameters(function):
    parameters = [
        argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    ]
    return len(parameters) - (parameters[:1] in (["self"], ["cls"]))


@pytest.mark.long
def test_no_class_name_is_defined_twice():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert not [name for name, count in names.items() if count > 1]


def module_name(path, source):
    parts = path.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path, source, modules):
    """Yield every module of the package that a file imports: inside functions too, for types, and by importlib.

    Packages above a module are left out: the package imports nothing (its names are loaded on first use).
    """
    package = path.relative_to(source).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = (*package[: len(package) - node.level + 1], *filter(None, [node.module])) if node.level else ()
            base = ".".join(base) if node.level else str(node.module).removeprefix("protestspread.")
            named = [f"{base}.{alias.name}".strip(".") for alias in node.names]
            yield from (name if name in modules else base for name in named)
        elif isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("protestspread.") for alias in node.names)
        elif isinstance(node, ast.Call) and (name := imported_by_call(node)) is not None:
            level = len(name) - len(name.lstrip("."))
            above = package[: len(package) - level + 1] if level else ()
            yield ".".join([*above, *filter(None, [name.lstrip(".").removeprefix("protestspread.")])])


def imported_by_call(call):
    """Return the module that a call imports: of ``import_module("x")``, ``importlib.import_module`` or ``__import__``."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    if name not in {"import_module", "__import__"}:
        return None
    assert call.args, ast.dump(call)
    assert isinstance(call.args[0], ast.Constant), f"a module that cannot be read from the code: {ast.unparse(call)}"
    return call.args[0].value


def walk(source):
    """Return the modules of a package, each with those that it imports."""
    paths = {module_name(path, source): path for path in sorted(source.rglob("*.py"))}
    graph = {name: set(imports_of(path, source, paths)) & set(paths) - {name, ""} for name, path in paths.items()}
    return {name: targets for name, targets in graph.items() if name}


def circles(graph):
    """Return the groups of two or more modules that reach one another."""
    names = list(graph)
    row = {name: number for number, name in enumerate(names)}
    ties = [(row[name], row[target]) for name, targets in graph.items() for target in targets]
    matrix = csr_array((np.ones(len(ties)), tuple(np.array(ties).reshape(-1, 2).T)), shape=(len(names), len(names)))
    count, label = connected_components(matrix, connection="strong")
    groups = [{names[i] for i in np.flatnonzero(label == number)} for number in range(count)]
    return [group for group in groups if len(group) > 1]


def test_there_is_no_circle_of_imports_but_through_the_one_import_upward():
    graph = walk(SOURCE)
    assert len(graph) > 150
    source, target = UPWARD
    assert target in graph[source]
    graph[source].remove(target)
    assert not circles(graph)


def test_the_one_import_upward_is_named_in_the_contracts():
    ignored = {line for contract in CONTRACTS for line in contract.get("ignore_imports", [])}
    assert ignored == {"protestspread.{} -> protestspread.{}".format(*UPWARD)}


@pytest.mark.parametrize(
    ("code", "circle"),
    [
        ("from .b import x", True),
        ("def f():\n    from .b import x", True),
        ("def f():\n    from . import b", True),
        ("def f():\n    from importlib import import_module\n    import_module('.b', __package__)", True),
        ("import importlib\nimportlib.import_module('protestspread.b')", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import x", True),
        ("from .c import x", False),
        ("import numpy.b", False),
    ],
)
def test_the_walk_finds_circles_however_they_are_made(tmp_path, code, circle):
    (tmp_path / "__init__.py").touch()
    (tmp_path / "a.py").write_text(code)
    (tmp_path / "b.py").write_text("from .a import y\n")
    (tmp_path / "c.py").touch()
    assert circles(walk(tmp_path)) == ([{"a", "b"}] if circle else [])


def test_the_top_level_of_the_repository_is_by_design():
    """A test that writes to the working directory leaves files here that would be committed."""
    root = SOURCE.parents[1]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    names = {name.split("/")[0] for name in listed.stdout.decode().split("\0") if name}
    if not names:
        pytest.skip("not a git repository")
    assert names == {
        ".ci", ".gitignore", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "NOTICE", "README.md",
        "benchmarks", "data", "docs", "hatch_build.py", "notebooks", "pyproject.toml", "src", "tests",
    }  # fmt: skip
