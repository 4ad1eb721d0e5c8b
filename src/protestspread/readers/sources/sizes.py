"""Parse crowd sizes, such as "about 500", "between 100 and 200" or "hundreds", to a low and a high number.

A size in words is a lower bound: "hundreds" is at least 100, with no upper bound. A text that cannot be parsed with
certainty ("five buses", "large") gives missing numbers.
"""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..columns import to_counts

MOST = 1e8
"""The largest plausible crowd; larger numbers are treated as typing errors."""
_LONGEST = 200


def _words(text: str) -> list[str]:
    return text.split()


_UNITS = {"tens": 10, "dozen": 12, "scores": 20, "hundred": 100, "thousand": 1000, "k": 1000, "million": 1_000_000}
_UNITS |= {f"{unit}s": size for unit, size in _UNITS.items() if not unit.endswith("s") and unit != "k"}
_UNIT_LISTS = [[unit] for unit in _UNITS]
_ONES = {word: n for n, word in enumerate(_words("one two three four five six seven eight nine ten eleven twelve"), 1)}
_TENS = {word: 10 * n for n, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)}
_VAGUE = {"several", "few", "couple"}  # at least two
_NOISE = {
    *_words(
        "about around approximately approx roughly nearly almost close estimated circa ca c ~ some reportedly from of in total"
    ),
    *_words(
        "people person persons participants participant protesters protestors demonstrators marchers individuals residents"
    ),
    *_words("students workers crowd a an the"),
}
_AT_LEAST = "at least|more than|over|well over|above|upwards|upward|no less than|no fewer than|not less than|not fewer than|exceeding|minimum|excess|>|> =|≥"
_AT_MOST = "at most|up to|as many as|less than|fewer than|under|below|no more than|not more than|maximum|<|< =|≤"
_FORMS = {
    "one": re.compile(r"#"),
    "least": re.compile(rf"(?:{_AT_LEAST}) #|# (?:\+|plus|or more|and more|or above|or over)"),
    "most": re.compile(rf"(?:{_AT_MOST}) #|# or (?:fewer|less)"),
    "range": re.compile(rf"# (?:-|to|or) #|between # (?:-|to|and) #|(?:{_AT_LEAST}) # (?:but |and )?(?:{_AT_MOST}) #"),
}


# 1.500 people are fifteen hundred, but 1.250 million are not
_THOUSANDS_DOT = re.compile(rf"(?<![\d.])[1-9]\d{{0,2}}(?:\.\d{{3}})+(?![.\d])(?!\s*(?:{'|'.join(_UNITS)})\b)")


class _Amount(NamedTuple):
    value: float
    vague: bool  # a lower bound, not an exact number
    bare: bool  # digits without a unit


def parse_size(text: str) -> tuple[float, float]:
    """Parse a crowd size; return its lower and upper bound, NaN if the text gives none.

    Examples
    --------
    >>> parse_size("between 100 and 200"), parse_size("about 1,500"), parse_size("at least 3 dozen")
    ((100.0, 200.0), (1500.0, 1500.0), (36.0, nan))
    >>> parse_size("hundreds"), parse_size("up to 2 thousand"), parse_size("no report"), parse_size("five buses")
    ((100.0, nan), (nan, 2000.0), (nan, nan), (nan, nan))
    """
    if len(text) > _LONGEST:
        return np.nan, np.nan
    text = re.sub(r"[‐-―−]", "-", " ".join(text.lower().split()))
    text = re.sub(r"(?<=\d)[,'’ ](?=\d{3}(?!\d))", "", text)
    text = _THOUSANDS_DOT.sub(lambda number: number[0].replace(".", ""), text)
    return _bounds(*_form(re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|[^\s\w.,;:()'\"#]", text)))


def parse_sizes(texts: pd.Series) -> pd.DataFrame:
    """Return ``size_low`` and ``size_high`` for a column of texts; each distinct text is parsed once."""
    codes, distinct = pd.factorize(texts)
    low, high = np.array([*(parse_size(str(text)) for text in distinct), (np.nan, np.nan)], dtype=float).T
    return pd.DataFrame({"size_low": low[codes], "size_high": high[codes]}, index=texts.index, copy=False)


def fill_sizes(frame: pd.DataFrame) -> pd.DataFrame:
    """Set ``size_low`` and ``size_high`` from ``size_text`` where both are missing."""
    if "size_text" not in frame:
        return frame
    bounds = parse_sizes(frame["size_text"].astype("string"))
    given = [_is_blank(frame[name]) for name in ("size_low", "size_high") if name in frame]
    missing = np.logical_and.reduce(given) if given else True
    for name in ("size_low", "size_high"):
        frame[name] = np.where(missing, bounds[name], frame.get(name, np.nan))
    return frame


def _is_blank(series: pd.Series) -> "np.typing.NDArray[np.bool_]":
    """Return which sizes are missing; a value that cannot be read is not missing but a fault."""
    numbers, faults = to_counts(series)
    blank: np.typing.NDArray[np.bool_] = numbers.isna().to_numpy(dtype=bool, copy=True)
    for fault in faults:
        blank &= ~np.asarray(fault.rows, dtype=bool)
    return blank


def _bounds(form: str, amounts: list[_Amount]) -> tuple[float, float]:
    kind = next((kind for kind, pattern in _FORMS.items() if pattern.fullmatch(form)), None)
    if kind is None or any(amount.value > MOST for amount in amounts):
        return np.nan, np.nan
    low, high = min(amounts), max(amounts)
    at_most = np.nan if high.vague or kind == "least" else high.value
    return np.nan if kind == "most" else low.value, at_most


def _form(words: list[str]) -> tuple[str, list[_Amount]]:
    """Return the words with # for each amount and without filler words, and the amounts."""
    kept: list[str] = []
    amounts: list[_Amount] = []
    at = 0
    while at < len(words):
        amount, after = _amount(words, at)
        if amount is not None:
            amounts.append(amount)
            kept.append("#")
        elif words[at] not in _NOISE:
            kept.append(words[at])
        at = after
    if len(amounts) == 2 and amounts[0].bare and not amounts[1].bare and not amounts[1].vague:
        amounts[0] = _share_unit(amounts[0], words, amounts[1])
    return " ".join(kept), amounts


def _amount(words: list[str], at: int) -> tuple[_Amount | None, int]:
    """Parse an amount that begins at a word; return it and the position after it."""
    value, vague, after = _number(words, at)
    counted, units = value is not None, 0
    while after < len(words) and (
        words[after] in _UNITS or (words[after] == "of" and words[after + 1 : after + 2] in _UNIT_LISTS)
    ):
        if words[after] != "of":
            vague = vague or (not counted and words[after].endswith("s"))
            value = (value or 1.0) * _UNITS[words[after]]
            units += 1
        after += 1
    if value is None or (words[at] == "half" and not units):
        return None, at + 1
    return _Amount(value, vague, bare=not units), after


def _number(words: list[str], at: int) -> tuple[float | None, bool, int]:
    """Parse a number in digits or words; return it, whether it is vague, and the position after it."""
    word, following = words[at], words[at + 1] if at + 1 < len(words) else ""
    if word[0].isdecimal():
        return float(word), following == "s", at + 1 + (following == "s")  # 1000s
    if word == "half":
        return 0.5, False, at + 1 + (following in ("a", "an"))
    if word in _VAGUE:
        return 2.0, True, at + 1
    if word in _TENS and _ONES.get(following, 10) < 10:
        return float(_TENS[word] + _ONES[following]), False, at + 2
    if word in _TENS or word in _ONES:
        return float(_TENS.get(word) or _ONES[word]), False, at + 1
    return None, False, at


def _share_unit(first: _Amount, words: list[str], second: _Amount) -> _Amount:
    """Apply "thousand" to the "2" of "2-3 thousand", but not to the "500" of "500 to 2 thousand"."""
    units = [_UNITS[word] for word in words if word in _UNITS]
    scale = float(np.prod(units))
    return first._replace(value=first.value * scale) if first.value <= second.value / scale else first
