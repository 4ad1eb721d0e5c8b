"""The views of a page: what its colors stand for, with classes that are the same for all dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...arrow_layers import DRAWN_FROM
from ..frames import Show, shown_values
from ..style.classes import Classes, classify
from ..style.ramps import class_colors, ramp
from ..style.text import fill, number_text, say
from ..style.theme import DEFAULT_CMAP, ONSET_CMAP

_FIRST_CLASSES = 4
_PER = 100_000


@dataclass(frozen=True)
class Look:
    """How a page shows its numbers.

    Attributes
    ----------
    show, window_days
        The initial view; see `frames`. "first": the first day of each region.
    classes
        Classes of that view. By default, `classify` chooses them.
    cmap
        Colormap of all counts.
    at_least
        Smallest probability of an arrow.
    scheme, k
        The classes of all views; see `classify`.
    """

    show: Show | str = "day"
    window_days: int = 7
    classes: Classes | None = None
    cmap: str = DEFAULT_CMAP
    at_least: float = DRAWN_FROM
    scheme: str | Sequence[float] | None = None
    k: int = 5


def views_of(
    panel: pd.DataFrame, words: Mapping[str, str], look: Look, short: Sequence[str], people: pd.Series | None
) -> list[dict[str, Any]]:
    """Return the views of a panel, the initial one first; without an event no region has a first day.

    `short` names the dates. With the number of people of each region, counts can also be shown as rates.
    """
    dates = pd.DatetimeIndex(panel.index)
    words = {**words, "window": fill(words["window"], n=look.window_days)}
    names: dict[Any, str] = {"day": words["now"]}
    counts = not (panel < 0).any(axis=None)
    if len(dates) > 1 and counts:
        if look.show == "window" or len(dates) > look.window_days:
            names["window"] = words["window"]
        names["so_far"] = words["so_far"]
        if (panel > 0).any(axis=None):
            names["first"] = words["first_day"]
    if look.show in ("so_far", "window"):  # also where readers are not offered it
        names[look.show] = words[look.show]
    order = sorted(names.items(), key=lambda item: item[0] != look.show)
    rated = people if counts else None
    return [
        _first_view(panel, name, short) if show == "first" else _sums(panel, show, name, look, rated)
        for show, name in order
    ]


def _sums(panel: pd.DataFrame, show: Show, name: str, look: Look, people: pd.Series | None) -> dict[str, Any]:
    shown = shown_values(panel, show=show, window_days=look.window_days)
    own = look.classes if show == look.show else None
    numbers = shown.to_numpy(dtype=float, na_value=np.nan)
    view = view_of(show, name, own or classify(numbers, scheme=look.scheme, k=look.k), look.cmap)
    if show == "window":  # the first row of each window
        dates = pd.DatetimeIndex(panel.index)
        view["from"] = dates.searchsorted(dates - pd.Timedelta(days=look.window_days), side="right").tolist()
    if people is not None:
        rates = view_of(show, name, classify(_PER * numbers / people.to_numpy(dtype=float), k=look.k), look.cmap)
        view["rates"] = {part: rates[part] for part in ("upper", "labels", "zero", "colors", "dark")}
    return view


def _first_view(panel: pd.DataFrame, name: str, short: Sequence[str]) -> dict[str, Any]:
    """Return the view of the first row with an event, in classes of about as many regions."""
    active = (panel > 0).to_numpy()
    rows = np.sort(active.argmax(axis=0)[active.any(axis=0)])
    days = np.unique(rows)
    if len(days) > _FIRST_CLASSES:
        days = np.unique(np.quantile(rows, np.arange(1, _FIRST_CLASSES) / _FIRST_CLASSES, method="lower"))
    upper = [int(day) for day in days if day < rows[-1]]
    starts = [int(rows[0]), *(int(rows[rows > cut][0]) for cut in upper)]
    ends = [*upper, int(rows[-1])]
    labels = [short[a] if a == b else f"{short[a]} – {short[b]}" for a, b in zip(starts, ends, strict=True)]
    view = {"key": "first", "name": name, "upper": upper, "labels": labels, "zero": False}
    light, dark = (
        ramp(len(labels), ONSET_CMAP, dark=on)[::-1] for on in (False, True)
    )  # the earliest day is strongest
    return view | {"colors": light, "dark": dark}


def chance_view(draws: int, words: Mapping[str, str]) -> dict[str, Any]:
    """Return the view of the probability, in an ensemble of so many draws, that a place has been reached by a date."""
    view = view_of("probability", words["chance"], classify([], scheme="probability"))
    labels = [label.removesuffix("\u202f%") for label in view["labels"]]  # narrow; what they are is written above them
    return view | {"labels": labels, "none": "0", "what": fill(words["chance_long"], n=number_text(draws))}


def view_of(key: str, name: str, classes: Classes, cmap: str = DEFAULT_CMAP) -> dict[str, Any]:
    """Return a view for the page: its limits, labels and colors, also those on dark screens."""
    view = {
        "key": key,
        "name": name,
        "upper": list(classes.upper),
        "labels": list(classes.labels),
        "zero": classes.zero,
    }
    if classes.zero_label != Classes.zero_label:
        view |= {"none": say(classes.zero_label), "missing": say(classes.missing_label)}
    light, dark = (class_colors(classes, cmap, dark=on)[1:] for on in (False, True))
    return view | {"colors": light, "dark": dark}
