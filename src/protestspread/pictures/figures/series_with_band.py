"""Figures of statistics over time with their null distribution, and of signatures of spread."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...checks import layout_faults
from ...errors import DataError, must_be
from ...stats.signatures import SpreadSignatures
from ..frames import date_labels
from ..layout.labels import text_size, wrapped
from ..style.options import check_options
from ..style.theme import BAR_AHEAD, CITY, INK, MISSING_HATCH, MUTED, PAPER, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5
_MOST_PLACES = 40
_COLUMNS = ("statistic", "expected", "z_score", "p_value", "adjusted_p_value", "reason")
_FIX = "pass a table from moran_over_time, join_counts_over_time, local_moran_over_time or getis_ord_over_time"
_MISSING: dict[str, Any] = {"facecolor": PAPER, "edgecolor": MISSING_HATCH, "hatch": "////", "linewidth": 0}


def plot_over_time(result: pd.DataFrame, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw a statistic over time with its null distribution, or, for a local statistic, its z-scores by place and date.

    Parameters
    ----------
    result
        A table from `moran_over_time` or `join_counts_over_time`, drawn as a line: dots are filled where the adjusted
        p-value is at most 0.05, and days without a value are hatched. Or a table from `local_moran_over_time` or
        `getis_ord_over_time`, drawn with one row per place: the up to 40 places with the smallest adjusted p-values, with
        dots where it is at most 0.05.
    ax
        Axes to draw on. By default, a new figure.
    title
        Title, taken as plain text.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the row number, from 0.

    Raises
    ------
    DataError
        The table is not one of these, or has no values.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> by_day = ps.moran_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> ax = ps.plot_over_time(by_day, ax=matplotlib.figure.Figure().add_subplot())
    >>> ax.get_ylabel()
    "Moran's I"
    """
    check_options(ax=ax, title=title)
    if not isinstance(result, pd.DataFrame):
        raise DataError(must_be("result", "a table by date, such as moran_over_time returns", result), fix=_FIX)
    local = "date" in result.index.names and result.index.nlevels == 2
    missing = _faults(result, local=local)
    if not missing and result["statistic"].isna().all():
        missing = [f"no row has a value ({result['reason'].iloc[0] if len(result) else 'the table is empty'})"]
    if missing:
        raise DataError("result cannot be drawn", missing, _FIX)
    return _draw_places(result, ax, title) if local else _draw_series(result, ax, title)


def _faults(result: pd.DataFrame, *, local: bool) -> list[str]:
    """Return why a table by date, or by date and place, cannot be drawn."""
    faults = [] if local else list(map(str, layout_faults(result)))
    if faults or not result.columns.is_unique:
        return faults or ["a column is given more than once"]
    wanted = [*_COLUMNS, *([] if local else ["null_low", "null_high"])]
    faults = [f"column '{name}' is missing" for name in wanted if name not in result]
    kinds = {name: result[name].dtype for name in wanted if name in result and name != "reason"}
    faults += [f"column '{name}' must hold numbers; got {kind}" for name, kind in kinds.items() if not _is_plain(kind)]
    dates = result.index.get_level_values("date") if local else result.index
    if not isinstance(dates, pd.DatetimeIndex) or dates.hasnans or not result.index.is_unique:
        faults.append("the index must hold dates, none missing and none twice")
    return faults


def _is_plain(kind: object) -> bool:
    """Return whether a type is one of numpy's of real numbers."""
    return isinstance(kind, np.dtype) and kind.kind in "iufb"


def _draw_series(result: pd.DataFrame, ax: "Axes | None", title: str | None) -> "Axes":
    ax = _new_axes(7.0, 3.2) if ax is None else ax
    x = np.arange(len(result))
    _draw_band(ax, result)
    _draw_observed(ax, result)
    ax.set_xlim(-0.5, len(x) - 0.5)
    ax.set_ylabel(printable(str(result.attrs.get("statistic", "statistic"))), **plain_text(_SIZE, color=MUTED))
    ax.tick_params(axis="y", labelsize=_SIZE, colors=MUTED, length=3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(MUTED)
    _date_ticks(ax, pd.DatetimeIndex(result.index))
    key = ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=_SIZE, labelcolor=INK,
                    borderaxespad=0.3)  # fmt: skip
    _finish(ax, result, title, pad=30 if len(key.get_texts()) > 2 else 20)
    return ax


def _draw_band(ax: "Axes", result: pd.DataFrame) -> None:
    """Draw the middle 95% and the expectation under the null as steps, so that a single day is visible too."""
    low, high = result["null_low"].to_numpy(), result["null_high"].to_numpy()
    edges = np.repeat(np.arange(len(result) + 1) - 0.5, 2)[1:-1]
    of_row = np.repeat(np.arange(len(result)), 2)
    ax.fill_between(edges, low[of_row], high[of_row], color=BAR_AHEAD, alpha=0.55, linewidth=0,
                    label="middle 95% under the null")  # fmt: skip
    expected = np.where(np.isnan(low), np.nan, result["expected"])
    ax.plot(edges, expected[of_row], color=MUTED, linewidth=1.1, linestyle=(0, (4, 2)), label="expected under the null")


def _draw_observed(ax: "Axes", result: pd.DataFrame) -> None:
    """Draw the observed values, filled where significant; hatch the days without one."""
    values, size = result["statistic"].to_numpy(), _marker_size(len(result))
    x = np.arange(len(result))
    clear = result["adjusted_p_value"].to_numpy() <= 0.05
    ax.plot(x, values, "-o", color=CITY, markerfacecolor=PAPER, markersize=size, linewidth=1.6, label="observed")
    if clear.any():
        ax.plot(x[clear], values[clear], "o", color=CITY, markersize=size + 1, label="observed, adjusted p ≤ 0.05")
    for row in np.flatnonzero(np.isnan(values)):
        ax.axvspan(row - 0.5, row + 0.5, gid="missing", **_MISSING)


def _draw_places(result: pd.DataFrame, ax: "Axes | None", title: str | None) -> "Axes":
    from matplotlib.colors import TwoSlopeNorm

    z = result["z_score"].unstack("date")  # noqa: PD010
    adjusted = result["adjusted_p_value"].unstack("date")  # noqa: PD010
    rank = adjusted.min(axis=1).fillna(2.0) - 1e-6 * z.abs().max(axis=1).fillna(0.0)
    order = rank.sort_values(kind="stable").index[:_MOST_PLACES]
    z, adjusted = z.loc[order], adjusted.loc[order]
    ax = _new_axes(7.0, 1.4 + 0.17 * len(order)) if ax is None else ax
    most = max(float(np.nanquantile(z.abs().to_numpy(), 0.98)) if z.notna().to_numpy().any() else 1.0, 3.0)
    ax.patch.set(**_MISSING)
    image = ax.imshow(
        np.ma.masked_invalid(z.to_numpy()),
        cmap="PuOr_r",
        norm=TwoSlopeNorm(0, -most, most),
        aspect="auto",
        interpolation="nearest",
    )
    rows, columns = np.nonzero(adjusted.to_numpy() <= 0.05)
    ax.plot(columns, rows, "o", color=PAPER, markeredgecolor=INK, markersize=4.5, gid="clear")
    ax.set_yticks(range(len(order)), [printable(str(place)) for place in order], **plain_text(6.5))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    _date_ticks(ax, pd.DatetimeIndex(z.columns))
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02, extend="both")
    bar.set_label(f"z-score of {result.attrs.get('statistic', 'the statistic')}", **plain_text(_SIZE, color=MUTED))
    bar.ax.tick_params(labelsize=_SIZE, colors=MUTED, length=2)
    bar.outline.set_visible(False)
    shown = f"; {len(order)} of {len(rank)} places shown, smallest p-values first" if len(order) < len(rank) else ""
    _finish(ax, result, title, pad=6, more=f". Dots: adjusted p ≤ 0.05{shown}")
    return ax


def draw_signatures(result: SpreadSignatures, *, ax: "Axes | None" = None, title: str | None = None) -> "Axes":
    """Draw the count of each signature, over the middle 95% of counts with shuffled dates."""
    ax = _new_axes(7.0, 2.9) if ax is None else ax
    totals = result.totals
    right = float(np.nanmax(totals[["statistic", "null_high"]].to_numpy(), initial=1.0))
    for y, (_, row) in enumerate(totals.iterrows()):
        ax.plot(
            [row["null_low"], row["null_high"]], [y, y], color=BAR_AHEAD, linewidth=8, solid_capstyle="butt", zorder=2
        )
        ax.plot(row["expected"], y, "|", color=MUTED, markersize=10, markeredgewidth=2, zorder=3)
        clear = row["adjusted_p_value"] <= 0.05
        ax.plot(row["statistic"], y, "o", color=CITY, markerfacecolor=CITY if clear else PAPER, markersize=6, zorder=4)
        label = "no p-value" if np.isnan(row["adjusted_p_value"]) else f"adjusted p = {row['adjusted_p_value']:.2g}"
        ax.text(1.08 * right, y, label, va="center", **plain_text(_SIZE, color=INK if clear else MUTED))
    ax.plot([], [], color=BAR_AHEAD, linewidth=8, label="dates shuffled: middle 95%")
    ax.plot([], [], "|", color=MUTED, markersize=10, markeredgewidth=2, linestyle="none", label="dates shuffled: mean")
    ax.plot([], [], "o", color=CITY, linestyle="none", label="observed (filled: adjusted p ≤ 0.05)")
    ax.set_yticks(range(len(totals)), [str(name).replace("_", " ") for name in totals.index], **plain_text(8))
    ax.set_ylim(len(totals) - 0.5, -0.5)
    ax.set_xlim(0, 1.42 * right)
    ax.set_xlabel(
        "count over all time steps" + (f"; no test: {result.reason}" if result.reason else ""),
        **plain_text(_SIZE, color=MUTED),
    )
    ax.tick_params(axis="x", labelsize=_SIZE, colors=MUTED, length=3)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(MUTED)
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=3,
        frameon=False,
        fontsize=_SIZE,
        labelcolor=INK,
        borderaxespad=0.3,
        columnspacing=1.2,
    )
    if title is not None:
        ax.set_title(printable(title), loc="left", pad=22, **plain_text(10, weight="bold"))
    return ax


def _new_axes(width: float, height: float) -> "Axes":
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def _marker_size(days: int) -> float:
    return float(np.clip(300 / max(days, 1), 0.0 if days > 150 else 1.5, 5.0))


def _date_ticks(ax: "Axes", dates: pd.DatetimeIndex) -> None:
    """Label as many rows as fit."""
    labels = date_labels(dates)
    wide = 1.3 * max(text_size(ax, label, _SIZE)[0] for label in {max(labels, key=len), labels[0]})
    step = max(1, int(np.ceil(wide * len(labels) / ax.get_window_extent().width)))
    ticks = range(0, len(labels), step)
    ax.set_xticks(ticks, [labels[row] for row in ticks], **plain_text(_SIZE, color=MUTED))


def _finish(ax: "Axes", result: pd.DataFrame, title: str | None, *, pad: float, more: str = "") -> None:
    """Write the method below and the title above."""
    method = f"{result.attrs.get('method', '')}{more}".removeprefix(". ")
    if method:
        ax.set_xlabel(
            wrapped(ax, method, 6.5, ax.get_window_extent().width), loc="left", **plain_text(6.5, color=MUTED)
        )
    if title is not None:
        ax.set_title(printable(title), loc="left", pad=pad, **plain_text(10, weight="bold"))
