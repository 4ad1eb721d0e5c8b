"""Whether thresholds depend on the ties: mean threshold against rewired graphs, or against places exchanged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, Int32Array
from ...errors import DataError
from ...exposures.memories import Memory, Since
from ...graphs.diffusion import DiffusionGraph
from ...inference.exchange import cannot_tell, population_blocks, ranking_known
from ...inference.permutation_test import (
    Alternative,
    Draws,
    PermutationResult,
    PermutationTest,
    check_test,
    moments_of_draws,
)
from ...inference.replicates import RARE, ShuffledValues
from ...inference.strata import PlaceStrata, encode_strata, population_of
from ...random_streams import seed_of
from ...wording import format_p
from .entries import Entries, Joining, entries_and_ties
from .rewiring import SWAPS_PER_TIE, RewiredTies

MOST_PLACES = 8000
"""A table of places by places fits into memory up to this many."""
_STATISTIC = "mean threshold"


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class StructuralDependence(PermutationResult):
    """Result of the test of structural dependence: the mean threshold, observed and under the null.

    Attributes
    ----------
    statistic
        The mean threshold.
    p_value, null_distribution, null, alternative, permutations, smallest_p_value, reason
        As in every permutation test.
    scheme
        "degrees" or "exchange".
    entries
        Number of onsets, or of starts of spells, with a threshold.
    p_values
        Null hypothesis -> p-value. Of several, the result is that of the largest: all must be rejected.
    """

    scheme: str
    entries: int
    p_values: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """The mean threshold, observed and expected, and what follows."""
        said = super().sentence
        if self.reason:
            return said
        others = {null: p for null, p in self.p_values.items() if null != self.null}
        said += "".join(f" With {null}, {format_p(p)}." for null, p in others.items())
        if self.p_value > RARE:
            return f"{said} No dependence of the onsets on the ties was found."
        if self._higher and self._safe:
            return f"{said} Places joined at a higher exposure, which is consistent with contagion and with ties between places that are alike."
        if self._higher:
            return f"{said} Places joined at a higher exposure; this null does not tell contagion from causes that neighbors share."
        return f"{said} Places joined at a lower exposure; contagion along the ties would raise it."

    @property
    def _safe(self) -> bool:
        """Whether the null holds populations and strata; others are often rejected without any transmission."""
        return self.scheme == "exchange" and len(self.p_values) > 1 and "population" in self.null

    @property
    def _higher(self) -> bool:
        return bool(self.statistic > moments_of_draws(self.null_distribution).expected)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else gives a small p-value."""
        if not self.p_value <= RARE:
            return ()
        said = "The test does not tell contagion from homophily, or from a cause that tied places share."
        if self._safe:
            return (said,)
        return (
            said,
            "Regions with a cause of their own, large places that join early and are tied to each other, and late reports of small places give "
            "a small p-value without any transmission; places exchanged, with populations and strata, hold them.",
        )


def structural_dependence_test(
    data: Joining,
    graph: DiffusionGraph,
    *,
    permutations: int = 999,
    scheme: Literal["degrees", "exchange"] = "degrees",
    strata: PlaceStrata = None,
    population: pd.Series | Mapping[Any, float] | None = None,
    memory: Memory = Since(),  # noqa: B008 - an immutable value
    include_today: bool = False,
    alternative: Alternative = "two-sided",
    rng: int | np.random.Generator | None = None,
) -> StructuralDependence:
    """Test whether places joined at another mean threshold than they would on a graph that has nothing to do with the onsets.

    The statistic is the mean threshold (see `thresholds`, as a share of what reaches each place). Under the null hypothesis
    the onsets do not depend on the ties, given what the scheme holds fixed.

    Parameters
    ----------
    data
        Onsets (a Series by place), or spells.
    graph
        Graph of the same places, with ties.
    permutations
        Number of rewired graphs, or of exchanges.
    scheme
        "degrees": ties are rewired by swaps (20 attempts a tie), so that each place keeps its numbers of incoming and outgoing
        ties, and ties that all go both ways still do. "exchange": the graph stays, and whole places, each with its onset,
        exchange their positions: places of like population if populations are given. With strata, they are also exchanged within
        these, and the result is that of the null with the larger p-value: within small strata there are no places of like
        population, and over the whole country regions differ.
    strata
        For "exchange": a label by place, such as ``cities["region_id"]``.
    population
        For "exchange": inhabitants by place.
    memory, include_today
        As in `thresholds`.
    alternative
        "two-sided", "greater" or "less".
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    StructuralDependence
        Mean threshold, its distribution under the null, and the p-value.

    Raises
    ------
    SchemaError, DataError
        The data or an option are not valid, the places of the graph differ, or it has no ties.

    Notes
    -----
    The test of netdiffuseR (``struct_test``; T. W. Valente, G. G. Vega Yon, Diffusion/contagion processes on social networks,
    Health Education & Behavior 47:235, 2020, doi:10.1177/1090198120901497). Rejection is consistent with homophily and with contagion; the
    test does not say which (C. R. Shalizi, A. C. Thomas 2011, Sociological Methods & Research 40:211, doi:10.1177/0049124111404820). netdiffuseR
    rewires some ties again for each period, so that its null is a little wider. On a map, rewired ties also lose their
    shortness: regions with a cause of their own, large places that are tied to each other and join early, and late reports of
    small places are found as well. "exchange" with populations and strata holds them: see the page Calibration.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.regions)
    >>> found = ps.structural_dependence_test(ps.onsets(panel), ps.border_graph(case.regions), permutations=99, rng=1)
    >>> print(found.sentence)
    Mean threshold: 0.269 observed; 0.323 expected with ties rewired, each place keeping its numbers of ties (p = 0.26 from 99
    draws). No dependence of the onsets on the ties was found.
    """
    with Arguments() as check:
        check_test(check, permutations, alternative)
        scheme = check.choice("scheme", scheme, ["degrees", "exchange"])
        check.instance("memory", memory, Memory, "a memory, such as Since() or Days(3)")
        check.flag("include_today", include_today)
        if not check.faults and scheme == "degrees" and (strata is not None or population is not None):
            check.fault("scheme must be 'exchange' where strata or population are given; got 'degrees'")
    seed = seed_of(rng)
    entries, matrix = entries_and_ties(data, graph, "target")
    _check_size(matrix)
    # draws do not depend on the order of places
    order = np.argsort(entries.places.map(str).to_numpy(dtype=object), kind="stable")
    count = len(entries.day) if include_today else int((~entries.unsure).sum())
    reached = _reached(entries, memory, include_today=include_today)[np.ix_(order, order)] / max(count, 1)
    matrix = sp.csr_array(matrix[order][:, order])
    matrix.sort_indices()
    tests: list[PermutationTest]
    if scheme == "degrees":
        tests = [_RewiredMean(RewiredTies.of(matrix, seed), reached)]
    else:
        ties = matrix.tocoo()
        samplers = _exchanges(entries.places[order], strata, population, seed)
        tests = [_ExchangedMean(sampler, reached, ties) for sampler in samplers]
    no_entry = None if count else "no place joined after the first day"
    found = [_run(test, permutations, alternative, no_entry) for test in tests]
    weakest = max(found, key=lambda fields: (fields["reason"] is not None, fields["p_value"]))
    p_values = {fields["null"]: fields["p_value"] for fields in found}
    return StructuralDependence(what=_STATISTIC, scheme=scheme, entries=count, p_values=p_values, **weakest)


def _run(test: PermutationTest, permutations: int, alternative: Alternative, reason: str | None) -> dict[str, Any]:
    """Return the fields of the result of one test."""
    if isinstance(test, _ExchangedMean):
        reason = reason or cannot_tell(test.sampler.blocks)
    draws = Draws.undefined(permutations) if reason else test.draws(permutations)
    return draws.test(test.sampler, alternative, reason or draws.constant(_STATISTIC))


def _check_size(matrix: sp.csr_array) -> None:
    """Raise `DataError` where a graph has no ties or too many places."""
    places = matrix.shape[0]
    if not matrix.count_nonzero():
        raise DataError("graph must have ties; it has none", fix="pass a graph with ties between the places")
    if places > MOST_PLACES:
        raise DataError(
            f"graph must have at most {MOST_PLACES:,} places; got {places:,}", fix="pass graph.subgraph(places)"
        )


def _reached(entries: Entries, memory: Memory, *, include_today: bool) -> FloatArray:
    """Return what was remembered of each place (column) at the entries of each place (row), summed; shape (places, places)."""
    kept = slice(None) if include_today else ~entries.unsure
    found = np.zeros((len(entries.places),) * 2)
    np.add.at(found, entries.place[kept], entries.remembered(memory, include_today=include_today)[entries.day[kept]])
    return found


def _exchanges(places: pd.Index, strata: PlaceStrata, population: object, seed: int) -> list[ShuffledValues]:
    """Return samplers of places exchanged: of like population if known; with strata, also within these."""
    with Arguments("pass a number for each place, such as cities['population']") as check:
        people = population_of(check, population, places)
    null = f"places{' of like population' if ranking_known(people) else ''} exchanged"
    blocks = {null: population_blocks(people)}
    if strata is not None:
        blocks[f"{null} within strata"] = population_blocks(people, encode_strata(places, strata))
    numbers = np.arange(len(places), dtype=np.int32)
    return [ShuffledValues(numbers, within, seed, null) for null, within in blocks.items()]


@dataclass(frozen=True, eq=False)
class _RewiredMean(PermutationTest):
    """Mean threshold on rewired graphs: the sources of the ties are drawn."""

    in_threads: ClassVar[bool] = False

    sampler: RewiredTies
    reached: FloatArray

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 2.0 * SWAPS_PER_TIE * (5e4 + 150.0 * units), 8 * units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the mean threshold of each column."""
        return self.sampler.weight @ self.reached[self.sampler.target[:, None], arranged]


@dataclass(frozen=True, eq=False)
class _ExchangedMean(PermutationTest):
    """Mean threshold with places exchanged: the place at each position is drawn."""

    sampler: ShuffledValues
    reached: FloatArray
    ties: sp.coo_array

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 20.0 * (self.ties.nnz + units), 4 * self.ties.nnz

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the mean threshold of each column."""
        source, target = self.ties.coords
        return np.asarray(self.ties.data @ self.reached[arranged[target], arranged[source]])
