"""Compare two fits to the same data: likelihood ratio and AICc."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, chi2

from ...errors import DataError, shorten_list
from ...figures import EstimateRows, Estimates
from ...results import Result
from ...wording import format_number, format_p
from .maximize import Optimum

_TINY = 1e-9


class ComparableFit(Protocol):
    """What a comparison needs of a fit; see `Fit` for each."""

    @property
    def optimum(self) -> Optimum: ...  # noqa: D102
    @property
    def log_likelihood(self) -> float: ...  # noqa: D102 - as in `Fit`
    @property
    def aicc(self) -> float: ...  # noqa: D102
    @property
    def parameters(self) -> int: ...  # noqa: D102
    @property
    def parameter_names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def boundary_parameters(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def conditional_parameters(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102
    @property
    def inputs(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, object]: ...  # noqa: D102
    def observed(self) -> pd.DataFrame: ...  # noqa: D102
    def summary(self) -> pd.DataFrame: ...  # noqa: D102
    def log_likelihood_without(self, names: tuple[str, ...]) -> float | None: ...  # noqa: D102


def likelihood_ratio_test(
    log_likelihood: float, null_log_likelihood: float, boundary: int, conditional: int = 0, *, regular: int = 0
) -> tuple[float, float]:
    """Return the likelihood-ratio statistic against a smaller model, and its p-value.

    The null distribution is ½χ²₀ + ½χ²₁ for one ``boundary`` parameter, whose value in the smaller model is its lowest
    possible, and a χ² mixture with binomial weights for several. Each of the ``regular`` parameters, and each of the
    ``conditional`` ones that exist only with a boundary parameter, adds one degree of freedom; the latter is conservative.

    Examples
    --------
    >>> likelihood_ratio_test(-10.0, -11.3527718, 1)[1].__round__(6)
    0.05
    >>> likelihood_ratio_test(-10.0, -11.9207294, 0, regular=1)[1].__round__(6)
    0.05
    >>> likelihood_ratio_test(-10.0, -10.0, 1)
    (0.0, 1.0)
    """
    statistic = 2 * (log_likelihood - null_log_likelihood)
    if statistic < _TINY:
        return 0.0, 1.0
    positive = np.arange(boundary + 1)
    degrees = positive + regular + conditional * (positive > 0)
    tails = np.where(degrees > 0, chi2.sf(statistic, np.maximum(degrees, 1)), 0.0)
    return statistic, float(binom.pmf(positive, boundary, 0.5) @ tails)


@dataclass(frozen=True, repr=False, eq=False)
class FitComparison(Result):
    """Two fits to the same data.

    Attributes
    ----------
    first, second
        The fits, in the order given.
    statistic, p_value
        Likelihood-ratio statistic of the larger against the smaller model, and its p-value; NaN where neither model contains
        the other.
    reference
        The null distribution that gives the p-value, or why there is none.
    """

    first: ComparableFit
    second: ComparableFit
    statistic: float
    p_value: float
    reference: str

    @property
    def sentence(self) -> str:
        """The likelihood ratio and the AICc, in one sentence."""
        difference = self.second.aicc - self.first.aicc
        criterion = f"AICc {format_number(self.first.aicc, 5)} and {format_number(self.second.aicc, 5)}"
        if difference and np.isfinite(difference):
            better = "first" if difference > 0 else "second"
            criterion += f": lower by {format_number(abs(difference))} for the {better} fit"
        if np.isnan(self.p_value):
            return f"{criterion}; {self.reference}."
        return f"Likelihood ratio {format_number(self.statistic)}, {format_p(self.p_value)} ({self.reference}); {criterion}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a better fit does not tell."""
        return (
            "A better fit does not identify a cause: variables that both models omit may produce the same pattern.",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return ``log_likelihood, parameters, aicc, weight`` of both fits, and the test."""
        fits = [self.first, self.second]
        aicc = np.array([fit.aicc for fit in fits])
        weight = np.exp(-0.5 * (aicc - aicc.min())) if np.isfinite(aicc.min()) else np.full(2, np.nan)
        table = {
            "log_likelihood": [fit.log_likelihood for fit in fits],
            "parameters": [fit.parameters for fit in fits],
            "aicc": aicc,
            "weight": weight / weight.sum(),
            "likelihood_ratio": self.statistic,
            "p_value": self.p_value,
        }
        return pd.DataFrame(table, index=pd.Index(["first", "second"], name="fit"))

    def figure(self) -> Estimates:
        """Return the estimates of both fits."""
        tables = [fit.summary()[["estimate", "low", "high"]] for fit in (self.first, self.second)]
        rows = [
            EstimateRows(table, f"{name} fit (95% intervals)")
            for name, table in zip(("first", "second"), tables, strict=True)
        ]
        return Estimates(rows, self.sentence)


def compare_fits(first: ComparableFit, second: ComparableFit) -> FitComparison:
    """Return the comparison of two fits; see `Fit.compare`."""
    if not _same_data(first, second):
        raise DataError("other must be fitted to the same data", fix="fit both models to the same places and dates")
    larger, smaller = (first, second) if first.parameters >= second.parameters else (second, first)
    more = [name for name in larger.parameter_names if name not in smaller.parameter_names]
    missing = [name for name in smaller.parameter_names if name not in larger.parameter_names]
    changed = any(larger.inputs.get(name, held) != held for name, held in smaller.inputs.items())
    if missing or not more or changed or larger.settings != smaller.settings:
        return FitComparison(first, second, np.nan, np.nan, "no p-value, as neither model contains the other")
    boundary = [name for name in more if name in larger.boundary_parameters]
    conditional = [name for name in more if _vanishes(larger.conditional_parameters.get(name, ()), boundary)]
    regular = len(more) - len(boundary) - len(conditional)
    held = larger.log_likelihood_without(tuple(more))
    heights = (larger.log_likelihood, smaller.log_likelihood) if held is None else (larger.optimum.log_likelihood, held)
    statistic, p = likelihood_ratio_test(*heights, len(boundary), len(conditional), regular=regular)
    return FitComparison(first, second, statistic, p, _reference(boundary, conditional, regular))


def digest(*arrays: npt.NDArray[Any]) -> str:
    """Return a text that is the same for the same arrays."""
    return sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def _vanishes(needed: tuple[str, ...], boundary: list[str]) -> bool:
    """Return whether all boundary parameters that a parameter needs are held at their lowest value."""
    return bool(needed) and set(needed) <= set(boundary)


def _same_data(first: ComparableFit, second: ComparableFit) -> bool:
    """Return whether two fits have the same observations."""
    one, two = first.observed(), second.observed()
    return (
        one.index.equals(two.index)
        and one.columns.equals(two.columns)
        and bool(np.array_equal(one.to_numpy(dtype=float), two.to_numpy(dtype=float), equal_nan=True))
    )


def _reference(boundary: list[str], conditional: list[str], regular: int) -> str:
    """Describe the null distribution."""
    if not boundary:
        return f"χ² with {regular} {'degree' if regular == 1 else 'degrees'} of freedom"
    about = shorten_list([f"'{name}'" for name in boundary])
    if conditional:
        only = shorten_list([f"'{name}'" for name in conditional])
        return f"conservative mixture of χ², as {about} cannot be below 0; only with it: {only}"
    if len(boundary) == 1 and not regular:
        return "half χ² with 0, half with 1 degree of freedom"
    return f"mixture of χ², approximate, as {about} cannot be below 0"
