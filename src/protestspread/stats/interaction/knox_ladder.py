"""The Knox test under increasingly strict null hypotheses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError, must_be
from ...figures import NullBand, NullLadder
from ...inference.permutation_test import Alternative
from ...lost import describe_lost
from ...random_streams import seed_of
from ...results import Result
from ...tables import check_events
from ...wording import format_count, format_days, format_p, join_words
from .knox import KnoxResult, PairCount, format_pairs, knox_of
from .pair_counts import check_limits
from .points import DatedPoints, leave_out_unlocated
from .schemes import ExchangePlaces, Scheme, ShuffleDates, WithinStrata
from .strata import Strata, strata_labels

_LEVEL = 0.05


@dataclass(frozen=True, repr=False, eq=False)
class KnoxLadder(Result):
    """Results of the Knox test under every null that the data allow, with and without pairs in the same place.

    Attributes
    ----------
    steps
        One `KnoxResult` per null; the first null is the weakest.
    left_out
        Nulls that the data do not allow -> the reason.
    exclude_within_km
        Pairs at most this far apart count as the same place.
    lost
        Number of events left out under every null, by reason.
    """

    steps: tuple[KnoxResult, ...]
    exclude_within_km: float
    left_out: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[KnoxResult, str, PairCount]]:
        """Each step twice: for all pairs, and for pairs between places."""
        return [(step, pairs, step.kinds[pairs]) for pairs in ("all pairs", "between places") for step in self.steps]

    def figure(self) -> NullLadder:
        """Return the draws under each null relative to the observed count, for all pairs and between places."""
        first, kinds = self.steps[0], ("all pairs", "between places")
        axis = (
            f"pairs within {first.within_km:g} km and {format_days(first.within_days)} under the null, divided by pairs observed\n"
            f"(observed: {first.all_pairs.statistic:,}; between places, over {self.exclude_within_km:g} km apart: "
            f"{first.between_places.statistic:,})"
        )
        series = {kind: [_band(step.kinds[kind]) for step in self.steps] for kind in kinds}
        return NullLadder([step.null for step in self.steps], series, axis, reference=1.0)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        first = self.steps[0]
        counts = (
            f"{format_pairs(first.all_pairs.statistic)} at most {first.within_km:g} km and {format_days(first.within_days)} apart, "
            f"{first.same_place.statistic:,} of them in the same place (at most {self.exclude_within_km:g} km apart) and "
            f"{first.between_places.statistic:,} between places."
        )
        lost = [f"{describe_lost(self.lost)}."] if self.lost else []
        return " ".join([counts, *lost, *map(_describe_step, self.steps), self._conclusion()])

    def _conclusion(self) -> str:
        tested = [step for step in self.steps if step.between_places.reason is None]
        if not tested:
            return "Interaction between places cannot be tested with these data."
        weakest = max(tested, key=lambda step: step.between_places.p_value)
        if weakest.between_places.p_value <= _LEVEL:
            untested = [f"“{step.null}”" for step in self.steps if step not in tested]
            which = (
                f"every null that can be tested (all but {join_words(untested)})" if untested else "each of these nulls"
            )
            return (
                f"Interaction between places remains significant under {which}. This is consistent with spread from place to place, "
                "and with anything else that neighboring places share for less time than the strata last."
            )
        start = self.steps[0]
        if min(start.all_pairs.p_value, start.between_places.p_value) <= _LEVEL:
            return (
                "The interaction is no longer significant when repeats in the same place are left out and the null is "
                f"“{weakest.null}” ({format_p(weakest.between_places.p_value)}). The result under the first null is thus consistent "
                "with repeats in the same place, and with places that are active at different times, without any spread between them. "
                "(Shuffling within strata also hides spread that is slower than the strata last.)"
            )
        return (
            f"The weakest null, “{start.null}”, is not rejected: no evidence of interaction between places was found "
            "within these limits."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per null and kind of pairs (all pairs, between places)."""
        rows = [
            {
                "null": step.null, "pairs": pairs, "statistic": count.statistic, "expected": count.moments.expected, "ratio": count.ratio,
                "variance": count.moments.variance, "z_score": count.z_score, "p_value": count.p_value, "moments": count.moments.source,
                "smallest_p_value": step.smallest_p_value,
            }
            for step, pairs, count in self.rows
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index(["null", "pairs"])


def _band(count: PairCount) -> NullBand:
    """Return the middle 95% of the draws, relative to the observed count."""
    if count.reason or not count.statistic:
        note = f"no p-value: {count.reason}" if count.reason else "none observed"
        return NullBand(np.nan, np.nan, np.nan, note, clear=False)
    low, high = np.quantile(count.null_distribution, [0.025, 0.975]) / count.statistic
    return NullBand(low, high, count.moments.expected / count.statistic, f"p = {count.p_value:.2g}")


def _describe_step(step: KnoxResult) -> str:
    every, between = step.all_pairs, step.between_places
    return (
        f"With {step.null}, {format_count(every.moments.expected)} pairs are expected ({_describe_p(every)}), "
        f"{format_count(between.moments.expected)} of them between places ({_describe_p(between)})."
    )


def _describe_p(count: PairCount) -> str:
    return "no p-value" if count.reason else format_p(count.p_value)


def knox_ladder(
    events: gpd.GeoDataFrame,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    strata: Strata | None = None,
    exclude_within_km: float = 1.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> KnoxLadder:
    """Run the Knox test under every null that the data allow, with and without repeats in the same place.

    A small p-value under the first null is weak evidence: places that are active at different times also produce one.
    Interaction that remains significant when dates are shuffled within regions, within months and within both, and when
    repeats in the same place are left out, may be spread between places.

    Parameters
    ----------
    events
        Dated points. Events without a point or a region are left out under every null, and counted in ``lost``.
    within_km, within_days
        Limits of closeness, as in `knox_test`.
    permutations
        Number of permutations under each null; all use the same seed.
    strata
        The regions: columns of the events, or one label per event. By default the column ``region_id``, if present.
    exclude_within_km
        Pairs at most this far apart count as the same place.
    alternative, rng
        As in `knox_test`.

    Returns
    -------
    KnoxLadder
        Results for dates shuffled over all events, within regions, within months, and within regions and quarters, and for
        places exchanged. Nulls that the data do not allow are in ``left_out``, with the reason. Circular shifts are not
        used, because they do not test contagion.

    Raises
    ------
    SchemaError, CRSError, DataError
        As in `knox_test`.

    Notes
    -----
    Nulls within strata are conservative: contagion that is slower than the strata last is part of them.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ladder = ps.knox_ladder(case.events, within_km=200, within_days=1, permutations=99, rng=1)
    >>> [step.null for step in ladder.steps]
    ['dates shuffled over all events', 'dates shuffled within region_id', 'places exchanged, each with its dates']
    """
    check_events(events)
    check_limits(within_km, within_days, exclude_within_km, permutations, alternative)
    if exclude_within_km <= 0:
        raise DataError(
            must_be("exclude_within_km", "above 0 to define the same place", exclude_within_km),
            fix="pass 1 (km), or 0.001 if only events at one point are in the same place",
        )
    if len(events) < 2:
        raise DataError(f"events must have at least two rows to form a pair; got {len(events)}")
    seed, left_out = seed_of(rng), {}
    schemes: list[Scheme] = [ShuffleDates()]
    region = strata if strata is not None else "region_id" if "region_id" in events else None
    events, region, lost = leave_out_unlocated(events, region, stacklevel=4)
    named: dict[str, list[Strata] | None] = {
        "dates within region": None if region is None else [region],
        "dates within month": ["month"],
        "dates within region and quarter": None if region is None else [region, "quarter"],
    }
    for name, parts in named.items():
        if parts is None:
            left_out[name] = "events have no region_id; add it with locate_events(events, regions), or pass strata"
            continue
        labels, reason = _combine_strata(events, parts)
        if reason:
            left_out[name] = reason
        else:
            schemes.append(WithinStrata(labels))
    schemes.append(ExchangePlaces())
    steps = tuple(
        knox_of(
            DatedPoints.of(events, scheme.labels), scheme, within_km=within_km, within_days=within_days, exclude_within_km=exclude_within_km,
            permutations=permutations, alternative=alternative, seed=seed,
        )
        for scheme in schemes
    )  # fmt: skip
    return KnoxLadder(steps=steps, exclude_within_km=float(exclude_within_km), left_out=left_out, lost=lost)


def _combine_strata(events: gpd.GeoDataFrame, parts: list[Strata]) -> tuple[pd.Series, str | None]:
    """Return one label per event for the combination of strata, and the reason if they cannot be used."""
    each = [strata_labels(events, part) for part in parts]
    name = " and ".join(label for _, label in each)
    combined = pd.Series(list(zip(*(codes for codes, _ in each), strict=True)), index=events.index, name=name)
    counts = combined.value_counts()
    if len(counts) == 1:
        return combined, f"all events lie in one stratum ({name}), so nothing would be held fixed"
    if len(parts) > 1 and len(set(each[-1][0])) == 1:
        return combined, f"all events lie in one {each[-1][1]}"
    if counts.max() == 1:
        return combined, f"each event is alone in its stratum ({name}), so nothing can be shuffled"
    return combined, None
