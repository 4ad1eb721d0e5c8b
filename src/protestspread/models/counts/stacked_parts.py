"""What the figures of a fit of counts show: its parts by date, in all or by place, and its estimates."""

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...figures import EstimateRows, StackedParts
from .specification import DECAY, OVERDISPERSION, OWN, P

_MOST_PLACES = 24


def stacked_parts(
    observed: pd.DataFrame,
    parts: Mapping[str, pd.DataFrame],
    sentence: str,
    places: Iterable[Hashable] | Hashable | None,
) -> StackedParts:
    """Return the parts of a fit by date, in all or for some places, without the dates that are conditioned on."""
    if places is not None:
        chosen = _chosen(places, observed.columns)
        fitted = {str(place): _stack(parts, place) for place in chosen}
        never = pd.Series(index=observed.index, data=False)
        note = f"{sentence} The scales of the panels differ."
        return StackedParts(
            fitted, {str(place): observed[place] for place in chosen}, dict.fromkeys(fitted, never), note
        )
    total = pd.DataFrame({_word(name): panel.sum(axis=1, min_count=1) for name, panel in parts.items()})
    shares = total.sum() / total.sum().sum()
    total.columns = pd.Index([f"{name} ({share:.0%})" for name, share in zip(total, shares.tolist(), strict=True)])
    partial = observed.loc[:, observed.notna().any()].isna().any(axis=1)
    note = f"{sentence} Where hatched, both sums lack places." if partial.any() else sentence
    name = "all places"
    return StackedParts({name: total}, {name: observed.sum(axis=1, min_count=1)}, {name: partial}, note)


def scales_of(parts: list[str], table: pd.DataFrame, level: str) -> list[EstimateRows]:
    """Return estimates that are known, grouped by scale: rates, effects on them, and other parameters."""
    known, shapes = table[np.isfinite(table["estimate"])], [DECAY, P, OVERDISPERSION]
    rates, others = known[known.index.isin(parts)], known[known.index.isin(shapes)]
    effects = known.drop(index=[*rates.index, *others.index])
    scales = [
        EstimateRows(rates, f"logarithms of rates with {level} intervals", reference=None),
        EstimateRows(effects, f"effects on them with {level} intervals (filled dot: the interval excludes 0)"),
        EstimateRows(others, f"other parameters with {level} intervals", log=True, reference=None),
    ]
    return [rows for rows in scales if len(rows.table)]


def _chosen(places: Iterable[Hashable] | Hashable, known: pd.Index) -> list[Hashable]:
    with Arguments("choose from the places of the panel") as check:
        given = [places] if isinstance(places, str | int) else places
        chosen = check.names("places", given, "a place or a list of places")
        if not check.faults and not 1 <= len(chosen) <= _MOST_PLACES:
            check.fault(
                f"places must have 1 to {_MOST_PLACES} places, or be None for all in one panel; got {len(chosen)}"
            )
        for place in [] if check.faults else [place for place in chosen if place not in known]:
            check.fault(f"places has {place!r}, which is not in the panel")
        if not check.faults and len(set(map(str, chosen))) < len(chosen):
            check.fault("places must be given once each")
    return list(chosen)


def _stack(parts: Mapping[str, pd.DataFrame], place: Hashable) -> pd.DataFrame:
    return pd.DataFrame({_word(name): panel[place] for name, panel in parts.items()})


def _word(name: str) -> str:
    return "own past" if name == OWN else name
