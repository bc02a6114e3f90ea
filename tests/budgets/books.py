"""Budgets for tests, made by hand: what the services make, without asking anybody."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from budgets.models import Budget, Entry, Line
from organization.models import Person
from organization.services import make_node

AUGUST = (date(2026, 8, 1), date(2026, 8, 31))


def a_budget(name: str = "Plan 2026", *, days: tuple[date, date] = AUGUST, **more: Any) -> Budget:
    """An approved one, open to every member."""
    node = make_node(dimension="budget", name=name)
    if more.get("state") != "draft":
        node.open = True
        node.save(update_fields=["open"])
    return Budget.objects.create(node=node, first_day=days[0], last_day=days[1], **{"state": "open", **more})


def a_line(
    budget: Budget, name: str = "Search", *, planned: int | Decimal | str | None = None, **more: Any
) -> Line:
    """`planned`: for the budget's first month."""
    node = make_node(dimension="budget", name=name, parent=budget.node)
    line = Line.objects.create(budget=budget, node=node, name=name, **more)
    if planned is not None:
        put(line, "plan", planned, on=budget.first_day)
    return line


def put(
    line: Line, kind: str, amount: int | Decimal | str, *, on: date, person: Person | None = None, **more: Any
) -> Entry:
    return Entry.objects.create(
        line=line, kind=kind, amount=Decimal(amount), day=on, person=person, **{"origin": "form", **more}
    )
