"""Check the arguments of a call (numbers, dates, choices, types), and raise all faults at once."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from numbers import Integral, Real
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd

from .checks import label_faults
from .errors import argument_error, must_be
from .wording import join_words

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?")


class Arguments:
    """The faults of the arguments of one call, raised together as `DataError` at the end of the ``with`` block.

    Each method returns the value in its standard type. A value that is not valid is recorded and returned as it is, so the
    block should only check. An argument with ``optional=True`` may be None.

    Examples
    --------
    >>> with Arguments() as check:
    ...     k = check.whole("k", 0, at_least=1)
    ...     start = check.day("start", "03.01.2022")
    Traceback (most recent call last):
    ...
    protestspread.errors.DataError: k and start are not valid:
      - k must be a whole number of at least 1; got 0
      - start must be a date such as '2022-01-31'; got '03.01.2022'
    """

    def __init__(self, fix: str = "") -> None:
        self.faults: list[str] = []
        self.fix = fix

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.faults and error is None:
            raise argument_error(self.faults, self.fix)

    def number(
        self,
        name: str,
        value: object,
        *,
        at_least: float = -np.inf,
        above: float = -np.inf,
        at_most: float = np.inf,
        optional: bool = False,
    ) -> Any:
        """Return a finite number as a float."""
        if optional and value is None:
            return None
        if not isinstance(value, bool | np.bool_) and isinstance(value, Real):
            try:
                number = float(value)
            except OverflowError:  # of a whole number with hundreds of digits
                number = np.inf
            if np.isfinite(number) and at_least <= number <= at_most and number > above:
                return number
        return self._record(name, f"a number{_limits(at_least, above, at_most)}{_or_none(optional)}", value)

    def whole(
        self, name: str, value: object, *, at_least: float = -np.inf, at_most: float = np.inf, optional: bool = False
    ) -> Any:
        """Return a whole number as an int."""
        if optional and value is None:
            return None
        if not isinstance(value, bool | np.bool_) and isinstance(value, Integral) and at_least <= int(value) <= at_most:
            return int(value)
        return self._record(name, f"a whole number{_limits(at_least, -np.inf, at_most)}{_or_none(optional)}", value)

    def flag(self, name: str, value: object) -> Any:
        """Return True or False."""
        return bool(value) if isinstance(value, bool | np.bool_) else self._record(name, "True or False", value)

    def choice(self, name: str, value: object, choices: Collection[str], *, optional: bool = False) -> Any:
        """Return one of some words."""
        if (optional and value is None) or (isinstance(value, str) and value in choices):
            return value
        return self._record(name, join_words([*map(repr, choices), *(["None"] if optional else [])], "or"), value)

    def text(self, name: str, value: object, *, optional: bool = False) -> Any:
        """Return a text that is not blank."""
        if (optional and value is None) or (isinstance(value, str) and value.strip() and is_unicode(value)):
            return value
        return self._record(name, f"text that is not blank{_or_none(optional)}", value)

    def moment(self, name: str, value: object, *, optional: bool = False) -> Any:
        """Return a local date or time without a zone; text must be written year-month-day, so that nothing is guessed."""
        if optional and value is None:
            return None
        if isinstance(value, date | datetime | np.datetime64) or (
            isinstance(value, str) and _ISO_DATE.fullmatch(value.strip())
        ):
            try:
                moment = pd.Timestamp(value.strip() if isinstance(value, str) else value).as_unit("ns")
            except (ValueError, OverflowError):
                return self._record(name, f"a date that exists, from 1678 to 2261{_or_none(optional)}", value)
            if pd.notna(moment) and moment.tz is not None:
                return self._record(name, f"a local date without a time zone{_or_none(optional)}", str(value))
            if pd.notna(moment):
                return moment
        return self._record(name, f"a date such as '2022-01-31'{_or_none(optional)}", value)

    def day(self, name: str, value: object, *, optional: bool = False) -> Any:
        """Return a day, without its time of day."""
        moment = self.moment(name, value, optional=optional)
        return moment.normalize() if isinstance(moment, pd.Timestamp) and not self._recorded(name) else moment

    def names(self, name: str, value: object, need: str, *, optional: bool = False) -> Any:
        """Return a list of names; one text is no list, and what cannot be looked up (a list, a dict) or is missing is no name."""
        if optional and value is None:
            return None
        found = as_list(value)
        try:
            hash(tuple(found or ()))
            found = found if all(is_unicode(item) and not is_missing(item) for item in found or ()) else None
        except (TypeError, ValueError):
            found = None
        return self._record(name, f"{need}{_or_none(optional)}", value) if found is None else found

    def by_label(self, name: str, value: object, need: str, *, optional: bool = False) -> Any:
        """Return values by label, given as a Series or a mapping, as a Series with distinct labels."""
        if optional and value is None:
            return None
        series = pd.Series(dict(value)) if isinstance(value, Mapping) else value
        if not isinstance(series, pd.Series):
            return self._record(name, f"{need}{_or_none(optional)}", value)
        self.faults += label_faults(series.index, f"{name} labels")
        return series

    def instance(self, name: str, value: object, kind: type | tuple[type, ...], need: str) -> Any:
        """Return a value of a class; `need` names it, as in "a DiffusionGraph"."""
        return value if isinstance(value, kind) else self._record(name, need, value)

    def fault(self, sentence: str) -> None:
        """Record a fault; the sentence begins with the argument."""
        self.faults.append(sentence)

    def _record(self, name: str, need: str, value: object) -> object:
        self.faults.append(must_be(name, need, value))
        return value

    def _recorded(self, name: str) -> bool:
        return any(fault.startswith(f"{name} ") for fault in self.faults)


def as_list(value: object) -> list[Any] | None:
    """Return the items of a collection as a list; None for text, mappings and what has no items.

    >>> as_list(("Aktau", "Oral")), as_list("Aktau"), as_list(np.array(2))
    (['Aktau', 'Oral'], None, None)
    """
    try:
        return None if isinstance(value, str | bytes | Mapping) else list(value)  # type: ignore[call-overload]
    except (TypeError, ValueError):  # an array without a dimension says that it is iterable, and is not
        return None


def is_missing(value: object) -> bool:
    """Return whether a value that can be hashed is None, NaN, NA or NaT."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))  # type: ignore[call-overload]


def is_unicode(value: object) -> bool:
    """Return whether a value is no text, or text that can be stored: without halves of characters.

    >>> is_unicode("Aktau"), is_unicode(chr(0xD800)), is_unicode(3)
    (True, False, True)
    """
    try:
        return not isinstance(value, str) or len(value.encode()) >= 0
    except UnicodeEncodeError:
        return False


def _limits(at_least: float, above: float, at_most: float) -> str:
    """Describe limits in words.

    >>> _limits(0, -np.inf, 1), _limits(1, -np.inf, np.inf), _limits(-np.inf, 0, np.inf)
    (' from 0 to 1', ' of at least 1', ' above 0')
    """
    low, high = _write(at_least), _write(at_most)
    if np.isfinite(above):
        return f" above {_write(above)}" + (f" and at most {high}" if np.isfinite(at_most) else "")
    if np.isfinite(at_least):
        return f" from {low} to {high}" if np.isfinite(at_most) else f" of at least {low}"
    return f" of at most {high}" if np.isfinite(at_most) else ""


def _write(limit: float) -> str:
    return f"{limit:,.0f}" if np.isfinite(limit) and limit % 1 == 0 else f"{limit:g}"


def _or_none(optional: bool) -> str:  # noqa: FBT001 - a word, no switch
    return ", or None" if optional else ""
