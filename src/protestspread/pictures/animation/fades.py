"""Cross-fades between dates: intermediate frames with blended colors, as palette numbers."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from .encoders import Palette, Pixels, as_rgb

_SMOOTH = 24  # frames per second from which motion looks smooth
_MOST_STEPS = 5


class CrossFade:
    """Number of frames per date, and the blending of the last of them into the next date.

    Parameters
    ----------
    fps
        Dates per second.

    Attributes
    ----------
    frames
        Frames per date: the first show it alone, the others blend into the next date. The last date has as many.
    shares
        Share of the next date in each blended frame.
    """

    def __init__(self, fps: float) -> None:
        self.frames = max(round(_SMOOTH / fps), 2)
        steps = min(self.frames // 2, _MOST_STEPS)
        self.shares = [step / (steps + 1) for step in range(1, steps + 1)]

    def mixes(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """Return the blended colors between the two colors, ``#rrggbb``, of each pair."""
        ends = [np.array([as_rgb(one), as_rgb(other)]) for one, other in pairs]
        mixed = [
            (one * (1 - share) + other * share).round().astype(int) for one, other in ends for share in self.shares
        ]
        return list(dict.fromkeys("#{:02x}{:02x}{:02x}".format(*color) for color in mixed))

    def between(self, pictures: Iterable[Pixels], palette: Palette, sharp: Sequence[slice]) -> Iterator[Pixels]:
        """Yield every frame; the `sharp` rows, those of text and of the curve, switch halfway instead of blending."""
        every = palette.every
        tables = [palette.numbers(every[:, None] * (1 - share) + every * share + 0.5) for share in self.shares]
        for table in tables:
            np.fill_diagonal(table, np.arange(256))
        alone = self.frames - len(self.shares)
        before: Pixels | None = None
        for picture in pictures:
            if before is not None:
                differs = np.flatnonzero(before != picture)
                one, other = before.ravel()[differs], picture.ravel()[differs]
                for share, table in zip(self.shares, tables, strict=True):
                    mixed = before.copy()
                    mixed.ravel()[differs] = table[one, other]
                    for rows in sharp:
                        mixed[rows] = (before if share < 0.5 else picture)[rows]
                    yield mixed
            for _ in range(alone):
                yield picture
            before = picture
        if before is not None:
            for _ in self.shares:
                yield before
