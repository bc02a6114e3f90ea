"""Which days before and after a decision are held against each other. Pure.

Whole weeks, so that each weekday counts as often before as after; the day of the decision counts on neither side. What
comes after need not come from the decision: seasons and other things move figures too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

WEEK = 7
LENGTHS = (7, 14, 28)  # days that people may choose
USUAL = 28


@dataclass(frozen=True)
class Span:
    """Days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Windows:
    """As many days on either side."""

    before: Span
    after: Span

    @property
    def days(self) -> int:
        return self.after.days


def windows(decided: date, *, through: date, most: int) -> Windows | None:
    """The whole weeks that have passed since, up to `through` and `most` days at most; None where it is too early."""
    days = min((through - decided).days, most) // WEEK * WEEK
    if days < WEEK:
        return None
    return Windows(
        Span(decided - timedelta(days=days), decided - timedelta(days=1)),
        Span(decided + timedelta(days=1), decided + timedelta(days=days)),
    )


def known_from(decided: date) -> date:
    """The first morning on which a week has passed."""
    return decided + timedelta(days=WEEK + 1)
