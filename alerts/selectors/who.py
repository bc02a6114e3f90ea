"""Who would get an alert of a rule at a moment: asked of what tells of alerts, with nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from alerts.conditions import Level
from alerts.models import MESSAGE_WAYS, EpisodeEvent, Instance, PolicyStep, Rule
from alerts.models.telling import BECAUSE
from alerts.policy_words import when_words
from alerts.routing import Decision, Kind, Routed, route
from alerts.services.hearing import Hearing
from alerts.services.naming import Naming, policies_of, scopes_of_instances
from alerts.services.telling import event_of
from organization.models import DIMENSIONS
from organization.selectors.answering import Ancestry


@dataclass(frozen=True)
class WhoRow:
    """`decision`: due, held or suppressed. `until`: of what is held, where a time is known."""

    label: str
    way: str
    decision: str
    reason: str
    until: datetime | None
    figures: bool


@dataclass(frozen=True)
class WhoStep:
    """What is told at a moment: at first, or by a later step when nobody has answered."""

    when: str
    at: datetime
    rows: tuple[WhoRow, ...]


def covered_areas(rule: Rule) -> list[Instance]:
    """The rule on each area that it covers, in the order of their codes."""
    rows = rule.instances.filter(covered=True).order_by("scope__key")
    return list(rows.select_related(*(f"scope__{dimension}" for dimension in DIMENSIONS)))


def who_would_get(rule: Rule, instance: Instance, *, level: int, at: datetime) -> tuple[WhoStep, ...]:
    """If it came to the level now on that area, and nobody answered. A bounded number of queries for each step."""
    policy = policies_of([rule.pk]).get((rule.pk, level))
    told = [_told(rule, instance, level, None, at)]
    for step in policy.steps.all() if policy is not None else ():
        if step.delay_minutes:
            told.append(_told(rule, instance, level, step, at + timedelta(minutes=step.delay_minutes)))
    return tuple(told)


def _told(rule: Rule, instance: Instance, level: int, step: PolicyStep | None, at: datetime) -> WhoStep:
    """An event that never is, judged as those that are."""
    row = EpisodeEvent(
        episode_id=0,
        number=0,
        kind=(Kind.ESCALATED if step else Kind.FIRST).value,
        tier=level,
        at=at,
        step=step.position if step else None,
    )
    happened = (rule, instance, row)
    scopes = scopes_of_instances([instance])
    ancestry = Ancestry(scopes.values())
    naming = Naming([happened], policies=policies_of([rule.pk]), scopes=scopes, ancestry=ancestry, now=at)
    named = naming.named(happened)
    hearing = Hearing(
        people=[one.person for one in named if one.person is not None],
        connections=[one.connection for one in named if one.connection is not None],
        scopes=scopes,
        ancestry=ancestry,
        now=at,
    )
    hearers = [one for each in named for one in hearing.hearers(each, instance, Level(level))]
    routed = route(event_of(row, instance, hearing), hearers, frozenset())
    return WhoStep(
        when=when_words(step) if step else _("At once"),
        at=at,
        rows=tuple(_row(one, hearing) for one in routed),
    )


def _row(routed: Routed, hearing: Hearing) -> WhoRow:
    person, connection, way = routed.place
    return WhoRow(
        label=str(hearing.people[person].label if person else hearing.connections[connection].name),
        way=str(dict(MESSAGE_WAYS).get(way, way)),
        decision=Decision(routed.decision).value,
        reason=str(dict(BECAUSE).get(routed.because.value, "")),
        until=routed.until,
        figures=routed.figures,
    )
