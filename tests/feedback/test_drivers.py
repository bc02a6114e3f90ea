"""Which drivers the score goes with: recovers what was put in, whatever the order, and refuses rather than guesses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.drivers import LEAST, Floats, Reason, fit

NAMES = ("quality", "price", "service")


def drawn(seed: int, answers: int, slopes: tuple[float, ...], noise: float = 1.0) -> tuple[Floats, Floats]:
    """Ratings of 1 to 5, and scores that follow them; noise is larger where service is rated low."""
    random = np.random.default_rng(seed)
    ratings = random.integers(1, 6, (answers, len(slopes))).astype(float)
    spread = noise * (1.5 - 0.2 * ratings[:, -1])
    return 2 + ratings @ np.array(slopes) + random.normal(0, 1, answers) * spread, ratings


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), slopes=st.tuples(*[st.floats(-1.5, 1.5)] * 3))
def test_what_was_put_in_comes_out_within_the_interval(seed: int, slopes: tuple[float, ...]) -> None:
    score, ratings = drawn(seed, 600, slopes)
    found = fit(score, ratings, NAMES)
    assert (found.reason, found.answers) == (None, 600)
    for one, slope in zip(found.effects, slopes, strict=True):
        half = (one.high - one.low) / 2
        # 95% intervals miss now and then; twice as wide they hardly ever do.
        assert abs(one.effect - slope) <= 2.2 * half
        assert one.low < one.effect < one.high
        assert half < 0.2


def test_intervals_hold_in_about_nineteen_cases_of_twenty() -> None:
    held = 0
    for seed in range(300):
        found = fit(*drawn(seed, 120, (0.5, 0.0, 1.0)), NAMES)
        held += found.effects[2].low <= 1.0 <= found.effects[2].high
    assert 275 <= held <= 296


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_answers_does_not_matter(seed: int) -> None:
    score, ratings = drawn(seed, 120, (0.5, 0.0, 1.0))
    order = np.random.default_rng(seed + 1).permutation(len(score))
    assert fit(score, ratings, NAMES) == fit(score[order], ratings[order], NAMES)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(1, 5))
def test_a_driver_that_all_rate_alike_is_refused(seed: int, at: int) -> None:
    score, ratings = drawn(seed, 120, (0.5, 0.0, 1.0))
    alike = np.column_stack([ratings, np.full(len(score), float(at))])
    found = fit(score, alike, (*NAMES, "ease"))
    assert (found.reason, found.named, found.effects) == (Reason.STILL, ("ease",), ())
    # One who rates it otherwise decides alone: no better.
    alike[7, 3] = at % 5 + 1
    assert fit(score, alike, (*NAMES, "ease")).named == ("ease",)


def test_answers_that_leave_something_out_do_not_count() -> None:
    score, ratings = drawn(1, 200, (0.5, 0.0, 1.0))
    found = fit(score[:150], ratings[:150], NAMES)
    score[150:175], ratings[175:, 1] = np.nan, np.nan
    assert fit(score, ratings, NAMES) == found
    assert found.answers == 150


@pytest.mark.parametrize(
    ("answers", "drivers", "needed"), [(LEAST - 1, 3, LEAST), (59, 6, 60), (0, 1, LEAST)]
)
def test_too_few_answers_are_refused(answers: int, drivers: int, needed: int) -> None:
    score, ratings = drawn(2, answers, (0.3,) * drivers)
    found = fit(score, ratings, [f"d{n}" for n in range(drivers)])
    assert (found.reason, found.named) == (Reason.FEW, (str(answers), str(needed)))


def test_fifty_answers_are_enough_for_five_drivers() -> None:
    score, ratings = drawn(3, 50, (0.3,) * 5)
    assert len(fit(score, ratings, list("abcde")).effects) == 5


def test_two_drivers_that_go_together_too_closely_are_named() -> None:
    score, ratings = drawn(4, 400, (0.5, 0.0, 1.0))
    random = np.random.default_rng(5)
    twin = np.where(random.random(400) < 0.02, random.integers(1, 6, 400), ratings[:, 1])
    found = fit(score, np.column_stack([ratings, twin]), (*NAMES, "value"))
    assert (found.reason, found.named) == (Reason.TOGETHER, ("price", "value"))
    exact = fit(score, np.column_stack([ratings, ratings[:, 0]]), (*NAMES, "looks"))
    assert (exact.reason, exact.named) == (Reason.TOGETHER, ("quality", "looks"))


def test_a_score_that_never_moves_and_drivers_that_nobody_rated_are_refused() -> None:
    _score, ratings = drawn(6, 100, (0.5, 0.0, 1.0))
    assert fit(np.full(100, 9.0), ratings, NAMES).reason == Reason.SCORE
    assert fit(np.full(100, 9.0), np.empty((100, 0)), ()).reason == Reason.NONE
