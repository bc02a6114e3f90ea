"""Having addresses confirmed by their owners: a code by mail or SMS, in a mail also a link.

An address that is not confirmed gets nothing but this. Whatever is asked, the answer tells nobody whether an address
is somebody else's.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from organization.letters import Letter, post
from organization.models import AddressCode, AddressKind, Person
from organization.selectors.addresses import address_of
from organization.services.audit import record
from organization.services.errors import Refused

CODE_LIVES = timedelta(minutes=10)
LINK_LIVES = timedelta(days=3)
MOST_ATTEMPTS = 5
AT_MOST = 5  # codes an hour, to one person and to one address
PAUSE = timedelta(seconds=60)
HOUR = timedelta(hours=1)


@transaction.atomic
def send_code(*, whom: Person, kind: AddressKind, person: Person, now: datetime | None = None) -> AddressCode:
    """Sends a fresh code to the address; the codes before it are void. `person` is who asks for it.

    Raises Refused where there is no address, it is confirmed already, or too many codes were asked for.
    """
    now = now or timezone.now()
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    address = address_of(whom, kind)
    if not address:
        raise Refused(_("There is no address to confirm yet. Enter it and save first."))
    if getattr(whom, f"{kind}_verified_at"):
        raise Refused(_("This address is confirmed already."))
    # One line for each address too: several people asking at once for one number count together.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s))", [f"organization.codes:{address.lower()}"]
        )
    _not_too_often(whom, address, now)
    AddressCode.objects.filter(person=whom, kind=kind, used_at=None).update(
        expires_at=now, attempts=MOST_ATTEMPTS
    )
    code, link = f"{secrets.randbelow(1_000_000):06}", secrets.token_urlsafe(32)
    made = AddressCode.objects.create(
        person=whom,
        kind=kind,
        address=address,
        code_digest="",
        link_digest=_link_digest(link),
        created_at=now,
        expires_at=now + CODE_LIVES,
        created_by=person,
    )
    made.code_digest = _code_digest(made, code)
    made.save(update_fields=["code_digest"])
    given = {"code": code}
    if kind == AddressKind.EMAIL:
        given["link"] = settings.SITE_URL + reverse("organization:confirm", args=[link])
    post(Letter(whom=whom, kind=kind, address=address, template="code", secrets=given))
    record(action="address.ask", subject=whom.username, person=person, kind=str(kind))
    return made


def enter_code(
    *, whom: Person, kind: AddressKind, code: str, person: Person, now: datetime | None = None
) -> Person:
    """Confirms the address if the code is the one that was sent to it. Raises Refused, and counts the try."""
    now = now or timezone.now()
    row = AddressCode.objects.filter(person=whom, kind=kind).order_by("-created_at", "-pk").first()
    if row is None or row.used_at or row.expires_at <= now or row.address != address_of(whom, kind):
        raise Refused(_("This code has expired. Ask for a new one."))
    # Counted before it is compared, and not in the same transaction: guessing at once by many hands gains nothing.
    counted = AddressCode.objects.filter(pk=row.pk, attempts__lt=MOST_ATTEMPTS).update(
        attempts=F("attempts") + 1
    )
    if not counted:
        raise Refused(_("This code was tried too often. Ask for a new one."))
    if not constant_time_compare(row.code_digest, _code_digest(row, re.sub(r"\s", "", code))):
        raise Refused(_("This is not the code that was sent. Look again, or ask for a new one."))
    return _use(row, person, now)


def follow_link(*, link: str, now: datetime | None = None) -> Person:
    """Confirms the address to which the link was mailed; nobody needs to be logged in. Raises Refused."""
    row = find_link(link=link, now=now)
    if row is None:
        raise Refused(_("This link has expired, or a newer one was sent. Ask for a new one."))
    return _use(row, row.person, now or timezone.now())


def find_link(*, link: str, now: datetime | None = None) -> AddressCode | None:
    """What a mailed link would confirm, while it may."""
    now = now or timezone.now()
    row = (
        AddressCode.objects.filter(link_digest=_link_digest(link), used_at=None)
        .select_related("person")
        .first()
    )
    if row is None or row.created_at + LINK_LIVES <= now or row.kind != AddressKind.EMAIL:
        return None
    newest = (
        AddressCode.objects.filter(person=row.person, kind=row.kind).order_by("-created_at", "-pk").first()
    )
    same = row.address == address_of(row.person, AddressKind.EMAIL)
    return row if same and newest is not None and newest.pk == row.pk else None


@transaction.atomic
def confirm_address(
    *, whom: Person, kind: AddressKind, address: str, person: Person | None, now: datetime | None = None
) -> Person:
    """Marks the address as confirmed by its owner: by a code, a link, or an invitation that reached her there.

    Raises Refused where it is no longer hers.
    """
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    if not address or address_of(whom, kind) != address:
        raise Refused(_("The address has been changed since. Ask for a new code."))
    if getattr(whom, f"{kind}_verified_at"):
        return whom
    setattr(whom, f"{kind}_verified_at", now or timezone.now())
    setattr(whom, f"{kind}_refused_at", None)
    whom.save(update_fields=[f"{kind}_verified_at", f"{kind}_refused_at"])
    record(action="address.confirm", subject=whom.username, person=person, kind=str(kind))
    return whom


@transaction.atomic
def refuse_address(*, whom: Person, kind: AddressKind, address: str, now: datetime) -> bool:
    """Nothing goes to the address any more until it is confirmed again: it was refused for good.

    False where it is not hers any more, or was refused before.
    """
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    if address_of(whom, kind) != address or getattr(whom, f"{kind}_verified_at") is None:
        return False
    setattr(whom, f"{kind}_verified_at", None)
    setattr(whom, f"{kind}_refused_at", now)
    whom.save(update_fields=[f"{kind}_verified_at", f"{kind}_refused_at"])
    record(action="address.refused", subject=whom.username, person=None, kind=str(kind))
    return True


def _use(row: AddressCode, person: Person, now: datetime) -> Person:
    with transaction.atomic():
        if not AddressCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
            raise Refused(_("This code has been used already."))
        return confirm_address(
            whom=row.person, kind=AddressKind(row.kind), address=row.address, person=person, now=now
        )


def _not_too_often(whom: Person, address: str, now: datetime) -> None:
    lately = AddressCode.objects.filter(created_at__gt=now - HOUR)
    mine = lately.filter(person=whom)
    if mine.filter(address=address, created_at__gt=now - PAUSE).exists():
        raise Refused(_("A code was sent a moment ago. Wait a minute before asking for another."))
    if mine.count() >= AT_MOST or lately.filter(address__iexact=address).count() >= AT_MOST:
        raise Refused(_("Too many codes were asked for. Try again in an hour."))


def _code_digest(row: AddressCode, code: str) -> str:
    return salted_hmac("organization.addresses", f"{row.pk}:{code}", algorithm="sha256").hexdigest()


def _link_digest(link: str) -> str:
    return hashlib.sha256(link.encode()).hexdigest()
