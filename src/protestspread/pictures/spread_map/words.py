"""The words of the player, in English, Russian and Kazakh; any of them can be replaced."""

from collections.abc import Mapping, Sequence

from ...errors import DataError, name_some
from .. import style
from ..vocabulary import INTERVENTIONS, SHARED
from ..words import TAG, Language, base_of

_MOST_WORD, _MOST_NAME, MOST_TEXT = 200, 400, 20_000  # characters; longer text is cut, and ends in an ellipsis

_EN = {
    **SHARED["en"],
    "title": "Spread of protest",
    "value": "Value",
    "reached": "regions reached",
    "observed": "{n} of {total} regions observed",
    "of": "{n} of {total}",
    "none": "none reported",
    "no_data": "no data",
    "shows": "The map shows",
    "circles": "Circles: cities, area by events so far",
    "dots": "Cities",
    "ring": "ring: active {now}",
    "small": "Small regions as marks",
    "least": "Least probability",
    "in_force": "In force",
    "everywhere": "everywhere",
    "more": "{n} more",
    "and_more": "{name} and {n} more",
    "play": "Play", "pause": "Pause", "back": "Step back", "forward": "Step forward",
    "speed": "Speed", "loop": "Repeat", "date": "Date",
    "zoom_in": "Zoom in", "zoom_out": "Zoom out", "fit": "Show all",
    "map": "Map", "timeline": "Course of events",
    "table": "Table for this date", "region": "Region", "city": "City", "shown": "{n} of {total} rows are shown.",
    "classes": "Classes, the same for every date: {classes}.", "equal_area": "{projection}, areas to scale.",
    "mercator": "Web Mercator: areas away from the equator are drawn too large.",
    "hatched": "Hatched: not observed; nothing is known, and so far means at least.",
    "merged": "Places with fewer than {n} are merged with a neighbor.",
    "keys": "Keys: space plays, arrows step, Home and End jump, plus and minus change the speed.",
    "no_script": "This map needs JavaScript, which this browser does not run.",
}  # fmt: skip
_RU = {
    **SHARED["ru"],
    **INTERVENTIONS["ru"],
    "title": "Распространение протеста",
    "value": "Значение",
    "reached": "регионов охвачено",
    "observed": "наблюдались регионы: {n} из {total}",
    "of": "{n} из {total}",
    "none": "нет сообщений",
    "no_data": "нет данных",
    "shows": "На карте",
    "circles": "Круги: города, площадь по числу событий к этой дате",
    "dots": "Города",
    "ring": "кольцо: события {now}",
    "small": "Малые регионы показаны знаками",
    "least": "Наименьшая вероятность",
    "in_force": "Действует",
    "everywhere": "везде",
    "more": "ещё {n}",
    "and_more": "{name} и ещё {n}",
    "play": "Воспроизвести", "pause": "Пауза", "back": "Шаг назад", "forward": "Шаг вперёд",
    "speed": "Скорость", "loop": "Повтор", "date": "Дата",
    "zoom_in": "Приблизить", "zoom_out": "Отдалить", "fit": "Показать всё",
    "map": "Карта", "timeline": "Ход событий",
    "table": "Таблица на эту дату", "region": "Регион", "city": "Город", "shown": "Показаны строки: {n} из {total}.",
    "classes": "Классы одинаковы для всех дат: {classes}.", "equal_area": "{projection}, площади в масштабе.",
    "mercator": "Проекция Меркатора: площади вдали от экватора завышены.",
    "hatched": "Штриховка: наблюдений нет, ничего не известно; «всего» значит «не менее».",
    "merged": "Места, где меньше {n}, объединены с соседними.",
    "keys": "Клавиши: пробел запускает, стрелки делают шаг, Home и End ведут к началу и концу, плюс и минус меняют скорость.",
    "no_script": "Карте нужен JavaScript, а этот браузер его не выполняет.",
}  # fmt: skip
_KK = {
    **SHARED["kk"],
    **INTERVENTIONS["kk"],
    "title": "Наразылықтың таралуы",
    "value": "Мәні",
    "reached": "қамтылған өңір",
    "observed": "бақыланған өңірлер: {n} / {total}",
    "of": "{n} / {total}",
    "none": "хабар жоқ",
    "no_data": "дерек жоқ",
    "shows": "Картада",
    "circles": "Шеңберлер: қалалар, ауданы осы күнге дейінгі оқиғалар саны бойынша",
    "dots": "Қалалар",
    "ring": "сақина: оқиғалар {now}",
    "small": "Шағын өңірлер белгімен көрсетілген",
    "least": "Ең аз ықтималдық",
    "in_force": "Күшінде",
    "everywhere": "барлық жерде",
    "more": "тағы {n}",
    "and_more": "{name} және тағы {n}",
    "play": "Ойнату", "pause": "Кідірту", "back": "Бір қадам артқа", "forward": "Бір қадам алға",
    "speed": "Жылдамдық", "loop": "Қайталау", "date": "Күні",
    "zoom_in": "Жақындату", "zoom_out": "Алыстату", "fit": "Түгел көрсету",
    "map": "Карта", "timeline": "Оқиғалар барысы",
    "table": "Осы күннің кестесі", "region": "Өңір", "city": "Қала", "shown": "Көрсетілген жолдар: {n} / {total}.",
    "classes": "Кластар барлық күнге бірдей: {classes}.", "equal_area": "{projection}, аудандар масштабта.",
    "mercator": "Меркатор проекциясы: экватордан алыс аудандар үлкейтілген.",
    "hatched": "Штрих: бақылау жоқ, ештеңе белгісіз; «осы күнге дейін» — «кемінде» деген сөз.",
    "merged": "Саны {n} мәнінен аз орындар көршісімен біріктірілген.",
    "keys": "Пернелер: бос орын ойнатады, көрсеткілер қадам жасайды, Home мен End басы мен соңына апарады, плюс пен минус жылдамдықты өзгертеді.",
    "no_script": "Картаға JavaScript керек, бұл браузер оны орындамайды.",
}  # fmt: skip
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": _EN, "ru": _RU, "kk": _KK}
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
    shipped = LANGUAGES.get(base_of(lang), {})
    found = _EN | {kind: cut(style.words(kind)) for kind in kinds} | dict(shipped)
    labels = dict(labels or {})
    unknown = [key for key in labels if key not in found]
    faults = [f"unknown words: {name_some(unknown)}"] if unknown else []
    faults += [
        f"{key!r} is a {type(text).__name__}, not text" for key, text in labels.items() if not isinstance(text, str)
    ]
    if faults:
        raise DataError("the map cannot be labeled", faults, f"labels may replace {name_some(found, most=200)}")
    return found | {key: cut(text, _MOST_WORD) for key, text in labels.items()}


def own_labels(spoken: Language) -> dict[str, str]:
    """Return the labels of a language that the player knows too."""
    known = LANGUAGES["ru"]  # every word, and the kinds of intervention
    return {word: text for word, text in spoken.labels.items() if word in known}


def words_for_page(words: Mapping[str, str]) -> dict[str, str]:
    """Return the words that the player itself needs."""
    return {key: words[key] for key in _ON_PAGE}


def cut(text: object, most: int = _MOST_NAME) -> str:
    """Return text without lone surrogates, which no file can hold, and not longer than a page can bear."""
    clean = str(text).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
