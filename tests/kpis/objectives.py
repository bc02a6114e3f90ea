"""Objectives and key results, for tests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.periods import Grain, Period
from kpis.models import CheckIn, KeyResult, Metric, Objective
from kpis.services import okr
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveDraft
from organization.models import Person
from tests.people import scope

D = Decimal
TODAY = date(2026, 11, 22)  # a Sunday; half of the quarter and a little is over
QUARTER = date(2026, 10, 1)
MONDAY = date(2026, 11, 16)
NOW = timezone.make_aware(datetime(2026, 11, 22, 10))
BEGAN = timezone.make_aware(datetime(2026, 10, 1, 10))


def draft(title: str = "Win the East", area: str = "region:华东", **more: Any) -> ObjectiveDraft:
    known = {"start": QUARTER, "level": "company" if area == "company" else "team", "scope": scope(area)}
    return ObjectiveDraft(title=title, **{**known, **more})


def objective(
    title: str = "Win the East", area: str = "region:华东", *, begun: bool = True, **more: Any
) -> Objective:
    """An objective that runs since the quarter's first day, unless `begun` is False: then it is a draft."""
    made = okr.make_objective(draft=draft(title, area, **more), person=None, today=TODAY)
    if begun:
        Objective.objects.filter(pk=made.pk).update(state="active", begun_at=BEGAN)
        made.refresh_from_db()
    return made


def result(
    of: Objective, title: str = "Partners signed", baseline: str = "0", target: str = "10", **more: Any
) -> KeyResult:
    """By hand, unless `how` says otherwise; as if it had been there since the quarter began."""
    made = okr.add_key_result(
        objective=of,
        draft=KeyResultDraft(
            title=title, baseline=D(baseline), target=D(target), **{"how": "manual", **more}
        ),
        person=None,
        today=TODAY,
    )
    KeyResult.objects.filter(pk=made.pk).update(created_at=BEGAN)
    return made


def tied(
    of: Objective,
    area: str = "region:华东",
    baseline: str = "0",
    target: str = "1200",
    code: str = "revenue",
    **more: Any,
) -> KeyResult:
    metric = Metric.objects.get(code=code)
    return result(
        of,
        f"{metric.name} of the quarter",
        baseline,
        target,
        how="metric",
        metric=metric,
        scope=scope(area),
        **more,
    )


def stepped(of: Objective, *steps: tuple[str, str, str]) -> KeyResult:
    """`(title, due day, weight)` each."""
    milestones = [MilestoneDraft(title, date.fromisoformat(day), D(weight)) for title, day, weight in steps]
    return result(of, "The shop opens", "0", "1", how="milestones", milestones=milestones)


def say(
    of: KeyResult,
    value: str | None,
    confidence: int = 5,
    note: str = "",
    *,
    who: Person | None = None,
    today: date = TODAY,
) -> CheckIn:
    return okr.check_in(
        key_result=of,
        value=None if value is None else D(value),
        confidence=confidence,
        note=note,
        person=who,
        today=today,
        now=NOW,
    )


def this_quarters(title: str, area: str, *, state: str = "draft", **more: Any) -> Objective:
    """Of the quarter that is really now, for walks over pages; with a key result by milestones."""
    today = timezone.localdate()
    start = Period.containing(today, Grain.QUARTER).start
    made = okr.make_objective(draft=draft(title, area, start=start, **more), person=None, today=today)
    stepped_now(made)
    if state == "active":
        Objective.objects.filter(pk=made.pk).update(state="active", begun_at=timezone.now())
        made.refresh_from_db()
    return made


def stepped_now(of: Objective, title: str = "The shop opens") -> KeyResult:
    step = MilestoneDraft("Lease", of.last_day)
    return okr.add_key_result(
        objective=of,
        draft=KeyResultDraft(title=title, how="milestones", milestones=[step]),
        person=None,
        today=timezone.localdate(),
    )
