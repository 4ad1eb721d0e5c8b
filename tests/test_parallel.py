import pytest

from protestspread.parallel import MANY, submit, worth_threads


def test_threads_are_worth_it_for_many_rows():
    assert [worth_threads(rows) for rows in (1, MANY - 1, MANY)] == [False, False, True]


def test_submit_returns_the_value_or_raises_the_error():
    def fail():
        raise ValueError("in the thread")

    assert submit(lambda: 7)() == 7
    wait = submit(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="in the thread"):
            wait()
