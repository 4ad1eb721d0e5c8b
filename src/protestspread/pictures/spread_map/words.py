"""Words of the player in English, Russian and Kazakh; all can be replaced."""

from collections.abc import Mapping, Sequence

from ...arguments import Arguments
from ...errors import DataError, must_be, shorten_list
from ..style import theme as style
from ..style.text import TAG, Language, base_of
from ..style.vocabulary import PLAYER

_MOST_WORD, _MOST_NAME, MOST_TEXT = 200, 400, 20_000  # characters; longer text is cut and ends with an ellipsis

_ON_PAGE = (
    "events", "now", "so_far", "reached", "observed", "of", "none", "not_observed", "shows", "circles", "dots", "ring", "small", "arrows",
    "probability", "least", "outside", "in_force", "everywhere", "more", "play", "pause", "back", "forward", "speed", "loop", "date", "zoom_in",
    "zoom_out", "fit", "map", "timeline", "table", "region", "city", "shown", "keys",
)  # fmt: skip


def player_words(lang: str, labels: Mapping[str, str] | None, kinds: Sequence[str]) -> dict[str, str]:
    """Return the words of the player and the names of the kinds of intervention, in a language.

    Parameters
    ----------
    lang
        A language tag. Languages other than en, ru and kk use the English words.
    labels
        Words to replace, including kinds of intervention.
    kinds
        Kinds of intervention to name.

    Raises
    ------
    DataError
        ``lang`` is not a language tag, or ``labels`` has an unknown word or a value that is not text.
    """
    if not isinstance(lang, str) or not TAG.fullmatch(lang):
        raise DataError(must_be("lang", "a language tag such as 'en', 'ru', 'kk' or 'pt-BR'", lang))
    shipped = PLAYER.get(base_of(lang), {})
    words = dict(PLAYER["en"]) | {kind: cut(style.code_text(kind)) for kind in kinds} | dict(shipped)
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


def words_for_page(words: Mapping[str, str]) -> dict[str, str]:
    """Return the words used on the page."""
    return {key: words[key] for key in _ON_PAGE}


def cut(text: object, most: int = _MOST_NAME) -> str:
    """Return text without characters that cannot be shown or that files cannot hold, cut to at most `most` characters."""
    clean = style.printable(str(text).encode("utf-8", "replace").decode("utf-8"))
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
