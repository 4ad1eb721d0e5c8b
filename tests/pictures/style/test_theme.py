import io
import re
from itertools import pairwise

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.style import theme as style

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes (2009), doi:10.1109/TVCG.2009.113, severity 1.0
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


def lab(colors, sight):
    """CIELAB (D65) of colors as someone sees them: sRGB undone, sight simulated in linear light."""
    rgb = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(SIGHT[sight]).T, 0, 1)
    xyz = seen @ np.array(TO_XYZ).T / (0.95047, 1, 1.08883)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.column_stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])])


def apart(one, other, sight):
    return float(np.linalg.norm(np.diff(lab([one, other], sight), axis=0)))


def test_the_difference_of_colors_by_hand():
    assert lab(["#ffffff"], "normal")[0] == pytest.approx([100, 0, 0], abs=0.01)
    assert lab(["#ff0000"], "normal")[0] == pytest.approx([53.24, 80.09, 67.20], abs=0.02)  # Lindbloom's calculator
    assert apart("#ff0000", "#808000", "normal") > 60 > apart("#ff0000", "#808000", "protanopia")


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("k", "least"), [(3, 37), (5, 15), (7, 10), (9, 7)])
def test_neighboring_classes_can_be_told_apart(sight, k, least):
    colors = style.ramp(k)
    assert min(apart(one, other, sight) for one, other in pairwise(colors)) >= least
    assert (np.diff(lab(colors, sight)[:, 0]) < -3).all()  # ever darker: the order survives a gray print


@pytest.mark.parametrize("sight", SIGHT)
def test_zero_missing_and_cities_are_no_class(sight):
    for k in range(1, 10):
        for color in style.ramp(k):
            assert apart(color, style.ZERO_FILL, sight) >= 13
            assert apart(color, style.MISSING_FILL, sight) >= 14
            assert apart(color, style.CITY, sight) >= 40
    assert apart(style.MISSING_HATCH, style.MISSING_FILL, sight) >= 30  # the hatch, not the fill, marks what is missing
    assert apart(style.MISSING_HATCH, style.ZERO_FILL, sight) >= 25


def test_maps_without_a_readable_order_are_refused():
    for cmap in ("jet", "RdYlGn", "turbo_r"):
        with pytest.warns(ps.DataWarning, match="no readable order"):
            assert style.ramp(4, cmap) == style.ramp(4)
    with pytest.raises(ps.DataError, match="cmap must be the name of a matplotlib color map; got 'YlOrBrr'"):
        style.ramp(3, "YlOrBrr")
    assert style.ramp(3, "cividis_r") != style.ramp(3)


def test_codes_as_words():
    assert style.code_text("mobile_internet_throttling") == "mobile internet throttling"
    assert style.code_text("csto_request") == "CSTO request"
    assert style.code_text("docstore") == "docstore"
    assert style.intervention_color("curfew") != style.intervention_color("a new kind") == style.OTHER_INTERVENTION


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
    style._drawable.cache_clear()
    monkeypatch.setattr(style, "_installed_fonts", lambda: ("DejaVu Sans", style.FONTS[-1]))
    yield
    style._drawable.cache_clear()


@pytest.mark.skipif(mpl.__version_info__ < (3, 11), reason="matplotlib has no font of last resort before 3.11")
@pytest.mark.usefixtures("only_dejavu")
def test_missing_letters_warn_once_per_figure_and_name_the_package_to_install():
    with pytest.warns(ps.DataWarning) as said:
        drawn("阿拉木图 and 서울").savefig(io.BytesIO())  # nothing more comes from matplotlib
    assert [("CJK" in str(one.message), "HANGUL" in str(one.message)) for one in said] == [(True, False), (False, True)]
    assert all("fonts-noto-cjk" in str(one.message) for one in said)
    assert style.missing_scripts("የ\u200b$") == {"ETHIOPIC": "fonts-noto-core"}


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
