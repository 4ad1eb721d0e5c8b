"""The Knox test once more, under stricter and stricter nulls: how much of the finding is left at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError
from ...inference.p_values import Alternative
from ...random_streams import seed_of
from ...results import Result
from ...tables import check_events
from ...wording import format_count, format_days, format_p
from .dated_points import DatedPoints
from .knox import KnoxResult, PairCount, check_limits, knox_of
from .schemes import ExchangePlaces, Scheme, ShuffleDates, WithinStrata
from .strata import Strata, strata_labels

_LEVEL = 0.05


@dataclass(frozen=True, repr=False, eq=False)
class KnoxLadder(Result):
    """The Knox test under every null that the data allow, with and without pairs in the same place.

    Attributes
    ----------
    steps
        A `KnoxResult` for each null, from the weakest on.
    left_out
        Nulls that the data do not allow, each with the reason.
    exclude_within_km
        Pairs at most so far apart are taken to be in the same place.
    """

    steps: tuple[KnoxResult, ...]
    exclude_within_km: float
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[tuple[KnoxResult, str, PairCount]]:
        """Each step twice: all pairs, and pairs between places."""
        return [(step, pairs, step.kinds[pairs]) for pairs in ("all pairs", "between places") for step in self.steps]

    @property
    def sentence(self) -> str:
        """The whole ladder, in sentences that can be read aloud."""
        first = self.steps[0]
        told = [
            f"{first.all_pairs.statistic:,} pairs of events are at most {first.within_km:g} km and {format_days(first.within_days)} apart, "
            f"{first.same_place.statistic:,} of them in the same place (at most {self.exclude_within_km:g} km) and "
            f"{first.between_places.statistic:,} between places."
        ]
        told += [
            f"With {step.null}, {_told(step.all_pairs)}; between places, {_told(step.between_places)}."
            for step in self.steps
        ]
        return " ".join([*told, self._verdict()])

    def _verdict(self) -> str:
        known = [step for step in self.steps if step.between_places.reason is None]
        if not known:
            return "Between places nothing can be said."
        weakest = max(known, key=lambda step: step.between_places.p_value)
        if weakest.between_places.p_value <= _LEVEL:
            mute = [f"“{step.null}”" for step in self.steps if step not in known]
            which = f"each null that can be drawn (not: {', '.join(mute)})" if mute else "each of these nulls"
            return (
                f"Interaction between places stays under {which}: consistent with spread from place to place, and with "
                "anything else that neighbors share for a shorter time than the strata last."
            )
        start = self.steps[0]
        if min(start.all_pairs.p_value, start.between_places.p_value) <= _LEVEL:
            what = f"It does not stay when repeats in one place are left out and the null is “{weakest.null}” ({format_p(weakest.between_places.p_value)})"
            return (
                f"{what}: the first figure is then consistent with repeats, and with places that are active at different times, "
                "without any spread between them. (Strata also hide spread that is slower than they last.)"
            )
        return "Not even the weakest null is rejected: no interaction between places is seen at these limits."

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each null and kind of pairs (all, between places)."""
        rows = [
            {
                "null": step.null, "pairs": pairs, "statistic": count.statistic, "expected": count.moments.expected, "ratio": count.ratio,
                "variance": count.moments.variance, "z_score": count.z_score, "p_value": count.p_value, "moments": count.moments.source,
                "smallest_p_value": step.smallest_p_value,
            }
            for step, pairs, count in self.rows
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index(["null", "pairs"])


def _told(count: PairCount) -> str:
    return f"{format_count(count.moments.expected)} are expected ({'no p-value' if count.reason else format_p(count.p_value)})"


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

    A small p-value under the first null says little: places that are active at different times give one too. Read down the
    ladder: what is still unlikely when dates are shuffled within regions, within months, within both, and when repeats in
    one place do not count, is what may be spread between places.

    Parameters
    ----------
    events
        Dated points.
    within_km, within_days
        What is close, at most.
    permutations
        Draws of each null; all start from the same seed.
    strata
        What stands for regions: columns, or a label an event. By default the column ``region_id``, where there is one.
    exclude_within_km
        Pairs at most so far apart are taken to be in the same place.
    alternative, rng
        As in `knox_test`.

    Returns
    -------
    KnoxLadder
        Dates shuffled over all events, within regions, within months, within regions and quarters; places exchanged. What
        the data do not allow is in ``left_out``, with the reason. Circular shifts are never in it: they do not test
        contagion.

    Raises
    ------
    SchemaError, CRSError, DataError
        As in `knox_test`.

    Notes
    -----
    Nulls within strata are conservative: contagion that is slower than the strata last is in them too.

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
            "what is the same place is not clear",
            [f"exclude_within_km = {exclude_within_km!r}"],
            "above 0: 1 km, or 0.001 for one point",
        )
    seed, left_out = seed_of(rng), {}
    schemes: list[Scheme] = [ShuffleDates()]
    region = strata if strata is not None else "region_id" if "region_id" in events else None
    named: dict[str, list[Strata] | None] = {
        "dates within region": None if region is None else [region],
        "dates within month": ["month"],
        "dates within region and quarter": None if region is None else [region, "quarter"],
    }
    for what, parts in named.items():
        if parts is None:
            left_out[what] = "no regions: locate_events(events, regions) gives events a region_id, or give strata"
            continue
        labels, reason = _joint(events, parts)
        if reason:
            left_out[what] = reason
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
    return KnoxLadder(steps=steps, exclude_within_km=float(exclude_within_km), left_out=left_out)


def _joint(events: gpd.GeoDataFrame, parts: list[Strata]) -> tuple[pd.Series, str | None]:
    """Return a label an event for strata taken together, and why they cannot be used, where they cannot."""
    each = [strata_labels(events, part) for part in parts]
    name = " and ".join(called for _, called in each)
    together = pd.Series(list(zip(*(codes for codes, _ in each), strict=True)), index=events.index, name=name)
    counts = together.value_counts()
    if len(counts) == 1:
        return together, "all events lie in one, so nothing would be held fixed"
    if len(parts) > 1 and len(set(each[-1][0])) == 1:
        return together, f"all events lie in one {each[-1][1]}"
    if counts.max() == 1:
        return together, "every event is alone in its own, so nothing can be shuffled"
    return together, None
