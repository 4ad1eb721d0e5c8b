"""The line above an animated map: date, total and interventions in force, composed of words drawn once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...layers import Words
from ..frames import Frame
from ..layout.labels import plain_text
from ..style.text import current, number_text, unit_text
from ..style.theme import MUTED
from .raster import PixelFigure, Rgb


class WordPrinter:
    """Prints text in one style on white, from pictures of words and digits that are drawn when first needed.

    Laying out a line of text takes milliseconds; copying a few words takes microseconds.

    Parameters
    ----------
    size
        Font size in points.
    scale
        Dots per inch, divided by 100.
    style
        Text properties of matplotlib.
    """

    def __init__(self, size: float, scale: float, **style: Any) -> None:
        self.height = int(np.ceil(2 * size * scale))
        self._sheet = PixelFigure(1, self.height, scale)
        text = plain_text(size, va="baseline", **style)
        self._text = self._sheet.figure.text(1, 0.3 * self.height, "", transform=None, **text)
        self._words: dict[str, tuple[Rgb, float]] = {}

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        return sum(advance for _, advance in map(self._word, _tokens(text)))

    def print(self, text: str, picture: Rgb, left: float, top: int) -> None:
        """Write a text onto a picture; letters beyond its edge are cut off."""
        for token in _tokens(text):
            ink, advance = self._word(token)
            at = round(left)
            patch = picture[top : top + self.height, at : at + ink.shape[1]]
            np.minimum(
                patch, ink[:, : patch.shape[1]], out=patch
            )  # dark on white: overlapping letters do not erase each other
            left += advance

    def _word(self, token: str) -> tuple[Rgb, float]:
        if token not in self._words:
            self._words[token] = self._draw(token)
        return self._words[token]

    def _draw(self, token: str) -> tuple[Rgb, float]:
        advance = self._extent(f"n{token}n") - self._extent("nn")
        self._sheet.resize(int(np.ceil(self._extent(token))) + 4, self.height)
        return self._sheet.picture(), advance

    def _extent(self, text: str) -> float:
        self._text.set_text(text)
        return float(self._text.get_window_extent().width)


@dataclass(frozen=True, eq=False)
class HeaderText:
    """The texts of an animation."""

    title: str | None
    notes: tuple[str | None, ...]
    legend_title: str
    unit: str
    when: str
    missing_label: str


class Header:
    """Writes the line for each frame.

    Parameters
    ----------
    steps
        All frames; the longest date determines the width of the date.
    texts
        Words for what is counted and for missing values.
    width, scale
        Width of the picture in pixels, and its dots per inch, divided by 100.
    """

    def __init__(self, steps: Sequence[Frame], texts: HeaderText, *, width: int, scale: float) -> None:
        self._texts, self._language = texts, current()  # frames are drawn later
        self._two_lines = any(_now(step) for step in steps)
        self._fact, self._force = WordPrinter(8, scale), WordPrinter(8, scale, color=MUTED)
        self.width, self.height = width, round(34 * scale)
        self._left = 10 * scale
        labels = sorted({step.label for step in steps}, key=len)[-40:]
        for size in (15, 12, 10):
            self._date = WordPrinter(size, scale, weight="bold")
            self._right = self._left + max(map(self._date.width, labels)) + 14 * scale
            if self._right < 0.5 * width:
                break

    def draw(self, step: Frame, *, at_least: bool) -> Rgb:
        """Return the line for a frame, shape (height, width, 3); with `at_least`, the total is labeled a lower bound."""
        picture = np.full((self.height, self.width, 3), 255, dtype=np.uint8)
        half = self.height // 2
        self._date.print(step.label, picture, self._left, half - self._date.height // 2)
        self._fact.print(
            self._total(step.total, at_least=at_least),
            picture,
            self._right,
            half - self._fact.height // (1 if self._two_lines else 2),
        )
        self._force.print(
            self._in_force([self._language.say(words) for words in _now(step)]),
            picture,
            self._right,
            half,
        )
        return picture

    def _total(self, total: float, *, at_least: bool) -> str:
        if np.isnan(total):
            return self._texts.missing_label
        text, number = self._language.text, number_text(total, 3)
        words = {"unit": unit_text(self._texts.unit, total), "when": self._texts.when}
        long, short = (text("at_least", n=number), f"≥ {number}") if at_least else (number, number)
        versions = [("total_when", long), ("total_when", short), ("total", short)]
        return self._first_fitting([*(text(key, n=n, **words) for key, n in versions), short])

    def _in_force(self, names: Sequence[str]) -> str:
        """Join as many names as fit, followed by the number of the others."""
        shorter = [" · ".join(names[:most]) + f" +{len(names) - most}" for most in range(len(names) - 1, 0, -1)]
        return self._first_fitting([" · ".join(names), *shorter, ""])

    def _first_fitting(self, texts: Sequence[str]) -> str:
        room = self.width - self._right - 0.5 * self._left
        return next((text for text in texts if self._fact.width(text) <= room), texts[-1])


def _now(step: Frame) -> list[Words]:
    """Return what the layers of a frame say about its date."""
    return [words for layer in step.layers for words in layer.now()]


def _tokens(text: str) -> list[str]:
    """Split a text into words, spaces and digits; right-to-left and joined scripts are not split."""
    if any("\u0590" <= letter <= "\u109f" for letter in text):
        return [text]
    tokens: list[str] = []
    for number, word in enumerate(text.split(" ")):
        tokens += [" "] * (number > 0) + (list(word) if word[:1].isdigit() else [word] * bool(word))
    return tokens
