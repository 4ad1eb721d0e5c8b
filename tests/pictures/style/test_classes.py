import re

import mapclassify
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import protestspread as ps
from protestspread.pictures.style.ramps import class_colors, ramp

NAN = np.nan
SPACE = "\u202f"

counts = hnp.arrays(float, st.integers(1, 60), elements=st.one_of(st.integers(0, 4000).map(float), st.just(NAN)))
numbers = hnp.arrays(
    float,
    st.integers(1, 60),
    elements=st.one_of(
        st.floats(-1e6, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-6), st.just(NAN)
    ),
)
schemes = st.sampled_from([None, "quantiles", "fisherjenks", "equalinterval", "boxplot", "stdmean", "headtailbreaks"])


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 1, 1, 3, 16, NAN], ("1", "2", "3–5", "6–10", "≥ 11")),
        ([1, 2, 3], ("1", "2", "≥ 3")),
        (range(7), ("1", "2", "3–5", "≥ 6")),
        ([2, 3, 4, 5, 6], ("1–2", "3–5", "≥ 6")),
        (range(101), ("1", "2–5", "6–10", "11–50", "≥ 51")),
        ([7, 8, 9, 10, 11, 12], ("1–8", "9", "10", "11", "≥ 12")),
        ([0, 0], ("≥ 1",)),
        ([NAN, NAN], ("≥ 1",)),
        ([], ("≥ 1",)),
        ([1, 1, 1], ("≥ 1",)),
        ([2.5], ("> 0",)),
        ([-3.0], ("≤ −1", "≥ 0")),
        ([-3, -1, 0, 2, 5, 9, 11], ("≤ −5", "−4 to −1", "0", "1 to 4", "≥ 5")),
        ([-1, 20], ("≤ −2", "−1", "0", "1", "≥ 2")),
        ([-0.5, 0.5, 0.5], ("≤ −0.25", "−0.25 to 0.25", "> 0.25")),
        ([-0.5, -0.3, 0.2, 1.5, 2], ("≤ −1.2", "−1.2 to −0.4", "−0.4 to 0.4", "0.4 to 1.2", "> 1.2")),
        ([0.12, 0.5, 0.123], ("≤ 0.12", "0.12–0.2", "> 0.2")),
        ([60_000, 300_000], (f"1–100{SPACE}000", f"100{SPACE}001–200{SPACE}000", f"≥ 200{SPACE}001")),
    ],
)
def test_labels_by_hand(values, labels):
    assert ps.classify(values).labels == labels


def test_index_by_hand():
    classes = ps.classify([0, 1, 1, 3, 16])
    assert classes.upper == (1, 2, 5, 10)
    assert classes.index([NAN, 0, -0.0, 1, 2, 3, 5, 6, 10, 11, 999]).tolist() == [-1, 0, 0, 1, 2, 3, 3, 4, 4, 5, 5]
    assert ps.classify([-2, 0, 2]).index([0]).tolist() != [0]  # where values can be negative, zero is one of them


@given(st.one_of(counts, numbers), schemes, st.integers(1, 9))
def test_every_value_has_a_class_and_larger_values_no_lower_one(values, scheme, k):
    classes = ps.classify(values, scheme=scheme, k=k)
    found = classes.index(values)
    seen = ~np.isnan(values)
    assert (found[~seen] == -1).all()
    assert (found[seen] >= 0).all()
    assert found.max(initial=0) <= classes.k == len(classes.labels)
    assert len(set(classes.labels)) == classes.k
    if scheme in (None, "quantiles", "fisherjenks", "equalinterval"):
        assert classes.k <= k
    ordered = classes.index(np.sort(values[seen]))
    if classes.zero:
        assert ((ordered == 0) == (np.sort(values[seen]) == 0)).all()
    assert (np.diff(ordered) >= 0).all()


@given(st.one_of(counts, numbers), schemes, st.integers(2, 9))
def test_classes_of_signed_values_mirror_each_other_at_zero(values, scheme, k):
    values = np.append(values, [-1.0, 1.0])
    classes = ps.classify(np.append(values, -values), scheme=scheme, k=k)
    seen = values[~np.isnan(values)]
    assert not classes.zero
    if k > 2:
        assert (classes.index(seen) + classes.index(-seen) == classes.k + 1).all()
        assert classes.index(seen[seen < 0]).max() <= classes.index([0.0])[0]


@pytest.mark.parametrize("other", [np.nextafter(1e6, 0), np.nextafter(1e6, 2e6)])
def test_values_that_differ_by_rounding_have_a_class(other):
    classes = ps.classify([1e6, other], scheme="headtailbreaks", k=1)
    assert (classes.index([1e6, other]) >= 0).all()


@given(counts, schemes, st.integers(1, 9))
def test_labels_of_counts_say_what_is_in_the_class(values, scheme, k):
    classes = ps.classify(values, scheme=scheme, k=k)
    for value, number in zip(values, classes.index(values), strict=True):
        if number > 0:
            ends = [
                int(end.replace(SPACE, ""))
                for end in re.findall(rf"[\d{SPACE}]+", classes.labels[number - 1].replace("≥ ", ""))
            ]
            assert ends[0] <= value
            assert classes.labels[number - 1].startswith("≥") or value <= ends[-1]


@given(
    hnp.arrays(float, st.integers(6, 40), elements=st.integers(1, 10_000).map(lambda n: n / 100), unique=True),
    st.sampled_from(["Quantiles", "FisherJenks", "EqualInterval", "StdMean"]),
)
def test_schemes_put_values_where_mapclassify_puts_them(values, name):
    assume(not (values == values.round()).all())
    options = {} if name == "StdMean" else {"k": 4}
    theirs = mapclassify.classify(values, name, **options).bins
    ours = np.array(ps.classify(values, scheme=name, k=4).upper)
    beyond = np.append(theirs[1:], values.max())
    for limit in ours:  # each is one of theirs, rounded up: over no value, or by at most 1% of the class above
        at = np.flatnonzero(theirs <= limit + 1e-9)[-1]
        moved = ((values > theirs[at]) & (values <= limit)).any()
        assert not moved or limit - theirs[at] <= 0.01 * (beyond[at] - theirs[at]) + 1e-9
    parted = [(values <= limit).sum() for limit in theirs if values.min() <= limit < values.max()]
    assert len(ours) >= len(set(parted)) - sum(np.diff(theirs) < 0.01 * np.ptp(values))


def test_labels_of_decimals_are_the_limits_themselves():
    values = np.random.default_rng(1).gamma(2, size=500)
    classes = ps.classify(values)
    assert classes.labels == ("≤ 0.846", "0.846–1.346", "1.346–1.91", "1.91–2.8", "> 2.8")
    assert classes.upper == (0.846, 1.346, 1.91, 2.8)
    assert np.bincount(classes.index(values))[1:].tolist() == pytest.approx([100] * 5, abs=4)


def test_given_limits_are_kept_whatever_the_values():
    assert ps.classify([3], scheme=[1, 5, 10]).labels == ("1", "2–5", "6–10", "≥ 11")
    assert ps.classify([NAN], scheme=[1, 5, 10]).upper == (1, 5, 10)
    assert ps.classify([3], scheme=[0.5, 2.5]).labels == ("≤ 0.5", "0.5–2.5", "> 2.5")
    assert ps.classify([-3], scheme=[-1, 1]).labels == ("≤ −1", "0 to 1", "≥ 2")


def test_many_values_are_classified_in_time_that_does_not_grow_with_their_square():
    values = np.random.default_rng(0).pareto(1.5, 200_000)
    classes = ps.classify(values, scheme="fisherjenks")
    assert classes.k == 5
    assert (np.bincount(classes.index(values), minlength=6)[1:] > 0).all()


@pytest.mark.parametrize("k", [0, -1, 10])
def test_too_few_or_too_many_classes(k):
    with pytest.raises(ps.DataError, match=f"k must be a whole number from 1 to 9; got {k}"):
        ps.classify([1, 2], k=k)


@pytest.mark.parametrize("scheme", ["jenks", "naturalbreaks", "maxp", "fisherjenkssampled", "userdefined"])
def test_unknown_schemes_and_random_schemes_are_refused(scheme):
    with pytest.raises(ps.DataError, match="fisherjenks, headtailbreaks"):
        ps.classify([0, 0], scheme=scheme)


@pytest.mark.parametrize("limits", [[], [NAN], [1, np.inf], list(range(12))])
def test_limits_that_are_no_limits(limits):
    with pytest.raises(ps.DataError, match="1 to 8 finite upper limits"):
        ps.classify([1, 2], scheme=limits)


def test_classes_made_by_hand_must_fit():
    assert ps.Classes((1.0,), ("a", "b")).k == 2
    with pytest.raises(ps.DataError, match=r"labels must have 3 items.*got 1[\s\S]*upper must be ascending"):
        ps.Classes((2.0, 1.0), ("a",))


PROBABILITIES = [f"{span}{SPACE}%" for span in ("≤ 20", "20–40", "40–60", "60–80", "> 80")]


@pytest.mark.parametrize("values", [[0.3, 0.31, NAN], [0, 0, 0], [0, 1], [], [NAN]])
def test_classes_of_probabilities_are_fifths_whatever_the_values(values):
    classes = ps.classify(values, scheme="probability", k=3)
    assert list(classes.labels) == PROBABILITIES
    assert classes.index([0, 1e-9, 0.2, 0.21, 0.8, 0.81, 1, NAN]).tolist() == [0, 1, 1, 2, 4, 5, 5, -1]


@pytest.mark.parametrize("values", [[-0.1, 0.5], [0.5, 1.2], [20, 100]])
def test_what_is_no_probability_is_refused(values):
    with pytest.raises(ps.DataError, match=r"values must be a number from 0 to 1(.|\n)*Fix: "):
        ps.classify(values, scheme="probability")


@pytest.mark.parametrize("dark", [False, True])
def test_probabilities_have_colors_of_their_own_unless_others_are_asked_for(dark):
    classes = ps.classify([0.5], scheme="probability")
    assert class_colors(classes, dark=dark)[1:] == ramp(5, "probability", dark=dark)
    assert class_colors(classes, "Blues", dark=dark)[1:] == ramp(5, "Blues", dark=dark)
    assert class_colors(ps.classify([0.5], scheme=[0.2, 0.4, 0.6, 0.8]), dark=dark)[1:] == ramp(5, dark=dark)
