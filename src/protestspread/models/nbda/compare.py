"""Comparison of candidate networks, alone and in combination, with each other and with placebo networks."""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError
from ...figures import ComparedEstimates, EstimateRows
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.partial_likelihood import TieMethod
from ...inference.permutation_test import MOST_PERMUTATIONS, p_values
from ...inference.replicates import run_replicates
from ...random_streams import seed_of
from ...results import Result
from ...wording import as_sentence, format_p, join_words
from .acquisitions import Acquisitions, Exposure, Moment, SeedPlaces, design, network_matrices
from .fit import NetworkFit, describe_data, format_strength, likelihood_ratio_test
from .hazards import Effect, Hazards
from .placebos import (
    NBDASpec,
    PlaceboDraws,
    PlaceStrata,
    check_date_intervals,
    encode_strata,
    sample_supports,
    sum_weights,
)
from .tada import Baseline, TimeForm

_RARE = 0.05
_Fits = Mapping[tuple[str, ...], NetworkFit]
MOST_NETWORKS = 6
CLOSE = 2.0
"""Models whose AICc differs by less are not distinguished."""


@dataclass(frozen=True, repr=False, eq=False)
class NetworkComparison(Result):
    """Networks compared as explanations of the order or the times of onsets.

    Attributes
    ----------
    networks
        One row per network: ``support``, the summed Akaike weight of the models that include it; for the network alone ``s``,
        ``low``, ``high`` (profile likelihood, at `level`), ``share`` of the onsets, ``statistic`` and ``p_value`` of the
        likelihood ratio (½χ²₀ + ½χ²₁), and ``placebo_p``, its rank among placebo networks: (1 + placebos with a statistic at
        least as large) / (placebos + 1).
    models
        One row per set of networks, best first: ``parameters, log_likelihood, aicc, delta, weight``.
    fits
        Set of networks -> its fit.
    placebo_statistics
        Likelihood ratio of each network (columns) in each placebo (rows), with places exchanged within strata.
    date_error
        Support of each network and the best model, one row per sample of the onsets within the error of their dates.
    onsets, places
        Number of places that joined, and number of all places.
    by
        "order" or "times".
    spatial
        Whether placebos exchange places within strata only.
    notes
        Cautions about the result.
    level
        Confidence level of the intervals.
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
    level: float = 0.95

    @property
    def best(self) -> NetworkFit:
        """The fit of the model with the lowest AICc."""
        return self.fits[self.models.index[0]]

    @property
    def close(self) -> list[tuple[str, ...]]:
        """The models whose AICc is less than 2 higher than the lowest, best first."""
        return list(self.models.index[self.models["delta"] < CLOSE])

    @property
    def sentence(self) -> str:
        """The networks that the data are consistent with, and how they compare with placebo networks."""
        return as_sentence(self._conclusion())

    def _conclusion(self) -> str:
        subject, singular = describe_data("order" if self.by == "order" else "times", self.onsets, self.places)
        best, networks = self.models.index[0], _quote(self.networks.index, "or")
        if not np.isfinite(self.models["aicc"].iloc[0]):
            return f"too few places joined ({self.onsets} of {self.places}) to compare networks"
        if not best:
            others = f", but {_describe_rivals(self.close[1:])}" if self.close[1:] else ""
            shows = "shows" if singular else "show"
            return f"{subject} {shows} no sign of transmission along {networks}: the model without networks fits best{others}"
        if () in self.close:
            return (
                f"{subject} {'leaves' if singular else 'leave'} open whether there was transmission along {networks}: "
                f"the best model has {_quote(best)}, but the AICc of the model without networks is only "
                f"{self.models['delta'][()]:.1f} higher"
            )
        consistent = f"{'is' if singular else 'are'} consistent with transmission along"
        text: str = f"{subject} {consistent} {_quote(best)} ({self._describe_strengths(best)})"
        rivals = [rest for rest in self.close[1:] if not set(best) <= set(rest)]
        if rivals:
            text += f"; {_describe_rivals(rivals)}"
        return text + self._describe_placebos(best)

    def _describe_strengths(self, best: tuple[str, ...]) -> str:
        """Return the strength, the share of onsets and the support of each network of the best model."""
        fit, parts = self.best, []
        shares = fit.share_transmitted
        for name in best:
            label = f"'{name}': " if len(best) > 1 else ""
            support = float(self.networks["support"][name])
            parts.append(
                f"{label}{format_strength(fit.strength(name))}, {shares[name]:.0%} of the onsets, support {support:.2f}"
            )
        return "; ".join(parts)

    def _describe_placebos(self, best: tuple[str, ...]) -> str:
        """Return which networks of the best model fit better than their placebos, and which do not."""
        draws = len(self.placebo_statistics)
        if not draws:
            return "; no placebo networks were drawn, so places that are alike could give the same result without transmission"
        p = self.networks["placebo_p"][[name for name in best if np.isfinite(self.networks["placebo_p"][name])]]
        as_good = {str(name): round(float(value) * (draws + 1)) - 1 for name, value in p.items()}

        def counts(names: list[str]) -> str:
            return "; ".join(
                f"{name} {as_good[name]} of {draws}, {format_p((as_good[name] + 1) / (draws + 1))}" for name in names
            )

        better = [name for name, count in as_good.items() if (count + 1) / (draws + 1) <= _RARE]
        undecided = [name for name, count in as_good.items() if count == 0 and name not in better]
        others = [name for name in as_good if name not in better and name not in undecided]
        exchanged = f"networks with places exchanged{' within their region' if self.spatial else ''}"
        alike = "so places that are alike could give the same result without transmission"
        text = ""
        if better:
            text += (
                f"; {_quote(better)} {'fits' if len(better) == 1 else 'fit'} better than {_its(better)} placebos, {exchanged} "
                f"(placebos that fit as well: {counts(better)})"
            )
        if others and better:
            text += (
                f"; {_quote(others)} cannot be distinguished from {_its(others)} placebos (placebos that fit as well: "
                f"{counts(others)}), {alike}"
            )
        elif others:
            all_of_several = len(others) == len(as_good) > 1
            subject = "no network can" if all_of_several else f"{_quote(others)} cannot"
            its = "its" if all_of_several else _its(others)
            text += (
                f"; {subject} be distinguished from {its} placebos: {exchanged} fit as well ({counts(others)}), {alike}"
            )
        if undecided:
            text += (
                f"; {draws} placebos, {exchanged}, are too few to judge {_quote(undecided)}: none fits as well "
                f"({counts(undecided)})"
            )
        return text

    def to_frame(self) -> pd.DataFrame:
        """Return the table of networks."""
        return self.networks

    def figure(self) -> ComparedEstimates:
        """Return the support, the share of onsets, the strength and the p-values of each network."""
        table = self.networks
        headings = {"support": "support (summed weight)", "share": "share of onsets, alone"}
        strengths = table[["s", "low", "high"]].set_axis(["estimate", "low", "high"], axis=1)
        rows = EstimateRows(strengths, f"strength s, alone ({100 * self.level:g}%)", log=True)
        texts = ["; ".join(map(_short_p, pair)) for pair in table[["p_value", "placebo_p"]].to_numpy(dtype=float)]
        note = f"{self.onsets} of {self.places} places joined. Inferred from the {self.by} of onsets: associations, not causes."
        return ComparedEstimates(table[list(headings)], headings, ["share"], rows, "p; placebo p", texts, note)

    def __repr__(self) -> str:
        table = self.networks.to_string(float_format="{:.3g}".format)
        return "\n".join([f"<NetworkComparison: {self.sentence}", table, *(f"  {note}" for note in self.notes)]) + ">"

    def _repr_html_(self) -> str:
        models = self.models.set_axis([_quote(names) or "none" for names in self.models.index])
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
    """Compare candidate networks of transmission: all sets of them, with no network and with placebo networks.

    Parameters
    ----------
    onsets, covariates, effect, seeds
        As in `fit_oada`.
    graphs
        A dict of name -> graph, over the same places, at most 6.
    observed_until
        If given, the times of the onsets are fitted (`fit_tada`, with ``observed_from``, ``baseline`` and ``time``);
        otherwise their order (`fit_oada`, with ``ties``).
    placebos
        Number of placebo networks, in which places are exchanged and ties are kept; 0 for none.
    strata
        Region of each place. Places are exchanged within regions, so that placebos keep the similarity of neighbors.
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
        As `fit_oada` and `fit_tada`; ``graphs`` is empty or holds more than 6 networks; or strata or intervals do not fit
        the onsets.

    Notes
    -----
    M. J. Hasenjager, E. Leadbeater, W. Hoppitt (2021), Detecting and quantifying social transmission using network-based
    diffusion analysis, Journal of Animal Ecology 90:8-26, doi:10.1111/1365-2656.13307. Where neighboring places
    are alike, networks of neighbors fit well without any transmission; placebos show how often.

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
    _check_number(graphs)
    with Arguments() as check:
        level = check.number("level", level, above=0, at_most=np.nextafter(1, 0))
        check.choice("ties", ties, get_args(TieMethod))
        check.choice("baseline", baseline, get_args(Baseline))
        check.whole("placebos", placebos, at_least=0, at_most=MOST_PERMUTATIONS)
        check.whole("date_draws", date_draws, at_least=0, at_most=MOST_PERMUTATIONS)
    spec = NBDASpec(ties, baseline, observed_from, observed_until, time)
    acquisitions = Acquisitions.of(onsets, seeds)
    matrices = network_matrices(acquisitions.places, graphs)
    exposures = {name: Exposure.of(matrix, acquisitions) for name, matrix in matrices.items()}
    rates = spec.check_networks(Hazards(acquisitions, exposures, design(covariates, acquisitions.places), effect))
    intervals = None if date_intervals is None else check_date_intervals(onsets, date_intervals)
    codes = encode_strata(acquisitions.places, strata) if placebos else np.zeros(0, dtype=np.int64)
    seed = seed_of(rng)

    clock = spec.window(acquisitions)
    fits = {names: spec.fit(rates.subset(names), clock) for names in _subsets(rates.networks)}
    models = _models(fits)
    statistics = unchanged = np.zeros((0, len(rates.networks)))
    if placebos:
        draw = PlaceboDraws(spec, rates, clock, codes, seed, fits[()].log_likelihood)
        cost = 1e6 * len(rates.networks) + 300 * sum(matrix.nnz for matrix in matrices.values())
        both = run_replicates(draw, placebos, cost=cost, what="placebo networks")
        statistics, unchanged = both[:, 0], both[:, 1]
    placebo_statistics = pd.DataFrame(statistics, columns=list(rates.networks))
    table = _table(rates, fits, models, placebo_statistics, level)
    date_error, lost = pd.DataFrame(columns=[*rates.networks, "best"]), 0
    if intervals is not None:
        date_error, lost = sample_supports(spec, rates, onsets, seeds, intervals, fits, date_draws, seed)
    notes = _notes(rates, unchanged, spatial=strata is not None, lost=lost, date_error=date_error)
    joined, observed = rates.acquisitions.events, int((rates.acquisitions.rank >= 0).sum())
    return NetworkComparison(
        table, models, fits, placebo_statistics, date_error, joined, observed,
        "order" if observed_until is None else "times", strata is not None, notes, level,
    )  # fmt: skip


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


def _table(rates: Hazards, fits: _Fits, models: pd.DataFrame, placebos: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the table of networks: the fit of each alone, and its support."""
    rows = []
    for name, support in zip(rates.networks, sum_weights(models, rates.networks), strict=True):
        fit = fits[(name,)]
        low, high = fit.interval(name, level=level)
        statistic, p = likelihood_ratio_test(
            fit.log_likelihood, fits[()].log_likelihood, 1, rates.transmission_coefficients
        )
        null = placebos[name].to_numpy()
        rank = float(p_values(statistic, null)) if len(null) and name not in rates.common else np.nan
        rows.append((support, fit.strength(name), low, high, fit.share_transmitted[name], statistic, p, rank))
    columns = ["support", "s", "low", "high", "share", "statistic", "p_value", "placebo_p"]
    return pd.DataFrame(rows, index=pd.Index(rates.networks, name="network"), columns=columns)


def _notes(
    rates: Hazards, unchanged: FloatArray, *, spatial: bool, lost: int, date_error: pd.DataFrame
) -> tuple[str, ...]:
    """Return the cautions about a result."""
    notes, placebos = [], len(unchanged)
    for name, share in zip(rates.networks, unchanged.mean(axis=0) if placebos else (), strict=False):
        if share > 0.05:
            notes.append(
                f"'{name}' is unchanged in {share:.0%} of its placebos, so its placebo p-value cannot be small"
            )
    if rates.common:
        notes.append(
            f"{_quote(rates.common)} {'exposes' if len(rates.common) == 1 else 'expose'} all places alike: common growth, not a network"
        )
    if placebos and not spatial:
        notes.append(
            "placebos exchange all places; pass strata (such as regions) to keep what neighboring places have in common"
        )
    if len(date_error):
        support = date_error[list(rates.networks)].quantile([0.05, 0.95])
        ranges = ", ".join(
            f"{name} {support[name].iloc[0]:.2f} to {support[name].iloc[1]:.2f}" for name in rates.networks
        )
        notes.append(f"support over {len(date_error)} samples of the dates (5 to 95%): {ranges}")
    if lost:
        notes.append(f"{lost} samples of the dates are left out: all onsets fell on one day, or no place was exposed")
    return tuple(notes)


def _quote(names: Iterable[str], conjunction: str = "and") -> str:
    return join_words([f"'{name}'" for name in names], conjunction)


def _short_p(p: float) -> str:
    return "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"


def _its(names: list[str]) -> str:
    return "its" if len(names) == 1 else "their"


def _describe_rivals(rivals: list[tuple[str, ...]]) -> str:
    """Return that some models fit almost as well as the best."""
    sets = " or with ".join(f"{_quote(names)}{' alone' if len(names) == 1 else ''}" for names in rivals)
    one = len(rivals) == 1
    return f"{'the model' if one else 'models'} with {sets} {'fits' if one else 'fit'} almost as well (AICc less than {CLOSE:g} higher)"


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
