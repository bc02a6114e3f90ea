"""What is held back on a line, and what its owner was asked, on the line's page."""

from __future__ import annotations

from datetime import datetime

from budgets.line_parts import Part, register_part
from budgets.models import Line
from budgets.money_text import MONEY
from budgets.selectors.holds import holds_of_line, statements_of_line
from organization.models import Person


def register() -> None:
    register_part("holds", _holds)
    register_part("statements", _statements)


def _holds(person: Person, line: Line, now: datetime) -> Part | None:
    found = holds_of_line(person, line)
    if not (found.standing or found.past or found.waiting or found.may_hold):
        return None
    return Part("holds", "budgets/_part_holds.html", {"held": found, "money": MONEY})


def _statements(person: Person, line: Line, now: datetime) -> Part | None:
    rows = statements_of_line(person, line, now=now)
    return Part("statements", "budgets/_part_statements.html", {"rows": rows, "line": line}) if rows else None
