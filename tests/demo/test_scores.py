"""The demo company's scorecards: cards by role, scores of several months, one plan; the same however often it is made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dashboards.demo import scores
from kpis.models import ImprovementPlan, PlanNote, Score, Scorecard
from organization.models import Person
from tests.dashboards.figures import keep
from tests.kpis.scores import responsible
from tests.people import alice, bob, person

pytestmark = pytest.mark.django_db
EAST, WEST = "region:华东", "region:西南"
DAYS = [date(2026, 11, 22), date(2027, 1, 1), date(2028, 2, 29)]


def make(today: date) -> None:
    staff = {"manager": bob(), "lead": alice()}
    wang = person("Wang")
    for who, area in ((staff["manager"], "company"), (staff["lead"], EAST), (wang, WEST)):
        responsible(who, area)
    assert scores.make(staff=staff, today=today) == len(scores.CARDS)


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_cards_are_kept_once_and_a_second_time_changes_nothing(today: date) -> None:
    make(today)
    kept = [table.objects.count() for table in (Scorecard, Score, ImprovementPlan, PlanNote)]
    assert kept[0] == len(scores.CARDS)
    make(today)
    assert [table.objects.count() for table in (Scorecard, Score, ImprovementPlan, PlanNote)] == kept


def test_who_was_last_has_a_plan_with_somebody_who_helps_and_two_notes() -> None:
    for period, east, west in (("2026-09", "900", "950"), ("2026-10", "1000", "600")):
        keep(EAST, "revenue", east, expected="1000", target="1000", period=period)
        keep(WEST, "revenue", west, expected="1000", target="1000", period=period)
    make(DAYS[0])
    owners = Score.objects.filter(card__name=scores.OWNERS, grain="month", start=date(2026, 10, 1))
    assert [(one.person.label, one.rank) for one in owners.filter(value__isnull=False).order_by("rank") if one.person] == [
        ("Alice", 1), ("Wang", 2),
    ]  # fmt: skip
    assert owners.get(person=Person.objects.get(username="alice")).climbed == 1
    plan = ImprovementPlan.objects.get()
    assert (plan.score.person, plan.mentor) == (Person.objects.get(username="wang"), alice())
    assert [note.at.date() for note in plan.notes.all()] == [date(2026, 11, 19), date(2026, 11, 12)]
    assert plan.score.value == Decimal(60)
