"""What answers, invitations and complaints say on the spine."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from common.periods import Period
from feedback.models import (
    Answer,
    Complaint,
    DirtyDay,
    FeedbackDay,
    Origin,
    ScoreMonth,
    SurveyLink,
)
from feedback.services.answers import NewAnswer, write_answer
from feedback.services.publishing import feedback_source, mark_days, publish_next
from feedback.tasks import publish
from kpis.figures import Look
from kpis.models import ChangedDay, Measure, Metric
from kpis.selectors import Figure, figure
from kpis.services import set_target
from kpis.work import catch_up
from organization.selectors import parse_scope
from organization.services.merging import merge_node
from tests.feedback.made import a_complaint, a_link, an_invitation
from tests.people import bob, node, scope

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
D = Decimal


def answer(nps: int | None = 9, day: date = DAY, **more: Any) -> Answer:
    said = NewAnswer(origin=Origin.API, day=day, nps=nps, **more)
    return write_answer(said=said, now=NOW)


def complaint(where: str = "company", **said: Any) -> Complaint:
    made = a_complaint(area=where, day=DAY, **{"state": "open", **said})
    mark_days(source_id=feedback_source().pk, days=[DAY])
    return made


def invite(day: date, answered: bool, link: SurveyLink) -> None:
    token = uuid.uuid4().hex
    an_invitation(link, token=token, day=day, answered_at=NOW if answered else None)
    mark_days(source_id=feedback_source().pk, days=[day])


def published() -> None:
    while publish_next(now=NOW):
        pass
    catch_up()


def seen(code: str, where: str = "company", period: str = "2026-11") -> Figure:
    return figure(
        metric=Metric.objects.get(code=code), nodes=parse_scope(where), period=Period.parse(period),
        look=Look.at(today=date(2026, 12, 5)),
    )  # fmt: skip


def amount(code: str, where: str = "company") -> Decimal | None:
    """Over the month, as a plain figure of the measure would say."""
    slot = Measure.objects.get(code=code).slot
    found = [
        row.amounts[slot - 1]
        for row in FeedbackDay.objects.all()
        if len(row.amounts) >= slot and row.amounts[slot - 1] is not None
    ]
    return sum(found, D(0)) if found else None


def test_answers_become_the_score_of_the_company_and_of_their_areas() -> None:
    for _ in range(50):
        answer(10, channel=node("channel:Search"), region=node("region:华东/上海"))
    for _ in range(30):
        answer(8, channel=node("channel:Search"))
    for _ in range(20):
        answer(6, channel=node("channel:Shop"), product=node("product:Sofas"))
    published()
    assert seen("nps").value == 30
    assert seen("nps", "channel:search").value == D("62.5")
    assert seen("nps", "channel:shop").value == -100
    assert seen("nps", "region:华东").value == 100
    assert seen("nps", "product:sofas").value == -100


def test_a_day_says_nothing_of_what_nobody_was_asked() -> None:
    answer(None, csat=4)
    published()
    assert amount("responses") is None
    assert amount("csat_satisfied") == 1
    assert amount("complaints") is None
    assert seen("csat").value == 1
    assert seen("nps").value is None


def test_few_answers_have_a_score_and_no_light_and_thirty_have_one() -> None:
    set_target(
        metric=Metric.objects.get(code="nps"), scope=scope("company"), period=Period.parse("2026-11"),
        value=D(50), person=None,
    )  # fmt: skip
    for _ in range(29):
        answer(9)
    published()
    few = seen("nps")
    assert (few.value, few.target, few.status, few.attainment, few.few) == (100, 50, "grey", None, True)
    answer(9)
    published()
    enough = seen("nps")
    assert (enough.status, enough.attainment, enough.few) == ("green", 2, False)


def test_invitations_count_by_their_own_day_and_say_how_many_answered() -> None:
    link = a_link(channel="channel:Search")
    for number in range(4):
        invite(date(2026, 11, 3), answered=number == 0, link=link)
    published()
    assert seen("response_rate").value == seen("response_rate", "channel:search").value == D("0.25")


def test_complaints_say_what_was_in_time_what_was_not_and_leave_out_what_still_runs() -> None:
    due = NOW + HOUR
    complaint(answer_due_at=due, solve_due_at=due)  # nothing is over yet
    complaint(answered_at=NOW, answer_due_at=due, where="region:华东")
    complaint(answered_at=due + HOUR, answer_due_at=due)  # late, though nobody saw it yet
    complaint(answer_breached_at=due)
    complaint(answered_at=NOW, answer_due_at=due, answer_breached_at=NOW)  # its time was shortened
    complaint(state="solved", solved_at=NOW, solve_due_at=due)
    complaint(repeat_of=Complaint.objects.first())
    published()
    assert amount("complaints") == 7
    assert (amount("answers_due"), amount("answered_in_time")) == (4, 1)
    assert (amount("solutions_due"), amount("solved_in_time")) == (1, 1)
    assert amount("repeats") == 1
    assert seen("first_answers_in_time").value == D("0.25")
    assert seen("first_answers_in_time", "region:华东").value == 1


def test_nothing_is_published_anew_where_nothing_is_another() -> None:
    answer()
    published()
    source = feedback_source()
    before = (source.revision, FeedbackDay.objects.get().amounts, list(ScoreMonth.objects.values()))
    mark_days(source_id=source.pk, days=[DAY])
    assert publish_next(now=NOW)
    source.refresh_from_db()
    assert (source.revision, FeedbackDay.objects.get().amounts, list(ScoreMonth.objects.values())) == before
    assert not ChangedDay.objects.exists()


def test_what_is_gone_is_gone_from_days_and_months() -> None:
    gone = answer(channel=node("channel:Search"), segment="new")
    published()
    gone.delete()
    mark_days(source_id=feedback_source().pk, days=[DAY])
    published()
    assert not FeedbackDay.objects.exists()
    assert not ScoreMonth.objects.exists()
    assert seen("nps").value is None


def test_a_month_counts_its_answers_by_area_and_customer_type() -> None:
    shop = node("channel:Shop")
    answer(10, channel=shop, segment="new", csat=5, ces=7, comment="great")
    answer(0, channel=shop, segment="new", day=date(2026, 11, 1))
    answer(7, channel=shop, segment="old")
    answer(9, channel=shop, segment="new", day=date(2026, 10, 31))
    published()
    found = {(f"{one.month:%m}", one.segment): one for one in ScoreMonth.objects.all()}
    assert set(found) == {("11", "new"), ("11", "old"), ("10", "new")}
    new = found["11", "new"]
    assert (new.promoters, new.passives, new.detractors, new.comments) == (1, 0, 1, 1)
    assert new.nps_counts == [1, *[0] * 9, 1]
    assert (new.csat_counts, new.ces_counts) == ([0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1])


def test_a_merged_channel_takes_its_answers_along() -> None:
    answer(10, channel=node("channel:Shop"))
    published()
    merge_node(node=node("channel:Shop"), into=node("channel:Search"), person=bob())
    catch_up()
    assert seen("nps", "channel:search").value == 100


def test_a_crash_while_publishing_leaves_the_day_marked() -> None:
    answer()

    def crash() -> None:
        with transaction.atomic():
            assert publish_next(now=NOW)
            raise RuntimeError("the machine went away")

    with pytest.raises(RuntimeError):
        crash()
    assert DirtyDay.objects.exists()
    assert not FeedbackDay.objects.exists()
    published()
    assert seen("nps").value == 100


def test_an_older_look_at_a_day_never_overwrites_a_newer_one() -> None:
    """A worker has read the day and not yet written it, while an answer comes in and another worker is at it too."""
    answer(9)
    others: list[threading.Thread] = []

    def meanwhile(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not others and "DELETE FROM feedback_feedbackday" in str(sql):
            others.append(threading.Thread(target=_say_and_publish))
            others[0].start()
            others[0].join(2)  # he waits until this one is done; else he were done by now
        return execute(sql, params, many, context)

    with connection.execute_wrapper(meanwhile):
        assert publish_next(now=NOW)
    others[0].join(20)
    published()
    assert amount("responses") == 2
    assert amount("detractors") == 1
    assert ScoreMonth.objects.get().detractors == 1


def _say_and_publish() -> None:
    answer(0)
    publish()
    connection.close()


def test_a_day_that_nobody_said_anything_on_holds_no_other_figure_back() -> None:
    answer(day=date(2026, 11, 2))
    published()
    assert feedback_source().last_day is None
    assert seen("nps").through == date(2026, 11, 30)
