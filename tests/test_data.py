"""The shipped data: in the wheel as protestspread/data, in the sdist, and next to src/ in an editable install."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import protestspread as ps
from protestspread._data import data_folder

pytestmark = pytest.mark.long  # for `make quick`

ROOT = Path(__file__).parents[1]
DATA = {path.relative_to(ROOT / "data").as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """A wheel and an sdist; the wheel is built from the sdist, as for a package index."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return out


def test_the_data_are_found_here():
    for name in ("kazakhstan_2022", "george_floyd_2020", "sit_ins_1960"):
        assert (data_folder() / "cases" / name / "events.csv").is_file()


def test_licenses_and_credits_travel_with_the_data():
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    license_text = (data_folder() / "cases" / "george_floyd_2020" / "LICENSE_CCC.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2020 nonviolent-action-lab" in license_text
    assert " ".join(license_text.split()) in notice
    for name in ps.list_cases():
        assert ps.load_case(name).attribution in notice


def test_the_wheel_carries_the_data_the_templates_and_the_types(dist):
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"protestspread/data/{name}" for name in DATA} <= names
    assert {"protestspread/py.typed", "protestspread/__init__.pyi"} <= names
    licenses = {name.partition("/licenses/")[2] for name in names if ".dist-info/licenses/" in name}
    assert {"LICENSE", "NOTICE", "data/cases/george_floyd_2020/LICENSE_CCC.txt"} <= licenses
    source = {
        f"protestspread/{p.relative_to(ROOT / 'src' / 'protestspread').as_posix()}"
        for p in (ROOT / "src" / "protestspread").rglob("*.*")
    }
    assert {name for name in source if "__pycache__" not in name} <= names
    assert not [name for name in names if name.startswith(("tests/", "data/"))]


def test_the_sdist_carries_what_a_build_needs(dist):
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"data/{name}" for name in DATA} <= names
    assert {"pyproject.toml", "hatch_build.py", "LICENSE", "NOTICE", "README.md", "CHANGELOG.md"} <= names


@pytest.mark.long
def test_the_wheel_finds_its_own_data(dist, tmp_path):
    (wheel,) = dist.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "import protestspread as ps; from protestspread._data import data_folder; print(data_folder()); print(*[len(ps.load_case(name).events) for name in ps.list_cases()])"
    folder, *counts = run(
        sys.executable, "-c", code, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    ).split()
    assert Path(folder) == (tmp_path / "protestspread" / "data").resolve()
    assert counts == ["4860", "152", "81"]


def test_an_editable_install_has_no_copy_that_goes_stale(tmp_path):
    """Editable wheels point at the checkout: an edit of data/ is seen at once."""
    code = "import sys; from hatchling.build import build_editable; print(build_editable(sys.argv[1]))"
    name = run(sys.executable, "-c", code, tmp_path, cwd=ROOT).split()[-1]
    names = zipfile.ZipFile(tmp_path / name).namelist()
    assert not [name for name in names if "data/" in name and ".dist-info/licenses/" not in name]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_a_new_environment_elsewhere_runs_the_demo(dist, tmp_path, kind):
    python = tmp_path / "env" / "bin" / "python"
    venv.create(tmp_path / "env", with_pip=True)
    what = {"wheel": next(dist.glob("*.whl")), "sdist": next(dist.glob("*.tar.gz")), "editable": ROOT}[kind]
    run(python, "-m", "pip", "install", "--quiet", *(["--editable"] if kind == "editable" else []), what)
    text = run(python.with_name("protestspread"), "demo", "--out", tmp_path / "out", cwd=tmp_path)
    assert "2 Jan 2022" in text
    assert {"spread.gif", "spread_map.html", "panel.csv"} <= {path.name for path in (tmp_path / "out").iterdir()}
