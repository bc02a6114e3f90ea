"""Making, ending and prolonging silences. When one begins and ends by itself nothing has to run: all that asks reads
the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import Notice, Rule, Silence, SilenceKind
from alerts.routing import Because, Decision
from alerts.selectors.silences import covered
from alerts.services.telling import one_at_a_time
from common import queueing
from kpis.models import Metric
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.services import Refused
from organization.services.audit import record

LONGEST = timedelta(days=90)
LONGEST_REASON = 300


class SilenceRefused(Refused):
    """It cannot be so; the message says why, for people. `at` is the field that it is about, empty for none."""

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class SilenceDraft:
    """What is asked for. Without `starts_at` it begins at once."""

    scope: Scope
    ends_at: datetime
    reason: str
    starts_at: datetime | None = None
    kind: str = SilenceKind.SILENCE
    rule: Rule | None = None
    metric: Metric | None = None
    up_to_level: int = 3


@transaction.atomic
def make_silence(*, draft: SilenceDraft, person: Person, now: datetime) -> Silence:
    """Raises PermissionDenied where she may not keep alerts of the area, SilenceRefused for what cannot be."""
    if not can(person, Action.MANAGE_ALERTS, draft.scope):
        raise PermissionDenied
    reason = " ".join(draft.reason.replace("\0", "").split())[:LONGEST_REASON]
    if not reason:
        raise SilenceRefused(_("Say why: whoever waits for a message reads this."), "reason")
    starts_at = max(draft.starts_at or now, now)
    if draft.ends_at <= starts_at:
        raise SilenceRefused(
            _("Choose an end that lies after its beginning and is still to come."), "ends_at"
        )
    if draft.ends_at - starts_at > LONGEST:
        raise SilenceRefused(_("A silence lasts for 90 days at most. Choose an earlier end."), "ends_at")
    if starts_at - now > LONGEST * 4:
        raise SilenceRefused(_("Choose a beginning within a year."), "starts_at")
    one_at_a_time()  # whoever tells at this moment sees it or was first
    made = Silence.objects.create(
        kind=draft.kind, scope=draft.scope, rule=draft.rule, metric=draft.metric, up_to_level=draft.up_to_level,
        starts_at=starts_at, ends_at=draft.ends_at, reason=reason, author=person,
    )  # fmt: skip
    record(
        action="alert.silence", subject=draft.scope.label, person=person, silence=made.pk, reason=reason,
        starts_at=starts_at.isoformat(), ends_at=draft.ends_at.isoformat(),
        rule=draft.rule.pk if draft.rule else None, metric=draft.metric.code if draft.metric else None,
        up_to_level=draft.up_to_level, kind=str(draft.kind),
    )  # fmt: skip
    return made


@transaction.atomic
def end_silence(*, silence: Silence, person: Person, now: datetime) -> Silence:
    """Ends it now, or takes back one that has not begun; what it held is judged again. Doing so twice changes nothing.

    Raises PermissionDenied where she may not keep alerts of the area.
    """
    one_at_a_time()
    silence = _held(silence, person)
    if not silence.to_come(now):
        return silence
    silence.ends_at = max(now, silence.starts_at)
    silence.save(update_fields=["ends_at"])
    held = Notice.objects.filter(
        covered(silence, "event__episode__instance"),
        decision=Decision.HELD,
        reason=Because.SILENCED,
        held_until__gt=now,
    )
    waiting = list(held.values_list("pk", flat=True))
    if waiting:
        Notice.objects.filter(pk__in=waiting).update(held_until=now)
        queueing.enqueue("alerts.tasks.gather")
    record(
        action="alert.silence_end",
        subject=silence.scope.label,
        person=person,
        silence=silence.pk,
        held=len(waiting),
    )
    return silence


@transaction.atomic
def extend_silence(*, silence: Silence, until: datetime, person: Person, now: datetime) -> Silence:
    """Lets it last longer. What it holds is judged again at the old end, and then held on.

    Raises PermissionDenied where she may not keep alerts of the area, SilenceRefused where it is over or `until` no
    later than its end or too late.
    """
    one_at_a_time()
    silence = _held(silence, person)
    if not silence.to_come(now):
        raise SilenceRefused(_("This silence is over. Make a new one."))
    if until <= silence.ends_at:
        raise SilenceRefused(_("Choose a later end, or end it now."), "until")
    if until - max(now, silence.starts_at) > LONGEST:
        raise SilenceRefused(_("A silence lasts for 90 days at most. Choose an earlier end."), "until")
    before = silence.ends_at
    silence.ends_at = until
    silence.save(update_fields=["ends_at"])
    record(
        action="alert.silence_extend", subject=silence.scope.label, person=person, silence=silence.pk,
        before=before.isoformat(), ends_at=until.isoformat(),
    )  # fmt: skip
    return silence


def _held(silence: Silence, person: Person) -> Silence:
    """Its row as it is now, held. Raises PermissionDenied."""
    fresh = Silence.objects.select_for_update(of=("self",)).select_related("scope").get(pk=silence.pk)
    if not can(person, Action.MANAGE_ALERTS, fresh.scope):
        raise PermissionDenied
    return fresh
