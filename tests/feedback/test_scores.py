"""Scores and their intervals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.scores import Counts, effort, mean, nps, satisfaction

counts = st.builds(Counts, *[st.integers(0, 5000)] * 3)
fives = st.lists(st.integers(0, 500), min_size=5, max_size=5)
sevens = st.lists(st.integers(0, 500), min_size=7, max_size=7)


def test_a_hundred_answers_give_the_score_and_interval_that_everybody_computes() -> None:
    score = nps(Counts(promoters=50, passives=30, detractors=20))
    assert (score.value, round(score.low or 0, 2), round(score.high or 0, 2)) == (
        Decimal("30.0000"),
        Decimal("14.69"),
        Decimal("45.31"),
    )
    assert (score.n, score.small) == (100, False)


def test_under_thirty_answers_the_interval_is_the_adjusted_one_and_the_sample_is_small() -> None:
    # 15.75, 7.5 and 5.75 of 29: 10/29 ± 1.96 × √((21.5/29 − (10/29)²) / 29)
    score = nps(Counts(promoters=15, passives=6, detractors=5))
    assert (round(score.value or 0, 2), round(score.low or 0, 2), round(score.high or 0, 2)) == (
        Decimal("38.46"),
        Decimal("5.77"),
        Decimal("63.20"),
    )
    assert score.small


@pytest.mark.parametrize(("n", "small"), [(29, True), (30, False)])
def test_thirty_answers_are_no_small_sample(n: int, small: bool) -> None:
    assert nps(Counts(promoters=n)).small is small
    assert satisfaction([0, 0, 0, 0, n]).small is small
    assert effort([0, 0, 0, 0, 0, 0, n]).small is small


def test_what_counts_as_small_is_the_companys_to_say() -> None:
    assert not nps(Counts(promoters=10, detractors=10), small_below=20).small
    assert nps(Counts(promoters=50, detractors=50), small_below=200).small


def test_nobody_answered_is_no_score_and_not_zero() -> None:
    for score in (nps(Counts()), satisfaction([0] * 5), effort([0] * 7)):
        assert (score.value, score.low, score.high, score.n, score.small) == (None, None, None, 0, True)


def test_scores_from_nine_are_promoters_and_up_to_six_detractors() -> None:
    assert Counts.of(range(11)) == Counts(promoters=2, passives=2, detractors=7)


def test_satisfied_are_fours_and_fives_with_wilsons_interval() -> None:
    score = satisfaction([5, 5, 10, 30, 50])
    assert (score.value, round(score.low or 0, 2), round(score.high or 0, 2)) == (
        Decimal("80.0000"),
        Decimal("71.12"),
        Decimal("86.66"),
    )


def test_the_mean_of_few_is_students() -> None:
    # 1, 2, 3, 4, 5: mean 3, s² = 2.5, t(4) = 2.7764
    score = mean([1, 1, 1, 1, 1])
    assert (score.value, round(score.low or 0, 2), round(score.high or 0, 2)) == (
        Decimal("3.0000"),
        Decimal("1.04"),
        Decimal("4.96"),
    )


def test_one_answer_has_a_mean_and_no_interval() -> None:
    assert (effort([0, 0, 0, 0, 0, 1, 0]).value, effort([0, 0, 0, 0, 0, 1, 0]).low) == (Decimal(6), None)


@given(counts)
def test_intervals_are_in_order_and_on_the_scale(given_counts: Counts) -> None:
    score = nps(given_counts)
    if score.low is None or score.high is None or score.value is None:
        assert given_counts.n == 0
        return
    assert -100 <= score.low <= score.high <= 100
    assert -100 <= score.value <= 100
    if not score.small:
        assert score.low <= score.value <= score.high


@given(counts)
def test_promoters_and_detractors_exchanged_turn_the_score_around(given_counts: Counts) -> None:
    one = nps(given_counts)
    other = nps(Counts(given_counts.detractors, given_counts.passives, given_counts.promoters))
    if one.value is None or one.low is None:
        assert other.value is None
    else:
        assert other.value == -one.value
        assert other.high == -one.low


@given(counts, st.integers(2, 50))
def test_more_of_the_same_answers_narrow_the_interval(given_counts: Counts, times: int) -> None:
    one = nps(given_counts)
    more = nps(
        Counts(given_counts.promoters * times, given_counts.passives * times, given_counts.detractors * times)
    )
    if not one.small and one.low is not None and one.high is not None and more.low is not None:
        assert (more.high or 0) - more.low <= one.high - one.low


@given(fives)
def test_satisfaction_lies_in_its_interval(given_counts: list[int]) -> None:
    score = satisfaction(given_counts)
    if score.value is not None and score.low is not None and score.high is not None:
        assert 0 <= score.low <= score.value <= score.high <= 100


@given(sevens)
def test_a_mean_lies_in_its_interval(given_counts: list[int]) -> None:
    score = effort(given_counts)
    if score.value is not None and score.low is not None and score.high is not None:
        assert 1 <= score.low <= score.value <= score.high <= 7


@given(counts, counts, counts)
def test_counts_add_up_in_any_order(one: Counts, two: Counts, three: Counts) -> None:
    assert one + two + three == three + (two + one)
    assert (one + two).n == one.n + two.n
