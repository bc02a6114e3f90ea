"""That no cost feeds two lines, of one plan or of two budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from budgets.models import Budget, BudgetState, FedBy, Line, LineState, PlanLine
from budgets.planning import Fed, fed_twice
from organization.models import NodeAncestor
from organization.services import Refused


def check_cost(budget: Budget, rows: Sequence[PlanLine]) -> None:
    """Raises Refused where some cost would feed two lines, of this plan or of another budget's lines."""
    fed = [row for row in rows if row.fed_by == FedBy.COST]
    if not fed:
        return
    others = list(
        Line.objects.filter(
            fed_by=FedBy.COST,
            budget__first_day__lte=budget.last_day,
            budget__last_day__gte=budget.first_day,
        )
        .exclude(budget=budget)
        .exclude(state=LineState.CLOSED, budget__state=BudgetState.OPEN)
        .select_related("budget__node")
    )
    nodes = {pk for one in (*fed, *others) for pk in (one.channel_id, one.region_id) if pk is not None}
    above: dict[int, list[int]] = defaultdict(list)
    for node_id, ancestor_id in (
        NodeAncestor.objects.filter(node__in=nodes)
        .order_by("-ancestor_depth")
        .values_list("node", "ancestor")
    ):
        above[node_id].append(ancestor_id)

    def of(one: PlanLine | Line, name: str, first: date, last: date) -> Fed:
        channel = above[one.channel_id] if one.channel_id else []
        region = above[one.region_id] if one.region_id else []
        return Fed(name, first, last, tuple(channel), tuple(region))

    own = [of(row, row.name, budget.first_day, budget.last_day) for row in fed]
    theirs = [
        of(one, f"{one.budget.node.label}: {one.name}", one.budget.first_day, one.budget.last_day)
        for one in others
    ]
    pairs = fed_twice(own, theirs)
    if pairs:
        one, other = pairs[0]
        raise Refused(
            _(
                "“%(one)s” and “%(other)s” would both count the cost of one channel on the same days. Tie one of them"
                " to another channel or region, or let its spend be entered."
            )
            % {"one": one.name, "other": other.name}
        )
