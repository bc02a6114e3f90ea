"""Proposing what alert rules ask for: to pause, stop, give up or expand a channel, or to move its money."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from alerts.consequences import Case, Done
from alerts.models import Rule
from channels.changes import KIND, SPEND_DAYS, SUMMARIES, Change, makes_sense, money_for, overtakes
from channels.selectors.profiles import profiles_of
from decisions.models import Proposal
from decisions.models.proposals import UNDECIDED
from decisions.services import Settled, lapse, propose
from kpis.models import Metric
from kpis.selectors.figures import figures_of_spans
from organization.models import Dimension, Node, Person, Scope
from organization.services import Refused

ASKED = gettext_noop("An alert rule asks for this; its figures stand beside it.")
DONE = gettext_noop("A proposal waits for a decision.")
WAITS = gettext_noop("A proposal waits for a decision about this channel already.")
NO_SENSE = gettext_noop("Nothing was proposed: the channel's state leaves nothing to change.")
OVERTAKEN = gettext_noop("Something else is proposed instead, since its figures have moved on.")


def propose_for(case: Case, change: Change) -> Done:
    """What a rule asks for, for the channel that its alert is about; where as much waits already, that stays.

    Nobody proposes it (the rule's owner may decide it like others). Raises Refused for an alert about anything else
    than a channel or a campaign, and where nobody could approve it.
    """
    node = _channel_of(case.instance.scope)
    if not makes_sense(change, profiles_of([node.pk])[node.pk].state):
        return Done(NO_SENSE)
    return _propose(node, change, figures=_figures(case), person=None, body=ASKED, now=case.now)


def propose_by_hand(*, node: Node, change: Change, why: str, person: Person, now: datetime) -> int:
    """Somebody proposes it herself; the caller has passed the gate. Returns the proposal's id.

    Raises Refused where it makes no sense in the channel's state, something waits already, or no reason is given.
    """
    if not makes_sense(change, profiles_of([node.pk])[node.pk].state):
        raise Refused(_(NO_SENSE))
    done = _propose(node, change, figures={}, person=person, body=why, now=now)
    if done.said != DONE or done.subject_id is None:
        raise Settled(_(done.said))
    return done.subject_id


@transaction.atomic
def _propose(
    node: Node, change: Change, *, figures: dict[str, Any], person: Person | None, body: str, now: datetime
) -> Done:
    waiting = Proposal.objects.filter(kind=KIND, subject_id=node.pk, state__in=UNDECIDED).first()
    if waiting is not None:
        by_person = waiting.proposed_by_id is not None or person is not None
        if by_person or not overtakes(change, Change(waiting.payload["change"])):
            return Done(WAITS, subject_id=waiting.pk)
        lapse(proposal=waiting, note=OVERTAKEN, as_of=now)
    spent = spend_of(node.scope, timezone.localdate(now))
    try:
        made = propose(
            kind=KIND,
            subject_id=node.pk,
            scope=node.scope,
            summary=SUMMARIES[change],
            body=body,
            payload={"change": change.value, "spent": spent, **figures},
            amount=money_for(change, spent),
            person=person,
            as_of=now,
        )
    except Settled:  # by somebody else in this very moment
        return Done(WAITS)
    return Done(DONE, subject_id=made.pk)


def spend_of(scope: Scope, today: date) -> Decimal | None:
    """What it has cost in the days up to yesterday; None where nothing is reported."""
    cost = Metric.objects.in_use().filter(code="cost").first()
    if cost is None:
        return None
    first, last = today - timedelta(days=SPEND_DAYS), today - timedelta(days=1)
    found = figures_of_spans([(scope.pk, first, last)], metrics=[cost], today=today)
    figure = found.get((scope.pk, first, last, cost.pk))
    return figure.value if figure else None


def _channel_of(scope: Scope) -> Node:
    node = scope.node
    if node is None or node.dimension != Dimension.CHANNEL:
        raise Refused(
            _(
                "Only a channel or a campaign as a whole can be changed so, and this alert is about another area."
            )
        )
    return node


def _figures(case: Case) -> dict[str, Any]:
    """What the rule was held against, kept as it was then."""
    event = case.event
    return {
        "rule": case.rule.name,
        "episode": case.episode.pk,
        "metric": case.instance.metric.code,
        "grain": event.grain,
        "start": event.start,
        "value": event.value,
        "attainment": event.attainment,
        "condition": event.condition,
        "periods": _periods(case.rule, event.tier),
    }


def _periods(rule: Rule, level: int) -> int:
    """For how many periods in a row."""
    found = rule.tiers.filter(level=level).values_list("for_periods", flat=True).first()
    return found or 1
