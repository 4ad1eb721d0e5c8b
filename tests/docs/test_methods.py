"""Examples of the pages on methods that stand on their own: they run, and say what the page says."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import protestspread as ps

METHODS = Path(__file__).parents[2] / "docs" / "methods"


def run(page, names, **replaced):
    """Run all examples of a page, one after the other, in a namespace."""
    for code in re.findall(r"```python\n(.*?)```", (METHODS / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL):
        for old, new in replaced.items():
            code = re.sub(rf"\b{old}=\w+", f"{old}={new}", code)  # noqa: PLW2901
        exec(code, names)  # noqa: S102
    return names


@pytest.fixture(autouse=True)
def _no_open_figure():
    yield
    plt.close("all")


def test_rivals(capsys):
    names = run("rivals", {}, draws=39)
    assert capsys.readouterr().out.startswith("Fits only contagion. Against")
    assert names["found"].power > 0.5


def test_adoption(capsys):
    names = run("adoption", {})
    assert "in 199 simulated spreads" in capsys.readouterr().out
    assert "3 days" in names["growth"].sentence  # the windows of the page


def test_local_knox(capsys):
    names = run("local_knox", {})
    assert names["result"].verdict == "no more neighbors than expected"
    assert "none of 25 place-days tested" in capsys.readouterr().out


def test_a_change_after():
    """The lines of the page, with the days of 2020 as the panel, and the day after their peak as the act."""
    floyd = ps.load_case("george_floyd_2020")
    until = floyd.events[floyd.events["date"] <= "2020-06-14"]
    panel = ps.count_events(until, floyd.regions).sum(axis=1).to_frame("nation")
    names = run("change_after", {"np": np, "pd": pd, "ps": ps, "panel": panel, "curfews": "2020-06-07"})
    assert names["result"].verdict == "no change found"
