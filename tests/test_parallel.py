import numpy as np
import pytest

from protestspread.parallel import MANY, map_threads, submit, worth_threads


@pytest.mark.parametrize("rows", [1, MANY])
def test_each_keeps_the_order(rows):
    numbers = list(range(50))
    assert worth_threads(rows) == (rows > 1)
    assert map_threads(lambda n: np.full(3, n).sum(), numbers, rows) == [3 * n for n in numbers]


def test_what_is_begun_is_waited_for_and_its_faults_are_not_lost():
    def fail():
        raise ValueError("beside")

    assert submit(lambda: 7)() == 7
    wait = submit(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="beside"):
            wait()
