"""Answers with a low score become complaints, once, with what the customer said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from feedback.category_words import category_of
from feedback.models import Answer, Came, Category, Complaint, Origin, Severity
from feedback.services import from_answers
from organization.models import AccountMail, Person
from tests.feedback.made import an_answer
from tests.feedback.test_clocks import at_once
from tests.people import alice, bob, node

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 10:00 in Shanghai


def due(**fields: Any) -> Answer:
    return an_answer(**{"complaint_due": True, "at": NOW, **fields})


def take() -> int:
    return from_answers.from_answers(now=NOW)


def test_a_three_with_a_comment_becomes_a_complaint() -> None:
    lead = alice()
    region, channel = node("region:华东/上海"), node("channel:抖音")
    answer = due(nps=3, comment="快递太慢了", region_id=region.pk, channel_id=channel.pk, segment="VIP")
    assert take() == 1
    assert take() == 0
    made = Complaint.objects.get()
    assert (made.came, made.text, made.answer, made.segment) == (Came.ANSWER, "快递太慢了", answer, "VIP")
    assert (made.category.code, made.severity) == ("delivery", Severity.NORMAL)
    assert made.scope.key == "region:华东/上海+channel:抖音"
    assert made.received_at == NOW
    answer.refresh_from_db()
    assert answer.complaint_due is None
    assert lead.pk


@pytest.mark.parametrize(
    ("score", "severity"), [(0, Severity.HIGH), (2, Severity.HIGH), (3, Severity.NORMAL)]
)
def test_the_worst_scores_are_urgent(score: int, severity: Severity) -> None:
    due(nps=score)
    take()
    assert Complaint.objects.get().severity == severity


def test_a_score_without_a_comment_says_so() -> None:
    due(nps=3)
    take()
    made = Complaint.objects.get()
    assert (made.text, made.category.code) == ("Score 3 without a comment.", "other")


def test_what_is_not_due_becomes_none() -> None:
    an_answer(nps=3)
    an_answer(nps=9, complaint_due=False)
    assert take() == 0
    assert not Complaint.objects.exists()


def test_what_a_file_brings_is_heard_of_when_it_is_read() -> None:
    due(nps=3, origin=Origin.FILE, at=None)
    take()
    assert Complaint.objects.get().received_at == NOW


def test_who_gets_many_hears_of_them_in_one_mail() -> None:
    manager = bob()
    for _ in range(5):
        due(nps=1)
    assert take() == 5
    assert Complaint.objects.filter(assigned_to=manager).count() == 5
    assert AccountMail.objects.count() == 1


def test_a_fault_about_one_does_not_keep_the_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = due(nps=1), due(nps=1)
    real = from_answers._complaint

    def fails(answer: Answer, now: datetime) -> Any:
        if answer.pk == first.pk:
            raise RuntimeError("a fault")
        return real(answer, now)

    monkeypatch.setattr(from_answers, "_complaint", fails)
    assert take() == 2
    assert take() == 0
    assert Complaint.objects.get().answer == second


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The box arrived late and the courier was rude, the courier!", "delivery"),
        ("客服态度很差", "service"),
        ("The product is broken", "quality"),
        ("退款一直没到", "price"),
        ("和宣传的完全不符", "promise"),
        ("Meh.", "other"),
        ("", "other"),
    ],
)
def test_what_it_is_about_is_read_from_plain_words(text: str, code: str) -> None:
    assert category_of(text, ("quality", "delivery", "service", "price", "promise", "other")) == code


def test_a_category_that_is_not_in_use_is_not_taken() -> None:
    Category.objects.filter(code="delivery").update(archived_at=NOW)
    due(nps=3, comment="The parcel came late")
    take()
    assert Complaint.objects.get().category.code == "other"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_broker")
def test_two_workers_make_one_complaint_an_answer() -> None:
    bob()
    for _ in range(8):
        due(nps=1)
    at_once(*[lambda: [from_answers.from_answers(now=NOW, limit=3) for _ in range(4)]] * 3)
    assert Complaint.objects.count() == 8
    assert not Answer.objects.filter(complaint_due=True).exists()
    assert Person.objects.count() == 1
