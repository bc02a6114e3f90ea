"""Who asks to be forgotten is, and the figures stay."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from channels.models import Touch
from common.secrets import seal
from customers.keys import hash_key
from customers.models import Customer, Order
from customers.selectors.people import masked_contacts
from customers.services import know_customer
from customers.services.forgetting import find_customers, forget
from feedback.models import (
    Answer,
    ComplaintEvent,
    Happened,
    Interview,
    InterviewNote,
    Invitation,
    Survey,
    SurveyLink,
)
from ingest.models import Reject
from organization.history import lines
from organization.models import AuditEntry
from tests.customers.files import send_orders, standing
from tests.feedback.made import CAME_AT, a_complaint, an_answer
from tests.ingest.files import send, text_of, value, write
from tests.people import scope

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("forget", *arguments, stdout=out)
    return out.getvalue()


def test_her_contacts_and_words_go_and_nobody_links_her_again_while_her_figures_stay(tmp_path: Path) -> None:
    send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1", "Search"), ("c2", "2026-01-06", 5, "A2", "Search"))
    her = know_customer(key="C1", name="王小明", phone="13812341234", email="m@example.com", now=NOW)
    assert her
    answer = an_answer(customer=her, nps=2, comment="王小明 says no")
    others = an_answer(nps=9, comment="Fine")
    complaint = a_complaint(customer=her, text="My phone is 13812341234", follow_up_hash=b"x" * 32)
    event = ComplaintEvent.objects.create(complaint=complaint, kind=Happened.HEARD, at=NOW, text="Call me")
    interview = Interview.objects.create(customer=her, scope=scope("company"), at=CAME_AT)
    note = InterviewNote.objects.create(interview=interview, text="She lives in 5a", tags=["price"])
    before, revenue = standing(), value("revenue", "channel:search", "2026-01")

    said = told("c1")
    assert f"Customer #{her.pk} is forgotten" in said
    assert "orders.csv" in said  # its kept file names her still, and that is said
    for row in (her, answer, others, complaint, event, note):
        row.refresh_from_db()
    assert (her.contact, her.name, her.phone, her.email) == ("", "", "", "")
    assert her.forgotten_at is not None
    assert bytes(her.key_hash) != hash_key("c1")
    assert (answer.comment, answer.nps, answer.customer_id) == ("", 2, her.pk)
    assert others.comment == "Fine"
    assert (complaint.text, complaint.follow_up_hash, event.text) == ("", None, "")
    assert (note.text, note.tags) == ("", ["price"])
    assert (standing(), value("revenue", "channel:search", "2026-01")) == (before, revenue)
    assert masked_contacts([her.pk])[her.pk].key_known is False

    again = know_customer(key="c1", now=NOW)
    assert again
    assert again.pk != her.pk
    assert Order.objects.filter(customer=her).count() == 1


def test_twice_is_once_and_the_history_says_it_once_by_her_number_alone(tmp_path: Path) -> None:
    send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1"))
    her = Customer.objects.get()
    told("c1")
    assert "Nothing here knows this customer" in told("c1")
    assert "forgotten already" in told(f"#{her.pk}")
    entry = AuditEntry.objects.get(action="customer.forget")
    assert (entry.subject, entry.details) == (f"#{her.pk}", {"customer": her.pk, "rejects": 0})
    assert [(one.action, one.subject) for one in lines([entry])] == [
        ("Customer · forgotten", f"Customer {her.pk}")
    ]


def test_rejected_lines_that_name_her_are_emptied_and_those_of_others_stay(tmp_path: Path) -> None:
    batch = send_orders(
        tmp_path,
        (" C1 ", "no day", 1, "A1"),
        ("c2", "no day", 1, "A2"),
        ("c3", "13812341234", 1, "A3"),
        ("c1", "2026-01-05", 1, "A4"),
    )
    know_customer(key="c1", phone="+86 138 1234 1234", now=NOW)
    assert batch.rejected == 3
    assert "Emptied 2 rejected lines" in told("c1")
    assert [any(row.cells) for row in Reject.objects.order_by("line")] == [False, True, False]
    assert "13812341234" not in str(list(Reject.objects.values_list("cells", "reasons")))


def test_touches_know_her_no_longer_and_her_path_stays_whole(tmp_path: Path) -> None:
    rows = [
        ("c1", "2026-01-05 10:00", "Search", 0),
        ("c1", "2026-01-06 10:00", "Video", 1),
        ("c2", "2026-01-06 10:00", "Video", 1),
    ]
    send(write(tmp_path, text_of(rows, ("customer", "time", "channel", "converted")), name="touches.csv"))
    assert Touch.objects.filter(key=hash_key("c1")).count() == 2
    said = told("C1")
    assert "No customer has this key; what else knew it does no longer." in said
    assert "touches.csv" in said
    assert not Touch.objects.filter(key=hash_key("c1")).exists()
    assert sorted(
        Touch.objects.filter(key=key).count()
        for key in {bytes(one) for one in Touch.objects.values_list("key", flat=True)}
    ) == [1, 2]


def test_she_is_found_by_phone_or_mail_however_files_know_her_and_two_of_one_number_are_named() -> None:
    one = know_customer(key="c1", phone="13812341234", now=NOW)
    other = know_customer(key="c2", phone="+86 138-1234-1234", email="li@example.com", now=NOW)
    old = Customer.objects.create(key_hash=hash_key("c3"), contact=seal("Old@Example.com"))
    assert one
    assert other
    assert find_customers("138 1234 1234") == [one, other]
    assert find_customers("LI@example.com") == [other]
    assert find_customers("old@example.com") == [old]
    assert find_customers("nobody@example.com") == []
    with pytest.raises(CommandError, match=f"#{one.pk}, #{other.pk}"):
        told("13812341234")
    told("13812341234", "--all")
    assert Customer.objects.filter(forgotten_at__isnull=False).count() == 2


def test_a_number_that_is_nobodys_and_nothing_at_all_are_said() -> None:
    with pytest.raises(CommandError, match="There is no customer #77"):
        told("#77")
    with pytest.raises(CommandError, match="Say whom"):
        told("  ")


def test_nobody_gives_a_forgotten_customer_a_contact() -> None:
    her = know_customer(key="c1", name="Li", now=NOW)
    assert her
    forget(customer=her, person=None, now=NOW)
    with pytest.raises(IntegrityError):
        Customer.objects.filter(pk=her.pk).update(phone=seal("138"))


def test_answers_of_two_customers_are_not_mixed_up() -> None:
    her, him = know_customer(key="c1", now=NOW), know_customer(key="c2", now=NOW)
    assert her
    an_answer(customer=her, comment="hers")
    an_answer(customer=him, comment="his")
    forget(customer=her, person=None, now=NOW)
    assert sorted(Answer.objects.values_list("comment", flat=True)) == ["", "his"]


def test_her_invitations_are_nobodys_and_who_is_told_to_be_she_is_somebody_new() -> None:
    her = know_customer(key="c1", now=NOW)
    assert her
    link = SurveyLink.objects.create(survey=Survey.objects.create(name="S"), slug="s")
    invited = Invitation.objects.create(link=link, customer=her, token_hash=b"t" * 32, day=NOW.date())
    forget(customer=her, person=None, now=NOW)
    invited.refresh_from_db()
    assert invited.customer is None
    assert know_customer(customer=her, name="Li", now=NOW) is None
    new = know_customer(customer=her, phone="13812341234", now=NOW)
    assert new
    assert new.pk != her.pk
