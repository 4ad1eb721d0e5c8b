"""The words of the player, in English, Russian and Kazakh; any of them can be replaced."""

import re
from collections.abc import Mapping, Sequence

from ...errors import DataError, name_some
from .. import style

_MOST_WORD, _MOST_NAME, MOST_TEXT = 200, 400, 20_000  # characters; longer text is cut, and ends in an ellipsis

_EN = {
    "title": "Spread of protest",
    "events": "Events",
    "that_day": "that day", "that_week": "that week", "that_month": "that month", "that_year": "that year", "that_time": "at that time",
    "so_far": "so far", "window": "in {n} days",
    "value": "Value",
    "reached": "regions reached",
    "observed": "{n} of {total} regions observed",
    "of": "{n} of {total}",
    "none": "none reported",
    "zero": "none",
    "not_observed": "not observed",
    "no_data": "no data",
    "shows": "The map shows",
    "circles": "Circles: cities, area by events so far",
    "dots": "Cities",
    "ring": "ring: active {now}",
    "small": "Small regions as marks",
    "arrows": "Arrows: inferred spread, not observed",
    "probability": "width: probability, at least {p}",
    "least": "Least probability",
    "outside": "{n} from outside, or from no known place",
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
    "week_from": "week from {date}", "from": "{n} from {date}", "days": "{n} days", "months": "{n} months",
    "Jan": "Jan", "Feb": "Feb", "Mar": "Mar", "Apr": "Apr", "May": "May", "Jun": "Jun",
    "Jul": "Jul", "Aug": "Aug", "Sep": "Sep", "Oct": "Oct", "Nov": "Nov", "Dec": "Dec",
}  # fmt: skip
_RU = {
    "title": "Распространение протеста",
    "events": "События",
    "that_day": "за день", "that_week": "за неделю", "that_month": "за месяц", "that_year": "за год", "that_time": "в это время",
    "so_far": "всего к этой дате", "window": "за последние дни ({n})",
    "value": "Значение",
    "reached": "регионов охвачено",
    "observed": "наблюдались регионы: {n} из {total}",
    "of": "{n} из {total}",
    "none": "нет сообщений",
    "zero": "нет",
    "not_observed": "нет наблюдений",
    "no_data": "нет данных",
    "shows": "На карте",
    "circles": "Круги: города, площадь по числу событий к этой дате",
    "dots": "Города",
    "ring": "кольцо: события {now}",
    "small": "Малые регионы показаны знаками",
    "arrows": "Стрелки: предполагаемое распространение, не наблюдение",
    "probability": "ширина: вероятность, не ниже {p}",
    "least": "Наименьшая вероятность",
    "outside": "извне или из неизвестного места: {n}",
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
    "week_from": "неделя с {date}", "from": "{n} с {date}", "days": "дней: {n}", "months": "месяцев: {n}",
    "Jan": "янв.", "Feb": "февр.", "Mar": "мар.", "Apr": "апр.", "May": "мая", "Jun": "июн.",
    "Jul": "июл.", "Aug": "авг.", "Sep": "сент.", "Oct": "окт.", "Nov": "нояб.", "Dec": "дек.",
    "state_of_emergency": "чрезвычайное положение", "curfew": "комендантский час", "internet_shutdown": "отключение интернета",
    "mobile_internet_throttling": "замедление мобильного интернета", "troop_deployment": "ввод войск", "troop_withdrawal": "вывод войск",
    "price_control": "регулирование цен", "price_cut": "снижение цен", "antiterrorist_operation": "антитеррористическая операция",
    "government_resignation": "отставка правительства", "entry_exit_restriction": "ограничение въезда и выезда", "checkpoint": "блокпосты",
    "terror_alert": "террористическая угроза", "red_terror_alert": "красный уровень угрозы", "concession": "уступка",
    "csto_request": "обращение к ОДКБ", "national_mourning": "общенациональный траур", "leadership_change": "смена руководства",
    "internet_partial_restoration": "частичное восстановление интернета", "media_blocking": "блокировка СМИ",
    "use_of_force_order": "приказ о применении силы",
}  # fmt: skip
_KK = {
    "title": "Наразылықтың таралуы",
    "events": "Оқиғалар",
    "that_day": "сол күні", "that_week": "сол аптада", "that_month": "сол айда", "that_year": "сол жылы", "that_time": "сол кезде",
    "so_far": "осы күнге дейін", "window": "соңғы {n} күнде",
    "value": "Мәні",
    "reached": "қамтылған өңір",
    "observed": "бақыланған өңірлер: {n} / {total}",
    "of": "{n} / {total}",
    "none": "хабар жоқ",
    "zero": "жоқ",
    "not_observed": "бақылау жоқ",
    "no_data": "дерек жоқ",
    "shows": "Картада",
    "circles": "Шеңберлер: қалалар, ауданы осы күнге дейінгі оқиғалар саны бойынша",
    "dots": "Қалалар",
    "ring": "сақина: оқиғалар {now}",
    "small": "Шағын өңірлер белгімен көрсетілген",
    "arrows": "Көрсеткілер: болжамды таралу, бақылау емес",
    "probability": "ені: ықтималдық, кемінде {p}",
    "least": "Ең аз ықтималдық",
    "outside": "сырттан немесе белгісіз жерден: {n}",
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
    "week_from": "{date} басталған апта", "from": "{date} бастап {n}", "days": "{n} күн", "months": "{n} ай",
    "Jan": "қаң.", "Feb": "ақп.", "Mar": "нау.", "Apr": "сәу.", "May": "мам.", "Jun": "мау.",
    "Jul": "шіл.", "Aug": "там.", "Sep": "қыр.", "Oct": "қаз.", "Nov": "қар.", "Dec": "жел.",
    "state_of_emergency": "төтенше жағдай", "curfew": "коменданттық сағат", "internet_shutdown": "интернетті өшіру",
    "mobile_internet_throttling": "мобильді интернетті баяулату", "troop_deployment": "әскер енгізу", "troop_withdrawal": "әскерді шығару",
    "price_control": "бағаны реттеу", "price_cut": "бағаны түсіру", "antiterrorist_operation": "терроризмге қарсы операция",
    "government_resignation": "үкіметтің отставкасы", "entry_exit_restriction": "кіру мен шығуды шектеу", "checkpoint": "бақылау бекеттері",
    "terror_alert": "террористік қауіп", "red_terror_alert": "қауіптің қызыл деңгейі", "concession": "жеңілдік",
    "csto_request": "ҰҚШҰ-ға өтініш", "national_mourning": "жалпыұлттық аза", "leadership_change": "басшылықтың ауысуы",
    "internet_partial_restoration": "интернетті ішінара қосу", "media_blocking": "БАҚ-ты бұғаттау",
    "use_of_force_order": "күш қолдану бұйрығы",
}  # fmt: skip
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": _EN, "ru": _RU, "kk": _KK}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ON_PAGE = (
    "events", "now", "so_far", "reached", "observed", "of", "none", "not_observed", "shows", "circles", "dots", "ring", "small", "arrows",
    "probability", "least", "outside", "in_force", "everywhere", "more", "play", "pause", "back", "forward", "speed", "loop", "date", "zoom_in",
    "zoom_out", "fit", "map", "timeline", "table", "region", "city", "shown", "keys",
)  # fmt: skip
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


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
    if not isinstance(lang, str) or not _TAG.fullmatch(lang):
        raise DataError("the map cannot be labeled", [f"lang = {lang!r}"], 'a language tag: "en", "ru", "kk", "pt-BR"')
    shipped = LANGUAGES.get(lang.split("-", maxsplit=1)[0].lower(), {})
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


def words_for_page(words: Mapping[str, str]) -> dict[str, str]:
    """Return the words that the player itself needs."""
    return {key: words[key] for key in _ON_PAGE}


def translate_date(label: str, words: Mapping[str, str]) -> str:
    """Write a date label in the words of another language.

    Examples
    --------
    >>> translate_date("week from 3 Jan 2022", LANGUAGES["ru"])
    'неделя с 3 янв. 2022'
    """
    *front, date = label.split(" from ")
    date = re.sub("|".join(_MONTHS), lambda month: words[month[0]], date)
    if not front:
        return date
    if front[0] == "week":
        return fill(words["week_from"], date=date)
    number, unit = front[0].split(" ", 1)
    return fill(words["from"], n=fill(words[unit], n=number), date=date)


def fill(pattern: str, **values: object) -> str:
    """Put values into a pattern, each once, and nothing else: a brace in a name is a brace.

    Examples
    --------
    >>> fill("{n} of {total}", n=3, total="{n}")
    '3 of {n}'
    """
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), pattern)


def cut(text: object, most: int = _MOST_NAME) -> str:
    """Return text without lone surrogates, which no file can hold, and not longer than a page can bear."""
    clean = str(text).encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
