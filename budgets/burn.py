"""How fast a plan's money goes. Pure: amounts are Decimals in the company's currency, days are calendar days, shares and
variances are parts of one; None is "not known".

Spend is expected by equal days within each month of the plan's own calendar, by days and not by whole months. What the
days left bring is what the last week brought (`WINDOW` days with data due), not before `LEAST_DAYS` days of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

WINDOW, LEAST_DAYS = 7, 3
NEAR, FAR = Decimal("0.1"), Decimal("0.2")  # of what is expected: yellow from, red from
ZERO, ONE = Decimal(0), Decimal(1)
PLACES = Decimal("0.0001")  # as amounts are kept
ONE_DAY = timedelta(days=1)

# Student's t at 90% by degrees of freedom: an interval that holds four times in five. The window gives at most six.
_T90 = {1: "3.078", 2: "1.886", 3: "1.638", 4: "1.533", 5: "1.476", 6: "1.440"}


class Colour(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True)
class Light:
    """`reason`: "over" or "under" what is expected, "not_due" before anything is, or "" ."""

    colour: Colour
    reason: str = ""

    @property
    def rank(self) -> int:
        """Worst first: red, over, under, on plan, nothing to judge."""
        return 2 if self.reason == "under" else {"red": 0, "yellow": 1, "green": 3, "grey": 4}[self.colour]


@dataclass(frozen=True)
class Plan:
    """`months`: first days of months, ascending, with what each has; the first may begin, and the last end, within
    `first` to `last`. What a month lacks (more was moved out than it had) is taken off the next ones.
    """

    first: date
    last: date
    months: tuple[tuple[date, Decimal], ...]

    @property
    def total(self) -> Decimal:
        return sum((amount for _month, amount in self.months), ZERO)


def days_of(month: date, first: date, last: date) -> tuple[date, date]:
    """The days that a month has within first to last; the second before the first where it has none."""
    end = (month.replace(day=1) + timedelta(days=31)).replace(day=1) - ONE_DAY
    return max(month.replace(day=1), first), min(end, last)


def settled(months: Iterable[tuple[date, Decimal]]) -> list[tuple[date, Decimal]]:
    """The months with none below zero: what one lacks is taken off those after it, else off those before. The sum stays,
    unless it is below zero itself.
    """
    found = sorted(months)
    for order in (range(len(found)), range(len(found) - 1, -1, -1)):
        lacking = ZERO
        for at in order:
            amount = found[at][1] + lacking
            lacking = min(amount, ZERO)
            found[at] = (found[at][0], max(amount, ZERO))
        if lacking == 0:
            break
        last = order[-1]
        found[last] = (found[last][0], lacking)
    return [(month, max(amount, ZERO)) for month, amount in found]


def share_due(month: date, first: date, last: date, by: date) -> Decimal:
    """The part of a month's days within first to last that are over by the end of `by`."""
    begin, end = days_of(month, first, last)
    if end < begin:
        return ONE if by >= begin else ZERO
    due = (min(by, end) - begin).days + 1
    return Decimal(max(due, 0)) / Decimal((end - begin).days + 1)


def expected(plan: Plan, by: date) -> Decimal:
    """What should be spent by the end of that day."""
    months = settled(plan.months)
    return sum((amount * share_due(month, plan.first, plan.last, by) for month, amount in months), ZERO)


def day_by_day(plan: Plan) -> list[tuple[date, Decimal]]:
    """What each day of the plan has."""
    amounts = {month.replace(day=1): amount for month, amount in settled(plan.months)}
    found = []
    day = plan.first
    while day <= plan.last:
        begin, end = days_of(day, plan.first, plan.last)
        found.append((day, amounts.get(day.replace(day=1), ZERO) / Decimal((end - begin).days + 1)))
        day += ONE_DAY
    return found


def consumed(planned: Decimal, spent: Decimal, committed: Decimal) -> Decimal | None:
    """The part of the plan that is used; what is committed is."""
    return (spent + committed) / planned if planned > 0 else None


def variance(spent: Decimal, due: Decimal) -> Decimal | None:
    """How much more (or less) was spent than was expected by now, as a part of that."""
    return spent / due - 1 if due > 0 else None


def light(spent: Decimal, due: Decimal) -> Light:
    """Green within 10% of what is expected, yellow from 10% over or 20% under, red from 20% over."""
    if due <= 0:
        return Light(Colour.RED, "over") if spent > 0 else Light(Colour.GREY, "not_due")
    if spent >= due * (1 + FAR):
        return Light(Colour.RED, "over")
    if spent >= due * (1 + NEAR):
        return Light(Colour.YELLOW, "over")
    if spent <= due * (1 - FAR):
        return Light(Colour.YELLOW, "under")
    return Light(Colour.GREEN)


@dataclass(frozen=True)
class Rate:
    """What a day costs: the mean of the last days, and what the days lie apart (the standard deviation)."""

    day: Decimal
    apart: Decimal
    days: int


def rate_of(total: Decimal, squares: Decimal, days: int) -> Rate | None:
    """From the sum and the sum of squares of the last `days` days; None before three."""
    if days < LEAST_DAYS:
        return None
    mean = total / days
    spread = (squares - mean * total) / (days - 1)
    return Rate(mean, max(spread, ZERO).sqrt(), days)


def daily_rate(spent: Sequence[Decimal]) -> Rate | None:
    """`spent`: a figure for each day that is due, zeros included, up to now; the last week of it counts."""
    last = spent[-WINDOW:]
    return rate_of(sum(last, ZERO), sum((one * one for one in last), ZERO), len(last))


@dataclass(frozen=True)
class Forecast:
    """What will be spent at the end: four times in five between `low` and `high`."""

    mean: Decimal
    low: Decimal
    high: Decimal


def forecast(spent: Decimal, committed: Decimal, rate: Rate | None, days_left: int) -> Forecast | None:
    """Never under what is spent and committed. The range is as wide as the last days lie apart, and as the mean of a few
    days is unsure (a prediction interval of a sum).
    """
    floor = spent + committed
    if days_left <= 0:
        return Forecast(floor, floor, floor)
    if rate is None:
        return None
    mean = spent + rate.day * days_left
    left = Decimal(days_left)
    half = Decimal(_T90[rate.days - 1]) * rate.apart * (left + left * left / rate.days).sqrt()
    return Forecast(max(mean, floor), max(mean - half, floor), max(mean + half, floor))


def run_out(planned: Decimal, spent: Decimal, rate: Rate | None, by: date, last: date) -> date | None:
    """The day on which the money is gone if it goes on like this; None where it lasts to the end, or nobody can say.
    Where it is gone already, the last day that counts: `gone_on` knows the day.
    """
    if planned <= 0:
        return None
    if spent >= planned:
        return min(by, last)
    if rate is None or rate.day <= 0:
        return None
    days = ((planned - spent) / rate.day).quantize(PLACES).to_integral_value(ROUND_CEILING)
    return by + timedelta(days=int(days)) if days <= (last - by).days else None


def gone_on(planned: Decimal, days: Iterable[tuple[date, Decimal]]) -> date | None:
    """The day with which a plan was spent in full; `days` ascending."""
    spent = ZERO
    for day, amount in days:
        spent += amount
        if spent >= planned > 0:
            return day
    return None


@dataclass(frozen=True)
class Burn:
    """How one line burns, or some together. `planned` is the approved plan, `transferred` what came in or went out since;
    `spent_by` what was spent until the end of `by`, which `expected` and everything that follows from it go by.
    """

    first: date
    last: date
    by: date
    planned: Decimal = ZERO
    transferred: Decimal = ZERO
    committed: Decimal = ZERO
    spent: Decimal = ZERO
    frozen: Decimal = ZERO
    expected: Decimal = ZERO
    spent_by: Decimal = ZERO
    rate: Rate | None = None
    forecast: Forecast | None = None
    judged: bool = True  # a pool waits for what nobody plans: no day of it is due
    burning: Decimal | None = None  # the plan of that part which is judged, of several together

    @property
    def total(self) -> Decimal:
        return self.planned + self.transferred

    @property
    def used(self) -> Decimal:
        return self.spent + self.committed

    @property
    def free(self) -> Decimal:
        return self.total - self.used - self.frozen

    @property
    def consumed(self) -> Decimal | None:
        return consumed(self.total, self.spent, self.committed)

    @property
    def variance(self) -> Decimal | None:
        return variance(self.spent_by, self.expected)

    @property
    def over(self) -> Decimal:
        """What was spent beyond what is expected; negative: less."""
        return self.spent_by - self.expected

    @property
    def days_left(self) -> int:
        return max((self.last - max(self.by, self.first - ONE_DAY)).days, 0)

    @property
    def free_a_day(self) -> Decimal | None:
        """What may go on each day that is left."""
        return self.free / self.days_left if self.days_left else None

    @property
    def run_out(self) -> date | None:
        planned = self.total if self.burning is None else self.burning
        return run_out(planned, self.spent_by, self.rate, self.by, self.last)

    @property
    def light(self) -> Light:
        return light(self.spent_by, self.expected) if self.judged else Light(Colour.GREY, "pool")


def burn(
    plan: Plan,
    *,
    by: date,
    planned: Decimal,
    transferred: Decimal,
    committed: Decimal,
    spent: Decimal,
    frozen: Decimal,
    spent_by: Decimal,
    last_days: Decimal,
    squares: Decimal,
    judged: bool = True,
) -> Burn:
    """`last_days`, `squares`: what the last `window(plan, by)` days cost, and the sum of their squares."""
    rate = rate_of(last_days, squares, window(plan.first, plan.last, by)) if judged else None
    left = (plan.last - max(by, plan.first - ONE_DAY)).days
    ahead = forecast(spent, committed, rate, left)
    due = expected(plan, by).quantize(PLACES) if judged else ZERO
    return Burn(
        plan.first,
        plan.last,
        by,
        planned,
        transferred,
        committed,
        spent,
        frozen,
        due,
        spent_by,
        rate,
        ahead,
        judged,
    )


def window(first: date, last: date, by: date) -> int:
    """How many days the rate goes by."""
    return max(min((min(by, last) - first).days + 1, WINDOW), 0)


def together(burns: Sequence[Burn], *, first: date, last: date, by: date) -> Burn:
    """Several lines as one. Sums first; rates and forecasts add up, and their ranges as those of things that go apart.
    A line that has no rate yet is taken to cost what is spent and committed already.
    """
    judged = [one for one in burns if one.judged]
    rates = [one.rate for one in judged if one.rate is not None]
    ends = [one.forecast for one in judged if one.forecast is not None]
    rate = (
        Rate(
            sum((one.day for one in rates), ZERO),
            sum((one.apart * one.apart for one in rates), ZERO).sqrt(),
            max(one.days for one in rates),
        )
        if rates
        else None
    )
    known = sum((one.used for one in burns if not one.judged or one.forecast is None), ZERO)
    ahead = None
    if ends:
        mean = known + sum((one.mean for one in ends), ZERO)
        down = sum(((one.mean - one.low) ** 2 for one in ends), ZERO).sqrt()
        up = sum(((one.high - one.mean) ** 2 for one in ends), ZERO).sqrt()
        floor = sum((one.used for one in burns), ZERO)
        ahead = Forecast(mean, max(mean - down, floor), mean + up)
    return Burn(
        first,
        last,
        by,
        planned=sum((one.planned for one in burns), ZERO),
        transferred=sum((one.transferred for one in burns), ZERO),
        committed=sum((one.committed for one in burns), ZERO),
        spent=sum((one.spent for one in burns), ZERO),
        frozen=sum((one.frozen for one in burns), ZERO),
        expected=sum((one.expected for one in judged), ZERO),
        spent_by=sum((one.spent_by for one in judged), ZERO),
        rate=rate,
        forecast=ahead,
        judged=bool(judged),
        burning=sum((one.total for one in judged), ZERO),
    )
