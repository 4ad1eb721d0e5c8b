"""Layers and limits of the code: what may import what, and how long files, folders and signatures may be."""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import protestspread as ps

SOURCE = Path(ps.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
CONTRACTS = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
MAY_DRAW = {"pictures", "cli", "demo"}

MOST_LINES, MOST_FILES, MOST_PARAMETERS = 400, 14, 6
CIRCLES = {  # known, to be cut: a result imports what draws it when it is drawn; two pairs of files know each other
    frozenset({"graphs.conversion", "graphs.diffusion", "graphs.files"}),
    frozenset({"pictures.spread_map.folium_map", "pictures.spread_map.open_page"}),
}
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


def test_no_other_circles_of_imports_than_the_known_ones():
    import grimp

    graph = grimp.build_graph("protestspread")
    found = {frozenset(module.removeprefix("protestspread.") for module in group) for group in circles(graph)}
    assert found == CIRCLES


def circles(graph):
    """Modules that reach one another, in groups of two or more."""
    reaches = {module: graph.find_downstream_modules(module) for module in graph.modules}
    for module in graph.modules:
        group = {other for other in reaches[module] if module in reaches[other]}
        if group:
            yield group | {module}


def test_a_result_imports_what_draws_it_only_when_it_is_drawn():
    """The one import upwards, which no linter sees: `Result.plot`. It makes the third circle."""
    lazy = [path for path in MODULES if "import_module(" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(SOURCE).as_posix() for path in lazy] == ["results.py"]


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
