"""Comparison of candidate networks, alone and in combination, beside attributes, with placebos and with rivals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.comparison import likelihood_ratio_test
from ...inference.likelihood.partial_likelihood import TieMethod
from ...inference.permutation_test import MOST_PERMUTATIONS
from ...inference.strata import PlaceStrata, encode_strata
from ...kernels.dispatch import repeated
from ...random_streams import seed_of
from ..attributes import Attributes, PlaceAttributes, only_group
from ..worlds import DEFAULT_RIVALS, World, check_worlds
from .acquisitions import Acquisitions, Moment, SeedPlaces, network_matrices, seed_places
from .caveats import CaveatFacts
from .comparison import NetworkComparison
from .date_error import SampledDates, check_date_intervals, sample_supports
from .fit import NetworkFit
from .hazards import Effect, Hazards
from .null_draws import EVALUATIONS, NullDraws
from .spec import NBDASpec
from .tada import Baseline, TimeForm

MOST_NETWORKS = 6
_Fits = Mapping[tuple[str, ...], NetworkFit]


def compare_networks(
    onsets: pd.Series,
    graphs: Mapping[str, DiffusionGraph],
    cities: gpd.GeoDataFrame | None = None,
    *,
    attributes: Attributes = "population",
    effect: Effect = "multiplicative",
    ties: TieMethod = "exact",
    observed_until: Moment = None,
    observed_from: Moment = None,
    baseline: Baseline = "constant",
    time: TimeForm | None = None,
    seeds: SeedPlaces = None,
    placebos: int = 99,
    strata: PlaceStrata = None,
    rivals: Iterable[World] = DEFAULT_RIVALS,
    rival_draws: int = 99,
    date_intervals: tuple[pd.Series, pd.Series] | None = None,
    date_draws: int = 50,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> NetworkComparison:
    """Compare candidate networks of transmission: all sets of them beside attributes, with no network, placebos and rivals.

    A network is named only where the AICc prefers it to the attributes of the places alone, where placebo networks seldom fit
    as well, and where spreads simulated without transmission seldom look like it (both p at most 0.05).

    Parameters
    ----------
    onsets, effect, seeds
        As in `fit_oada`.
    graphs
        A dict of name -> graph, over the same places, at most 6. A graph that ties all members of one group alike, and nobody
        else, cannot be told from what its members are by themselves: membership becomes an attribute.
    cities
        The places, with their attributes as columns.
    attributes
        What places are by themselves; it stands beside every set of networks, also in the model without networks. Names of
        columns of ``cities`` (``population`` is taken as its logarithm, True and False as 1 and 0), or a table of numbers by
        place, or None. Places without a value are left out.
    observed_until
        If given, the times of the onsets are fitted (`fit_tada`, with ``observed_from``, ``baseline`` and ``time``);
        otherwise their order (`fit_oada`, with ``ties``).
    placebos
        Number of placebo networks, in which places are exchanged and ties are kept; 0 for none.
    strata
        Region of each place. Places are exchanged within regions, so that placebos keep the similarity of neighbors.
    rivals
        Worlds without transmission. Spreads are simulated from the fitted model without networks in each of them, and
        refitted. By default `AttributesWorld` and `ReportingDelayWorld`; also `RegionalShockWorld`, or your own.
    rival_draws
        Number of simulated spreads of each world; 0 for none.
    date_intervals
        Earliest and latest onset of each place. Onsets are sampled from these intervals ``date_draws`` times, and all models
        are refitted.
    date_draws
        Number of samples of the onsets.
    level
        Confidence level of the intervals.
    rng
        A seed or a Generator; results do not depend on the number of workers.

    Raises
    ------
    DataError
        As `fit_oada` and `fit_tada`; ``graphs`` is empty or holds more than 6 networks; more than a tenth of the onsets are
        of places without an attribute; or strata or intervals do not fit the onsets.

    Notes
    -----
    M. J. Hasenjager, E. Leadbeater, W. Hoppitt (2021), Detecting and quantifying social transmission using network-based
    diffusion analysis, Journal of Animal Ecology 90:8-26, doi:10.1111/1365-2656.13307.

    Without attributes, a network is named in half of the worlds in which larger places join, or are reported, earlier
    (``docs/calibration.md``). What still misleads: a cause that tied places share and that neither attributes nor strata
    describe, and a network that resembles the one that carried protest. A placebo p and a rival p are of the best of the
    networks: the statistic of a draw is the largest over them. Drawing stops where no p-value can become small.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities))[cities.index]
    >>> networks = {"near": ps.nearest_graph(cities, k=3), "oil": ps.similarity_graph(cities, "oil_gas")}
    >>> found = ps.compare_networks(first, networks, cities, strata=cities["region_id"], rng=1)
    >>> found.attributes, found.models.index[0]
    (('log population', "member of 'oil'"), ())
    """
    _check_number(graphs)
    with Arguments() as check:
        level = check.number("level", level, above=0, at_most=np.nextafter(1, 0))
        check.choice("ties", ties, get_args(TieMethod))
        check.choice("baseline", baseline, get_args(Baseline))
        check.whole("placebos", placebos, at_least=0, at_most=MOST_PERMUTATIONS)
        check.whole("rival_draws", rival_draws, at_least=0, at_most=MOST_PERMUTATIONS)
        check.whole("date_draws", date_draws, at_least=0, at_most=MOST_PERMUTATIONS)
    worlds = check_worlds(rivals)
    spec = NBDASpec(ties, baseline, observed_from, observed_until, time)
    Acquisitions.of(onsets, seeds)  # checks the onsets
    onsets = onsets.iloc[np.argsort(onsets.index.map(str), kind="stable")]  # draws do not depend on the order of rows
    data = _Data.of(onsets, graphs, cities, attributes, seeds)
    intervals = None if date_intervals is None else check_date_intervals(onsets, date_intervals)
    regions = None if strata is None else encode_strata(onsets.index, strata)
    rates = spec.check_networks(data.hazards(effect))
    seed, clock = seed_of(rng), spec.window(rates.acquisitions)
    with repeated(4 * 2 ** len(graphs) + EVALUATIONS * len(graphs) * (placebos + len(worlds) * rival_draws) / 50):
        fits = {names: spec.fit(rates.subset(names), clock) for names in _subsets(rates.networks)}
        draws = NullDraws(spec, rates, clock, fits[()], seed, None if regions is None else regions[data.kept])
        placebo = draws.placebos(placebos)
        rival, not_tried = draws.rivals(worlds, rival_draws, data.attributes.population)
        dates = SampledDates(spec, rates, onsets, data.kept, data.seeds, intervals or (onsets, onsets), fits, seed)
        date_error, lost = sample_supports(dates, 0 if intervals is None else date_draws, draws.cost * 2 ** len(graphs))
        models = _models(fits)
        table = _table(rates, fits, models, level)
    table = table.assign(**draws.p_values(placebo, rival), weights=data.weighting())
    facts = CaveatFacts(
        fits[models.index[0]], fits[()], data.groups, rates.common, onsets.index[~data.kept], placebo[:, 1], strata is not None,
        {"placebos": (len(placebo), placebos)} | {words: (len(rows), rival_draws) for words, rows in rival.items()},
        not_tried, date_error, lost,
    )  # fmt: skip
    joined, at_risk = rates.acquisitions.events, int((rates.acquisitions.rank >= 0).sum())
    return NetworkComparison(
        table, models, fits, pd.DataFrame(placebo[:, 0], columns=list(rates.networks)), draws.table(rival), date_error,
        joined, at_risk, "order" if observed_until is None else "times", strata is not None,
        tuple(rates.attributes.columns), facts.sentences(), level,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Data:
    """Onsets, networks and attributes of the places that are compared."""

    onsets: pd.Series
    kept: BoolArray
    seeds: SeedPlaces
    matrices: dict[str, sp.csr_array]
    attributes: PlaceAttributes
    groups: list[str]

    @classmethod
    def of(
        cls,
        onsets: pd.Series,
        graphs: Mapping[str, DiffusionGraph],
        cities: gpd.GeoDataFrame | None,
        attributes: Attributes,
        seeds: SeedPlaces,
    ) -> "_Data":
        """Check the data, leave out places without attributes, and add a flag for each network that ties one group alike."""
        matrices = network_matrices(onsets.index, graphs)
        known = PlaceAttributes.of(attributes, cities, onsets)
        kept = ~onsets.index.isin(known.left_out)
        if not kept.all():
            matrices = {name: matrix[kept][:, kept] for name, matrix in matrices.items()}
            seeds = [place for place in seed_places(onsets, seeds) if place not in known.left_out]
            onsets = onsets[kept]
        groups = {name: only_group(matrix) for name, matrix in matrices.items()}
        members = {name: group for name, group in groups.items() if group is not None}
        return cls(onsets, kept, seeds, matrices, known.with_groups(members), list(members))

    def hazards(self, effect: Effect) -> Hazards:
        """Return the rates that are fitted."""
        acquisitions = Acquisitions.of(self.onsets, self.seeds)
        exposures = {name: acquisitions.exposure(matrix) for name, matrix in self.matrices.items()}
        return Hazards(acquisitions, exposures, self.attributes.table, effect)

    def weighting(self) -> list[str]:
        """Return how the ties of each network are weighted."""
        return [_weighting(matrix) for matrix in self.matrices.values()]


def _weighting(matrix: sp.csr_array) -> str:
    """Return whether weights are all equal, sum to 1 by target or by source, or are as given.

    Examples
    --------
    >>> _weighting(sp.csr_array(np.array([[0, 0.5], [1, 0]])))
    'as given'
    """
    if np.ptp(matrix.data) <= 1e-9 * matrix.data.max():
        return f"all {matrix.data[0]:g}"
    for axis, words in ((0, "sum to 1 by target"), (1, "sum to 1 by source")):
        total = np.asarray(matrix.sum(axis=axis))
        if np.allclose(total[total > 0], 1):
            return words
    return "as given"


def _subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return all sets of networks, the empty one first."""
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _models(fits: _Fits) -> pd.DataFrame:
    """Return the table of models, best first."""
    names = ("parameters", "log_likelihood", "aicc")
    columns = {name: [getattr(fit, name) for fit in fits.values()] for name in names}
    index = pd.Index(list(fits), name="networks", tupleize_cols=False)
    table = pd.DataFrame(columns, index).sort_values("aicc", kind="stable")
    least = table["aicc"].iloc[0]
    table["delta"] = table["aicc"] - least if np.isfinite(least) else np.nan
    weight = np.exp(-table["delta"] / 2)
    return table.assign(weight=weight / weight.sum())


def _table(rates: Hazards, fits: _Fits, models: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the table of networks: their support, and their fit in the best model and alone."""
    best, rows = fits[models.index[0]], []
    for name in rates.networks:
        alone = fits[(name,)]
        joint = (np.nan, np.nan)
        if name in best.networks:
            joint = (np.inf if name in best.unbounded else best.strength(name), best.share_transmitted[name])
        test = likelihood_ratio_test(alone.log_likelihood, fits[()].log_likelihood, 1, rates.transmission_coefficients)
        interval = alone.interval(name, level=level)
        support = float(models["weight"][[name in chosen for chosen in models.index]].sum())
        rows.append((support, *joint, alone.strength(name), *interval, alone.share_transmitted[name], *test))
    alone_columns = ["s_alone", "low_alone", "high_alone", "share_alone"]
    columns = ["support", "s", "share", *alone_columns, "statistic", "p_value"]
    return pd.DataFrame(rows, index=pd.Index(rates.networks, name="network"), columns=columns)


def _check_number(graphs: Mapping[str, DiffusionGraph]) -> None:
    """Raise `DataError` unless there are one to six networks."""
    if not isinstance(graphs, Mapping) or not graphs:
        got = "an empty dict" if isinstance(graphs, Mapping) else type(graphs).__name__
        raise DataError(f'graphs must be a dict of name -> DiffusionGraph, such as {{"road": ...}}; got {got}')
    if len(graphs) > MOST_NETWORKS:
        raise DataError(
            f"graphs must hold at most {MOST_NETWORKS} networks; got {len(graphs)}, which make {2 ** len(graphs):,} models",
            fix="keep the networks for which there was a reason before looking at the onsets",
        )
