from itertools import combinations, pairwise

import pytest

from protestspread.pictures.charts.stacked_bars import TYPE_COLORS

from ..style.test_theme import SIGHT, apart


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_of_types_can_be_told_apart(sight):
    assert min(apart(one, other, sight) for one, other in combinations(TYPE_COLORS, 2)) >= 16
    assert min(apart(one, other, sight) for one, other in pairwise(TYPE_COLORS)) >= 22
    assert min(apart(color, "#ffffff", sight) for color in TYPE_COLORS) >= 37
