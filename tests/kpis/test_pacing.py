"""How a year falls on its days: learnt from plain rows of numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis import pacing
from kpis.pacing import WHOLE, Event, Floats, Shapes

YEAR = date(2026, 1, 1)
FIRST = pacing.history_start(YEAR)
DAYS = [FIRST + timedelta(days=step) for step in range((YEAR - FIRST).days)]


def rows(*each: Callable[[date], float]) -> Floats:
    return np.array([[amount(day) for day in DAYS] for amount in each])


def learnt(history: Floats, events: Sequence[Event] = (), year: date = YEAR) -> Shapes:
    return pacing.learn(history, year=year, events=events)


def whole(shapes: Shapes, lent: Floats | None = None, year: date = YEAR) -> Floats:
    equal = np.repeat(pacing.equal_days(year), len(shapes.weights), axis=0)
    return pacing.complete(shapes.weights, shapes.seen, equal if lent is None else lent, year=year)


def weight(weights: Floats, day: date, year: date = YEAR) -> float:
    return float(weights[0, (day - year).days])


def weekend(day: date) -> float:
    return 30 if day.weekday() >= 5 else 10


@st.composite
def histories(draw: st.DrawFn) -> Floats:
    """A few scopes with seasons, weekdays, noise, silence, zeros and big orders."""
    scopes = draw(st.integers(1, 4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    days = np.arange(len(DAYS))
    made = []
    for _ in range(scopes):
        row = 100 * (1 + 0.4 * np.sin(days / 58 + random.random() * 6)) * random.lognormal(0, 0.3, len(DAYS))
        row = row * (1 + 0.5 * (days % 7 == random.integers(7)))
        kind = draw(st.sampled_from(["all", "late", "sparse", "nothing", "zero", "signed", "gaps"]))
        if kind == "late":
            row[: draw(st.integers(1, len(DAYS)))] = np.nan
        elif kind == "sparse":
            row[random.random(len(DAYS)) < draw(st.floats(0.5, 0.99))] = 0
        elif kind == "nothing":
            row[:] = np.nan
        elif kind == "zero":
            row[:] = 0
        elif kind == "signed":
            row = row - 90
        elif kind == "gaps":
            row[random.random(len(DAYS)) < 0.3] = np.nan
            row[300:400] = np.nan
        row[random.integers(0, len(DAYS), 2)] *= draw(st.sampled_from([1, 50]))
        made.append(row)
    return np.array(made)


FESTIVALS = [
    Event("festival", day, day + timedelta(days=7))
    for day in (date(2023, 1, 21), date(2024, 2, 9), date(2025, 1, 28), date(2026, 2, 16))
]
SINGLES = [Event("singles", date(year, 11, 1), date(year, 11, 11)) for year in range(2023, 2027)]


@settings(max_examples=60, deadline=None)
@given(histories(), st.booleans())
def test_every_shape_rises_to_one_and_never_falls(history: Floats, events: bool) -> None:
    shapes = learnt(history, [*FESTIVALS, *SINGLES] if events else [])
    weights = whole(shapes)
    assert weights.shape == (len(history), 365)
    assert (weights >= 0).all()
    kept = pacing.cumulative(weights)
    assert (kept[:, -1] == WHOLE).all()
    assert (np.diff(kept, axis=1) >= 0).all()
    assert (kept >= 0).all()
    assert (shapes.months <= 36).all()
    assert ((shapes.months > 0) == shapes.seen.any(axis=1)).all()


@settings(max_examples=30, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_scopes_does_not_matter_nor_who_else_is_there(history: Floats, random: object) -> None:
    order = np.arange(len(history))[::-1]
    together = pacing.cumulative(whole(learnt(history, FESTIVALS)))
    turned = pacing.cumulative(whole(learnt(history[order], FESTIVALS)))
    assert (turned == together[order]).all()
    for place in range(len(history)):
        alone = pacing.cumulative(whole(learnt(history[place : place + 1], FESTIVALS)))
        assert (alone[0] == together[place]).all()


@settings(max_examples=30, deadline=None)
@given(histories(), st.floats(0.001, 1e6))
def test_a_shape_does_not_depend_on_the_size_of_the_amounts(history: Floats, factor: float) -> None:
    weights, scaled = whole(learnt(history)), whole(learnt(history * factor))
    assert scaled == pytest.approx(weights, abs=1e-9)


def test_a_weekend_weighs_what_it_weighed() -> None:
    weights = whole(learnt(rows(weekend)))
    saturday, tuesday = weight(weights, date(2026, 8, 1)), weight(weights, date(2026, 8, 4))
    assert saturday == pytest.approx(3 * tuesday)
    august = weights[0, 212:243]
    assert saturday / august.sum() == pytest.approx(30 / (10 * 30 + 21 * 10))


def test_equal_days_stay_equal_in_leap_years_too() -> None:
    for year in (date(2024, 1, 1), date(2026, 1, 1), date(2026, 4, 1)):
        days = (year - pacing.history_start(year)).days
        weights = whole(learnt(np.full((1, days), 7.0), year=year), year=year)
        assert weights == pytest.approx(np.full((1, pacing.year_days(year)), 1 / pacing.year_days(year)))


def test_growth_from_year_to_year_does_not_bend_the_season() -> None:
    """A history that begins in July is on one level with the years after it."""

    def grown(day: date) -> float:
        if day < date(2023, 7, 1):
            return float("nan")
        return (20 if day.month == 12 else 10) * 2.0 ** (day.year - 2023)

    weights = whole(learnt(rows(grown)))
    may, september = weights[0, 120:151].sum() / 31, weights[0, 243:273].sum() / 30
    assert may == pytest.approx(september, rel=0.02)


def test_an_event_moves_with_its_days() -> None:
    """The seventh day of the festival brings most, whenever that is; the days around are slow."""
    inside = {one.first_day + timedelta(days=n): n for one in FESTIVALS for n in range(-10, one.length + 10)}

    def amount(day: date) -> float:
        n = inside.get(day)
        if n is None:
            return 10
        return 50 if n == 6 else 5

    weights = whole(learnt(rows(amount), FESTIVALS))
    usual = weight(weights, date(2026, 5, 5))
    best = date(2026, 2, 16) + timedelta(days=6)
    assert weight(weights, best) == pytest.approx(5 * usual, rel=0.02)
    assert weight(weights, best - timedelta(days=1)) == pytest.approx(usual / 2, rel=0.02)
    assert weight(weights, date(2026, 2, 10)) == pytest.approx(usual / 2, rel=0.02)
    # Where the festival lay a year before, nothing is special.
    assert weight(weights, date(2026, 1, 28)) == pytest.approx(usual, rel=0.02)


def test_a_promotion_that_begins_earlier_keeps_its_last_day() -> None:
    longer = [*SINGLES[:-1], Event("singles", date(2026, 10, 21), date(2026, 11, 11))]

    def amount(day: date) -> float:
        if (day.month, day.day) == (11, 11):
            return 90
        return 20 if day.month == 11 and day.day <= 11 else 10

    weights = whole(learnt(rows(amount), longer))
    usual = weight(weights, date(2026, 5, 5))
    assert weight(weights, date(2026, 11, 11)) == pytest.approx(9 * usual, rel=0.05)
    assert weight(weights, date(2026, 10, 25)) == pytest.approx(2 * usual, rel=0.05)


def test_an_event_that_is_over_for_good_leaves_no_trace() -> None:
    storm = Event("storm", date(2025, 7, 1), date(2025, 7, 20))

    def amount(day: date) -> float:
        return 0 if storm.first_day <= day <= storm.last_day else 10

    weights = whole(learnt(rows(amount), [storm]))
    assert weight(weights, date(2026, 7, 10)) == pytest.approx(1 / 365)


def test_of_two_events_on_a_day_the_shorter_counts() -> None:
    cut = [Event("price-cut", date(year, 11, 5), date(year, 11, 6)) for year in (2024, 2025, 2026)]

    def amount(day: date) -> float:
        if day.month == 11 and day.day in (5, 6) and day.year >= 2024:
            return 80
        return 20 if day.month == 11 and day.day <= 11 else 10

    weights = whole(learnt(rows(amount), [*SINGLES, *cut]))
    assert weight(weights, date(2026, 11, 5)) == pytest.approx(
        8 * weight(weights, date(2026, 5, 5)), rel=0.02
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(DAYS) - 1), st.floats(3, 1000), st.integers(0, 2**32 - 1), st.booleans())
def test_a_single_large_order_does_not_bend_the_year(place: int, size: float, seed: int, noisy: bool) -> None:
    random = np.random.default_rng(seed)
    plain = rows(weekend) * (random.lognormal(0, 0.15, len(DAYS)) if noisy else 1)
    ordered = plain.copy()
    ordered[0, place] += size * 30
    before, after = whole(learnt(plain)), whole(learnt(ordered))
    assert np.abs(np.cumsum(after - before)).max() < (0.004 if noisy else 0.001)


def test_a_day_that_is_large_in_every_year_is_no_single_order() -> None:
    weights = whole(learnt(rows(lambda day: 80 if (day.month, day.day) == (10, 1) else 10)))
    assert weights[0, 272:277].sum() > 7 * weight(weights, date(2026, 5, 5))


def test_months_never_seen_go_as_the_lender_and_on_its_level() -> None:
    """A shop that opened in September sells as its region does, three times as much in December."""

    def shop(day: date) -> float:
        if day < date(2025, 9, 1):
            return float("nan")
        return 30 if day.month == 12 else 10

    def region(day: date) -> float:
        return {12: 3000, 2: 500}.get(day.month, 1000)

    lent = whole(learnt(rows(region)))
    shapes = learnt(rows(shop))
    assert shapes.seen[0].tolist() == [False] * 8 + [True] * 4
    assert (int(shapes.months[0]), shapes.years[0].tolist()) == (4, [True, False, False])
    weights = whole(shapes, lent)
    assert weight(weights, date(2026, 3, 15)) == pytest.approx(weight(weights, date(2026, 10, 15)), rel=0.05)
    assert weight(weights, date(2026, 2, 15)) == pytest.approx(
        weight(weights, date(2026, 10, 15)) / 2, rel=0.05
    )
    assert weight(weights, date(2026, 12, 15)) == pytest.approx(
        3 * weight(weights, date(2026, 10, 15)), rel=0.05
    )


def test_whoever_has_nothing_goes_as_the_lender_or_by_equal_days() -> None:
    nothing = learnt(np.full((1, len(DAYS)), np.nan))
    lent = whole(learnt(rows(weekend)))
    assert whole(nothing, lent) == pytest.approx(lent)
    assert whole(nothing) == pytest.approx(np.full((1, 365), 1 / 365))


def test_a_few_orders_a_year_are_no_season() -> None:
    shapes = learnt(rows(lambda day: 1000 if day.day == 3 and day.month in (2, 7) else 0))
    assert not shapes.seen.any()
    seasonal = learnt(rows(lambda day: 10 if day.month in (6, 7, 8) else 0))
    weights = whole(seasonal)
    assert weight(weights, date(2026, 7, 15)) == pytest.approx(1 / 92, rel=0.02)
    assert weight(weights, date(2026, 1, 15)) == 0


def test_weeks_spread_over_their_days_give_even_days() -> None:
    weeks = rows(lambda day: 10 + day.isocalendar().week % 2)
    weights = whole(learnt(weeks))
    assert weights[0].max() / weights[0].min() < 1.12
    week = weights[0, 4:11]
    assert week.max() / week.min() < 1.1


def test_days_without_a_report_brought_nothing_and_long_silence_is_not_known() -> None:
    shut = learnt(rows(lambda day: float("nan") if day.weekday() == 6 else 10))
    assert weight(whole(shut), date(2026, 8, 2)) == 0
    silent = learnt(rows(lambda day: float("nan") if date(2025, 3, 1) <= day <= date(2025, 4, 30) else 10))
    assert int(silent.months[0]) == 34
    assert whole(silent) == pytest.approx(np.full((1, 365), 1 / 365))


@given(
    st.lists(st.integers(0, 5), min_size=30, max_size=30).filter(lambda weights: sum(weights) > 0),
    st.integers(0, 29),
    st.integers(0, 29),
)
def test_shares_of_a_period_rise_from_nothing_to_all(weights: list[int], one: int, other: int) -> None:
    kept = np.cumsum(weights).tolist()
    first, last = sorted((YEAR + timedelta(days=one), YEAR + timedelta(days=other)))
    shares = [
        over / under
        for step in range(-1, (last - first).days + 1)
        for over, under in [pacing.share_by(kept, YEAR, first, last, first + timedelta(days=step))]
    ]
    assert (shares[0], shares[-1]) == (0, 1)
    assert all(before <= after for before, after in pairwise(shares))


def test_a_week_over_the_end_of_the_year_goes_by_equal_days() -> None:
    kept = [WHOLE] * 365
    assert pacing.share_by(kept, YEAR, date(2025, 12, 29), date(2026, 1, 4), date(2025, 12, 31)) == (3, 7)


def test_five_hundred_scopes_are_learnt_in_well_under_a_second() -> None:
    import time

    random = np.random.default_rng(1)
    history = np.repeat(rows(weekend), 500, axis=0) * random.lognormal(0, 0.2, (500, len(DAYS)))
    began = time.process_time()
    pacing.cumulative(whole(learnt(history, [*FESTIVALS, *SINGLES])))
    assert time.process_time() - began < 2  # 0.3 where nobody else works
