"""From date to date in small steps: frames between frames, mixed in palette numbers."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from .raster import Palette, Pixels, as_rgb

_SMOOTH = 24  # frames a second, from where on the eye sees movement
_MOST_STEPS = 5


class CrossFade:
    """How many frames a date gets, and how far the last of them have gone over to the next date.

    Parameters
    ----------
    fps
        Dates a second.

    Attributes
    ----------
    frames
        Frames a date: the first show it alone, the others go over to the next. The last date stands as long.
    shares
        Of the next date, in the frames that go over.
    """

    def __init__(self, fps: float) -> None:
        self.frames = max(round(_SMOOTH / fps), 2)
        steps = min(self.frames // 2, _MOST_STEPS)
        self.shares = [step / (steps + 1) for step in range(1, steps + 1)]

    def mixes(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """Return what becomes of colors, ``#rrggbb``, on the way from the one to the other of each pair."""
        ends = [np.array([as_rgb(one), as_rgb(other)]) for one, other in pairs]
        mixed = [
            (one * (1 - share) + other * share).round().astype(int) for one, other in ends for share in self.shares
        ]
        return list(dict.fromkeys("#{:02x}{:02x}{:02x}".format(*color) for color in mixed))

    def between(self, pictures: Iterable[Pixels], palette: Palette, sharp: Sequence[slice]) -> Iterator[Pixels]:
        """Give every frame; the rows that are `sharp` switch halfway instead of going over: words and the curve."""
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
