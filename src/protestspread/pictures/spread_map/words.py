"""The words of the player, in English, Russian and Kazakh; any of them can be replaced."""

from collections.abc import Mapping, Sequence

from ...errors import DataError, shorten_list
from ..style import theme as style
from ..style.text import TAG, Language, base_of
from ..style.vocabulary import PLAYER

_MOST_WORD, _MOST_NAME, MOST_TEXT = 200, 400, 20_000  # characters; longer text is cut, and ends in an ellipsis

_ON_PAGE = (
    "events", "now", "so_far", "reached", "observed", "of", "none", "not_observed", "shows", "circles", "dots", "ring", "small", "arrows",
    "probability", "least", "outside", "in_force", "everywhere", "more", "play", "pause", "back", "forward", "speed", "loop", "date", "zoom_in",
    "zoom_out", "fit", "map", "timeline", "table", "region", "city", "shown", "keys",
)  # fmt: skip


def player_words(lang: str, labels: Mapping[str, str] | None, kinds: Sequence[str]) -> dict[str, str]:
    """Return every word of the player, and the name of every kind of intervention, in a language.

    Parameters
    ----------
    lang
        A language tag. English words stand where a language is not shipped (en, ru, kk are).
    labels
        Replaces words; a kind of intervention counts as one.
    kinds
        The kinds of intervention to name.

    Raises
    ------
    DataError
        `lang` is no language tag; `labels` names no word of the player, or gives something else than text.
    """
    if not isinstance(lang, str) or not TAG.fullmatch(lang):
        raise DataError("the map cannot be labeled", [f"lang = {lang!r}"], 'a language tag: "en", "ru", "kk", "pt-BR"')
    shipped = PLAYER.get(base_of(lang), {})
    found = dict(PLAYER["en"]) | {kind: cut(style.code_text(kind)) for kind in kinds} | dict(shipped)
    labels = dict(labels or {})
    unknown = [key for key in labels if key not in found]
    faults = [f"unknown words: {shorten_list(unknown)}"] if unknown else []
    faults += [
        f"{key!r} is a {type(text).__name__}, not text" for key, text in labels.items() if not isinstance(text, str)
    ]
    if faults:
        raise DataError("the map cannot be labeled", faults, f"labels may replace {shorten_list(found, most=200)}")
    return found | {key: cut(text, _MOST_WORD) for key, text in labels.items()}


def own_labels(spoken: Language) -> dict[str, str]:
    """Return the labels of a language that the player knows too."""
    known = PLAYER["ru"]  # every word, and the kinds of intervention
    return {word: text for word, text in spoken.labels.items() if word in known}


def words_for_page(words: Mapping[str, str]) -> dict[str, str]:
    """Return the words that the player itself needs."""
    return {key: words[key] for key in _ON_PAGE}


def cut(text: object, most: int = _MOST_NAME) -> str:
    """Return text without lone surrogates, which no file can hold, and not longer than a page can bear."""
    clean = str(text).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
