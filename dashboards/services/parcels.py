"""Sending pages that are due. A row for each person and time, so that however many beats and workers there are, and
whenever one of them dies, each gets it once: the row is marked in the transaction that queues the mail.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from alerts.routing import NAMESPACE
from alerts.services.letters import mail_to
from alerts.wording import Wording
from common.queueing import enqueue
from dashboards.mail_parts import parts_of
from dashboards.mail_wording import compose_page, compose_stopped
from dashboards.mailing_links import link_for
from dashboards.mailing_times import is_too_late, next_time
from dashboards.mailing_words import Problem
from dashboards.models import Mailing, Parcel
from dashboards.read_for import Unreadable, read_for
from dashboards.services.mailings import TASK
from dashboards.shareable import Address, NotShareable, address_of
from organization.gate import Action, can_somewhere
from organization.middleware import zone_of
from organization.models import AddressKind, Person
from organization.selectors.addresses import is_confirmed
from organization.services import record

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)  # a page takes seconds to make
TRIES = 5
KEPT = timedelta(days=180)


class _Cannot(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def make_due(*, now: datetime) -> int:
    """Parcels of what is due, and when it is due next; how many times came. Another beat's rows are passed over."""
    came = 0
    while _make_next(now):
        came += 1
    if parcels_wait(now=now):
        enqueue(TASK)
    return came


def parcels_wait(*, now: datetime) -> bool:
    waiting = Parcel.objects.filter(sent_at=None, problem="")
    return waiting.filter(lease_until=None).exists() or waiting.filter(lease_until__lt=now).exists()


def sweep_parcels(*, now: datetime) -> int:
    """Forgets how mails went that are long gone; how many."""
    return Parcel.objects.filter(due_at__lt=now - KEPT).delete()[0]


@transaction.atomic
def _make_next(now: datetime) -> bool:
    mailing = (
        Mailing.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("owner")
        .filter(next_at__lte=now)
        .order_by("next_at", "pk")
        .first()
    )
    if mailing is None or mailing.next_at is None:
        return False
    owner, due_at = mailing.owner, mailing.next_at
    if not owner.is_active:
        mailing.next_at = None
        mailing.save(update_fields=["next_at"])
        record(action="dashboards.mailing_pause", subject=mailing.name, person=None)
        return True
    if not is_too_late(due_at=due_at, now=now):
        Parcel.objects.bulk_create(
            [Parcel(mailing=mailing, person=one, due_at=due_at) for one in _receivers(mailing)],
            ignore_conflicts=True,
        )
    mailing.next_at = next_time(
        every=mailing.every, day=mailing.day, hour=mailing.hour, zone=zone_of(owner), after=now
    )
    mailing.save(update_fields=["next_at"])
    return True


def _receivers(mailing: Mailing) -> list[Person]:
    """Those whom its owner may still send anything: without that right she gets her own alone."""
    people = list(mailing.people.order_by("pk"))
    if can_somewhere(mailing.owner, Action.COMMENT):
        return people
    return [one for one in people if one.pk == mailing.owner_id]


def send_next(*, clock: Callable[[], datetime]) -> bool:
    """Makes the mail of one parcel and queues it; False where none waits. Call it again until then."""
    parcel = _claim(clock())
    if parcel is None:
        return False
    try:
        wording = _wording(parcel, clock())
    except _Cannot as cannot:
        if cannot.problem is Problem.PAGE:
            _stop(parcel, now=clock())
        else:
            _close(parcel, cannot.problem)
    except Exception:
        # A page that breaks must not stop the queue, nor be tried for ever: the lease runs out, or it was the last try.
        log.exception("parcel_broke", parcel=parcel.pk, tries=parcel.tries)
        if parcel.tries >= TRIES:
            _close(parcel, Problem.BROKEN)
    else:
        _queue(parcel, wording, now=clock())
    return True


def _claim(now: datetime) -> Parcel | None:
    """One statement, so that no lock outlives it."""
    claimed = list(
        Parcel.objects.raw(
            """
            UPDATE dashboards_parcel SET lease_until = %s, tries = tries + 1
            WHERE id = (
                SELECT id FROM dashboards_parcel
                WHERE sent_at IS NULL AND problem = '' AND (lease_until IS NULL OR lease_until < %s)
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING *
            """,
            [now + LEASE, now],
        )
    )
    return claimed[0] if claimed else None


def _wording(parcel: Parcel, now: datetime) -> Wording:
    """The mail. Raises _Cannot, and whatever a page raises."""
    mailing, whom = parcel.mailing, parcel.person
    if is_too_late(due_at=parcel.due_at, now=now):
        raise _Cannot(Problem.LATE)
    if not whom.is_active:
        raise _Cannot(Problem.AWAY)
    if whom.pk != mailing.owner_id and not mailing.people.filter(pk=whom.pk).exists():
        raise _Cannot(Problem.NOT_WANTED)
    if not whom.email or not is_confirmed(whom, AddressKind.EMAIL):
        raise _Cannot(Problem.ADDRESS)
    try:
        address = address_of(mailing.address)
    except NotShareable:
        raise _Cannot(Problem.PAGE) from None
    return compose_page(
        name=mailing.name,
        page=parts_of(_text(address, whom, mailing.owner)),
        address=str(address),
        whom=whom,
        owner=mailing.owner,
        leave=link_for(mailing=mailing.pk, person=whom.pk),
    )


def _text(address: Address, whom: Person, owner: Person) -> str:
    """Her page. Where it opens not even for the owner, it is gone."""
    try:
        return read_for(whom, address).content.decode()
    except Unreadable as why:
        if why.why == "factor":
            raise _Cannot(Problem.FACTOR) from None
        if why.why == "left":
            raise _Cannot(Problem.AWAY) from None
    if owner.pk == whom.pk or not _opens_for(owner, address):
        raise _Cannot(Problem.PAGE)
    raise _Cannot(Problem.NOTHING)


def _opens_for(owner: Person, address: Address) -> bool:
    try:
        read_for(owner, address)
    except Unreadable as why:
        return why.why != "gone"
    return True


@transaction.atomic
def _queue(parcel: Parcel, wording: Wording, *, now: datetime) -> None:
    """Unless another worker has taken over, or the mailing was removed meanwhile."""
    ours = Parcel.objects.filter(
        pk=parcel.pk, sent_at=None, problem="", lease_until=parcel.lease_until
    ).update(sent_at=now, lease_until=None)
    if ours:
        mail_to(
            whom=parcel.person,
            key=uuid.uuid5(NAMESPACE, f"parcel:{parcel.pk}"),
            wording=wording,
            now=now,
        )


def _close(parcel: Parcel, problem: Problem) -> None:
    Parcel.objects.filter(pk=parcel.pk, sent_at=None, lease_until=parcel.lease_until).update(
        problem=problem, lease_until=None
    )


@transaction.atomic
def _stop(parcel: Parcel, *, now: datetime) -> None:
    """The page is gone: its mailing is paused, and its owner told once, however many were to get it."""
    mailing = Mailing.objects.select_for_update(of=("self",)).select_related("owner").filter(
        pk=parcel.mailing_id
    ).first()  # fmt: skip
    if mailing is None:
        return
    Parcel.objects.filter(mailing=mailing, sent_at=None, problem="").update(
        problem=Problem.PAGE, lease_until=None
    )
    if mailing.next_at is None:
        return
    mailing.next_at = None
    mailing.save(update_fields=["next_at"])
    record(action="dashboards.mailing_pause", subject=mailing.name, person=None, page=mailing.address)
    owner = mailing.owner
    if owner.is_active and owner.email and is_confirmed(owner, AddressKind.EMAIL):
        link = settings.SITE_URL + reverse("dashboards:mailing", args=[mailing.pk])
        wording = compose_stopped(name=mailing.name, address=mailing.address, whom=owner, link=link)
        mail_to(whom=owner, key=uuid.uuid4(), wording=wording, now=now)
