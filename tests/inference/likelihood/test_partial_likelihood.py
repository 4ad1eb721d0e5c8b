import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.errors import DataError
from protestspread.inference.likelihood.partial_likelihood import partial_log_likelihood


def one_day(rates, others, **options):
    return partial_log_likelihood(
        np.array(rates, dtype=float), np.array([float(others)]), np.zeros(len(rates), dtype=np.int64), **options
    )


def over_all_orders(rates, others):
    total = 0
    for order in itertools.permutations([Fraction(float(rate)) for rate in rates]):
        left, chance = Fraction(float(others)) + sum(order), Fraction(1)
        for rate in order:
            chance, left = chance * rate / left, left - rate
        total += chance
    return log(total)


def in_groups(counts, ratios):
    """The integral by inclusion and exclusion, in fractions: `counts` places of each ratio."""
    total = Fraction(0)
    for numbers in itertools.product(*(range(count + 1) for count in counts)):
        ways = math.prod(math.comb(count, number) for count, number in zip(counts, numbers, strict=True))
        below = 1 + sum(number * ratio for number, ratio in zip(numbers, ratios, strict=True))
        total += (-1) ** sum(numbers) * ways / below
    return log(total)


def log(fraction):
    """Of a fraction too small or too finely written for a float."""
    shift = fraction.denominator.bit_length() - fraction.numerator.bit_length()
    return math.log(fraction * Fraction(2) ** shift) - shift * math.log(2)


positive = st.floats(-18, 18).map(math.exp)


@given(st.lists(positive, min_size=1, max_size=6), positive)
def test_the_integral_is_the_sum_over_all_orders(rates, others):
    assert one_day(rates, others)[0][0] == pytest.approx(over_all_orders(rates, others), abs=1e-10, rel=1e-12)


def test_the_sum_over_all_orders_of_seven():
    rates = [0.3, 1.0, 2.5, 40.0, 1e-4, 7.0, 1e4]
    assert one_day(rates, 3.0)[0][0] == pytest.approx(over_all_orders(rates, 3.0), abs=1e-12)


@pytest.mark.parametrize(("joined", "places"), [(1, 2), (20, 40), (300, 1000), (900, 901), (300, 100_000)])
def test_equal_rates_make_every_set_as_likely(joined, places):
    expected = -(math.lgamma(places + 1) - math.lgamma(joined + 1) - math.lgamma(places - joined + 1))
    assert one_day(np.ones(joined), places - joined)[0][0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "ratios"),
    [
        ((20, 20), (Fraction(1, 10**8), Fraction(10**8))),
        ((100, 100), (Fraction(1, 10**8), Fraction(1))),
        ((400,), (Fraction(100),)),
        ((60,), (Fraction(10**8),)),
        ((15, 15, 15), (Fraction(1, 10**4), Fraction(1), Fraction(10**4))),
        ((150, 30), (Fraction(3, 1000), Fraction(7))),
        ((2, 1, 1), (Fraction(1, 100), Fraction(10**5), Fraction(10**8))),
    ],
)
def test_many_ties_with_rates_far_apart(counts, ratios):
    """The first has rates that differ by 1e16."""
    rates = np.repeat([float(ratio) for ratio in ratios], counts)
    assert one_day(rates, 1.0)[0][0] == pytest.approx(in_groups(counts, ratios), abs=1e-10, rel=1e-12)


def test_days_are_independent():
    rates, others = np.array([2.0, 1.0, 5.0, 3.0, 0.5, 9.0]), np.array([7.0, 4.0, 0.0])
    days = np.array([0, 0, 0, 1, 2, 2])
    value, by_rate, by_others = partial_log_likelihood(rates, others, days)
    for day in range(3):
        alone = one_day(rates[days == day], others[day])
        assert value[day] == alone[0][0]
        assert by_rate[days == day].tolist() == alone[1].tolist()
        assert by_others[day] == alone[2][0]


@pytest.mark.parametrize("ties", ["exact", "efron"])
def test_the_gradient_is_that_of_finite_differences(ties):
    rng = np.random.default_rng(4)
    days = np.repeat(np.arange(5), [1, 2, 7, 40, 3])
    rates, others = np.exp(rng.normal(0, 3, len(days))), np.array([3.0, 0.02, 11.0, 5.0, 400.0])
    _, by_rate, by_others = partial_log_likelihood(rates, others, days, ties=ties)

    def total(rates, others):
        return partial_log_likelihood(rates, others, days, ties=ties)[0].sum()

    for row in range(len(rates)):
        step = np.eye(len(rates))[row] * 1e-5 * rates[row]
        slope = (total(rates + step, others) - total(rates - step, others)) / (2e-5 * rates[row])
        assert by_rate[row] == pytest.approx(slope, rel=1e-6, abs=1e-8)
    for row in range(len(others)):
        step = np.eye(len(others))[row] * 1e-5 * others[row]
        slope = (total(rates, others + step) - total(rates, others - step)) / (2e-5 * others[row])
        assert by_others[row] == pytest.approx(slope, rel=1e-6, abs=1e-8)


@given(st.lists(positive, min_size=1, max_size=30), positive, positive)
def test_only_the_ratios_of_rates_matter(rates, others, times):
    value = one_day(rates, others)[0][0]
    assert one_day(np.array(rates) * times, others * times)[0][0] == pytest.approx(value, rel=1e-9, abs=1e-10)


def test_if_no_place_is_left_all_onsets_are_certain():
    assert [part.tolist() for part in one_day([1.0, 2.0], 0.0)] == [[0.0], [0.0, 0.0], [0.0]]


def test_places_with_rate_0_have_no_onset():
    assert one_day([1.0, 0.0], 2.0)[0][0] == -math.inf
    assert one_day([0.0], 2.0)[0][0] == -math.inf


def test_efron_is_exact_without_ties_and_far_off_with_many():
    rates = np.geomspace(1, 1e4, 20)
    assert one_day([3.0], 5.0, ties="efron")[0][0] == pytest.approx(math.log(3 / 8), rel=1e-14)
    exact, efron = one_day(rates, 20.0)[0][0], one_day(rates, 20.0, ties="efron")[0][0]
    assert exact == pytest.approx(by_quadrature(rates / 20.0), rel=1e-9)
    assert exact - efron > 4


def by_quadrature(ratios):
    from scipy.integrate import quad

    def integrand(u):
        return math.exp(-u) * math.prod(-math.expm1(-ratio * u) for ratio in ratios)

    return math.log(sum(quad(integrand, low, low + 2, epsabs=0, epsrel=1e-12)[0] for low in range(0, 60, 2)))


def test_no_days_and_no_events():
    assert [len(part) for part in partial_log_likelihood(np.ones(0), np.ones(0), np.zeros(0, dtype=np.int64))] == [
        0,
        0,
        0,
    ]


def test_an_unknown_method_for_ties_is_an_error():
    with pytest.raises(DataError, match="ties must be 'exact' or 'efron'; got 'breslow'"):
        one_day([1.0], 1.0, ties="breslow")
