"""Grid of shaded numbers: a statistic over limits of distance and delay."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..style.theme import INK, MUTED, PAPER, plain_text, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_limits(
    table: pd.DataFrame,
    *,
    ax: "Axes | None" = None,
    title: str | None = None,
    what: str,
    marked: pd.DataFrame | None = None,
    mark: str = "",
) -> "Axes":
    """Draw a statistic by limits in kilometers (rows) and in days (columns); 0 is white.

    Parameters
    ----------
    table
        Values of the statistic; NaN is shown as a dash.
    ax
        Axes to draw on. By default, a new figure.
    title
        Title, taken as plain text.
    what
        Name of the statistic.
    marked, mark
        Cells to frame, and what the frame means.
    """
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.patches import Rectangle

    rows, columns = table.shape
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.subplots(figsize=(2.2 + 0.72 * columns, 1.6 + 0.46 * rows), layout="constrained")[1]
    values = table.to_numpy(dtype=float)
    most = float(np.nanmax(np.abs(values), initial=1e-9)) if np.isfinite(values).any() else 1.0
    digits = int(np.clip(2 - np.floor(np.log10(most)), 0, 3))
    shade = TwoSlopeNorm(0, -most, most)
    ax.imshow(values, cmap="PuOr_r", norm=shade, aspect="auto", origin="lower", alpha=0.85)
    for row in range(rows):
        for column in range(columns):
            value = values[row, column]
            dark = np.isfinite(value) and abs(value) > 0.7 * most
            ax.text(
                column,
                row,
                f"{value:.{digits}f}" if np.isfinite(value) else "–",
                ha="center",
                va="center",
                **plain_text(8, color=PAPER if dark else INK),
            )
            if marked is not None and marked.to_numpy()[row, column]:
                ax.add_patch(
                    Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=INK, linewidth=1.6)
                )
    ax.set_xticks(range(columns), [f"{days:g}" for days in table.columns], **plain_text(8))
    ax.set_yticks(range(rows), [f"{km:g}" for km in table.index], **plain_text(8))
    ax.set_xlabel("within days", **plain_text(8, color=MUTED))
    ax.set_ylabel("within km", **plain_text(8, color=MUTED))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    lines = [
        line
        for line in (title, what + (f" (framed: {mark})" if marked is not None and marked.to_numpy().any() else ""))
        if line
    ]
    ax.set_title(printable("\n".join(lines)), loc="left", **plain_text(9))
    return ax
