"""What every fit can do: estimates and intervals, its model, simulation, expected values, residuals and comparison."""

import html
import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...arguments import Arguments
from ...ensembles.ensemble import Ensemble
from ...errors import DataError, FitError, shorten_list
from ...figures import EstimateRows, Estimates
from ...results import Result
from ...wording import as_sentence
from .comparison import FitComparison, compare_fits
from .continuation import Continuation, Future
from .maximize import Optimum
from .profiles import check_level, profile_interval
from .residuals import ResidualKind, residuals_of, sums_by_place

_ILL_CONDITIONED = 1e8  # condition number above which estimates are nearly collinear


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Result):
    """Base class of maximum-likelihood fits: the likelihood of dated events of places, given a model.

    Attributes
    ----------
    optimum
        The maximum of the likelihood.
    events
        Number of observations that carry information: onsets, or counts by date and place. The n of the AICc.
    """

    optimum: Optimum
    events: int

    # what each kind of fit defines

    @property
    @abstractmethod
    def model(self) -> Any:
        """The fitted model: a frozen value with the estimates as its parameters."""

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, object]:
        """What is fixed in the model and no parameter, such as the link or the memory; equal in models that are nested."""

    @abstractmethod
    def observed(self) -> pd.DataFrame:
        """Return the data in the likelihood by date and place; NaN where a place-day is not in it."""

    @abstractmethod
    def expected(self) -> pd.DataFrame:
        """Return the expected value of each place-day given the days before; NaN where it is not in the likelihood."""

    @abstractmethod
    def simulate(self, draws: int, *, given: Any = None, rng: int | np.random.Generator | None = None) -> Ensemble:
        """Simulate panels from the fitted model.

        Parameters
        ----------
        draws
            Number of panels.
        given
            What had happened before the first simulated day; by default what the likelihood conditions on.
        rng
            A seed or a Generator; draw *i* depends on the seed and on *i* only.
        """

    def continuation(self, days: int, future: Future) -> Continuation:  # noqa: ARG002 - of fits that tell times
        """Return the days after the data, which `forecast` draws; `DataError` where a fit does not tell when events happen."""
        fix = "pass a fit of fit_endemic_epidemic, fit_tada or fit_event_history"
        raise DataError(f"fit must tell when places join; {type(self).__name__} tells only their order", fix=fix)

    def parents(self) -> pd.DataFrame:
        """Return who may have preceded each onset (`parent_table`); `DataError` where a fit has no ties between onsets."""
        need = "fit must have ties between single onsets, as those of fit_oada, fit_tada and fit_event_history"
        raise DataError(f"{need}; {type(self).__name__} has none")

    @abstractmethod
    def without(self, *names: str) -> Self:
        """Return the fit of the same data without some parts (networks, attributes), for a test of these parts."""

    # what follows

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.optimum.problem.names

    @property
    def boundary_parameters(self) -> tuple[str, ...]:
        """Parameters that a smaller model holds at the lowest value they can have, so that half of its tests are 0."""
        return ()

    @property
    def conditional_parameters(self) -> Mapping[str, tuple[str, ...]]:
        """Parameter -> the boundary parameters it exists with: it does not where all of these are at their lowest value."""
        return {}

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digest of what each network and attribute holds: models that differ in one of the same name are not nested."""
        return {}

    @property
    def overdispersion(self) -> float | None:
        """ψ of a model of counts, whose variance is μ(1 + ψμ); None for a model of onsets."""
        return None

    def log_likelihood_without(self, names: tuple[str, ...]) -> float | None:  # noqa: ARG002 - of penalized likelihoods
        """Return what is maximized, with some parameters held at 0; None where the maximum of the smaller model is the same."""
        return None

    def compare(self, other: "Fit") -> FitComparison:
        """Compare with another fit of the same data.

        Parameters
        ----------
        other
            A fit of the same kind to the same places and dates. Where one model contains the other, the likelihood ratio is
            tested; a parameter that the smaller model holds at the end of its range counts half.

        Returns
        -------
        FitComparison
            Likelihood ratio, p-value with its reference distribution, AICc and weights.

        Raises
        ------
        DataError
            ``other`` is no fit of the same kind, or its data differ.

        Notes
        -----
        S. G. Self, K.-Y. Liang (1987), Asymptotic properties of maximum likelihood estimators and likelihood ratio tests
        under nonstandard conditions, Journal of the American Statistical Association 82:605,
        doi:10.1080/01621459.1987.10478472.
        """
        with Arguments("pass a fit of the same function") as check:
            check.instance("other", other, type(self), f"a {type(self).__name__}")
        return compare_fits(self, other)

    def residuals(
        self, kind: ResidualKind = "deviance", *, rng: int | np.random.Generator | None = None
    ) -> pd.DataFrame:
        """Return residuals by date and place; NaN where a place-day is not in the likelihood.

        Parameters
        ----------
        kind
            "deviance": signed roots of twice the loss of log-likelihood against a perfect fit. "quantile": randomized
            quantile residuals, standard normal if the model is right.
        rng
            A seed or a Generator, for quantile residuals.

        Raises
        ------
        DataError
            ``kind`` is not known.

        Notes
        -----
        P. K. Dunn, G. K. Smyth (1996), Randomized quantile residuals, Journal of Computational and Graphical Statistics
        5:236, doi:10.1080/10618600.1996.10474708.
        """
        return residuals_of(self.observed(), self.expected(), kind, overdispersion=self.overdispersion, rng=rng)

    def by_place(self) -> pd.DataFrame:
        """Return what was observed and expected in each place, for tables and maps.

        Returns
        -------
        DataFrame
            Index: places. ``observed`` and ``expected``: sums over the place-days in the likelihood. ``residual``: their
            difference in standard deviations, about a standard normal number if the model is right. NaN for places that are
            not in the likelihood. Draw a column with ``plot_choropleth(fit.by_place()["residual"], regions)``.
        """
        return sums_by_place(self.observed(), self.expected(), self.overdispersion)

    @property
    def robust_standard_errors(self) -> pd.Series | None:
        """Standard errors that allow for dependence within places; None where the data cannot give them."""
        return None

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
        """Return ``estimate, standard_error, low, high`` by parameter; the interval is NaN if the fit did not converge.

        Where standard errors that allow for dependence within places are known, the columns ``robust_standard_error``,
        ``robust_low`` and ``robust_high`` follow.
        """
        if self.converged:
            intervals = self.intervals(level=level)
        else:
            intervals = pd.DataFrame(np.nan, index=self.params.index, columns=["low", "high"])
        table = pd.DataFrame({"estimate": self.params, "standard_error": self.standard_errors}).join(intervals)
        robust = self.robust_standard_errors
        if robust is not None:
            half = float(norm.ppf(0.5 + check_level(level) / 2)) * robust
            table = table.assign(
                robust_standard_error=robust, robust_low=table["estimate"] - half, robust_high=table["estimate"] + half
            )
        return table

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
        """Return the estimates with their profile-likelihood intervals; parameters and errors are those of `estimates_figure`."""
        return self.estimates_figure(level=level)

    def estimates_figure(self, *, level: float = 0.95) -> Estimates:
        """Return the estimates with their profile-likelihood intervals, which `plot_estimates` draws.

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
        open_end = bool(np.isinf(ends).any() or (low <= 0).any())
        arrows = " Arrows: the interval reaches 0 or has no end on this side." if open_end else ""
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
