"""The stretches of days that pages of this floor are turned to. Pure: today is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from common.periods import Period

ROLLING = (28, 90, 365)
LONGEST = 3 * 366


@dataclass(frozen=True)
class Days:
    """Both ends included; `text` is how addresses write it."""

    text: str
    first: date
    last: date

    @property
    def rolling(self) -> int:
        """How many days up to yesterday; 0 for a period of the calendar."""
        return (self.last - self.first).days + 1 if self.text.startswith("last-") else 0


def last_days(count: int, today: date) -> Days:
    """The last so many days that are over."""
    return Days(f"last-{count}", today - timedelta(days=count), today - timedelta(days=1))


def read_days(text: str, *, today: date, fiscal_start: int) -> Days | None:
    """`last-28`, `2026-11`, `2026-W45`, `2026-Q3`, `2026`; None for anything else."""
    text = text.strip()
    for count in ROLLING:
        if text == f"last-{count}":
            return last_days(count, today)
    try:
        period = Period.parse(text, fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        return None
    return Days(str(period), period.start, period.end) if 2000 <= period.start.year <= 2100 else None
