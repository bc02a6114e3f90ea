"""The demo company's budgets: planned by its channels' targets, approved, with pools; the same however often made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budgets.models import Balance, Budget, BudgetState, Line, Pool
from dashboards.demo import budget, company, people, targets
from dashboards.demo.world import CHANNELS, TEAMS
from organization.models import Person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 19)


def make() -> int:
    nodes = company.make_trees()
    scopes = company.scopes_of(nodes)
    teams = {node.slug: node for (dimension, _path), node in nodes.items() if dimension == "team"}
    staff = people.hire(
        scopes=scopes, teams={name.zh: teams[name.zh] for name, _ in TEAMS}, since=date(2025, 1, 1)
    )
    aims = [
        targets.Aim(metric, (("channel", (channel.name.zh,)),), date(2026, month, 1), Decimal(value))
        for channel in CHANNELS
        for month in range(1, 13)
        for metric, value in (("cost", 1000), ("orders", 10))
    ]
    company.set_plan(aims=aims, nodes=nodes, person=staff["manager"])
    return budget.make(scopes=scopes, teams=teams, staff=staff, today=TODAY)


def test_the_demo_has_two_budgets_approved_and_one_in_draft() -> None:
    assert make() == 3
    assert make() == 3
    year, quarter = Budget.objects.filter(state=BudgetState.OPEN).order_by("first_day")
    assert str(year.node) == "Marketing 2026 年度市场预算"
    assert (quarter.first_day, quarter.last_day) == (date(2026, 7, 1), date(2026, 9, 30))
    fed = Line.objects.filter(budget=year, pool="")
    assert {line.balance.planned for line in fed} == {Decimal(12_000)}
    assert fed.count() == len(CHANNELS)
    assert {line.conversions for line in fed} == {Decimal(120)}
    reserve = Balance.objects.get(line__budget=year, line__pool=Pool.RESERVE)
    assert reserve.planned == Decimal(27_000)  # 15% of all of it
    assert Person.objects.get(username="lead") in {line.owner for line in quarter.lines.all()}
