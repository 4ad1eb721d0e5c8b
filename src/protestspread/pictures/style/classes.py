"""Classes of a choropleth: fixed for all frames, whole numbers for counts, labels a reader understands."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from .text import text
from .theme import number_text

MISSING, ZERO = -1, 0  # class numbers; the colored classes are 1, 2, ...
_STEPS = (1, 2, 5)
_MOST_CLASSES = 9
_MOST_VALUES = 5_000  # a scheme is given so many, evenly along their order: some need time with their square
_SAME_K = (
    "equalinterval",
    "fisherjenks",
    "jenkscaspall",
    "jenkscaspallforced",
    "maximumbreaks",
    "prettybreaks",
    "quantiles",
)
_OWN_K = ("boxplot", "headtailbreaks", "percentiles", "stdmean")  # they choose how many classes; the others draw lots


@dataclass(frozen=True)
class Classes:
    """Class limits and their labels.

    Attributes
    ----------
    upper
        The largest value of each colored class but the last, which has no limit; ascending.
    labels
        One for each colored class, so one more than `upper`.
    zero
        Whether 0 is a class of its own (it is not where values can be negative).

    Raises
    ------
    DataError
        The limits do not ascend, or the labels are too few or too many.
    """

    upper: tuple[float, ...]
    labels: tuple[str, ...] = field(default=("",))
    zero: bool = True

    def __post_init__(self) -> None:
        faults = [] if len(self.labels) == self.k else [f"{len(self.labels)} labels for {self.k} classes"]
        if not all(low < high for low, high in pairwise(self.upper)):
            faults.append(f"the limits {self.upper} do not ascend")
        if faults:
            raise DataError("the classes do not fit", faults, "classify(values, scheme=[limit, ...]) makes labels too")

    @property
    def k(self) -> int:
        """How many colored classes there are."""
        return len(self.upper) + 1

    def index(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the class of each value: -1 missing, 0 zero, 1 ... k the colored classes."""
        values = np.asarray(values, dtype=float)
        classes = 1 + np.searchsorted(np.asarray(self.upper, dtype=float), values, side="left")
        if self.zero:
            classes = np.where(values == 0, ZERO, classes)
        return np.where(np.isnan(values), MISSING, classes).astype(np.int8)


def classify(values: npt.ArrayLike, *, scheme: str | Sequence[float] | None = None, k: int = 5) -> Classes:
    """Choose classes for values, to be kept for every frame of an animation.

    Parameters
    ----------
    values
        Of any shape; NaN is missing.
    scheme
        A classifier of mapclassify by name ("quantiles", "fisherjenks", "equalinterval", ...), applied to the values
        other than zero; or the upper limits themselves, as numbers, kept as they are (for two maps with one legend).
        By default: for counts 1, 2, 3–5, 6–10, 11–20, 21–50, ... thinned to `k`; quantiles otherwise.
    k
        How many colored classes, at most. Fewer where the values do not fill them.

    Returns
    -------
    Classes
        Limits of a scheme are rounded to as few digits as leave each value in its class (or, where values lie too
        close for that, within 1 % of the width of the class), so that the labels say what was done.

    Raises
    ------
    DataError
        `k` below 1 or above 9, or an unknown scheme, or one that draws lots.

    Examples
    --------
    >>> classify([0, 1, 1, 3, 16, float("nan")]).labels
    ('1', '2', '3–5', '6–10', '≥ 11')
    >>> classify([0.0, 0.5, 1.25, 3.75], scheme=[1, 2.5]).labels
    ('≤ 1', '1–2.5', '> 2.5')
    """
    if not 1 <= k <= _MOST_CLASSES:
        raise DataError(
            "no classes can be made", [f"k = {k}"], "choose 1 to 9 classes; readers tell no more colors apart"
        )
    flat = np.asarray(values, dtype=float).ravel()
    flat = flat[np.isfinite(flat)]
    zero = not (flat < 0).any()
    colored = np.sort(flat[flat != 0] if zero else flat)
    if scheme is not None and not isinstance(scheme, str):
        return _classes(_given_limits(scheme), colored, zero=zero)
    name = _scheme_name(scheme)
    if not len(colored):
        return _classes([], colored, zero=zero)
    counts = name is None and zero and _are_whole(colored)
    limits = _count_limits(colored[0], colored[-1], k) if counts else []
    if len(limits) < 2:  # not counts, or too close together for 1, 2, 5, 10, ...
        limits = _scheme_limits(colored, name or "quantiles", k)
    return _classes([limit for limit in limits if colored[0] <= limit < colored[-1]], colored, zero=zero)


def _are_whole(values: npt.NDArray[np.float64]) -> bool:
    return bool((values == np.round(values)).all())


def _classes(limits: list[float], values: npt.NDArray[np.float64], *, zero: bool) -> Classes:
    """Label the classes between limits, as whole numbers where values and limits are."""
    upper = tuple(sorted(set(limits)))
    whole = _are_whole(values) and _are_whole(np.array(upper))
    return Classes(upper, _whole_labels(upper, zero=zero) if whole else _decimal_labels(upper, zero=zero), zero=zero)


def _given_limits(limits: Sequence[float]) -> list[float]:
    numbers = [float(limit) for limit in limits]
    if not 1 <= len(numbers) < _MOST_CLASSES or not np.isfinite(numbers).all():
        raise DataError(
            "no classes can be made",
            [f"scheme = {list(limits)!r}"],
            "1 to 8 finite upper limits, or the name of a scheme",
        )
    return numbers


def _scheme_name(scheme: str | None) -> str | None:
    name = None if scheme is None else scheme.lower().replace("_", "")
    if name is not None and name not in _SAME_K + _OWN_K:
        raise DataError(
            "no classes can be made",
            [f"unknown scheme {scheme!r}"],
            f"one of {', '.join(sorted(_SAME_K + _OWN_K))}, or upper limits as numbers (schemes that draw lots are left out)",
        )
    return name


def _count_limits(least: float, most: float, k: int) -> list[float]:
    """Return upper limits 1, 2, 5, 10, 20, 50, ... between the least and, beyond 5, three quarters of the most, thinned evenly."""
    if most <= k:
        return [float(limit) for limit in range(1, int(most))]
    nice = [float(step * 10**power) for power in range(16) for step in _STEPS]
    nice = [limit for limit in nice if least <= limit <= max(0.75 * most - 1, min(most - 1, 5))]
    keep = np.round(np.linspace(0, len(nice) - 1, min(k - 1, len(nice)))).astype(int)
    return [nice[i] for i in np.unique(keep)]


def _scheme_limits(values: npt.NDArray[np.float64], scheme: str, k: int) -> list[float]:
    """Return the limits of a scheme of mapclassify for ascending values."""
    import mapclassify

    distinct = np.unique(values)
    if len(distinct) <= k:
        limits = distinct[:-1]
    else:
        thinned = values[np.linspace(0, len(values) - 1, min(len(values), _MOST_VALUES)).astype(int)]
        with warnings.catch_warnings():  # fewer classes than asked for are no fault here
            warnings.simplefilter("ignore")
            options = {"k": k} if scheme in _SAME_K else {}
            limits = np.unique(mapclassify.classify(thinned, scheme, **options).bins)
    if _are_whole(values):
        return [float(limit) for limit in np.floor(limits)]
    after = np.append(distinct, np.inf)[np.searchsorted(distinct, limits, side="right")]
    beyond = np.append(limits[1:], distinct[-1])[: len(limits)]
    return [_short(*ends) for ends in zip(limits, after, beyond, strict=True)]


def _short(limit: float, after: float, beyond: float) -> float:
    """Return the number with the fewest digits from a limit up to the value after it or, if that is too near, 1 % of the way to the next limit."""
    if limit == 0:
        return 0.0
    width = beyond - limit
    most = after if after - limit > 0.001 * width else limit + 0.01 * width
    size = math.floor(math.log10(abs(limit)))
    for decimals in range(-size, 15 - size):
        short = round(math.ceil(limit * 10.0**decimals - 1e-9) / 10.0**decimals, max(decimals, 0))
        if limit - 1e-12 * abs(limit) <= short < most:
            return float(max(short, limit))  # never below: a value may be the limit but for its last bit
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
    """Join two numbers by a dash, or by words where one of them may have a minus."""
    return f"{low}–{high}" if zero else text("span", low=low, high=high)
