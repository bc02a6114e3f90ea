"""From what happened to notices and messages, in a fixed number of statements (and one a person, for her grants)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from alerts.conditions import Level
from alerts.models import Episode, EpisodeEvent, Instance, Message, MessageState, Notice
from alerts.routing import (
    BEGINS,
    ENDS,
    FOLDING,
    Because,
    Decision,
    Event,
    Hearer,
    Kind,
    Place,
    Routed,
    message_key,
    notice_key,
    route,
)
from alerts.services.composing import Said, message_for
from alerts.services.hearing import Hearing
from alerts.services.letters import NOT_CONFIRMED
from alerts.services.naming import Happened, Named, Naming, policies_of, scopes_of_instances
from alerts.services.steps import plan
from alerts.wording import Subject
from common import queueing
from kpis.models import Metric
from organization.models import Scope
from organization.selectors import company
from organization.selectors.answering import Ancestry, Nodes, nodes_of

QUIET_KINDS = frozenset({Kind.ACKNOWLEDGED})  # seen on the alert's page; nobody is told of them
NAMED_BELOW = 12  # areas that a message about the one above names


def tell(*, happened: Sequence[Happened], now: datetime) -> list[Message]:
    """Writes who hears what, who does not or not yet with the reason, and when each alert's next step comes.

    Part of the transaction in which it happened.
    """
    happened = [one for one in happened if one[2].kind not in QUIET_KINDS]
    if not happened:
        return []
    one_at_a_time()
    batch = _Batch(happened, now)
    notices: list[Notice] = []
    messages: list[Message] = []
    for one in batch.in_order():
        made, sent = batch.tell_of(one)
        notices += made
        messages += sent
    Message.objects.bulk_create(messages, batch_size=1000)
    for notice in notices:
        # The key was only given by the statement above.
        notice.message_id = notice.message.pk if notice.message else None
    Notice.objects.bulk_create(notices, batch_size=1000)
    plan(happened, batch.policies, now)
    _let_speak({event.episode_id for _, _, event in happened if event.kind in ENDS}, now)
    if messages:
        queueing.enqueue("alerts.tasks.deliver")
    if any(notice.reason == Because.FOLDING for notice in notices):
        queueing.enqueue("alerts.tasks.gather", after=int(FOLDING.total_seconds()) + 1)
    return messages


def one_at_a_time() -> None:
    """Whoever decides what a place hears sees all that was decided before; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('alerts.telling'))")


def subject_of(
    happened: Happened, *, metrics: Mapping[int, Metric], scopes: Mapping[int, Scope], fiscal_start: int
) -> Subject:
    rule, instance, event = happened
    return Subject(rule, metrics[instance.metric_id], scopes[instance.scope_id], event, fiscal_start)


def event_of(row: EpisodeEvent, instance: Instance, hearing: Hearing) -> Event:
    """For the pure module, with the silences as they are now."""
    level = Level(row.tier)
    return Event(
        row.episode_id,
        row.number,
        Kind(row.kind),
        level,
        flapping=instance.flapping,
        silent_until=hearing.silent_until(instance, level),
        by_hand=row.reason == "closed-by-hand",
    )


def _let_speak(ended: set[int], now: datetime) -> None:
    """What the alerts that ended had spoken for is judged again."""
    waiting = Notice.objects.filter(decision=Decision.HELD, explained_by_id__in=ended)
    if ended and waiting.update(held_until=now):
        queueing.enqueue("alerts.tasks.gather")


@dataclass(frozen=True)
class _Open:
    """An open alert that may speak for others, or be named by one above."""

    episode: int
    tier: int
    scope: int
    nodes: Nodes


class _Batch:
    """What happened at once, and all that is asked to tell of it."""

    def __init__(self, happened: Sequence[Happened], now: datetime) -> None:
        self._happened, self._now = happened, now
        self.policies = policies_of({rule.pk for rule, _, _ in happened})
        self._scopes = scopes_of_instances([instance for _, instance, _ in happened])
        self._metrics = Metric.objects.in_bulk({instance.metric_id for _, instance, _ in happened})
        self._open = self._open_alerts()
        known = self._scopes | Scope.objects.in_bulk(
            {one.scope for many in self._open.values() for one in many} - self._scopes.keys()
        )
        self._ancestry = Ancestry(known.values())
        self._known = known
        self._by_nodes = self._open_by_nodes()
        self._naming = Naming(
            happened, policies=self.policies, scopes=self._scopes, ancestry=self._ancestry, now=now
        )
        self._named = {event.pk: self._naming.named((r, i, event)) for r, i, event in happened}
        everybody = [one for named in self._named.values() for one in named]
        self._hearing = Hearing(
            people=[one.person for one in everybody if one.person is not None],
            connections=[one.connection for one in everybody if one.connection is not None],
            scopes=self._scopes,
            ancestry=self._ancestry,
            now=now,
        )
        self._told: dict[int, set[Place]] = self._told_of()
        self._below = self._names_below()
        self._fiscal_start = company().fiscal_year_start

    def in_order(self) -> list[Happened]:
        """The worst first, and what lies above before what lies below: it may speak for it."""

        def order(one: Happened) -> tuple[int, int, int]:
            _rule, instance, event = one
            nodes = nodes_of(self._scopes[instance.scope_id])
            return -event.tier, self._ancestry.depth(nodes, self._scopes[instance.scope_id]), event.pk

        return sorted(self._happened, key=order)

    def tell_of(self, one: Happened) -> tuple[list[Notice], list[Message]]:
        _rule, instance, row = one
        about = subject_of(one, metrics=self._metrics, scopes=self._scopes, fiscal_start=self._fiscal_start)
        if row.kind in BEGINS and self._below.get(row.episode_id):
            about = about.naming(self._below[row.episode_id])
        event = event_of(row, instance, self._hearing)
        explaining = self._explaining(instance, row)
        hearers = [
            hearer
            for named in self._named[row.pk]
            for hearer in self._hearers(named, instance, event.tier, explaining)
        ]
        notices, messages = [], []
        told = self._told[row.episode_id]
        for routed in route(event, hearers, frozenset(told)):
            notice = _notice(row, routed, self._now)
            notices.append(notice)
            if routed.because == Because.EXPLAINED:
                notice.explained_by_id = self._spoken_by(routed.place, explaining)
            if routed.decision == Decision.DUE:
                told.add(routed.place)
                self._hearing.heard(routed.place)
            withheld = routed.because == Because.NOT_CONFIRMED
            if routed.place[2] != "app" and (routed.decision == Decision.DUE or withheld):
                notice.message = message_for(
                    self._hearing,
                    [Said(about, routed.figures, routed.because)],
                    routed.place,
                    key=message_key([notice_key(event, routed.place)]),
                    now=self._now,
                )
                if withheld:
                    notice.message.state, notice.message.last_error = MessageState.WITHHELD, NOT_CONFIRMED
                messages.append(notice.message)
        return notices, messages

    def _hearers(
        self, named: Named, instance: Instance, level: Level, explaining: Sequence[int]
    ) -> list[Hearer]:
        hearers = self._hearing.hearers(named, instance, level)
        if not explaining:
            return hearers
        return [
            replace(hearer, explained=self._spoken_by(hearer.place, explaining) is not None)
            for hearer in hearers
        ]

    # -- What lies above and below ----------------------------------------------------------------------

    def _open_alerts(self) -> dict[int, list[_Open]]:
        """By metric, where something begins."""
        begins = {instance.metric_id for _, instance, event in self._happened if event.kind in BEGINS}
        found: dict[int, list[_Open]] = defaultdict(list)
        if begins:
            rows = Episode.objects.filter(closed_at__isnull=True, instance__metric_id__in=begins)
            for episode in rows.select_related("instance__scope"):
                scope = episode.instance.scope
                found[episode.instance.metric_id].append(
                    _Open(episode.pk, episode.tier, scope.pk, nodes_of(scope))
                )
        return found

    def _open_by_nodes(self) -> dict[tuple[int, Nodes], list[_Open]]:
        found: dict[tuple[int, Nodes], list[_Open]] = defaultdict(list)
        for metric, many in self._open.items():
            for one in many:
                found[metric, one.nodes].append(one)
        return found

    def _told_of(self) -> dict[int, set[Place]]:
        """Per alert of the batch, and per open alert above one, which places have been told of it."""
        told = {event.episode_id: self._naming.told(event.episode_id) for _, _, event in self._happened}
        above = {pk for _, instance, event in self._happened for pk in self._explaining(instance, event)}
        for pk in above - told.keys():
            told[pk] = set()
        rows = Notice.objects.filter(event__episode_id__in=above, decision=Decision.DUE)
        for episode, person, connected, way in rows.values_list(
            "event__episode_id", "person_id", "connection_id", "way"
        ):
            told[episode].add((person or 0, connected or 0, way))
        return told

    def _explaining(self, instance: Instance, event: EpisodeEvent) -> list[int]:
        """Open alerts of areas above, of the same metric and at least as bad."""
        if event.kind in ENDS or event.kind == Kind.HANDED_OVER:
            return []
        scope = self._scopes[instance.scope_id]
        return [
            one.episode
            for nodes in self._ancestry.areas_above(scope)
            for one in self._by_nodes.get((instance.metric_id, nodes), ())
            if one.tier >= event.tier
        ]

    def _spoken_by(self, place: Place, explaining: Sequence[int]) -> int | None:
        return next((pk for pk in explaining if place in self._told.get(pk, ())), None)

    def _names_below(self) -> dict[int, list[Scope]]:
        """For each alert that begins: the areas below it that have the same one open."""
        begins = {
            (instance.metric_id, nodes_of(self._scopes[instance.scope_id])): event.episode_id
            for _, instance, event in self._happened
            if event.kind in BEGINS
        }
        below: dict[int, list[int]] = defaultdict(list)
        for metric, many in self._open.items():
            for one in many:
                for nodes in self._ancestry.areas_above(self._known[one.scope]):
                    episode = begins.get((metric, nodes))
                    if episode is not None and len(below[episode]) < NAMED_BELOW:
                        below[episode].append(one.scope)
        wanted = {pk for many in below.values() for pk in many}
        named = Scope.objects.select_related("region", "channel", "product", "team", "budget").in_bulk(wanted)
        return {episode: [named[pk] for pk in dict.fromkeys(many)] for episode, many in below.items()}


def _notice(event: EpisodeEvent, routed: Routed, now: datetime) -> Notice:
    person_id, connection_id, way = routed.place
    return Notice(
        event=event,
        person_id=person_id or None,
        connection_id=connection_id or None,
        way=way,
        decision=routed.decision.value,
        reason=routed.because.value,
        figures=routed.figures,
        decided_at=now,
        held_until=routed.until,
    )
