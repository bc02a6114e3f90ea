"""The ledger: what the database itself holds to, whoever writes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import DatabaseError, transaction

from budgets.models import Balance, DirtyLine, Entry, Hold, LineDay, LineMonth
from tests.budgets.books import a_budget, a_line, put

pytestmark = pytest.mark.django_db


def test_every_figure_is_the_sum_of_entries() -> None:
    line = a_line(a_budget(), planned=1000)
    put(line, "commitment", 300, on=date(2026, 8, 3))
    put(line, "spend", 120, on=date(2026, 8, 4))
    put(line, "spend", -20, on=date(2026, 8, 4))
    kept = Balance.objects.get(line=line)
    assert (kept.planned, kept.committed, kept.spent, kept.free) == (1000, 300, 100, 600)
    assert LineDay.objects.get(line=line, day=date(2026, 8, 4)).spent == 100
    assert LineMonth.objects.get(line=line).planned == 1000
    assert DirtyLine.objects.filter(line=line).exists()


def test_nobody_commits_more_than_is_free() -> None:
    line = a_line(a_budget(), planned=1000)
    put(line, "commitment", 1000, on=date(2026, 8, 3))
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        put(line, "commitment", Decimal("0.01"), on=date(2026, 8, 3))
    assert getattr(refused.value.__cause__, "pgcode", "") == "PL001"


def test_what_was_spent_counts_even_beyond_the_plan() -> None:
    line = a_line(a_budget(), planned=100)
    put(line, "spend", 150, on=date(2026, 8, 3))
    assert Balance.objects.get(line=line).free == -50


def test_nobody_changes_an_entry_that_stands() -> None:
    line = a_line(a_budget(), planned=100)
    for change in (
        lambda: Entry.objects.update(amount=1),
        lambda: cast("Any", Entry.objects.all())._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            change()
        assert getattr(refused.value.__cause__, "pgcode", "") == "PL002"
    assert Balance.objects.get(line=line).planned == 100
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("state", "kind", "amount", "refused"),
    [
        ("paused", "commitment", 10, True),
        ("paused", "commitment", -10, False),
        ("paused", "spend", 10, False),
        ("paused", "transfer", -10, False),
        ("closed", "commitment", 10, True),
        ("closed", "spend", 10, True),
        ("closed", "transfer", 10, True),
    ],
)
def test_a_line_that_is_paused_or_closed_takes_nothing_more(
    state: str, kind: str, amount: int, refused: bool
) -> None:
    line = a_line(a_budget(), planned=100)
    put(line, "commitment", 20, on=date(2026, 8, 1))
    line.state = state
    line.save()
    if not refused:
        put(line, kind, amount, on=date(2026, 8, 3))
        return
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        put(line, kind, amount, on=date(2026, 8, 3))
    assert getattr(error.value.__cause__, "pgcode", "") == "PL003"
