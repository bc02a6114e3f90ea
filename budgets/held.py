"""What people hold of budgets: lines and budgets that are theirs. Questions on a line go with the line."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetState, Line, LineState, PlanLine, VersionState
from organization.gate import Action, can
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="budget_lines",
            label=_("Budgets and their lines"),
            held=lambda whom: [*names(_budgets(whom), _budget_name), *names(_lines(whom), _line_name)],
            hand_over=hand_over,
            end=lambda leaving: _give(leaving, None),
            why_end=_("They have no owner any more: what is asked about a line goes to its manager."),
        )
    )


def _budgets(whom: Person) -> QuerySet[Budget]:
    return (
        Budget.objects.filter(owner=whom)
        .exclude(state=BudgetState.CLOSED)
        .select_related("node")
        .order_by("first_day", "pk")
    )


def _lines(whom: Person) -> QuerySet[Line]:
    return (
        Line.objects.filter(owner=whom)
        .exclude(state=LineState.CLOSED)
        .exclude(budget__state=BudgetState.CLOSED)
        .select_related("budget__node")
        .order_by("budget", "position", "pk")
    )


def hand_over(leaving: Leaving, to: Person) -> int:
    """Those of a budget that the other does not see are nobody's: what she may not see, she cannot answer for."""
    return _give(leaving, to)


def _give(leaving: Leaving, to: Person | None) -> int:
    given = 0
    for budget in _budgets(leaving.whom).select_related("node__scope"):
        Budget.objects.filter(pk=budget.pk).update(owner=_who(to, budget))
        given += 1
    for line in _lines(leaving.whom).select_related("budget__node__scope"):
        Line.objects.filter(pk=line.pk).update(owner=_who(to, line.budget))
        given += 1
    drafts = PlanLine.objects.filter(
        owner=leaving.whom, version__state__in=(VersionState.DRAFT, VersionState.WAITING)
    ).select_related("version__budget__node__scope")
    for row in drafts:
        PlanLine.objects.filter(pk=row.pk).update(owner=_who(to, row.version.budget))
    return given


def _who(to: Person | None, budget: Budget) -> Person | None:
    return to if to is not None and can(to, Action.VIEW, budget.node.scope) else None


def _budget_name(row: object) -> str:
    assert isinstance(row, Budget)
    return row.node.label


def _line_name(row: object) -> str:
    assert isinstance(row, Line)
    return f"{row.budget.node.label}: {row.name}"
