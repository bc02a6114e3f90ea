"""How often customers order again, and for how much: published estimates, numerical integrals, drawn lives."""

from __future__ import annotations

from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.customer_value.lifetime import (
    Habits,
    Lives,
    NoFit,
    TooLittle,
    learn,
    likelihood,
    lives_of,
)
from customers.customer_value.orders import Floats
from customers.customer_value.spend import Spending, learn_spending
from tests.customers import slow_lives as slow
from tests.customers.made import START, orders_of
from tests.customers.slow_customers import Order

CDNOW = Path(__file__).parent.parent / "data" / "cdnow_customers.csv"


def cdnow() -> tuple[Lives, Floats]:
    """Lives of 2,357 customers, and the mean of what each spent on repeat orders."""
    rows = np.loadtxt(CDNOW, delimiter=",", skiprows=1)
    rows = np.repeat(rows, rows[:, 4].astype(np.int64), axis=0)
    return Lives(rows[:, 0], rows[:, 1], rows[:, 2]), rows[:, 3]


def one(x: int, last: float, age: float) -> Lives:
    return Lives(*(np.array([value], dtype=np.float64) for value in (x, last, age)))


def test_the_published_estimates_of_cdnow_are_found() -> None:
    """Fader, Hardie and Lee 2005, table 2: r .243, alpha 4.414, a .793, b 2.426, logarithm of the likelihood −9582.4."""
    lives, _spend = cdnow()
    assert len(lives) == 2357
    found = learn(lives)
    assert found.r == pytest.approx(0.243, abs=0.0006)
    assert found.alpha == pytest.approx(4.414, abs=0.002)
    assert found.a == pytest.approx(0.793, abs=0.001)
    assert found.b == pytest.approx(2.426, abs=0.002)
    assert found.likelihood == pytest.approx(-9582.4, abs=0.05)


def test_the_published_expectation_of_one_customer_is_found() -> None:
    """Their spreadsheet's example: 2 repeat orders, the last after 30.43 of 38.86 weeks: 1.226 in the next 39 weeks."""
    habits = Habits.at(np.log([0.243, 4.414, 0.793, 2.426]))
    assert habits.expected(one(2, 30.43, 38.86), 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_the_published_spending_of_cdnow_is_found() -> None:
    """Fader and Hardie 2013: p 6.25, q 3.74, gamma 15.44 of 946 customers who came back; a mean of about 35 dollars."""
    lives, spend = cdnow()
    back = lives.repeats > 0
    assert back.sum() == 946
    found = learn_spending(lives.repeats[back], spend[back])
    assert (found.p, found.q, found.gamma) == pytest.approx((6.25, 3.744, 15.44), rel=0.001)
    assert found.mean == pytest.approx(35.17, abs=0.05)


some_parameters = st.tuples(st.floats(0.2, 3), st.floats(1, 20), st.floats(0.3, 3), st.floats(0.5, 5))


@settings(deadline=None, max_examples=25)
@given(
    parameters=some_parameters,
    x=st.integers(0, 8),
    last=st.floats(0.5, 50),
    quiet=st.floats(0, 40),
    weeks=st.floats(1, 104),
)
def test_likelihood_and_expectation_are_the_integrals_of_what_the_model_says(
    parameters: tuple[float, float, float, float], x: int, last: float, quiet: float, weeks: float
) -> None:
    last = last if x else 0.0
    age = last + quiet + 0.1
    lives, logs = one(x, last, age), np.log(parameters)
    value, _slope = likelihood(lives, logs, np.ones(1))
    assert exp(value) == pytest.approx(slow.happened(x, last, age, parameters), rel=1e-6)
    habits = Habits.at(logs)
    assert habits.expected(lives, weeks)[0] == pytest.approx(
        slow.expected(x, last, age, weeks, parameters), rel=1e-5
    )
    alive = slow.happened(x, last, age, parameters, alive=True) / slow.happened(x, last, age, parameters)
    assert habits.alive(lives)[0] == pytest.approx(alive, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(parameters=some_parameters, x=st.integers(0, 8), last=st.floats(0.5, 50))
def test_slopes_are_those_of_the_likelihood(
    parameters: tuple[float, float, float, float], x: int, last: float
) -> None:
    lives, logs, weights = one(x, last if x else 0.0, 60.0), np.log(parameters), np.array([3.0])
    _value, slope = likelihood(lives, logs, weights)
    for place in range(4):
        aside = np.zeros(4)
        aside[place] = 1e-5
        up, down = (likelihood(lives, logs + step, weights)[0] for step in (aside, -aside))
        assert slope[place] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-6)


def test_a_sum_of_one_divides_nothing_by_nothing_either() -> None:
    """At a + b = 1 the formula of who ordered once is 0 times infinity."""
    parameters = (0.5, 5.0, 0.5, 0.5)
    found = Habits.at(np.log(parameters)).expected(one(0, 0, 30), 52.0)[0]
    assert found == pytest.approx(slow.expected(0, 0, 30, 52.0, parameters), rel=1e-4)


def test_leaving_with_a_chance_of_one_in_two_on_average_divides_nothing_by_nothing() -> None:
    """At a = 1 the formula is 0/0; its neighbours meet there."""
    lives = one(3, 20, 30)
    near = [Habits.at(np.log([0.5, 5, a, 2.0])).expected(lives, 52.0)[0] for a in (0.9999, 1.0, 1.0001)]
    assert near[0] == pytest.approx(near[1], rel=1e-3)
    assert near[1] == pytest.approx(near[2], rel=1e-3)


def test_a_customer_of_a_thousand_orders_has_a_finite_expectation() -> None:
    habits = Habits.at(np.log([0.243, 4.414, 0.793, 2.426]))
    assert 0 < habits.expected(one(1000, 150, 150.1), 104.0)[0] < 1000
    assert habits.expected(one(1000, 10, 300), 104.0)[0] == pytest.approx(0, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(
    number=st.integers(1, 12),
    average=st.floats(5, 300),
    p=st.floats(1, 8),
    q=st.floats(1.5, 6),
    gamma=st.floats(5, 60),
)
def test_spending_is_the_integral_of_what_the_model_says(
    number: int, average: float, p: float, q: float, gamma: float
) -> None:
    found = Spending.at(np.log([p, q, gamma])).expected(np.array([float(number)]), np.array([average]))
    assert found[0] == pytest.approx(slow.next_order(number, average, p, q, gamma), rel=1e-5)


def test_the_likelihood_of_spending_is_that_of_the_averages() -> None:
    draw = np.random.default_rng(3)
    number = draw.integers(1, 6, 80).astype(np.float64)
    average = draw.gamma(6.0 * number, 1 / (draw.gamma(4.0, 1 / 90.0, 80) * number))
    found = learn_spending(number, average)
    expected = sum(
        log(slow.spending_likelihood(int(n), float(z), found.p, found.q, found.gamma))
        for n, z in zip(number, average, strict=True)
    )
    assert found.likelihood == pytest.approx(expected, rel=1e-6)


def test_a_customer_without_positive_spending_is_expected_to_spend_as_all_do() -> None:
    spending = Spending.at(np.log([6.0, 4.0, 15.0]))
    found = spending.expected(np.array([2.0, 3.0]), np.array([0.0, -5.0]))
    assert found == pytest.approx([30.0, 30.0])


def test_lives_count_days_and_not_orders() -> None:
    orders = orders_of(
        [
            Order(0, START, 10, 1),
            Order(0, START, 10, 1),
            Order(0, START + 14, 10, 2),
            Order(0, START + 21, -10, 0),
            Order(0, START + 70, 10, 1),
            Order(1, START + 7, 10, 1),
            Order(2, START + 60, 10, 1),
        ]
    )
    who, lives = lives_of(orders, START + 35)
    assert list(who) == [0, 1]
    assert (list(lives.repeats), list(lives.last), list(lives.age)) == ([1, 0], [2, 0], [5, 4])


def test_too_few_who_came_back_or_too_short_a_time_are_too_little() -> None:
    lives, spend = cdnow()
    back = np.flatnonzero(lives.repeats > 0)
    with pytest.raises(TooLittle):
        learn(lives.only(back[:69]))
    with pytest.raises(TooLittle):
        learn(Lives(lives.repeats, lives.last / 2, lives.age / 2))
    with pytest.raises(TooLittle):
        learn_spending(lives.repeats[back[:69]], spend[back[:69]])


def test_customers_who_never_leave_have_no_fit() -> None:
    """Everybody orders every week until today: no parameters are likelier than still more regular ones."""
    many = 200
    regular = Lives(np.full(many, 40.0), np.full(many, 40.0), np.full(many, 40.0))
    with pytest.raises(NoFit):
        learn(regular)


@pytest.mark.parametrize("life", [(1, 5, 4), (0, 2, 4), (1, 0, 4), (-1, 0, 4)])
def test_lives_that_cannot_be_are_refused(life: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        one(*life)
