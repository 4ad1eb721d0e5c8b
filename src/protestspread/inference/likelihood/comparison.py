"""Compare two fits to the same data: likelihood ratio and AICc."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, chi2

from ...errors import DataError, shorten_list
from ...figures import EstimateRows, Estimates
from ...results import Result
from ...wording import format_number, format_p

if TYPE_CHECKING:
    from .fits import Fit

_TINY = 1e-9


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

    first: "Fit"
    second: "Fit"
    statistic: float
    p_value: float
    reference: str

    @property
    def sentence(self) -> str:
        """The likelihood ratio and the AICc, in one sentence."""
        difference = self.second.aicc - self.first.aicc
        better = "first" if difference > 0 else "second"
        told = f"AICc {format_number(self.first.aicc, 5)} and {format_number(self.second.aicc, 5)}"
        told += f": lower by {format_number(abs(difference))} for the {better} fit" if np.isfinite(difference) else ""
        if np.isnan(self.p_value):
            return f"{told}; {self.reference}."
        return f"Likelihood ratio {format_number(self.statistic)}, {format_p(self.p_value)} ({self.reference}); {told}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What a better fit does not tell."""
        return ("A better fit does not tell a cause: what both models leave out may look the same.",)

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


def compare_fits(first: "Fit", second: "Fit") -> FitComparison:
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
    all_held = set(larger.boundary_parameters) <= set(boundary)
    conditional = len([name for name in more if all_held and name in larger.conditional_parameters])
    regular = len(more) - len(boundary) - conditional
    statistic, p = likelihood_ratio_test(
        larger.log_likelihood, smaller.log_likelihood, len(boundary), conditional, regular=regular
    )
    return FitComparison(first, second, statistic, p, _reference(boundary, len(more) - len(boundary)))


def digest(*arrays: npt.NDArray[Any]) -> str:
    """Return a text that is the same for the same arrays."""
    return sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def _same_data(first: "Fit", second: "Fit") -> bool:
    """Return whether two fits have the same observations."""
    one, two = first.observed(), second.observed()
    return (
        one.shape == two.shape
        and bool(np.array_equal(one.to_numpy(dtype=float), two.to_numpy(dtype=float), equal_nan=True))
        and one.columns.equals(two.columns)
    )


def _reference(boundary: list[str], regular: int) -> str:
    if not boundary:
        return f"χ² with {regular} {'degree' if regular == 1 else 'degrees'} of freedom"
    if len(boundary) == 1 and not regular:
        return "half χ² with 0, half with 1 degree of freedom"
    about = shorten_list([f"'{name}'" for name in boundary])
    return f"mixture of χ², approximate, as {about} cannot be below 0"
