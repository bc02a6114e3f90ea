"""Who sees to an alert, until when, and who may say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.models import Episode, Notice
from organization.gate import can
from organization.models import Person, Role


@dataclass(frozen=True)
class Answer:
    """`acknowledged`: somebody has taken it, and that holds now. `hers`: it was she."""

    acknowledged: bool
    hers: bool
    may_answer: bool


def answer_of(person: Person, episode: Episode, *, as_of: datetime) -> Answer:
    """Two queries."""
    until = episode.acknowledged_until
    acknowledged = episode.acknowledged_at is not None and (until is None or until > as_of)
    return Answer(
        acknowledged=acknowledged,
        hers=acknowledged and episode.acknowledged_by_id == person.pk,
        may_answer=may_answer(person, episode),
    )


def may_answer(person: Person, episode: Episode) -> bool:
    """Whoever leads the area or more, and whoever was told of it or got it and still sees it.

    `instance__scope` at hand.
    """
    scope = episode.instance.scope
    if can(person, Role.LEAD, scope):
        return True
    if episode.holder_id != person.pk and not _was_told(person, episode):
        return False
    return can(person, Role.VIEWER, scope)


def _was_told(person: Person, episode: Episode) -> bool:
    return Notice.objects.filter(event__episode=episode, person=person, decision="due").exists()
