"""Plans of budgets: what people draft, what approval makes of it, and what it may not do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from budgets.models import (
    Balance,
    Budget,
    BudgetState,
    Entry,
    Line,
    LineMonth,
    LineState,
    Shape,
    Version,
    VersionState,
)
from budgets.selectors.plan_rows import rows_of
from budgets.services.drafts import draft_budget, draft_version, drop_draft
from budgets.services.plan_lines import (
    LineDraft,
    LineRefused,
    PlanMoved,
    as_draft,
    save_draft,
    save_line,
)
from budgets.services.plans import close_budget, send_plan
from decisions.models import Proposal
from decisions.services import decide, withdraw
from kpis.models import AmountDay, Measure
from organization.models import Responsibility
from organization.services import Refused
from tests.budgets.books import put
from tests.dashboards.figures import source
from tests.people import alice, bob, dana, node

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 3, 2, tzinfo=UTC)
JULY, OCTOBER = date(2026, 7, 15), date(2026, 10, 15)


def a_plan(*lines: LineDraft, name: str = "Autumn", days: tuple[date, date] = (JULY, OCTOBER)) -> Version:
    return draft_budget(
        name=name, first_day=days[0], last_day=days[1], owner=dana(), person=dana(), now=NOW, lines=lines
    )


def search(amount: str = "1000", **more: object) -> LineDraft:
    return LineDraft(**{"name": "Search", "amount": Decimal(amount), **more})  # type: ignore[arg-type]


def send(version: Version) -> Proposal:
    version.refresh_from_db()
    return send_plan(version=version, why="As agreed.", based_on=version.revision, person=dana(), now=NOW)


def approved(version: Version) -> Budget:
    bob()
    decide(proposal=send(version), person=bob(), verdict="approve", note="", as_of=NOW)
    return Budget.objects.get(pk=version.budget_id)


def again(budget: Budget, *lines: LineDraft) -> Version:
    """Another version with these lines."""
    version = draft_version(budget=budget, person=dana(), now=NOW)
    return save_draft(version=version, lines=lines, based_on=version.revision, person=dana(), now=NOW)


def test_an_approved_plan_becomes_lines_and_entries_that_add_up_to_the_cent() -> None:
    owner = alice("company")
    budget = approved(a_plan(search("1000.01", owner=owner), LineDraft("Fair", Decimal(500), core=False)))
    assert budget.state == BudgetState.OPEN
    line = Line.objects.get(name="Search")
    assert line.node.code == "budget:autumn/search"
    months = dict(LineMonth.objects.filter(line=line).values_list("month", "planned"))
    assert sorted(months) == [date(2026, month, 1) for month in (7, 8, 9, 10)]
    assert sum(months.values()) == Decimal("1000.01") == Balance.objects.get(line=line).total
    # 17 of 93 days lie in July, and its money stands on the budget's first day.
    assert months[date(2026, 7, 1)] == Decimal("182.80")
    assert Entry.objects.filter(line=line).earliest("day").day == JULY
    assert Responsibility.objects.get(scope__node=line.node).person == owner
    assert Version.objects.get().state == VersionState.HOLDS


def test_nothing_moves_before_somebody_else_approves() -> None:
    bob()
    proposal = send(a_plan(search()))
    assert not Line.objects.exists()
    with pytest.raises(Refused):
        decide(proposal=proposal, person=dana(), verdict="approve", note="", as_of=NOW)
    assert not Entry.objects.exists()


def test_a_later_version_writes_only_what_it_changes() -> None:
    budget = approved(a_plan(search(), LineDraft("Fair", Decimal(500))))
    before = Entry.objects.count()
    approved(again(budget, search("1400"), LineDraft("Fair", Decimal(500)), LineDraft("Video", Decimal(93))))
    assert Balance.objects.get(line__name="Search").planned == 1400
    assert Entry.objects.filter(line__name="Fair").count() == 4
    assert Entry.objects.count() == before + 4 + 4
    assert [one.state for one in budget.versions.all()] == [VersionState.REPLACED, VersionState.HOLDS]


def test_a_version_takes_nothing_away_that_is_used() -> None:
    budget = approved(a_plan(search(), LineDraft("Fair", Decimal(500))))
    put(Line.objects.get(name="Search"), "commitment", 600, on=date(2026, 8, 1))
    version = again(budget, search("599.99"), LineDraft("Fair", Decimal(500)))
    with pytest.raises(Refused, match="already, and would have"):
        send(version)
    version.refresh_from_db()
    version = save_draft(version=version, lines=[LineDraft("Fair", Decimal(500))], based_on=version.revision,
                         person=dana(), now=NOW)  # fmt: skip
    with pytest.raises(Refused, match="cannot be left out"):
        send(version)


def test_what_is_spent_between_sending_and_approval_is_minded_too() -> None:
    bob()
    budget = approved(a_plan(search()))
    proposal = send(again(budget, search("500")))
    put(Line.objects.get(name="Search"), "spend", 700, on=date(2026, 8, 1))
    with pytest.raises(Refused, match="700"):
        decide(proposal=proposal, person=bob(), verdict="approve", note="", as_of=NOW)
    proposal.refresh_from_db()
    assert proposal.undecided
    assert Balance.objects.get().planned == 1000


def test_a_line_over_its_plan_may_be_given_more_though_not_enough() -> None:
    budget = approved(a_plan(search()))
    put(Line.objects.get(name="Search"), "spend", 1500, on=date(2026, 8, 1))
    approved(again(budget, search("1200")))
    assert Balance.objects.get().free == -300


def test_a_line_that_a_version_leaves_out_is_closed_and_can_come_back() -> None:
    budget = approved(a_plan(search(), LineDraft("Fair", Decimal(500))))
    fair = Line.objects.get(name="Fair")
    approved(again(budget, search()))
    fair.refresh_from_db()
    assert fair.state == LineState.CLOSED
    assert Balance.objects.get(line=fair).total == 0
    approved(again(budget, search(), LineDraft("Fair", Decimal(200))))
    fair.refresh_from_db()
    assert fair.state == LineState.OPEN
    assert Balance.objects.get(line=fair).total == 200


def test_the_second_of_two_editors_sees_the_conflict() -> None:
    version = a_plan(search())
    seen = version.revision
    row = rows_of(version)[0]
    save_line(version=version, draft=search("900"), row=row, based_on=seen, person=dana(), now=NOW)
    with pytest.raises(PlanMoved):
        save_line(version=version, draft=search("800"), row=row, based_on=seen, person=bob(), now=NOW)
    assert rows_of(version)[0].amount == 900


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (search("-1"), "amount"),
        (search("0.001"), "amount"),
        (search(name="—"), "name"),
        (search(fed_by="cost"), "channel"),
        (search(shape="hand", amounts=[Decimal(1)] * 4), "amounts"),
        (search(shape="hand", amounts=[Decimal(1000)]), "amounts"),
        (search(conversions=Decimal(-1)), "conversions"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_place(draft: LineDraft, field: str) -> None:
    version = a_plan(LineDraft("Fair", Decimal(1)))
    with pytest.raises(LineRefused) as refused:
        save_draft(version=version, lines=[search(), draft] if draft.name == "—" else [draft], based_on=1,
                   person=dana(), now=NOW)  # fmt: skip
    assert refused.value.field == field
    assert [row.name for row in rows_of(version)] == ["Fair"]


def test_months_by_hand_stay_as_they_were_given() -> None:
    amounts = [Decimal(one) for one in ("0", "100.10", "700", "199.90")]
    approved(a_plan(search(shape=Shape.HAND.value, amounts=amounts)))
    kept = LineMonth.objects.order_by("month").values_list("planned", flat=True)
    assert list(kept) == amounts[1:]  # nothing is written for a month of nothing


def test_a_line_by_season_has_more_where_its_channel_cost_more_in_the_years_before() -> None:
    live = node("channel:抖音直播")
    slot = Measure.objects.get(code="cost").slot
    rows = []
    for back in range(2 * 365):
        day = date(2025, 12, 31) - timedelta(days=back)
        amounts: list[Decimal | None] = [None] * slot
        amounts[slot - 1] = Decimal(300 if day.month == 8 else 100)
        rows.append(AmountDay(scope=live.scope, source=source(), day=day, amounts=amounts, estimated=False))
    AmountDay.objects.bulk_create(rows)
    days = (date(2026, 7, 1), date(2026, 9, 30))
    (row,) = rows_of(a_plan(search("9000", channel=live, shape=Shape.SEASON.value), days=days))
    assert sum(row.amounts) == 9000
    july, august, september = row.amounts
    assert august > 2 * max(july, september)
    # Nobody has any history of another: then it goes by days.
    (row,) = rows_of(a_plan(search("92", shape=Shape.SEASON.value), name="Other", days=days))
    assert row.amounts == [31, 31, 30]


def test_one_cost_never_feeds_two_lines() -> None:
    live = node("channel:抖音直播")
    summer, east = node("channel:抖音直播/夏季"), node("region:华东")
    fed = {"fed_by": "cost"}
    with pytest.raises(Refused, match="both count the cost"):
        send(a_plan(search(channel=live, **fed), search(name="Summer", channel=summer, **fed)))
    approved(a_plan(search(channel=summer, region=east, **fed), name="One"))
    with pytest.raises(Refused, match="One: Search"):
        send(a_plan(search(channel=live, **fed), name="Two"))
    bob()
    send(a_plan(search(channel=live, region=node("region:华南"), **fed), name="Three"))
    send(
        a_plan(
            search(channel=live, **fed), name="Four", days=(OCTOBER + timedelta(days=1), date(2026, 12, 1))
        )
    )
    send(a_plan(search(channel=live), name="Five"))


def test_a_plan_that_was_withdrawn_or_rejected_can_be_worked_on_again() -> None:
    bob()
    version = a_plan(search())
    withdraw(proposal=send(version), person=dana(), as_of=NOW)
    version.refresh_from_db()
    assert version.state == VersionState.WITHDRAWN
    second = draft_version(budget=version.budget, person=dana(), now=NOW)
    assert [as_draft(row).amount for row in rows_of(second)] == [1000]
    decide(proposal=send(second), person=bob(), verdict="reject", note="Too much.", as_of=NOW)
    second.refresh_from_db()
    assert second.state == VersionState.REJECTED
    assert draft_version(budget=version.budget, person=dana(), now=NOW).number == 3


def test_a_budget_closes_once_nothing_is_committed_any_more() -> None:
    budget = approved(a_plan(search()))
    line = Line.objects.get()
    put(line, "commitment", 10, on=date(2026, 8, 1))
    with pytest.raises(Refused, match="still committed"):
        close_budget(budget=budget, person=dana(), now=NOW)
    put(line, "commitment", -10, on=date(2026, 8, 1))
    draft_version(budget=budget, person=dana(), now=NOW)
    assert close_budget(budget=budget, person=dana(), now=NOW).state == BudgetState.CLOSED
    line.refresh_from_db()
    assert line.state == LineState.CLOSED
    assert Budget.objects.get().versions.filter(state="draft").count() == 0


def test_a_draft_that_is_thrown_away_leaves_its_name_free() -> None:
    version = a_plan(search())
    with pytest.raises(Refused, match="called Autumn already"):
        a_plan(search())
    drop_draft(version=version, based_on=version.revision, person=dana())
    assert not Budget.objects.exists()
    a_plan(search())
    assert Version.objects.aggregate(all=Sum("number"))["all"] == 1
