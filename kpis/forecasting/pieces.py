"""The days left of a period in the pieces by which charts step through them. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from kpis.forecasting.fitting import Fitted
from kpis.forecasting.values import Forecast

Drawn = tuple[str, float, float, float]  # first day, mean, low, high
# How charts of each grain step through the days left.
STEPS = {"month": ("day", "week"), "quarter": ("day", "week", "month"), "year": ("month",)}


@dataclass
class Ready:
    """A history taken apart, and what it has said already: a month, its quarter and its year share their weeks."""

    fitted: Fitted
    said: dict[tuple[date, date], Forecast] = field(default_factory=dict)

    def total(self, days: Sequence[date]) -> Forecast:
        key = days[0], days[-1]
        if key not in self.said:
            self.said[key] = self.fitted.total(days)
        return self.said[key]

    def pieces(self, days: Sequence[date], steps: Sequence[str]) -> dict[str, list[Drawn]]:
        return {step: self._by(days, step) for step in steps}

    def _by(self, days: Sequence[date], step: str) -> list[Drawn]:
        if step == "day":
            return [_drawn(one.day, one.mean, one.low, one.high) for one in self.total(days).days]
        groups: dict[date, list[date]] = {}
        for day in days:
            first = day.replace(day=1) if step == "month" else day - timedelta(days=day.weekday())
            groups.setdefault(first, []).append(day)
        told = [(group[0], self.total(group)) for group in groups.values()]
        return [_drawn(first, one.mean, one.low, one.high) for first, one in told]


def _drawn(first: date, *amounts: float) -> Drawn:
    mean, low, high = (round(amount, 4) for amount in amounts)
    return first.isoformat(), mean, low, high
