from itertools import pairwise

import numpy as np
import pytest

import protestspread as ps
from protestspread.pictures.style import theme as style
from protestspread.pictures.style.classes import ramp

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
    colors = ramp(k)
    assert min(apart(one, other, sight) for one, other in pairwise(colors)) >= least
    assert (np.diff(lab(colors, sight)[:, 0]) < -3).all()  # ever darker: the order survives a gray print


@pytest.mark.parametrize("sight", SIGHT)
def test_zero_missing_and_cities_are_no_class(sight):
    for k in range(1, 10):
        for color in ramp(k):
            assert apart(color, style.ZERO_FILL, sight) >= 13
            assert apart(color, style.MISSING_FILL, sight) >= 14
            assert apart(color, style.CITY, sight) >= 40
    assert apart(style.MISSING_HATCH, style.MISSING_FILL, sight) >= 30  # the hatch, not the fill, marks what is missing
    assert apart(style.MISSING_HATCH, style.ZERO_FILL, sight) >= 25


def test_maps_without_a_readable_order_are_refused():
    for cmap in ("jet", "RdYlGn", "turbo_r"):
        with pytest.warns(ps.DataWarning, match="no readable order"):
            assert ramp(4, cmap) == ramp(4)
    with pytest.raises(ps.DataError, match="cmap must be the name of a matplotlib color map; got 'YlOrBrr'"):
        ramp(3, "YlOrBrr")
    assert ramp(3, "cividis_r") != ramp(3)


def test_a_kind_of_intervention_has_a_color():
    assert style.intervention_color("curfew") != style.intervention_color("a new kind") == style.OTHER_INTERVENTION
