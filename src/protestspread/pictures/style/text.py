"""The language of pictures: one place to ask for a word, in English unless told otherwise."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import DataError, shorten_list
from . import theme as style
from .vocabulary import CODES, SHARED, STILLS

if TYPE_CHECKING:
    import pandas as pd

TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Language:
    """What pictures say in a language.

    Attributes
    ----------
    lang
        A language tag, like "ru" or "pt-BR".
    labels
        What replaces its words, and codes of interventions, event types and ties.
    """

    lang: str = "en"
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The language without its region: "pt"."""
        return base_of(self.lang)

    def text(self, word: str, **values: object) -> str:
        """Return a word or phrase, its values filled in; in English where the language has none."""
        tables = (self.labels, SHARED.get(self.base, {}), STILLS.get(self.base, {}), SHARED["en"], STILLS["en"])
        return fill(next(table[word] for table in tables if word in table), **values)

    def kind_text(self, kind: str) -> str:
        """Return a code of the data in words; "curfew" is one that is shipped, others stay as they are, in words."""
        return self._named(kind) or style.code_text(kind)

    def tie_text(self, kind: str) -> str:
        """Return what a kind of tie is called."""
        return self._named(kind) or kind

    def _named(self, kind: str) -> str | None:
        return self.labels.get(kind) or CODES.get(self.base, {}).get(kind)


_NOW: ContextVar[Language] = ContextVar("language", default=Language())  # noqa: B039  frozen


@contextmanager
def language(lang: str = "en", labels: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let the stills and animations made within speak a language: words, dates, kinds of intervention, types of event.

    Each thread (and each asynchronous task) has a language of its own, and starts in English. Within one another the
    innermost holds. Numbers are written alike in every language. The web map has a parameter ``lang`` instead.

    Parameters
    ----------
    lang
        "en", "ru" or "kk", with or without a region; others with `labels`, and English where these are silent. Regions
        and cities are called by their column ``name_ru`` (``name_kk``, ...) where they have it.
    labels
        Replaces words: ``{"zero": "никого", "curfew": "с 23:00"}``. Braces stand for values: keep those of the English.

    Raises
    ------
    DataError
        `lang` is no language tag, or a language that is not shipped, without `labels`; `labels` has unknown words (the
        known ones are named), or something else than text.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> panel = pd.DataFrame({"A": [1.0]}, index=pd.DatetimeIndex(["2022-01-05"], name="date"))
    >>> with ps.language("ru"):
    ...     ps.frames(panel)[0].label
    '5 янв. 2022'
    """
    labels = dict(labels or {})
    known = [*SHARED["en"], *STILLS["en"], *CODES["ru"]]
    unknown = [word for word in labels if word not in known]
    faults = [f"unknown words: {shorten_list(unknown)}"] if unknown else []
    faults += [f"{word!r} is a {type(text).__name__}, not text" for word, text in labels.items() if not isinstance(text, str)]  # fmt: skip
    if not isinstance(lang, str) or not TAG.fullmatch(lang):
        faults.append(f"lang = {lang!r} is no language tag")
    elif base_of(lang) not in SHARED and not labels:
        faults.append(f"no words are shipped in {lang!r}")
    if faults:
        fix = f'"en", "ru", "kk"; other languages with labels, which may replace {shorten_list(known, most=200)}'
        raise DataError("the pictures cannot be labeled", faults, fix)
    with speaking(Language(lang, labels)):
        yield


@contextmanager
def speaking(now: Language) -> Iterator[None]:
    """Speak a language, whatever was spoken around it."""
    token = _NOW.set(now)
    try:
        yield
    finally:
        _NOW.reset(token)


def current() -> Language:
    """Return the language spoken here, for what is drawn later."""
    return _NOW.get()


def text(word: str, **values: object) -> str:
    """Return a word or phrase of the language spoken here.

    Examples
    --------
    >>> text("km", n=500)
    '500 km'
    """
    return current().text(word, **values)


def kind_text(kind: str) -> str:
    """Return a kind of intervention, or a type of event, in the language spoken here."""
    return current().kind_text(kind)


def names_of(places: "pd.DataFrame") -> "pd.Series":
    """Return what to call places: their ``name_ru`` where Russian is spoken and they have it, else ``name``, else the index."""
    own = f"name_{current().base}"
    names = places["name"] if "name" in places else places.index.to_series()
    if own in places and own != "name_en":
        names = places[own].where(places[own].notna(), names)
    return names


def base_of(lang: str) -> str:
    """Return a language without its region.

    Examples
    --------
    >>> base_of("pt-BR")
    'pt'
    """
    return lang.split("-", maxsplit=1)[0].lower()


def fill(pattern: str, **values: object) -> str:
    """Put values into a pattern, each once, and nothing else: a brace in a name is a brace.

    Examples
    --------
    >>> fill("{n} of {total}", n=3, total="{n}")
    '3 of {n}'
    """
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), pattern)
