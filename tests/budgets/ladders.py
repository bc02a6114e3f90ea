"""The ladder in tests: a budget with its rules, a day's work of the workers, and what channels brought."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from alerts.models import ConsequenceRun, Rule
from alerts.services import carry_out_next, cover_new_areas
from budgets.models import Budget, LadderRule, Line, Rung
from budgets.services import ladder
from budgets.services.publishing import publish_next
from kpis.work import catch_up
from organization.models import Person, Responsibility
from tests.alerts.builders import look
from tests.budgets.books import a_budget, a_line
from tests.dashboards.figures import report

TODAY = date(2026, 8, 16)
NOW = datetime(2026, 8, 16, 3, tzinfo=UTC)


def a_ladder(name: str = "Plan 2026", **more: Any) -> Budget:
    """An approved budget with the rules that it brings along."""
    budget = a_budget(name, **more)
    ladder.make_rules(budget=budget, person=None, now=NOW)
    return budget


def owned(budget: Budget, name: str, owner: Person, planned: int, **more: Any) -> Line:
    """A line that is somebody's, who is responsible for it too, as an approved plan makes it."""
    line = a_line(budget, name, planned=planned, owner=owner, **more)
    Responsibility.objects.create(scope=line.node.scope, person=owner, first_day=budget.first_day)
    return line


def rule_of(budget: Budget, rung: Rung) -> Rule:
    found = LadderRule.objects.select_related("rule").get(budget=budget, rung=rung).rule
    assert found is not None
    return found


def work(today: date = TODAY, now: datetime = NOW) -> list[str]:
    """What workers do: publish, compute, look, carry out. Returns what was said of all that was brought about so far."""
    cover_new_areas(now=now, today=today)
    while publish_next(today=today):
        pass
    catch_up(today=today)
    look(now=now + timedelta(minutes=1), today=today)
    while carry_out_next(now=now + timedelta(minutes=2)):
        pass
    return [run.words for run in ConsequenceRun.objects.order_by("pk")]


def brings(area: str, *, revenue: int, cost: int) -> None:
    """What a channel brought and cost on each of the month's first 15 days, so that it has a return."""
    report(area, date(2026, 8, 1), 15, revenue=str(revenue), cost=str(cost))
