"""When a figure breaks a rule. Pure: no database, no clock."""

from alerts.conditions.figures import WITHOUT_DATA, Band, Figure, Level, Outcome, Result, Usual, Why
from alerts.conditions.judging import Terms, Tier, broken, in_order, judge
from alerts.conditions.kinds import (
    Amount,
    Attainment,
    Change,
    Combined,
    Condition,
    Dynamic,
    Stale,
    parts_of,
)
from alerts.conditions.reading import ConditionError, parse

__all__ = [
    "WITHOUT_DATA",
    "Amount",
    "Attainment",
    "Band",
    "Change",
    "Combined",
    "Condition",
    "ConditionError",
    "Dynamic",
    "Figure",
    "Level",
    "Outcome",
    "Result",
    "Stale",
    "Terms",
    "Tier",
    "Usual",
    "Why",
    "broken",
    "in_order",
    "judge",
    "parse",
    "parts_of",
]
