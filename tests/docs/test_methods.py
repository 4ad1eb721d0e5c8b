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


def test_lagged_moran(capsys):
    names = run("lagged_moran", {})
    said = capsys.readouterr().out
    assert said.startswith("Places were more active the day after their neighbors were")
    assert [result.overall["p_value"].item() <= 0.05 for result in names["by_lag"].values()] == [
        True,
        True,
        True,
        False,
    ]
    assert names["local"].verdict == "no evidence of lagged dependence"


def test_a_scan(capsys):
    names = run("scan", {})
    assert "of Zhanaozen (9 places), 1 January 2022 to 2 January 2022: 8 place-days" in capsys.readouterr().out
    assert names["found"].verdict == "cluster"


def test_a_change_after():
    """The lines of the page, with the days of 2020 as the panel, and the day after their peak as the act."""
    floyd = ps.load_case("george_floyd_2020")
    until = floyd.events[floyd.events["date"] <= "2020-06-14"]
    panel = ps.count_events(until, floyd.regions).sum(axis=1).to_frame("nation")
    names = run("change_after", {"np": np, "pd": pd, "ps": ps, "panel": panel, "curfews": "2020-06-07"})
    assert names["result"].verdict == "no change found"


@pytest.mark.filterwarnings("ignore::protestspread.ReportsWarning")
def test_responses(capsys):
    names = run("responses", {}, rng=1)
    assert (
        "16 pairs in which armed_clash came 1 to 2 days after protest in the same place, 0 in the other order"
        in capsys.readouterr().out
    )
    result, case = names["result"], names["case"]
    assert round(result.types.forward.expected, 1) == 9.1
    assert round(result.dates.forward.expected, 1) == 14.8
    assert result.verdict.startswith("no evidence")
    days = ps.response_test(
        case.events, case.cities, first="protest", then="armed_clash", within_km=0, within_days=2, rng=1
    )
    assert (days.statistic, days.verdict) == (6, "cannot tell")
    ps.plot_cities(result.by_place(), case.cities, case.regions)


def test_every_formula_can_be_written_as_mathml():
    """The site is built without a script: a command that docutils does not know stops the build."""
    latex = pytest.importorskip("docutils.utils.math.latex2mathml")
    unknown = []
    for page in sorted(METHODS.glob("*.md")):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for formula in re.findall(r"\$\$(.+?)\$\$|(?<!\$)\$([^$\n]+)\$(?!\$)", text, re.DOTALL):
            try:
                latex.tex2mathml(formula[0] or formula[1])
            except Exception as error:  # noqa: BLE001 - of several classes, all named in the message
                unknown.append(f"{page.name}: {error}")
    assert not unknown


def test_channels(capsys):
    names = run("channels", {})
    assert capsys.readouterr().out.startswith("No sign of a channel of the neighbors beside the others")
    table, page = names["found"].table, (METHODS / "channels.md").read_text(encoding="utf-8")
    assert f"an estimate of {table.loc[('alone', 'neighbors'), 'estimate']:.2f}:" in page
    low, high = (f"{table.loc[('together', 'neighbors'), end]:.3f}".replace("-", "−") for end in ("low", "high"))
    assert f"(95% interval {low} to {high})" in page
    assert list(names["by_day"].params.index) == ["own past", "neighbors"]
