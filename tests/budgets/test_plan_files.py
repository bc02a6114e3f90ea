"""Plans by file: what `import_file --preset budget` makes of them, and which lines it refuses."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from budgets.models import Balance, Budget, BudgetState, LineMonth, Version
from budgets.plan_files import read_period
from budgets.selectors.plan_rows import rows_of
from tests.people import bob, charlie

HEAD = "budget,line,period,amount,category,core\n"


def take(tmp_path: Path, text: str, *more: str) -> dict[str, Any]:
    path = tmp_path / "plan.csv"
    path.write_text(text, encoding="utf-8")
    said = StringIO()
    call_command("import_file", str(path), "--preset", "budget", *more, stdout=said)
    told: dict[str, Any] = json.loads(said.getvalue())
    return told


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2026-08", "2026-08"), ("2026-8", "2026-08"), ("2026年8月", "2026-08"), ("2026/08", "2026-08"),
        ("2026-08-01", "2026-08"), ("2026-Q3", "2026-Q3"), ("2026q3", "2026-Q3"), ("2026年第三季度", "2026-Q3"),
        ("2026年3季度", "2026-Q3"), ("2026", "2026"), ("２０２６年", "2026"), ("2026年度", "2026"),
        ("2026-13", None), ("2026-08-10", None), ("August", None), ("", None), ("2026-W33", None),
    ],
)  # fmt: skip
def test_a_period_is_read_as_people_write_it(text: str, period: str | None) -> None:
    found = read_period(text, fiscal_start=1)
    assert (str(found) if found else None) == period


@pytest.mark.django_db
def test_a_file_makes_a_draft_and_with_a_manager_an_approved_budget(tmp_path: Path) -> None:
    text = HEAD + "Plan 2026,Search,2026-08,310000,ads,yes\nPlan 2026,Fair,2026-08,5万,活动,否\n"
    told = take(tmp_path, text, "--draft")
    assert (told["rows"], told["accepted"], told["rejected"]) == (2, 2, 0)
    assert told["budgets"][0]["state"] == "draft"
    budget = Budget.objects.get()
    assert (budget.state, budget.first_day, budget.last_day) == ("draft", date(2026, 8, 1), date(2026, 8, 31))
    search, fair = rows_of(Version.objects.get())
    assert (search.shape, search.core, fair.category, fair.core, fair.amount) == (
        "equal",
        True,
        "events",
        False,
        50_000,
    )
    assert take(tmp_path, text, "--draft")["budgets"][0]["unchanged"]
    bob()
    assert take(tmp_path, text, "--approve-as", "bob")["budgets"][0]["state"] == "holds"
    assert Balance.objects.get(line__name="Search").total == 310_000
    again = take(tmp_path, text, "--approve-as", "bob")["budgets"][0]
    assert (again["unchanged"], again["version"]) == (True, 1)
    changed = take(tmp_path, text.replace("310000", "400000"), "--approve-as", "bob")["budgets"][0]
    assert (changed["version"], changed["state"]) == (2, "holds")
    assert Balance.objects.get(line__name="Search").total == 400_000


@pytest.mark.django_db
def test_what_is_planned_and_spent_by_files_alone_burns_as_it_should(tmp_path: Path) -> None:
    told = take(tmp_path, HEAD + "Plan 2026,Search,2026-08,310000,ads,yes\n")
    assert told["budgets"][0]["state"] == "holds"
    spend = tmp_path / "spend.csv"
    lines = [f"2026-08-{day:02d},Plan 2026,Search,spend,13333.3333,R-{day}" for day in range(1, 15)]
    lines.append("2026-08-15,Plan 2026,Search,spend,13333.3338,R-15")
    spend.write_text("date,budget,line,kind,amount,reference\n" + "\n".join(lines), encoding="utf-8")
    call_command("import_file", str(spend), "--preset", "spend", stdout=StringIO())
    said = StringIO()
    call_command("burn", "Plan 2026", "Search", "--as-of", "2026-08-15", stdout=said)
    burn = json.loads(said.getvalue())
    assert {name: burn[name] for name in ("planned", "committed", "spent", "expected", "variance")} == {
        "planned": 310_000, "committed": 0, "spent": 200_000, "expected": 150_000, "variance": 0.3333,
    }  # fmt: skip
    assert (burn["forecast"], burn["run_out"]) == (413_333.33, "2026-08-24")


@pytest.mark.django_db
def test_years_and_quarters_fall_on_their_months_by_days(tmp_path: Path) -> None:
    bob()
    text = HEAD + "Year,Search,2026,365,ads,\nYear,Fair,2026-Q3,92,events,no\nYear,Fair,2026-10,10,,\n"
    take(tmp_path, text, "--approve-as", "bob")
    months = LineMonth.objects.filter(line__name="Search").order_by("month").values_list("planned", flat=True)
    assert list(months) == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    months = LineMonth.objects.filter(line__name="Fair").order_by("month").values_list("planned", flat=True)
    assert list(months) == [31, 31, 30, 10]
    assert Budget.objects.get().last_day == date(2026, 12, 31)


@pytest.mark.django_db
def test_a_file_with_wrong_lines_changes_nothing_and_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD + (
        "Plan,Search,2026-08,100,ads,yes\n"
        "Plan,Search,2026-08,100,ads,yes\n"
        "Plan,Fair,soon,100,ads,yes\n"
        "Plan,Fair,2026-08,-5,ads,yes\n"
        "Plan,Fair,2026-08,much,gold,perhaps\n"
        ",Fair,2026-08,5,ads,yes\n"
    )
    with pytest.raises(CommandError, match="Nothing was changed"):
        take(tmp_path, text)
    said = capsys.readouterr().err
    assert [f"line {number}:" in said for number in (2, 3, 4, 5, 6, 7)] == [
        False,
        True,
        True,
        True,
        True,
        True,
    ]
    assert "A plan cannot be negative" in said
    assert not Budget.objects.exists()
    with pytest.raises(CommandError, match="headings"):
        take(tmp_path, "a,b,c\n1,2,3\n")


@pytest.mark.django_db
def test_who_may_not_approve_leaves_nothing_behind(tmp_path: Path) -> None:
    bob()
    charlie()
    with pytest.raises(CommandError, match="may not approve"):
        take(tmp_path, HEAD + "Plan,Search,2026-08,100,ads,yes\n", "--approve-as", "charlie")
    with pytest.raises(CommandError, match="nobody with the user name"):
        take(tmp_path, HEAD + "Plan,Search,2026-08,100,ads,yes\n", "--approve-as", "zoe")
    assert not Budget.objects.filter(state=BudgetState.OPEN).exists()
    assert not Budget.objects.exists()
