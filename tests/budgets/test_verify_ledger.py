"""Whether the ledger's sums are those of its entries, as the command says."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from budgets.models import Balance, LineDay, LineMonth
from tests.budgets.books import a_budget, a_line, put

pytestmark = pytest.mark.django_db


def verify() -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("verify_ledger", stdout=out)
    except SystemExit as error:
        return int(error.code or 0), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_dana_hears_that_all_sums_agree() -> None:
    line = a_line(a_budget(), planned=1000)
    put(line, "transfer", -100, on=date(2026, 8, 2))
    put(line, "commitment", 300, on=date(2026, 8, 3))
    put(line, "commitment", -300, on=date(2026, 8, 4))
    put(line, "spend", 300, on=date(2026, 8, 4))
    put(line, "freeze", 50, on=date(2026, 8, 5))
    put(line, "release", -50, on=date(2026, 8, 6))
    code, told = verify()
    assert (code, told["agrees"], told["entries"], told["differences"]) == (0, True, 7, [])


def test_nothing_agrees_with_nothing() -> None:
    a_line(a_budget())
    assert verify()[1]["agrees"]


@pytest.mark.parametrize(
    ("table", "column", "day"),
    [
        (Balance, "spent", None),
        (Balance, "frozen", None),
        (LineDay, "spent", "2026-08-03"),
        (LineDay, "committed", "2026-08-03"),
        (LineMonth, "planned", "2026-08-01"),
        (LineMonth, "spent", "2026-08-01"),
    ],
)
def test_dana_hears_which_sum_differs(table: Any, column: str, day: str | None) -> None:
    line = a_line(a_budget("Plan"), "Search", planned=1000)
    put(line, "spend", 30, on=date(2026, 8, 3))
    table.objects.filter(line=line).update(**{column: 7})
    code, told = verify()
    assert (code, told["agrees"], told["differing"]) == (1, False, 1)
    (one,) = told["differences"]
    assert (one["name"], one.get("day")) == ("Plan/Search", day)
    assert one["kept"][column] == "7.0000" != one["entries"][column]


def test_a_sum_that_was_lost_is_missed() -> None:
    line = a_line(a_budget(), planned=1000)
    LineMonth.objects.filter(line=line).delete()
    assert verify()[1]["differences"][0]["kept"]["planned"] == "0"
