"""The endemic-epidemic model fitted to counts by day and place."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...ensembles.ensemble import Ensemble
from ...exposures.memories import Geometric
from ...figures import EstimateRows, StackedParts
from ...graphs.diffusion import DiffusionGraph
from ...graphs.ties import Ties
from ...inference.likelihood.comparison import FitComparison
from ...inference.likelihood.continuation import Continuation, Future
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.maximize import maximize_given
from ...inference.permutation_test import MOST_PERMUTATIONS
from ...inference.strata import PlaceStrata, encode_strata, population_of
from ...random_streams import seed_of
from ..placebo import Exchange, PlaceboTest, Refits, run_placebo_test
from ..simulation import simulate_panels
from .endemic_epidemic import EndemicEpidemicModel
from .placebos import NeighborsRoot
from .rates import RatesState
from .search import search
from .simulation_inputs import continued, given_rows, part_rates
from .specification import (
    DECAY,
    ENDEMIC,
    NEIGHBORS,
    OVERDISPERSION,
    OWN,
    P,
    Specification,
    check_removable,
)
from .stacked_parts import scales_of, stacked_parts
from .wording import caveats_of, sentence_of

_FEWEST_CLUSTERS = 10


@dataclass(frozen=True, repr=False, eq=False)
class EndemicEpidemicFit(Fit):
    """An endemic-epidemic model fitted by `fit_endemic_epidemic`.

    Parameters are named "endemic", "own" and "neighbors" (logarithms of the rates where all terms are 0), "own: curfew" (the
    effect of a term on the logarithm of the rate), "decay" (d of the power law), "p" (of geometric lags) and "overdispersion"
    (ψ). A part that the data drive to nothing has the estimate -∞; what the data do not identify is NaN, and is named.

    Attributes
    ----------
    specification
        The counts, and the parts of their mean.
    """

    specification: Specification

    # the contract of fits

    @cached_property
    def model(self) -> EndemicEpidemicModel:
        """The fitted model; simulate it on `graph`."""
        rates = part_rates(self.specification, self.optimum)
        near = {name.removeprefix(f"{NEIGHBORS} "): rate for name, rate in rates.items() if name not in (ENDEMIC, OWN)}
        params, memory = self.params, self.specification.memory
        if isinstance(memory, Geometric) and memory.p is None:
            p = params.get(P, np.nan)
            memory = Geometric(memory.max_days, p=float(np.clip(p, 1e-9, 1)) if np.isfinite(p) else 0.5)
        decay = params.get(DECAY, 0.0 if self._reaches_all else np.nan)
        return EndemicEpidemicModel(
            endemic=rates[ENDEMIC],
            own=rates.get(OWN, 0.0),
            neighbors=near.get(NEIGHBORS, 0.0) if len(near) < 2 else near,
            overdispersion=float(params.get(OVERDISPERSION, 0.0)),
            memory=memory,
            decay=None if not self._reaches_all else 0.0 if np.isnan(decay) else float(decay),
        )

    @cached_property
    def graph(self) -> DiffusionGraph:
        """The ties that the model is simulated on; with several graphs, one kind of tie for each."""
        graphs = {
            part.name.removeprefix(f"{NEIGHBORS} "): part.graph for part in self.specification.parts if part.graph
        }
        if len(graphs) == 1:
            return next(iter(graphs.values()))
        matrices = {name: graph.matrix for name, graph in graphs.items()}
        ties = {name: Ties(found.indptr, found.indices, found.data) for name, found in matrices.items()}
        return DiffusionGraph(self.specification.panel.columns, ties)

    @property
    def settings(self) -> Mapping[str, object]:
        """Nothing: all that is fixed belongs to a part or a term, and is in `inputs`."""
        return {}

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digests of lags, ties, terms and offset; see `Fit.inputs`."""
        return self.specification.inputs

    def observed(self) -> pd.DataFrame:
        """Return the counts in the likelihood by date and place; NaN where a place-day is not in it."""
        return self.specification.frame(self.specification.rates.counts.values)

    def expected(self) -> pd.DataFrame:
        """Return the expected count of each place-day given the days before; NaN where it is not in the likelihood."""
        return self.specification.frame(self._fitted.mean)

    def parts(self) -> dict[str, pd.DataFrame]:
        """Return the parts of the expected counts by name; they add up to `expected`."""
        shape = self._fitted.mean.shape
        named = zip(self.specification.parts, self._fitted.parts, strict=True)
        return {part.name: self.specification.frame(np.broadcast_to(values, shape)) for part, values in named}

    def simulate(
        self,
        draws: int,
        *,
        given: pd.DataFrame | None = None,
        days: int | None = None,
        rng: int | np.random.Generator | None = None,
    ) -> Ensemble:
        """Simulate panels from the fitted model.

        Parameters
        ----------
        draws
            Number of panels.
        given
            Rows of the fitted panel after which the simulation goes on, such as ``panel.iloc[:120]``; by default the first
            rows, which the likelihood conditions on.
        days
            Number of simulated days; by default up to the last day of the fitted panel.
        rng
            A seed or a Generator; draw *i* depends on the seed and on *i* only.

        Returns
        -------
        Ensemble
            The simulated days, without the given ones.

        Raises
        ------
        DataError
            The given rows are not dates and places of the fitted panel or were not observed, fewer days are left than asked
            for, or counts grow without bound.
        """
        first, dates = given_rows(self.specification, given, days)
        draw, ties = self.model.draw_panel(self.graph, dates, first), self.graph.matrix.nnz
        return simulate_panels(draw, dates, self.graph.nodes, draws, rng, ties=ties, counts=True, skip=len(first))

    def continuation(self, days: int, future: Future) -> Continuation:
        """Return the days after the panel; see `Fit.continuation`."""
        longer = replace(self, specification=continued(self.specification, days, future))
        first, dates = given_rows(longer.specification, self.specification.panel, days)
        graph = self.graph
        draw_of = lambda fit: fit.model.draw_panel(graph, dates, first)  # noqa: E731
        return Continuation(dates[-days:], graph.nodes, "counts", longer, draw_of)

    def without(self, *names: str) -> Self:
        """Return the fit of the same counts without some parts or terms, for a test of these.

        Parameters
        ----------
        names
            "own", "neighbors" (all graphs), "neighbors road" (one of several) or a term such as "own: curfew".

        Raises
        ------
        DataError
            The fit has no such part or term.
        """
        check_removable(self.specification, names)
        return type(self).of(self.specification.without(names))

    @classmethod
    def of(cls, specification: Specification) -> Self:
        """Fit a specification."""
        return cls(search(specification), int(specification.inside.sum()), specification)

    def placebo_test(
        self,
        network: str | None = None,
        *,
        strata: PlaceStrata = None,
        population: pd.Series | None = None,
        permutations: int = 199,
        rng: int | np.random.Generator | None = None,
    ) -> PlaceboTest:
        """Hold the part of the neighbors against placebo networks: the same ties with places exchanged, all else as fitted.

        Parameters
        ----------
        network
            Name of the graph; may be left out where there is one.
        strata
            A label by place, such as ``cities["region_id"]``: places are then also exchanged within strata only, so that
            regions that differ are part of the null.
        population
            Population by place: places are exchanged in blocks of about five of like population.
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
            The fit has no neighbors or the graph is not known, or a place has no stratum or population.
        """
        names = [name.removeprefix(f"{NEIGHBORS} ") for name in self._epidemic if name != OWN]
        name = names[0] if network is None and len(names) == 1 else network
        places = self.specification.panel.columns
        with Arguments() as check:
            check.choice("network", name, names)
            permutations = check.whole("permutations", permutations, at_least=1, at_most=MOST_PERMUTATIONS)
            size = population_of(check, population, places)
        part = str(name) if name == NEIGHBORS else f"{NEIGHBORS} {name}"
        root = NeighborsRoot(self.specification, part, self.optimum.problem, self.optimum.coordinates)
        exchange = Exchange(size, None if strata is None else encode_strata(places, strata))
        refits = Refits(permutations, seed_of(rng), cost=1e7 + 1e3 * self.specification.inside.size)
        likelihood_p = self.compare(self.without(part)).p_value  # the part may have terms and a decay
        return run_placebo_test(str(name), root, exchange, refits, likelihood_p=likelihood_p)

    @property
    def boundary_parameters(self) -> tuple[str, ...]:
        """Own and neighbors parts, whose rate cannot be below 0, and the overdispersion."""
        return (*self._epidemic, *([OVERDISPERSION] if OVERDISPERSION in self.parameter_names else []))

    @property
    def conditional_parameters(self) -> Mapping[str, tuple[str, ...]]:
        """Terms, the decay and p, which exist only with own or neighbors parts."""
        near = tuple(name for name in self._epidemic if name != OWN)
        terms = {
            name: (part,) for part in self._epidemic for name in self.parameter_names if name.startswith(f"{part}: ")
        }
        return {**terms, DECAY: near, P: self._epidemic}

    @property
    def overdispersion(self) -> float:
        """ψ: the variance of a count is μ(1 + ψμ); 0 for Poisson counts."""
        return float(self.params.get(OVERDISPERSION, 0.0))

    @cached_property
    def robust_standard_errors(self) -> pd.Series | None:
        """Standard errors that allow for dependence within places; None with fewer than 10 places in the likelihood.

        The sandwich of the inverse observed information and the summed scores of each place, times G/(G - 1) for G places.
        """
        point, free = self.optimum.coordinates, np.flatnonzero(self.optimum.free)
        scores = self.specification.rates.scores_by_place(point)[self.specification.inside.any(axis=0)]
        bread = self.optimum.covariance[np.ix_(free, free)]
        if len(scores) < _FEWEST_CLUSTERS or not np.isfinite(bread).all():
            return None
        inner = scores[:, free]
        variance = bread @ (inner.T @ inner) @ bread * len(scores) / (len(scores) - 1)
        plain = np.sqrt(np.diag(bread))
        ratio = pd.Series(np.sqrt(np.diag(variance)) / plain, index=np.array(self.parameter_names)[free])
        return (self.standard_errors * ratio.reindex(self.standard_errors.index)).rename("robust standard error")

    @property
    def boundary(self) -> tuple[str, ...]:
        """Estimates at the end of their range, such as "neighbors = 0": the part does not add to the counts."""
        ends = [text for text in super().boundary if not text.endswith("= nan")]
        rates = {f"{part.name} = -∞": f"{part.name} = 0" for part in self.specification.parts}
        return tuple(rates.get(text, text) for text in ends)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Parameters that the data do not identify."""
        return tuple(self.params.index[self.params.isna()])

    def _scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:
        return scales_of([part.name for part in self.specification.parts], table, level)

    def figure(self, *, places: Iterable[Hashable] | Hashable | None = None) -> StackedParts:  # type: ignore[override]
        """Return the fitted parts by date with the observed counts; for the estimates, see `plot_estimates`.

        Parameters
        ----------
        places
            Places to show in a panel each, at most 24; by default all places together.

        Raises
        ------
        DataError
            A place is not in the panel.
        """
        rows = self.specification.rows
        parts = {name: panel.iloc[rows] for name, panel in self.parts().items()}
        return stacked_parts(self.observed().iloc[rows], parts, self.sentence, places)

    def by_place(self) -> pd.DataFrame:
        """Return what was observed and expected in each place, and the share of each part, for tables and maps.

        Returns
        -------
        DataFrame
            Index: places. ``observed, expected, residual`` as in every fit, and ``share of endemic``, ``share of own``,
            ``share of neighbors`` of the expected counts.
        """
        return super().by_place().join(self.proportions_by_place().add_prefix("share of "))

    # what this family tells

    @property
    def sentence(self) -> str:
        """The shares of the parts, and the test of the neighbors against none."""
        return sentence_of(self)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else looks like an epidemic part, and what these data cannot tell."""
        return caveats_of(self)

    def proportions(self) -> pd.Series:
        """Return the share of each part in the expected counts; the shares sum to 1."""
        totals = pd.Series({name: float(np.nansum(values)) for name, values in self.parts().items()}, name="share")
        return pd.Series(totals / totals.sum()).rename_axis("part")

    def proportions_by_place(self) -> pd.DataFrame:
        """Return the share of each part in the expected counts of each place, one column a part; each row sums to 1."""
        totals = pd.DataFrame({name: values.sum(min_count=1) for name, values in self.parts().items()})
        return totals.div(totals.sum(axis=1, min_count=1), axis=0).rename_axis(columns="part")

    def dominant_eigenvalue(self, date: str | pd.Timestamp | None = None) -> float:
        """Return the dominant eigenvalue of the fitted own and neighbors parts; below 1, counts do not grow without bound.

        Parameters
        ----------
        date
            A date of the panel; needed where terms of these parts vary by date.

        Raises
        ------
        DataError
            Terms vary by date, and ``date`` is not a date of the panel.
        """
        return self.model.dominant_eigenvalue(self.graph, date=date)

    @cached_property
    def neighbors_test(self) -> FitComparison | None:
        """The likelihood-ratio test against the model without neighbors; None if it has none."""
        near = [name for name in self._epidemic if name != OWN]
        return self.compare(self.without(*near)) if near else None

    @cached_property
    def decay_gain(self) -> float:
        """Log-likelihood by which the decay exceeds both ends of its range: neighbors alone, and all places alike.

        NaN without a decay. Below 2, the decay is weakly identified.
        """
        if not np.isfinite(self.params.get(DECAY, np.nan)):
            return np.nan
        row, problem = self.parameter_names.index(DECAY), self.optimum.problem
        ends = [float(problem.lower[row]), float(problem.upper[row])]
        others = [maximize_given(problem, row, end, self.optimum.coordinates)[0] for end in ends]
        return self.log_likelihood - max(others)

    def diagnostics(self) -> pd.Series:
        """Return diagnostics of the search, the dispersion, and the shares of the parts."""
        mean = self._fitted.mean[self.specification.inside]
        counts = self.specification.rates.counts.values[self.specification.inside]
        variance = mean * (1 + self.overdispersion * mean)
        more = {
            "pearson_dispersion": float(((counts - mean) ** 2 / variance).sum() / max(len(mean) - self.parameters, 1)),
            "place_days_left_out": int((~self.specification.inside).sum()),
            "decay_gain": self.decay_gain,
            "not_identified": "; ".join(self.not_identified),
            **{f"share {name}": float(share) for name, share in self.proportions().items()},
        }
        return pd.Series({**super().diagnostics(), **more}, name="diagnostics", dtype=object)

    @cached_property
    def _fitted(self) -> RatesState:
        return self.specification.rates.state(self.optimum.coordinates)

    @property
    def _epidemic(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.specification.parts[1:])

    @property
    def _reaches_all(self) -> bool:
        return self.specification.rates.past.power_law
