"""The words of pictures and of the web map: one JSON file per language in ``languages/``.

A file has five parts: ``shared`` (stills, animations and the web map), ``stills`` (stills and animations only),
``player`` (the web map only), ``interventions`` and ``other_codes`` (codes in the data: kinds of intervention; types of
event and of tie). Phrases avoid agreement in number and case: "событий: 59". English words are made from the code.
"""

import json
from collections.abc import Mapping
from pathlib import Path

Words = Mapping[str, Mapping[str, str]]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _load() -> dict[str, dict[str, dict[str, str]]]:
    folder = Path(__file__).parent / "languages"
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}


_LANGUAGES = _load()
SHARED: Words = {lang: parts["shared"] for lang, parts in _LANGUAGES.items()}
STILLS: Words = {lang: parts["stills"] for lang, parts in _LANGUAGES.items()}
CODES: Words = {lang: parts["interventions"] | parts["other_codes"] for lang, parts in _LANGUAGES.items()}
PLAYER: Words = {lang: parts["shared"] | parts["interventions"] | parts["player"] for lang, parts in _LANGUAGES.items()}
