"""What a page holds besides its layers: counts by type of event, the steps of a story, names of dates."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...ensembles.figures import PossibleSpreads, fan_of, reached_within
from ...errors import DataError, shorten_list
from ...panels import aggregate_panel
from ...tables import date_index_faults
from ..charts.stacked_bars import stack_of, type_colors
from ..frames import date_labels, row_ends
from ..style.text import MOST_TEXT, cut, day_text, fill, kind_text, number_text
from .encoding import pack

Part = dict[str, Any]
_MOST_STEPS = 60


def step_days(dates: pd.DatetimeIndex) -> float:
    """Return the usual number of days from a row to the next."""
    return float(np.median((row_ends(dates) - dates) / pd.Timedelta(days=1)))


def dates_of(dates: pd.DatetimeIndex) -> Part:
    """Return the dates for the page: as ISO dates, and short names in the current language.

    ``short`` has no year, which is in ``years`` where there are several; ``day`` is what a small circle can hold; ``ticks``
    are the rows that may be labeled below the curve: for many days, the first of each month.
    """
    daily = step_days(dates) < 7
    firsts = np.flatnonzero(dates.day == 1)
    short = [day_text(date, year=False) for date in dates] if daily else date_labels(dates, first_only=True)
    found: Part = {
        "iso": [str(date.date()) for date in dates],
        "short": short,
        "day": [str(date.day) for date in dates] if daily else [str(row + 1) for row in range(len(dates))],
        "ticks": firsts.tolist() if len(firsts) > 2 and step_days(dates) < 2 else list(range(len(dates))),
    }
    found |= {"daily": True} if daily else {}
    return found | ({"years": dates.year.tolist()} if daily and dates[0].year != dates[-1].year else {})


def types_of(
    by: Mapping[str, pd.DataFrame],
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
) -> list[Part]:
    """Return the counts of each type by region and, if the panels in `by` are of cities, by city.

    Raises
    ------
    SchemaError, DataError
        `by` is not a mapping from types to panels that add up to the counts on the map.
    """
    with Arguments() as check:
        check.instance("by", by, Mapping, "a mapping from types of event to panels")
        for kind in by if isinstance(by, Mapping) else ():
            check.text("by", kind)
    whole = panel if city_panel is None else city_panel
    stack_of(by, whole)  # also checks that the panels are panels with the same sums by date
    found = []
    colors = type_colors([*by])
    added, by_region = whole * 0.0, panel * 0.0
    for kind, part in by.items():
        unknown = [place for place in part.columns if place not in whole.columns]
        if unknown:
            raise DataError(f"by[{kind!r}]", [f"places that are not on the map: {shorten_list(unknown)}"], _BY_FIX)
        counts = part.reindex(columns=whole.columns).fillna(0)
        added += counts
        levels = {"regions": counts}
        if city_panel is not None:
            levels = {"regions": _by_region(counts, cities), "cities": counts}
            by_region += levels["regions"].reindex(columns=panel.columns).fillna(0)
        packed = {
            level: pack(table.reindex(columns=places.index).to_numpy(dtype=float).T)
            for (level, table), places in zip(levels.items(), (regions, cities), strict=False)
            if places is not None
        }
        total = float(counts.to_numpy().sum())
        found.append({"key": cut(kind), "name": cut(kind_text(kind)), "color": colors[kind], "total": total} | packed)
    _check_sums(added, whole)
    if city_panel is not None:
        _check_sums(by_region, panel)
    return found


_BY_FIX = "make each panel with count_events(events of that type, cities), or aggregate_panel for a map without cities"


def _by_region(counts: pd.DataFrame, cities: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if cities is None or "region_id" not in cities:
        return counts.iloc[:, :0]
    inside = cities["region_id"].reindex(counts.columns).dropna()
    return aggregate_panel(counts[inside.index], inside) if len(inside) else counts.iloc[:, :0]


def _check_sums(added: pd.DataFrame, whole: pd.DataFrame) -> None:
    """Raise an error where the types do not add up to the counts of a place that was observed."""
    gap = (added - whole).abs().fillna(0) > 1e-9
    places = list(gap.columns[gap.any()])
    if places:
        raise DataError("by", [f"the types do not add up to the counts of {shorten_list(places)}"], _BY_FIX)


def check_ensemble(
    ensemble: PossibleSpreads, panel: pd.DataFrame, regions: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None
) -> None:
    """Check that the places of an ensemble are on the map, and that its dates and those of the panel are regular together.

    Raises
    ------
    DataError
        They are not, or the ensemble is empty.
    """
    with Arguments(
        "simulate on a graph of the cities, or of the regions, from a date of panel on, in its steps"
    ) as check:
        if not len(ensemble) or not len(ensemble.places):
            check.fault(f"ensemble must have draws and places; got {len(ensemble)} and {len(ensemble.places)}")
        levels = [table for table in (cities, regions) if table is not None]
        unknown = min(([one for one in ensemble.places if one not in table.index] for table in levels), key=len)
        if unknown:
            check.fault(f"ensemble has places that are not all cities, or all regions: {shorten_list(unknown)}")
        for fault in date_index_faults(all_dates(panel, ensemble)):
            check.fault(f"ensemble: with the dates of panel, {fault}")


def all_dates(panel: pd.DataFrame, ensemble: PossibleSpreads) -> pd.DatetimeIndex:
    """Return the dates of a panel and of an ensemble."""
    return pd.DatetimeIndex(panel.index.union(ensemble.dates), name="date")


def on_dates(panel: Any, dates: pd.DatetimeIndex) -> Any:
    """Return a panel on more dates, which were not observed; what is no panel is returned as it is, for later checks."""
    return panel.reindex(dates) if isinstance(panel, pd.DataFrame) else panel


def ensemble_of(
    ensemble: PossibleSpreads,
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    city_panel: pd.DataFrame | None,
    cities: gpd.GeoDataFrame | None,
    *,
    note: str | None,
    words: Mapping[str, str],
) -> Part:
    """Return the fan of an ensemble, the observed course of its places, and probabilities by place and date, in percent.

    An ensemble of cities also gives the probability that a region was reached: that any of its cities was.
    """
    dates, reached = pd.DatetimeIndex(panel.index), ensemble.reached()
    if cities is not None and ensemble.places.isin(cities.index).all():
        chances, all_places, observed = {"cities": reached}, cities.index, city_panel
        if len(regions) and "region_id" in cities:
            chances["regions"] = reached_within(ensemble, cities["region_id"])
    else:
        chances, all_places, observed = {"regions": reached}, regions.index, panel
    fan = fan_of(ensemble, (panel.iloc[:, :0] if observed is None else observed).reindex(columns=ensemble.places))
    facts = [fill(words["unfitted"], n=number_text(len(ensemble))) if note is None else cut(note, MOST_TEXT)]
    if len(ensemble.places) < len(all_places):
        facts.append(
            fill(words["simulated_of"], n=number_text(len(ensemble.places)), total=number_text(len(all_places)))
        )
    found: Part = {
        "counts": ensemble.counts_events,
        "note": " ".join(facts),
        "bands": pack(fan.quantiles.to_numpy(dtype=float).T),
        "observed": pack(np.asarray(fan.observed, dtype=float)),
    }
    if fan.lower_bound is not None and fan.lower_bound.any():
        found["bound"] = fan.lower_bound.astype(int).tolist()
    for level, shares in chances.items():
        places = regions if cities is None or level == "regions" else cities
        found[level] = pack(_percents(shares.reindex(index=dates, columns=places.index)).T)
    return found


def _percents(shares: pd.DataFrame) -> FloatArray:
    """Return shares in whole percents, 0 and 100 only where it is exactly that."""
    values = shares.to_numpy(dtype=float)
    return np.where((values > 0) & (values < 1), np.clip(np.round(100 * values), 1, 99), 100 * values)


def story_of(story: Sequence[Any], dates: pd.DatetimeIndex, numbers: Mapping[Any, int]) -> list[Part]:
    """Return the steps of a story: row, number of the place (cities first, then regions) or None, and text.

    Raises
    ------
    DataError
        A step is not (date, place or None, text), its date is not on the map, or its place is not (all are named).
    """
    with Arguments(
        "pass steps such as [('2022-01-02', 'Zhanaozen', 'Drivers block a road'), ('2022-01-05', None, '…')]"
    ) as check:
        steps = list(story) if isinstance(story, list | tuple) else None
        if steps is None or not 1 <= len(steps) <= _MOST_STEPS:
            check.fault(f"story must be a list of 1 to {_MOST_STEPS} steps (date, place or None, text)")
        return [_step(check, f"story[{i}]", step, dates, numbers) for i, step in enumerate(steps or ())]


def _step(check: Arguments, name: str, step: Any, dates: pd.DatetimeIndex, numbers: Mapping[Any, int]) -> Part:
    if not isinstance(step, list | tuple) or len(step) != 3 or not isinstance(step[2], str):
        check.fault(f"{name} must be (date, place or None, text)")
        return {}
    day, place, words = step
    before = len(check.faults)
    moment = check.day(f"{name} date", day)
    if len(check.faults) > before:
        return {}
    row = int(dates.searchsorted(moment, side="right")) - 1
    if row < 0 or moment >= row_ends(dates)[-1]:
        check.fault(f"{name}: {moment.date()} is not between {dates[0].date()} and {dates[-1].date()}")
    if place is not None and (not isinstance(place, str) or place not in numbers):
        check.fault(f"{name}: {place!r} is neither a city nor a region of the map")
    return {"row": row, "place": None if place is None else numbers.get(place), "text": cut(words, MOST_TEXT)}


def active_cities(cities: gpd.GeoDataFrame, city_panel: pd.DataFrame, needed: set[Any]) -> gpd.GeoDataFrame:
    """Return the cities with events, and those that are `needed` for arrows and stories."""
    total = city_panel.sum().reindex(cities.index).fillna(0)
    return cities[(total != 0) | cities.index.isin([*needed])]
