"""Time of `import protestspread` compared with an interpreter that imports nothing, in fresh processes."""

import subprocess
import sys

from ratio import Workload


def start(code):
    return lambda _data: subprocess.run([sys.executable, "-c", code], check=True)


WORKLOADS = [
    Workload(
        name="import protestspread",
        size=1,
        small=1,
        make=lambda _size, _seed: None,
        ours=start("import protestspread"),
        peers={"Python: importing nothing": start("pass")},
        check=lambda _data, _ours, _theirs: None,  # no results to compare
        unit="start",
        units=lambda _data: 1,
    )
]
