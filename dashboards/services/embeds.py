"""Pages for frames elsewhere: made, renewed, revoked, opened."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from dashboards.models import Embed
from dashboards.openly import may_show_openly
from dashboards.shareable import Address
from organization.models import Person
from organization.services import Refused, record

MOST_DAYS = 90
MOST_EACH = 50  # that hold, of one person
KEPT = timedelta(days=90)  # after its end, so that its owner still finds why a frame is empty


@transaction.atomic
def make_embed(
    *,
    person: Person,
    name: str,
    address: Address,
    panel: str,
    origins: Sequence[str],
    language: str,
    days: int,
    now: datetime,
) -> Embed:
    """Raises Refused where the page is not hers to show openly, and where she has too many."""
    _may(person, address)
    if Embed.objects.filter(person=person, revoked_at=None, until__gt=now).count() >= MOST_EACH:
        raise Refused(
            _("You have %(most)s embeds already. Revoke one that is not needed any more.")
            % {"most": MOST_EACH}
        )
    made = Embed.objects.create(
        person=person,
        name=name,
        address=str(address),
        panel=panel,
        origins=list(origins),
        language=language,
        key=uuid.uuid4(),
        made_at=now,
        until=now + timedelta(days=min(max(days, 1), MOST_DAYS)),
    )
    record(
        action="dashboards.embed",
        subject=name,
        person=person,
        page=str(address),
        sites=list(origins),
        until=made.until.date().isoformat(),
    )
    return made


@transaction.atomic
def renew_embed(*, embed: Embed, person: Person, address: Address, days: int, now: datetime) -> Embed:
    """A new key and a new end: links that were made before lead nowhere. Raises Refused as for making one."""
    row = Embed.objects.select_for_update().get(pk=embed.pk)
    _may(row.person, address)
    row.key = uuid.uuid4()
    row.until = now + timedelta(days=min(max(days, 1), MOST_DAYS))
    row.revoked_at = None
    row.save(update_fields=["key", "until", "revoked_at"])
    record(
        action="dashboards.embed_renew", subject=row.name, person=person, until=row.until.date().isoformat()
    )
    return row


@transaction.atomic
def revoke_embed(*, embed: Embed, person: Person, now: datetime) -> Embed:
    row = Embed.objects.select_for_update().get(pk=embed.pk)
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        record(action="dashboards.embed_revoke", subject=row.name, person=person)
    return row


def note_opened(*, embed: Embed, now: datetime) -> None:
    """To the hour, so that a frame that is looked at all day writes two dozen times."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    if embed.opened_at is None or embed.opened_at < hour:
        Embed.objects.filter(pk=embed.pk).update(opened_at=hour)


def sweep_embeds(*, now: datetime) -> int:
    """Forgets those that ended long ago; how many."""
    ended = Embed.objects.filter(until__lt=now - KEPT) | Embed.objects.filter(revoked_at__lt=now - KEPT)
    return ended.delete()[0]


def _may(person: Person, address: Address) -> None:
    if not may_show_openly(person, address):
        raise Refused(
            _(
                "Figures may be shown where nobody logs in only for areas in which you lead. Turn the page to one of"
                " them, or ask somebody who leads this one."
            )
        )
