"""A line of the demo company that is mostly used; its rules look at it like at any other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from budgets.models import Balance, Hold, Statement
from dashboards.demo import ladder
from dashboards.demo.budget import CREATORS
from organization.models import Person
from tests.budgets.ladders import NOW, work
from tests.demo.test_budget import TODAY
from tests.demo.test_budget import make as make_budgets

pytestmark = pytest.mark.django_db


def test_creators_are_mostly_used_so_that_a_plan_is_asked_for_and_a_part_is_frozen() -> None:
    make_budgets()
    staff = {person.username: person for person in Person.objects.all()}
    assert ladder.make(staff=staff, today=TODAY) == ladder.make(staff=staff, today=TODAY) == 1
    balance = Balance.objects.get(line__name=CREATORS)
    assert (balance.committed, balance.free) == (151_200, 28_800)
    work(today=TODAY, now=NOW + timedelta(days=3))
    asked = Statement.objects.get(line__name=CREATORS)
    assert asked.task is not None
    assert asked.task.assigned_to == staff["lead"]
    assert Hold.objects.get(line__name=CREATORS).amount == 2_880
