"""The Knox test under increasingly strict null hypotheses, and what can be said with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ....errors import DataError, must_be
from ....figures import NullBand, NullLadder
from ....inference.permutation_test import Alternative
from ....random_streams import seed_of
from ....results import Result
from ....tables import check_events
from ....wording import format_count, format_days, format_p, join_words
from ..dated_points import DatedPoints, Strata, Unit
from ..schemes import LEVEL, ExchangePlaces, Scheme, ShuffleDates
from .knox import KnoxResult, format_pairs, knox_of
from .knox_counts import KnoxLimits, PairCount, check_limits

Verdict = Literal["interaction between places", "no evidence of interaction", "cannot tell"]


@dataclass(frozen=True, repr=False, eq=False)
class KnoxLadder(Result):
    """Results of the Knox test under the nulls that the data allow.

    Attributes
    ----------
    steps
        One `KnoxResult` per null: places exchanged; places exchanged within strata; and, for comparison only, dates shuffled
        over all place-days.
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
    def exchanged(self) -> tuple[KnoxResult, ...]:
        """The steps that decide: those in which places are exchanged."""
        return tuple(step for step in self.steps if step.scheme == "exchange_places")

    @property
    def verdict(self) -> Verdict:
        """What the steps with exchanged places say together.

        "interaction between places" only if each of them rejects; "cannot tell" if one could not have rejected, because it has
        no p-value or its smallest is above 0.05, and no other speaks against interaction.
        """
        able = [step for step in self.exchanged if _could_reject(step)]
        if any(step.p_value > LEVEL for step in able):
            return "no evidence of interaction"
        return "interaction between places" if able and len(able) == len(self.exchanged) else "cannot tell"

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result, and what it cannot tell."""
        against = self.verdict == "no evidence of interaction"  # what gives small p-values is not said of the others
        steps = [step for step in self.exchanged if not (against and step.p_value <= LEVEL)]
        said = dict.fromkeys(caution for step in steps for caution in step.caveats)
        whole = "A cause that neighboring places share looks the same"
        if any(text.startswith(f"{whole}, unless") for text in said):
            said.pop(f"{whole}.", None)
        return tuple(said)

    def figure(self) -> NullLadder:
        """Return the draws under each null relative to the observed number of pairs of different places."""
        first = self.steps[0]
        axis = (
            f"pairs within {first.within_km:g} km and {format_days(first.within_days)} under the null, divided by pairs observed\n"
            f"(observed between places, over {self.exclude_within_km:g} km apart: {first.between_places.statistic:,})"
        )
        series = {"between places": [_band(step.between_places) for step in self.steps]}
        return NullLadder([step.null for step in self.steps], series, axis, reference=1.0)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        first = self.steps[0]
        counts = (
            f"{first.counted}: {format_pairs(first.between_places.statistic, first.noun)} of different places more than "
            f"{self.exclude_within_km:g} km but at most {first.within_km:g} km and {format_days(first.within_days)} apart."
        )
        return " ".join([counts, *(_describe_step(step) for step in self.steps), self._conclusion()])

    def _conclusion(self) -> str:
        if self.verdict == "interaction between places":
            nulls = join_words([f"“{step.null}”" for step in self.exchanged])
            return f"Interaction between places is significant with {nulls}. This is consistent with spread from place to place."
        if self.verdict == "cannot tell":
            able = [step for step in self.exchanged if _could_reject(step)]
            why = (
                " It is significant with "
                + join_words([f"“{step.null}”" for step in able])
                + ", but the other null could not have been rejected."
                if able
                else ""
            )
            return f"Whether there is interaction between places cannot be told from these data.{why}"
        power = max((step for step in self.exchanged if _could_reject(step)), key=lambda step: step.p_value)
        return (
            f"There is no evidence of interaction between places within these limits. With {power.null}, an excess of about "
            f"{format_count(power.between_places.detectable_excess)} pairs would be found in four of five cases (approximate)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per null, for pairs between places."""
        rows = [
            {
                "null": step.null, "statistic": count.statistic, "expected": count.moments.expected, "ratio": count.ratio,
                "excess": count.excess, "z_score": count.z_score, "p_value": count.p_value, "smallest_p_value": step.smallest_p_value,
                "detectable_excess": count.detectable_excess,
            }
            for step in self.steps
            for count in (step.between_places,)
        ]  # fmt: skip
        return pd.DataFrame(rows).set_index("null")


def _could_reject(step: KnoxResult) -> bool:
    return step.between_places.reason is None and step.smallest_p_value <= LEVEL


def _band(count: PairCount) -> NullBand:
    """Return the middle 95% of the draws, relative to the observed count."""
    if count.reason or not count.statistic:
        note = f"no p-value: {count.reason}" if count.reason else "none observed"
        return NullBand(np.nan, np.nan, np.nan, note, clear=False)
    low, high = np.quantile(count.pairs_of(count.null_distribution), [0.025, 0.975]) / count.statistic
    return NullBand(low, high, count.moments.expected / count.statistic, f"p = {count.p_value:.2g}")


def _describe_step(step: KnoxResult) -> str:
    count = step.between_places
    only = "" if step.scheme == "exchange_places" else "For comparison only: with "
    start = only or "With "
    if count.reason:
        return f"{start}{step.null}, there is no p-value: {count.reason}."
    return f"{start}{step.null}, {format_count(count.moments.expected)} are expected ({format_p(count.p_value)})."


def knox_ladder(
    events: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    strata: Strata | None = None,
    unit: Unit = "place_days",
    exclude_within_km: float = 1.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> KnoxLadder:
    """Test for interaction between places under several nulls, and say what can be said.

    Interaction between places is claimed only if the excess of pairs of different places is significant both with places
    exchanged and with places exchanged within strata (see `knox_test`). Shuffled dates stand beside them for comparison.

    Parameters
    ----------
    events
        Dated points. Events without a point or a region are left out under every null, and counted in ``lost``.
    cities
        Cities with their ``population``, as in `knox_test`.
    within_km, within_days
        Limits of closeness, as in `knox_test`.
    permutations
        Number of permutations under each null; all use the same seed.
    strata
        The regions: columns of the events, or one label per event. By default the column ``region_id``, if present.
    unit
        "place_days" or "reports", as in `knox_test`.
    exclude_within_km
        Pairs of places at most this far apart are left out.
    alternative, rng
        As in `knox_test`.

    Returns
    -------
    KnoxLadder
        The steps, their ``verdict`` and its ``caveats``. Nulls that the data do not allow are in ``left_out``, with the
        reason.

    Raises
    ------
    SchemaError, CRSError, DataError
        As in `knox_test`.

    Notes
    -----
    In simulated worlds without spread (campaigns, clumped sizes, waves, large places first, shocks of the strata) the
    verdict "interaction between places" is wrong in at most 16 of 300 (``docs/calibration.md``). It is fooled by a cause that
    neighboring places share and the strata do not hold, and by events entered a second time under a nearby place. A null
    within strata is conservative: contagion within strata that are active as a whole is part of it.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ladder = ps.knox_ladder(case.events, case.cities, within_km=200, within_days=1, permutations=99, rng=1)
    >>> for step in ladder.steps:
    ...     print(step.null)
    places of like population exchanged, each with its days
    places of like population exchanged within region_id, each with its days
    dates shuffled over all events
    >>> ladder.verdict
    'no evidence of interaction'
    """
    check_events(events)
    check_limits(within_km, within_days, exclude_within_km, permutations, alternative, unit)
    if exclude_within_km <= 0:
        raise DataError(
            must_be("exclude_within_km", "above 0 to define the same place", exclude_within_km),
            fix="pass 1 (km), or 0.001 if only events at one point are in the same place",
        )
    seed, left_out = seed_of(rng), {}
    region = strata if strata is not None else "region_id" if "region_id" in events else None
    sample = DatedPoints.of(events, region, unit=unit, cities=cities, limits=(within_km, within_days))
    whole = replace(sample, strata=None, strata_name="")
    steps: list[tuple[Scheme, DatedPoints]] = [(ExchangePlaces(), whole)]
    within = "places exchanged within strata"
    if region is None:
        left_out[within] = "events have no region_id; add it with locate_events(events, regions), or pass strata"
    elif sample.site_strata is not None and len(np.unique(sample.site_strata)) == 1:
        left_out[within] = f"all events lie in one stratum ({sample.strata_name}), so nothing would be held fixed"
    else:
        steps.append((ExchangePlaces(region), sample))
    steps.append((ShuffleDates(), whole))
    limits = KnoxLimits(float(within_km), int(within_days), float(exclude_within_km))
    results = tuple(
        knox_of(events, scheme, limits, permutations=permutations, alternative=alternative, seed=seed)
        for scheme, events in steps
    )
    return KnoxLadder(results, float(exclude_within_km), left_out, sample.lost)
