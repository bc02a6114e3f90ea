"""Pages that are sent regularly: made, changed, paused, left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from common.queueing import enqueue
from dashboards.mailing_times import next_time
from dashboards.models import Mailing, Parcel
from dashboards.selectors.mailings import whom_she_may_send
from dashboards.shareable import Address
from organization.middleware import zone_of
from organization.models import Person
from organization.services import Refused, record

MOST_EACH = 30  # of one person
MOST_PEOPLE = 100  # of one mailing
TASK = "dashboards.tasks.send_pages"


@dataclass(frozen=True)
class When:
    """`day` and `hour` as a Mailing has them."""

    every: str
    day: int
    hour: int


@transaction.atomic
def make_mailing(
    *, person: Person, name: str, address: Address, when: When, people: Sequence[Person], now: datetime
) -> Mailing:
    """Raises Refused where she has too many, and for people whom she may not send anything."""
    if Mailing.objects.filter(owner=person).count() >= MOST_EACH:
        raise Refused(
            _("You have %(most)s mails already. Remove one that is not needed any more.")
            % {"most": MOST_EACH}
        )
    _may_send(person, people, ())
    made = Mailing.objects.create(
        owner=person,
        name=name,
        address=str(address),
        every=when.every,
        day=when.day,
        hour=when.hour,
        next_at=_next(person, when, now),
        made_at=now,
    )
    made.people.set(people)
    record(
        action="dashboards.mailing",
        subject=name,
        person=person,
        page=str(address),
        receivers=sorted(one.username for one in people),
    )
    return made


@transaction.atomic
def change_mailing(
    *,
    mailing: Mailing,
    person: Person,
    name: str,
    address: Address,
    when: When,
    people: Sequence[Person],
    now: datetime,
) -> Mailing:
    """Who wanted it no more stays out. Raises Refused as for making one."""
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    known = set(row.people.values_list("pk", flat=True))
    gone = set(row.left.values_list("pk", flat=True))
    people = [one for one in people if one.pk not in gone]
    _may_send(row.owner, people, known)
    row.name, row.address = name, str(address)
    row.every, row.day, row.hour = when.every, when.day, when.hour
    if row.next_at is not None:
        row.next_at = _next(row.owner, when, now)
    row.save(update_fields=["name", "address", "every", "day", "hour", "next_at"])
    row.people.set(people)
    record(
        action="dashboards.mailing_change",
        subject=name,
        person=person,
        page=str(address),
        receivers=sorted(one.username for one in people),
    )
    return row


@transaction.atomic
def pause_mailing(*, mailing: Mailing, person: Person) -> Mailing:
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if row.next_at is not None:
        row.next_at = None
        row.save(update_fields=["next_at"])
        record(action="dashboards.mailing_pause", subject=row.name, person=person)
    return row


@transaction.atomic
def resume_mailing(*, mailing: Mailing, person: Person, now: datetime) -> Mailing:
    """From the next time on: nothing of what was left out is sent afterwards."""
    row = Mailing.objects.select_for_update().select_related("owner").get(pk=mailing.pk)
    if not row.owner.is_active:
        raise Refused(_("Whoever had this sent is not here any more. Make a mail of your own instead."))
    if row.next_at is None:
        row.next_at = _next(row.owner, When(row.every, row.day, row.hour), now)
        row.save(update_fields=["next_at"])
        record(action="dashboards.mailing_resume", subject=row.name, person=person)
    return row


@transaction.atomic
def remove_mailing(*, mailing: Mailing, person: Person) -> None:
    row = Mailing.objects.select_for_update().filter(pk=mailing.pk).first()
    if row is not None:
        record(action="dashboards.mailing_remove", subject=row.name, person=person)
        row.delete()


@transaction.atomic
def leave_mailing(*, mailing: Mailing, whom: Person) -> bool:
    """She wants it no more, and nobody adds her again but she herself. Whether anything changed."""
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if not row.people.filter(pk=whom.pk).exists():
        return False
    row.people.remove(whom)
    row.left.add(whom)
    record(action="dashboards.mailing_leave", subject=row.name, person=whom)
    return True


@transaction.atomic
def come_back(*, mailing: Mailing, whom: Person) -> bool:
    row = Mailing.objects.select_for_update().get(pk=mailing.pk)
    if not row.left.filter(pk=whom.pk).exists():
        return False
    row.left.remove(whom)
    row.people.add(whom)
    return True


def send_now(*, mailing: Mailing, person: Person, now: datetime) -> bool:
    """One to herself; at most one a minute. False where that one is under way already."""
    _row, made = Parcel.objects.get_or_create(
        mailing=mailing, person=person, due_at=now.replace(second=0, microsecond=0)
    )
    if made:
        enqueue(TASK)
    return made


def _next(owner: Person, when: When, now: datetime) -> datetime:
    return next_time(every=when.every, day=when.day, hour=when.hour, zone=zone_of(owner), after=now)


def _may_send(owner: Person, people: Sequence[Person], known: Collection[int]) -> None:
    if not people:
        raise Refused(_("Choose at least one person who gets it."))
    if len(people) > MOST_PEOPLE:
        raise Refused(_("At most %(most)s people can get one mail.") % {"most": MOST_PEOPLE})
    allowed = set(whom_she_may_send(owner).values_list("pk", flat=True)) | set(known)
    for one in people:
        if one.pk not in allowed:
            raise Refused(_("You cannot send pages to %(name)s.") % {"name": one.label})
