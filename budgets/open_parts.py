"""What is in the open of a line, as parts of its page: what its channel brought, questions, its history."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from budgets.line_parts import Part, register_part
from budgets.models import Line
from budgets.selectors.history import history_of
from budgets.selectors.questions import of_line
from budgets.selectors.returned import returned_by
from organization.models import Person

LATEST = 8


def register() -> None:
    register_part("returned", returned)
    register_part("questions", questions)
    register_part("history", history)


def returned(person: Person, line: Line, now: datetime) -> Part | None:
    found = returned_by(line, today=timezone.localdate(now))
    if found is None:
        return None
    return Part("returned", "budgets/_part_returned.html", {"returned": found})


def questions(person: Person, line: Line, now: datetime) -> Part:
    newest, count = of_line(line)
    context = {"line": line, "questions": newest, "more": count - len(newest), "now": now}
    return Part("questions", "budgets/_part_questions.html", context)


def history(person: Person, line: Line, now: datetime) -> Part:
    return Part(
        "history", "budgets/_part_history.html", {"line": line, "history": history_of(line, most=LATEST)}
    )
