"""Errors and warnings.

::

    ProtestSpreadError (ValueError)
    ├── SchemaError        a table lacks the required columns, index or types
    │   └── CRSError       the coordinates of a table have the wrong reference system, or none
    ├── DataError          an argument is not valid, or tables do not match each other
    ├── FitError           a likelihood could not be maximized, so results that need its maximum are not available
    ├── FileError          a file cannot be read in the expected format, or cannot be written
    └── RenamedError       a public name is known by another name now (also an AttributeError)

    ProtestSpreadWarning (UserWarning)
    ├── LostEventsWarning  events that a step could not use, by reason
    └── DataWarning        a result is valid, but the data behind it have a limitation

Every message begins with the argument or column that is wrong, lists all faults at once, and ends with the fix.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any
from unicodedata import category


class ProtestSpreadError(ValueError):
    """Base class of the errors that this library raises about its input."""


class _FaultsError(ProtestSpreadError):
    """An error that lists all faults at once and how to fix them.

    The message begins with the argument or column that is wrong and ends with the fix. `fix` may be empty if `what`
    already states the requirement: "within_km must be at least 0; got -5".
    """

    def __init__(self, what: str, faults: Sequence[str] = (), fix: str = "") -> None:
        self.faults = tuple(faults)
        self.fix = fix
        single, several = ": ".join([what, *faults]), [f"{what}:", *(f"  - {fault}" for fault in faults)]
        lines = several if len(faults) > 1 else [single]
        super().__init__(escape_controls("\n".join([*lines, f"Fix: {fix}"] if fix else lines)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), str(self), self.__dict__)  # keep the attributes when pickled by a worker


def _rebuild(kind: type[_FaultsError], message: str, state: dict[str, Any]) -> _FaultsError:
    error = kind.__new__(kind, message)
    error.__dict__.update(state)
    return error


class SchemaError(_FaultsError):
    """A table lacks the required columns, index or types.

    Parameters
    ----------
    table
        The kind of table that was expected ("events", "regions", ...).
    faults
        All faults, one sentence each.
    fix
        An instruction that repairs the table.
    """

    def __init__(self, table: str, faults: Sequence[str], fix: str) -> None:
        self.table = table
        super().__init__(table if len(faults) == 1 else f"{table} has {len(faults)} faults", faults, fix)


class CRSError(SchemaError):
    """The coordinates of a table have the wrong reference system, or none."""


class DataError(_FaultsError):
    """An argument is not valid, or tables that are valid alone do not match each other."""


class FitError(_FaultsError):
    """A likelihood could not be maximized, so results that need its maximum are not available."""


class FileError(_FaultsError):
    """A file cannot be read in the expected format, or cannot be written."""


class ProtestSpreadWarning(UserWarning):
    """Base class of the warnings of this library."""

    def __init__(self, message: object = "") -> None:
        super().__init__(escape_controls(str(message)))


class DataWarning(ProtestSpreadWarning):
    """A result is valid, but the data behind it have a limitation that readers should know."""


LOST_REASONS = {
    "no_city": "without a city name",
    "unknown_city": "with an unknown city name",
    "unknown_region": "in a region in which no city is known",
    "ambiguous_city": "with a name that several cities share",
    "no_point": "without a point",
    "coarse_place": "placed less precisely than the limit in kilometers",
    "coarse_date": "dated less precisely than the limit in days",
    "outside_regions": "outside every region",
    "not_located": "not located",
    "unknown_place": "in a place that is not in places",
    "outside_window": "outside the window",
    "unobserved_day": "on unobserved days",
    "no_weight": "without a weight",
    "several_days": "dated to more than one day",
    "other_country": "in another country",
    "other_type": "of another type",
    "other_day": "on another day",
    "not_protest": "no protest",
    "faulty_row": "in rows with faults",
}
"""Why a step leaves out events: the keys of ``attrs["lost"]`` and of `LostEventsWarning.lost`, and their words."""


class LostEventsWarning(ProtestSpreadWarning):
    """Events that a step could not use.

    Attributes
    ----------
    lost
        Key of each reason (such as "unknown_city") -> ids of the events lost for it.
    """

    def __init__(
        self,
        step: str,
        given: int,
        lost: Mapping[str, Sequence[Hashable]],
        details: Mapping[str, str] | None = None,
    ) -> None:
        self.lost = {reason: list(ids) for reason, ids in lost.items()}
        total = sum(map(len, self.lost.values()))
        more = {reason: f" {text}" for reason, text in (details or {}).items() if text}
        reasons = "; ".join(
            f"{len(ids)} {LOST_REASONS.get(reason, reason)}{more.get(reason, '')} ({shorten_list(ids)})"
            for reason, ids in self.lost.items()
        )
        super().__init__(f"{step}: {total} of {given} events are not in the result: {reasons}")


class ReportsWarning(DataWarning):
    """A test of reports, of which several tell of one place and day; such repeats alone give small p-values.

    Attributes
    ----------
    reports, place_days
        Number of reports, and of place-days.
    """

    def __init__(self, reports: int, place_days: int) -> None:
        self.reports, self.place_days = reports, place_days
        super().__init__(
            f"unit='reports': {reports:,} reports are of {place_days:,} place-days; several reports of one protest count as pairs close in space "
            "and time, so that the test can reject without any spread. Fix: leave out unit to test place-days"
        )


class RenamedError(ProtestSpreadError, AttributeError):
    """A public name that is known by another name now."""


def must_be(name: str, need: str, got: object) -> str:
    """Describe an argument that is not valid.

    Examples
    --------
    >>> must_be("within_km", "at least 0", -5)
    'within_km must be at least 0; got -5'
    """
    if getattr(got, "ndim", None) == 0 and hasattr(got, "item"):
        got = got.item()  # a number of numpy, shown as Python's
    return f"{name} must be {need}; got {_describe(got)}"


def _describe(got: object) -> str:
    """Describe a value: itself if it is short to write, else its type.

    >>> _describe("x"), _describe([1]), _describe(10**9999)
    ("'x'", 'list', 'a number of more than 1,000 digits')
    """
    if isinstance(got, int) and got.bit_length() > 3322:  # Python refuses to write very long numbers
        return "a number of more than 1,000 digits"
    return _shorten(repr(got)) if isinstance(got, str | bytes | int | float | bool | None) else type(got).__name__


def argument_error(faults: Iterable[str], fix: str = "") -> DataError:
    """Return the error for arguments with faults, each of which begins with the name of its argument.

    Examples
    --------
    >>> print(argument_error(["k must be at least 1; got 0"]))
    k must be at least 1; got 0
    >>> print(argument_error(["k must be at least 1; got 0", "rng must be a whole number; got 'x'"]))
    k and rng are not valid:
      - k must be at least 1; got 0
      - rng must be a whole number; got 'x'
    """
    listed = list(faults)
    if len(listed) == 1:
        return DataError(listed[0], fix=fix)
    *names, last = dict.fromkeys(fault.split()[0] for fault in listed)
    what = f"{', '.join(names)} and {last} are not valid" if names else f"{last} has {len(listed)} faults"
    return DataError(what, listed, fix)


def shorten_list(names: Iterable[Hashable], most: int = 8) -> str:
    """Join the first few names, followed by the number of the others.

    Examples
    --------
    >>> shorten_list(["Aktau", "Oral", "Semey"], most=2)
    'Aktau, Oral and 1 more'
    """
    texts = [_shorten(str(name)) for name in names]
    shown = ", ".join(texts[:most])
    return shown if len(texts) <= most else f"{shown} and {len(texts) - most} more"


def escape_controls(text: str) -> str:
    """Escape characters of names and data that a terminal would obey: control codes and directions of writing."""
    return "".join(
        repr(letter)[1:-1] if letter != "\n" and category(letter) in {"Cc", "Cf"} else letter for letter in text
    )


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
