"""Along what did it travel? Candidate networks, alone and together, and what can and cannot be told between them."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.partial_likelihood import TieMethod, check_tie_method
from ...inference.likelihood.profiles import check_level
from ...inference.p_values import check_permutations, p_values
from ...inference.replicates import run_replicates
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_p
from .acquisitions import Acquisitions, Moment, SeedPlaces
from .exposures import Exposure, design, network_matrices
from .fit import NetworkFit, against_none, format_strength
from .hazards import Effect, Hazards
from .placebo_draws import NBDASpec, PlaceboDraws, date_error_of, support_of
from .placebos import PlaceStrata, check_date_intervals, strata_of
from .tada import TimeForm
from .time_likelihood import Baseline

_RARE = 0.05
MOST_NETWORKS = 6
CLOSE = 2.0
"""Models whose AICc differs by less cannot be told apart."""


@dataclass(frozen=True, repr=False, eq=False)
class NetworkComparison(Result):
    """Which of some networks what was seen is consistent with, and whether that can be told at all.

    Attributes
    ----------
    networks
        One row a network: ``support``, the summed Akaike weight of the models with it; of the network alone ``s``,
        ``low``, ``high`` (profile likelihood, 95 %), ``share`` of the onsets, ``statistic`` and ``p_value`` of the
        likelihood ratio (½χ²₀ + ½χ²₁), and ``placebo_p``: its rank among placebo networks, (1 + as large) / (placebos + 1).
    models
        One row a set of networks, best first: ``parameters, log_likelihood, aicc, delta, weight``.
    fits
        Set of networks -> its fit.
    placebo_statistics
        The likelihood ratio of each network in each placebo: places have changed names within their stratum.
    date_error
        Onsets drawn anew within the error of their dates: the support of each network, and the best model, a row a draw.
    onsets, places
        How many joined, of how many.
    by
        "order" or "times".
    spatial
        Whether placebos kept places within strata.
    notes
        What else the reader should know.
    """

    networks: pd.DataFrame
    models: pd.DataFrame
    fits: Mapping[tuple[str, ...], NetworkFit]
    placebo_statistics: pd.DataFrame
    date_error: pd.DataFrame
    onsets: int
    places: int
    by: str
    spatial: bool
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> NetworkFit:
        """The fit of the model with the lowest AICc."""
        return self.fits[self.models.index[0]]

    @property
    def close(self) -> list[tuple[str, ...]]:
        """The models that the data cannot tell from the best: AICc higher by less than 2."""
        return list(self.models.index[self.models["delta"] < CLOSE])

    @property
    def sentence(self) -> str:
        """What the data favor, and what they cannot tell."""
        data = f"the {'order' if self.by == 'order' else 'times'} in which {self.onsets} of {self.places} places joined"
        best = self.models.index[0]
        if not np.isfinite(self.models["aicc"].iloc[0]):
            return f"{data} cannot tell of networks: too few joined"
        if not best:
            others = " or ".join(_named(rest) for rest in self.close[1:])
            more = f", though {others} cannot be excluded" if others else ""
            return f"{data} gives no sign of any of {_named(self.networks.index)}: it is most likely without them{more}"
        if () in self.close:
            return (
                f"{data} cannot tell whether it was carried by any of {_named(self.networks.index)}: best is {_named(best)}, "
                f"but without any the AICc is only {self.models['delta'][()]:.1f} higher"
            )
        found: str = f"{data} is consistent with transmission along {_named(best)} ({self._told(best)})"
        rivals = [rest for rest in self.close[1:] if not set(best) <= set(rest)]
        if rivals:
            found += f", which cannot be told from {' or from '.join(_named(other) for other in rivals)}"
        return found + self._against_placebos(best)

    def _told(self, best: tuple[str, ...]) -> str:
        fit, parts = self.best, []
        shares = fit.share_transmitted
        for name in best:
            s = format_strength(fit.strength(name))
            support = float(self.networks["support"][name])
            parts.append(f"{s}, {shares[name]:.0%} of the onsets, support {support:.2f}")
        return "; ".join(parts)

    def _against_placebos(self, best: tuple[str, ...]) -> str:
        if not len(self.placebo_statistics):
            return "; no placebo networks were drawn, so that neighbors that are alike may look the same"
        draws = len(self.placebo_statistics)
        told = [name for name in best if np.isfinite(self.networks["placebo_p"][name])]
        as_well = {name: round(float(self.networks["placebo_p"][name]) * (draws + 1)) - 1 for name in told}
        within = " within their strata" if self.spatial else ""
        said = ", ".join(
            f"{count} of {draws} placebos of '{name}' ({format_p((count + 1) / (draws + 1))})"
            for name, count in as_well.items()
        )
        do = f"{said}, whose places change names{within}, do as well"
        if all((count + 1) / (draws + 1) <= _RARE for count in as_well.values()):
            return f"; {do}" if told else ""
        if not any(as_well.values()):
            return f"; {do}, but so few placebos cannot say more"
        return f"; but {do}: neighbors that are alike, with nothing passed on, would look the same"

    def to_frame(self) -> pd.DataFrame:
        """Return the networks as a table."""
        return self.networks

    def __repr__(self) -> str:
        table = self.networks.to_string(float_format="{:.3g}".format)
        return "\n".join([f"<NetworkComparison: {self.sentence}", table, *(f"  {note}" for note in self.notes)]) + ">"

    def _repr_html_(self) -> str:
        models = self.models.set_axis([_named(names) or "none" for names in self.models.index])
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return super()._repr_html_() + models.to_html(escape=True, float_format="{:.4g}".format) + notes


def compare_networks(
    onsets: pd.Series,
    graphs: Mapping[str, DiffusionGraph],
    *,
    covariates: pd.DataFrame | pd.Series | None = None,
    effect: Effect = "additive",
    ties: TieMethod = "exact",
    observed_until: Moment = None,
    observed_from: Moment = None,
    baseline: Baseline = "constant",
    time: TimeForm | None = None,
    seeds: SeedPlaces = None,
    placebos: int = 99,
    strata: PlaceStrata = None,
    date_intervals: tuple[pd.Series, pd.Series] | None = None,
    date_draws: int = 50,
    level: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> NetworkComparison:
    """Compare the networks along which it may have traveled: every set of them, against none and against placebos.

    Parameters
    ----------
    onsets, covariates, effect, seeds
        As in `fit_oada`.
    graphs
        Name -> graph, over the same places, at most 6.
    observed_until
        With it the times of the onsets are looked at (`fit_tada`, with `observed_from`, `baseline` and `time`), else
        their order (`fit_oada`, with `ties`).
    placebos
        How many placebo networks: places change names, the ties stay. 0 for none.
    strata
        Place -> region: places change names within it, so that placebos keep what is alike among neighbors.
    date_intervals
        Earliest and latest onset of each place: onsets are drawn anew from them `date_draws` times, and everything
        fitted to them.
    level
        Of the intervals.
    rng
        A seed or a Generator; results do not depend on how the draws are divided among workers.

    Raises
    ------
    DataError
        As `fit_oada` and `fit_tada`; no networks, or more than 6; strata or intervals that do not fit the onsets.

    Notes
    -----
    M. J. Hasenjager, E. Leadbeater, W. Hoppitt (2021), Detecting and quantifying social transmission using network-based
    diffusion analysis, Journal of Animal Ecology 90:8-26, doi:10.1111/1365-2656.13307. Where places near each other are
    alike, networks of neighbors win without anything being passed on: the placebos tell how often.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities))[cities.index]
    >>> networks = {"near": ps.nearest_graph(cities, k=3), "population": ps.gravity_graph(cities, exponent=1)}
    >>> found = ps.compare_networks(first, networks, placebos=19, strata=cities["region_id"], rng=1)
    >>> len(found.models), sorted(found.networks.index)
    (4, ['near', 'population'])
    """
    check_level(level)
    check_tie_method(ties)
    _check_counts(graphs, placebos, date_draws)
    question = NBDASpec(ties, baseline, observed_from, observed_until, time)
    arrivals = Acquisitions.of(onsets, seeds)
    matrices = network_matrices(arrivals.places, graphs)
    exposures = {name: Exposure.of(matrix, arrivals) for name, matrix in matrices.items()}
    rates = question.checked(Hazards(arrivals, exposures, design(covariates, arrivals.places), effect))
    intervals = None if date_intervals is None else check_date_intervals(onsets, date_intervals)
    codes = strata_of(arrivals.places, strata) if placebos else np.zeros(0, dtype=np.int64)
    seed = seed_of(rng)

    clock = question.clock(arrivals)
    fits = {names: question.fit(rates.subset(names), clock) for names in _subsets(rates.networks)}
    models = _models(fits)
    drawn = unchanged = np.zeros((0, len(rates.networks)))
    if placebos:
        draw = PlaceboDraws(question, rates, clock, codes, seed, fits[()].log_likelihood)
        cost = 1e6 * len(rates.networks) + 300 * sum(matrix.nnz for matrix in matrices.values())
        both = run_replicates(draw, placebos, cost=cost, what="placebo networks")
        drawn, unchanged = both[:, 0], both[:, 1]
    placebo_statistics = pd.DataFrame(drawn, columns=list(rates.networks))
    table = _table(rates, fits, models, placebo_statistics, level)
    date_error, lost = pd.DataFrame(columns=[*rates.networks, "best"]), 0
    if intervals is not None:
        date_error, lost = date_error_of(question, rates, onsets, seeds, intervals, fits, date_draws, seed)
    notes = _notes(rates, unchanged, spatial=strata is not None, lost=lost, date_error=date_error)
    joined, watched = rates.arrivals.events, int((rates.arrivals.rank >= 0).sum())
    return NetworkComparison(
        table, models, fits, placebo_statistics, date_error, joined, watched,
        "order" if observed_until is None else "times", strata is not None, notes,
    )  # fmt: skip


def _subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _models(fits: Mapping[tuple[str, ...], NetworkFit]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "parameters": [fit.parameters for fit in fits.values()],
            "log_likelihood": [fit.log_likelihood for fit in fits.values()],
            "aicc": [fit.aicc for fit in fits.values()],
        },
        index=pd.Index(list(fits), name="networks", tupleize_cols=False),
    ).sort_values("aicc", kind="stable")
    least = table["aicc"].iloc[0]
    table["delta"] = table["aicc"] - least if np.isfinite(least) else np.nan
    weight = np.exp(-table["delta"] / 2)
    return table.assign(weight=weight / weight.sum())


def _table(
    rates: Hazards,
    fits: Mapping[tuple[str, ...], NetworkFit],
    models: pd.DataFrame,
    placebos: pd.DataFrame,
    level: float,
) -> pd.DataFrame:
    """Return what each network does alone, and its support among all."""
    rows = []
    for name, support in zip(rates.networks, support_of(models, rates.networks), strict=True):
        fit = fits[(name,)]
        low, high = fit.interval(name, level=level)
        statistic, p = against_none(fit.log_likelihood, fits[()].log_likelihood, 1, rates.only_transmitted)
        drawn = placebos[name].to_numpy()
        rank = float(p_values(statistic, drawn)) if len(drawn) and name not in rates.common else np.nan
        rows.append((support, fit.strength(name), low, high, fit.share_transmitted[name], statistic, p, rank))
    columns = ["support", "s", "low", "high", "share", "statistic", "p_value", "placebo_p"]
    return pd.DataFrame(rows, index=pd.Index(rates.networks, name="network"), columns=columns)


def _notes(
    rates: Hazards, unchanged: FloatArray, *, spatial: bool, lost: int, date_error: pd.DataFrame
) -> tuple[str, ...]:
    notes, placebos = [], len(unchanged)
    for name, share in zip(rates.networks, unchanged.mean(axis=0) if placebos else (), strict=False):
        if share > 0.05:
            notes.append(
                f"'{name}' stays as it is in {share:.0%} of the placebos: its p cannot be small, whatever carried it"
            )
    if rates.common:
        notes.append(f"{_named(rates.common)} exposes all alike: common growth, not a network")
    if placebos and not spatial:
        notes.append(
            "placebos let all places change names: give strata (regions) to keep what neighbors have in common"
        )
    if len(date_error):
        support = date_error[list(rates.networks)].quantile([0.05, 0.95])
        ranges = ", ".join(
            f"{name} {support[name].iloc[0]:.2f} to {support[name].iloc[1]:.2f}" for name in rates.networks
        )
        notes.append(f"with dates drawn anew {len(date_error)} times, support (5 to 95 %): {ranges}")
    if lost:
        notes.append(
            f"{lost} draws of dates could tell of nothing (all on one day, or nobody exposed) and are left out"
        )
    return tuple(notes)


def _named(names: "tuple[str, ...] | pd.Index") -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else ""


def _check_counts(graphs: Mapping[str, DiffusionGraph], placebos: int, date_draws: int) -> None:
    if not isinstance(graphs, Mapping) or not graphs:
        raise DataError(
            "there is nothing to compare", ["no networks"], 'a dict of name -> DiffusionGraph: {"road": ...}'
        )
    if len(graphs) > MOST_NETWORKS:
        raise DataError(
            "too many networks",
            [f"{len(graphs)} networks make {2 ** len(graphs):,} models"],
            f"at most {MOST_NETWORKS}: those for which there was a reason before looking at the onsets",
        )
    for count in (placebos, date_draws):
        if count != 0 or isinstance(count, bool):
            check_permutations(count)
