"""One progress bar for all that takes over a second; quiet where nobody watches."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def progress(steps: Iterable[T], what: str, *, total: int | None = None) -> Iterator[T]:
    """Pass `steps` on and show how far they are, once they have taken over a second, on a terminal or in a notebook.

    In a pipeline (standard error is not a terminal and no notebook runs) nothing is written.

    Examples
    --------
    >>> sum(progress([1, 2, 3], "adding"))
    6
    """
    from importlib.util import find_spec  # noqa: TID251 - asks whether widgets are there, imports nothing

    notebook = "ipykernel" in sys.modules
    if notebook and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:  # tqdm.auto would warn about widgets that nobody asked for
        from tqdm.std import tqdm
    watched = notebook or sys.stderr.isatty()
    yield from tqdm(steps, desc=what, total=total, delay=1.0, leave=False, disable=not watched)
