"""What the demo company moved within its quarter: one approved, one that waits for the director; the same however often made."""

from __future__ import annotations

import pytest

from budgets.models import Balance, Transfer
from dashboards.demo import transfers
from dashboards.demo.budget import FAIR
from decisions.models import Step
from organization.models import Person
from tests.demo.test_budget import TODAY
from tests.demo.test_budget import make as make_budgets

pytestmark = pytest.mark.django_db


def test_the_fair_got_money_from_the_reserve_and_creators_wait_for_theirs() -> None:
    make_budgets()
    staff = {person.username: person for person in Person.objects.all()}
    assert transfers.make(staff=staff, today=TODAY) == 2
    assert transfers.make(staff=staff, today=TODAY) == 2
    assert list(Transfer.objects.order_by("pk").values_list("state", flat=True)) == ["done", "waiting"]
    assert Balance.objects.get(line__name=FAIR).total == 330_000
    assert Step.objects.get(state="waiting", proposal__kind="budgets.transfer").duty == "director"
