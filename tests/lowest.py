"""Print the lowest version of every dependency that pyproject.toml admits, as pip constraints."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
print(*(dependency.replace(">=", "==") for dependency in project["dependencies"]), sep="\n")
