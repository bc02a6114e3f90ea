from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from feedback.effect import Sums, Verdict, difference, mean_of, of_counts, of_means, rate_of

SCORES = st.lists(st.integers(0, 10), min_size=2, max_size=20)


def sums(scores: list[int]) -> Sums:
    return Sums(len(scores), sum(scores), sum(score * score for score in scores))


def test_a_topic_that_moved_far_is_apart() -> None:
    effect = of_means(sums([4, 5, 6, 5] * 16), sums([7, 7, 6, 8] * 10), least=30)
    assert effect.verdict == Verdict.APART
    assert (effect.before.count, effect.after.count) == (64, 40)
    assert effect.change.value == pytest.approx(2.0)


def test_few_scores_say_nothing_however_far_they_are() -> None:
    assert of_means(sums([0] * 64), sums([10] * 29), least=30).verdict == Verdict.TOO_FEW
    assert of_means(sums([]), sums([10] * 29), least=0).verdict == Verdict.TOO_FEW


def test_the_same_scores_may_be_chance() -> None:
    assert of_means(sums([3, 7] * 20), sums([7, 3] * 20), least=30).verdict == Verdict.CHANCE


def test_intervals_may_overlap_where_the_difference_is_none_by_no_means() -> None:
    effect = of_means(sums([4, 6] * 50), sums([4] * 33 + [6] * 67), least=30)
    assert effect.verdict == Verdict.MOVED
    assert effect.change.low is not None
    assert effect.change.low > 0


@settings(deadline=None)
@given(SCORES, SCORES)
def test_the_difference_is_welchs(one: list[int], other: list[int]) -> None:
    assume(len(set(one)) > 1 and len(set(other)) > 1)
    found = difference(sums(one), sums(other))
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert found.low == pytest.approx(float(theirs.low), abs=1e-9)
    assert found.high == pytest.approx(float(theirs.high), abs=1e-9)


@settings(deadline=None)
@given(SCORES, SCORES)
def test_before_and_after_exchanged_turn_the_sign(one: list[int], other: list[int]) -> None:
    there, back = difference(sums(one), sums(other)), difference(sums(other), sums(one))
    assert there.value == pytest.approx(-back.value)  # type: ignore[operator]
    assert there.low == pytest.approx(-back.high)  # type: ignore[operator]


@settings(deadline=None)
@given(SCORES, SCORES)
def test_apart_is_never_said_where_the_difference_may_be_none(one: list[int], other: list[int]) -> None:
    effect = of_means(sums(one), sums(other), least=2)
    if effect.verdict == Verdict.APART:
        assert effect.change.low is not None
        assert effect.change.high is not None
        assert not effect.change.low <= 0 <= effect.change.high


@settings(deadline=None)
@given(SCORES)
def test_a_mean_lies_in_its_interval(scores: list[int]) -> None:
    found = mean_of(sums(scores))
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert found.low <= found.value <= found.high


@settings(deadline=None)
@given(SCORES, SCORES)
def test_sums_of_parts_are_the_sum(one: list[int], other: list[int]) -> None:
    assert sums(one) + sums(other) == sums(one + other)


def test_one_score_has_a_mean_and_no_interval() -> None:
    assert mean_of(sums([7])).value == 7
    assert mean_of(sums([7])).low is None
    assert mean_of(sums([])).value is None


def test_complaints_are_counted_to_thirty_days() -> None:
    """Garwood's interval of 10 is 4.795 to 18.390."""
    rate = rate_of(10, 60)
    assert rate.value == pytest.approx(5)
    assert (rate.low, rate.high) == (pytest.approx(4.795 / 2, abs=1e-3), pytest.approx(18.390 / 2, abs=1e-3))
    assert rate_of(0, 30).low == 0


@pytest.mark.parametrize(
    ("before", "after", "days", "verdict"),
    [
        (37, 5, 60, Verdict.APART),
        (37, 5, 29, Verdict.TOO_FEW),  # too early
        (5, 2, 90, Verdict.TOO_FEW),
        (30, 28, 90, Verdict.CHANCE),
        (0, 12, 90, Verdict.APART),
        (10, 0, 0, Verdict.TOO_FEW),
    ],
)
def test_counts_before_and_after(before: int, after: int, days: int, verdict: Verdict) -> None:
    assert of_counts(before, 90, after, days, least=10).verdict == verdict


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(0, 200), st.integers(1, 90))
def test_the_ratio_lies_in_its_interval(before: int, after: int, days: int) -> None:
    change = of_counts(before, 90, after, days, least=1).change
    assert change.value is not None
    assert change.low is not None
    assert change.high is not None
    assert change.low <= change.value * (1 + 1e-9)
    assert change.value <= change.high * (1 + 1e-9)
    assert not math.isnan(change.high)
