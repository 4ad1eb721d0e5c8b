"""Growth ratio: new activity over that expected from the last days' activity and an assumed serial interval (Cori et al. 2013)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments, as_list
from ...arrays import FloatArray
from ...errors import DataError, argument_error, must_be, shorten_list
from ...figures import SeriesWithBand
from ...results import Result
from ...tables import check_panel
from ...wording import format_date, format_days, format_number
from .peak import TOTAL, with_total

Incomplete = Literal["nan", "observed days"]
_QUANTILES = {"low": 0.025, "median": 0.5, "high": 0.975}
_MOST_DAYS = 10**4
_LEAST, _MOST = 1e-6, 1e6  # of the moments of a prior
_TOLERANCE = 1e-6
_UNOBSERVED = "days of the window, or before it, were not observed"
_NO_SOURCE = "there was no activity on the days before"


@dataclass(frozen=True, repr=False, eq=False)
class GrowthRatio(Result):
    """Growth ratios by place and window of days.

    Attributes
    ----------
    table
        Index: place (or group, and "all places") and ``date``, the last day of a window. ``mean``, ``sd``, ``low``, ``median`` and
        ``high`` (of the posterior distribution; the middle 95%), ``events`` and ``expected`` (sums over the days of the window that
        are used), ``days`` (their number), ``reason`` (why there is no ratio, else "").
    serial_interval
        The assumed chance of 1, 2, … days between activity and the activity that it leads to.
    window_days
        Length of a window.
    prior_mean, prior_sd
        Mean and standard deviation of the prior distribution of the ratio.
    incomplete
        "nan" or "observed days".
    """

    table: pd.DataFrame
    serial_interval: tuple[float, ...]
    window_days: int
    prior_mean: float
    prior_sd: float
    incomplete: str

    def by_date(self, place: Hashable = TOTAL) -> pd.DataFrame:
        """Return the rows of one place or group, by date.

        Raises
        ------
        DataError
            There is no such place.
        """
        with Arguments() as check:
            check.names("place", [place], "a place or group of the panel")
        if place not in self.table.index.get_level_values(0):
            known = shorten_list(self.table.index.get_level_values(0).unique()[::-1])
            raise DataError(f"place must be a place or group of the panel; got {place!r}", fix=f"choose from {known}")
        return pd.DataFrame(self.table.xs(place, level=0))

    @property
    def sentence(self) -> str:
        """The first and the last ratio of all places, and when the ratio was above and below 1."""
        rows = self.by_date()
        known = rows[rows["mean"].notna()]
        if not len(known):
            return f"No growth ratio of all places can be given: {rows['reason'].iloc[-1]}."
        texts = [
            f"{_interval(row)} in the {format_days(self.window_days)} to {format_date(day)}"
            for day, row in zip(
                pd.DatetimeIndex(known.index[[0, -1]]), known.iloc[[0, -1]].to_dict("records"), strict=True
            )
        ]
        ends = texts[0] if len(known) == 1 else f"{texts[0]} and {texts[1]}"
        above, below = int((known["low"] > 1).sum()), int((known["high"] < 1).sum())
        return (
            f"The growth ratio of all places was {ends}; it was above 1 in {above:,} and below 1 in {below:,} of {len(known):,} windows "
            f"(95% interval, with an assumed serial interval of {format_number(self.mean_interval)} days on average)."
        )

    @property
    def mean_interval(self) -> float:
        """Mean of the serial interval in days."""
        return float(np.arange(1, len(self.serial_interval) + 1) @ np.array(self.serial_interval))

    @property
    def caveats(self) -> tuple[str, ...]:
        """What is assumed, and which windows are missing or incomplete."""
        said = [
            "The serial interval is assumed, not estimated, and another one gives other ratios.",
            "It is a ratio of activity, not the reproduction number of a disease: what makes places active without others, and days of the week on which more happens, move it too.",
        ]
        rows = self.by_date()
        short = int(((rows["days"] < self.window_days) & rows["mean"].notna()).sum())
        if gone := int(rows["mean"].isna().sum()):
            said.append(f"{gone:,} of {len(rows):,} windows have no ratio.")
        if short:
            said.append(f"{short:,} ratios are of windows in which days are missing.")
        return tuple(said)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def figure(self, *, place: Hashable = TOTAL) -> SeriesWithBand:
        """Return the ratio by the last day of its window, over its interval, of one place or group."""
        rows = self.by_date(place)
        if rows["mean"].isna().all():
            raise DataError(
                "result cannot be drawn",
                [f"no window has a ratio ({rows['reason'].iloc[-1]})"],
                "pass more observed days",
            )
        return SeriesWithBand(
            observed=rows["mean"], low=rows["low"], high=rows["high"],
            filled=(rows["low"] > 1) | (rows["high"] < 1), statistic=f"growth ratio, {place}", band="95% interval", fill="interval without 1",
            method=f"windows of {format_days(self.window_days)}; assumed serial interval of {format_number(self.mean_interval)} days on average",
            expected=pd.Series(1.0, rows.index), line="ratio", reference="no growth",
        )  # fmt: skip


def growth_ratio(
    panel: pd.DataFrame | pd.Series,
    *,
    serial_interval: Sequence[float],
    window_days: int = 7,
    prior_mean: float = 5.0,
    prior_sd: float = 5.0,
    incomplete: Incomplete = "nan",
    by: pd.Series | Mapping[Hashable, Hashable] | None = None,
) -> GrowthRatio:
    """Return how many times as much activity there was in each window of days as the days before it would give at a ratio of 1.

    Activity of a day, I_t, is Poisson with mean R · Λ_t, where Λ_t = Σ_u w_u I_(t - u) and w is the serial interval. With a gamma
    prior of shape a and scale b, R in a window is gamma with shape a + Σ I_t and rate 1 / b + Σ Λ_t.

    Parameters
    ----------
    panel
        Counts per day, one column per place, or a Series by date. Best active place-days, ``(panel > 0).where(panel.notna())``:
        a report of many protests is then no growth.
    serial_interval
        Chance of 1, 2, … days between activity and what it leads to; sums to 1 (EpiEstim's ``si_distr`` without its first 0). It is
        assumed: try several.
    window_days
        Length of the windows, in which the ratio is taken as constant. Windows of a week hold each weekday once.
    prior_mean, prior_sd
        Mean and standard deviation of the gamma prior of the ratio.
    incomplete
        "nan": a window has a ratio only if all its days are usable: observed, with all days before them that the serial interval
        needs. "observed days": a window has a ratio from its usable days, ``days`` of them, if there is any.
    by
        Mapping from every place to its group, such as ``cities["region_id"]``: ratios of groups instead of places.

    Returns
    -------
    GrowthRatio
        By place or group, and of all places; ``plot()`` draws the ratio of all, ``plot(place=…)`` of one. Sums over places are
        unobserved where a place is.

    Raises
    ------
    SchemaError, DataError
        The panel is not a daily panel, or negative; the serial interval does not sum to 1, or another option is not valid.

    Notes
    -----
    A. Cori, N. M. Ferguson, C. Fraser, S. Cauchemez (2013), A new framework and software to estimate time-varying reproduction
    numbers during epidemics, American Journal of Epidemiology 178:1505, doi:10.1093/aje/kwt133 (EpiEstim). Days before the panel
    count as quiet, so that the first ratios are too high where activity had begun before; the first day has no past and is not
    usable. A window without any expected activity has no ratio, where EpiEstim gives the prior.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> counts = pd.Series([2, 3, 1, 4, 6, 5], index=pd.date_range("2022-01-02", periods=6, name="date"))
    >>> found = ps.growth_ratio(counts, serial_interval=[0.5, 0.3, 0.2], window_days=4)
    >>> found.by_date()["mean"].round(3).tolist()
    [1.875, 1.491]
    """
    with Arguments() as check:
        weights = _serial_interval(check, serial_interval)
        window_days = check.whole("window_days", window_days, at_least=1, at_most=_MOST_DAYS)
        prior_mean = check.number("prior_mean", prior_mean, at_least=_LEAST, at_most=_MOST)
        prior_sd = check.number("prior_sd", prior_sd, at_least=_LEAST, at_most=_MOST)
        check.choice("incomplete", incomplete, ["nan", "observed days"])
        check.instance("panel", panel, (pd.DataFrame, pd.Series), "a panel of counts by day, or a Series by date")
        if by is not None and isinstance(panel, pd.Series):
            check.fault("by must be None where panel is a Series")
    values = with_total(panel, by) if isinstance(panel, pd.DataFrame) else pd.DataFrame({TOTAL: panel})
    counts = _daily_counts(values, window_days)
    prior = (prior_mean / prior_sd) ** 2, prior_sd**2 / prior_mean
    table = _ratios(counts, weights, window_days, prior, whole=incomplete == "nan")
    ends = values.index[window_days:]  # a window cannot begin on the first day
    levels: dict[str, Any] = {str(values.columns.name or "place"): list(values), "date": ends}
    index = pd.MultiIndex.from_product([*levels.values()], names=[*levels])
    return GrowthRatio(table.set_axis(index), tuple(weights), window_days, prior_mean, prior_sd, incomplete)


def _serial_interval(check: Arguments, given: object) -> list[float]:
    """Check a serial interval, and return its chances."""
    chances = as_list(given)
    if not chances:
        check.fault(must_be("serial_interval", "the chances of 1, 2, … days, such as [0.5, 0.3, 0.2]", given))
        return [1.0]
    known = len(check.faults)
    found = [check.number("serial_interval", chance, at_least=0, at_most=1) for chance in chances]
    if len(check.faults) == known and abs(sum(found) - 1) > _TOLERANCE:
        check.fault(f"serial_interval must sum to 1; got a sum of {sum(found):.6g}")
    return found


def _daily_counts(values: pd.DataFrame, window_days: int) -> FloatArray:
    """Check that a panel is daily, long enough and not negative, and return its counts."""
    check_panel(values)
    counts = values.to_numpy(dtype=float, na_value=np.nan)
    faults = []
    if len(values) <= window_days:
        faults.append(
            f"panel must have more than window_days = {window_days} days, because the first day has no past; got {len(values)}"
        )
    if (np.diff(values.index.to_numpy()) != np.timedelta64(1, "D")).any():
        faults.append("panel must have one row per day, because the serial interval is in days; got other steps")
    negative = np.asarray((counts < 0).any(axis=0))
    if negative.any():
        faults.append(f"panel must not be negative; got values below 0 for {shorten_list(values.columns[negative])}")
    if faults:
        raise argument_error(faults, "pass daily counts, count_events(events, places)")
    return counts


def _ratios(
    counts: FloatArray, weights: list[float], window_days: int, prior: tuple[float, float], *, whole: bool
) -> pd.DataFrame:
    """Return the posterior of each column and window, from the window that begins on the second day on."""
    from scipy.special import gammaincinv

    expected = np.zeros(counts.shape)
    for lag, weight in enumerate(weights[: len(counts) - 1], start=1):
        if weight > 0:
            expected[lag:] += weight * counts[:-lag]
    usable = ~np.isnan(counts) & ~np.isnan(expected)

    def in_windows(cells: FloatArray) -> FloatArray:
        windows = np.lib.stride_tricks.sliding_window_view(cells[1:], window_days, axis=0)
        return np.asarray(windows.sum(axis=-1).T.ravel())

    days = in_windows(usable.astype(float))
    events, sources = (in_windows(np.where(usable, cells, 0.0)) for cells in (counts, expected))
    complete = days == window_days if whole else days > 0
    known = complete & (sources > 0)
    shape, rate = prior[0] + events, np.where(known, 1 / prior[1] + sources, np.nan)
    table = pd.DataFrame({"mean": shape / rate, "sd": np.sqrt(shape) / rate})
    for name, q in _QUANTILES.items():
        table[name] = gammaincinv(shape, q) / rate
    table["events"], table["expected"], table["days"] = events, sources, days.astype(np.int64)
    table["reason"] = np.where(known, "", np.where(complete, _NO_SOURCE, _UNOBSERVED))
    return table


def _interval(row: Mapping[Hashable, float]) -> str:
    """Format a ratio with its interval."""
    return "{mean:.2f} ({low:.2f} to {high:.2f})".format_map(row)
