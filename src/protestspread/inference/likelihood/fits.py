"""Results of maximum-likelihood fits: estimates, standard errors, intervals and diagnostics of convergence."""

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError, FitError, shorten_list
from ...figures import EstimateRows, Estimates
from ...results import Result
from ...wording import as_sentence
from .maximize import Optimum, Problem, maximize_given

_WIDEST = 60  # most doublings of the first step
_STEEP = 1e3  # distance from the interval where the data are impossible

_ILL_CONDITIONED = 1e8  # condition number above which estimates are nearly collinear


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Result):
    """Base class of maximum-likelihood fits.

    Attributes
    ----------
    optimum
        The maximum of the likelihood.
    events
        Number of events (onsets) in the likelihood: the n of the AICc.
    """

    optimum: Optimum
    events: int

    @property
    def params(self) -> pd.Series:
        """Estimates by parameter; infinite if the likelihood rises without bound."""
        return self._series(self.optimum.problem.params_of(self.optimum.coordinates), "estimate")

    @property
    def standard_errors(self) -> pd.Series:
        """Standard errors from the observed information; NaN at a bound, at infinity, and if the information is singular."""
        point, inside = self.optimum.coordinates, np.flatnonzero(self.optimum.free)
        params_of, slopes = self.optimum.problem.params_of, np.zeros((len(point), len(inside)))
        finite = np.isfinite(params_of(point))
        for column, row in enumerate(inside):
            ahead, behind = point.copy(), point.copy()
            step = 1e-6 * max(1.0, abs(point[row]))
            ahead[row], behind[row] = point[row] + step, point[row] - step
            slopes[finite, column] = (params_of(ahead)[finite] - params_of(behind)[finite]) / (2 * step)
        variance = np.einsum("ij,jk,ik->i", slopes, self.optimum.covariance[np.ix_(inside, inside)], slopes)
        moving = finite & self.optimum.free
        return self._series(np.sqrt(np.where(moving & (variance > 0), variance, np.nan)), "standard error")

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the estimates."""
        return self.optimum.log_likelihood

    @property
    def parameters(self) -> int:
        """Number of estimated parameters."""
        return len(self.optimum.coordinates)

    @property
    def aic(self) -> float:
        """Akaike information criterion: 2 · parameters - 2 · log-likelihood."""
        return 2 * self.parameters - 2 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike information criterion, corrected for few events; infinite if there are too few events for the parameters."""
        left = self.events - self.parameters - 1
        if self.parameters == 0:
            return self.aic
        return self.aic + 2 * self.parameters * (self.parameters + 1) / left if left > 0 else math.inf

    @property
    def converged(self) -> bool:
        """Whether the search ended at a maximum."""
        return self.optimum.converged

    @property
    def boundary(self) -> tuple[str, ...]:
        """Estimates at a bound of their range, such as "s road = 0"."""
        at, names = self.optimum.at_lower | self.optimum.at_upper, self.optimum.problem.names
        values = self.params.to_numpy()
        return tuple(f"{names[row]} = {_number(values[row])}" for row in np.flatnonzero(at))

    def intervals(
        self,
        *,
        level: float = 0.95,
        names: Iterable[str] | None = None,
        unconverged: Literal["raise", "allow"] = "raise",
    ) -> pd.DataFrame:
        """Return profile-likelihood confidence intervals, ``low`` and ``high`` by parameter.

        If the likelihood does not fall far enough on one side, that end is 0 or infinity and the interval is one-sided.

        Parameters
        ----------
        level
            Confidence level, between 0 and 1.
        names
            Parameters to report; by default all.
        unconverged
            "raise" or "allow": whether to raise an error if the fit did not converge.

        Raises
        ------
        FitError
            The fit did not converge.
        DataError
            `level` is not between 0 and 1, or `names` has unknown parameters.
        """
        level = check_level(level)
        known = list(self.optimum.problem.names)
        with Arguments("choose from the parameters of the fit") as check:
            given = known if names is None else [names] if isinstance(names, str) else names
            wanted = check.names("names", given, "a list of parameters")
            for name in [] if check.faults else [name for name in wanted if name not in known]:
                check.fault(f"names has no parameter {name!r}; the fit has {shorten_list(known, 20)}")
            check.choice("unconverged", unconverged, ["raise", "allow"])
        if unconverged == "raise" and not self.converged:
            raise FitError(
                "intervals are not available",
                ["the search did not end at a maximum of the likelihood", self._state()],
                'fit a smaller model or more onsets, or pass unconverged="allow"',
            )
        ends = [self._profile(known.index(name), level) for name in wanted]
        return pd.DataFrame(ends, index=pd.Index(wanted, name="parameter"), columns=["low", "high"], dtype=float)

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        return profile_interval(self.optimum, index, level=level)

    def summary(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return ``estimate, standard_error, low, high`` by parameter; the interval is NaN if the fit did not converge."""
        if self.converged:
            intervals = self.intervals(level=level)
        else:
            intervals = pd.DataFrame(np.nan, index=self.params.index, columns=["low", "high"])
        return pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors}).join(intervals)

    def diagnostics(self) -> pd.Series:
        """Return diagnostics of the search: convergence, gradient, condition of the information, starts, boundary."""
        optimum = self.optimum
        return pd.Series(
            {
                "converged": self.converged,
                "gradient_norm": optimum.gradient_norm,
                "condition_number": optimum.condition,
                "starts": optimum.starts,
                "starts_at_the_optimum": optimum.reached,
                "boundary": "; ".join(self.boundary),
                "log_likelihood": self.log_likelihood,
                "events": self.events,
                "parameters": self.parameters,
            },
            name="diagnostics",
            dtype=object,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return `summary()`."""
        return self.summary()

    def figure(self, *, level: float = 0.95) -> Estimates:
        """Return the estimates with their profile-likelihood intervals.

        Parameters
        ----------
        level
            Confidence level, between 0 and 1.

        Raises
        ------
        DataError
            `level` is not between 0 and 1, or the fit has no parameters.
        """
        level = check_level(level)
        if not self.parameters:
            raise DataError("result has no estimates to draw", fix="fit a model with parameters")
        scales = self._scales(self.summary(level=level), f"{100 * level:g}%")
        ends = np.concatenate([rows.table[["low", "high"]].to_numpy() for rows in scales])
        low = np.concatenate([rows.table["low"].to_numpy() for rows in scales if rows.log] or [np.ones(1)])
        arrows = (
            " Arrows: the interval reaches 0 or has no end on this side."
            if np.isinf(ends).any() or (low <= 0).any()
            else ""
        )
        return Estimates(scales, f"{self.sentence} {as_sentence(self._state())}{arrows}")

    def _scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:
        """Return the rows of the summary, grouped by parameters that share a scale."""
        return [EstimateRows(table, f"estimates with {level} intervals (filled dot: the interval excludes 0)")]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.statement}\n  {self._state()}>"

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}<p>{html.escape(self._state())}</p>"

    def _state(self) -> str:
        """Describe the convergence of the search."""
        optimum = self.optimum
        if not self.parameters:
            return f"log-likelihood {self.log_likelihood:.4f}, no parameters"
        ended = "converged" if self.converged else f"NOT CONVERGED (gradient {optimum.gradient_norm:.2g})"
        parts = [
            f"log-likelihood {self.log_likelihood:.4f}",
            f"{ended} from {optimum.reached} of {optimum.starts} starts",
        ]
        if self.boundary:
            parts.append("at the boundary: " + shorten_list(self.boundary))
        if optimum.condition > _ILL_CONDITIONED:
            parts.append("ill-conditioned: the data do not separate some estimates from each other")
        elif optimum.free.sum() > 1:
            parts.append(f"condition number {optimum.condition:.3g}")
        return ", ".join(parts)

    def _series(self, values: np.ndarray, name: str) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.optimum.problem.names, name="parameter"), name=name, dtype=float)


def _number(value: float) -> str:
    return "∞" if value == math.inf else "-∞" if value == -math.inf else f"{value:.4g}"


def check_level(level: float) -> float:
    """Return `level` as a float; raise `DataError` unless it is between 0 and 1."""
    with Arguments() as check:
        share: float = check.number("level", level, above=0, at_most=np.nextafter(1, 0))
    return share


def profile_interval(optimum: Optimum, index: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the profile-likelihood confidence interval of one parameter.

    Parameters
    ----------
    optimum
        The maximum of the likelihood.
    index
        Number of the parameter.
    level
        Confidence level. The interval contains every value at which the log-likelihood, maximized over the other
        parameters, lies at most χ²₁(level)/2 below the maximum.

    Returns
    -------
    low, high
        Ends on the scale of the parameter. If the likelihood does not fall that far, the end is the bound: for a
        strength of transmission, 0 or infinity.

    Notes
    -----
    D. J. Venzon, S. H. Moolgavkar (1988), A method for computing profile-likelihood-based confidence intervals, Applied
    Statistics 37:87-94, doi:10.2307/2347496. At a bound, coverage exceeds `level`.
    """
    from scipy.stats import chi2

    check_level(level)
    drop = float(chi2.ppf(level, 1)) / 2
    low, high = _end(optimum, index, -1, drop), _end(optimum, index, 1, drop)
    return _param(optimum, index, low), _param(optimum, index, high)


def _end(optimum: Optimum, index: int, side: int, drop: float) -> float:
    """Return the coordinate on one side at which the profile has fallen by `drop`, or the bound if it never does."""
    from scipy.optimize import brentq

    problem, inside, where = optimum.problem, float(optimum.coordinates[index]), optimum.coordinates
    bound = float((problem.upper if side > 0 else problem.lower)[index])
    variance = optimum.covariance[index, index]
    step = side * (2 * np.sqrt(variance) if np.isfinite(variance) and variance > 0 else 0.5)

    def beyond(value: float) -> float:
        """Return a number that is positive outside the interval; square roots, as the profile is nearly a parabola."""
        height = maximize_given(problem, index, value, where)[0]
        fallen = max(optimum.log_likelihood - height, 0.0)
        return float(np.sqrt(fallen) - np.sqrt(drop)) if np.isfinite(fallen) else _STEEP

    for _ in range(_WIDEST):
        if inside == bound:
            return bound
        outside = min(inside + step, bound) if side > 0 else max(inside + step, bound)
        if beyond(outside) > 0 and (other := _higher_mode(optimum, index, outside, drop)) is not None:
            where = other  # the profile has several modes, and this one lies inside the interval
        if beyond(outside) > 0:
            end = float(brentq(beyond, inside, outside, xtol=1e-7, rtol=1e-7))
            return bound if side > 0 and _diverges_with_others(problem, index, end, where) else end
        where = maximize_given(problem, index, outside, where)[1]
        inside, step = outside, 2 * step
    return side * np.inf


def _higher_mode(optimum: Optimum, index: int, value: float, drop: float) -> FloatArray | None:
    """Return coordinates at which the profile at `value` lies inside the interval, searched from all starts, or None."""
    for start in optimum.problem.starts:
        height, where = maximize_given(optimum.problem, index, value, start)
        if height >= optimum.log_likelihood - drop:
            return where
    return None


def _diverges_with_others(problem: Problem, index: int, value: float, where: FloatArray) -> bool:
    """Return whether other coordinates are at infinity there, in which case this one is unbounded too."""
    if problem.unbounded_above is None or not problem.unbounded_above[index]:
        return False
    others = problem.unbounded_above & (np.arange(len(where)) != index)
    there = maximize_given(problem, index, value, where)[1]
    return bool((there >= problem.upper)[others].any())


def _param(optimum: Optimum, index: int, coordinate: float) -> float:
    if np.isinf(coordinate):
        return coordinate
    point = optimum.coordinates.copy()
    point[index] = coordinate
    return float(optimum.problem.params_of(point)[index])
