"""Match city names across spellings and scripts; uncertain matches are proposed, never accepted automatically."""

import re
import unicodedata
from collections.abc import Hashable, Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import DataError, must_be, shorten_list
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
# Spellings of one sound in different romanization systems, in order of application
_FOLDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch", "sh"), ("dzh|zh|dj|j", "j"), ("kh|gh|x", "h"), ("q|k|c(?!h)", "k"), ("ng?(?![aeiou])", "n"), ("iy|yy|ii|y|i", "i"),
        ("w", "u"), (r"(.)\1+", r"\1"), (r"[^\w]|_", ""),
    )
]  # fmt: skip


def match_places(names: Iterable[str], cities: gpd.GeoDataFrame, *, at_least: float = 80.0) -> pd.DataFrame:
    """Match names to cities, with the type and the score of each match.

    Parameters
    ----------
    names
        Names as written in the sources, in any script in which ``cities`` has aliases; Latin and Cyrillic names are also
        compared with each other. Each distinct name is matched once; missing names are skipped.
    cities
        Index ``city``; ``name``, ``name_kk``, ``name_ru`` and ``aliases`` (separated by ``;``) are optional.
    at_least
        The minimum score, out of 100, for proposing a misspelling.

    Returns
    -------
    DataFrame
        Columns ``name, city, score, how``, in the order of ``names``. ``how`` is one of

        - "name" or "alias": the name is in ``cities``, ignoring case, spaces, and types of dash and apostrophe;
          score 100;
        - "transliteration": the names are equal after romanization; score 100, a *proposal*;
        - "misspelling": a similar name, by normalized indel similarity after romanization; score ``at_least`` to 100,
          *proposals*: one row for each of the three most similar cities;
        - "unknown": no name is similar; no city, score NaN.

        To accept a proposal, add the name to the aliases of its city.

    Raises
    ------
    DataError
        Two cities share a name or alias (all such names are listed); ``names`` are not text.

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
        raise DataError(must_be("names", "a list of names", names), fix=f"pass [{names!r}]")
    distinct = list(dict.fromkeys(name for name in names if not _is_missing(name)))
    not_text = [repr(name) for name in distinct if not isinstance(name, str)]
    if not_text:
        raise DataError(f"names must be text; got {shorten_list(not_text)}", fix="convert them to str, or remove them")
    index = name_index(cities)
    main_names = {normalize_name(str(city)) for city in cities.index}
    by_sound: dict[str, list[Hashable]] = {}
    for alias, city in index.items():
        alike = by_sound.setdefault(phonetic_key(alias), [])
        if city not in alike:
            alike.append(city)
    rows = [row for name in distinct for row in _match(name, index, main_names, by_sound, at_least)]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    dtypes = {"name": object, "city": object, "score": float, "how": object}
    return pd.DataFrame({c: pd.Series(column, dtype=dtypes[c]) for c, column in zip(dtypes, columns, strict=True)})


def name_index(cities: gpd.GeoDataFrame) -> dict[str, Hashable]:
    """Return a mapping from each normalized name and alias to its city.

    Raises
    ------
    DataError
        Two cities share a name or alias (all such names are listed).
    """
    check_cities(cities)
    city_of: dict[str, Hashable] = {}
    shared: dict[str, set[Hashable]] = {}
    columns = [c for c in _NAME_COLUMNS if c in cities]
    for city, *texts in cities[columns].itertuples():
        names = {str(city), *(name for text in texts if isinstance(text, str) for name in text.split(";"))}
        for name in {normalize_name(name) for name in names} - {""}:
            if city_of.setdefault(name, city) != city:
                shared.setdefault(name, {city_of[name]}).add(city)
    if shared:
        faults = [
            f"'{name}' is used for {shorten_list(sorted(map(str, both)))}" for name, both in sorted(shared.items())
        ]
        raise DataError(
            "cities must have unique names and aliases", faults, "remove each repeated alias from all but one city"
        )
    return city_of


def certain_matches(matches: pd.DataFrame) -> dict[str, Hashable]:
    """Return a mapping from name to city for the exact matches (names and aliases) in a result of `match_places`."""
    exact = matches[matches["how"].isin(_CERTAIN)]
    return dict(zip(exact["name"], exact["city"], strict=True))


def normalize_name(name: str) -> str:
    """Return a name with case, spaces, dashes and apostrophes normalized.

    Examples
    --------
    >>> normalize_name("  Nur–Sultan ") == normalize_name("NUR-SULTAN")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub("[\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032`´]", "'", text)
    return " ".join(text.split())


def phonetic_key(name: str) -> str:
    """Return a phonetic key: the name romanized, without accents, with equivalent romanizations unified.

    Examples
    --------
    >>> phonetic_key("Жанаозен") == phonetic_key("Janaözen") == phonetic_key("Djanaozen")
    True
    """
    text = "".join(_LATIN.get(letter, letter) for letter in unicodedata.normalize("NFC", normalize_name(name)))
    text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    for pattern, replacement in _FOLDS:
        text = pattern.sub(replacement, text)
    return text


def _is_missing(name: object) -> bool:
    return name is None or name is pd.NA or (isinstance(name, float) and np.isnan(name))


def _match(
    name: str, index: dict[str, Hashable], main_names: set[str], by_sound: dict[str, list[Hashable]], at_least: float
) -> Sequence[tuple[str, Hashable | None, float, str]]:
    normalized = normalize_name(name)
    if normalized in index:
        return [(name, index[normalized], 100.0, "name" if normalized in main_names else "alias")]
    key = phonetic_key(name)
    if key and key in by_sound:
        return [(name, city, 100.0, "transliteration") for city in by_sound[key]]
    from rapidfuzz import fuzz, process

    near = process.extract(key, by_sound.keys(), scorer=fuzz.ratio, score_cutoff=at_least, limit=None) if key else []
    best: dict[Hashable, float] = {}
    for similar, score, _ in near:  # in descending order of score
        for city in by_sound[similar]:
            best.setdefault(city, score)
    proposals = [(name, city, score, "misspelling") for city, score in best.items()]
    return proposals[:3] or [(name, None, np.nan, "unknown")]
