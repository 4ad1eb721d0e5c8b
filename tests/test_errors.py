import operator

import pytest

import protestspread as ps
from protestspread.errors import argument_error, must_be, shorten_list


def test_an_error_lists_all_faults_and_ends_with_the_fix():
    error = ps.SchemaError("events", ["no date in row 3", "negative size in row 5"], "correct the rows")
    assert str(error).splitlines() == [
        "events has 2 faults:",
        "  - no date in row 3",
        "  - negative size in row 5",
        "Fix: correct the rows",
    ]
    assert error.faults == ("no date in row 3", "negative size in row 5")


def test_a_single_fault_is_in_the_first_line():
    assert (
        str(ps.SchemaError("events", ["no date in row 3"], "correct it")) == "events: no date in row 3\nFix: correct it"
    )
    assert str(ps.DataError(must_be("within_km", "at least 0", -5))) == "within_km must be at least 0; got -5"
    assert must_be("panel", "a DataFrame", {}) == "panel must be a DataFrame; got dict"


def test_the_hierarchy_of_errors():
    assert issubclass(ps.CRSError, ps.SchemaError)
    assert all(issubclass(kind, ps.ProtestSpreadError) for kind in (ps.SchemaError, ps.DataError, ps.FileError))
    assert issubclass(ps.ProtestSpreadError, ValueError)


def test_a_warning_about_lost_events_counts_and_names_them():
    warning = ps.LostEventsWarning(
        "count_events", 5, {"no_point": ["e1", "e2"], "outside_window": ["e5"]}, {"no_point": "(on land)"}
    )
    assert str(warning) == (
        "count_events: 3 of 5 events are not in the result: 2 without a point (on land) (e1, e2); 1 outside the window (e5)"
    )
    assert warning.lost == {"no_point": ["e1", "e2"], "outside_window": ["e5"]}


def test_long_lists_and_long_names_are_shortened():
    assert shorten_list(range(10), most=3) == "0, 1, 2 and 7 more"
    assert len(shorten_list(["x" * 10_000])) == 60


def test_control_characters_of_names_are_escaped():
    error = ps.FileError("a\x1b[31m\u202egpj.csv: no such file", fix="check the path\rand more")
    assert str(error) == "a\\x1b[31m\\u202egpj.csv: no such file\nFix: check the path\\rand more"


def test_faults_of_arguments_name_each_argument_once():
    two = argument_error(["k must be at least 1; got 0", "k must be below 9; got 0", "rng must be 'x'"], "fix")
    assert str(two).splitlines()[0] == "k and rng are not valid:"
    assert str(argument_error(["seeds a", "seeds b"])).splitlines() == [
        "seeds has 2 faults:",
        "  - seeds a",
        "  - seeds b",
    ]
    assert str(argument_error(fault for fault in ["k must be 1; got 0"])) == "k must be 1; got 0"


def test_names_of_before_say_their_new_name():
    for old, new in {"in_force": "interventions_in_force", "spread_dates": "resolve_date_ranges"}.items():
        with pytest.raises(ps.ProtestSpreadError, match=f"{old} is now {new}") as caught:
            getattr(ps, old)
        assert isinstance(caught.value, AttributeError)
        assert not hasattr(ps, old)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        ps.nothing_of_this_name  # noqa: B018


def test_every_new_name_of_an_old_one_exists():
    for new in ps._RENAMED.values():
        assert operator.attrgetter(new)(ps)


def test_warnings_and_results_keep_control_characters_from_a_terminal(events):
    assert str(ps.DataWarning("A\x1b[2J")) == "A\\x1b[2J"
    assert str(ps.LostEventsWarning("step", 1, {"no place": ["e\x1b[2J"]})).isprintable()
    names = events.assign(region_id=["a\x1b[2J", "b", "c"])
    result = ps.knox_test(
        names, within_km=100, within_days=1, scheme="within_strata", strata="region_id", permutations=9, rng=1
    )
    assert repr(result).isprintable()


def test_numbers_too_long_to_write():
    assert must_be("k", "small", 10**5000) == "k must be small; got a number of more than 1,000 digits"
