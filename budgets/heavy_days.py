"""A calendar of what days cost, and which of them are heavy. Pure: amounts in the company's currency."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from budgets.burn import ONE_DAY, ZERO

SHADES = 6
WEEK = 7


@dataclass(frozen=True)
class DayCell:
    """`amount` is what was spent up to now, and what is planned later; `heavy` is a day far beyond what is usual for it:
    its plan where it is over, the mean of the plan where it is to come. `shade` is 0 to SHADES.
    """

    day: date
    inside: bool  # of the month and of the period
    amount: Decimal = ZERO
    planned: Decimal = ZERO
    ahead: bool = False
    heavy: bool = False
    shade: int = 0


@dataclass(frozen=True)
class Month:
    first: date
    weeks: tuple[tuple[DayCell, ...], ...]
    before: date | None
    after: date | None


def day_cells(
    planned: Sequence[tuple[date, Decimal]],
    spent: Mapping[date, Decimal],
    *,
    by: date,
    over: Decimal,
) -> list[DayCell]:
    """A cell for each day of the plan. `over`: the part beyond which a day is heavy (0.3 is 30% over)."""
    if not planned:
        return []
    mean = sum((amount for _day, amount in planned), ZERO) / len(planned)
    most = max([*spent.values(), *(amount for _day, amount in planned)], default=ZERO)
    cells = []
    for day, plan in planned:
        ahead = day > by and not spent.get(day)
        amount = plan if ahead else spent.get(day, ZERO)
        usual = mean if ahead else plan
        cells.append(
            DayCell(
                day,
                True,
                amount,
                plan,
                ahead,
                heavy=amount > usual * (1 + over) and amount > 0,
                shade=_shade(amount, most),
            )
        )
    return cells


def _shade(amount: Decimal, most: Decimal) -> int:
    if amount <= 0 or most <= 0:
        return 0
    return min(int(amount / most * SHADES) + 1, SHADES)


def month_of(cells: Sequence[DayCell], month: date) -> Month:
    """The weeks of a month, Monday first; days outside the month or the period are there and empty."""
    found = {cell.day: cell for cell in cells}
    first, days = month.replace(day=1), calendar.monthrange(month.year, month.month)[1]
    last = first + timedelta(days=days - 1)
    at = first - timedelta(days=first.weekday())
    weeks = []
    while at <= last:
        week = [at + timedelta(days=n) for n in range(WEEK)]
        weeks.append(
            tuple(
                found[day] if first <= day <= last and day in found else DayCell(day, False) for day in week
            )
        )
        at += timedelta(days=WEEK)
    begin, end = cells[0].day, cells[-1].day
    return Month(
        first,
        tuple(weeks),
        (first - ONE_DAY).replace(day=1) if first > begin else None,
        last + ONE_DAY if last < end else None,
    )


def heaviest(cells: Sequence[DayCell], most: int) -> list[DayCell]:
    """The heavy days that cost most, largest first."""
    heavy = (cell for cell in cells if cell.heavy)
    return sorted(heavy, key=lambda cell: (-cell.amount, cell.day))[:most]
