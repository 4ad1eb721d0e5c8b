import numpy as np
import pytest

import protestspread as ps
from protestspread.pictures.style import theme as style
from protestspread.pictures.style.ramps import class_colors, ramp

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


EVERY_RAMP = pytest.mark.parametrize(
    ("cmap", "dark"), [(cmap, dark) for cmap in style.RAMPS for dark in (False, True)], ids=str
)


def with_zero(k, cmap, dark):
    return [style.DARK_COLORS["zero"] if dark else style.ZERO_FILL, *ramp(k, cmap, dark=dark)]


@EVERY_RAMP
@pytest.mark.parametrize("sight", ["normal", "deuteranopia", "protanopia", "tritanopia"])
@pytest.mark.parametrize(("k", "least"), [*((k, 11.5) for k in range(1, 6)), (6, 9.4), (7, 7.5), (8, 6.6), (9, 5.7)])
def test_each_step_zero_included_differs_in_lightness(cmap, dark, sight, k, least):
    """8 L* are asked for up to five classes in gray and for deuteranopia."""
    steps = np.diff(lab(with_zero(k, cmap, dark), sight)[:, 0]) * (1 if dark else -1)
    assert steps.min() >= (least if sight in ("normal", "deuteranopia") else 0.8 * least)


@EVERY_RAMP
def test_zero_and_one_have_contrast(cmap, dark):
    for k in range(2, 10):
        zero, one = (((light + 16) / 116) ** 3 for light in lab(with_zero(k, cmap, dark)[:2], "normal")[:, 0])
        assert (max(zero, one) + 0.05) / (min(zero, one) + 0.05) >= 1.5


def test_the_ramp_of_counts_by_hand():
    assert ramp(5) == ["#fdc97c", "#ee9a3d", "#d76b1c", "#ab4619", "#752a14"] == list(style.RAMPS["protest"][0])
    assert ramp(1) == ["#d4681c"]
    assert ramp(2) == ["#fdc97c", "#752a14"]
    assert ramp(3, "first_day", dark=True)[::2] == ["#3a5ca4", "#9ef0f2"]
    assert ramp(3, "YlOrBr", dark=True) == ramp(3, "YlOrBr")[::-1]


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("dark", [False, True])
def test_losses_and_gains_can_be_told_apart(sight, dark):
    for low, high in zip(ramp(4, "negative", dark=dark), ramp(4, dark=dark), strict=True):
        assert apart(low, high, sight) >= 25


def test_classes_below_zero_get_the_other_half_of_a_diverging_ramp():
    signed = ps.classify([-9, -2, 0, 1, 30], k=5)
    colors = class_colors(signed)
    assert signed.k == 5
    assert colors == ["#ffffff", *ramp(2, "negative")[::-1], "#ffffff", *ramp(2)]
    assert class_colors(signed, dark=True)[3] == style.DARK_COLORS["zero"]
    uneven = ps.classify([-3, 8], scheme=[-1, 0, 2, 5])
    assert class_colors(uneven)[1:] == [*ramp(3, "negative")[1::-1], *ramp(3)]  # one step means as much on both sides
    assert len(set(class_colors(signed, "PuOr"))) == 5  # white is zero
    assert class_colors(signed, "cividis_r")[1:] == ramp(5, "cividis_r")  # what is asked for is kept
    assert class_colors(ps.classify([0, 1, 2, 3]))[1:] == ramp(3)


@pytest.mark.parametrize("sight", ["normal", "deuteranopia"])
@EVERY_RAMP
def test_a_hatch_can_be_seen_on_every_class(sight, cmap, dark):
    for fill in with_zero(5, cmap, dark):
        hatch = style.hatch_color(fill)
        opacity = int(hatch[7:] or "ff", 16) / 255
        rgb = [round(opacity * int(hatch[i : i + 2], 16) + (1 - opacity) * int(fill[i : i + 2], 16)) for i in (1, 3, 5)]
        assert apart("#" + "".join(f"{part:02x}" for part in rgb), fill, sight) >= 20


@pytest.mark.parametrize("color", ["#000000", "#0a0a0a", "#d76b1c", "#ffffff"])
def test_lightness_is_that_of_cielab(color):
    assert style.lightness(color) == pytest.approx(lab([color], "normal")[0, 0], abs=0.01)


def test_both_screens_have_the_same_variables():
    assert set(style.DARK_COLORS) == set(style.PAGE_COLORS)


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
    with pytest.raises(ps.DataError, match="or the name of a matplotlib color map; got 'YlOrBrr'"):
        ramp(3, "YlOrBrr")
    assert ramp(3, "cividis_r") != ramp(3)


def test_a_kind_of_intervention_has_a_color():
    assert style.intervention_color("curfew") != style.intervention_color("a new kind") == style.OTHER_INTERVENTION
