"""The words of pictures and of the web map in several languages, English by default, and the forms of numbers and dates.

The words are in ``languages/``, one JSON file per language. A file has five parts: ``shared`` (stills, animations and the
web map), ``stills`` (stills and animations only), ``player`` (the web map only), ``interventions`` and ``other_codes``
(codes in the data: kinds of intervention; types of event and of tie). Phrases avoid agreement in number and case:
"событий: 59". English words are made from the code.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from ...arguments import Arguments
from ...errors import DataError, must_be, shorten_list
from ...layers import Code, Phrase, Share, Words
from ...wording import join_words

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LANGUAGES = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "languages").glob("*.json"))
}
Tables = Mapping[str, Mapping[str, str]]  # language -> word -> text
SHARED: Tables = {lang: parts["shared"] for lang, parts in _LANGUAGES.items()}
STILLS: Tables = {lang: parts["stills"] for lang, parts in _LANGUAGES.items()}
CODES: Tables = {lang: parts["interventions"] | parts["other_codes"] for lang, parts in _LANGUAGES.items()}
PLAYER: Tables = {
    lang: parts["shared"] | parts["interventions"] | parts["player"] for lang, parts in _LANGUAGES.items()
}
SHIPPED = join_words([repr(lang) for lang in sorted(SHARED, key=lambda lang: (lang != "en", lang))], "or")
_METHODS = {
    "Albers Equal Area": "aea",
    "Lambert Azimuthal Equal Area": "laea",
    "Popular Visualisation Pseudo Mercator": "web_mercator",
}
_EQUAL_AREA = ("equal area", "equal earth", "mollweide", "sinusoidal")
# languages that write 2,5 (Unicode CLDR)
_DECIMAL_COMMA = {
    "az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "hr", "hu", "hy", "id", "is", "it", "ka",
    "kk", "ky", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "uz", "vi",
}  # fmt: skip
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MOST_WORD, _MOST_NAME, MOST_TEXT = 200, 400, 20_000  # characters; longer text is cut and ends with an ellipsis


@dataclass(frozen=True)
class Language:
    """The words of pictures in one language.

    Attributes
    ----------
    lang
        A language tag, such as "ru" or "pt-BR".
    labels
        Replacements for its words, and for codes of interventions, event types and ties.
    """

    lang: str = "en"
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The language without its region: "pt" for "pt-BR"."""
        return base_of(self.lang)

    def text(self, word: str, **values: object) -> str:
        """Return a word or phrase with its values filled in; in English where the language lacks it."""
        tables = (self.labels, SHARED.get(self.base, {}), STILLS.get(self.base, {}), SHARED["en"], STILLS["en"])
        return fill(next(table[word] for table in tables if word in table), **values)

    def kind_text(self, kind: str) -> str:
        """Return a code of the data in words: translated where a translation is shipped, else the code itself."""
        return self._named(kind) or code_text(kind)

    def tie_text(self, kind: str) -> str:
        """Return the name of a kind of tie."""
        return self._named(kind) or printable(kind)

    def say(self, words: Words) -> str:
        """Return the words of a layer."""
        if isinstance(words, tuple):
            return "".join(map(self.say, words))
        if isinstance(words, Phrase):
            return self.text(words.word, **{name: self.say(value) for name, value in words.values.items()})
        if isinstance(words, Code):
            return self.tie_text(words.code) if words.is_tie else self.kind_text(words.code)
        if isinstance(words, Share):
            return self.percent(words.value)
        if isinstance(words, float):
            return self.number(words)
        return words if isinstance(words, str) else self.day_text(words)

    def day_text(self, moment: Any, *, year: bool = True) -> str:
        """Format a day, with or without its year."""
        if pd.isna(moment):
            return self.text("no_date")
        return f"{moment.day} {self.text(MONTHS[moment.month - 1])}{f' {moment.year}' if year else ''}"

    def number(self, number: float, digits: int = 15) -> str:
        """Format a number with narrow spaces between thousands, the decimal mark of the language and a true minus sign.

        There is no exponent and no trailing zero.
        """
        keep = max(digits, len(f"{abs(number):.0f}"))  # whole numbers keep all digits
        text = np.format_float_positional(abs(number), trim="-", precision=keep, fractional=False)
        whole, _, rest = text.partition(".")
        mark = "," if self.base in _DECIMAL_COMMA else "."
        text = f"{int(whole):,}".replace(",", "\u202f") + (f"{mark}{rest}" if rest else "")
        return f"−{text}" if number < 0 else text

    def percent(self, share: float) -> str:
        """Format a share of 1 in percent; 0 % and 100 % only where it is exactly that."""
        percent = round(100 * share, 9)
        if share > 0 and percent < 0.1:
            return f"<\u202f{self.number(0.1)}\u202f%"
        near = percent if percent in (0, 100) else max(min(round(percent), 99), 1) if percent >= 1 else percent
        return f"{self.number(float(near), 2 if percent >= 1 else 1)}\u202f%"

    def _named(self, kind: str) -> str | None:
        return printable(self.labels.get(kind, "")) or CODES.get(self.base, {}).get(kind)


_NOW: ContextVar[Language] = ContextVar("language", default=Language())  # noqa: B039  frozen


@contextmanager
def language(lang: str = "en", labels: Mapping[str, str] | None = None) -> Iterator[None]:
    """Set the language of stills and animations made within a ``with`` block.

    Applies to words, dates, kinds of intervention and types of event. Each thread (and each asynchronous task) has its
    own language and starts in English. Blocks can be nested; the innermost applies. Numbers have the decimal mark of the
    language. The web map has a parameter ``lang`` instead.

    Parameters
    ----------
    lang
        "en", "ru" or "kk", with or without a region; other languages need `labels`, and words without a label stay
        English. Regions and cities are named by their column ``name_ru`` (``name_kk``, ...) where they have it.
    labels
        Replacements for words: ``{"zero": "никого", "curfew": "с 23:00"}``. Keep the braces of the English phrase: they
        are filled with values.

    Raises
    ------
    DataError
        `lang` is not a language tag, or is not shipped and there are no `labels`; `labels` has unknown words (all known
        words are listed) or values that are not text.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> panel = pd.DataFrame({"A": [1.0]}, index=pd.DatetimeIndex(["2022-01-05"], name="date"))
    >>> with ps.language("ru"):
    ...     ps.frames(panel)[0].label
    '5 янв. 2022'
    """
    with Arguments() as check:
        check.instance(
            "labels", labels if labels is not None else {}, Mapping, "a mapping from words to texts, or None"
        )
    labels = dict(labels or {})
    known = [*SHARED["en"], *STILLS["en"], *CODES["ru"]]
    unknown = [word for word in labels if word not in known]
    faults = [f"labels has unknown words: {shorten_list(unknown)}"] if unknown else []
    faults += [
        must_be(f"labels[{word!r}]", "text", label) for word, label in labels.items() if not isinstance(label, str)
    ]
    faults += lang_faults(lang, has_labels=bool(labels))
    if faults:
        fix = f"pass {SHIPPED}, or another language with labels for any of {shorten_list(known, most=200)}"
        raise DataError("language", faults, fix)
    with speaking(Language(lang, labels)):
        yield


@contextmanager
def speaking(now: Language) -> Iterator[None]:
    """Set the language within a ``with`` block, whatever the language around it."""
    token = _NOW.set(now)
    try:
        yield
    finally:
        _NOW.reset(token)


def current() -> Language:
    """Return the current language."""
    return _NOW.get()


def text(word: str, **values: object) -> str:
    """Return a word or phrase in the current language.

    Examples
    --------
    >>> text("km", n=500)
    '500 km'
    """
    return current().text(word, **values)


def say(words: Words) -> str:
    """Return the words of a layer in the current language.

    Examples
    --------
    >>> say((Code("state_of_emergency"), ": ", Phrase("km", {"n": 1200.0})))
    'state of emergency: 1\u202f200 km'
    """
    return current().say(words)


def day_text(moment: pd.Timestamp, *, year: bool = True) -> str:
    """Format a day, with or without its year; a missing day is "(date not found)".

    Examples
    --------
    >>> day_text(pd.Timestamp("2022-01-05 17:30")), day_text(pd.Timestamp("2022-01-05"), year=False)
    ('5 Jan 2022', '5 Jan')
    """
    return current().day_text(moment, year=year)


def kind_text(kind: str) -> str:
    """Return a kind of intervention, or a type of event, in the current language."""
    return current().kind_text(kind)


def names_of(places: pd.DataFrame) -> pd.Series:
    """Return the names of places in the current language (``name_ru``, ...), else their ``name``, else the index."""
    column = f"name_{current().base}"
    names = places["name"] if "name" in places else places.index.to_series()
    if column in places and column != "name_en":
        names = places[column].where(places[column].notna(), names)
    return names.map(lambda name: printable(name) if isinstance(name, str) else name)


def lang_faults(lang: object, *, has_labels: bool) -> list[str]:
    """Return the fault of a language: it is no language tag, or not shipped and without labels.

    Examples
    --------
    >>> lang_faults("xx", has_labels=False)
    ["lang must be 'en', 'kk' or 'ru' where there are no labels; got 'xx'"]
    """
    if not isinstance(lang, str) or not TAG.fullmatch(lang):
        return [must_be("lang", "a language tag such as 'ru' or 'pt-BR'", lang)]
    known = base_of(lang) in SHARED or has_labels
    return [] if known else [must_be("lang", f"{SHIPPED} where there are no labels", lang)]


def base_of(lang: str) -> str:
    """Return a language tag without its region.

    Examples
    --------
    >>> base_of("pt-BR")
    'pt'
    """
    return lang.split("-", maxsplit=1)[0].lower()


def fill(pattern: str, **values: object) -> str:
    """Fill the values into a pattern in one pass, so that braces in a value are kept.

    Examples
    --------
    >>> fill("{n} of {total}", n=3, total="{n}")
    '3 of {n}'
    """
    return printable(re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), pattern))


def projection_text(crs: pyproj.CRS) -> str:
    """Describe a projection for the note of a map.

    Examples
    --------
    >>> projection_text(pyproj.CRS("ESRI:102008")), projection_text(pyproj.CRS(3857))
    ('Albers Equal Area projection', 'Web Mercator projection, areas not to scale')
    """
    method = crs.coordinate_operation.method_name if crs.is_projected and crs.coordinate_operation else crs.name
    equal_area = any(word in method.lower() for word in _EQUAL_AREA)
    name = text(_METHODS[method]) if method in _METHODS else text("projection", method=method)
    return name if equal_area else text("not_to_scale", projection=name)


def player_words(lang: str, labels: Mapping[str, str] | None, kinds: Iterable[str]) -> dict[str, str]:
    """Return the words of the player and the names of the kinds of intervention, in a language.

    Parameters
    ----------
    lang
        A language tag. Languages other than those shipped need labels, and use the English words without one.
    labels
        Words to replace, including kinds of intervention.
    kinds
        Kinds of intervention to name.

    Raises
    ------
    DataError
        ``lang`` is not a language tag, or is not shipped and ``labels`` is None; ``labels`` has an unknown word or a value that is not text.
    """
    faults = lang_faults(lang, has_labels=labels is not None)
    if faults:
        raise DataError(faults[0], fix=f"pass {SHIPPED}, or another language with labels={{...}}")
    shipped = PLAYER.get(base_of(lang), {})
    words = dict(PLAYER["en"]) | {kind: cut(code_text(kind)) for kind in kinds} | dict(shipped)
    with Arguments() as check:
        check.instance(
            "labels", labels if labels is not None else {}, Mapping, "a mapping from words to texts, or None"
        )
    labels = dict(labels or {})
    unknown = [key for key in labels if key not in words]
    faults = [f"unknown words: {shorten_list(unknown)}"] if unknown else []
    faults += [must_be(f"labels['{key}']", "text", text) for key, text in labels.items() if not isinstance(text, str)]
    if faults:
        raise DataError("labels are not valid", faults, f"pass texts for any of {shorten_list(words, most=200)}")
    return words | {key: cut(text, _MOST_WORD) for key, text in labels.items()}


def own_labels(language: Language) -> dict[str, str]:
    """Return the labels of a language that are also words of the player."""
    known = PLAYER["ru"]  # has every word and the kinds of intervention
    return {word: text for word, text in language.labels.items() if word in known}


def cut(text: object, most: int = _MOST_NAME) -> str:
    """Return text without characters that cannot be shown or that files cannot hold, cut to at most `most` characters."""
    clean = printable(str(text).encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


_UNDRAWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # they can reverse the text around them


def printable(text: str) -> str:
    r"""Return a text without the characters that cannot be drawn, that XML, and so SVG, does not allow, or that turn text around.

    Examples
    --------
    >>> printable("Aktau\x1b[31m")
    'Aktau[31m'
    >>> printable("\u202eutkA\u202c, \u2067Oral")
    'utkA, Oral'
    """
    return _DIRECTIONS.sub("", _UNDRAWABLE.sub("", text))


def code_text(kind: str) -> str:
    """Write a code in words: "state_of_emergency" -> "state of emergency".

    Examples
    --------
    >>> code_text("csto_request")
    'CSTO request'
    """
    return " ".join("CSTO" if word == "csto" else word for word in printable(kind).split("_"))


def unit_text(unit: str, total: float) -> str:
    """Return the unit in the singular or plural: 1 event, 2 events."""
    return unit.removesuffix("s") if total == 1 else unit


def number_text(number: float, digits: int = 15) -> str:
    """Format a number in the current language: see `Language.number`.

    Examples
    --------
    >>> number_text(-1234.0), number_text(0.00012345, digits=3)
    ('−1\u202f234', '0.000123')
    """
    return current().number(number, digits)


def percent_text(share: float, *, sign: bool = True) -> str:
    """Format a share of 1 in percent in the current language: see `Language.percent`.

    Examples
    --------
    >>> percent_text(0.038), percent_text(0.9999), percent_text(0.004), percent_text(1e-6)
    ('4\u202f%', '99\u202f%', '0.4\u202f%', '<\u202f0.1\u202f%')
    """
    return current().percent(share) if sign else current().percent(share).removesuffix("\u202f%")
