"""Classes of a choropleth: fixed for all frames, whole numbers for counts, labels a reader understands."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..errors import DataError

MISSING, ZERO = -1, 0  # class numbers; the coloured classes are 1, 2, ...
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Classes:
    """Class limits and their labels.

    Attributes
    ----------
    upper
        The largest value of each coloured class but the last, which has no limit; ascending.
    labels
        One for each coloured class, so one more than `upper`.
    zero
        Whether 0 is a class of its own (it is not where values can be negative).
    """

    upper: tuple[float, ...]
    labels: tuple[str, ...] = field(default=("",))
    zero: bool = True

    @property
    def k(self) -> int:
        """How many coloured classes there are."""
        return len(self.upper) + 1

    def index(self, values: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the class of each value: -1 missing, 0 zero, 1 ... k the coloured classes."""
        values = np.asarray(values, dtype=float)
        classes = 1 + np.searchsorted(np.asarray(self.upper, dtype=float), values, side="left")
        if self.zero:
            classes = np.where(values == 0, ZERO, classes)
        return np.where(np.isnan(values), MISSING, classes).astype(np.int8)


def classify(values: npt.ArrayLike, *, scheme: str | None = None, k: int = 5) -> Classes:
    """Choose classes for values, to be kept for every frame of an animation.

    Parameters
    ----------
    values
        Of any shape; NaN is missing.
    scheme
        A classifier of mapclassify by name ("quantiles", "fisherjenks", "equalinterval", ...), applied to the values
        other than zero. By default: for counts 1, 2, 3–5, 6–10, 11–20, 21–50, ... thinned to `k`; quantiles otherwise.
    k
        How many coloured classes, at most.

    Raises
    ------
    DataError
        `k` below 1 or above 9, or a scheme that mapclassify does not know.

    Examples
    --------
    >>> classify([0, 1, 1, 3, 16, float("nan")]).labels
    ('1', '2', '3–5', '6–10', '≥ 11')
    """
    if not 1 <= k <= 9:
        raise DataError("no classes can be made", [f"k = {k}"], "choose 1 to 9 classes; readers tell no more colors apart")
    flat = np.asarray(values, dtype=float).ravel()
    flat = flat[np.isfinite(flat)]
    zero = not (flat < 0).any()
    coloured = flat[flat != 0] if zero else flat
    whole = bool((coloured == np.round(coloured)).all())
    if not len(coloured):
        return Classes((), ("≥ 1",), zero=zero)
    if scheme is None and whole and zero:
        upper = _count_limits(float(coloured.max()), k)
    else:
        upper = _scheme_limits(coloured, scheme or "quantiles", k)
        upper = [float(np.floor(limit)) for limit in upper] if whole else upper
    upper = sorted(set(upper) - {limit for limit in upper if limit >= coloured.max()})
    return Classes(tuple(upper), _labels(upper, coloured, whole=whole), zero=zero)


def _count_limits(most: float, k: int) -> list[float]:
    """Return upper limits 1, 2, 5, 10, 20, 50, ... below three quarters of the maximum, thinned evenly."""
    if most <= k:
        return [float(i) for i in range(1, int(most))]
    nice = [float(step * 10**power) for power in range(16) for step in _STEPS]
    nice = [limit for limit in nice if limit + 1 <= 0.75 * most] or [1.0]
    keep = np.unique(np.round(np.linspace(0, len(nice) - 1, min(k - 1, len(nice)))).astype(int)) if k > 1 else []
    return [nice[i] for i in keep]


def _scheme_limits(values: npt.NDArray[np.float64], scheme: str, k: int) -> list[float]:
    import mapclassify

    known = {name.lower(): name for name in mapclassify.CLASSIFIERS}
    name = known.get(scheme.lower().replace("_", ""))
    if name is None:
        raise DataError("no classes can be made", [f"unknown scheme {scheme!r}"], f"one of {', '.join(sorted(known))}")
    distinct = len(np.unique(values))
    if distinct <= k:
        return [float(v) for v in np.unique(values)[:-1]]
    takes_k = name not in {"BoxPlot", "HeadTailBreaks", "MaxP", "Percentiles", "StdMean", "UserDefined", "JenksCaspallForced"}
    classifier = mapclassify.classify(values, name, k=k) if takes_k else mapclassify.classify(values, name)
    return [float(limit) for limit in classifier.bins[:-1]]


def _labels(upper: list[float], values: npt.NDArray[np.float64], *, whole: bool) -> tuple[str, ...]:
    if whole:
        lower = [float(values.min()) if (values < 0).any() else 1.0, *(limit + 1 for limit in upper)]
        ranges = [_whole(low) if low == high else f"{_whole(low)}–{_whole(high)}" for low, high in zip(lower, upper, strict=False)]
        last = _whole(lower[-1]) if values.max() == lower[-1] and len(upper) else f"≥ {_whole(lower[-1])}"
        return (*ranges, last)
    if not upper:
        return (f"≤ {values.max():.3g}",)
    digits = next((d for d in range(2, 9) if len({f"{limit:.{d}g}" for limit in upper}) == len(upper)), 9)
    texts = [f"{limit:.{digits}g}" for limit in upper]
    return (f"≤ {texts[0]}", *(f"{low}–{high}" for low, high in pairwise(texts)), f"> {texts[-1]}")


def _whole(number: float) -> str:
    return f"{number:,.0f}".replace(",", "\u202f").replace("-", "−")
