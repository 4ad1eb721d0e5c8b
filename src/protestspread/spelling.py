"""One spelling for all spellings of a name: what is compared when names are matched."""

import re
import unicodedata

# A word of its own, with another word after it
_WORDS = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
_ABBREVIATION = re.compile(r"(?<![^ .-])(st|ste|ft|mt)(?:\.(?=\w)|\.?([ -])(?=[^ -]))")

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


def normalize_name(name: str) -> str:
    """Return a name with case, spaces, dashes, apostrophes and abbreviations normalized.

    Examples
    --------
    >>> normalize_name("  Nur–Sultan ") == normalize_name("NUR-SULTAN")
    True
    >>> normalize_name("St. Louis") == normalize_name("Saint Louis")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub("[\u2018\u2019\u201b\u02bb\u02bc\u02b9\u2032`´]", "'", text)
    return _ABBREVIATION.sub(lambda found: _WORDS[found[1]] + (found[2] or " "), " ".join(text.split()))


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
