"""Which work goes to compiled code: given costs and the state of numba's cache; and the notice where a kernel is compiled."""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from protestspread import progress
from protestspread.inference.replicates import run_replicates
from protestspread.kernels import dispatch, plain
from protestspread.kernels.dispatch import START, Kernel, State, repeated
from protestspread.parallel import submit

KERNEL = Kernel("knox", "count_close", 1001, 1, 2.0)  # a microsecond saved an operation
EVERY = [
    found for value in vars(dispatch).values() for found in (value.values() if isinstance(value, dict) else [value])
]
EVERY = [kernel for kernel in EVERY if isinstance(kernel, Kernel)]


@pytest.fixture
def told(monkeypatch):
    """Keep the notices, as on a terminal."""
    sentences = []
    monkeypatch.setattr(dispatch, "notice", sentences.append)
    dispatch._announce.cache_clear()
    return sentences


@pytest.fixture
def in_state(monkeypatch, told):
    """Set the state of every kernel, and whether numba is imported."""

    def prepare(state, *, started):
        monkeypatch.setattr(Kernel, "ready", state is State.READY)
        monkeypatch.setattr(Kernel, "state", lambda _: state)
        modules = dict(sys.modules) | {"numba.core.dispatcher": None}
        if not started:
            del modules["numba.core.dispatcher"]
        monkeypatch.setattr(dispatch, "sys", SimpleNamespace(modules=modules))

    return prepare


@pytest.mark.parametrize(
    ("state", "started", "seconds"),
    [
        (State.ABSENT, False, START + 2),
        (State.ABSENT, True, 2),
        (State.CACHED, False, (START + 0.05) / 10),
        (State.CACHED, True, 0.005),
        (State.READY, True, 2e-5),
    ],
)
def test_work_goes_to_the_kernel_once_it_saves_more_than_it_costs(in_state, state, started, seconds):
    in_state(state, started=started)
    assert not KERNEL.pays(seconds * 1e6 * 0.99)
    assert KERNEL.pays(seconds * 1e6 * 1.01)


@pytest.mark.parametrize("kernel", EVERY, ids=lambda kernel: f"{kernel.function} {kernel.numbers}")
def test_the_same_work_never_turns_back_and_never_pays_more(in_state, kernel):
    """As a cache fills and numba starts, the second of two identical calls goes the same way or a cheaper one."""
    order = [
        (State.ABSENT, False),
        (State.ABSENT, True),
        (State.CACHED, False),
        (State.CACHED, True),
        (State.READY, True),
    ]
    for operations in np.geomspace(1, 1e12, 40):
        answers = []
        for state, started in order:
            in_state(state, started=started)
            answers.append(kernel.pays(operations))
            saved = 1e-9 * (kernel.plain - kernel.compiled) * operations
            if answers[-1] and state is State.ABSENT:
                assert saved > kernel.compiling + (0 if started else START)
        for first, second in [(0, 1), (2, 3), (0, 2), (1, 3), (3, 4)]:
            assert answers[first] <= answers[second]
        in_state(State.ABSENT, started=True)
        assert [kernel.pays(operations) for _ in range(3)] == [answers[1]] * 3


def test_no_kernel_is_slower_than_numpy_but_the_one_without_a_table():
    assert [kernel.function for kernel in EVERY if kernel.plain <= kernel.compiled] == []
    assert len({(kernel.module, kernel.function, kernel.numbers) for kernel in EVERY}) == len(EVERY)
    assert [field.name for field in fields(Kernel)][:2] == ["module", "function"]


def test_repeated_work_is_counted_as_a_whole(in_state):
    in_state(State.ABSENT, started=True)
    assert not KERNEL.pays(1e6)
    with repeated(3):
        assert KERNEL.pays(1e6)
        with repeated(0.5):
            assert not KERNEL.pays(1e6)
        assert submit(lambda: KERNEL.pays(1e6))()
    assert not KERNEL.pays(1e6)


@pytest.mark.parametrize("cost", [1.0, 1e7])  # in one thread, and in several
def test_a_draw_knows_how_often_it_is_repeated(cost):
    asked = []

    def draw(first, last, _threads):
        asked.append((last - first) * dispatch._repeats.get())
        return np.zeros((last - first, 1))

    run_replicates(draw, 2048, cost=cost)
    assert asked == [2048] * len(asked)


def test_a_kernel_that_is_compiled_is_announced_once(in_state, told):
    in_state(State.CACHED, started=True)
    assert KERNEL.pays(1e9)
    assert not told
    in_state(State.ABSENT, started=True)
    assert not KERNEL.pays(1)
    assert not told
    assert KERNEL.pays(1e9)
    assert KERNEL.pays(1e9)
    assert told == ["Compiling once (knox, about 3 s); later runs load it from the disk."]


@pytest.mark.parametrize("visible", [True, False])
def test_a_notice_is_written_only_where_somebody_reads_it(visible, monkeypatch, capsys):
    monkeypatch.setattr(progress, "_visible", lambda: visible)
    progress.notice("Compiling once.")
    assert capsys.readouterr() == ("", "Compiling once.\n" if visible else "")


# what numba's cache holds

COMPILE = """
import numpy as np
from protestspread.kernels import dispatch, mantel, plain
print(dispatch.PRODUCTS["float32"].state().name)
mantel.stripe_products(plain.Space(np.eye(3), 1.0, -1.0), 0, np.zeros((3, 2), "float32"), -1.0, np.zeros(2))
print(dispatch.PRODUCTS["float32"].state().name)
"""
ASK = """
import sys
from protestspread.kernels import dispatch
print(dispatch.PRODUCTS["float32"].state().name, dispatch.COUNT_CLOSE.state().name, "numba" in sys.modules)
"""


def run(code, folder):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout.split() + done.stderr.split()


def test_the_disk_is_asked_without_numba(tmp_path):
    assert run(ASK, tmp_path) == ["ABSENT", "ABSENT", "False"]
    assert run(COMPILE, tmp_path) == ["ABSENT", "READY"]
    assert run(ASK, tmp_path) == ["CACHED", "ABSENT", "False"]
    [index] = tmp_path.glob("*/mantel.stripe_products-*.nbi")
    kept = index.read_bytes()
    for changed in (kept.replace(dispatch._numba(), b"0.0.0"), kept[:-100], kept.replace(b"float32", b"float16"), b""):
        index.write_bytes(changed)  # of another numba; cut off; for other types; empty
        answer = run(ASK, tmp_path)[0]
        assert answer == "ABSENT" or changed == kept[:-100]


def test_a_changed_source_is_not_in_the_cache(tmp_path, monkeypatch):
    assert run(COMPILE, tmp_path)[-1] == "READY"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    kernel = dispatch.PRODUCTS["float32"]
    assert any(map(kernel._holds, kernel._indexes()))
    changed = tmp_path / "mantel.py"
    changed.write_bytes(dispatch._source_of("mantel").read_bytes() + b"#")
    monkeypatch.setattr(dispatch, "_source_of", lambda _: changed)
    assert not any(map(kernel._holds, kernel._indexes()))


RENAMED = """
import numpy as np
from protestspread.kernels import mantel, plain
if RENAME:
    plain.Space.__name__ = plain.Space.__qualname__ = "Place"
    plain.Place = plain.Space
kernel, space = mantel.stripe_products, plain.Space(np.eye(3), 1.0, -1.0)
kernel(space, 0, np.zeros((3, 2), "float32"), -1.0, np.zeros(2))
print(len(kernel.stats.cache_hits), len(kernel.stats.cache_misses))
"""


def test_an_index_that_names_a_class_of_another_version_is_written_again(tmp_path):
    """The class that the index names is gone: the kernel is compiled, and found by the next process."""
    assert run(RENAMED.replace("RENAME", "True", 1), tmp_path) == ["0", "1"]
    [index] = tmp_path.glob("*/mantel.stripe_products-*.nbi")
    assert b"Place" in index.read_bytes()
    assert run(RENAMED.replace("RENAME", "False", 1), tmp_path) == ["0", "1"]
    assert b"Place" not in index.read_bytes()
    assert run(RENAMED.replace("RENAME", "False", 1), tmp_path) == ["1", "0"]


def test_folders_are_those_of_numba():
    from protestspread.kernels import knox

    assert Path(knox.count_close._cache.cache_path) in dispatch._cache_folders(dispatch._source_of("knox").parent)  # type: ignore[attr-defined]


def test_a_source_that_numba_compiles_twice_is_ready(monkeypatch):
    from protestspread.kernels import knox

    one, days = np.zeros(1, np.int32), np.zeros((1, 2), np.int32)
    out = np.zeros(2, np.int64)
    knox.count_close(one, one, days, 1, out)
    assert dispatch.COUNT_CLOSE.state() is State.READY
    assert not Kernel("knox", "count_close", 1, 0, 1, "float32").ready
    expected = np.zeros(2, np.int64)
    plain.count_close(one, one, days, 1, expected)
    assert out.tolist() == expected.tolist()
