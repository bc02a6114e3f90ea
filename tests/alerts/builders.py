"""What the tests of alerts are made of: a metric, figures as the figures' own app would write them, rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from django.test import Client

from alerts import services
from alerts.conditions import Attainment
from alerts.models import Episode, EpisodeEvent, Instance, Rule
from kpis.models import Metric, Reading, ReadingChange
from organization.models import Person, Scope
from tests.people import scope

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)
MARCH = date(2026, 3, 1)
FEBRUARY = date(2026, 2, 1)


def revenue() -> Metric:
    return Metric.objects.get(code="revenue")


def figure(
    area: Scope,
    attainment: str | None,
    *,
    start: date = MARCH,
    metric: Metric | None = None,
    grain: str = "month",
) -> None:
    """A figure became this, and whoever watches it is told. None: no data, so no value, no light."""
    metric = metric or revenue()
    known = attainment is not None
    Reading.objects.filter(scope=area, metric=metric, grain=grain, start=start).delete()
    Reading.objects.create(
        scope=area,
        metric=metric,
        grain=grain,
        start=start,
        value=D(1000) * D(attainment) if attainment is not None else None,
        target=D(1500),
        expected=D(1000) if known else None,
        attainment=D(attainment) if attainment is not None else None,
        status=_light(attainment),
        through=date(2026, 3, 19) if known else None,
    )
    ReadingChange.objects.create(scope=area, metric=metric, grain=grain, start=start)


def _light(attainment: str | None) -> str:
    if attainment is None:
        return "grey"
    return "green" if D(attainment) >= 1 else "yellow" if D(attainment) >= D("0.85") else "red"


def draft(
    *people: Person,
    area: str = "region:华东",
    thresholds: tuple[str, ...] = ("1", "0.85", "0.7"),
    **more: object,
) -> services.RuleDraft:
    """A rule on March's revenue; thresholds of watch, warning and critical."""
    asked: dict[str, object] = {
        "name": "Revenue behind plan",
        "metric": revenue(),
        "scope": scope(area),
        "tiers": [
            services.TierDraft(level, Attainment(D(below)))
            for level, below in enumerate(thresholds, 1)
            if below
        ],
        "recipients": [services.RecipientDraft(person) for person in people],
    }
    return services.RuleDraft(**{**asked, **more})  # type: ignore[arg-type]


def rule(*people: Person, author: Person | None = None, **more: object) -> Rule:
    """Saved, and judged once."""
    made = services.save_rule(draft=draft(*people, **more), person=author, now=NOW)  # type: ignore[arg-type]
    look()
    return made


def look(*, now: datetime | None = None, today: date = TODAY) -> int:
    """What a worker does, a minute after all that has happened, so that nothing is folded; returns how many changes
    it claimed.
    """
    now = now or NOW + timedelta(minutes=EpisodeEvent.objects.count())
    while services.judge_next_rule(now=now, today=today):
        pass
    claimed = 0
    while done := services.evaluate(now=now, today=today).claimed:
        claimed += done
    return claimed


def instance(area: str = "region:华东") -> Instance:
    return Instance.objects.get(scope=scope(area))


def episode(area: str = "region:华东") -> Episode:
    return Episode.objects.get(instance__scope=scope(area))


def story(area: str = "region:华东") -> list[str]:
    """The events of all its alerts, oldest first, as `first 1`."""
    episodes = Episode.objects.filter(instance__scope=scope(area)).order_by("pk")
    return [f"{event.kind} {event.tier}" for one in episodes for event in one.events.order_by("number")]


def browser(who: Person) -> Client:
    """Logged in as her."""
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client
