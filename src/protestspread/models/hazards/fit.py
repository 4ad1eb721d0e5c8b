"""The fit of an event history: hazard ratios of exposure, attributes and what varied by time."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...ensembles.ensemble import Ensemble
from ...errors import shorten_list
from ...figures import EstimateRows
from ...inference.likelihood.comparison import digest, likelihood_ratio_test
from ...inference.likelihood.continuation import Continuation, Future
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.maximize import climb_from, with_held
from ...inference.permutation_test import MOST_PERMUTATIONS
from ...inference.strata import encode_strata
from ...random_streams import seed_of
from ...wording import as_sentence, format_number, format_p, join_words
from ..placebo import Exchange, PlaceboTest, Refits, run_placebo_test
from ..simulation import simulate_panels
from .binary_regression import BinaryRegression, Link, probability
from .design import EventHistoryDesign
from .model import EventHistoryModel
from .parents import exposure_parents


@dataclass(frozen=True, repr=False, eq=False)
class EventHistoryFit(Fit):
    """A fit of joining, day by day, to exposure along networks.

    ``params`` are the intercepts, then effects on the linear predictor: exp(effect) is a hazard ratio per unit of exposure
    (an odds ratio with the logit link). Standard errors are from the expected information.

    Attributes
    ----------
    optimum, events
        The maximum of the likelihood, and the number of onsets in it.
    design
        The place-days, exposures and covariates.
    link
        "cloglog" or "logit".
    firth
        Whether the likelihood is penalized; ``log_likelihood`` is without the penalty.
    separated
        Covariates that would tell the outcome without error; their effects are finite only by the penalty.
    cluster
        The number of each place's cluster; None where places join once.
    left_out
        Places without a value of an attribute.
    groups
        Networks that tie all members of one group alike, so that a flag of the group stands beside them.
    population
        Population of each place; None if one is not known.
    """

    design: EventHistoryDesign
    link: Link
    firth: bool
    separated: tuple[str, ...] = ()
    cluster: IntArray | None = None
    left_out: tuple[Hashable, ...] = ()
    groups: tuple[str, ...] = ()
    population: FloatArray | None = None

    @cached_property
    def regression(self) -> BinaryRegression:
        """The likelihood that was maximized."""
        return self.design.regression(self.link, firth=self.firth)

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(self.design.data.matrices)

    @property
    def rows(self) -> int:
        """Number of place-days in the likelihood."""
        return len(self.design.day)

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the estimates, without a penalty."""
        return self.regression.log_likelihood(self.optimum.coordinates)

    @property
    def penalized_log_likelihood(self) -> float:
        """What was maximized: the log-likelihood, with Firth's penalty if the fit has one."""
        return self.optimum.log_likelihood

    # the contract of a fit

    @property
    def settings(self) -> Mapping[str, object]:
        """Link, baseline and estimator, which are no parameters."""
        return {"link": self.link, "baseline": self.design.baseline, "firth": self.firth}

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digest of each covariate, with its memory and normalization; see `Fit.inputs`."""
        return {name: digest(values) for name, values in self.design.covariates.items()}

    @cached_property
    def model(self) -> EventHistoryModel:
        """The fitted model. With a penalty, the intercepts are re-estimated, so that the expected number of onsets is right."""
        data, model = self.design.data, self.regression
        at = model.calibrated(self.optimum.coordinates)
        values = dict(zip(model.names[model.groups :], at[model.groups :], strict=True))
        days, places = data.risk.activity.days, data.risk.activity.places
        predictor = np.full((len(days), len(places)), -np.inf)
        rows = np.unique(self.design.day) if self.design.baseline == "day" else np.arange(1, len(days))
        base = at[: model.groups] if self.design.baseline == "day" else np.full(len(rows), at[0])
        for name, column in self.design.baseline_columns(rows).items():
            base = base + values[name] * column
        predictor[rows] = base[:, None]
        for column_name in data.attributes:
            predictor += values[str(column_name)] * data.attributes[column_name].to_numpy(dtype=float)
        for term_name, term in data.by_day.items():
            predictor += values[term_name] * np.broadcast_to(term, predictor.shape)
        return EventHistoryModel(
            pd.DataFrame(predictor, days, places), data.matrices, {name: float(values[name]) for name in data.matrices},
            data.memories, self.link, data.risk.durations, data.risk.gap_days,
        )  # fmt: skip

    def observed(self) -> pd.DataFrame:
        """Return 1 where a place joined, 0 where it was at risk; NaN elsewhere and on days that are not in the likelihood."""
        return self._by_day(self.design.joined)

    def expected(self) -> pd.DataFrame:
        """Return the probability of joining of each place at risk, given who had joined; NaN where not in the likelihood.

        Intercepts are such that the sum over each day (over all days without day intercepts) is the observed number.
        """
        model = self.regression
        return self._by_day(probability(model.eta(model.calibrated(self.optimum.coordinates)), self.link))

    def _by_day(self, values: FloatArray) -> pd.DataFrame:
        activity = self.design.data.risk.activity
        table = np.full((len(activity.days), len(activity.places)), np.nan)
        table[self.design.day, self.design.place] = values
        return pd.DataFrame(table, index=activity.days, columns=activity.places)

    def simulate(self, draws: int, *, given: Any = None, rng: int | np.random.Generator | None = None) -> Ensemble:
        """Simulate panels that are 1 while a place is active, from the fitted model.

        Parameters
        ----------
        draws
            Number of panels.
        given
            A panel of activity on the first days (1 or 0), which the simulation goes on from; by default the first day.
        rng
            A seed or a Generator; draw *i* depends on the seed and on *i* only.

        Returns
        -------
        Ensemble
            All days of the data. With day intercepts, nobody joins on days without an onset.

        Raises
        ------
        DataError
            ``given`` does not begin on the first day, or its places differ.
        """
        activity = self.design.data.risk.activity
        with Arguments("pass the first rows of a panel of 1 and 0, such as fit.simulate(1)[0].iloc[:3]") as check:
            draws = check.whole("draws", draws, at_least=1, at_most=10**8)
            if given is not None and not (
                isinstance(given, pd.DataFrame)
                and given.columns.equals(activity.places)
                and given.index.equals(activity.days[: len(given)])
                and len(given)
            ):
                check.fault("given must be a panel of the first days and of all places of the fit")
        start = activity.active[:1] if given is None else given.to_numpy(dtype=float) > 0
        draw = self.model.continue_from(start.astype(float), activity.days)
        return simulate_panels(draw, _as_dates(activity.days), activity.places, draws, rng, ties=len(activity.places))

    def continuation(self, days: int, future: Future) -> Continuation:
        """Return the days after the data; see `Fit.continuation`."""
        longer = replace(self, design=self.design.continued(days, future))
        activity, once = longer.design.data.risk.activity, longer.design.data.risk.durations is None
        past, days_of = activity.active[:-days].astype(float), _as_dates(activity.days)
        draw_of = lambda fit: fit.model.continue_from(past, activity.days)  # noqa: E731
        return Continuation(days_of[-days:], activity.places, "joined" if once else "active", longer, draw_of)

    def parents(self) -> pd.DataFrame:
        """Return who may have preceded each onset or spell, with its share of the hazard; columns as `OADAFit.parents`."""
        return exposure_parents(self.design.data, dict(zip(self.parameter_names, self.params, strict=True)))

    def without(self, *names: str) -> "EventHistoryFit":
        """Return the fit without some networks, attributes or what varies by time; the place-days stay the same."""
        known = list(self.design.covariates)
        with Arguments() as check:
            for name in names:
                check.choice("names", name, known)
            if not names:
                check.fault(f"names must name what to leave out: {shorten_list(known, 20)}")
        design = self.design.without(names)
        optimum = design.regression(self.link, firth=self.firth).fit()
        separated, groups = (
            tuple(name for name in kept if name not in names) for kept in (self.separated, self.groups)
        )
        return replace(self, optimum=optimum, design=design, separated=separated, groups=groups)

    def log_likelihood_without(self, names: tuple[str, ...]) -> float:
        """Return the maximum with some effects held at 0, which a penalized likelihood is tested against."""
        held = np.isin(self.parameter_names, names)
        at = np.where(held, 0.0, self.optimum.coordinates)
        return float(climb_from(with_held(self.optimum.problem, at, ~held), at[~held])[1])

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Likelihood-ratio tests of each effect against none, given the others: ``statistic, p_value``.

        With a penalty, of the penalized likelihood (G. Heinze, M. Schemper 2002, Statistics in Medicine 21:2409,
        doi:10.1002/sim.1047).
        """
        found = {
            name: likelihood_ratio_test(self.optimum.log_likelihood, self.log_likelihood_without((name,)), 0, regular=1)
            for name in self.design.covariates
        }
        return pd.DataFrame.from_dict(found, orient="index", columns=["statistic", "p_value"]).rename_axis("parameter")

    @property
    def robust_standard_errors(self) -> pd.Series | None:
        """Standard errors clustered by place, without a correction for few clusters; None where places join once.

        The sandwich of the inverse expected information and the summed scores of each cluster.
        """
        if self.cluster is None:
            return None
        scores = self.regression.scores(self.optimum.coordinates, self.cluster[self.design.place])
        bread = np.linalg.inv(self.optimum.information)
        variance = np.diag(bread @ (scores.T @ scores) @ bread)
        return self._series(np.sqrt(variance), "robust standard error")

    def placebo_test(
        self,
        network: str | None = None,
        *,
        strata: pd.Series | Mapping[Any, Any] | None = None,
        permutations: int = 199,
        rng: int | np.random.Generator | None = None,
    ) -> PlaceboTest:
        """Hold a network against placebo networks: the same ties with places exchanged, all else as fitted.

        Parameters
        ----------
        network
            Name of the network; may be left out where there is one.
        strata
            A label by place, such as ``cities["region_id"]``: places are then also exchanged within strata only, so that
            regions that differ are part of the null.
        permutations
            Number of placebo networks of each null, fewer where the p-value cannot become small; each is refitted.
        rng
            A seed or a Generator.

        Returns
        -------
        PlaceboTest
            The verdict "consistent with transmission" needs the likelihood ratio and all nulls.

        Raises
        ------
        DataError
            The network is not known, or a place has no stratum.

        Notes
        -----
        Places are exchanged in blocks of about five of like population, where populations are known: larger places that join
        earlier are part of the null.
        """
        name = self.networks[0] if network is None and len(self.networks) == 1 else network
        with Arguments() as check:
            check.choice("network", name, self.networks)
            permutations = check.whole("permutations", permutations, at_least=1, at_most=MOST_PERMUTATIONS)
        places = self.design.data.risk.activity.places
        population = np.full(len(places), np.nan) if self.population is None else self.population
        exchange = Exchange(population, None if strata is None else encode_strata(places, strata))
        root = _SignedRoot(self, str(name))
        refits = Refits(permutations, seed_of(rng), cost=2e7 + 500.0 * self.rows)
        return run_placebo_test(str(name), root, exchange, refits)

    # what is printed

    def intervals(
        self, *, level: float = 0.95, names: Any = None, unconverged: Literal["raise", "allow"] = "raise"
    ) -> pd.DataFrame:
        """Return profile-likelihood confidence intervals, by default of all effects but not of the intercepts.

        Parameters and errors are those of `Fit.intervals`.
        """
        wanted = list(self.design.covariates) if names is None else names
        return super().intervals(level=level, names=wanted, unconverged=unconverged)

    def diagnostics(self) -> pd.Series:
        """Return diagnostics of the search, the estimator, and the numbers of place-days and onsets."""
        more = {
            "estimator": "Firth's penalized likelihood" if self.firth else "maximum likelihood",
            "place_days": self.rows,
            "expected_onsets": float(np.nansum(self.expected().to_numpy())),
            "separated": "; ".join(self.separated),
            "places_left_out": len(self.left_out),
        }
        return pd.Series({**super().diagnostics(), **more}, name="diagnostics", dtype=object)

    @property
    def sentence(self) -> str:
        """The hazard (odds) ratio of each network with its interval and its test."""
        places = len(self.design.data.risk.activity.places)
        whole = f"{self.events:,} onsets in {places:,} places, {self.rows:,} place-days at risk"
        given = [name for name in self.design.covariates if name not in self.networks]
        held = {"day": "the day", "spline": "the trend of the days", "none": ""}[self.design.baseline]
        holding = join_words([part for part in [held, *given] if part])
        if not self.networks:
            return as_sentence(f"{whole}: a model without networks")
        if not self.converged:
            return as_sentence(f"{whole}: the fit did not converge, so that no effect is estimated")
        table, p_values = self.summary(), self.tests["p_value"].to_dict()
        effects = []
        for name in self.networks:
            ends = np.exp(table.loc[[name], ["estimate", "low", "high"]].to_numpy(dtype=float))[0]
            estimate, low, high = (format_number(float(end)) for end in ends)
            about = f"95% interval {low} to {high}; {format_p(float(p_values[name]))} against no effect"
            effects.append(f"{estimate} times as high per unit of exposure along '{name}' ({about})")
        what = "the hazard of joining was" if self.link == "cloglog" else "the odds of joining on a day were"
        return as_sentence(f"{whole}; {'given ' + holding + ', ' if holding else ''}{what} {join_words(effects)}")

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result, and what the data cannot tell."""
        found = []
        if self.networks:
            found.append(
                "This is an association, not evidence of spread: late reports of small places, a cause that tied places share "
                "and omitted attributes look the same. placebo_test compares a network with places exchanged within regions."
            )
        if self.firth:
            about = f" ({self.events} onsets for {self.parameters} parameters)" if not self.separated else ""
            found.append(f"Estimated by Firth's penalized likelihood{about}.")
        if self.separated:
            found.append(
                f"{join_words([repr(name) for name in self.separated])} {'tells' if len(self.separated) == 1 else 'tell'} who joined without "
                "error, so that the effect has no upper limit in the data; the estimate is finite only by the penalty."
            )
        found += [
            f"'{name}' ties all members of one group alike: a flag of the group stands beside it, as what members share looks the same."
            for name in self.groups
        ]
        if len(self.left_out):
            found.append(
                f"{len(self.left_out)} places without a value of an attribute are left out: {shorten_list(self.left_out)}."
            )
        if not len(self.design.data.attributes.columns):
            found.append("No attribute is held constant, not even population.")
        if self.design.baseline != "day":
            found.append("Shocks of single days are not held constant.")
        return tuple(found)

    def _scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:
        """Return hazard ratios (odds ratios) of the effects."""
        effects = table.loc[list(self.design.covariates), ["estimate", "low", "high"]].apply(np.exp)
        ratio = "hazard ratios" if self.link == "cloglog" else "odds ratios"
        heading = f"{ratio} per unit with {level} intervals (filled dot: the interval excludes 1)"
        return [EstimateRows(effects, heading, log=True, reference=1.0)]


@dataclass(frozen=True, eq=False)
class _SignedRoot:
    """The signed root of the likelihood ratio of a network whose places are exchanged, all else as in a fit."""

    fit: EventHistoryFit
    network: str

    def __call__(self, order: IntArray) -> float:
        """Return the statistic given an order of the places; 0 where the network exposes nobody, or all alike."""
        model = self.fit.design.exchanged(self.network, order).regression(self.fit.link, firth=self.fit.firth)
        row = model.names.index(self.network)
        if np.ptp(model.columns[:, row - model.groups]) == 0:
            return 0.0
        free = np.arange(len(model.names)) != row
        problem, start = model.problem, np.where(free, self.fit.optimum.coordinates, 0.0)
        null, height = climb_from(with_held(problem, start, free), start[free])
        start[free] = null
        at, highest = climb_from(problem, start)
        return float(np.sign(at[row]) * np.sqrt(max(2 * (highest - height), 0.0)))


def _as_dates(days: pd.Index) -> pd.DatetimeIndex:
    """Return dates; whole numbers are counted from the first day of 2000."""
    if isinstance(days, pd.DatetimeIndex):
        return days
    return pd.date_range("2000-01-01", periods=len(days), name="date")
