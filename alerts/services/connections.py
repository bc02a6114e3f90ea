"""Connections: made, edited, tried, confirmed by the code that a test carried, switched off, removed.

Where its figures may go is set only by somebody who may read them herself; and who may not, cannot lead a connection
that carries them elsewhere either.
"""

from __future__ import annotations

import json
import re
import secrets as random
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from alerts.connection_fields import PARTS
from alerts.delivery.sealed import sealed
from alerts.models import Connection, ConnectionCode, ConnectionKind, Message
from alerts.wording_chat import CODE, TEST, compose_test
from common import queueing
from common.outbound import OutboundRefused, check_place, check_url, is_opened
from common.secrets import SecretLost
from organization.gate import can
from organization.models import DIMENSIONS, Node, NodeAncestor, Person, Role, Scope
from organization.selectors import scope_key
from organization.services import Refused, ensure_scope, record
from organization.services.addresses import AT_MOST, CODE_LIVES, HOUR, MOST_ATTEMPTS, PAUSE

SIGNING = "signing"  # the secret that we make for a webhook


class ConnectionRefused(Refused):
    """`at` is the field that it is about; empty for the whole."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True)
class ConnectionDraft:
    """What somebody filled in. Of `parts`, a secret that is None or missing stays as it is.

    `figures`: the nodes of the area whose figures may go there (none of them: the company), None for no figures.
    `keep_figures` leaves that as somebody else has set it.
    """

    name: str
    kind: str
    language: str
    owner: Person | None
    parts: Mapping[str, str | None] = field(default_factory=dict)
    figures: Mapping[str, Node] | None = None
    keep_figures: bool = False


def make(*, draft: ConnectionDraft, person: Person) -> tuple[Connection, str]:
    """The connection, not confirmed, and the secret that a webhook's messages are signed with; shown this once.

    Raises ConnectionRefused.
    """
    place, secrets = _read(draft, {})
    signing = _new_secret() if draft.kind == ConnectionKind.WEBHOOK else ""
    if signing:
        secrets[SIGNING] = signing
    with transaction.atomic():
        made = Connection(
            name=_name(draft), kind=draft.kind, place=place, language=draft.language, owner=draft.owner
        )
        made.secrets, made.mark = secrets, mark_of(draft.kind, place, secrets)
        made.figures_scope = _figures(draft, None, person)
        _save(made)
        record(action="connection.make", subject=made.name, person=person, **_told(made))
    return made, signing


def edit(*, connection: Connection, draft: ConnectionDraft, version: int, person: Person) -> Connection:
    """Where it leads elsewhere now, it must be confirmed anew. Raises ConnectionRefused, also where `version` is no
    longer the newest.
    """
    now_there = Connection.objects.filter(pk=connection.pk).first()
    if now_there is None:
        raise ConnectionRefused(_("The connection was removed meanwhile."))
    try:
        kept = now_there.secrets
    except SecretLost:
        kept = {}
    place, secrets = _read(draft, kept)
    with transaction.atomic():
        row = Connection.objects.select_for_update(of=("self",)).select_related("figures_scope").get(
            pk=connection.pk
        )  # fmt: skip
        if row.version != version:
            raise ConnectionRefused(
                _(
                    "Somebody else has changed this connection meanwhile. Look at it again, then make your change."
                )
            )
        before = _told(row)
        mark = mark_of(row.kind, place, secrets)
        figures = _figures(draft, row.figures_scope, person)
        if mark != row.mark:
            _may_lead_elsewhere(figures, person)
            row.place, row.secrets, row.mark = place, secrets, mark
            _unconfirm(row)
        row.name, row.language, row.owner, row.figures_scope = (
            _name(draft),
            draft.language,
            draft.owner,
            figures,
        )
        row.version += 1
        _save(row)
        record(action="connection.change", subject=row.name, person=person, old=before, new=_told(row))
    return row


def renew_secret(*, connection: Connection, person: Person) -> str:
    """A new secret for signing; the one before it is void at once. Only a webhook has one: raises ConnectionRefused."""
    with transaction.atomic():
        row = _locked(connection)
        if row.kind != ConnectionKind.WEBHOOK:
            raise ConnectionRefused(_("Only webhooks are signed with a secret of ours."))
        secret = _new_secret()
        row.secrets = {SIGNING: secret}
        row.version += 1
        row.save(update_fields=["sealed", "version"])
        record(action="connection.new_secret", subject=row.name, person=person)
    return secret


def send_test(*, connection: Connection, person: Person, now: datetime) -> Message:
    """Queues a test; where the connection is not confirmed, or was switched off, it carries a code that confirms it.

    Raises ConnectionRefused where too many were asked for.
    """
    with transaction.atomic():
        row = _locked(connection)
        # By the place as well: to remove a connection and make it anew gains nothing.
        lately = Message.objects.filter(
            way=row.way, address=row.address, template__in=[CODE, TEST], created_at__gt=now - HOUR
        )
        if lately.filter(created_at__gt=now - PAUSE).exists():
            raise ConnectionRefused(_("A test was sent a moment ago. Wait a minute before sending another."))
        if lately.count() >= AT_MOST:
            raise ConnectionRefused(_("Too many tests were sent. Try again in an hour."))
        key, with_code = uuid.uuid4(), not row.ready
        wording = compose_test(connection=row, key=key, now=now, with_code=with_code)
        code = _new_code(row, now) if with_code else ""
        message = Message.objects.create(
            key=key, way=row.way, connection=row, address=row.address, language=row.language,
            subject=wording.subject, text=wording.text, html="", template=wording.template, fields=wording.fields,
            sealed=sealed({"code": code} if code else {}), next_attempt_at=now, created_at=now,
        )  # fmt: skip
        record(action="connection.test", subject=row.name, person=person)
        queueing.enqueue("alerts.tasks.deliver")
    return message


def confirm(*, connection: Connection, code: str, person: Person, now: datetime) -> Connection:
    """Opens the connection for alerts if the code is the one that the newest test carried.

    Raises ConnectionRefused, and counts the try.
    """
    newest = ConnectionCode.objects.filter(connection=connection).order_by("-created_at", "-pk").first()
    there = Connection.objects.filter(pk=connection.pk).first()
    stale = newest is None or newest.used_at or newest.expires_at <= now
    if newest is None or there is None or stale or newest.mark != there.mark:
        raise ConnectionRefused(_("This code has expired. Send a test for a new one."))
    # Counted before it is compared, and not in the same transaction: guessing at once by many hands gains nothing.
    counted = ConnectionCode.objects.filter(pk=newest.pk, attempts__lt=MOST_ATTEMPTS).update(
        attempts=F("attempts") + 1
    )
    if not counted:
        raise ConnectionRefused(_("This code was tried too often. Send a test for a new one."))
    if not constant_time_compare(newest.digest, _digest(newest, re.sub(r"\s", "", code))):
        raise ConnectionRefused(
            _("This is not the code that was sent. Look again, or send a test for a new one.")
        )
    with transaction.atomic():
        row = _locked(connection)
        if not ConnectionCode.objects.filter(pk=newest.pk, used_at=None, mark=row.mark).update(used_at=now):
            raise ConnectionRefused(_("This code has been used already."))
        row.confirmed_at, row.switched_off_at, row.switched_off_because = now, None, ""
        row.save(update_fields=["confirmed_at", "switched_off_at", "switched_off_because"])
        record(action="connection.confirm", subject=row.name, person=person)
    return row


@transaction.atomic
def switch_off(*, connection: Connection, person: Person, now: datetime) -> Connection:
    """By hand; it stays confirmed. Twice is once."""
    row = _locked(connection)
    if row.switched_off_at is None:
        row.switched_off_at = now
        row.save(update_fields=["switched_off_at"])
        record(action="connection.switch_off", subject=row.name, person=person)
    return row


@transaction.atomic
def switch_on(*, connection: Connection, person: Person) -> Connection:
    """Raises ConnectionRefused where it is not confirmed: it was refused for good, or leads elsewhere since."""
    row = _locked(connection)
    if row.confirmed_at is None:
        raise ConnectionRefused(_("Send a test first, and enter its code: the connection is not confirmed."))
    if row.switched_off_at is not None:
        row.switched_off_at, row.switched_off_because = None, ""
        row.save(update_fields=["switched_off_at", "switched_off_because"])
        record(action="connection.switch_on", subject=row.name, person=person)
    return row


@transaction.atomic
def remove(*, connection: Connection, person: Person) -> None:
    """Takes it and its secrets away; what was sent stays in the outbox."""
    row = _locked(connection)
    record(action="connection.remove", subject=row.name, person=person, **_told(row))
    row.delete()


@transaction.atomic
def refuse(*, connection: Connection, address: str, why: str, now: datetime) -> bool:
    """The other side refused for good: nothing but tests goes there until it is confirmed again.

    True where that ends what held until now, so that its owner must hear of it; False the second time, or where it
    leads elsewhere by now.
    """
    row = _locked(connection)
    if row.address != address:
        return False
    held = row.ready
    row.switched_off_at = row.switched_off_at or now
    row.switched_off_because, row.confirmed_at = why[:300], None
    row.save(update_fields=["switched_off_at", "switched_off_because", "confirmed_at"])
    record(action="connection.refused", subject=row.name, person=None)
    return held


def figures_may_go(
    *, connections: Collection[Connection], scopes: Collection[Scope]
) -> frozenset[tuple[int, int]]:
    """Which (connection, scope) may carry figures, by primary keys. One query, where `figures_scope` is at hand."""
    wanted = {node for scope in scopes for node in scope.node_ids().values()}
    above: dict[int, set[int]] = {}
    for node_id, ancestor_id in NodeAncestor.objects.filter(node_id__in=wanted).values_list(
        "node_id", "ancestor_id"
    ):
        above.setdefault(node_id, set()).add(ancestor_id)
    found = set()
    for connection in connections:
        if connection.figures_scope is None:
            continue
        tops = connection.figures_scope.node_ids()
        for scope in scopes:
            nodes = scope.node_ids()
            if all(top in above.get(nodes.get(dimension, 0), ()) for dimension, top in tops.items()):
                found.add((connection.pk, scope.pk))
    return frozenset(found)


def mark_of(kind: str, place: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """A short sign of where it leads. What a webhook is signed with is no part of that."""
    parts = {name: value for name, value in secrets.items() if name != SIGNING}
    text = json.dumps([kind, dict(place), parts], sort_keys=True)
    return salted_hmac("alerts.connections.mark", text, algorithm="sha256").hexdigest()[:8]


# -- What was filled in ------------------------------------------------------------------------------


def _read(draft: ConnectionDraft, kept: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The parts that are no secret, and those that are. Raises ConnectionRefused with the field. May ask for a name."""
    place: dict[str, str] = {}
    secrets = {SIGNING: kept[SIGNING]} if SIGNING in kept else {}
    for part in PARTS[draft.kind]:
        given = draft.parts.get(part.name)
        value = kept.get(part.name, "") if given is None and part.secret else (given or "").strip()
        if not value:
            if part.required:
                raise ConnectionRefused(_("This is needed."), at=part.name)
            continue
        if not part.fits(value):
            raise ConnectionRefused(
                _("This does not look like it. Paste this part alone, not the whole address."), at=part.name
            )
        (secrets if part.secret else place)[part.name] = value
    if draft.kind == ConnectionKind.WEBHOOK:
        place["url"] = _checked(place["url"])
    return place, secrets


def _checked(url: str) -> str:
    try:
        url = check_url(url)
        if url.startswith("http:") and not is_opened(url):
            raise ConnectionRefused(_("The address must begin with https://."), at="url")
        return check_place(url)
    except OutboundRefused as refused:
        raise ConnectionRefused(str(refused), at="url") from None


def _name(draft: ConnectionDraft) -> str:
    name = " ".join(draft.name.split())
    if not name or len(name) > 80:
        raise ConnectionRefused(_("A name of at most 80 letters is needed."), at="name")
    return name


def _figures(draft: ConnectionDraft, current: Scope | None, person: Person) -> Scope | None:
    if draft.keep_figures:
        return current
    if draft.figures is None:
        return None
    nodes = dict(draft.figures)
    wanted = Scope(key=scope_key(nodes), **nodes)
    if current is not None and wanted.key == current.key:
        return current
    if not can(person, Role.VIEWER, wanted):
        raise ConnectionRefused(_("You may only let figures go there that you may read yourself."), at="area")
    return ensure_scope(nodes=[nodes[dimension] for dimension in DIMENSIONS if dimension in nodes])


def _may_lead_elsewhere(figures: Scope | None, person: Person) -> None:
    if figures is not None and not can(person, Role.VIEWER, figures):
        raise ConnectionRefused(
            _(
                "This connection carries figures that you may not read, so you cannot lead it elsewhere."
                " Choose no figures, or ask an administrator."
            ),
            at="figures",
        )


def _save(row: Connection) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "connection_name_unique" not in str(error):
            raise
        raise ConnectionRefused(_("There is a connection of this name already."), at="name") from None


# -- Small things ------------------------------------------------------------------------------------


def _locked(connection: Connection) -> Connection:
    try:
        return Connection.objects.select_for_update().get(pk=connection.pk)
    except Connection.DoesNotExist:
        raise ConnectionRefused(_("The connection was removed meanwhile.")) from None


def _unconfirm(row: Connection) -> None:
    row.confirmed_at, row.switched_off_at, row.switched_off_because = None, None, ""


def _new_secret() -> str:
    return f"pls_{random.token_urlsafe(32)}"


def _new_code(row: Connection, now: datetime) -> str:
    """The codes before it are void, since only the newest is asked for."""
    code = f"{random.randbelow(1_000_000):06}"
    made = ConnectionCode.objects.create(
        connection=row, digest="", mark=row.mark, created_at=now, expires_at=now + CODE_LIVES
    )
    made.digest = _digest(made, code)
    made.save(update_fields=["digest"])
    return code


def _digest(row: ConnectionCode, code: str) -> str:
    return salted_hmac("alerts.connections", f"{row.pk}:{code}", algorithm="sha256").hexdigest()


def _told(row: Connection) -> dict[str, Any]:
    """What the history keeps; no secret, and of an address only its host."""
    return {
        "name": row.name,
        "kind": row.kind,
        "place": row.address,
        "language": row.language,
        "owner": row.owner.username if row.owner else "",
        "scope": row.figures_scope.key if row.figures_scope else "",
    }
