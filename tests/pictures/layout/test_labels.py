"""Fonts of texts in pictures, and letters that no font has."""

import io
import re

import geopandas as gpd
import matplotlib as mpl
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.layout import labels

SENTENCES = {"kazakh": "Қызылорда, Ұлытау: әңғөһі", "russian": "Алматы, ёлка", "arabic": "احتجاجات ألماتي"}


def drawn(text):
    """A figure with a text as title, name and legend label."""
    regions = gpd.GeoDataFrame({"name": [text]}, index=pd.Index(["A"], name="region_id"),
                               geometry=[shapely.box(0, 0, 3, 2)], crs=4326)  # fmt: skip
    ax = Figure((8, 6)).add_axes((0, 0, 1, 0.9))
    values = pd.Series([1], index=regions.index, name=text)
    return ps.plot_choropleth(values, regions, ax=ax, title=text, labels=True, zero_label=text, note=text).figure


@pytest.mark.parametrize("language", SENTENCES)
def test_letters_of_kazakhstan_and_its_neighbors_are_drawn_without_a_warning(language):
    drawn(SENTENCES[language]).savefig(io.BytesIO())  # a warning would be an error


@pytest.fixture
def only_dejavu(monkeypatch):
    """A machine with the fonts that come with matplotlib."""
    labels._drawable.cache_clear()
    monkeypatch.setattr(labels, "_installed_fonts", lambda: ("DejaVu Sans", labels.FONTS[-1]))
    yield
    labels._drawable.cache_clear()


@pytest.mark.skipif(mpl.__version_info__ < (3, 11), reason="matplotlib has no font of last resort before 3.11")
@pytest.mark.usefixtures("only_dejavu")
def test_missing_letters_warn_once_per_figure_and_name_the_package_to_install():
    with pytest.warns(ps.DataWarning) as said:
        drawn("阿拉木图 and 서울").savefig(io.BytesIO())  # nothing more comes from matplotlib
    assert [("CJK" in str(one.message), "HANGUL" in str(one.message)) for one in said] == [(True, False), (False, True)]
    assert all("fonts-noto-cjk" in str(one.message) for one in said)
    assert labels.missing_scripts("የ\u200b$") == {"ETHIOPIC": "fonts-noto-core"}


def written(pdf):
    """The lines of text of an uncompressed PDF; since matplotlib 3.11 its strings are UTF-16."""
    lines = re.findall(rb"BT\n.*?\nET", pdf, re.DOTALL)
    pieces = [b"".join(re.findall(rb"\(((?:\\.|[^\\()])*)\)", line, re.DOTALL)) for line in lines]
    return [re.sub(rb"\\(.)", rb"\1", piece).decode("utf-16-be") for piece in pieces]


@pytest.mark.long
def test_editable_text_stays_text_in_svg_and_pdf():
    svg, pdf = io.StringIO(), io.BytesIO()
    before = dict(mpl.rcParams)
    figure = drawn("Қызылорда")
    with ps.editable_text():
        figure.savefig(svg, format="svg")
        with mpl.rc_context({"pdf.compression": 0}):
            figure.savefig(pdf, format="pdf")
    assert dict(mpl.rcParams) == before
    # title, legend's title and label, name, note
    assert len(re.findall("Қызылорда.*</text>", svg.getvalue())) == 5
    assert b"/FontFile2" in pdf.getvalue()
    assert b"/Type3" not in pdf.getvalue()
    if mpl.__version_info__ >= (3, 11):
        assert [line.split(".")[0] for line in written(pdf.getvalue())].count("Қызылорда") == 5
