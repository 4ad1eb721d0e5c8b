"""Inferred spread on a page: the arrows between numbered places."""

from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd

from ...arrow_layers import Arrows
from ..frames import Frame

_MOST = 5_000


def arrows_of(steps: Sequence[Frame], cities: Sequence[Hashable], regions: Sequence[Hashable]) -> dict[str, Any]:
    """Return the source, target, row and probability of arrows; places are numbered with cities first, then regions.

    Spread from outside has no arrow; ``outside`` is the expected number of places reached from outside, by row.
    """
    shown = steps[-1].arrows
    number = Arrows(shown).place_numbers(cities, regions)
    rows = pd.Index([step.date for step in steps]).get_indexer(pd.Index(shown["appears"]))
    shown = shown.assign(row=rows)
    inside = shown[shown["source"].notna()]
    inside = inside.sort_values("probability", ascending=False, kind="stable").head(_MOST)
    outside = shown[shown["source"].isna()].groupby("row")["probability"].sum()
    return {
        "source": [number[place] for place in inside["source"]],
        "target": [number[place] for place in inside["target"]],
        "row": inside["row"].tolist(),
        "probability": [round(float(p), 3) for p in inside["probability"]],
        "outside": [[row, round(p, 2)] for row, p in zip(outside.index.tolist(), outside.tolist(), strict=True)],
    }
