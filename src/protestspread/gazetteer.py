"""Names of places: the same city in many spellings and scripts. What is not certain is proposed, never taken."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import DataError, shorten_list
from .tables import check_cities

_NAME_COLUMNS = ("name", "name_kk", "name_ru", "aliases")
_CERTAIN = ("name", "alias")

# Cyrillic, with the letters of Kazakh, Kyrgyz, Tatar, Uzbek, Tajik, Ukrainian, Belarusian and Serbian
_LATIN = {
    "а": "a", "ә": "a", "б": "b", "в": "v", "г": "g", "ғ": "g", "ґ": "g", "ѓ": "g", "д": "d", "ђ": "j", "е": "e", "ё": "e",
    "є": "e", "ж": "zh", "җ": "zh", "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "ј": "i", "ӣ": "i", "к": "k", "қ": "q",
    "ќ": "k", "л": "l", "љ": "l", "м": "m", "н": "n", "ң": "ng", "њ": "n", "о": "o", "ө": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "ћ": "ch", "у": "u", "ү": "u", "ұ": "u", "ў": "u", "ӯ": "u", "ф": "f", "х": "kh", "ҳ": "kh", "һ": "h", "ц": "ts",
    "ч": "ch", "ҷ": "j", "џ": "j", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ç": "ch", "č": "ch", "ş": "sh", "š": "sh", "ž": "zh", "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae",
}  # fmt: skip
# What the systems of romanization write differently for one sound; in this order.
_FOLDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch", "sh"), ("dzh|zh|dj|j", "j"), ("kh|gh|x", "h"), ("q|k|c(?!h)", "k"), ("ng?(?![aeiou])", "n"), ("iy|yy|ii|y|i", "i"),
        ("w", "u"), (r"(.)\1+", r"\1"), (r"[^\w]|_", ""),
    )
]  # fmt: skip


def match_places(names: Iterable[str], cities: gpd.GeoDataFrame, *, at_least: float = 80.0) -> pd.DataFrame:
    """Say which city each name stands for, how that was found, and how sure it is.

    Parameters
    ----------
    names
        Names as sources write them, in any script the gazetteer has aliases in; Latin and Cyrillic are also compared
        with each other. Each distinct name is answered once; missing ones are left out.
    cities
        Index ``city``; ``name``, ``name_kk``, ``name_ru`` and ``aliases`` (separated by ``;``) where there.
    at_least
        The lowest score, out of 100, of a misspelling that is proposed.

    Returns
    -------
    DataFrame
        ``name, city, score, how``, in the order of `names`. ``how`` is

        - "name" or "alias": the name is written so in `cities`, apart from capitals, spaces, and kinds of dash and
          apostrophe; score 100;
        - "transliteration": it sounds the same, by rules of romanization; score 100, a *proposal*;
        - "misspelling": the most similar name, by the share of letters in common (normalized indel similarity of the
          sounds); score `at_least` to 100, *proposals*: a row for each of the three most similar cities;
        - "unknown": nothing is similar; no city, score NaN.

        Accept a proposal by hand: add the name to the aliases of its city.

    Raises
    ------
    DataError
        Two cities share a name or alias (all such names, with both cities); names that are not text.

    Examples
    --------
    >>> import protestspread as ps
    >>> cities = ps.load_case("kazakhstan_2022").cities
    >>> ps.match_places(["Жаңаөзен", "Uralsk", "Djanaozen", "Almatti", "Berlin"], cities).round(1)
            name       city  score              how
    0   Жаңаөзен  Zhanaozen  100.0            alias
    1     Uralsk       Oral  100.0            alias
    2  Djanaozen  Zhanaozen  100.0  transliteration
    3    Almatti     Almaty  100.0  transliteration
    4     Berlin       None    NaN          unknown
    """
    if isinstance(names, str):
        raise DataError("there are no names", [f"{names!r} is one text"], "a list of names")
    distinct = list(dict.fromkeys(name for name in names if not _missing(name)))
    odd = [repr(name) for name in distinct if not isinstance(name, str)]
    if odd:
        raise DataError("these are no names", [f"not text: {shorten_list(odd)}"], "names are texts")
    index = name_index(cities)
    own = {plain(str(city)) for city in cities.index}
    by_sound: dict[str, list[Hashable]] = {}
    for alias, city in index.items():
        found = by_sound.setdefault(sound(alias), [])
        if city not in found:
            found.append(city)
    rows = [row for name in distinct for row in _match(name, index, own, by_sound, at_least)]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    dtypes = {"name": object, "city": object, "score": float, "how": object}
    return pd.DataFrame({c: pd.Series(column, dtype=dtypes[c]) for c, column in zip(dtypes, columns, strict=True)})


def name_index(cities: gpd.GeoDataFrame) -> dict[str, Hashable]:
    """Return every name and alias of the cities, as `plain` writes it, with the city it stands for.

    Raises
    ------
    DataError
        Two cities share a name or alias; each such name with both of its cities.
    """
    check_cities(cities)
    found: dict[str, Hashable] = {}
    shared: dict[str, set[Hashable]] = {}
    columns = [c for c in _NAME_COLUMNS if c in cities]
    for city, *texts in cities[columns].itertuples():
        names = {str(city), *(name for text in texts if isinstance(text, str) for name in text.split(";"))}
        for name in {plain(name) for name in names} - {""}:
            if found.setdefault(name, city) != city:
                shared.setdefault(name, {found[name]}).add(city)
    if shared:
        faults = [
            f"'{name}' stands for {shorten_list(sorted(map(str, both)))}" for name, both in sorted(shared.items())
        ]
        raise DataError("names of cities are not unique", faults, "take the alias from all of them but one")
    return found


def certain(matches: pd.DataFrame) -> dict[str, Hashable]:
    """Return name -> city for the rows of `match_places` that are written so in the gazetteer."""
    sure = matches[matches["how"].isin(_CERTAIN)]
    return dict(zip(sure["name"], sure["city"], strict=True))


def plain(name: str) -> str:
    """Return a name without differences of capitals, spaces, and kinds of dash and apostrophe.

    Examples
    --------
    >>> plain("  Nur–Sultan ") == plain("NUR-SULTAN")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub("[\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032`´]", "'", text)
    return " ".join(text.split())


def sound(name: str) -> str:
    """Return roughly how a name sounds: romanized, without accents, with what systems write differently made one.

    Examples
    --------
    >>> sound("Жанаозен") == sound("Janaözen") == sound("Djanaozen")
    True
    """
    text = "".join(_LATIN.get(letter, letter) for letter in unicodedata.normalize("NFC", plain(name)))
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    for pattern, one in _FOLDS:
        text = pattern.sub(one, text)
    return text


def _missing(name: object) -> bool:
    return name is None or name is pd.NA or (isinstance(name, float) and np.isnan(name))


def _match(
    name: str, index: dict[str, Hashable], own: set[str], by_sound: dict[str, list[Hashable]], at_least: float
) -> Sequence[tuple[str, Hashable | None, float, str]]:
    written = plain(name)
    if written in index:
        return [(name, index[written], 100.0, "name" if written in own else "alias")]
    heard = sound(name)
    if heard and heard in by_sound:
        return [(name, city, 100.0, "transliteration") for city in by_sound[heard]]
    from rapidfuzz import fuzz, process

    near = (
        process.extract(heard, by_sound.keys(), scorer=fuzz.ratio, score_cutoff=at_least, limit=None) if heard else []
    )
    best: dict[Hashable, float] = {}
    for key, score, _ in near:  # the best first
        for city in by_sound[key]:
            best.setdefault(city, score)
    proposals = [(name, city, score, "misspelling") for city, score in best.items()]
    return proposals[:3] or [(name, None, np.nan, "unknown")]
