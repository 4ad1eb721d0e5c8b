"""Rivals of contagion: spreads without transmission along the networks, each one world or a family of worlds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..arguments import Arguments, as_list
from ..errors import DataError, must_be, shorten_list
from ..models.worlds import (
    AttributesWorld,
    CommonDaysWorld,
    RegionalDaysWorld,
    ReportingDelayWorld,
    World,
)


@dataclass(frozen=True)
class Rival:
    """An explanation that a fit of contagion is held against: one world without transmission, or several of a kind.

    A rival of several worlds fits where one of them does.

    Attributes
    ----------
    name
        What the rival is called in tables and sentences.
    worlds
        Its worlds, with words that differ.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.Rival("frailty of regions", (ps.RegionalShockWorld(sd=0.8),)).name
    'frailty of regions'
    """

    name: str
    worlds: tuple[World, ...]

    def __post_init__(self) -> None:
        with Arguments("pass a name and worlds, such as Rival('late reports', (ReportingDelayWorld(),))") as check:
            check.text("name", self.name)
            worlds = as_list(self.worlds) or []
            if not worlds or not all(isinstance(world, World) for world in worlds):
                check.fault(must_be("worlds", "a tuple of worlds", self.worlds))
            elif len({world.words for world in worlds}) < len(worlds):
                check.fault("worlds must differ in their words")


NAMED_RIVALS = {
    "attributes": (AttributesWorld(),),
    "regional shocks": (RegionalDaysWorld(),),
    "common shock": (CommonDaysWorld(),),
    "reporting delay": (
        ReportingDelayWorld(),
        *(ReportingDelayWorld(None, exponent, simultaneous=True) for exponent in (0.4, 0.8, 1.2)),
    ),
}
"""The rivals that can be named."""


def check_rivals(rivals: Iterable[str | World | Rival] | Any) -> list[Rival]:
    """Return rivals as values; raise `DataError` with all faults if one is not known or a name repeats."""
    fix = f"choose from {shorten_list(map(repr, NAMED_RIVALS), 9)}, or pass worlds or Rival values"
    given = as_list(rivals)
    if not given or isinstance(rivals, str):
        raise DataError(must_be("rivals", "a list of rivals", rivals), fix=fix)
    found, faults = [], []
    for one in given:
        if isinstance(one, Rival):
            found.append(one)
        elif isinstance(one, World):
            found.append(Rival(one.words, (one,)))
        elif isinstance(one, str) and one in NAMED_RIVALS:
            found.append(Rival(one, NAMED_RIVALS[one]))
        else:
            faults.append(must_be("rivals", "names, worlds or Rival values", one))
    names = [rival.name for rival in found]
    faults += [
        f"rivals must differ in their names; got {name!r} twice"
        for name in {one for one in names if names.count(one) > 1}
    ]
    if faults:
        raise DataError("rivals are not valid", faults, fix)
    return found
