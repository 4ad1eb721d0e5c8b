"""Find the data that travel with the library: in a wheel beside the code, in a checkout beside ``src/``."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder that holds ``regions/`` and ``cases/``.

    Raises
    ------
    FileNotFoundError
        The installation has lost its data; reinstalling brings them back.
    """
    for folder in (_HERE / "data", _HERE.parents[1] / "data"):
        if (folder / "cases").is_dir() and (folder / "regions").is_dir():
            return folder
    raise FileNotFoundError(f"no data/ beside {_HERE} or {_HERE.parent}; reinstall protestspread")
