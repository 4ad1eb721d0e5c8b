"""Messages of the library in the words of the command line."""

import warnings

import pytest

from protestspread.cli.messages import in_options, plain_warnings, say

WORDS = {
    "start must be a date such as '2022-01-31', or None; got 'x'": "--from must be a date such as '2022-01-31'; got 'x'",
    "start and end are not valid:\n  - start must be a date; got 'x'\n  - end must be a date; got 'y'": (
        "--from and --to are not valid:\n  - --from must be a date; got 'x'\n  - --to must be a date; got 'y'"
    ),
    "within_km must be at least 0; got -5": "--within-km must be at least 0; got -5",
    "outside every region (within_km not given)": "outside every region (--within-km not given)",
    "Fix: pass repair=True to repair invalid polygons": "Fix: pass --repair to repair invalid polygons",
    "Fix: pass encoding='cp1251', or crs='EPSG:25832'": "Fix: pass --encoding cp1251, or --crs EPSG:25832",
    "pass date_format='%d.%m.%Y'": "pass --date-format %d.%m.%Y",
    "name the columns with columns={'date': 'name in the file', ...}": 'name the columns with --column date="name in the file"',
    "name must be one of a, b": "--case must be one of a, b",
    "column 'start' of interventions": "column 'start' of interventions",
    "a town named start must be left alone": "a town named start must be left alone",
}


@pytest.mark.parametrize("message", WORDS)
def test_arguments_become_options(message):
    assert in_options(message) == WORDS[message]


def test_the_name_of_an_option_of_stats():
    assert in_options("outside (within_km not given)", {"within_km": "--off-km"}) == "outside (--off-km not given)"


def test_warnings_are_one_line_without_source_code_and_told_once(capsys):
    with plain_warnings():
        for _ in range(2):
            warnings.warn("read_regions: repair=True repaired A", stacklevel=1)
    assert capsys.readouterr().err == "warning: read_regions: --repair repaired A\n"


def test_text_of_data_is_no_markup(capsys):
    say("[red]a[/red] :smile:")
    assert capsys.readouterr().out == "[red]a[/red] :smile:\n"
