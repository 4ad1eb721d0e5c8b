"""Find the data shipped with the library: inside the package in a wheel, next to ``src/`` in a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder that holds ``regions/`` and ``cases/``.

    Raises
    ------
    FileNotFoundError
        The installation has no data; reinstall it.
    """
    for folder in (_HERE / "data", _HERE.parents[1] / "data"):
        if (folder / "cases").is_dir() and (folder / "regions").is_dir():
            return folder
    raise FileNotFoundError(f"no data/ folder in {_HERE} or {_HERE.parents[1]}; reinstall protestspread")
