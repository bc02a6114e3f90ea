"""API tokens: made once and shown once, taken away, and looked at when a program knocks."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from organization.models import ApiToken, Person, TokenScope
from organization.services.audit import record
from organization.services.errors import Refused

BEGINNING = "plb_"
MOST_DAYS = 365
MOST_TOKENS = 50  # of one person at a time: more is a program that makes a token a run
NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def make_token(
    *, whose: Person, name: str, scopes: Iterable[str], days: int, now: datetime, person: Person
) -> tuple[ApiToken, str]:
    """Makes a token that ends after 1 to 365 days. Returns it with its secret, which nobody can see again.

    Raises Refused for a name or scopes that cannot be, and where she has too many.
    """
    name = " ".join(name.split())[:100]
    wanted = [scope for scope in TokenScope.values if scope in set(scopes)]
    if not name:
        raise Refused(_("Give the token a name, so that you know it again."))
    if not wanted:
        raise Refused(_("Choose at least one thing that the token may do."))
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("A token lasts from 1 to %(days)s days.") % {"days": MOST_DAYS})
    # Two forms sent at once: the second counts after the first.
    Person.objects.select_for_update(no_key=True).get(pk=whose.pk)
    live = ApiToken.objects.filter(person=whose, revoked_at__isnull=True, expires_at__gt=now)
    if live.count() >= MOST_TOKENS:
        raise Refused(_("You have %(n)s tokens. Revoke one that nobody uses first.") % {"n": MOST_TOKENS})
    secret = BEGINNING + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=whose, name=name, prefix=secret[:12], digest=digest_of(secret), scopes=wanted, created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    record(
        action="token.make", subject=str(token), person=person,
        whom=whose.label, scopes=wanted, last_day=token.expires_at.date(),
    )  # fmt: skip
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, now: datetime, person: Person | None) -> bool:
    """Takes a token away, from its next request on. False where it was taken away before."""
    taken = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(
        revoked_at=now, revoked_by=person
    )
    if taken:
        record(action="token.revoke", subject=str(token), person=person, whom=token.person.label)
    return bool(taken)


def use_token(secret: str, *, now: datetime) -> ApiToken | None:
    """The live token with this secret, of a person who is still here, noted as used; else None."""
    if not secret.startswith(BEGINNING) or len(secret) > 100:
        return None
    token = (
        ApiToken.objects.select_related("person")
        .filter(digest=digest_of(secret), revoked_at__isnull=True, expires_at__gt=now, person__is_active=True)
        .first()
    )
    if token is not None and (token.last_used_at is None or token.last_used_at < now - NOTED_EVERY):
        # A program that asks all day writes once a minute.
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def digest_of(secret: str) -> str:
    """Secrets are 256 random bits, so a plain hash keeps them: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
