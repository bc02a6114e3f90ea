"""What the history says of budgets' plans."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgets.services.plan_lines import LineDraft
from organization.history import lines
from organization.models import AuditEntry
from tests.budgets.test_plans import a_plan, again, approved, search

pytestmark = pytest.mark.django_db


def test_the_history_says_what_became_of_a_plan() -> None:
    budget = approved(a_plan(search()))
    again(budget, search(), LineDraft("Fair", Decimal(5)))
    entries = AuditEntry.objects.filter(subject=budget.node.code, action__startswith="budget.").order_by("pk")
    told = lines(entries)
    assert [one.action for one in told] == [
        "Budget · drafted", "Budget · sent for approval", "Budget · approved", "Budget · another version begun",
        "Budget · planned anew",
    ]  # fmt: skip
    assert ("Planned in all", "¥1,005.00") in told[-1].details
