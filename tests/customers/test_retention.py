"""Personal data goes when its time is over, and not before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from customers.models import Customer, FieldClass
from customers.services import RetentionMoved, keep_retention, know_customer
from customers.services.retention import retention_waits, sweep_retention
from feedback.models import Answer, ComplaintEvent, Happened, Interview, InterviewNote, InterviewState, State
from organization.history import lines
from organization.models import AuditEntry
from organization.services import Refused
from tests.customers.files import send_orders
from tests.feedback.made import CAME_AT, a_complaint, an_answer
from tests.people import ada, scope

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 6, 30)
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def kept(**days: int | None) -> None:
    """Others for ever."""
    wanted = {one: days.get(str(one)) for one in FieldClass}
    keep_retention(days=wanted, based_on=1, person=ada())


def test_all_is_kept_until_somebody_says_for_how_long() -> None:
    know_customer(key="c1", phone="13812341234", now=LONG_AGO)
    assert not retention_waits(today=TODAY)
    assert sweep_retention(today=TODAY) == {}
    assert Customer.objects.get().phone


def test_old_contacts_go_but_not_of_who_ordered_since_nor_of_whom_somebody_must_reach(tmp_path: Path) -> None:
    kept(contact=90)
    gone = know_customer(key="gone", name="A", phone="13812341234", now=LONG_AGO)
    fresh = know_customer(key="fresh", phone="13812341235", now=datetime(2026, 6, 1, tzinfo=UTC))
    buyer = know_customer(key="buyer", phone="13812341236", now=LONG_AGO)
    owed = know_customer(key="owed", phone="13812341237", now=LONG_AGO)
    expected = know_customer(key="expected", phone="13812341238", now=LONG_AGO)
    send_orders(tmp_path, ("buyer", "2026-06-02", 5, "A1"), ("gone", "2026-01-05", 5, "A2"))
    a_complaint(customer=owed)
    Interview.objects.create(customer=expected, scope=scope("company"), at=CAME_AT)
    assert sweep_retention(today=TODAY) == {"contact": 1}
    assert gone
    gone.refresh_from_db()
    assert (gone.name, gone.phone, gone.forgotten_at) == ("", "", None)
    for one in (fresh, buyer, owed, expected):
        assert one
        one.refresh_from_db()
        assert one.phone


def test_old_words_go_and_scores_and_clocks_stay() -> None:
    kept(comment=30, conversation=60, interview=90)
    an_answer(day=TODAY - timedelta(days=31), comment="old")
    an_answer(day=TODAY - timedelta(days=30), comment="young")
    solved = a_complaint(state=State.SOLVED, solved_at=LONG_AGO, solution="New one sent to 5a")
    ComplaintEvent.objects.create(complaint=solved, kind=Happened.HEARD, at=LONG_AGO, text="Thanks")
    running = a_complaint(state=State.OPEN)
    for at in (LONG_AGO, datetime(2026, 6, 1, tzinfo=UTC)):
        talk = Interview.objects.create(scope=scope("company"), at=at, state=InterviewState.DONE)
        InterviewNote.objects.create(interview=talk, text="She said so")
    assert sweep_retention(today=TODAY) == {"comment": 1, "conversation": 1, "interview": 1}
    assert sorted(Answer.objects.values_list("comment", "nps")) == [("", 3), ("young", 3)]
    solved.refresh_from_db()
    running.refresh_from_db()
    assert (solved.text, solved.solution, solved.solved_at, running.text) == ("", "", LONG_AGO, "It broke.")
    assert ComplaintEvent.objects.get().text == ""
    assert sorted(InterviewNote.objects.values_list("text", flat=True)) == ["", "She said so"]


def test_a_run_is_once_a_day_and_on_record_once() -> None:
    kept(comment=30)
    an_answer(day=date(2026, 1, 5), comment="old")
    assert retention_waits(today=TODAY)
    assert sweep_retention(today=TODAY) == {"comment": 1}
    assert not retention_waits(today=TODAY)
    an_answer(day=date(2026, 1, 6), comment="old, and late")
    assert sweep_retention(today=TODAY) == {}
    assert sweep_retention(today=TODAY + timedelta(days=1)) == {"comment": 1}
    runs = AuditEntry.objects.filter(action="retention.sweep")
    assert [entry.details for entry in runs] == [{"erased": {"comment": 1}}] * 2
    assert lines([runs[0]])[0].details == (("Comments of survey answers", "1"),)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten_and_a_week_is_too_short() -> None:
    kept(comment=30)
    with pytest.raises(RetentionMoved):
        keep_retention(days=dict.fromkeys(FieldClass, 60), based_on=1, person=ada())
    with pytest.raises(Refused):
        keep_retention(days=dict.fromkeys(FieldClass, 7), based_on=2, person=ada())
    entry = AuditEntry.objects.get(action="retention.change")
    assert lines([entry])[0].details == (("Comments of survey answers", "for ever → 30 days"),)
