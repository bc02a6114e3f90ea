"""Months that close off plan: opened once, filed by the lead, decided by somebody else, carried out as one change."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from common.periods import Period
from decisions.models import Proposal, Task
from decisions.services import decide, withdraw
from kpis.models import (
    Calibration,
    ChangedScope,
    ChangeKind,
    Metric,
    MonthClosing,
    Reading,
    Target,
    TargetChange,
)
from kpis.selectors.months import months_left
from kpis.services import Revision, TargetEntry, TargetRefused, revise_targets, set_target, undo_change
from kpis.services.calibrating import NumbersMoved, file_calibration
from kpis.services.closing import MonthsClosed
from kpis.services.month_closing import close_months, months_wait, open_calibrations
from organization.models import Company, Responsibility
from organization.services import Refused
from tests.dashboards.figures import keep
from tests.kpis.calibrations import (
    DECEMBER,
    NOVEMBER,
    NOW,
    OCTOBER,
    TODAY,
    aim,
    closed_at,
    east_fell,
    execution,
    market,
    opened,
    settle,
)
from tests.people import ada, alice, bob, person, scope

pytestmark = pytest.mark.django_db
D = Decimal


def targets_of(area: str = "region:east") -> dict[date, Decimal | None]:
    rows = Target.objects.filter(scope=scope(area), superseded_at=None)
    return dict(rows.values_list("start", "value"))


def approve(made: Calibration, who: Any = None) -> Calibration:
    made.refresh_from_db()
    assert made.proposal is not None
    decide(proposal=made.proposal, person=who or bob(), verdict="approve", note="", as_of=NOW)
    made.refresh_from_db()
    return made


# -- Opening


@pytest.mark.parametrize(
    ("value", "target", "opens"),
    [
        ("850", "1000", True),
        ("850.01", "1000", False),
        ("1150", "1000", True),
        ("1149", "1000", False),
        ("-80", "-100", True),
        ("0", "1000", True),
        (None, "1000", False),
        ("5", "0", False),
    ],
)
def test_a_month_that_closes_fifteen_percent_off_either_way_is_to_be_explained(
    value: str | None, target: str, opens: bool
) -> None:
    closed_at("region:east", value, target)
    assert bool(opened()) == opens


def test_it_keeps_what_the_month_closed_with() -> None:
    made = east_fell()
    assert (made.month, made.value, made.target, made.state) == (OCTOBER, 800, 1000, "open")
    assert made.attainment == D("0.8")
    assert made.opened_at == NOW


def test_the_threshold_is_the_companys() -> None:
    Company.objects.update(calibration_threshold=D("0.25"))
    closed_at("region:east", "800", "1000")
    assert not opened()


def test_process_figures_bands_other_months_and_inherited_targets_open_none() -> None:
    closed_at("region:east", "50", "100", code="leads")  # a process
    closed_at("region:east", "50", "100", month="2026-11")  # not closed
    closed_at("region:east", "50", "100", month="2026-08")  # closed long ago, on a first run
    aim("region:west", "300", "2026-Q4")
    keep(
        "region:west", "revenue", "50", expected="100", period="2026-10"
    )  # the quarter's, not the month's own
    assert not opened()


def test_of_lower_is_better_too_much_and_too_little_are_both_off() -> None:
    closed_at("region:east", "120", "100", code="cost")
    closed_at("region:west", "80", "100", code="cost")
    assert len(opened()) == 2


def test_it_is_opened_once_however_often_somebody_looks() -> None:
    east_fell()
    assert not opened()
    assert not opened(NOW + timedelta(days=1))
    assert Calibration.objects.count() == 1
    assert Task.objects.filter(kind="kpis.calibration").count() == 1


def test_nothing_opens_before_the_month_closes_and_before_its_figures_are_computed() -> None:
    closed_at("region:east", "800", "1000")
    settle()
    early = datetime(2026, 11, 3, 2, tzinfo=UTC)
    close_months(today=early.date())
    settle()
    assert not open_calibrations(now=early)
    assert months_wait(today=TODAY)
    close_months(today=TODAY)
    assert ChangedScope.objects.exists()  # its figures are computed a last time
    assert not open_calibrations(now=NOW)
    settle()
    assert len(open_calibrations(now=NOW)) == 1
    assert not months_wait(today=TODAY)


def test_what_comes_in_later_opens_none_anew_and_leaves_what_was_kept() -> None:
    made = east_fell()
    closed_at("region:west", "990", "1000")
    keep("region:west", "revenue", "500", expected="1000", period="2026-10")
    keep("region:east", "revenue", "990", expected="1000", period="2026-10")
    settle()
    assert not open_calibrations(now=NOW + timedelta(days=3))
    made.refresh_from_db()
    assert made.value == 800


def test_months_that_closed_long_ago_are_left_alone_on_a_first_run() -> None:
    closed_at("region:east", "500", "1000", month="2026-08")
    opened()
    assert not Calibration.objects.exists()
    assert set(MonthClosing.objects.values_list("month", flat=True)) == {OCTOBER, date(2026, 9, 1)}


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_many_workers_open_it_once() -> None:
    closed_at("region:east", "800", "1000")
    closed_at("region:west", "700", "1000")
    close_months(today=TODAY)
    settle()
    found: list[int] = []
    errors: list[BaseException] = []

    def look() -> None:
        try:
            close_months(today=TODAY)
            found.extend(one.pk for one in open_calibrations(now=NOW))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    hands = [threading.Thread(target=look) for _ in range(6)]
    for one in hands:
        one.start()
    for one in hands:
        one.join()
    assert not errors
    assert len(found) == Calibration.objects.count() == Task.objects.count() == 2


def test_the_task_is_the_responsible_persons_else_the_nearest_leads() -> None:
    lead = alice("region:east")
    bob()
    made = east_fell()
    assert Task.objects.get(subject_id=made.pk).assigned_to == lead
    owner = person("Olga")
    Responsibility.objects.create(scope=scope("region:west"), person=owner, first_day=date(2026, 1, 1))
    closed_at("region:west", "500", "1000", month="2026-11")
    (west,) = opened(datetime(2026, 12, 10, 2, tzinfo=UTC))
    assert (
        Task.objects.get(subject_id=west.pk).assigned_to is None
    )  # whoever is responsible, and that follows
    assert Task.objects.get(subject_id=west.pk).due_on is not None


# -- Filing


def test_alice_files_and_her_task_is_done() -> None:
    lead, _manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=execution(), person=lead, as_of=NOW)
    assert (made.state, made.cause, made.filed_by) == ("proposed", "execution", lead)
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.subject_id, proposal.state) == ("kpis.calibration", made.pk, "open")
    assert proposal.summary == "Revenue, east, October 2026: keep the target, change the plan"
    assert Task.objects.get().state == "done"


@pytest.mark.parametrize(
    ("filing", "said"),
    [
        (market(reason="  "), "Say why it came so."),
        (market(plan=""), "Say what will be done instead."),
        (market({}), "give at least one of the months left another target"),
        (market({NOVEMBER: "1200"}), "give at least one of the months left another target"),
        (market({OCTOBER: "800"}), "is not one of the months left"),
        (market({date(2027, 1, 1): "800"}), "is not one of the months left"),
        (market({NOVEMBER: "1e18"}), "too large"),
        (market({NOVEMBER: "NaN"}), "A target is a number"),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_and_nothing_is_filed(filing: Any, said: str) -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    with pytest.raises((Refused, TargetRefused)) as refused:
        file_calibration(calibration=made, filing=filing, person=lead, as_of=NOW)
    assert said in str(refused.value)
    assert not Proposal.objects.exists()
    made.refresh_from_db()
    assert made.state == "open"


def test_it_is_filed_once_at_a_time() -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    file_calibration(calibration=made, filing=execution(), person=lead, as_of=NOW)
    with pytest.raises(Refused, match="has been filed already"):
        file_calibration(calibration=made, filing=market(), person=lead, as_of=NOW)


def test_where_nobody_else_could_approve_it_is_not_filed() -> None:
    lead, made = alice("region:east"), east_fell()
    with pytest.raises(Refused, match="nobody could approve"):
        file_calibration(calibration=made, filing=execution(), person=lead, as_of=NOW)


def test_a_target_that_somebody_set_after_she_looked_is_told_and_nothing_is_filed() -> None:
    lead, _manager, made = alice("region:east"), bob(), east_fell()
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope("region:east"), period=Period.parse("2026-12"),
        value=D(1700), person=ada(),
    )  # fmt: skip
    with pytest.raises(NumbersMoved) as moved:
        file_calibration(calibration=made, filing=market(), person=lead, as_of=NOW)
    assert {day: one.version for day, one in moved.value.current.items()} == {DECEMBER: 2}
    assert not Proposal.objects.exists()
    # What says the same is no conflict, nor is a month that she leaves alone.
    told = market({NOVEMBER: "1000", DECEMBER: "1700"})
    file_calibration(calibration=made, filing=told, person=lead, as_of=NOW)
    assert Proposal.objects.get().payload["numbers"] == {NOVEMBER.isoformat(): "1000"}


# -- Deciding


def test_nobody_approves_her_own() -> None:
    manager, _other = bob(), ada()
    made = file_calibration(calibration=east_fell(), filing=market(), person=manager, as_of=NOW)
    assert made.proposal is not None
    with pytest.raises(Refused, match="You proposed this yourself"):
        decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    lead = alice("region:east")
    with pytest.raises(PermissionDenied):
        decide(proposal=made.proposal, person=lead, verdict="approve", note="", as_of=NOW)
    assert targets_of()[NOVEMBER] == 1200


def test_the_market_moves_the_targets_of_the_months_left_and_never_the_closed_one() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert targets_of()[NOVEMBER] == 1200  # nothing moves before somebody approves
    approve(made)
    assert targets_of() == {OCTOBER: 1000, NOVEMBER: 1000, DECEMBER: 1500}
    change = TargetChange.objects.get()
    assert (change.kind, change.made_by, change.reason) == (
        ChangeKind.CALIBRATION,
        lead,
        "A rival opened ten shops.",
    )
    assert change.details["approved_by_name"] == manager.label
    assert (made.state, made.change) == ("approved", change)
    original = Target.objects.get(scope=scope("region:east"), start=NOVEMBER, version=1)
    assert original.value == 1200


def test_failed_execution_keeps_the_targets() -> None:
    lead = alice("region:east")
    bob()
    before = east_fell()
    held = targets_of()
    approve(file_calibration(calibration=before, filing=execution(), person=lead, as_of=NOW))
    assert targets_of() == held
    assert not TargetChange.objects.exists()


def test_a_target_that_somebody_set_meanwhile_is_not_overwritten() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope("region:east"), period=Period.parse("2026-12"),
        value=D(1700), person=ada(),
    )  # fmt: skip
    assert made.proposal is not None
    with pytest.raises(Refused, match=r"Ada has set the target of December 2026 to ¥1,700.00 since"):
        decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    made.refresh_from_db()
    made.proposal.refresh_from_db()
    assert (made.state, made.proposal.state) == ("proposed", "open")
    assert targets_of()[NOVEMBER] == 1200


def test_a_month_that_closed_before_the_decision_is_not_moved_any_more() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert made.proposal is not None
    with pytest.raises(Refused, match="November 2026 closed on"):
        decide(
            proposal=made.proposal, person=manager, verdict="approve", note="",
            as_of=datetime(2026, 12, 20, 2, tzinfo=UTC),
        )  # fmt: skip
    assert targets_of()[NOVEMBER] == 1200


@pytest.mark.parametrize("how", ["rejected", "withdrawn"])
def test_rejected_or_withdrawn_it_is_filed_anew_with_a_task_of_its_own(how: str) -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert made.proposal is not None
    if how == "rejected":
        decide(proposal=made.proposal, person=manager, verdict="reject", note="Why?", as_of=NOW)
    else:
        withdraw(proposal=made.proposal, person=lead, as_of=NOW)
    made.refresh_from_db()
    assert made.state == ("rejected" if how == "rejected" else "open")
    assert Task.objects.filter(state="open").count() == 1
    again = file_calibration(calibration=made, filing=market(), person=lead, as_of=NOW)
    approve(again)
    assert targets_of()[NOVEMBER] == 1000
    assert Proposal.objects.count() == 2
    assert not Task.objects.filter(state="open").exists()


def test_a_calibration_can_be_undone_as_one() -> None:
    lead = alice("region:east")
    bob()
    made = approve(file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW))
    assert made.change is not None
    undo_change(change=made.change, person=None)
    assert targets_of() == {OCTOBER: 1000, NOVEMBER: 1200, DECEMBER: 1800}


@pytest.mark.parametrize(
    ("month", "today", "fiscal", "first", "last", "count"),
    [
        ("2026-10-01", "2026-11-10", 1, "2026-11-01", "2026-12-01", 2),
        ("2026-12-01", "2027-01-11", 1, "2027-01-01", "2027-12-01", 12),
        ("2026-10-01", "2026-12-20", 1, "2026-12-01", "2026-12-01", 1),
        ("2026-03-01", "2026-04-12", 4, "2026-04-01", "2027-03-01", 12),
        ("2026-10-01", "2026-11-10", 4, "2026-11-01", "2027-03-01", 5),
    ],
)
def test_the_months_left_are_those_open_to_the_end_of_the_fiscal_year(
    month: str, today: str, fiscal: int, first: str, last: str, count: int
) -> None:
    Company.objects.update(fiscal_year_start=fiscal)
    left = months_left(date.fromisoformat(month), today=date.fromisoformat(today))
    assert (left[0].start.isoformat(), left[-1].start.isoformat(), len(left)) == (first, last, count)


# -- Closed months are locked


def revised(month: str, value: str, who: Any) -> list[Target]:
    entry = TargetEntry(
        Metric.objects.get(code="revenue"), scope("region:east"), Period.parse(month), D(value)
    )
    return revise_targets(revisions=[Revision(entry, None)], person=who)


def test_a_person_cannot_change_the_target_of_a_closed_month() -> None:
    aim("region:east", "1000", "2025-08")
    with pytest.raises(MonthsClosed) as refused:
        revised("2025-08", "1100", bob())
    assert str(refused.value) == (
        "August 2025 closed on 5 Sep 2025, so its target stays as it is. Change the months to come, or explain the"
        " month under Calibrations."
    )
    assert targets_of()[date(2025, 8, 1)] == 1000


def test_nor_set_a_first_one_for_it_nor_for_a_year_that_is_over() -> None:
    for month in ("2025-08", "2025-Q3", "2024", "2025-W33", "2025-08-10"):
        with pytest.raises(TargetRefused, match="closed on"):
            revised(month, "5", bob())


def test_what_stays_as_it_is_may_be_sent_along() -> None:
    aim("region:east", "1000", "2025-08")
    assert revised("2025-08", "1000", bob()) == []


def test_commands_and_imports_of_history_may_plan_the_past() -> None:
    assert revised("2025-08", "5", None)
    assert Reading.objects.count() == 0
