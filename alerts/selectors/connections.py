"""Reading connections for pages: all for who administers the company, for others those that they answer for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404

from alerts.models import Connection, ConnectionCode, Message, MessageState, Rule
from organization.gate import Action, can, visible_scopes
from organization.models import DIMENSIONS, Person


@dataclass(frozen=True)
class ConnectionRow:
    """`area` is empty where no figures go there; None where they do, of an area that is not the reader's to know.

    `waiting`: a code was sent that still holds.
    """

    connection: Connection
    area: str | None
    waiting: bool
    last: Message | None

    @property
    def language(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.connection.language, self.connection.language))

    @property
    def state(self) -> str:
        if self.connection.switched_off_at is not None:
            return "off"
        return "ready" if self.connection.confirmed_at is not None else "new"

    @property
    def refused(self) -> bool:
        """Switched off by the other side's words, so that it has to be confirmed again."""
        return self.state == "off" and self.connection.confirmed_at is None


@dataclass(frozen=True)
class ConnectionList:
    rows: tuple[ConnectionRow, ...]
    administers: bool

    @property
    def ready(self) -> int:
        return sum(row.state == "ready" for row in self.rows)


def visible_connections(person: Person) -> QuerySet[Connection]:
    found = Connection.objects.all()
    return found if can(person, Action.ADMINISTER) else found.filter(owner=person)


def usable_connections(person: Person, rule: Rule | None = None) -> QuerySet[Connection]:
    """Those that she may let a rule send to: what she may see, and what the rule sends to already."""
    found = visible_connections(person)
    if rule is not None:
        found |= Connection.objects.filter(
            pk__in=rule.recipients.filter(connection__isnull=False).values("connection")
        )
    return found.order_by("name", "pk")


def has_connections(person: Person) -> bool:
    """Whether there is a page of connections for her."""
    return can(person, Action.ADMINISTER) or Connection.objects.filter(owner=person).exists()


def connections_page(person: Person, *, now: datetime) -> ConnectionList:
    """By name; a fixed number of queries. Raises PermissionDenied where none is hers and she administers nothing."""
    administers = can(person, Action.ADMINISTER)
    rows = _rows(person, visible_connections(person), now)
    if not administers and not rows:
        raise PermissionDenied
    return ConnectionList(tuple(rows), administers)


def connection_row(person: Person, pk: int, *, now: datetime) -> ConnectionRow:
    """Raises Http404."""
    rows = _rows(person, visible_connections(person).filter(pk=pk), now)
    if not rows:
        raise Http404
    return rows[0]


def get_connection_or_404(person: Person, pk: int) -> Connection:
    found = visible_connections(person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _rows(person: Person, found: QuerySet[Connection], now: datetime) -> list[ConnectionRow]:
    newest = Message.objects.filter(connection=OuterRef("pk")).order_by("-created_at", "-pk").values("pk")[:1]
    code = ConnectionCode.objects.filter(connection=OuterRef("pk")).order_by("-created_at", "-pk")
    connections = list(
        found.select_related("owner", *(f"figures_scope__{dimension}" for dimension in DIMENSIONS))
        .annotate(
            last_pk=Subquery(newest),
            code_ends=Subquery(code.filter(used_at=None).values("expires_at")[:1]),
            code_mark=Subquery(code.filter(used_at=None).values("mark")[:1]),
        )
        .order_by("name", "pk")
    )
    messages = Message.objects.defer("text", "html").in_bulk(
        [row.last_pk for row in connections if row.last_pk]
    )
    hers = set(
        visible_scopes(person)
        .filter(pk__in=[row.figures_scope_id for row in connections if row.figures_scope_id])
        .values_list("pk", flat=True)
    )
    return [
        ConnectionRow(
            connection=row,
            area=_area(row, hers),
            waiting=not row.ready
            and _under_way(messages.get(row.last_pk or 0))
            and row.code_ends is not None
            and row.code_ends > now
            and row.code_mark == row.mark,
            last=messages.get(row.last_pk or 0),
        )
        for row in connections
    ]


def _under_way(newest: Message | None) -> bool:
    """Whether somebody may have read it, or still will."""
    return newest is not None and newest.state in (MessageState.QUEUED, MessageState.SENT)


def _area(row: Connection, hers: set[int]) -> str | None:
    if row.figures_scope is None:
        return ""
    return row.figures_scope.label if row.figures_scope_id in hers else None
