"""Channels with two years of weeks, as roll-ups would have them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from channels.response import hill
from kpis.models import AmountDay, Measure, Source
from tests.people import node, scope

TODAY = date(2026, 11, 25)  # a Wednesday
MONDAY = date(2026, 11, 23)


def source() -> Source:
    made, _new = Source.objects.get_or_create(
        code="files", defaults={"name": "Files", "facts": "channels", "last_day": TODAY - timedelta(days=1)}
    )
    return made


def weeks_of(
    channel: str, *, weeks: int = 110, usual: float = 7000.0, back: float = 3.0, half: float = 1.0, seed: int = 1,
    moves: float = 0.35, noise: float = 0.03,
) -> None:  # fmt: skip
    """Spend that moves, and what it brings: `back` for each unit at a usual week, and a base of 2,000."""
    random = np.random.default_rng(seed)
    spend = usual * np.exp(moves * random.standard_normal(weeks))
    curve = hill(spend / usual, 1.0, half) * (1 + half)
    revenue = (back * usual * curve + 2000) * (1 + noise * random.standard_normal(weeks))
    node(channel)
    slots = dict(Measure.objects.values_list("code", "slot"))
    whose, where = source(), scope(channel)
    rows = []
    for week in range(weeks):
        first = MONDAY - timedelta(weeks=weeks - week)
        amounts: list[Decimal | None] = [None] * max(slots.values())
        amounts[slots["cost"] - 1] = Decimal(str(round(float(spend[week]) / 7, 2)))
        amounts[slots["revenue"] - 1] = Decimal(str(round(max(float(revenue[week]), 0) / 7, 2)))
        rows += [
            AmountDay(
                scope=where, day=first + timedelta(days=day), source=whose, amounts=amounts, estimated=False
            )
            for day in range(7)
        ]
    AmountDay.objects.bulk_create(rows)
