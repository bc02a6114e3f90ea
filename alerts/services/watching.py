"""Telling administrators what is wrong with the engine, by a path that needs neither a worker nor Redis.

Mails go straight to the mail server. What was told is written down only once a mail has left, for each address by
itself: who could not be reached is tried again by the next watchdog.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import connection, transaction

from alerts.delivery import TransportError
from alerts.delivery.email import message_id, post
from alerts.health import Trouble
from alerts.health_words import compose_troubles, compose_well
from alerts.models import WatchdogReport
from alerts.wording import Wording
from organization.middleware import zone_of
from organization.models import AddressKind
from organization.selectors.addresses import is_confirmed
from organization.selectors.people import administrators

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reader:
    """Who is told. `outage`: was told that the database is away."""

    address: str
    language: str
    zone: ZoneInfo
    outage: bool = False


@dataclass(frozen=True)
class Told:
    """Who was told (on a dry run: would be), and who could not be, with the reason. `busy`: another one is telling."""

    told: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    busy: bool = False


def readers(*, outage: bool = False) -> list[Reader]:
    """Administrators with a confirmed address and whom WATCHDOG_EMAIL names, each address once.

    `outage`: the latter were told that the database is away, and do not know yet that it is back.
    """
    found = {
        address.lower(): Reader(address, settings.LANGUAGE_CODE, ZoneInfo(settings.TIME_ZONE), outage)
        for address in settings.WATCHDOG_EMAIL
    }
    for person in administrators():
        if person.email and is_confirmed(person, AddressKind.EMAIL):
            known = found.get(person.email.lower())
            found[person.email.lower()] = Reader(
                person.email, person.language, zone_of(person), known is not None and known.outage
            )
    return list(found.values())


def tell(
    *,
    troubles: Sequence[Trouble],
    to: Sequence[Reader],
    now: datetime,
    again_after: timedelta,
    dry_run: bool = False,
) -> Told:
    """Tells each what she does not know: troubles that are new to her or were told `again_after` ago, or that all is
    well again. Once, however many watchdogs run at the same time.
    """
    with _alone() as alone:
        if not alone:
            return Told(busy=True)
        known: dict[str, dict[str, datetime]] = defaultdict(dict)
        for report in WatchdogReport.objects.all():
            known[report.address][report.trouble] = report.told_at
        told, refused = [], []
        for reader in to:
            wording = _news(reader, troubles, known[reader.address], now - again_after)
            if wording is None:
                continue
            if not dry_run:
                try:
                    send(wording, address=reader.address)
                except TransportError as error:
                    log.warning("watchdog_not_sent", reason=str(error))
                    refused.append((reader.address, str(error)))
                    continue
                _remember(reader, troubles, now=now)
            told.append(reader.address)
        if not troubles and not refused and not dry_run:
            WatchdogReport.objects.all().delete()  # also of those who are no longer told
        return Told(tuple(told), tuple(refused))


def send(wording: Wording, *, address: str) -> None:
    """Straight to the mail server, in nobody's queue. Raises TransportError."""
    post(
        address=address,
        subject=wording.subject,
        text=wording.text,
        html=wording.html,
        identity=message_id(uuid.uuid4()),
    )


def _news(
    reader: Reader, troubles: Sequence[Trouble], known: dict[str, datetime], before: datetime
) -> Wording | None:
    if not troubles:
        return compose_well(language=reader.language) if known or reader.outage else None
    if any(one.key not in known or known[one.key] <= before for one in troubles):
        return compose_troubles(troubles, language=reader.language, zone=reader.zone)
    return None


@transaction.atomic
def _remember(reader: Reader, troubles: Sequence[Trouble], *, now: datetime) -> None:
    """The mail said all that is wrong, so all of it counts as told."""
    mine = WatchdogReport.objects.filter(address=reader.address)
    mine.exclude(trouble__in=[one.key for one in troubles]).delete()
    WatchdogReport.objects.bulk_create(
        [
            WatchdogReport(trouble=one.key, address=reader.address, since=one.since, told_at=now)
            for one in troubles
        ],
        update_conflicts=True,
        unique_fields=["address", "trouble"],
        update_fields=["since", "told_at"],
    )


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other watchdog is telling. The lock is this session's, so that none outlives a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('alerts.watchdog'), 0)")
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('alerts.watchdog'), 0)")
