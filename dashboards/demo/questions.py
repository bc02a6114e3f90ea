"""What the demo company's people asked about budget lines: one question answered, one waiting, one left open too long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from budgets.models import Line, Question
from budgets.services import questions
from common.periods import Grain, Period
from dashboards.demo.budget import CREATORS, FAIR, FILM, quarter_name
from organization.models import Person
from organization.selectors import exceptions_between
from organization.workdays import add_working_days

ASKED = (
    (
        CREATORS,
        "viewer",
        8,
        "Which creators are booked for the rest of the quarter? 本季度余下时间已签约哪些达人？",
    ),
    (FILM, "finance", 6, "Why is the film shot before its script is approved? 脚本尚未定稿，为何先行拍摄？"),
    (FAIR, "finance", 1, "Does the stand include freight and set-up? 展位费是否已含运输与搭建？"),
)
ANSWERED = (
    "Four, all in home decoration; the contracts are with the team. 共四位家居类达人，合同已交团队存档。"
)


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """Once the budgets stand. Returns how many questions there are."""
    lines = {
        line.name: line
        for line in Line.objects.filter(
            budget__node__name=quarter_name(Period.containing(today, Grain.QUARTER))
        ).select_related("owner", "budget__node")
    }
    if Question.objects.exists() or not lines:
        return Question.objects.count()
    calendar = exceptions_between(today - timedelta(days=60), today + timedelta(days=60))
    for name, who, days, text in ASKED:
        line = lines[name]
        day = max(add_working_days(today, -days, calendar), line.budget.first_day)
        asked = questions.ask(line=line, text=text, person=staff[who], now=_at(day, time(10, 20)))
        if name == CREATORS and line.owner is not None:
            answered = min(_at(day, time(15, 5)), timezone.now())
            questions.answer(question=asked, text=ANSWERED, person=line.owner, now=answered)
    questions.raise_next(now=_at(today, time(0)))
    return Question.objects.count()


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
