import numpy as np
import pytest

from protestspread.parallel import MANY, map_threads, submit, worth_threads


@pytest.mark.parametrize("rows", [1, MANY])
def test_each_keeps_the_order(rows):
    numbers = list(range(50))
    assert worth_threads(rows) == (rows > 1)
    assert map_threads(lambda n: np.full(3, n).sum(), numbers, rows) == [3 * n for n in numbers]


def test_submit_returns_the_value_or_raises_the_error():
    def fail():
        raise ValueError("in the thread")

    assert submit(lambda: 7)() == 7
    wait = submit(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="in the thread"):
            wait()
