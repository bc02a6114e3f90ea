"""What the tests of an alert's life are made of: a rule's terms, and outcomes of months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from alerts.conditions import Attainment, Figure, Level, Outcome, Terms, Tier, judge
from alerts.lifecycle import Snapshot, Transition, step
from common.periods import add_months

NOW = datetime(2026, 3, 10, tzinfo=UTC)
FIRST_MONTH = date(2026, 1, 1)
BELOW = {1: D(1), 2: D("0.85"), 3: D("0.7")}


def terms(
    holds: tuple[int, int, int] = (1, 1, 1),
    *,
    margin: str = "0.02",
    keep: int = 1,
    levels: tuple[int, ...] = (1, 2, 3),
    out_of: tuple[int, int, int] = (0, 0, 0),
) -> Terms:
    return Terms(
        tiers=tuple(
            Tier(Level(level), Attainment(BELOW[level]), holds[level - 1], out_of[level - 1])
            for level in levels
        ),
        margin=D(margin),
        keep=keep,
    )


def outcome(month: int, attainment: str | None, asked: Terms) -> Outcome:
    """Months count from 0. None is a month whose figure has no number."""
    start = add_months(FIRST_MONTH, month)
    if attainment is None:
        return judge(Figure(start), asked)
    return judge(Figure(start, value=D(1), attainment=D(attainment), status="red"), asked)


Look = tuple[int, str | None]


def live(looks: list[Look], asked: Terms) -> tuple[Snapshot, list[Transition]]:
    snapshot, transitions = Snapshot(), []
    known: dict[int, Outcome] = {}
    for number, (month, attainment) in enumerate(looks):
        known[month] = outcome(month, attainment, asked)
        earlier = [known[old] for old in sorted(known) if old < month]
        now = NOW + timedelta(hours=number)
        snapshot, made = step(snapshot, known[month], now, terms=asked, earlier=earlier)
        transitions.append(made)
    return snapshot, transitions
