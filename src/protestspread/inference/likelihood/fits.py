"""What a fit by maximum likelihood says of itself: estimates, their uncertainty, and whether either can be trusted."""

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ...errors import DataError, FitError, shorten_list
from ...results import Result
from .maximize import Optimum
from .profiles import check_level, profile_interval

_ILL = 1e8  # condition number beyond which estimates hang on each other


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Result):
    """Base of all fits by maximum likelihood.

    Attributes
    ----------
    optimum
        Where the likelihood is largest, and how it looks there.
    events
        How many events (onsets) the likelihood speaks of: the n of the AICc.
    """

    optimum: Optimum
    events: int

    @property
    def params(self) -> pd.Series:
        """The estimates, by name; infinity where the likelihood rises for ever."""
        return self._series(self.optimum.problem.params_of(self.optimum.coordinates), "estimate")

    @property
    def standard_errors(self) -> pd.Series:
        """From the observed information; NaN at 0, at infinity, and where the information is singular."""
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
        """At the estimates."""
        return self.optimum.log_likelihood

    @property
    def parameters(self) -> int:
        """How many were estimated."""
        return len(self.optimum.coordinates)

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 · parameters - 2 · log-likelihood."""
        return 2 * self.parameters - 2 * self.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike's criterion with the correction for few events; infinite where there are too few for the parameters."""
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
        """The estimates at a limit of what they can be, in words: "s road = 0"."""
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
        """Return profile-likelihood intervals, ``low`` and ``high`` by parameter.

        An end is 0 or infinity where the likelihood does not fall far enough on that side: the interval is one-sided.

        Parameters
        ----------
        level
            Of confidence.
        names
            Of the parameters wanted; by default all.
        unconverged
            "raise" or "allow": what to do where the search did not end at a maximum.

        Raises
        ------
        FitError
            The fit did not converge.
        DataError
            A level or a name that does not exist.
        """
        check_level(level)
        known = list(self.optimum.problem.names)
        wanted = known if names is None else [names] if isinstance(names, str) else list(names)
        strangers = [name for name in wanted if name not in known]
        if strangers or unconverged not in ("raise", "allow"):
            faults = [f"there is no parameter {name!r}" for name in strangers]
            faults += [] if unconverged in ("raise", "allow") else [f"unconverged = {unconverged!r}"]
            raise DataError(
                "no intervals", faults, f'parameters: {shorten_list(known, 20)}; unconverged: "raise" or "allow"'
            )
        if unconverged == "raise" and not self.converged:
            raise FitError(
                "no intervals",
                ["the search did not end at a maximum of the likelihood", self._state()],
                'a smaller model, or more onsets; intervals(unconverged="allow") gives them all the same',
            )
        ends = [self._profile(known.index(name), level) for name in wanted]
        return pd.DataFrame(ends, index=pd.Index(wanted, name="parameter"), columns=["low", "high"], dtype=float)

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        return profile_interval(self.optimum, index, level=level)

    def summary(self, *, level: float = 0.95) -> pd.DataFrame:
        """Return ``estimate, standard_error, low, high`` by parameter; a fit that did not converge has no intervals."""
        if self.converged:
            intervals = self.intervals(level=level)
        else:
            intervals = pd.DataFrame(np.nan, index=self.params.index, columns=["low", "high"])
        return pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors}).join(intervals)

    def diagnostics(self) -> pd.Series:
        """Return how the search ended: convergence, gradient, condition of the information, starts, boundary."""
        found = self.optimum
        return pd.Series(
            {
                "converged": self.converged,
                "gradient_norm": found.gradient_norm,
                "condition_number": found.condition,
                "starts": found.starts,
                "starts_at_the_optimum": found.reached,
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

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.sentence}\n  {self._state()}>"

    def _repr_html_(self) -> str:
        return f"{super()._repr_html_()}<p>{html.escape(self._state())}</p>"

    def _state(self) -> str:
        """Say how far the search can be trusted."""
        found = self.optimum
        if not self.parameters:
            return f"log-likelihood {self.log_likelihood:.4f}, nothing to estimate"
        ended = "converged" if self.converged else f"NOT CONVERGED (gradient {found.gradient_norm:.2g})"
        parts = [f"log-likelihood {self.log_likelihood:.4f}", f"{ended} from {found.reached} of {found.starts} starts"]
        if self.boundary:
            parts.append("at the boundary: " + shorten_list(self.boundary))
        if found.condition > _ILL:
            parts.append("ill-conditioned: the data cannot tell some estimates from each other")
        elif found.free.sum() > 1:
            parts.append(f"condition number {found.condition:.3g}")
        return ", ".join(parts)

    def _series(self, values: np.ndarray, name: str) -> pd.Series:
        return pd.Series(values, index=pd.Index(self.optimum.problem.names, name="parameter"), name=name, dtype=float)


def _number(value: float) -> str:
    return "∞" if value == math.inf else "-∞" if value == -math.inf else f"{value:.4g}"
