"""One answer of a form or a program."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from feedback.models import Answer, DirtyDay, FeedbackSettings, Invitation, Origin, SurveyLink
from feedback.services import answers
from feedback.services.answers import AnswerRefused, NewAnswer, on_answer, write_answer
from tests.feedback.made import a_link, an_invitation
from tests.people import node

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def said(**more: Any) -> NewAnswer:
    more.setdefault("origin", Origin.FORM)
    more.setdefault("day", TODAY)
    if not {"nps", "csat", "ces"} & set(more):
        more["nps"] = 9
    return NewAnswer(**more)


def write(**more: Any) -> Answer:
    return write_answer(said=said(**more), now=NOW)


@pytest.fixture
def told() -> Iterator[list[int]]:
    heard: list[int] = []
    before = list(answers._listeners)

    def hear(*, answer: Answer, now: datetime) -> None:
        heard.append(answer.pk)

    on_answer(hear)
    on_answer(hear)  # once, however often it registers
    yield heard
    answers._listeners[:] = before


def invitation(**more: Any) -> Invitation:
    link = SurveyLink.objects.first() or a_link()
    return an_invitation(link, token=uuid.uuid4().hex, **{"day": TODAY, **more})


def test_an_answer_is_kept_with_what_it_says_and_its_day_is_marked(told: list[int]) -> None:
    answer = write(
        nps=3, csat=2, ces=7, ratings={"price": 1}, comment=" 太慢了 ", channel=node("channel:Search"),
        segment=" new  customer ",
    )  # fmt: skip
    kept = Answer.objects.get(pk=answer.pk)
    assert (kept.nps, kept.csat, kept.ces, kept.ratings) == (3, 2, 7, {"price": 1})
    assert (kept.comment, kept.language, kept.segment) == ("太慢了", "zh", "new customer")
    assert (kept.channel_id, kept.region_id) == (node("channel:Search").pk, 0)
    assert list(DirtyDay.objects.values_list("day", flat=True)) == [TODAY]
    assert told == [answer.pk]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"nps": None}, ""),
        ({"nps": 11}, "nps"),
        ({"nps": -1}, "nps"),
        ({"nps": 7.5}, "nps"),
        ({"nps": True}, "nps"),
        ({"csat": 0}, "csat"),
        ({"ces": 8}, "ces"),
        ({"nps": 9, "ratings": {"price": 6}}, "ratings"),
        ({"nps": 9, "ratings": {"weather": 3}}, "ratings"),
        ({"nps": 9, "comment": "x" * 4001}, "comment"),
        ({"nps": 9, "segment": "x" * 61}, "segment"),
        ({"nps": 9, "day": TODAY + timedelta(days=3)}, "day"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_nothing_is_kept(
    wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(AnswerRefused) as refused:
        write(**wrong)
    assert refused.value.field == field
    assert str(refused.value)
    assert not Answer.objects.exists()
    assert not DirtyDay.objects.exists()


def test_a_form_that_is_sent_twice_is_one_answer(told: list[int]) -> None:
    nonce = uuid.uuid4()
    assert write(nonce=nonce).pk == write(nonce=nonce).pk
    assert Answer.objects.count() == len(told) == 1


def test_two_that_send_the_same_form_at_once_leave_one_answer() -> None:
    nonce, one = uuid.uuid4(), invitation()
    found: list[int] = []

    def send() -> None:
        found.append(write(nonce=nonce, invitation=one).pk)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 4
    assert len(set(found)) == Answer.objects.count() == 1


def test_a_program_that_says_the_same_again_is_answered_the_same_and_another_is_refused() -> None:
    first = write(key="a-1", origin=Origin.API)
    assert write(key="a-1", origin=Origin.API).pk == first.pk
    with pytest.raises(AnswerRefused) as refused:
        write(key="a-1", origin=Origin.API, nps=2)
    assert refused.value.field == "key"
    assert Answer.objects.get().nps == 9


def test_an_invitation_is_answered_once_and_both_its_days_are_marked() -> None:
    one = invitation(day=date(2026, 11, 2))
    write(invitation=one, nonce=uuid.uuid4())
    one.refresh_from_db()
    assert one.answered_at == NOW
    assert set(DirtyDay.objects.values_list("day", flat=True)) == {TODAY, date(2026, 11, 2)}
    with pytest.raises(AnswerRefused) as refused:
        write(invitation=one, nonce=uuid.uuid4())
    assert refused.value.field == "invitation"
    with pytest.raises(AnswerRefused):
        write(invitation=invitation(expires_at=NOW - timedelta(days=1)))


@pytest.mark.parametrize(
    ("nps", "day", "due"),
    [
        (6, TODAY, True),
        (7, TODAY, None),
        (0, TODAY - timedelta(days=6), True),
        (0, TODAY - timedelta(days=7), None),
    ],
)
def test_a_bad_answer_of_these_days_is_to_become_a_complaint(nps: int, day: date, due: bool | None) -> None:
    assert write(nps=nps, day=day).complaint_due is due


def test_no_answer_becomes_a_complaint_where_the_company_wants_none() -> None:
    FeedbackSettings.objects.update(complaints_from_answers=False)
    assert write(nps=0).complaint_due is None
    FeedbackSettings.objects.update(complaints_from_answers=True, complaint_up_to=3)
    assert write(nps=4).complaint_due is None
    assert write(nps=3).complaint_due


def test_who_fails_to_hear_of_an_answer_leaves_none_behind() -> None:
    def fail(*, answer: Answer, now: datetime) -> None:
        raise RuntimeError("no")

    before = list(answers._listeners)
    on_answer(fail)
    try:
        with pytest.raises(RuntimeError):
            write()
    finally:
        answers._listeners[:] = before
    assert not Answer.objects.exists()
