"""Classes of a choropleth and their colors: the same for all frames, with whole-number limits for counts."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...checks import is_real
from ...errors import DataError, must_be, shorten_list
from ...layers import Phrase, Words
from .text import number_text, text
from .theme import DEFAULT_CMAP

MISSING, ZERO = -1, 0  # class numbers; the colored classes are 1, 2, ...
_STEPS = (1, 2, 5)
MOST_CLASSES = 9
_MOST_VALUES = 5_000  # larger samples are thinned evenly by rank: some schemes take quadratic time
_SAME_K = (
    *("equalinterval", "fisherjenks", "jenkscaspall", "jenkscaspallforced"),
    *("maximumbreaks", "prettybreaks", "quantiles"),
)
_OWN_K = ("boxplot", "headtailbreaks", "percentiles", "stdmean")  # schemes that choose k themselves


@dataclass(frozen=True)
class Classes:
    """Class limits and their labels.

    Attributes
    ----------
    upper
        The upper limit of each colored class except the last, which has none; ascending.
    labels
        One label per colored class: one more than `upper`.
    zero
        Whether 0 is a separate class (it is not where values can be negative).

    Raises
    ------
    DataError
        `upper` is not ascending, or the number of `labels` is wrong.
    """

    upper: tuple[float, ...]
    labels: tuple[str, ...] = field(default=("",))
    zero: bool = True
    cmap: ClassVar[str] = DEFAULT_CMAP  # the ramp where none is asked for
    zero_label: ClassVar[Words] = Phrase("zero")
    missing_label: ClassVar[Words] = Phrase("not_observed")

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.instance("upper", self.upper, tuple, "a tuple of upper limits")
            check.instance("labels", self.labels, tuple, "a tuple of texts")
            check.flag("zero", self.zero)
            for limit in self.upper if isinstance(self.upper, tuple) else ():
                check.number("upper", limit)
            for label in self.labels if isinstance(self.labels, tuple) else ():
                check.instance("labels", label, str, "a tuple of texts")
        faults = []
        if len(self.labels) != self.k:
            faults.append(f"labels must have {self.k} items, one more than upper; got {len(self.labels)}")
        if not all(low < high for low, high in pairwise(self.upper)):
            faults.append(f"upper must be ascending; got {self.upper}")
        if faults:
            raise DataError("Classes", faults, "use classify(values, scheme=[limit, ...]), which also makes the labels")

    @property
    def k(self) -> int:
        """The number of colored classes."""
        return len(self.upper) + 1

    def index(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the class of each value: -1 missing, 0 zero, 1 ... k the colored classes."""
        values = _numbers(values)
        classes = 1 + np.searchsorted(np.asarray(self.upper, dtype=float), values, side="left")
        if self.zero:
            classes = np.where(values == 0, ZERO, classes)
        return np.where(np.isnan(values), MISSING, classes).astype(np.int8)


@dataclass(frozen=True)
class ProbabilityClasses(Classes):
    """Fifths of a probability, with a class of its own for 0."""

    upper: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    labels: tuple[str, ...] = tuple(f"{span}\u202f%" for span in ("≤ 20", "20–40", "40–60", "60–80", "> 80"))
    cmap: ClassVar[str] = "probability"
    zero_label: ClassVar[Words] = "0\u202f%"
    missing_label: ClassVar[Words] = Phrase("no_value")


def classify(values: npt.ArrayLike, *, scheme: str | Sequence[float] | None = None, k: int = 5) -> Classes:
    """Choose the classes of a choropleth, to be used for every frame of an animation.

    Parameters
    ----------
    values
        Numbers in an array of any shape; NaN is missing.
    scheme
        The name of a mapclassify classifier ("quantiles", "fisherjenks", "equalinterval", ...), applied to the nonzero
        values; or a list of upper limits, used unchanged (for several maps with one legend); or "probability": fifths of
        the range from 0 to 1, in a color map of their own. By default, counts are
        classed as 1, 2, 3–5, 6–10, 11–20, 21–50, ... thinned to `k` classes, other values by quantiles. Where values
        are negative, the absolute values are classed, and the classes mirror each other at 0, with one class around 0.
    k
        The largest number of colored classes; there are fewer where the values do not fill them.

    Returns
    -------
    Classes
        Limits of a scheme are rounded to the fewest digits that keep each value in its class (or, where values are too
        close for that, to within 1% of the width of the class), so that the labels agree with the classes.

    Raises
    ------
    DataError
        `k` is not between 1 and 9, `scheme` is unknown, not deterministic, or not a list of valid limits, or it is
        "probability" and values are not between 0 and 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.classify([0, 1, 1, 3, 16, float("nan")]).labels
    ('1', '2', '3–5', '6–10', '≥ 11')
    >>> ps.classify([0.0, 0.5, 1.25, 3.75], scheme=[1, 2.5]).labels
    ('≤ 1', '1–2.5', '> 2.5')
    >>> ps.classify([-12, -1, 0, 2, 30]).labels
    ('≤ −8', '−7 to −1', '0', '1 to 7', '≥ 8')
    """
    with Arguments("pass a smaller k: readers cannot distinguish more colors") as check:
        check.whole("k", k, at_least=1, at_most=MOST_CLASSES)
    flat = _numbers(values).ravel()
    flat = flat[np.isfinite(flat)]
    if isinstance(scheme, str) and scheme == "probability":
        return _probability_classes(flat)
    zero = not (flat < 0).any()
    colored = flat[flat != 0] if zero else flat
    if scheme is None and zero and len(colored) and _are_whole(colored):
        ends = np.array([colored.min(), colored.max()])
        if len(_count_limits(ends[0], ends[1], k)) > 1:  # counts need no other of their values, which may be millions
            colored = ends
    colored = np.sort(colored)
    if scheme is not None and not isinstance(scheme, str):
        return _classes(_given_limits(scheme), colored, zero=zero)
    name = _scheme_name(scheme)
    if not len(colored):
        return _classes([], colored, zero=zero)
    if not zero:
        signed = _classes(_signed_limits(colored, name, k), colored, zero=False)
        whole = k > 2 and _are_whole(colored)  # limits between whole numbers mirror each other, as their classes do
        return replace(signed, upper=tuple(limit + 0.5 for limit in signed.upper)) if whole else signed
    limits = _limits(colored, name, k)
    return _classes([limit for limit in limits if colored[0] <= limit < colored[-1]], colored, zero=True)


def _probability_classes(values: npt.NDArray[np.float64]) -> ProbabilityClasses:
    with Arguments("pass shares of 1, or another scheme") as check:
        for end in (values.min(initial=0.0), values.max(initial=0.0)):
            check.number("values", float(end), at_least=0, at_most=1)
    return ProbabilityClasses()


def _limits(values: npt.NDArray[np.float64], scheme: str | None, k: int) -> list[float]:
    """Return the upper limits of up to `k` classes of ascending positive values."""
    counts = scheme is None and _are_whole(values)
    limits = _count_limits(values[0], values[-1], k) if counts else []
    if len(limits) < 2:  # not counts, or a range too narrow for limits 1, 2, 5, 10, ...
        limits = _scheme_limits(values, scheme or "quantiles", k)
    return limits


def _signed_limits(values: npt.NDArray[np.float64], scheme: str | None, k: int) -> list[float]:
    """Return limits that mirror each other at 0, chosen from the absolute values, with a class around 0.

    That class holds 0 alone where all values are whole numbers. Where no value is above 0, only the lower half is kept.
    """
    sizes = np.sort(np.abs(values[values != 0]))
    side = (k - 1) // 2  # classes on each side
    if not side:
        return [0.0] if k == 2 else []
    if _are_whole(sizes):
        outer = [limit for limit in _limits(sizes, scheme, side) if limit < sizes[-1]][: side - 1]
        mirrored = [*(-limit - 1 for limit in outer), -1.0, 0.0, *outer]
    else:
        outer = [_between(limit, sizes) for limit in _scheme_limits(sizes, scheme or "quantiles", side + 1)]
        outer = [limit for limit in outer if limit < sizes[-1]] or [sizes[0] / 2]
        mirrored = [*(-limit for limit in outer), *outer]
    return mirrored if values[-1] > 0 else [limit for limit in mirrored if limit < 0]


def _between(limit: float, sizes: npt.NDArray[np.float64]) -> float:
    """Move a limit off the values, up to the fewest digits: ±limit would fall into unlike classes."""
    inner, outer = (sizes[sizes <= limit].max(initial=0.0), sizes[sizes > limit].min(initial=np.inf))
    if inner < limit or not np.isfinite(outer):
        return limit
    size = math.floor(math.log10(outer))
    digits = (round(math.ceil(inner * 10.0**d + 0.5) / 10.0**d, max(d, 0)) for d in range(-size, 15 - size))
    return next((rounded for rounded in digits if inner < rounded < outer), limit)


def _numbers(values: object) -> npt.NDArray[np.float64]:
    """Return numbers as an array of floats."""
    kinds = list(values.dtypes) if isinstance(values, pd.DataFrame) else [getattr(values, "dtype", None)]
    try:
        if all(kind is None or is_real(kind) for kind in kinds):
            if isinstance(values, pd.DataFrame | pd.Series | pd.Index):
                return values.to_numpy(dtype=float, na_value=np.nan)
            if not isinstance(values, str | bytes | None):
                return np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DataError(must_be("values", "numbers", values), fix="pass a panel, a Series or an array of numbers")


def _are_whole(values: npt.NDArray[np.float64]) -> bool:
    return bool((values == np.round(values)).all())


def _classes(limits: list[float], values: npt.NDArray[np.float64], *, zero: bool) -> Classes:
    """Label the classes between limits, in whole numbers where all values and limits are whole."""
    upper = tuple(sorted(set(limits)))
    whole = _are_whole(values) and _are_whole(np.array(upper))
    return Classes(upper, _whole_labels(upper, zero=zero) if whole else _decimal_labels(upper, zero=zero), zero=zero)


def _given_limits(limits: Sequence[float]) -> list[float]:
    check = Arguments()
    given = check.names("scheme", limits, "the name of a scheme, or a list of upper limits")
    numbers = [] if check.faults else [check.number("scheme", limit) for limit in given]
    if check.faults or not 1 <= len(numbers) < MOST_CLASSES:
        raise DataError(
            f"scheme must be 1 to {MOST_CLASSES - 1} finite upper limits, or the name of a scheme; got {shorten_list([str(limits)])}",
            fix="pass limits such as [1, 5, 10], or 'quantiles'",
        )
    return numbers


def _scheme_name(scheme: str | None) -> str | None:
    name = None if scheme is None else scheme.lower().replace("_", "")
    if name is not None and name not in _SAME_K + _OWN_K:
        raise DataError(
            must_be("scheme", "the name of a deterministic mapclassify scheme, or upper limits", scheme),
            fix=f"choose from {', '.join(sorted((*_SAME_K, *_OWN_K, 'probability')))}, or pass a list of upper limits",
        )
    return name


def _count_limits(least: float, most: float, k: int) -> list[float]:
    """Return upper limits 1, 2, 5, 10, 20, 50, ... within the range of the values, thinned evenly to `k` classes.

    Limits above 5 are at most three quarters of the largest value.
    """
    if most <= k:
        return [float(limit) for limit in range(1, int(most))]
    nice = [float(step * 10**power) for power in range(16) for step in _STEPS]
    nice = [limit for limit in nice if least <= limit <= max(0.75 * most - 1, min(most - 1, 5))]
    keep = np.round(np.linspace(0, len(nice) - 1, min(k - 1, len(nice)))).astype(int)
    return [nice[i] for i in np.unique(keep)]


def _scheme_limits(values: npt.NDArray[np.float64], scheme: str, k: int) -> list[float]:
    """Return the upper limits that a mapclassify scheme chooses for ascending values."""
    import mapclassify

    distinct = np.unique(values)
    if len(distinct) <= k:
        limits = distinct[:-1]
    else:
        thinned = values[np.linspace(0, len(values) - 1, min(len(values), _MOST_VALUES)).astype(int)]
        with warnings.catch_warnings():  # mapclassify warns when it returns fewer than k classes
            warnings.simplefilter("ignore")
            options = {"k": k} if scheme in _SAME_K else {}
            limits = np.unique(mapclassify.classify(thinned, scheme, **options).bins)
        limits = limits[np.isfinite(limits)]  # head/tail breaks of values that differ by rounding only have none
    if _are_whole(values):
        return [float(limit) for limit in np.floor(limits)]
    after = np.append(distinct, np.inf)[np.searchsorted(distinct, limits, side="right")]
    beyond = np.append(limits[1:], distinct[-1])[: len(limits)]
    return [_round_limit(*ends) for ends in zip(limits, after, beyond, strict=True)]


def _round_limit(limit: float, after: float, beyond: float) -> float:
    """Round a limit up to the fewest digits that keep it below the next value.

    Where the next value is too close, the limit may rise by 1% of the way to the next limit instead.
    """
    if limit == 0:
        return 0.0
    width = beyond - limit
    most = after if after - limit > 0.001 * width else limit + 0.01 * width
    size = math.floor(math.log10(abs(limit)))
    for decimals in range(-size, 15 - size):
        rounded = round(math.ceil(limit * 10.0**decimals - 1e-9) / 10.0**decimals, max(decimals, 0))
        if limit - 1e-12 * abs(limit) <= rounded < most:
            return float(max(rounded, limit))  # never below the limit, which may be a value itself
    return float(limit)


def _whole_labels(upper: Sequence[float], *, zero: bool) -> tuple[str, ...]:
    if not upper:
        return ("≥ 1" if zero else text("all_values"),)
    ranges = [
        number_text(high) if low + 1 == high else _range(number_text(low + 1), number_text(high), zero=zero)
        for low, high in pairwise((0, *upper) if zero else upper)
    ]
    return (*([] if zero else [f"≤ {number_text(upper[0])}"]), *ranges, f"≥ {number_text(upper[-1] + 1)}")


def _decimal_labels(upper: Sequence[float], *, zero: bool) -> tuple[str, ...]:
    if not upper:
        return ("> 0" if zero else text("all_values"),)
    texts = [number_text(limit) for limit in upper]
    ranges = [_range(low, high, zero=zero) for low, high in pairwise(texts)]
    return (f"≤ {texts[0]}", *ranges, f"> {texts[-1]}")


def _range(low: str, high: str, *, zero: bool) -> str:
    """Join two numbers by a dash, or by "to" where one of them may be negative."""
    return f"{low}–{high}" if zero else text("span", low=low, high=high)
