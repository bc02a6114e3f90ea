"""What customers are worth: what they brought so far, and what they are expected to bring, group by group. Pure.

A group (a channel's customers) is forecast where enough of its customers came back, where BG/NBD and Gamma-Gamma can be
fitted to them, and where the same, learnt without the newest weeks, came near to what then happened in these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from customers.customer_value.lifetime import Habits, Lives, NoFit, TooLittle, learn, lives_of
from customers.customer_value.orders import Flags, Floats, Ints, Orders, tally
from customers.customer_value.spend import Spending, learn_spending

YEAR = 365.25 / 7  # weeks
EIGHTY = 1.2815515655446004  # a normal value lies within so many deviations of its mean four times in five
CHECKED = 26.0  # weeks kept back for the check, where there are three times as many
FURTHEST = 0.5  # how far from what happened the check may lie, as a share of it
MEMBERS = 5_000  # for the interval, which needs the forecast fifteen times


class Outcome(StrEnum):
    PREDICTED = "predicted"
    TOO_LITTLE = "too_little"  # too few customers who came back, or too short a time
    NO_FIT = "no_fit"  # no parameters describe them
    MISSED = "missed"  # it would have been wrong by more than half lately


@dataclass(frozen=True)
class Check:
    """Days with an order in the weeks kept back: as expected beforehand, and as they came."""

    weeks: float
    expected: float
    actual: int

    @property
    def apart(self) -> float | None:
        """How far off it was, as a share of what came; None where nothing came."""
        return self.expected / self.actual - 1 if self.actual else None


@dataclass(frozen=True, eq=False)
class Forecast:
    """What a group is expected to bring. `members` are its customers' numbers; the arrays are one each per member.

    `ahead` is expected within the horizon, `first_year` within what is left of each one's first year; amounts in
    ten-thousandths, empty unless the outcome is PREDICTED. `spread` is the deviation of the mean of `ahead`, from how
    well the parameters are known and from the chance in each customer's own orders.
    """

    outcome: Outcome
    members: Ints
    ahead: Floats
    first_year: Floats
    spread: float
    check: Check | None = None
    habits: Habits | None = None
    spending: Spending | None = None

    @property
    def mean(self) -> float:
        return float(self.ahead.mean()) if len(self.ahead) else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the mean of `ahead` will lie four times in five."""
        return around(self.mean, self.spread)


def around(mean: float, spread: float) -> tuple[float, float]:
    """The interval that holds four times in five around a mean that is above 0, and itself never falls below 0."""
    if mean <= 0:
        return 0.0, 0.0
    wide = float(np.exp(EIGHTY * spread / mean))
    return mean / wide, mean * wide


def forecast(orders: Orders, among: Flags, *, day: int, weeks: float) -> Forecast:
    """Forecasts the customers `among` who had ordered by a day, over the coming `weeks`."""
    who, lives = lives_of(orders, day)
    chosen = among[who]
    who, lives = who[chosen], lives.only(chosen)
    nothing = np.empty(0)
    try:
        habits = learn(lives)
        number, average = _spent(orders, who, lives, day)
        spending = learn_spending(number, average)
    except TooLittle:
        return Forecast(Outcome.TOO_LITTLE, who, nothing, nothing, 0.0)
    except NoFit:
        return Forecast(Outcome.NO_FIT, who, nothing, nothing, 0.0)
    checked = check(orders, among, day=day)
    if checked is not None and abs(checked.expected - checked.actual) > FURTHEST * max(checked.actual, 1):
        return Forecast(Outcome.MISSED, who, nothing, nothing, 0.0, checked, habits, spending)
    each = spending.expected(number, average)
    ahead = habits.expected(lives, weeks) * each
    left = np.maximum(YEAR - lives.age, 0.0)
    first_year = np.where(left > 0, habits.expected(lives, np.maximum(left, 1e-9)), 0.0) * each
    spread = _spread(habits, spending, lives, number, average, weeks)
    return Forecast(Outcome.PREDICTED, who, ahead, first_year, spread, checked, habits, spending)


def check(orders: Orders, among: Flags, *, day: int) -> Check | None:
    """What would have been forecast without the newest weeks (half a year, or the third of all), and what came.

    None where the weeks before are too few to learn from.
    """
    who, lives = lives_of(orders, day)
    chosen = among[who]
    lives = lives.only(chosen)
    if not len(lives):
        return None
    weeks = float(np.floor(min(CHECKED, float(lives.age.max()) / 3)))
    cut = day - int(weeks * 7)
    before, earlier = lives_of(orders, cut)
    earlier = earlier.only(among[before])
    before = before[among[before]]
    try:
        habits = learn(earlier)
    except (TooLittle, NoFit):
        return None
    known = np.zeros(orders.people, dtype=np.bool_)
    known[before] = True
    places = orders.purchases
    came = known[orders.customers[places]] & (orders.days[places] > cut) & (orders.days[places] <= day)
    # Days, not orders: several orders of a day are one to the model.
    width = day - cut + 1
    days = np.sort(orders.customers[places][came] * width + orders.days[places][came] - cut)
    actual = int((np.diff(days) > 0).sum()) + bool(len(days))
    return Check(weeks, float(habits.expected(earlier, weeks).sum()), actual)


def _spent(orders: Orders, who: Ints, lives: Lives, day: int) -> tuple[Floats, Floats]:
    """Days with an order of each, the first among them, and what such a day brought, refunds taken off."""
    seen = orders.until(day)
    amounts = tally(orders.customers[seen], orders.people, orders.amounts[seen])[who]
    number = lives.repeats + 1
    return number, amounts / number


def _spread(
    habits: Habits, spending: Spending, lives: Lives, number: Floats, average: Floats, weeks: float
) -> float:
    """The deviation of the mean: by the parameters (delta method on their logarithms), and by chance."""
    step = -(-len(lives) // MEMBERS)
    few = lives.only(np.arange(0, len(lives), step))
    number_, average_ = number[::step], average[::step]

    def mean(of: Habits, to: Spending) -> float:
        return float((of.expected(few, weeks) * to.expected(number_, average_)).mean())

    def slope(logs: Floats, at: Callable[[Floats], float]) -> Floats:
        aside = 1e-3 * np.eye(len(logs))
        return np.array([(at(logs + one) - at(logs - one)) / 2e-3 for one in aside])

    by_habits = slope(habits.logs, lambda logs: mean(Habits.at(logs), spending))
    by_spending = slope(spending.logs, lambda logs: mean(habits, Spending.at(logs)))
    known = by_habits @ habits.covariance @ by_habits + by_spending @ spending.covariance @ by_spending
    each = spending.expected(number_, average_)
    orders = habits.expected(few, weeks)
    chance = each**2 * (habits.variance(few, weeks) + orders / spending.p)
    return float(np.sqrt(max(float(known), 0.0) + float(chance.mean()) / len(lives)))
