"""Scorecards and scores for tests: plain functions that make what they are asked for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kpis.models import Metric, Score, ScoreArea, Scorecard
from kpis.services.scorecards import CardDraft, LineDraft, keep_card
from organization.models import Person, Responsibility
from tests.people import scope

EVEN = {name: Decimal(25) for name in ("financial", "customer", "process", "learning")}
FIGURES = (("financial", "revenue", "60"), ("customer", "leads", "40"))


def draft(name: str = "People", **fields: object) -> CardDraft:
    """Revenue and leads, each the whole of its perspective, unless `figures` say otherwise."""
    figures = fields.pop("figures", FIGURES)
    lines = [
        LineDraft(perspective, Metric.objects.get(code=code), Decimal(weight))
        for perspective, code, weight in figures  # type: ignore[attr-defined]
    ]
    values: dict[str, object] = {
        "name_zh": "", "subject": "person", "role": "", "cap": Decimal("1.2"), "weights": EVEN, "lines": lines,
    }  # fmt: skip
    return CardDraft(name=name, **{**values, **fields})  # type: ignore[arg-type]


def a_card(name: str = "People", **fields: object) -> Scorecard:
    found = Scorecard.objects.filter(name=name, archived_at=None).first()
    if found is None:
        Scorecard.objects.filter(name=name).delete()
        found = keep_card(draft=draft(name, **fields), person=None)
    return found


def responsible(who: Person, *areas: str) -> None:
    for area in areas:
        Responsibility.objects.get_or_create(person=who, scope=scope(area), first_day=date(2024, 1, 1))


def a_score(who: Person, area: str, value: str = "80") -> Score:
    made, _new = Score.objects.get_or_create(
        card=a_card(), person=who, grain="month", start=date(2026, 10, 1),
        defaults={"value": Decimal(value), "rank": 1, "ranked": 1},
    )  # fmt: skip
    ScoreArea.objects.get_or_create(score=made, scope=scope(area))
    return made
