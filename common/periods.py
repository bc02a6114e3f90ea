"""Days, ISO weeks, months, fiscal quarters and years, as people write them.

`2025-08-10`, `2025-W33`, `2025-08`, `2025-Q3`, `2025`. Quarters and years are fiscal and named by the
calendar year in which the fiscal year starts; with the default start in January they are the calendar's own.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property


class Grain(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}

_FORMS = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), Grain.DAY),
    (re.compile(r"(\d{4})-W(\d{2})"), Grain.WEEK),
    (re.compile(r"(\d{4})-(\d{2})"), Grain.MONTH),
    (re.compile(r"(\d{4})-Q([1-4])"), Grain.QUARTER),
    (re.compile(r"(\d{4})"), Grain.YEAR),
)


def add_months(day: date, months: int) -> date:
    """The first of the month that lies `months` after the day's own month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, order=True)
class Period:
    """A grain and the first day of the period.

    Raises ValueError where `start` is not the first day of such a period.
    """

    grain: Grain
    start: date
    fiscal_start: int = 1

    def __post_init__(self) -> None:
        if self.start != _floor(self.grain, self.start, self.fiscal_start):
            raise ValueError(f"{self.start} does not begin a {self.grain}")

    @classmethod
    def parse(cls, text: str, *, fiscal_start: int = 1) -> Period:
        """Reads the written form. Raises ValueError with a sentence for people."""
        for pattern, grain in _FORMS:
            match = pattern.fullmatch(text.strip())
            if not match:
                continue
            numbers = [int(part) for part in match.groups()]
            try:
                return cls(grain, _start_of(grain, numbers, fiscal_start), fiscal_start)
            except ValueError as error:
                raise ValueError(f"There is no period {text!r}: {error}") from None
        raise ValueError(f"{text!r} is not a period; write 2025-08-10, 2025-W33, 2025-08, 2025-Q3 or 2025.")

    @classmethod
    def containing(cls, day: date, grain: Grain, *, fiscal_start: int = 1) -> Period:
        return cls(grain, _floor(grain, day, fiscal_start), fiscal_start)

    @cached_property
    def end(self) -> date:
        """The last day, included."""
        return self.next().start - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def next(self, steps: int = 1) -> Period:
        """The period that lies `steps` later; negative steps go back."""
        if self.grain == Grain.DAY:
            start = self.start + timedelta(days=steps)
        elif self.grain == Grain.WEEK:
            start = self.start + timedelta(weeks=steps)
        else:
            start = add_months(self.start, MONTHS_IN[self.grain] * steps)
        return Period(self.grain, start, self.fiscal_start)

    def last_year(self) -> Period:
        """The like period a year earlier; for a week the one 52 weeks before, for 29 February the 28th."""
        if self.grain == Grain.WEEK:
            return self.next(-52)
        if self.grain == Grain.DAY:
            last_day = calendar.monthrange(self.start.year - 1, self.start.month)[1]
            start = self.start.replace(year=self.start.year - 1, day=min(self.start.day, last_day))
            return Period(Grain.DAY, start, self.fiscal_start)
        return self.next(-12 // MONTHS_IN[self.grain])

    def months(self) -> Iterator[Period]:
        """The months of a month, quarter or year, in order."""
        first = Period(Grain.MONTH, self.start, self.fiscal_start)
        return (first.next(step) for step in range(MONTHS_IN[self.grain]))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        if self.grain == Grain.DAY:
            return self.start.isoformat()
        if self.grain == Grain.WEEK:
            year, week, _ = self.start.isocalendar()
            return f"{year}-W{week:02d}"
        if self.grain == Grain.MONTH:
            return f"{self.start:%Y-%m}"
        fiscal_year = add_months(self.start, 1 - self.fiscal_start).year
        if self.grain == Grain.YEAR:
            return f"{fiscal_year:04d}"
        return f"{fiscal_year:04d}-Q{((self.start.month - self.fiscal_start) % 12) // 3 + 1}"


def _start_of(grain: Grain, numbers: list[int], fiscal_start: int) -> date:
    year = numbers[0]
    if grain == Grain.DAY:
        return date(*numbers)
    if grain == Grain.WEEK:
        return date.fromisocalendar(year, numbers[1], 1)
    if grain == Grain.MONTH:
        return date(year, numbers[1], 1)
    quarter = numbers[1] - 1 if grain == Grain.QUARTER else 0
    return add_months(date(year, fiscal_start, 1), 3 * quarter)


def _floor(grain: Grain, day: date, fiscal_start: int) -> date:
    if grain == Grain.DAY:
        return day
    if grain == Grain.WEEK:
        return day - timedelta(days=day.weekday())
    if grain == Grain.MONTH:
        return day.replace(day=1)
    return add_months(day, -((day.month - fiscal_start) % MONTHS_IN[grain]))
