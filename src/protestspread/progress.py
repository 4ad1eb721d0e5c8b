"""Progress bars for work that takes over a second, shown only on terminals and in notebooks."""

import os
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def progress(steps: Iterable[T], what: str, *, total: int | None = None) -> Iterator[T]:
    """Iterate over ``steps`` with a progress bar, shown after one second on a terminal or in a notebook.

    Elsewhere (standard error is not a terminal and no notebook runs), and where the environment variable TQDM_DISABLE is set,
    nothing is written.

    Examples
    --------
    >>> sum(progress([1, 2, 3], "adding"))
    6
    """
    from importlib.util import find_spec  # noqa: TID251 - checks whether widgets are installed, imports nothing

    notebook = "ipykernel" in sys.modules
    if notebook and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:  # tqdm.auto would warn that widgets are missing
        from tqdm.std import tqdm
    yield from tqdm(steps, desc=what, total=total, delay=1.0, leave=False, disable=not _visible())


def notice(sentence: str) -> None:
    """Write one line to standard error on a terminal or in a notebook, so that a user knows why work takes longer."""
    if _visible():
        sys.stderr.write(f"{sentence}\n")


def _visible() -> bool:
    if os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):
        return False
    return "ipykernel" in sys.modules or sys.stderr.isatty()
