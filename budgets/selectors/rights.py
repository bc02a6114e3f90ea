"""Who may look at budgets and their lines, and who may do what with them, by the gate.

An approved budget is open to all members unless it is closed to named areas (`Node.open`, `NodeReader`); a draft is seen
by those alone who may keep it.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from budgets.models import Budget, BudgetState, Line
from organization.gate import Action, Someone, can, scopes_where, visible_scopes
from organization.models import Node, Person


def visible_budgets(person: Someone) -> QuerySet[Budget]:
    """Those that she may look at, with their nodes; a bounded number of queries in front."""
    kept = Q(node__scope__in=scopes_where(person, Action.KEEP_BUDGETS))
    approved = ~Q(state=BudgetState.DRAFT)
    return Budget.objects.filter(kept | approved, node__scope__in=visible_scopes(person)).select_related(
        "node__scope"
    )


def visible_lines(person: Someone) -> QuerySet[Line]:
    """The lines of approved budgets that she may look at, with what they are tied to and whose they are."""
    return Line.objects.filter(node__scope__in=visible_scopes(person)).select_related(
        "node__scope", "budget__node__scope", "channel__scope", "region__scope", "team", "owner"
    )


def get_budget_or_404(person: Someone, pk: int, needs: Action | None = None) -> Budget:
    """Raises Http404 where she may not look at it, PermissionDenied where her role is too weak for `needs`."""
    budget = visible_budgets(person).filter(pk=pk).first()
    if budget is None:
        raise Http404
    if needs is not None and not can(person, needs, budget.node.scope):
        raise PermissionDenied
    return budget


def get_line_or_404(person: Someone, pk: int) -> Line:
    """Raises Http404 where she may not look at it. What she may do with it, `may_spend` and its like say."""
    # Its budget and what it is tied to by themselves: a dozen tables at once take longer to plan than to read.
    found = (
        visible_lines(person)
        .select_related(None)
        .select_related("node__scope", "team", "owner")
        .prefetch_related(
            Prefetch("budget", Budget.objects.select_related("node__scope")),
            *(Prefetch(name, Node.objects.select_related("scope")) for name in ("channel", "region")),
        )
    )
    line = found.filter(pk=pk).first()
    if line is None:
        raise Http404
    return line


def may_keep(person: Someone, budget: Budget) -> bool:
    """Plan it, say who may look, ask for transfers between any of its lines."""
    return can(person, Action.KEEP_BUDGETS, budget.node.scope)


def may_keep_any(person: Someone) -> bool:
    """Begin a new budget, which touches the company."""
    return can(person, Action.KEEP_BUDGETS)


def may_spend(person: Someone, line: Line) -> bool:
    """Record spend and commitments on it, and ask for transfers from or to it: its owner, as long as she sees it, or
    who has the role for it."""
    if owns(person, line) and can(person, Action.VIEW, line.node.scope):
        return True
    return can(person, Action.RECORD_SPEND, line.node.scope)


def may_free(person: Someone, line: Line) -> bool:
    """Lift what was frozen or paused."""
    return can(person, Action.FREE_MONEY, line.node.scope)


def owns(person: Someone, line: Line) -> bool:
    return isinstance(person, Person) and line.owner_id == person.pk
