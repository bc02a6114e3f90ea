"""What a rule's owner is told of her rule: that it does not work, that its data are missing, or that something which it
brings about could not be done. No alerts.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.lifecycle import Reason
from alerts.models import Instance, Message, Rule, WithoutData
from alerts.routing import NAMESPACE
from alerts.services.letters import letter_to, owner_or_administrators
from common import formats, queueing
from organization.gate import Action, can, visible_scopes
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company
from organization.speaking import speaking_to

BROKEN = "rule-broken"
WITHOUT_DATA = "rule-without-data"
UNDONE = "rule-undone"
_ERRORS = (Reason.ERROR, Reason.METRIC_AWAY)
_MISSING = (Reason.NO_DATA, Reason.OLDER_PERIOD)
MOST_AREAS = 20


@dataclass(frozen=True)
class Trouble:
    """`kind` is the letter's template. `said`: the why in words, in the language that is active; else `reason` says it."""

    rule: Rule
    kind: str
    scope_id: int
    reason: Reason | None = None
    said: Callable[[], str] | None = None


def trouble_of(*, instance: Instance, rule: Rule, reason: Reason, before: str) -> Trouble | None:
    """What a look ran into; None where all is well, nobody asked, or it was so `before` (the reason of the last look)."""
    if reason in _ERRORS:
        return None if before == reason else Trouble(rule, BROKEN, instance.scope_id, reason)
    if rule.without_data == WithoutData.TELL_OWNER and reason in _MISSING:
        return None if before in _MISSING else Trouble(rule, WITHOUT_DATA, instance.scope_id, reason)
    return None


def tell_owners(*, troubles: Sequence[Trouble], now: datetime) -> None:
    """A letter for each rule and kind, with all areas of the batch; at most one a day. Part of its transaction.

    It goes to the administrators where the owner cannot be reached. It names areas only to who may see them.
    """
    if not troubles:
        return
    together: dict[tuple[int, str], list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        together[trouble.rule.pk, trouble.kind].append(trouble)
    scopes = Scope.objects.select_related(*DIMENSIONS).in_bulk({trouble.scope_id for trouble in troubles})
    here = now.astimezone(ZoneInfo(company().time_zone))
    letters = []
    for (rule_id, kind), found in together.items():
        for whom in owner_or_administrators(found[0].rule.owner):
            key = uuid.uuid5(NAMESPACE, f"{kind}:{rule_id}:{here:%Y-%m-%d}:{whom.pk}")
            fields = _fields(found, scopes, whom, here)
            letters.append(letter_to(whom=whom, key=key, template=kind, fields=fields, now=now))
    # In one order, so that two workers that say the same wait for each other and never in a circle.
    letters.sort(key=lambda letter: letter.key)
    Message.objects.bulk_create(letters, ignore_conflicts=True)
    queueing.enqueue("alerts.tasks.deliver")


def _fields(
    found: Sequence[Trouble], scopes: dict[int, Scope], whom: Person, here: datetime
) -> dict[str, str]:
    rule = found[0].rule
    asked = {trouble.scope_id for trouble in found}
    seen = set(visible_scopes(whom).filter(pk__in=asked).values_list("pk", flat=True))
    page = "alerts:rules"
    arguments: list[int] = []
    if can(whom, Action.MANAGE_ALERTS, rule.scope):
        page, arguments = "alerts:rule_edit", [rule.pk]
    with speaking_to(whom):
        named = sorted(str(scopes[pk].label) for pk in seen)[:MOST_AREAS]
        more = len(asked) - len(named)
        if more and not named:
            named = [ngettext("%(n)s area", "%(n)s areas", more) % {"n": more}]
        elif more:
            named.append(ngettext("%(n)s more area", "%(n)s more areas", more) % {"n": more})
        return {
            "name": rule.name,
            "why": _why(found[0]),
            "areas": formats.listed(named, whom.language),
            "since": formats.moment(here, whom.language),
            "link": settings.SITE_URL + reverse(page, args=arguments),
        }


def _why(trouble: Trouble) -> str:
    if trouble.said is not None:
        return trouble.said()
    if trouble.reason == Reason.METRIC_AWAY:
        return _("The figure that it watches was put away.")
    return _("What it asks for cannot be read.")
