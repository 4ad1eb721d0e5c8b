"""Errors and warnings.

::

    ProtestSpreadError (ValueError)
    ├── SchemaError        a table does not have the shape its name promises
    │   └── CRSError       ... because its coordinates are in the wrong system, or in none
    ├── DataError          the tables are well formed, but do not fit each other or the question
    ├── FitError           a likelihood was not maximized, so what depends on its maximum is not available
    └── FileError          a file cannot be read as what it was taken for

    ProtestSpreadWarning (UserWarning)
    ├── LostEventsWarning  events that a step could not use, by reason
    └── DataWarning        a result stands, but the reader should know something about it

Every message begins with the argument or column that is wrong, lists all faults at once, and ends with the fix.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any


class ProtestSpreadError(ValueError):
    """Base of all errors that this library raises about what it was given."""


class _FaultsError(ProtestSpreadError):
    """An error that lists all faults at once, and says how to fix them.

    The message begins with the argument or column that is wrong and ends with the fix. `fix` may be empty where `what`
    says what is needed: "within_km must be at least 0; got -5".
    """

    def __init__(self, what: str, faults: Sequence[str] = (), fix: str = "") -> None:
        self.faults = tuple(faults)
        self.fix = fix
        single, several = ": ".join([what, *faults]), [f"{what}:", *(f"  - {fault}" for fault in faults)]
        lines = several if len(faults) > 1 else [single]
        super().__init__("\n".join([*lines, f"Fix: {fix}"] if fix else lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), str(self), self.__dict__)  # so that it comes back whole from a worker


def _again(kind: type[_FaultsError], message: str, state: dict[str, Any]) -> _FaultsError:
    error = kind.__new__(kind, message)
    error.__dict__.update(state)
    return error


class SchemaError(_FaultsError):
    """A table does not have the shape its name promises.

    Parameters
    ----------
    table
        What the table should have been ("events", "regions", ...).
    faults
        All that is wrong with it, one sentence each.
    fix
        What the caller can do about it.
    """

    def __init__(self, table: str, faults: Sequence[str], fix: str) -> None:
        self.table = table
        super().__init__(table if len(faults) == 1 else f"{table} has {len(faults)} faults", faults, fix)


class CRSError(SchemaError):
    """The coordinates of a table are in the wrong reference system, or in none that is known."""


class DataError(_FaultsError):
    """The tables are well formed, but do not fit each other, or not the question asked of them."""


class FitError(_FaultsError):
    """A likelihood was not maximized, so what depends on its maximum is not available."""


class FileError(_FaultsError):
    """A file cannot be read as what it was taken for."""


class ProtestSpreadWarning(UserWarning):
    """Base of all warnings of this library."""


class DataWarning(ProtestSpreadWarning):
    """A result stands, but its reader should know something about the data behind it."""


class LostEventsWarning(ProtestSpreadWarning):
    """Events that a step could not use.

    Attributes
    ----------
    lost
        Reason -> ids of the events lost for it.
    """

    def __init__(self, step: str, given: int, lost: Mapping[str, Sequence[Hashable]]) -> None:
        self.lost = {reason: list(ids) for reason, ids in lost.items()}
        gone = sum(map(len, self.lost.values()))
        reasons = "; ".join(f"{len(ids)} {reason} ({shorten_list(ids)})" for reason, ids in self.lost.items())
        super().__init__(f"{step}: {gone} of {given} events are not in the result: {reasons}")


def must_be(name: str, need: str, got: object) -> str:
    """Return what is wrong with an argument.

    Examples
    --------
    >>> must_be("within_km", "at least 0", -5)
    'within_km must be at least 0; got -5'
    """
    text = _shorten(repr(got)) if isinstance(got, str | bytes | int | float | bool | None) else type(got).__name__
    return f"{name} must be {need}; got {text}"


def shorten_list(names: Iterable[Hashable], most: int = 8) -> str:
    """Name the first few of many, and say how many more there are.

    Examples
    --------
    >>> shorten_list(["Aktau", "Oral", "Semey"], most=2)
    'Aktau, Oral and 1 more'
    """
    texts = [_shorten(str(name)) for name in names]
    shown = ", ".join(texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
