"""Whom a rule and its policies mean by an event: people and connections, before anybody asks whether they can hear."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from alerts.conditions import Level
from alerts.models import (
    Connection,
    EpisodeEvent,
    Instance,
    Notice,
    Policy,
    PolicyStep,
    Recipient,
    Rota,
    Rule,
    StepTarget,
    TargetKind,
    Tier,
)
from alerts.rotas import Round, Swap
from alerts.routing import BEGINS, Because, Decision, Kind, Place
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import company
from organization.selectors.answering import Ancestry, Answering

Happened: TypeAlias = tuple[Rule, Instance, EpisodeEvent]


@dataclass(frozen=True)
class Named:
    """A person or a connection. Without `ways` a person hears by those that she chose for the level."""

    person: Person | None = None
    connection: Connection | None = None
    ways: tuple[str, ...] = ()
    from_tier: Level = Level.WATCH
    figures_granted: bool = False
    because: Because = Because.REACHES_TIER


def policies_of(rule_ids: Collection[int]) -> dict[tuple[int, int], Policy]:
    """The policy of each tier that has one, with steps and targets, by rule and level. A few queries."""
    tiers = Tier.objects.filter(rule_id__in=rule_ids, policy__isnull=False).values_list(
        "rule_id", "level", "policy_id"
    )
    wanted = {policy_id for _rule, _level, policy_id in tiers}
    policies = Policy.objects.prefetch_related(
        "steps__targets__person",
        "steps__targets__connection__owner",
        "steps__targets__connection__figures_scope",
    ).in_bulk(wanted)
    return {(rule, level): policies[pk] for rule, level, pk in tiers}


def round_of(rota: Rota, zone: ZoneInfo) -> Round:
    """For the pure module; `places__person` and `swaps__person` prefetched where there are many."""
    return Round(
        first_day=rota.first_day,
        hands_over_at=rota.hands_over_at,
        turn_days=rota.turn_days,
        zone=zone,
        people=[place.person_id for place in rota.places.all()],
        swaps=[Swap(one.starts_at, one.ends_at, one.person_id) for one in rota.swaps.all()],
    )


class Naming:
    """Read once for a batch: recipients of rules, people told before, and what the policies' targets stand for."""

    def __init__(
        self,
        happened: Sequence[Happened],
        *,
        policies: dict[tuple[int, int], Policy],
        scopes: dict[int, Scope],
        ancestry: Ancestry,
        now: datetime,
    ) -> None:
        self._policies, self._now = policies, now
        self._zone = ZoneInfo(company().time_zone)
        self._scopes = scopes
        self._answering = Answering(list(scopes.values()), now.astimezone(self._zone).date(), ancestry)
        self._recipients: dict[int, list[Recipient]] = defaultdict(list)
        rows = Recipient.objects.filter(rule_id__in={rule.pk for rule, _, _ in happened}).select_related(
            "person", "connection__owner", "connection__figures_scope"
        )
        for recipient in rows.order_by("pk"):
            self._recipients[recipient.rule_id].append(recipient)
        self._told_before: dict[int, dict[Place, Named]] = defaultdict(dict)
        told = Notice.objects.filter(
            event__episode_id__in={event.episode_id for _, _, event in happened}, decision=Decision.DUE
        ).select_related("event", "person", "connection__owner", "connection__figures_scope")
        for notice in told.order_by("pk"):
            if notice.person is not None or notice.connection is not None:
                place = (notice.person_id or 0, notice.connection_id or 0, notice.way)
                self._told_before[notice.event.episode_id][place] = Named(
                    notice.person, notice.connection, (notice.way,), because=Because.WAS_TOLD
                )
        self._on_watch: dict[int, Person | None] = {}

    def told(self, episode_id: int) -> set[Place]:
        """Which places have been told of it before this batch."""
        return set(self._told_before[episode_id])

    def named(self, happened: Happened) -> list[Named]:
        """Everybody who is meant, some of them more than once."""
        rule, instance, event = happened
        kind = Kind(event.kind)
        if kind == Kind.HANDED_OVER:
            return [Named(event.to_person, because=Because.HANDED_OVER)] if event.to_person else []
        policy = self._policies.get((rule.pk, event.tier))
        if kind == Kind.ESCALATED:
            steps = [one for one in policy.steps.all() if one.position == event.step] if policy else []
            return self._of_steps(steps, instance.scope_id, Because.ESCALATED)
        named = [_of_rule(recipient) for recipient in self._recipients[rule.pk]]
        if kind in BEGINS and policy is not None:
            at_once = [step for step in policy.steps.all() if not step.delay_minutes]
            named += self._of_steps(at_once, instance.scope_id, Because.POLICY)
        return [*named, *self._told_before[event.episode_id].values()]

    def meant(self, target: StepTarget, scope: Scope) -> list[Named]:
        """Whom a target stands for on an area."""
        return self._of(target, scope, Because.POLICY)

    def _of_steps(self, steps: Iterable[PolicyStep], scope_id: int, because: Because) -> list[Named]:
        scope = self._scopes[scope_id]
        return [
            one for step in steps for target in step.targets.all() for one in self._of(target, scope, because)
        ]

    def _of(self, target: StepTarget, scope: Scope, because: Because) -> list[Named]:
        if target.kind == TargetKind.CONNECTION:
            return [Named(connection=target.connection, because=because)]
        people: list[Person | None]
        match target.kind:
            case TargetKind.PERSON:
                people = [target.person]
            case TargetKind.OWNER:
                people = [*self._answering.owners(scope)]
            case TargetKind.ABOVE:
                people = [*self._answering.leads_above(scope)]
            case TargetKind.DUTY:
                people = [*self._answering.on_duty(target.duty, scope)]
            case _:
                people = [self._watch_of(target.rota_id)]
        return [Named(person, None, tuple(target.ways), because=because) for person in people if person]

    def _watch_of(self, rota_id: int | None) -> Person | None:
        if rota_id is None:
            return None
        if rota_id not in self._on_watch:
            rota = Rota.objects.prefetch_related("places", "swaps").get(pk=rota_id)
            whose = round_of(rota, self._zone).on_watch(self._now)
            self._on_watch[rota_id] = Person.objects.filter(pk=whose).first() if whose else None
        return self._on_watch[rota_id]


def _of_rule(recipient: Recipient) -> Named:
    return Named(
        recipient.person,
        recipient.connection,
        (recipient.way,),
        Level(recipient.from_level),
        recipient.figures_granted,
    )


def scopes_of_instances(instances: Iterable[Instance]) -> dict[int, Scope]:
    return Scope.objects.select_related(*DIMENSIONS).in_bulk({one.scope_id for one in instances})
