"""Find columns by name, without regard to case, spaces, underscores, dots and dashes."""

import re
from collections.abc import Hashable, Iterable
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def squeeze_name(name: object) -> str:
    """Return a column name without case, spaces, underscores, dots and dashes.

    >>> squeeze_name("Size.Low"), squeeze_name(" size_low")
    ('sizelow', 'sizelow')
    """
    return re.sub(r"[\s_.\-]+", "", str(name)).casefold()


def find_name(names: Iterable[Name], wanted: str) -> Name | None:
    """Return the name that is equal to `wanted`, else the first that is equal but for case and marks, else None."""
    listed = list(names)
    exact = next((name for name in listed if name == wanted), None)
    if exact is not None:
        return exact
    squeezed = squeeze_name(wanted)
    return next((name for name in listed if squeeze_name(name) == squeezed), None)
