"""Print text, warnings and errors, in the words of the command line."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

_OPTIONS = {
    "start": "--from", "end": "--to", "within_km": "--within-km", "within_days": "--within-days", "every": "--every", "min_count": "--min-count",
    "lang": "--lang", "engine": "--engine", "attribution": "--attribution", "layer": "--layer", "encoding": "--encoding", "crs": "--crs",
    "date_format": "--date-format", "format": "--format", "count": "--count", "region_id": "--region-id", "at_least": "--accept",
    "permutations": "--permutations", "off_km": "--off-km", "delay": "--delay", "external": "--external", "accept": "--accept", "exclude_within_km": "--same-place-km",
    "first": "--first", "then": "--then",
}  # fmt: skip
_PHRASES = (
    (re.compile(r"^name (?=must be (?:one of|'))"), "--case "),
    (re.compile(r"choose one of list_cases\(\)"), "choose one that `protestspread cases` lists"),
    (re.compile(r", or None(?=; got)"), ""),
    (re.compile(r"columns=\{'(\w+)': 'name in the file', \.\.\.\}"), r'--column \1="name in the file"'),
    (re.compile(r"columns=\{'(\w+)': '([^']*)'\}"), r'--column \1="\2"'),
    (re.compile(r"regions are not known \(strata\)"), "larger areas are not known (--strata)"),
    (re.compile(r"\brepair=True\b"), "--repair"),
    (re.compile(r"\bfirth=True\b"), "--firth yes"),
    (re.compile(r"^then must differ from first"), "--then must differ from --first"),
    (re.compile(r"pass both first='protest' and then='armed_clash'"), "pass both --first protest and --then armed_clash"),
    (re.compile(r"\bfamily='nb'"), "--family nb"),
    (re.compile(r"\bplacebo_test compares (a network|the neighbors) with places exchanged within regions\."), r"--placebos compares \1 with places exchanged."),
    (re.compile(r"\bk is at least 1 and at most"), "--nearest is at least 1 and at most"),
    (re.compile(r"^k (?=must be )"), "--nearest "),
    (re.compile(r"pass on_fault='set_aside' to go on without them; screen_events lists them with the reason"), "add --screen to go on without them and list them in a file"),
    (re.compile(r"\bscreen_events\b"), "--screen"),
    (re.compile(r"\bread_cities\(city=[^)]*\)"), "--city-column"),
    (re.compile(r"see match_places and accept_matches"), "add --accept 90 to accept similar names"),
    (re.compile(r"[;,]? ?(?:or )?see (?:help\([\w.]+\)|match_places)"), ""),
    (re.compile(r"\b(?:use|call) locate_cities\([^)]*\)"), "give the cities a column with their region (--region-column)"),
)  # fmt: skip


def say(text: str, *, to_stderr: bool = False) -> None:
    """Print plain text without markup, highlighting or wrapping."""
    from rich.console import Console

    Console(stderr=to_stderr, markup=False, highlight=False, emoji=False, soft_wrap=True).print(text)


def in_options(message: str, renamed: Mapping[str, str] | None = None) -> str:
    """Replace arguments of the library by the options of the command; `renamed` has other options for some arguments.

    Examples
    --------
    >>> in_options("start must be a date such as '2022-01-31'; got 'x'")
    "--from must be a date such as '2022-01-31'; got 'x'"
    >>> in_options("Fix: pass repair=True, or encoding='cp1252', or columns={'date': 'name in the file', ...}")
    'Fix: pass --repair, or --encoding cp1252, or --column date="name in the file"'
    """
    for pattern, words in _PHRASES:
        message = pattern.sub(words, message)
    for argument, option in {**_OPTIONS, **(renamed or {})}.items():
        message = re.sub(rf"\b{argument}\b(?=[^\n]* are not valid:\n)", option, message)
        message = re.sub(rf"\b{argument}='([^' ]*)'", rf"{option} \1", message)
        message = re.sub(rf"\b{argument}='([^']*)'", rf'{option} "\1"', message)
        message = re.sub(rf"\b{argument}=(?=[\w.(-])", f"{option} ", message)
        message = re.sub(rf"^((?:  - )?){argument}(?= (?:must|is|has)\b)", rf"\1{option}", message, flags=re.MULTILINE)
        if "_" in argument:
            message = re.sub(rf"\b{argument}\b", option, message)
    return message


@contextmanager
def plain_warnings(renamed: Mapping[str, str] | None = None) -> Iterator[None]:
    """Print each distinct warning as one plain line, without the path and the line of source code."""
    shown: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],  # noqa: ARG001 - the signature of warnings.showwarning
        filename: str,  # noqa: ARG001
        lineno: int,  # noqa: ARG001
        file: TextIO | None = None,  # noqa: ARG001
        line: str | None = None,  # noqa: ARG001
    ) -> None:
        text = in_options(str(message), renamed)
        if text not in shown:
            shown.add(text)
            say(f"warning: {text}", to_stderr=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield
