"""Decide whether work is worth a compiled kernel: the time that it saves against the time to compile or load the kernel.

Compiling takes seconds, once for each source on a machine; loading from numba's cache takes about a second, once for each
process. Each kernel has a plain twin in numpy with the same results, for all work that saves less than that.
"""

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from functools import cache
from hashlib import sha1, sha256
from importlib import metadata  # noqa: TID251 - reads the version of an installed package, imports nothing
from pathlib import Path

from ..progress import notice

FORCED: bool | None = None
"""Decides instead of the costs, for tests: True always takes the compiled kernel, False always the plain twin."""
START = 0.9
"""Seconds that numba takes, once a process, to be imported and to compile or load a first kernel."""
_LOAD = 0.05  # seconds to load one more kernel
_CALLS = 10  # calls that share the cost of loading: a session repeats a test with other arguments
_LEAST = 2e-5  # seconds: below, a call of a kernel takes as long as the work itself

_repeats: ContextVar[float] = ContextVar("repeats", default=1.0)


class State(Enum):
    """What has to happen before a kernel can run."""

    READY = "compiled in this process"
    CACHED = "to be loaded from the disk"
    ABSENT = "to be compiled"


@dataclass(frozen=True)
class Kernel:
    """A compiled function and what it costs.

    Attributes
    ----------
    module, function
        The module in `protestspread.kernels`, and the function in it that is compiled last.
    plain, compiled
        Nanoseconds per operation in numpy and in compiled code.
    compiling
        Seconds to compile, besides `START`.
    numbers
        The type of the numbers, for a kernel that is compiled for each type.
    """

    module: str
    function: str
    plain: float
    compiled: float
    compiling: float
    numbers: str = ""

    def pays(self, operations: float) -> bool:
        """Return whether the kernel should run so many operations, as often as `repeated` says.

        Compiling must pay within this call, loading within a few. The answer for the same work never turns from the
        kernel to numpy, and only turns to the kernel where that is faster.
        """
        if FORCED is not None:
            return FORCED
        saved = 1e-9 * (self.plain - self.compiled) * operations * _repeats.get()
        if self.ready or saved < _LEAST:
            return saved >= _LEAST
        if saved <= self.cost(State.CACHED):  # the disk need not be asked
            return False
        state = self.state()
        if saved <= self.cost(state):
            return False
        if state is State.ABSENT:
            _announce(self)
        return True

    def cost(self, state: State) -> float:
        """Return the seconds that work must save in a given state of the kernel."""
        start = 0.0 if "numba.core.dispatcher" in sys.modules else START
        if state is State.ABSENT:
            return start + self.compiling
        return (start + _LOAD) / _CALLS if state is State.CACHED else 0.0

    def state(self) -> State:
        """Look whether the kernel is compiled in this process or in numba's cache on the disk."""
        if self.ready:
            return State.READY
        return State.CACHED if any(map(self._holds, self._indexes())) else State.ABSENT

    @property
    def ready(self) -> bool:
        """Whether the kernel is compiled in this process."""
        function = getattr(sys.modules.get(f"{__package__}.{self.module}"), self.function, None)
        return any(not self.numbers or self.numbers in str(types) for types in getattr(function, "signatures", ()))

    def _indexes(self) -> Iterator[Path]:
        """Yield the index files of numba's cache for this function."""
        version = f"{sys.version_info.major}{sys.version_info.minor}{getattr(sys, 'abiflags', '')}"
        source = _source_of(self.module)
        for folder in _cache_folders(source.parent):
            yield from folder.glob(f"{source.stem}.{self.function}-*.py{version}.nbi")

    def _holds(self, index: Path) -> bool:
        """Return whether an index is of this numba, this source (its hash, or its time in older numba) and these types."""
        source = _source_of(self.module)
        stamps = sha256(source.read_bytes()).digest(), struct.pack(">d", source.stat().st_mtime)
        try:
            held = index.read_bytes()  # searched, not unpickled: that would need numba, which takes a second to import
        except OSError:
            return False
        return any(stamp in held for stamp in stamps) and _numba() in held and self.numbers.encode() in held


def _source_of(module: str) -> Path:
    here = Path(os.path.abspath(__file__)).parent  # noqa: PTH100 - numba hashes this path, links not resolved
    return here.joinpath(*module.split(".")).with_suffix(".py")


@cache
def _announce(kernel: Kernel) -> None:
    seconds = START + kernel.compiling
    notice(f"Compiling once ({kernel.module}, about {seconds:.0f} s); later runs load it from the disk.")


@cache
def _numba() -> bytes:
    return metadata.version("numba").encode()


def _cache_folders(here: Path) -> list[Path]:
    """Return the folders in which numba keeps the compiled kernels of a folder, as numba finds them."""
    name = f"{here.name}_{sha1(str(here).encode(), usedforsecurity=False).hexdigest()}"
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return [Path(chosen) / name]
    home = Path.home()
    by_platform = {"darwin": home / "Library/Caches/numba", "win32": home / "AppData/Local/numba/Cache"}
    linux = Path(os.environ.get("XDG_CACHE_HOME", home / ".cache")) / "numba"
    return [here / "__pycache__", by_platform.get(sys.platform, linux) / name]


@contextmanager
def repeated(times: float) -> Iterator[None]:
    """Say that the work inside will be done `times` times, so that kernels are chosen for all of it."""
    token = _repeats.set(_repeats.get() * times)
    try:
        yield
    finally:
        _repeats.reset(token)


# nanoseconds in numpy and compiled, and seconds of compiling, timed on two cores; to one digit, because only the order counts.
# benchmarks/bench_first_calls.py compares the calls that follow from them with numpy alone.
SHUFFLED = Kernel("streams", "shuffled", 25, 2.5, 2.5)
COUNT_CLOSE = Kernel("knox", "count_close", 1.0, 0.2, 0.15)
COUNT_WITHIN = Kernel("knox", "count_within", 4.0, 1.5, 0.2)
SUM_TABLED = Kernel("knox", "sum_tabled", 25, 3.0, 0.2)
COUNT_BANDED = Kernel("knox", "count_banded", 10, 2.0, 0.2)
COUNT_PAIRS = Kernel("knox", "count_pairs", 30, 10, 0.4)
PRODUCTS = {
    "float64": Kernel("mantel", "stripe_products", 3.2, 0.2, 1.5, "float64"),
    "float32": Kernel("mantel", "stripe_products", 1.2, 0.13, 1.5, "float32"),
}
SPACE_SUMS = Kernel("mantel", "stripe_sums", 20, 3, 0.5)
ARC_SHARES = Kernel("circles", "arc_shares", 160, 5, 0.6)
SPANS = Kernel("near", "find_spans", 100, 10, 0.2)
NEAR = Kernel("near", "write_near", 80, 10, 0.6)
SIGNATURES = Kernel("signatures", "_signatures", 10, 2, 1.1)
FORMS = Kernel("autocorrelation", "_forms", 0.5, 0.2, 0.5)
LAG_COUNTS = {
    "float64": Kernel("autocorrelation", "_count_orders", 0.5, 0.15, 3.0, "float64"),
    "float32": Kernel("autocorrelation", "_count_orders", 0.5, 0.1, 4.0, "float32"),
}
DAY_FORMS = Kernel("gaps", "_forms", 0.7, 0.4, 1.2)
DAY_COUNTS = Kernel("gaps", "_count", 0.8, 0.4, 1.8)
INTEGRATE = Kernel("orders", "order_likelihood", 4000, 1300, 0.8)
LOCATE = Kernel("region_grid", "_locate", 3000, 400, 5.5)
SCAN = Kernel("scan.cylinders", "_every", 20, 0.2, 3.0)
CONTAGION = Kernel("spreads.contagion", "spells", 2500, 60, 8.0)
ADOPTION = Kernel("spreads.cascades", "onsets", 700, 12, 5.0)
