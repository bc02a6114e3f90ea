"""Money that is held back: who sees it, what it stops, and how it comes free again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from budgets.models import AskedFor, Balance, BudgetSettings, Entry, Hold, Line, LineState, Statement
from budgets.services import holds, ledger, statements
from budgets.services.settings import (
    SettingsDraft,
    SettingsMoved,
    SettingsRefused,
    set_settings,
    settings,
)
from decisions.models import Task
from decisions.services import Settled
from organization.models import AuditEntry, Person
from organization.services import Refused
from tests.budgets.books import a_budget, a_line, put
from tests.decisions.plans import CHINA
from tests.people import alice, bob

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
NOW = datetime(2026, 8, 20, 9, tzinfo=CHINA)
DAY = date(2026, 8, 20)


def search(planned: int = 1000, spent: int = 0, **more: Any) -> Line:
    line = a_line(a_budget(), planned=planned, **more)
    if spent:
        put(line, "spend", spent, on=date(2026, 8, 10))
    return line


def freeze(line: Line, amount: int | str = 100, **more: Any) -> Hold | None:
    return holds.freeze(
        line=line, amount=D(amount), **{"why": "It burns.", "person": None, "now": NOW, **more}
    )


def commit(line: Line, amount: int) -> None:
    entry = ledger.New(line=line, kind="commitment", amount=D(amount), day=DAY, origin="form")
    ledger.write(entries=[entry], person=None, now=NOW)


def ask(line: Line, asked_for: AskedFor = AskedFor.REST, day: date = DAY, **more: Any) -> Statement:
    return statements.ask(
        line=line, asked_for=asked_for, day=day, **{"values": {}, "episode": 7, "now": NOW, **more}
    )[0]


def say(statement: Statement, by: Person, text: str = "Two more fairs, then nothing.") -> Statement:
    return statements.say(statement=statement, text=text, person=by, now=NOW)


# -- Freezing and pausing ----------------------------------------------------------------------------


def test_what_is_frozen_cannot_be_committed_and_the_refusal_says_why() -> None:
    line = search(1000)
    hold = freeze(line, 100)
    assert hold is not None
    assert hold.amount == 100
    commit(line, 900)
    with pytest.raises(ledger.NotFree, match=r"It burns\."):
        commit(line, 1)


def test_more_than_is_free_is_never_frozen() -> None:
    line = search(1000, spent=950)
    hold = freeze(line, 100)
    assert hold is not None
    assert hold.amount == 50
    assert Balance.objects.get(line=line).free == 0


def test_nothing_is_frozen_where_nothing_is_free() -> None:
    assert freeze(search(1000, spent=1100), 100) is None
    assert not Hold.objects.exists()


def test_money_that_is_frozen_already_is_not_frozen_again() -> None:
    line = search()
    assert freeze(line, 100) == freeze(line, 300)
    assert Balance.objects.get(line=line).frozen == 100


def test_bob_lifts_a_freeze_with_a_reason_and_all_of_it_is_on_record() -> None:
    line = search()
    hold = freeze(line, 100)
    assert hold is not None
    with pytest.raises(Refused, match="Say why"):
        holds.lift(hold=hold, why=" ", person=bob(), now=NOW)
    holds.lift(hold=hold, why="The fair is paid.", person=bob(), now=NOW)
    assert Balance.objects.get(line=line).frozen == 0
    assert [(one.kind, one.amount) for one in Entry.objects.filter(hold=hold).order_by("pk")] == [
        ("freeze", 100),
        ("release", -100),
    ]
    assert list(
        AuditEntry.objects.filter(action__startswith="budget.")
        .order_by("pk")
        .values_list("action", flat=True)
    ) == [
        "budget.freeze",
        "budget.lift",
    ]


def test_what_was_lifted_is_not_lifted_twice() -> None:
    line = search()
    hold = freeze(line, 100)
    assert hold is not None
    holds.lift(hold=hold, why="So.", person=bob(), now=NOW)
    with pytest.raises(Refused, match="Bob has lifted"):
        holds.lift(hold=hold, why="So.", person=alice("company"), now=NOW)
    assert Balance.objects.get(line=line).frozen == 0


def test_a_paused_line_takes_no_commitment_until_somebody_lets_it_go_on() -> None:
    line = search(1000, spent=400)
    hold = holds.pause(line=line, why="Its return is low.", person=None, now=NOW)
    assert hold.amount == 600
    with pytest.raises(ledger.LineClosed, match="Its return is low"):
        commit(line, 1)
    put(line, "spend", 10, on=DAY)  # what was ordered before is paid
    holds.lift(hold=hold, why="A new campaign.", person=bob(), now=NOW)
    commit(line, 1)
    assert Line.objects.get(pk=line.pk).state == LineState.OPEN


def test_a_paused_line_is_not_paused_again() -> None:
    line = search()
    first = holds.pause(line=line, why="So.", person=None, now=NOW)
    assert holds.pause(line=line, why="Again.", person=bob(), now=NOW) == first


def test_a_closed_line_is_neither_frozen_nor_paused() -> None:
    line = search(state="closed")
    with pytest.raises(Refused, match="closed"):
        freeze(line)
    with pytest.raises(Refused, match="closed"):
        holds.pause(line=line, why="So.", person=None, now=NOW)


# -- What owners are asked ---------------------------------------------------------------------------


def test_the_owner_gets_a_task_that_is_due_in_three_working_days() -> None:
    owner = alice("company")
    made = ask(search(owner=owner))
    assert made.due_on == date(2026, 8, 25)  # Thursday, and a weekend between
    assert made.task is not None
    assert (made.task.assigned_to, made.task.due_on) == (owner, made.due_on)


def test_a_line_of_somebody_who_left_asks_whoever_is_responsible() -> None:
    owner = alice("company")
    owner.is_active = False
    owner.save()
    made = ask(search(owner=owner))
    assert made.task is not None
    assert made.task.assigned_to is None


def test_what_is_asked_and_not_said_yet_is_not_asked_again() -> None:
    line = search()
    first = ask(line)
    assert ask(line, day=date(2026, 8, 21)) == first
    assert Task.objects.count() == 1
    assert ask(line, AskedFor.DAY_CAUSE) != first


def test_each_day_has_a_cause_of_its_own() -> None:
    line = search()
    days = [date(2026, 8, 18), date(2026, 8, 19), date(2026, 8, 19)]
    assert len({ask(line, AskedFor.DAY_CAUSE, day).pk for day in days}) == 2


def test_filing_the_plan_ends_the_task_and_frees_what_waited_for_it() -> None:
    owner = alice("company")
    line = search(owner=owner)
    made = ask(line)
    freeze(line, 100, episode=7, values={"until": "line"})
    say(made, owner)
    task = Task.objects.get()
    assert (task.state, task.done_by) == ("done", owner)
    assert Balance.objects.get(line=line).frozen == 0
    assert Hold.objects.get().lifted_why == statements.FILED


def test_what_the_whole_budget_holds_back_waits_for_the_last_plan() -> None:
    budget, owner = a_budget(), alice("company")
    lines = [a_line(budget, name, planned=1000, owner=owner) for name in ("Search", "Fairs", "Films")]
    asked = [ask(line) for line in lines[:2]]
    for line in lines:
        freeze(line, 100, episode=7, values={"until": "budget"})
    say(asked[0], owner)
    assert Hold.objects.filter(lifted_at__isnull=True).count() == 3
    say(asked[1], owner)
    assert not Hold.objects.filter(lifted_at__isnull=True).exists()


def test_what_somebody_froze_herself_is_freed_by_no_plan() -> None:
    owner = alice("company")
    line = search(owner=owner)
    freeze(line, 100, person=bob())
    say(ask(line), owner)
    assert Balance.objects.get(line=line).frozen == 100


def test_a_cause_is_kept_with_the_line_and_said_once() -> None:
    owner = alice("company")
    made = ask(search(owner=owner), AskedFor.LINE_CAUSE)
    with pytest.raises(Refused, match="Write it first"):
        say(made, owner, "  ")
    say(made, owner, "The agency raised its prices.")
    with pytest.raises(Settled, match="Alice has said it"):
        say(made, bob(), "No.")
    assert Statement.objects.get().text == "The agency raised its prices."


# -- Settings ----------------------------------------------------------------------------------------


def draft(**more: Any) -> SettingsDraft:
    row = settings()
    usual = {name: getattr(row, name) for name in SettingsDraft.__dataclass_fields__}
    return replace(SettingsDraft(**usual), **more)


def save(based_on: int = 1, **more: Any) -> BudgetSettings:
    return set_settings(draft=draft(**more), based_on=based_on, person=bob(), now=NOW)


def test_bob_sets_a_share_and_the_history_says_what_changed() -> None:
    row = save(warn_share=D("0.7"))
    assert (row.warn_share, row.version, row.changed_by) == (D("0.7"), 2, bob())
    assert AuditEntry.objects.get().details == {
        "before": {"warn_share": "0.8000"},
        "after": {"warn_share": "0.7"},
    }


def test_saving_what_stands_changes_nothing() -> None:
    assert save().version == 1
    assert not AuditEntry.objects.exists()


def test_of_two_who_set_at_once_the_later_sees_it() -> None:
    save(warn_share=D("0.7"))
    with pytest.raises(SettingsMoved):
        save(warn_share=D("0.6"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("warn_share", D("1.1")),
        ("warn_share", D(0)),
        ("freeze_share", D("-0.1")),
        ("day_over", D("NaN")),
        ("reserve_share", D("0.88")),
        ("plan_days", 0),
        ("return_threshold", D(-1)),
        ("return_metric", "nothing"),
        ("categories", {"ads": D(40)}),
        ("categories", {"cars": D(100)}),
    ],
)
def test_what_no_budget_can_go_by_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(SettingsRefused) as refused:
        save(**{field: value})
    assert refused.value.field == field
    assert settings().version == 1
