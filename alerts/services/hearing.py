"""What is known about hearing: of which areas each may have figures, her ways and hours, who stands in, silences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.conditions import Level
from alerts.models import Connection, Instance, Listening, Notice
from alerts.quiet import Hours
from alerts.routing import FOLDING, Because, Decision, Hearer, Place
from alerts.selectors.silenced import running
from alerts.services.connections import figures_may_go
from alerts.services.letters import KIND_OF_WAY
from alerts.services.naming import Named
from alerts.silencing import Watched, silent_until
from decisions.models import Delegation
from organization.gate import visible_scopes
from organization.models import Person, Scope
from organization.selectors import company, exceptions_between
from organization.selectors.addresses import address_of, is_confirmed
from organization.selectors.answering import Ancestry, Nodes, nodes_of

FAR = timedelta(days=370)  # further than any quiet lasts


class Hearing:
    """Read once for a batch, in a fixed number of queries and one a person, for her grants."""

    def __init__(
        self,
        *,
        people: Iterable[Person],
        connections: Iterable[Connection],
        scopes: dict[int, Scope],
        ancestry: Ancestry,
        now: datetime,
    ) -> None:
        self.scopes, self._ancestry, self._now = scopes, ancestry, now
        today = now.astimezone(ZoneInfo(company().time_zone)).date()
        known = {person.pk: person for person in people}
        self._stand_ins = _stand_ins(known, today)
        known |= {
            person.pk: person
            for standing in self._stand_ins.values()
            for _, person in standing
            if person.pk not in known
        }
        self.people = known
        self.connections = {connection.pk: connection for connection in connections}
        self._listening = {
            one.person_id: one for one in Listening.objects.filter(person_id__in=known) if one.person_id
        }
        self._exceptions = exceptions_between(today - timedelta(days=2), today + FAR)
        self.seen = {
            pk: set(visible_scopes(person).filter(pk__in=scopes).values_list("pk", flat=True))
            for pk, person in known.items()
        }
        self._may_go = (
            figures_may_go(connections=list(self.connections.values()), scopes=list(scopes.values()))
            if self.connections
            else frozenset()
        )
        self._silences = running(now)
        self._recent = _recent(self.people, self.connections, now)

    # -- One place --------------------------------------------------------------------------------------

    def hearers(self, named: Named, instance: Instance, level: Level) -> list[Hearer]:
        """One for each way, and those of whoever stands in for somebody who is away."""
        if named.connection is not None:
            return [self._connected(named, named.connection, instance.scope_id)]
        person = named.person
        if person is None:
            return []
        stands_in = self._stand_in(person, self.scopes[instance.scope_id])
        hearers = [
            self._person(named, person, way, instance.scope_id, away=stands_in is not None)
            for way in named.ways or self.ways_of(person, level)
        ]
        if stands_in is not None:
            instead = replace(named, person=stands_in, because=Because.STANDS_IN, figures_granted=False)
            hearers += [
                self._person(instead, stands_in, way, instance.scope_id, away=False)
                for way in named.ways or self.ways_of(stands_in, level)
            ]
        return hearers

    def ways_of(self, person: Person, level: Level) -> list[str]:
        """As she chose; who has chosen nothing gets no SMS before she has confirmed a telephone."""
        chosen = self._listening.get(person.pk)
        if chosen is not None:
            return chosen.ways_for(level)
        ways = Listening().ways_for(level)
        return ways if person.phone_verified_at else [way for way in ways if way != "sms"]

    def quiet_until(self, person: Person) -> datetime | None:
        """When the quiet hours end in which she is now; None where she is in none."""
        one = self._listening.get(person.pk)
        if one is None:
            return None
        hours = Hours(
            zone=ZoneInfo(person.time_zone),
            quiet_from=one.quiet_from,
            quiet_until=one.quiet_until,
            days_off=one.quiet_on_days_off,
        )
        return hours.quiet_until_when(self._now, self._exceptions)

    def heard(self, place: Place) -> None:
        """Something goes there now: what follows is folded."""
        self._recent[place] = self._now

    def _person(self, named: Named, person: Person, way: str, scope_id: int, *, away: bool) -> Hearer:
        sees = scope_id in self.seen[person.pk]
        kind = KIND_OF_WAY.get(way)
        return Hearer(
            person=person.pk,
            way=way,
            address=address_of(person, kind) if kind else "",
            confirmed=is_confirmed(person, kind) if kind else True,
            from_tier=named.from_tier,
            active=person.is_active,
            figures=named.figures_granted or sees,
            because=named.because,
            opens=sees and person.has_usable_password(),
            away=away,
            quiet_until=self.quiet_until(person),
            recent_until=self._recent_until((person.pk, 0, way)),
        )

    def _connected(self, named: Named, connection: Connection, scope_id: int) -> Hearer:
        return Hearer(
            person=0,
            way=connection.way,
            address=connection.address,
            from_tier=named.from_tier,
            confirmed=connection.ready,
            figures=(connection.pk, scope_id) in self._may_go,
            connection=connection.pk,
            because=named.because,
            recent_until=self._recent_until((0, connection.pk, connection.way)),
        )

    def _recent_until(self, place: Place) -> datetime | None:
        at = self._recent.get(place)
        return at + FOLDING if at is not None else None

    def _stand_in(self, person: Person, scope: Scope) -> Person | None:
        for nodes, other in self._stand_ins.get(person.pk, ()):
            if other.is_active and (nodes is None or self._ancestry.covers(nodes, scope)):
                return other
        return None

    # -- Silences ---------------------------------------------------------------------------------------

    def silent_until(self, instance: Instance, level: Level) -> datetime | None:
        watched = Watched(
            rule=instance.rule_id,
            metric=instance.metric_id,
            level=level,
            above=self._ancestry.above(self.scopes[instance.scope_id]),
        )
        return silent_until(self._silences, watched, self._now)


def _stand_ins(people: Collection[int], on: date) -> dict[int, list[tuple[Nodes | None, Person]]]:
    """Who acts in whose place on that day, and where; None is everywhere."""
    found: dict[int, list[tuple[Nodes | None, Person]]] = defaultdict(list)
    rows = Delegation.objects.filter(
        from_person_id__in=list(people), first_day__lte=on, last_day__gte=on
    ).select_related("to_person", "scope")
    for row in rows.order_by("pk"):
        found[row.from_person_id].append((nodes_of(row.scope) if row.scope else None, row.to_person))
    return found


def _recent(people: Collection[int], connections: Collection[int], now: datetime) -> dict[Place, datetime]:
    """When something last went to each place, where that is a moment ago."""
    found: dict[Place, datetime] = {}
    rows = Notice.objects.filter(
        decision=Decision.DUE, message__isnull=False, message__created_at__gt=now - FOLDING
    ).values_list("person_id", "connection_id", "way", "message__created_at")
    for person, connection, way, at in rows:
        if person in people or connection in connections:
            place = (person or 0, connection or 0, way)
            found[place] = max(at, found.get(place, at))
    return found
