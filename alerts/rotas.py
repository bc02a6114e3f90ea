"""Who has the watch when. Pure: the caller brings the zone, the people in their order and the swaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Swap:
    """From a moment to a moment (the latter not included) somebody else has the watch."""

    starts_at: datetime
    ends_at: datetime
    person: int


@dataclass(frozen=True)
class Round:
    """People, by id, who have the watch one after the other, `turn_days` each; `swaps` in the order they were made."""

    first_day: date
    hands_over_at: time
    turn_days: int
    zone: ZoneInfo
    people: Sequence[int]
    swaps: Sequence[Swap] = ()

    def turn_of(self, at: datetime) -> tuple[int, datetime, datetime] | None:
        """Whose regular turn it is, from when to when; None before the round begins, or with nobody in it.

        Turns are handed over at the same time of day, also where the clocks change.
        """
        local = at.astimezone(self.zone).replace(tzinfo=None)
        days = (local - datetime.combine(self.first_day, self.hands_over_at)) // timedelta(days=1)
        if days < 0 or not self.people:
            return None
        turn = days // self.turn_days
        begins = self.first_day + timedelta(days=turn * self.turn_days)
        ends = begins + timedelta(days=self.turn_days)
        return self.people[turn % len(self.people)], self._moment(begins), self._moment(ends)

    def on_watch(self, at: datetime) -> int | None:
        """Who has the watch; of swaps that overlap the one made last counts."""
        for swap in reversed(self.swaps):
            if swap.starts_at <= at < swap.ends_at:
                return swap.person
        turn = self.turn_of(at)
        return turn[0] if turn else None

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.hands_over_at, self.zone)
