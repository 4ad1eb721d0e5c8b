"""What the figure of a fit of counts shows: its parts by date, in all or by place."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Protocol

import pandas as pd

from ...arguments import Arguments
from ...figures import FittedParts
from .specification import OWN, Specification

_MOST_PLACES = 24


class DrawnFit(Protocol):
    """What a figure of parts needs of a fit of counts."""

    @property
    def specification(self) -> Specification: ...  # noqa: D102 - as in the fit
    @property
    def sentence(self) -> str: ...  # noqa: D102
    def observed(self) -> pd.DataFrame: ...  # noqa: D102
    def parts(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102
    def proportions(self) -> pd.Series: ...  # noqa: D102


def fitted_figure(fit: DrawnFit, places: Iterable[Hashable] | Hashable | None) -> FittedParts:
    """Return the parts of a fit, summed over all places, or of some places."""
    first = fit.specification.first_rows
    observed, parts = fit.observed().iloc[first:], {name: panel.iloc[first:] for name, panel in fit.parts().items()}
    if places is not None:
        chosen = _chosen(places, observed.columns)
        fitted = {str(place): _stack(parts, place) for place in chosen}
        never = pd.Series(index=observed.index, data=False)
        note = f"{fit.sentence} The scales of the panels differ."
        return FittedParts(
            fitted, {str(place): observed[place] for place in chosen}, dict.fromkeys(fitted, never), note
        )
    ever = observed.columns[observed.notna().any()]
    total = {name: panel.sum(axis=1, min_count=1) for name, panel in parts.items()}
    named = {
        f"{_word(name)} ({share:.0%})": total[name]
        for name, share in zip(total, fit.proportions().tolist(), strict=True)
    }
    partial = observed[ever].isna().any(axis=1)
    note = f"{fit.sentence} {'Where hatched, both sums lack places. ' if partial.any() else ''}".strip()
    return FittedParts(
        {"all places": pd.DataFrame(named)},
        {"all places": observed.sum(axis=1, min_count=1)},
        {"all places": partial},
        note,
    )


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
