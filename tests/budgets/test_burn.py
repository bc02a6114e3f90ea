"""How fast money goes: what is expected, what lies ahead, and the light. No database."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.burn import (
    Burn,
    Plan,
    burn,
    consumed,
    daily_rate,
    day_by_day,
    expected,
    forecast,
    gone_on,
    light,
    run_out,
    settled,
    together,
    variance,
    window,
)

AUGUST = (date(2026, 8, 1), date(2026, 8, 31))
Z = Decimal(0)


def d(day: int) -> date:
    return date(2026, 8, day)


def august(amount: int | str = 310_000) -> Plan:
    return Plan(*AUGUST, ((d(1), Decimal(amount)),))


def a_burn(plan: Plan, by: date, days: list[Decimal], *, committed: Decimal = Z, frozen: Decimal = Z) -> Burn:
    """`days`: what each day from the plan's first on cost."""
    spent = sum(days, Z)
    last = days[-window(plan.first, plan.last, by) :] if window(plan.first, plan.last, by) else []
    return burn(
        plan,
        by=by,
        planned=plan.total,
        transferred=Z,
        committed=committed,
        spent=spent,
        frozen=frozen,
        spent_by=spent,
        last_days=sum(last, Z),
        squares=sum((one * one for one in last), Z),
    )


def test_200_000_of_310_000_by_the_15th_of_august() -> None:
    told = a_burn(august(), d(15), [Decimal(200_000) / 15] * 15)
    assert told.expected == 150_000
    assert told.variance is not None
    assert told.forecast is not None
    assert round(told.variance, 4) == Decimal("0.3333")
    assert round(told.forecast.mean, 2) == Decimal("413333.33")
    assert (round(told.forecast.low, 2), round(told.forecast.high, 2)) == (
        told.forecast.mean.__round__(2),
    ) * 2
    assert told.run_out == d(24)
    assert (told.light.colour, told.light.reason) == ("red", "over")
    assert round(told.consumed or Z, 4) == Decimal("0.6452")


@pytest.mark.parametrize(
    ("by", "due"),
    [(date(2026, 7, 31), 0), (d(1), 10_000), (d(15), 150_000), (d(31), 310_000), (date(2026, 9, 9), 310_000)],
)
def test_equal_days_are_due_day_by_day(by: date, due: int) -> None:
    assert expected(august(), by) == due


def test_each_month_has_its_own_days() -> None:
    """A quarter that begins in the middle of a month: 10 days of January, then February, then March."""
    plan = Plan(
        date(2026, 1, 22),
        date(2026, 3, 31),
        (
            (date(2026, 1, 1), Decimal(100)),
            (date(2026, 2, 1), Decimal(280)),
            (date(2026, 3, 1), Decimal(310)),
        ),
    )
    assert [expected(plan, by) for by in (date(2026, 1, 26), date(2026, 2, 1), date(2026, 3, 2))] == [
        50,
        110,
        400,
    ]


def test_what_a_month_lacks_is_taken_off_the_next() -> None:
    """More was moved out of August than it had."""
    months = [(d(1), Decimal(-30)), (date(2026, 9, 1), Decimal(100)), (date(2026, 10, 1), Decimal(50))]
    assert [amount for _month, amount in settled(months)] == [0, 70, 50]
    assert [
        amount for _month, amount in settled([(d(1), Decimal(50)), (date(2026, 9, 1), Decimal(-20))])
    ] == [30, 0]


@pytest.mark.parametrize(
    ("spent", "colour", "reason"),
    [
        ("119999.99", "yellow", "under"),
        ("120000", "yellow", "under"),
        ("120000.01", "green", ""),
        ("150000", "green", ""),
        ("164999.99", "green", ""),
        ("165000", "yellow", "over"),
        ("179999.99", "yellow", "over"),
        ("180000", "red", "over"),
    ],
)
def test_the_light_turns_at_10_over_20_under_and_20_over(spent: str, colour: str, reason: str) -> None:
    found = light(Decimal(spent), Decimal(150_000))
    assert (found.colour, found.reason) == (colour, reason)


def test_before_anything_is_due_there_is_no_light_unless_money_went() -> None:
    assert light(Z, Z).colour == "grey"
    assert light(Decimal(1), Z).colour == "red"
    assert variance(Decimal(1), Z) is None
    assert consumed(Z, Decimal(1), Z) is None


@pytest.mark.parametrize(("days", "rate"), [(0, None), (2, None), (3, 10), (20, 10)])
def test_nobody_foretells_from_less_than_three_days(days: int, rate: int | None) -> None:
    found = daily_rate([Decimal(10)] * days)
    assert (found.day if found else None) == rate


def test_only_the_last_week_says_how_fast_it_goes() -> None:
    found = daily_rate([Decimal(1000)] * 10 + [Decimal(10)] * 7)
    assert found is not None
    assert (found.day, found.apart) == (10, 0)


def test_the_more_days_lie_apart_the_wider_the_range() -> None:
    calm = daily_rate([Decimal(one) for one in (9, 10, 11, 10, 9, 11, 10)])
    wild = daily_rate([Decimal(one) for one in (0, 0, 35, 0, 35, 0, 0)])
    near, far = (forecast(Decimal(70), Z, rate, 10) for rate in (calm, wild))
    assert near is not None
    assert far is not None
    assert near.mean == far.mean == 170
    assert far.low < near.low < 170 < near.high < far.high
    assert far.low >= 70


def test_what_is_committed_will_be_spent() -> None:
    rate = daily_rate([Decimal(1)] * 7)
    ahead = forecast(Decimal(100), Decimal(500), rate, 10)
    assert ahead is not None
    assert (ahead.mean, ahead.low) == (600, 600)


@pytest.mark.parametrize(
    ("planned", "spent", "day"),
    [
        (310, 150, None),
        (310, 160, None),
        (240, 160, d(23)),
        (240, 240, d(15)),
        (0, 0, None),
        (241, 160, d(24)),
    ],
)
def test_the_money_runs_out_on_the_day_that_takes_the_last_of_it(
    planned: int, spent: int, day: date | None
) -> None:
    rate = daily_rate([Decimal(10)] * 7) if planned != 310 or spent != 160 else daily_rate([Decimal(9)] * 7)
    found = run_out(Decimal(planned), Decimal(spent), rate, d(15), d(31))
    assert found == (d(31) if (planned, spent) == (310, 150) else day)


def test_where_it_is_gone_the_day_is_known() -> None:
    days = [(d(one), Decimal(100)) for one in range(1, 6)]
    assert gone_on(Decimal(250), days) == d(3)
    assert gone_on(Decimal(501), days) is None


amounts = st.decimals(min_value=0, max_value=10**9, places=4)
months = st.lists(st.decimals(min_value=-(10**7), max_value=10**8, places=4), min_size=1, max_size=13)


def plan_of(values: list[Decimal], begin: int, end: int) -> Plan:
    firsts = [date(2026 + (7 + at) // 12, (7 + at) % 12 + 1, 1) for at in range(len(values))]
    last = (firsts[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = date(2026, 8, begin)
    return Plan(first, max(last - timedelta(days=end), first), tuple(zip(firsts, values, strict=True)))


@given(months, st.integers(1, 28), st.integers(0, 20), st.integers(-5, 420))
def test_what_is_expected_grows_from_nothing_to_the_plan(
    values: list[Decimal], begin: int, end: int, on: int
) -> None:
    plan = plan_of(values, begin, end)
    by = plan.first + timedelta(days=on)
    whole = max(plan.total, Z)
    due = expected(plan, by)
    assert 0 <= due <= expected(plan, by + timedelta(days=1))
    assert round(expected(plan, plan.last) - sum((a for _m, a in settled(plan.months)), Z), 6) == 0
    assert expected(plan, plan.first - timedelta(days=1)) == 0
    assert round(sum((a for _m, a in settled(plan.months)), Z) - whole, 4) == 0


@given(months, st.integers(1, 28), st.integers(0, 20), st.integers(0, 400))
def test_the_days_add_up_to_what_is_expected(values: list[Decimal], begin: int, end: int, on: int) -> None:
    plan = plan_of(values, begin, end)
    by = plan.first + timedelta(days=on)
    days = day_by_day(plan)
    assert len(days) == (plan.last - plan.first).days + 1
    assert round(sum((a for day, a in days if day <= by), Z) - expected(plan, by), 4) == 0


@given(st.lists(amounts, min_size=3, max_size=31), amounts, st.integers(1, 10**9))
def test_a_forecast_is_never_under_what_is_gone_and_its_range_holds_it(
    days: list[Decimal], committed: Decimal, planned: int
) -> None:
    told = a_burn(august(planned), d(len(days)), days, committed=committed)
    assert told.forecast is not None
    assert told.used <= told.forecast.low <= told.forecast.mean <= told.forecast.high
    assert told.free == told.total - told.spent - told.committed
    if told.run_out is not None:
        assert told.by <= told.run_out <= told.last


@given(st.lists(st.tuples(st.lists(amounts, min_size=8, max_size=8), amounts), min_size=1, max_size=5))
def test_lines_together_are_the_sum_of_the_lines(lines: list[tuple[list[Decimal], Decimal]]) -> None:
    burns = [a_burn(august(str(planned)), d(8), days) for days, planned in lines]
    all_of_them = together(burns, first=AUGUST[0], last=AUGUST[1], by=d(8))
    backwards = together(burns[::-1], first=AUGUST[0], last=AUGUST[1], by=d(8))
    for name in ("planned", "spent", "expected", "free", "total"):
        assert getattr(all_of_them, name) == sum((getattr(one, name) for one in burns), Z)
    assert all_of_them.variance == backwards.variance
    assert all_of_them.forecast is not None
    means = sum((one.forecast.mean for one in burns if one.forecast), Z)
    assert round(all_of_them.forecast.mean - means, 6) == 0
    if len(burns) == 1:
        assert (all_of_them.light, all_of_them.run_out) == (burns[0].light, burns[0].run_out)
