"""The demo company's scorecards, the scores of the last months, and what the one who is last sets out to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from common.periods import Grain, Period
from kpis.models import ImprovementPlan, Metric, Score, Scorecard
from kpis.services.scorecards import (
    CardDraft,
    LineDraft,
    keep_card,
    note_progress,
    open_plan,
    score_period,
)
from organization.models import Person

BACK = {Grain.MONTH: 5, Grain.QUARTER: 2, Grain.YEAR: 1}  # how many are over; each goes on to the running one
WEIGHTS = {"financial": "50", "customer": "30", "process": "20", "learning": "0"}


@dataclass(frozen=True)
class Card:
    """`figures` are (perspective, metric, weight)."""

    name: str
    name_zh: str
    subject: str
    figures: tuple[tuple[str, str, str], ...]
    role: str = ""


FIGURES = (
    ("financial", "revenue", "60"),
    ("financial", "roas", "40"),
    ("customer", "new_customers", "100"),
    ("process", "orders", "100"),
)
OWNERS = "Owners of areas"
CARDS = (
    Card(OWNERS, "区域与渠道负责人", "person", FIGURES),
    Card("Team leads", "团队负责人", "person", FIGURES[:3], role="lead"),
    Card("Teams", "团队", "team", (*FIGURES[:3], ("process", "ctr", "100"))),
    Card("Company", "公司", "company", FIGURES),
)
GOAL = "Half of the plan's gap closed in two months: fewer channels, better served. 两个月补上一半差距：渠道做减法，服务做加法。"
NOTES = (
    "Went through last quarter's campaigns together; two of them are stopped. 一起复盘上季活动，停掉两场。",
    "First joint visit to three dealers; one orders again. 首次联合走访三家经销商，一家恢复下单。",
)


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """Keeps the cards that are not there yet, and scores by them. Returns how many cards there are."""
    manager = staff["manager"]
    for card in CARDS:
        if not Scorecard.objects.filter(name=card.name).exists():
            keep_card(draft=_draft(card), person=manager)
    for grain, back in BACK.items():
        running = Period.containing(today, grain)
        for step in range(-back, 1):  # in their order, since each says who rose since the one before
            score_period(period=running.next(step))
    _plan(staff, today)
    return len(CARDS)


def _draft(card: Card) -> CardDraft:
    metrics = {one.code: one for one in Metric.objects.all()}
    return CardDraft(
        name=card.name, name_zh=card.name_zh, subject=card.subject, role=card.role, cap=Decimal("1.2"),
        weights={name: Decimal(weight) for name, weight in WEIGHTS.items()},
        lines=[LineDraft(perspective, metrics[code], Decimal(weight)) for perspective, code, weight in card.figures],
    )  # fmt: skip


def _plan(staff: Mapping[str, Person], today: date) -> None:
    """About the last of last month's owners, with the lead who helps; a note each week since."""
    if ImprovementPlan.objects.exists():
        return
    manager, mentor = staff["manager"], staff["lead"]
    month = Period.containing(today, Grain.MONTH).next(-1)
    last = (
        Score.objects.filter(
            card__name=OWNERS, grain=month.grain.value, start=month.start, rank__isnull=False
        )
        .exclude(person__in=[manager, mentor])
        .order_by(F("rank").desc(), "pk")
        .select_related("person", "team")
        .first()
    )
    if last is None:
        return
    plan = open_plan(of=last, goal=GOAL, mentor=mentor, person=manager)
    opened = today - timedelta(weeks=len(NOTES))
    ImprovementPlan.objects.filter(pk=plan.pk).update(opened_at=_moment(opened, 10))
    for week, text in enumerate(NOTES):
        note = note_progress(plan=plan, text=text, person=mentor)
        note.at = _moment(opened + timedelta(weeks=week, days=4), 17)
        note.save(update_fields=["at"])


def _moment(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
