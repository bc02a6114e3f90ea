"""The demo company's spend: what channels cost, and invoices and contracts; the same however often made."""

from __future__ import annotations

import pytest

from budgets.models import Balance, Entry, FedBy, Line
from dashboards.demo import spend
from dashboards.demo.budget import CREATORS, FAIR, FILM, MEETINGS, PRESS
from organization.models import Person
from tests.dashboards.figures import source
from tests.demo.test_budget import TODAY, make

pytestmark = pytest.mark.django_db


def test_the_quarter_has_invoices_contracts_and_corrections_and_none_is_overspent() -> None:
    make()
    source()
    staff = {one.username: one for one in Person.objects.all()}
    count = spend.make(staff=staff, today=TODAY)
    assert count > 20
    assert spend.make(staff=staff, today=TODAY) == count
    for name in (FAIR, CREATORS, FILM, PRESS, MEETINGS):
        balance = Balance.objects.get(line__name=name, line__budget__state="open")
        assert balance.spent > 0
        assert balance.free > 0
    assert Balance.objects.get(line__name=FAIR, line__budget__state="open").committed == 35_000
    assert Entry.objects.filter(flagged=True).count() == 1
    assert Entry.objects.filter(note=spend.SLIP, amount__lt=0).count() == 1
    assert Line.objects.filter(fed_by=FedBy.COST).exists()
