"""What became of a line, and what it brought, in words that everybody reads who may look."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from budgets.held import hand_over
from budgets.models import Budget, Hold, Line, PlanLine, Question, Statement, Transfer, Version
from budgets.selectors.history import Event, history_of
from budgets.selectors.returned import returned_by
from budgets.services import questions
from budgets.services.audience import set_audience
from budgets.services.spending import record as spend
from kpis.work import catch_up
from organization.history import lines
from organization.holdings import Leaving
from organization.models import AuditEntry, Person
from organization.services import rename_node
from tests.api.callers import Program
from tests.budgets.books import a_budget, a_line, put
from tests.people import ada, alice, bob, charlie, dana, node, person, scope

pytestmark = pytest.mark.django_db
START = datetime(2026, 8, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = date(2026, 8, 3)


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


def a_full_line() -> Line:
    budget = a_budget()
    line = a_line(budget, owner=alice())
    version = Version.objects.create(budget=budget, number=1, state="holds", made_by=bob())
    for month in (600, 400):
        put(line, "plan", month, on=DAY, person=bob(), version=version, origin="plan", at=at(0))
    contract = put(line, "commitment", 300, on=DAY, person=alice(), reference="C-1", at=at(1))
    put(line, "spend", 100, on=DAY, person=alice(), reference="R-7", commitment=contract, at=at(2))
    put(line, "commitment", -100, on=DAY, person=alice(), commitment=contract, at=at(2))
    put(line, "commitment", -50, on=DAY, person=dana(), corrects=contract, note="Typing mistake", at=at(3))
    for day in (3, 4):
        put(line, "spend", 20, on=date(2026, 8, day), origin="cost", at=at(4))
    pool = a_line(budget, "Reserve", planned=500, pool="reserve")
    Transfer.objects.create(from_line=pool, to_line=line, amount=80, day=DAY, why="Fairs cost more",
                            asked_by=alice(), asked_at=at(5), state="done", done_at=at(6))  # fmt: skip
    Hold.objects.create(line=line, kind="freeze", amount=10, why="%(share)s is used.", values={"share": "80%"},
                        made_at=at(7), lifted_at=at(8), lifted_by=bob(), lifted_why="She said why.")  # fmt: skip
    Statement.objects.create(line=line, asked_for="rest", day=DAY, due_on=DAY, asked_at=at(7), said_at=at(8),
                             said_by=alice(), text="Two fairs less")  # fmt: skip
    Question.objects.create(line=line, text="Why?", asked_by=charlie(), asked_at=at(9), due_at=at(80),
                            answer="So.", answered_by=alice(), answered_at=at(10))  # fmt: skip
    return line


def test_everything_that_became_of_a_line_is_told_the_newest_first() -> None:
    told = [(one.what, one.who, one.said) for one in history_of(a_full_line()).events]
    assert told == [
        ("A question was answered", "Alice", "So."),
        ("A question was asked", "Charlie", "Why?"),
        ("¥10.00 free again", "Bob", "She said why."),
        ("Said: A plan for the rest", "Alice", "Two fairs less"),
        ("¥10.00 frozen", "Plumbline", "80% is used."),
        ("The owner was asked to say: A plan for the rest", "", ""),
        ("¥80.00 came from Reserve", "", ""),
        ("Asked for ¥80.00 from Reserve", "Alice", "Fairs cost more"),
        ("Cost of its channel from 3 Aug 2026 to 4 Aug 2026: ¥40.00", "", ""),
        ("Commitment corrected: ¥50.00 less (C-1)", "Dana", "Typing mistake"),
        ("¥100.00 spent on 3 Aug 2026 (R-7)", "Alice", ""),
        ("¥300.00 committed on 3 Aug 2026 (C-1)", "Alice", ""),
        ("Version 1 of the plan approved: ¥1,000.00 more", "Bob", ""),
    ]


def test_a_long_history_comes_in_pages_that_leave_nothing_out() -> None:
    line = a_full_line()
    everything = list(history_of(line, most=100).events)
    pages: list[Event] = []
    before = None
    while True:
        page = history_of(line, before=before, most=3)
        pages += page.events
        if page.older is None:
            break
        before = page.older
    assert pages == everything


def test_a_history_takes_a_fixed_number_of_queries(django_assert_max_num_queries: object) -> None:
    line = Line.objects.select_related("budget__node", "node").get(pk=a_full_line().pk)
    for n in range(20):
        put(line, "spend", 1, on=DAY, person=alice(), reference=f"N-{n}", at=at(11))
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        history_of(line)


def test_the_other_end_of_a_transfer_has_no_name_where_it_is_of_another_budget() -> None:
    line = a_line(a_budget(), planned=100)
    other = a_line(a_budget("Secret plan"), "Hidden line", planned=100)
    Transfer.objects.create(from_line=other, to_line=line, amount=80, day=DAY, why="Needed", asked_at=at(1))
    (asked,) = (one for one in history_of(line).events if one.said == "Needed")
    assert asked.what == "Asked for ¥80.00 from another budget"


def test_a_new_name_is_part_of_the_history() -> None:
    line = a_line(a_budget(), planned=100)
    rename_node(node=line.node, name="Fairs", person=bob())
    what = history_of(Line.objects.select_related("budget__node", "node").get(pk=line.pk)).events[0].what
    assert what.startswith("Area · renamed")
    assert "Search → Fairs" in what


@pytest.mark.parametrize("region", [None, "region:华东"])
def test_what_the_channel_brought_is_counted_from_the_budgets_first_day(region: str | None) -> None:
    rows = [
        {"day": day, "channel": "x", "region": where, "revenue": amount, "cost": 100}
        for day, amounts in (
            ("2026-07-31", (5000, 0)),
            ("2026-08-01", (300, 1000)),
            ("2026-08-02", (400, 1000)),
        )
        for where, amount in zip(("华东", "华北"), amounts, strict=True)
    ]
    sent = Program(ada()).post("facts/", {"source": "shop", "rows": rows}, {"Idempotency-Key": "rows"})
    assert not sent.json()["rejected"]
    catch_up()
    line = a_line(a_budget(), channel=node("channel:x"), region=node(region) if region else None)
    found = returned_by(line, today=date(2026, 8, 3))
    assert found is not None
    values = {metric.code: figure.value for metric, figure in found.figures}
    assert values["revenue"] == (Decimal(700) if region else Decimal(2700))
    assert (found.first, found.last) == (date(2026, 8, 1), date(2026, 8, 2))
    assert returned_by(line, today=date(2026, 8, 1)) is None
    assert returned_by(a_line(line.budget, "Fairs"), today=date(2026, 8, 3)) is None


def leaving(whom: Person) -> Leaving:
    return Leaving(whom=whom, by=bob(), now=START, today=DAY)


def test_lines_of_who_leaves_are_handed_over_and_those_in_closed_budgets_that_the_other_does_not_see_are_not() -> (
    None
):
    hers = alice()
    line = a_line(a_budget(), owner=hers)
    version = Version.objects.create(budget=line.budget, number=1, state="draft")
    planned = PlanLine.objects.create(
        version=version, line=line, name="Search", owner=hers, amount=1, months=[DAY], amounts=[1]
    )
    hidden = a_line(a_budget("Hidden", owner=hers), owner=hers)
    set_audience(budget=hidden.budget, areas=[scope("region:华东")], based_on=(), person=bob(), now=START)
    to = person("Nora", "lead", "region:华北")
    assert hand_over(leaving(hers), to) == 3
    for row in (line, planned):
        row.refresh_from_db()
        assert row.owner == to
    hidden.refresh_from_db()
    assert hidden.owner is None
    assert Budget.objects.get(pk=hidden.budget_id).owner is None


def test_a_history_is_told_in_chinese_too() -> None:
    with translation.override("zh-hans"):
        assert history_of(a_full_line()).events


def test_the_audit_trail_tells_budgets_in_words_and_without_numbers_of_rows() -> None:
    line = a_line(a_budget(), owner=alice())
    set_audience(budget=line.budget, areas=[scope("region:华东")], based_on=(), person=bob(), now=START)
    made = questions.ask(line=line, text="Why?", person=charlie(), now=START)
    questions.answer(question=made, text="So.", person=alice(), now=START)
    spend(line=line, amount=Decimal("12.5"), day=DAY, person=alice(), now=START, reference="R-1")
    told = [(one.action, one.subject, dict(one.details)) for one in lines(AuditEntry.objects.order_by("pk"))]
    told = [one for one in told if one[0].startswith("Budget")]
    assert told == [
        ("Budget · who may look changed", "Plan 2026", {"Before": "Every member", "After": "华东"}),
        ("Budget · question asked", "Search", {"Line": "Search", "In words": "Why?"}),
        ("Budget · question answered", "Search", {"Line": "Search", "In words": "So."}),
        ("Budget · spend recorded", "Plan 2026 · Search", {"Line": "Search", "Amount of money": "¥12.50",
                                                           "Day": "3 Aug 2026", "Number": "R-1"}),
    ]  # fmt: skip
